//! `rempart collect` against the AWS double, and `rempart posture` on what it collected.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use base64::Engine as _;
use rempart_aws_model::{ApiOperation, api_operation, api_operations};
use rempart_testkit::aws_double::{ACCOUNT, AwsDouble, Fault, Form, REGION, Times};
use serde_json::{Value, json};

use crate::support::{Run, finish, rempart, run};

const TIME: f64 = 1_793_491_200.0;

/// A double with an account of its own.
fn double() -> AwsDouble {
    let double = AwsDouble::start().unwrap();
    let caller = json!({
        "Account": ACCOUNT, "UserId": "AROAEXAMPLE:session",
        "Arn": format!("arn:aws:sts::{ACCOUNT}:assumed-role/reader/session"),
    });
    double.set("sts:GetCallerIdentity", caller).unwrap();
    double
}

/// A double with some of everything.
fn full() -> AwsDouble {
    let double = double();
    double.sample(2);
    estate(&double);
    double
}

/// What made-up answers cannot know.
fn estate(double: &AwsDouble) {
    let set = |operation: &str, body: Value| double.set(operation, body).unwrap();
    let report = "user,arn,user_creation_time,password_enabled,mfa_active\n<root_account>,arn:aws:iam::111122223333:root,2020-01-01T00:00:00+00:00,not_supported,true\n";
    set(
        "iam:GetCredentialReport",
        json!({"Content": base64(report), "ReportFormat": "text/csv", "GeneratedTime": TIME}),
    );
    set(
        "iam:GetServiceLastAccessedDetails",
        json!({"JobStatus": "COMPLETED", "JobCreationDate": TIME, "JobCompletionDate": TIME,
               "ServicesLastAccessed": [], "IsTruncated": false}),
    );
    set(
        "sso-admin:ListPermissionSets",
        json!({"PermissionSets": ["arn:aws:sso:::permissionSet/ssoins-1/ps-1"]}),
    );
    set(
        "sso-admin:ListAccountsForProvisionedPermissionSet",
        json!({"AccountIds": [ACCOUNT]}),
    );
    let alarms = json!({"MetricAlarms": [{
        "AlarmName": "root-login",
        "AlarmArn": format!("arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:root-login"),
        "AlarmActions": [format!("arn:aws:sns:{REGION}:{ACCOUNT}:alarms")],
    }]});
    set("cloudwatch:DescribeAlarms", alarms);
    set(
        "logs:DescribeLogGroups",
        json!({"logGroups": [{"logGroupName": "/aws/sagemaker/TrainingJobs"}, {"logGroupName": "other"}]}),
    );
    let models = (1..=2).map(|number| {
        let name = format!("modelname-{number}");
        let arn = format!("arn:aws:sagemaker:{REGION}:{ACCOUNT}:model/model-{number}");
        json!({"Model": {"Model": {
            "ModelName": name, "ModelArn": arn, "EnableNetworkIsolation": true,
            "ExecutionRoleArn": format!("arn:aws:iam::{ACCOUNT}:role/role-1"),
        }}})
    });
    set("sagemaker:Search", json!({"Results": []}));
    let models = json!({"Results": models.collect::<Vec<_>>()});
    double.answer("sagemaker:Search", json!({"Resource": "Model"}), models).unwrap();
}

fn base64(text: &str) -> String {
    base64::engine::general_purpose::STANDARD.encode(text)
}

fn collect(double: &AwsDouble, out: &Path, arguments: &[&str]) -> Command {
    let mut command = rempart();
    command
        .env("AWS_ENDPOINT_URL", double.url())
        .env("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
        .env("AWS_SECRET_ACCESS_KEY", "example-secret")
        .args(["collect", "--no-progress", "--regions", REGION, "--rate", "2000", "--out"])
        .arg(out)
        .args(arguments);
    command
}

/// A collection that comes to its end, with requests that are all in order.
fn collected(double: &AwsDouble, out: &Path, arguments: &[&str]) -> Run {
    let run = finish(collect(double, out, arguments));
    assert!(run.code != 2, "{}", run.err);
    assert_eq!(double.violations(), Vec::<String>::new());
    run
}

/// All files below a folder, by their path in it.
fn files(folder: &Path) -> BTreeMap<PathBuf, String> {
    let mut found = BTreeMap::new();
    let mut pending = vec![folder.to_owned()];
    while let Some(path) = pending.pop() {
        for entry in std::fs::read_dir(path).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                pending.push(path);
            } else {
                let name = path.strip_prefix(folder).unwrap().to_owned();
                found.insert(name, std::fs::read_to_string(&path).unwrap());
            }
        }
    }
    found
}

