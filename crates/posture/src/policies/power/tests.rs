use std::sync::Arc;

use rempart_policy::document::PolicyKind;
use serde_json::{Value as Json, json};

use super::*;
use crate::expression::ReasonCode;
use crate::policies::document::compile;

const ROLE: &str = "arn:aws:iam::111122223333:role/r";

fn role(statements: &str, more: Json) -> Json {
    let document = format!(r#"{{"Version":"2012-10-17","Statement":[{statements}]}}"#);
    let mut role = json!({"Arn": ROLE, "RoleName": "r", "Path": "/", "RoleId": "AROAR",
        "RolePolicyList": [{"PolicyName": "p", "PolicyDocument": document}]});
    if let (Some(role), Json::Object(more)) = (role.as_object_mut(), more) {
        role.extend(more);
    }
    role
}

fn identities(statements: &str, more: Json, policies: Json) -> Identities {
    let details = json!({"RoleDetailList": [role(statements, more)], "Policies": policies});
    Identities::new(&details, None).expect("details")
}

fn of(statements: &str) -> Identities {
    identities(statements, json!({}), json!([]))
}

const ALL: &str = r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#;

#[test]
fn administrators_are_told_by_what_they_may() {
    let administrators = [
        ALL,
        r#"{"Effect":"Allow","Action":"*:*","Resource":"*"}"#,
        r#"{"Effect":"Allow","NotAction":"aws-portal:*","Resource":"*"}"#,
        r#"{"Effect":"Allow","NotResource":"arn:aws:s3:::one","Action":"*"}"#,
        r#"{"Effect":"Allow","Action":["iam:*","s3:*","kms:*","ec2:*","sagemaker:*","lambda:*","dynamodb:*","cloudtrail:*","secretsmanager:*","rds:*","ecr:*"],"Resource":"*"}"#,
        // A condition that some request meets.
        r#"{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringEquals":{"aws:RequestedRegion":"eu-west-1"}}}"#,
    ];
    for statements in administrators {
        let found = powers(&of(statements), ROLE).expect(statements);
        assert!(found.contains(&"administrator"), "{statements}: {found:?}");
    }
    let others = [
        r#"{"Effect":"Allow","NotAction":"iam:*","Resource":"*"}"#,
        r#"{"Effect":"Allow","Action":"*","Resource":"arn:aws:s3:::one/*"}"#,
        &format!(r#"{ALL},{{"Effect":"Deny","Action":"*","Resource":"*"}}"#),
        &format!(r#"{ALL},{{"Effect":"Deny","NotAction":"s3:*","Resource":"*"}}"#),
    ];
    for statements in others {
        let found = powers(&of(statements), ROLE).expect(statements);
        assert!(!found.contains(&"administrator"), "{statements}: {found:?}");
    }
}

#[test]
fn powers_are_asked_one_by_one() {
    let cases: &[(&str, &[&str])] = &[
        (
            r#"{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::data/*"}"#,
            &[],
        ),
        (
            r#"{"Effect":"Allow","Action":"s3:Get*","Resource":"*"}"#,
            &["read-any-bucket"],
        ),
        (
            r#"{"Effect":"Allow","Action":"iam:PassRole","Resource":"arn:aws:iam::111122223333:role/*"}"#,
            &["pass-any-role"],
        ),
        (
            r#"{"Effect":"Allow","Action":"iam:PassRole","Resource":"arn:aws:iam::111122223333:role/ml-*"}"#,
            &[],
        ),
        (
            r#"{"Effect":"Allow","Action":"kms:*","Resource":"*"}"#,
            &["decrypt-with-any-key"],
        ),
        (
            r#"{"Effect":"Allow","Action":"sts:AssumeRole","Resource":"*"}"#,
            &["assume-any-role"],
        ),
        (
            r#"{"Effect":"Allow","Action":"sagemaker:*","Resource":"*"}"#,
            &["all-sagemaker"],
        ),
        (
            r#"{"Effect":"Allow","Action":"iam:CreatePolicyVersion","Resource":"*"}"#,
            &["write-iam"],
        ),
        // A deny for somebody else, and one that covers.
        (
            r#"{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"},{"Effect":"Deny","Action":"s3:*","Resource":"*","Condition":{"StringNotEquals":{"aws:PrincipalArn":"arn:aws:iam::111122223333:role/r"}}}"#,
            &["read-any-bucket"],
        ),
        (
            r#"{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"},{"Effect":"Deny","Action":"s3:*","Resource":"*","Condition":{"StringEquals":{"aws:PrincipalArn":"arn:aws:iam::111122223333:role/r"}}}"#,
            &[],
        ),
        // No request meets both.
        (
            r#"{"Effect":"Allow","Action":"s3:GetObject","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"true"}}},{"Effect":"Deny","Action":"s3:*","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"true"}}}"#,
            &[],
        ),
        // Everything is inside the empty list of values.
        (
            r#"{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"},{"Effect":"Deny","Action":"s3:*","Resource":"*","Condition":{"ForAllValues:StringEquals":{"aws:TagKeys":"x"}}}"#,
            &[],
        ),
    ];
    for (statements, expected) in cases {
        assert_eq!(
            powers(&of(statements), ROLE).expect(statements),
            *expected,
            "{statements}"
        );
    }
}

#[test]
fn reasons_are_told_in_words() {
    let cases: &[(&str, &[&str])] = &[
        (
            r#"{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}"#,
            &[],
        ),
        (
            r#"{"Effect":"Allow","Action":"iam:PassRole","Resource":"*"}"#,
            &["it may pass every role (iam:PassRole)"],
        ),
        (
            r#"{"Effect":"Allow","Action":"iam:PutRolePolicy","Resource":"arn:aws:iam::111122223333:role/r"}"#,
            &["it may change its own permissions (iam:PutRolePolicy)"],
        ),
        (
            r#"{"Effect":"Allow","Action":"iam:PutRolePolicy","Resource":"arn:aws:iam::111122223333:role/other"}"#,
            &[],
        ),
    ];
    for (statements, expected) in cases {
        assert_eq!(
            excessive(&of(statements), ROLE).expect(statements),
            *expected,
            "{statements}"
        );
    }
}

#[test]
fn a_boundary_and_the_organisation_limit() {
    let boundary = json!({"PermissionsBoundary": {"PermissionsBoundaryArn": "arn:aws:iam::111122223333:policy/b"}});
    let document =
        r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}}"#;
    let policies = json!([{"Arn": "arn:aws:iam::111122223333:policy/b", "PolicyVersionList": [
        {"VersionId": "v1", "IsDefaultVersion": true, "Document": document}]}]);
    let limited = identities(ALL, boundary, policies);
    assert_eq!(
        powers(&limited, ROLE),
        Ok(vec!["read-any-bucket", "write-any-bucket"])
    );

    let guardrail = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"},{"Effect":"Deny","NotAction":"s3:GetObject","Resource":"*"}]}"#;
    let guardrail = compile("scp", guardrail, PolicyKind::ServiceControl).expect("a policy");
    let details = json!({"RoleDetailList": [role(ALL, json!({}))]});
    let limited = Identities::new(&details, Some(vec![vec![guardrail]])).expect("details");
    assert_eq!(powers(&limited, ROLE), Ok(vec!["read-any-bucket"]));
}

#[test]
fn a_missing_document_is_no_permission_and_no_absence() {
    let attached =
        |arn: &str| json!({"AttachedManagedPolicies": [{"PolicyName": "x", "PolicyArn": arn}]});
    let missing = identities(
        "",
        attached("arn:aws:iam::aws:policy/AmazonS3FullAccess"),
        json!([]),
    );
    let unknown = powers(&missing, ROLE).expect_err("not known");
    assert_eq!(
        unknown.reasons().first().map(|reason| reason.code),
        Some(ReasonCode::Unresolvable)
    );
    assert!(excessive(&missing, ROLE).is_err());
    // What is attached is certain without its document.
    let full = identities(
        "",
        attached("arn:aws:iam::aws:policy/AmazonSageMakerFullAccess"),
        json!([]),
    );
    assert_eq!(
        excessive(&full, ROLE),
        Ok(vec!["AmazonSageMakerFullAccess is attached".to_owned()])
    );
    let own = identities(
        "",
        attached("arn:aws:iam::444455556666:policy/AmazonSageMakerFullAccess"),
        json!([]),
    );
    assert!(excessive(&own, ROLE).is_err());
    let nobody = powers(&of(ALL), "arn:aws:iam::111122223333:role/other").expect_err("nobody");
    assert_eq!(
        nobody.reasons().first().map(|reason| reason.code),
        Some(ReasonCode::Unresolvable)
    );
}

#[test]
fn the_policy_of_a_key_decides() {
    let key = "arn:aws:kms:eu-west-1:111122223333:key/1";
    let may = |statements: &str, policy: Option<&str>, name: &str| {
        let policy = policy.map(|text| compile("key", text, PolicyKind::KmsKey).expect(text));
        let on = Circumstances {
            resource: Some(key),
            policy: policy.as_ref(),
            ..Circumstances::default()
        };
        of(statements)
            .may(ROLE, &action(name).expect(name), on)
            .expect(name)
    };
    let nothing = r#"{"Effect":"Allow","Action":"kms:ListAliases","Resource":"*"}"#;
    let everything = r#"{"Effect":"Allow","Action":"kms:*","Resource":"*"}"#;
    let names_role = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:role/r"},"Action":["kms:CreateGrant","kms:ReEncryptTo","kms:DescribeKey"],"Resource":"*","Condition":{"StringLike":{"kms:ViaService":"sagemaker.*.amazonaws.com"}}}}"#;
    let names_other = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:role/other"},"Action":"kms:*","Resource":"*"}}"#;
    for name in ["kms:CreateGrant", "kms:ReEncryptTo", "kms:DescribeKey"] {
        assert!(may(nothing, Some(names_role), name), "{name}");
        assert!(!may(everything, Some(names_other), name), "{name}");
        assert!(may(everything, None, name), "{name}");
    }
    let retire =
        r#"{"Effect":"Allow","Action":["kms:ListAliases","kms:RetireGrant"],"Resource":"*"}"#;
    assert!(may(retire, None, "kms:RetireGrant"));
    assert!(!may(nothing, Some(names_role), "kms:Decrypt"));
    assert!(may(nothing, None, "kms:ListAliases"));
}

#[test]
fn actions_of_policies_that_are_attached_nowhere() {
    let account = rempart_aws_model::AccountId::parse("111122223333").expect("an account");
    let text = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"iam:PassRole","Resource":"*"}}"#;
    let set = Identities::of_documents(account, &[text.to_owned()]).expect("documents");
    assert_eq!(
        excessive(&set, &Identities::imagined(account)),
        Ok(vec!["it may pass every role (iam:PassRole)".to_owned()])
    );
    assert!(Identities::of_documents(account, &["{}".to_owned()]).is_err());
    let none: Arc<[String]> = Arc::new([]);
    let set = Identities::of_documents(account, &none).expect("nothing");
    assert_eq!(
        excessive(&set, &Identities::imagined(account)),
        Ok(Vec::new())
    );
}
