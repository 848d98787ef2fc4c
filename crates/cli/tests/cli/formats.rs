//! Every format: it parses back, and carries author and licence of the rules.

use std::collections::BTreeSet;

use serde_json::Value;

use super::support::{Run, hunt, run};

const FORMATS: [&str; 6] = ["table", "jsonl", "csv", "ocsf", "sarif", "html"];

fn in_format(format: &str) -> Run {
    let run = hunt(&["small.json", "--format", format]);
    assert_eq!(run.code, 1, "{format}");
    run
}

#[test]
fn the_table_is_for_people() {
    insta::assert_snapshot!(in_format("table").out, @r"
    ── HIGH · 1 finding ────────────────────────────────────────────────────────────────────────────────

      Log tampering

      [high] AWS Trail Stopped
        who         arn:aws:iam::111122223333:user/alice
        from        198.51.100.7
        with        aws-cli/2.17.0
        where       111122223333, eu-west-1
        when        2026-03-02 10:05:00Z
        what        1 event, succeeded
        resources   org-trail
        why         AWS Trail Stopped: arn:aws:iam::111122223333:user/alice from 198.51.100.7, 1 events
        may be      - A trail that is replaced by another
        guardrails  5-identity-and-protection/LogsProtected
        techniques  T1562.008 Disable or Modify Cloud Logs
        events      000000…000002
        rule        2c6a8e3a-7f0b-4f60-9a53-0d1f0f9e7a01, by Jane Doe, John Roe (Example Security),
                    licence DRL-1.1, sigma/rules/cloud/aws/aws_trail_stopped.yml
        finding     f-ab0b37f04aa208eff95d1101aa97632e

    ── MEDIUM · 1 finding ──────────────────────────────────────────────────────────────────────────────

      Log tampering

      [medium] AWS Trail Stopped
        who         arn:aws:iam::444455556666:user/carol
        from        198.51.100.7
        with        aws-cli/2.17.0
        where       444455556666, us-east-1
        when        2026-03-03 09:00:00Z
        what        1 event, failed: an attempt
        resources   org-trail
        why         AWS Trail Stopped: arn:aws:iam::444455556666:user/carol from 198.51.100.7, 1 events
        may be      - A trail that is replaced by another
        techniques  T1562.008 Disable or Modify Cloud Logs
        events      000000…000005
        rule        2c6a8e3a-7f0b-4f60-9a53-0d1f0f9e7a01, by Jane Doe, John Roe (Example Security),
                    licence DRL-1.1, sigma/rules/cloud/aws/aws_trail_stopped.yml
        finding     f-bef6a52fed60b6eb321fd2de80192936

    ── LOW · 1 finding ─────────────────────────────────────────────────────────────────────────────────

      Data and model exfiltration

      [low] AWS Several Denied Calls
        who         arn:aws:iam::111122223333:user/bob
        from        198.51.100.7
        with        aws-cli/2.17.0
        where       111122223333, eu-west-1
        when        2026-03-02 11:00:00Z to 2026-03-02 11:00:30Z
        what        2 events, all failed: an attempt
        why         AWS Several Denied Calls: arn:aws:iam::111122223333:user/bob from 198.51.100.7, 2
                    events
        techniques  T1580 Cloud Infrastructure Discovery
        events      000000…000003, 000000…000004
        rule        2c6a8e3a-7f0b-4f60-9a53-0d1f0f9e7a03, by Jane Doe, licence DRL-1.1,
                    sigma/rules/cloud/aws/aws_many_denied.yml
        finding     f-08021e66a5fff7c292c3c094361948d3

    ── WHAT THE LOGS COULD SHOW ────────────────────────────────────────────────────────────────────────

      partial  Data and model exfiltration  no S3 data event: reads and writes of training data and
                                            model artifacts were not recorded; no endpoint data event
                                            (AWS::SageMaker::Endpoint): invocations were not recorded;
                                            no feature store data event (AWS::SageMaker::FeatureGroup):
                                            records read and written were not recorded; no KMS event:
                                            uses of and changes to keys are not visible (trails can
                                            exclude KMS)
      partial  Data poisoning               no S3 data event: reads and writes of training data and
                                            model artifacts were not recorded; no feature store data
                                            event (AWS::SageMaker::FeatureGroup): records read and
                                            written were not recorded; no ECR event: pushed images and
                                            repository policies are not visible
      partial  Resource misuse              no STS event: where sessions come from is not visible
      partial  Denial of service            no endpoint data event (AWS::SageMaker::Endpoint):
                                            invocations were not recorded; no KMS event: uses of and
                                            changes to keys are not visible (trails can exclude KMS)
      partial  Configuration changes        no IAM event: IAM is recorded in us-east-1 only, see
                                            whether that Region's logs are here; no EC2 event: security
                                            groups, routes and endpoints are not visible; no KMS event:
                                            uses of and changes to keys are not visible (trails can
                                            exclude KMS)
      full     Log tampering
      partial  Malware deployment           no ECR event: pushed images and repository policies are not
                                            visible; no S3 data event: reads and writes of training
                                            data and model artifacts were not recorded
      none     Credential theft             no STS event: where sessions come from is not visible; no
                                            console sign-in event: sign-ins of people are not visible;
                                            no IAM event: IAM is recorded in us-east-1 only, see
                                            whether that Region's logs are here
      full     Cryptojacking

    ── ACCOUNT OF THE RUN ──────────────────────────────────────────────────────────────────────────────

        program     rempart 0.1.0, 3 rules
        records     read 5 records from 1 source: 5 kept, 0 duplicates, 0 filtered out, 0 unreadable, 0
                    not CloudTrail
        size        3.6 KiB read, 3.6 KiB after decompression
        period      2026-03-02 10:00:00Z to 2026-03-03 09:00:00Z
        accounts    111122223333, 444455556666
        regions     eu-west-1, us-east-1

    3 findings (1 high, 1 medium, 1 low) in 5 records from 1 source, 2026-03-02 10:00:00Z to 2026-03-03
    09:00:00Z
    ");
}

#[test]
fn lines_hold_every_field() {
    let lines = in_format("jsonl").lines();
    assert_eq!(lines.len(), 3);
    for finding in &lines {
        for field in [
            "id",
            "rule_id",
            "rule_title",
            "rule_author",
            "rule_license",
            "rule_reference",
            "severity",
            "category",
            "techniques",
            "principal",
            "source_ip",
            "user_agent",
            "account",
            "region",
            "resources",
            "first_time",
            "last_time",
            "event_ids",
            "evidence",
            "explanation",
            "next_steps",
        ] {
            assert!(finding.get(field).is_some(), "{field} in {finding}");
        }
        for evidence in finding["evidence"].as_array().unwrap() {
            assert_eq!(evidence["source"], "small.json");
            assert!(evidence["index"].is_u64());
            assert_eq!(evidence["sha256"].as_str().unwrap().len(), 64);
        }
    }
    let stopped = &lines[0];
    assert_eq!(stopped["rule_title"], "AWS Trail Stopped");
    assert_eq!(stopped["severity"], "high");
    assert_eq!(stopped["category"], "log-tampering");
    assert_eq!(stopped["techniques"], serde_json::json!(["T1562.008"]));
    assert_eq!(stopped["principal"], "arn:aws:iam::111122223333:user/alice");
    assert_eq!(stopped["resources"], serde_json::json!(["org-trail"]));
    assert_eq!(stopped["evidence"][0]["index"], 1);
    // The attempt is one level lower.
    let attempt = lines
        .iter()
        .find(|line| line["account"] == "444455556666")
        .unwrap();
    assert_eq!(
        (&attempt["severity"], &attempt["outcome"]),
        (&"medium".into(), &"failed".into())
    );
}

#[test]
fn evidence_can_be_checked_against_the_file() {
    let text = std::fs::read_to_string(super::support::fixtures().join("small.json")).unwrap();
    let lines = in_format("jsonl").lines();
    let index = lines[0]["evidence"][0]["index"].as_u64().unwrap() as usize;
    // The fixture has one record on each line after the first.
    let raw = text.lines().nth(index + 1).unwrap().trim_end_matches(',');
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("record");
    std::fs::write(&file, raw).unwrap();
    let Ok(output) = std::process::Command::new("sha256sum").arg(&file).output() else {
        return;
    };
    let sum = String::from_utf8(output.stdout).unwrap();
    assert_eq!(
        lines[0]["evidence"][0]["sha256"].as_str(),
        sum.split(' ').next()
    );
}

/// Rows of RFC 4180.
fn rows(text: &str) -> Vec<Vec<String>> {
    let mut rows = vec![vec![String::new()]];
    let mut is_quoted = false;
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        let row = rows.last_mut().unwrap();
        match character {
            '"' if is_quoted && characters.peek() == Some(&'"') => {
                characters.next();
                row.last_mut().unwrap().push('"');
            }
            '"' => is_quoted = !is_quoted,
            ',' if !is_quoted => row.push(String::new()),
            '\n' if !is_quoted => rows.push(vec![String::new()]),
            '\r' if !is_quoted => {}
            other => row.last_mut().unwrap().push(other),
        }
    }
    rows.pop();
    rows
}

