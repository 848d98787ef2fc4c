//! Requests against what other implementations of the same protocols send.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_credential_types::Credentials;
use rempart_aws_model::api_operation;
use serde_json::{Value, json};

use super::*;
use crate::destination::destination;
use crate::settings::EndpointOverrides;
use crate::sign::signed;

fn built(name: &str, parameters: Value) -> Result<Prepared, CallError> {
    let operation = api_operation(name).expect("in the table");
    let parameters = parameters.as_object().cloned().unwrap_or_default();
    let to = destination(
        operation,
        "eu-west-1",
        &parameters,
        &EndpointOverrides::default(),
    )?;
    prepare(operation, &parameters, &to)
}

fn body(name: &str, parameters: Value) -> String {
    String::from_utf8(built(name, parameters).expect("a request").body).expect("text")
}

fn url(name: &str, parameters: Value) -> String {
    built(name, parameters).expect("a request").url
}

fn signature(name: &str, parameters: Value) -> (String, String) {
    let time: SystemTime = UNIX_EPOCH + Duration::from_secs(1_795_834_800);
    let key = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
    let token = Some("token/+=".to_owned());
    let credentials = Credentials::new("AKIDEXAMPLE", key, token, None, "test");
    let operation = api_operation(name).expect("in the table");
    let request = built(name, parameters).expect("a request");
    let request = signed(request, operation, &credentials, "eu-west-1", time).expect("signed");
    let header = |name: &str| {
        let found = request.headers.iter().find(|(header, _)| header == name);
        found.map(|(_, value)| value.clone()).unwrap_or_default()
    };
    assert_eq!(header("x-amz-date"), "20261128T030000Z");
    assert_eq!(header("x-amz-security-token"), "token/+=");
    let authorization = header("authorization");
    let (_, signature) = authorization
        .split_once("SignedHeaders=")
        .expect("signed headers");
    let (headers, signature) = signature.split_once(", Signature=").expect("a signature");
    (headers.to_owned(), signature.to_owned())
}

/// The example "GET Bucket Lifecycle" of AWS's documentation of Signature Version 4.
#[test]
fn the_published_example_of_s3() {
    let operation = api_operation("s3:GetBucketLifecycleConfiguration").expect("in the table");
    let parameters = json!({"Bucket": "examplebucket"});
    let to = Destination {
        base: "https://examplebucket.s3.amazonaws.com".to_owned(),
        signing_region: "us-east-1".to_owned(),
        bucket_in_host: true,
    };
    let parameters = parameters.as_object().expect("an object");
    let request = prepare(operation, parameters, &to).expect("a request");
    assert_eq!(
        request.url,
        "https://examplebucket.s3.amazonaws.com/?lifecycle"
    );
    let key = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
    let credentials = Credentials::new("AKIAIOSFODNN7EXAMPLE", key, None, None, "test");
    let time = UNIX_EPOCH + Duration::from_secs(1_369_353_600);
    let request = signed(request, operation, &credentials, "us-east-1", time).expect("signed");
    let authorization = request
        .headers
        .iter()
        .find(|(name, _)| name == "authorization");
    assert_eq!(
        authorization.expect("a header").1,
        "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, \
         SignedHeaders=host;x-amz-content-sha256;x-amz-date, \
         Signature=fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"
    );
}

/// The expected signatures were made with botocore 1.44.5 for the same moment and keys.
#[test]
fn signatures_agree_with_botocore() {
    let check = |name, parameters, headers: &str, expected: &str| {
        assert_eq!(
            signature(name, parameters),
            (headers.to_owned(), expected.to_owned()),
            "{name}"
        );
    };
    check(
        "sagemaker:DescribeDomain",
        json!({"DomainId": "d-1"}),
        "content-type;host;x-amz-date;x-amz-security-token;x-amz-target",
        "75b96be5d5b2d783d07ae86756844eaf58d5b5c6ec9c41c01b828eb01c144d73",
    );
    check(
        "datazone:GetConnection",
        json!({"domainIdentifier": "a/b é+", "identifier": "c:1", "withSecret": false}),
        "host;x-amz-date;x-amz-security-token",
        "90b229406f245e5b169cdb4e042e25ec18bbfda3c699d134ad8f80ea762ccdb7",
    );
    check(
        "ec2:DescribeRegions",
        json!({"AllRegions": true}),
        "content-type;host;x-amz-date;x-amz-security-token",
        "be035751099f6b37fe4868ce12e9b69bda6dd8eb2e88ed62ae9630d85ce0c2b5",
    );
    check(
        "s3:HeadObject",
        json!({"Bucket": "b-1", "Key": "a b//c+é"}),
        "host;x-amz-content-sha256;x-amz-date;x-amz-security-token",
        "1d276e818185cccc1e38b489baca9966c65a8b9b7bfc3bd25a73b74f78d7b229",
    );
    check(
        "s3:ListObjectsV2",
        json!({"Bucket": "b-1", "MaxKeys": 2, "Prefix": "a/b c"}),
        "host;x-amz-content-sha256;x-amz-date;x-amz-security-token",
        "7ef573270246b7acb738c0d2265ae3af3c96d8a9877ec0f8de5c6a7e3094f279",
    );
}

