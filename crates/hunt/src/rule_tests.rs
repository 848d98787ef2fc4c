//! Rule tests: the events beside each rule file that must and must not raise it.
//!
//! `docs/rules.md` describes the format.

use rempart_sigma::yaml::{self, Node, Yaml};
use serde_json::{Map, Value, json};
use thiserror::Error;

use crate::pack::{LoadedRules, RuleFile};
use crate::rulebook::RuleBook;
use crate::run::{HuntOptions, hunt_bytes};

/// Why a test file cannot be run.
#[derive(Debug, Error)]
#[error("{origin}:{line}: {message}")]
pub struct TestFileError {
    origin: String,
    line: u32,
    message: String,
}

/// Whether a case must raise the rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expectation {
    /// It must
    Raised,
    /// It must not
    Silent,
}

/// One case: events, and what must come of them.
#[derive(Debug, Clone)]
pub struct TestCase {
    /// What the case shows.
    pub name: String,
    /// Whether the rule must be raised.
    pub expectation: Expectation,
    /// Name, id or title of the document. When absent, a case that must raise means the last document
    /// of the file, and one that must not means them all.
    pub rule: Option<String>,
    /// The events as complete records.
    pub events: Vec<Value>,
}

/// What became of one case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TestOutcome {
    /// The rule file.
    pub origin: String,
    /// The case.
    pub case: String,
    /// Why it failed; `None` when it passed.
    pub failure: Option<String>,
}

/// How many positive and negative cases a test file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CaseCounts {
    /// Cases that must raise the rule.
    pub positive: usize,
    /// Cases that must not.
    pub negative: usize,
}

/// Reads the cases of a test file.
///
/// # Errors
/// The line that is not in the format.
pub fn read_cases(origin: &str, text: &str) -> Result<Vec<TestCase>, TestFileError> {
    let fail = |line: u32, message: String| TestFileError {
        origin: origin.to_owned(),
        line,
        message,
    };
    let document =
        yaml::read_document(text, 0).map_err(|error| fail(error.at.line, error.message))?;
    let document = document.ok_or_else(|| fail(1, "the file is empty".to_owned()))?;
    let mut cases = Vec::new();
    for entry in document.entries() {
        let expectation = match entry.key.as_str() {
            "positive" => Expectation::Raised,
            "negative" => Expectation::Silent,
            other => {
                return Err(fail(
                    entry.at.line,
                    format!("`{other}` is neither `positive` nor `negative`"),
                ));
            }
        };
        let Yaml::List(list) = &entry.value.value else {
            return Err(fail(
                entry.at.line,
                format!("`{}` must be a list of cases", entry.key),
            ));
        };
        for node in list {
            cases
                .push(read_case(node, expectation).map_err(|(line, message)| fail(line, message))?);
        }
    }
    Ok(cases)
}

fn read_case(node: &Node, expectation: Expectation) -> Result<TestCase, (u32, String)> {
    let text = |key: &str| node.get(key).and_then(Node::scalar).map(str::to_owned);
    let name = text("name").ok_or((node.at.line, "the case has no `name`".to_owned()))?;
    let events = node
        .get("events")
        .ok_or((node.at.line, "the case has no `events`".to_owned()))?;
    let Yaml::List(list) = &events.value else {
        return Err((events.at.line, "`events` must be a list".to_owned()));
    };
    if let Some(unknown) = node
        .entries()
        .iter()
        .find(|entry| !["name", "events", "rule"].contains(&entry.key.as_str()))
    {
        return Err((
            unknown.at.line,
            format!("unknown key `{}` in a case", unknown.key),
        ));
    }
    let mut records = Vec::new();
    for event in list {
        expand(event, &mut records)?;
    }
    Ok(TestCase {
        name,
        expectation,
        rule: text("rule"),
        events: records,
    })
}

