//! The properties that the synthetic incident promises.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests"
)]

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io::Read;
use std::sync::OnceLock;

use rempart_testkit::delivery::File;
use rempart_testkit::incident;
use serde_json::Value;

/// One generation for all tests: it takes seconds in an unoptimised build.
fn generated() -> &'static [File] {
    static FILES: OnceLock<Vec<File>> = OnceLock::new();
    FILES.get_or_init(|| incident::generate().unwrap())
}

fn inflate(file: &File) -> String {
    let mut text = String::new();
    flate2::read::GzDecoder::new(file.bytes.as_slice())
        .read_to_string(&mut text)
        .unwrap();
    text
}

fn logs(files: &[File]) -> Vec<(String, Vec<Value>)> {
    files
        .iter()
        .filter(|file| file.path.ends_with(".json.gz"))
        .map(|file| {
            let mut document: Value = serde_json::from_str(&inflate(file)).unwrap();
            let Value::Array(records) = document["Records"].take() else {
                panic!("{}", file.path)
            };
            (file.path.clone(), records)
        })
        .collect()
}

fn truth(files: &[File]) -> Value {
    let file = files.iter().find(|file| file.path == "truth.json").unwrap();
    serde_json::from_slice(&file.bytes).unwrap()
}

fn event_id(record: &Value) -> &str {
    record["eventID"]
        .as_str()
        .or_else(|| record["eventId"].as_str())
        .unwrap()
}

#[test]
fn two_runs_give_the_same_bytes() {
    assert!(incident::generate().unwrap() == generated());
}

#[test]
fn the_committed_copy_is_what_the_code_makes() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/incident");
    for file in generated() {
        assert!(
            std::fs::read(root.join(&file.path)).unwrap() == file.bytes,
            "{} differs",
            file.path
        );
    }
}

#[test]
fn size_accounts_and_window() {
    let files = generated();
    let logs = logs(files);
    let mut accounts: BTreeMap<String, usize> = BTreeMap::new();
    let mut days = BTreeSet::new();
    let mut per_day: BTreeMap<String, usize> = BTreeMap::new();
    for (path, records) in &logs {
        let folder = path.rsplit_once('/').unwrap().0.to_owned();
        *per_day.entry(folder).or_default() += 1;
        for record in records {
            let account = record["recipientAccountId"]
                .as_str()
                .or_else(|| record["accountId"].as_str())
                .unwrap();
            *accounts.entry(account.to_owned()).or_default() += 1;
            assert!(path.contains(&format!("/{account}/")), "{path}");
            assert!(
                path.contains(&format!("/{}/", record["awsRegion"].as_str().unwrap())),
                "{path}"
            );
            if let Some(time) = record["eventTime"].as_str() {
                days.insert(time.split('T').next().unwrap().to_owned());
            }
        }
    }
    let count: usize = accounts.values().sum();
    let bytes: usize = files.iter().map(|file| file.bytes.len()).sum();
    assert!(count >= 20_000, "{count} records");
    assert!(bytes < 6_500_000, "{bytes} bytes");
    assert_eq!(
        accounts.keys().collect::<Vec<_>>(),
        ["111122223333", "444455556666"]
    );
    assert!(
        days.len() >= 21 && days.first().unwrap().as_str() <= "2026-03-01",
        "{days:?}"
    );
    assert!(days.last().unwrap().as_str() <= "2026-03-22", "{days:?}");
    assert!(per_day.values().all(|files| *files <= 4), "{per_day:?}");
}

#[test]
fn duplicates_are_copies_in_other_files() {
    let logs = logs(generated());
    let mut seen: HashMap<String, (String, String)> = HashMap::new();
    let (mut duplicates, mut total) = (0_usize, 0_usize);
    for (path, records) in &logs {
        for record in records {
            total += 1;
            let text = record.to_string();
            if let Some((first, copy)) =
                seen.insert(event_id(record).to_owned(), (path.clone(), text.clone()))
            {
                duplicates += 1;
                assert_ne!(&first, path);
                assert_eq!(copy, text);
            }
        }
    }
    let share = duplicates * 1_000 / total;
    assert!((30..=50).contains(&share), "{duplicates} of {total}");
}

#[test]
fn every_event_of_the_truth_is_in_the_logs_and_in_one_step() {
    let files = generated();
    let logged: BTreeMap<String, Value> = logs(files)
        .into_iter()
        .flat_map(|(_, records)| records)
        .map(|record| (event_id(&record).to_owned(), record))
        .collect();
    let truth = truth(files);
    assert_eq!(truth["synthetic"], true);
    let steps = truth["steps"].as_array().unwrap();
    assert!((18..=30).contains(&steps.len()), "{} steps", steps.len());
    let mut named = BTreeSet::new();
    let mut categories = BTreeSet::new();
    for step in steps {
        categories.insert(step["category"].as_str().unwrap());
        let ids = step["event_ids"].as_array().unwrap();
        assert!(!ids.is_empty(), "{step}");
        for id in ids {
            let id = id.as_str().unwrap();
            assert!(named.insert(id.to_owned()), "{id} is in two steps");
            let record = &logged[id];
            let time = record["eventTime"].as_str().unwrap();
            assert!(("2026-03-17".."2026-03-20").contains(&time), "{time}");
        }
    }
    let all = [
        "configuration-change",
        "credential-theft",
        "cryptojacking",
        "denial-of-service",
        "exfiltration",
        "log-tampering",
        "malware",
        "poisoning",
        "resource-misuse",
    ];
    assert_eq!(categories.into_iter().collect::<Vec<_>>(), all);
    for id in truth["response"].as_array().unwrap() {
        assert!(logged.contains_key(id.as_str().unwrap()));
        assert!(!named.contains(id.as_str().unwrap()));
    }
    // Nothing but the intrusion comes from the intruder's network.
    for (id, record) in &logged {
        let outside = record["sourceIPAddress"]
            .as_str()
            .is_some_and(|source| source.starts_with("192.0.2."));
        assert!(!outside || named.contains(id), "{record}");
    }
}

#[test]
fn only_invented_accounts_and_addresses() {
    let known = [
        // Documentation values of this data set.
        "111122223333",
        "444455556666",
        "777788889999",
        "222233334444",
        "999988887777",
        // Registries in which AWS publishes images.
        "763104351884",
        "141502667606",
        "468650794304",
        "819792524951",
    ];
    for (_, records) in logs(generated()) {
        for mut record in records {
            let address = record["sourceIPAddress"].as_str().unwrap_or_default();
            let invented = ["10.", "192.0.2.", "198.51.100.", "203.0.113."];
            let service = address.ends_with(".amazonaws.com") || address.is_empty();
            assert!(
                service || invented.iter().any(|network| address.starts_with(network)),
                "{address}"
            );
            for drawn in [
                "eventID",
                "requestID",
                "sharedEventID",
                "additionalEventData",
                "responseElements",
            ] {
                record[drawn] = Value::Null;
            }
            let text = record.to_string();
            let words = text
                .split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '-')
                .filter(|word| !is_uuid(word));
            for part in words.flat_map(|word| word.split('-')) {
                let account = part.len() == 12 && part.bytes().all(|byte| byte.is_ascii_digit());
                assert!(!account || known.contains(&part), "{part} in {text}");
                let key =
                    part.len() == 20 && (part.starts_with("AKIA") || part.starts_with("ASIA"));
                assert!(!key || part.contains("EXAMPLE"), "{part}");
            }
        }
    }
}

/// The last part of a drawn UUID may look like an account.
fn is_uuid(word: &str) -> bool {
    word.split('-').map(str::len).eq([8, 4, 4, 4, 12])
}
