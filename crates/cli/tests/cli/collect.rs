//! `rempart collect` against the AWS double, and `rempart posture` on what it collected.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use base64::Engine as _;
use rempart_aws_model::{ApiOperation, action_services, actions_of, api_operation, api_operations};
use rempart_policy::scenario::ScenarioReader;
use rempart_testkit::aws_double::{ACCOUNT, AwsDouble, Fault, Form, REGION, Times};
use serde_json::{Map, Value, json};

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
    let sets = |given: &Map<String, Value>| {
        let instance = given["InstanceArn"]
            .as_str()
            .unwrap()
            .rsplit('/')
            .next()
            .unwrap();
        json!({"PermissionSets": [format!("arn:aws:sso:::permissionSet/{instance}/ps-1")]})
    };
    double
        .answer_with("sso-admin:ListPermissionSets", sets)
        .unwrap();
    let versions = |given: &Map<String, Value>| {
        let image = given["ImageName"].as_str().unwrap();
        let arn = format!("arn:aws:sagemaker:{REGION}:{ACCOUNT}:image-version/{image}/1");
        json!({"ImageVersions": [{
            "ImageVersionArn": arn, "ImageArn": arn.replace("-version", ""), "Version": 1,
            "CreationTime": TIME, "LastModifiedTime": TIME, "ImageVersionStatus": "CREATED",
        }]})
    };
    double
        .answer_with("sagemaker:ListImageVersions", versions)
        .unwrap();
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
    let model = |name: &str| {
        json!({
            "ModelName": name, "EnableNetworkIsolation": true, "CreationTime": TIME,
            "ModelArn": format!("arn:aws:sagemaker:{REGION}:{ACCOUNT}:model/{name}"),
            "ExecutionRoleArn": format!("arn:aws:iam::{ACCOUNT}:role/role-1"),
        })
    };
    let names = ["modelname-1", "modelname-2"];
    let listed = names.map(|name| {
        let arn = format!("arn:aws:sagemaker:{REGION}:{ACCOUNT}:model/{name}");
        json!({"ModelName": name, "ModelArn": arn, "CreationTime": TIME})
    });
    set("sagemaker:ListModels", json!({"Models": listed}));
    let describe = move |given: &Map<String, Value>| model(given["ModelName"].as_str().unwrap());
    double
        .answer_with("sagemaker:DescribeModel", describe)
        .unwrap();
    let models = names.map(|name| json!({"Model": {"Model": model(name)}}));
    set("sagemaker:Search", json!({"Results": []}));
    let models = json!({"Results": models});
    double
        .answer("sagemaker:Search", json!({"Resource": "Model"}), models)
        .unwrap();
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
        .args([
            "collect",
            "--no-progress",
            "--regions",
            REGION,
            "--rate",
            "2000",
            "--out",
        ])
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
    lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
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
    command
        .args(["posture", "--no-progress", "--format", "jsonl"])
        .arg(out);
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
    double.fault(
        "sagemaker:DescribePipeline",
        Fault::Denied(Form::Own),
        Times::Always,
    );
    let all = [
        "--with",
        "last-accessed,drift,logs,objects,features",
        "--jobs",
        "1",
    ];
    let run = collected(&double, &out, &all);
    assert_eq!(run.code, 1, "{}", run.err);
    assert!(
        run.err
            .contains("no permission for sagemaker:DescribePipeline\n"),
        "{}",
        run.err
    );
    let called = double.calls();
    let not_called: Vec<&str> = api_operations()
        .iter()
        .map(ApiOperation::full_name)
        .filter(|name| !called.contains_key(*name))
        .collect();
    // The Regions are given, the search tells of models, the keys are the store's, and the rest is
    // never asked.
    let never = [
        "ec2:DescribeRegions",
        "kms:CreateGrant",
        "kms:Decrypt",
        "kms:GenerateDataKey",
        "kms:ReEncrypt",
        "kms:RetireGrant",
        "resourcegroupstaggingapi:GetResources",
        "s3:GetBucketLocation",
        "sagemaker:DescribeModel",
        "sts:AssumeRole",
    ];
    assert_eq!(not_called, never);
    let mut compared = 0;
    for describe in called
        .keys()
        .filter(|name| name.starts_with("sagemaker:Describe"))
    {
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
        let mut listed = BTreeSet::new();
        for answer in answers(&out, list) {
            // Some are listed twice: packages by group and without.
            let arn = format!("{name}Arn");
            let members = answer["body"].as_object().unwrap().values();
            let items = members.filter_map(Value::as_array).flatten();
            listed.extend(items.map(|item| item.get(&arn).unwrap_or(item).to_string()));
        }
        assert_eq!(listed.len(), total, "{describe}");
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
            if path
                .extension()
                .is_some_and(|extension| extension == "jsonl")
            {
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
    double.fault(
        "sagemaker:List*",
        Fault::Throttled(Form::Xml),
        Times::First(1),
    );
    double.fault("*:List*", Fault::Throttled(Form::Own), Times::First(1));
    double.fault("*:Get*", Fault::Truncated, Times::First(1));
    double.fault("*:Describe*", Fault::Reset, Times::First(1));
    // Rare enough that no call meets five in a row, after which the client gives up.
    double.fault("*", Fault::Status(500), Times::OneIn(61));
    double.fault("*", Fault::Status(503), Times::OneIn(67));
    double.fault(
        "*",
        Fault::Slow(Duration::from_millis(30)),
        Times::OneIn(41),
    );
    double.fault("*", Fault::Truncated, Times::OneIn(71));
    double.clock_ahead(3600);
    // Credentials that are new each time they are asked for.
    let config = folder.path().join("config");
    let process = "[default]\ncredential_process = sh -c 'echo {\\\"Version\\\":1,\\\"AccessKeyId\\\":\\\"AKIDEXAMPLE\\\",\\\"SecretAccessKey\\\":\\\"s\\\",\\\"SessionToken\\\":\\\"t$(date +%s%N)\\\"}'\n";
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
        "clock-skew",
        "expired-token",
        "reset",
        "slow",
        "status",
        "throttled",
        "truncated",
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
    double.fault(
        "sagemaker:DescribeEndpoint",
        Fault::UnknownMember,
        Times::Always,
    );
    double.fault(
        "sagemaker:DescribeNotebookInstance",
        Fault::UnknownValue,
        Times::Always,
    );
    double.fault("ec2:DescribeVpcs", Fault::UnknownMember, Times::Always);
    let out = folder.path().join("snapshot");
    let run = collected(&double, &out, &["--services", "sagemaker,ec2"]);
    assert_eq!(run.code, 1, "{}", run.err);
    let models = answers(&out, "sagemaker:ListModels");
    assert_eq!(count(&models, "ok"), 3);
    assert_eq!(
        answers(&out, "sagemaker:DescribeEndpoint")[0]["body"]["SomethingNew"],
        "of tomorrow"
    );
    let domains = answers(&out, "sagemaker:ListDomains");
    let last = domains.last().unwrap();
    assert_eq!(
        (&last["outcome"], &last["error"]["code"]),
        (&json!("failed"), &json!("RepeatedToken"))
    );
    let verdicts = verdicts(&out);
    let of_list = |kind: &str| {
        let name = format!("{kind} {REGION} *");
        let found = verdicts
            .iter()
            .filter(move |((_, resource), _)| *resource == name);
        found
            .map(|(_, verdict)| verdict.clone())
            .collect::<Vec<_>>()
    };
    let domains = of_list("AWS::SageMaker::Domain");
    assert!(domains.len() > 5, "{domains:?}");
    assert!(
        domains
            .iter()
            .all(|one| one.verdict == "UNKNOWN" && one.code == "failed"),
        "{domains:?}"
    );
    assert_eq!(of_list("AWS::SageMaker::Model"), []);
}

/// Controls about single resources, by their evidence or kind.
fn controls(member: &str) -> BTreeMap<String, BTreeSet<String>> {
    let run = run(&["controls", "list", "--format", "jsonl"]);
    let mut controls: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for control in run.lines() {
        let text = |name: &str| control[name].as_str().unwrap().to_owned();
        if text("scope") == "resource" {
            controls.entry(text(member)).or_default().insert(text("id"));
        }
    }
    controls
}

/// Collects without permission for some operations; returns the verdicts before and after.
fn denied(double: &AwsDouble, operations: &[&str]) -> [BTreeMap<(String, String), Verdict>; 2] {
    let folder = tempfile::tempdir().unwrap();
    let calm = folder.path().join("calm");
    collected(double, &calm, &[]);
    for (operation, form) in operations
        .iter()
        .zip([Form::Own, Form::Xml, Form::Json].iter().cycle())
    {
        double.fault(operation, Fault::Denied(*form), Times::Always);
    }
    let out = folder.path().join("denied");
    let run = collected(double, &out, &[]);
    assert_eq!(run.code, 1, "{}", run.err);
    for operation in operations {
        let action = api_operation(operation).unwrap().action();
        assert!(run.err.contains(action), "{action}: {}", run.err);
    }
    [verdicts(&calm), verdicts(&out)]
}

/// Every verdict that changed is UNKNOWN for want of one of these permissions, and the rest is as
/// before. Returns the number of changes for each action.
fn changes(
    [before, after]: &[BTreeMap<(String, String), Verdict>; 2],
    operations: &[&str],
) -> BTreeMap<String, usize> {
    let actions: BTreeSet<&str> = operations
        .iter()
        .map(|operation| api_operation(operation).unwrap().action())
        .collect();
    let mut counts = BTreeMap::new();
    for (key, verdict) in after {
        if before.get(key) == Some(verdict) {
            continue;
        }
        assert_eq!(
            (&*verdict.verdict, &*verdict.code),
            ("UNKNOWN", "access_denied"),
            "{key:?} {verdict:?} {:?}",
            before.get(key)
        );
        assert!(
            actions.contains(&*verdict.permission),
            "{key:?} {verdict:?}"
        );
        *counts.entry(verdict.permission.clone()).or_default() += 1;
    }
    assert!(counts.len() == actions.len(), "{counts:?}");
    counts
}

#[test]
fn a_denied_description_makes_its_controls_unknown() {
    let operations = [
        "sagemaker:DescribeNotebookInstance",
        "sagemaker:DescribeTrainingJob",
        "sagemaker:DescribeDomain",
        "s3:GetBucketEncryption",
        "cloudtrail:GetTrail",
        "guardduty:GetDetector",
    ];
    let both = denied(&full(), &operations);
    changes(&both, &operations);
    let [before, after] = &both;
    assert!(before.keys().eq(after.keys()));
    let controls = controls("evidence");
    for operation in operations {
        let action = api_operation(operation).unwrap().action();
        let concerned = &controls[operation];
        let of_it = after.iter().filter(|((id, _), _)| concerned.contains(id));
        let mut count = 0;
        for (key, verdict) in of_it {
            assert_eq!(
                (&*verdict.verdict, &*verdict.permission),
                ("UNKNOWN", action),
                "{key:?}"
            );
            count += 1;
        }
        assert!(count >= 2, "{operation}: {count}");
    }
}

#[test]
fn a_denied_list_makes_one_unknown_for_each_control() {
    let operations = [
        "sagemaker:ListModels",
        "sagemaker:ListTrainingJobs",
        "s3:ListBuckets",
        "ec2:DescribeSecurityGroups",
    ];
    let both = denied(&full(), &operations);
    changes(&both, &operations);
    let [before, after] = &both;
    let of_kinds = controls("resource_kind");
    for (operation, kind, region) in [
        (
            "sagemaker:ListTrainingJobs",
            "SageMaker:TrainingJob",
            REGION,
        ),
        ("s3:ListBuckets", "AWS::S3::Bucket", "global"),
        (
            "ec2:DescribeSecurityGroups",
            "AWS::EC2::SecurityGroup",
            REGION,
        ),
    ] {
        let of_kind = |verdicts: &BTreeMap<(String, String), Verdict>| {
            let of_it = verdicts
                .keys()
                .filter(|(_, resource)| resource.starts_with(&format!("{kind} ")));
            of_it.cloned().collect::<Vec<_>>()
        };
        let ids = of_kinds.get(kind).cloned().unwrap_or_default();
        assert!(!of_kind(before).is_empty());
        let all = of_kind(after)
            .into_iter()
            .filter(|(_, resource)| resource.ends_with(" *"));
        let all: Vec<(String, String)> = all.collect();
        assert_eq!(
            all.iter()
                .map(|(id, _)| id)
                .cloned()
                .collect::<BTreeSet<_>>(),
            ids,
            "{operation}"
        );
        assert_eq!(all.len(), ids.len());
        let action = api_operation(operation).unwrap().action();
        for key in all {
            assert_eq!(key.1, format!("{kind} {region} *"));
            assert_eq!(after[&key].permission, action);
        }
    }
}

#[test]
fn a_denied_search_is_replaced_by_descriptions() {
    let double = full();
    let [before, after] = denied(&double, &["sagemaker:Search"]);
    assert!(double.calls().contains_key("sagemaker:DescribeModel"));
    assert!(before == after, "verdicts differ");
}

#[test]
fn a_killed_collection_goes_on_where_it_was() {
    let double = full();
    double.page_size(1);
    let folder = tempfile::tempdir().unwrap();
    let [whole, killed] = ["whole", "killed"].map(|name| folder.path().join(name));
    collected(&double, &whole, &[]);
    let calls = double.call_count();
    double.reset_counters();
    double.latency(Duration::from_millis(5));
    let mut command = collect(&double, &killed, &[]);
    let mut child = command.stderr(Stdio::null()).spawn().unwrap();
    while double.call_count() < calls / 2 {
        assert!(child.try_wait().unwrap().is_none(), "it ended by itself");
        std::thread::sleep(Duration::from_millis(1));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(!killed.join("manifest.json").exists());
    double.reset_counters();
    let run = collected(&double, &killed, &["--resume"]);
    assert!(
        run.err.contains("calls are answered already"),
        "{}",
        run.err
    );
    assert!(
        double.call_count() < calls * 3 / 4,
        "{} of {calls}",
        double.call_count()
    );
    assert_eq!(manifest(&whole), manifest(&killed));
    let intact = finish({
        let mut command = rempart();
        command.args(["estate", "verify"]).arg(&killed);
        command
    });
    assert_eq!(intact.code, 0, "{}{}", intact.out, intact.err);
}

#[test]
fn the_policy_allows_the_calls_and_nothing_else() {
    let double = full();
    double
        .set(
            "ec2:DescribeRegions",
            json!({"Regions": [{"RegionName": REGION}]}),
        )
        .unwrap();
    let search = |_: &Map<String, Value>| json!({"Results": []});
    double.answer_with("sagemaker:Search", search).unwrap();
    double
        .answer(
            "sagemaker:Search",
            json!({"Resource": "Model"}),
            json!({"Results": []}),
        )
        .unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut command = rempart();
    command
        .env("AWS_ENDPOINT_URL", double.url())
        .env("AWS_REGION", REGION)
        .env("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
        .env("AWS_SECRET_ACCESS_KEY", "example-secret")
        .args(["collect", "--no-progress", "--rate", "2000", "--out"])
        .arg(folder.path().join("snapshot"))
        .args(["--with", "last-accessed,drift,logs,objects,features"]);
    let run_of_all = finish(command);
    assert_eq!(run_of_all.code, 0, "{}", run_of_all.err);
    let mut wanted: BTreeSet<String> = double
        .calls()
        .keys()
        .map(|name| api_operation(name).unwrap().action().to_owned())
        .collect();
    // Nobody needs a permission to ask who they are.
    assert!(wanted.remove("sts:GetCallerIdentity"));
    let printed = run(&[
        "collect",
        "--print-policy",
        "--with",
        "last-accessed,drift,logs,objects,features",
    ]);
    let documents: Vec<Value> = serde_json::Deserializer::from_str(&printed.out)
        .into_iter()
        .map(Result::unwrap)
        .collect();
    let mut reader = ScenarioReader::new();
    let mut allowed = BTreeSet::new();
    let mut asked = 0;
    let key = format!("arn:aws:kms:{REGION}:{ACCOUNT}:key/1");
    let own_key = json!({"Statement": {
        "Effect": "Allow", "Action": "kms:*", "Resource": "*",
        "Principal": {"AWS": format!("arn:aws:iam::{ACCOUNT}:root")},
    }});
    let services: BTreeSet<&str> = wanted
        .iter()
        .filter_map(|name| name.split(':').next())
        .collect();
    for service in action_services() {
        let is_concerned = services.contains(service.prefix());
        for action in actions_of(service.prefix()) {
            let name = format!("{}:{}", service.prefix(), action.name);
            // Of the other services, one action is enough: nothing names them.
            let is_first =
                actions_of(service.prefix()).first().map(|first| first.name) == Some(action.name);
            if !is_concerned && !is_first {
                continue;
            }
            let mut scenario = json!({
                "request": {
                    "action": name,
                    "principal": format!("arn:aws:iam::{ACCOUNT}:role/reader"),
                    "resource": "*",
                },
                "identityPolicies": documents,
            });
            // A key's own policy must let the account's policies decide.
            if service.prefix() == "kms" {
                scenario["request"]["resource"] = json!(key);
                scenario["resourcePolicy"] = own_key.clone();
            }
            let answer = reader.answer(&scenario.to_string()).unwrap();
            if answer.decision == "Allowed" {
                allowed.insert(name);
            }
            asked += 1;
        }
    }
    assert!(asked > 3_000, "{asked}");
    let differing: Vec<&String> = allowed.symmetric_difference(&wanted).collect();
    assert_eq!(differing, Vec::<&String>::new());
}

/// A text without white space: long lines are broken anywhere, and numbers are grouped.
fn bare(text: &str) -> String {
    text.split_whitespace().collect()
}

#[test]
fn bounds_leave_no_silent_hole() {
    let double = double();
    let jobs = (0..1200).map(|number| {
        let name = format!("job-{number}");
        json!({
            "TrainingJobName": name, "CreationTime": TIME + f64::from(number),
            "TrainingJobArn": format!("arn:aws:sagemaker:{REGION}:{ACCOUNT}:training-job/{name}"),
            "TrainingJobStatus": "Completed",
        })
    });
    let jobs = json!({"TrainingJobSummaries": jobs.collect::<Vec<_>>()});
    double.set("sagemaker:ListTrainingJobs", jobs).unwrap();
    let describe = |given: &Map<String, Value>| {
        let name = given["TrainingJobName"].as_str().unwrap();
        json!({
            "TrainingJobName": name,
            "TrainingJobArn": format!("arn:aws:sagemaker:{REGION}:{ACCOUNT}:training-job/{name}"),
        })
    };
    double
        .answer_with("sagemaker:DescribeTrainingJob", describe)
        .unwrap();
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("snapshot");
    let run = collected(&double, &out, &["--services", "sagemaker", "--jobs", "50"]);
    assert_eq!(run.code, 0, "{}", run.err);
    let calls = double.calls();
    assert_eq!(calls["sagemaker:ListTrainingJobs"], 12);
    assert_eq!(calls["sagemaker:DescribeTrainingJob"], 50);
    assert_eq!(calls["sagemaker:ListTags"], 50);
    let described = answers(&out, "sagemaker:DescribeTrainingJob");
    assert_eq!(
        [count(&described, "ok"), count(&described, "not-evaluated")],
        [50, 1150]
    );
    // The newest are described.
    let newest = described.iter().filter(|answer| answer["outcome"] == "ok");
    let names = newest.map(|answer| answer["parameters"]["TrainingJobName"].as_str().unwrap());
    let wanted: BTreeSet<String> = (1150..1200).map(|number| format!("job-{number}")).collect();
    assert_eq!(names.map(str::to_owned).collect::<BTreeSet<_>>(), wanted);
    let mut command = rempart();
    command
        .args(["posture", "--no-progress", "--format", "jsonl"])
        .arg(&out);
    let run = finish(command);
    let judged = run
        .lines()
        .into_iter()
        .filter(|line| line["resource_kind"] == "SageMaker:TrainingJob");
    let judged: BTreeSet<String> = judged
        .map(|line| line["resource_id"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(judged, wanted);
    let told = "1,150 of sagemaker:DescribeTrainingJob left out by a bound";
    assert!(bare(&run.err).contains(&bare(told)), "{}", run.err);
}

#[test]
fn a_damaged_snapshot_is_told_of_and_the_rest_is_judged() {
    let double = full();
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("snapshot");
    collected(&double, &out, &[]);
    let before = verdicts(&out);
    let path = |name: &str| out.join(ACCOUNT).join(REGION).join("sagemaker").join(name);
    let cut = path("DescribeNotebookInstance.jsonl");
    let text = std::fs::read_to_string(&cut).unwrap();
    std::fs::write(&cut, text.get(..text.len() - 40).unwrap()).unwrap();
    let changed = path("DescribeEndpoint.jsonl");
    let text = std::fs::read_to_string(&changed).unwrap();
    std::fs::write(
        &changed,
        text.replacen("\"EndpointStatus\":\"", "\"EndpointStatus\":\"x", 1),
    )
    .unwrap();
    std::fs::write(out.join("notes.txt"), "mine").unwrap();
    let mut command = rempart();
    command
        .args(["posture", "--no-progress", "--format", "jsonl"])
        .arg(&out);
    let run = finish(command);
    for problem in [
        "DescribeNotebookInstance.jsonl:2: ends inside a line",
        "DescribeEndpoint.jsonl:1: the body is not the one that was collected",
        "notes.txt",
    ] {
        assert!(
            bare(&run.err).contains(&bare(problem)),
            "{problem}\n{}",
            run.err
        );
    }
    let after = verdicts(&out);
    assert!(before.keys().eq(after.keys()), "results are missing");
    let mut unknown = 0;
    for (key, verdict) in &after {
        if before[key] != *verdict {
            assert_eq!(verdict.verdict, "UNKNOWN", "{key:?} {verdict:?}");
            unknown += 1;
        }
    }
    assert!(unknown > 5 && unknown < 60, "{unknown}");
}
