//! Questions of the form "is there a request that is allowed?", first to the engine, then to the prover.

use rempart_aws_model::{ActionName, ConditionKeyType, condition_key};
use rempart_policy::context::{KeyName, KeyState};
use rempart_policy::document::{Effect, Statement, Version};
use rempart_policy::{CompiledPolicy, Decision, Request, Stack, TextPart, text_parts};
use rempart_prove::{Predicate, Prover, Setting, Subject, Test, Verdict};

use crate::expression::{ReasonCode, Unknown};

/// An action by its name.
pub(crate) fn action(name: &str) -> Result<ActionName, Unknown> {
    ActionName::parse(name).map_err(|error| {
        Unknown::new(
            ReasonCode::Unsupported,
            format!("`{name}` is no action: {error}"),
        )
    })
}

/// A key has one of these values; patterns may be used.
pub(crate) fn key_like<T: AsRef<str>>(key: &str, patterns: &[T]) -> Predicate {
    let patterns = patterns.iter().map(|text| text.as_ref().into()).collect();
    Predicate::Test(Subject::Key(key.into()), Test::Like(patterns))
}

/// A key has this value; of a key for addresses, an address.
pub(crate) fn key_is(key: &str, value: &str) -> Predicate {
    match condition_key(key).map(|key| key.value_type) {
        Some(ConditionKeyType::IpAddress) => {
            let test = Test::In(vec![value.into()]);
            Predicate::Test(Subject::Key(key.into()), test)
        }
        _ => key_like(key, &[value]),
    }
}

/// A request does not carry a key.
pub(crate) fn key_omitted(key: &str) -> Predicate {
    Predicate::Test(Subject::Key(key.into()), Test::Omitted)
}

/// A key is absent or has none of these values.
pub(crate) fn key_unlike<T: AsRef<str>>(key: &str, patterns: &[T]) -> Predicate {
    Predicate::Not(Box::new(key_like(key, patterns)))
}

/// The resource is one of these.
pub(crate) fn resource_like<T: AsRef<str>>(patterns: &[T]) -> Predicate {
    let patterns = patterns.iter().map(|text| text.as_ref().into()).collect();
    Predicate::Test(Subject::Resource, Test::Like(patterns))
}

/// Whether some request of the action with this property is allowed.
pub(crate) fn possible(
    prover: &mut Prover,
    stack: &Stack,
    action: &ActionName,
    setting: &Setting,
    property: &Predicate,
) -> Result<bool, Unknown> {
    match prover.never_allowed(stack, action, setting, property) {
        Verdict::Proved(_) => Ok(false),
        Verdict::Refuted(_) => Ok(true),
        Verdict::Unknown(reason) => Err(Unknown::new(
            ReasonCode::Unsupported,
            format!("{}: {reason}", action.as_str()),
        )),
    }
}

/// What the engine says of a request when keys that policies ask for and the request does not give may
/// have any value: `None` when they decide.
pub(crate) fn whatever_the_keys(
    stack: &Stack,
    mut request: Request,
    omitted: &[&str],
) -> Option<bool> {
    let mut asked: Vec<KeyName> = Vec::new();
    for (_, policy) in stack.policies() {
        let version = policy.policy().version.unwrap_or_default();
        for (_, statement) in policy.concerning(request.action()) {
            keys(statement, version, &mut asked);
        }
    }
    for name in asked {
        let is_given = request.context().get(&name).is_some();
        let is_omitted = omitted.iter().any(|key| KeyName::new(key).is_same(&name));
        if !is_given && !is_omitted {
            request.context_mut().set(name, KeyState::Unknown);
        }
    }
    match stack.decide(&request).decision {
        Decision::Allowed => Some(true),
        Decision::ExplicitlyDenied | Decision::ImplicitlyDenied => Some(false),
        Decision::Unsupported => None,
    }
}

/// The keys that a statement asks for.
fn keys(statement: &Statement, version: Version, into: &mut Vec<KeyName>) {
    let mut texts: Vec<&str> = Vec::new();
    for entry in &statement.conditions {
        into.push(KeyName::new(&entry.key.text));
        texts.extend(entry.values.iter().map(|value| &*value.text));
    }
    let resources = statement
        .resource
        .iter()
        .flat_map(|patterns| &patterns.values);
    texts.extend(resources.map(|value| &*value.text));
    for text in texts.into_iter().filter(|text| text.contains("${")) {
        for part in text_parts(text, version) {
            if let TextPart::Variable(key, _) = part {
                into.push(key);
            }
        }
    }
}

/// Whether some Allow statement of these policies concerns the action.
pub(crate) fn mentions<'p>(
    policies: impl IntoIterator<Item = &'p CompiledPolicy>,
    action: &ActionName,
) -> bool {
    policies.into_iter().any(|policy| {
        policy
            .concerning(action)
            .any(|(_, statement)| statement.effect == Effect::Allow)
    })
}
