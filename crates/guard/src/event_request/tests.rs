//! Derivations, each from a small record.

use rempart_policy::context::KeyState;
use rempart_policy::{Principal, ResourceAccount};
use rempart_trail::record::Record;
use serde_json::{Value, json};

use super::*;

const ROLE: &str = "arn:aws:iam::111122223333:role/service-role/Exec";

/// A call by a session of an execution role, with changes laid over.
fn record(changes: Value) -> Vec<u8> {
    let mut record = json!({
        "userIdentity": {
            "type": "AssumedRole", "principalId": "AROAEXAMPLE:SageMaker",
            "arn": "arn:aws:sts::111122223333:assumed-role/Exec/SageMaker",
            "accountId": "111122223333", "accessKeyId": "ASIAEXAMPLE",
            "sessionContext": {
                "sessionIssuer": {"type": "Role", "arn": ROLE, "principalId": "AROAEXAMPLE"},
                "attributes": {"creationDate": "2026-03-02T09:00:00Z", "mfaAuthenticated": "false"},
            },
        },
        "eventTime": "2026-03-02T10:00:00Z",
        "eventSource": "sagemaker.amazonaws.com",
        "eventName": "CreateTrainingJob",
        "awsRegion": "eu-west-1",
        "sourceIPAddress": "198.51.100.7",
        "userAgent": "Boto3/1.40",
        "requestParameters": {"trainingJobName": "churn-7", "roleArn": ROLE},
        "responseElements": null,
        "eventID": "00000000-0000-4000-8000-0000000000aa",
        "eventType": "AwsApiCall",
        "recipientAccountId": "111122223333",
        "tlsDetails": {"tlsVersion": "TLSv1.3"},
    });
    for (name, value) in changes.as_object().unwrap() {
        record[name] = value.clone();
    }
    record.to_string().into_bytes()
}

fn derive(changes: Value) -> Derived {
    let bytes = record(changes);
    EventRequests::new().request(&Record::parse(&bytes).unwrap())
}

fn request(changes: Value) -> DerivedRequest {
    match derive(changes) {
        Derived::Request(request) => *request,
        Derived::NoRequest(reason) => panic!("{reason:?}"),
    }
}

fn key(changes: Value, name: &str) -> Option<String> {
    shown(state_of(&request(changes).request, name))
}

fn shown(state: Option<&KeyState>) -> Option<String> {
    state.map(|state| match state {
        KeyState::Unknown => "?".to_owned(),
        KeyState::Null => "null".to_owned(),
        state => state.values().join(" "),
    })
}

fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

#[test]
fn a_training_job_is_a_request_on_its_own_arn() {
    let derived = request(json!({}));
    let request = &derived.request;
    assert_eq!(request.action().as_str(), "sagemaker:CreateTrainingJob");
    assert_eq!(
        request.resource(),
        "arn:aws:sagemaker:eu-west-1:111122223333:training-job/churn-7"
    );
    assert!(!request.is_partial());
    assert_eq!(derived.logged, LoggedDecision::Allowed);
    assert_eq!(shown(state_of(request, "aws:PrincipalArn")), some(ROLE));
    assert!(matches!(
        request.principal(),
        Principal::RoleSession { role_arn: Some(role), .. } if &**role == ROLE
    ));
}

#[test]
fn capitals_leave_the_arn_open_and_an_answer_closes_it() {
    let named = |answer: Value| {
        request(json!({
            "requestParameters": {"trainingJobName": "Churn", "roleArn": ROLE},
            "responseElements": answer,
        }))
        .request
    };
    let open = named(Value::Null);
    assert!(open.is_partial() && open.resource().ends_with("training-job/?hurn"));
    let arn = "arn:aws:sagemaker:eu-west-1:111122223333:training-job/churn";
    let closed = named(json!({ "trainingJobArn": arn }));
    assert!(!closed.is_partial());
    assert_eq!(closed.resource(), arn);
}

#[test]
fn keys_follow_from_the_fields_of_the_request() {
    let parameters = json!({
        "trainingJobName": "churn-7", "roleArn": ROLE,
        "enableNetworkIsolation": true,
        "vpcConfig": {"subnets": ["subnet-b", "subnet-a"], "securityGroupIds": ["sg-1"]},
        "resourceConfig": {"instanceType": "ml.m5.large", "volumeKmsKeyId": "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"},
        "outputDataConfig": {"kmsKeyId": "alias/output"},
        "tags": [{"key": "Team", "value": "ml"}],
    });
    let of = |name: &str| key(json!({"requestParameters": parameters}), name);
    assert_eq!(of("sagemaker:NetworkIsolation"), some("true"));
    assert_eq!(of("sagemaker:VpcSubnets"), some("subnet-a subnet-b"));
    assert_eq!(of("sagemaker:InstanceTypes"), some("ml.m5.large"));
    assert!(of("sagemaker:VolumeKmsKeyArn").is_some_and(|arn| arn.starts_with("arn:aws:kms:")));
    assert_eq!(
        of("sagemaker:OutputKmsKeyArn"),
        some("?"),
        "an alias is no ARN"
    );
    assert_eq!(of("aws:TagKeys"), some("Team"));
    assert_eq!(of("sagemaker:KeepAlivePeriod"), None);
    assert_eq!(
        of("sagemaker:InterContainerTrafficEncryption"),
        some("?"),
        "it is omitted, and AWS may fill in its default"
    );
}