/// Lays an event over the default record, once per repetition.
fn expand(event: &Node, records: &mut Vec<Value>) -> Result<(), (u32, String)> {
    let overlay = to_json(event);
    let Value::Object(mut overlay) = overlay else {
        return Err((event.at.line, "an event must be a mapping".to_owned()));
    };
    let duration = |value: Option<Value>| -> Result<Option<i64>, (u32, String)> {
        let Some(value) = value else { return Ok(None) };
        let text = value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned);
        parse_offset(&text)
            .map(Some)
            .ok_or((event.at.line, format!("`{text}` is no time such as +90m")))
    };
    let offset = duration(overlay.remove("time"))?.unwrap_or_default();
    let every = duration(overlay.remove("every"))?.unwrap_or_default();
    let repeat = overlay
        .remove("repeat")
        .map_or(Some(1), |value| value.as_u64());
    let repeat = repeat.filter(|count| (1..=10_000).contains(count));
    let repeat = repeat.ok_or((
        event.at.line,
        "`repeat` must be between 1 and 10000".to_owned(),
    ))?;
    for number in 0..repeat {
        let mut record = default_record();
        let mut overlay = Value::Object(overlay.clone());
        if repeat > 1 {
            fill_number(&mut overlay, number);
        }
        let sets = |key: &str| overlay.get(key).is_some();
        let (sets_time, sets_read_only, sets_id) =
            (sets("eventTime"), sets("readOnly"), sets("eventID"));
        merge(&mut record, overlay);
        let Some(members) = record.as_object_mut() else {
            continue;
        };
        if !sets_time {
            let seconds = offset + every * i64::try_from(number).unwrap_or_default();
            members.insert(
                "eventTime".to_owned(),
                Value::String(time_after_default(seconds)),
            );
        }
        if !sets_read_only {
            let name = members
                .get("eventName")
                .and_then(Value::as_str)
                .unwrap_or_default();
            let reads = [
                "Get",
                "List",
                "Describe",
                "Search",
                "Head",
                "BatchGet",
                "BatchDescribe",
            ];
            let read_only = reads.iter().any(|start| name.starts_with(start));
            members.insert("readOnly".to_owned(), Value::Bool(read_only));
        }
        if !sets_id {
            let id = format!("00000000-0000-4000-8000-{:012x}", records.len() + 1);
            members.insert("eventID".to_owned(), Value::String(id));
        }
        records.push(record);
    }
    Ok(())
}

fn to_json(node: &Node) -> Value {
    match &node.value {
        Yaml::Null => Value::Null,
        Yaml::Bool(flag) => Value::Bool(*flag),
        Yaml::Number(text) => {
            serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.clone()))
        }
        Yaml::Text(text) => Value::String(text.clone()),
        Yaml::List(list) => list.iter().map(to_json).collect(),
        Yaml::Map(entries) => entries
            .iter()
            .map(|entry| (entry.key.clone(), to_json(&entry.value)))
            .collect(),
    }
}

/// JSON merge patch, RFC 7386.
fn merge(target: &mut Value, patch: Value) {
    let Value::Object(patch) = patch else {
        *target = patch;
        return;
    };
    if !target.is_object() {
        *target = Value::Object(Map::new());
    }
    let Some(target) = target.as_object_mut() else {
        return;
    };
    for (key, value) in patch {
        if value.is_null() {
            target.remove(&key);
        } else {
            merge(target.entry(key).or_insert(Value::Null), value);
        }
    }
}

