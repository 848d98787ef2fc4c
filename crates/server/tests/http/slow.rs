//! Clients that take their time.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "helpers of tests")]

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

use super::support::{Running, call, limits, options, rest, start};

/// How long it takes until a connection is closed on which `bytes` are sent, then a byte every 50 ms.
async fn drip(server: &Running, bytes: &[u8], drops: &[u8]) -> (Duration, String) {
    let begun = Instant::now();
    let stream = TcpStream::connect(server.address).await.unwrap();
    let (mut read, mut write) = stream.into_split();
    write.write_all(bytes).await.unwrap();
    let drops = drops.to_vec();
    let dripping = tokio::spawn(async move {
        for byte in drops.into_iter().cycle() {
            tokio::time::sleep(Duration::from_millis(50)).await;
            if write.write_all(&[byte]).await.is_err() {
                break;
            }
        }
    });
    let answer = tokio::time::timeout(Duration::from_secs(5), rest(&mut read)).await;
    dripping.abort();
    (begun.elapsed(), answer.expect("it is closed"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_head_that_takes_too_long() {
    let server = start(options(limits())).await;
    for bytes in [b"GET / HTTP/1.1\r\n".as_slice(), b"G", b"P"] {
        let (time, answer) = drip(&server, bytes, b"x-a: b\r\n").await;
        assert!(!answer.contains("200"), "{answer}");
        assert!(time < Duration::from_secs(3), "{time:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_on_which_nothing_comes() {
    let server = start(options(limits())).await;
    // Before the first request, after it, and within HTTP/2.
    for bytes in [
        b"".as_slice(),
        b"GET /quick HTTP/1.1\r\nHost: h\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0",
    ] {
        let begun = Instant::now();
        let answer = tokio::time::timeout(Duration::from_secs(5), server.raw(bytes)).await;
        assert!(answer.is_ok(), "{}", String::from_utf8_lossy(bytes));
        assert!(
            begun.elapsed() > Duration::from_millis(300),
            "{:?}",
            begun.elapsed()
        );
    }
    assert_eq!(server.counter("rempart_http_connections").await, 0);
    assert!(
        server
            .counter("rempart_http_connections_timed_out_total")
            .await
            >= 2
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_takes_too_long() {
    let server = start(options(limits())).await;
    let head = b"PUT /FeatureGroup/g HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\n\r\n";
    let (time, answer) = drip(&server, head, b"x").await;
    assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
    assert!(answer.contains("RequestTimeoutException"), "{answer}");
    assert!(time < Duration::from_secs(3), "{time:?}");
    assert_eq!(server.front.done.load(Ordering::SeqCst), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_nobody_takes() {
    let server = start(options(limits())).await;
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    stream
        .write_all(b"GET /large HTTP/1.1\r\nHost: h\r\n\r\n")
        .await
        .unwrap();
    for _ in 0..200 {
        tokio::time::sleep(Duration::from_millis(20)).await;
        let is_done = server.front.done.load(Ordering::SeqCst) == 1;
        if is_done && server.counter("rempart_http_connections").await == 0 {
            return;
        }
    }
    panic!("it waits for ever");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_is_taken_slowly_arrives() {
    let server = start(options(limits())).await;
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    let answer = call(&mut stream, "GET /large HTTP/1.1\r\nHost: h\r\n\r\n").await;
    assert_eq!(answer.unwrap().1.len(), 32 << 20);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_connection_is_asked_to_end() {
    let mut limits = limits();
    limits.connection_time = Duration::from_millis(500);
    let server = start(options(limits)).await;
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    let begun = Instant::now();
    let request = "GET /quick HTTP/1.1\r\nHost: h\r\n\r\n";
    while call(&mut stream, request).await.is_some() {
        assert!(begun.elapsed() < Duration::from_secs(5), "it goes on");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(begun.elapsed() > Duration::from_millis(400));
}
