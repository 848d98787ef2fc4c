//! Compares the table of threat categories with the table of operations.

use std::collections::{BTreeMap, BTreeSet};

/// Ids of the categories; `reconnaissance` and `neutral` stand alone.
const KNOWN: [&str; 11] = [
    "exfiltration",
    "poisoning",
    "resource-misuse",
    "denial-of-service",
    "configuration-change",
    "log-tampering",
    "malware",
    "credential-theft",
    "cryptojacking",
    "reconnaissance",
    "neutral",
];

/// What is wrong between the two tables, one sentence each.
pub(crate) fn faults(operations: &str, categories: &str) -> Vec<String> {
    let operations = sections(operations);
    let categories = sections(categories);
    let mut faults = Vec::new();
    for service in operations
        .keys()
        .filter(|service| service.starts_with("sagemaker"))
    {
        if !categories.contains_key(service) {
            faults.push(format!("the service `{service}` has no section"));
        }
    }
    for (service, assigned) in &categories {
        let Some(existing) = operations.get(service) else {
            faults.push(format!("there is no service `{service}`"));
            continue;
        };
        // An operation line of the table begins with a letter, `r` or `w`.
        let existing: BTreeSet<&str> = existing.iter().filter_map(|line| line.get(1..)).collect();
        let mut seen = BTreeSet::new();
        for line in assigned {
            let mut words = line.split(' ');
            let operation = words.next().unwrap_or_default();
            if !existing.contains(operation) {
                faults.push(format!("`{service}` has no operation `{operation}`"));
            }
            if !seen.insert(operation) {
                faults.push(format!("`{service}` lists `{operation}` twice"));
            }
            check_categories(service, operation, &words.collect::<Vec<_>>(), &mut faults);
        }
        for operation in existing.difference(&seen) {
            faults.push(format!(
                "the operation `{operation}` of `{service}` has no category"
            ));
        }
    }
    faults
}

fn check_categories(service: &str, operation: &str, words: &[&str], faults: &mut Vec<String>) {
    if words.is_empty() {
        faults.push(format!(
            "the operation `{operation}` of `{service}` has no category"
        ));
    }
    for word in words {
        if !KNOWN.contains(word) {
            faults.push(format!(
                "`{operation}` of `{service}` names the unknown category `{word}`"
            ));
        }
        if matches!(*word, "reconnaissance" | "neutral") && words.len() > 1 {
            faults.push(format!(
                "`{word}` stands alone, but `{operation}` of `{service}` has more"
            ));
        }
    }
}

/// Service id → lines of its section.
fn sections(text: &str) -> BTreeMap<&str, Vec<&str>> {
    let mut sections = BTreeMap::new();
    for section in text.split("\n@").skip(1) {
        let mut lines = section.lines();
        let head = lines.next().unwrap_or_default();
        let id = head.split('\t').next().unwrap_or_default();
        sections.insert(id, lines.filter(|line| !line.is_empty()).collect());
    }
    sections
}
