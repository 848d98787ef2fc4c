//! What a reader of each format relies on.

use std::collections::HashMap;

use base64::Engine as _;
use rempart_findings::{Finding, Format, WriteOptions};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::sample::{findings, logging_stopped, written, written_with};

#[test]
fn the_model_reads_back() {
    for finding in findings() {
        let json = serde_json::to_string(&finding).unwrap();
        let back: Finding = serde_json::from_str(&json).unwrap();
        assert_eq!(back, finding);
    }
}

#[test]
fn every_format_credits_the_author_of_the_rule() {
    for format in Format::ALL {
        let output = written(format, &findings()[..1]);
        let flat = output.replace("\\/", "/");
        for credit in [
            "Rempart project",
            "MIT OR Apache-2.0",
            "https://example.org/rules/cloudtrail_logging_stopped.yml",
        ] {
            assert!(flat.contains(credit), "{format} lacks {credit}");
        }
    }
}

#[test]
fn json_lines_carry_every_key_in_every_line() {
    let output = written(Format::JsonLines, &findings());
    let keys: Vec<Vec<String>> = output
        .lines()
        .map(|line| {
            serde_json::from_str::<serde_json::Map<String, Value>>(line)
                .unwrap()
                .keys()
                .cloned()
                .collect()
        })
        .collect();
    assert_eq!(keys.len(), 3);
    assert!(keys.iter().all(|line| *line == keys[0]));
    for key in [
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
        "event_count",
        "event_ids",
        "evidence",
        "outcome",
        "explanation",
        "next_steps",
        "false_positives",
        "notes",
        "guardrails",
    ] {
        assert!(keys[0].iter().any(|known| known == key), "{key}");
    }
}

