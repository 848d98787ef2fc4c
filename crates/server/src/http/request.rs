//! One request: its body within bounds, a place to work, the answer.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Body as _, Incoming as Body};
use hyper::header::{CONNECTION, HeaderName, HeaderValue};
use hyper::http::request::Parts;
use hyper::{Request, Response, StatusCode, Version};
use rempart_aws_wire::{Answer, Incoming, ServiceError, error, route};
use ring::rand::{SecureRandom as _, SystemRandom};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::Shared;
use super::counters::Refusal;
use crate::front::{Front, Peer};

/// No operation has a lower bound for its body: shorter ones need no look at the operation.
const SHORT: usize = 256 << 10;
/// Bodies up to this length have room of their own, so that those who send large ones cannot keep the
/// others out.
const SMALL: usize = 16 << 10;
/// Room that is made for a body at once, whatever length it announces.
const AT_ONCE: usize = 64 << 10;

pub(super) async fn answer<F: Front>(
    request: Request<Body>,
    shared: &Arc<Shared<F>>,
    peer: &Arc<Peer>,
) -> Response<Full<Bytes>> {
    let _in_flight = shared.counters.request();
    let (parts, body) = request.into_parts();
    if head_length(&parts) > shared.limits.head {
        return refuse(shared, &parts, Refusal::LongHead);
    }
    let mut room = None;
    let body = match read(body, &parts, shared, &mut room).await {
        Ok(body) => body,
        Err(refusal) => return refuse(shared, &parts, refusal),
    };
    let is_quick = shared
        .front
        .is_quick(parts.method.as_str(), parts.uri.path());
    if is_quick {
        // Work on these threads is bounded by their number.
        let asked = catch_unwind(AssertUnwindSafe(|| {
            ask(&*shared.front, &parts, &body, peer)
        }));
        return match asked {
            Ok(answer) => respond(answer),
            Err(_) => refuse(shared, &parts, Refusal::Failed),
        };
    }
    let Ok(place) = Arc::clone(&shared.calls).try_acquire_owned() else {
        return refuse(shared, &parts, Refusal::Busy);
    };
    let parts = Arc::new(parts);
    let (its_shared, its_peer, its_parts) =
        (Arc::clone(shared), Arc::clone(peer), Arc::clone(&parts));
    let asked = tokio::task::spawn_blocking(move || {
        // The call goes on when its client has gone: it keeps its place and its room until it ends.
        let _kept = (place, room);
        ask(&*its_shared.front, &its_parts, &body, &its_peer)
    });
    match asked.await {
        Ok(answer) => respond(answer),
        Err(_) => refuse(shared, &parts, Refusal::Failed),
    }
}

/// Length of a head, less what stands between names and values. What reads HTTP/1.1 stops at the bound of
/// a head only when its buffer is full, which may be later.
fn head_length(parts: &Parts) -> usize {
    let names = parts
        .headers
        .iter()
        .map(|(name, value)| name.as_str().len() + value.len());
    let query = parts.uri.query().map_or(0, str::len);
    names.sum::<usize>() + parts.uri.path().len() + query
}

/// Reads the body. Room is taken as it comes, and held in `room`.
async fn read<F: Front>(
    mut body: Body,
    parts: &Parts,
    shared: &Shared<F>,
    room: &mut Option<OwnedSemaphorePermit>,
) -> Result<Bytes, Refusal> {
    if body.is_end_stream() {
        return Ok(Bytes::new());
    }
    let stated = body.size_hint().exact();
    let stated = stated.map(|length| usize::try_from(length).unwrap_or(usize::MAX));
    let longest = match stated {
        Some(length) if length <= SHORT => length,
        _ => shared.limits.body.min(longest(parts)),
    };
    if stated.is_some_and(|length| length > longest) {
        return Err(Refusal::TooLong);
    }
    let budget = match stated {
        Some(length) if length <= SMALL => &shared.small_bodies,
        _ => &shared.bodies,
    };
    let collected = collect(&mut body, stated, longest, budget, room);
    match tokio::time::timeout(shared.limits.body_time, collected).await {
        Ok(collected) => collected,
        Err(_) => Err(Refusal::TooSlow),
    }
}

