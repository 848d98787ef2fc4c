//! The account: counts, scores, frameworks, findings.

use rempart_findings::compliance::{
    CheckResult, CheckSummary, ComplianceFormat, ComplianceOptions, RequirementStatus,
    SEED_REQUIREMENTS, Verdict, compliance_writer, summary_line, write_summary,
};
use rempart_findings::{Category, Finding, Severity};

use super::sample::{control, denied, header, internet, result, results, summary};

#[test]
fn the_model_reads_back() {
    for result in results() {
        let json = serde_json::to_string(&result).unwrap();
        let back: CheckResult = serde_json::from_str(&json).unwrap();
        assert_eq!(back, result);
    }
    let summary = summary(&results());
    let json = serde_json::to_string(&summary).unwrap();
    let back: CheckSummary = serde_json::from_str(&json).unwrap();
    assert_eq!(back, summary);
}

#[test]
fn counts_and_scores() {
    let summary = summary(&results());
    let counts = summary.counts();
    assert_eq!(
        (
            counts.pass,
            counts.fail,
            counts.unknown,
            counts.not_applicable,
            counts.muted
        ),
        (2, 4, 2, 1, 1)
    );
    assert_eq!(counts.total(), 10);
    // The informational failure is none.
    assert_eq!(summary.failures(Severity::Informational), 3);
    assert_eq!(summary.failures(Severity::Critical), 1);
    let areas = summary.areas();
    // One of three of the same weight passed.
    assert_eq!(areas["notebook-instances"].score(), Some(1.0 / 3.0));
    assert_eq!(areas["notebook-instances"].decided(), Some(4.0 / 5.0));
    assert_eq!(areas["models-endpoints"].score(), None);
    assert_eq!(areas["jobs"].score(), None);
    // High weighs 5, critical 10.
    assert_eq!(summary.overall().score(), Some(15.0 / 35.0));
    let idle: Vec<&str> = summary
        .without_subject()
        .map(|one| one.id.as_str())
        .collect();
    assert_eq!(idle, ["JB-01"]);
    let controls = &summary.missing_permissions["sagemaker:DescribeNotebookInstance"];
    assert!(controls.contains("NB-01"));
    assert_eq!(summary.unknown["access_denied"], 1);
    assert_eq!(
        summary.evidence_from.as_deref(),
        Some("2026-11-28T03:00:00Z")
    );
    assert_eq!(
        summary_line(&summary),
        "3 failures (1 critical, 2 high), 1 informational, 2 unknown, 1 muted, 2 passed; \
         4 controls over 9 resources, incomplete"
    );
}

#[test]
fn requirements_take_the_worst_of_their_controls() {
    let one = control("C-1", "one", Severity::Low, "jobs");
    let two = control("C-2", "two", Severity::Low, "jobs");
    let status = |results: &[CheckResult]| {
        let mut summary = CheckSummary::default();
        for result in results {
            summary.count(result);
        }
        summary.frameworks()["nist-800-53"]["SC-7"].status()
    };
    let pass = result(&one, Verdict::Pass, "a");
    let fail = result(&two, Verdict::Fail, "a");
    let muted = result(&two, Verdict::Muted, "a");
    let idle = result(&two, Verdict::NotApplicable, "a");
    let unknown = denied(&two, "a");
    assert_eq!(status(std::slice::from_ref(&pass)), RequirementStatus::Pass);
    assert_eq!(
        status(&[pass.clone(), idle.clone()]),
        RequirementStatus::Pass
    );
    assert_eq!(
        status(&[pass.clone(), muted.clone()]),
        RequirementStatus::Muted
    );
    assert_eq!(
        status(&[pass.clone(), muted, unknown.clone()]),
        RequirementStatus::Unknown
    );
    assert_eq!(status(&[pass, fail, unknown]), RequirementStatus::Fail);
    assert_eq!(status(&[idle]), RequirementStatus::NotAssessed);
    let all = summary(&results());
    let frameworks = all.frameworks();
    assert_eq!(
        frameworks["nist-800-53"]["AU-2"].status(),
        RequirementStatus::NotAssessed
    );
    assert_eq!(
        frameworks[SEED_REQUIREMENTS]["R-002-11"].status(),
        RequirementStatus::Fail
    );
    // An informational failure fails no requirement.
    let note = control("I-1", "note", Severity::Informational, "jobs");
    let note = result(&note, Verdict::Fail, "a");
    assert_eq!(status(&[note]), RequirementStatus::NotAssessed);
}