fn fill_number(value: &mut Value, number: u64) {
    match value {
        Value::String(text) => *text = text.replace("{n}", &number.to_string()),
        Value::Array(list) => list.iter_mut().for_each(|value| fill_number(value, number)),
        Value::Object(members) => members
            .values_mut()
            .for_each(|value| fill_number(value, number)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn parse_offset(text: &str) -> Option<i64> {
    let text = text.trim();
    let (sign, digits) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let unit_at = digits.find(|letter: char| !letter.is_ascii_digit());
    let (number, unit) = digits.split_at_checked(unit_at.unwrap_or(digits.len()))?;
    let seconds = match unit {
        "s" => 1,
        "" if number == "0" => 1,
        "m" => 60,
        "h" => 3600,
        "d" => 86_400,
        _ => return None,
    };
    Some(sign * number.parse::<i64>().ok()?.checked_mul(seconds)?)
}

/// `2026-03-02T10:00:00Z`, the time of the default record.
const DEFAULT_TIME: i64 = 1_772_445_600;

fn time_after_default(seconds: i64) -> String {
    rempart_trail::time::EventTime(DEFAULT_TIME.saturating_add(seconds)).to_rfc3339()
}

fn default_record() -> Value {
    json!({
        "eventVersion": "1.11",
        "userIdentity": {
            "type": "AssumedRole",
            "principalId": "AROAEXAMPLEDATASCI0001:alice",
            "arn": "arn:aws:sts::111122223333:assumed-role/DataScientist/alice",
            "accountId": "111122223333",
            "accessKeyId": "ASIAEXAMPLEALICE0001",
            "sessionContext": {
                "sessionIssuer": {
                    "type": "Role",
                    "principalId": "AROAEXAMPLEDATASCI0001",
                    "arn": "arn:aws:iam::111122223333:role/DataScientist",
                    "accountId": "111122223333",
                    "userName": "DataScientist"
                },
                "attributes": {"creationDate": "2026-03-02T08:00:00Z", "mfaAuthenticated": "false"}
            }
        },
        "eventTime": "2026-03-02T10:00:00Z",
        "eventSource": "sagemaker.amazonaws.com",
        "eventName": "DescribeDomain",
        "awsRegion": "eu-west-1",
        "sourceIPAddress": "198.51.100.10",
        "userAgent": "aws-cli/2.17.0 md/command#sagemaker.describe-domain",
        "requestParameters": null,
        "responseElements": null,
        "requestID": "6f0d3c1e-0000-4000-8000-000000000001",
        "readOnly": true,
        "eventType": "AwsApiCall",
        "managementEvent": true,
        "recipientAccountId": "111122223333",
        "eventCategory": "Management"
    })
}

/// Counts the cases of a rule file's tests.
#[must_use]
pub fn case_counts(file: &RuleFile) -> CaseCounts {
    let Some((origin, text)) = &file.tests else {
        return CaseCounts::default();
    };
    let cases = read_cases(origin, text).unwrap_or_default();
    let positive = cases
        .iter()
        .filter(|case| case.expectation == Expectation::Raised)
        .count();
    CaseCounts {
        positive,
        negative: cases.len() - positive,
    }
}

/// Runs the tests of one rule file: each case goes through the whole pipeline with that file's rules.
#[must_use]
pub fn run_file(file: &RuleFile) -> Vec<TestOutcome> {
    let outcome = |case: &str, failure: Option<String>| TestOutcome {
        origin: file.origin.clone(),
        case: case.to_owned(),
        failure,
    };
    let Some((origin, text)) = &file.tests else {
        return Vec::new();
    };
    let cases = match read_cases(origin, text) {
        Ok(cases) => cases,
        Err(error) => return vec![outcome("(test file)", Some(error.to_string()))],
    };
    let loaded = LoadedRules::parse(std::slice::from_ref(file));
    if let Some(error) = loaded.errors.first() {
        return vec![outcome("(rule file)", Some(error.to_string()))];
    }
    let last = loaded
        .documents
        .last()
        .map(|document| document.metadata().clone());
    let (book, diagnostics) = RuleBook::compile(loaded);
    if let Some(diagnostic) = diagnostics.first() {
        return vec![outcome("(rule file)", Some(diagnostic.to_string()))];
    }
    let Some(last) = last else {
        return vec![outcome(
            "(rule file)",
            Some("the file holds no rule".to_owned()),
        )];
    };
    let default_rule = last.id.clone().unwrap_or_else(|| last.title.clone());
    cases
        .iter()
        .map(|case| outcome(&case.name, run_case(&book, case, &default_rule)))
        .collect()
}

/// Why the case failed, if it did. A silent case that names no document wants them all silent.
fn run_case(book: &RuleBook, case: &TestCase, default_rule: &str) -> Option<String> {
    let named = match &case.rule {
        Some(name) => match book.id_of(name) {
            Some(id) => Some(id),
            None => return Some(format!("the file holds no document `{name}`")),
        },
        None => None,
    };
    let text = json!({ "Records": case.events }).to_string();
    let options = HuntOptions::default();
    let report = hunt_bytes(text.as_bytes(), book, &options);
    if report.summary.kept != case.events.len() as u64 {
        return Some(format!(
            "{} of {} events could be read",
            report.summary.kept,
            case.events.len()
        ));
    }
    let mut raised = report.findings.iter().map(|finding| &finding.rule);
    match case.expectation {
        Expectation::Raised => {
            let wanted = named.as_deref().unwrap_or(default_rule);
            let is_raised = raised.any(|rule| rule.id == wanted);
            (!is_raised).then(|| "the rule was not raised".to_owned())
        }
        Expectation::Silent => {
            let culprit =
                raised.find(|rule| named.as_deref().is_none_or(|named| rule.id == named))?;
            Some(format!("`{}` was raised", culprit.title))
        }
    }
}
