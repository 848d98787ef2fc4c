//! What operations answer: members, pages, tokens.

use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};

use crate::world::{
    ACCOUNT, World, bare, group_arn, key_arn, offline, online, ordinary_plan, refused, role_arn,
    with,
};

#[test]
fn describe_shows_everything_that_was_asked_for() {
    let world = World::ordinary();
    let input = with(
        with(bare("My-Group"), offline(Some(&key_arn("one")))),
        json!({
            "OnlineStoreConfig": {"EnableOnlineStore": true, "StorageType": "InMemory", "TtlDuration": {"Unit": "Hours", "Value": 7},
                "SecurityConfig": {"KmsKeyId": key_arn("one")}},
            "Description": "what it is",
            "ThroughputConfig": {"ThroughputMode": "OnDemand"},
        }),
    );
    let made = world
        .call("Admin", "CreateFeatureGroup", input.clone())
        .unwrap();
    assert_eq!(made, json!({"FeatureGroupArn": group_arn("My-Group")}));
    let answer = world
        .call(
            "Admin",
            "DescribeFeatureGroup",
            json!({"FeatureGroupName": "My-Group"}),
        )
        .unwrap();
    let epoch = 1_795_867_200;
    assert_eq!(
        answer,
        json!({
            "FeatureGroupArn": group_arn("My-Group"),
            "FeatureGroupName": "My-Group",
            "RecordIdentifierFeatureName": "id",
            "EventTimeFeatureName": "at",
            "FeatureDefinitions": input["FeatureDefinitions"],
            "CreationTime": f64::from(epoch),
            "LastModifiedTime": f64::from(epoch),
            "OnlineStoreConfig": input["OnlineStoreConfig"],
            "OfflineStoreConfig": {
                "S3StorageConfig": {
                    "S3Uri": "s3://my-sagemaker-bucket/store",
                    "KmsKeyId": key_arn("one"),
                    "ResolvedOutputS3Uri": format!("s3://my-sagemaker-bucket/store/{ACCOUNT}/sagemaker/eu-west-1/offline-store/My-Group-{epoch}/data"),
                },
                "DisableGlueTableCreation": false,
                "DataCatalogConfig": {"TableName": format!("My_Group_{epoch}"), "Catalog": "AwsDataCatalog", "Database": "sagemaker_featurestore"},
                "TableFormat": "Glue",
            },
            "RoleArn": role_arn("Offline"),
            "FeatureGroupStatus": "Created",
            "OfflineStoreStatus": {"Status": "Active"},
            "LastUpdateStatus": {"Status": "Successful"},
            "Description": "what it is",
            "ThroughputConfig": {"ThroughputMode": "OnDemand"},
            "OnlineStoreTotalSizeBytes": 0,
        })
    );
}

#[test]
fn definitions_come_in_pages() {
    let world = ordinary_plan().build_with(|settings| settings.definitions_per_page = 2);
    world.create("group");
    let first = world
        .call(
            "Admin",
            "DescribeFeatureGroup",
            json!({"FeatureGroupName": "group"}),
        )
        .unwrap();
    assert_eq!(first["FeatureDefinitions"].as_array().unwrap().len(), 2);
    let token = first["NextToken"].clone();
    let second = world
        .call(
            "Admin",
            "DescribeFeatureGroup",
            json!({"FeatureGroupName": "group", "NextToken": token}),
        )
        .unwrap();
    assert_eq!(second["FeatureDefinitions"][0]["FeatureName"], "amount");
    assert_eq!(second.get("NextToken"), None);
    world.create("other");
    for token in [token.as_str().unwrap(), "00", "zz", "é", "1"] {
        let input = json!({"FeatureGroupName": "other", "NextToken": token});
        assert_eq!(
            refused(world.call("Admin", "DescribeFeatureGroup", input)).0,
            "ValidationException"
        );
    }
}

/// All pages of a list, by the names in it.
fn all_pages(world: &World, input: &Value) -> Vec<String> {
    let mut names = Vec::new();
    let mut input = input.clone();
    loop {
        let answer = world
            .call("Admin", "ListFeatureGroups", input.clone())
            .unwrap();
        let page = answer["FeatureGroupSummaries"].as_array().unwrap();
        names.extend(
            page.iter()
                .map(|group| group["FeatureGroupName"].as_str().unwrap().to_owned()),
        );
        match answer.get("NextToken") {
            Some(token) => input["NextToken"] = token.clone(),
            None => return names,
        }
    }
}

