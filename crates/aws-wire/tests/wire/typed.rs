//! The typed reader and the general one: what one accepts the other accepts, and it means the same.

use proptest::prelude::*;
use rempart_aws_wire::records::{self, DataCall, FeatureValue, TargetStores, TtlDuration};
use rempart_aws_wire::{input, route};
use serde_json::{Map, Value, json};

use crate::botocore::committed;
use crate::double::Request;

/// The typed call under the names of the model.
fn untyped(call: &DataCall<'_>) -> Value {
    let mut map = Map::new();
    let mut put = |name: &str, value: Value| {
        if !value.is_null() {
            map.insert(name.to_owned(), value);
        }
    };
    match call {
        DataCall::Put(call) => return put_value(call),
        DataCall::Get(call) => {
            put("FeatureGroupName", json!(call.group));
            put("RecordIdentifierValueAsString", json!(call.identifier));
            put("FeatureNames", json!(call.features));
            put("Expiration", json!(call.expiration));
        }
        DataCall::Delete(call) => {
            put("FeatureGroupName", json!(call.group));
            put("RecordIdentifierValueAsString", json!(call.identifier));
            put("EventTime", json!(call.event_time));
            put("TargetStores", targets(call.targets));
            put("Hard", json!(call.hard));
        }
        DataCall::Update(call) => {
            put("FeatureGroupName", json!(call.group));
            put("RecordIdentifierValueAsString", json!(call.identifier));
            put("Features", record(&call.features));
            put("TargetStores", targets(call.targets));
            put("TtlDuration", ttl(call.ttl));
        }
        DataCall::BatchGet(call) => {
            let identifiers = call.identifiers.iter().map(|one| {
                let mut map = Map::new();
                map.insert("FeatureGroupName".into(), json!(one.group));
                map.insert(
                    "RecordIdentifiersValueAsString".into(),
                    json!(one.identifiers),
                );
                if let Some(features) = &one.features {
                    map.insert("FeatureNames".into(), json!(features));
                }
                Value::Object(map)
            });
            put("Identifiers", identifiers.collect());
            put("Expiration", json!(call.expiration));
        }
        DataCall::BatchWrite(call) => {
            put("Entries", call.entries.iter().map(put_value).collect());
            put("TtlDuration", ttl(call.ttl));
        }
        DataCall::List(call) => {
            put("FeatureGroupName", json!(call.group));
            put("MaxResults", json!(call.max_results));
            put("NextToken", json!(call.next_token));
            put("IncludeSoftDeletedRecords", json!(call.include_deleted));
        }
    }
    Value::Object(map)
}

fn put_value(call: &records::PutRecord<'_>) -> Value {
    let mut map = Map::new();
    map.insert("FeatureGroupName".into(), json!(call.group));
    map.insert("Record".into(), record(&call.record));
    for (name, value) in [
        ("TargetStores", targets(call.targets)),
        ("TtlDuration", ttl(call.ttl)),
    ] {
        if !value.is_null() {
            map.insert(name.into(), value);
        }
    }
    Value::Object(map)
}

fn record(record: &[FeatureValue<'_>]) -> Value {
    let feature = |feature: &FeatureValue<'_>| {
        let mut map = Map::new();
        map.insert("FeatureName".into(), json!(feature.name));
        if let Some(text) = &feature.text {
            map.insert("ValueAsString".into(), json!(text));
        }
        if let Some(list) = &feature.list {
            map.insert("ValueAsStringList".into(), json!(list));
        }
        Value::Object(map)
    };
    record.iter().map(feature).collect()
}

fn targets(targets: Option<TargetStores>) -> Value {
    targets.map_or(Value::Null, |targets| {
        json!([targets.online, targets.offline])
    })
}

fn ttl(ttl: Option<TtlDuration>) -> Value {
    ttl.map_or(
        Value::Null,
        |ttl| json!({"Unit": format!("{:?}", ttl.unit), "Value": ttl.value}),
    )
}

/// The general input in the form of [`untyped`].
fn expected(name: &str, value: &mut Value) {
    match value {
        Value::Object(map) => {
            for (name, value) in map.iter_mut() {
                expected(name, value);
            }
        }
        Value::Array(values) if name == "TargetStores" => {
            let has = |store: &str| values.iter().any(|value| value == store);
            *value = json!([has("OnlineStore"), has("OfflineStore")]);
        }
        Value::Array(values) => values.iter_mut().for_each(|value| expected("", value)),
        _ => {}
    }
}

