//! The run that the tests write.

use std::sync::Arc;

use rempart_findings::Severity;
use rempart_findings::compliance::{
    Address, CheckEvidence, CheckHeader, CheckProblem, CheckResult, CheckSummary, ComplianceFormat,
    ComplianceOptions, ControlRef, Excerpt, Mute, MuteEntry, Reason, Remediation, Resource,
    Verdict, compliance_writer,
};
use serde_json::json;

pub(crate) fn internet() -> Arc<ControlRef> {
    Arc::new(ControlRef {
        id: "NB-01".to_owned(),
        title: "Notebook instance has no direct internet access".to_owned(),
        severity: Severity::High,
        area: "notebook-instances".to_owned(),
        why: "Data can leave through the service's own network, past every control of the VPC."
            .to_owned(),
        message: "Direct internet access is on".to_owned(),
        remediation: Remediation {
            text: "Stop the instance and create it again in a private subnet".to_owned(),
            cli: Some(
                "aws sagemaker create-notebook-instance --direct-internet-access Disabled"
                    .to_owned(),
            ),
            terraform: Some(
                "resource \"x\" \"y\" {\n  direct_internet_access = \"Disabled\"\n}".to_owned(),
            ),
            immutable: true,
        },
        requirements: vec!["R-002-11".to_owned(), "R-004-07".to_owned()],
        mappings: [
            ("security-hub".to_owned(), vec!["SageMaker.1".to_owned()]),
            ("scp".to_owned(), vec!["deny-notebook-internet".to_owned()]),
            ("cis-aws-5.0".to_owned(), vec![]),
        ]
        .into(),
        resource_kind: "AWS::SageMaker::NotebookInstance".to_owned(),
    })
}

pub(crate) fn control(id: &str, title: &str, severity: Severity, area: &str) -> Arc<ControlRef> {
    Arc::new(ControlRef {
        id: id.to_owned(),
        title: title.to_owned(),
        severity,
        area: area.to_owned(),
        why: format!("Why {id}"),
        message: format!("Not so: {title}"),
        remediation: Remediation {
            text: format!("Repair {id}"),
            ..Remediation::default()
        },
        requirements: vec![],
        mappings: [("nist-800-53".to_owned(), vec!["SC-7".to_owned()])].into(),
        resource_kind: "AWS::S3::Bucket".to_owned(),
    })
}

pub(crate) fn result(control: &Arc<ControlRef>, verdict: Verdict, id: &str) -> CheckResult {
    let mut result = CheckResult {
        id: String::new(),
        control: Arc::clone(control),
        verdict,
        reason: None,
        resource: Resource {
            kind: control.resource_kind.clone(),
            id: id.to_owned(),
            arn: Some(format!(
                "arn:aws:sagemaker:eu-west-1:111122223333:thing/{id}"
            )),
            account: "111122223333".to_owned(),
            region: "eu-west-1".to_owned(),
            address: None,
        }
        .into(),
        message: match verdict {
            Verdict::Fail | Verdict::Muted => control.message.clone(),
            _ => String::new(),
        },
        excerpt: vec![Excerpt {
            path: "DirectInternetAccess".to_owned(),
            value: json!("Enabled"),
        }],
        evidence: vec![
            CheckEvidence {
                source: "111122223333/eu-west-1/sagemaker/DescribeNotebookInstance.jsonl"
                    .to_owned(),
                line: 3,
                operation: "sagemaker:DescribeNotebookInstance".to_owned(),
                sha256: "ab".repeat(32),
                at: Some("2026-11-28T03:00:00Z".to_owned()),
            }
            .into(),
        ],
        mute: (verdict == Verdict::Muted).then(|| Mute {
            owner: "ml-platform".to_owned(),
            reason: "closed network, ticket 12".to_owned(),
            expires: Some("2027-01-31".to_owned()),
        }),
    };
    result.assign_id();
    result
}

pub(crate) fn denied(control: &Arc<ControlRef>, id: &str) -> CheckResult {
    let mut unknown = result(control, Verdict::Unknown, id);
    unknown.reason = Some(Reason {
        code: "access_denied".to_owned(),
        detail: "DescribeNotebookInstance was refused".to_owned(),
        permission: Some("sagemaker:DescribeNotebookInstance".to_owned()),
    });
    unknown.excerpt.clear();
    unknown
}

