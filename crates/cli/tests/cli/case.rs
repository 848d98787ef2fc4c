//! `rempart case`: opening, showing, comparing, checking.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::support::{Run, finish, rempart, run};

fn examples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples")
}

fn open(out: &Path, more: &[&str]) -> Run {
    let mut command = rempart();
    command
        .args(["case", "open"])
        .arg(examples().join("incident/AWSLogs"))
        .args(["--no-progress", "--out"])
        .arg(out)
        .args(more);
    finish(command)
}

fn case(directory: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(directory.join("case.json")).unwrap()).unwrap()
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// A key for tests alone.
fn signing_key(folder: &Path) -> Option<PathBuf> {
    let path = folder.join("key");
    let made = std::process::Command::new("ssh-keygen")
        .args(["-q", "-t", "ed25519", "-N", "", "-f"])
        .arg(&path)
        .status();
    made.is_ok_and(|status| status.success()).then_some(path)
}

#[test]
fn a_case_is_opened_shown_noted_and_checked() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("case");
    let estate = examples().join("incident-estate");
    let key = signing_key(folder.path());
    let mut more = vec![
        "--suspect",
        "192.0.2.44",
        "--estate",
        text(&estate),
        "--aware-at",
        "2026-03-20T08:00:00Z",
    ];
    if let Some(key) = &key {
        more.extend(["--signing-key", text(key)]);
    } else {
        eprintln!("ssh-keygen is not installed: the case is not signed");
    }
    let opened = open(&out, &more);
    assert_eq!(opened.code, 0, "{}", opened.err);
    assert!(
        opened.out.contains("contractor-labelling"),
        "{}",
        opened.out
    );
    for name in [
        "case.json",
        "findings.jsonl",
        "accounting.json",
        "reach.json",
        "report.en.html",
        "report.fr.html",
        "report.en.md",
        "report.fr.md",
        "timeline.csv",
        "timeline.jsonl",
        "timeline.iris.csv",
        "stix.json",
        "ocsf.jsonl",
        "manifest.json",
    ] {
        assert!(out.join(name).is_file(), "{name}");
    }
    let written = case(&out);
    assert_eq!(written["answers"].as_array().unwrap().len(), 15);
    assert_eq!(written["overview"]["first_bad"], "2026-03-17T01:47:12Z");
    assert!(
        written["deadlines"]
            .as_array()
            .unwrap()
            .iter()
            .any(|deadline| deadline["due"] == "2026-03-23T08:00:00Z")
    );
    // Everything that is cited is there, and every citation is in the packs.
    let evidence = written["evidence"].as_object().unwrap();
    for answer in written["answers"].as_array().unwrap() {
        for statement in answer["statements"].as_array().unwrap() {
            for id in statement["evidence"].as_array().unwrap() {
                assert!(evidence.contains_key(id.as_str().unwrap()), "{id}");
            }
        }
    }
    let reach: Value =
        serde_json::from_slice(&std::fs::read(out.join("reach.json")).unwrap()).unwrap();
    let labels: Vec<&str> = reach["rows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["label"].as_str().unwrap())
        .collect();
    for label in ["reached", "reachable", "not-reachable"] {
        assert!(labels.contains(&label), "{label}");
    }

    let shown = run(&[
        "case",
        "show",
        "--case",
        text(&out),
        "--lang",
        "fr",
        "5",
        "8",
    ]);
    assert_eq!(shown.code, 0);
    assert!(shown.out.contains("intrus"), "{}", shown.out);
    let json = run(&[
        "case",
        "show",
        "--case",
        text(&out),
        "--format",
        "json",
        "2",
    ]);
    let answers: Value = serde_json::from_str(&json.out).unwrap();
    assert_eq!(answers[0]["question"], 2);

    assert_eq!(run(&["case", "verify", text(&out)]).code, 0);
    let mut note = vec![
        "case",
        "note",
        text(&out),
        "Key disabled",
        "--who",
        "responder",
        "--link",
        "ev:1",
    ];
    if let Some(key) = &key {
        note.extend(["--signing-key", text(key)]);
    }
    let noted = run(&note);
    assert_eq!(noted.code, 0, "{}", noted.err);
    assert_eq!(run(&["case", "verify", text(&out)]).code, 0);
    if let Some(key) = &key {
        let public = key.with_extension("pub");
        assert_eq!(
            run(&[
                "case",
                "verify",
                text(&out),
                "--allowed-signers",
                text(&public)
            ])
            .code,
            0
        );
    }
    let report = out.join("report.en.html");
    let mut page = std::fs::read(&report).unwrap();
    page[1000] ^= 1;
    std::fs::write(&report, page).unwrap();
    let verified = run(&["case", "verify", text(&out)]);
    assert_eq!(verified.code, 1);
    assert!(verified.out.contains("report.en.html"), "{}", verified.out);
}

