//! Changes and records are input from outside: whatever they say, nothing panics and nothing is invented.

mod common;

use proptest::prelude::*;
use rempart_reach::Options;
use serde_json::{Value, json};

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "[a-z:/*${}é\\\\\"\u{0}]{0,12}".prop_map(Value::from),
        Just(json!("mallory")),
        Just(json!("Data")),
        Just(json!("{\"Statement\": []}")),
        Just(json!("arn:aws:iam::111122223333:policy/x")),
        Just(json!("%7B%7D")),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            prop::collection::btree_map("[a-zA-Z]{1,12}", inner, 0..3)
                .prop_map(|members| members.into_iter().collect()),
        ]
    })
}

prop_compose! {
    fn change()(
        (source, name) in prop::sample::select(vec![
            ("iam", "PutRolePolicy"), ("iam", "DeleteUserPolicy"), ("iam", "AttachRolePolicy"),
            ("iam", "PutUserPermissionsBoundary"), ("iam", "UpdateAssumeRolePolicy"), ("iam", "AddUserToGroup"),
            ("iam", "CreatePolicy"), ("iam", "CreatePolicyVersion"), ("iam", "SetDefaultPolicyVersion"),
            ("iam", "CreateRole"), ("iam", "DeleteRole"), ("s3", "PutBucketPolicy"),
            ("s3", "PutBucketPublicAccessBlock"), ("kms", "CreateGrant"), ("kms", "RevokeGrant"),
            ("kms", "PutKeyPolicy"), ("sagemaker", "PutModelPackageGroupPolicy"), ("ec2", "RunInstances"),
        ]),
        members in prop::collection::vec((prop::sample::select(vec![
            "roleName", "userName", "groupName", "policyName", "policyDocument", "policyArn",
            "assumeRolePolicyDocument", "permissionsBoundary", "bucketName", "bucketPolicy", "keyId", "policy",
            "grantId", "operations", "constraints", "granteePrincipal", "setAsDefault", "versionId", "role",
        ]), value()), 0..6),
        response in value(),
        day in 5_u8..28,
    ) -> Value {
        let request: Value = members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        json!({"time": format!("2026-03-{day:02}T00:00:00Z"), "eventSource": format!("{source}.amazonaws.com"),
               "eventName": name, "request": request, "response": response})
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]
    #[test]
    fn no_change_ends_the_program(
        changes in prop::collection::vec(change(), 0..8),
        is_before in any::<bool>(),
    ) {
        let allow = json!({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "*"}]});
        let details = json!({"UserDetailList": [{"Arn": "arn:aws:iam::111122223333:user/mallory",
                "UserName": "mallory", "UserId": "AIDAM",
                "UserPolicyList": [{"PolicyName": "own", "PolicyDocument": allow}]}],
            "RoleDetailList": [{"Arn": "arn:aws:iam::111122223333:role/Data", "RoleName": "Data",
                "RoleId": "AROAD", "AssumeRolePolicyDocument": allow}],
            "Policies": [{"Arn": "arn:aws:iam::111122223333:policy/x", "PolicyVersionList": [
                {"VersionId": "v1", "IsDefaultVersion": true, "Document": allow}]}]});
        let at = if is_before { "2026-03-09T00:00:00Z" } else { "2026-03-25T00:00:00Z" };
        let case = json!({"from": "2026-03-10T00:00:00Z", "to": "2026-03-20T00:00:00Z",
            "suspects": [{"arn": "arn:aws:iam::111122223333:user/mallory"}],
            "changes": changes,
            "snapshots": [{"at": at, "answers": [{"place": "111122223333/global",
                "operation": "iam:GetAccountAuthorizationDetails", "body": details}]}]});
        let reach = common::reach(&case, &Options::default());
        prop_assert!(!reach.rows.is_empty());
        // No document above allows it.
        let reached = reach.rows.iter().any(|row| row.label.name() == "reached");
        prop_assert!(!reached);
    }
}
