//! Records that share an id: copies, conflicting copies, and twins in other accounts.

use rempart_hunt::run::HuntOptions;
use serde_json::json;

use super::support::{Event, OTHER, RULES, book, of, one, run, run_files, without_places};

fn lists(count: i64) -> Vec<Event> {
    (0..count)
        .map(|number| Event::new(&format!("L{number}"), "ListModels", "ada", number))
        .collect()
}

#[test]
fn a_conflicting_copy_is_flagged_and_counts_once_in_windows() {
    let mut events = lists(4);
    // Same id, other bytes: with it there would be five.
    events.push(Event::new("L0", "ListModels", "ada", 0).with("userAgent", "forged"));
    let report = run(&events);
    assert_eq!(of(&report, "rule-burst").len(), 0);
    assert_eq!(report.accounting.total.conflicting, 1);
    assert_eq!(report.accounting.total.kept, 5);

    events.push(Event::new("L9", "ListModels", "ada", 9));
    let report = run(&events);
    let finding = one(&report, "rule-burst");
    assert_eq!(finding.event_count, 5);
    assert!(
        finding
            .notes
            .iter()
            .any(|note| note.contains("same eventID")),
        "{:?}",
        finding.notes
    );
}

#[test]
fn both_conflicting_copies_of_a_matched_event_are_evidence() {
    let event = Event::new("X", "DeleteNotebookInstance", "ada", 0);
    let report = run(&[
        event.clone(),
        event.clone().with("userAgent", "forged"),
        event,
    ]);
    let finding = one(&report, "rule-deleted");
    assert_eq!(finding.event_ids, ["X"]);
    assert_eq!(finding.evidence.len(), 2);
    assert_ne!(finding.evidence[0].sha256, finding.evidence[1].sha256);
    assert!(finding.notes[0].contains("same eventID"));
    assert_eq!(report.accounting.total.duplicate, 1);
}

/// The record of the account that owns the resource hides who called.
fn owners_view(of: &Event, id: &str) -> Event {
    of.clone()
        .with("eventID", id)
        .with("recipientAccountId", OTHER)
        .with(
            "userIdentity",
            json!({"type": "AWSAccount", "principalId": "AIDAada", "accountId": super::support::OWN}),
        )
}

#[test]
fn twins_of_two_accounts_are_one_event_told_by_the_richer_record() {
    let callers = Event::new("A", "DeleteNotebookInstance", "ada", 0).with("sharedEventID", "S");
    let owners = owners_view(&callers, "B");
    let expected = run(&[callers.clone(), owners.clone()]);
    let finding = one(&expected, "rule-deleted");
    assert_eq!(finding.event_count, 1);
    assert_eq!(finding.event_ids, ["A", "B"]);
    assert_eq!(finding.principal, "arn:aws:iam::111122223333:user/ada");
    assert_eq!(finding.accounts, ["111122223333"]);
    assert!(finding.notes[0].contains("also on record in account 444455556666 as event B"));
    assert!(!finding.evidence_truncated);
    // Whichever file comes first.
    let reversed = run(&[owners, callers]);
    assert_eq!(
        without_places(&reversed.findings),
        without_places(&expected.findings)
    );
}

#[test]
fn twins_count_once_in_correlations() {
    let mut events = Vec::new();
    for (number, event) in lists(4).into_iter().enumerate() {
        let event = event.with("sharedEventID", format!("S{number}"));
        // A network activity record names the caller, too.
        let network = event
            .clone()
            .with("eventID", format!("N{number}"))
            .with("eventType", "AwsVpceEvent")
            .with("eventCategory", "NetworkActivity");
        events.extend([network, event]);
    }
    assert_eq!(of(&run(&events), "rule-burst").len(), 0);
    events.push(Event::new("L9", "ListModels", "ada", 9));
    assert_eq!(one(&run(&events), "rule-burst").event_count, 5);
}

#[test]
fn a_rule_that_only_the_poorer_twin_satisfies_still_counts_it() {
    let callers: Vec<Event> = lists(5)
        .into_iter()
        .enumerate()
        .map(|(number, event)| event.with("sharedEventID", format!("S{number}")))
        .collect();
    // The owner's records carry a name that the caller's do not, so only they match.
    let mut events = Vec::new();
    for (number, event) in callers.into_iter().enumerate() {
        let owners = event.clone().with("eventID", format!("O{number}"));
        events.push(
            event
                .with("eventName", "DescribeModels")
                .with("note", "longer"),
        );
        events.push(owners);
    }
    for events in [events.clone(), events.into_iter().rev().collect()] {
        assert_eq!(one(&run(&events), "rule-burst").event_count, 5);
    }
}

#[test]
fn twins_over_the_memory_limit_are_still_counted_once() {
    let mut options = HuntOptions::default();
    options.state.state = 4000;
    let mut first = Vec::new();
    let mut second = Vec::new();
    for number in 0..40 {
        let event = Event::new(
            &format!("A{number}"),
            "DeleteNotebookInstance",
            "ada",
            number,
        )
        .with("sharedEventID", format!("S{number}"));
        second.push(owners_view(&event, &format!("B{number}")).text());
        first.push(event.text());
    }
    let report = run_files(&[first, second], &book(RULES), &options);
    let finding = one(&report, "rule-deleted");
    assert_eq!((finding.event_count, finding.event_ids.len()), (40, 80));
}

#[test]
fn start_and_end_of_an_insight_are_no_twins() {
    let insight = |id: &str, seconds| {
        Event::new(id, "DeleteNotebookInstance", "ada", seconds)
            .with("sharedEventID", "S")
            .with("insightDetails", json!({"state": "Start"}))
    };
    let report = run(&[insight("A", 0), insight("B", 60)]);
    assert_eq!(one(&report, "rule-deleted").event_count, 2);
}
