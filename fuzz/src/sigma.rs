//! The rule language: parser, compiler, matcher.

use rempart_sigma::parse::parse_documents;
use rempart_sigma::{CompileOptions, Derive, Derived, RuleSet};
use rempart_trail::json::Json;
use rempart_trail::record::Record;

/// Separates rules from the record in the input of [`rule_record`].
const SEPARATOR: &str = "\n%%%\n";

const RECORDS: [&str; 3] = [
    include_str!("records/lifecycle.json"),
    include_str!("records/console.json"),
    include_str!("records/odd.json"),
];

/// Any text as a rule file, matched against fixed records.
pub fn sigma(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let Some(rules) = compiled(&text) else {
        return;
    };
    for record in RECORDS {
        matched(&rules, record.as_bytes());
    }
}

/// Any rule file with any record.
pub fn rule_record(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let Some((rules, record)) = text.split_once(SEPARATOR) else {
        return;
    };
    if Json::parse(record.as_bytes()).is_err() {
        return;
    }
    if let Some(rules) = compiled(rules) {
        matched(&rules, record.as_bytes());
    }
}

fn compiled(text: &str) -> Option<RuleSet> {
    let parsed = parse_documents(text, "fuzz.yml");
    for error in &parsed.errors {
        assert!(error.line > 0 && !error.message.is_empty());
    }
    if parsed.documents.is_empty() {
        return None;
    }
    let options = CompileOptions {
        accept_missing_log_source: true,
        ..CompileOptions::default()
    };
    let (rules, diagnostics) = RuleSet::compile(&parsed.documents, &options);
    for diagnostic in diagnostics {
        assert!(!diagnostic.to_string().is_empty());
    }
    Some(rules)
}

/// The fast way and the slow way agree, and what was found can be observed.
fn matched(rules: &RuleSet, text: &[u8]) {
    let Ok(record) = Record::parse(text) else {
        return;
    };
    let mut scratch = rules.scratch();
    let (mut fast, mut again, mut slow) = (Vec::new(), Vec::new(), Vec::new());
    rules.evaluate(&record, &Sample, &mut scratch, &mut fast);
    let (mut observations, mut first_seen) = (Vec::new(), Vec::new());
    rules.observations(&record, &Sample, &mut scratch, &fast, &mut observations);
    rules.first_seen_observations(&record, &Sample, &mut scratch, &mut first_seen);
    for observation in &observations {
        let number = observation.correlation.0 as usize;
        assert!(rules.correlations().get(number).is_some());
    }
    // With the answer for this name remembered, too.
    rules.evaluate(&record, &Sample, &mut scratch, &mut again);
    rules.evaluate_every_rule(&record, &Sample, &mut rules.scratch(), &mut slow);
    assert_eq!(fast, slow, "index and conditions disagree");
    assert_eq!(fast, again, "remembered answer differs");
    assert!(fast.is_sorted());
}

/// Derived values of every kind.
struct Sample;

impl Derive for Sample {
    fn derive(&self, _record: &Record<'_>, field: &str) -> Derived {
        match field {
            "rempart.principal" => Derived::Text("arn:aws:iam::111122223333:user/ana".to_owned()),
            "rempart.script.classes" => Derived::List(vec!["miner".to_owned()]),
            "rempart.instance.count" => Derived::Number(4.0),
            "rempart.policy.public" => Derived::Bool(true),
            _ => Derived::Absent,
        }
    }
}
