//! One request: its body within bounds, a place to work, the answer.

use std::sync::Arc;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::{Body as _, Incoming as Body};
use hyper::header::{CONNECTION, HeaderName, HeaderValue};
use hyper::http::request::Parts;
use hyper::{Request, Response, StatusCode};
use rempart_aws_wire::{Answer, Incoming};

use super::Shared;
use crate::front::{Front, Peer};

/// Bytes that a body without a stated length is taken to have.
const UNSTATED: usize = 1 << 20;

pub(super) async fn answer<F: Front>(
    request: Request<Body>,
    shared: &Arc<Shared<F>>,
    peer: &Arc<Peer>,
) -> Response<Full<Bytes>> {
    let (parts, body) = request.into_parts();
    // Room for the body first: nothing of it is read before.
    let stated = body
        .size_hint()
        .exact()
        .and_then(|length| usize::try_from(length).ok());
    let length = stated.unwrap_or(UNSTATED);
    if length > shared.limits.body {
        return plain(StatusCode::PAYLOAD_TOO_LARGE, "the body is too long\n");
    }
    let permits = u32::try_from(length).unwrap_or(u32::MAX);
    let Ok(_room) = shared.bodies.try_acquire_many(permits) else {
        return busy(shared, &parts);
    };
    let limit = if stated.is_some() {
        length
    } else {
        shared.limits.body.min(UNSTATED)
    };
    let collected = Limited::new(body, limit).collect();
    let body = match tokio::time::timeout(shared.limits.body_time, collected).await {
        Ok(Ok(body)) => body.to_bytes(),
        Ok(Err(_)) => {
            return plain(
                StatusCode::BAD_REQUEST,
                "the body could not be read, or is too long\n",
            );
        }
        Err(_) => return plain(StatusCode::REQUEST_TIMEOUT, "the body took too long\n"),
    };
    let Ok(_place) = shared.calls.try_acquire() else {
        return busy(shared, &parts);
    };
    let is_quick = shared
        .front
        .is_quick(parts.method.as_str(), parts.uri.path());
    let answer = if is_quick {
        ask(&*shared.front, &parts, &body, peer)
    } else {
        let (shared, peer) = (Arc::clone(shared), Arc::clone(peer));
        let asked = tokio::task::spawn_blocking(move || ask(&*shared.front, &parts, &body, &peer));
        match asked.await {
            Ok(answer) => answer,
            Err(_) => return plain(StatusCode::INTERNAL_SERVER_ERROR, "the call failed\n"),
        }
    };
    respond(answer)
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

fn busy<F: Front>(shared: &Arc<Shared<F>>, parts: &Parts) -> Response<Full<Bytes>> {
    respond(with_incoming(parts, b"", |incoming| {
        shared.front.busy(incoming)
    }))
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

/// An answer to what is not worth reading; the connection ends with it.
fn plain(status: StatusCode, text: &'static str) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from_static(text.as_bytes())));
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(CONNECTION, HeaderValue::from_static("close"));
    response
}
