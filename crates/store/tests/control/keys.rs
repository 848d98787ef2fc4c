//! Keys and grants: the K lines that concern the control plane.

use rempart_store::control::PermissionCheck;
use rempart_store::registry::Registry;
use serde_json::{Value, json};

use crate::world::{
    ACCOUNT, OTHER, Plan, REGION, SERVICE_KEY, VIA, World, allow, bare, delegation, everything,
    group_arn, key_arn, key_policy, offline, offline_statements, online, online_under,
    ordinary_plan, refused, role_arn, with,
};

const ELEVEN: [&str; 11] = [
    "kms:Encrypt",
    "kms:Decrypt",
    "kms:DescribeKey",
    "kms:CreateGrant",
    "kms:RetireGrant",
    "kms:ReEncryptFrom",
    "kms:ReEncryptTo",
    "kms:GenerateDataKey",
    "kms:ListAliases",
    "kms:ListGrants",
    "kms:RevokeGrant",
];

fn create(
    world: &World,
    role: &str,
    input: Value,
) -> Result<Value, rempart_aws_wire::ServiceError> {
    world.call(role, "CreateFeatureGroup", input)
}

/// Nothing of a refused creation is left: no group, no grant, no debt.
fn assert_untouched(world: &World, key: &str) {
    assert!(world.registry.all().is_empty());
    assert!(world.registry.debts().is_empty());
    assert!(world.kms.grants(key).is_empty());
}

#[test]
fn k1_without_a_key_the_services_own_is_used_and_no_grant_is_made() {
    let world = Plan::default()
        .role(
            ACCOUNT,
            "Creator",
            vec![allow(&["sagemaker:CreateFeatureGroup", "iam:PassRole"])],
        )
        .role(
            ACCOUNT,
            "Offline",
            vec![allow(&[
                "s3:PutObject",
                "s3:GetBucketAcl",
                "s3:PutObjectAcl",
            ])],
        )
        .build();
    create(&world, "Creator", with(online("group"), offline(None))).unwrap();
    let group = world.registry.group(ACCOUNT, "group").unwrap();
    for keys in [&group.online_keys, &group.offline_keys] {
        let keys = keys.as_ref().unwrap();
        assert_eq!(keys.kms_key, SERVICE_KEY);
        assert_eq!(keys.grant_id, None);
        assert_eq!(keys.data_keys.len(), 1);
    }
    assert!(world.kms.grants(SERVICE_KEY).is_empty());
    let calls = world.kms.take_calls();
    assert!(
        calls
            .iter()
            .all(|call| call == "GenerateDataKey sagemaker.amazonaws.com -"),
        "{calls:?}"
    );
    assert_ne!(group.online_keys, group.offline_keys);
}

#[test]
fn k2_the_two_stores_may_have_two_keys_and_describe_returns_both() {
    let world = World::ordinary().with_key("two");
    let input = with(online_under("group", "one"), offline(Some(&key_arn("two"))));
    create(&world, "Admin", input).unwrap();
    let answer = world
        .call(
            "Admin",
            "DescribeFeatureGroup",
            json!({"FeatureGroupName": "group"}),
        )
        .unwrap();
    assert_eq!(
        answer["OnlineStoreConfig"]["SecurityConfig"]["KmsKeyId"],
        "one"
    );
    assert_eq!(
        answer["OfflineStoreConfig"]["S3StorageConfig"]["KmsKeyId"],
        key_arn("two")
    );
    let group = world.registry.group(ACCOUNT, "group").unwrap();
    assert_eq!(group.online_keys.as_ref().unwrap().kms_key, key_arn("one"));
    assert_eq!(
        group.offline.as_ref().unwrap().kms_key,
        Some(key_arn("two"))
    );
    // What waits for the offline store stays readable whatever becomes of its key.
    assert_eq!(group.offline_keys.as_ref().unwrap().kms_key, SERVICE_KEY);
    assert_eq!(group.offline_keys.as_ref().unwrap().grant_id, None);
}

