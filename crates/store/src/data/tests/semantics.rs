//! S1 to S5, S9, S11 to S15.

use serde_json::json;

use super::world::{Make, START, World, at, features, record, values};
use crate::data::{EqualEventTime, Operation, Settings};
use crate::group::{StorageType, Ttl, TtlUnit};

fn fields(pairs: &[(&str, &str)]) -> std::collections::BTreeMap<String, String> {
    pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

#[test]
fn s1_newer_overwrites_all_and_older_goes_offline_only() {
    let world = World::new();
    world.make(Make::default());
    world.put("x", 10, &[("a", "1"), ("b", "1")]).unwrap();
    world.put("x", 20, &[("a", "2")]).unwrap();
    let newest = fields(&[("id", "x"), ("time", &at(20)), ("a", "2")]);
    assert_eq!(
        world.get("x"),
        Some(newest.clone()),
        "features left out disappear"
    );
    world.put("x", 15, &[("a", "old")]).unwrap();
    assert_eq!(world.get("x"), Some(newest));
    let offline = world.offline();
    let times: Vec<_> = offline
        .iter()
        .map(|row| (row.1, row.3.as_deref()))
        .collect();
    assert_eq!(times, [(10, Some("1")), (15, Some("old")), (20, Some("2"))]);
}

#[test]
fn s1_equal_event_time_does_as_the_setting_says() {
    for (setting, expected) in [
        (EqualEventTime::Overwrite, "2"),
        (EqualEventTime::Keep, "1"),
    ] {
        let world = World::with_settings(Settings {
            equal_event_time: setting,
            ..Settings::default()
        });
        world.make(Make::default());
        world.put("x", 10, &[("a", "1")]).unwrap();
        world.put("x", 10, &[("a", "2")]).unwrap();
        assert_eq!(world.get("x").unwrap()["a"], expected);
        assert_eq!(world.offline().len(), 2);
    }
}

#[test]
fn s2_update_changes_what_it_names_and_nothing_else() {
    let world = World::new();
    world.make(Make::default());
    world.put("x", 10, &[("a", "1"), ("b", "1")]).unwrap();
    world.update("x", &[("a", "2")], json!({})).unwrap();
    let expected = fields(&[("id", "x"), ("time", &at(10)), ("a", "2"), ("b", "1")]);
    assert_eq!(world.get("x"), Some(expected), "event time is kept");
    world
        .update("x", &[("b", "3"), ("time", &at(12))], json!({}))
        .unwrap();
    let expected = fields(&[("id", "x"), ("time", &at(12)), ("a", "2"), ("b", "3")]);
    assert_eq!(world.get("x"), Some(expected));
    let offline = world.offline();
    assert_eq!(offline.len(), 3);
    assert_eq!(
        offline[2].3.as_deref(),
        Some("2"),
        "the merged row goes offline"
    );
}

#[test]
fn s2_update_is_refused_as_documented() {
    let world = World::new();
    world.make(Make::default());
    let code = |result: Result<(), rempart_aws_wire::ServiceError>| {
        let error = result.unwrap_err();
        (error.code.into_owned(), error.status)
    };
    let missing = ("ResourceNotFound".to_owned(), Some(404));
    assert_eq!(code(world.update("x", &[("a", "2")], json!({}))), missing);
    world.put("x", 10, &[("a", "1")]).unwrap();
    assert_eq!(
        code(world.update("x", &[("a", "2"), ("time", &at(9))], json!({}))),
        ("ConflictException".to_owned(), Some(409))
    );
    world
        .update("x", &[("a", "2"), ("time", &at(10))], json!({}))
        .unwrap();
    let ttl = json!({"TtlDuration": {"Unit": "Days", "Value": 1}});
    let invalid = ("ValidationError".to_owned(), Some(400));
    assert_eq!(code(world.update("x", &[("a", "2")], ttl)), invalid);
    assert_eq!(code(world.update("x", &[("id", "y")], json!({}))), invalid);
    world.delete("x", 11, "SoftDelete").unwrap();
    assert_eq!(
        code(world.update("x", &[("a", "2"), ("time", &at(20))], json!({}))),
        missing
    );
    let names: Vec<String> = (0..101).map(|at| format!("f{at}")).collect();
    let many: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "1")).collect();
    assert_eq!(code(world.update("x", &many, json!({}))), invalid);
}