#[test]
fn sarif_results_point_to_their_rules() {
    let log: Value = serde_json::from_str(&written(Format::Sarif, &findings())).unwrap();
    assert_eq!(log["version"], "2.1.0");
    let run = &log["runs"][0];
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    let results = run["results"].as_array().unwrap();
    assert_eq!((rules.len(), results.len()), (3, 3));
    for (result, finding) in results.iter().zip(findings()) {
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(rules[index]["id"], result["ruleId"]);
        assert!(["note", "warning", "error"].contains(&result["level"].as_str().unwrap()));
        assert_eq!(
            result["partialFingerprints"]["rempartFindingId/v1"],
            finding.id
        );
        let place = &result["locations"][0];
        assert_eq!(
            place["properties"]["recordIndex"],
            finding.evidence[0].index
        );
        assert_eq!(place["properties"]["sha256"], finding.evidence[0].sha256);
    }
    assert_eq!(
        results[0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"],
        "logs/111122223333%20CloudTrail%20eu-west-1.json.gz"
    );
    assert_eq!(results[1]["relatedLocations"].as_array().unwrap().len(), 1);
    assert_eq!(run["invocations"][0]["executionSuccessful"], false);
}

#[test]
fn a_summary_counts_the_findings() {
    let mut summary = rempart_findings::RunSummary::default();
    summary.count_findings(&findings());
    summary.count_findings(&findings());
    assert_eq!(
        summary.findings_by_severity,
        super::sample::summary().findings_by_severity
    );
    assert_eq!(summary.findings(), 3);
}

#[test]
fn sarif_lists_a_rule_once() {
    let twice = [logging_stopped(), logging_stopped()];
    let log: Value = serde_json::from_str(&written(Format::Sarif, &twice)).unwrap();
    assert_eq!(
        log["runs"][0]["tool"]["driver"]["rules"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
}

#[test]
fn ocsf_has_what_the_class_requires() {
    let output = written(Format::Ocsf, &findings());
    for (line, finding) in output.lines().zip(findings()) {
        let event: Value = serde_json::from_str(line).unwrap();
        assert_eq!(event["class_uid"], 2004);
        assert_eq!(event["category_uid"], 2);
        let activity = event["activity_id"].as_u64().unwrap();
        assert_eq!(event["type_uid"].as_u64().unwrap(), 2004 * 100 + activity);
        assert!(event["time"].is_i64() || event["time"].is_u64());
        assert!(event["metadata"]["product"]["vendor_name"].is_string());
        assert_eq!(event["finding_info"]["uid"], finding.id);
        assert_eq!(event["cloud"]["provider"], "AWS");
        // The schema wants one of these in each piece of evidence.
        let evidences = event["evidences"].as_array().unwrap();
        for evidence in evidences {
            assert!(
                ["data", "actor", "src_endpoint", "api"]
                    .iter()
                    .any(|key| evidence[key].is_object())
            );
        }
        assert_eq!(evidences[0]["data"]["sha256"], finding.evidence[0].sha256);
        assert!(
            evidences
                .iter()
                .any(|evidence| evidence["actor"]["user"]["uid"] == finding.principal)
        );
    }
    let first: Value = serde_json::from_str(output.lines().next().unwrap()).unwrap();
    assert_eq!(first["time"], 1_772_445_600_000_i64);
    assert_eq!(
        first["finding_info"]["attacks"][0]["sub_technique"]["uid"],
        "T1562.008"
    );
    assert_eq!(
        first["finding_info"]["attacks"][0]["technique"]["uid"],
        "T1562"
    );
}

#[test]
fn a_given_time_of_the_report_is_used() {
    let options = WriteOptions {
        generated_at: Some("2026-04-01T00:00:00Z".to_owned()),
        ..WriteOptions::default()
    };
    let output = written_with(Format::Ocsf, &findings()[..1], &options);
    let event: Value = serde_json::from_str(&output).unwrap();
    assert_eq!(event["time"], 1_775_001_600_000_i64);
    assert!(written_with(Format::Html, &findings(), &options).contains("2026-04-01 00:00:00Z"));
}

#[test]
fn html_asks_for_nothing_outside() {
    let page = written(Format::Html, &findings());
    let (_, rest) = page.split_once("<style>").unwrap();
    let (style, body) = rest.split_once("</style>").unwrap();
    let hash = base64::engine::general_purpose::STANDARD.encode(Sha256::digest(style.as_bytes()));
    assert!(page.contains(&format!(
        "default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'"
    )));
    for asking in [
        "<script",
        "<img",
        "<link",
        "<iframe",
        "<object",
        "<embed",
        " src=",
        " style=",
        "url(",
        "@import",
        "javascript:",
    ] {
        assert!(!page.contains(asking), "{asking}");
    }
    // Links are followed by people only: those to the web say that they give no referrer away.
    for anchor in body.split("<a ").skip(1) {
        let tag = anchor.split('>').next().unwrap();
        let inside = tag.starts_with("href=\"#");
        assert!(
            inside || tag.contains("rel=\"noreferrer noopener\""),
            "{tag}"
        );
    }
    for id in [
        "summary",
        "timeline",
        "principals",
        "findings",
        "coverage",
        "account",
        "rules",
    ] {
        assert!(body.contains(&format!("id=\"{id}\"")), "{id}");
    }
}

#[test]
fn html_tags_are_balanced() {
    let page = written(Format::Html, &findings());
    let void = ["meta", "br", "input", "!DOCTYPE"];
    let mut open: Vec<String> = Vec::new();
    for piece in page.split('<').skip(1) {
        let tag = piece.split('>').next().unwrap();
        if tag.ends_with('/') {
            continue;
        }
        let name = tag.split([' ', '\n']).next().unwrap();
        if let Some(name) = name.strip_prefix('/') {
            assert_eq!(open.pop().as_deref(), Some(name));
        } else if !void.contains(&name) {
            open.push(name.to_owned());
        }
    }
    assert!(open.is_empty(), "{open:?}");
}

#[test]
fn html_anchors_exist_once() {
    let page = written(Format::Html, &findings());
    let mut ids: HashMap<&str, u32> = HashMap::new();
    for piece in page.split(" id=\"").skip(1) {
        *ids.entry(piece.split('"').next().unwrap()).or_default() += 1;
    }
    assert!(ids.values().all(|count| *count == 1), "{ids:?}");
    for target in page.split("href=\"#").skip(1) {
        let target = target.split('"').next().unwrap();
        assert!(ids.contains_key(target), "{target}");
    }
}

#[test]
fn colours_only_when_asked() {
    let options = WriteOptions {
        color: true,
        ..WriteOptions::default()
    };
    let coloured = written_with(Format::Table, &findings(), &options);
    assert!(coloured.contains('\u{1b}'));
    let plain = written(Format::Table, &findings());
    assert!(!plain.contains('\u{1b}'));
    // Without the colours the two are the same.
    let mut stripped = String::new();
    let mut rest = coloured.as_str();
    while let Some((before, after)) = rest.split_once('\u{1b}') {
        stripped.push_str(before);
        rest = after.split_once('m').unwrap().1;
    }
    stripped.push_str(rest);
    let trimmed = |text: &str| {
        text.lines()
            .map(str::trim_end)
            .collect::<Vec<_>>()
            .join("\n")
    };
    assert_eq!(trimmed(&stripped), trimmed(&plain));
}

#[test]
fn a_closed_pipe_can_be_told() {
    struct Closed;
    impl std::io::Write for Closed {
        fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
            Err(std::io::ErrorKind::BrokenPipe.into())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let findings = findings();
    let report = rempart_findings::Report {
        findings: &findings,
        coverage: None,
        summary: None,
    };
    for format in Format::ALL {
        let error =
            rempart_findings::write_report(format, &report, &WriteOptions::default(), &mut Closed)
                .unwrap_err();
        assert_eq!(error.kind(), std::io::ErrorKind::BrokenPipe, "{format}");
    }
}
