//! What an empty service takes over HTTP/1.1. Ask for it with a release build, server and client on a
//! core each: `REMPART_SPEED=1 cargo test --release -p rempart-server --test http -- --ignored --nocapture speed`

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers of tests"
)]

use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::runtime::{Builder, Runtime};

use super::support::{limits, options, start};

const CLIENTS: usize = 32;
const WARM_UP: Duration = Duration::from_millis(500);
const TIME: Duration = Duration::from_secs(3);

/// One request after the other; gives the times they took.
async fn client(address: std::net::SocketAddr, request: &'static [u8]) -> Vec<Duration> {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.set_nodelay(true).unwrap();
    let mut times = Vec::new();
    let mut buffer = vec![0; 4_096];
    let begun = Instant::now();
    while begun.elapsed() < WARM_UP + TIME {
        let sent = Instant::now();
        stream.write_all(request).await.unwrap();
        // The answer comes in one piece.
        assert!(stream.read(&mut buffer).await.unwrap() > 0);
        if begun.elapsed() > WARM_UP {
            times.push(sent.elapsed());
        }
    }
    times
}

/// Time that these threads were on a core.
fn on_core(threads: &str) -> Duration {
    let of = |path: std::path::PathBuf| {
        let text = std::fs::read_to_string(path.join("schedstat")).unwrap_or_default();
        text.split(' ')
            .next()
            .and_then(|text| text.parse().ok())
            .unwrap_or(0)
    };
    if threads == "this" {
        return Duration::from_nanos(of("/proc/thread-self".into()));
    }
    let tasks = std::fs::read_dir("/proc/self/task").unwrap();
    Duration::from_nanos(tasks.map(|task| of(task.unwrap().path())).sum())
}

/// Serves on each of the runtimes, with clients for all of them on one thread.
fn measure(name: &str, servers: Vec<Runtime>, request: &'static [u8]) {
    let mut addresses = Vec::new();
    let mut ends = Vec::new();
    for server in servers {
        let (told, address) = std::sync::mpsc::channel();
        let (end, ended) = tokio::sync::oneshot::channel::<()>();
        let serving = std::thread::spawn(move || {
            server.block_on(async move {
                let running = start(options(limits())).await;
                told.send(running.address).unwrap();
                ended.await.ok();
            });
            server.shutdown_timeout(Duration::from_secs(1));
        });
        addresses.push(address.recv().unwrap());
        ends.push((end, serving));
    }
    let clients = Builder::new_current_thread().enable_all().build().unwrap();
    let before = (on_core("all"), on_core("this"));
    let mut times = clients.block_on(async {
        let addresses = addresses.iter().cycle().take(CLIENTS);
        let clients: Vec<_> = addresses
            .map(|address| tokio::spawn(client(*address, request)))
            .collect();
        let mut times = Vec::new();
        for client in clients {
            times.extend(client.await.unwrap());
        }
        times
    });
    let all = on_core("all").saturating_sub(before.0);
    let served = all.saturating_sub(on_core("this").saturating_sub(before.1));
    for (end, serving) in ends {
        drop(end);
        serving.join().unwrap();
    }
    times.sort_unstable();
    let at = |share: f64| times[(times.len() as f64 * share) as usize];
    // Times are kept of a part of the requests only.
    let requests = times.len() as f64 * (WARM_UP + TIME).div_duration_f64(TIME);
    println!(
        "{name}: {:.0} requests/s, {:.0} a second of the server on a core, p50 {:?}, p99 {:?}",
        times.len() as f64 / TIME.as_secs_f64(),
        requests / served.as_secs_f64(),
        at(0.5),
        at(0.99)
    );
}

#[test]
#[ignore = "a measurement"]
fn speed() {
    const QUICK: &[u8] = b"GET /quick HTTP/1.1\r\nHost: localhost\r\nX-Amz-Date: 20260301T000000Z\r\nAuthorization: AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20260301/eu-west-1/sagemaker/aws4_request, SignedHeaders=host;x-amz-date, Signature=0\r\nUser-Agent: Boto3/1.40.0\r\nAccept-Encoding: identity\r\n\r\n";
    const BLOCKING: &[u8] =
        b"PUT /FeatureGroup/g HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{}";
    for _ in 0..2 {
        let one = || Builder::new_current_thread().enable_all().build().unwrap();
        let several = |count| {
            Builder::new_multi_thread()
                .worker_threads(count)
                .enable_all()
                .build()
                .unwrap()
        };
        measure("one thread, inline", vec![one()], QUICK);
        measure("one worker, inline", vec![several(1)], QUICK);
        measure("two workers, inline", vec![several(2)], QUICK);
        measure(
            "two threads by themselves, inline",
            vec![one(), one()],
            QUICK,
        );
        measure("one thread, handed over", vec![one()], BLOCKING);
        measure("two workers, handed over", vec![several(2)], BLOCKING);
        measure(
            "two threads by themselves, handed over",
            vec![one(), one()],
            BLOCKING,
        );
    }
}
