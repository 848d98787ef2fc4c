//! Measures the blast radius in a made-up account: `measure ROLES RESOURCES THREADS`. Prints one JSON
//! object. The same arguments make the same account.

use std::time::Instant;

use rempart_estate::{Answer, Estate, Outcome};
use rempart_policy::scenario::ScenarioReader;
use rempart_reach::{Label, Options, Suspect, World, blast_radius};
use serde_json::{Map, Value, json};

const ACCOUNT: &str = "111122223333";
const REGION: &str = "eu-west-1";
const TEAMS: usize = 25;
/// Decisions of the naive product that are timed.
const SAMPLE: usize = 20_000;

fn main() {
    let mut arguments = std::env::args()
        .skip(1)
        .filter_map(|text| text.parse::<usize>().ok());
    let roles = arguments.next().unwrap_or(1_000);
    let resources = arguments.next().unwrap_or(10_000);
    let threads = arguments.next().unwrap_or(2);
    let suspect_policy = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": ["sagemaker:List*", "sagemaker:Describe*", "s3:ListAllMyBuckets"], "Resource": "*"},
        {"Effect": "Allow", "Action": "sagemaker:Create*", "Resource": "*"},
        {"Effect": "Allow", "Action": "iam:PassRole", "Resource": format!("arn:aws:iam::{ACCOUNT}:role/team-3-*"),
         "Condition": {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}}},
        {"Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject", "s3:ListBucket"],
         "Resource": ["arn:aws:s3:::team-3-*", "arn:aws:s3:::team-3-*/*"]},
        {"Effect": "Deny", "Action": "*", "Resource": "*",
         "Condition": {"StringNotEquals": {"aws:RequestedRegion": [REGION, "us-east-1"]}}}]});
    let answers = answers(roles, resources, &suspect_policy);
    let estate = Estate::from_answers(answers);
    assert!(estate.problems().is_empty(), "the answers are well formed");
    let at = "2026-03-09T00:00:00Z".parse().unwrap_or_default();
    let (from, to) = (
        "2026-03-10T00:00:00Z".parse().unwrap_or_default(),
        "2026-03-20T00:00:00Z".parse().unwrap_or_default(),
    );
    let world = World {
        estates: vec![(&estate, at)],
        ..World::default()
    };
    let arn = format!("arn:aws:iam::{ACCOUNT}:user/mallory");
    let mut suspect = Suspect::new(arn.as_str(), from, to);
    suspect.mfa = Some(false);
    let options = Options {
        threads,
        ..Options::default()
    };
    let started = Instant::now();
    let reach = blast_radius(&world, &[suspect], &[], &options);
    let seconds = started.elapsed().as_secs_f64();
    let count = |label: Label| {
        reach
            .summary
            .iter()
            .filter(|one| one.label == label)
            .count()
    };
    let answers: usize = reach.rows.iter().map(|row| row.actions.len()).sum();
    let left_out: usize = reach.left_out.rows.values().sum();
    // The same questions one by one, as scenarios: every row of the suspect, until the sample is full.
    let mut reader = ScenarioReader::new();
    let started = Instant::now();
    let (mut asked, mut agreed) = (0_usize, 0_usize);
    'rows: for row in reach
        .rows
        .iter()
        .filter(|row| row.identity == 0 && row.gate.is_none())
    {
        if row.after.is_some() || &*row.kind != "AWS::SageMaker::Model" {
            continue;
        }
        for action in row.actions.iter() {
            let scenario = json!({"request": {"action": action, "principal": arn, "resource": row.resource,
                    "context": {"aws:RequestedRegion": REGION}},
                "identityPolicies": [suspect_policy]});
            let decision = reader
                .answer(&scenario.to_string())
                .map(|answer| answer.decision);
            asked += 1;
            agreed += usize::from((decision == Ok("Allowed")) == (row.label == Label::Reachable));
            if asked >= SAMPLE {
                break 'rows;
            }
        }
    }
    let per_decision = started.elapsed().as_secs_f64() / asked.max(1) as f64;
    let found = json!({
        "roles": roles, "resources": resources, "threads": threads,
        "seconds": seconds, "identities": reach.identities.len(),
        "rows": reach.rows.len(), "rowsLeftOut": left_out, "answers": answers,
        "reachable": count(Label::Reachable), "reachableIf": count(Label::ReachableIf),
        "notReachable": count(Label::NotReachable), "unknown": count(Label::Unknown),
        "naiveAsked": asked, "naiveAgreed": agreed, "naiveMicroseconds": per_decision * 1e6,
        "peakMebibytes": peak(),
    });
    println!("{found}");
}

