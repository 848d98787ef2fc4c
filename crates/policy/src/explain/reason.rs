//! Why a request cannot be decided.

use super::Noted;
use crate::document::Effect;
use crate::principal::Principal;
use crate::request::{Request, ResourceAccount};
use crate::stack::{Known, Stack};

/// The reasons, most decisive first, as one sentence.
pub(super) fn unsupported(stack: &Stack, request: &Request, noted: &Noted) -> String {
    let mut reasons: Vec<String> = Vec::new();
    if !request.action_facts().is_known {
        reasons.push(format!(
            "the authorization reference does not list the action `{}`",
            request.action().as_str()
        ));
    }
    if request.resource_account() == ResourceAccount::Unknown
        && request.principal().account().is_some()
    {
        reasons.push(format!(
            "the account of `{}` is not in its ARN: give `resourceAccount`",
            request.resource()
        ));
    }
    reasons.extend(missing_policies(stack, request));
    for (layer, policy, number, effect, truth) in &noted.entries {
        if truth.is_true() {
            continue;
        }
        let statement = policy.policy().statements.get(*number as usize);
        let name = statement
            .and_then(|statement| statement.sid.as_ref())
            .map_or_else(
                || format!("number {}", number + 1),
                |sid| format!("`{}`", sid.text),
            );
        let why = policy
            .statements()
            .get(*number as usize)
            .map(|statement| unknown_parts(statement, request))
            .unwrap_or_default();
        let may = match effect {
            Effect::Allow => "may allow it",
            Effect::Deny => "may deny it",
        };
        reasons.push(format!(
            "the {effect} statement {name} of `{}` ({layer}) {may}: {why}",
            policy.name()
        ));
    }
    if reasons.is_empty() {
        reasons.push(silent(request));
    }
    reasons.dedup();
    reasons.truncate(8);
    reasons.join("; ")
}

/// What AWS's documentation leaves open when neither policies nor keys are missing.
fn silent(request: &Request) -> String {
    if request.prepared_action().service() == "kms" {
        "a grant allows it, but a boundary or session policy does not, and AWS does not say which counts; or the grant's own conditions are not known".to_owned()
    } else if request.prepared_action().service() == "s3" {
        "whether Block Public Access denies it depends on a policy or ACL that is not given"
            .to_owned()
    } else {
        "what is known does not decide it".to_owned()
    }
}

/// The layers that may hold something we do not have.
fn missing_policies(stack: &Stack, request: &Request) -> Vec<String> {
    let is_limited_itself = request.principal().account().is_some()
        && !matches!(request.principal(), Principal::Root { .. });
    let layers = [
        (
            is_limited_itself && stack.identity.known().is_none(),
            "the identity policies are",
        ),
        (
            is_limited_itself && stack.boundary.known().is_none(),
            "the permissions boundary is",
        ),
        (
            is_limited_itself && stack.session.known().is_none(),
            "the session policies are",
        ),
        (
            stack.service_control.known().is_none(),
            "the service control policies are",
        ),
        (
            stack.resource_control.known().is_none(),
            "the resource control policies are",
        ),
        (stack.endpoint.known().is_none(), "the endpoint policy is"),
        (stack.grants.known().is_none(), "the grants of the key are"),
        (
            stack.public_access_block.known().is_none(),
            "the Block Public Access settings are",
        ),
        (stack.resource.known().is_none(), "the resource policy is"),
    ];
    let missing = layers.iter().filter(|(is_missing, _)| *is_missing);
    let mut reasons: Vec<String> = missing
        .map(|(_, what)| format!("{what} not known"))
        .collect();
    if matches!(stack.resource, Known::Is(None)) {
        if request.is_on_key() {
            reasons.push("a KMS key always has a key policy, and it is not known".to_owned());
        } else if request.is_on_trust() {
            reasons.push("a role always has a trust policy, and it is not known".to_owned());
        }
    }
    reasons
}

/// Which parts of a statement are unknown for a request.
fn unknown_parts(statement: &crate::compile::CompiledStatement, request: &Request) -> String {
    let mut parts = Vec::new();
    let context = request.context();
    let is_unknown = |truth: crate::truth::Truth| truth == crate::truth::Truth::Unknown;
    if is_unknown(statement.resource_truth(request.target(), context)) {
        parts.push("a variable of its resource is not known".to_owned());
    }
    for test in &statement.tests {
        if is_unknown(test.truth(context)) {
            let values = context
                .get(&test.key)
                .map_or(0, |state| state.values().len());
            let why = if values > 1 && test.operator.set == crate::document::SetOperator::None {
                "has several values, for which AWS does not define the operator without a set operator"
            } else {
                "is not known, or is compared with a pattern that AWS does not define"
            };
            parts.push(format!(
                "{} on `{}` {why}",
                test.operator,
                test.key.as_str()
            ));
        }
    }
    if parts.is_empty() {
        parts.push("whether it names the caller is not known".to_owned());
    }
    parts.join(", ")
}
