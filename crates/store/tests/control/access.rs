//! Who may do what: the A lines that concern the control plane.

use rempart_aws_wire::ServiceError;
use serde_json::{Value, json};

use crate::world::{
    ACCOUNT, OTHER, Plan, World, allow, everything, group_arn, key_arn, offline,
    offline_statements, online, online_under, ordinary_plan, refused, role_arn, with,
};

const DENIED: &str = "AccessDeniedException";

fn statement(effect: &str, action: Value, resource: &str, condition: Option<Value>) -> Value {
    let mut statement = json!({"Effect": effect, "Action": action, "Resource": resource});
    if let Some(condition) = condition {
        statement["Condition"] = condition;
    }
    statement
}

fn describe(world: &World, role: &str, name: &str) -> Result<Value, ServiceError> {
    world.call(
        role,
        "DescribeFeatureGroup",
        json!({"FeatureGroupName": name}),
    )
}

#[test]
fn a1_allow_and_deny_by_arn_wildcard_and_tag() {
    let describe_action = || json!("sagemaker:DescribeFeatureGroup");
    let world = ordinary_plan()
        .role(
            ACCOUNT,
            "ByArn",
            vec![statement(
                "Allow",
                describe_action(),
                &group_arn("fraud"),
                None,
            )],
        )
        .role(
            ACCOUNT,
            "ByStar",
            vec![statement(
                "Allow",
                describe_action(),
                &group_arn("fra*"),
                None,
            )],
        )
        .role(
            ACCOUNT,
            "ByTag",
            vec![statement(
                "Allow",
                describe_action(),
                "*",
                Some(json!({"StringEquals": {"aws:ResourceTag/team": "risk"}})),
            )],
        )
        .role(
            ACCOUNT,
            "ByOwnTag",
            vec![statement(
                "Allow",
                describe_action(),
                "*",
                Some(json!({"StringEquals": {"sagemaker:ResourceTag/team": "risk"}})),
            )],
        )
        .role(
            ACCOUNT,
            "Denied",
            vec![
                everything(),
                statement(
                    "Deny",
                    describe_action(),
                    "*",
                    Some(json!({"StringEquals": {"aws:ResourceTag/team": "risk"}})),
                ),
            ],
        )
        .build();
    let tags = json!({"Tags": [{"Key": "team", "Value": "risk"}]});
    world
        .call("Admin", "CreateFeatureGroup", with(online("fraud"), tags))
        .unwrap();
    world.create("churn");
    for (role, fraud, churn) in [
        ("ByArn", true, false),
        ("ByStar", true, false),
        ("ByTag", true, false),
        ("ByOwnTag", true, false),
        ("Denied", false, true),
        ("Nobody", false, false),
    ] {
        for (name, expected) in [("fraud", fraud), ("churn", churn)] {
            let by_name = describe(&world, role, name);
            let by_arn = describe(&world, role, &group_arn(name));
            assert_eq!(by_name.is_ok(), expected, "{role} {name}");
            assert_eq!(by_arn, by_name, "{role} {name}");
            if !expected {
                assert_eq!(refused(by_name).0, DENIED);
            }
        }
    }
    let (_, message) = refused(describe(&world, "Denied", "fraud"));
    assert!(
        message.ends_with("with an explicit deny in an identity-based policy"),
        "{message}"
    );
}

#[test]
fn a1_tags_of_the_request_decide_on_creation() {
    let condition = json!({"StringEquals": {"aws:RequestTag/team": "risk"},
        "ForAllValues:StringEquals": {"aws:TagKeys": ["team"]}});
    let world = Plan::default()
        .role(
            ACCOUNT,
            "Creator",
            vec![
                statement(
                    "Allow",
                    json!("sagemaker:CreateFeatureGroup"),
                    "*",
                    Some(condition),
                ),
                statement(
                    "Allow",
                    json!("sagemaker:AddTags"),
                    "*",
                    Some(
                        json!({"StringEquals": {"sagemaker:TaggingAction": "CreateFeatureGroup"}}),
                    ),
                ),
            ],
        )
        .build();
    let create = |name: &str, tags: Value| {
        world.call(
            "Creator",
            "CreateFeatureGroup",
            with(online(name), json!({"Tags": tags})),
        )
    };
    create("good", json!([{"Key": "team", "Value": "risk"}])).unwrap();
    for tags in [
        json!([]),
        json!([{"Key": "team", "Value": "other"}]),
        json!([{"Key": "team", "Value": "risk"}, {"Key": "more", "Value": "x"}]),
    ] {
        assert_eq!(refused(create("bad", tags)).0, DENIED);
    }
    // Tagging on its own has no tagging action.
    let add = json!({"ResourceArn": group_arn("good"), "Tags": [{"Key": "team", "Value": "risk"}]});
    assert_eq!(refused(world.call("Creator", "AddTags", add)).0, DENIED);
}