#[test]
fn k3_keys_that_cannot_seal_are_refused_for_both_stores() {
    let world = World::ordinary();
    let policy = key_policy(vec![delegation()]);
    for (spec, usage) in [
        ("RSA_2048", "ENCRYPT_DECRYPT"),
        ("ECC_NIST_P256", "SIGN_VERIFY"),
        ("SM2", "ENCRYPT_DECRYPT"),
        ("HMAC_256", "GENERATE_VERIFY_MAC"),
        ("ML_DSA_65", "SIGN_VERIFY"),
        ("ML_KEM_768", "ENCAPSULATE_DECAPSULATE"),
    ] {
        world.kms.add(&key_arn(spec), spec, usage, &policy);
        let (code, message) = refused(create(&world, "Admin", online_under("group", spec)));
        assert_eq!(code, "ValidationException");
        assert!(message.contains(spec), "{message}");
        let input = with(bare("group"), offline(Some(&key_arn(spec))));
        let (code, message) = refused(create(&world, "Admin", input));
        assert_eq!(code, "ValidationException");
        assert!(message.contains(spec), "{message}");
    }
    for state in ["Disabled", "PendingDeletion"] {
        world.kms.set_state(&key_arn("one"), state);
        for input in [
            online_under("group", "one"),
            with(bare("group"), offline(Some(&key_arn("one")))),
        ] {
            let (code, message) = refused(create(&world, "Admin", input));
            assert_eq!(code, "ValidationException");
            assert!(message.contains("one"), "{message}");
        }
    }
    world.kms.set_state(&key_arn("one"), "Enabled");
    for (key, expected) in [
        ("missing", "NotFoundException"),
        ("alias/missing", "NotFoundException"),
        (
            "arn:aws:kms:us-east-1:111122223333:key/one",
            "not a key of the Region",
        ),
        (
            "arn:aws-cn:kms:eu-west-1:111122223333:key/one",
            "not a key of the Region",
        ),
        (
            "arn:aws:s3:eu-west-1:111122223333:key/one",
            "not a key of the Region",
        ),
    ] {
        for input in [
            online_under("group", key),
            with(bare("group"), offline(Some(key))),
        ] {
            let (code, message) = refused(create(&world, "Admin", input));
            assert_eq!(code, "ValidationException", "{key}");
            assert!(message.contains(expected), "{message}");
        }
    }
    assert_untouched(&world, &key_arn("one"));
}

#[test]
fn k3_a_foreign_key_needs_the_permission_of_its_account() {
    let world = ordinary_plan().build();
    let foreign = format!("arn:aws:kms:{REGION}:{OTHER}:key/foreign");
    let root = |account: &str| json!({"Effect": "Allow", "Principal": {"AWS": format!("arn:aws:iam::{account}:root")}, "Action": "kms:*"});
    world.kms.add(
        &foreign,
        "SYMMETRIC_DEFAULT",
        "ENCRYPT_DECRYPT",
        &key_policy(vec![root(OTHER)]),
    );
    let (code, _) = refused(create(&world, "Admin", online_under("group", &foreign)));
    assert_eq!(code, "AccessDeniedException");
    assert_untouched(&world, &foreign);
    world
        .kms
        .put_policy(&foreign, &key_policy(vec![root(OTHER), root(ACCOUNT)]));
    create(&world, "Admin", online_under("group", &foreign)).unwrap();
}

