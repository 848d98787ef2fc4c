//! Small worlds from JSON.

#![expect(clippy::expect_used, reason = "helpers of tests")]
#![allow(dead_code, reason = "each test file uses a part")]

use jiff::Timestamp;
use rempart_estate::{Answer, Estate, Outcome};
use rempart_reach::{
    Federated, Logged, LoggedOutcome, Options, PolicyChange, Reach, Suspect, World, blast_radius,
};
use serde_json::{Map, Value, json};

pub(crate) fn time(value: &Value, name: &str) -> Option<Timestamp> {
    value.get(name)?.as_str()?.parse().ok()
}

fn text(value: &Value, name: &str) -> Option<String> {
    Some(value.get(name)?.as_str()?.to_owned())
}

fn list<'v>(value: &'v Value, name: &str) -> impl Iterator<Item = &'v Value> {
    value
        .get(name)
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
}

/// An answer of a corpus file: `place`, `operation`, `parameters`, `body` or `outcome`.
pub(crate) fn answer(one: &Value, at: &str) -> Answer {
    let place = one["place"].as_str().expect("place");
    let (account, region) = place.split_once('/').expect("ACCOUNT/REGION");
    let parameters = one.get("parameters").and_then(Value::as_object).cloned();
    let mut answer = Answer {
        account: account.to_owned(),
        region: region.to_owned(),
        operation: one["operation"].as_str().expect("operation").to_owned(),
        parameters: parameters.unwrap_or_default(),
        status: 200,
        at: Some(at.to_owned()),
        ..Answer::default()
    };
    match one.get("outcome").and_then(Value::as_str) {
        Some("absent") => {
            answer.outcome = Outcome::Absent;
            answer.status = 404;
        }
        Some("denied") => {
            answer.outcome = Outcome::Denied;
            answer.status = 403;
            answer.permission = text(one, "permission");
        }
        _ => answer.body = one["body"].to_string().into_bytes(),
    }
    answer
}

/// The estate of a snapshot. Accounts belong to no organisation unless the answers say so.
pub(crate) fn estate(snapshot: &Value) -> (Estate, Timestamp) {
    let at = snapshot["at"].as_str().expect("at");
    let mut answers: Vec<Answer> = list(snapshot, "answers")
        .map(|one| answer(one, at))
        .collect();
    let has_organization = answers
        .iter()
        .any(|one| one.operation.starts_with("organizations:"));
    if !has_organization && snapshot.get("organization") != Some(&json!("unknown")) {
        let mut accounts: Vec<String> = answers.iter().map(|one| one.account.clone()).collect();
        accounts.sort();
        accounts.dedup();
        answers.extend(accounts.into_iter().map(|account| {
            let place = format!("{account}/global");
            answer(
                &json!({"place": place, "operation": "organizations:DescribeOrganization", "outcome": "absent"}),
                at,
            )
        }));
    }
    let estate = Estate::from_answers(answers);
    assert!(estate.problems().is_empty(), "{:?}", estate.problems());
    (estate, at.parse().expect("a time"))
}

pub(crate) fn suspect(one: &Value, from: Timestamp, to: Timestamp) -> Suspect {
    let mut suspect = Suspect::new(one["arn"].as_str().expect("arn"), from, to);
    suspect.session_name = text(one, "sessionName");
    suspect.session_policies = list(one, "sessionPolicies")
        .map(ToString::to_string)
        .collect();
    suspect.policy_arns = list(one, "policyArns")
        .filter_map(|arn| Some(arn.as_str()?.to_owned()))
        .collect();
    let tags = one.get("sessionTags").and_then(Value::as_object);
    suspect.session_tags = tags
        .into_iter()
        .flatten()
        .map(|(name, value)| (name.clone(), value.as_str().unwrap_or_default().to_owned()))
        .collect();
    suspect.mfa = one.get("mfa").and_then(Value::as_bool);
    suspect.source_ip = text(one, "sourceIp");
    suspect.vpce = text(one, "vpce");
    suspect.federated = one.get("federated").map(|federated| Federated {
        provider: text(federated, "provider").expect("provider"),
        keys: federated["keys"]
            .as_object()
            .unwrap_or(&Map::new())
            .iter()
            .map(|(key, value)| (key.clone(), value.as_str().unwrap_or_default().to_owned()))
            .collect(),
    });
    suspect
}

pub(crate) fn logged(one: &Value) -> Logged {
    Logged {
        time: time(one, "time").expect("time"),
        evidence: text(one, "evidence").expect("evidence"),
        principal: text(one, "principal").expect("principal"),
        action: text(one, "action").expect("action"),
        resources: list(one, "resources")
            .filter_map(|arn| Some(arn.as_str()?.to_owned()))
            .collect(),
        outcome: match one["outcome"].as_str() {
            Some("succeeded") => LoggedOutcome::Succeeded,
            Some("denied") => LoggedOutcome::Denied,
            _ => LoggedOutcome::Failed,
        },
    }
}

pub(crate) fn change(one: &Value) -> PolicyChange {
    PolicyChange {
        time: time(one, "time").expect("time"),
        evidence: text(one, "evidence").unwrap_or_else(|| "change".to_owned()),
        event_source: text(one, "eventSource").expect("eventSource"),
        event_name: text(one, "eventName").expect("eventName"),
        request: one.get("request").cloned().unwrap_or_default(),
        response: one.get("response").cloned().unwrap_or_default(),
        account: text(one, "account").unwrap_or_else(|| "111122223333".to_owned()),
        region: text(one, "region").unwrap_or_else(|| "eu-west-1".to_owned()),
    }
}

/// The blast radius of a case.
pub(crate) fn reach(case: &Value, options: &Options) -> Reach {
    let from = time(case, "from").expect("from");
    let to = time(case, "to").expect("to");
    let estates: Vec<(Estate, Timestamp)> = list(case, "snapshots").map(estate).collect();
    let world = World {
        estates: estates.iter().map(|(estate, at)| (estate, *at)).collect(),
        inventory: None,
        changes: list(case, "changes").map(change).collect(),
    };
    let suspects: Vec<Suspect> = list(case, "suspects")
        .map(|one| suspect(one, from, to))
        .collect();
    let logged: Vec<Logged> = list(case, "logged").map(logged).collect();
    blast_radius(&world, &suspects, &logged, options)
}
