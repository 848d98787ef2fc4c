//! Threads, the order of files and records, and repeated delivery change no finding.

use std::sync::Arc;

use rempart_findings::Finding;
use rempart_hunt::guardrails::{GuardrailJudge, Guardrails};
use rempart_hunt::run::HuntOptions;
use rempart_testkit::random::Random;
use rempart_trail::record::{Field, Record};

use super::support::{Event, RULES, book, history, run_files, without_places};

fn shuffled<T: Clone>(items: &[T], random: &Random) -> Vec<T> {
    let mut items = items.to_vec();
    for place in (1..items.len()).rev() {
        items.swap(place, random.below(place as u64 + 1) as usize);
    }
    items
}

fn spread(records: &[String], files: usize, random: &Random) -> Vec<Vec<String>> {
    let mut spread = vec![Vec::new(); files];
    for record in records {
        let file = random.below(files as u64) as usize;
        spread[file].push(record.clone());
    }
    spread
}

/// Guardrails against every event, named as it and its Region are.
#[derive(Debug)]
struct AgainstAll;

impl Guardrails for AgainstAll {
    fn judge(&self) -> Box<dyn GuardrailJudge + '_> {
        Box::new(Self)
    }
}

impl GuardrailJudge for AgainstAll {
    fn stopping(&mut self, record: &Record<'_>) -> Vec<Arc<str>> {
        [Field::EventName, Field::AwsRegion]
            .map(|field| record.text(field).unwrap_or_default().into())
            .to_vec()
    }
}

fn options(threads: usize) -> HuntOptions {
    HuntOptions {
        threads,
        guardrails: Some(Arc::new(AgainstAll)),
        ..HuntOptions::default()
    }
}

fn findings(files: &[Vec<String>], threads: usize) -> Vec<Finding> {
    let report = run_files(files, &book(RULES), &options(threads));
    assert_eq!(report.summary.incomplete, Vec::<String>::new());
    report.findings
}

fn records() -> Vec<String> {
    history().iter().map(Event::text).collect()
}

#[test]
fn every_sort_of_rule_finds_something_in_the_history() {
    let found = findings(&[records()], 1);
    for finding in &found {
        let names = &finding.guardrails;
        assert!(names.is_sorted_by(|a, b| a < b), "{names:?}");
        let has = |name: &String| names.contains(name);
        assert!(finding.regions.iter().all(has), "{finding:?}");
        let events = finding.evidence.iter();
        let mut events = events.filter_map(|event| event.event_name.as_ref());
        assert!(events.all(has), "{finding:?}");
    }
    let mut rules: Vec<&str> = found.iter().map(|finding| &*finding.rule.id).collect();
    rules.sort_unstable();
    rules.dedup();
    assert_eq!(
        rules,
        [
            "rule-burst",
            "rule-chained",
            "rule-deleted",
            "rule-kinds",
            "rule-region",
            "rule-region-act",
            "rule-sequence"
        ]
    );
}

#[test]
fn threads_change_nothing() {
    let files = spread(&records(), 23, &Random::new(1));
    let bytes = |threads| serde_json::to_string(&findings(&files, threads)).unwrap();
    let one = bytes(1);
    for threads in [2, 4, 9] {
        assert_eq!(bytes(threads), one, "{threads} threads");
    }
}

#[test]
fn order_of_records_and_files_changes_nothing_but_places() {
    let records = records();
    let expected = without_places(&findings(std::slice::from_ref(&records), 1));
    for seed in 0..12 {
        let random = Random::new(seed);
        let files = spread(&shuffled(&records, &random), 1 + seed as usize * 3, &random);
        let found = without_places(&findings(&files, 2));
        assert_eq!(found, expected, "seed {seed}");
    }
}

#[test]
fn files_delivered_twice_change_nothing() {
    let files = spread(&records(), 7, &Random::new(5));
    let expected = serde_json::to_string(&findings(&files, 1)).unwrap();
    let twice: Vec<Vec<String>> = files.iter().chain(&files).cloned().collect();
    let found = serde_json::to_string(&findings(&twice, 4)).unwrap();
    assert_eq!(found, expected);
    let interleaved: Vec<Vec<String>> = files
        .iter()
        .flat_map(|file| [file.clone(), shuffled(file, &Random::new(9))])
        .collect();
    assert_eq!(
        without_places(&findings(&interleaved, 2)),
        without_places(&findings(&files, 1))
    );
}

#[test]
fn a_stream_of_bytes_gives_the_same_as_a_file() {
    let records = records();
    let text = format!("{{\"Records\":[{}]}}", records.join(","));
    let report = rempart_hunt::run::hunt_bytes(text.as_bytes(), &book(RULES), &options(1));
    assert_eq!(
        without_places(&report.findings),
        without_places(&findings(&[records], 1))
    );
}
