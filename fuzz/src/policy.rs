//! Policies: documents, scenarios, patterns.

use std::sync::Arc;

use rempart_policy::document::{Policy, PolicyKind};
use rempart_policy::lint::{CODES, Options, lint, size};
use rempart_policy::scenario::ScenarioReader;
use rempart_policy::{CompiledPolicy, Known, Pattern, Reference, guess_kind, json};
use serde_json::value::RawValue;

const DENY_ALL: &str =
    r#"{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "*", "Resource": "*"}}"#;

/// Any text as a policy document of every kind.
pub fn policy_document(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let ours = json::parse(&text);
    let theirs = serde_json::from_str::<&RawValue>(&text);
    match &ours {
        Ok(_) => assert!(theirs.is_ok(), "JSON that serde_json refuses"),
        Err(error) => {
            assert!(error.position.line > 0 && error.position.column > 0);
            let is_ours = ["twice", "levels deep", "surrogate"]
                .iter()
                .any(|word| error.reason.contains(word));
            assert!(is_ours || theirs.is_err(), "JSON that serde_json takes");
        }
    }
    assert!(PolicyKind::ALL.contains(&guess_kind(&text)));
    for kind in PolicyKind::ALL {
        match Policy::parse(&text, kind) {
            Ok(policy) => {
                let printed = policy.to_json();
                let again = Policy::parse(&printed.to_string(), kind);
                let again = again.expect("what is printed can be read");
                assert_eq!(again.to_json(), printed, "reading and printing agree");
                let options = Options {
                    size: Some(size(&text, kind)),
                    is_execution_role: true,
                };
                for found in lint(&policy, &options) {
                    assert!(found.position.line > 0 && !found.message.is_empty());
                    assert!(CODES.iter().any(|(code, ..)| *code == found.code));
                }
                let compiled = CompiledPolicy::new("fuzz", Arc::new(policy));
                assert_eq!(compiled.name(), "fuzz");
            }
            Err(error) => {
                assert!(!error.faults.is_empty() && !error.to_string().is_empty());
            }
        }
    }
}

/// Any text as a scenario: the answer is the same twice, keys that are said to change it do, and a
/// Deny of everything leaves nothing allowed.
pub fn policy_scenario(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let mut reader = ScenarioReader::new();
    let scenario = match reader.read(&text) {
        Ok(scenario) => scenario,
        Err(error) => {
            assert!(error.position.line > 0 && !error.reason.is_empty());
            return;
        }
    };
    let answer = scenario.answer(&mut Reference::new());
    assert_eq!(
        answer,
        scenario.answer(reader.reference()),
        "answers differ"
    );
    if !scenario.refused.is_empty() {
        assert_eq!(answer.decision, "Unsupported");
        return;
    }
    for change in rempart_policy::replay(&scenario.stack, &scenario.request, &answer.unresolved) {
        assert!(change.holds(), "{change:?}");
    }
    let mut denied = scenario.clone();
    let deny = Policy::parse(DENY_ALL, PolicyKind::Identity).expect("a policy");
    let deny = Arc::new(CompiledPolicy::new("deny", Arc::new(deny)));
    if denied.request.principal().account().is_some()
        && let Known::Is(policies) = &mut denied.stack.identity
    {
        policies.push(deny);
        let is_root = matches!(
            denied.request.principal(),
            rempart_policy::Principal::Root { .. }
        );
        let after = denied.answer(reader.reference());
        assert!(is_root || after.decision != "Allowed");
    }
}

/// A pattern and a text, separated by a zero byte, against a matcher that tries everything.
pub fn policy_glob(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let Some((pattern, text)) = text.split_once('\0') else {
        return;
    };
    // The reference needs the product of the lengths.
    if pattern.len() > 200 || text.len() > 200 {
        return;
    }
    let of_text = Pattern::of_text(pattern).matches(text);
    assert_eq!(of_text, tried(pattern, text, false), "{pattern:?} {text:?}");
    let of_resource = Pattern::of_resource(pattern).matches(text);
    assert_eq!(
        of_resource,
        tried(pattern, text, true),
        "{pattern:?} {text:?}"
    );
}

/// A table of which prefix of the pattern matches which prefix of the text.
fn tried(pattern: &str, text: &str, in_parts: bool) -> bool {
    let pattern: Vec<char> = pattern.chars().collect();
    let text: Vec<char> = text.chars().collect();
    let mut table = vec![vec![false; text.len() + 1]; pattern.len() + 1];
    table[0][0] = true;
    let mut colons = 0;
    for (row, wanted) in pattern.iter().enumerate() {
        let is_free = !in_parts || colons >= 5;
        let ends_part = matches!(pattern.get(row + 1), None | Some(':'));
        for column in 0..=text.len() {
            let before = column.checked_sub(1);
            let last = before.map(|at| text[at]);
            table[row + 1][column] = match wanted {
                '*' => {
                    let may_take = is_free || ends_part || last != Some(':');
                    table[row][column] || (may_take && before.is_some_and(|at| table[row + 1][at]))
                }
                '?' => {
                    let may_take = is_free || last != Some(':');
                    may_take && before.is_some_and(|at| table[row][at])
                }
                other => last == Some(*other) && before.is_some_and(|at| table[row][at]),
            };
        }
        colons += usize::from(*wanted == ':');
    }
    table[pattern.len()][text.len()]
}
