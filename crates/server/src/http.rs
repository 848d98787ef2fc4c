//! Listens, accepts, and hands requests to the node.

mod connection;
mod counters;
mod patient;
mod request;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use rustls::ServerConfig;
use tokio::net::{TcpListener, TcpStream};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, watch};

use crate::front::Front;
use crate::hardening::room_for;
use crate::limits::Limits;
use crate::tls::{self, TlsError};

pub(crate) use counters::Counters;

/// Connections to the administration at a time.
const ADMIN_CONNECTIONS: usize = 64;
/// Time between two attempts to accept when the system has no room.
const PAUSE: Duration = Duration::from_millis(50);

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

/// What a server that runs is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// Read certificates and directory again
    Reload,
    /// Answer what is in flight, then end
    End,
}

/// What all connections share.
pub(crate) struct Shared<F> {
    pub(crate) front: Arc<F>,
    pub(crate) counters: Arc<Counters>,
    /// Ends in good order are under way.
    pub(crate) is_closing: AtomicBool,
    limits: Limits,
    calls: Arc<Semaphore>,
    bodies: Arc<Semaphore>,
    small_bodies: Arc<Semaphore>,
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
    let system = |error: std::io::Error| ServeError::System(error.to_string());
    let mut terminate = signal(SignalKind::terminate()).map_err(system)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(system)?;
    let mut hangup = signal(SignalKind::hangup()).map_err(system)?;
    let (sender, orders) = mpsc::channel(4);
    let signals = tokio::spawn(async move {
        loop {
            let order = tokio::select! {
                _ = terminate.recv() => Order::End,
                _ = interrupt.recv() => Order::End,
                _ = hangup.recv() => Order::Reload,
            };
            if sender.send(order).await.is_err() {
                return;
            }
        }
    });
    let served = serve_until(front, options, listening, orders).await;
    signals.abort();
    served
}

/// As [`serve`], under these orders instead of signals. It ends as well when nobody can give any more.
///
/// # Errors
/// It cannot listen.
pub async fn serve_until<F: Front>(
    front: Arc<F>,
    options: &ServerOptions,
    listening: impl FnOnce(SocketAddr, Option<SocketAddr>),
    mut orders: mpsc::Receiver<Order>,
) -> Result<(), ServeError> {
    if options.tls.is_none() && !options.listen.ip().is_loopback() && !options.allow_plaintext {
        return Err(ServeError::Plaintext(options.listen));
    }
    let read = |(certificate, key): &(PathBuf, PathBuf)| tls::config(certificate, key);
    let config = options.tls.as_ref().map(read).transpose()?;
    let limits = options.limits.clone();
    let shared = Arc::new(Shared {
        front,
        counters: Arc::default(),
        is_closing: AtomicBool::new(false),
        calls: Arc::new(Semaphore::new(limits.calls)),
        bodies: Arc::new(Semaphore::new(limits.bodies)),
        small_bodies: Arc::new(Semaphore::new(limits.bodies / 4)),
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
    let (end, ended) = watch::channel(false);
    listening(
        address(&listener)?,
        admin.as_ref().map(address).transpose()?,
    );
    let admin = admin.map(|admin| {
        let router = crate::admin::router(Arc::clone(&shared));
        let limits = shared.limits.clone();
        tokio::spawn(accept(admin, ADMIN_CONNECTIONS, move |stream, _, place| {
            let (router, limits) = (router.clone(), limits.clone());
            tokio::spawn(async move {
                connection::administer(stream, router, limits).await;
                drop(place);
            });
        }))
    });
    let connections = room_for(shared.limits.connections);
    if connections < shared.limits.connections {
        tracing::warn!(
            connections,
            "the system allows fewer open files than connections need"
        );
    }
    let its_shared = Arc::clone(&shared);
    let accepting = tokio::spawn(accept(listener, connections, move |stream, peer, place| {
        start(stream, peer, &its_shared, ended.clone(), place);
    }));
    while let Some(Order::Reload) = orders.recv().await {
        reload(&shared, options);
    }
    tracing::info!("shutting down");
    shared.is_closing.store(true, Ordering::Release);
    // New connections are refused by the system from here on.
    accepting.abort();
    accepting.await.ok();
    end.send_replace(true);
    let drained = async {
        while shared.counters.open_connections() > 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    if tokio::time::timeout(shared.limits.shutdown_time, drained)
        .await
        .is_err()
    {
        tracing::warn!("some calls were still in flight");
    }
    // Until now it could be asked whether the server is ready: it was not.
    if let Some(admin) = admin {
        admin.abort();
    }
    Ok(())
}

async fn bind(address: SocketAddr) -> Result<TcpListener, ServeError> {
    let failed = |error: std::io::Error| ServeError::Listen {
        address,
        reason: error.to_string(),
    };
    TcpListener::bind(address).await.map_err(failed)
}

/// Accepts for ever, at most `most` at a time.
async fn accept(
    listener: TcpListener,
    most: usize,
    start: impl Fn(TcpStream, SocketAddr, OwnedSemaphorePermit),
) {
    let places = Arc::new(Semaphore::new(most));
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => match Arc::clone(&places).try_acquire_owned() {
                // An answer goes out in one piece: waiting for more would only delay it.
                Ok(place) => {
                    stream.set_nodelay(true).ok();
                    start(stream, peer, place);
                }
                // Closed at once: whoever holds all connections keeps others out either way.
                Err(_) => tracing::warn!("too many connections"),
            },
            Err(error) => {
                tracing::warn!(%error, "a connection was not accepted");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}

fn reload<F: Front>(shared: &Arc<Shared<F>>, options: &ServerOptions) {
    let shared = Arc::clone(shared);
    let files = options.tls.clone();
    tokio::task::spawn_blocking(move || {
        if let (Some(place), Some((certificate, key))) = (&shared.tls, &files) {
            match tls::config(certificate, key) {
                Ok(config) => *place.write().unwrap_or_else(PoisonError::into_inner) = config,
                Err(error) => {
                    tracing::error!(%error, "the certificate was not read again: the former one stays");
                }
            }
        }
        shared.front.reload();
    });
}

fn start<F: Front>(
    stream: TcpStream,
    peer: SocketAddr,
    shared: &Arc<Shared<F>>,
    ended: watch::Receiver<bool>,
    place: OwnedSemaphorePermit,
) {
    let shared = Arc::clone(shared);
    let open = shared.counters.open();
    tokio::spawn(async move {
        if let Err(error) = connection::run(stream, peer, &shared, ended).await {
            // Text of TLS and HTTP errors, never of requests.
            tracing::debug!(%error, "a connection ended");
        }
        drop((open, place));
    });
}
