//! One connection: TLS if there is any, then requests, until it ends, is idle too long or too old.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use axum::Router;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use serde_json::json;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::{Instant, interval_at, timeout};
use tokio_rustls::TlsAcceptor;

use super::patient::Patient;
use super::{Shared, request};
use crate::front::{Front, Peer};
use crate::limits::Limits;

type Failed = Box<dyn std::error::Error + Send + Sync>;

/// How the first bytes of HTTP/2 differ from any request of HTTP/1.1.
const HTTP2: &[u8] = b"PR";
/// Time between two looks at the first bytes when the second of them is late.
const PAUSE: Duration = Duration::from_millis(10);
/// Time for a request that has begun to arrive when the server ends.
const GRACE: Duration = Duration::from_millis(500);
/// Requests of one HTTP/2 connection at a time.
const STREAMS: u32 = 128;
/// Bytes that a client may send of a body before they are taken.
const STREAM_WINDOW: u32 = 256 << 10;

/// What is known of the requests of a connection.
#[derive(Debug, Default)]
struct Traffic {
    /// Requests that began.
    begun: AtomicUsize,
    /// Requests that ended.
    ended: AtomicUsize,
}

/// Counts a request as ended when it is dropped: also when its client has given up.
struct Ends<'a>(&'a Traffic);

impl Drop for Ends<'_> {
    fn drop(&mut self) {
        self.0.ended.fetch_add(1, Ordering::AcqRel);
    }
}

impl Traffic {
    fn begin(&self) -> Ends<'_> {
        self.begun.fetch_add(1, Ordering::AcqRel);
        Ends(self)
    }

    fn read(&self) -> (usize, usize) {
        let ended = self.ended.load(Ordering::Acquire);
        (self.begun.load(Ordering::Acquire), ended)
    }
}

pub(super) async fn run<F: Front>(
    stream: TcpStream,
    peer: SocketAddr,
    shared: &Arc<Shared<F>>,
    mut ended: watch::Receiver<bool>,
) -> Result<(), Failed> {
    let address = peer.ip().to_canonical();
    if shared.tls.is_some() {
        let stream = tokio::select! {
            stream = agree(stream, shared) => stream?,
            () = over(&mut ended) => return Ok(()),
        };
        let Some(stream) = stream else {
            return Ok(());
        };
        let (_, session) = stream.get_ref();
        let peer = Peer {
            address,
            tls: Some(Arc::new(details(session))),
        };
        let is_http2 = session.alpn_protocol() == Some(b"h2");
        return speak(stream, peer, is_http2, shared, ended).await;
    }
    let is_http2 = tokio::select! {
        is_http2 = timeout(shared.limits.head_time, is_http2(&stream)) => is_http2,
        () = over(&mut ended) => return Ok(()),
    };
    let Ok(is_http2) = is_http2 else {
        shared.counters.time_out();
        return Ok(());
    };
    let peer = Peer { address, tls: None };
    speak(stream, peer, is_http2?, shared, ended).await
}

/// Agrees on TLS; `None` when that takes too long.
async fn agree<F: Front>(
    stream: TcpStream,
    shared: &Shared<F>,
) -> Result<Option<tokio_rustls::server::TlsStream<TcpStream>>, Failed> {
    let Some(config) = &shared.tls else {
        return Ok(None);
    };
    let config = Arc::clone(&config.read().unwrap_or_else(PoisonError::into_inner));
    match timeout(
        shared.limits.tls_time,
        TlsAcceptor::from(config).accept(stream),
    )
    .await
    {
        Ok(Ok(stream)) => Ok(Some(stream)),
        Ok(Err(error)) => {
            shared.counters.tls_failure();
            Err(error.into())
        }
        Err(_) => {
            shared.counters.tls_failure();
            shared.counters.time_out();
            Ok(None)
        }
    }
}

/// CloudTrail's `tlsDetails`.
fn details(session: &rustls::ServerConnection) -> serde_json::Value {
    let version = session.protocol_version().map(|version| match version {
        rustls::ProtocolVersion::TLSv1_3 => "TLSv1.3".to_owned(),
        rustls::ProtocolVersion::TLSv1_2 => "TLSv1.2".to_owned(),
        other => format!("{other:?}"),
    });
    let suite = session
        .negotiated_cipher_suite()
        .map(|suite| format!("{:?}", suite.suite()).replace("TLS13_", "TLS_"));
    json!({
        "tlsVersion": version,
        "cipherSuite": suite,
        "clientProvidedHostHeader": session.server_name(),
    })
}

/// Waits for the first bytes and leaves them where they are.
async fn is_http2(stream: &TcpStream) -> std::io::Result<bool> {
    loop {
        let mut first = [0; HTTP2.len()];
        let count = stream.peek(&mut first).await?;
        let there = first.get(..count).unwrap_or_default();
        if count == HTTP2.len() || count == 0 || !HTTP2.starts_with(there) {
            return Ok(there == HTTP2);
        }
        tokio::time::sleep(PAUSE).await;
    }
}

