//! `Search`: properties, operators, expressions in expressions.

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::world::{World, offline, online, refused, with};

fn world() -> World {
    let world = World::ordinary();
    let groups = [
        (
            "fraud",
            json!({"Description": "of cards", "Tags": [{"Key": "team", "Value": "risk"}, {"Key": "tier", "Value": "gold"}]}),
        ),
        (
            "churn",
            json!({"Tags": [{"Key": "team", "Value": "growth"}]}),
        ),
        (
            "prices",
            with(offline(None), json!({"Description": "of goods"})),
        ),
    ];
    for (name, more) in groups {
        world
            .call("Admin", "CreateFeatureGroup", with(online(name), more))
            .unwrap();
        world.later(60);
    }
    let metadata = json!({"FeatureGroupName": "fraud", "FeatureName": "amount", "Description": "in euro",
        "ParameterAdditions": [{"Key": "unit", "Value": "EUR"}]});
    world
        .call("Admin", "UpdateFeatureMetadata", metadata)
        .unwrap();
    world
}

fn names(answer: &Value) -> Vec<String> {
    let results = answer["Results"].as_array().unwrap();
    let of = |result: &Value| match result.get("FeatureGroup") {
        Some(group) => group["FeatureGroupName"].as_str().unwrap().to_owned(),
        None => {
            let feature = &result["FeatureMetadata"];
            format!(
                "{}.{}",
                feature["FeatureGroupName"].as_str().unwrap(),
                feature["FeatureName"].as_str().unwrap()
            )
        }
    };
    results.iter().map(of).collect()
}

#[test]
fn filters_find_what_they_say() {
    let world = world();
    for line in include_str!("searches.jsonl")
        .lines()
        .filter(|line| !line.is_empty())
    {
        let case: Value = serde_json::from_str(line).unwrap();
        let mut input = json!({"Resource": case.get("resource").unwrap_or(&json!("FeatureGroup")),
            "SortBy": "FeatureGroupName", "SortOrder": "Ascending"});
        if let Some(filter) = case.get("filter") {
            input["SearchExpression"] = json!({"Filters": [filter]});
        }
        if let Some(expression) = case.get("expression") {
            input["SearchExpression"] = expression.clone();
        }
        let answer = world.call("Admin", "Search", input);
        match case.get("error") {
            Some(part) => {
                let (code, message) = refused(answer);
                assert_eq!(code, "ValidationException", "{line}");
                assert!(
                    message.contains(part.as_str().unwrap()),
                    "{line}: {message}"
                );
            }
            None => {
                let answer = answer.unwrap_or_else(|error| panic!("{line}: {error}"));
                assert_eq!(json!(names(&answer)), case["finds"], "{line}");
                let total = case["finds"].as_array().unwrap().len();
                assert_eq!(
                    answer["TotalHits"],
                    json!({"Value": total, "Relation": "EqualTo"})
                );
            }
        }
    }
}

#[test]
fn results_are_sorted_paged_and_counted() {
    let world = world();
    let search = |more: Value| {
        world
            .call(
                "Admin",
                "Search",
                with(json!({"Resource": "FeatureGroup", "MaxResults": 2}), more),
            )
            .unwrap()
    };
    let first = search(json!({"SortBy": "CreationTime"}));
    assert_eq!(names(&first), ["prices", "churn"]);
    assert_eq!(first["TotalHits"]["Value"], 3);
    let second = search(json!({"SortBy": "CreationTime", "NextToken": first["NextToken"]}));
    assert_eq!(names(&second), ["fraud"]);
    assert_eq!(second["TotalHits"]["Value"], 3);
    assert_eq!(second.get("NextToken"), None);
    let by_tag = search(json!({"SortBy": "Tags.team", "SortOrder": "Ascending", "MaxResults": 3}));
    assert_eq!(names(&by_tag), ["prices", "churn", "fraud"]);
    let wrong = json!({"Resource": "FeatureGroup", "SortBy": "AllTags"});
    assert_eq!(
        refused(world.call("Admin", "Search", wrong)).0,
        "ValidationException"
    );
}

