//! What must hold between a scenario and a changed one, whatever the policies say.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

use rempart_policy::replay;
use rempart_policy::scenario::{Answer, ScenarioReader};
use rempart_testkit::policy_scenarios::random_scenario;
use rempart_testkit::random::Random;
use serde_json::{Value, json};

const COUNT: usize = 4_000;

/// Layers of the caller's side and of the resource's, with what a policy of each needs.
const LAYERS: [(&str, bool); 7] = [
    ("identityPolicies", false),
    ("permissionsBoundary", false),
    ("sessionPolicies", false),
    ("serviceControlPolicies", false),
    ("resourceControlPolicies", true),
    ("resourcePolicy", true),
    ("vpcEndpointPolicy", true),
];

struct Pair {
    reader: ScenarioReader,
    random: Random,
}

impl Pair {
    fn new(seed: u64) -> Self {
        Self {
            reader: ScenarioReader::new(),
            random: Random::new(seed),
        }
    }

    fn answer(&mut self, scenario: &Value) -> Answer {
        let text = scenario.to_string();
        self.reader
            .answer(&text)
            .unwrap_or_else(|error| panic!("{error}: {text}"))
    }
}

/// Every policy document of a member, wherever it hangs.
fn documents(value: &mut Value, visit: &mut dyn FnMut(&mut Value)) {
    match value {
        Value::Array(list) => list.iter_mut().for_each(|value| documents(value, visit)),
        Value::String(text) if text.starts_with('{') => {
            let mut document: Value = serde_json::from_str(text).unwrap();
            visit(&mut document);
            *text = document.to_string();
        }
        Value::Object(members) => match members.get_mut("document") {
            Some(document) => documents(document, visit),
            None => visit(value),
        },
        _ => {}
    }
}

/// Whether the resource policy is a trust policy, which names no resource.
fn is_trust_call(scenario: &Value) -> bool {
    let action = scenario["request"]["action"].as_str().unwrap();
    action.eq_ignore_ascii_case("sts:AssumeRole")
}

fn add_statement(document: &mut Value, statement: Value) {
    let old = document.get_mut("Statement").unwrap();
    match old {
        Value::Array(list) => list.push(statement),
        single => *single = json!([single.take(), statement]),
    }
}

#[test]
fn a_deny_more_never_allows() {
    let mut pair = Pair::new(11);
    let mut added = 0;
    for _ in 0..COUNT {
        let scenario = random_scenario(&pair.random);
        let before = pair.answer(&scenario);
        for (layer, has_principal) in LAYERS {
            let is_trust = is_trust_call(&scenario);
            let mut deny = json!({"Effect": "Deny", "Action": "*", "Resource": "*"});
            if has_principal {
                deny["Principal"] = "*".into();
            }
            if is_trust && layer == "resourcePolicy" {
                deny.as_object_mut().unwrap().remove("Resource");
            }
            if pair.random.chance(50) {
                deny["Condition"] = json!({"StringEquals": {"aws:PrincipalOrgID": "o-example1"}});
            }
            let mut changed = scenario.clone();
            let Some(member) = changed.get_mut(layer) else {
                continue;
            };
            documents(member, &mut |document| {
                add_statement(document, deny.clone())
            });
            let after = pair.answer(&changed);
            added += 1;
            assert!(
                after.decision != "Allowed" || before.decision == "Allowed",
                "{layer}: {} became Allowed: {changed}",
                before.decision
            );
        }
    }
    assert!(added > COUNT);
}

#[test]
fn an_allow_more_never_denies() {
    let mut pair = Pair::new(12);
    let mut allowed = 0;
    for _ in 0..COUNT {
        let scenario = random_scenario(&pair.random);
        if pair.answer(&scenario).decision != "Allowed" {
            continue;
        }
        allowed += 1;
        for (layer, has_principal) in LAYERS {
            let mut allow = json!({"Effect": "Allow", "Action": "*", "Resource": "*"});
            if has_principal {
                // RCPs of customers cannot allow.
                if layer == "resourceControlPolicies" {
                    continue;
                }
                allow["Principal"] = "*".into();
            }
            // A policy that is made public may be stopped by Block Public Access.
            let blocks = scenario.get("publicAccessBlock").is_some();
            let is_trust = is_trust_call(&scenario);
            if layer == "resourcePolicy" && (is_trust || blocks) {
                continue;
            }
            let mut changed = scenario.clone();
            let Some(member) = changed.get_mut(layer) else {
                continue;
            };
            documents(member, &mut |document| {
                add_statement(document, allow.clone())
            });
            let after = pair.answer(&changed);
            assert_eq!(after.decision, "Allowed", "{layer}: {changed}");
        }
    }
    assert!(allowed > COUNT / 25, "{allowed} allowed");
}