#[test]
fn s2_update_needs_standard_v2_or_in_memory() {
    let world = World::new();
    world.make(Make {
        storage: StorageType::Standard,
        ..Make::default()
    });
    world.put("x", 10, &[]).unwrap();
    let error = world.update("x", &[("a", "2")], json!({})).unwrap_err();
    assert_eq!(error.code, "ValidationError");
}

#[test]
fn s2_an_update_keeps_the_duration_of_a_record() {
    let world = World::new();
    world.make(Make::default());
    let ttl = json!({"TtlDuration": {"Unit": "Hours", "Value": 1}});
    world.put_with("x", 0, &[], ttl).unwrap();
    world
        .update("x", &[("time", &at(1_800))], json!({}))
        .unwrap();
    world.wait(3_601_000);
    assert!(world.get("x").is_some());
    world.wait(1_800_000);
    assert_eq!(world.get("x"), None);
}

#[test]
fn s3_soft_delete_hides_the_record_and_marks_it_offline() {
    let world = World::new();
    world.make(Make::default());
    world.put("x", 10, &[("a", "1")]).unwrap();
    world.delete("x", 10, "SoftDelete").unwrap();
    assert!(world.get("x").is_some(), "not later: the record stays");
    world.delete("x", 11, "SoftDelete").unwrap();
    assert_eq!(world.get("x"), None);
    assert_eq!(
        world.offline(),
        [
            ("x".to_owned(), 10, false, Some("1".to_owned())),
            ("x".to_owned(), 10, true, None),
            ("x".to_owned(), 11, true, None),
        ]
    );
}

#[test]
fn s3_hard_delete_removes_the_record_or_is_refused_without_a_marker() {
    let world = World::new();
    world.make(Make::default());
    world.put("x", 10, &[("a", "1")]).unwrap();
    let error = world.delete("x", 10, "HardDelete").unwrap_err();
    assert_eq!((&*error.code, error.status), ("ValidationError", Some(400)));
    assert_eq!(world.offline().len(), 1, "no marker");
    world.delete("x", 11, "HardDelete").unwrap();
    assert_eq!(world.get("x"), None);
    assert_eq!(world.engine.usage(world.group().id).unwrap().rows, 0);
    assert_eq!(world.offline()[1], ("x".to_owned(), 11, true, None));
    world.put("x", 5, &[]).unwrap();
    assert!(world.get("x").is_some(), "nothing is left that is newer");
}

#[test]
fn s4_ttl_of_record_then_group_and_expired_records_are_invisible() {
    let world = World::new();
    world.make(Make {
        ttl: Some(Ttl {
            unit: TtlUnit::Minutes,
            value: 10,
        }),
        ..Make::default()
    });
    world.put("group", 0, &[]).unwrap();
    let own = json!({"TtlDuration": {"Unit": "Minutes", "Value": 20}});
    world.put_with("own", 0, &[], own).unwrap();
    let input = json!({"FeatureGroupName": "fg", "RecordIdentifierValueAsString": "own",
                       "ExpirationTimeResponse": "Enabled"});
    let answer = world
        .call("admin", Operation::GetRecord, input)
        .unwrap()
        .unwrap();
    assert_eq!(answer["ExpiresAt"], "2024-01-01T00:20:00Z");
    world.wait(600_000 - 1);
    assert!(world.get("group").is_some());
    world.wait(1);
    assert_eq!(world.get("group"), None, "before any sweep");
    assert!(world.get("own").is_some());
    assert_eq!(world.data.sweep(&world.group(), world.now()).unwrap(), 1);
    world.put("group", -5, &[]).unwrap();
    assert_eq!(world.get("group"), None, "expired from the start");
    let before = world.offline().len();
    world.data.sweep(&world.group(), world.now()).unwrap();
    assert_eq!(world.offline().len(), before, "no marker on expiry");
}

