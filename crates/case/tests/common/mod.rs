//! What tests of cases share.

#![allow(dead_code, reason = "each test uses a part")]
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers of tests"
)]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use rempart_case::{Given, OpenError, OpenOptions, Opened, Policies, open};
use rempart_hunt::pack::{LoadedRules, built_in};
use rempart_hunt::progress::Progress;
use rempart_hunt::rulebook::RuleBook;
use rempart_hunt::run::HuntOptions;
use rempart_trail::source::{DiscoverOptions, Input, discover};

pub(crate) fn example() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/incident")
}

pub(crate) fn book() -> &'static RuleBook {
    static BOOK: OnceLock<RuleBook> = OnceLock::new();
    BOOK.get_or_init(|| RuleBook::compile(LoadedRules::parse(&built_in())).0)
}

pub(crate) fn options(suspects: &[&str], threads: usize) -> OpenOptions {
    let given = suspects.iter().map(|text| Given::parse(text).unwrap());
    OpenOptions {
        suspects: given.collect(),
        hunt: HuntOptions {
            threads,
            ..HuntOptions::default()
        },
        ..OpenOptions::default()
    }
}

/// A case over the files of a directory.
pub(crate) fn opened_in(directory: &Path, options: &OpenOptions) -> Result<Opened, OpenError> {
    let discovery = discover(
        &[Input::Path(directory.to_owned())],
        &DiscoverOptions::default(),
    );
    let (first, second) = (Progress::default(), Progress::default());
    open(
        &discovery,
        book(),
        Policies::default(),
        options,
        &first,
        &second,
    )
}

pub(crate) fn try_opened(options: &OpenOptions) -> Result<Opened, OpenError> {
    opened_in(&example().join("AWSLogs"), options)
}

pub(crate) fn opened(suspects: &[&str], threads: usize) -> Opened {
    try_opened(&options(suspects, threads)).unwrap()
}

pub(crate) fn truth() -> serde_json::Value {
    serde_json::from_slice(&std::fs::read(example().join("truth.json")).unwrap()).unwrap()
}

/// Calls that a service made on its own, in consequence of one of the intruder.
const BY_SERVICES: [&str; 1] = ["f66255e1-fab3-445f-bbd0-fb7606f97de0"];

/// Event ids of the intrusion.
pub(crate) fn intrusion() -> BTreeSet<String> {
    let truth = truth();
    let steps = truth["steps"].as_array().unwrap();
    let ids = steps
        .iter()
        .flat_map(|step| step["event_ids"].as_array().unwrap());
    let ids = ids.map(|id| id.as_str().unwrap().to_owned());
    ids.filter(|id| !BY_SERVICES.contains(&id.as_str()))
        .collect()
}
