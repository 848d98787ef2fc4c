//! Lists: tokens, empty pages, slow pages, and lists that do not end.

use std::time::Duration;

use rempart_aws_client::{Class, Client, Page};
use serde_json::{Value, json};

use crate::server::{Received, Scripted, Server};
use crate::support::{call, code, settings};

const DOMAINS: &str = "sagemaker:ListDomains";

async fn all(client: &Client, name: &str) -> Vec<Page> {
    let mut pages = client.pages(&call(name));
    let mut found = Vec::new();
    while let Some(page) = pages.next().await.expect("a page") {
        found.push(page);
    }
    found
}

fn body(received: &Received) -> Value {
    serde_json::from_str(&received.body).expect("JSON")
}

#[tokio::test]
async fn empty_pages_are_followed() {
    let server = Server::start(|number, _| {
        Scripted::ok(match number {
            0 => r#"{"Domains":[{"DomainId":"d-1"}],"NextToken":"a"}"#,
            1 => r#"{"Domains":[],"NextToken":"b"}"#,
            _ => r#"{"Domains":[{"DomainId":"d-2"}]}"#,
        })
    })
    .await;
    let (settings, _) = settings(&server);
    let pages = all(&Client::new(settings), DOMAINS).await;
    let facts: Vec<_> = pages
        .iter()
        .map(|p| (p.number, p.reply.class, p.last))
        .collect();
    assert_eq!(
        facts,
        [
            (0, Class::Ok, false),
            (1, Class::Ok, false),
            (2, Class::Ok, true)
        ]
    );
    let asked: Vec<Value> = server.received().iter().map(body).collect();
    assert_eq!(
        asked,
        [
            json!({"MaxResults": 100}),
            json!({"MaxResults": 100, "NextToken": "a"}),
            json!({"MaxResults": 100, "NextToken": "b"}),
        ]
    );
}

#[tokio::test]
async fn a_repeated_token_ends_the_list() {
    let server = Server::start(|number, _| {
        let token = if number % 2 == 0 { "a" } else { "b" };
        Scripted::ok(&json!({"NextToken": token}).to_string())
    })
    .await;
    let (settings, _) = settings(&server);
    let pages = all(&Client::new(settings), DOMAINS).await;
    let last = pages.last().expect("a page");
    assert_eq!(
        (last.reply.class, code(&last.reply)),
        (Class::Invalid, "RepeatedToken")
    );
    assert!(last.last && pages.len() == 4, "{pages:?}");
    assert!(pages[2].reply.class == Class::Ok && !pages[2].last);
    assert_eq!(server.received().len(), 3);
}

#[tokio::test]
async fn a_list_without_end_is_ended() {
    let server = Server::start(|number, _| {
        Scripted::ok(&json!({"NextToken": number.to_string()}).to_string())
    })
    .await;
    let (mut settings, _) = settings(&server);
    settings.most_pages = 5;
    let pages = all(&Client::new(settings), DOMAINS).await;
    assert_eq!((pages.len(), code(&pages[5].reply)), (6, "TooManyPages"));
}

#[tokio::test]
async fn a_denied_page_ends_the_list() {
    let server = Server::start(|number, _| match number {
        0 => Scripted::ok(r#"{"NextToken":"a"}"#),
        _ => Scripted::error(400, "AccessDeniedException", "no"),
    })
    .await;
    let (settings, _) = settings(&server);
    let pages = all(&Client::new(settings), DOMAINS).await;
    let classes: Vec<Class> = pages.iter().map(|page| page.reply.class).collect();
    assert_eq!(classes, [Class::Ok, Class::Denied]);
    assert!(pages[1].last);
}

#[tokio::test]
async fn slow_pages_are_halved() {
    let server = Server::start(|_, received| {
        let size = body(received)["MaxResults"].as_u64().expect("a size");
        let slow = if size > 30 {
            Duration::from_secs(600)
        } else {
            Duration::ZERO
        };
        Scripted::ok("{}").after(slow)
    })
    .await;
    let (mut settings, _) = settings(&server);
    settings.timeouts.attempt = Duration::from_millis(250);
    let client = Client::new(settings);
    let pages = all(&client, DOMAINS).await;
    assert_eq!((pages.len(), pages[0].reply.class), (1, Class::Ok));
    let sizes: Vec<Value> = server
        .received()
        .iter()
        .map(|r| body(r)["MaxResults"].clone())
        .collect();
    assert_eq!(sizes, [100, 50, 25]);
}

#[tokio::test]
async fn a_page_that_stays_slow_is_given_up() {
    let server = Server::start(|_, _| Scripted::ok("{}").after(Duration::from_secs(600))).await;
    let (mut settings, _) = settings(&server);
    settings.timeouts.attempt = Duration::from_millis(50);
    settings.retries.attempts_per_call = 2;
    let pages = all(&Client::new(settings), DOMAINS).await;
    assert_eq!(pages.len(), 1);
    assert_eq!(
        (pages[0].reply.class, code(&pages[0].reply)),
        (Class::Transient, "Timeout")
    );
}

#[tokio::test]
async fn flags_go_before_tokens() {
    let users = |truncated: &str, marker: &str| {
        format!(
            "<ListUsersResponse><ListUsersResult><IsTruncated>{truncated}</IsTruncated>{marker}</ListUsersResult></ListUsersResponse>"
        )
    };
    let answers = [
        users("true", "<Marker>m&amp;1</Marker>"),
        users("false", "<Marker>m2</Marker>"),
    ];
    let server = Server::start(move |number, _| Scripted::ok(&answers[number])).await;
    let (settings, _) = settings(&server);
    let pages = all(&Client::new(settings), "iam:ListUsers").await;
    assert!(pages.len() == 2 && pages[1].last);
    let received = server.received();
    assert_eq!(
        received[0].body,
        "Action=ListUsers&Version=2010-05-08&MaxItems=1000"
    );
    assert!(
        received[1].body.contains("Marker=m%261"),
        "{}",
        received[1].body
    );
}

#[tokio::test]
async fn a_token_that_is_missing_is_an_error() {
    let server = Server::start(|_, _| Scripted::ok(r#"{"Keys":[],"Truncated":true}"#)).await;
    let (settings, _) = settings(&server);
    let pages = all(&Client::new(settings), "kms:ListKeys").await;
    assert_eq!((pages.len(), code(&pages[1].reply)), (2, "MissingToken"));
}

#[tokio::test]
async fn one_page_without_paging() {
    let server = Server::start(|_, _| Scripted::ok("{}")).await;
    let (settings, _) = settings(&server);
    let client = Client::new(settings);
    let call = call("sagemaker:DescribeDomain").with("DomainId", "d-1");
    let mut pages = client.pages(&call);
    assert!(pages.next().await.expect("a page").expect("one").last);
    assert!(pages.next().await.expect("no error").is_none());
}