fn peak() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kibibytes = line.and_then(|line| line.split_whitespace().next());
    kibibytes
        .and_then(|text| text.parse::<f64>().ok())
        .unwrap_or_default()
        / 1024.0
}

fn answers(roles: usize, resources: usize, suspect: &Value) -> Vec<Answer> {
    let mut answers = Vec::new();
    let mut add = |region: &str, operation: &str, parameters: Value, body: Option<Value>| {
        answers.push(Answer {
            account: ACCOUNT.to_owned(),
            region: region.to_owned(),
            operation: operation.to_owned(),
            parameters: match parameters {
                Value::Object(parameters) => parameters,
                _ => Map::new(),
            },
            outcome: if body.is_some() {
                Outcome::Ok
            } else {
                Outcome::Absent
            },
            status: if body.is_some() { 200 } else { 404 },
            body: body
                .map(|body| body.to_string().into_bytes())
                .unwrap_or_default(),
            ..Answer::default()
        });
    };
    let details: Vec<Value> = (0..roles).map(|number| role(number, roles)).collect();
    add(
        "global",
        "iam:GetAccountAuthorizationDetails",
        Value::Null,
        Some(json!({
        "UserDetailList": [{"Arn": format!("arn:aws:iam::{ACCOUNT}:user/mallory"), "UserName": "mallory",
            "UserId": "AIDAMALLORY", "UserPolicyList": [{"PolicyName": "own", "PolicyDocument": suspect}]}],
        "RoleDetailList": details})),
    );
    add(
        "global",
        "organizations:DescribeOrganization",
        Value::Null,
        None,
    );
    add(
        "global",
        "s3control:GetPublicAccessBlock",
        Value::Null,
        None,
    );
    let buckets = resources / 16;
    let keys = resources / 50;
    let key_arn = |number: usize| format!("arn:aws:kms:{REGION}:{ACCOUNT}:key/{number:08}");
    add(
        "global",
        "s3:ListBuckets",
        Value::Null,
        Some(json!({"Buckets": (0..buckets)
        .map(|number| json!({"Name": format!("team-{}-data-{number}", number % TEAMS)})).collect::<Vec<_>>()})),
    );
    for number in 0..buckets {
        let name = format!("team-{}-data-{number}", number % TEAMS);
        let about = json!({"Bucket": name});
        let policy = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Principal": "*",
            "Action": "s3:*", "Resource": [format!("arn:aws:s3:::{name}"), format!("arn:aws:s3:::{name}/*")],
            "Condition": {"Bool": {"aws:SecureTransport": "false"}}}]});
        add(
            "global",
            "s3:GetBucketPolicy",
            about.clone(),
            Some(json!({"Policy": policy.to_string()})),
        );
        add(
            "global",
            "s3:GetBucketLocation",
            about.clone(),
            Some(json!({"LocationConstraint": REGION})),
        );
        add("global", "s3:GetPublicAccessBlock", about.clone(), None);
        add(
            "global",
            "s3:GetBucketEncryption",
            about,
            Some(json!({"ServerSideEncryptionConfiguration":
            {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms",
                "KMSMasterKeyID": key_arn(number % keys.max(1))}}]}})),
        );
    }
    add(
        REGION,
        "kms:ListKeys",
        Value::Null,
        Some(json!({"Keys": (0..keys)
        .map(|number| json!({"KeyId": format!("{number:08}"), "KeyArn": key_arn(number)})).collect::<Vec<_>>()})),
    );
    for number in 0..keys {
        let id = format!("{number:08}");
        let policy = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow",
            "Principal": {"AWS": format!("arn:aws:iam::{ACCOUNT}:root")}, "Action": "kms:*", "Resource": "*"}]});
        add(
            REGION,
            "kms:DescribeKey",
            json!({"KeyId": id}),
            Some(
                json!({"KeyMetadata": {"KeyId": id, "Arn": key_arn(number), "KeyManager": "CUSTOMER"}}),
            ),
        );
        add(
            REGION,
            "kms:GetKeyPolicy",
            json!({"KeyId": id, "PolicyName": "default"}),
            Some(json!({"Policy": policy.to_string()})),
        );
        add(
            REGION,
            "kms:ListGrants",
            json!({"KeyId": id}),
            Some(json!({"Grants": []})),
        );
        add(
            REGION,
            "kms:ListResourceTags",
            json!({"KeyId": id}),
            Some(json!({"Tags": []})),
        );
    }
    let notebooks = resources / 20;
    for number in 0..notebooks {
        let name = format!("team-{}-lab-{number}", number % TEAMS);
        let arn = format!("arn:aws:sagemaker:{REGION}:{ACCOUNT}:notebook-instance/{name}");
        add(
            REGION,
            "sagemaker:DescribeNotebookInstance",
            json!({"NotebookInstanceName": name}),
            Some(
                json!({"NotebookInstanceName": name, "NotebookInstanceArn": arn,
                "RoleArn": role_arn(number % roles.max(1))}),
            ),
        );
    }
    // Roles count as resources, too.
    let rest = resources.saturating_sub(roles + buckets + keys + notebooks);
    for number in 0..rest {
        let name = format!("team-{}-model-{number}", number % TEAMS);
        let arn = format!("arn:aws:sagemaker:{REGION}:{ACCOUNT}:model/{name}");
        add(
            REGION,
            "sagemaker:DescribeModel",
            json!({"ModelName": name}),
            Some(json!({"ModelName": name, "ModelArn": arn})),
        );
    }
    answers
}