#[test]
fn lists_are_filtered_sorted_and_paged() {
    let world = World::ordinary();
    for name in ["delta", "alpha", "charlie", "bravo"] {
        let input = if name == "charlie" {
            with(online(name), offline(None))
        } else {
            online(name)
        };
        world.call("Admin", "CreateFeatureGroup", input).unwrap();
        world.later(10);
    }
    let start = 1_795_867_200;
    for (input, expected) in [
        (json!({}), vec!["delta", "alpha", "charlie", "bravo"]),
        (
            json!({"MaxResults": 1}),
            vec!["delta", "alpha", "charlie", "bravo"],
        ),
        (
            json!({"MaxResults": 3, "SortOrder": "Descending"}),
            vec!["bravo", "charlie", "alpha", "delta"],
        ),
        (
            json!({"MaxResults": 2, "SortBy": "Name"}),
            vec!["alpha", "bravo", "charlie", "delta"],
        ),
        (
            json!({"MaxResults": 1, "SortBy": "FeatureGroupStatus"}),
            vec!["delta", "alpha", "charlie", "bravo"],
        ),
        (
            json!({"MaxResults": 1, "SortBy": "OfflineStoreStatus"}),
            vec!["delta", "alpha", "bravo", "charlie"],
        ),
        (
            json!({"NameContains": "A", "SortBy": "Name"}),
            vec!["alpha", "bravo", "charlie", "delta"],
        ),
        (json!({"NameContains": "HA"}), vec!["alpha", "charlie"]),
        (
            json!({"FeatureGroupStatusEquals": "Created", "NameContains": "del"}),
            vec!["delta"],
        ),
        (json!({"FeatureGroupStatusEquals": "Deleting"}), vec![]),
        (
            json!({"OfflineStoreStatusEquals": "Active"}),
            vec!["charlie"],
        ),
        (
            json!({"CreationTimeAfter": start, "CreationTimeBefore": start + 30}),
            vec!["alpha", "charlie"],
        ),
        (
            json!({"CreationTimeAfter": start as f64 + 9.5, "CreationTimeBefore": "2026-11-28T12:00:20Z"}),
            vec!["alpha"],
        ),
    ] {
        assert_eq!(all_pages(&world, &input), expected, "{input}");
    }
    let wrong = json!({"CreationTimeAfter": "yesterday"});
    assert_eq!(
        refused(world.call("Admin", "ListFeatureGroups", wrong)).0,
        "ValidationException"
    );
}

#[test]
fn a_page_token_belongs_to_its_question_and_account_and_is_opaque() {
    let world = World::ordinary();
    for name in ["first-group", "second-group"] {
        world.create(name);
    }
    let answer = world
        .call(
            "Admin",
            "ListFeatureGroups",
            json!({"MaxResults": 1, "SortBy": "Name"}),
        )
        .unwrap();
    let token = answer["NextToken"].as_str().unwrap();
    assert!(!token.contains("first"));
    let list = |more: Value| {
        let input = with(json!({"NextToken": token}), more);
        world.call("Admin", "ListFeatureGroups", input)
    };
    list(json!({"SortBy": "Name", "MaxResults": 5})).unwrap();
    assert_eq!(
        refused(list(json!({"SortBy": "CreationTime"}))).0,
        "ValidationException"
    );
    let theirs = world.caller_of(crate::world::OTHER, "Admin");
    let input = json!({"NextToken": token, "SortBy": "Name"});
    assert_eq!(
        refused(world.call_as(&theirs, "ListFeatureGroups", input)).0,
        "ValidationException"
    );
    // Any digit of it.
    for position in 0..token.len() {
        let mut other = token.as_bytes().to_vec();
        other[position] = if other[position] == b'0' { b'1' } else { b'0' };
        let input = json!({"NextToken": String::from_utf8(other).unwrap(), "SortBy": "Name"});
        assert_eq!(
            refused(world.call("Admin", "ListFeatureGroups", input)).0,
            "ValidationException"
        );
    }
}

