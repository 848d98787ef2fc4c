//! Two sets of guardrails against each other, for every request: what one allows and the other does
//! not.

use rempart_aws_model::{
    AccountId, ActionName, ActionService, action_service, action_services, actions_of,
};
use rempart_policy::document::{Effect, Patterns, Statement};
use rempart_policy::{Known, Policies, Stack};
use rempart_prove::{Prover, Verdict};
use serde::Serialize;

use crate::proof::{ProofOptions, call, limiting, setting};
use crate::property::CallerKind;

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

/// Most actions that are compared; the reference lists some 20,000.
const MOST_ACTIONS: usize = 50_000;
/// Most accounts whose callers are looked at.
const MOST_ACCOUNTS: usize = 20;

/// Compares for every action of SageMaker and of each service that the policies concern, for every
/// kind of caller, in the account of the options and in each that a policy names.
pub fn compare(old: &Stack, new: &Stack, options: &ProofOptions) -> Comparison {
    let mut prover = Prover::default();
    let mut comparison = Comparison::default();
    let mut accounts = accounts(&[old, new], options.account);
    if accounts.len() > MOST_ACCOUNTS {
        accounts.truncate(MOST_ACCOUNTS);
        let reason =
            format!("only the first {MOST_ACCOUNTS} accounts that policies name are compared");
        comparison.unknown.push(("accounts".to_owned(), reason));
    }
    let actions = actions(&[old, new]);
    if actions.len() > MOST_ACTIONS {
        let reason = format!("only the first {MOST_ACTIONS} actions are compared");
        comparison.unknown.push(("actions".to_owned(), reason));
    }
    for action in actions.iter().take(MOST_ACTIONS) {
        comparison.actions += 1;
        for (first, second, is_gain) in [(new, old, true), (old, new, false)] {
            let verdict = accounts.iter().find_map(|account| {
                let options = ProofOptions {
                    account: *account,
                    ..options.clone()
                };
                difference(&mut prover, first, second, action, &options)
            });
            match verdict {
                None => {}
                Some(Ok(difference)) if is_gain => comparison.newly_allowed.push(difference),
                Some(Ok(difference)) => comparison.newly_denied.push(difference),
                Some(Err(reason)) => {
                    let entry = (action.as_str().to_owned(), reason);
                    if !comparison.unknown.contains(&entry) {
                        comparison.unknown.push(entry);
                    }
                }
            }
        }
    }
    comparison
}

/// A request that only the first stack allows, or why it is not known whether there is one.
fn difference(
    prover: &mut Prover,
    first: &Stack,
    second: &Stack,
    action: &ActionName,
    options: &ProofOptions,
) -> Option<Result<Difference, String>> {
    let is_without =
        |stack: &Stack| matches!(&stack.resource_control, Known::Is(levels) if levels.is_empty());
    // Only resource control policies concern callers from outside.
    let concerns_outside = !is_without(first) || !is_without(second);
    let mut is_general = false;
    for caller in CallerKind::ALL {
        if caller.is_inside() && is_general || !caller.is_inside() && !concerns_outside {
            continue;
        }
        let Some(setting) = setting(caller, options) else {
            return Some(Err(format!(
                "no caller of the kind {caller:?} could be made"
            )));
        };
        let (one, two) = (limiting(first, caller), limiting(second, caller));
        match prover.no_more_permissive(&one, &two, action, &setting) {
            Verdict::Proved(proof) => {
                // What does not look at the caller holds for every caller that the same policies limit.
                is_general |= caller.is_inside() && !proof.depends_on_caller;
            }
            Verdict::Refuted(refutation) => {
                return Some(Ok(Difference {
                    action: action.as_str().to_owned(),
                    request: words(&refutation.witness),
                    holds_only_if: refutation.holds_only_if.clone(),
                    call: call(&refutation.witness),
                }));
            }
            Verdict::Unknown(reason) => return Some(Err(reason.to_string())),
        }
    }
    None
}

/// The given account and those that the policies name.
fn accounts(stacks: &[&Stack], own: AccountId) -> Vec<AccountId> {
    let mut found = vec![own];
    for (_, policy) in stacks.iter().flat_map(|stack| stack.policies()) {
        let text = policy.policy().to_json().to_string();
        let digits = text.split(|character: char| !character.is_ascii_digit());
        for account in digits.filter_map(|digits| AccountId::parse(digits).ok()) {
            if !found.contains(&account) {
                found.push(account);
            }
        }
    }
    found
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

/// The actions for which the stacks may differ. A statement about every service, or a level without a
/// statement that allows everything, concerns all of them.
fn actions(stacks: &[&Stack]) -> Vec<ActionName> {
    let statements = || {
        let policies = stacks.iter().flat_map(|stack| stack.policies());
        policies.flat_map(|(_, policy)| &policy.policy().statements)
    };
    let is_of_all = |statement: &Statement| {
        let mut values = statement.action.values.iter();
        statement.action.negated || values.any(|value| matches!(&*value.text, "*" | "*:*"))
    };
    let allows_all = |level: &Policies| {
        let mut statements = level.iter().flat_map(|policy| &policy.policy().statements);
        statements.any(is_everything)
    };
    let has_limit = stacks.iter().any(|stack| match &stack.service_control {
        Known::Is(levels) => !levels.iter().all(allows_all),
        Known::Unknown => true,
    });
    let concerns_all = has_limit
        || statements().any(|statement| is_of_all(statement) && !is_everything(statement));
    let mut prefixes: Vec<&str> = vec!["sagemaker"];
    if concerns_all {
        prefixes = action_services().map(ActionService::prefix).collect();
    }
    for value in statements().flat_map(|statement| &statement.action.values) {
        let service = value
            .text
            .split_once(':')
            .and_then(|(prefix, _)| action_service(prefix));
        if let Some(service) = service
            && !prefixes.contains(&service.prefix())
        {
            prefixes.push(service.prefix());
        }
    }
    let all = prefixes.iter().flat_map(|prefix| actions_of(prefix));
    let names = all
        .filter_map(|action| ActionName::parse(&format!("{}:{}", action.prefix, action.name)).ok());
    // Where no statement of either side concerns an action, nothing can differ.
    let is_concerned = |name: &ActionName| {
        stacks
            .iter()
            .flat_map(|stack| stack.policies())
            .any(|(_, policy)| {
                let mut concerning = policy.concerning(name);
                concerning.any(|(_, statement)| !is_everything(statement))
            })
    };
    names
        .filter(|name| has_limit || is_concerned(name))
        .collect()
}

fn is_everything(statement: &Statement) -> bool {
    let is_star = |patterns: &Patterns| {
        !patterns.negated && patterns.values.iter().any(|value| &*value.text == "*")
    };
    statement.effect == Effect::Allow
        && statement.conditions.is_empty()
        && is_star(&statement.action)
        && statement.resource.as_ref().is_none_or(is_star)
}