/// A creator with the eleven actions, those of `by_iam` by IAM and those of `by_key` by the key policy.
fn creator(by_iam: &[&str], by_key: &[&str], check: PermissionCheck) -> World {
    let mut statements = vec![allow(&["sagemaker:*"])];
    if !by_iam.is_empty() {
        statements.push(allow(by_iam));
    }
    let world = Plan::default()
        .role(ACCOUNT, "Creator", statements)
        .build_with(|settings| settings.create_permission_check = check);
    let mut policy = vec![delegation()];
    if !by_key.is_empty() {
        policy.push(
            json!({"Effect": "Allow", "Principal": {"AWS": role_arn("Creator")}, "Action": by_key,
            "Condition": {"StringLike": {"kms:ViaService": "sagemaker.*.amazonaws.com"}}}),
        );
    }
    world.key("one", &key_policy(policy));
    world
}

#[test]
fn k4_each_of_the_eleven_is_needed_and_named() {
    let all = creator(&ELEVEN, &[], PermissionCheck::Documented);
    create(&all, "Creator", online_under("group", "one")).unwrap();
    for missing in ELEVEN {
        let rest: Vec<&str> = ELEVEN
            .into_iter()
            .filter(|action| *action != missing)
            .collect();
        let world = creator(&rest, &[], PermissionCheck::Documented);
        let (code, message) = refused(create(&world, "Creator", online_under("group", "one")));
        assert_eq!(code, "AccessDeniedException", "{missing}");
        let needs = format!(
            "The caller needs {missing} on the KMS key {}",
            key_arn("one")
        );
        assert!(message.starts_with(&needs), "{missing}: {message}");
        assert!(message.contains(VIA), "{message}");
        assert_untouched(&world, &key_arn("one"));
    }
}

#[test]
fn k4_list_aliases_and_retire_grant_do_not_help_in_a_key_policy() {
    for action in ["kms:ListAliases", "kms:RetireGrant"] {
        let rest: Vec<&str> = ELEVEN
            .into_iter()
            .filter(|other| *other != action)
            .collect();
        let world = creator(&rest, &[action], PermissionCheck::Documented);
        let (code, message) = refused(create(&world, "Creator", online_under("group", "one")));
        assert_eq!(code, "AccessDeniedException");
        assert!(message.contains(action), "{message}");
    }
}

#[test]
fn k4_the_effective_check_asks_for_what_the_store_does_only() {
    let unused = [
        "kms:RetireGrant",
        "kms:ListAliases",
        "kms:ListGrants",
        "kms:RevokeGrant",
    ];
    let rest: Vec<&str> = ELEVEN
        .into_iter()
        .filter(|action| !unused.contains(action))
        .collect();
    let world = creator(&rest, &[], PermissionCheck::Effective);
    create(&world, "Creator", online_under("group", "one")).unwrap();
    for missing in &rest {
        let fewer: Vec<&str> = rest
            .iter()
            .copied()
            .filter(|action| action != missing)
            .collect();
        let world = creator(&fewer, &[], PermissionCheck::Effective);
        let (code, message) = refused(create(&world, "Creator", online_under("group", "one")));
        assert_eq!(code, "AccessDeniedException");
        assert!(message.contains(missing), "{message}");
    }
}

#[test]
fn k5_permissions_come_from_key_policy_iam_or_grant() {
    let by_key: Vec<&str> = ELEVEN[..]
        .iter()
        .copied()
        .filter(|action| !["kms:RetireGrant", "kms:ListAliases"].contains(action))
        .collect();
    let iam_only = ["kms:RetireGrant", "kms:ListAliases"];
    let world = creator(&iam_only, &by_key, PermissionCheck::Documented);
    create(&world, "Creator", online_under("group", "one")).unwrap();
    // The key policy no longer says so: a second group is refused.
    world
        .kms
        .put_policy(&key_arn("one"), &key_policy(vec![delegation()]));
    assert!(create(&world, "Creator", online_under("second", "one")).is_err());

    // A grant gives what grants can give; the rest stays with IAM.
    let of_grants = [
        "Encrypt",
        "Decrypt",
        "DescribeKey",
        "CreateGrant",
        "ReEncryptFrom",
        "ReEncryptTo",
        "GenerateDataKey",
    ];
    let by_iam = [
        "kms:RetireGrant",
        "kms:ListAliases",
        "kms:ListGrants",
        "kms:RevokeGrant",
    ];
    let world = creator(&by_iam, &[], PermissionCheck::Documented);
    assert!(create(&world, "Creator", online_under("group", "one")).is_err());
    let mut operations: Vec<String> = of_grants.iter().map(ToString::to_string).collect();
    // A grant lets only such grants be made whose operations it has itself.
    operations.push("RetireGrant".to_owned());
    let grant = world.kms.force_grant(
        &key_arn("one"),
        rempart_keys::GrantRequest {
            grantee: Some(role_arn("Creator")),
            operations,
            ..Default::default()
        },
    );
    create(&world, "Creator", online_under("group", "one")).unwrap();
    world.kms.revoke(&key_arn("one"), &grant);
    assert!(create(&world, "Creator", online_under("second", "one")).is_err());
}

