//! Random policies of every kind over the keys of a universe.

use std::sync::Arc;

use rempart_policy::document::{Policy, PolicyKind};
use rempart_policy::{CompiledPolicy, EndpointType, Known, Stack};
use rempart_prove::Everything;
use rempart_testkit::random::Random;

use super::worlds::{Asked, Key, World};

fn pick<'a>(random: &Random, all: &[&'a str]) -> &'a str {
    all[random.below(all.len() as u64) as usize]
}

fn values(random: &Random, all: &[&str]) -> String {
    let count = [1, 1, 1, 2, 2, 3][random.below(6) as usize];
    let values: Vec<String> = (0..count)
        .map(|_| format!("\"{}\"", pick(random, all)))
        .collect();
    format!("[{}]", values.join(","))
}

fn condition(random: &Random, key: &Key) -> String {
    let name = match (key.old, random.below(3)) {
        (Some(old), 0) => old,
        _ if random.chance(20) => return cased(random, key),
        _ => key.name,
    };
    written(random, key, name)
}

/// The name of a key counts in any case.
fn cased(random: &Random, key: &Key) -> String {
    written(random, key, &key.name.to_ascii_uppercase())
}

fn written(random: &Random, key: &Key, name: &str) -> String {
    if random.chance(15) {
        let wanted = pick(random, &["\"true\"", "\"false\"", "[\"true\",\"false\"]"]);
        return format!("\"Null\":{{\"{name}\":{wanted}}}");
    }
    let texts = [
        "StringEquals",
        "StringNotEquals",
        "StringLike",
        "StringNotLike",
        "StringEqualsIgnoreCase",
        "StringNotEqualsIgnoreCase",
    ];
    let operators: &[&str] = match key.asked {
        Asked::Text | Asked::Set => &texts,
        Asked::Number => &[
            "NumericLessThan",
            "NumericLessThanEquals",
            "NumericGreaterThan",
            "NumericEquals",
            "NumericNotEquals",
        ],
        Asked::Date => &[
            "DateLessThan",
            "DateGreaterThanEquals",
            "DateEquals",
            "DateNotEquals",
        ],
        Asked::Bool => &["Bool"],
        Asked::Address => &["IpAddress", "NotIpAddress"],
        Asked::Arn => &[
            "ArnLike",
            "ArnNotLike",
            "ArnEquals",
            "StringLike",
            "StringNotLike",
        ],
    };
    let set = match (key.asked, random.below(8)) {
        (Asked::Set, 0..=2) => "ForAnyValue:",
        (Asked::Set, 3..=5) => "ForAllValues:",
        (_, 0) => "ForAnyValue:",
        (_, 1) => "ForAllValues:",
        _ => "",
    };
    let suffix = if random.chance(30) { "IfExists" } else { "" };
    let operator = pick(random, operators);
    format!(
        "\"{set}{operator}{suffix}\":{{\"{name}\":{}}}",
        values(random, key.limits)
    )
}

fn principal(random: &Random, kind: PolicyKind) -> String {
    let all = [
        r#""*""#,
        r#""*""#,
        r#"{"AWS":"*"}"#,
        r#"{"AWS":"111122223333"}"#,
        r#"{"AWS":"arn:aws:iam::111122223333:root"}"#,
        r#"{"AWS":"999988887777"}"#,
        r#"{"AWS":"arn:aws:iam::111122223333:role/DataScientist"}"#,
        r#"{"AWS":["arn:aws:iam::111122223333:role/path/a","arn:aws:iam::999988887777:user/eve"]}"#,
        r#"{"AWS":"arn:aws:iam::111122223333:user/alice"}"#,
        r#"{"AWS":"arn:aws:sts::111122223333:assumed-role/DataScientist/me"}"#,
        r#"{"AWS":["111122223333","arn:aws:iam::111122223333:user/alice"]}"#,
        r#"{"AWS":"arn:aws:iam::999988887777:role/DataScientist"}"#,
        r#"{"Service":"sagemaker.amazonaws.com"}"#,
        r#"{"AWS":"arn:aws:sts::111122223333:federated-user/fred"}"#,
        r#"{"AWS":"AROAEXAMPLEEXAMPLE123"}"#,
    ];
    let element = if random.chance(12) {
        "NotPrincipal"
    } else {
        "Principal"
    };
    match kind {
        PolicyKind::Resource
        | PolicyKind::KmsKey
        | PolicyKind::RoleTrust
        | PolicyKind::VpcEndpoint => {
            format!("\"{element}\":{},", pick(random, &all))
        }
        PolicyKind::ResourceControl => r#""Principal":"*","#.to_owned(),
        _ => String::new(),
    }
}

