//! A closed-loop HTTP client: prepared requests over kept connections, as fast as answers come.
//!
//! Requests are bytes made beforehand, so that what is measured is the server, not the client.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// What a run gave.
#[derive(Debug, Clone, Default)]
pub(super) struct Load {
    /// Times of the requests, sorted.
    pub(super) times: Vec<Duration>,
    /// From the first request to the last answer.
    pub(super) wall: Duration,
    /// Bytes of all answers.
    pub(super) bytes: u64,
}

impl Load {
    /// Requests per second.
    pub(super) fn rate(&self) -> f64 {
        self.times.len() as f64 / self.wall.as_secs_f64()
    }

    /// Adds a later run.
    pub(super) fn add(&mut self, later: Self) {
        self.times.extend(later.times);
        self.times.sort_unstable();
        self.wall += later.wall;
        self.bytes += later.bytes;
    }

    /// A quantile in milliseconds.
    pub(super) fn quantile(&self, part: f64) -> f64 {
        let at = ((self.times.len() as f64 - 1.0) * part).round().max(0.0) as usize;
        self.times
            .get(at)
            .map_or(f64::NAN, |time| time.as_secs_f64() * 1e3)
    }
}

/// Sends the requests in turn over `connections` connections until `count` were answered or the time is
/// over. Every answer must have status 200.
pub(super) fn run(
    server: SocketAddr,
    requests: &Arc<Vec<Vec<u8>>>,
    connections: usize,
    count: usize,
    limit: Duration,
) -> anyhow::Result<Load> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let next = Arc::new(AtomicUsize::new(0));
        let begun = Instant::now();
        let mut tasks = Vec::new();
        for _ in 0..connections {
            let (requests, next) = (Arc::clone(requests), Arc::clone(&next));
            tasks.push(tokio::spawn(async move {
                connection(server, &requests, &next, count, begun + limit).await
            }));
        }
        let (mut times, mut bytes) = (Vec::new(), 0);
        for task in tasks {
            let (some, read) = task.await??;
            times.extend(some);
            bytes += read;
        }
        let wall = begun.elapsed();
        ensure!(!times.is_empty(), "no request was answered");
        times.sort_unstable();
        Ok(Load { times, wall, bytes })
    })
}

async fn connection(
    server: SocketAddr,
    requests: &[Vec<u8>],
    next: &AtomicUsize,
    count: usize,
    end: Instant,
) -> anyhow::Result<(Vec<Duration>, u64)> {
    let mut stream = TcpStream::connect(server).await?;
    stream.set_nodelay(true)?;
    let mut buffer = Vec::with_capacity(1 << 20);
    let (mut times, mut bytes) = (Vec::new(), 0);
    loop {
        let number = next.fetch_add(1, Ordering::Relaxed);
        if number >= count || Instant::now() >= end {
            return Ok((times, bytes));
        }
        let request = requests
            .get(number % requests.len())
            .context("no request")?;
        // A peer renews its workers after some requests and cuts their connections: then once more.
        for is_last in [false, true] {
            let begun = Instant::now();
            let answered = match stream.write_all(request).await {
                Ok(()) => answer(&mut stream, &mut buffer).await,
                Err(error) => Err(error.into()),
            };
            match answered {
                Ok(length) => {
                    bytes += length as u64;
                    times.push(begun.elapsed());
                    break;
                }
                Err(error) if is_last => return Err(error),
                Err(_) => {
                    stream = TcpStream::connect(server).await?;
                    stream.set_nodelay(true)?;
                }
            }
        }
    }
}

/// Reads one answer; gives its length.
async fn answer(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> anyhow::Result<usize> {
    buffer.clear();
    loop {
        let read = stream.read_buf(buffer).await?;
        ensure!(read > 0, "the server closed the connection");
        let Some(head) = memchr::memmem::find(buffer, b"\r\n\r\n") else {
            continue;
        };
        let text =
            std::str::from_utf8(buffer.get(..head).unwrap_or_default())?.to_ascii_lowercase();
        let length = text
            .lines()
            .find_map(|line| line.strip_prefix("content-length:"))
            .context("an answer without a length")?;
        let whole = head + 4 + length.trim().parse::<usize>()?;
        while buffer.len() < whole {
            ensure!(stream.read_buf(buffer).await? > 0, "the answer was cut off");
        }
        if !text.starts_with("http/1.1 200") {
            bail!(
                "not 200: {}",
                String::from_utf8_lossy(buffer.get(..whole.min(600)).unwrap_or_default())
            );
        }
        return Ok(whole);
    }
}

/// An HTTP/1.1 request.
pub(super) fn http(
    method: &str,
    target: &str,
    headers: &[(String, String)],
    body: &[u8],
) -> Vec<u8> {
    let mut request = format!("{method} {target} HTTP/1.1\r\n").into_bytes();
    for (name, value) in headers {
        request.extend_from_slice(format!("{name}: {value}\r\n").as_bytes());
    }
    request.extend_from_slice(format!("content-length: {}\r\n\r\n", body.len()).as_bytes());
    request.extend_from_slice(body);
    request
}
