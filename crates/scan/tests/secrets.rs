//! The scanner of secrets against its corpus.
//!
//! Made-up tokens stand in pieces in `corpus/secrets.jsonl`, so that the
//! repository holds nothing that looks like a leaked one; they are joined here.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers of tests"
)]

use std::fmt::Write as _;

use proptest::prelude::*;
use rempart_scan::secrets::{MAX_SECRETS, MAX_TEXT, Scan, in_json, in_text, kinds};
use serde_json::{Map, Value, json};

const CORPUS: &str = include_str!("corpus/secrets.jsonl");

#[path = "support/base64.rs"]
mod base64;
use base64::base64;

/// Joins the pieces of a text.
fn joined(pieces: &Value) -> String {
    let mut text = String::new();
    for piece in pieces.as_array().unwrap() {
        match piece {
            Value::String(piece) => text.push_str(piece),
            piece if piece.get("base64").is_some() => {
                text.push_str(&base64(joined(&piece["base64"]).as_bytes()));
            }
            piece => {
                let bytes: Vec<u8> = piece["base64_bytes"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|byte| u8::try_from(byte.as_u64().unwrap()).unwrap())
                    .collect();
                text.push_str(&base64(&bytes));
            }
        }
    }
    text
}

/// Joins the pieces of all texts in a JSON value.
fn whole(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            if let Some(pieces) = members.get("$join") {
                return Value::from(joined(pieces));
            }
            if let Some(names) = members.get("$names") {
                let named = names.as_array().unwrap().iter();
                let named = named.map(|pair| (joined(&pair[0]), pair[1].clone()));
                return Value::Object(named.collect::<Map<_, _>>());
            }
            let members = members
                .iter()
                .map(|(name, value)| (name.clone(), whole(value)));
            Value::Object(members.collect())
        }
        Value::Array(items) => items.iter().map(whole).collect(),
        other => other.clone(),
    }
}

fn strings(value: &Value) -> Vec<String> {
    value
        .as_array()
        .unwrap()
        .iter()
        .map(|text| text.as_str().unwrap().to_owned())
        .collect()
}

fn cases() -> Vec<(Value, String, Scan)> {
    let mut cases = Vec::new();
    for line in CORPUS.lines() {
        let case: Value = serde_json::from_str(line).unwrap();
        let (shown, scan) = match case.get("text") {
            Some(pieces) => {
                let text = joined(pieces);
                let scan = in_text(&text);
                (text, scan)
            }
            None => {
                let value = whole(&case["json"]);
                (value.to_string(), in_json(&value))
            }
        };
        cases.push((case, shown, scan));
    }
    cases
}

#[test]
fn corpus() {
    let cases = cases();
    let mut wrong = String::new();
    let mut negative = 0;
    let mut seen: Vec<&str> = Vec::new();
    for (case, shown, scan) in &cases {
        let expected = strings(&case["kinds"]);
        negative += usize::from(expected.is_empty());
        let found: Vec<&str> = scan.secrets.iter().map(|secret| secret.kind).collect();
        let places: Vec<&str> = scan
            .secrets
            .iter()
            .map(|secret| secret.location.as_str())
            .collect();
        let right_places = case
            .get("locations")
            .is_none_or(|locations| strings(locations) == places);
        if found != expected || !right_places || scan.incomplete.is_some() {
            let _ = writeln!(
                wrong,
                "{}: {shown}\n  wanted {expected:?}\n  found {scan:?}",
                case["name"]
            );
        }
        seen.extend(found);
    }
    assert!(cases.len() >= 120 && negative >= 50);
    assert!(wrong.is_empty(), "{wrong}");
    for kind in seen {
        assert!(kinds().contains(&kind), "{kind}");
    }
}

#[test]
fn names_of_cases_are_different() {
    let mut names: Vec<String> = cases()
        .iter()
        .map(|(case, ..)| case["name"].to_string())
        .collect();
    let all = names.len();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), all);
}

