//! Replays of small trails and of the example.

use std::path::PathBuf;

use proptest::prelude::*;
use rempart_policy::Stack;
use rempart_policy::document::{Policy, PolicyKind};
use rempart_trail::source::{DiscoverOptions, Input, discover};
use serde_json::{Value, json};

use super::*;

pub(super) fn stack(statements: &Value) -> Stack {
    let text = json!({"Version": "2012-10-17", "Statement": statements}).to_string();
    let mut proposal = Proposal::default();
    let policy = Policy::parse(&text, PolicyKind::ServiceControl).unwrap();
    assert!(proposal.add("", "guard", policy));
    proposal.stack()
}

pub(super) fn proposed(statements: Value) -> Replay {
    Replay {
        stack: stack(&statements),
        current: None,
        exempt: Vec::new(),
        organization: None,
    }
}

pub(super) fn event(number: u64, changes: Value) -> Value {
    let mut event = json!({
        "userIdentity": {
            "type": "AssumedRole", "principalId": "AROAEXAMPLE:bob", "accountId": "111122223333",
            "arn": "arn:aws:sts::111122223333:assumed-role/Exec/bob",
            "sessionContext": {"sessionIssuer": {"arn": "arn:aws:iam::111122223333:role/x/Exec"}},
        },
        "eventTime": "2026-03-02T10:00:00Z", "eventSource": "sagemaker.amazonaws.com",
        "eventName": "CreateModel", "awsRegion": "eu-west-1", "sourceIPAddress": "198.51.100.7",
        "requestParameters": {"modelName": "m"}, "eventType": "AwsApiCall",
        "eventID": format!("00000000-0000-4000-8000-{number:012}"),
        "recipientAccountId": "111122223333",
    });
    for (name, value) in changes.as_object().unwrap() {
        event[name] = value.clone();
    }
    event
}

pub(super) fn run(replay: &Replay, events: &[Value]) -> ReplayReport {
    let text = json!({ "Records": events }).to_string();
    replay_bytes(text.as_bytes(), replay, &ReplayOptions::default())
}

pub(super) fn no_vpc() -> Value {
    json!([{"Sid": "NoVpc", "Effect": "Deny", "Action": "sagemaker:Create*", "Resource": "*",
        "Condition": {"Null": {"sagemaker:VpcSubnets": "true"}}}])
}

#[test]
fn calls_are_sorted_by_what_would_become_of_them() {
    let in_vpc = json!({"modelName": "m", "vpcConfig": {"subnets": ["subnet-1"]}});
    let report = run(
        &proposed(no_vpc()),
        &[
            event(1, json!({})),
            event(1, json!({})),
            event(2, json!({"requestParameters": in_vpc})),
            event(3, json!({"requestParameters": null})),
            event(
                4,
                json!({"eventName": "ListModels", "requestParameters": null}),
            ),
            event(5, json!({"errorCode": "AccessDeniedException"})),
            event(6, json!({"errorCode": "ValidationException"})),
            event(7, json!({"eventType": "AwsServiceEvent"})),
        ],
    );
    let totals = &report.totals;
    assert_eq!((totals.records, totals.duplicates, totals.calls), (8, 1, 6));
    assert_eq!((totals.newly_denied, totals.may_be_denied), (2, 1));
    assert_eq!((totals.allowed, totals.untouched), (1, 1));
    assert_eq!((totals.denied_already, totals.failed_otherwise), (1, 1));
    let group = &report.newly_denied.groups[0];
    assert_eq!(&*group.principal, "arn:aws:iam::111122223333:role/x/Exec");
    assert_eq!((&*group.policy, &*group.statement), ("guard", "NoVpc"));
    assert_eq!((group.count, &*group.sessions[0]), (2, "bob"));
    let unclear = &report.may_be_denied.groups[0];
    assert_eq!(unclear.unknown, ["sagemaker:VpcSubnets".into()]);
    let id = |number: u64| format!("00000000-0000-4000-8000-{number:012}");
    assert_eq!(report.stopped(&id(1)), Some(&["guard/NoVpc".into()][..]));
    assert_eq!(report.stopped(&id(2)), None);
    assert!(report.may_be_stopped(&id(3)).is_some());
    assert!(report.knows_every_event());
    let shown = text(&report, 100);
    assert!(shown.contains("2 would newly be denied"), "{shown}");
}

