//! Random guardrails over a few keys.

use std::sync::Arc;

use rempart_policy::document::{Policy, PolicyKind};
use rempart_policy::{CompiledPolicy, Known, Stack};
use rempart_prove::{Everything, guardrails_only};
use rempart_testkit::random::Random;

/// Keys that the conditions are about.
pub(crate) const KEYS: [&str; 5] = [
    "sagemaker:RootAccess",
    "sagemaker:VpcSubnets",
    "aws:SourceIp",
    "aws:PrincipalTag/team",
    "aws:MultiFactorAuthAge",
];

/// A number below a bound.
pub(crate) fn below(random: &Random, bound: usize) -> usize {
    random.below(bound as u64) as usize
}

/// One of several texts.
fn one<'a>(random: &Random, all: &[&'a str]) -> &'a str {
    all.get(below(random, all.len()))
        .copied()
        .unwrap_or_default()
}

fn condition(random: &Random) -> String {
    let pick = |random: &Random, all: &[&str]| one(random, all).to_owned();
    let operators = |random: &Random, all: &[&str]| {
        let suffix = pick(random, &["", "", "IfExists"]);
        format!("{}{suffix}", one(random, all))
    };
    let values = |random: &Random, all: &[&str]| {
        let count = below(random, 2) + 1;
        let values: Vec<String> = (0..count)
            .map(|_| format!("\"{}\"", one(random, all)))
            .collect();
        format!("[{}]", values.join(","))
    };
    let (operator, key, values) = match below(random, 6) {
        0 => (
            operators(
                random,
                &[
                    "StringEquals",
                    "StringNotEquals",
                    "StringLike",
                    "StringNotEqualsIgnoreCase",
                ],
            ),
            "sagemaker:RootAccess",
            values(
                random,
                &[
                    "Enabled",
                    "Disabled",
                    "enabled",
                    "*abled",
                    "${aws:PrincipalTag/team}",
                ],
            ),
        ),
        1 => {
            let set = pick(random, &["", "ForAnyValue:", "ForAllValues:"]);
            let base = operators(
                random,
                &[
                    "StringEquals",
                    "StringNotEquals",
                    "StringLike",
                    "StringNotLike",
                ],
            );
            (
                format!("{set}{base}"),
                "sagemaker:VpcSubnets",
                values(random, &["subnet-a", "subnet-b", "subnet-*", "?"]),
            )
        }
        2 => (
            operators(random, &["IpAddress", "NotIpAddress"]),
            "aws:SourceIp",
            values(
                random,
                &["192.0.2.0/24", "198.51.100.1", "2001:db8::/32", "nonsense"],
            ),
        ),
        3 => (
            operators(
                random,
                &[
                    "StringEquals",
                    "StringLike",
                    "StringNotLike",
                    "StringNotEquals",
                ],
            ),
            "aws:PrincipalTag/team",
            values(random, &["a", "a*", "?b", "${aws:PrincipalAccount}", "*"]),
        ),
        4 => (
            operators(
                random,
                &[
                    "NumericLessThan",
                    "NumericGreaterThanEquals",
                    "NumericEquals",
                    "NumericNotEquals",
                ],
            ),
            "aws:MultiFactorAuthAge",
            values(random, &["60", "60.5", "3600"]),
        ),
        _ => {
            let key = one(random, &KEYS);
            ("Null".to_owned(), key, values(random, &["true", "false"]))
        }
    };
    format!("\"{operator}\":{{\"{key}\":{values}}}")
}

fn statement(random: &Random, resources_percent: usize) -> String {
    let effect = if below(random, 3) == 0 {
        "Allow"
    } else {
        "Deny"
    };
    let resources = [
        "\"arn:aws:sagemaker:*:*:notebook-instance/*\"",
        "\"arn:aws:sagemaker:*:*:notebook-instance/team-${aws:PrincipalTag/team}\"",
        "\"arn:aws:sagemaker:eu-west-1:*:notebook-instance/e*\"",
    ];
    let resource = match below(random, 100) < resources_percent {
        true => one(random, &resources),
        false => "\"*\"",
    };
    let mut conditions: Vec<String> = (0..below(random, 3)).map(|_| condition(random)).collect();
    // One operator occurs once in a block.
    conditions.sort();
    conditions.dedup_by_key(|text| text.split(':').next().map(ToOwned::to_owned));
    format!(
        "{{\"Effect\":\"{effect}\",\"Action\":\"sagemaker:*\",\"Resource\":{resource},\"Condition\":{{{}}}}}",
        conditions.join(",")
    )
}

/// A policy, unless AWS would refuse it.
pub(crate) fn policy(random: &Random, resources_percent: usize) -> Option<Arc<CompiledPolicy>> {
    let statements: Vec<String> = (0..below(random, 3) + 1)
        .map(|_| statement(random, resources_percent))
        .collect();
    let text = format!(
        "{{\"Version\":\"2012-10-17\",\"Statement\":[{}]}}",
        statements.join(",")
    );
    let policy = Policy::parse(&text, PolicyKind::ServiceControl).ok()?;
    Some(Arc::new(CompiledPolicy::new("p", Arc::new(policy))))
}

/// Levels of guardrails; what they do not limit is allowed. So many statements of a hundred name a
/// resource.
pub(crate) fn stack(random: &Random, resources_percent: usize, everything: &Everything) -> Stack {
    let mut levels = Vec::new();
    for _ in 0..below(random, 2) + 1 {
        let mut level: Vec<Arc<CompiledPolicy>> =
            policy(random, resources_percent).into_iter().collect();
        if below(random, 4) != 0 {
            level.push(Arc::clone(&everything.service_control));
        }
        levels.push(level);
    }
    let stack = Stack {
        service_control: Known::Is(levels),
        ..Stack::default()
    };
    guardrails_only(stack, everything)
}