#[test]
fn s4_what_expired_does_not_stand_in_the_way_of_older_records() {
    let world = World::new();
    world.make(Make::default());
    let ttl = json!({"TtlDuration": {"Unit": "Seconds", "Value": 1}});
    world.put_with("x", 100, &[("a", "1")], ttl).unwrap();
    world.wait(200_000);
    world.put("x", 50, &[("a", "2")]).unwrap();
    assert_eq!(world.get("x").unwrap()["a"], "2");
}

#[test]
fn s5_target_stores_select_and_missing_stores_are_refused() {
    let world = World::new();
    world.make(Make::default());
    world
        .put_with("on", 1, &[], json!({"TargetStores": ["OnlineStore"]}))
        .unwrap();
    world
        .put_with("off", 1, &[], json!({"TargetStores": ["OfflineStore"]}))
        .unwrap();
    assert!(world.get("on").is_some());
    assert_eq!(world.get("off"), None);
    assert_eq!(world.offline().len(), 1);
    world.make(Make {
        name: "online-only",
        offline: false,
        ..Make::default()
    });
    let more = json!({"FeatureGroupName": "online-only", "TargetStores": ["OfflineStore"]});
    let error = world.put_with("x", 1, &[], more).unwrap_err();
    assert_eq!(error.code, "ValidationError");
    world.make(Make {
        name: "offline-only",
        online: false,
        ..Make::default()
    });
    let more = json!({"FeatureGroupName": "offline-only"});
    world.put_with("x", 1, &[], more).unwrap();
    let input = json!({"FeatureGroupName": "offline-only", "RecordIdentifierValueAsString": "x"});
    let error = world
        .call("admin", Operation::GetRecord, input)
        .unwrap_err();
    assert_eq!(error.code, "ValidationError");
    assert_eq!(world.offline().len(), 2);
}

#[test]
fn s9_list_leaves_out_soft_deleted_records_unless_asked() {
    let world = World::new();
    world.make(Make::default());
    for at in 0..25 {
        world.put(&format!("r{at}"), 1, &[]).unwrap();
    }
    for at in 0..5 {
        world.delete(&format!("r{at}"), 2, "SoftDelete").unwrap();
    }
    let list = |with_deleted: bool| {
        let mut found = Vec::new();
        let mut token = None;
        loop {
            let mut input = json!({"FeatureGroupName": "fg", "MaxResults": 7,
                                   "IncludeSoftDeletedRecords": with_deleted});
            if let Some(token) = &token {
                input["NextToken"] = json!(token);
            }
            let answer = world
                .call("admin", Operation::ListRecords, input)
                .unwrap()
                .unwrap();
            let page = answer["RecordIdentifiers"].as_array().unwrap().clone();
            token = answer["NextToken"].as_str().map(str::to_owned);
            assert!(page.len() == 7 || token.is_none(), "MaxResults is exact");
            found.extend(page.into_iter().map(|id| id.as_str().unwrap().to_owned()));
            if token.is_none() {
                found.sort();
                return found;
            }
        }
    };
    let mut expected: Vec<String> = (0..25).map(|at| format!("r{at}")).collect();
    expected.sort();
    assert_eq!(list(true), expected);
    let left: Vec<String> = (5..25).map(|at| format!("r{at}")).collect();
    expected.retain(|id| left.contains(id));
    assert_eq!(list(false), expected);
}