fn choices(operation: &str, map: &mut Map<String, Value>) {
    if operation == "GetRecord" || operation == "BatchGetRecord" {
        let chosen = map.remove("ExpirationTimeResponse");
        map.insert("Expiration".into(), json!(chosen == Some(json!("Enabled"))));
    }
    if operation == "DeleteRecord" {
        let chosen = map.remove("DeletionMode");
        map.insert("Hard".into(), json!(chosen == Some(json!("HardDelete"))));
    }
    if operation == "ListRecords" {
        map.entry("IncludeSoftDeletedRecords")
            .or_insert(json!(false));
    }
}

fn agree(request: &Request) -> Result<bool, TestCaseError> {
    request.with(|incoming| {
        let Ok(route) = route(incoming) else {
            return Ok(false);
        };
        let general = input(incoming, &route);
        let typed = records::parse(incoming, &route);
        match (general, typed) {
            (Ok(mut map), Ok(call)) => {
                choices(route.operation.name, &mut map);
                let mut general = Value::Object(map);
                expected("", &mut general);
                prop_assert_eq!(untyped(&call), general);
                Ok(true)
            }
            (Err(general), Err(typed)) => {
                prop_assert_eq!(typed, general);
                Ok(false)
            }
            (general, typed) => Err(TestCaseError::fail(format!(
                "general {general:?}, typed {typed:?}"
            ))),
        }
    })
}

#[test]
fn committed_requests() {
    let mut accepted = 0;
    for line in committed() {
        if line["service"] == "sagemaker-featurestore-runtime" {
            assert!(agree(&Request::read(&line)).unwrap());
            accepted += 1;
        }
    }
    assert!(accepted > 10);
}

/// What [`rempart_aws_wire::Request`] writes is read as it was given.
#[test]
fn written_requests() {
    let mut accepted = 0;
    for line in committed() {
        if line["service"] != "sagemaker-featurestore-runtime" {
            continue;
        }
        let given = Request::read(&line).with(|incoming| {
            let route = route(incoming).unwrap();
            (route.operation, input(incoming, &route).unwrap())
        });
        let (operation, given) = given;
        let written = rempart_aws_wire::Request::of(operation, given.clone());
        let incoming = written.incoming();
        let route = route(&incoming).unwrap();
        assert_eq!(route.operation.name, operation.name);
        assert_eq!(input(&incoming, &route).unwrap(), given);
        accepted += 1;
    }
    assert!(accepted > 10);
}

#[test]
fn cases_by_hand() {
    for line in crate::double::lines(include_str!("../data/requests.jsonl")) {
        let request = Request::read(&line);
        if request.with(|incoming| incoming.dialect().service.map(|service| service.id))
            == Some("sagemaker-featurestore-runtime")
        {
            agree(&request).unwrap();
        }
    }
}

fn any_text() -> impl Strategy<Value = Value> {
    prop_oneof![
        8 => "[a-c-]{0,3}|é|\"|\\\\".prop_map(Value::from),
        1 => Just(Value::Null),
        1 => any::<i8>().prop_map(Value::from),
    ]
}

fn any_feature() -> impl Strategy<Value = Value> {
    let members = (
        prop::option::weighted(
            0.95,
            prop_oneof![9 => "[a-z][a-z0-9]{0,3}".prop_map(Value::from), 1 => any_text()],
        ),
        prop::option::of(any_text()),
        prop::option::weighted(0.2, prop::collection::vec(any_text(), 0..3)),
        prop::option::weighted(0.03, any_text()),
    );
    members.prop_map(|(name, text, list, other)| {
        let mut map = Map::new();
        map.extend(name.map(|name| ("FeatureName".to_owned(), name)));
        map.extend(text.map(|text| ("ValueAsString".to_owned(), text)));
        map.extend(list.map(|list| ("ValueAsStringList".to_owned(), Value::Array(list))));
        map.extend(other.map(|other| ("Other".to_owned(), other)));
        Value::Object(map)
    })
}

