//! Condition blocks and contexts of the small world.

use serde_json::{Map, Value, json};

use super::policies::one_or_many;
use crate::random::Random;

/// A family of keys: names, values of requests, values of policies, operators.
struct Topic {
    keys: &'static [&'static str],
    given: &'static [&'static str],
    asked: &'static [&'static str],
    operators: &'static [&'static str],
}

const TOPICS: [Topic; 8] = [
    Topic {
        keys: &[
            "aws:RequestedRegion",
            "aws:PrincipalTag/team",
            "aws:RequestTag/Owner",
            "s3:prefix",
            "kms:EncryptionContext:team",
            "kms:EncryptionContext:stage",
            "s3:x-amz-acl",
        ],
        given: &[
            "a",
            "alice",
            "A",
            "",
            "a*b",
            "eu-west-1",
            "public-read",
            "x",
        ],
        asked: &[
            "a",
            "alice",
            "A",
            "",
            "a*",
            "?",
            "*",
            "${aws:username}",
            "${aws:PrincipalTag/team, 'a'}",
            "${aws:PrincipalTag/team}",
            "${*}",
            "eu-*",
            "x",
            "${",
            "${aws:TagKeys}",
        ],
        operators: &[
            "StringEquals",
            "StringNotEquals",
            "StringEqualsIgnoreCase",
            "StringNotEqualsIgnoreCase",
            "StringLike",
            "StringNotLike",
        ],
    },
    Topic {
        keys: &[
            "aws:TagKeys",
            "sagemaker:VpcSubnets",
            "sagemaker:InstanceTypes",
            "kms:GrantOperations",
        ],
        given: &[
            "team",
            "Decrypt",
            "subnet-a",
            "ml.t3.medium",
            "",
            "CreateGrant",
        ],
        asked: &["team", "Decrypt", "subnet-a", "ml.t3.*", "", "*", "t?am"],
        operators: &[
            "StringEquals",
            "StringNotEquals",
            "StringLike",
            "StringNotLike",
        ],
    },
    Topic {
        keys: &["s3:max-keys", "aws:MultiFactorAuthAge"],
        given: &[
            "0",
            "10",
            "-1",
            "10.0",
            "0.30000000000000001",
            "10abc",
            "",
            "1e3",
        ],
        asked: &["0", "10", "+10", "0.3", "-1.5", "ten"],
        operators: &[
            "NumericEquals",
            "NumericNotEquals",
            "NumericLessThan",
            "NumericLessThanEquals",
            "NumericGreaterThan",
            "NumericGreaterThanEquals",
        ],
    },
    Topic {
        keys: &["aws:CurrentTime", "aws:TokenIssueTime"],
        given: &[
            "2026-01-01T00:00:00Z",
            "1767225600",
            "2026-01-01T01:00:00+01:00",
            "2025-12-31",
            "2026",
            "soon",
            "1767225600.5",
        ],
        asked: &[
            "2026-01-01T00:00:00Z",
            "1767225600",
            "2026-01",
            "2026-02-30",
            "1969-12-31T23:59:59.5Z",
        ],
        operators: &[
            "DateEquals",
            "DateNotEquals",
            "DateLessThan",
            "DateLessThanEquals",
            "DateGreaterThan",
            "DateGreaterThanEquals",
        ],
    },
    Topic {
        keys: &[
            "aws:SecureTransport",
            "aws:ViaAWSService",
            "aws:MultiFactorAuthPresent",
            "sagemaker:NetworkIsolation",
        ],
        given: &["true", "false", "TRUE", "yes", ""],
        asked: &["true", "false", "False"],
        operators: &["Bool"],
    },
    Topic {
        keys: &["aws:SourceIp", "aws:VpcSourceIp"],
        given: &[
            "192.0.2.7",
            "198.51.100.7",
            "2001:db8::1",
            "2001:0DB8:0:0::1",
            "::ffff:192.0.2.7",
            "nowhere",
            "192.0.2.0/24",
        ],
        asked: &[
            "192.0.2.0/24",
            "192.0.2.7",
            "0.0.0.0/0",
            "::/0",
            "2001:db8::/32",
            "192.0.2.77/24",
            "300.1.1.1",
            "10.0.0.0/7",
        ],
        operators: &["IpAddress", "NotIpAddress"],
    },
    Topic {
        keys: &[
            "aws:SourceArn",
            "aws:PrincipalArn",
            "sagemaker:VolumeKmsKeyArn",
        ],
        given: &[
            "arn:aws:sagemaker:eu-west-1:111122223333:training-job/x",
            "arn:aws:iam::111122223333:role/ml/Trainer",
            "arn:aws:kms:eu-west-1:111122223333:key/k1",
            "arn:aws:sns:a:b:c:d:e",
            "none",
            "",
        ],
        asked: &[
            "arn:aws:sagemaker:*:111122223333:*",
            "arn:aws:iam::111122223333:role/*",
            "arn:*:kms:eu-*:1111*:key/*",
            "*",
            "arn:aws:sns:*",
            "arn:aws:sns:a:b:c:*:?",
            "${aws:PrincipalArn}",
            "arn:aws:iam::*:user/${aws:username}",
        ],
        operators: &[
            "ArnEquals",
            "ArnNotEquals",
            "ArnLike",
            "ArnNotLike",
            "StringLike",
        ],
    },
    Topic {
        keys: &["aws:PrincipalOrgID", "aws:SourceVpce", "aws:userid"],
        given: &[
            "o-example1",
            "vpce-1",
            "dGVhbQ==",
            "AROAEXAMPLEEXAMPLEEX:alice",
            "AIDAEXAMPLEEXAMPLEEX",
        ],
        asked: &["o-example1", "vpce-1", "dGVhbQ==", "AROAEXAMPLE*", "***"],
        operators: &["StringEquals", "BinaryEquals", "StringLike"],
    },
];

