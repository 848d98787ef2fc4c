//! Calls that concern several resources, of which records name only some.

use serde_json::{Value, json};

use super::tests::{event, proposed, run};

/// What a statement about `action` and `resource` does to a call: (newly denied, cannot be told).
fn fate(action: &str, resource: &str, call: &Value) -> (u64, u64) {
    let statement = json!([{"Effect": "Deny", "Action": action, "Resource": resource}]);
    let report = run(&proposed(statement), &[event(1, call.clone())]);
    for group in &report.may_be_denied.groups {
        assert_eq!(group.unknown, ["resource".into()]);
    }
    (report.totals.newly_denied, report.totals.may_be_denied)
}

const DENIED: (u64, u64) = (1, 0);
const UNCLEAR: (u64, u64) = (0, 1);
const ALLOWED: (u64, u64) = (0, 0);

#[test]
fn the_source_of_a_copy_is_not_passed_over() {
    for name in ["CopyObject", "UploadPartCopy"] {
        let copy = json!({
            "eventSource": "s3.amazonaws.com", "eventName": name,
            "requestParameters": {"bucketName": "mine", "key": "k"},
        });
        assert_eq!(
            fate("s3:GetObject", "arn:aws:s3:::secret/*", &copy),
            UNCLEAR
        );
        assert_eq!(fate("s3:*", "arn:aws:s3:::secret/*", &copy), UNCLEAR);
        // Denied anyway, by the destination or whatever the source is.
        assert_eq!(fate("s3:*", "arn:aws:s3:::mine/*", &copy), DENIED);
        assert_eq!(fate("s3:GetObject", "*", &copy), DENIED);
        // The destination is named, and it is another one.
        assert_eq!(
            fate("s3:PutObject", "arn:aws:s3:::secret/*", &copy),
            ALLOWED
        );
    }
}

#[test]
fn keys_of_a_re_encryption_are_told_apart_by_their_order() {
    let key = |id: &str| format!("arn:aws:kms:eu-west-1:111122223333:key/{id}");
    let call = |keys: &[&str]| {
        let keys = keys
            .iter()
            .map(|id| json!({"ARN": key(id), "accountId": "111122223333"}));
        json!({
            "eventSource": "kms.amazonaws.com", "eventName": "ReEncrypt",
            "requestParameters": {"destinationKeyId": "b"}, "resources": keys.collect::<Vec<_>>(),
        })
    };
    let both = call(&["a", "b"]);
    assert_eq!(fate("kms:ReEncryptFrom", &key("a"), &both), DENIED);
    assert_eq!(fate("kms:ReEncryptFrom", &key("b"), &both), ALLOWED);
    assert_eq!(fate("kms:ReEncryptTo", &key("a"), &both), ALLOWED);
    assert_eq!(fate("kms:ReEncryptTo", &key("b"), &both), DENIED);
    for other in [call(&[]), call(&["b"]), call(&["a", "b", "c"])] {
        assert_eq!(fate("kms:ReEncryptFrom", &key("a"), &other), UNCLEAR);
        assert_eq!(fate("kms:ReEncryptTo", &key("b"), &other), UNCLEAR);
        assert_eq!(fate("kms:ReEncrypt*", "*", &other), DENIED);
    }
}

#[test]
fn a_required_resource_that_is_not_named_is_not_passed_over() {
    let call = json!({
        "eventName": "AssociateTrialComponent", "requestParameters": {"trialName": "t"},
    });
    let action = "sagemaker:AssociateTrialComponent";
    let arn = |rest: &str| format!("arn:aws:sagemaker:eu-west-1:111122223333:{rest}");
    let component = arn("experiment-trial-component/secret");
    assert_eq!(fate(action, &component, &call), UNCLEAR);
    assert_eq!(fate(action, &arn("experiment-trial/t"), &call), DENIED);
    assert_eq!(fate(action, "*", &call), DENIED);
    assert_eq!(
        fate(action, &arn("experiment-trial-component/*"), &call),
        DENIED
    );
    // Neither the trial that is named nor any trial component.
    assert_eq!(fate(action, &arn("experiment-trial/other"), &call), ALLOWED);
    let named = json!({
        "eventName": "AssociateTrialComponent",
        "requestParameters": {"trialName": "t", "trialComponentName": "c"},
    });
    assert_eq!(fate(action, &component, &named), ALLOWED);
}

#[test]
fn resources_beyond_those_that_are_looked_at_are_not_passed_over() {
    let bucket = |number: u32| json!({"ARN": format!("arn:aws:dynamodb:eu-west-1:111122223333:table/t{number}")});
    let call = |count: u32| {
        json!({
            "eventSource": "dynamodb.amazonaws.com", "eventName": "BatchGetItem",
            "requestParameters": {}, "resources": (0..count).map(bucket).collect::<Vec<_>>(),
        })
    };
    let other = "arn:aws:dynamodb:eu-west-1:111122223333:table/other";
    assert_eq!(fate("dynamodb:BatchGetItem", other, &call(16)), ALLOWED);
    assert_eq!(fate("dynamodb:BatchGetItem", other, &call(17)), UNCLEAR);
    let last = "arn:aws:dynamodb:eu-west-1:111122223333:table/t39";
    assert_eq!(fate("dynamodb:BatchGetItem", last, &call(40)), UNCLEAR);
}