#[test]
fn order_never_matters() {
    let mut pair = Pair::new(13);
    for _ in 0..COUNT {
        let scenario = random_scenario(&pair.random);
        let before = pair.answer(&scenario);
        let mut turned = scenario.clone();
        for (layer, _) in LAYERS {
            if let Some(member) = turned.get_mut(layer) {
                documents(member, &mut turn);
                turn_policies(layer, member);
            }
        }
        if let Some(context) = turned["request"].get_mut("context") {
            turn(context);
        }
        let after = pair.answer(&turned);
        assert_eq!(
            (before.decision, before.decided_by),
            (after.decision, after.decided_by),
            "{scenario}\n{turned}"
        );
    }
}

/// Turns every list and the members of every object around.
fn turn(value: &mut Value) {
    match value {
        Value::Array(list) => {
            list.reverse();
            list.iter_mut().for_each(turn);
        }
        Value::Object(members) => {
            let old = std::mem::take(members);
            let mut entries: Vec<_> = old.into_iter().collect();
            entries.reverse();
            entries.iter_mut().for_each(|(_, value)| turn(value));
            members.extend(entries);
        }
        _ => {}
    }
}

/// Turns lists of policies around, and levels, which stand for themselves.
fn turn_policies(layer: &str, member: &mut Value) {
    let Value::Array(list) = member else {
        return;
    };
    list.reverse();
    if layer.ends_with("ControlPolicies") {
        list.iter_mut()
            .filter_map(Value::as_array_mut)
            .for_each(|level| level.reverse());
    }
}

#[test]
fn a_scenario_without_what_it_needs_is_never_allowed_by_more_context() {
    let mut pair = Pair::new(14);
    let mut tried = 0;
    for _ in 0..COUNT {
        let mut scenario = random_scenario(&pair.random);
        // What is missing: an action, the policy of the key, or a whole layer.
        match pair.random.below(3) {
            0 => scenario["request"]["action"] = "sagemaker:CreateNothing".into(),
            1 => scenario["identityPolicies"] = json!([{"Statement": {"Effect": "Maybe"}}]),
            _ => {
                for (layer, _) in LAYERS {
                    scenario[layer] = "unknown".into();
                }
            }
        }
        let before = pair.answer(&scenario);
        if before.decision != "Unsupported" {
            continue;
        }
        for _ in 0..3 {
            let more = random_scenario(&pair.random);
            let mut changed = scenario.clone();
            let context = changed["request"]["context"].as_object_mut().unwrap();
            for (key, value) in more["request"]["context"].as_object().unwrap() {
                let is_there = context.keys().any(|known| known.eq_ignore_ascii_case(key));
                if !is_there {
                    context.insert(key.clone(), value.clone());
                }
            }
            changed.as_object_mut().unwrap().remove("unknownKeys");
            let after = pair.answer(&changed);
            tried += 1;
            assert_ne!(after.decision, "Allowed", "{changed}");
        }
    }
    assert!(tried > COUNT);
}

#[test]
fn reported_keys_do_change_the_decision() {
    let mut pair = Pair::new(15);
    let (mut alone, mut together) = (0, 0);
    for _ in 0..COUNT {
        let scenario = random_scenario(&pair.random);
        let text = scenario.to_string();
        let read = pair.reader.read(&text).unwrap();
        let answer = read.answer(pair.reader.reference());
        for entry in replay(&read.stack, &read.request, &answer.unresolved) {
            assert!(entry.holds(), "{entry:?}\n{text}");
            assert_ne!(entry.change.decision, answer.decision, "{text}");
            if entry.change.together_with.is_empty() {
                alone += 1;
            } else {
                together += 1;
            }
        }
    }
    assert!(
        alone > 100 && together > 20,
        "{alone} alone, {together} together"
    );
}
