//! The policies in force beside the new one: what they allow and nobody used, and whether the new
//! policy allows anything that they do not.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rempart_aws_model::{AccountId, ActionName, action_services};
use rempart_policy::CompiledPolicy;
use rempart_policy::document::{Effect, Statement};
use rempart_prove::{Caller, Presence, Prover, Setting, Verdict};
use serde::Serialize;

use super::Subject;
use super::observe::Pairs;
use super::proof::alone;

/// Unused actions that are listed.
const MOST_UNUSED: usize = 2_000;
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
    /// Why it is not known, or the resource of a request that only the new policy allows.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub detail: Box<str>,
}

pub(super) fn compare(
    current: &[Arc<CompiledPolicy>],
    new: &[Arc<CompiledPolicy>],
    subject: &Subject,
    pairs: &Pairs,
) -> CurrentReport {
    let mut observed: BTreeMap<&ActionName, BTreeSet<Option<AccountId>>> = BTreeMap::new();
    for (pair, seen) in &pairs.of {
        let other = seen.account.filter(|account| *account != subject.account());
        observed.entry(&pair.action).or_default().insert(other);
    }
    let (new, old) = (alone(new, subject), alone(current, subject));
    let mut prover = Prover::default();
    let mut comparisons = Vec::new();
    for (action, accounts) in &observed {
        for account in accounts.iter().take(MOST_ACCOUNTS) {
            let setting = Setting {
                caller: Caller::Named(subject.principal().clone()),
                resource_account: *account,
                presence: Presence::Unknown,
            };
            let verdict = prover.no_more_permissive(&new, &old, action, &setting);
            comparisons.push(comparison(action, *account, &verdict));
        }
    }
    let seen: BTreeSet<&str> = observed.keys().map(|action| action.as_str()).collect();
    CurrentReport {
        unused: unused(current, &seen),
        no_more_permissive: comparisons,
    }
}

fn comparison(action: &ActionName, account: Option<AccountId>, verdict: &Verdict) -> Comparison {
    let (standing, detail) = match verdict {
        Verdict::Proved(_) => (Standing::Proved, String::new()),
        Verdict::Refuted(refutation) => (
            Standing::Refuted,
            refutation.witness.request.resource().to_owned(),
        ),
        Verdict::Unknown(reason) => (Standing::Unknown, reason.to_string()),
    };
    Comparison {
        action: action.as_str().into(),
        resource_account: account.map(|account| account.as_str().into()),
        standing,
        detail: detail.into(),
    }
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

fn denies_everywhere(statement: &Statement) -> bool {
    statement.effect == Effect::Deny
        && statement.conditions.is_empty()
        && statement.resource.as_ref().is_some_and(|resource| {
            !resource.negated && resource.values.iter().any(|value| &*value.text == "*")
        })
}