fn any_ttl() -> impl Strategy<Value = Value> {
    prop_oneof![
        4 => (prop::sample::select(vec!["Days", "Weeks", "Seconds"]), 1..9_i32).prop_map(|(unit, value)| json!({"Unit": unit, "Value": value})),
        1 => Just(json!({"Unit": "Years", "Value": 1})),
        1 => Just(json!({"Unit": "Days", "Value": 0})),
        1 => Just(json!({"Unit": "Days", "Value": 1.0})),
        1 => Just(json!({"Unit": "Days"})),
        1 => Just(json!(["Days", 1])),
    ]
}

fn any_targets() -> impl Strategy<Value = Value> {
    let store = prop_oneof![9 => Just("OnlineStore"), 9 => Just("OfflineStore"), 1 => Just("")];
    prop::collection::vec(store, 0..4).prop_map(|stores| json!(stores))
}

fn any_body() -> impl Strategy<Value = (usize, Value)> {
    let record = prop::collection::vec(any_feature(), 0..4);
    let parts = (
        0..4_usize,
        record,
        prop::option::of(any_targets()),
        prop::option::of(any_ttl()),
        prop::collection::vec(any_text(), 0..3),
        "fg|[a-z]{1,3}|-|arn:aws:sagemaker:eu-west-1:111122223333:feature-group/fg",
    );
    parts.prop_map(|(kind, record, targets, ttl, identifiers, group)| {
        let mut map = Map::new();
        match kind {
            0 => drop(map.insert("Record".into(), json!(record))),
            1 => {
                map.insert("Features".into(), json!(record));
                map.insert("RecordIdentifierValueAsString".into(), json!(identifiers.first()));
            }
            2 => {
                let one = json!({"FeatureGroupName": group, "RecordIdentifiersValueAsString": identifiers});
                map.insert("Identifiers".into(), json!([one]));
                return (kind, Value::Object(map));
            }
            _ => {
                let mut entry = json!({"FeatureGroupName": group, "Record": record});
                if let Some(targets) = targets {
                    entry["TargetStores"] = targets;
                }
                map.insert("Entries".into(), json!([entry]));
                map.extend(ttl.map(|ttl| ("TtlDuration".to_owned(), ttl)));
                return (kind, Value::Object(map));
            }
        }
        map.extend(targets.map(|targets| ("TargetStores".to_owned(), targets)));
        map.extend(ttl.map(|ttl| ("TtlDuration".to_owned(), ttl)));
        (kind, Value::Object(map))
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn bodies((kind, body) in any_body(), twice in any::<bool>(), escaped in any::<bool>()) {
        let (method, path) = [
            ("PUT", "/FeatureGroup/fg"),
            ("POST", "/FeatureGroup/fg/Record"),
            ("POST", "/BatchGetRecord"),
            ("POST", "/BatchWriteRecord"),
        ][kind];
        let mut body = body.to_string();
        if escaped {
            body = body.replace("FeatureName\"", "Feature\\u004eame\"").replace('é', "\\u00e9");
        }
        if twice && body.len().is_multiple_of(5) {
            body = body.replacen("\"ValueAsString\":", "\"ValueAsString\":null,\"ValueAsString\":", 1);
        }
        agree(&Request::new(method, path, "", &body))?;
    }

    #[test]
    fn queries(
        get in any::<bool>(),
        group in "fg|a%2D|arn%3Aaws%3Asagemaker%3Aeu-west-1%3A111122223333%3Afeature-group%2Ffg|%",
        pairs in prop::collection::vec((
            prop::sample::select(vec!["RecordIdentifierValueAsString", "EventTime", "FeatureName", "TargetStores",
                "DeletionMode", "ExpirationTimeResponse", "X-Amz-Date", "Other", ""]),
            "[a-c]{0,2}|%C3%A9|%c3|\\+|Enabled|HardDelete|OnlineStore|a=b",
        ), 0..6),
    ) {
        let mut query: Vec<String> = vec!["RecordIdentifierValueAsString=1".into(), "EventTime=2".into()];
        if get {
            query.pop();
        }
        query.extend(pairs.iter().map(|(name, value)| format!("{name}={value}")));
        let method = if get { "GET" } else { "DELETE" };
        agree(&Request::new(method, &format!("/FeatureGroup/{group}"), &query.join("&"), ""))?;
    }
}
