//! Listens, accepts, and hands requests to the node.

mod connection;
mod request;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};

use hyper_util::server::graceful::GracefulShutdown;
use rustls::ServerConfig;
use tokio::net::{TcpListener, TcpStream};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::Semaphore;

use crate::front::Front;
use crate::limits::Limits;
use crate::tls::{self, TlsError};

/// Where and how to listen.
#[derive(Debug, Clone)]
pub struct ServerOptions {
    /// Address of the AWS APIs.
    pub listen: SocketAddr,
    /// Address of health and metrics; `None` for none.
    pub admin: Option<SocketAddr>,
    /// Certificate chain and key, as PEM.
    pub tls: Option<(PathBuf, PathBuf)>,
    /// Whether to serve without TLS beyond loopback.
    pub allow_plaintext: bool,
    /// Bounds.
    pub limits: Limits,
}

/// Why the server does not serve.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The address is not to be had
    #[error("cannot listen on {address}: {reason}")]
    Listen {
        /// Address
        address: SocketAddr,
        /// Why
        reason: String,
    },
    /// Plaintext beyond loopback
    #[error(
        "{0} is reachable from other machines, and requests would cross the network in plaintext: give a certificate, or say --allow-plaintext"
    )]
    Plaintext(SocketAddr),
    /// No certificate
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The system
    #[error("{0}")]
    System(String),
}

/// What all connections share.
struct Shared<F> {
    front: Arc<F>,
    limits: Limits,
    calls: Semaphore,
    bodies: Semaphore,
    tls: Option<RwLock<Arc<ServerConfig>>>,
}

/// Serves until SIGTERM or SIGINT, then answers what is in flight. SIGHUP reads certificates and
/// directory again. `listening` is told the addresses.
///
/// # Errors
/// It cannot listen.
pub async fn serve<F: Front>(
    front: Arc<F>,
    options: &ServerOptions,
    listening: impl FnOnce(SocketAddr, Option<SocketAddr>),
) -> Result<(), ServeError> {
    if options.tls.is_none() && !options.listen.ip().is_loopback() && !options.allow_plaintext {
        return Err(ServeError::Plaintext(options.listen));
    }
    let read = |(certificate, key): &(PathBuf, PathBuf)| tls::config(certificate, key);
    let config = options.tls.as_ref().map(read).transpose()?;
    let limits = options.limits.clone();
    let shared = Arc::new(Shared {
        front,
        calls: Semaphore::new(limits.calls),
        bodies: Semaphore::new(limits.bodies),
        tls: config.map(RwLock::new),
        limits,
    });
    let listener = bind(options.listen).await?;
    let admin = match options.admin {
        Some(address) => Some(bind(address).await?),
        None => None,
    };
    let address = |listener: &TcpListener| {
        listener
            .local_addr()
            .map_err(|error| ServeError::System(error.to_string()))
    };
    listening(
        address(&listener)?,
        admin.as_ref().map(address).transpose()?,
    );
    if let Some(admin) = admin {
        let router = crate::admin::router(Arc::clone(&shared.front));
        tokio::spawn(async move { axum::serve(admin, router).await });
    }
    accept(listener, &shared, options).await
}

async fn bind(address: SocketAddr) -> Result<TcpListener, ServeError> {
    let failed = |error: std::io::Error| ServeError::Listen {
        address,
        reason: error.to_string(),
    };
    TcpListener::bind(address).await.map_err(failed)
}

async fn accept<F: Front>(
    listener: TcpListener,
    shared: &Arc<Shared<F>>,
    options: &ServerOptions,
) -> Result<(), ServeError> {
    let system = |error: std::io::Error| ServeError::System(error.to_string());
    let mut terminate = signal(SignalKind::terminate()).map_err(system)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(system)?;
    let mut hangup = signal(SignalKind::hangup()).map_err(system)?;
    let graceful = GracefulShutdown::new();
    let connections = Arc::new(Semaphore::new(shared.limits.connections));
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => {
                    let Ok(place) = Arc::clone(&connections).try_acquire_owned() else {
                        // Closed at once: whoever holds all connections keeps others out either way.
                        tracing::warn!("too many connections");
                        continue;
                    };
                    start(stream, peer, shared, &graceful, place);
                }
                Err(error) => {
                    tracing::warn!(%error, "a connection was not accepted");
                    tokio::time::sleep(std::time::Duration::from_millis(50)).await;
                }
            },
            _ = hangup.recv() => reload(shared, options),
            _ = terminate.recv() => break,
            _ = interrupt.recv() => break,
        }
    }
    drop(listener);
    tracing::info!("shutting down");
    if tokio::time::timeout(shared.limits.shutdown_time, graceful.shutdown())
        .await
        .is_err()
    {
        tracing::warn!("some calls were still in flight");
    }
    Ok(())
}

fn reload<F: Front>(shared: &Arc<Shared<F>>, options: &ServerOptions) {
    if let (Some(place), Some((certificate, key))) = (&shared.tls, &options.tls) {
        match tls::config(certificate, key) {
            Ok(config) => *place.write().unwrap_or_else(PoisonError::into_inner) = config,
            Err(error) => tracing::error!(%error, "the certificate was not read again"),
        }
    }
    let shared = Arc::clone(shared);
    tokio::task::spawn_blocking(move || shared.front.reload());
}

fn start<F: Front>(
    stream: TcpStream,
    peer: SocketAddr,
    shared: &Arc<Shared<F>>,
    graceful: &GracefulShutdown,
    place: tokio::sync::OwnedSemaphorePermit,
) {
    // An answer goes out in one piece: waiting for more would only delay it.
    stream.set_nodelay(true).ok();
    let (shared, watcher) = (Arc::clone(shared), graceful.watcher());
    tokio::spawn(async move {
        if let Err(error) = connection::run(stream, peer, &shared, watcher).await {
            tracing::debug!(%error, "a connection ended");
        }
        drop(place);
    });
}