#[test]
fn s9_tokens_are_bound_to_group_and_filter() {
    let world = World::new();
    world.make(Make::default());
    world.make(Make {
        name: "other",
        ..Make::default()
    });
    for at in 0..3 {
        world.put(&format!("r{at}"), 1, &[]).unwrap();
    }
    let list = |input| world.call("admin", Operation::ListRecords, input);
    let first = list(json!({"FeatureGroupName": "fg", "MaxResults": 1}))
        .unwrap()
        .unwrap();
    let token = first["NextToken"].as_str().unwrap();
    list(json!({"FeatureGroupName": "fg", "NextToken": token})).unwrap();
    let mut forged = token.to_owned();
    let last = if forged.ends_with('0') { "1" } else { "0" };
    forged.replace_range(forged.len() - 1.., last);
    for bad in [
        json!({"FeatureGroupName": "other", "NextToken": token}),
        json!({"FeatureGroupName": "fg", "NextToken": token, "IncludeSoftDeletedRecords": true}),
        json!({"FeatureGroupName": "fg", "NextToken": forged}),
        json!({"FeatureGroupName": "fg", "NextToken": "é"}),
        json!({"FeatureGroupName": "fg", "NextToken": ""}),
    ] {
        assert_eq!(list(bad).unwrap_err().code, "ValidationError");
    }
}

#[test]
fn s11_a_put_after_a_delete_makes_the_record_readable_again() {
    let world = World::new();
    world.make(Make::default());
    world.put("x", 10, &[("a", "1")]).unwrap();
    world.delete("x", 20, "SoftDelete").unwrap();
    world.put("x", 15, &[("a", "between")]).unwrap();
    assert_eq!(world.get("x"), None);
    world.put("x", 21, &[("a", "after")]).unwrap();
    assert_eq!(world.get("x").unwrap()["a"], "after");
    assert_eq!(world.offline().len(), 4);
}

#[test]
fn s12_an_acknowledged_write_is_read_also_after_a_restart() {
    let world = World::new();
    world.make(Make::default());
    world.put("x", 10, &[("a", "1")]).unwrap();
    let world = world.restarted();
    assert_eq!(world.get("x").unwrap()["a"], "1");
    world.put("x", 11, &[("a", "2")]).unwrap();
    assert_eq!(world.get("x").unwrap()["a"], "2");
}

#[test]
fn s13_writes_survive_on_the_embedded_engine() {
    use rempart_online::{EmbeddedEngine, EmbeddedOptions};
    let directory = tempfile::tempdir().unwrap();
    let open = || EmbeddedEngine::open(directory.path(), &EmbeddedOptions::default()).unwrap();
    let mut world = World::with(Settings::default(), std::sync::Arc::new(open()));
    world.make(Make::default());
    world.put("x", 10, &[("a", "a-planted-value")]).unwrap();
    let memory = std::sync::Arc::new(rempart_online::MemoryEngine::new());
    world.engine = memory;
    world = world.restarted();
    world.engine = std::sync::Arc::new(open());
    world = world.restarted();
    assert_eq!(world.get("x").unwrap()["a"], "a-planted-value");
    assert_eq!(world.offline().len(), 1);
    for entry in walk(directory.path()) {
        let bytes = std::fs::read(&entry).unwrap();
        let found = memchr::memmem::find(&bytes, b"a-planted-value");
        assert!(found.is_none(), "plaintext in {}", entry.display());
    }
}

pub(super) fn walk(directory: &std::path::Path) -> Vec<std::path::PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(walk(&path));
        } else {
            files.push(path);
        }
    }
    files
}

