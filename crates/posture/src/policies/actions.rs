//! Which actions have to be looked at so that nothing is overlooked: actions that a policy cannot tell
//! apart need one look.

use std::collections::BTreeMap;

use rempart_aws_model::{Action, ActionName, actions_of};
use rempart_policy::document::Effect;
use rempart_policy::{CompiledPolicy, Reference};

/// What policies can tell actions apart by: the statements that concern it, the keys that its requests
/// carry, the types of its resources.
type Signature = (Vec<(usize, usize)>, Vec<bool>, Vec<&'static str>);

/// One action of each group of actions of these services that the policies treat alike. With `allowed`,
/// only those that some Allow statement concerns.
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
    let mut groups: BTreeMap<Signature, ActionName> = BTreeMap::new();
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
        let signature = (concerned, carried.collect(), resources(action));
        groups.entry(signature).or_insert(name);
    }
    groups.into_values().collect()
}

fn resources(action: &Action) -> Vec<&'static str> {
    let mut names: Vec<&str> = action.resources.iter().map(|one| one.name).collect();
    names.sort_unstable();
    names
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
        assert!(allowed.iter().all(|action| action.name().starts_with("Get")));
        assert!(all.len() > allowed.len() && all.len() < 80, "{}", all.len());
    }

    #[test]
    fn services_of_statements() {
        let text = r#"{"Version":"2012-10-17","Statement":[
            {"Effect":"Allow","Principal":"*","Action":["s3:Get*","kms:*"],"Resource":"*"},
            {"Effect":"Deny","Principal":"*","Action":"ec2:*","Resource":"*"}]}"#;
        let policy = compile("e", text, PolicyKind::VpcEndpoint).expect("a policy");
        assert_eq!(services(&policy, &["sts"]), ["kms", "s3"]);
        let text = r#"{"Statement":{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}}"#;
        let policy = compile("e", text, PolicyKind::VpcEndpoint).expect("a policy");
        assert_eq!(services(&policy, &["sts"]), ["sts"]);
    }
}