#[test]
fn a_bare_key_id_is_a_key_of_the_account() {
    let parameters = json!({
        "trainingJobName": "churn-7", "roleArn": ROLE,
        "resourceConfig": {"volumeKmsKeyId": "1234abcd-12ab-34cd-56ef-1234567890ab"},
    });
    assert_eq!(
        key(
            json!({"requestParameters": parameters}),
            "sagemaker:VolumeKmsKeyArn"
        ),
        some("arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab")
    );
}

#[test]
fn a_request_without_its_parameters_leaves_every_field_open() {
    for parameters in [
        Value::Null,
        json!({}),
        json!("HIDDEN_DUE_TO_SECURITY_REASONS"),
    ] {
        let derived = request(json!({"requestParameters": parameters}));
        let state = state_of(&derived.request, "sagemaker:VpcSubnets");
        assert_eq!(shown(state), some("?"));
        assert!(derived.request.is_partial());
        assert!(derived.assumed.is_empty());
        let is_named = |name: &str| derived.unresolved.iter().any(|key| key == name);
        assert!(is_named("resource") && is_named("sagemaker:VpcSubnets"));
    }
}

#[test]
fn hidden_values_are_not_values() {
    let parameters = json!({
        "trainingJobName": "churn-7", "roleArn": ROLE,
        "vpcConfig": {"subnets": ["***"], "securityGroupIds": ["sg-1"]},
    });
    let of = |name: &str| key(json!({"requestParameters": parameters}), name);
    assert_eq!(of("sagemaker:VpcSubnets"), some("?"));
    assert_eq!(of("sagemaker:VpcSecurityGroupIds"), some("sg-1"));
}

#[test]
fn tags_are_compared_without_case() {
    let tags = json!({"requestParameters": {
        "trainingJobName": "churn-7", "tags": [{"key": "Team", "value": "ml"}],
    }});
    let bytes = record(tags);
    let text = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "*", "Resource": "*",
        "Condition": {"StringEquals": {"aws:RequestTag/team": "x", "aws:RequestTag/owner": "x",
            "aws:PrincipalTag/team": "x", "sagemaker:FileSystemId": "x", "s3:prefix": "x"}}}}"#;
    let mut proposal = crate::replay::Proposal::default();
    let kind = rempart_policy::document::PolicyKind::ServiceControl;
    let policy = rempart_policy::document::Policy::parse(text, kind).unwrap();
    proposal.add("", "p", policy);
    let mut requests = EventRequests::for_policies(&[&proposal.stack()]);
    let Derived::Request(derived) = requests.request(&Record::parse(&bytes).unwrap()) else {
        panic!("no request");
    };
    let of = |name: &str| shown(state_of(&derived.request, name));
    assert_eq!(of("aws:RequestTag/team"), some("ml"));
    assert_eq!(of("aws:RequestTag/owner"), None);
    assert_eq!(of("aws:PrincipalTag/team"), some("?"));
    assert_eq!(of("sagemaker:FileSystemId"), None);
    assert_eq!(of("s3:prefix"), None, "no request of SageMaker carries it");
    // Nobody asked for it.
    assert_eq!(of("aws:SourceIp"), None);
}

#[test]
fn the_way_of_a_request_fills_its_keys() {
    assert_eq!(key(json!({}), "aws:SourceIp"), some("198.51.100.7"));
    assert_eq!(key(json!({}), "aws:SourceVpce"), None);
    assert_eq!(key(json!({}), "aws:SecureTransport"), some("true"));
    assert_eq!(key(json!({}), "aws:ViaAWSService"), some("false"));
    let endpoint = json!({"sourceIPAddress": "10.0.0.7", "vpcEndpointId": "vpce-1"});
    assert_eq!(key(endpoint.clone(), "aws:SourceIp"), None);
    assert_eq!(key(endpoint.clone(), "aws:SourceVpce"), some("vpce-1"));
    assert_eq!(key(endpoint.clone(), "aws:VpcSourceIp"), some("10.0.0.7"));
    assert_eq!(key(endpoint, "aws:SourceVpc"), some("?"));
    let service = json!({"sourceIPAddress": "sagemaker.amazonaws.com"});
    assert_eq!(key(service, "aws:SourceIp"), some("?"));
    let lost = json!({"sourceIPAddress": "10.0.0.7"});
    assert_eq!(key(lost, "aws:SourceVpce"), some("?"));
}

