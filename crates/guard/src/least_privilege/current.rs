//! The policies in force beside the new one: what they allow and nobody used, and whether the new
//! policy allows anything that they do not.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::sync::Arc;

use rempart_aws_model::{AccountId, ActionName, action, action_services, condition_key};
use rempart_policy::context::{KeyName, KeyState};
use rempart_policy::document::{self, Effect};
use rempart_policy::{CompiledPolicy, Request, Stack};
use rempart_prove::{Caller, Presence, Prover, Setting, Verdict};
use serde::Serialize;

use super::draft::Statement;
use super::observe::Pairs;
use super::proof::alone;
use super::{LeastPrivilegeError, Subject, compiled, pack};

/// Unused actions that are listed.
const MOST_UNUSED: usize = 2_000;
/// Resources that are compared at once.
const RESOURCES_OF_PART: usize = 16;
/// Parts of one action that are compared.
const MOST_PARTS: usize = 500;
/// Accounts of resources for which an action is compared.
const MOST_ACCOUNTS: usize = 8;

/// The comparison with the policies in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CurrentReport {
    /// Actions that they allow on something and that were not observed.
    pub unused: Unused,
    /// Whether the new policy allows no more, action by action.
    pub no_more_permissive: Vec<Comparison>,
}

/// Actions that are allowed and were not observed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Unused {
    /// How many.
    pub count: usize,
    /// How many of each service.
    pub by_service: BTreeMap<&'static str, usize>,
    /// The actions, the first of them.
    pub actions: Vec<Box<str>>,
}

/// What a comparison says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Standing {
    /// The policies in force allow every such request as well
    Proved,
    /// They do not allow this request
    Refuted,
    /// It is not known
    Unknown,
}

/// One action in both.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Comparison {
    /// The action.
    pub action: Box<str>,
    /// Account of the resources, where it is not the principal's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource_account: Option<Box<str>>,
    /// What is the case.
    pub standing: Standing,
    /// Why it is not known, or a request that only the new policy allows: its resource, and the keys
    /// that the policies in force look at.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub detail: Box<str>,
}

pub(super) fn compare(
    current: &[Arc<CompiledPolicy>],
    new: &[Statement],
    subject: &Subject,
    pairs: &Pairs,
) -> Result<CurrentReport, LeastPrivilegeError> {
    let mut observed: BTreeMap<&ActionName, BTreeSet<Option<AccountId>>> = BTreeMap::new();
    for (pair, seen) in &pairs.of {
        let other = seen.account.filter(|account| *account != subject.account());
        observed.entry(&pair.action).or_default().insert(other);
    }
    let old = alone(current, subject);
    let keys = old.keys();
    let mut prover = Prover::default();
    let mut comparisons = Vec::new();
    for (action, accounts) in &observed {
        let parts = parts(new, action.as_str(), subject)?;
        if parts.is_empty() {
            continue;
        }
        for account in accounts.iter().take(MOST_ACCOUNTS) {
            let setting = Setting {
                caller: Caller::Named(subject.principal().clone()),
                resource_account: *account,
                presence: Presence::Unknown,
            };
            let verdict = match parts.len() > MOST_PARTS {
                true => (
                    Standing::Unknown,
                    "more resources than are compared".to_owned(),
                ),
                false => worst(&mut prover, &parts, &old, action, &setting, &keys),
            };
            comparisons.push(Comparison {
                action: action.as_str().into(),
                resource_account: account.map(|account| account.as_str().into()),
                standing: verdict.0,
                detail: verdict.1.into(),
            });
        }
    }
    let seen: BTreeSet<&str> = observed.keys().map(|action| action.as_str()).collect();
    Ok(CurrentReport {
        unused: unused(current, &seen),
        no_more_permissive: comparisons,
    })
}

/// The statements for one action, in pieces of few resources. A policy that only allows is no more
/// permissive if none of its pieces is, and small pieces are decided much faster.
fn parts(
    new: &[Statement],
    action: &str,
    subject: &Subject,
) -> Result<Vec<Stack>, LeastPrivilegeError> {
    let of_action = new.iter().filter(|of| of.actions.contains(action));
    let mut parts = Vec::new();
    for piece in of_action.flat_map(|of| of.pieces_for(action, RESOURCES_OF_PART)) {
        if parts.len() > MOST_PARTS {
            break;
        }
        let document = pack::document(&[piece.to_json()]);
        parts.push(alone(&[compiled(&document.to_string())?], subject));
    }
    Ok(parts)
}

/// The first answer that is not a proof, else the proof.
fn worst(
    prover: &mut Prover,
    parts: &[Stack],
    old: &Stack,
    action: &ActionName,
    setting: &Setting,
    keys: &[KeyName],
) -> (Standing, String) {
    let mut unknown = None;
    for part in parts {
        match prover.no_more_permissive(part, old, action, setting) {
            Verdict::Proved(_) => {}
            Verdict::Refuted(refutation) => {
                return (Standing::Refuted, shown(&refutation.witness.request, keys));
            }
            Verdict::Unknown(reason) => unknown = unknown.or(Some(reason.to_string())),
        }
    }
    match unknown {
        Some(reason) => (Standing::Unknown, reason),
        None => (Standing::Proved, String::new()),
    }
}

/// The resource of a request, and the keys that the policies in force look at.
fn shown(request: &Request, keys: &[KeyName]) -> String {
    let mut text = request.resource().to_owned();
    let action = action(request.action().as_str());
    for key in keys {
        // No request for the action has the others.
        let can_have = condition_key(key.as_str())
            .is_some_and(|key| action.is_some_and(|action| action.carries(key)));
        if !can_have {
            continue;
        }
        let _ = match request.context().get(key) {
            None | Some(KeyState::Null | KeyState::Unknown) => {
                write!(text, ", without {}", key.as_str())
            }
            Some(state) => {
                let values: Vec<&str> = state.values().iter().map(|value| &**value).collect();
                write!(text, ", {} = {}", key.as_str(), values.join(" and "))
            }
        };
    }
    text
}

/// The actions that an Allow statement names, that no Deny statement takes away everywhere, and that
/// were not observed.
fn unused(current: &[Arc<CompiledPolicy>], seen: &BTreeSet<&str>) -> Unused {
    let mut unused = Unused::default();
    for service in action_services() {
        for action in service.actions() {
            let Ok(name) = ActionName::parse(&format!("{}:{}", action.prefix, action.name)) else {
                continue;
            };
            let concerning = || current.iter().flat_map(|policy| policy.concerning(&name));
            let is_allowed = concerning().any(|(_, of)| of.effect == Effect::Allow)
                && !concerning().any(|(_, of)| denies_everywhere(of));
            if !is_allowed || seen.contains(name.as_str()) {
                continue;
            }
            unused.count += 1;
            *unused.by_service.entry(action.prefix).or_default() += 1;
            if unused.actions.len() < MOST_UNUSED {
                unused.actions.push(name.as_str().into());
            }
        }
    }
    unused
}

fn denies_everywhere(statement: &document::Statement) -> bool {
    statement.effect == Effect::Deny
        && statement.conditions.is_empty()
        && statement.resource.as_ref().is_some_and(|resource| {
            !resource.negated && resource.values.iter().any(|value| &*value.text == "*")
        })
}
