//! A front that says what it was asked, a server around it, and clients that speak bytes.

#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests")]

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rempart_aws_wire::{Answer, Header, Incoming, ServiceError, error};
use rempart_server::{Front, Limits, Order, Peer, ServeError, ServerOptions, serve_until};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

/// Answers with what it was asked. Paths say what else it does: `/sleep/<ms>`, `/panic`, `/quick-panic`,
/// `/large`.
#[derive(Debug, Default)]
pub(crate) struct Echo {
    pub(crate) working: AtomicUsize,
    pub(crate) done: AtomicUsize,
    pub(crate) reloads: AtomicUsize,
    pub(crate) last_peer: Mutex<Option<Peer>>,
}

impl Front for Echo {
    fn answer(&self, incoming: &Incoming<'_>, peer: &Peer) -> Answer {
        self.working.fetch_add(1, Ordering::SeqCst);
        *self.last_peer.lock().unwrap() = Some(peer.clone());
        if let Some(time) = incoming.path.strip_prefix("/sleep/") {
            std::thread::sleep(Duration::from_millis(time.parse().unwrap()));
        }
        assert!(!incoming.path.contains("panic"), "as asked");
        let host = match incoming.header("host") {
            Header::Once(host) => host,
            _ => "none",
        };
        let mut body = format!(
            "{} {}?{} {host} {}",
            incoming.method,
            incoming.path,
            incoming.query,
            incoming.body.len()
        )
        .into_bytes();
        if incoming.path == "/large" {
            body.resize(32 << 20, b'x');
        }
        self.working.fetch_sub(1, Ordering::SeqCst);
        self.done.fetch_add(1, Ordering::SeqCst);
        Answer {
            status: 200,
            headers: vec![("x-amzn-RequestId", "echo".into())],
            body,
        }
    }

    fn is_quick(&self, _: &str, path: &str) -> bool {
        path.starts_with("/quick")
    }

    fn busy(&self, incoming: &Incoming<'_>) -> Answer {
        let failure = ServiceError::new("ThrottlingException", "Rate exceeded").with_status(503);
        error(incoming.dialect(), &failure, "busy")
    }

    fn ready(&self) -> Result<(), String> {
        Ok(())
    }

    fn metrics(&self) -> String {
        "# HELP echo Echo\n# TYPE echo counter\necho 1\n".to_owned()
    }

    fn reload(&self) {
        self.reloads.fetch_add(1, Ordering::SeqCst);
    }
}

/// A server that runs.
pub(crate) struct Running {
    pub(crate) front: Arc<Echo>,
    pub(crate) address: SocketAddr,
    pub(crate) admin: SocketAddr,
    pub(crate) orders: mpsc::Sender<Order>,
    pub(crate) served: JoinHandle<Result<(), ServeError>>,
}

/// Bounds in which tests need not wait.
pub(crate) fn limits() -> Limits {
    Limits {
        head_time: Duration::from_millis(400),
        body_time: Duration::from_millis(400),
        answer_time: Duration::from_millis(400),
        tls_time: Duration::from_millis(400),
        shutdown_time: Duration::from_secs(5),
        ..Limits::default()
    }
}

pub(crate) fn options(limits: Limits) -> ServerOptions {
    ServerOptions {
        listen: "127.0.0.1:0".parse().unwrap(),
        admin: Some("127.0.0.1:0".parse().unwrap()),
        tls: None,
        allow_plaintext: false,
        limits,
    }
}

pub(crate) async fn start(options: ServerOptions) -> Running {
    let front = Arc::new(Echo::default());
    let (orders, received) = mpsc::channel(4);
    let (told, addresses) = tokio::sync::oneshot::channel();
    let its_front = Arc::clone(&front);
    let served = tokio::spawn(async move {
        let listening = |address, admin: Option<SocketAddr>| {
            told.send((address, admin.unwrap())).unwrap();
        };
        serve_until(its_front, &options, listening, received).await
    });
    let (address, admin) = addresses.await.unwrap();
    Running {
        front,
        address,
        admin,
        orders,
        served,
    }
}

impl Running {
    /// Sends bytes on a new connection and reads what comes until it is closed.
    pub(crate) async fn raw(&self, bytes: &[u8]) -> String {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        // It may be closed before everything was written.
        stream.write_all(bytes).await.ok();
        rest(&mut stream).await
    }

    /// The body of an answer of the administration, with its status.
    pub(crate) async fn ask_admin(&self, path: &str) -> String {
        let mut stream = TcpStream::connect(self.admin).await.unwrap();
        let request = format!("GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        rest(&mut stream).await
    }

    /// A counter of `/metrics`.
    pub(crate) async fn counter(&self, name: &str) -> u64 {
        let text = self.ask_admin("/metrics").await;
        let line = text
            .lines()
            .find_map(|line| line.strip_prefix(&format!("{name} ")));
        line.unwrap_or_else(|| panic!("no {name} in {text}"))
            .parse()
            .unwrap()
    }
}

/// Everything until the connection is closed.
pub(crate) async fn rest(stream: &mut (impl AsyncRead + Unpin)) -> String {
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).await.ok();
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Sends a request on a connection and reads its answer: status and body. `None` when the connection ends
/// before an answer begins.
pub(crate) async fn call(
    stream: &mut (impl AsyncRead + AsyncWrite + Unpin),
    request: &str,
) -> Option<(u16, String)> {
    stream.write_all(request.as_bytes()).await.ok()?;
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read_u8().await {
            Ok(byte) => head.push(byte),
            Err(_) if head.is_empty() => return None,
            Err(error) => panic!("an answer broke off: {error}"),
        }
    }
    let head = String::from_utf8(head).unwrap().to_lowercase();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    let length = head.split("content-length: ").nth(1).unwrap();
    let length = length.split("\r\n").next().unwrap().parse().unwrap();
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.unwrap();
    Some((status, String::from_utf8(body).unwrap()))
}
