//! Section by section: what AWS accepts as a feature group and what it refuses.

use serde_json::{Value, json};

use crate::world::{World, bare, offline, online, ordinary_plan, refused, with};

/// Merges objects, so that a case names only what it changes; `null` takes a member away.
fn merge(base: &mut Value, change: &Value) {
    match (base, change) {
        (Value::Object(base), Value::Object(change)) => {
            for (name, value) in change {
                if value.is_null() {
                    base.remove(name);
                } else {
                    merge(base.entry(name).or_insert(Value::Null), value);
                }
            }
        }
        (base, change) => *base = change.clone(),
    }
}

fn cases(text: &'static str) -> impl Iterator<Item = Value> {
    text.lines()
        .filter(|line| !line.trim().is_empty())
        .map(|line| serde_json::from_str(line).unwrap())
}

fn assert_outcome(case: &Value, answer: Result<Value, rempart_aws_wire::ServiceError>) {
    let name = case["name"].as_str().unwrap();
    match (&case["error"], answer) {
        (Value::Null, answer) => drop(answer.unwrap_or_else(|error| panic!("{name}: {error}"))),
        (expected, Ok(_)) => panic!("{name}: accepted, expected {expected}"),
        (expected, Err(error)) => {
            assert_eq!(error.code, expected.as_str().unwrap(), "{name}: {error}");
            let part = case["says"].as_str().unwrap();
            assert!(error.message.contains(part), "{name}: {error}");
        }
    }
}

#[test]
fn creations_follow_the_rules_and_leave_nothing_when_refused() {
    let world = World::ordinary();
    for (number, case) in cases(include_str!("creations.jsonl")).enumerate() {
        let mut input = match case["base"].as_str() {
            Some("bare") => bare("group"),
            Some("offline") => with(bare("group"), offline(None)),
            Some("both") => with(online("group"), offline(None)),
            _ => online("group"),
        };
        input["FeatureGroupName"] = json!(format!("group-{number}"));
        merge(&mut input, &case["change"]);
        let before = world.registry.all().len();
        let answer = world.call("Admin", "CreateFeatureGroup", input);
        let was_made = answer.is_ok();
        assert_outcome(&case, answer);
        let after = world.registry.all().len();
        assert_eq!(after, before + usize::from(was_made), "{}", case["name"]);
        assert!(world.registry.debts().is_empty(), "{}", case["name"]);
    }
}

#[test]
fn updates_follow_the_rules_and_change_nothing_when_refused() {
    let world = World::ordinary();
    for (number, case) in cases(include_str!("updates.jsonl")).enumerate() {
        let name = format!("group-{number}");
        let mut input = match case["base"].as_str() {
            Some("offline") => with(bare(&name), offline(None)),
            _ => online(&name),
        };
        if let Some(create) = case.get("create") {
            merge(&mut input, create);
        }
        world.call("Admin", "CreateFeatureGroup", input).unwrap();
        world.later(60);
        for before in case["first"].as_array().into_iter().flatten() {
            let update = with(json!({"FeatureGroupName": name}), before.clone());
            world.call("Admin", "UpdateFeatureGroup", update).unwrap();
        }
        world.later(case["wait"].as_i64().unwrap_or(0));
        let old = world.registry.group(crate::world::ACCOUNT, &name).unwrap();
        let update = with(json!({"FeatureGroupName": name}), case["update"].clone());
        let answer = world.call("Admin", "UpdateFeatureGroup", update);
        let was_done = answer.is_ok();
        assert_outcome(&case, answer);
        let new = world.registry.group(crate::world::ACCOUNT, &name).unwrap();
        assert_eq!(new != old, was_done, "{}", case["name"]);
        if let Some(expected) = case.get("describe") {
            let answer = world
                .call(
                    "Admin",
                    "DescribeFeatureGroup",
                    json!({"FeatureGroupName": name}),
                )
                .unwrap();
            for (member, value) in expected.as_object().unwrap() {
                let found = answer.get(member).unwrap_or(&Value::Null);
                assert_eq!(found, value, "{}: {member}", case["name"]);
            }
        }
    }
}

#[test]
fn groups_of_an_account_are_limited_where_a_quota_is_set() {
    let world = ordinary_plan().build_with(|settings| settings.groups_per_account = Some(2));
    world.create("one");
    world.create("two");
    let (code, _) = refused(world.call("Admin", "CreateFeatureGroup", online("three")));
    assert_eq!(code, "ResourceLimitExceeded");
    world
        .call(
            "Admin",
            "DeleteFeatureGroup",
            json!({"FeatureGroupName": "one"}),
        )
        .unwrap();
    world.create("three");
}

#[test]
fn the_order_of_removals_and_additions_is_a_setting() {
    for (removals_first, expected) in [(true, 1), (false, 0)] {
        let world = ordinary_plan().build_with(|settings| settings.removals_first = removals_first);
        world.create("group");
        let update = json!({"FeatureGroupName": "group", "FeatureName": "amount",
            "ParameterAdditions": [{"Key": "unit", "Value": "EUR"}], "ParameterRemovals": ["unit"]});
        world
            .call("Admin", "UpdateFeatureMetadata", update)
            .unwrap();
        let answer = world
            .call(
                "Admin",
                "DescribeFeatureMetadata",
                json!({"FeatureGroupName": "group", "FeatureName": "amount"}),
            )
            .unwrap();
        let parameters = answer["Parameters"].as_array().map_or(0, Vec::len);
        assert_eq!(parameters, expected);
    }
}
