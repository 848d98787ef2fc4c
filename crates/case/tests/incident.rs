//! The synthetic incident: the scope is the intrusion, all of it and nothing else.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use rempart_case::{Given, OpenOptions, Opened, open};
use rempart_hunt::progress::Progress;
use rempart_hunt::rulebook::RuleBook;
use rempart_hunt::run::HuntOptions;
use rempart_trail::source::{DiscoverOptions, Input, discover};

fn example() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/incident")
}

fn book() -> &'static RuleBook {
    static BOOK: OnceLock<RuleBook> = OnceLock::new();
    BOOK.get_or_init(|| {
        RuleBook::compile(rempart_hunt::pack::LoadedRules::parse(
            &rempart_hunt::pack::built_in(),
        ))
        .0
    })
}

fn opened(suspects: &[&str], threads: usize) -> Opened {
    let discovery = discover(
        &[Input::Path(example().join("AWSLogs"))],
        &DiscoverOptions::default(),
    );
    let options = OpenOptions {
        suspects: suspects
            .iter()
            .map(|text| Given::parse(text).unwrap())
            .collect(),
        hunt: HuntOptions {
            threads,
            ..HuntOptions::default()
        },
        ..OpenOptions::default()
    };
    open(
        &discovery,
        book(),
        &[],
        &options,
        &Progress::default(),
        &Progress::default(),
        |_| Vec::new(),
    )
    .unwrap()
}

fn truth() -> serde_json::Value {
    serde_json::from_slice(&std::fs::read(example().join("truth.json")).unwrap()).unwrap()
}

/// Event ids of the intrusion.
fn intrusion() -> BTreeSet<String> {
    let truth = truth();
    let steps = truth["steps"].as_array().unwrap();
    let ids = steps
        .iter()
        .flat_map(|step| step["event_ids"].as_array().unwrap());
    let ids = ids.map(|id| id.as_str().unwrap().to_owned());
    ids.filter(|id| !BY_SERVICES.contains(&id.as_str()))
        .collect()
}

/// Calls that a service made on its own, in consequence of one of the intruder.
const BY_SERVICES: [&str; 1] = ["f66255e1-fab3-445f-bbd0-fb7606f97de0"];

fn in_scope(opened: &Opened) -> BTreeSet<String> {
    opened
        .material
        .events
        .iter()
        .map(|event| event.id.to_string())
        .collect()
}

#[test]
fn whatever_the_suspect_the_scope_is_the_intrusion() {
    let intrusion = intrusion();
    let suspects: [&[&str]; 5] = [
        &[],
        &["192.0.2.44"],
        &["AKIAEXAMPLE7XGSF4TGJ"],
        &["contractor-labelling"],
        &["arn:aws:iam::111122223333:user/contractor-labelling"],
    ];
    for suspects in suspects {
        let opened = opened(suspects, 2);
        let found = in_scope(&opened);
        let missed: Vec<_> = intrusion.difference(&found).collect();
        let more: Vec<_> = found.difference(&intrusion).collect();
        assert!(
            missed.is_empty() && more.is_empty(),
            "{suspects:?}: missed {}, more {}",
            missed.len(),
            more.len()
        );
    }
}
