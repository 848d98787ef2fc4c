//! From an account to verdicts: `moto_estate.py` builds an estate in moto, `rempart collect` reads it,
//! `rempart posture` judges it.
//!
//! Each test has a moto server of its own, since they change the whole server. They run where
//! `./test` has moto: `REMPART_MOTO` is set, and `REMPART_PYTHON` names the interpreter that has it.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use super::support::{Run, finish, fixtures, rempart, run};

#[path = "moto/expected.rs"]
mod expected;

const ACCOUNT: &str = "111122223333";
const REGION: &str = "eu-west-1";

struct Moto {
    server: Child,
    endpoint: String,
}

impl Moto {
    /// A new server, or none where there is no moto.
    fn start() -> Option<Self> {
        if std::env::var_os("REMPART_MOTO").is_none() {
            eprintln!("skipped: REMPART_MOTO is not set");
            return None;
        }
        // The server says which port it took.
        let program = "import sys\n\
                       from moto.server import DomainDispatcherApplication, create_backend_app\n\
                       from werkzeug.serving import make_server\n\
                       app = DomainDispatcherApplication(create_backend_app)\n\
                       server = make_server('127.0.0.1', 0, app, threaded=True)\n\
                       print(server.port, flush=True)\n\
                       sys.stdout = sys.stderr\n\
                       server.serve_forever()";
        let mut server = python()
            .args(["-c", program])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("Python is needed: REMPART_PYTHON names one that has moto");
        let mut port = String::new();
        BufReader::new(server.stdout.take().unwrap())
            .read_line(&mut port)
            .unwrap();
        let port: u16 = port.trim().parse().expect("moto does not start");
        let endpoint = format!("http://127.0.0.1:{port}");
        Some(Self { server, endpoint })
    }

    /// Builds the estate; the names that moto chose.
    fn build(&self, policies: Option<&Path>) -> BTreeMap<String, Value> {
        let output = python()
            .arg(fixtures().join("moto_estate.py"))
            .args([&self.endpoint, ACCOUNT])
            .args(policies)
            .output()
            .unwrap();
        let problems = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{problems}");
        serde_json::from_slice(&output.stdout).unwrap()
    }

    fn collect(&self, out: &Path, keys: [&str; 2], more: &[&str]) -> Run {
        let mut command = rempart();
        command
            .args(["collect", "--no-progress", "--rate", "1000"])
            .args(["--regions", REGION, "--out"])
            .arg(out)
            .args(more)
            .env("AWS_ENDPOINT_URL", &self.endpoint)
            .env("AWS_ACCESS_KEY_ID", keys[0])
            .env("AWS_SECRET_ACCESS_KEY", keys[1])
            .env("AWS_REGION", REGION);
        finish(command)
    }
}

impl Drop for Moto {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

fn python() -> Command {
    Command::new(std::env::var_os("REMPART_PYTHON").unwrap_or_else(|| "python3".into()))
}

fn judged(snapshot: &Path) -> Vec<Value> {
    let judged = run(&[
        "posture",
        "--no-progress",
        "--format",
        "jsonl",
        snapshot.to_str().unwrap(),
    ]);
    assert_eq!(judged.code, 1, "{}", judged.err);
    judged.lines()
}

fn text<'a>(result: &'a Value, member: &str) -> &'a str {
    result[member].as_str().unwrap_or_default()
}

/// Lines of the answers of a snapshot by file, without what differs from run to run.
fn answers(snapshot: &Path) -> BTreeMap<PathBuf, Vec<Value>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![snapshot.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path
                .extension()
                .is_some_and(|extension| extension == "jsonl")
            {
                let text = std::fs::read_to_string(&path).unwrap();
                let lines = text
                    .lines()
                    .map(|line| timeless(serde_json::from_str(line).unwrap()));
                let lines = lines.collect();
                found.insert(path.strip_prefix(snapshot).unwrap().to_owned(), lines);
            }
        }
    }
    found
}

