//! The findings that the tests write.

use rempart_findings::{
    Category, CategoryCoverage, Coverage, Evidence, Finding, Format, Outcome, ProblemLine, Report,
    RuleRef, RunSummary, Severity, Technique, Visibility, WriteOptions, write_report,
};

pub(crate) fn findings() -> Vec<Finding> {
    vec![
        logging_stopped(),
        off_service_credentials(),
        presigned_attempt(),
    ]
}

pub(crate) fn logging_stopped() -> Finding {
    let mut finding = Finding {
        id: String::new(),
        rule: RuleRef {
            id: "7f1c8f5e-5d6f-4d0e-9a55-0f6b4b5d9a10".to_owned(),
            title: "CloudTrail logging was stopped".to_owned(),
            author: "Rempart project".to_owned(),
            license: "MIT OR Apache-2.0".to_owned(),
            reference: Some("https://example.org/rules/cloudtrail_logging_stopped.yml".to_owned()),
            references: vec!["https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_StopLogging.html".to_owned()],
            level: Severity::High,
            false_positives: vec!["Decommissioning of a trail announced in a change ticket".to_owned()],
        },
        severity: Severity::High,
        category: Category::LogTampering,
        techniques: ["T1562.008", "AML.T0031"].into_iter().filter_map(Technique::from_tag).collect(),
        outcome: Outcome::Succeeded,
        principal: "arn:aws:sts::111122223333:assumed-role/DataScientist/alice".to_owned(),
        principals: vec!["arn:aws:sts::111122223333:assumed-role/DataScientist/alice".to_owned()],
        source_ips: vec!["198.51.100.10".to_owned()],
        user_agents: vec!["aws-cli/2.17.0 md/command#cloudtrail.stop-logging".to_owned()],
        accounts: vec!["111122223333".to_owned()],
        regions: vec!["eu-west-1".to_owned()],
        resources: vec!["arn:aws:cloudtrail:eu-west-1:111122223333:trail/org-trail".to_owned()],
        first_time: Some("2026-03-02T10:00:00Z".to_owned()),
        last_time: Some("2026-03-02T10:00:00Z".to_owned()),
        event_count: 1,
        event_ids: vec!["0c5a1f0e-0000-4000-8000-000000000001".to_owned()],
        evidence: vec![evidence(3, "0c5a1f0e-0000-4000-8000-000000000001", "2026-03-02T10:00:00Z", "StopLogging", "cloudtrail.amazonaws.com")],
        evidence_truncated: false,
        order_not_provable: false,
        explanation: "alice stopped the trail org-trail in 111122223333/eu-west-1. From that moment nothing the trail covers is recorded.".to_owned(),
        next_steps: vec![
            "Start the trail again and check what happened while it was stopped".to_owned(),
            "Treat all activity of the same credentials as suspect".to_owned(),
        ],
        notes: vec![],
        guardrails: vec!["deny-stop-logging".to_owned()],
    };
    finding.assign_id();
    finding
}

fn off_service_credentials() -> Finding {
    let first = logging_stopped();
    let mut finding = Finding {
        rule: RuleRef {
            id: "11111111-5d6f-4d0e-9a55-0f6b4b5d9a11".to_owned(),
            title: "Execution role used from two networks".to_owned(),
            author: "Jo Müller, \"Q\"".to_owned(),
            license: "DRL-1.1".to_owned(),
            reference: None,
            references: vec![],
            level: Severity::Critical,
            false_positives: vec![],
        },
        severity: Severity::Critical,
        category: Category::CredentialTheft,
        techniques: Technique::from_tag("attack.t1552.005")
            .into_iter()
            .collect(),
        outcome: Outcome::Mixed,
        principal: "arn:aws:sts::111122223333:assumed-role/SageMakerExecution/SageMaker".to_owned(),
        principals: vec![
            "arn:aws:sts::111122223333:assumed-role/SageMakerExecution/SageMaker".to_owned(),
            "arn:aws:iam::111122223333:user/bob".to_owned(),
        ],
        source_ips: vec![
            "203.0.113.77".to_owned(),
            "sagemaker.amazonaws.com".to_owned(),
        ],
        resources: vec!["model-bucket".to_owned()],
        first_time: Some("2026-03-02T08:15:00Z".to_owned()),
        last_time: Some("2026-03-02T09:45:30Z".to_owned()),
        event_count: 1_204,
        event_ids: (1..=6)
            .map(|number| format!("1d5a1f0e-0000-4000-8000-{number:012}"))
            .collect(),
        evidence: vec![
            evidence(
                11,
                "1d5a1f0e-0000-4000-8000-000000000001",
                "2026-03-02T08:15:00Z",
                "GetObject",
                "s3.amazonaws.com",
            ),
            evidence(
                12,
                "1d5a1f0e-0000-4000-8000-000000000002",
                "2026-03-02T08:15:09Z",
                "ListObjects",
                "s3.amazonaws.com",
            ),
        ],
        evidence_truncated: true,
        order_not_provable: true,
        explanation: "One access key was used from two unrelated networks within minutes."
            .to_owned(),
        next_steps: vec!["Revoke the sessions of the role".to_owned()],
        notes: vec!["S3 data events of bucket logs were not recorded".to_owned()],
        guardrails: vec![],
        ..first
    };
    finding.assign_id();
    finding
}