#[test]
fn a1_tags_at_creation_need_add_tags() {
    let world = Plan::default()
        .role(
            ACCOUNT,
            "Creator",
            vec![allow(&["sagemaker:CreateFeatureGroup"])],
        )
        .build();
    world
        .call("Creator", "CreateFeatureGroup", online("plain"))
        .unwrap();
    let tags = json!({"Tags": [{"Key": "team", "Value": "risk"}]});
    let (code, message) = refused(world.call(
        "Creator",
        "CreateFeatureGroup",
        with(online("tagged"), tags),
    ));
    assert_eq!(code, DENIED);
    assert!(message.contains("sagemaker:AddTags"), "{message}");
}

#[test]
fn a2_each_condition_key_of_creations_decides() {
    let key = key_arn("one");
    let with_key = online_under("group", "one");
    let by_alias = online_under("group", "alias/mine");
    let both = with(online("group"), offline(None));
    let both_keyed = with(online("group"), offline(Some(&key)));
    let without_table = {
        let mut input = both.clone();
        input["OfflineStoreConfig"]["DisableGlueTableCreation"] = json!(true);
        input
    };
    let arn_like = |name: &str| json!({"ArnEquals": {name: key}});
    for (condition, good, bad) in [
        (
            arn_like("sagemaker:FeatureGroupOnlineStoreKmsKeyArn"),
            vec![&with_key, &by_alias],
            vec![&both],
        ),
        (
            arn_like("sagemaker:FeatureGroupOfflineStoreKmsKeyArn"),
            vec![&both_keyed],
            vec![&both, &with_key],
        ),
        (
            json!({"StringLike": {"sagemaker:FeatureGroupOfflineStoreS3Uri": "s3://my-sagemaker-bucket/*"}}),
            vec![&both],
            vec![&with_key],
        ),
        (
            json!({"Bool": {"sagemaker:FeatureGroupEnableOnlineStore": "true"}}),
            vec![&both, &with_key],
            vec![],
        ),
        (
            json!({"Bool": {"sagemaker:FeatureGroupEnableOnlineStore": "false"}}),
            vec![],
            vec![&both, &with_key],
        ),
        (
            json!({"Bool": {"sagemaker:FeatureGroupDisableGlueTableCreation": "true"}}),
            vec![&without_table],
            vec![&both, &with_key],
        ),
        (
            json!({"Null": {"sagemaker:FeatureGroupOfflineStoreConfig": "true"}}),
            vec![&with_key],
            vec![&both],
        ),
        (
            json!({"Null": {"sagemaker:FeatureGroupOfflineStoreConfig": "false"}}),
            vec![&both],
            vec![&with_key],
        ),
    ] {
        for (inputs, expected) in [(good, true), (bad, false)] {
            for input in inputs {
                let world = Plan::default()
                    .role(
                        ACCOUNT,
                        "Creator",
                        vec![
                            allow(&["kms:*", "iam:PassRole"]),
                            statement(
                                "Allow",
                                json!("sagemaker:CreateFeatureGroup"),
                                "*",
                                Some(condition.clone()),
                            ),
                        ],
                    )
                    .role(ACCOUNT, "Offline", offline_statements())
                    .build()
                    .with_key("one");
                world
                    .kms
                    .alias(&format!("arn:aws:kms:eu-west-1:{ACCOUNT}:alias/mine"), &key);
                let answer = world.call("Creator", "CreateFeatureGroup", input.clone());
                assert_eq!(answer.is_ok(), expected, "{condition} {input} {answer:?}");
                if !expected {
                    assert_eq!(refused(answer).0, DENIED);
                }
            }
        }
    }
}

