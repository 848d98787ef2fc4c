//! Any results, any text.

use proptest::prelude::*;
use rempart_findings::compliance::{
    CheckResult, CheckSummary, ComplianceFormat, ComplianceOptions, Verdict,
};
use serde_json::Value;

use super::hostile::{assert_no_controls, filled, filled_summary};
use super::sample::{control, summary, written, written_with};

fn texts() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        proptest::collection::vec(
            prop::sample::select(vec![
                '<', '>', '"', '\'', '&', '=', '\\', 'u', '{', '}', '\n', '\r', '\t', '\0',
                '\u{1b}', '\u{9b}', '\u{202e}', '\u{200b}', '\u{301}', '\u{fffe}', ',', ';', '/',
                ':', '[', ']', ' ', 'a', 'é', '日', '🦀', '％',
            ]),
            0..40
        )
        .prop_map(|characters| characters.into_iter().collect()),
    ]
}

fn verdicts() -> impl Strategy<Value = Verdict> {
    prop::sample::select(Verdict::ALL.to_vec())
}

fn runs() -> impl Strategy<Value = Vec<CheckResult>> {
    let severity = prop::sample::select(rempart_findings::Severity::ALL.to_vec());
    let one = (0..4_u32, severity, verdicts(), 0..30_u32);
    proptest::collection::vec(one, 0..60).prop_map(|list| {
        list.into_iter()
            .map(|(number, severity, verdict, id)| {
                let control = control(
                    &format!("C-{number}-{severity}"),
                    "one",
                    severity,
                    &format!("area-{number}"),
                );
                super::sample::result(&control, verdict, &id.to_string())
            })
            .collect()
    })
}

fn of(results: &[CheckResult], verdict: Verdict) -> usize {
    results.iter().filter(|one| one.verdict == verdict).count()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_result_is_one_line(results in runs()) {
        for format in [ComplianceFormat::JsonLines, ComplianceFormat::Ocsf] {
            prop_assert_eq!(written(format, &results).lines().count(), results.len());
        }
        let csv = written(ComplianceFormat::Csv, &results);
        let rows = csv::ReaderBuilder::new().from_reader(csv.as_bytes()).records().count();
        prop_assert_eq!(rows, results.len());
        let asff = written(ComplianceFormat::Asff, &results);
        let findings: usize = asff
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).unwrap()["Findings"].as_array().unwrap().len())
            .sum();
        prop_assert_eq!(findings, results.len() - of(&results, Verdict::NotApplicable));
        let sarif: Value = serde_json::from_str(&written(ComplianceFormat::Sarif, &results)).unwrap();
        let silent = of(&results, Verdict::Pass) + of(&results, Verdict::NotApplicable);
        prop_assert_eq!(sarif["runs"][0]["results"].as_array().unwrap().len(), results.len() - silent);
        let junit = super::xml::read(&written(ComplianceFormat::Junit, &results));
        let cases: usize = junit
            .children
            .iter()
            .filter(|suite| suite.attributes["name"] != "input")
            .map(|suite| suite.children.len())
            .sum();
        prop_assert_eq!(cases, results.len());
    }

    #[test]
    fn what_is_unknown_never_passes(text in texts()) {
        let unknown = [filled(&format!("q{text}"), Verdict::Unknown)];
        let line: Value = serde_json::from_str(&written(ComplianceFormat::JsonLines, &unknown)).unwrap();
        prop_assert_eq!(&line["verdict"], "UNKNOWN");
        let event: Value = serde_json::from_str(&written(ComplianceFormat::Ocsf, &unknown)).unwrap();
        prop_assert_eq!(&event["compliance"]["status_id"], 2);
        let request: Value = serde_json::from_str(&written(ComplianceFormat::Asff, &unknown)).unwrap();
        prop_assert_eq!(&request["Findings"][0]["Compliance"]["Status"], "NOT_AVAILABLE");
        let log: Value = serde_json::from_str(&written(ComplianceFormat::Sarif, &unknown)).unwrap();
        prop_assert_eq!(&log["runs"][0]["results"][0]["properties"]["verdict"], "UNKNOWN");
        let junit = super::xml::read(&written(ComplianceFormat::Junit, &unknown));
        prop_assert_eq!(&junit.children[0].children[0].children[0].name, "error");
        let csv = written(ComplianceFormat::Csv, &unknown);
        let row = csv::ReaderBuilder::new().from_reader(csv.as_bytes()).records().next().unwrap().unwrap();
        prop_assert_eq!(&row[1], "UNKNOWN");
        let page = written(ComplianceFormat::Html, &unknown);
        prop_assert!(page.contains("data-verdict=\"UNKNOWN\""));
        prop_assert!(!page.contains("data-verdict=\"PASS\""));
        let counts = summary(&unknown).counts();
        prop_assert_eq!((counts.pass, counts.unknown), (0, 1));
        prop_assert_eq!(summary(&unknown).overall().score(), None);
    }

    #[test]
    fn no_text_reaches_the_reader_raw(text in texts(), verdict in verdicts(), width in 40_usize..140) {
        let results = [filled(&format!("q{text}"), verdict)];
        let summary = filled_summary(&text, &results);
        for format in ComplianceFormat::ALL {
            let options = ComplianceOptions { width, verbose: true, ..ComplianceOptions::default() };
            let output = written_with(format, &results, &summary, options);
            assert_no_controls(&output, format);
            match format {
                ComplianceFormat::Html => super::xml::balanced(&output),
                ComplianceFormat::Junit => { super::xml::read(&output); }
                _ => {}
            }
        }
    }

    #[test]
    fn scores_are_parts_of_one_and_order_does_not_matter(results in runs()) {
        let forward = summary(&results);
        let mut backward: Vec<CheckResult> = results.clone();
        backward.reverse();
        prop_assert_eq!(&summary(&backward), &forward);
        let all = forward.overall();
        let areas = forward.areas();
        for tally in areas.values().chain(std::iter::once(&all)) {
            for part in [tally.score(), tally.decided()].into_iter().flatten() {
                prop_assert!((0.0..=1.0).contains(&part));
            }
        }
        prop_assert_eq!(forward.counts().total(), results.len() as u64);
        let failures = results.iter().filter(|one| one.is_failure()).count() as u64;
        prop_assert_eq!(forward.failures(rempart_findings::Severity::Low), failures);
        let mut halves = CheckSummary { header: forward.header.clone(), ..CheckSummary::default() };
        let (left, right) = results.split_at(results.len() / 2);
        for part in [left, right] {
            let mut half = CheckSummary::default();
            part.iter().for_each(|one| half.count(one));
            halves.merge(half);
        }
        prop_assert_eq!(halves.counts(), forward.counts());
        prop_assert_eq!(&halves.unknown, &forward.unknown);
    }
}
