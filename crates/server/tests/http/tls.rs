//! TLS, HTTP/2, and new certificates.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rempart_server::{Order, ServerOptions, make_certificate};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::support::{Running, call, limits, options, rest, start};

fn certify(folder: &Path) -> CertificateDer<'static> {
    let names = ["localhost".to_owned(), "127.0.0.1".to_owned()];
    let (certificate, key) = make_certificate(&names).unwrap();
    std::fs::write(folder.join("cert.pem"), &certificate).unwrap();
    std::fs::write(folder.join("key.pem"), key).unwrap();
    CertificateDer::from_pem_slice(certificate.as_bytes()).unwrap()
}

fn with_tls(folder: &Path) -> ServerOptions {
    let mut options = options(limits());
    options.tls = Some((folder.join("cert.pem"), folder.join("key.pem")));
    options
}

async fn connect(
    server: &Running,
    trusted: &CertificateDer<'static>,
    alpn: &[u8],
) -> std::io::Result<TlsStream<TcpStream>> {
    let mut roots = RootCertStore::empty();
    roots.add(trusted.clone()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![alpn.to_vec()];
    let stream = TcpStream::connect(server.address).await?;
    let name = ServerName::try_from("localhost").unwrap();
    TlsConnector::from(Arc::new(config))
        .connect(name, stream)
        .await
}

const REQUEST: &str = "GET /quick HTTP/1.1\r\nHost: localhost\r\n\r\n";

#[tokio::test(flavor = "multi_thread")]
async fn both_versions_of_http_over_tls() {
    let folder = tempfile::tempdir().unwrap();
    let certificate = certify(folder.path());
    let server = start(with_tls(folder.path())).await;
    let mut stream = connect(&server, &certificate, b"http/1.1").await.unwrap();
    assert_eq!(
        call(&mut stream, REQUEST).await,
        Some((200, "GET /quick? localhost 0".to_owned()))
    );
    let peer = server.front.last_peer.lock().unwrap().take().unwrap();
    let tls = peer.tls.unwrap();
    assert_eq!(tls["tlsVersion"], "TLSv1.3");
    assert_eq!(tls["clientProvidedHostHeader"], "localhost");
    assert!(
        tls["cipherSuite"].as_str().unwrap().starts_with("TLS_AES_"),
        "{tls}"
    );

    let stream = connect(&server, &certificate, b"h2").await.unwrap();
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(b"h2".as_slice()));
    let (mut sender, connection) =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream))
            .await
            .unwrap();
    tokio::spawn(connection);
    let mut asked = Vec::new();
    for number in 0..50_usize {
        let request = hyper::Request::post(format!("https://localhost/quick?{number}"))
            .body(Full::new(Bytes::from(vec![b'x'; number * 1_000])))
            .unwrap();
        asked.push(sender.send_request(request));
    }
    for (number, asked) in asked.into_iter().enumerate() {
        let answer = asked.await.unwrap();
        assert_eq!(answer.status(), 200);
        let body = answer.into_body().collect().await.unwrap().to_bytes();
        assert_eq!(
            body,
            format!("POST /quick?{number} localhost {}", number * 1_000)
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn plaintext_and_silence_on_a_tls_port() {
    let folder = tempfile::tempdir().unwrap();
    let certificate = certify(folder.path());
    let server = start(with_tls(folder.path())).await;
    let answer = server.raw(REQUEST.as_bytes()).await;
    assert!(!answer.contains("HTTP/1.1 200"), "{answer}");
    let mut silent = TcpStream::connect(server.address).await.unwrap();
    let closed = tokio::time::timeout(Duration::from_secs(3), rest(&mut silent)).await;
    assert_eq!(closed.unwrap(), "");
    // HTTP/2 is agreed on, and then nothing comes.
    let mut silent = connect(&server, &certificate, b"h2").await.unwrap();
    let closed = tokio::time::timeout(Duration::from_secs(3), rest(&mut silent)).await;
    assert!(closed.is_ok());
    assert_eq!(server.counter("rempart_http_tls_failures_total").await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_certificate_is_taken_and_a_broken_one_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let first = certify(folder.path());
    let server = start(with_tls(folder.path())).await;
    let mut open = connect(&server, &first, b"http/1.1").await.unwrap();
    let second = certify(folder.path());
    server.orders.send(Order::Reload).await.unwrap();
    let mut is_new = false;
    for _ in 0..100 {
        is_new = connect(&server, &second, b"http/1.1").await.is_ok();
        if is_new {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert!(is_new);
    assert!(connect(&server, &first, b"http/1.1").await.is_err());
    // What was agreed on before goes on.
    assert_eq!(call(&mut open, REQUEST).await.unwrap().0, 200);
    std::fs::write(folder.path().join("key.pem"), "no key").unwrap();
    server.orders.send(Order::Reload).await.unwrap();
    while server
        .front
        .reloads
        .load(std::sync::atomic::Ordering::SeqCst)
        < 2
    {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert!(connect(&server, &second, b"http/1.1").await.is_ok());
}

#[tokio::test]
async fn a_key_of_another_certificate_is_noticed_before_it_listens() {
    let folder = tempfile::tempdir().unwrap();
    let other = tempfile::tempdir().unwrap();
    certify(folder.path());
    certify(other.path());
    let mut options = with_tls(folder.path());
    options.tls = Some((folder.path().join("cert.pem"), other.path().join("key.pem")));
    let (_orders, received) = tokio::sync::mpsc::channel(1);
    let front = Arc::new(super::support::Echo::default());
    let refused =
        rempart_server::serve_until(front, &options, |_, _| panic!("it listens"), received).await;
    assert!(
        matches!(refused, Err(rempart_server::ServeError::Tls(_))),
        "{refused:?}"
    );
}