#[test]
fn csv_has_a_row_for_each_finding() {
    let rows = rows(&in_format("csv").out);
    assert_eq!(rows.len(), 4);
    let widths: BTreeSet<usize> = rows.iter().map(Vec::len).collect();
    assert_eq!(widths.len(), 1, "{rows:?}");
    for column in [
        "id",
        "severity",
        "rule_title",
        "rule_author",
        "rule_license",
        "event_ids",
    ] {
        assert!(
            rows[0].contains(&column.to_owned()),
            "{column}: {:?}",
            rows[0]
        );
    }
}

#[test]
fn ocsf_lines_are_detection_findings() {
    let lines = in_format("ocsf").lines();
    assert_eq!(lines.len(), 3);
    for line in lines {
        assert_eq!(line["class_uid"], 2004);
        assert_eq!(
            line["metadata"]["version"]
                .as_str()
                .map(|v| v.starts_with("1.")),
            Some(true)
        );
        assert!(line["time"].is_i64());
        assert!(
            line["finding_info"]["uid"]
                .as_str()
                .unwrap()
                .starts_with("f-")
        );
    }
}

#[test]
fn sarif_has_rules_and_results() {
    let log: Value = serde_json::from_str(&in_format("sarif").out).unwrap();
    assert_eq!(log["version"], "2.1.0");
    let run = &log["runs"][0];
    assert_eq!(run["results"].as_array().unwrap().len(), 3);
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    for result in run["results"].as_array().unwrap() {
        let index = result["ruleIndex"].as_u64().unwrap() as usize;
        assert_eq!(rules[index]["id"], result["ruleId"]);
    }
}

