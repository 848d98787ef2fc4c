//! The matcher against a second implementation that is as simple as can be, on random rules and events;
//! and the dispatch against asking every rule.

#![expect(
    clippy::panic,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "tests"
)]

mod common;

use common::{Expression, Item, Rule, event, rule};
use proptest::prelude::*;
use rempart_sigma::parse::parse_documents;
use rempart_sigma::{CompileOptions, NothingDerived, RuleSet};
use rempart_trail::record::Record;
use serde_json::Value;

/// The values at a path, or `None` when the field is absent.
fn values<'a>(event: &'a Value, path: &str) -> Option<Vec<&'a Value>> {
    let found = match event {
        Value::Array(list) => {
            let found: Vec<_> = list
                .iter()
                .filter_map(|element| values(element, path))
                .flatten()
                .collect();
            return (!found.is_empty()).then_some(found);
        }
        Value::Object(map) => {
            if let Some(value) = map.get(path) {
                value
            } else {
                let dots = path
                    .match_indices('.')
                    .map(|(place, _)| place)
                    .collect::<Vec<_>>();
                return dots
                    .into_iter()
                    .rev()
                    .find_map(|dot| values(map.get(&path[..dot])?, &path[dot + 1..]));
            }
        }
        _ => return None,
    };
    let mut flat = Vec::new();
    flatten(found, &mut flat);
    Some(flat)
}

fn flatten<'a>(value: &'a Value, flat: &mut Vec<&'a Value>) {
    match value {
        Value::Array(list) if !list.is_empty() => {
            list.iter().for_each(|element| flatten(element, flat))
        }
        other => flat.push(other),
    }
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        _ => None,
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Letter {
    Plain(char),
    One,
    Any,
}

fn letters(pattern: &str) -> Vec<Letter> {
    let characters: Vec<char> = pattern.chars().collect();
    let mut letters = Vec::new();
    let mut place = 0;
    while place < characters.len() {
        let next = characters.get(place + 1);
        let (letter, step) = match (characters[place], next) {
            ('\\', Some(escaped @ ('\\' | '*' | '?'))) => (Letter::Plain(*escaped), 2),
            ('*', _) => (Letter::Any, 1),
            ('?', _) => (Letter::One, 1),
            (plain, _) => (Letter::Plain(plain), 1),
        };
        letters.push(letter);
        place += step;
    }
    letters
}

fn glob(pattern: &[Letter], text: &[char], cased: bool) -> bool {
    let same = |a: char, b: char| a == b || !cased && a.to_lowercase().eq(b.to_lowercase());
    match (pattern.split_first(), text.split_first()) {
        (None, rest) => rest.is_none(),
        (Some((Letter::Any, after)), _) => {
            (0..=text.len()).any(|skip| glob(after, &text[skip..], cased))
        }
        (Some((Letter::One, after)), Some((_, rest))) => glob(after, rest, cased),
        (Some((Letter::Plain(expected), after)), Some((found, rest))) => {
            same(*expected, *found) && glob(after, rest, cased)
        }
        (Some(_), None) => false,
    }
}

fn matches_pattern(pattern: &str, modifiers: &[&str], text: &str) -> bool {
    let mut pattern = letters(pattern);
    if modifiers.contains(&"contains") || modifiers.contains(&"endswith") {
        pattern.insert(0, Letter::Any);
    }
    if modifiers.contains(&"contains") || modifiers.contains(&"startswith") {
        pattern.push(Letter::Any);
    }
    glob(
        &pattern,
        &text.chars().collect::<Vec<_>>(),
        modifiers.contains(&"cased"),
    )
}

fn base64(text: &str) -> String {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut encoded = String::new();
    for chunk in text.as_bytes().chunks(3) {
        let bits = (0..3).fold(0u32, |bits, place| {
            bits << 8 | u32::from(*chunk.get(place).unwrap_or(&0))
        });
        for place in 0..4 {
            let letter = ALPHABET[(bits >> (18 - 6 * place) & 63) as usize];
            encoded.push(if place <= chunk.len() {
                letter as char
            } else {
                '='
            });
        }
    }
    encoded
}

fn in_network(network: &str, text: &str) -> bool {
    let bits = |text: &str| -> Option<Vec<bool>> {
        let bytes = match text.parse().ok()? {
            std::net::IpAddr::V4(address) => address.octets().to_vec(),
            std::net::IpAddr::V6(address) => address.octets().to_vec(),
        };
        Some(
            bytes
                .iter()
                .flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1 == 1))
                .collect(),
        )
    };
    let (base, length) = network.split_once('/').unwrap();
    let (Some(base), Some(address)) = (bits(base), bits(text)) else {
        return false;
    };
    base.len() == address.len()
        && base
            .iter()
            .zip(&address)
            .take(length.parse().unwrap())
            .all(|(a, b)| a == b)
}

