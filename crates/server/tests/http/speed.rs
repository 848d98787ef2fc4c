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

fn measure(name: &str, server: Runtime, request: &'static [u8]) {
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
    let address = address.recv().unwrap();
    let clients = Builder::new_current_thread().enable_all().build().unwrap();
    let mut times = clients.block_on(async {
        let clients: Vec<_> = (0..CLIENTS)
            .map(|_| tokio::spawn(client(address, request)))
            .collect();
        let mut times = Vec::new();
        for client in clients {
            times.extend(client.await.unwrap());
        }
        times
    });
    drop(end);
    serving.join().unwrap();
    times.sort_unstable();
    let at = |share: f64| times[(times.len() as f64 * share) as usize];
    println!(
        "{name}: {:.0} requests/s, p50 {:?}, p99 {:?}",
        times.len() as f64 / TIME.as_secs_f64(),
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
        measure("one thread, inline", one(), QUICK);
        measure("one worker, inline", several(1), QUICK);
        measure("two workers, inline", several(2), QUICK);
        measure("one thread, handed over", one(), BLOCKING);
        measure("two workers, handed over", several(2), BLOCKING);
    }
}