async fn speak<F: Front>(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    peer: Peer,
    is_http2: bool,
    shared: &Arc<Shared<F>>,
    ended: watch::Receiver<bool>,
) -> Result<(), Failed> {
    let peer = Arc::new(peer);
    let traffic = Arc::new(Traffic::default());
    let (its_shared, its_traffic) = (Arc::clone(shared), Arc::clone(&traffic));
    let service = service_fn(move |request: Request<Incoming>| {
        let (shared, peer) = (Arc::clone(&its_shared), Arc::clone(&peer));
        let traffic = Arc::clone(&its_traffic);
        async move {
            let _ends = traffic.begin();
            Ok::<_, Infallible>(request::answer(request, &shared, &peer).await)
        }
    });
    let limits = &shared.limits;
    let stream = TokioIo::new(Patient::new(stream, limits.answer_time));
    let watch = Watch {
        limits,
        traffic: &traffic,
        on_idle: &|| shared.counters.time_out(),
    };
    if is_http2 {
        let connection = http2::Builder::new(TokioExecutor::new())
            .timer(TokioTimer::new())
            .max_header_list_size(u32::try_from(limits.head).unwrap_or(u32::MAX))
            .max_concurrent_streams(STREAMS)
            .max_pending_accept_reset_streams(16)
            .initial_stream_window_size(STREAM_WINDOW)
            .initial_connection_window_size(2 * STREAM_WINDOW)
            .keep_alive_interval(limits.head_time)
            .serve_connection(stream, service);
        watch
            .attend(connection, |it| it.graceful_shutdown(), Some(ended))
            .await
    } else {
        let connection = http1_builder(limits).serve_connection(stream, service);
        watch
            .attend(connection, |it| it.graceful_shutdown(), Some(ended))
            .await
    }
}

/// A connection to the administration: HTTP/1.1, no TLS. It goes on while the server ends, so that it can
/// be asked how far that is.
pub(super) async fn administer(stream: TcpStream, router: Router, limits: Limits) {
    let traffic = Traffic::default();
    let watch = Watch {
        limits: &limits,
        traffic: &traffic,
        // Those who ask for metrics come back on the same connection later.
        on_idle: &|| {},
    };
    let stream = TokioIo::new(Patient::new(stream, limits.answer_time));
    let service = TowerToHyperService::new(router);
    let connection = http1_builder(&limits).serve_connection(stream, service);
    let attended = watch
        .attend(connection, |it| it.graceful_shutdown(), None)
        .await;
    if let Err(error) = attended {
        tracing::debug!(%error, "a connection to the administration ended");
    }
}

fn http1_builder(limits: &Limits) -> http1::Builder {
    let mut builder = http1::Builder::new();
    builder
        .timer(TokioTimer::new())
        .header_read_timeout(limits.head_time)
        .max_buf_size(limits.head.max(8_192))
        .half_close(false);
    builder
}

/// Looks after a connection.
struct Watch<'a> {
    limits: &'a Limits,
    traffic: &'a Traffic,
    on_idle: &'a (dyn Fn() + Send + Sync),
}

impl Watch<'_> {
    /// Drives a connection until it ends or has to. `ask` asks it to end after what is in flight.
    async fn attend<C>(
        &self,
        connection: C,
        ask: impl Fn(Pin<&mut C>),
        mut ended: Option<watch::Receiver<bool>>,
    ) -> Result<(), Failed>
    where
        C: Future<Output = hyper::Result<()>>,
    {
        let mut connection = pin!(connection);
        let begun = Instant::now();
        let mut last = self.traffic.read();
        let mut is_asked = false;
        let mut looks = interval_at(begun + self.limits.head_time, self.limits.head_time);
        loop {
            let closing = async {
                match &mut ended {
                    Some(ended) => over(ended).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                biased;
                done = connection.as_mut() => return done.map_err(Into::into),
                () = closing => {
                    ended = None;
                    is_asked = true;
                    ask(connection.as_mut());
                    // Whoever sends nothing now has no request in flight.
                    looks = interval_at(Instant::now() + GRACE, GRACE);
                    last = self.traffic.read();
                }
                _ = looks.tick() => {
                    let now = self.traffic.read();
                    let is_idle = now.0 == now.1 && now == last;
                    last = now;
                    if is_idle && is_asked {
                        (self.on_idle)();
                        return Ok(());
                    }
                    if is_idle || begun.elapsed() >= self.limits.connection_time {
                        is_asked = true;
                        ask(connection.as_mut());
                    }
                }
            }
        }
    }
}

/// Waits until the server ends.
async fn over(ended: &mut watch::Receiver<bool>) {
    // Nobody is left to say so: it has ended.
    ended.wait_for(|ended| *ended).await.ok();
}
