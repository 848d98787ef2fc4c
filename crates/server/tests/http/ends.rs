//! The end in good order.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use rempart_server::{Limits, Order};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

use super::support::{call, limits, options, rest, start};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn under_load_every_request_that_began_is_answered() {
    let server = start(options(limits())).await;
    let address = server.address;
    let answered = Arc::new(AtomicUsize::new(0));
    let mut clients = Vec::new();
    for number in 0..16 {
        let answered = Arc::clone(&answered);
        clients.push(tokio::spawn(async move {
            let path = if number % 2 == 0 {
                "/quick"
            } else {
                "/sleep/3"
            };
            let request = format!("GET {path} HTTP/1.1\r\nHost: h\r\n\r\n");
            while let Ok(mut stream) = TcpStream::connect(address).await {
                // `call` fails when an answer breaks off; none at all is a connection that was idle.
                while let Some((status, _)) = call(&mut stream, &request).await {
                    assert_eq!(status, 200);
                    answered.fetch_add(1, Ordering::SeqCst);
                }
            }
        }));
    }
    let mut slow = TcpStream::connect(address).await.unwrap();
    slow.write_all(b"GET /sleep/800 HTTP/1.1\r\nHost: h\r\n\r\n")
        .await
        .unwrap();
    tokio::time::sleep(Duration::from_millis(300)).await;
    server.orders.send(Order::End).await.unwrap();
    // While it ends, it is not ready.
    tokio::time::sleep(Duration::from_millis(100)).await;
    let ready = server.ask_admin("/ready").await;
    assert!(
        ready.starts_with("HTTP/1.1 503") && ready.ends_with("shutting down\n"),
        "{ready}"
    );
    let answer = rest(&mut slow).await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    server.served.await.unwrap().unwrap();
    for client in clients {
        client.await.unwrap();
    }
    // Every call that was made was answered to its client.
    let answered = answered.load(Ordering::SeqCst);
    assert!(answered > 50, "{answered}");
    assert_eq!(server.front.done.load(Ordering::SeqCst), answered + 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn idle_connections_do_not_delay_the_end() {
    let server = start(options(Limits {
        head_time: Duration::from_secs(30),
        ..limits()
    }))
    .await;
    let silent = TcpStream::connect(server.address).await.unwrap();
    let mut between = TcpStream::connect(server.address).await.unwrap();
    call(&mut between, "GET /quick HTTP/1.1\r\nHost: h\r\n\r\n")
        .await
        .unwrap();
    let mut within = TcpStream::connect(server.address).await.unwrap();
    within.write_all(b"GET /quick HTT").await.unwrap();
    tokio::time::sleep(Duration::from_millis(50)).await;
    let begun = Instant::now();
    server.orders.send(Order::End).await.unwrap();
    server.served.await.unwrap().unwrap();
    assert!(
        begun.elapsed() < Duration::from_secs(3),
        "{:?}",
        begun.elapsed()
    );
    drop((silent, between, within));
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_that_do_not_end_are_left_behind() {
    let server = start(options(Limits {
        shutdown_time: Duration::from_millis(200),
        ..limits()
    }))
    .await;
    let mut slow = TcpStream::connect(server.address).await.unwrap();
    slow.write_all(b"GET /sleep/1500 HTTP/1.1\r\nHost: h\r\n\r\n")
        .await
        .unwrap();
    tokio::time::sleep(Duration::from_millis(50)).await;
    let begun = Instant::now();
    server.orders.send(Order::End).await.unwrap();
    server.served.await.unwrap().unwrap();
    assert!(
        begun.elapsed() < Duration::from_secs(1),
        "{:?}",
        begun.elapsed()
    );
}
