//! The peer: `feast serve` on the same records.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, bail, ensure};
use serde_json::{Value, json};

use super::load::http;

pub(super) const VERSION: &str = "feast[redis]==0.67.0";
const VIEWS: usize = 5;

/// A Python environment with Feast, made once.
pub(super) fn python() -> anyhow::Result<PathBuf> {
    if let Some(python) = std::env::var_os("REMPART_FEAST_PYTHON") {
        return Ok(python.into());
    }
    let venv = PathBuf::from("bench/data/feast-venv");
    let python = venv.join("bin/python");
    if !venv.join("installed").exists() {
        eprintln!("installing {VERSION}");
        let made = Command::new("python3")
            .args(["-m", "venv"])
            .arg(&venv)
            .status()?;
        ensure!(made.success(), "python3 -m venv failed");
        let installed = Command::new(&python)
            .args(["-m", "pip", "install", "--quiet", VERSION])
            .status()?;
        ensure!(installed.success(), "pip install {VERSION} failed");
        std::fs::write(venv.join("installed"), VERSION)?;
    }
    Ok(python)
}

/// Runs a command of `bench/store/feast_peer.py`; gives what it prints.
pub(super) fn peer(python: &Path, arguments: &[&str]) -> anyhow::Result<Value> {
    let output = Command::new(python)
        .arg("bench/store/feast_peer.py")
        .args(arguments)
        .stderr(Stdio::inherit())
        .output()?;
    ensure!(
        output.status.success(),
        "feast_peer.py {arguments:?} failed"
    );
    let text = String::from_utf8(output.stdout)?;
    let last = text.lines().rev().find(|line| line.starts_with('{'));
    Ok(serde_json::from_str(
        last.context("feast_peer.py printed nothing")?,
    )?)
}

/// A running feature server.
#[derive(Debug)]
pub(super) struct Server {
    process: Child,
    pub(super) address: SocketAddr,
}

impl Server {
    /// Serves a repository.
    pub(super) fn start(python: &Path, repository: &Path, workers: usize) -> anyhow::Result<Self> {
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let feast = python.with_file_name("feast");
        let mut process = Command::new(if feast.is_absolute() {
            feast
        } else {
            std::env::current_dir()?.join(feast)
        })
        .arg("--chdir")
        .arg(repository)
        .args(["serve", "--host", "127.0.0.1", "--no-access-log"])
        .args([
            "--port",
            &port.to_string(),
            "--workers",
            &workers.to_string(),
        ])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .process_group(0)
        .spawn()
        .context("feast cannot be started")?;
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        for _ in 0..600 {
            if let Some(status) = process.try_wait()? {
                bail!("feast serve ended: {status}");
            }
            if TcpStream::connect(address).is_ok() {
                // The other worker may need a moment longer.
                std::thread::sleep(Duration::from_secs(3));
                return Ok(Self { process, address });
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        bail!("feast serve does not listen")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // The workers are in the group of the first process.
        Command::new("kill")
            .args(["-9", "--", &format!("-{}", self.process.id())])
            .status()
            .ok();
        self.process.wait().ok();
    }
}

/// A request for the features of some records.
pub(super) fn request(
    server: SocketAddr,
    records: impl Iterator<Item = usize>,
    per_view: usize,
) -> Vec<u8> {
    let features: Vec<String> = (0..VIEWS)
        .flat_map(|view| (0..per_view).map(move |number| format!("view{view}:v{view}_f{number}")))
        .collect();
    let ids: Vec<String> = records.map(|number| format!("entity-{number}")).collect();
    let body = json!({"features": features, "entities": {"id": ids}}).to_string();
    let headers = [
        ("host".to_owned(), server.to_string()),
        ("content-type".to_owned(), "application/json".to_owned()),
    ];
    http("POST", "/get-online-features", &headers, body.as_bytes())
}
