//! The matcher against rsigma-eval 0.23.0 on random rules and events. Where both read the language
//! differently, the difference is listed here with what decides it; anything else must agree.

#![expect(clippy::unwrap_used, reason = "tests")]

mod common;

use common::{Expression, Item, Rule, event, rule};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use rempart_sigma::parse::parse_documents;
use rempart_sigma::{CompileOptions, RuleSet};
use rempart_trail::record::Record;
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

fn is_present(field: &str, event: &Value) -> bool {
    let item = Item {
        field: field.to_owned(),
        modifiers: vec!["exists"],
        values: vec![true.into()],
    };
    ours(&alone(&item), event)
}

fn texts(field: &str, event: &Value) -> Vec<String> {
    let raw = event.to_string();
    rempart_sigma::lookup(&Record::parse(raw.as_bytes()).unwrap(), field)
}

/// Why the two may differ on this item and event, by what decides for us. The items are those of
/// "semantics to pin": `neq` on absent is true (14), and so on.
fn known_difference(item: &Item, event: &Value) -> Option<&'static str> {
    let has = |modifier| item.modifiers.contains(&modifier);
    if item.field.is_empty() {
        return Some("keywords cover keys, numbers and booleans too (11)");
    }
    if has("neq") && !is_present(&item.field, event) {
        return Some("neq on an absent field is true (14)");
    }
    if has("exists") {
        return Some("exists is about presence: null is present (4, modifiers appendix)");
    }
    if item.values.contains(&Value::Null) {
        if !is_present(&item.field, event) && item.values.len() > 1 {
            return Some("null in a list of values matches an absent field like null alone (4)");
        }
        return Some("null matches a null element of a list (3, 4)");
    }
    if has("fieldref") {
        return Some(
            "fieldref compares as equality does: texts of all elements, null never equal (3, 13)",
        );
    }
    let wildcard = |value: &Value| value.as_str().is_some_and(|text| text.contains(['*', '?']));
    if (has("startswith") || has("endswith")) && item.values.iter().any(wildcard) {
        return Some("an anchored pattern with wildcards stays anchored (modifiers appendix)");
    }
    let found = texts(&item.field, event);
    let numeric = |text: &str| text.parse::<f64>().is_ok();
    let is_numeric = |value: &Value| value.is_number() || value.as_str().is_some_and(numeric);
    if item.values.iter().any(wildcard) && found.iter().any(|text| numeric(text)) {
        return Some("patterns see a number as it is written (5)");
    }
    if item.values.iter().any(is_numeric) && found.iter().any(|text| numeric(text)) {
        return Some("numbers and numerals in text are equal only as written (5)");
    }
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