#[test]
fn a_page_does_not_repeat_what_came_before_when_groups_come_and_go() {
    let world = World::ordinary();
    for name in ["b", "d", "f"] {
        world.create(name);
    }
    let input = json!({"MaxResults": 2, "SortBy": "Name"});
    let answer = world
        .call("Admin", "ListFeatureGroups", input.clone())
        .unwrap();
    world.create("a");
    world.create("e");
    world
        .call(
            "Admin",
            "DeleteFeatureGroup",
            json!({"FeatureGroupName": "d"}),
        )
        .unwrap();
    let rest = all_pages(
        &world,
        &with(input, json!({"NextToken": answer["NextToken"]})),
    );
    assert_eq!(rest, ["e", "f"]);
}

#[test]
fn tags_are_added_listed_and_deleted() {
    let world = World::ordinary();
    world.create("group");
    let arn = group_arn("group");
    let call = |operation: &str, more: Value| {
        world.call("Admin", operation, with(json!({"ResourceArn": arn}), more))
    };
    let answer = call(
        "AddTags",
        json!({"Tags": [{"Key": "b", "Value": "1"}, {"Key": "a", "Value": ""}]}),
    )
    .unwrap();
    assert_eq!(
        answer,
        json!({"Tags": [{"Key": "a", "Value": ""}, {"Key": "b", "Value": "1"}]})
    );
    call("AddTags", json!({"Tags": [{"Key": "b", "Value": "2"}]})).unwrap();
    assert_eq!(
        refused(call(
            "AddTags",
            json!({"Tags": [{"Key": "B", "Value": "2"}]})
        ))
        .0,
        "ValidationException"
    );
    call("DeleteTags", json!({"TagKeys": ["a", "unknown"]})).unwrap();
    assert_eq!(
        call("ListTags", json!({})).unwrap(),
        json!({"Tags": [{"Key": "b", "Value": "2"}]})
    );

    let many: Vec<Value> = (0..50)
        .map(|number| json!({"Key": format!("k{number:02}"), "Value": "v"}))
        .collect();
    assert_eq!(
        refused(call("AddTags", json!({"Tags": many}))).0,
        "ResourceLimitExceeded"
    );
    assert_eq!(
        call("ListTags", json!({})).unwrap()["Tags"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    call("AddTags", json!({"Tags": many[..49]})).unwrap();
    let answer = call("ListTags", json!({"MaxResults": 50})).unwrap();
    assert_eq!(answer["Tags"].as_array().unwrap().len(), 50);
    assert_eq!(answer.get("NextToken"), None);

    let other = json!({"ResourceArn": "arn:aws:sagemaker:eu-west-1:111122223333:model/m"});
    assert_eq!(
        refused(world.call("Admin", "ListTags", other)).0,
        "ValidationException"
    );
}

#[test]
fn metadata_of_a_feature_is_described_and_updated() {
    let world = World::ordinary();
    world.create("group");
    let call = |operation: &str, more: Value| {
        let input = json!({"FeatureGroupName": "group", "FeatureName": "amount"});
        world.call("Admin", operation, with(input, more))
    };
    let start = 1_795_867_200.0;
    let plain = json!({
        "FeatureGroupArn": group_arn("group"), "FeatureGroupName": "group", "FeatureName": "amount",
        "FeatureType": "Fractional", "CreationTime": start, "LastModifiedTime": start,
    });
    assert_eq!(call("DescribeFeatureMetadata", json!({})).unwrap(), plain);
    world.later(60);
    let update = json!({"Description": "in euro", "ParameterAdditions": [{"Key": "unit", "Value": "EUR"}, {"Key": "x", "Value": "y"}]});
    call("UpdateFeatureMetadata", update).unwrap();
    call(
        "UpdateFeatureMetadata",
        json!({"ParameterRemovals": ["x", "unknown"]}),
    )
    .unwrap();
    let changed = with(
        plain,
        json!({"LastModifiedTime": start + 60.0, "Description": "in euro", "Parameters": [{"Key": "unit", "Value": "EUR"}]}),
    );
    assert_eq!(call("DescribeFeatureMetadata", json!({})).unwrap(), changed);
    call("UpdateFeatureMetadata", json!({"Description": ""})).unwrap();
    assert_eq!(
        call("DescribeFeatureMetadata", json!({}))
            .unwrap()
            .get("Description"),
        None
    );

    let many: Vec<Value> = (0..25)
        .map(|number| json!({"Key": format!("k{number}"), "Value": "v"}))
        .collect();
    assert_eq!(
        refused(call(
            "UpdateFeatureMetadata",
            json!({"ParameterAdditions": many})
        ))
        .0,
        "ResourceLimitExceeded"
    );
    let twice =
        json!({"ParameterAdditions": [{"Key": "a", "Value": "1"}, {"Key": "a", "Value": "2"}]});
    assert_eq!(
        refused(call("UpdateFeatureMetadata", twice)).0,
        "ValidationException"
    );
    let missing = json!({"FeatureName": "missing"});
    for operation in ["DescribeFeatureMetadata", "UpdateFeatureMetadata"] {
        assert_eq!(
            refused(call(operation, missing.clone())).0,
            "ResourceNotFound"
        );
    }
}

#[test]
fn unknown_operations_and_missing_members_are_errors() {
    let world = World::ordinary();
    assert_eq!(
        refused(world.call("Admin", "CreateModel", json!({}))).0,
        "UnknownOperationException"
    );
    for operation in rempart_store::control::OPERATIONS {
        let answer = world.call("Admin", operation, json!({}));
        if operation != "ListFeatureGroups" {
            assert_eq!(refused(answer).0, "ValidationException", "{operation}");
        }
        // Members of another type are as if they were not there; nothing panics.
        let odd = json!({"FeatureGroupName": 1, "ResourceArn": [], "Tags": "x", "FeatureDefinitions": {},
            "Resource": null, "SearchExpression": 7, "MaxResults": -1, "NextToken": {}});
        drop(world.call("Admin", operation, odd));
    }
}

/// Inputs that no model would let pass: any JSON under any name that operations look at.
fn odd_input() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
        prop::sample::select(vec![
            "group",
            "amount",
            "Vector",
            "Provisioned",
            "Iceberg",
            "s3://my-sagemaker-bucket",
            "FeatureGroup",
            "FeatureMetadata",
            "CreationTime",
            "Exists",
            "2026-11-28T12:00:00Z",
            "arn:aws:sagemaker:eu-west-1:111122223333:feature-group/group",
            "alias/x",
            "arn:aws:kms:",
        ])
        .prop_map(Value::from),
    ];
    let member = prop::sample::select(vec![
        "FeatureGroupName",
        "RecordIdentifierFeatureName",
        "EventTimeFeatureName",
        "FeatureDefinitions",
        "FeatureName",
        "FeatureType",
        "CollectionType",
        "CollectionConfig",
        "OnlineStoreConfig",
        "EnableOnlineStore",
        "SecurityConfig",
        "KmsKeyId",
        "TtlDuration",
        "Unit",
        "Value",
        "StorageType",
        "OfflineStoreConfig",
        "S3StorageConfig",
        "S3Uri",
        "TableFormat",
        "ThroughputConfig",
        "ThroughputMode",
        "RoleArn",
        "Tags",
        "Key",
        "TagKeys",
        "ResourceArn",
        "NextToken",
        "MaxResults",
        "Resource",
        "SearchExpression",
        "Filters",
        "NestedFilters",
        "SubExpressions",
        "Name",
        "Operator",
        "SortBy",
        "SortOrder",
        "VisibilityConditions",
        "FeatureAdditions",
        "ParameterAdditions",
        "ParameterRemovals",
        "Description",
        "CreationTimeAfter",
    ]);
    leaf.prop_recursive(5, 60, 8, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(member.clone(), inner, 0..8).prop_map(|members| {
                members
                    .into_iter()
                    .map(|(name, value)| (name.to_owned(), value))
                    .collect()
            }),
        ]
    })
}

#[test]
fn no_input_makes_a_panic_or_a_half_made_group() {
    let world = World::ordinary();
    world.create("group");
    let mut runner = TestRunner::new(ProptestConfig::with_cases(1_500));
    let operations = prop::sample::select(rempart_store::control::OPERATIONS.to_vec());
    runner
        .run(&(operations, odd_input()), |(operation, input)| {
            if operation == "DeleteFeatureGroup" || !input.is_object() {
                return Ok(());
            }
            // An error with a code is a good answer; so is success.
            if let Err(error) = world.call("Admin", operation, input) {
                prop_assert!(!error.code.is_empty());
                prop_assert!(error.code != "InternalFailure", "{}", error);
            }
            for group in world.registry.all() {
                prop_assert_eq!(group.status, rempart_store::GroupStatus::Created);
            }
            prop_assert!(world.registry.debts().is_empty());
            Ok(())
        })
        .unwrap();
}
