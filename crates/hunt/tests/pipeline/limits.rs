//! What bounds leave out is said.

use rempart_hunt::run::HuntOptions;
use rempart_testkit::random::Random;

use super::support::{Event, RULES, book, history, of, one, run_files, without_places};

#[test]
fn more_events_than_a_finding_lists_are_counted_and_the_earliest_listed() {
    let mut records: Vec<String> = (0..3500)
        .map(|number| {
            Event::new(
                &format!("E{number:05}"),
                "DeleteNotebookInstance",
                "ada",
                number,
            )
            .text()
        })
        .collect();
    let random = Random::new(3);
    for round in 0..2 {
        let report = run_files(
            std::slice::from_ref(&records),
            &book(RULES),
            &HuntOptions::default(),
        );
        let finding = one(&report, "rule-deleted");
        assert_eq!(finding.event_count, 3500);
        assert!(finding.evidence_truncated);
        let expected: Vec<String> = (0..1000).map(|number| format!("E{number:05}")).collect();
        assert_eq!(finding.event_ids, expected, "round {round}");
        assert_eq!(finding.evidence.len(), 1000);
        // The last event is not listed, and its time is still told.
        assert_eq!(finding.last_time.as_deref(), Some("2026-03-02T10:58:19Z"));
        assert_eq!(
            report.summary.incomplete,
            ["2500 matching events are counted in findings but not listed"]
        );
        for place in (1..records.len()).rev() {
            records.swap(place, random.below(place as u64 + 1) as usize);
        }
    }
}

#[test]
fn a_correlation_of_more_events_than_it_lists_says_so() {
    let records: Vec<String> = (0..1500)
        .map(|number| Event::new(&format!("E{number:05}"), "ListModels", "ada", number / 4).text())
        .collect();
    let report = run_files(&[records], &book(RULES), &HuntOptions::default());
    let finding = one(&report, "rule-burst");
    assert_eq!((finding.event_count, finding.event_ids.len()), (1500, 1000));
    assert!(finding.evidence_truncated);
    assert_eq!(finding.last_time.as_deref(), Some("2026-03-02T10:06:14Z"));
}

#[test]
fn a_small_state_is_reported_with_the_rules_concerned() {
    let mut options = HuntOptions::default();
    options.state.state = 2000;
    let records: Vec<String> = (0..2000)
        .map(|number| {
            let who = format!("user{}", number % 500);
            Event::new(&format!("E{number}"), "ListModels", &who, number / 9)
                .with("awsRegion", format!("region-{number}"))
                .text()
        })
        .collect();
    let report = run_files(&[records], &book(RULES), &options);
    let said = report.summary.incomplete.join("\n");
    assert!(said.contains("'Many lists': "), "{said}");
    assert!(said.contains("see --state-limit"), "{said}");
    assert!(
        said.contains("'New Region': 1999 sightings over the limits of its history left out"),
        "{said}"
    );
}

#[test]
fn a_full_deduplication_set_is_reported() {
    let event = |number: i64| Event::new(&format!("E{number}"), "ListModels", "ada", number).text();
    let options = HuntOptions {
        most_events: 3,
        ..HuntOptions::default()
    };
    let records = (0..10).map(event).collect();
    let report = run_files(&[records], &book(RULES), &options);
    assert_eq!(
        report.summary.incomplete,
        ["7 events over the limit of the deduplication set: copies of them may be counted"]
    );
}

#[test]
fn least_severity_leaves_out_and_counts() {
    let records: Vec<String> = history().iter().map(Event::text).collect();
    let book = book(RULES);
    let all = run_files(
        std::slice::from_ref(&records),
        &book,
        &HuntOptions::default(),
    );
    let options = HuntOptions {
        min_severity: Some(rempart_findings::Severity::High),
        ..HuntOptions::default()
    };
    let some = run_files(&[records], &book, &options);
    assert_eq!(
        all.findings.len() as u64,
        some.findings.len() as u64 + some.below_min_severity
    );
    assert!(some.below_min_severity > 0);
    assert!(of(&some, "rule-burst").is_empty());
    let kept: Vec<_> = without_places(&all.findings)
        .into_iter()
        .filter(|finding| finding.severity >= rempart_findings::Severity::High)
        .collect();
    assert_eq!(without_places(&some.findings), kept);
    assert_eq!(
        all.summary.findings_by_severity,
        some.summary.findings_by_severity
    );
}

#[test]
fn windows_over_new_values_survive_a_full_state() {
    let mut events = history();
    // Bursts of many people fill the state again and again, in time order, to the last day.
    events.extend((0..9000).map(|number| {
        let who = format!("user{}", number % 60);
        Event::new(&format!("F{number}"), "ListModels", &who, number * 200)
    }));
    events.sort_by_key(|event| event.0["eventTime"].as_str().unwrap().to_owned());
    let records: Vec<String> = events.iter().map(Event::text).collect();
    let mut options = HuntOptions::default();
    options.state.state = 400_000;
    let files: Vec<Vec<String>> = records.chunks(500).map(<[String]>::to_vec).collect();
    let report = run_files(&files, &book(RULES), &options);
    assert_eq!(report.summary.incomplete, Vec::<String>::new());
    let all = run_files(&files, &book(RULES), &HuntOptions::default());
    assert_eq!(one(&report, "rule-region-act").event_count, 2);
    assert_eq!(report.findings, all.findings);
}