#[test]
fn visibility_conditions_leave_out_other_values_and_keep_what_has_none() {
    let world = world();
    let input = json!({"Resource": "FeatureGroup", "SortBy": "FeatureGroupName", "SortOrder": "Ascending",
        "VisibilityConditions": [{"Key": "Tags.team", "Value": "risk"}]});
    assert_eq!(
        names(&world.call("Admin", "Search", input).unwrap()),
        ["fraud", "prices"]
    );
    for key in ["team", "Tags.", ""] {
        let input = json!({"Resource": "FeatureGroup", "VisibilityConditions": [{"Key": key, "Value": "risk"}]});
        assert_eq!(
            refused(world.call("Admin", "Search", input)).0,
            "ValidationException"
        );
    }
}

#[test]
fn depth_and_number_of_conditions_are_bounded() {
    let world = world();
    let mut deep =
        json!({"Filters": [{"Name": "FeatureGroupName", "Operator": "Equals", "Value": "fraud"}]});
    for level in 0..12 {
        let answer = world.call(
            "Admin",
            "Search",
            json!({"Resource": "FeatureGroup", "SearchExpression": deep}),
        );
        assert_eq!(answer.is_ok(), level <= 10, "level {level}");
        deep = json!({"SubExpressions": [deep]});
    }
    let filters: Vec<Value> = (0..20)
        .map(|_| json!({"Name": "FeatureGroupName", "Value": "x"}))
        .collect();
    let wide: Vec<Value> = (0..20).map(|_| json!({"Filters": filters})).collect();
    let input = json!({"Resource": "FeatureGroup", "SearchExpression": {"SubExpressions": wide}});
    assert_eq!(
        refused(world.call("Admin", "Search", input)).0,
        "ValidationException"
    );
}

const NAMES: [&str; 3] = ["churn", "fraud", "prices"];

/// An expression over names, and the same as a plain test of a name.
#[derive(Debug, Clone)]
enum Wanted {
    Equals(usize),
    NotEquals(usize),
    Contains(char),
    All(Vec<Wanted>),
    Any(Vec<Wanted>),
}

impl Wanted {
    fn holds(&self, name: &str) -> bool {
        match self {
            Self::Equals(number) => name == NAMES[*number],
            Self::NotEquals(number) => name != NAMES[*number],
            Self::Contains(letter) => name.chars().any(|other| other == *letter),
            Self::All(parts) => parts.iter().filter(|part| !part.holds(name)).count() == 0,
            Self::Any(parts) => parts.iter().filter(|part| part.holds(name)).count() > 0,
        }
    }

    fn json(&self) -> Value {
        let filter = |operator: &str, value: String| json!({"Filters": [{"Name": "FeatureGroupName", "Operator": operator, "Value": value}]});
        match self {
            Self::Equals(number) => filter("Equals", NAMES[*number].to_owned()),
            Self::NotEquals(number) => filter("NotEquals", NAMES[*number].to_owned()),
            Self::Contains(letter) => filter("Contains", letter.to_string()),
            Self::All(parts) => {
                json!({"SubExpressions": parts.iter().map(Self::json).collect::<Vec<_>>(), "Operator": "And"})
            }
            Self::Any(parts) => {
                json!({"SubExpressions": parts.iter().map(Self::json).collect::<Vec<_>>(), "Operator": "Or"})
            }
        }
    }
}

fn wanted() -> impl Strategy<Value = Wanted> {
    let leaf = prop_oneof![
        (0..3_usize).prop_map(Wanted::Equals),
        (0..3_usize).prop_map(Wanted::NotEquals),
        prop::sample::select(vec!['r', 'u', 'c', 'z']).prop_map(Wanted::Contains),
    ];
    leaf.prop_recursive(4, 24, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 1..4).prop_map(Wanted::All),
            prop::collection::vec(inner, 1..4).prop_map(Wanted::Any),
        ]
    })
}

#[test]
fn nested_expressions_agree_with_a_plain_reading() {
    let world = world();
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig::with_cases(200));
    runner
        .run(&wanted(), |wanted| {
            let input = json!({"Resource": "FeatureGroup", "SearchExpression": wanted.json(),
                "SortBy": "FeatureGroupName", "SortOrder": "Ascending"});
            let found = names(&world.call("Admin", "Search", input).unwrap());
            let expected: Vec<&str> = NAMES
                .into_iter()
                .filter(|name| wanted.holds(name))
                .collect();
            prop_assert_eq!(found, expected);
            Ok(())
        })
        .unwrap();
}
