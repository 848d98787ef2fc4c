//! Times, failures and what findings say of them.

use rempart_findings::{Outcome, Severity};
use rempart_hunt::run::HuntOptions;
use serde_json::Value;

use super::support::{DAY, Event, OTHER, RULES, book, of, one, run, run_files};

#[test]
fn attempts_are_one_level_lower_and_say_so() {
    let failed: Vec<Event> = (0..3)
        .map(|number| {
            Event::new(
                &format!("F{number}"),
                "DeleteNotebookInstance",
                "ada",
                number,
            )
            .denied()
        })
        .collect();
    let report = run(&failed);
    let finding = one(&report, "rule-deleted");
    assert_eq!(finding.outcome, Outcome::Failed);
    assert_eq!(
        (finding.rule.level, finding.severity),
        (Severity::High, Severity::Medium)
    );

    let mut mixed = failed;
    mixed.push(Event::new("OK", "DeleteNotebookInstance", "ada", 9));
    let report = run(&mixed);
    let finding = one(&report, "rule-deleted");
    assert_eq!(
        (finding.outcome, finding.severity),
        (Outcome::Mixed, Severity::High)
    );
}

#[test]
fn failed_events_of_a_correlation_lower_it_only_when_all_failed() {
    let list = |number: i64| Event::new(&format!("L{number}"), "ListModels", "ada", number);
    let all: Vec<Event> = (0..5).map(|number| list(number).denied()).collect();
    let report = run(&all);
    assert_eq!(one(&report, "rule-burst").severity, Severity::Low);
    assert_eq!(one(&report, "rule-burst").outcome, Outcome::Failed);
    let some: Vec<Event> = (0..5)
        .map(|number| {
            if number == 0 {
                list(number)
            } else {
                list(number).denied()
            }
        })
        .collect();
    assert_eq!(one(&run(&some), "rule-burst").severity, Severity::Medium);
}

#[test]
fn a_record_without_a_time_is_kept_and_reported() {
    let timeless = Event::new("A", "DeleteNotebookInstance", "ada", 0).without("eventTime");
    let odd = Event::new("B", "DeleteNotebookInstance", "ada", 0).with("eventTime", "yesterday");
    // A second delivery is not a third record.
    let report = run(&[timeless.clone(), odd, timeless]);
    assert_eq!(report.findings, []);
    assert_eq!(
        report.summary.incomplete,
        ["2 matching records carry no readable time"]
    );
    assert_eq!(report.accounting.total.kept, 2);
}

#[test]
fn equal_times_satisfy_a_sequence_and_are_marked() {
    let stop = Event::new("Z", "StopLogging", "ada", 0);
    let delete = Event::new("A", "DeleteNotebookInstance", "ada", 0);
    let report = run(&[delete, stop.clone()]);
    let finding = one(&report, "rule-sequence");
    assert!(finding.order_not_provable);
    assert!(
        finding
            .notes
            .iter()
            .any(|note| note.contains("equal times"))
    );

    let later = Event::new("A", "DeleteNotebookInstance", "ada", 1);
    let report = run(&[later, stop]);
    let finding = one(&report, "rule-sequence");
    assert!(!finding.order_not_provable);
    assert_eq!(finding.event_ids, ["Z", "A"]);
}

#[test]
fn steps_in_the_wrong_order_are_no_sequence() {
    let events = [
        Event::new("A", "DeleteNotebookInstance", "ada", 0),
        Event::new("B", "StopLogging", "ada", 1),
        Event::new("C", "StopLogging", "bob", 2),
        Event::new("D", "DeleteNotebookInstance", "ada", 1 + 3601),
    ];
    assert_eq!(of(&run(&events), "rule-sequence").len(), 0);
}

#[test]
fn events_a_day_apart_are_two_findings() {
    let delete = |id: &str, seconds| Event::new(id, "DeleteNotebookInstance", "ada", seconds);
    let report = run(&[delete("C", 3 * DAY), delete("A", 0), delete("B", DAY)]);
    let found = of(&report, "rule-deleted");
    let ids: Vec<&[String]> = found.iter().map(|finding| &*finding.event_ids).collect();
    assert_eq!(
        ids,
        [&["A".to_owned(), "B".to_owned()][..], &["C".to_owned()]]
    );
    assert_eq!(
        found[0].explanation,
        "arn:aws:iam::111122223333:user/ada deleted of-A, 2 in all"
    );
}

#[test]
fn a_chained_match_spans_the_events_behind_it() {
    let mut events: Vec<Event> = (0..5)
        .map(|number| Event::new(&format!("L{number}"), "ListModels", "ada", number * 10))
        .collect();
    events.push(Event::new("X", "DeleteNotebookInstance", "ada", 100));
    let report = run(&events);
    let finding = one(&report, "rule-chained");
    assert_eq!(finding.event_ids, ["L0", "L1", "L2", "L3", "L4", "X"]);
    assert_eq!(finding.event_count, 6);
    assert_eq!(finding.first_time.as_deref(), Some("2026-03-02T10:00:00Z"));
    assert_eq!(finding.last_time.as_deref(), Some("2026-03-02T10:01:40Z"));
    assert!(!finding.evidence_truncated);
}

#[test]
fn the_filter_decides_what_rules_see_and_nothing_is_lost_from_the_account() {
    let delete = |id: &str| Event::new(id, "DeleteNotebookInstance", "ada", 0);
    let records: Vec<String> = [
        delete("A"),
        delete("B").with("recipientAccountId", OTHER),
        delete("C").with("eventTime", Value::Null),
    ]
    .iter()
    .map(Event::text)
    .collect();
    let mut options = HuntOptions::default();
    options.filter.accounts = vec!["111122223333".to_owned()];
    options.filter.from = Some(0);
    let report = run_files(&[records], &book(RULES), &options);
    assert_eq!(one(&report, "rule-deleted").event_ids, ["A"]);
    let total = report.accounting.total;
    assert_eq!((total.read, total.kept, total.filtered), (3, 1, 2));
}
