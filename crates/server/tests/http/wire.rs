//! What goes over the wire, well-formed or not.

use std::time::Duration;

use rempart_server::{Order, ServeError, serve_until};
use tokio::net::TcpStream;
use tokio::sync::mpsc;

use super::support::{Echo, call, limits, options, start};

#[tokio::test(flavor = "multi_thread")]
async fn requests_follow_each_other_on_a_connection() {
    let server = start(options(limits())).await;
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    for path in ["/quick", "/slow"] {
        let request =
            format!("PUT {path}/a%2Fb?x=1&y HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc");
        let answer = call(&mut stream, &request).await;
        assert_eq!(answer, Some((200, format!("PUT {path}/a%2Fb?x=1&y h 3"))));
    }
    // In chunks, with a trailer.
    let request = "POST /quick HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n3\r\ncde\r\n0\r\nx-a: b\r\n\r\n";
    assert_eq!(
        call(&mut stream, request).await,
        Some((200, "POST /quick? h 5".to_owned()))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_say_nothing_of_the_server() {
    let server = start(options(limits())).await;
    let answer = server
        .raw(b"GET /quick HTTP/1.1\r\nHost: h\r\nOrigin: http://evil\r\nAccept-Encoding: gzip\r\nConnection: close\r\n\r\n")
        .await;
    let head = answer.split("\r\n\r\n").next().unwrap().to_lowercase();
    let mut names: Vec<&str> = head
        .lines()
        .skip(1)
        .filter_map(|line| line.split(':').next())
        .collect();
    names.sort_unstable();
    assert_eq!(
        names,
        ["connection", "content-length", "date", "x-amzn-requestid"]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_http_is_refused_and_does_no_harm() {
    let server = start(options(limits())).await;
    let long_header = format!(
        "GET / HTTP/1.1\r\nHost: h\r\nX-A: {}\r\n\r\n",
        "a".repeat(64 << 10)
    );
    let many_headers = format!(
        "GET / HTTP/1.1\r\nHost: h\r\n{}\r\n",
        "x: y\r\n".repeat(500)
    );
    let inputs: [&[u8]; 15] = [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"\0\0\0\0\0\0\0\0\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost h\r\n\r\n",
        b"GET / HTTP/1.1\r\nHo st: h\r\n\r\n",
        b"GET / HTTP/1.1\r\n Host: h\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef",
        b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 18446744073709551616\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked, identity\r\n\r\n",
        b"POST /slow HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\nGET / HTTP/1.1\r\n\r\n",
        long_header.as_bytes(),
        many_headers.as_bytes(),
    ];
    for input in inputs {
        let answer = server.raw(input).await;
        let is_refused = answer.is_empty()
            || answer.starts_with("HTTP/1.1 4")
            || !answer.starts_with("HTTP/1.1");
        let shown = String::from_utf8_lossy(&input[..60.min(input.len())]).into_owned();
        assert!(is_refused, "{shown:?} gave {answer:?}");
    }
    // A length beside chunks: the chunks count, and nothing behind them is a request of its own.
    let smuggled = b"POST /slow HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /quick/smuggled HTTP/1.1\r\nHost: h\r\n\r\n";
    let answer = server.raw(smuggled).await;
    assert!(!answer.contains("smuggled"), "{answer}");
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    let answer = call(&mut stream, "GET /quick HTTP/1.1\r\nHost: h\r\n\r\n").await;
    assert_eq!(answer.unwrap().0, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_panics_is_an_internal_failure() {
    let server = start(options(limits())).await;
    for path in ["/panic", "/quick-panic"] {
        let request = format!("GET {path} HTTP/1.1\r\nHost: h\r\n\r\n");
        let answer = server.raw(request.as_bytes()).await;
        assert!(answer.starts_with("HTTP/1.1 500"), "{answer}");
        let answer = answer.to_lowercase();
        assert!(
            answer.contains("x-amzn-errortype: internalfailure"),
            "{answer}"
        );
        assert!(answer.contains("x-amzn-requestid: "), "{answer}");
    }
    assert_eq!(
        server
            .counter("rempart_http_requests_refused_total{reason=\"failed\"}")
            .await,
        2
    );
    assert_eq!(server.counter("rempart_http_requests_in_flight").await, 0);
}

#[tokio::test]
async fn no_plaintext_beyond_loopback() {
    for listen in ["0.0.0.0:0", "[::]:0"] {
        let mut options = options(limits());
        options.listen = listen.parse().unwrap();
        let (_orders, received) = mpsc::channel::<Order>(1);
        let front = std::sync::Arc::new(Echo::default());
        let refused = serve_until(front, &options, |_, _| panic!("it listens"), received).await;
        assert!(
            matches!(refused, Err(ServeError::Plaintext(_))),
            "{refused:?}"
        );
    }
    let mut options = options(limits());
    options.listen = "0.0.0.0:0".parse().unwrap();
    options.allow_plaintext = true;
    let server = start(options).await;
    server.orders.send(Order::End).await.unwrap();
    server.served.await.unwrap().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_administration_tells_health_and_counters() {
    let server = start(options(limits())).await;
    assert!(server.ask_admin("/health").await.ends_with("ok\n"));
    assert!(server.ask_admin("/ready").await.starts_with("HTTP/1.1 200"));
    assert!(server.ask_admin("/other").await.starts_with("HTTP/1.1 404"));
    server
        .raw(b"GET /quick HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
        .await;
    assert_eq!(server.counter("rempart_http_requests_total").await, 1);
    assert_eq!(server.counter("echo").await, 1);
    let metrics = server.ask_admin("/metrics").await;
    let body = metrics.split("\r\n\r\n").nth(1).unwrap();
    // Each value belongs to a family that was announced with its type.
    let mut family = String::new();
    for line in body.lines() {
        if let Some(rest) = line.strip_prefix("# TYPE ") {
            family = rest.split(' ').next().unwrap().to_owned();
        } else if !line.starts_with("# HELP ") {
            assert!(line.starts_with(&family) && !family.is_empty(), "{line}");
            let value = line.rsplit(' ').next().unwrap();
            assert!(value.parse::<f64>().is_ok(), "{line}");
        }
    }
    // It is not on the address of the APIs.
    let answer = server
        .raw(b"GET /metrics HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
        .await;
    assert!(answer.contains("GET /metrics? h 0"), "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_to_reload_reaches_the_node() {
    let server = start(options(limits())).await;
    server.orders.send(Order::Reload).await.unwrap();
    for _ in 0..100 {
        if server
            .front
            .reloads
            .load(std::sync::atomic::Ordering::SeqCst)
            == 1
        {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("it was not told");
}