#[test]
fn an_alias_does_not_get_around_a_deny_of_its_key() {
    let deny = statement(
        "Deny",
        json!("sagemaker:CreateFeatureGroup"),
        "*",
        Some(json!({"ArnEquals": {"sagemaker:FeatureGroupOnlineStoreKmsKeyArn": key_arn("one")}})),
    );
    let world = Plan::default()
        .role(ACCOUNT, "Creator", vec![everything(), deny])
        .build()
        .with_key("one")
        .with_key("two");
    let alias = |name: &str| format!("arn:aws:kms:eu-west-1:{ACCOUNT}:alias/{name}");
    world.kms.alias(&alias("one"), &key_arn("one"));
    world.kms.alias(&alias("two"), &key_arn("two"));
    for key in ["one", "alias/one", &key_arn("one"), &alias("one")] {
        let (code, message) =
            refused(world.call("Creator", "CreateFeatureGroup", online_under("group", key)));
        assert_eq!(code, DENIED);
        assert!(message.contains("explicit deny"), "{key}: {message}");
    }
    world
        .call(
            "Creator",
            "CreateFeatureGroup",
            online_under("group", "alias/two"),
        )
        .unwrap();
}

#[test]
fn who_may_not_create_learns_nothing_of_keys_behind_aliases() {
    let world = World::ordinary();
    world.kms.take_calls();
    let (code, message) = refused(world.call(
        "Nobody",
        "CreateFeatureGroup",
        online_under("group", "alias/any"),
    ));
    assert_eq!(code, DENIED);
    assert!(
        message.contains("sagemaker:CreateFeatureGroup"),
        "{message}"
    );
    assert!(world.kms.take_calls().is_empty());
}

#[test]
fn existence_is_not_revealed_without_permission() {
    let world = World::ordinary();
    world.create("there");
    for (operation, input) in [
        ("DescribeFeatureGroup", json!({})),
        (
            "UpdateFeatureGroup",
            json!({"OnlineStoreConfig": {"TtlDuration": {"Unit": "Days", "Value": 1}}}),
        ),
        ("DeleteFeatureGroup", json!({})),
        ("DescribeFeatureMetadata", json!({"FeatureName": "id"})),
        ("UpdateFeatureMetadata", json!({"FeatureName": "id"})),
    ] {
        let call = |role: &str, name: &str| {
            refused(world.call(
                role,
                operation,
                with(input.clone(), json!({"FeatureGroupName": name})),
            ))
        };
        let (code, there) = call("Nobody", "there");
        let (_, absent) = call("Nobody", "gone1");
        assert_eq!(code, DENIED, "{operation}");
        assert_eq!(
            there.replace("there", "X"),
            absent.replace("gone1", "X"),
            "{operation}"
        );
        assert_eq!(call("Admin", "gone1").0, "ResourceNotFound", "{operation}");
    }
    for operation in ["AddTags", "ListTags", "DeleteTags"] {
        let call = |role: &str, name: &str| {
            let input = json!({"ResourceArn": group_arn(name), "TagKeys": ["a"], "Tags": [{"Key": "a", "Value": "b"}]});
            refused(world.call(role, operation, input))
        };
        assert_eq!(call("Nobody", "there").0, DENIED);
        assert_eq!(call("Nobody", "gone").0, DENIED);
        assert_eq!(call("Admin", "gone").0, "ResourceNotFound");
    }
    // A refused creation does not say that the name is taken, either.
    let (_, taken) = refused(world.call("Nobody", "CreateFeatureGroup", online("there")));
    let (_, free) = refused(world.call("Nobody", "CreateFeatureGroup", online("gone1")));
    assert_eq!(taken.replace("there", "X"), free.replace("gone1", "X"));
}

#[test]
fn lists_and_searches_need_their_permission_and_show_the_own_account_only() {
    let world = World::ordinary();
    world.create("mine");
    let theirs = world.caller_of(OTHER, "Admin");
    world
        .call_as(&theirs, "CreateFeatureGroup", online("theirs"))
        .unwrap();
    for (operation, input, list) in [
        ("ListFeatureGroups", json!({}), "FeatureGroupSummaries"),
        ("Search", json!({"Resource": "FeatureGroup"}), "Results"),
    ] {
        assert_eq!(
            refused(world.call("Nobody", operation, input.clone())).0,
            DENIED
        );
        for (caller, name) in [(world.caller("Admin"), "mine"), (theirs.clone(), "theirs")] {
            let answer = world.call_as(&caller, operation, input.clone()).unwrap();
            let answer = &answer[list];
            assert_eq!(answer.as_array().unwrap().len(), 1);
            assert!(
                answer
                    .to_string()
                    .contains(&format!(":feature-group/{name}"))
            );
        }
    }
}