#[test]
fn the_session_fills_its_keys() {
    assert_eq!(key(json!({}), "aws:userid"), some("AROAEXAMPLE:SageMaker"));
    assert_eq!(key(json!({}), "aws:MultiFactorAuthPresent"), some("false"));
    assert_eq!(key(json!({}), "aws:MultiFactorAuthAge"), None);
    assert_eq!(
        key(json!({}), "aws:TokenIssueTime"),
        some("2026-03-02T09:00:00Z")
    );
    assert_eq!(key(json!({}), "aws:SourceIdentity"), None);
    assert_eq!(
        key(json!({}), "aws:CurrentTime"),
        some("2026-03-02T10:00:00Z")
    );
    assert_eq!(key(json!({}), "aws:EpochTime"), some("1772445600"));
    assert_eq!(key(json!({}), "aws:RequestedRegion"), some("eu-west-1"));
    let user = json!({"userIdentity": {
        "type": "IAMUser", "principalId": "AIDAEXAMPLE", "accessKeyId": "AKIAEXAMPLE",
        "arn": "arn:aws:iam::111122223333:user/alice", "accountId": "111122223333", "userName": "alice",
    }});
    assert_eq!(key(user.clone(), "aws:MultiFactorAuthPresent"), None);
    assert_eq!(key(user.clone(), "aws:TokenIssueTime"), None);
    assert_eq!(key(user, "aws:username"), some("alice"));
}

#[test]
fn services_between_are_told_only_where_the_record_does() {
    let mut user = json!({
        "type": "IAMUser", "principalId": "AIDAEXAMPLE", "accountId": "111122223333",
        "arn": "arn:aws:iam::111122223333:user/alice", "invokedBy": "cloudformation.amazonaws.com",
    });
    let by_user = json!({"userIdentity": user});
    assert_eq!(key(by_user.clone(), "aws:ViaAWSService"), some("true"));
    assert_eq!(
        key(by_user, "aws:CalledViaLast"),
        some("cloudformation.amazonaws.com")
    );
    user["type"] = "AssumedRole".into();
    user["arn"] = "arn:aws:sts::111122223333:assumed-role/Exec/x".into();
    let by_role = json!({"userIdentity": user});
    assert_eq!(key(by_role, "aws:ViaAWSService"), some("?"));
}

#[test]
fn callers_of_every_kind_are_named() {
    let of = |identity: Value| match derive(json!({"userIdentity": identity})) {
        Derived::Request(derived) => derived.request.principal().as_str().to_owned(),
        Derived::NoRequest(reason) => format!("{reason:?}"),
    };
    let root = "arn:aws:iam::111122223333:root";
    assert_eq!(of(json!({"type": "Root", "arn": root})), root);
    let federated = "arn:aws:sts::111122223333:federated-user/bob";
    assert_eq!(
        of(json!({"type": "FederatedUser", "arn": federated})),
        federated
    );
    assert_eq!(
        of(json!({"type": "AWSService", "invokedBy": "sagemaker.amazonaws.com"})),
        "sagemaker.amazonaws.com"
    );
    assert_eq!(
        of(json!({"type": "AWSAccount", "accountId": "ANONYMOUS_PRINCIPAL"})),
        "anonymous"
    );
    for unnamed in [
        json!({"type": "AWSAccount", "accountId": "444455556666"}),
        json!({"type": "IdentityCenterUser", "onBehalfOf": {"userId": "u"}}),
        json!({"type": "AssumedRole"}),
        json!({"accountId": "111122223333", "invokedBy": "x.amazonaws.com"}),
        Value::Null,
    ] {
        assert_eq!(of(unnamed), "UnnamedCaller");
    }
}

#[test]
fn events_of_other_kinds_are_no_requests() {
    let reason = |changes: Value| match derive(changes) {
        Derived::NoRequest(reason) => Some(reason),
        Derived::Request(_) => None,
    };
    for (kind, expected) in [
        ("AwsServiceEvent", Reason::ServiceEvent),
        ("AwsConsoleAction", Reason::ConsoleAction),
        ("AwsConsoleSignIn", Reason::SignIn),
        ("AwsVpceEvent", Reason::NetworkActivity),
        ("AwsCloudTrailInsight", Reason::Insight),
        ("AwsAggregatedEvent", Reason::Aggregated),
        ("AwsNewThing", Reason::UnknownKind),
    ] {
        assert_eq!(reason(json!({"eventType": kind})), Some(expected));
    }
    assert_eq!(
        reason(json!({"eventName": "CreateNothing"})),
        Some(Reason::UnknownAction)
    );
}

