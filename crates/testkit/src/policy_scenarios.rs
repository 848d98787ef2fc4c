//! Random scenarios over a small world, in which policies and requests meet often.
//!
//! Every principal form, operator, set operator, key state and layer occurs. Documents are well
//! formed: what AWS refuses is tested elsewhere.

mod conditions;
mod policies;

use serde_json::{Map, Value, json};

use crate::random::Random;
use policies::{Kind, World};

/// The account of most callers.
pub(crate) const OWN: &str = "111122223333";
/// Another account.
pub(crate) const OTHER: &str = "444455556666";

/// A scenario of `docs/policy.md`, without `expect`.
pub fn random_scenario(random: &Random) -> Value {
    let world = World::new(random);
    let mut scenario = Map::new();
    scenario.insert("request".to_owned(), world.request(random));
    let mut put = |name: &str, value: Value| {
        if !value.is_null() {
            scenario.insert(name.to_owned(), value);
        }
    };
    put("identityPolicies", identity(random, &world));
    if random.chance(25) {
        put(
            "permissionsBoundary",
            or_unknown(random, world.policy(random, Kind::Limit)),
        );
    }
    if random.chance(20) {
        let count = random.below(3);
        let policies: Vec<Value> = (0..count)
            .map(|_| world.policy(random, Kind::Limit))
            .collect();
        put("sessionPolicies", or_unknown(random, policies.into()));
    }
    if random.chance(35) {
        put(
            "serviceControlPolicies",
            levels(random, &world, Kind::Limit),
        );
    }
    if random.chance(15) {
        put(
            "resourceControlPolicies",
            levels(random, &world, Kind::ResourceControl),
        );
    }
    if random.chance(if world.needs_resource_policy() {
        90
    } else {
        45
    }) {
        put(
            "resourcePolicy",
            or_unknown(random, world.policy(random, Kind::Resource)),
        );
    }
    if random.chance(10) {
        put(
            "vpcEndpointPolicy",
            or_unknown(random, world.policy(random, Kind::Endpoint)),
        );
        if random.chance(70) {
            put(
                "vpcEndpointType",
                random.pick(["Gateway", "Interface"]).into(),
            );
        }
    }
    if world.service() == "kms" && random.chance(60) {
        let grants: Vec<Value> = (0..=random.below(2)).map(|_| world.grant(random)).collect();
        put("grants", or_unknown(random, grants.into()));
    }
    if world.service() == "s3" && random.chance(40) {
        put("publicAccessBlock", or_unknown(random, block(random)));
    }
    put("principalFacts", world.facts(random));
    if random.chance(8) {
        let key_manager = random.pick(["AWS", "CUSTOMER"]);
        let in_management = random.chance(50);
        put(
            "resourceFacts",
            json!({"isManagementAccount": in_management, "keyManager": key_manager}),
        );
    }
    let unknown = conditions::unknown_keys(random, scenario.get("request"));
    if !unknown.is_empty() {
        scenario.insert("unknownKeys".to_owned(), unknown.into());
    }
    Value::Object(scenario)
}

fn or_unknown(random: &Random, value: Value) -> Value {
    if random.chance(2) {
        "unknown".into()
    } else {
        value
    }
}

fn identity(random: &Random, world: &World) -> Value {
    if random.chance(3) {
        return Value::Null;
    }
    let mut policies: Vec<Value> = (0..=random.below(2))
        .map(|_| world.policy(random, Kind::Identity))
        .collect();
    // Something must be allowed often enough.
    if random.chance(45) {
        policies.push(json!({"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}));
    }
    or_unknown(random, policies.into())
}

fn levels(random: &Random, world: &World, kind: Kind) -> Value {
    let count = random.below(3);
    let levels: Vec<Value> = (0..count)
        .map(|_| {
            let mut policies: Vec<Value> = (0..random.below(3))
                .map(|_| world.policy(random, kind))
                .collect();
            if kind == Kind::Limit && random.chance(75) {
                policies.push(json!({"name": "FullAWSAccess", "document": {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}}));
            }
            policies.into()
        })
        .collect();
    or_unknown(random, levels.into())
}

fn block(random: &Random) -> Value {
    let one = || {
        json!({
            "BlockPublicAcls": random.chance(40),
            "IgnorePublicAcls": random.chance(40),
            "BlockPublicPolicy": random.chance(40),
            "RestrictPublicBuckets": random.chance(60),
        })
    };
    if random.chance(30) {
        json!([one(), one()])
    } else {
        one()
    }
}
