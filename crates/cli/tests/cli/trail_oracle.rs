//! `rempart trail verify` beside `aws cloudtrail validate-logs`: equal verdicts on untouched and simply
//! altered chains; and what the latter passes over, so that a better one is noticed.
//!
//! Runs where `./test` has the AWS CLI: `REMPART_PYTHON` names the interpreter that has it.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use rempart_testkit::delivery::write_files;
use rempart_testkit::digest_chain::{DataSet, Manipulation, Plan};
use rempart_testkit::random::Random;
use serde_json::Value;

use super::support::{finish, fixtures, rempart};

/// What one of the two says.
#[derive(Debug, PartialEq, Eq)]
struct Said {
    code: i64,
    invalid: BTreeSet<String>,
    valid: BTreeSet<String>,
}

fn folder(manipulations: &[Manipulation]) -> tempfile::TempDir {
    let plan = Plan::default();
    let mut set = DataSet::sample(&plan).unwrap();
    for manipulation in manipulations {
        manipulation.apply(&plan, &mut set).unwrap();
    }
    let folder = tempfile::tempdir().unwrap();
    write_files(folder.path(), &set.files()).unwrap();
    std::fs::write(folder.path().join("keys.json"), DataSet::keys()).unwrap();
    std::fs::write(folder.path().join("signatures.jsonl"), set.signatures()).unwrap();
    folder
}

/// What the AWS CLI says of each folder; none where it is not installed.
fn aws(folders: &[tempfile::TempDir]) -> Option<Vec<Said>> {
    let Some(python) = std::env::var_os("REMPART_PYTHON") else {
        eprintln!("skipped: REMPART_PYTHON is not set");
        return None;
    };
    let plan = Plan::default();
    let arn = format!(
        "arn:aws:cloudtrail:{}:{}:trail/{}",
        plan.home_region, plan.account, plan.trail
    );
    let output = Command::new(python)
        .arg(fixtures().join("aws_validator.py"))
        .args([&arn, &plan.region, &plan.bucket])
        .args(["2026-03-02T00:00:00Z", "2026-03-02T12:00:00Z"])
        .args(folders.iter().map(tempfile::TempDir::path))
        .output()
        .unwrap();
    let problems = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{problems}");
    let lines = String::from_utf8(output.stdout).unwrap();
    let said = |line: &str| {
        let value: Value = serde_json::from_str(line).unwrap();
        let set = |name: &str| {
            let list = value[name].as_array().unwrap().iter();
            list.map(|it| it.as_str().unwrap().to_owned()).collect()
        };
        Said {
            code: value["code"].as_i64().unwrap(),
            invalid: set("invalid"),
            valid: set("valid"),
        }
    };
    let said: Vec<Said> = lines.lines().map(said).collect();
    assert_eq!(said.len(), folders.len());
    Some(said)
}

/// Our verdicts in its words: logs that no valid digest names, it does not look at.
fn ours(folder: &Path) -> Said {
    let mut command = rempart();
    command
        .current_dir(folder)
        .args(["trail", "verify", ".", "--keys", "keys.json"])
        .args(["--format", "json", "--to", "2026-03-02T12:00:00Z"]);
    let run = finish(command);
    let report: Value = serde_json::from_str(&run.out).unwrap();
    let (mut invalid, mut valid) = (BTreeSet::new(), BTreeSet::new());
    for file in report["files"].as_array().unwrap() {
        let Some(object) = file["object"].as_str() else {
            continue;
        };
        match (
            file["kind"].as_str().unwrap(),
            file["verdict"].as_str().unwrap(),
        ) {
            (_, "verified") => valid.insert(object.to_owned()),
            ("digest", _) | (_, "altered" | "missing" | "trailing-data") => {
                invalid.insert(object.to_owned())
            }
            _ => false,
        };
    }
    Said {
        code: i64::from(run.code),
        invalid,
        valid,
    }
}

#[test]
fn verdicts_on_simply_altered_chains_are_equal() {
    let mut cases = vec![
        vec![],
        vec![Manipulation::AlterLog(7)],
        vec![Manipulation::DeleteLog(3)],
        vec![Manipulation::AppendMember(5)],
        vec![Manipulation::AppendBytes(23)],
        vec![Manipulation::AlterDigest(11)],
        vec![Manipulation::ForgeDigest(11)],
    ];
    // And any number of logs at once.
    let random = Random::new(7);
    for _ in 0..40 {
        let mut case = Vec::new();
        for log in (0..24).rev().filter(|_| random.chance(15)) {
            case.push(match random.below(4) {
                0 => Manipulation::AlterLog(log),
                1 => Manipulation::DeleteLog(log),
                2 => Manipulation::AppendMember(log),
                _ => Manipulation::AppendBytes(log),
            });
        }
        cases.push(case);
    }
    let folders: Vec<_> = cases.iter().map(|case| folder(case)).collect();
    let Some(said) = aws(&folders) else {
        return;
    };
    for ((case, folder), theirs) in cases.iter().zip(&folders).zip(said) {
        assert_eq!(ours(folder.path()), theirs, "{case:?}");
    }
}

/// A digest that is altered in the middle: both call it invalid. It does not look at its logs, and names
/// no log of that hour.
#[test]
fn an_altered_digest_is_invalid_for_both() {
    let folders = [folder(&[Manipulation::AlterDigest(6)])];
    let Some(said) = aws(&folders) else {
        return;
    };
    assert_eq!(said[0], ours(folders[0].path()));
    assert_eq!(said[0].invalid.len(), 1);
}

/// The AWS CLI is inferior here, by its own exit code. When this fails, `docs/integrity.md` must change.
#[test]
fn what_the_aws_cli_passes_over() {
    let cases = [
        Manipulation::DeleteTail(3),
        Manipulation::DeleteAllDigests,
        Manipulation::ForgeLog { hour: 4 },
        Manipulation::ReplaceDigest(5),
    ];
    let folders: Vec<_> = cases
        .iter()
        .map(|case| folder(std::slice::from_ref(case)))
        .collect();
    let Some(said) = aws(&folders) else {
        return;
    };
    for ((case, folder), theirs) in cases.iter().zip(&folders).zip(said) {
        assert_eq!(theirs.code, 0, "{case:?}: {theirs:?}");
        assert_eq!(theirs.invalid.len(), 0, "{case:?}");
        assert_ne!(ours(folder.path()).code, 0, "{case:?}");
    }

    // One of the two digests is called invalid, their logs are not looked at.
    let folders = [folder(&[Manipulation::DeleteDigests { at: 5, count: 2 }])];
    let theirs = aws(&folders).unwrap();
    assert_eq!((theirs[0].code, theirs[0].invalid.len()), (1, 1));

    // What was moved cannot be validated at all.
    let folders = [folder(&[Manipulation::Move])];
    let theirs = aws(&folders).unwrap();
    assert_eq!(theirs[0].valid.len(), 0);
    assert_eq!(ours(folders[0].path()).code, 0);
}
