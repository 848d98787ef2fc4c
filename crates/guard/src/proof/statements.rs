//! How each statement is used: those that never fire, that always fire, that change nothing.

use std::sync::Arc;

use rempart_aws_model::{ActionName, actions_of};
use rempart_policy::document::{Effect, Policy};
use rempart_policy::{CompiledPolicy, Known, Layer, Stack};
use rempart_prove::{Prover, StatementUse};
use serde::Serialize;

use super::{ProofOptions, limiting, setting};
use crate::property::CallerKind;

/// What is odd about a statement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StatementNote {
    /// The policy.
    pub policy: String,
    /// The Sid, or the number of the statement from 1.
    pub statement: String,
    /// What is odd.
    pub note: String,
}

/// Most actions of one statement that are looked at.
const MOST_ACTIONS: usize = 2_000;

/// Looks at every statement that denies.
pub fn statements(stack: &Stack, options: &ProofOptions) -> Vec<StatementNote> {
    let mut prover = Prover::default();
    let mut notes = Vec::new();
    for layer in [Layer::ServiceControl, Layer::ResourceControl] {
        let policies = stack.policies().filter(|(of, _)| *of == layer);
        for (place, (_, policy)) in policies.enumerate() {
            for (number, statement) in policy.policy().statements.iter().enumerate() {
                if statement.effect != Effect::Deny {
                    continue;
                }
                let name = match &statement.sid {
                    Some(sid) => sid.text.to_string(),
                    None => (number + 1).to_string(),
                };
                let found =
                    statement_notes(&mut prover, stack, (layer, place, number), policy, options);
                notes.extend(found.into_iter().map(|note| StatementNote {
                    policy: policy.name().to_owned(),
                    statement: name.clone(),
                    note,
                }));
            }
        }
    }
    notes
}

fn statement_notes(
    prover: &mut Prover,
    stack: &Stack,
    place: (Layer, usize, usize),
    policy: &CompiledPolicy,
    options: &ProofOptions,
) -> Vec<String> {
    let number = place.2;
    let Some(statement) = policy.policy().statements.get(number) else {
        return Vec::new();
    };
    let without = without(stack, place);
    let callers = match place.0 {
        Layer::ResourceControl => &[
            CallerKind::Role,
            CallerKind::OutsideRole,
            CallerKind::Service,
        ][..],
        _ => &[CallerKind::Role, CallerKind::User][..],
    };
    let (mut fires, mut matters) = (false, false);
    let mut always: Vec<String> = Vec::new();
    let mut open: Vec<String> = Vec::new();
    for action in actions(policy, number) {
        let mut all = StatementUse::default();
        for caller in callers {
            let Some(setting) = setting(*caller, options) else {
                continue;
            };
            let (with, without) = (limiting(stack, *caller), limiting(&without, *caller));
            match prover.statement_use(&with, &without, place, &action, &setting) {
                Ok(found) => {
                    all.fires |= found.fires;
                    all.spares |= found.spares;
                    all.matters |= found.matters;
                }
                Err(reason) => {
                    if open.len() < 3 {
                        open.push(format!("{}: {reason}", action.as_str()));
                    }
                    // What is not known is not called idle.
                    (all.fires, all.spares, all.matters) = (true, true, true);
                }
            }
        }
        fires |= all.fires;
        matters |= all.matters;
        if all.fires && !all.spares {
            always.push(action.as_str().to_owned());
        }
    }
    let mut notes = Vec::new();
    if !fires {
        notes.push("never fires: no request meets its conditions".to_owned());
    } else if !matters {
        notes.push("changes nothing: what it denies is denied without it".to_owned());
    }
    if !always.is_empty() && !statement.conditions.is_empty() {
        notes.push(format!("denies every request of {}", shortened(&always)));
    }
    if !open.is_empty() {
        notes.push(format!("not known for {}", open.join("; ")));
    }
    notes
}

fn shortened(names: &[String]) -> String {
    match names {
        [first, second, third, rest @ ..] if !rest.is_empty() => {
            format!("{first}, {second}, {third} and {} more", rest.len())
        }
        names => names.join(", "),
    }
}

/// The actions that a statement concerns, of the services that it names; of all services, those of
/// SageMaker.
fn actions(policy: &CompiledPolicy, number: usize) -> Vec<ActionName> {
    let Some(statement) = policy.policy().statements.get(number) else {
        return Vec::new();
    };
    let mut prefixes: Vec<String> = Vec::new();
    for value in &statement.action.values {
        let prefix = match value.text.split_once(':') {
            Some((prefix, _)) if !statement.action.negated && prefix != "*" => prefix,
            _ => "sagemaker",
        };
        let prefix = prefix.to_ascii_lowercase();
        if !prefixes.contains(&prefix) {
            prefixes.push(prefix);
        }
    }
    let all = prefixes.iter().flat_map(|prefix| actions_of(prefix));
    let names = all
        .filter_map(|action| ActionName::parse(&format!("{}:{}", action.prefix, action.name)).ok());
    names
        .filter(|name| policy.concerning(name).any(|(other, _)| other == number))
        .take(MOST_ACTIONS)
        .collect()
}

/// The stack without one statement.
fn without(stack: &Stack, (layer, place, number): (Layer, usize, usize)) -> Stack {
    let mut changed = stack.clone();
    let levels = match layer {
        Layer::ResourceControl => &mut changed.resource_control,
        _ => &mut changed.service_control,
    };
    if let Known::Is(levels) = levels {
        let mut all = levels.iter_mut().flat_map(|level| level.iter_mut());
        if let Some(policy) = all.nth(place) {
            let document = policy.policy();
            let statements = document.statements.iter().enumerate();
            let kept = statements
                .filter(|(other, _)| *other != number)
                .map(|(_, statement)| statement.clone());
            let weakened = Policy {
                statements: kept.collect(),
                ..document.clone()
            };
            *policy = Arc::new(CompiledPolicy::new(policy.name(), Arc::new(weakened)));
        }
    }
    changed
}
