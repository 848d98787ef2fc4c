//! The cases of `tests/data/decisions.jsonl`, and what a decision costs.

use std::collections::BTreeMap;
use std::sync::Arc;

use rempart_aws_model::ActionName;
use rempart_directory::{Authorizer, Caller, Live, Question, Verdict};
use rempart_policy::context::{KeyName, KeyState};
use rempart_policy::document::{Policy, PolicyKind};
use rempart_policy::{CompiledPolicy, Particulars, ResourceFacts};
use serde_json::Value;

use super::{NOW, connection, house, user};

fn key_policies() -> BTreeMap<String, Arc<CompiledPolicy>> {
    let all: BTreeMap<String, Value> =
        serde_json::from_str(include_str!("../data/key-policies.json")).unwrap();
    let read = all.into_iter().map(|(name, document)| {
        let policy = Policy::parse(&document.to_string(), PolicyKind::KmsKey).unwrap();
        let compiled = CompiledPolicy::new(&name, Arc::new(policy));
        (name, Arc::new(compiled))
    });
    read.collect()
}

fn caller(live: &Live, name: &str) -> Arc<Caller> {
    if let Some(arn) = name.strip_prefix("role:") {
        return live.operator(arn).unwrap();
    }
    match name.strip_prefix("service:") {
        Some(service) => live.service(service),
        None => user(live, name),
    }
}

fn question<'a>(action: &'a ActionName, resource: &'a str) -> Question<'a> {
    Question {
        action,
        resource,
        resource_account: None,
        keys: Vec::new(),
        via: None,
        resource_policy: None,
        grants: Vec::new(),
        resource_facts: ResourceFacts::default(),
        particulars: Particulars::default(),
    }
}

fn state(value: &Value) -> KeyState {
    match value {
        Value::Array(items) => KeyState::Several(
            items
                .iter()
                .map(|item| item.as_str().unwrap().into())
                .collect(),
        ),
        other => KeyState::Single(other.as_str().unwrap().into()),
    }
}

#[test]
fn a1_to_a8_and_the_keys_decide_as_the_cases_say() {
    let house = house();
    let policies = key_policies();
    let mut wrong = Vec::new();
    for line in include_str!("../data/decisions.jsonl").lines() {
        let case: Value = serde_json::from_str(line).unwrap();
        let text = |name: &str| case[name].as_str();
        let action = ActionName::parse(text("action").unwrap()).unwrap();
        let mut asked = question(&action, text("resource").unwrap());
        asked.via = text("via");
        asked.resource_policy = text("keyPolicy").map(|name| Arc::clone(&policies[name]));
        for (name, value) in case["keys"].as_object().into_iter().flatten() {
            asked.keys.push((KeyName::new(name), state(value)));
        }
        let caller = caller(&house.live, text("caller").unwrap());
        let connection = connection(text("address").unwrap_or("203.0.113.9"), NOW);
        let verdict = house.live.may(&caller, &connection, &asked);
        let is_right = match (&verdict, text("expect")) {
            (Verdict::Allowed, Some("allowed")) => true,
            (
                Verdict::Denied {
                    message,
                    layer,
                    statement,
                },
                expected,
            ) => {
                *layer == expected
                    && text("message").is_none_or(|wanted| wanted == message)
                    && text("contains").is_none_or(|part| message.contains(part))
                    && text("statement").is_none_or(|wanted| statement.as_deref() == Some(wanted))
            }
            _ => false,
        };
        if !is_right {
            wrong.push(format!("{}: {verdict:?}", case["name"]));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn an_rcp_stops_who_is_outside_the_organization() {
    // The same directory without an organization: nobody carries its id.
    let mut text = super::text();
    let start = text.find("organization:\n").unwrap();
    let end = text.find("\npolicies:").unwrap();
    text.replace_range(start..end, "");
    let share = text.find("  - name: for the unit").unwrap();
    let next = text.find("  - name: catalogue").unwrap();
    text.replace_range(share..next, "");
    let house = super::house_of(&text);
    let action = ActionName::parse("kms:Decrypt").unwrap();
    let key = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
    let mut asked = question(&action, key);
    asked.resource_policy = Some(Arc::clone(&key_policies()["everybody"]));
    let visitor = user(&house.live, "AKIAVISITORVISITOR22");
    let verdict = house
        .live
        .may(&visitor, &connection("203.0.113.9", NOW), &asked);
    let Verdict::Denied {
        message, statement, ..
    } = verdict
    else {
        panic!("{verdict:?}");
    };
    assert!(
        message.ends_with("with an explicit deny in a resource control policy"),
        "{message}"
    );
    assert_eq!(
        statement.as_deref(),
        Some("InsideOrganization OnlyOwnOrganization")
    );
}

#[test]
fn the_catalogue_is_shared_with_whom_it_says_alone() {
    let house = house();
    let account = |text: &str| rempart_aws_model::AccountId::parse(text).unwrap();
    let (owner, with) = (account("111122223333"), account("444455556666"));
    assert!(house.live.shares_catalog(owner, with));
    assert!(!house.live.shares_catalog(with, owner));
    assert!(!house.live.shares_catalog(owner, account("777788889999")));
}

/// Nanoseconds that this thread has run: other work of the machine does not count.
fn on_cpu() -> u64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    text.split(' ').next().unwrap().parse().unwrap()
}

/// `cargo test --release -p rempart-directory -- --ignored --nocapture what_a_decision_costs`
#[test]
#[ignore = "a measurement, for release builds"]
fn what_a_decision_costs() {
    let house = house();
    let policies = key_policies();
    let server = house
        .live
        .operator("arn:aws:iam::111122223333:role/ml/Server")
        .unwrap();
    let dev = user(&house.live, "AKIADEVDEVDEVDEVDEV2");
    let connection = connection("203.0.113.9", NOW);
    let get = ActionName::parse("sagemaker:GetRecord").unwrap();
    let decrypt = ActionName::parse("kms:Decrypt").unwrap();
    let group = "arn:aws:sagemaker:eu-west-1:111122223333:feature-group/fraud-scores";
    let key = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
    let mut of_key = question(&decrypt, key);
    of_key.via = Some("sagemaker.eu-west-1.amazonaws.com");
    of_key.resource_policy = Some(Arc::clone(&policies["delegates"]));
    let mut tagged = question(&get, group);
    tagged.keys = vec![
        (
            KeyName::new("aws:ResourceTag/team"),
            KeyState::Single("fraud".into()),
        ),
        (
            KeyName::new("sagemaker:ResourceTag/team"),
            KeyState::Single("fraud".into()),
        ),
    ];
    let questions = [
        ("GetRecord of a role", &server, question(&get, group)),
        ("GetRecord with tags", &server, tagged),
        ("GetRecord across accounts", &dev, question(&get, group)),
        ("Decrypt through the store", &server, of_key),
    ];
    for (name, caller, asked) in &questions {
        let rounds = 200_000;
        for _ in 0..1_000 {
            assert!(house.live.may(caller, &connection, asked).is_allowed());
        }
        let start = on_cpu();
        for _ in 0..rounds {
            assert!(std::hint::black_box(house.live.may(caller, &connection, asked)).is_allowed());
        }
        let each = (on_cpu() - start) / rounds;
        println!("{name}: {each} ns");
    }
}