/// A caller and a role who depend on one key policy, with this condition and these other statements.
fn one_key_for_both(condition: Option<Value>, more: Vec<Value>, role_may_by_iam: bool) -> World {
    let mut role = vec![allow(&[
        "s3:PutObject",
        "s3:GetBucketAcl",
        "s3:PutObjectAcl",
    ])];
    if role_may_by_iam {
        role.push(allow(&["kms:GenerateDataKey"]));
    }
    let world = Plan::default()
        .role(
            ACCOUNT,
            "Creator",
            vec![allow(&[
                "sagemaker:*",
                "iam:PassRole",
                "kms:RetireGrant",
                "kms:ListAliases",
            ])],
        )
        .role(ACCOUNT, "Offline", role)
        .build();
    let mut statement = json!({"Effect": "Allow", "Principal": {"AWS": [role_arn("Creator"), role_arn("Offline")]}, "Action": "kms:*"});
    if let Some(condition) = condition {
        statement["Condition"] = condition;
    }
    let mut statements = vec![statement];
    statements.extend(more);
    world.key("one", &key_policy(statements));
    world
}

fn both_under_one() -> Value {
    with(online_under("group", "one"), offline(Some(&key_arn("one"))))
}

fn through(service: &str) -> Value {
    json!({"StringLike": {"kms:ViaService": format!("{service}.*.amazonaws.com")}})
}

#[test]
fn k8_one_key_behind_a_via_service_condition_fails_with_the_reason() {
    let world = one_key_for_both(Some(through("sagemaker")), vec![], false);
    let (code, message) = refused(create(&world, "Creator", both_under_one()));
    assert_eq!(code, "ValidationException");
    assert!(message.contains("kms:GenerateDataKey"), "{message}");
    assert!(message.contains(&role_arn("Offline")), "{message}");
    assert_untouched(&world, &key_arn("one"));
}

#[test]
fn k8_one_key_without_the_condition_works() {
    let world = one_key_for_both(None, vec![], false);
    create(&world, "Creator", both_under_one()).unwrap();
    assert_eq!(world.last_event().additional, None);
}

#[test]
fn k8_one_key_that_iam_opens_for_the_role_works_and_is_warned_about() {
    let world = one_key_for_both(Some(through("sagemaker")), vec![delegation()], true);
    create(&world, "Creator", both_under_one()).unwrap();
    let additional = world.last_event().additional.unwrap();
    assert!(
        additional["warnings"][0]
            .as_str()
            .unwrap()
            .contains("serves both stores")
    );
}

#[test]
fn k8_one_key_with_a_statement_for_the_role_through_s3_works_without_a_warning() {
    let for_role = json!({"Effect": "Allow", "Principal": {"AWS": role_arn("Offline")},
        "Action": "kms:GenerateDataKey", "Condition": through("s3")});
    let world = one_key_for_both(Some(through("sagemaker")), vec![for_role], false);
    create(&world, "Creator", both_under_one()).unwrap();
    assert_eq!(world.last_event().additional, None);
}