/// A condition block.
pub(super) fn block(random: &Random) -> Value {
    let mut block = Map::new();
    for _ in 0..=random.below(2) {
        let topic = topic(random);
        let key = one_of(random, topic.keys);
        let key = if random.chance(10) {
            key.to_uppercase()
        } else {
            key.to_owned()
        };
        if random.chance(18) {
            let value = one_or_many(random, || random.pick(["true", "false"]).into());
            add(&mut block, "Null", &key, value);
            continue;
        }
        let set = match random.below(10) {
            0 | 1 => "ForAnyValue:",
            2 | 3 => "ForAllValues:",
            _ => "",
        };
        let if_exists = if random.chance(20) { "IfExists" } else { "" };
        let operator = format!("{set}{}{if_exists}", one_of(random, topic.operators));
        let value = one_or_many(random, || scalar(random, one_of(random, topic.asked)));
        add(&mut block, &operator, &key, value);
    }
    block.into()
}

fn add(block: &mut Map<String, Value>, operator: &str, key: &str, value: Value) {
    let keys = block
        .entry(operator.to_owned())
        .or_insert_with(|| json!({}));
    if let Value::Object(keys) = keys {
        keys.insert(key.to_owned(), value);
    }
}

/// Some texts are written as numbers or booleans.
fn scalar(random: &Random, text: &str) -> Value {
    if random.chance(30) {
        if text == "true" || text == "false" {
            return (text == "true").into();
        }
        if text.chars().all(|c| c.is_ascii_digit()) && !text.is_empty() {
            return text
                .parse::<u64>()
                .map_or_else(|_| text.into(), Value::from);
        }
    }
    text.into()
}

/// The context of a request.
pub(super) fn context(random: &Random) -> Value {
    let mut context = Map::new();
    for _ in 0..random.below(7) {
        let topic = topic(random);
        let key = one_of(random, topic.keys).to_owned();
        let is_double = context
            .keys()
            .any(|known: &String| known.eq_ignore_ascii_case(&key));
        if is_double {
            continue;
        }
        let key = if random.chance(8) {
            key.to_lowercase()
        } else {
            key
        };
        let one = || scalar(random, one_of(random, topic.given));
        let value = match random.below(20) {
            0 => Value::Null,
            1 => json!([]),
            2..=4 => (0..=random.below(2)).map(|_| one()).collect(),
            5 | 6 => json!([one()]),
            _ => one(),
        };
        context.insert(key, value);
    }
    context.into()
}

/// Keys that are said to be unknown, none of which the context holds.
pub(super) fn unknown_keys(random: &Random, request: Option<&Value>) -> Vec<Value> {
    if !random.chance(8) {
        return Vec::new();
    }
    let context = request.and_then(|request| request.get("context"));
    let key = one_of(random, topic(random).keys);
    let is_given = context
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
        .any(|(known, _)| known.eq_ignore_ascii_case(key));
    if is_given {
        Vec::new()
    } else {
        vec![key.into()]
    }
}

fn topic(random: &Random) -> &'static Topic {
    let place = random.below(TOPICS.len() as u64) as usize;
    let [first, ..] = &TOPICS;
    TOPICS.get(place).unwrap_or(first)
}

fn one_of(random: &Random, list: &'static [&'static str]) -> &'static str {
    let place = random.below(list.len() as u64) as usize;
    list.get(place).copied().unwrap_or_default()
}
