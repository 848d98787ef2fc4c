//! What goes wrong on the way, and what the client makes of it.

use std::time::Duration;

use rempart_aws_client::{Class, Client};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::server::{Scripted, Server};
use crate::support::{call, code, settings};

const DOMAINS: &str = "sagemaker:ListDomains";

#[tokio::test]
async fn throttled_then_answered() {
    let server = Server::start(|number, _| match number {
        0 => Scripted::error(400, "ThrottlingException", "Rate exceeded"),
        1 => Scripted::new(503, "<Error><Code>SlowDown</Code></Error>"),
        _ => Scripted::ok(r#"{"Domains":[]}"#).header("x-amzn-RequestId", "id-1"),
    })
    .await;
    let (settings, clock) = settings(&server);
    let client = Client::new(settings);
    let reply = client.call(&call(DOMAINS)).await.expect("a reply");
    assert_eq!(
        (reply.class, reply.status, reply.attempts),
        (Class::Ok, 200, 3)
    );
    assert_eq!(&reply.body[..], br#"{"Domains":[]}"#);
    assert_eq!(reply.request_id.as_deref(), Some("id-1"));
    let waits = clock.waits();
    assert!(waits.contains(&Duration::from_millis(200)), "{waits:?}");
    assert!(waits.contains(&Duration::from_millis(400)), "{waits:?}");
    // The second throttle came within a second of the first: the rate was halved once.
    assert!(
        waits.contains(&Duration::from_millis(100)) || waits.len() > 2,
        "{waits:?}"
    );
    let counters = client.counters()[DOMAINS];
    assert_eq!(
        (counters.calls, counters.requests, counters.throttled),
        (1, 3, 2)
    );
}

#[tokio::test]
async fn retries_end() {
    let server = Server::start(|_, _| Scripted::new(500, "")).await;
    let (mut settings, _) = settings(&server);
    settings.retries.attempts_per_call = 3;
    settings.retries.budget = 3;
    let client = Client::new(settings);
    let reply = client.call(&call(DOMAINS)).await.expect("a reply");
    assert_eq!(
        (reply.class, reply.status, reply.attempts),
        (Class::Transient, 500, 3)
    );
    assert_eq!(code(&reply), "HttpStatus500");
    assert_eq!(client.retries_left(), 1);
    // What is left of the budget is for the whole run.
    let reply = client.call(&call(DOMAINS)).await.expect("a reply");
    assert_eq!(reply.attempts, 2);
    let reply = client.call(&call(DOMAINS)).await.expect("a reply");
    assert_eq!((reply.attempts, client.retries_left()), (1, 0));
}

#[tokio::test]
async fn a_truncated_answer_is_no_answer() {
    let server = Server::start(|number, _| {
        let answer = Scripted::ok(r#"{"Domains":[]}"#);
        if number == 0 { answer.cut() } else { answer }
    })
    .await;
    let (settings, _) = settings(&server);
    let reply = Client::new(settings)
        .call(&call(DOMAINS))
        .await
        .expect("a reply");
    assert_eq!((reply.class, reply.attempts), (Class::Ok, 2));
}

#[tokio::test]
async fn always_truncated() {
    let server = Server::start(|_, _| Scripted::ok(r#"{"Domains":[]}"#).cut()).await;
    let (mut settings, _) = settings(&server);
    settings.retries.attempts_per_call = 2;
    let reply = Client::new(settings)
        .call(&call(DOMAINS))
        .await
        .expect("a reply");
    assert_eq!((reply.class, reply.status), (Class::Transient, 0));
    assert_eq!(code(&reply), "TruncatedAnswer");
    assert!(reply.body.is_empty());
}

#[tokio::test]
async fn denied_in_xml_by_a_json_service() {
    let body = "<ErrorResponse><Error><Code>AccessDenied</Code><Message>no &amp; no</Message></Error></ErrorResponse>";
    let server = Server::start(move |_, _| Scripted::new(403, body)).await;
    let (settings, _) = settings(&server);
    let client = Client::new(settings);
    let reply = client.call(&call(DOMAINS)).await.expect("a reply");
    assert_eq!((reply.class, reply.attempts), (Class::Denied, 1));
    let error = reply.error.expect("an error");
    assert_eq!(
        (error.code.as_str(), error.message.as_str()),
        ("AccessDenied", "no & no")
    );
    assert_eq!(&reply.body[..], body.as_bytes());
    assert_eq!(client.counters()[DOMAINS].denied, 1);
}

#[tokio::test]
async fn a_portal_is_not_aws() {
    let server = Server::start(|_, _| Scripted::ok("<html>sign in</html>")).await;
    let (settings, _) = settings(&server);
    let reply = Client::new(settings)
        .call(&call(DOMAINS))
        .await
        .expect("a reply");
    assert_eq!(
        (reply.class, code(&reply)),
        (Class::Invalid, "UnreadableAnswer")
    );
}

#[tokio::test]
async fn answers_have_a_bound() {
    let server = Server::start(|_, _| Scripted::ok(r#"{"Domains":[]}"#)).await;
    let (mut settings, _) = settings(&server);
    settings.largest_answer = 5;
    let reply = Client::new(settings)
        .call(&call(DOMAINS))
        .await
        .expect("a reply");
    assert_eq!(
        (reply.class, code(&reply)),
        (Class::Invalid, "AnswerTooLarge")
    );
    assert_eq!(reply.attempts, 1);
}

#[tokio::test]
async fn nobody_listens() {
    let server = Server::start(|_, _| Scripted::ok("{}")).await;
    let (mut settings, _) = settings(&server);
    settings.endpoints.all = Some("http://127.0.0.1:1".to_owned());
    settings.retries.attempts_per_call = 2;
    let reply = Client::new(settings)
        .call(&call(DOMAINS))
        .await
        .expect("a reply");
    assert_eq!(
        (reply.class, code(&reply)),
        (Class::Transient, "ConnectionError")
    );
    assert_eq!(reply.attempts, 2);
}

#[tokio::test]
async fn requests_under_way_are_bounded() {
    let server = Server::start(|_, _| Scripted::ok("{}").after(Duration::from_millis(30))).await;
    let (mut settings, _) = settings(&server);
    settings.bounds.requests_per_region = 2;
    let client = Client::new(settings);
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let client = client.clone();
        tasks.spawn(async move { client.call(&call(DOMAINS)).await });
    }
    for result in tasks.join_all().await {
        assert_eq!(result.expect("a reply").class, Class::Ok);
    }
    assert_eq!(server.most_open(), 2);
}

#[tokio::test]
async fn a_dropped_call_gives_its_place_back() {
    let server = Server::start(|number, _| {
        let answer = Scripted::ok("{}");
        if number == 0 {
            answer.after(Duration::from_secs(600))
        } else {
            answer
        }
    })
    .await;
    let (mut settings, _) = settings(&server);
    settings.bounds.requests = 1;
    let client = Client::new(settings);
    let listing = call(DOMAINS);
    let waited = tokio::time::timeout(Duration::from_millis(200), client.call(&listing)).await;
    assert!(waited.is_err());
    let reply = client.call(&call(DOMAINS)).await.expect("a reply");
    assert_eq!(reply.class, Class::Ok);
}

#[tokio::test]
async fn a_bucket_in_another_region() {
    let server = Server::start(|_, received| {
        if received.header("authorization").contains("/us-west-2/s3/") {
            Scripted::ok(r#"{"Statement":[]}"#)
        } else {
            Scripted::new(301, "<Error><Code>PermanentRedirect</Code></Error>")
                .header("x-amz-bucket-region", "us-west-2")
        }
    })
    .await;
    let (settings, _) = settings(&server);
    let client = Client::new(settings);
    let policy = call("s3:GetBucketPolicy").with("Bucket", "b-1");
    let reply = client.call(&policy).await.expect("a reply");
    assert_eq!((reply.class, reply.attempts), (Class::Ok, 2));
    assert_eq!(reply.region, "us-west-2");
    assert_eq!(&reply.body[..], br#"{"Statement":[]}"#);
    // The region is remembered for the other operations of the bucket.
    let encryption = call("s3:GetBucketEncryption").with("Bucket", "b-1");
    client.call(&encryption).await.expect("a reply");
    let received = server.received();
    assert_eq!(received.len(), 3);
    assert_eq!(received[2].path, "/b-1?encryption");
    assert!(
        received[2]
            .header("authorization")
            .contains("/us-west-2/s3/")
    );
    assert_eq!(received[0].header("x-amz-content-sha256").len(), 64);
}

#[tokio::test]
async fn a_redirect_to_no_region_is_not_followed() {
    let body =
        "<Error><Code>AuthorizationHeaderMalformed</Code><Region>evil.example/</Region></Error>";
    let server = Server::start(move |_, _| Scripted::new(400, body)).await;
    let (settings, _) = settings(&server);
    let policy = call("s3:GetBucketPolicy").with("Bucket", "b-1");
    let reply = Client::new(settings).call(&policy).await.expect("a reply");
    assert_eq!((reply.class, reply.attempts), (Class::Invalid, 1));
}

#[tokio::test]
async fn members_in_headers_are_kept() {
    let server = Server::start(|_, _| {
        Scripted::ok("")
            .header("x-amz-server-side-encryption", "aws:kms")
            .header("x-amz-meta-owner", "ml")
            .header("x-other", "no")
    })
    .await;
    let (settings, _) = settings(&server);
    let head = call("s3:HeadObject")
        .with("Bucket", "b-1")
        .with("Key", "a b");
    let reply = Client::new(settings).call(&head).await.expect("a reply");
    assert_eq!(reply.class, Class::Ok);
    let has = |name: &str| reply.headers.iter().any(|(header, _)| header == name);
    assert!(has("x-amz-server-side-encryption") && has("x-amz-meta-owner") && !has("x-other"));
    assert_eq!(server.received()[0].path, "/b-1/a%20b");
}

#[tokio::test]
async fn tls_with_a_server_that_speaks_none() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a port");
    let url = format!("https://{}", listener.local_addr().expect("an address"));
    let serving = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.expect("a connection");
        let mut hello = [0; 3];
        stream.read_exact(&mut hello).await.expect("bytes");
        stream
            .write_all(b"HTTP/1.1 400 X\r\n\r\n")
            .await
            .expect("sent");
        hello
    });
    let server = Server::start(|_, _| Scripted::ok("{}")).await;
    let (mut settings, _) = settings(&server);
    settings.endpoints.all = Some(url);
    settings.retries.attempts_per_call = 1;
    let reply = Client::new(settings)
        .call(&call(DOMAINS))
        .await
        .expect("a reply");
    assert_eq!(
        (reply.class, code(&reply)),
        (Class::Transient, "ConnectionError")
    );
    // The first bytes of a TLS handshake, and nothing of the request.
    assert_eq!(serving.await.expect("served")[..2], [0x16, 0x03]);
}