fn shared(permission: &str) -> World {
    ordinary_plan()
        .share(json!({"name": "s", "resources": [group_arn("fraud")], "principals": [OTHER], "permission": permission}))
        .build()
}

#[test]
fn a4_a_share_gives_what_its_permission_says() {
    let update = json!({"FeatureGroupName": group_arn("fraud"), "FeatureAdditions": [{"FeatureName": "more", "FeatureType": "String"}]});
    for (permission, may_update) in [("ReadOnly", false), ("ReadWrite", false), ("Admin", true)] {
        let world = shared(permission);
        world.create("fraud");
        world.create("churn");
        let theirs = world.caller_of(OTHER, "Admin");
        let answer = world.call_as(
            &theirs,
            "DescribeFeatureGroup",
            json!({"FeatureGroupName": group_arn("fraud")}),
        );
        assert_eq!(answer.unwrap()["FeatureGroupArn"], group_arn("fraud"));
        let metadata = json!({"FeatureGroupName": group_arn("fraud"), "FeatureName": "id"});
        world
            .call_as(&theirs, "DescribeFeatureMetadata", metadata)
            .unwrap();
        let updated = world.call_as(&theirs, "UpdateFeatureGroup", update.clone());
        assert_eq!(updated.is_ok(), may_update, "{permission}");
        // Neither another group, nor what no share gives, nor without a permission of one's own.
        let other = json!({"FeatureGroupName": group_arn("churn")});
        assert_eq!(
            refused(world.call_as(&theirs, "DescribeFeatureGroup", other)).0,
            DENIED
        );
        let tags = json!({"ResourceArn": group_arn("fraud")});
        assert_eq!(refused(world.call_as(&theirs, "ListTags", tags)).0, DENIED);
        let nobody = world.caller_of(OTHER, "Nobody");
        let fraud = json!({"FeatureGroupName": group_arn("fraud")});
        assert_eq!(
            refused(world.call_as(&nobody, "DescribeFeatureGroup", fraud)).0,
            DENIED
        );
        // Both accounts have the call on record.
        world.log.0.lock().unwrap().clear();
        let fraud = json!({"FeatureGroupName": group_arn("fraud")});
        world
            .call_as(&theirs, "DescribeFeatureGroup", fraud)
            .unwrap();
        let events = world.log.0.lock().unwrap();
        let recipients: Vec<&str> = events.iter().map(|event| &*event.recipient).collect();
        assert_eq!(recipients, [OTHER, ACCOUNT]);
    }
}

#[test]
fn a4_a_shared_catalogue_is_found_without_tags_and_a_shared_group_is_not() {
    let search = json!({"Resource": "FeatureGroup", "CrossAccountFilterOption": "CrossAccount"});
    let world = shared("ReadOnly");
    world.create("fraud");
    let theirs = world.caller_of(OTHER, "Admin");
    let answer = world.call_as(&theirs, "Search", search.clone()).unwrap();
    assert_eq!(answer["Results"], json!([]));

    let world = ordinary_plan()
        .share(json!({"name": "c", "catalogOf": ACCOUNT, "principals": [OTHER]}))
        .build();
    let tags = json!({"Tags": [{"Key": "team", "Value": "risk"}]});
    world
        .call("Admin", "CreateFeatureGroup", with(online("fraud"), tags))
        .unwrap();
    let theirs = world.caller_of(OTHER, "Admin");
    let answer = world.call_as(&theirs, "Search", search).unwrap();
    assert_eq!(
        answer["Results"][0]["FeatureGroup"]["FeatureGroupName"],
        "fraud"
    );
    assert_eq!(answer["Results"][0]["FeatureGroup"].get("Tags"), None);
    let by_tag = json!({"Resource": "FeatureGroup", "CrossAccountFilterOption": "CrossAccount",
        "SearchExpression": {"Filters": [{"Name": "Tags.team", "Operator": "Equals", "Value": "risk"}]}});
    let answer = world.call_as(&theirs, "Search", by_tag).unwrap();
    assert_eq!(answer["Results"], json!([]));
}

#[test]
fn a5_without_a_share_the_missing_resource_policy_is_named() {
    let world = World::ordinary();
    world.create("fraud");
    let theirs = world.caller_of(OTHER, "Admin");
    let input = json!({"FeatureGroupName": group_arn("fraud")});
    let (code, message) = refused(world.call_as(&theirs, "DescribeFeatureGroup", input));
    assert_eq!(code, DENIED);
    let end = "because no resource-based policy allows the sagemaker:DescribeFeatureGroup action";
    assert!(message.ends_with(end), "{message}");
}