fn one(expected: &Value, modifiers: &[&str], found: Option<&[&Value]>, event: &Value) -> bool {
    if modifiers.contains(&"exists") {
        return found.is_some() == (expected == &Value::Bool(true));
    }
    if expected.is_null() {
        return found.is_none_or(|values| values.iter().any(|value| value.is_null()));
    }
    found.unwrap_or_default().iter().any(|value| {
        if modifiers.contains(&"fieldref") {
            let others = values(event, expected.as_str().unwrap()).unwrap_or_default();
            return text(value).is_some_and(|left| {
                others
                    .iter()
                    .filter_map(|other| text(other))
                    .any(|right| left.to_lowercase() == right.to_lowercase())
            });
        }
        let Some(found_text) = text(value) else {
            return false;
        };
        let comparison = ["lt", "lte", "gt", "gte"]
            .into_iter()
            .find(|name| modifiers.contains(name));
        if let Some(comparison) = comparison {
            if value.is_boolean() {
                return false;
            }
            let Ok(left) = found_text.parse::<f64>() else {
                return false;
            };
            let right = expected.as_f64().unwrap();
            return match comparison {
                "lt" => left < right,
                "lte" => left <= right,
                "gt" => left > right,
                _ => left >= right,
            };
        }
        if modifiers.contains(&"cidr") {
            return in_network(expected.as_str().unwrap(), &found_text);
        }
        if modifiers.contains(&"re") {
            let flags = if modifiers.contains(&"i") { "(?i)" } else { "" };
            let regex =
                regex::Regex::new(&format!("{flags}{}", expected.as_str().unwrap())).unwrap();
            return regex.is_match(&found_text);
        }
        if modifiers.contains(&"base64") {
            return found_text.eq_ignore_ascii_case(&base64(expected.as_str().unwrap()));
        }
        match expected {
            Value::Number(number) if value.is_number() => value.as_f64() == number.as_f64(),
            Value::Number(number) => value.is_string() && found_text == number.to_string(),
            Value::Bool(flag) => {
                !value.is_number() && found_text.eq_ignore_ascii_case(&flag.to_string())
            }
            Value::String(pattern) => matches_pattern(pattern, modifiers, &found_text),
            other => panic!("{other}"),
        }
    })
}

fn anywhere(keyword: &str, value: &Value) -> bool {
    let matches = |text: &str| matches_pattern(keyword, &["contains"], text);
    match value {
        Value::Object(map) => map
            .iter()
            .any(|(key, value)| matches(key) || anywhere(keyword, value)),
        Value::Array(list) => list.iter().any(|value| anywhere(keyword, value)),
        other => text(other).is_some_and(|text| matches(&text)),
    }
}

fn item_holds(item: &Item, event: &Value) -> bool {
    if item.field.is_empty() {
        return item
            .values
            .iter()
            .all(|keyword| anywhere(keyword.as_str().unwrap(), event));
    }
    let found = values(event, &item.field);
    let mut answers = item
        .values
        .iter()
        .map(|value| one(value, &item.modifiers, found.as_deref(), event));
    if item.modifiers.contains(&"all") {
        return answers.all(|answer| answer);
    }
    answers.any(|answer| answer) != item.modifiers.contains(&"neq")
}

fn holds(expression: &Expression, selections: &[bool]) -> bool {
    match expression {
        Expression::Selection(number) => selections[*number],
        Expression::Not(inner) => !holds(inner, selections),
        Expression::And(left, right) => holds(left, selections) && holds(right, selections),
        Expression::Or(left, right) => holds(left, selections) || holds(right, selections),
        Expression::OneOf => selections.iter().any(|truth| *truth),
        Expression::AllOf => selections.iter().all(|truth| *truth),
    }
}

fn naive(rule: &Rule, event: &Value) -> bool {
    let selections: Vec<bool> = rule
        .selections
        .iter()
        .map(|items| items.iter().all(|item| item_holds(item, event)))
        .collect();
    holds(&rule.condition, &selections)
}

fn compile(rules: &[Rule]) -> RuleSet {
    let text: Vec<String> = rules.iter().map(Rule::yaml).collect();
    let parsed = parse_documents(&text.join("\n---\n"), "generated");
    assert_eq!(parsed.errors, []);
    let (set, diagnostics) = RuleSet::compile(&parsed.documents, &CompileOptions::default());
    assert_eq!(diagnostics, []);
    set
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, ..ProptestConfig::default() })]

    #[test]
    fn agrees_with_the_simple_matcher(rules in prop::collection::vec(rule(), 1..6), events in prop::collection::vec(event(), 1..6)) {
        let set = compile(&rules);
        let mut scratch = set.scratch();
        for event in &events {
            let raw = event.to_string();
            let record = Record::parse(raw.as_bytes()).unwrap();
            let mut fast = Vec::new();
            set.evaluate(&record, &NothingDerived, &mut scratch, &mut fast);
            let mut slow = Vec::new();
            set.evaluate_every_rule(&record, &NothingDerived, &mut scratch, &mut slow);
            prop_assert_eq!(&fast, &slow, "dispatch, {}", raw);
            for (number, rule) in rules.iter().enumerate() {
                let ours = fast.iter().any(|id| id.0 as usize == number);
                prop_assert_eq!(ours, naive(rule, event), "{}\n{}", rule.yaml(), raw);
                let pair = (event.get("eventSource").and_then(Value::as_str), event.get("eventName").and_then(Value::as_str));
                if let (true, (Some(source), Some(name))) = (ours, pair) {
                    prop_assert!(set.wants(source, name));
                }
            }
        }
    }

    #[test]
    fn writing_an_event_with_escapes_changes_nothing(rules in prop::collection::vec(rule(), 1..6), event in event()) {
        let set = compile(&rules);
        let plain = event.to_string();
        let mut escaped = String::new();
        let mut in_string = false;
        let mut after_backslash = false;
        for character in plain.chars() {
            let is_letter = in_string && !after_backslash && character.is_alphanumeric();
            if character == '"' && !after_backslash {
                in_string = !in_string;
            }
            after_backslash = character == '\\' && !after_backslash;
            if is_letter {
                let mut units = [0u16; 2];
                for unit in character.encode_utf16(&mut units) {
                    escaped.push_str(&format!("\\u{unit:04x}"));
                }
            } else {
                escaped.push(character);
            }
        }
        prop_assert_eq!(set.evaluate_json(plain.as_bytes()).unwrap(), set.evaluate_json(escaped.as_bytes()).unwrap());
    }
}
