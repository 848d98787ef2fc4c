//! What programs that read OCSF, ASFF, SARIF and JSON Lines rely on.

use rempart_findings::compliance::{
    AsffOptions, CheckResult, ComplianceFormat, ComplianceOptions, Verdict,
};
use serde_json::{Map, Value};

use super::sample::{control, denied, internet, result, results, summary, written, written_with};

fn lines(format: ComplianceFormat, results: &[CheckResult]) -> Vec<Value> {
    written(format, results)
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn findings(results: &[CheckResult]) -> Vec<Value> {
    lines(ComplianceFormat::Asff, results)
        .into_iter()
        .flat_map(|request| request["Findings"].as_array().unwrap().clone())
        .collect()
}

#[test]
fn json_lines_carry_every_key_in_every_line() {
    let output = written(ComplianceFormat::JsonLines, &results());
    let keys: Vec<Vec<String>> = output
        .lines()
        .map(|line| {
            let map: Map<String, Value> = serde_json::from_str(line).unwrap();
            map.keys().cloned().collect()
        })
        .collect();
    assert_eq!(keys.len(), results().len());
    assert!(keys.iter().all(|line| *line == keys[0]));
    let first: Value = serde_json::from_str(output.lines().next().unwrap()).unwrap();
    assert_eq!(first["verdict"], "FAIL");
    assert_eq!(first["remediation"]["immutable"], true);
    let unknown: Value = serde_json::from_str(output.lines().nth(2).unwrap()).unwrap();
    assert_eq!(unknown["verdict"], "UNKNOWN");
    assert_eq!(unknown["reason_code"], "access_denied");
    assert_eq!(unknown["permission"], "sagemaker:DescribeNotebookInstance");
    assert_eq!(unknown["why"], Value::Null);
}

#[test]
fn ocsf_has_what_the_class_requires() {
    let events = lines(ComplianceFormat::Ocsf, &results());
    assert_eq!(events.len(), results().len());
    for (event, result) in events.iter().zip(results()) {
        assert_eq!(event["class_uid"], 2003);
        assert_eq!(event["category_uid"], 2);
        let activity = event["activity_id"].as_u64().unwrap();
        assert_eq!(event["type_uid"].as_u64().unwrap(), 2003 * 100 + activity);
        assert_eq!(event["time"], 1_795_838_400_000_i64);
        assert!(event["severity_id"].is_u64());
        assert_eq!(event["metadata"]["version"], "1.5.0");
        assert!(event["metadata"]["product"]["vendor_name"].is_string());
        assert_eq!(event["finding_info"]["uid"], result.id);
        assert_eq!(event["finding_info"]["analytic"]["type_id"], 1);
        assert_eq!(event["cloud"]["provider"], "AWS");
        let compliance = &event["compliance"];
        let expected = match result.verdict {
            Verdict::Pass => ("Pass", 1),
            Verdict::Unknown => ("Warning", 2),
            Verdict::Fail | Verdict::Muted => ("Fail", 3),
            Verdict::NotApplicable => ("Not Applicable", 99),
        };
        assert_eq!(compliance["status"], expected.0);
        assert_eq!(compliance["status_id"], expected.1);
        assert_eq!(compliance["checks"][0]["status_id"], expected.1);
        assert!(compliance["standards"].is_array());
        assert!(!compliance["status_details"][0].as_str().unwrap().is_empty());
        let suppressed = result.verdict == Verdict::Muted;
        assert_eq!(event["status_id"], if suppressed { 3 } else { 1 });
        for evidence in event["evidences"].as_array().unwrap() {
            assert!(evidence["api"]["operation"].is_string());
            assert!(evidence["data"]["sha256"].is_string());
        }
    }
    let detail = events[2]["status_detail"].as_str().unwrap();
    assert!(
        detail.contains("sagemaker:DescribeNotebookInstance"),
        "{detail}"
    );
    assert_eq!(events[2]["compliance"]["status_code"], "access_denied");
}

/// Length limits of the format, in characters.
fn assert_limits(finding: &Value) {
    let limits = [
        ("/Id", 512),
        ("/ProductArn", 2_048),
        ("/GeneratorId", 512),
        ("/AwsAccountId", 12),
        ("/Region", 16),
        ("/Title", 256),
        ("/Description", 1_024),
        ("/Remediation/Recommendation/Text", 512),
        ("/Severity/Original", 64),
        ("/Resources/0/Type", 256),
        ("/Resources/0/Id", 512),
        ("/Resources/0/Region", 16),
    ];
    for (pointer, limit) in limits {
        let text = finding.pointer(pointer).and_then(Value::as_str).unwrap();
        assert!(text.chars().count() <= limit, "{pointer}");
        assert!(!text.trim().is_empty(), "{pointer}");
    }
    let fields = finding["ProductFields"].as_object().unwrap();
    assert!(fields.len() <= 50);
    for (key, value) in fields {
        assert!(key.chars().count() <= 128);
        let value = value.as_str().unwrap();
        assert!(value.chars().count() <= 2_048 && !value.trim().is_empty());
    }
    assert!(
        finding["Compliance"]["RelatedRequirements"]
            .as_array()
            .unwrap()
            .len()
            <= 32
    );
    assert!(serde_json::to_vec(finding).unwrap().len() < 240_000);
}

#[test]
fn asff_has_what_the_format_requires() {
    let findings = findings(&results());
    let expected: Vec<CheckResult> = results()
        .into_iter()
        .filter(|result| result.verdict != Verdict::NotApplicable)
        .collect();
    assert_eq!(findings.len(), expected.len());
    for finding in &findings {
        let result = expected.iter().find(|one| finding["Id"] == one.id).unwrap();
        assert_eq!(finding["SchemaVersion"], "2018-10-08");
        assert_limits(finding);
        for time in ["CreatedAt", "UpdatedAt", "LastObservedAt"] {
            let text = finding[time].as_str().unwrap();
            assert!(
                text.starts_with("2026-11-28T0") && text.ends_with(".000Z"),
                "{text}"
            );
        }
        let status = match result.verdict {
            Verdict::Pass => "PASSED",
            Verdict::Fail | Verdict::Muted => "FAILED",
            _ => "NOT_AVAILABLE",
        };
        assert_eq!(finding["Compliance"]["Status"], status);
        let workflow = match result.verdict {
            Verdict::Muted => "SUPPRESSED",
            Verdict::Pass => "RESOLVED",
            _ => "NEW",
        };
        assert_eq!(finding["Workflow"]["Status"], workflow);
        let label = finding["Severity"]["Label"].as_str().unwrap();
        assert!(["INFORMATIONAL", "LOW", "MEDIUM", "HIGH", "CRITICAL"].contains(&label));
        assert_eq!(finding["FindingProviderFields"]["Severity"]["Label"], label);
        if result.verdict == Verdict::Unknown {
            let reason = &finding["Compliance"]["StatusReasons"][0];
            assert!(!reason["ReasonCode"].as_str().unwrap().is_empty());
            assert!(!reason["Description"].as_str().unwrap().is_empty());
        }
    }
    let denied = findings
        .iter()
        .find(|one| one["ProductFields"]["rempart/permission"].is_string())
        .unwrap();
    assert_eq!(
        denied["Compliance"]["StatusReasons"][0]["ReasonCode"],
        "ACCESS_DENIED"
    );
}

#[test]
fn an_asff_request_is_of_one_account_and_region() {
    let requests = lines(ComplianceFormat::Asff, &results());
    for request in &requests {
        let list = request["Findings"].as_array().unwrap();
        for finding in list {
            assert_eq!(finding["AwsAccountId"], list[0]["AwsAccountId"]);
            assert_eq!(finding["Region"], list[0]["Region"]);
            let region = finding["Region"].as_str().unwrap();
            let account = finding["AwsAccountId"].as_str().unwrap();
            let arn = format!("arn:aws:securityhub:{region}:{account}:product/{account}/default");
            assert_eq!(finding["ProductArn"], arn);
        }
    }
    let places: Vec<(&str, &str)> = requests
        .iter()
        .map(|request| &request["Findings"][0])
        .map(|one| {
            (
                one["AwsAccountId"].as_str().unwrap(),
                one["Region"].as_str().unwrap(),
            )
        })
        .collect();
    // Planned resources have no account, global ones no Region.
    assert_eq!(
        places,
        [
            ("000000000000", "eu-west-1"),
            ("111122223333", "eu-west-1"),
            ("111122223333", "us-east-1")
        ]
    );
    let options = ComplianceOptions {
        asff: AsffOptions {
            product_arn: "arn:{partition}:securityhub:{region}::product/acme/rempart".to_owned(),
            home_region: "cn-north-1".to_owned(),
            account: Some("999988887777".to_owned()),
        },
        ..ComplianceOptions::default()
    };
    let summary = summary(&results());
    let output = written_with(ComplianceFormat::Asff, &results(), &summary, options);
    assert!(output.contains("arn:aws-cn:securityhub:cn-north-1::product/acme/rempart"));
    assert!(output.contains("\"AwsAccountId\":\"999988887777\""));
}

#[test]
fn asff_requests_hold_at_most_a_hundred() {
    let control = internet();
    let many: Vec<CheckResult> = (0..10_050)
        .map(|number| {
            let mut one = result(&control, Verdict::Fail, &format!("nb-{number}"));
            std::sync::Arc::make_mut(&mut one.resource).account = format!("{:012}", number % 70);
            one
        })
        .collect();
    let mut ids = std::collections::BTreeSet::new();
    for request in lines(ComplianceFormat::Asff, &many) {
        let list = request["Findings"].as_array().unwrap();
        assert!((1..=100).contains(&list.len()));
        for finding in list {
            assert_eq!(finding["AwsAccountId"], list[0]["AwsAccountId"]);
            ids.insert(
                finding["ProductFields"]["rempart/account"].to_string()
                    + &finding["Resources"][0]["Id"].to_string(),
            );
        }
    }
    assert_eq!(ids.len(), many.len());
}

#[test]
fn asff_limits_hold_for_long_and_blank_texts() {
    for text in ["", "  \n", &"é".repeat(100_000)] {
        let results = [super::hostile::filled(text, Verdict::Unknown)];
        for finding in findings(&results) {
            assert_limits(&finding);
        }
    }
}

#[test]
fn sarif_results_point_to_their_rules() {
    let log: Value = serde_json::from_str(&written(ComplianceFormat::Sarif, &results())).unwrap();
    assert_eq!(log["version"], "2.1.0");
    assert!(
        log["$schema"]
            .as_str()
            .unwrap()
            .ends_with("sarif-schema-2.1.0.json")
    );
    let run = &log["runs"][0];
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    assert_eq!(run["tool"]["driver"]["name"], "Rempart");
    assert_eq!(rules.len(), 4);
    let expected: Vec<CheckResult> = results()
        .into_iter()
        .filter(|one| !matches!(one.verdict, Verdict::Pass | Verdict::NotApplicable))
        .collect();
    let list = run["results"].as_array().unwrap();
    assert_eq!(list.len(), expected.len());
    for (value, result) in list.iter().zip(&expected) {
        let index = usize::try_from(value["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(rules[index]["id"], value["ruleId"]);
        assert_eq!(value["partialFingerprints"]["rempartCheckId/v1"], result.id);
        assert!(!value["message"]["text"].as_str().unwrap().is_empty());
        let level = value["level"].as_str().unwrap();
        if result.verdict == Verdict::Unknown {
            assert_eq!(level, "note");
            assert!(
                value["message"]["text"]
                    .as_str()
                    .unwrap()
                    .starts_with("UNKNOWN ")
            );
            assert!(value["properties"]["reason"].is_string());
        }
        assert_eq!(
            value["suppressions"].is_array(),
            result.verdict == Verdict::Muted
        );
        let place = &value["locations"][0]["physicalLocation"];
        assert!(place["artifactLocation"]["uri"].is_string());
        assert!(place["region"]["startLine"].as_u64().unwrap() >= 1);
    }
    let planned = &list[3]["locations"][0];
    assert_eq!(
        planned["physicalLocation"]["artifactLocation"]["uri"],
        "infra/main.tf"
    );
    assert_eq!(planned["physicalLocation"]["region"]["startLine"], 12);
    assert_eq!(
        planned["logicalLocations"][0]["decoratedName"],
        "aws_sagemaker_notebook_instance.lab"
    );
    let stored = &list[0]["locations"][0]["physicalLocation"];
    assert_eq!(
        stored["artifactLocation"]["uri"],
        "111122223333/eu-west-1/sagemaker/DescribeNotebookInstance.jsonl"
    );
    assert_eq!(stored["region"]["startLine"], 3);
    assert_eq!(list[2]["suppressions"][0]["kind"], "external");
    assert_eq!(run["invocations"][0]["executionSuccessful"], false);
    let properties = &run["properties"];
    assert_eq!(properties["counts"]["pass"], 2);
    assert_eq!(
        properties["frameworks"]["nist-800-53"]["AU-2"]["status"],
        "not-assessed"
    );
    assert_eq!(
        properties["controlsWithoutSubject"],
        serde_json::json!(["JB-01"])
    );
}

#[test]
fn sarif_without_evidence_points_to_the_snapshot() {
    let mut bare = denied(&internet(), "nb");
    bare.evidence.clear();
    let log: Value = serde_json::from_str(&written(ComplianceFormat::Sarif, &[bare])).unwrap();
    let place = &log["runs"][0]["results"][0]["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "snapshots/today");
    assert!(place.get("region").is_none());
}

#[test]
fn every_format_says_why_something_is_unknown() {
    for format in ComplianceFormat::ALL {
        let output = written(format, &[denied(&internet(), "nb-3")]);
        assert!(
            output.contains("sagemaker:DescribeNotebookInstance"),
            "{format}"
        );
        let reason = output.to_lowercase();
        assert!(
            reason.contains("access_denied") || reason.contains("needs the permission"),
            "{format}"
        );
        let mut bare = result(&internet(), Verdict::Unknown, "nb-3");
        bare.reason = None;
        assert!(
            written(format, &[bare]).contains("no reason given"),
            "{format}"
        );
    }
}

#[test]
fn informational_controls_are_known_everywhere() {
    let note = control(
        "I-1",
        "note",
        rempart_findings::Severity::Informational,
        "jobs",
    );
    for format in ComplianceFormat::ALL {
        let output = written(format, &[result(&note, Verdict::Fail, "a")]);
        assert!(output.to_lowercase().contains("informational"), "{format}");
    }
}
