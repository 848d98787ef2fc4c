//! What `check_key_policy` says of key policies.

use rempart_directory::check_key_policy;
use rempart_policy::document::{Policy, PolicyKind};
use serde_json::{Value, json};

fn codes(document: &Value) -> Vec<(&'static str, usize)> {
    let policy = Policy::parse(&document.to_string(), PolicyKind::KmsKey).unwrap();
    let found = check_key_policy(&policy);
    found
        .iter()
        .map(|lint| (lint.code, lint.statement.unwrap()))
        .collect()
}

/// The sample of the SageMaker Developer Guide, with a number of nine digits where `account` is.
fn sample(account: &str) -> Value {
    json!({"Version": "2012-10-17", "Id": "key-policy-feature-store", "Statement": [
        {"Sid": "Allow access through Amazon SageMaker AI Feature Store for all principals in the account that are authorized to use Amazon SageMaker AI Feature Store ",
         "Effect": "Allow",
         "Principal": {"AWS": "arn:aws:iam::111122223333:user/featurestore-user"},
         "Action": ["kms:Encrypt", "kms:Decrypt", "kms:DescribeKey", "kms:CreateGrant", "kms:RetireGrant",
                    "kms:ReEncryptFrom", "kms:ReEncryptTo", "kms:GenerateDataKey", "kms:ListAliases", "kms:ListGrants"],
         "Resource": ["*"],
         "Condition": {"StringLike": {"kms:ViaService": "sagemaker.*.amazonaws.com"}}},
        {"Sid": "Allow administrators to view the customer managed key and revoke grants", "Effect": "Allow",
         "Principal": {"AWS": ["arn:aws:iam::111122223333:user/featurestore-admin"]},
         "Action": ["kms:Describe*", "kms:Get*", "kms:List*", "kms:RevokeGrant"], "Resource": ["*"]},
        {"Sid": "Enable IAM User Permissions", "Effect": "Allow",
         "Principal": {"AWS": format!("arn:aws:iam::{account}:root")}, "Action": "kms:*", "Resource": "*"},
    ]})
}

#[test]
fn k8_3_the_published_sample_has_what_a_checker_must_report() {
    assert_eq!(
        codes(&sample("123456789012")),
        [
            ("example-principal", 1),
            ("key-action-without-effect", 1),
            ("feature-store-permission-missing", 1),
            ("example-principal", 2),
            ("key-administration", 2),
            ("example-principal", 3),
            ("delegation-beside-via-service", 3),
        ]
    );
    let policy = Policy::parse(&sample("123456789012").to_string(), PolicyKind::KmsKey).unwrap();
    let found = check_key_policy(&policy);
    let missing = found
        .iter()
        .find(|lint| lint.code == "feature-store-permission-missing");
    assert!(missing.unwrap().message.ends_with("needs kms:RevokeGrant"));
    let idle = found
        .iter()
        .find(|lint| lint.code == "key-action-without-effect");
    assert!(
        idle.unwrap()
            .message
            .ends_with("kms:ListAliases, kms:RetireGrant")
    );
}

#[test]
fn k8_3_an_account_of_nine_digits_is_malformed() {
    let error = Policy::parse(&sample("123456789").to_string(), PolicyKind::KmsKey).unwrap_err();
    assert!(error.to_string().contains("account"), "{error}");
}

#[test]
fn a_policy_that_does_what_it_seems_to_is_left_alone() {
    let policy = json!({"Version": "2012-10-17", "Statement": [
        {"Sid": "Store", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::210987654321:role/Creator"},
         "Action": ["kms:Encrypt", "kms:Decrypt", "kms:DescribeKey", "kms:CreateGrant", "kms:ReEncrypt*",
                    "kms:GenerateDataKey", "kms:ListGrants"],
         "Resource": "*", "Condition": {"StringLike": {"kms:ViaService": "sagemaker.*.amazonaws.com"}}},
        {"Sid": "Revoke", "Effect": "Allow", "Principal": {"AWS": ["arn:aws:iam::210987654321:role/Creator",
         "arn:aws:iam::210987654321:role/KeyAdmin"]}, "Action": ["kms:RevokeGrant", "kms:Put*"], "Resource": "*"},
    ]});
    assert_eq!(codes(&policy), []);
    // A delegation alone promises nothing about direct calls.
    let delegation = json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow",
        "Principal": {"AWS": "210987654321"}, "Action": "kms:*", "Resource": "*"}});
    assert_eq!(codes(&delegation), []);
}