#[test]
fn k9_the_role_needs_its_four_permissions_and_the_caller_pass_role() {
    let four = [
        "s3:PutObject",
        "s3:GetBucketAcl",
        "s3:PutObjectAcl",
        "kms:GenerateDataKey",
    ];
    let build = |role: Vec<&str>, caller: Vec<Value>| {
        Plan::default()
            .role(ACCOUNT, "Admin", caller)
            .role(ACCOUNT, "Offline", vec![allow(&role)])
            .build()
            .with_key("two")
    };
    let input = || with(online("group"), offline(Some(&key_arn("two"))));
    let world = build(four.to_vec(), vec![everything()]);
    create(&world, "Admin", input()).unwrap();
    let calls = world.kms.take_calls();
    let expected = "GenerateDataKey arn:aws:sts::111122223333:assumed-role/Offline/SageMaker s3.eu-west-1.amazonaws.com";
    assert!(calls.iter().any(|call| call == expected), "{calls:?}");

    for missing in four {
        let role = four
            .into_iter()
            .filter(|action| *action != missing)
            .collect();
        let world = build(role, vec![everything()]);
        let (code, message) = refused(create(&world, "Admin", input()));
        assert_eq!(code, "ValidationException");
        let needs = format!(
            "The role {} needs {missing} for the offline store",
            role_arn("Offline")
        );
        assert!(message.starts_with(&needs), "{message}");
        assert_untouched(&world, &key_arn("two"));
    }

    let deny = json!({"Effect": "Deny", "Action": "iam:PassRole", "Resource": "*"});
    let world = build(four.to_vec(), vec![everything(), deny]);
    let (code, message) = refused(create(&world, "Admin", input()));
    assert_eq!(code, "AccessDeniedException");
    assert!(message.contains("iam:PassRole"), "{message}");

    let only_elsewhere = json!({"Effect": "Deny", "Action": "iam:PassRole", "Resource": "*",
        "Condition": {"StringNotEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}}});
    let world = build(four.to_vec(), vec![everything(), only_elsewhere]);
    create(&world, "Admin", input()).unwrap();
}

#[test]
fn k9_a_role_with_no_more_serves_a_caller_without_any_right_on_the_offline_key() {
    let caller = vec![allow(&["sagemaker:*", "iam:PassRole"])];
    let world = Plan::default()
        .role(ACCOUNT, "Creator", caller)
        .role(ACCOUNT, "Offline", offline_statements())
        .build()
        .with_key("two");
    create(
        &world,
        "Creator",
        with(online("group"), offline(Some(&key_arn("two")))),
    )
    .unwrap();
    world.kms.add(
        &key_arn("rsa"),
        "RSA_2048",
        "ENCRYPT_DECRYPT",
        &key_policy(vec![delegation()]),
    );
    let (code, _) = refused(create(
        &world,
        "Creator",
        with(online("other"), offline(Some(&key_arn("rsa")))),
    ));
    assert_eq!(code, "ValidationException");
    assert!(world.registry.group(ACCOUNT, "other").is_none());
}

#[test]
fn k11_each_online_store_has_a_grant_of_its_own_bound_to_the_group() {
    let world = World::ordinary();
    for name in ["first", "second"] {
        create(&world, "Admin", online_under(name, "one")).unwrap();
    }
    let grants = world.kms.grants(&key_arn("one"));
    assert_eq!(grants.len(), 2);
    for (grant, name) in grants.iter().zip(["first", "second"]) {
        let request = &grant.request;
        assert_eq!(request.name, Some(format!("{}:online", group_arn(name))));
        assert_eq!(request.source_arn, Some(group_arn(name)));
        assert_eq!(
            request.context_subset["aws:sagemaker:feature-group-arn"],
            group_arn(name)
        );
        assert_eq!(
            request.grantee_service.as_deref(),
            Some("sagemaker.amazonaws.com")
        );
        assert!(!request.operations.contains(&"CreateGrant".to_owned()));
        let group = world.registry.group(ACCOUNT, name).unwrap();
        assert_eq!(
            group.online_keys.as_ref().unwrap().grant_id,
            Some(grant.id.clone())
        );
    }
}

#[test]
fn k12_a_revoked_grant_is_made_anew_for_an_authorised_caller_only() {
    let look = allow(&["sagemaker:*"]);
    let world = ordinary_plan()
        .role(ACCOUNT, "Looker", vec![look])
        .build()
        .with_key("one");
    create(&world, "Admin", online_under("group", "one")).unwrap();
    let old = world.kms.grants(&key_arn("one"))[0].id.clone();
    world.kms.revoke(&key_arn("one"), &old);
    let connection = world.connection();
    let refusal = world
        .control
        .repair(&world.caller("Looker"), &connection, "group")
        .unwrap_err();
    assert_eq!(refusal.code, "AccessDeniedException");
    assert!(world.kms.grants(&key_arn("one")).is_empty());
    let refusal = world
        .control
        .repair(&world.caller("Nobody"), &connection, "group")
        .unwrap_err();
    assert_eq!(refusal.code, "AccessDeniedException");

    let ids = world
        .control
        .repair(&world.caller("Admin"), &connection, "group")
        .unwrap();
    let grants = world.kms.grants(&key_arn("one"));
    assert_eq!(ids, [grants[0].id.clone()]);
    assert_ne!(ids[0], old);
    let group = world.registry.group(ACCOUNT, "group").unwrap();
    assert_eq!(
        group.online_keys.as_ref().unwrap().grant_id,
        Some(ids[0].clone())
    );
    // Once more changes nothing.
    assert_eq!(
        world
            .control
            .repair(&world.caller("Admin"), &connection, "group")
            .unwrap(),
        ids
    );
    assert_eq!(world.kms.grants(&key_arn("one")), grants);
}

#[test]
fn k13_deletion_retires_the_grant_of_the_group_and_no_other() {
    let world = World::ordinary();
    for name in ["first", "second"] {
        create(&world, "Admin", online_under(name, "one")).unwrap();
    }
    let foreign = world.kms.force_grant(
        &key_arn("one"),
        rempart_keys::GrantRequest {
            grantee: Some(role_arn("Offline")),
            operations: vec!["Decrypt".to_owned()],
            ..Default::default()
        },
    );
    let kept = world.registry.group(ACCOUNT, "second").unwrap();
    let kept = kept.online_keys.as_ref().unwrap().grant_id.clone().unwrap();
    world
        .call(
            "Admin",
            "DeleteFeatureGroup",
            json!({"FeatureGroupName": "first"}),
        )
        .unwrap();
    let left: Vec<String> = world
        .kms
        .grants(&key_arn("one"))
        .into_iter()
        .map(|grant| grant.id)
        .collect();
    assert_eq!(left, [kept, foreign]);
}

#[test]
fn a_creation_that_the_kms_interrupts_leaves_nothing() {
    for operation in ["DescribeKey", "CreateGrant", "GenerateDataKey"] {
        let world = World::ordinary();
        world.kms.fail_next(operation);
        let (code, _) = refused(create(&world, "Admin", online_under("group", "one")));
        assert_eq!(code, "ServiceUnavailable", "{operation}");
        assert_untouched(&world, &key_arn("one"));
        create(&world, "Admin", online_under("group", "one")).unwrap();
    }
}

#[test]
fn a_grant_that_cannot_be_retired_at_once_is_retired_later() {
    let world = World::ordinary();
    create(&world, "Admin", online_under("group", "one")).unwrap();
    world.kms.fail_next("RetireGrant");
    let delete = json!({"FeatureGroupName": "group"});
    let (code, _) = refused(world.call("Admin", "DeleteFeatureGroup", delete.clone()));
    assert_eq!(code, "ServiceUnavailable");
    let answer = world
        .call("Admin", "DescribeFeatureGroup", delete.clone())
        .unwrap();
    assert_eq!(answer["FeatureGroupStatus"], "DeleteFailed");
    assert!(
        answer["FailureReason"]
            .as_str()
            .unwrap()
            .contains("DependencyTimeout")
    );
    world.call("Admin", "DeleteFeatureGroup", delete).unwrap();
    assert_untouched(&world, &key_arn("one"));
}

#[test]
fn reconciliation_finds_orphaned_missing_duplicated_and_wider_grants() {
    use rempart_store::control::GrantFault;
    let world = World::ordinary();
    for name in ["good", "missing", "double"] {
        create(&world, "Admin", online_under(name, "one")).unwrap();
    }
    let key = key_arn("one");
    let caller = world.caller("Admin");
    assert_eq!(
        world
            .control
            .reconcile(&caller, &world.connection())
            .unwrap(),
        []
    );

    let grants = world.kms.grants(&key);
    world.kms.revoke(&key, &grants[1].id);
    let mut wide = grants[2].request.clone();
    wide.operations.push("CreateGrant".to_owned());
    wide.context_subset.clear();
    let double = world.kms.force_grant(&key, wide);
    let mut gone = grants[0].request.clone();
    gone.name = Some(format!("{}:online", group_arn("gone")));
    let orphan = world.kms.force_grant(&key, gone);
    let unrelated = rempart_keys::GrantRequest {
        grantee: Some(role_arn("Offline")),
        name: Some("mine".to_owned()),
        operations: vec!["Decrypt".to_owned()],
        ..Default::default()
    };
    world.kms.force_grant(&key, unrelated);

    let findings = world
        .control
        .reconcile(&caller, &world.connection())
        .unwrap();
    let mut found: Vec<(Option<String>, Option<String>, &str)> = findings
        .iter()
        .map(|finding| {
            let fault = match &finding.fault {
                GrantFault::Orphaned => "orphaned",
                GrantFault::Missing => "missing",
                GrantFault::Duplicated => "duplicated",
                GrantFault::Wider { what } => {
                    assert_eq!(
                        what,
                        "operations CreateGrant; other encryption contexts than the group's"
                    );
                    "wider"
                }
                GrantFault::Unknown { .. } => "unknown",
            };
            (finding.group_arn.clone(), finding.grant_id.clone(), fault)
        })
        .collect();
    found.sort();
    let mut expected = vec![
        (
            Some(group_arn("missing")),
            Some(grants[1].id.clone()),
            "missing",
        ),
        (
            Some(group_arn("double")),
            Some(double.clone()),
            "duplicated",
        ),
        (Some(group_arn("double")), Some(double), "wider"),
        (Some(group_arn("gone")), Some(orphan), "orphaned"),
    ];
    expected.sort();
    assert_eq!(found, expected);

    let nobody = world.caller("Nobody");
    let findings = world
        .control
        .reconcile(&nobody, &world.connection())
        .unwrap();
    assert!(matches!(findings[0].fault, GrantFault::Unknown { .. }));
}

#[test]
fn rotation_reseals_and_a_new_epoch_adds_a_data_key() {
    let world = World::ordinary();
    create(&world, "Admin", online_under("group", "one")).unwrap();
    let keys = || {
        world
            .registry
            .group(ACCOUNT, "group")
            .unwrap()
            .online_keys
            .clone()
            .unwrap()
    };
    let before = keys();
    let (caller, connection) = (world.caller("Admin"), world.connection());
    world.control.rotate(&caller, &connection, "group").unwrap();
    let rotated = keys();
    assert_ne!(rotated.store_key, before.store_key);
    assert_eq!(rotated.data_keys, before.data_keys);
    assert_eq!(rotated.kms_key, before.kms_key);
    world
        .control
        .new_epoch(&caller, &connection, "group")
        .unwrap();
    let renewed = keys();
    assert_eq!(renewed.data_keys[0], before.data_keys[0]);
    assert_eq!(renewed.data_keys[1].id, 2);
    assert_ne!(renewed.data_keys[1].sealed, renewed.data_keys[0].sealed);
    let refusal = world
        .control
        .rotate(&world.caller("Nobody"), &connection, "group")
        .unwrap_err();
    assert_eq!(refusal.code, "AccessDeniedException");
    assert_eq!(keys(), renewed);
}

#[test]
fn a_new_key_needs_the_eleven_and_the_old_grant_is_retired_after_the_switch() {
    let world = World::ordinary().with_key("two");
    create(&world, "Admin", online_under("group", "one")).unwrap();
    let (caller, connection) = (world.caller("Admin"), world.connection());
    let own = json!({"Effect": "Allow", "Principal": {"AWS": format!("arn:aws:iam::{OTHER}:root")}, "Action": "kms:*"});
    world.key("three", &key_policy(vec![own]));
    let refusal = world
        .control
        .rekey(&caller, &connection, "group", &key_arn("three"))
        .unwrap_err();
    assert_eq!(refusal.code, "AccessDeniedException");
    assert_eq!(world.kms.grants(&key_arn("one")).len(), 1);

    for operation in ["CreateGrant", "ReEncrypt"] {
        let before = world.registry.group(ACCOUNT, "group").unwrap();
        world.kms.fail_next(operation);
        assert!(
            world
                .control
                .rekey(&caller, &connection, "group", &key_arn("two"))
                .is_err()
        );
        assert_eq!(world.registry.group(ACCOUNT, "group").unwrap(), before);
        assert!(world.kms.grants(&key_arn("two")).is_empty(), "{operation}");
        assert!(world.registry.debts().is_empty(), "{operation}");
    }

    world
        .control
        .rekey(&caller, &connection, "group", &key_arn("two"))
        .unwrap();
    assert!(world.kms.grants(&key_arn("one")).is_empty());
    assert_eq!(world.kms.grants(&key_arn("two")).len(), 1);
    assert!(world.registry.debts().is_empty());
    let group = world.registry.group(ACCOUNT, "group").unwrap();
    assert_eq!(group.online.as_ref().unwrap().kms_key, Some(key_arn("two")));
    assert_eq!(group.online_keys.as_ref().unwrap().kms_key, key_arn("two"));
    // The store works under the new key: it opens its store key for another epoch.
    world
        .control
        .new_epoch(&caller, &connection, "group")
        .unwrap();
}

#[test]
fn an_old_grant_that_survives_a_rekey_is_retired_when_debts_are_settled() {
    let world = World::ordinary().with_key("two");
    create(&world, "Admin", online_under("group", "one")).unwrap();
    let (caller, connection) = (world.caller("Admin"), world.connection());
    world.kms.fail_next("RetireGrant");
    world
        .control
        .rekey(&caller, &connection, "group", &key_arn("two"))
        .unwrap();
    assert_eq!(world.kms.grants(&key_arn("one")).len(), 1);
    assert_eq!(world.registry.debts().len(), 1);
    world.control.settle_debts(&connection).unwrap();
    assert!(world.kms.grants(&key_arn("one")).is_empty());
    assert!(world.registry.debts().is_empty());
    assert_eq!(world.kms.grants(&key_arn("two")).len(), 1);
}

#[test]
fn sealed_keys_are_on_disk_and_plain_ones_are_not() {
    let world = World::ordinary();
    create(&world, "Admin", online_under("group", "one")).unwrap();
    let group = world.registry.group(ACCOUNT, "group").unwrap();
    let path = world.path.clone();
    let World {
        registry, control, ..
    } = world;
    drop(control);
    drop(registry);
    let reopened = Registry::open(&path).unwrap();
    assert_eq!(*reopened.group(ACCOUNT, "group").unwrap(), *group);
}