/// Without the time, and without the number of the request, which bodies in XML repeat.
fn timeless(mut answer: Value) -> Value {
    let members = answer.as_object_mut().unwrap();
    let request = members.remove("requestId");
    members.remove("at");
    let Some(Value::String(request)) = request else {
        return answer;
    };
    if let Some(Value::String(body)) = members.get_mut("bodyText")
        && body.contains(&request)
    {
        *body = body.replace(&request, "");
        members.remove("sha256");
    }
    answer
}

/// What moto itself answers differently each time: times of now, and who asks.
const RESTLESS: [&str; 5] = [
    "athena/GetWorkGroup",
    "athena/ListWorkGroups",
    "cloudtrail/GetTrailStatus",
    "efs/DescribeFileSystems",
    "sts/GetCallerIdentity",
];

#[test]
fn verdicts_of_an_estate_in_moto() {
    let Some(moto) = Moto::start() else { return };
    let names = moto.build(None);
    let folder = tempfile::tempdir().unwrap();
    let [first, second] = ["first", "second"].map(|name| folder.path().join(name));
    let role = ["--role", "reader", "--accounts", ACCOUNT];
    for snapshot in [&first, &second] {
        let collected = moto.collect(snapshot, ["test", "test"], &role);
        // Moto does not know all operations.
        assert_eq!(collected.code, 1, "{}", collected.err);
    }

    let (mut left, mut right) = (answers(&first), answers(&second));
    for answers in [&mut left, &mut right] {
        answers.retain(|path, _| {
            let path = path.with_extension("");
            !RESTLESS.iter().any(|restless| path.ends_with(restless))
        });
    }
    assert!(left.len() > 100, "{}", left.len());
    assert_eq!(left, right);
    for snapshot in [&first, &second] {
        let verified = run(&["estate", "verify", snapshot.to_str().unwrap()]);
        assert_eq!(verified.code, 0, "{}", verified.err);
    }

    let results = judged(&first);
    let mut by_name: BTreeMap<(&str, &str), &Value> = BTreeMap::new();
    for result in &results {
        by_name.insert(
            (text(result, "control_id"), text(result, "resource_id")),
            result,
        );
    }
    let mut wrong = Vec::new();
    let mut controls = BTreeSet::new();
    for (control, verdict, resource) in expected::all() {
        let id = names
            .get(resource)
            .and_then(Value::as_str)
            .unwrap_or(resource);
        controls.insert(control);
        match by_name.get(&(control, id)) {
            Some(result) if text(result, "verdict") == verdict => {}
            Some(result) => wrong.push(format!(
                "{control} {resource}: {}, not {verdict}: {}",
                text(result, "verdict"),
                text(result, "message")
            )),
            None => wrong.push(format!("{control} {resource}: no result")),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(controls.len() >= 40, "{}", controls.len());

    for result in &results {
        let told = || result.to_string();
        match text(result, "verdict") {
            "PASS" | "FAIL" => {
                assert!(
                    !result["evidence"].as_array().unwrap().is_empty(),
                    "{}",
                    told()
                );
            }
            "UNKNOWN" => {
                assert!(!text(result, "reason_code").is_empty(), "{}", told());
                assert!(!text(result, "reason").is_empty(), "{}", told());
            }
            _ => {}
        }
    }
    not_implemented_is_unknown(&first, &results);
}

/// Every control whose evidence moto could not give says so, and nothing was decided with it.
fn not_implemented_is_unknown(snapshot: &Path, results: &[Value]) {
    let mut failed = BTreeSet::new();
    let mut answered = BTreeSet::new();
    for answer in answers(snapshot).values().flatten() {
        let operation = text(answer, "operation").to_owned();
        match text(answer, "outcome") {
            "failed" => failed.insert(operation),
            _ => answered.insert(operation),
        };
    }
    // Some answers: not all of these say nothing.
    failed.retain(|operation| !answered.contains(operation));
    assert!(failed.len() > 30, "{failed:?}");
    let listed = run(&["controls", "list", "--format", "jsonl"]);
    let mut concerned = 0;
    for control in listed.lines() {
        let id = text(&control, "id");
        if !failed.contains(text(&control, "evidence")) {
            continue;
        }
        concerned += 1;
        let of_it: Vec<&Value> = results
            .iter()
            .filter(|result| text(result, "control_id") == id)
            .collect();
        // The list of shares is complete and empty: there is nothing to judge.
        assert!(!of_it.is_empty() || id == "FS-13", "{id} is silent");
        for result in of_it {
            let verdict = text(result, "verdict");
            assert!(["UNKNOWN", "NOT_APPLICABLE"].contains(&verdict), "{result}");
            if verdict == "UNKNOWN" {
                assert!(text(result, "reason").contains("failed"), "{result}");
            }
        }
    }
    assert!(concerned >= 10, "{concerned}");
}

/// Permissions that are taken away, with a control that needs each.
const DENIED: [(&str, &str); 8] = [
    ("cloudtrail:GetTrailStatus", "CT-02"),
    ("ec2:DescribeFlowLogs", "NW-01"),
    ("iam:GetAccountPasswordPolicy", "IA-16"),
    ("kms:ListGrants", "KM-04"),
    ("s3:GetEncryptionConfiguration", "S3-06"),
    ("sagemaker:DescribeNotebookInstance", "NB-01"),
    ("sagemaker:ListModels", "MD-01"),
    ("secretsmanager:GetResourcePolicy", "SC-03"),
];

/// Actions for which moto asks under a name that is not AWS's.
const MISNAMED: [&str; 5] = [
    "cloudwatch:DescribeAlarms",
    "s3:GetAccountPublicAccessBlock",
    "s3:GetBucketObjectLockConfiguration",
    "s3:GetBucketOwnershipControls",
    "s3:GetBucketPublicAccessBlock",
];

#[test]
fn missing_permissions_are_named_and_the_printed_policy_is_enough() {
    let Some(moto) = Moto::start() else { return };
    let folder = tempfile::tempdir().unwrap();
    let printed = run(&["collect", "--print-policy"]);
    assert_eq!(printed.code, 0, "{}", printed.err);
    let mut policies: Vec<Value> = serde_json::Deserializer::from_str(&printed.out)
        .into_iter()
        .map(Result::unwrap)
        .collect();
    policies.push(serde_json::json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Effect": "Deny",
            "Action": DENIED.map(|(action, _)| action),
            "Resource": "*",
        }],
    }));
    let lines: Vec<String> = policies.iter().map(Value::to_string).collect();
    let file = folder.path().join("policies.jsonl");
    std::fs::write(&file, lines.join("\n")).unwrap();

    let names = moto.build(Some(&file));
    let keys = [0, 1].map(|index| names["reader"][index].as_str().unwrap());
    let snapshot = folder.path().join("snapshot");
    let collected = moto.collect(&snapshot, keys, &[]);
    assert_eq!(collected.code, 1, "{}", collected.err);
    let refused: BTreeSet<String> = answers(&snapshot)
        .values()
        .flatten()
        .filter(|answer| text(answer, "outcome") == "denied")
        .map(|answer| text(answer, "permission").to_owned())
        .collect();
    let taken = DENIED.iter().map(|(action, _)| *action);
    let expected: BTreeSet<String> = taken.chain(MISNAMED).map(str::to_owned).collect();
    assert_eq!(refused, expected);
    for action in &refused {
        assert!(collected.err.contains(action.as_str()), "{}", collected.err);
    }

    let results = judged(&snapshot);
    for (action, control) in DENIED {
        let of_it = results
            .iter()
            .filter(|result| text(result, "control_id") == control);
        let mut count = 0;
        for result in of_it {
            if text(result, "verdict") == "NOT_APPLICABLE" {
                continue;
            }
            count += 1;
            assert_eq!(text(result, "verdict"), "UNKNOWN", "{result}");
            assert_eq!(text(result, "reason_code"), "access_denied", "{result}");
            assert_eq!(text(result, "permission"), action, "{result}");
        }
        assert!(count > 0, "{control} is silent");
    }
    let decided = |id: &str| {
        let decided = |result: &&Value| ["PASS", "FAIL"].contains(&text(result, "verdict"));
        let of_it = results
            .iter()
            .filter(|result| text(result, "control_id") == id);
        of_it.filter(decided).count()
    };
    for other in ["KM-01", "S3-05", "TJ-01", "DM-01", "IA-08"] {
        assert!(
            decided(other) > 0,
            "{other} needs none of these permissions"
        );
    }
}