#[test]
fn an_omitted_field_decides_where_absent_and_default_agree() {
    let isolation = |operator: &str| {
        json!([{"Sid": "NotIsolated", "Effect": "Deny", "Action": "sagemaker:CreateModel",
            "Resource": "*", "Condition": {operator: {"sagemaker:NetworkIsolation": "false"}}}])
    };
    let omitted = [event(1, json!({}))];
    let certain = run(&proposed(isolation("BoolIfExists")), &omitted);
    assert_eq!(certain.totals.newly_denied, 1);
    let open = run(&proposed(isolation("Bool")), &omitted);
    assert_eq!(open.totals.may_be_denied, 1);
    assert_eq!(
        open.may_be_denied.groups[0].unknown,
        ["sagemaker:NetworkIsolation".into()]
    );
}

#[test]
fn a_resource_that_is_not_known_decides_only_where_it_does_not_matter() {
    let deny = |resource: &str| json!([{"Effect": "Deny", "Action": "sagemaker:CreateModel", "Resource": resource}]);
    let lost = [event(1, json!({"requestParameters": null}))];
    let fate = |resource: &str| {
        let totals = run(&proposed(deny(resource)), &lost).totals;
        (totals.newly_denied, totals.may_be_denied, totals.allowed)
    };
    assert_eq!(fate("arn:aws:sagemaker:*:*:model/*"), (1, 0, 0));
    assert_eq!(fate("arn:aws:sagemaker:*:*:model/secret"), (0, 1, 0));
    assert_eq!(fate("arn:aws:sagemaker:us-east-1:*:model/*"), (0, 0, 1));
}

#[test]
fn passing_a_role_counts_for_the_call_that_passes_it() {
    let pass = json!([{"Sid": "NoAdmin", "Effect": "Deny", "Action": "iam:PassRole",
        "Resource": "arn:aws:iam::*:role/Admin",
        "Condition": {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}}}]);
    let role = |name: &str| {
        let role = format!("arn:aws:iam::111122223333:role/{name}");
        json!({"requestParameters": {"modelName": "m", "executionRoleArn": role}})
    };
    let events = [event(1, role("Admin")), event(2, role("Exec"))];
    let report = run(&proposed(pass), &events);
    assert_eq!((report.totals.newly_denied, report.totals.allowed), (1, 1));
    assert_eq!(&*report.newly_denied.groups[0].action, "iam:PassRole");
}

#[test]
fn service_linked_roles_and_services_escape_service_control_policies() {
    let deny = json!([{"Effect": "Deny", "Action": "*", "Resource": "*"}]);
    let linked = json!({"userIdentity": {
        "type": "AssumedRole", "arn": "arn:aws:sts::111122223333:assumed-role/AWSServiceRoleForX/x",
        "sessionContext": {"sessionIssuer": {
            "arn": "arn:aws:iam::111122223333:role/aws-service-role/x.amazonaws.com/AWSServiceRoleForX"}},
    }});
    let service = json!({"userIdentity": {"type": "AWSService", "invokedBy": "x.amazonaws.com"}});
    let report = run(
        &proposed(deny),
        &[event(1, linked), event(2, service), event(3, json!({}))],
    );
    assert_eq!((report.totals.newly_denied, report.totals.allowed), (1, 2));
}