#[test]
fn s14_every_failure_of_a_batch_is_told_with_its_entry() {
    let world = World::new();
    world.make(Make::default());
    let entries = json!([
        {"FeatureGroupName": "fg", "Record": record("good", 1, &[("a", "1")])},
        {"FeatureGroupName": "fg", "Record": record("bad", 1, &[("unknown", "1")]),
         "TargetStores": ["OnlineStore", "OfflineStore"],
         "TtlDuration": {"Unit": "Weeks", "Value": 3}},
        {"FeatureGroupName": "nowhere", "Record": record("lost", 1, &[])},
        {"FeatureGroupName": "fg", "Record": values(&[("id", "timeless")])},
        {"FeatureGroupName": "fg", "Record": [
            {"FeatureName": "id", "ValueAsString": "\u{e9}\"\\"},
            {"FeatureName": "a", "ValueAsStringList": ["1", "\n"]}]},
        {"FeatureGroupName": "fg", "Record": record("twice", 2, &[("a", "newer")])},
        {"FeatureGroupName": "fg", "Record": record("twice", 1, &[("a", "older")])},
        {"FeatureGroupName": "fg", "Record": record("same", 1, &[("a", "first")])},
        {"FeatureGroupName": "fg", "Record": record("same", 1, &[("a", "second")])},
    ]);
    let answer = world
        .call(
            "admin",
            Operation::BatchWriteRecord,
            json!({"Entries": entries}),
        )
        .unwrap()
        .unwrap();
    let errors = answer["Errors"].as_array().unwrap();
    let failed: Vec<_> = errors.iter().map(|error| &error["Entry"]).collect();
    assert_eq!(failed, [&entries[1], &entries[2], &entries[3], &entries[4]]);
    let codes: Vec<_> = errors
        .iter()
        .map(|error| error["ErrorCode"].as_str().unwrap())
        .collect();
    assert_eq!(
        codes,
        [
            "ValidationError",
            "ResourceNotFound",
            "ValidationError",
            "ValidationError"
        ]
    );
    assert_eq!(answer["UnprocessedEntries"], json!([]));
    assert_eq!(world.get("good").unwrap()["a"], "1");
    assert_eq!(world.get("twice").unwrap()["a"], "newer");
    assert_eq!(world.get("same").unwrap()["a"], "second");
    assert_eq!(world.offline().len(), 5);
}

#[test]
fn s14_the_ttl_of_a_batch_is_for_entries_without_their_own() {
    let world = World::new();
    world.make(Make::default());
    let input = json!({
        "TtlDuration": {"Unit": "Hours", "Value": 1},
        "Entries": [
            {"FeatureGroupName": "fg", "Record": record("common", 0, &[])},
            {"FeatureGroupName": "fg", "Record": record("own", 0, &[]),
             "TtlDuration": {"Unit": "Hours", "Value": 2}},
        ],
    });
    world
        .call("admin", Operation::BatchWriteRecord, input)
        .unwrap();
    world.wait(3_600_000);
    assert_eq!(world.get("common"), None);
    assert!(world.get("own").is_some());
}

#[test]
fn s15_a_group_is_found_from_the_moment_it_is_created_and_gone_when_deleted() {
    let world = World::new();
    for at in 0..20 {
        let name: &'static str = Box::leak(format!("group{at}").into_boxed_str());
        let group = world.make(Make {
            name,
            ..Make::default()
        });
        let more = json!({"FeatureGroupName": name});
        world.put_with("x", 1, &[], more.clone()).unwrap();
        let by_arn = json!({"FeatureGroupName": group.arn});
        world.put_with("x", 2, &[], by_arn).unwrap();
        world.registry.bury(group.id).unwrap();
        let error = world.put_with("x", 3, &[], more).unwrap_err();
        assert_eq!(error.code, "ValidationError");
        assert!(error.message.starts_with(
            "Resource Not Found: Amazon SageMaker can't find a FeatureGroup with name"
        ));
    }
}

#[test]
fn features_that_were_added_later_read_in_old_records() {
    let world = World::new();
    world.make(Make::default());
    world.put("old", 1, &[("a", "1")]).unwrap();
    let id = world.group().id;
    world
        .registry
        .update(id, |group| {
            group.features.extend(features(&["added"]));
            group.schema_version += 1;
            Ok::<(), crate::registry::RegistryError>(())
        })
        .unwrap();
    assert_eq!(world.get("old").unwrap()["a"], "1");
    world.update("old", &[("added", "2")], json!({})).unwrap();
    assert_eq!(world.get("old").unwrap()["added"], "2");
    assert_eq!(world.get("old").unwrap()["a"], "1");
    assert_eq!(world.offline().len(), 2);
}

