//! Who is behind a session, on small logs.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers of tests"
)]

mod common;

use common::{opened_in, options};
use rempart_case::{Case, Certainty, Session};
use serde_json::{Value, json};

const ACCOUNT: &str = "111122223333";

fn record(
    number: u32,
    time: &str,
    service: &str,
    name: &str,
    identity: Value,
    more: Value,
) -> Value {
    let mut record = json!({
        "eventVersion": "1.11",
        "eventID": format!("00000000-0000-4000-8000-{number:012}"),
        "eventTime": time,
        "eventSource": format!("{service}.amazonaws.com"),
        "eventName": name,
        "awsRegion": "eu-west-1",
        "sourceIPAddress": "198.51.100.7",
        "userAgent": "aws-cli/2.15",
        "userIdentity": identity,
        "recipientAccountId": ACCOUNT,
        "eventCategory": "Management",
        "readOnly": false,
    });
    for (key, value) in more.as_object().unwrap() {
        record[key] = value.clone();
    }
    record
}

fn user(name: &str, key: &str) -> Value {
    json!({"type": "IAMUser", "principalId": format!("AIDA{name}"), "arn": format!("arn:aws:iam::{ACCOUNT}:user/{name}"), "accountId": ACCOUNT, "accessKeyId": key, "userName": name})
}

fn session(role: &str, name: &str, key: &str, created: &str) -> Value {
    json!({"type": "AssumedRole", "principalId": format!("AROA{role}:{name}"), "arn": format!("arn:aws:sts::{ACCOUNT}:assumed-role/{role}/{name}"), "accountId": ACCOUNT, "accessKeyId": key,
        "sessionContext": {"sessionIssuer": {"type": "Role", "principalId": format!("AROA{role}"), "arn": format!("arn:aws:iam::{ACCOUNT}:role/{role}"), "accountId": ACCOUNT, "userName": role},
            "attributes": {"creationDate": created, "mfaAuthenticated": "false"}}})
}

fn assume(number: u32, time: &str, by: Value, role: &str, name: &str, key: Option<&str>) -> Value {
    let mut response = json!({"assumedRoleUser": {"arn": format!("arn:aws:sts::{ACCOUNT}:assumed-role/{role}/{name}")}});
    if let Some(key) = key {
        response["credentials"] = json!({"accessKeyId": key});
    }
    record(
        number,
        time,
        "sts",
        "AssumeRole",
        by,
        json!({
            "requestParameters": {"roleArn": format!("arn:aws:iam::{ACCOUNT}:role/{role}"), "roleSessionName": name},
            "responseElements": response,
        }),
    )
}

fn act(number: u32, time: &str, by: Value) -> Value {
    record(
        number,
        time,
        "sagemaker",
        "CreateModel",
        by,
        json!({"requestParameters": {"modelName": "m"}}),
    )
}

fn case(records: &[Value], suspect: &str) -> Case {
    let directory = tempfile::tempdir().unwrap();
    let text = json!({"Records": records}).to_string();
    std::fs::write(directory.path().join("log.json"), text).unwrap();
    opened_in(directory.path(), &options(&[suspect], 1))
        .unwrap()
        .case
}

fn of<'a>(case: &'a Case, key: &str) -> &'a Session {
    case.sessions
        .iter()
        .find(|session| session.key == key)
        .unwrap()
}

fn people(session: &Session) -> Vec<&str> {
    session
        .attribution
        .people
        .iter()
        .map(|person| person.name.as_str())
        .collect()
}

const T: &str = "2026-05-01T10:00:00Z";

#[test]
fn on_behalf_of_comes_before_source_identity_and_both_before_the_chain() {
    let mut identity = session("Data", "x", "ASIAEXAMPLE00000001", T);
    identity["sessionContext"]["sourceIdentity"] = json!("carol");
    let records = [
        assume(
            1,
            T,
            user("bob", "AKIAEXAMPLE00000009"),
            "Data",
            "x",
            Some("ASIAEXAMPLE00000001"),
        ),
        act(2, "2026-05-01T10:05:00Z", identity.clone()),
    ];
    let found = case(&records, "ASIAEXAMPLE00000001");
    let attribution = &of(&found, "ASIAEXAMPLE00000001").attribution;
    assert_eq!(attribution.basis, "source-identity");
    assert_eq!(people(of(&found, "ASIAEXAMPLE00000001")), ["carol"]);

    identity["onBehalfOf"] = json!({"userId": "94482488-3041-7028-18a5-000000000000", "identityStoreArn": "arn:aws:identitystore::1:identitystore/d-1"});
    let found = case(&[act(2, T, identity)], "ASIAEXAMPLE00000001");
    assert_eq!(
        of(&found, "ASIAEXAMPLE00000001").attribution.basis,
        "on-behalf-of"
    );
}

#[test]
fn a_chain_of_roles_leads_to_its_user_also_where_keys_are_not_told() {
    let first = session("A", "one", "ASIAEXAMPLE0000000A", "2026-05-01T10:00:00Z");
    let second = session("B", "two", "ASIAEXAMPLE0000000B", "2026-05-01T10:10:00Z");
    let records = [
        assume(
            1,
            "2026-05-01T10:00:00Z",
            user("bob", "AKIAEXAMPLE00000009"),
            "A",
            "one",
            Some("ASIAEXAMPLE0000000A"),
        ),
        assume(2, "2026-05-01T10:10:00Z", first, "B", "two", None),
        act(3, "2026-05-01T10:20:00Z", second),
    ];
    let found = case(&records, "ASIAEXAMPLE0000000B");
    let last = of(&found, "ASIAEXAMPLE0000000B");
    assert_eq!(last.attribution.basis, "mint-chain");
    assert_eq!(last.attribution.certainty, Certainty::Derived);
    assert_eq!(people(last), [format!("arn:aws:iam::{ACCOUNT}:user/bob")]);
    assert_eq!(last.attribution.people[0].evidence.len(), 2);
    // The whole way is in the case, as origin.
    assert_eq!(found.sessions.len(), 3);
    assert!(!of(&found, "AKIAEXAMPLE00000009").hostile);
}