#[test]
fn nothing_but_the_proposal_denies() {
    let never = json!([{"Effect": "Deny", "Action": "*", "Resource": "*",
        "Condition": {"StringEquals": {"aws:RequestedRegion": "mars-1"}}}]);
    let provider = "arn:aws:iam::111122223333:saml-provider/idp";
    let identities = [
        json!({"type": "Root", "arn": "arn:aws:iam::111122223333:root"}),
        json!({"type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/alice"}),
        json!({"type": "IAMUser", "arn": "arn:aws:iam::999988887777:user/other"}),
        json!({"type": "FederatedUser", "arn": "arn:aws:sts::111122223333:federated-user/bob"}),
        json!({"type": "FederatedUser", "arn": "arn:aws:sts::999988887777:federated-user/bob"}),
        json!({"type": "AssumedRole", "arn": "arn:aws:sts::999988887777:assumed-role/R/s"}),
        json!({"type": "Role", "arn": "arn:aws:iam::111122223333:role/R"}),
        json!({"type": "AWSService", "invokedBy": "lambda.amazonaws.com"}),
        json!({"type": "AWSAccount", "accountId": "ANONYMOUS_PRINCIPAL"}),
        json!({"type": "SAMLUser", "identityProvider": provider}),
    ];
    let calls = [
        json!({}),
        json!({"eventName": "CreateEndpoint", "requestParameters": {"endpointName": "E"}}),
        json!({"eventSource": "kms.amazonaws.com", "eventName": "Decrypt", "resources": [
            {"ARN": "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"}]}),
        json!({"eventSource": "kms.amazonaws.com", "eventName": "CreateGrant", "requestParameters": null}),
        json!({"eventSource": "kms.amazonaws.com", "eventName": "RetireGrant", "requestParameters": null}),
        json!({"eventSource": "kms.amazonaws.com", "eventName": "ReEncrypt", "requestParameters": null}),
        json!({"eventSource": "sts.amazonaws.com", "eventName": "AssumeRole",
            "requestParameters": {"roleArn": "arn:aws:iam::111122223333:role/R"}}),
        json!({"eventSource": "s3.amazonaws.com", "eventName": "GetObject",
            "requestParameters": {"bucketName": "b", "key": "k"}}),
        json!({"eventSource": "s3.amazonaws.com", "eventName": "PutBucketPolicy",
            "requestParameters": {"bucketName": "b"}}),
        json!({"eventSource": "s3.amazonaws.com", "eventName": "ListBuckets", "requestParameters": null}),
        json!({"eventSource": "ec2.amazonaws.com", "eventName": "RunInstances", "requestParameters": {"x": 1}}),
    ];
    let mut events = Vec::new();
    for identity in &identities {
        for call in &calls {
            let mut changes = call.clone();
            changes["userIdentity"] = identity.clone();
            events.push(event(events.len() as u64, changes));
        }
    }
    let report = run(&proposed(never), &events);
    assert_eq!(report.totals.newly_denied, 0, "{:#?}", report.newly_denied);
    assert_eq!(
        report.totals.may_be_denied, 0,
        "{:#?}",
        report.may_be_denied
    );
    assert_eq!(report.totals.allowed, events.len() as u64);
}

#[test]
fn accounts_outside_the_organisation_are_left_alone() {
    let deny = json!([{"Effect": "Deny", "Action": "*", "Resource": "*"}]);
    let replay = Replay {
        exempt: vec!["111122223333".parse().unwrap()],
        organization: None,
        ..proposed(deny)
    };
    let totals = run(&replay, &[event(1, json!({}))]).totals;
    assert_eq!((totals.newly_denied, totals.allowed), (0, 1));
}

