//! One connection: TLS if there is any, then requests one after the other.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, PoisonError};

use hyper::body::Incoming as Body;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::Watcher;
use serde_json::json;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;

use super::{Shared, request};
use crate::front::{Front, Peer};

type Failed = Box<dyn std::error::Error + Send + Sync>;

pub(super) async fn run<F: Front>(
    stream: TcpStream,
    peer: SocketAddr,
    shared: &Arc<Shared<F>>,
    watcher: Watcher,
) -> Result<(), Failed> {
    let address = peer.ip().to_canonical();
    let Some(config) = &shared.tls else {
        let peer = Peer { address, tls: None };
        return speak(stream, peer, shared, watcher).await;
    };
    let config = Arc::clone(&config.read().unwrap_or_else(PoisonError::into_inner));
    let agreed = TlsAcceptor::from(config).accept(stream);
    let stream = tokio::time::timeout(shared.limits.tls_time, agreed).await??;
    let (_, session) = stream.get_ref();
    let version = session.protocol_version().map(|version| match version {
        rustls::ProtocolVersion::TLSv1_3 => "TLSv1.3".to_owned(),
        rustls::ProtocolVersion::TLSv1_2 => "TLSv1.2".to_owned(),
        other => format!("{other:?}"),
    });
    let suite = session
        .negotiated_cipher_suite()
        .map(|suite| format!("{:?}", suite.suite()).replace("TLS13_", "TLS_"));
    let tls = json!({
        "tlsVersion": version,
        "cipherSuite": suite,
        "clientProvidedHostHeader": session.server_name(),
    });
    let peer = Peer {
        address,
        tls: Some(Arc::new(tls)),
    };
    speak(stream, peer, shared, watcher).await
}

async fn speak<F: Front>(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    peer: Peer,
    shared: &Arc<Shared<F>>,
    watcher: Watcher,
) -> Result<(), Failed> {
    let limits = &shared.limits;
    let mut builder = Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.head_time)
        .max_buf_size(limits.head.max(8_192))
        .half_close(false);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_header_list_size(u32::try_from(limits.head).unwrap_or(u32::MAX))
        .max_concurrent_streams(128)
        .keep_alive_interval(limits.head_time)
        .max_pending_accept_reset_streams(16);
    let peer = Arc::new(peer);
    let its_shared = Arc::clone(shared);
    let service = service_fn(move |request: hyper::Request<Body>| {
        let (shared, peer) = (Arc::clone(&its_shared), Arc::clone(&peer));
        async move { Ok::<_, Infallible>(request::answer(request, &shared, &peer).await) }
    });
    let connection = builder.serve_connection(TokioIo::new(stream), service);
    watcher.watch(connection.into_owned()).await
}
