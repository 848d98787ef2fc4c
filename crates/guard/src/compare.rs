//! Two sets of guardrails against each other, for every request: what one allows and the other does
//! not.

use rempart_aws_model::{ActionName, actions_of};
use rempart_policy::Stack;
use rempart_prove::{Caller, Prover, Setting, Verdict};
use serde::Serialize;

use crate::proof::{Example, ProofOptions};

/// What a change of guardrails changes.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Comparison {
    /// Actions that were looked at.
    pub actions: usize,
    /// Requests that only the new set allows, one for each action.
    pub newly_allowed: Vec<Difference>,
    /// Requests that only the old set allows, one for each action.
    pub newly_denied: Vec<Difference>,
    /// Actions for which it is not known, with the reason.
    pub unknown: Vec<(String, String)>,
}

/// A request that only one set allows.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Difference {
    /// The action.
    pub action: String,
    /// What the request has, in words: condition keys and their values.
    pub request: String,
    /// What AWS would have to do for there to be no difference.
    pub holds_only_if: Vec<String>,
    /// The call that makes the request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub call: Option<String>,
}

/// Most actions that are compared.
const MOST_ACTIONS: usize = 10_000;

/// Compares for every action of SageMaker and of each service that the policies name, and for the
/// sessions of any role of the account.
pub fn compare(old: &Stack, new: &Stack, options: &ProofOptions) -> Comparison {
    let mut prover = Prover::default();
    let setting = Setting {
        caller: Caller::AnyRole(options.account),
        resource_account: Some(options.account),
        presence: options.presence,
    };
    let mut comparison = Comparison::default();
    for action in actions(&[old, new]) {
        comparison.actions += 1;
        let directions = [(new, old, true), (old, new, false)];
        for (first, second, is_gain) in directions {
            match prover.no_more_permissive(first, second, &action, &setting) {
                Verdict::Proved(_) => {}
                Verdict::Refuted(refutation) => {
                    let example = Example::new(action.as_str(), &refutation.witness, first);
                    let difference = Difference {
                        action: action.as_str().to_owned(),
                        request: words(&refutation.witness),
                        holds_only_if: refutation.holds_only_if.clone(),
                        call: example.call,
                    };
                    if is_gain {
                        comparison.newly_allowed.push(difference);
                    } else {
                        comparison.newly_denied.push(difference);
                    }
                }
                Verdict::Unknown(reason) => {
                    let entry = (action.as_str().to_owned(), reason.to_string());
                    if !comparison.unknown.contains(&entry) {
                        comparison.unknown.push(entry);
                    }
                }
            }
        }
    }
    comparison
}

/// The request in words: what is given and what is left out.
fn words(witness: &rempart_prove::Witness) -> String {
    let mut parts: Vec<String> = Vec::new();
    for (key, state) in witness.request.context().iter() {
        let folded = key.folded();
        let follows = ["aws:principal", "aws:resourceaccount", "aws:username"];
        if follows.iter().any(|start| folded.starts_with(start)) && folded != "aws:principalorgid" {
            continue;
        }
        let values: Vec<&str> = state.values().iter().map(|value| &**value).collect();
        parts.push(format!("{} {}", key.as_str(), values.join(", ")));
    }
    for omitted in &witness.omitted {
        parts.push(format!("without {}", omitted.path));
    }
    parts.sort();
    if parts.is_empty() {
        "any request".to_owned()
    } else {
        parts.join("; ")
    }
}

fn actions(stacks: &[&Stack]) -> Vec<ActionName> {
    let mut prefixes: Vec<String> = vec!["sagemaker".to_owned()];
    for stack in stacks {
        for (_, policy) in stack.policies() {
            for statement in &policy.policy().statements {
                for value in &statement.action.values {
                    let Some((prefix, _)) = value.text.split_once(':') else {
                        continue;
                    };
                    let prefix = prefix.to_ascii_lowercase();
                    if prefix != "*" && !prefixes.contains(&prefix) {
                        prefixes.push(prefix);
                    }
                }
            }
        }
    }
    let all = prefixes.iter().flat_map(|prefix| actions_of(prefix));
    let names = all
        .filter_map(|action| ActionName::parse(&format!("{}:{}", action.prefix, action.name)).ok());
    // Where no statement of either side concerns an action, nothing can differ.
    names
        .filter(|name| {
            stacks.iter().any(|stack| {
                stack.policies().any(|(_, policy)| {
                    policy
                        .concerning(name)
                        .any(|(_, statement)| !is_everything(statement))
                })
            })
        })
        .take(MOST_ACTIONS)
        .collect()
}

fn is_everything(statement: &rempart_policy::document::Statement) -> bool {
    let is_star = |patterns: &rempart_policy::document::Patterns| {
        !patterns.negated && patterns.values.iter().any(|value| &*value.text == "*")
    };
    statement.effect == rempart_policy::document::Effect::Allow
        && statement.conditions.is_empty()
        && is_star(&statement.action)
        && statement.resource.as_ref().is_none_or(is_star)
}
