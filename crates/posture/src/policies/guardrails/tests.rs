use std::fs;
use std::path::Path;

use rempart_policy::document::PolicyKind;

use super::*;
use crate::policies::document::compile;

fn account() -> AccountId {
    AccountId::parse("111122223333").expect("an account")
}

fn approved() -> Approved {
    Approved {
        notebook_types: vec!["ml.t3.medium".to_owned()],
        studio_types: vec!["ml.t3.medium".to_owned(), "system".to_owned()],
        addresses: vec!["192.0.2.0/24".to_owned()],
    }
}

/// The guardrails of a folder as the policies of one level.
fn folder(name: &str) -> Policies {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../guardrails")
        .join(name);
    let mut level = vec![std::sync::Arc::clone(
        &everything().expect("everything").service_control,
    )];
    for entry in fs::read_dir(root).expect(name) {
        let path = entry.expect("an entry").path();
        if path
            .extension()
            .is_some_and(|extension| extension == "json")
        {
            let text = fs::read_to_string(&path).expect("a policy");
            level.push(compile(name, &text, PolicyKind::ServiceControl).expect("a policy"));
        }
    }
    level
}

#[test]
fn the_published_guardrails_leave_gaps_and_the_corrected_ones_few() {
    let published = gaps(vec![folder("playbook")], account(), &approved()).expect("decided");
    for name in [
        "no-direct-internet",
        "no-root",
        "vpc-deployment",
        "network-isolation",
    ] {
        assert!(
            published.iter().any(|gap| gap == name),
            "{name}: {published:?}"
        );
    }
    let corrected = gaps(vec![folder("corrected")], account(), &approved()).expect("decided");
    for name in [
        "no-direct-internet",
        "no-root",
        "vpc-deployment",
        "network-isolation",
        "inter-container-encryption",
        "notebook-instance-types",
    ] {
        assert!(
            !corrected.iter().any(|gap| gap == name),
            "{name}: {corrected:?}"
        );
    }
}

#[test]
fn no_guardrail_leaves_every_gap() {
    let nothing = vec![std::sync::Arc::clone(
        &everything().expect("everything").service_control,
    )];
    let found = gaps(vec![nothing], account(), &approved()).expect("decided");
    assert_eq!(found.len(), 9);
    let text = r#"{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"sagemaker:*","Resource":"*"}}"#;
    let stops = compile("scp", text, PolicyKind::ServiceControl).expect("a policy");
    let all = std::sync::Arc::clone(&everything().expect("everything").service_control);
    let found = gaps(vec![vec![all, stops]], account(), &approved()).expect("decided");
    assert_eq!(found.len(), 9, "what stops everything is no guardrail");
}

#[test]
fn what_is_approved_must_be_known() {
    let level = folder("corrected");
    let found = gaps(vec![level], account(), &Approved::default());
    // A gap that is certain counts before what is not configured.
    assert!(found.is_err() || found.is_ok_and(|found| !found.is_empty()));
}

#[test]
fn fences_are_proved_service_by_service() {
    let unfenced_by = |statement: &str| {
        let text = format!(r#"{{"Version":"2012-10-17","Statement":[{statement}]}}"#);
        let policy = compile("rcp", &text, PolicyKind::ResourceControl).expect("a policy");
        let services = ["s3", "kms", "sts", "secretsmanager"];
        unfenced(vec![vec![policy]], account(), "o-exampleorg1", &services).expect(statement)
    };
    let fence = |actions: &str, condition: &str| {
        format!(
            r#"{{"Effect":"Deny","Principal":"*","Action":[{actions}],"Resource":"*","Condition":{condition}}}"#
        )
    };
    let all = r#""s3:*","kms:*","sts:AssumeRole","secretsmanager:*""#;
    let outside = r#"{"StringNotEqualsIfExists":{"aws:PrincipalOrgID":"o-exampleorg1"},"BoolIfExists":{"aws:PrincipalIsAWSService":"false"}}"#;
    let nothing: Vec<String> = Vec::new();
    assert_eq!(unfenced_by(&fence(all, outside)), nothing);
    let without_kms = r#""s3:*","sts:AssumeRole","secretsmanager:*""#;
    assert_eq!(unfenced_by(&fence(without_kms, outside)), ["kms"]);
    let another = outside.replace("o-exampleorg1", "o-anotherorg2");
    assert_eq!(unfenced_by(&fence(all, &another)).len(), 4);
    // Whoever is in no organisation has no such key, and is not denied.
    let present = r#"{"StringNotEquals":{"aws:PrincipalOrgID":"o-exampleorg1"},"Null":{"aws:PrincipalOrgID":"false"}}"#;
    assert_eq!(unfenced_by(&fence(all, present)).len(), 4);
    let reads = r#""s3:GetObject","kms:*","sts:AssumeRole","secretsmanager:*""#;
    assert_eq!(unfenced_by(&fence(reads, outside)), ["s3"]);
}