#[test]
fn the_same_logs_give_the_same_bytes_and_other_suspects_another_case() {
    let folder = tempfile::tempdir().unwrap();
    let (one, two, other) = (
        folder.path().join("one"),
        folder.path().join("two"),
        folder.path().join("other"),
    );
    assert_eq!(
        open(&one, &["--suspect", "192.0.2.44", "--threads", "1"]).code,
        0
    );
    assert_eq!(
        open(&two, &["--suspect", "192.0.2.44", "--threads", "3"]).code,
        0
    );
    let manifest = |directory: &Path| std::fs::read(directory.join("manifest.json")).unwrap();
    assert_eq!(manifest(&one), manifest(&two));
    assert_eq!(run(&["case", "diff", text(&one), text(&two)]).code, 0);

    // What happened later is new when later logs are taken in.
    assert_eq!(
        open(
            &other,
            &["--suspect", "192.0.2.44", "--to", "2026-03-18T00:00:00Z"]
        )
        .code,
        0
    );
    let diff = run(&["case", "diff", text(&other), text(&one)]);
    assert_eq!(diff.code, 1);
    assert!(diff.out.contains("ci-ml-deploy"), "{}", diff.out);
    let json = run(&["case", "diff", text(&other), text(&one), "--format", "json"]);
    let difference: Value = serde_json::from_str(&json.out).unwrap();
    assert!(!difference["steps"].as_array().unwrap().is_empty());
}

#[test]
fn without_suspects_the_findings_propose_some_and_without_policies_reach_is_unknown() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("case");
    assert_eq!(open(&out, &[]).code, 0);
    let written = case(&out);
    let suspect = &written["scope"]["suspects"][0];
    assert_eq!(suspect["value"], "192.0.2.171");
    assert_eq!(suspect["proposed"], true);
    assert!(!suspect["reasons"].as_array().unwrap().is_empty());
    let reach: Value =
        serde_json::from_slice(&std::fs::read(out.join("reach.json")).unwrap()).unwrap();
    assert!(!reach["unknown"].as_array().unwrap().is_empty());
    assert!(
        reach["rows"]
            .as_array()
            .unwrap()
            .iter()
            .all(|row| row["label"] != "reachable")
    );
}

#[test]
fn what_cannot_be_done_says_why_and_what_next() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("case");
    let missing = open(&out, &["--suspect", "contractor-labeling"]);
    assert_eq!(missing.code, 2);
    assert!(
        missing.err.contains("no record matches") && missing.err.contains("contractor-labelling"),
        "{}",
        missing.err
    );
    assert!(!out.exists());
    let early = open(&out, &["--suspect", "192.0.2.171", "--to", "2026-03-02"]);
    assert_eq!(early.code, 2);
    assert!(early.err.contains("the logs reach from"), "{}", early.err);

    std::fs::create_dir(&out).unwrap();
    std::fs::write(out.join("mine"), "x").unwrap();
    let full = open(&out, &["--suspect", "192.0.2.171"]);
    assert_eq!(full.code, 2);
    assert!(full.err.contains("not empty"), "{}", full.err);
    assert!(out.join("mine").is_file());

    let stdin = run(&["case", "open", "-", "--out", text(&folder.path().join("x"))]);
    assert_eq!(stdin.code, 2);
    assert!(stdin.err.contains("standard input"), "{}", stdin.err);
    let none = run(&["case", "show", "--case", text(folder.path())]);
    assert_eq!(none.code, 2);
}

#[test]
fn digests_beside_the_logs_are_checked_and_their_verdict_is_on_the_evidence() {
    let folder = tempfile::tempdir().unwrap();
    let example = examples().join("trail-digest");
    let open = |out: &Path, keys: bool| {
        let mut command = rempart();
        command
            .args(["case", "open"])
            .arg(&example)
            .args(["--suspect", "192.0.2.10", "--no-progress", "--out"])
            .arg(out);
        if keys {
            command.arg("--keys").arg(example.join("keys.json"));
        }
        finish(command)
    };
    let out = folder.path().join("verified");
    let opened = open(&out, true);
    assert_eq!(opened.code, 0, "{}", opened.err);
    let written = case(&out);
    assert_eq!(written["integrity"]["state"], "verified");
    let evidence = written["evidence"].as_object().unwrap();
    assert!(
        evidence
            .values()
            .all(|item| item["integrity"] == "verified")
    );

    let out = folder.path().join("without-keys");
    assert_eq!(open(&out, false).code, 0);
    assert_eq!(case(&out)["integrity"]["state"], "hash-only");
}

/// Real logs of simulated techniques, where a folder of them is named.
#[test]
fn a_case_opens_on_the_attacking_principal_of_real_logs() {
    let Ok(corpus) = std::env::var("REMPART_CORPUS") else {
        eprintln!("REMPART_CORPUS is not set: no real logs");
        return;
    };
    let logs = Path::new(&corpus).join("cloudtrail");
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("case");
    let opened = run(&[
        "case",
        "open",
        text(&logs),
        "--suspect",
        "bert-jan",
        "--no-progress",
        "--out",
        text(&out),
    ]);
    assert_eq!(opened.code, 0, "{}", opened.err);
    let written = case(&out);
    let calls: Vec<&str> = written["steps"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|step| step["calls"].as_array().unwrap())
        .map(|call| call[0].as_str().unwrap())
        .collect();
    // Techniques of Stratus Red Team that these logs hold.
    for call in [
        "cloudtrail:StopLogging",
        "cloudtrail:DeleteTrail",
        "organizations:LeaveOrganization",
        "secretsmanager:GetSecretValue",
        "iam:CreateAccessKey",
        "iam:CreateLoginProfile",
        "ec2:GetPasswordData",
    ] {
        assert!(calls.contains(&call), "{call}: {calls:?}");
    }
}
