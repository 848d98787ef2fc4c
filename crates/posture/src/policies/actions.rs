//! Which actions have to be looked at so that nothing is overlooked: actions that a policy cannot tell
//! apart need one look.

use std::collections::{BTreeMap, BTreeSet};

use rempart_aws_model::{Action, ActionName, actions_of};
use rempart_policy::document::Effect;
use rempart_policy::{CompiledPolicy, Reference};

/// What policies can tell actions apart by, the types of their resources aside: the statements that
/// concern an action, and the keys that its requests carry.
type Signature = (Vec<(usize, usize)>, Vec<bool>);

/// Actions of these services so that no other is treated differently by the policies: for each
/// signature, and each type of resource of its actions, one. With `allowed`, only those that some Allow
/// statement concerns.
pub(crate) fn representatives(
    policies: &[&CompiledPolicy],
    services: &[&str],
    allowed: bool,
) -> Vec<ActionName> {
    let mut keys: Vec<&str> = Vec::new();
    for policy in policies {
        for statement in &policy.policy().statements {
            keys.extend(statement.conditions.iter().map(|entry| &*entry.key.text));
        }
    }
    keys.sort_unstable();
    keys.dedup();
    let mut reference = Reference::new();
    let mut groups: BTreeMap<Signature, Vec<(Vec<&'static str>, ActionName)>> = BTreeMap::new();
    for action in services.iter().flat_map(|service| actions_of(service)) {
        let Ok(name) = ActionName::parse(&format!("{}:{}", action.prefix, action.name)) else {
            continue;
        };
        let mut concerned = Vec::new();
        let mut allows = false;
        for (place, policy) in policies.iter().enumerate() {
            for (number, statement) in policy.concerning(&name) {
                concerned.push((place, number));
                allows |= statement.effect == Effect::Allow;
            }
        }
        if allowed && !allows {
            continue;
        }
        let carried = keys.iter().map(|key| reference.carries(&name, key));
        let signature = (concerned, carried.collect());
        groups
            .entry(signature)
            .or_default()
            .push((resources(action), name));
    }
    groups.into_values().flat_map(covering).collect()
}

/// Some of these actions that together have every type of resource, those with few types first.
fn covering(mut actions: Vec<(Vec<&'static str>, ActionName)>) -> Vec<ActionName> {
    actions.sort_by_key(|(types, _)| types.len());
    let mut covered: BTreeSet<&'static str> = BTreeSet::new();
    let mut kept = Vec::new();
    for (mut types, name) in actions {
        if types.is_empty() {
            types.push("");
        }
        if types.iter().any(|of| !covered.contains(of)) {
            covered.extend(types);
            kept.push(name);
        }
    }
    kept
}

fn resources(action: &Action) -> Vec<&'static str> {
    action.resources.iter().map(|one| one.name).collect()
}

/// The services whose actions the Allow statements of a policy name; `others` stand for all services.
pub(crate) fn services<'p>(policy: &'p CompiledPolicy, others: &[&'p str]) -> Vec<&'p str> {
    let mut services = Vec::new();
    for statement in &policy.policy().statements {
        if statement.effect == Effect::Deny {
            continue;
        }
        for value in &statement.action.values {
            match value.text.split_once(':') {
                Some((prefix, _)) if !statement.action.negated && !prefix.contains(['*', '?']) => {
                    services.push(prefix);
                }
                _ => services.extend(others),
            }
        }
    }
    services.sort_unstable();
    services.dedup();
    services
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policies::document::compile;
    use rempart_policy::document::PolicyKind;

    #[test]
    fn actions_that_are_treated_alike_are_looked_at_once() {
        let text = r#"{"Version":"2012-10-17","Statement":[
            {"Effect":"Allow","Principal":"*","Action":"s3:Get*","Resource":"*"},
            {"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"*",
             "Condition":{"StringNotEquals":{"s3:prefix":"a"}}}]}"#;
        let policy = compile("b", text, PolicyKind::Resource).expect("a policy");
        let allowed = representatives(&[&policy], &["s3"], true);
        let all = representatives(&[&policy], &["s3"], false);
        assert!(allowed.len() > 1 && allowed.len() < 30, "{allowed:?}");
        assert!(
            allowed
                .iter()
                .all(|action| action.name().starts_with("Get"))
        );
        assert!(all.len() > allowed.len() && all.len() < 80, "{}", all.len());
    }

    #[test]
    fn services_of_statements() {
        let text = r#"{"Version":"2012-10-17","Statement":[
            {"Effect":"Allow","Principal":"*","Action":["s3:Get*","kms:*"],"Resource":"*"},
            {"Effect":"Deny","Principal":"*","Action":"ec2:*","Resource":"*"}]}"#;
        let policy = compile("e", text, PolicyKind::VpcEndpoint).expect("a policy");
        assert_eq!(services(&policy, &["sts"]), ["kms", "s3"]);
        let text =
            r#"{"Statement":{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}}"#;
        let policy = compile("e", text, PolicyKind::VpcEndpoint).expect("a policy");
        assert_eq!(services(&policy, &["sts"]), ["sts"]);
    }
}