#[test]
fn search_conditions_reach_the_policy() {
    let condition =
        json!({"StringEquals": {"sagemaker:SearchVisibilityCondition/Tags.team": "risk"}});
    let world = ordinary_plan()
        .role(
            ACCOUNT,
            "Searcher",
            vec![statement(
                "Allow",
                json!("sagemaker:Search"),
                "*",
                Some(condition),
            )],
        )
        .build();
    for (name, team) in [("fraud", "risk"), ("churn", "growth")] {
        let tags = json!({"Tags": [{"Key": "team", "Value": team}]});
        world
            .call("Admin", "CreateFeatureGroup", with(online(name), tags))
            .unwrap();
    }
    let search = |conditions: Value| {
        world.call(
            "Searcher",
            "Search",
            json!({"Resource": "FeatureGroup", "VisibilityConditions": conditions}),
        )
    };
    assert_eq!(refused(search(json!([]))).0, DENIED);
    assert_eq!(
        refused(search(json!([{"Key": "Tags.team", "Value": "growth"}]))).0,
        DENIED
    );
    let answer = search(json!([{"Key": "Tags.team", "Value": "risk"}])).unwrap();
    assert_eq!(answer["TotalHits"]["Value"], 1);
    assert_eq!(
        answer["Results"][0]["FeatureGroup"]["FeatureGroupName"],
        "fraud"
    );
}

#[test]
fn every_call_is_on_record_and_none_is_served_unseen() {
    let world = World::ordinary();
    world.create("group");
    let event = world.last_event();
    assert_eq!(event.name, "CreateFeatureGroup");
    assert!(!event.read_only);
    assert_eq!(event.failure, None);
    assert_eq!(
        event.response,
        Some(json!({"featureGroupArn": group_arn("group")}))
    );
    assert_eq!(&*event.resources[0].arn, group_arn("group"));
    assert_eq!(
        event.parameters.unwrap()["recordIdentifierFeatureName"],
        "id"
    );

    refused(describe(&world, "Nobody", "group"));
    let event = world.last_event();
    assert_eq!(event.failure.unwrap().code, DENIED);
    assert!(event.read_only);
    assert_eq!(
        event.user_identity["arn"],
        format!("arn:aws:sts::{ACCOUNT}:assumed-role/Nobody/operator")
    );

    let before = world.log.0.lock().unwrap().len();
    *world.log.1.lock().unwrap() = true;
    let (code, _) = refused(world.call("Admin", "CreateFeatureGroup", online("unseen")));
    assert_eq!(code, "ServiceUnavailable");
    assert!(world.registry.group(ACCOUNT, "unseen").is_none());
    assert_eq!(world.log.0.lock().unwrap().len(), before);
}

#[test]
fn descriptions_and_tokens_are_not_logged_and_personal_data_is_warned_about() {
    let world = World::ordinary();
    let more = json!({"Description": "ask jane.doe@example.org", "Tags": [{"Key": "owner", "Value": "jane.doe@example.org"}]});
    world
        .call("Admin", "CreateFeatureGroup", with(online("group"), more))
        .unwrap();
    let event = world.last_event();
    let parameters = event.parameters.unwrap();
    assert_eq!(parameters["description"], "HIDDEN_DUE_TO_SECURITY_REASONS");
    let warnings = event.additional.unwrap()["warnings"].clone();
    assert_eq!(warnings.as_array().unwrap().len(), 2);
    assert!(!warnings.to_string().contains("jane"), "{warnings}");
    refused(world.call(
        "Admin",
        "ListFeatureGroups",
        json!({"NextToken": "secret-token"}),
    ));
    let event = world.last_event();
    assert!(
        !event
            .parameters
            .unwrap()
            .to_string()
            .contains("secret-token")
    );
}

#[test]
fn the_role_arn_of_nobody_is_refused_before_it_is_looked_at() {
    let world = Plan::default()
        .role(
            ACCOUNT,
            "Creator",
            vec![allow(&["sagemaker:CreateFeatureGroup"])],
        )
        .build();
    for role in [role_arn("Missing"), role_arn("Creator")] {
        let input = with(
            online("group"),
            with(offline(None), json!({"RoleArn": role})),
        );
        let (code, message) = refused(world.call("Creator", "CreateFeatureGroup", input));
        assert_eq!(code, DENIED);
        assert!(message.contains("iam:PassRole"), "{message}");
    }
}
