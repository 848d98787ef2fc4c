//! Clocks, credentials and roles.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use rempart_aws_client::{
    Class, Client, Credentials, ProvideCredentials, Role, SharedCredentialsProvider,
};

use crate::server::{Received, Scripted, Server};
use crate::support::{call, code, settings};

const DOMAINS: &str = "sagemaker:ListDomains";

/// Gives other keys each time.
#[derive(Debug, Default)]
struct Changing(Arc<AtomicUsize>);

impl ProvideCredentials for Changing {
    fn provide_credentials<'a>(
        &'a self,
    ) -> aws_credential_types::provider::future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        let number = self.0.fetch_add(1, Ordering::Relaxed);
        let key = format!("AKID{number}");
        let keys = Credentials::new(key, "changing-secret", None, None, "test");
        aws_credential_types::provider::future::ProvideCredentials::ready(Ok(keys))
    }
}

fn key(received: &Received) -> &str {
    let (_, rest) = received
        .header("authorization")
        .split_once("Credential=")
        .expect("a key");
    rest.split('/').next().expect("a key")
}

#[tokio::test]
async fn expired_credentials_are_renewed_once() {
    let server = Server::start(|_, received| match key(received) {
        "AKID0" => Scripted::error(400, "ExpiredTokenException", "expired"),
        _ => Scripted::ok("{}"),
    })
    .await;
    let (mut settings, _) = settings(&server);
    settings.credentials = SharedCredentialsProvider::new(Changing::default());
    let client = Client::new(settings);
    let reply = client.call(&call(DOMAINS)).await.expect("a reply");
    assert_eq!((reply.class, reply.attempts), (Class::Ok, 2));
    client.call(&call(DOMAINS)).await.expect("a reply");
    let keys: Vec<String> = server
        .received()
        .iter()
        .map(|r| key(r).to_owned())
        .collect();
    assert_eq!(keys, ["AKID0", "AKID1", "AKID1"]);
}

#[tokio::test]
async fn refused_credentials_stop_the_region() {
    let server = Server::start(|_, received| {
        if received.header("authorization").contains("/us-east-1/") {
            return Scripted::ok("{}");
        }
        Scripted::error(403, "UnrecognizedClientException", "invalid token")
    })
    .await;
    let (settings, _) = settings(&server);
    let client = Client::new(settings);
    let reply = client.call(&call(DOMAINS)).await.expect("a reply");
    assert_eq!((reply.class, reply.attempts), (Class::Credentials, 1));
    let reply = client.call(&call("kms:ListKeys")).await.expect("a reply");
    assert_eq!(
        (reply.class, code(&reply), reply.attempts),
        (Class::Credentials, "Stopped", 0)
    );
    assert_eq!(server.received().len(), 1);
    assert_eq!(
        client.stopped()["eu-west-1"].code,
        "UnrecognizedClientException"
    );
    // A region that is not enabled refuses the same keys that others take.
    let mut elsewhere = call(DOMAINS);
    elsewhere.region = "us-east-1".to_owned();
    assert_eq!(
        client.call(&elsewhere).await.expect("a reply").class,
        Class::Ok
    );
}

#[tokio::test]
async fn one_refused_signature_does_not_stop_a_region_that_works() {
    let server = Server::start(|_, received| {
        if received.body.contains("bad") {
            Scripted::error(403, "InvalidSignatureException", "does not match")
        } else {
            Scripted::ok("{}")
        }
    })
    .await;
    let (settings, _) = settings(&server);
    let client = Client::new(settings);
    client.call(&call(DOMAINS)).await.expect("a reply");
    let bad = call("sagemaker:DescribeDomain").with("DomainId", "bad");
    let reply = client.call(&bad).await.expect("a reply");
    assert_eq!(reply.class, Class::Credentials);
    assert!(client.stopped().is_empty());
}