/// One result of each kind, and a few more.
pub(crate) fn results() -> Vec<CheckResult> {
    let internet = internet();
    let bucket = control(
        "DK-01",
        "Bucket is not public",
        Severity::Critical,
        "data-keys-secrets",
    );
    let note = control(
        "EP-11",
        "Endpoint captures data",
        Severity::Informational,
        "models-endpoints",
    );
    let mut planned = result(&internet, Verdict::Fail, "lab");
    Arc::make_mut(&mut planned.resource).arn = None;
    Arc::make_mut(&mut planned.resource).account = "planned".to_owned();
    Arc::make_mut(&mut planned.resource).address = Some(Address {
        source: "infra/main.tf".to_owned(),
        line: Some(12),
        name: Some("aws_sagemaker_notebook_instance.lab".to_owned()),
    });
    let mut serverless = result(&bucket, Verdict::NotApplicable, "logs");
    serverless.reason = Some(Reason {
        code: "not_applicable".to_owned(),
        detail: "Holds no data".to_owned(),
        permission: None,
    });
    let mut later = result(&bucket, Verdict::Unknown, "plan");
    later.reason = Some(Reason {
        code: "known_after_apply".to_owned(),
        detail: "bucket is known after apply".to_owned(),
        permission: None,
    });
    Arc::make_mut(&mut later.resource).region = "global".to_owned();
    let mut closer = result(&bucket, Verdict::Fail, "data");
    closer.message = "The policy admits everybody".to_owned();
    let mut results = vec![
        result(&internet, Verdict::Fail, "nb-1"),
        result(&internet, Verdict::Pass, "nb-2"),
        denied(&internet, "nb-3"),
        result(&internet, Verdict::Muted, "nb-4"),
        planned,
        closer,
        result(&bucket, Verdict::Pass, "models"),
        serverless,
        later,
        result(&note, Verdict::Fail, "ep-1"),
    ];
    for result in &mut results {
        result.assign_id();
    }
    results
}

pub(crate) fn header() -> CheckHeader {
    CheckHeader {
        tool_version: "0.1.0".to_owned(),
        snapshot: "snapshots/today".to_owned(),
        profile: Some("default".to_owned()),
        generated_at: Some("2026-11-28T04:00:00Z".to_owned()),
    }
}

pub(crate) fn summary(results: &[CheckResult]) -> CheckSummary {
    let mut summary = CheckSummary {
        header: header(),
        accounts: vec!["111122223333".to_owned()],
        regions: vec!["eu-west-1".to_owned()],
        resources: 9,
        not_evaluated: [("SageMaker:TrainingJob".to_owned(), 1_200)].into(),
        problems: vec![CheckProblem {
            source: "111122223333/eu-west-1/s3/GetBucketPolicy.jsonl".to_owned(),
            line: Some(7),
            reason: "unexpected end of line".to_owned(),
        }],
        expired_mutes: vec![mute_entry("mutes.yaml:3", Some("2026-01-31"))],
        unmatched_mutes: vec![mute_entry("mutes.yaml:9", None)],
        ..CheckSummary::default()
    };
    summary.register(&control(
        "JB-01",
        "Job is isolated",
        Severity::Medium,
        "jobs",
    ));
    summary.register_requirement("nist-800-53", "AU-2");
    for result in results {
        summary.count(result);
    }
    summary
}

fn mute_entry(place: &str, expires: Option<&str>) -> MuteEntry {
    MuteEntry {
        place: place.to_owned(),
        control: "NB-03".to_owned(),
        account: "111122223333".to_owned(),
        resource: "nb-*".to_owned(),
        owner: "ml-platform".to_owned(),
        reason: "legacy".to_owned(),
        expires: expires.map(str::to_owned),
    }
}

pub(crate) fn written(format: ComplianceFormat, results: &[CheckResult]) -> String {
    written_with(
        format,
        results,
        &summary(results),
        ComplianceOptions::default(),
    )
}

pub(crate) fn written_with(
    format: ComplianceFormat,
    results: &[CheckResult],
    summary: &CheckSummary,
    options: ComplianceOptions,
) -> String {
    let mut out = Vec::new();
    let mut writer = compliance_writer(format, options, Box::new(&mut out));
    writer.begin(&summary.header).unwrap();
    for result in results {
        writer.result(result).unwrap();
    }
    writer.end(summary).unwrap();
    drop(writer);
    String::from_utf8(out).unwrap()
}
