//! Raw Redis: `HGETALL` and `HSET` of the same records, without anything around it.

use std::io::{BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};

/// A server of its own.
#[derive(Debug)]
pub(super) struct Server {
    process: Child,
    pub(super) address: SocketAddr,
    _folder: tempfile::TempDir,
}

impl Server {
    /// Starts `redis-server` without persistence.
    pub(super) fn start() -> anyhow::Result<Self> {
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let folder = tempfile::tempdir()?;
        let process = Command::new("redis-server")
            .args([
                "--port",
                &port.to_string(),
                "--save",
                "",
                "--appendonly",
                "no",
                "--dir",
            ])
            .arg(folder.path())
            .stdout(Stdio::null())
            .spawn()
            .context("redis-server cannot be started: install it")?;
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        for _ in 0..100 {
            if TcpStream::connect(address).is_ok() {
                return Ok(Self {
                    process,
                    address,
                    _folder: folder,
                });
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        anyhow::bail!("redis-server does not listen")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Nothing can be done when it is gone already.
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

/// Writes the records as hashes.
pub(super) fn fill(server: SocketAddr, records: usize, features: usize) -> anyhow::Result<()> {
    let mut stream = TcpStream::connect(server)?;
    let mut reader = BufReader::new(stream.try_clone()?);
    for record in 0..records {
        let key = format!("entity-{record}");
        let mut words = vec!["HSET".to_owned(), key];
        for feature in 0..features {
            words.push(format!("f{feature}"));
            words.push(super::ours::value(record, feature));
        }
        stream.write_all(&command(&words))?;
        skip_reply(&mut reader)?;
    }
    Ok(())
}

/// `HGETALL` over several connections; gives requests per second.
pub(super) fn read(
    server: SocketAddr,
    records: usize,
    connections: usize,
    count: usize,
) -> anyhow::Result<f64> {
    let next = AtomicUsize::new(0);
    let begun = Instant::now();
    let work = || -> anyhow::Result<()> {
        let mut stream = TcpStream::connect(server)?;
        stream.set_nodelay(true)?;
        let mut reader = BufReader::with_capacity(1 << 16, stream.try_clone()?);
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= count {
                return Ok(());
            }
            let words = ["HGETALL".to_owned(), format!("entity-{}", number % records)];
            stream.write_all(&command(&words))?;
            ensure!(skip_reply(&mut reader)? > 1, "the record is not there");
        }
    };
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..connections).map(|_| scope.spawn(work)).collect();
        for worker in workers {
            worker
                .join()
                .map_err(|_| anyhow::anyhow!("a client failed"))??;
        }
        Ok(count as f64 / begun.elapsed().as_secs_f64())
    })
}

fn command(words: &[String]) -> Vec<u8> {
    let mut text = format!("*{}\r\n", words.len());
    for word in words {
        text.push_str(&format!("${}\r\n{word}\r\n", word.len()));
    }
    text.into_bytes()
}

/// Reads one reply and gives how many values it has.
fn skip_reply(reader: &mut BufReader<TcpStream>) -> anyhow::Result<usize> {
    let line = line(reader)?;
    let (kind, rest) = line.split_at_checked(1).context("an empty reply")?;
    match kind {
        "*" => {
            let count: usize = rest.parse()?;
            for _ in 0..count {
                skip_reply(reader)?;
            }
            Ok(count)
        }
        "$" => {
            let length: usize = rest.parse()?;
            let mut text = vec![0; length + 2];
            reader.read_exact(&mut text)?;
            Ok(1)
        }
        "-" => anyhow::bail!("redis: {rest}"),
        _ => Ok(1),
    }
}

fn line(reader: &mut BufReader<TcpStream>) -> anyhow::Result<String> {
    let mut text = Vec::new();
    std::io::BufRead::read_until(reader, b'\n', &mut text)?;
    Ok(String::from_utf8(text)?.trim_end().to_owned())
}