#[test]
fn routes() {
    assert_eq!(
        url(
            "datazone:GetConnection",
            json!({"domainIdentifier": "a/b é+", "identifier": "c:1", "withSecret": false})
        ),
        "https://datazone.eu-west-1.api.aws/v2/domains/a%2Fb%20%C3%A9%2B/connections/c%3A1?withSecret=false"
    );
    assert_eq!(
        url("s3:HeadObject", json!({"Bucket": "a.b", "Key": "k/é"})),
        "https://s3.eu-west-1.amazonaws.com/a.b/k/%C3%A9"
    );
    assert_eq!(
        url("s3:GetBucketPolicy", json!({"Bucket": "b-1"})),
        "https://b-1.s3.eu-west-1.amazonaws.com/?policy"
    );
    assert_eq!(
        url("s3:ListBuckets", json!({})),
        "https://s3.eu-west-1.amazonaws.com/"
    );
    let block = built(
        "s3control:GetPublicAccessBlock",
        json!({"AccountId": "111122223333"}),
    );
    let header = ("x-amz-account-id".to_owned(), "111122223333".to_owned());
    assert!(block.expect("a request").headers.contains(&header));
}

#[test]
fn json_bodies() {
    assert_eq!(body("sagemaker:ListDomains", json!({})), "{}");
    let criteria = json!({"DetectorId": "d", "FindingCriteria": {"Criterion": {"severity": {"GreaterThanOrEqual": 7}}}});
    assert_eq!(
        body("guardduty:ListFindings", criteria),
        r#"{"findingCriteria":{"criterion":{"severity":{"greaterThanOrEqual":7}}}}"#
    );
    assert_eq!(body("guardduty:ListDetectors", json!({})), "");
    assert_eq!(body("lakeformation:ListPermissions", json!({})), "{}");
}

#[test]
fn form_bodies() {
    assert_eq!(
        body(
            "ec2:DescribeVpcEndpoints",
            json!({"Filters": [{"Name": "vpc-id", "Values": ["a b", "c"]}], "VpcEndpointIds": ["e"]})
        ),
        "Action=DescribeVpcEndpoints&Version=2016-11-15&Filter.1.Name=vpc-id&Filter.1.Value.1=a%20b&Filter.1.Value.2=c&VpcEndpointId.1=e"
    );
    assert_eq!(
        body(
            "cloudformation:ListStacks",
            json!({"StackStatusFilter": ["CREATE_COMPLETE"]})
        ),
        "Action=ListStacks&Version=2010-05-15&StackStatusFilter.member.1=CREATE_COMPLETE"
    );
}

#[test]
fn what_does_not_fit_is_refused() {
    let wrong = [
        ("sagemaker:DescribeDomain", json!({})),
        ("sagemaker:DescribeDomain", json!({"DomainId": null})),
        ("sagemaker:DescribeDomain", json!({"DomainId": ["d"]})),
        (
            "sagemaker:DescribeDomain",
            json!({"DomainId": "d", "Other": 1}),
        ),
        ("guardduty:GetDetector", json!({"DetectorId": ""})),
        ("guardduty:GetDetector", json!({"DetectorId": ".."})),
        ("guardduty:GetDetector", json!({"DetectorId": {"a": 1}})),
        ("ec2:DescribeVpcEndpoints", json!({"Filters": "vpc-id"})),
        (
            "ec2:DescribeVpcEndpoints",
            json!({"Filters": [{"Nome": "x"}]}),
        ),
        (
            "s3control:GetPublicAccessBlock",
            json!({"AccountId": "1\r\nx: y"}),
        ),
        (
            "datazone:GetConnection",
            json!({"domainIdentifier": "d", "identifier": "c", "withSecret": true}),
        ),
        (
            "ssm:GetParametersByPath",
            json!({"Path": "/", "WithDecryption": true}),
        ),
    ];
    for (name, parameters) in wrong {
        assert!(
            built(name, parameters.clone()).is_err(),
            "{name} {parameters}"
        );
    }
}

#[test]
fn every_operation_can_be_built() {
    for operation in rempart_aws_model::api_operations() {
        let mut parameters = Map::new();
        for input in operation.inputs().filter(|input| input.required) {
            parameters.insert(input.name.to_owned(), example(input.shape, 0));
        }
        let to = destination(
            operation,
            "eu-west-1",
            &parameters,
            &EndpointOverrides::default(),
        );
        let request = to.and_then(|to| prepare(operation, &parameters, &to));
        assert!(request.is_ok(), "{}: {request:?}", operation.full_name());
    }
}

fn example(shape: rempart_aws_model::Shape, depth: usize) -> Value {
    match shape.kind() {
        ShapeKind::Structure => {
            let required = shape
                .members()
                .filter(|member| member.required && depth < 5);
            let members =
                required.map(|member| (member.name.to_owned(), example(member.shape, depth + 1)));
            Value::Object(members.collect())
        }
        ShapeKind::List => json!([]),
        ShapeKind::Map => json!({}),
        ShapeKind::Boolean => json!(true),
        ShapeKind::String | ShapeKind::Enum => json!("example"),
        _ => json!(1),
    }
}