fn manifest(out: &Path) -> String {
    std::fs::read_to_string(out.join("manifest.json")).unwrap()
}

/// The answers of an operation in a snapshot.
fn answers(out: &Path, operation: &str) -> Vec<Value> {
    let name = format!("{}.jsonl", operation.replace(':', "/"));
    let all = files(out);
    let of_it = all.iter().filter(|(path, _)| path.ends_with(&name));
    let lines = of_it.flat_map(|(_, text)| text.lines());
    lines.map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn count(answers: &[Value], outcome: &str) -> usize {
    let with = |answer: &&Value| answer["outcome"] == outcome;
    answers.iter().filter(with).count()
}

/// What a control says about a resource.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Verdict {
    verdict: String,
    code: String,
    permission: String,
}

/// The verdicts of all controls, by control and resource.
fn verdicts(out: &Path) -> BTreeMap<(String, String), Verdict> {
    let mut command = rempart();
    command.args(["posture", "--no-progress", "--format", "jsonl"]).arg(out);
    let run = finish(command);
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let verdict = |line: Value| {
        let name = ["resource_kind", "region", "resource_id"].map(|name| text(&line[name]));
        let verdict = Verdict {
            verdict: text(&line["verdict"]),
            code: text(&line["reason_code"]),
            permission: text(&line["permission"]),
        };
        ((text(&line["control_id"]), name.join(" ")), verdict)
    };
    run.lines().into_iter().map(verdict).collect()
}

#[test]
fn everything_is_asked_and_everything_is_counted() {
    let double = full();
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("snapshot");
    double
        .error(
            "sagemaker:DescribeEndpoint",
            json!({"EndpointName": "endpointname-2"}),
            400,
            "ValidationException",
            "Could not find endpoint",
        )
        .unwrap();
    double.fault("sagemaker:DescribePipeline", Fault::Denied(Form::Own), Times::Always);
    let all = ["--with", "last-accessed,drift,logs,objects,features", "--jobs", "1"];
    let run = collected(&double, &out, &all);
    assert_eq!(run.code, 1, "{}", run.err);
    assert!(run.err.contains("no permission for sagemaker:DescribePipeline\n"), "{}", run.err);
    let called = double.calls();
    let not_called: Vec<&str> = api_operations()
        .iter()
        .map(ApiOperation::full_name)
        .filter(|name| !called.contains_key(*name))
        .collect();
    // The Regions are given, there is one account, and the rest is never asked.
    let never = [
        "ec2:DescribeRegions",
        "resourcegroupstaggingapi:GetResources",
        "s3:GetBucketLocation",
        "sts:AssumeRole",
    ];
    assert_eq!(not_called, never);
    let mut compared = 0;
    for describe in called.keys().filter(|name| name.starts_with("sagemaker:Describe")) {
        let name = describe.trim_start_matches("sagemaker:Describe");
        let described = answers(&out, describe);
        let total = described.len();
        let known: usize = ["ok", "gone", "denied", "not-evaluated"]
            .into_iter()
            .map(|outcome| count(&described, outcome))
            .sum();
        assert_eq!(known, total, "{describe}: {described:?}");
        let lists = ["s", ""].map(|end| format!("sagemaker:List{name}{end}"));
        let Some(list) = lists.iter().find(|list| called.contains_key(*list)) else {
            continue;
        };
        let listed: usize = answers(&out, list)
            .iter()
            .map(|answer| {
                let members = answer["body"].as_object().unwrap().values();
                members.filter_map(Value::as_array).map(Vec::len).sum::<usize>()
            })
            .sum();
        assert_eq!(listed, total, "{describe}");
        compared += 1;
    }
    assert!(compared > 30, "{compared}");
    let outcomes = |operation: &str| {
        let answers = answers(&out, operation);
        ["ok", "gone", "denied", "not-evaluated"].map(|outcome| count(&answers, outcome))
    };
    assert_eq!(outcomes("sagemaker:DescribeEndpoint"), [1, 1, 0, 0]);
    assert_eq!(outcomes("sagemaker:DescribePipeline"), [0, 0, 2, 0]);
    assert_eq!(outcomes("sagemaker:DescribeTrainingJob"), [1, 0, 0, 1]);
    assert_eq!(outcomes("sagemaker:DescribeModelCard"), [2, 0, 0, 0]);
}