#[test]
fn html_is_one_whole_page() {
    let page = in_format("html").out;
    assert!(page.to_lowercase().starts_with("<!doctype html>"));
    assert!(page.trim_end().ends_with("</html>"));
    assert!(page.contains("AWS Trail Stopped"));
    assert!(!page.contains("<script"), "no script is needed");
}

#[test]
fn author_and_licence_of_the_rules_are_in_every_format() {
    for format in FORMATS {
        // Tables break lines.
        let text = in_format(format).out;
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(text.contains("DRL-1.1"), "licence in {format}");
        assert!(
            text.contains("Jane Doe, John Roe (Example Security)"),
            "author in {format}"
        );
        // Pages link to the rule where it has an address; here it is a file.
        assert!(
            format == "html" || text.contains("aws_trail_stopped.yml"),
            "reference in {format}"
        );
    }
}

#[test]
fn findings_go_to_a_file_on_demand_and_are_the_same() {
    let folder = tempfile::tempdir().unwrap();
    for format in ["table", "jsonl", "csv"] {
        let path = folder.path().join(format);
        let run = hunt(&[
            "small.json",
            "--format",
            format,
            "--output",
            path.to_str().unwrap(),
        ]);
        assert_eq!((run.code, run.out.as_str()), (1, ""));
        let written = std::fs::read_to_string(&path).unwrap();
        assert_eq!(written, in_format(format).out, "{format}");
    }
    let names = std::fs::read_dir(folder.path()).unwrap().count();
    assert_eq!(names, 3, "nothing temporary stays");
}

#[test]
fn coverage_and_sums_are_told_on_standard_error() {
    for format in ["jsonl", "csv", "ocsf", "sarif", "html"] {
        let err = in_format(format).err;
        assert!(err.contains("3 findings"), "{format}: {err}");
        assert!(err.contains("5 records"), "{format}: {err}");
        assert!(err.contains("these logs"), "{format}: {err}");
        assert!(
            err.contains("Data and model exfiltration"),
            "{format}: {err}"
        );
    }
}

#[test]
fn the_statistics_account_for_every_record() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("stats.json");
    let run = hunt(&[
        "small.json",
        "small.json",
        "--region",
        "eu-west-1",
        "--stats",
        path.to_str().unwrap(),
    ]);
    assert_eq!(run.code, 1);
    let stats: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    assert_eq!(stats["sums_agree"], true);
    let total = &stats["accounting"]["total"];
    let count = |name: &str| total[name].as_u64().unwrap();
    assert_eq!(count("read"), 10);
    assert_eq!(
        (count("kept"), count("duplicate"), count("filtered")),
        (4, 4, 2)
    );
    assert_eq!(
        count("read"),
        count("kept")
            + count("duplicate")
            + count("filtered")
            + count("unreadable")
            + count("other")
    );
    assert_eq!(stats["accounting"]["sources"].as_array().unwrap().len(), 2);
    assert_eq!(stats["summary"]["records_read"], 10);
}

#[test]
fn findings_are_written_in_the_same_bytes_every_time() {
    let arguments = ["hunt", "small.json", "--format", "jsonl", "--threads"];
    let of = |threads| run(&[&arguments[..], &[threads]].concat()).out;
    assert_eq!(of("1"), of("4"));
}
