//! The matcher against rsigma-eval 0.23.0 on random rules and events. Where both read the language
//! differently, the difference is listed here with what decides it; anything else must agree.

mod common;

use common::{Expression, Item, Rule, event, rule};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use rempart_sigma::parse::parse_documents;
use rempart_sigma::{CompileOptions, RuleSet};
use rsigma_eval::{Engine, JsonEvent};
use serde_json::Value;

fn ours(rule: &Rule, event: &Value) -> bool {
    let parsed = parse_documents(&rule.yaml(), "generated");
    let (set, _) = RuleSet::compile(&parsed.documents, &CompileOptions::default());
    !set.evaluate_json(event.to_string().as_bytes())
        .unwrap()
        .is_empty()
}

/// `None` when the other engine refuses the rule.
fn theirs(rule: &Rule, event: &Value) -> Option<bool> {
    let collection = rsigma_parser::parse_sigma_yaml(&rule.yaml()).ok()?;
    if !collection.errors.is_empty() {
        return None;
    }
    let mut engine = Engine::new();
    engine.add_collection(&collection).ok()?;
    Some(!engine.evaluate(&JsonEvent::borrow(event)).is_empty())
}

/// A rule that asks for this item alone: a difference of a whole rule comes from a difference of one.
fn alone(item: &Item) -> Rule {
    Rule {
        selections: vec![vec![item.clone()]],
        condition: Expression::Selection(0),
    }
}

/// Why the two may differ on this item and event, by what decides for us.
fn known_difference(_item: &Item, _event: &Value) -> Option<&'static str> {
    None
}

#[test]
fn differences_are_known() {
    let mut runner = TestRunner::deterministic();
    let (mut compared, mut matched, mut refused) = (0, 0, 0);
    let mut listed = std::collections::BTreeMap::<&str, usize>::new();
    let mut faults = Vec::new();
    let strategy = (rule(), prop::collection::vec(event(), 1..4));
    for _ in 0..6_000 {
        let (rule, events) = strategy.new_tree(&mut runner).unwrap().current();
        for event in &events {
            let Some(their_answer) = theirs(&rule, event) else {
                refused += 1;
                continue;
            };
            compared += 1;
            let our_answer = ours(&rule, event);
            matched += usize::from(our_answer);
            if our_answer == their_answer {
                continue;
            }
            let different: Vec<&Item> = rule
                .selections
                .iter()
                .flatten()
                .filter(|item| theirs(&alone(item), event) != Some(ours(&alone(item), event)))
                .collect();
            if different.is_empty() {
                faults.push(format!("condition: {}\n  on {event}", rule.yaml()));
            }
            for item in different {
                match known_difference(item, event) {
                    Some(reason) => *listed.entry(reason).or_default() += 1,
                    None => faults.push(format!(
                        "{} ours {}\n  on {event}",
                        alone(item).yaml(),
                        ours(&alone(item), event)
                    )),
                }
            }
        }
    }
    eprintln!("{compared} compared, {matched} matched, {refused} refused, {listed:?}");
    assert!(
        matched > compared / 10 && matched < compared * 9 / 10,
        "{matched} of {compared}"
    );
    let shown: Vec<&String> = faults.iter().take(40).collect();
    assert!(faults.is_empty(), "{} faults: {shown:#?}", faults.len());
}
