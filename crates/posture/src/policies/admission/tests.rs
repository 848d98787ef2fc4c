use super::*;
use crate::policies::document::{compile, kind_of};

const OWN: &str = "111122223333";
const BUCKET: &str = "arn:aws:s3:::data";
const KEY: &str = "arn:aws:kms:eu-west-1:111122223333:key/1";
const ROLE: &str = "arn:aws:iam::111122223333:role/r";
const ENDPOINT: &str = "arn:aws:ec2:eu-west-1:111122223333:vpc-endpoint/vpce-1";

fn inside(organisation: Option<&str>) -> Inside {
    Inside {
        account: AccountId::parse(OWN).expect("an account"),
        accounts: [OWN, "222233334444"].map(ToOwned::to_owned).into(),
        organisation: organisation.map(ToOwned::to_owned),
        networks: ["vpce-1", "vpc-1"].map(ToOwned::to_owned).into(),
    }
}

fn document(statements: &str) -> String {
    format!(r#"{{"Version":"2012-10-17","Statement":[{statements}]}}"#)
}

fn asked(arn: &str, statements: &str, organisation: Option<&str>) -> Result<Vec<String>, Unknown> {
    let policy = compile(arn, &document(statements), kind_of(arn)).expect(statements);
    outsiders(&policy, arn, &inside(organisation))
}

fn found(arn: &str, statements: &str) -> Vec<String> {
    asked(arn, statements, Some("o-exampleorg1")).expect(statements)
}

/// A statement on the bucket's objects.
fn bucket(effect: &str, principal: &str, condition: &str) -> String {
    format!(
        r#"{{"Effect":"{effect}",{principal},"Action":"s3:GetObject","Resource":"{BUCKET}/*","Condition":{condition}}}"#
    )
}

#[test]
fn principals_of_bucket_policies() {
    let everybody = r#""Principal":"*""#;
    let foreign = r#""Principal":{"AWS":"arn:aws:iam::444455556666:root"}"#;
    let foreign_role = r#""Principal":{"AWS":"arn:aws:iam::444455556666:role/x"}"#;
    let own = r#""Principal":{"AWS":"111122223333"}"#;
    let known = r#""Principal":{"AWS":"arn:aws:iam::222233334444:role/x"}"#;
    let deleted = r#""Principal":{"AWS":"AROAEXAMPLEEXAMPLE123"}"#;
    let nothing = "{}";
    let cases: &[(String, &[&str])] = &[
        (bucket("Allow", everybody, nothing), &["*"]),
        (
            bucket("Allow", r#""Principal":{"AWS":"*"}"#, nothing),
            &["*"],
        ),
        (
            bucket("Allow", foreign, nothing),
            &["arn:aws:iam::444455556666:root"],
        ),
        (
            bucket("Allow", r#""Principal":{"AWS":"444455556666"}"#, nothing),
            &["444455556666"],
        ),
        (
            bucket("Allow", foreign_role, nothing),
            &["arn:aws:iam::444455556666:role/x"],
        ),
        (bucket("Allow", own, nothing), &[]),
        (bucket("Allow", known, nothing), &[]),
        (bucket("Allow", deleted, nothing), &[]),
        (bucket("Deny", everybody, nothing), &[]),
        (
            bucket(
                "Allow",
                r#""NotPrincipal":{"AWS":"arn:aws:iam::111122223333:root"}"#,
                nothing,
            ),
            &["*"],
        ),
    ];
    for (statements, expected) in cases {
        assert_eq!(found(BUCKET, statements), *expected, "{statements}");
    }
}

#[test]
fn conditions_of_bucket_policies() {
    let everybody = r#""Principal":"*""#;
    let cases: &[(&str, &[&str])] = &[
        (
            r#"{"StringEquals":{"aws:PrincipalOrgID":"o-exampleorg1"}}"#,
            &[],
        ),
        (
            r#"{"StringLike":{"aws:PrincipalOrgID":"o-exampleorg1"}}"#,
            &[],
        ),
        (r#"{"StringLike":{"aws:PrincipalOrgID":"o-*"}}"#, &["*"]),
        (
            r#"{"StringEquals":{"aws:PrincipalOrgID":"o-anotherorg2"}}"#,
            &["*"],
        ),
        (
            r#"{"StringEqualsIfExists":{"aws:PrincipalOrgID":"o-exampleorg1"}}"#,
            &["*"],
        ),
        (
            r#"{"StringNotEquals":{"aws:PrincipalOrgID":"o-exampleorg1"}}"#,
            &["*"],
        ),
        (
            r#"{"ForAnyValue:StringLike":{"aws:PrincipalOrgPaths":"o-exampleorg1/*"}}"#,
            &[],
        ),
        // True for a request without the key: everybody outside every organisation.
        (
            r#"{"ForAllValues:StringLike":{"aws:PrincipalOrgPaths":"o-exampleorg1/*"}}"#,
            &["*"],
        ),
        (
            r#"{"StringEquals":{"aws:PrincipalAccount":"111122223333"}}"#,
            &[],
        ),
        (
            r#"{"StringEquals":{"aws:PrincipalAccount":["111122223333","444455556666"]}}"#,
            &["444455556666"],
        ),
        (
            r#"{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::111122223333:role/*"}}"#,
            &[],
        ),
        (
            r#"{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::444455556666:role/x"}}"#,
            &["444455556666"],
        ),
        (
            r#"{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/x"}}"#,
            &["*"],
        ),
        (
            r#"{"StringEquals":{"aws:SourceAccount":"111122223333"}}"#,
            &[],
        ),
        (
            r#"{"ArnLike":{"aws:SourceArn":"arn:aws:sagemaker:*:111122223333:*"}}"#,
            &[],
        ),
        (r#"{"StringEquals":{"aws:SourceVpce":"vpce-1"}}"#, &[]),
        (
            r#"{"StringEquals":{"aws:SourceVpce":"vpce-of-somebody"}}"#,
            &["*"],
        ),
        (r#"{"IpAddress":{"aws:SourceIp":"203.0.113.0/24"}}"#, &["*"]),
        (r#"{"Bool":{"aws:SecureTransport":"true"}}"#, &["*"]),
        (
            r#"{"StringEquals":{"s3:DataAccessPointAccount":"111122223333"}}"#,
            &[],
        ),
    ];
    for (condition, expected) in cases {
        let statements = bucket("Allow", everybody, condition);
        assert_eq!(found(BUCKET, &statements), *expected, "{condition}");
    }
}

#[test]
fn a_denial_counts_where_it_covers() {
    let everybody = r#""Principal":"*""#;
    let allow = bucket("Allow", everybody, "{}");
    let deny = |condition: &str| format!("{allow},{}", bucket("Deny", everybody, condition));
    let cases: &[(&str, &[&str])] = &[
        (
            r#"{"StringNotEquals":{"aws:PrincipalOrgID":"o-exampleorg1"}}"#,
            &[],
        ),
        (
            r#"{"StringNotEqualsIfExists":{"aws:PrincipalOrgID":"o-exampleorg1"}}"#,
            &[],
        ),
        // Whoever is in no organisation does not carry the key, and is not denied.
        (
            r#"{"StringNotEquals":{"aws:PrincipalOrgID":"o-exampleorg1"},"Null":{"aws:PrincipalOrgID":"false"}}"#,
            &["*"],
        ),
        (
            r#"{"StringEquals":{"aws:PrincipalOrgID":"o-anotherorg2"}}"#,
            &["*"],
        ),
    ];
    for (condition, expected) in cases {
        assert_eq!(found(BUCKET, &deny(condition)), *expected, "{condition}");
    }
    let other = format!(
        r#"{allow},{{"Effect":"Deny","Principal":"*","Action":"s3:PutObject","Resource":"{BUCKET}/*"}}"#
    );
    assert_eq!(found(BUCKET, &other), ["*"]);
    let by_not_action = format!(
        r#"{allow},{{"Effect":"Deny","Principal":"*","NotAction":"s3:PutObject","Resource":"{BUCKET}/*"}}"#
    );
    assert_eq!(found(BUCKET, &by_not_action), Vec::<String>::new());
    let elsewhere =
        r#"{"Effect":"Allow","Principal":"*","Action":"s3:*","Resource":"arn:aws:s3:::other/*"}"#;
    assert_eq!(found(BUCKET, elsewhere), Vec::<String>::new());
}

#[test]
fn services_that_act_for_anybody() {
    let service = r#""Principal":{"Service":"cloudtrail.amazonaws.com"}"#;
    let cases: &[(&str, &[&str])] = &[
        ("{}", &["cloudtrail.amazonaws.com"]),
        (
            r#"{"StringEquals":{"aws:SourceAccount":"111122223333"}}"#,
            &[],
        ),
        (
            r#"{"StringEquals":{"aws:SourceAccount":"444455556666"}}"#,
            &["cloudtrail.amazonaws.com"],
        ),
        (
            r#"{"StringEqualsIfExists":{"aws:SourceAccount":"111122223333"}}"#,
            &["cloudtrail.amazonaws.com"],
        ),
        (
            r#"{"ArnLike":{"aws:SourceArn":"arn:aws:cloudtrail:*:111122223333:trail/*"}}"#,
            &[],
        ),
        (
            r#"{"StringEquals":{"aws:SourceOrgID":"o-exampleorg1"}}"#,
            &[],
        ),
    ];
    for (condition, expected) in cases {
        let statements = bucket("Allow", service, condition);
        assert_eq!(found(BUCKET, &statements), *expected, "{condition}");
    }
}

#[test]
fn the_own_organisation_must_be_known_where_it_matters() {
    let of = |condition: &str| bucket("Allow", r#""Principal":"*""#, condition);
    let by_organisation = of(r#"{"StringEquals":{"aws:PrincipalOrgID":"o-exampleorg1"}}"#);
    let unknown = asked(BUCKET, &by_organisation, None).expect_err("not decided");
    assert_eq!(
        unknown.reasons().first().map(|reason| reason.code),
        Some(ReasonCode::NotCollected)
    );
    // Everybody gets in, whichever organisation is the own one.
    let both = format!("{by_organisation},{}", of("{}"));
    assert_eq!(asked(BUCKET, &both, None), Ok(vec!["*".to_owned()]));
    assert_eq!(asked(BUCKET, &of("{}"), None), Ok(vec!["*".to_owned()]));
}

#[test]
fn key_and_trust_policies() {
    let key = |principal: &str, condition: &str| {
        format!(
            r#"{{"Effect":"Allow","Principal":{principal},"Action":"kms:*","Resource":"*","Condition":{condition}}}"#
        )
    };
    let root = r#"{"AWS":"arn:aws:iam::111122223333:root"}"#;
    assert_eq!(found(KEY, &key(root, "{}")), Vec::<String>::new());
    assert_eq!(found(KEY, &key(r#""*""#, "{}")), ["*"]);
    let by_caller = r#"{"StringEquals":{"kms:CallerAccount":"111122223333","kms:ViaService":"s3.eu-west-1.amazonaws.com"}}"#;
    assert_eq!(found(KEY, &key(r#""*""#, by_caller)), Vec::<String>::new());
    let by_service = r#"{"StringEquals":{"kms:ViaService":"s3.eu-west-1.amazonaws.com"}}"#;
    assert_eq!(found(KEY, &key(r#"{"AWS":"*"}"#, by_service)), ["*"]);

    let trust = |principal: &str, condition: &str| {
        format!(
            r#"{{"Effect":"Allow","Principal":{principal},"Action":"sts:AssumeRole","Condition":{condition}}}"#
        )
    };
    let cases: &[(String, &[&str])] = &[
        (trust(r#"{"Service":"sagemaker.amazonaws.com"}"#, "{}"), &[]),
        (trust(root, "{}"), &[]),
        (trust(r#"{"AWS":"*"}"#, "{}"), &["*"]),
        (
            trust(
                r#"{"AWS":"*"}"#,
                r#"{"StringEquals":{"sts:ExternalId":"x"}}"#,
            ),
            &["*"],
        ),
        (
            trust(r#"{"AWS":"arn:aws:iam::444455556666:user/u"}"#, "{}"),
            &["arn:aws:iam::444455556666:user/u"],
        ),
        (
            trust(
                r#"{"AWS":"arn:aws:sts::444455556666:assumed-role/x/s"}"#,
                "{}",
            ),
            &["arn:aws:sts::444455556666:assumed-role/x/s"],
        ),
    ];
    for (statements, expected) in cases {
        assert_eq!(found(ROLE, statements), *expected, "{statements}");
    }
}

#[test]
fn what_nobody_can_tell_is_not_decided() {
    let canonical = bucket(
        "Allow",
        r#""Principal":{"CanonicalUser":"79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be"}"#,
        "{}",
    );
    assert!(asked(BUCKET, &canonical, None).is_err());
}

#[test]
fn actions_of_which_the_reference_names_no_resource() {
    let group = "arn:aws:sagemaker:eu-west-1:111122223333:lineage-group/g";
    let of = |account: &str| {
        format!(
            r#"{{"Effect":"Allow","Principal":{{"AWS":"arn:aws:iam::{account}:root"}},"Action":"sagemaker:DescribeLineageGroup","Resource":"{group}"}}"#
        )
    };
    assert_eq!(
        found(group, &of("444455556666")),
        ["arn:aws:iam::444455556666:root"]
    );
    assert_eq!(found(group, &of(OWN)), Vec::<String>::new());
}

#[test]
fn endpoint_policies() {
    let reaches = |statements: &str| {
        let policy = compile(ENDPOINT, &document(statements), kind_of(ENDPOINT)).expect(statements);
        reaches_others(&policy, ENDPOINT, &inside(Some("o-exampleorg1"))).expect(statements)
    };
    let of = |resource: &str, condition: &str| {
        format!(
            r#"{{"Effect":"Allow","Principal":"*","Action":"s3:*","Resource":"{resource}","Condition":{condition}}}"#
        )
    };
    let own_people = r#"{"StringEquals":{"aws:PrincipalOrgID":"o-exampleorg1"}}"#;
    let own_both = r#"{"StringEquals":{"aws:PrincipalOrgID":"o-exampleorg1","aws:ResourceOrgID":"o-exampleorg1"}}"#;
    assert_eq!(found(ENDPOINT, &of("*", "{}")), ["*"]);
    assert_eq!(found(ENDPOINT, &of("*", own_people)), Vec::<String>::new());
    assert!(reaches(&of("*", own_people)));
    assert!(!reaches(&of("*", own_both)));
    assert!(!reaches(&of("arn:aws:s3:::data/*", own_people)));
    assert!(reaches(&of("arn:aws:s3:::*/*", own_people)));
    let sagemaker = r#"{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:role/r"},"Action":"sagemaker:*","Resource":"arn:aws:sagemaker:eu-west-1:111122223333:*"}"#;
    assert!(!reaches(sagemaker));
}

#[test]
fn buckets_that_refuse_whom_they_do_not_name() {
    let refuses = |condition: &str| {
        let statements = format!(
            r#"{{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":["{BUCKET}","{BUCKET}/*"],"Condition":{condition}}}"#
        );
        let policy = compile(BUCKET, &document(&statements), kind_of(BUCKET)).expect(condition);
        refuses_the_unnamed(&policy, BUCKET, &inside(None)).expect(condition)
    };
    assert!(refuses(
        r#"{"ArnNotEquals":{"aws:PrincipalArn":"arn:aws:iam::111122223333:role/reader"}}"#
    ));
    assert!(refuses(
        r#"{"StringNotEquals":{"aws:SourceVpce":"vpce-1"}}"#
    ));
    assert!(!refuses(
        r#"{"StringNotEquals":{"aws:SourceVpce":"vpce-of-somebody"}}"#
    ));
    assert!(!refuses(
        r#"{"ArnNotLike":{"aws:PrincipalArn":"arn:aws:iam::111122223333:role/*"}}"#
    ));
    assert!(!refuses(
        r#"{"StringNotEqualsIfExists":{"aws:SourceVpce":"vpce-1"},"Null":{"aws:SourceVpce":"false"}}"#
    ));
}
