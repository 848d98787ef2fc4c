//! The exports, against the rules of their formats.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use rempart_locale::Language;
use rempart_report::exports;
use serde_json::Value;

use crate::fixture;

#[test]
fn timesketch_rows_are_the_steps() {
    let case = fixture::with_steps(300);
    let csv = exports::timesketch_csv(&case, Language::English);
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let head: Vec<String> = reader
        .headers()
        .unwrap()
        .iter()
        .map(str::to_owned)
        .collect();
    assert_eq!(
        head[..4],
        ["message", "timestamp", "datetime", "timestamp_desc"]
    );
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    let jsonl = exports::timesketch_jsonl(&case, Language::English);
    let lines: Vec<Value> = jsonl
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!((rows.len(), lines.len()), (300, 300));
    for ((row, line), step) in rows.iter().zip(&lines).zip(&case.steps) {
        let time: jiff::Timestamp = step.first.parse().unwrap();
        assert_eq!(row[1], time.as_microsecond().to_string());
        assert_eq!(row[2].parse::<jiff::Timestamp>().unwrap(), time);
        assert!(row[2].ends_with("+00:00"));
        assert_eq!(line["timestamp"], time.as_microsecond());
        assert_eq!(line["message"], row[0]);
        assert_eq!(
            line["evidence"].as_array().unwrap().len(),
            step.evidence.len()
        );
        let members: BTreeSet<&str> = line
            .as_object()
            .unwrap()
            .keys()
            .map(String::as_str)
            .collect();
        assert!(head.iter().all(|column| members.contains(column.as_str())));
    }
}

#[test]
fn a_step_without_a_readable_time_is_exported_and_says_so() {
    let mut case = fixture::case();
    case.steps[0].first = "no time".to_owned();
    let csv = exports::timesketch_csv(&case, Language::English);
    assert!(
        csv.lines()
            .nth(1)
            .unwrap()
            .contains("1970-01-01T00:00:00+00:00,Time could not be read")
    );
    let csv = exports::iris_csv(&case, Language::English);
    assert!(csv.lines().nth(1).unwrap().contains("time-not-readable"));
    assert_eq!(csv.lines().count(), case.steps.len() + 1);
}

/// What `case_events_upload_csv` of iris-web refuses.
#[test]
fn iris_takes_every_row() {
    let mut case = fixture::case();
    case.steps[1].text = rempart_locale::Text::new("");
    let csv = exports::iris_csv(&case, Language::French);
    // It splits into lines before it reads fields.
    assert_eq!(csv.lines().count(), case.steps.len() + 1);
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    for row in reader.records() {
        let row = row.unwrap();
        assert!(!row[2].is_empty() && row[7].is_empty() && row[8].is_empty());
        assert!(
            jiff::civil::DateTime::strptime("%Y-%m-%dT%H:%M:%S%.f", &row[0]).is_ok(),
            "{}",
            &row[0]
        );
        let categories = [
            "Unspecified",
            "Legitimate",
            "Remediation",
            "Initial Access",
            "Execution",
            "Persistence",
            "Privilege Escalation",
            "Defense Evasion",
            "Credential Access",
            "Discovery",
            "Lateral Movement",
            "Collection",
            "Command and Control",
            "Exfiltration",
            "Impact",
        ];
        assert!(categories.contains(&&row[3]), "{}", &row[3]);
    }
}

/// Required attributes of the two classes and their objects, from the schema of OCSF 1.5.
#[test]
fn ocsf_events_have_what_their_classes_require() {
    let case = fixture::case();
    let text = exports::ocsf(&case, Language::English);
    let events: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let calls: usize = case.steps.iter().map(|step| step.calls.len()).sum();
    assert_eq!(events.len(), 1 + calls);
    let base = [
        "activity_id",
        "category_uid",
        "class_uid",
        "metadata",
        "severity_id",
        "time",
        "type_uid",
    ];
    let mut records = 0;
    for (place, event) in events.iter().enumerate() {
        for name in base {
            assert!(!event[name].is_null(), "{name}");
        }
        let (class, activity) = (
            event["class_uid"].as_u64().unwrap(),
            event["activity_id"].as_u64().unwrap(),
        );
        assert_eq!(event["type_uid"].as_u64(), Some(class * 100 + activity));
        assert!(event["metadata"]["product"]["vendor_name"].is_string());
        assert_eq!(event["cloud"]["provider"], "AWS");
        if place == 0 {
            assert_eq!((class, event["category_uid"].as_u64()), (2005, Some(2)));
            assert!(event["status_id"].is_number());
            for info in event["finding_info_list"].as_array().unwrap() {
                assert!(info["uid"].is_string() && info["title"].is_string());
            }
        } else {
            assert_eq!((class, event["category_uid"].as_u64()), (6003, Some(6)));
            assert!(event["api"]["operation"].is_string() && event["actor"]["user"].is_object());
            assert!(event["src_endpoint"].is_object());
            records += event["count"].as_u64().unwrap();
        }
    }
    assert_eq!(
        records,
        case.steps.iter().map(|step| step.events).sum::<u64>()
    );
    let ids: BTreeSet<&str> = events
        .iter()
        .map(|event| event["metadata"]["uid"].as_str().unwrap())
        .collect();
    assert_eq!(ids.len(), events.len());
}

