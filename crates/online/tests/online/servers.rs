//! Redis servers of the tests' own: `REMPART_REDIS_SERVER`, or `redis-server` on the path.

use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::embedded::scratch;

/// A running server; ended when dropped.
pub(crate) struct Server {
    child: Child,
    pub(crate) port: u16,
    pub(crate) bus: u16,
    arguments: Vec<String>,
    folder: tempfile::TempDir,
}

fn program() -> Option<String> {
    let program =
        std::env::var("REMPART_REDIS_SERVER").unwrap_or_else(|_| "redis-server".to_owned());
    let there = Command::new(&program).arg("--version").output().is_ok();
    if !there {
        eprintln!("skipped: {program} is missing, and REMPART_REDIS_SERVER names no other");
    }
    there.then_some(program)
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port()
}

fn start(arguments: &[String], folder: &Path, port: u16) -> Child {
    let mut child = Command::new(program().unwrap())
        .args(["--bind", "127.0.0.1", "--save", "", "--dir"])
        .arg(folder)
        .args(["--port", &port.to_string()])
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let begun = Instant::now();
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(child.try_wait().unwrap().is_none(), "redis-server ended");
        assert!(
            begun.elapsed() < Duration::from_secs(20),
            "redis-server is silent"
        );
        std::thread::sleep(Duration::from_millis(10));
    }
    child
}

impl Server {
    /// `None`, and a word on stderr, where there is no server.
    pub(crate) fn start(arguments: &[&str]) -> Option<Self> {
        program()?;
        let folder = scratch();
        let (port, bus) = (free_port(), free_port());
        let mut arguments: Vec<String> = arguments.iter().map(|one| (*one).to_owned()).collect();
        if arguments.iter().any(|one| one == "--cluster-enabled") {
            arguments.extend(["--cluster-port".to_owned(), bus.to_string()]);
        }
        Some(Self {
            child: start(&arguments, folder.path(), port),
            port,
            bus,
            arguments,
            folder,
        })
    }

    pub(crate) fn address(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// One command, one answer.
    pub(crate) fn ask<T: redis::FromRedisValue>(&self, command: &str) -> T {
        let client = redis::Client::open(self.address()).unwrap();
        let mut words = command.split_whitespace();
        let mut command = redis::cmd(words.next().unwrap());
        words.for_each(|word| {
            command.arg(word);
        });
        command
            .query(&mut client.get_connection().unwrap())
            .unwrap()
    }

    pub(crate) fn stop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    pub(crate) fn start_again(&mut self) {
        self.child = start(&self.arguments, self.folder.path(), self.port);
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// Three servers that are a cluster.
pub(crate) fn cluster() -> Option<Vec<Server>> {
    let arguments = ["--cluster-enabled", "yes", "--cluster-node-timeout", "5000"];
    let mut servers = Vec::new();
    for number in 0..3 {
        let server = Server::start(&arguments)?;
        let (from, to) = (number * 5_462, (number * 5_462 + 5_461).min(16_383));
        server.ask::<()>(&format!("CLUSTER ADDSLOTSRANGE {from} {to}"));
        server.ask::<()>(&format!("CLUSTER SET-CONFIG-EPOCH {}", number + 1));
        servers.push(server);
    }
    for other in &servers[1..] {
        let meet = format!("CLUSTER MEET 127.0.0.1 {} {}", other.port, other.bus);
        servers[0].ask::<()>(&meet);
    }
    let begun = Instant::now();
    let is_ready = |server: &Server| {
        let state: String = server.ask("CLUSTER INFO");
        let slots: Vec<redis::Value> = server.ask("CLUSTER SLOTS");
        state.contains("cluster_state:ok")
            && state.contains("cluster_known_nodes:3")
            && slots.len() == 3
    };
    while !servers.iter().all(is_ready) {
        assert!(begun.elapsed() < Duration::from_secs(30), "no cluster");
        std::thread::sleep(Duration::from_millis(50));
    }
    Some(servers)
}