fn emptied(document: &str, element: &str) -> String {
    let (open, close) = (format!("<{element}>"), format!("</{element}>"));
    match (document.split_once(&open), document.split_once(&close)) {
        (Some((before, _)), Some((_, after))) => format!("{before}{open}{close}{after}"),
        _ => document.to_owned(),
    }
}

#[test]
fn two_collections_differ_in_times_alone() {
    let double = full();
    double.page_size(1);
    let folder = tempfile::tempdir().unwrap();
    let outs = ["a", "b"].map(|name| folder.path().join(name));
    let [first, second] = outs.each_ref().map(|out| {
        collected(&double, out, &[]);
        let mut files = files(out);
        files.remove(Path::new("run.json")).unwrap();
        for (path, text) in &mut files {
            if path.extension().is_some_and(|extension| extension == "jsonl") {
                let lines = text.lines().map(|line| {
                    let mut answer: Value = serde_json::from_str(line).unwrap();
                    let answer = answer.as_object_mut().unwrap();
                    for name in ["at", "requestId"] {
                        answer.shift_remove(name);
                    }
                    // XML answers repeat the identifier of the request.
                    if let Some(Value::String(body)) = answer.get_mut("bodyText") {
                        for name in ["RequestId", "requestId"] {
                            *body = emptied(body, name);
                        }
                        answer.shift_remove("sha256");
                    }
                    Value::Object(answer.clone()).to_string()
                });
                *text = lines.collect::<Vec<_>>().join("\n");
            }
        }
        files
    });
    assert!(first.len() > 150, "{}", first.len());
    assert!(first == second, "the snapshots differ");
}

#[test]
fn faults_leave_no_trace() {
    let double = full();
    double.page_size(1);
    let folder = tempfile::tempdir().unwrap();
    let calm = folder.path().join("calm");
    collected(&double, &calm, &[]);
    double.fault("*", Fault::ExpiredToken, Times::InAll(1));
    double.fault("sagemaker:List*", Fault::Throttled(Form::Xml), Times::First(1));
    double.fault("*:List*", Fault::Throttled(Form::Own), Times::First(1));
    double.fault("*:Get*", Fault::Truncated, Times::First(1));
    double.fault("*:Describe*", Fault::Reset, Times::First(1));
    double.fault("*", Fault::Status(500), Times::OneIn(9));
    double.fault("*", Fault::Status(503), Times::OneIn(9));
    double.fault("*", Fault::Slow(Duration::from_millis(30)), Times::OneIn(9));
    double.fault("*", Fault::Truncated, Times::OneIn(19));
    double.clock_ahead(3600);
    // Credentials that are new each time they are asked for.
    let config = folder.path().join("config");
    let process = format!(
        "[default]\ncredential_process = sh -c 'echo {{\\\"Version\\\":1,\\\"AccessKeyId\\\":\\\"AKIDEXAMPLE\\\",\\\"SecretAccessKey\\\":\\\"s$(date +%%s%%N)\\\"}}'\n"
    );
    std::fs::write(&config, process).unwrap();
    let rough = folder.path().join("rough");
    let mut command = collect(&double, &rough, &[]);
    for name in ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"] {
        command.env_remove(name);
    }
    command.env("AWS_CONFIG_FILE", &config);
    let run = finish(command);
    assert_eq!(run.code, 0, "{}", run.err);
    let happened: Vec<&str> = double.injected().into_keys().collect();
    let wanted = [
        "clock-skew", "expired-token", "reset", "slow", "status", "throttled", "truncated",
    ];
    assert_eq!(happened, wanted);
    assert_eq!(manifest(&calm), manifest(&rough));
}