fn statement(
    random: &Random,
    kind: PolicyKind,
    world: &World,
    keys: &[Key],
    denies: u64,
) -> String {
    let effect = if random.chance(denies) {
        "Deny"
    } else {
        "Allow"
    };
    let (prefix, name) = world.action.split_once(':').expect("a name");
    let action = match random.below(6) {
        0 => format!("\"Action\":\"{prefix}:*\""),
        1 => format!("\"Action\":\"{prefix}:{}*\"", &name[..3]),
        2 => "\"NotAction\":\"ec2:*\"".to_owned(),
        _ => format!("\"Action\":\"{}\"", world.action),
    };
    let resource = match kind {
        PolicyKind::RoleTrust => String::new(),
        _ if random.chance(50) => ",\"Resource\":\"*\"".to_owned(),
        _ => {
            let element = if random.chance(20) {
                "NotResource"
            } else {
                "Resource"
            };
            format!(",\"{element}\":{}", values(random, world.patterns))
        }
    };
    let mut conditions: Vec<String> = Vec::new();
    for _ in 0..random.below(3) {
        let key = &keys[random.below(keys.len() as u64) as usize];
        conditions.push(condition(random, key));
    }
    // One operator occurs once in a block.
    conditions.sort();
    conditions.dedup_by_key(|text| text.split(":{").next().map(ToOwned::to_owned));
    let conditions = conditions.join(",");
    let principal = principal(random, kind);
    format!(
        "{{\"Effect\":\"{effect}\",{principal}{action}{resource},\"Condition\":{{{conditions}}}}}"
    )
}

/// A policy that AWS would take.
pub(crate) fn policy(
    random: &Random,
    kind: PolicyKind,
    world: &World,
    keys: &[Key],
    denies: u64,
) -> Arc<CompiledPolicy> {
    loop {
        let count = random.below(3) + 1;
        let statements: Vec<String> = (0..count)
            .map(|_| statement(random, kind, world, keys, denies))
            .collect();
        let version = if random.chance(90) {
            "2012-10-17"
        } else {
            "2008-10-17"
        };
        let text = format!(
            "{{\"Version\":\"{version}\",\"Statement\":[{}]}}",
            statements.join(",")
        );
        if let Ok(policy) = Policy::parse(&text, kind) {
            return Arc::new(CompiledPolicy::new("p", Arc::new(policy)));
        }
    }
}

/// A whole stack.
pub(crate) fn stack(
    random: &Random,
    world: &World,
    keys: &[Key],
    everything: &Everything,
) -> Stack {
    let of = |kind, denies| policy(random, kind, world, keys, denies);
    let mut stack = Stack {
        identity: Known::Is(vec![Arc::clone(&everything.identity)]),
        ..Stack::default()
    };
    if random.chance(50) {
        stack.identity = Known::Is(vec![of(PolicyKind::Identity, 30)]);
    }
    if random.chance(60) {
        let levels = (0..=random.below(2)).map(|_| {
            let mut level = vec![of(PolicyKind::ServiceControl, 70)];
            if random.chance(75) {
                level.push(Arc::clone(&everything.service_control));
            }
            level
        });
        stack.service_control = Known::Is(levels.collect());
    }
    if random.chance(40) {
        stack.resource_control = Known::Is(vec![vec![of(PolicyKind::ResourceControl, 100)]]);
    }
    if random.chance(25) {
        stack.boundary = Known::Is(Some(of(PolicyKind::PermissionsBoundary, 25)));
    }
    if random.chance(25) {
        stack.session = Known::Is(vec![of(PolicyKind::Session, 25)]);
    }
    if random.chance(30) {
        stack.endpoint = Known::Is(Some(of(PolicyKind::VpcEndpoint, 30)));
        stack.endpoint_type = [
            None,
            Some(EndpointType::Gateway),
            Some(EndpointType::Interface),
        ][random.below(3) as usize];
    }
    let kind = match world.action {
        action if action.starts_with("sts:") => PolicyKind::RoleTrust,
        action if action.starts_with("kms:") => PolicyKind::KmsKey,
        _ => PolicyKind::Resource,
    };
    stack.resource = Known::Is(match random.below(10) {
        0..=2 => None,
        3 => Some(Arc::clone(&everything.resource)),
        _ => Some(of(kind, 35)),
    });
    // What is not known is never taken for a yes.
    match random.below(40) {
        0 => stack.boundary = Known::Unknown,
        1 => stack.resource = Known::Unknown,
        2 => stack.identity = Known::Unknown,
        3 => stack.session = Known::Unknown,
        4 => stack.endpoint = Known::Unknown,
        5 => stack.service_control = Known::Unknown,
        _ => {}
    }
    stack
}