fn presigned_attempt() -> Finding {
    let first = logging_stopped();
    let mut finding = Finding {
        rule: RuleRef {
            id: "rule-3".to_owned(),
            title: "Presigned URL for another profile".to_owned(),
            level: Severity::Medium,
            ..first.rule.clone()
        },
        severity: Severity::Low,
        category: Category::CredentialTheft,
        techniques: vec![],
        outcome: Outcome::Failed,
        principal: "unknown".to_owned(),
        principals: vec![],
        source_ips: vec![],
        user_agents: vec![],
        regions: vec![],
        resources: vec![],
        first_time: None,
        last_time: None,
        event_ids: vec![],
        evidence: vec![Evidence {
            source: "-".to_owned(),
            index: 0,
            sha256: "aa".repeat(32),
            ..Evidence::default()
        }],
        explanation: "A URL was asked for.".to_owned(),
        next_steps: vec![],
        guardrails: vec![],
        ..first
    };
    finding.assign_id();
    finding
}

fn evidence(index: u64, id: &str, time: &str, name: &str, source: &str) -> Evidence {
    Evidence {
        source: "logs/111122223333 CloudTrail eu-west-1.json.gz".to_owned(),
        index,
        sha256: format!("{index:02x}").repeat(32),
        event_id: Some(id.to_owned()),
        time: Some(time.to_owned()),
        event_name: Some(name.to_owned()),
        event_source: Some(source.to_owned()),
    }
}

pub(crate) fn coverage() -> Coverage {
    Coverage {
        categories: vec![
            CategoryCoverage {
                category: Category::LogTampering,
                visible: Visibility::Full,
                reasons: vec![],
            },
            CategoryCoverage {
                category: Category::Exfiltration,
                visible: Visibility::Partial,
                reasons: vec![
                    "no data events of AWS::S3::Object in the input".to_owned(),
                    "no events from us-east-1, where global services record".to_owned(),
                ],
            },
            CategoryCoverage {
                category: Category::Cryptojacking,
                visible: Visibility::None,
                reasons: vec!["no SageMaker events in the input".to_owned()],
            },
        ],
        notes: vec!["management events only".to_owned()],
    }
}

pub(crate) fn summary() -> RunSummary {
    RunSummary {
        tool_version: "0.1.0".to_owned(),
        sources: 2,
        records_read: 12_400,
        kept: 12_345,
        duplicates: 50,
        conflicting_duplicates: 1,
        filtered: 3,
        unreadable: 2,
        not_cloudtrail: 0,
        bytes_read: 1_234_567,
        bytes_inflated: 9_876_543,
        first_event: Some("2026-03-01T00:00:00Z".to_owned()),
        last_event: Some("2026-03-02T23:59:59Z".to_owned()),
        accounts: vec!["111122223333".to_owned()],
        regions: vec!["eu-west-1".to_owned(), "us-east-1".to_owned()],
        findings_by_severity: [
            (Severity::Critical, 1),
            (Severity::High, 1),
            (Severity::Low, 1),
        ]
        .into(),
        rules_loaded: 71,
        incomplete: vec!["one source could not be read to its end".to_owned()],
        problems: vec![ProblemLine {
            source: "logs/cut.json.gz".to_owned(),
            offset: Some(4096),
            reason: "unexpected end of file".to_owned(),
        }],
    }
}

/// Output of a format over the findings, with coverage and summary.
pub(crate) fn written(format: Format, findings: &[Finding]) -> String {
    written_with(format, findings, &WriteOptions::default())
}

pub(crate) fn written_with(format: Format, findings: &[Finding], options: &WriteOptions) -> String {
    let coverage = coverage();
    let summary = summary();
    let report = Report {
        findings,
        coverage: Some(&coverage),
        summary: Some(&summary),
    };
    let mut out = Vec::new();
    write_report(format, &report, options, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}