#[test]
fn lists_with_empty_pages_are_whole_and_circles_are_noticed() {
    let double = full();
    let folder = tempfile::tempdir().unwrap();
    double.page_size(1);
    double.fault("sagemaker:ListModels", Fault::EmptyPage, Times::First(1));
    double.fault("sagemaker:ListDomains", Fault::RepeatedToken, Times::Always);
    double.fault("sagemaker:DescribeEndpoint", Fault::UnknownMember, Times::Always);
    double.fault("sagemaker:DescribeNotebookInstance", Fault::UnknownValue, Times::Always);
    double.fault("ec2:DescribeVpcs", Fault::UnknownMember, Times::Always);
    let out = folder.path().join("snapshot");
    let run = collected(&double, &out, &["--services", "sagemaker,ec2"]);
    assert_eq!(run.code, 1, "{}", run.err);
    let models = answers(&out, "sagemaker:ListModels");
    assert_eq!(count(&models, "ok"), 3);
    assert_eq!(answers(&out, "sagemaker:DescribeEndpoint")[0]["body"]["SomethingNew"], "of tomorrow");
    let domains = answers(&out, "sagemaker:ListDomains");
    let last = domains.last().unwrap();
    assert_eq!((&last["outcome"], &last["error"]["code"]), (&json!("failed"), &json!("RepeatedToken")));
    let verdicts = verdicts(&out);
    let of_list = |kind: &str| {
        let name = format!("{kind} {REGION} *");
        let found = verdicts.iter().filter(move |((_, resource), _)| *resource == name);
        found.map(|(_, verdict)| verdict.clone()).collect::<Vec<_>>()
    };
    let domains = of_list("AWS::SageMaker::Domain");
    assert!(domains.len() > 5, "{domains:?}");
    assert!(domains.iter().all(|one| one.verdict == "UNKNOWN" && one.code == "failed"), "{domains:?}");
    assert_eq!(of_list("AWS::SageMaker::Model"), []);
}

/// Controls by their evidence.
fn controls() -> BTreeMap<String, Vec<String>> {
    let run = run(&["controls", "list", "--format", "jsonl"]);
    let mut controls: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for control in run.lines() {
        let text = |name: &str| control[name].as_str().unwrap().to_owned();
        controls.entry(text("evidence")).or_default().push(text("id"));
    }
    controls
}

#[test]
fn what_is_denied_is_unknown_and_names_the_action() {
    let double = full();
    let folder = tempfile::tempdir().unwrap();
    let calm = folder.path().join("calm");
    collected(&double, &calm, &[]);
    let before = verdicts(&calm);
    let by_evidence = controls();
    for (number, operation) in [
        "sagemaker:DescribeNotebookInstance",
        "sagemaker:DescribeTrainingJob",
        "sagemaker:DescribeDomain",
        "s3:GetBucketEncryption",
        "kms:DescribeKey",
        "cloudtrail:GetTrail",
        "ec2:DescribeSecurityGroups",
        "sagemaker:ListModels",
        "s3:ListBuckets",
        "sagemaker:ListTrainingJobs",
        "sagemaker:Search",
        "iam:GetAccountAuthorizationDetails",
    ]
    .into_iter()
    .enumerate()
    {
        double.heal();
        double.fault(operation, Fault::Denied([Form::Own, Form::Xml, Form::Json][number % 3]), Times::Always);
        let out = folder.path().join(operation.replace(':', "-"));
        let run = collected(&double, &out, &[]);
        let action = api_operation(operation).unwrap().action();
        assert_eq!(run.code, 1, "{}", run.err);
        assert!(run.err.contains(&format!("no permission for {action}\n")), "{}", run.err);
        let after = verdicts(&out);
        eprintln!("== {operation} {action}");
        let mut unknown = 0;
        for (key, verdict) in &after {
            let known = before.get(key);
            if known == Some(verdict) { continue; }
            unknown += 1;
            if verdict.permission != action || verdict.verdict != "UNKNOWN" {
                eprintln!("  {key:?} {verdict:?} was {known:?}");
            }
        }
        for key in before.keys().filter(|key| !after.contains_key(key)) {
            if !operation.contains("List") { eprintln!("  lost {key:?}"); }
        }
        eprintln!("  {unknown} unknown of {}", after.len());
        for id in by_evidence.get(operation).into_iter().flatten() {
            for (key, verdict) in after.iter().filter(|((control, _), _)| control == id) {
                if verdict.permission != action { eprintln!("  evidence {key:?} {verdict:?}"); }
            }
        }
    }
    panic!();
}
