//! A scripted HTTP server: it answers each request by a function, and can be slow or break off.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// A request as it came.
#[derive(Debug, Clone)]
pub(crate) struct Received {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

/// What to answer.
#[derive(Debug, Clone)]
pub(crate) struct Scripted {
    status: u16,
    headers: Vec<(String, String)>,
    body: String,
    delay: Duration,
    cut: bool,
}

type Script = dyn Fn(usize, &Received) -> Scripted + Send + Sync;

/// The server; it ends with the runtime of the test.
#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) url: String,
    log: Arc<Mutex<Log>>,
}

#[derive(Debug, Default)]
struct Log {
    received: Vec<Received>,
    open: usize,
    most_open: usize,
}

impl Received {
    pub(crate) fn header(&self, name: &str) -> &str {
        let found = self.headers.iter().find(|(header, _)| header == name);
        found.map_or("", |(_, value)| value.as_str())
    }
}

impl Scripted {
    pub(crate) fn new(status: u16, body: &str) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: body.to_owned(),
            delay: Duration::ZERO,
            cut: false,
        }
    }

    pub(crate) fn ok(body: &str) -> Self {
        Self::new(200, body)
    }

    /// An error as the JSON protocols write it.
    pub(crate) fn error(status: u16, code: &str, message: &str) -> Self {
        let body = serde_json::json!({"__type": code, "message": message});
        Self::new(status, &body.to_string())
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn after(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    /// Promises more bytes than it sends.
    pub(crate) fn cut(mut self) -> Self {
        self.cut = true;
        self
    }
}

impl Server {
    /// Starts a server; the script gets the number of the request, from 0, and the request.
    pub(crate) async fn start(
        script: impl Fn(usize, &Received) -> Scripted + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let log = Arc::new(Mutex::new(Log::default()));
        let script: Arc<Script> = Arc::new(script);
        let shared = Arc::clone(&log);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&shared), Arc::clone(&script)));
            }
        });
        Self { url, log }
    }

    pub(crate) fn received(&self) -> Vec<Received> {
        self.log.lock().expect("a log").received.clone()
    }

    /// How many requests were under way at the same time.
    pub(crate) fn most_open(&self) -> usize {
        self.log.lock().expect("a log").most_open
    }
}

async fn serve(mut stream: TcpStream, log: Arc<Mutex<Log>>, script: Arc<Script>) -> Option<()> {
    let received = read(&mut stream).await?;
    let answer = {
        let mut log = log.lock().expect("a log");
        let number = log.received.len();
        log.received.push(received.clone());
        log.open += 1;
        log.most_open = log.most_open.max(log.open);
        script(number, &received)
    };
    tokio::time::sleep(answer.delay).await;
    log.lock().expect("a log").open -= 1;
    let promised = answer.body.len() + if answer.cut { 10 } else { 0 };
    let mut text = format!(
        "HTTP/1.1 {} X\r\ncontent-length: {promised}\r\nconnection: close\r\n",
        answer.status
    );
    for (name, value) in &answer.headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    text.push_str("\r\n");
    if received.method != "HEAD" {
        text.push_str(&answer.body);
    }
    stream.write_all(text.as_bytes()).await.ok()?;
    stream.shutdown().await.ok()
}

async fn read(stream: &mut TcpStream) -> Option<Received> {
    let mut bytes = Vec::new();
    let end = loop {
        let mut buffer = [0; 4096];
        let count = stream.read(&mut buffer).await.ok()?;
        if count == 0 {
            return None;
        }
        bytes.extend_from_slice(&buffer[..count]);
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break end;
        }
    };
    let head = String::from_utf8(bytes[..end].to_vec()).ok()?;
    let mut lines = head.lines();
    let mut words = lines.next()?.split(' ');
    let (method, path) = (words.next()?.to_owned(), words.next()?.to_owned());
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
        .collect();
    let length = headers.iter().find(|(name, _)| name == "content-length");
    let length: usize = length.map_or(0, |(_, value)| value.parse().expect("a length"));
    let mut body = bytes[end + 4..].to_vec();
    while body.len() < length {
        let mut buffer = [0; 4096];
        let count = stream.read(&mut buffer).await.ok()?;
        body.extend_from_slice(&buffer[..count]);
    }
    Some(Received {
        method,
        path,
        headers,
        body: String::from_utf8(body).ok()?,
    })
}