fn role_arn(number: usize) -> String {
    format!(
        "arn:aws:iam::{ACCOUNT}:role/team-{}-role-{number}",
        number % TEAMS
    )
}

/// A role of a team: what it may, and whom it trusts.
fn role(number: usize, roles: usize) -> Value {
    let team = number % TEAMS;
    let principal = match number % 10 {
        0..=4 => json!({"Service": "sagemaker.amazonaws.com"}),
        5 | 6 => json!({"AWS": format!("arn:aws:iam::{ACCOUNT}:root")}),
        7 => json!({"AWS": role_arn((number * 7 + 3) % roles)}),
        _ => json!({"Service": "lambda.amazonaws.com"}),
    };
    let trust = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}]});
    let policy = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject", "s3:ListBucket"],
         "Resource": [format!("arn:aws:s3:::team-{team}-*"), format!("arn:aws:s3:::team-{team}-*/*")]},
        {"Effect": "Allow", "Action": ["kms:Decrypt", "kms:GenerateDataKey"], "Resource": "*",
         "Condition": {"StringLike": {"kms:ViaService": "s3.*.amazonaws.com"}}},
        {"Effect": "Allow", "Action": ["sagemaker:Create*", "sagemaker:Describe*", "sagemaker:List*"], "Resource": "*"},
        {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": format!("arn:aws:iam::{ACCOUNT}:role/team-{}-*", (team + 1) % TEAMS)},
        {"Effect": "Allow", "Action": "iam:PassRole", "Resource": role_arn(number)}]});
    json!({"Arn": role_arn(number), "RoleName": format!("team-{team}-role-{number}"),
        "RoleId": format!("AROA{number:016}"), "AssumeRolePolicyDocument": trust,
        "RolePolicyList": [{"PolicyName": "own", "PolicyDocument": policy}]})
}