#[test]
fn parts_add_up_to_the_whole() {
    let results = results();
    let whole = summary(&results);
    let mut parts = summary(&results[..4]);
    let mut rest = CheckSummary::default();
    for result in &results[4..] {
        rest.count(result);
    }
    parts.merge(rest);
    assert_eq!(parts, whole);
}

#[test]
fn what_is_no_time_does_not_widen_the_span() {
    let mut odd = result(&internet(), Verdict::Pass, "a");
    std::sync::Arc::make_mut(&mut odd.evidence[0]).at = Some("zzz".to_owned());
    let mut summary = CheckSummary::default();
    summary.count(&odd);
    assert_eq!(summary.evidence_to, None);
}

#[test]
fn a_failure_is_a_finding_and_nothing_else_is() {
    for result in results() {
        let finding = Finding::try_from(&result);
        assert_eq!(
            finding.is_ok(),
            result.verdict == Verdict::Fail,
            "{}",
            result.verdict
        );
    }
    let finding = Finding::try_from(&results()[0]).unwrap();
    assert_eq!(finding.id, results()[0].id);
    assert_eq!(finding.rule.id, "NB-01");
    assert_eq!(finding.severity, Severity::High);
    assert_eq!(finding.category, Category::ConfigurationChange);
    assert_eq!(
        finding.resources,
        ["arn:aws:sagemaker:eu-west-1:111122223333:thing/nb-1"]
    );
    assert_eq!(finding.event_count, 0);
    assert_eq!(finding.evidence[0].index, 2);
    assert_eq!(finding.evidence[0].sha256, "ab".repeat(32));
    assert_eq!(finding.guardrails, ["deny-notebook-internet"]);
    assert_eq!(finding.next_steps.len(), 3);
    assert!(
        finding
            .explanation
            .starts_with("Direct internet access is on")
    );
    let planned = Finding::try_from(&results()[4]).unwrap();
    assert!(planned.notes[1].contains("infra/main.tf:12"));
}

#[test]
fn calls_out_of_order_are_errors() {
    for format in ComplianceFormat::ALL {
        let result = &results()[0];
        let new = || compliance_writer(format, ComplianceOptions::default(), Box::new(Vec::new()));
        assert!(new().result(result).is_err(), "{format}");
        assert!(new().end(&CheckSummary::default()).is_err(), "{format}");
        let mut writer = new();
        writer.begin(&header()).unwrap();
        assert!(writer.begin(&header()).is_err(), "{format}");
        writer.end(&CheckSummary::default()).unwrap();
        assert!(writer.result(result).is_err(), "{format}");
    }
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
    for format in ComplianceFormat::ALL {
        let mut writer = compliance_writer(format, ComplianceOptions::default(), Box::new(Closed));
        let written = writer
            .begin(&header())
            .and_then(|()| results().iter().try_for_each(|one| writer.result(one)))
            .and_then(|()| writer.end(&summary(&results())));
        assert_eq!(
            written.unwrap_err().kind(),
            std::io::ErrorKind::BrokenPipe,
            "{format}"
        );
    }
    let summary = summary(&results());
    assert!(write_summary(&summary, &ComplianceOptions::default(), &mut Closed).is_err());
}

#[test]
fn an_empty_run_is_well_formed() {
    for format in ComplianceFormat::ALL {
        let output = super::sample::written_with(
            format,
            &[],
            &CheckSummary::default(),
            ComplianceOptions::default(),
        );
        match format {
            ComplianceFormat::JsonLines | ComplianceFormat::Ocsf | ComplianceFormat::Asff => {
                assert_eq!(output, "", "{format}");
            }
            ComplianceFormat::Csv => assert_eq!(output.lines().count(), 1),
            ComplianceFormat::Sarif => {
                let log: serde_json::Value = serde_json::from_str(&output).unwrap();
                assert_eq!(log["runs"][0]["results"], serde_json::json!([]));
            }
            ComplianceFormat::Table => assert!(output.contains("no failures")),
            ComplianceFormat::Junit | ComplianceFormat::Html => super::xml::balanced(&output),
        }
    }
}
