//! Rules for the measurement of large rule sets: many, plausible, mostly silent.

use std::fmt::Write as _;
use std::path::Path;

use super::events::{GROUPS, WORDS};
use crate::delivery::{File, WriteError, write_files};
use crate::random::Random;

const CATEGORIES: [&str; 9] = [
    "exfiltration",
    "poisoning",
    "resource-misuse",
    "denial-of-service",
    "configuration-change",
    "log-tampering",
    "malware",
    "credential-theft",
    "cryptojacking",
];

/// Writes `count` Sigma rules below `root`, in folders of the categories.
///
/// # Errors
/// When a file cannot be written.
pub fn write_rules(root: &Path, count: usize) -> Result<(), WriteError> {
    let files: Vec<File> = (0..count).map(rule).collect();
    write_files(root, &files)
}

fn rule(number: usize) -> File {
    let random = Random::of_label(&format!("rule {number}"));
    let calls: Vec<(&str, &str)> = GROUPS
        .iter()
        .flat_map(|group| group.names.split(' ').map(|name| (group.service, name)))
        .collect();
    let (service, name) = calls
        .get(number.wrapping_mul(7) % calls.len().max(1))
        .copied()
        .unwrap_or(("iam", "GetUser"));
    let category = CATEGORIES
        .get(number % CATEGORIES.len())
        .copied()
        .unwrap_or("exfiltration");
    let word = || {
        WORDS
            .get(random.below(WORDS.len() as u64) as usize)
            .copied()
            .unwrap_or("orders")
    };
    let level = random.pick(["low", "medium", "medium", "high"]);
    let mut text = format!(
        "title: Benchmark rule {number} on {name}\nid: {}\nstatus: test\ndescription: A synthetic rule for measurements, not for use\nauthor: Rempart project\nlicense: MIT OR Apache-2.0\ndate: 2026-11-22\nreferences:\n  - https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference.html\ntags:\n  - attack.t1078.004\nlogsource:\n  product: aws\n  service: cloudtrail\ndetection:\n  selection_source:\n    eventSource: {service}.amazonaws.com\n    eventName:\n      - {name}\n",
        random.uuid()
    );
    let siblings = calls
        .iter()
        .filter(|(other, sibling)| *other == service && *sibling != name);
    for (_, sibling) in siblings
        .skip(number % 3)
        .step_by(2)
        .take(random.below(4) as usize)
    {
        let _ = writeln!(text, "      - {sibling}");
    }
    // The shapes of published cloud rules: values, wildcards, lists, exclusions, keywords of agents.
    let condition = match random.below(7) {
        0 => {
            let _ = write!(
                text,
                "  selection_value:\n    requestParameters.policyDocument|contains|all:\n      - '{}-{number}'\n      - '\"Effect\":\"Allow\"'\n",
                word()
            );
            "all of selection_*"
        }
        1 => {
            let _ = write!(
                text,
                "  selection_agent:\n    userAgent|contains:\n      - 'kali-{number}'\n      - '{}-scanner'\n      - 'parrot'\n",
                word()
            );
            "all of selection_*"
        }
        2 => {
            let _ = write!(
                text,
                "  filter_service:\n    userIdentity.invokedBy|endswith: '.amazonaws.com'\n  filter_roles:\n    userIdentity.sessionContext.sessionIssuer.userName|startswith:\n      - 'AWSServiceRole'\n      - '{}-'\n  selection_name:\n    requestParameters.roleName: '{}-{number}'\n",
                word(),
                word()
            );
            "selection_source and selection_name and not 1 of filter_*"
        }
        3 => {
            let _ = write!(
                text,
                "  selection_error:\n    errorCode:\n      - AccessDenied\n      - Client.UnauthorizedOperation\n    sourceIPAddress|cidr: '192.0.2.0/24'\n"
            );
            "all of selection_*"
        }
        4 => {
            let _ = write!(
                text,
                "  selection_type:\n    userIdentity.type: Root\n  filter_event:\n    eventType: AwsServiceEvent\n"
            );
            "selection_source and selection_type and not filter_event"
        }
        5 => {
            let _ = write!(
                text,
                "  selection_pattern:\n    requestParameters.bucketName|re: '^{}-[0-9]{{2}}x{number}$'\n",
                word()
            );
            "all of selection_*"
        }
        _ => {
            let _ = write!(
                text,
                "  selection_region:\n    awsRegion:\n      - ap-southeast-1\n      - sa-east-1\n    userIdentity.accessKeyId|startswith: AKIA\n  filter_user:\n    userIdentity.userName: 'svc-{}'\n",
                word()
            );
            "all of selection_* and not filter_user"
        }
    };
    let _ = write!(
        text,
        "  condition: {condition}\nfalsepositives:\n  - Unknown\nlevel: {level}\nrempart:\n  category: {category}\n  severity: A rule of the measurement set.\n  explanation: '{{principal}} called {name} in {{account}}/{{region}}.'\n  next_steps:\n    - Nothing, this rule is for measurements\n"
    );
    File {
        path: format!("{category}/bench_{number:04}.yml"),
        bytes: text.into_bytes(),
    }
}