async fn collect(
    body: &mut Body,
    stated: Option<usize>,
    longest: usize,
    budget: &Arc<Semaphore>,
    room: &mut Option<OwnedSemaphorePermit>,
) -> Result<Bytes, Refusal> {
    let mut whole = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| Refusal::Malformed)?;
        let Ok(data) = frame.into_data() else {
            // Trailers: nothing of AWS's protocols is in them.
            continue;
        };
        if whole.len() + data.len() > longest {
            return Err(Refusal::TooLong);
        }
        let length = u32::try_from(data.len()).map_err(|_| Refusal::TooLong)?;
        let more = Arc::clone(budget)
            .try_acquire_many_owned(length)
            .map_err(|_| Refusal::Busy)?;
        match room {
            Some(room) => room.merge(more),
            None => *room = Some(more),
        }
        if stated == Some(data.len()) {
            return Ok(data);
        }
        if whole.is_empty() {
            whole.reserve(stated.unwrap_or(0).min(AT_ONCE).max(data.len()));
        }
        whole.extend_from_slice(&data);
    }
    if stated.is_some_and(|length| length != whole.len()) {
        return Err(Refusal::Malformed);
    }
    Ok(whole.freeze())
}

/// Longest body that the operation may have; what names no operation needs none.
fn longest(parts: &Parts) -> usize {
    with_incoming(parts, b"", |incoming| {
        route(incoming).map_or(SHORT, |route| route.operation.max_body())
    })
}

fn ask<F: Front>(front: &F, parts: &Parts, body: &Bytes, peer: &Peer) -> Answer {
    with_incoming(parts, body, |incoming| front.answer(incoming, peer))
}

fn with_incoming<T>(parts: &Parts, body: &[u8], then: impl FnOnce(&Incoming<'_>) -> T) -> T {
    let mut headers: Vec<(&str, &[u8])> = Vec::with_capacity(parts.headers.len() + 1);
    for (name, value) in &parts.headers {
        headers.push((name.as_str(), value.as_bytes()));
    }
    // HTTP/2 has the host in a pseudo-header.
    let authority = parts.uri.authority().map(|it| it.as_str());
    if let Some(authority) = authority
        && !parts.headers.contains_key(hyper::header::HOST)
    {
        headers.push(("host", authority.as_bytes()));
    }
    then(&Incoming {
        method: parts.method.as_str(),
        path: parts.uri.path(),
        query: parts.uri.query().unwrap_or_default(),
        headers: &headers,
        body,
    })
}

/// The answer to a request that the node did not see, in AWS's form. Where the body was not read, the
/// connection ends with it.
fn refuse<F: Front>(shared: &Shared<F>, parts: &Parts, refusal: Refusal) -> Response<Full<Bytes>> {
    shared.counters.refuse(refusal);
    let (code, message, status) = match refusal {
        Refusal::LongHead => (
            "RequestHeaderSectionTooLarge",
            "the head of the request is too long",
            StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
        ),
        Refusal::TooLong => (
            "RequestEntityTooLargeException",
            "the body is longer than the operation may have",
            StatusCode::PAYLOAD_TOO_LARGE,
        ),
        Refusal::TooSlow => (
            "RequestTimeoutException",
            "the body did not come in time",
            StatusCode::REQUEST_TIMEOUT,
        ),
        Refusal::Malformed => (
            "MalformedHttpRequestException",
            "the body could not be read",
            StatusCode::BAD_REQUEST,
        ),
        Refusal::Failed => {
            tracing::error!(method = %parts.method, "a call failed");
            (
                "InternalFailure",
                "the call failed",
                StatusCode::INTERNAL_SERVER_ERROR,
            )
        }
        Refusal::Busy => {
            let answer = with_incoming(parts, b"", |incoming| shared.front.busy(incoming));
            return closing(respond(answer), parts.version);
        }
    };
    let failure = ServiceError::new(code, message).with_status(status.as_u16());
    let mut id = [0; 16];
    // Without random numbers the id is not unique, which is no reason not to answer.
    SystemRandom::new().fill(&mut id).ok();
    let id = uuid::Builder::from_random_bytes(id).into_uuid().to_string();
    let answer = with_incoming(parts, b"", |incoming| {
        error(incoming.dialect(), &failure, &id)
    });
    closing(respond(answer), parts.version)
}

/// HTTP/2 ends streams, not connections.
fn closing(mut response: Response<Full<Bytes>>, version: Version) -> Response<Full<Bytes>> {
    if version < Version::HTTP_2 {
        let headers = response.headers_mut();
        headers.insert(CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

fn respond(answer: Answer) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(answer.body)));
    *response.status_mut() =
        StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    for (name, value) in answer.headers {
        let name = HeaderName::try_from(name);
        let value = HeaderValue::from_str(&value);
        if let (Ok(name), Ok(value)) = (name, value) {
            headers.insert(name, value);
        }
    }
    response
}
