//! Whom a resource policy admits from outside.

mod search;

use std::collections::BTreeSet;

use rempart_aws_model::AccountId;
use rempart_policy::CompiledPolicy;
use rempart_policy::document::{Effect, PrincipalType};

use crate::expression::{ReasonCode, Unknown};
use search::Search;

/// Who and what counts as inside.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Inside {
    /// The account of the resource.
    pub(crate) account: AccountId,
    /// All accounts that are known, that of the resource included.
    pub(crate) accounts: BTreeSet<String>,
    /// The own organisation.
    pub(crate) organisation: Option<String>,
    /// Own VPCs and VPC endpoints.
    pub(crate) networks: BTreeSet<String>,
}

/// Names of everybody.
pub(crate) const ANYBODY: &str = "*";

/// Keys by which a policy speaks of organisations.
const ORGANISATION_KEYS: [&str; 5] = [
    "aws:principalorgid",
    "aws:principalorgpaths",
    "aws:sourceorgid",
    "aws:sourceorgpaths",
    "aws:resourceorgid",
];

/// Principals outside that the policy admits for some action, as the policy writes them; `*` is anybody,
/// a service is one that acts for any account.
pub(crate) fn outsiders(
    policy: &CompiledPolicy,
    arn: &str,
    inside: &Inside,
) -> Result<Vec<String>, Unknown> {
    if inside.organisation.is_some() || !speaks_of_organisations(policy) {
        return Search::new(policy, arn, inside)?.run();
    }
    // Which organisation is the own one is not known: an answer counts if it does not matter.
    let mut mentioned = values(policy, &ORGANISATION_KEYS);
    mentioned.retain(|value| !value.contains(['*', '?', '$']));
    let mut own = inside.clone();
    own.organisation = mentioned
        .iter()
        .filter_map(|value| value.split('/').next())
        .next()
        .map(ToOwned::to_owned);
    let when_own = Search::new(policy, arn, &own)?.run();
    let when_foreign = Search::new(policy, arn, inside)?.run();
    match (when_own, when_foreign) {
        (Ok(one), Ok(other)) if one == other => Ok(one),
        (Ok(one), _) if !one.is_empty() => Ok(one),
        _ => Err(Unknown::new(
            ReasonCode::NotCollected,
            "organizations:DescribeOrganization: which organisation is the own one",
        )),
    }
}

fn speaks_of_organisations(policy: &CompiledPolicy) -> bool {
    let mut statements = policy.policy().statements.iter();
    statements.any(|statement| {
        statement.conditions.iter().any(|entry| {
            let key = entry.key.text.to_ascii_lowercase();
            ORGANISATION_KEYS.contains(&key.as_str())
        })
    })
}

/// The values that a policy compares these keys with.
fn values(policy: &CompiledPolicy, keys: &[&str]) -> Vec<String> {
    let entries = policy.policy().statements.iter();
    entries
        .flat_map(|statement| &statement.conditions)
        .filter(|entry| keys.contains(&entry.key.text.to_ascii_lowercase().as_str()))
        .flat_map(|entry| &entry.values)
        .map(|value| value.text.to_string())
        .collect()
}

/// The services that a trust policy lets assume the role, whatever the conditions.
pub(crate) fn services_named(policy: &CompiledPolicy) -> Vec<String> {
    let mut found = Vec::new();
    for statement in &policy.policy().statements {
        let Some(element) = &statement.principal else {
            continue;
        };
        if statement.effect == Effect::Allow && !element.negated {
            let services = element.entries.iter();
            let services = services.filter(|(kind, _)| *kind == PrincipalType::Service);
            found.extend(services.map(|(_, value)| value.text.to_string()));
        }
    }
    found.sort();
    found.dedup();
    found
}

/// Whether a VPC endpoint policy lets one's own people reach resources of unknown accounts.
pub(crate) fn reaches_others(
    policy: &CompiledPolicy,
    arn: &str,
    inside: &Inside,
) -> Result<bool, Unknown> {
    let mut search = Search::new(policy, arn, inside)?;
    let found = search.reaches_others();
    match search.open {
        Some(open) if !found => Err(open),
        _ => Ok(found),
    }
}

/// The services that a policy admits on behalf of any account.
pub(crate) fn open_services(
    policy: &CompiledPolicy,
    arn: &str,
    inside: &Inside,
) -> Result<Vec<String>, Unknown> {
    let mut search = Search::new(policy, arn, inside)?;
    for service in services_named(policy) {
        search.ask_for_service(&service);
    }
    match search.open {
        Some(open) if search.found.is_empty() => Err(open),
        _ => Ok(search.found),
    }
}

#[cfg(test)]
mod tests;
