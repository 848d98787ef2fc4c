//! Identifiers: what is read is printed again, and nothing panics.

use std::collections::BTreeSet;
use std::hash::{BuildHasher, RandomState};

use proptest::prelude::*;
use rempart_aws_model::{
    AccountId, ActionName, Arn, ArnError, Region, event_name, request_path, response_path,
};

#[test]
fn account_ids() {
    assert_eq!(
        AccountId::parse("000000000012").unwrap().to_string(),
        "000000000012"
    );
    for wrong in [
        "",
        "12345678901",
        "1234567890123",
        "12345678901a",
        "１２３４５６７８９０１２",
        " 12345678901",
    ] {
        let error = AccountId::parse(wrong).unwrap_err();
        assert!(
            error.to_string().contains("is not an account id"),
            "{error}"
        );
    }
}

#[test]
fn regions() {
    for right in [
        "eu-west-1",
        "us-gov-east-1",
        "us-isob-east-1",
        "eusc-de-east-1",
        "ap-southeast-7",
    ] {
        let region = Region::parse(right).unwrap();
        assert!(region.is_known(), "{right}");
        assert!(region.description().is_some() && region.partition().is_some());
    }
    assert!(!Region::parse("eu-middle-9").unwrap().is_known());
    assert_eq!(
        Region::parse("cn-north-1").unwrap().partition(),
        Some("aws-cn")
    );
    for wrong in [
        "",
        "eu",
        "eu-west",
        "eu-west-",
        "eu-west-x",
        "EU-west-1",
        "eu--1",
        "west-1",
        "-west-1",
        "eu-west-123",
    ] {
        assert!(Region::parse(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn action_names() {
    let action = ActionName::parse("sagemaker:CreateModel").unwrap();
    assert_eq!(
        (action.service(), action.name()),
        ("sagemaker", "CreateModel")
    );
    let other = ActionName::parse("SageMaker:createmodel").unwrap();
    assert_eq!(action, other);
    let state = RandomState::new();
    assert_eq!(state.hash_one(&action), state.hash_one(&other));
    assert_eq!(BTreeSet::from([action, other]).len(), 1);
    for wrong in [
        "",
        "*",
        "sagemaker",
        ":Name",
        "sagemaker:",
        "sagemaker:Create*",
        "sagemaker:Creat?",
        "a b:C",
        "a:B c",
        "a:b:c",
    ] {
        assert!(ActionName::parse(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn arns() {
    let arn =
        Arn::parse("arn:aws:sagemaker:eu-west-1:111122223333:endpoint/exampleendpoint").unwrap();
    assert_eq!(arn.partition(), "aws");
    assert_eq!(arn.service(), "sagemaker");
    assert_eq!(arn.region(), "eu-west-1");
    assert_eq!(arn.account(), "111122223333");
    assert_eq!(arn.resource(), "endpoint/exampleendpoint");
    assert_eq!(arn.resource_type(), Some("endpoint"));
    assert_eq!(arn.resource_id(), "exampleendpoint");
    assert!(arn.names_resource("endpoint", "ExampleEndpoint"));
    assert!(!arn.names_resource("model", "ExampleEndpoint"));
    let mixed =
        Arn::parse("arn:aws:sagemaker:eu-west-1:111122223333:endpoint/ExampleEndpoint").unwrap();
    assert!(arn != mixed && arn.same_resource(&mixed));

    let session = Arn::parse("arn:aws:sts::111122223333:assumed-role/Role/a:b/c").unwrap();
    assert_eq!(
        (session.region(), session.resource_id()),
        ("", "Role/a:b/c")
    );
    let object = Arn::parse("arn:aws:s3:::bucket/key:with/parts").unwrap();
    assert_eq!(
        (object.resource_type(), object.resource_id()),
        (None, "bucket/key:with/parts")
    );
    assert_eq!(object.account_id(), None);
    let managed = Arn::parse("arn:aws:iam::aws:policy/AdministratorAccess").unwrap();
    assert_eq!((managed.account(), managed.account_id()), ("aws", None));
    assert!(Arn::parse("arn:aws-iso-b:ec2:us-isob-east-1:111122223333:instance/i-1").is_ok());
}

#[test]
fn arn_errors_name_the_part() {
    let error = |text: &str| Arn::parse(text).unwrap_err();
    assert!(matches!(error(""), ArnError::Prefix(_)));
    assert!(matches!(error("ARN:aws:s3:::b"), ArnError::Prefix(_)));
    assert!(matches!(error("arn:aws:s3::b"), ArnError::Parts(_)));
    assert_eq!(
        error("arn:amazon:s3:::b"),
        ArnError::Partition("amazon".into())
    );
    assert_eq!(error("arn:*:s3:::b"), ArnError::Partition("*".into()));
    assert_eq!(error("arn:aws::::b"), ArnError::Service(String::new()));
    assert_eq!(error("arn:aws:S3:::b"), ArnError::Service("S3".into()));
    assert_eq!(
        error("arn:aws:s3:nowhere::b"),
        ArnError::Region("nowhere".into())
    );
    assert_eq!(
        error("arn:aws:s3:eu-west-1:123:b"),
        ArnError::Account("123".into())
    );
    assert_eq!(error("arn:aws:s3:::"), ArnError::Resource);
    assert!(matches!(
        error(&format!("arn:aws:s3:::{}", "x".repeat(5000))),
        ArnError::TooLong(_)
    ));
    // What goes into a message is short and has no control characters.
    let message = error(&format!("\u{1b}[31m{}", "y".repeat(500))).to_string();
    assert!(
        message.len() < 200 && !message.contains('\u{1b}'),
        "{message}"
    );
}

prop_compose! {
    fn arn_text()(
        partition in prop::sample::select(vec!["aws", "aws-cn", "aws-us-gov", "aws-iso", "aws-iso-b", "aws-eusc"]),
        service in "[a-z][a-z0-9-]{0,12}",
        region in prop::sample::select(vec!["", "eu-west-1", "us-gov-west-1", "xx-new-12"]),
        account in prop::sample::select(vec!["", "aws", "000000000000", "111122223333"]),
        resource in "\\PC{1,40}",
    ) -> (String, [String; 5]) {
        let text = format!("arn:{partition}:{service}:{region}:{account}:{resource}");
        (text, [partition.to_owned(), service, region.to_owned(), account.to_owned(), resource])
    }
}

proptest! {
    #[test]
    fn arn_parse_and_print_are_inverse((text, parts) in arn_text()) {
        let arn: Arn = text.parse().unwrap();
        prop_assert_eq!(arn.to_string(), text);
        let read = [arn.partition(), arn.service(), arn.region(), arn.account(), arn.resource()];
        prop_assert_eq!(read.map(str::to_owned), parts);
        if let Some(resource_type) = arn.resource_type() {
            prop_assert_eq!(resource_type.len() + 1 + arn.resource_id().len(), arn.resource().len());
        }
    }

    #[test]
    fn account_parse_and_print_are_inverse(text in "[0-9]{12}") {
        prop_assert_eq!(text.parse::<AccountId>().unwrap().to_string(), text);
    }

    #[test]
    fn region_parse_and_print_are_inverse(text in "[a-z]{2,4}-[a-z]{3,9}-[0-9]{1,2}") {
        prop_assert_eq!(text.parse::<Region>().unwrap().to_string(), text);
    }

    #[test]
    fn action_parse_and_print_are_inverse(text in "[a-zA-Z0-9-]{1,20}:[a-zA-Z0-9_-]{1,40}") {
        let action: ActionName = text.parse().unwrap();
        prop_assert_eq!(format!("{}:{}", action.service(), action.name()), text.clone());
        prop_assert_eq!(action.to_string(), text);
    }

    #[test]
    fn nothing_panics_on_any_text(text in "\\PC*", bytes in prop::collection::vec(any::<char>(), 0..60)) {
        let other: String = bytes.into_iter().collect();
        for text in [&text, &other, &format!("arn:{text}"), &format!("arn:aws:s3:::{other}")] {
            if let Ok(arn) = Arn::parse(text) {
                prop_assert_eq!(arn.as_str(), text);
                let _ = (arn.resource_type(), arn.resource_id());
            }
            let _ = (AccountId::parse(text), Region::parse(text), ActionName::parse(text));
            let _ = (event_name(text, &other), event_name("sagemaker.amazonaws.com", text));
            let _ = request_path("sagemaker.amazonaws.com", "CreateTrainingJob", text);
            let _ = request_path("ec2.amazonaws.com", "RunInstances", text);
            let _ = response_path("sts.amazonaws.com", "AssumeRole", text);
            let _ = rempart_aws_model::action(text);
            let _ = rempart_aws_model::condition_key(text);
            let _ = rempart_aws_model::technique(text);
        }
    }
}