#[test]
fn a_level_that_allows_little_denies_the_rest_implicitly() {
    let only = json!([{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]);
    let report = run(&proposed(only), &[event(1, json!({}))]);
    assert_eq!(report.totals.newly_denied, 1);
    assert_eq!(
        &*report.newly_denied.groups[0].policy,
        "(no policy allows it)"
    );
}

#[test]
fn copies_of_the_owner_are_told() {
    let owner = json!({"recipientAccountId": "444455556666", "sharedEventID": "s"});
    let report = run(&proposed(no_vpc()), &[event(1, owner), event(2, json!({}))]);
    assert_eq!(report.totals.recorded_by_owner, 1);
}

#[test]
fn what_comes_from_the_log_is_escaped() {
    let mut hostile = event(1, json!({"eventID": "\u{1b}[2J"}));
    hostile["userIdentity"]["arn"] =
        "arn:aws:sts::111122223333:assumed-role/Exec/\u{1b}]0;x".into();
    let report = run(&proposed(no_vpc()), &[hostile]);
    assert_eq!(report.totals.newly_denied, 1);
    assert!(!text(&report, 80).contains('\u{1b}'));
}

/// Every member of a record in turn, replaced by odd values.
fn mutated(value: &Value, odd: &Value) -> Vec<Value> {
    let Value::Object(members) = value else {
        return Vec::new();
    };
    let mut all = Vec::new();
    for (name, member) in members {
        let with = |new: Value| {
            let mut changed = value.clone();
            changed[name] = new;
            changed
        };
        all.push(with(odd.clone()));
        all.extend(mutated(member, odd).into_iter().map(with));
    }
    all
}

#[test]
fn odd_records_are_counted_like_all_others() {
    let deny = json!([{"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {
        "StringEquals": {"sagemaker:VpcSubnets": "x", "aws:SourceIp": "x", "aws:RequestTag/a": "x",
            "sagemaker:ModelArn": "x", "aws:TagKeys": "x", "aws:userid": "x", "aws:CurrentTime": "x"}}}]);
    let proposed = proposed(deny);
    let base = event(
        1,
        json!({
            "errorCode": null, "errorMessage": null, "tlsDetails": {"tlsVersion": "x"},
            "resources": [{"ARN": "arn:aws:s3:::b", "accountId": "111122223333"}],
            "responseElements": {"modelArn": "arn:aws:sagemaker:eu-west-1:111122223333:model/m"},
            "vpcEndpointId": "vpce-1", "userAgent": "x",
            "requestParameters": {"modelName": "m", "tags": {"a": "b"}, "executionRoleArn": "arn:",
                "vpcConfig": {"subnets": {"x": 1}}, "bucketName": "b", "key": "k", "versionId": 1},
        }),
    );
    let odd = [
        json!(null),
        json!(7),
        json!(true),
        json!(""),
        json!("arn:aws:"),
        json!([]),
        json!([[[]]]),
        json!({}),
        json!({"key": {"key": []}}),
        json!("***"),
        json!("é\u{0}*?"),
        json!("CreateEndpointConfig"),
        json!("s3.amazonaws.com"),
        json!("AWSService"),
        json!("GetObject"),
    ];
    let events: Vec<Value> = odd.iter().flat_map(|odd| mutated(&base, odd)).collect();
    assert!(events.len() > 500);
    let totals = run(&proposed, &events).totals;
    let no_requests: u64 = totals.not_requests.values().sum();
    assert_eq!(
        totals.records,
        totals.duplicates + no_requests + totals.calls
    );
    assert_eq!(
        totals.calls,
        totals.untouched
            + totals.allowed
            + totals.newly_denied
            + totals.may_be_denied
            + totals.denied_already
    );
    let mut every_key = crate::event_request::EventRequests::new();
    for event in &events {
        let bytes = event.to_string().into_bytes();
        let record = rempart_trail::record::Record::parse(&bytes).unwrap();
        let _ = every_key.all_requests(&record);
    }
}

#[test]
fn names_that_no_one_has_are_cut() {
    let mut forged = event(1, json!({"eventID": "x".repeat(100_000)}));
    let arn = format!("arn:aws:iam::111122223333:user/{}", "é".repeat(100_000));
    forged["userIdentity"] = json!({"type": "IAMUser", "arn": arn});
    let report = run(&proposed(no_vpc()), &[forged]);
    assert_eq!(report.totals.newly_denied, 1);
    assert!(serde_json::to_string(&report).unwrap().len() < 10_000);
}

fn example() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../examples/incident")
}

fn corrected() -> Replay {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../guardrails/corrected");
    let mut proposal = Proposal::default();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let policy = std::fs::read_to_string(&path).unwrap();
        let policy = Policy::parse(&policy, PolicyKind::ServiceControl).unwrap();
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        proposal.add("", &name, policy);
    }
    Replay {
        stack: proposal.stack(),
        current: None,
        exempt: Vec::new(),
        organization: None,
    }
}

