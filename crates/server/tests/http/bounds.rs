//! Sizes and numbers.

use std::sync::atomic::Ordering;
use std::time::Duration;

use rempart_server::Limits;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

use super::support::{call, limits, options, rest, start};

fn head(line: &str, more: &str, length: usize) -> String {
    format!("{line} HTTP/1.1\r\nHost: h\r\n{more}Content-Length: {length}\r\n\r\n")
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_are_as_long_as_the_operation_may_have() {
    let server = start(options(limits())).await;
    let target = "X-Amz-Target: SageMaker.CreateFeatureGroup\r\n";
    for (line, more, longest) in [
        ("POST /BatchWriteRecord", "", 16 << 20),
        ("PUT /FeatureGroup/g", "", 4 << 20),
        ("POST /", target, 1 << 20),
        ("POST /nothing", "", 256 << 10),
    ] {
        let mut stream = TcpStream::connect(server.address).await.unwrap();
        let mut request = head(line, more, longest);
        request.push_str(&"x".repeat(longest));
        let (status, body) = call(&mut stream, &request).await.unwrap();
        assert_eq!(status, 200);
        assert!(body.ends_with(&format!(" {longest}")), "{body}");
        // One byte more is refused before any of it is sent.
        let answer = server.raw(head(line, more, longest + 1).as_bytes()).await;
        assert!(answer.starts_with("HTTP/1.1 413"), "{line}: {answer}");
        assert!(
            answer.contains("RequestEntityTooLargeException"),
            "{line}: {answer}"
        );
        assert!(
            answer.to_lowercase().contains("x-amzn-requestid"),
            "{line}: {answer}"
        );
        // Nor does it help not to say how long it is.
        let mut request =
            format!("{line} HTTP/1.1\r\nHost: h\r\n{more}Transfer-Encoding: chunked\r\n\r\n");
        request.push_str(&format!(
            "{:x}\r\n{}\r\n0\r\n\r\n",
            longest + 1,
            "x".repeat(longest + 1)
        ));
        let answer = server.raw(request.as_bytes()).await;
        assert!(
            answer.starts_with("HTTP/1.1 413") || answer.is_empty(),
            "{line}: {answer}"
        );
    }
    assert!(
        server
            .counter("rempart_http_requests_refused_total{reason=\"too_long\"}")
            .await
            >= 8
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_head_is_refused() {
    let server = start(options(limits())).await;
    let request = format!(
        "GET /quick?{} HTTP/1.1\r\nHost: h\r\n\r\n",
        "a".repeat(40 << 10)
    );
    let answer = server.raw(request.as_bytes()).await;
    assert!(
        answer.starts_with("HTTP/1.1 4") || answer.is_empty(),
        "{answer}"
    );
    assert_eq!(server.front.done.load(Ordering::SeqCst), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_beyond_the_bound_are_refused_at_once() {
    let server = start(options(Limits {
        calls: 2,
        ..limits()
    }))
    .await;
    let mut waiting = Vec::new();
    for _ in 0..2 {
        let mut stream = TcpStream::connect(server.address).await.unwrap();
        stream
            .write_all(b"GET /sleep/600 HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
            .await
            .unwrap();
        waiting.push(stream);
    }
    while server.front.working.load(Ordering::SeqCst) < 2 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let answer = server.raw(b"GET /slow HTTP/1.1\r\nHost: h\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 503"), "{answer}");
    assert!(
        answer.contains("x-amzn-errortype: ThrottlingException"),
        "{answer}"
    );
    // What needs no place is served.
    let answer = server
        .raw(b"GET /quick HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
        .await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    for mut stream in waiting {
        assert!(rest(&mut stream).await.starts_with("HTTP/1.1 200"));
    }
    let answer = server
        .raw(b"GET /slow HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
        .await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_whose_client_has_gone_keeps_its_place() {
    let server = start(options(Limits {
        calls: 1,
        ..limits()
    }))
    .await;
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    stream
        .write_all(b"GET /sleep/500 HTTP/1.1\r\nHost: h\r\n\r\n")
        .await
        .unwrap();
    while server.front.working.load(Ordering::SeqCst) < 1 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    drop(stream);
    tokio::time::sleep(Duration::from_millis(100)).await;
    let answer = server.raw(b"GET /slow HTTP/1.1\r\nHost: h\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 503"), "{answer}");
    tokio::time::sleep(Duration::from_millis(600)).await;
    let answer = server
        .raw(b"GET /slow HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
        .await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn announced_bodies_take_no_room() {
    let bounds = Limits {
        bodies: 1 << 20,
        body_time: Duration::from_secs(3),
        ..limits()
    };
    let server = start(options(bounds)).await;
    // More is announced than there is room for, and not sent.
    let mut streams = Vec::new();
    for _ in 0..20 {
        let mut stream = TcpStream::connect(server.address).await.unwrap();
        stream
            .write_all(head("PUT /FeatureGroup/g", "", 200 << 10).as_bytes())
            .await
            .unwrap();
        streams.push(stream);
    }
    tokio::time::sleep(Duration::from_millis(100)).await;
    let mut request = head("PUT /FeatureGroup/g", "Connection: close\r\n", 200 << 10);
    request.push_str(&"x".repeat(200 << 10));
    let answer = server.raw(request.as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    // Now it is sent, but for the last byte: some are refused, and small bodies are not.
    let mut refused = 0;
    for stream in &mut streams {
        stream
            .write_all("x".repeat((200 << 10) - 1).as_bytes())
            .await
            .ok();
    }
    tokio::time::sleep(Duration::from_millis(200)).await;
    let mut small = head("PUT /FeatureGroup/g", "Connection: close\r\n", 1 << 10);
    small.push_str(&"x".repeat(1 << 10));
    let answer = server.raw(small.as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    for mut stream in streams {
        stream.write_all(b"x").await.ok();
        let read = tokio::time::timeout(Duration::from_millis(300), rest(&mut stream)).await;
        refused += usize::from(
            read.is_ok_and(|answer| answer.starts_with("HTTP/1.1 503") || answer.is_empty()),
        );
    }
    assert!((1..20).contains(&refused), "{refused}");
    let refusals = "rempart_http_requests_refused_total{reason=\"busy\"}";
    assert!(server.counter(refusals).await >= 1);
    // All room is given back.
    let answer = server.raw(request.as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_beyond_the_bound_are_closed() {
    let server = start(options(Limits {
        connections: 2,
        head_time: Duration::from_secs(3),
        ..limits()
    }))
    .await;
    let mut first = TcpStream::connect(server.address).await.unwrap();
    let second = TcpStream::connect(server.address).await.unwrap();
    let request = "GET /quick HTTP/1.1\r\nHost: h\r\n\r\n";
    assert_eq!(call(&mut first, request).await.unwrap().0, 200);
    assert_eq!(server.raw(request.as_bytes()).await, "");
    assert_eq!(call(&mut first, request).await.unwrap().0, 200);
    drop(second);
    for _ in 0..100 {
        let mut third = TcpStream::connect(server.address).await.unwrap();
        if call(&mut third, request).await.is_some() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("the place was not given back");
}