#[test]
fn stix_objects_refer_to_each_other_and_stay_the_same() {
    let text = exports::stix(&fixture::case(), Language::English);
    assert_eq!(text, exports::stix(&fixture::case(), Language::English));
    let bundle: Value = serde_json::from_str(&text).unwrap();
    let objects = bundle["objects"].as_array().unwrap();
    let by_id: BTreeMap<&str, &Value> = objects
        .iter()
        .map(|object| (object["id"].as_str().unwrap(), object))
        .collect();
    assert_eq!(by_id.len(), objects.len());
    let mut types = BTreeMap::<&str, usize>::new();
    for object in objects {
        *types.entry(object["type"].as_str().unwrap()).or_default() += 1;
        for (name, value) in object.as_object().unwrap() {
            let references = match value {
                Value::String(id) if name.ends_with("_ref") => vec![id.as_str()],
                Value::Array(ids) if name.ends_with("_refs") => {
                    ids.iter().filter_map(Value::as_str).collect()
                }
                _ => continue,
            };
            assert!(references.iter().all(|id| by_id.contains_key(id)), "{name}");
        }
    }
    assert_eq!(types["indicator"], fixture::case().indicators.len());
    assert_eq!(
        (types["incident"], types["report"], types["ipv4-addr"]),
        (1, 1, 2)
    );
}

/// The library `stix2` of OASIS reads the bundle and makes the same ids, where `REMPART_PYTHON` names
/// an interpreter that has it; `stix2-validator` judges the bundle when it is there as well.
#[test]
fn stix_passes_the_validator() {
    let Some(python) = std::env::var_os("REMPART_PYTHON") else {
        eprintln!("skipped: REMPART_PYTHON is not set");
        return;
    };
    let available = Command::new(&python)
        .args(["-c", "import stix2"])
        .status()
        .unwrap();
    if !available.success() {
        eprintln!("skipped: the interpreter has no stix2");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let mut paths = Vec::new();
    let payloads = fixture::payloads();
    let value = fixture::value();
    let texts = fixture::free_texts::<rempart_case::Case>(&value);
    let values: Vec<String> = texts
        .into_iter()
        .filter(|place| {
            place.starts_with("/indicators")
                && (place.ends_with("/value") || place.ends_with("/key"))
        })
        .collect();
    let hostile = fixture::filled(&value, &values, |place| {
        payloads[place % payloads.len()].clone()
    });
    for (name, value) in [("plain", value), ("hostile", hostile)] {
        let path = folder.path().join(format!("{name}.json"));
        let case = serde_json::from_value(value).unwrap();
        std::fs::write(&path, exports::stix(&case, Language::English)).unwrap();
        paths.push(path);
    }
    let program = "
import sys, json, stix2
from stix2patterns.v21.pattern import Pattern
try:
    from stix2validator import validate_file, ValidationOptions, print_results
except ImportError:
    validate_file = None
bad = 0
for path in sys.argv[1:]:
    result = validate_file and validate_file(path, ValidationOptions(version='2.1', strict=False))
    if result and not result.is_valid:
        print_results(result)
        bad = 1
    for item in json.load(open(path))['objects']:
        stix2.parse(item, allow_custom=False, version='2.1')
        if item['type'] == 'indicator':
            Pattern(item['pattern'])
        if item['type'] in ('ipv4-addr', 'ipv6-addr', 'domain-name', 'url', 'user-account', 'file'):
            fields = {k: v for k, v in item.items() if k not in ('id', 'spec_version')}
            assert stix2.parse(fields, version='2.1').id == item['id'], item
sys.exit(bad)
";
    let output = Command::new(&python)
        .args(["-c", program])
        .args(&paths)
        .output()
        .unwrap();
    let (out, error) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    assert!(output.status.success(), "{out}\n{error}");
}