#[test]
fn a_missing_mint_is_said_and_nobody_is_named() {
    let found = case(
        &[act(1, T, session("A", "one", "ASIAEXAMPLE0000000A", T))],
        "ASIAEXAMPLE0000000A",
    );
    let only = of(&found, "ASIAEXAMPLE0000000A");
    assert_eq!(only.attribution.basis, "none");
    assert!(only.attribution.people.is_empty());
    assert!(
        only.marks
            .iter()
            .any(|mark| mark.text.key == "mark-no-origin")
    );
}

#[test]
fn identity_center_names_its_sessions_after_people() {
    let identity = session(
        "AWSReservedSSO_DataScientist_0123456789abcdef",
        "dana@example.com",
        "ASIAEXAMPLE0000000C",
        T,
    );
    let found = case(&[act(1, T, identity)], "ASIAEXAMPLE0000000C");
    let only = of(&found, "ASIAEXAMPLE0000000C");
    assert_eq!(
        (only.attribution.basis.as_str(), people(only)),
        ("session-name", vec!["dana@example.com"])
    );
}

#[test]
fn the_users_of_a_shared_execution_role_are_a_set() {
    let profile = |number, name: &str| {
        record(
            number,
            "2026-05-01T08:00:00Z",
            "sagemaker",
            "CreateUserProfile",
            user("admin", "AKIAEXAMPLE00000001"),
            json!({
                "requestParameters": {"domainId": "d-1", "userProfileName": name, "userSettings": {"executionRole": format!("arn:aws:iam::{ACCOUNT}:role/Exec")}},
            }),
        )
    };
    let app = record(
        3,
        "2026-05-01T09:00:00Z",
        "sagemaker",
        "CreateApp",
        user("admin", "AKIAEXAMPLE00000001"),
        json!({
            "requestParameters": {"domainId": "d-1", "userProfileName": "erin", "appType": "JupyterLab", "appName": "default"},
        }),
    );
    let gone = record(
        5,
        "2026-05-01T09:10:00Z",
        "sagemaker",
        "DeleteApp",
        user("admin", "AKIAEXAMPLE00000001"),
        json!({
            "requestParameters": {"domainId": "d-1", "userProfileName": "frank", "appType": "JupyterLab", "appName": "default"},
        }),
    );
    let records = [
        profile(1, "erin"),
        profile(2, "frank"),
        app,
        gone,
        act(
            4,
            T,
            session(
                "Exec",
                "SageMaker",
                "ASIAEXAMPLE0000000D",
                "2026-05-01T09:30:00Z",
            ),
        ),
    ];
    let found = case(&records, "ASIAEXAMPLE0000000D");
    let only = of(&found, "ASIAEXAMPLE0000000D");
    assert_eq!(only.attribution.basis, "candidates");
    assert_eq!(people(only), ["erin", "frank"]);
    let why: Vec<&str> = only
        .attribution
        .people
        .iter()
        .map(|person| person.why.key.as_str())
        .collect();
    assert_eq!(why, ["person-candidate-live", "person-candidate-stopped"]);
    assert_eq!(only.attribution.people[0].evidence.len(), 1);
}

#[test]
fn the_same_address_alone_brings_nobody_in() {
    let records = [
        act(1, T, user("bob", "AKIAEXAMPLE00000009")),
        act(2, T, user("eve", "AKIAEXAMPLE00000008")),
    ];
    let found = case(&records, "AKIAEXAMPLE00000008");
    assert_eq!(found.sessions.len(), 1);
}

#[test]
fn credentials_are_followed_after_their_notebook_stopped() {
    let admin = user("admin", "AKIAEXAMPLE00000001");
    let exec = || {
        session(
            "NotebookRole",
            "SageMaker",
            "ASIAEXAMPLE0000000E",
            "2026-05-01T09:00:00Z",
        )
    };
    let records = [
        record(
            1,
            "2026-05-01T08:00:00Z",
            "sagemaker",
            "CreateNotebookInstance",
            admin.clone(),
            json!({
                "requestParameters": {"notebookInstanceName": "nb", "roleArn": format!("arn:aws:iam::{ACCOUNT}:role/NotebookRole")},
            }),
        ),
        act(2, "2026-05-01T09:05:00Z", exec()),
        record(
            3,
            "2026-05-01T10:00:00Z",
            "sagemaker",
            "StopNotebookInstance",
            admin,
            json!({"requestParameters": {"notebookInstanceName": "nb"}}),
        ),
        act(4, "2026-05-01T11:00:00Z", exec()),
    ];
    let found = case(&records, "ASIAEXAMPLE0000000E");
    let only = of(&found, "ASIAEXAMPLE0000000E");
    let mark = only
        .marks
        .iter()
        .find(|mark| mark.text.key == "mark-after-stop")
        .unwrap();
    assert_eq!(mark.evidence.len(), 2);
}