#[test]
fn batch_get_answers_what_is_there_and_says_what_failed() {
    let world = World::new();
    world.make(Make::default());
    world.put("x", 1, &[("a", "1"), ("b", "2")]).unwrap();
    world.put("y", 1, &[("a", "3")]).unwrap();
    world.put("gone", 1, &[]).unwrap();
    world.delete("gone", 2, "SoftDelete").unwrap();
    let input = json!({"Identifiers": [
        {"FeatureGroupName": "fg", "RecordIdentifiersValueAsString": ["x", "y", "gone", "never"],
         "FeatureNames": ["a"]},
        {"FeatureGroupName": "nowhere", "RecordIdentifiersValueAsString": ["x"]},
    ]});
    let answer = world
        .call("admin", Operation::BatchGetRecord, input)
        .unwrap()
        .unwrap();
    assert_eq!(
        answer["Records"],
        json!([
            {"FeatureGroupName": "fg", "RecordIdentifierValueAsString": "x",
             "Record": [{"FeatureName": "a", "ValueAsString": "1"}]},
            {"FeatureGroupName": "fg", "RecordIdentifierValueAsString": "y",
             "Record": [{"FeatureName": "a", "ValueAsString": "3"}]},
        ])
    );
    assert_eq!(answer["Errors"][0]["ErrorCode"], "ResourceNotFound");
    assert_eq!(answer["Errors"][0]["RecordIdentifierValueAsString"], "x");
    assert_eq!(answer["UnprocessedIdentifiers"], json!([]));
}

#[test]
fn batch_get_stops_at_its_budget_and_says_what_is_left() {
    let world = World::with_settings(Settings {
        answer_bytes: 200,
        batch_get_records: 10,
        ..Settings::default()
    });
    world.make(Make::default());
    for at in 0..5 {
        world
            .put(&format!("r{at}"), 1, &[("a", &"x".repeat(100))])
            .unwrap();
    }
    let ids: Vec<String> = (0..5).map(|at| format!("r{at}")).collect();
    let input = json!({"Identifiers": [
        {"FeatureGroupName": "fg", "RecordIdentifiersValueAsString": ids, "FeatureNames": ["a"]}]});
    let answer = world
        .call("admin", Operation::BatchGetRecord, input)
        .unwrap()
        .unwrap();
    let records = answer["Records"].as_array().unwrap().len();
    let left = &answer["UnprocessedIdentifiers"][0];
    assert_eq!(left["FeatureNames"], json!(["a"]));
    assert_eq!(
        left["RecordIdentifiersValueAsString"]
            .as_array()
            .unwrap()
            .len(),
        5 - records
    );
    assert!((1..5).contains(&records));
    let too_many: Vec<String> = (0..11).map(|at| format!("r{at}")).collect();
    let input = json!({"Identifiers": [
        {"FeatureGroupName": "fg", "RecordIdentifiersValueAsString": too_many}]});
    let error = world
        .call("admin", Operation::BatchGetRecord, input)
        .unwrap_err();
    assert_eq!(error.code, "ValidationError");
}

#[test]
fn units_are_counted_and_throttled_only_where_asked() {
    let world = World::with_settings(Settings {
        quotas: Some(crate::data::Quotas {
            identifier_write: 2,
            ..crate::data::Quotas::default()
        }),
        ..Settings::default()
    });
    let group = world.make(Make::default());
    world.put("x", 1, &[]).unwrap();
    world.put("x", 2, &[("a", &"v".repeat(900))]).unwrap();
    assert_eq!(
        world.put("x", 3, &[]).unwrap_err().code,
        "ThrottlingException"
    );
    world.wait(1_000);
    world.put("x", 3, &[]).unwrap();
    world.get("x").unwrap();
    assert_eq!(world.data.units(group.id), (1, 3));
    assert_eq!(START % 1_000, 0);
}
