//! The properties that the benchmark corpus promises.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use std::collections::{BTreeMap, BTreeSet, HashMap};

use rempart_testkit::corpus::{Corpus, write_rules};
use serde_json::Value;

fn records(corpus: &Corpus, file: u64) -> Vec<Value> {
    let (text, count) = corpus.text(file);
    let mut document: Value = serde_json::from_str(&text).unwrap();
    let records = document["Records"]
        .as_array_mut()
        .map(std::mem::take)
        .unwrap();
    assert_eq!(records.len() as u64, count);
    records
}

#[test]
fn looks_like_real_logs() {
    let corpus = Corpus::new();
    let (first, second) = (records(&corpus, 0), records(&corpus, 1));
    let mut seen: HashMap<String, String> = HashMap::new();
    let mut names = BTreeSet::new();
    let mut services: BTreeMap<String, usize> = BTreeMap::new();
    let (mut reads, mut duplicates, mut bytes) = (0, 0, 0);
    let total = first.len() + second.len();
    for record in first.iter().chain(&second) {
        let text = record.to_string();
        bytes += text.len();
        reads += usize::from(record["readOnly"] == true);
        names.insert((
            record["eventSource"].to_string(),
            record["eventName"].to_string(),
        ));
        *services
            .entry(record["eventSource"].as_str().unwrap().to_owned())
            .or_default() += 1;
        if let Some(copy) =
            seen.insert(record["eventID"].as_str().unwrap().to_owned(), text.clone())
        {
            assert_eq!(copy, text);
            duplicates += 1;
        }
    }
    let percent = |part: usize| part as f64 * 100.0 / total as f64;
    assert!(
        (1_150..=1_370).contains(&(bytes / total)),
        "{} bytes on average",
        bytes / total
    );
    assert!(
        (64.0..=76.0).contains(&percent(reads)),
        "{}% reads",
        percent(reads)
    );
    assert!(
        (2.0..=4.0).contains(&percent(duplicates)),
        "{}% duplicates",
        percent(duplicates)
    );
    assert!(
        (2.0..=4.0).contains(&percent(services["sagemaker.amazonaws.com"])),
        "{services:?}"
    );
    assert!(services.len() >= 25, "{} services", services.len());
    assert!(names.len() >= 200, "{} names", names.len());
}

#[test]
fn same_bytes_for_the_same_file_and_ratio() {
    let (file, inflated, _) = Corpus::new().file(6).unwrap();
    assert_eq!(file, Corpus::new().file(6).unwrap().0);
    let ratio = inflated as f64 / file.bytes.len() as f64;
    assert!((5.5..=9.5).contains(&ratio), "{ratio}");
}

#[test]
fn files_do_not_share_events_unless_repeated() {
    let corpus = Corpus::new();
    let ids = |file| -> BTreeSet<String> {
        records(&corpus, file)
            .iter()
            .map(|record| record["eventID"].as_str().unwrap().to_owned())
            .collect()
    };
    assert!(ids(0).is_disjoint(&ids(2)));
    assert!(ids(1).is_disjoint(&ids(2)));
}

#[test]
fn rules_are_many_and_differ() {
    let folder = std::env::temp_dir().join(format!("rempart-testkit-rules-{}", std::process::id()));
    write_rules(&folder, 120).unwrap();
    let mut ids = BTreeSet::new();
    for category in std::fs::read_dir(&folder).unwrap() {
        for file in std::fs::read_dir(category.unwrap().path()).unwrap() {
            let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
            ids.insert(
                text.lines()
                    .find(|line| line.starts_with("id: "))
                    .unwrap()
                    .to_owned(),
            );
        }
    }
    std::fs::remove_dir_all(&folder).unwrap();
    assert_eq!(ids.len(), 120);
}