/// The report and the stopped events, to compare runs.
fn whole(report: &ReplayReport) -> String {
    let events = (report.stopped.all(), report.may_be_stopped.all());
    format!("{} {events:?}", serde_json::to_string(report).unwrap())
}

#[test]
fn threads_change_nothing() {
    let discovery = discover(&[Input::Path(example())], &DiscoverOptions::default());
    let proposed = corrected();
    for (most_groups, most_stopped) in [(10_000, 1_000_000), (5, 50)] {
        let reports = [1, 4].map(|threads| {
            let options = ReplayOptions {
                threads,
                most_groups,
                most_stopped,
                ..ReplayOptions::default()
            };
            replay(&discovery, &proposed, &options, &Progress::default())
        });
        let [one, four] = &reports;
        assert_eq!(whole(one), whole(four));
        assert!(one.totals.newly_denied > 500);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn the_order_of_records_changes_nothing(seed in any::<u64>(), kinds in prop::collection::vec(0_u8..6, 1..40)) {
        let mut events: Vec<Value> = kinds
            .iter()
            .zip(0_u64..)
            .map(|(kind, number)| match kind {
                0 => event(number, json!({"requestParameters": null})),
                1 => event(number, json!({"eventName": "CreateTrainingJob"})),
                2 => event(number, json!({"errorCode": "AccessDenied"})),
                3 => event(number, json!({"eventName": "ListModels"})),
                4 => event(number % 5, json!({})),
                _ => event(number, json!({"eventTime": format!("2026-03-02T10:00:{:02}Z", number % 60)})),
            })
            .collect();
        let proposed = proposed(no_vpc());
        let first = whole(&run(&proposed, &events));
        let turn = usize::try_from(seed % events.len() as u64).unwrap();
        events.rotate_left(turn);
        events.reverse();
        prop_assert_eq!(first, whole(&run(&proposed, &events)));
    }
}

#[test]
fn the_organisation_of_callers_is_known_when_it_is_given() {
    let perimeter = r#"{"Version":"2012-10-17","Statement":{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"*",
        "Condition":{"StringNotEqualsIfExists":{"aws:PrincipalOrgID":"o-mine0000"}}}}"#;
    let policy = Policy::parse(perimeter, PolicyKind::ResourceControl).unwrap();
    let mut proposal = Proposal::default();
    proposal.add("", "perimeter", policy);
    let record = r#"{"eventVersion":"1.11","eventTime":"2026-03-02T10:00:00Z","eventSource":"s3.amazonaws.com","eventName":"GetObject",
        "awsRegion":"eu-west-1","sourceIPAddress":"192.0.2.1","eventID":"e1","eventType":"AwsApiCall","eventCategory":"Data","readOnly":true,
        "recipientAccountId":"111122223333","requestParameters":{"bucketName":"b","key":"k"},
        "resources":[{"type":"AWS::S3::Object","ARN":"arn:aws:s3:::b/k"},{"accountId":"111122223333","type":"AWS::S3::Bucket","ARN":"arn:aws:s3:::b"}],
        "userIdentity":{"type":"IAMUser","principalId":"AIDA1","arn":"arn:aws:iam::111122223333:user/alice","accountId":"111122223333","userName":"alice"}}"#;
    let totals = |organization: Option<&str>| {
        let replay = Replay {
            stack: proposal.stack(),
            current: None,
            exempt: Vec::new(),
            organization: organization.map(|id| Organization {
                id: id.into(),
                accounts: vec!["111122223333".parse().unwrap()],
            }),
        };
        let report = replay_bytes(record.as_bytes(), &replay, &ReplayOptions::default());
        let totals = report.totals;
        (totals.allowed, totals.newly_denied, totals.may_be_denied)
    };
    assert_eq!(totals(None), (0, 0, 1));
    assert_eq!(totals(Some("o-mine0000")), (1, 0, 0));
    assert_eq!(totals(Some("o-other000")), (0, 1, 0));
}