#[tokio::test]
async fn the_clock_is_corrected_once() {
    let server = Server::start(|_, received| {
        if received.header("x-amz-date").starts_with("20261128T05") {
            Scripted::ok("{}")
        } else {
            Scripted::error(
                403,
                "InvalidSignatureException",
                "Signature expired: now is later",
            )
            .header("Date", "Sat, 28 Nov 2026 05:00:10 GMT")
        }
    })
    .await;
    let (settings, _) = settings(&server);
    let client = Client::new(settings);
    let reply = client.call(&call(DOMAINS)).await.expect("a reply");
    assert_eq!((reply.class, reply.attempts), (Class::Ok, 2));
    assert_eq!(
        server.received()[1].header("x-amz-date"),
        "20261128T050010Z"
    );
    let reply = client.call(&call(DOMAINS)).await.expect("a reply");
    assert_eq!((reply.class, reply.attempts), (Class::Ok, 1));
}

#[tokio::test]
async fn a_clock_that_stays_wrong_stops_the_region() {
    let server = Server::start(|_, _| {
        Scripted::error(403, "RequestTimeTooSkewed", "")
            .header("Date", "Sat, 28 Nov 2026 05:00:10 GMT")
    })
    .await;
    let (settings, _) = settings(&server);
    let client = Client::new(settings);
    let reply = client.call(&call(DOMAINS)).await.expect("a reply");
    assert_eq!((reply.class, reply.attempts), (Class::Clock, 2));
    let reply = client.call(&call(DOMAINS)).await.expect("a reply");
    assert_eq!((reply.class, code(&reply)), (Class::Clock, "Stopped"));
}

fn role_answer(number: usize) -> Scripted {
    Scripted::ok(&format!(
        "<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASIA{number}</AccessKeyId>\
         <SecretAccessKey>role-secret</SecretAccessKey><SessionToken>t/{number}=</SessionToken>\
         <Expiration>2026-11-28T04:0{number}:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>"
    ))
}

#[tokio::test]
async fn roles_are_assumed_and_renewed() {
    let server = Server::start(|number, received| {
        if received.body.starts_with("Action=AssumeRole&") {
            role_answer(number)
        } else {
            Scripted::ok("{}")
        }
    })
    .await;
    let (settings, clock) = settings(&server);
    let mut role = Role::new("arn:aws:iam::111122223333:role/reader", "run-1");
    role.external_id = Some("ext".to_owned());
    role.session_policy = Some("{}".to_owned());
    let client = Client::new(settings).assume(role);
    for _ in 0..2 {
        let reply = client.call(&call(DOMAINS)).await.expect("a reply");
        assert_eq!(reply.class, Class::Ok);
    }
    clock.advance(Duration::from_secs(3500));
    client.call(&call(DOMAINS)).await.expect("a reply");
    let received = server.received();
    let keys: Vec<&str> = received.iter().map(key).collect();
    assert_eq!(keys, ["AKIDFIRST", "ASIA0", "ASIA0", "AKIDFIRST", "ASIA3"]);
    assert_eq!(received[1].header("x-amz-security-token"), "t/0=");
    for part in [
        "RoleArn=arn%3Aaws%3Aiam%3A%3A111122223333%3Arole%2Freader",
        "RoleSessionName=run-1",
        "ExternalId=ext",
        "Policy=%7B%7D",
        "DurationSeconds=3600",
    ] {
        assert!(received[0].body.contains(part), "{}", received[0].body);
    }
    let shown = format!("{client:?}");
    assert!(
        !shown.contains("secret") || !shown.contains("role-secret"),
        "{shown}"
    );
    assert!(
        !shown.contains("first-secret") && !shown.contains("t/0="),
        "{shown}"
    );
}

#[tokio::test]
async fn a_role_that_cannot_be_assumed() {
    let server = Server::start(|_, _| {
        Scripted::new(
            403,
            "<ErrorResponse><Error><Code>AccessDenied</Code><Message>not you</Message></Error></ErrorResponse>",
        )
    })
    .await;
    let (settings, _) = settings(&server);
    let parent = Client::new(settings);
    let client = parent.assume(Role::new("arn:aws:iam::111122223333:role/reader", "run-1"));
    let reply = client.call(&call(DOMAINS)).await.expect("a reply");
    assert_eq!(
        (reply.class, code(&reply)),
        (Class::Credentials, "NoCredentials")
    );
    let message = reply.error.expect("an error").message;
    assert!(message.contains("AccessDenied not you"), "{message}");
    // The account that could not assume it is not stopped.
    assert!(parent.stopped().is_empty());
}