#[test]
fn findings_do_not_hold_the_secret() {
    for (case, _, scan) in cases() {
        // The longest piece of each case is the secret or most of it.
        let mut longest = String::new();
        let mut take = |pieces: &Value| {
            for piece in pieces.as_array().unwrap() {
                if let Some(piece) = piece.as_str()
                    && piece.len() > longest.len()
                    && piece.bytes().all(|byte| byte.is_ascii_alphanumeric())
                {
                    longest = piece.to_owned();
                }
            }
        };
        match case.get("text") {
            Some(pieces) => take(pieces),
            None => continue,
        }
        if longest.len() >= 9 {
            assert!(!format!("{scan:?}").contains(&longest), "{scan:?}");
            for secret in &scan.secrets {
                assert!(!secret.to_string().contains(&longest));
            }
        }
    }
}

#[test]
fn a_name_that_is_a_secret_is_not_shown() {
    let password = ["Zk39", "dka0qWw8"].concat();
    let name = format!("x --password={password}");
    let mut members = Map::new();
    members.insert(name, json!({"DB_PASSWORD": "another9Secret"}));
    let scan = in_json(&Value::Object(members));
    assert_eq!(scan.secrets.len(), 2);
    assert!(!format!("{scan:?}").contains(&password), "{scan:?}");
}

#[test]
fn what_is_not_read_is_said() {
    let mut long = "a b\n".repeat(MAX_TEXT / 4);
    long.push_str("DB_PASSWORD=Zk39dka0q");
    let scan = in_text(&long);
    assert!(scan.secrets.is_empty());
    assert!(scan.incomplete.unwrap().contains("4 MiB"));

    let many = "DB_PASSWORD=Zk39dka0q\n".repeat(MAX_SECRETS + 1);
    let scan = in_text(&many);
    assert_eq!(scan.secrets.len(), MAX_SECRETS);
    assert!(scan.incomplete.unwrap().contains("1,000"));

    let mut deep = json!({"DB_PASSWORD": "Zk39dka0q"});
    for _ in 0..300 {
        deep = json!([deep]);
    }
    let scan = in_json(&deep);
    assert!(scan.secrets.is_empty());
    assert!(scan.incomplete.unwrap().contains("256"));
    assert_eq!(in_text("ordinary").incomplete, None);
}

/// Each piece makes one of the detectors look ahead again and again.
#[test]
fn hostile_texts_end_soon() {
    for piece in [
        "pwd=",
        "password",
        "eyJ.",
        "eyJ-",
        "-----BEGIN RSA PRIVATE KEY-----",
        "://a:b",
        "a://b:c@",
        "AKIA",
        "xoxb-1",
        "sk-",
        "Bearer ",
        "pypi-AgEIcHlwaS5vcmc",
        "PuTTY-User-Key-File-2: ",
        "A",
        "A\n",
        "é",
        "password: '",
        "=",
        "token=\\\"",
        "hvs.1.",
    ] {
        let text = piece.repeat(MAX_TEXT / piece.len());
        let started = std::time::Instant::now();
        let _scan = in_text(&text);
        let taken = started.elapsed();
        println!("{piece:?}: {taken:?}");
        assert!(taken.as_secs() < 20, "{piece:?} took {taken:?}");
    }
}

proptest! {
    #[test]
    fn any_text_is_scanned(text in "(\\PC|\n|password|=|:|'|\"|://|@|eyJ|AKIA|-----BEGIN |PRIVATE KEY|-----){0,80}") {
        let scan = in_text(&text);
        for secret in &scan.secrets {
            prop_assert!(kinds().contains(&secret.kind));
        }
        let as_json = in_json(&json!({"a": text}));
        prop_assert!(as_json.secrets.len() >= scan.secrets.len());
    }

    /// What stands around a token on lines of its own changes nothing.
    #[test]
    fn other_lines_do_not_matter(before in "[a-z ]{0,40}", after in "[a-z ]{0,40}") {
        let text = format!("{before}\nDB_PASSWORD=Zk39dka0q\n{after}");
        let scan = in_text(&text);
        prop_assert_eq!(scan.secrets.len(), 1);
        prop_assert_eq!(&scan.secrets[0].location, "line 2");
    }
}