#[test]
fn denials_are_told_from_other_failures() {
    let logged = |code: &str| request(json!({"errorCode": code})).logged;
    assert_eq!(logged("AccessDeniedException"), LoggedDecision::Denied);
    assert_eq!(
        logged("Client.UnauthorizedOperation"),
        LoggedDecision::Denied
    );
    assert_eq!(
        logged("ResourceLimitExceeded"),
        LoggedDecision::FailedOtherwise
    );
}

#[test]
fn a_role_that_is_passed_is_a_request_of_its_own() {
    let bytes = record(json!({}));
    let implied = EventRequests::new().implied(&Record::parse(&bytes).unwrap());
    let [pass] = implied.as_slice() else {
        panic!("{implied:?}");
    };
    assert_eq!(pass.request.action().as_str(), "iam:PassRole");
    assert_eq!(pass.request.resource(), ROLE);
    assert_eq!(
        shown(state_of(&pass.request, "iam:PassedToService")),
        some("sagemaker.amazonaws.com")
    );
}

#[test]
fn objects_and_buckets_are_resources_of_s3() {
    let s3 = |name: &str, parameters: Value| {
        let resources = json!([
            {"type": "AWS::S3::Object", "ARN": "arn:aws:s3:::data/a/b"},
            {"type": "AWS::S3::Bucket", "ARN": "arn:aws:s3:::data", "accountId": "444455556666"},
        ]);
        let derived = request(json!({
            "eventSource": "s3.amazonaws.com", "eventName": name,
            "requestParameters": parameters, "resources": resources,
        }));
        let action = derived.request.action().as_str().to_owned();
        (action, derived.request)
    };
    let (action, get) = s3("GetObject", json!({"bucketName": "data", "key": "a/b"}));
    assert_eq!(
        (&*action, get.resource()),
        ("s3:GetObject", "arn:aws:s3:::data/a/b")
    );
    let owner = "444455556666".parse().unwrap();
    assert_eq!(get.resource_account(), ResourceAccount::Account(owner));
    let version = json!({"bucketName": "data", "key": "a/b", "versionId": "v1"});
    assert_eq!(s3("GetObject", version).0, "s3:GetObjectVersion");
    let (action, list) = s3("ListObjects", json!({"bucketName": "data"}));
    assert_eq!(
        (&*action, list.resource()),
        ("s3:ListBucket", "arn:aws:s3:::data")
    );
    let (action, many) = s3("DeleteObjects", json!({"bucketName": "data"}));
    assert_eq!(
        (&*action, many.resource()),
        ("s3:DeleteObject", "arn:aws:s3:::data/**")
    );
    assert!(many.is_partial());
    let (_, point) = s3("GetObject", json!({"bucketName": "p-s3alias", "key": "k"}));
    assert_eq!(point.resource(), "**");
}

#[test]
fn what_the_record_names_is_the_resource() {
    let arn = "arn:aws:sagemaker:eu-west-1:111122223333:endpoint/churn";
    let invoke = request(json!({
        "eventName": "InvokeEndpoint", "requestParameters": null,
        "resources": [{"ARN": arn, "type": "AWS::SageMaker::Endpoint", "accountId": "111122223333"}],
    }));
    assert_eq!(invoke.request.resource(), arn);
    let assume = request(json!({
        "eventSource": "sts.amazonaws.com", "eventName": "AssumeRole",
        "requestParameters": {"roleArn": ROLE, "roleSessionName": "x"},
    }));
    assert_eq!(assume.request.resource(), ROLE);
    let list = request(json!({"eventName": "ListModels", "requestParameters": null}));
    assert_eq!(list.request.resource(), "*");
    assert!(!list.request.is_partial());
}

#[test]
fn two_resources_of_one_call_are_two_requests() {
    let bytes = record(json!({
        "eventName": "CreateEndpoint",
        "requestParameters": {"endpointName": "churn", "endpointConfigName": "churn-2"},
    }));
    let mut requests = EventRequests::new();
    let all = requests
        .all_requests(&Record::parse(&bytes).unwrap())
        .unwrap();
    let resources: Vec<&str> = all.iter().map(|of| of.request.resource()).collect();
    assert_eq!(
        resources,
        [
            "arn:aws:sagemaker:eu-west-1:111122223333:endpoint/churn",
            "arn:aws:sagemaker:eu-west-1:111122223333:endpoint-config/churn-2",
        ]
    );
}
