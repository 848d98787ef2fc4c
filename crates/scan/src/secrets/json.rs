//! Walks JSON and tells the names of values.

use serde_json::{Map, Value};

use super::assignment::beside_key_id;
use super::name::{Meaning, meaning};
use super::text::Texts;
use super::{JSON_CUT, MAX_JSON, TOO_DEEP, tokens};

/// Levels of values inside values.
const MAX_DEPTH: u32 = 256;
/// Bytes of a name that a path shows.
const SHOWN_NAME: usize = 80;

/// Members that hold the name of a pair, and those that hold its value.
const PAIR_NAMES: [&str; 6] = [
    "Name",
    "name",
    "Key",
    "key",
    "ParameterName",
    "parameterName",
];
const PAIR_VALUES: [&str; 6] = [
    "Value",
    "value",
    "DefaultValue",
    "ParameterValue",
    "parameterValue",
    "defaultValue",
];

pub(super) fn read(value: &Value, texts: &mut Texts) {
    let mut walk = Walk {
        texts,
        budget: MAX_JSON,
        path: String::from("$"),
    };
    walk.value(value, None, 0);
}

struct Walk<'t> {
    texts: &'t mut Texts,
    budget: usize,
    path: String,
}

impl Walk<'_> {
    fn value(&mut self, value: &Value, meaning: Option<Meaning>, depth: u32) {
        if depth > MAX_DEPTH {
            self.texts.note(TOO_DEEP);
            return;
        }
        match value {
            Value::String(text) => self.text(text, meaning),
            // A password of digits; a key is never a number.
            Value::Number(number) if meaning == Some(Meaning::Password) => {
                self.text(&number.to_string(), meaning);
            }
            Value::Array(items) => self.array(items, meaning, depth),
            Value::Object(members) => self.object(members, depth),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    fn text(&mut self, text: &str, meaning: Option<Meaning>) {
        if !self.spend(text.len()) {
            return;
        }
        self.texts.read(text, meaning, &self.path);
    }

    fn spend(&mut self, bytes: usize) -> bool {
        if bytes > self.budget {
            self.texts.note(JSON_CUT);
            self.budget = 0;
            return false;
        }
        self.budget -= bytes;
        true
    }

    fn array(&mut self, items: &[Value], outer: Option<Meaning>, depth: u32) {
        let beside = items.iter().any(is_key_id);
        let mut flag = None;
        for (index, item) in items.iter().enumerate() {
            let length = self.path.len();
            self.path.push_str(&format!("[{index}]"));
            let own = flag.take().or(outer).or(secret_beside(beside, item));
            self.value(item, own, depth + 1);
            self.path.truncate(length);
            // `["--password", "…"]`
            flag = item
                .as_str()
                .filter(|text| text.starts_with('-') && text.len() <= 64 && !text.contains('='))
                .and_then(meaning);
        }
    }

    fn object(&mut self, members: &Map<String, Value>, depth: u32) {
        let beside = members.values().any(is_key_id);
        let pair = PAIR_NAMES
            .iter()
            .find_map(|name| members.get(*name)?.as_str())
            .filter(|name| name.len() <= 128)
            .and_then(meaning);
        for (number, (name, value)) in members.iter().enumerate() {
            let length = self.path.len();
            self.name(name, number);
            let mut own = meaning(name);
            if PAIR_VALUES.contains(&name.as_str()) && pair.is_some() {
                own = pair;
            }
            self.value(value, own.or(secret_beside(beside, value)), depth + 1);
            self.path.truncate(length);
        }
    }

    /// Adds a name to the path, unless it is itself a secret.
    fn name(&mut self, name: &str, number: usize) {
        let plain = name.len() <= SHOWN_NAME
            && !name.is_empty()
            && name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
        // Shorter names hold no secret, and most are.
        if plain && name.len() < 16 {
            self.path.push('.');
            self.path.push_str(name);
            return;
        }
        let before = self.texts.count();
        if self.spend(name.len()) {
            let place = format!("{} name {number}", self.path);
            self.texts.read(name, None, &place);
        }
        if self.texts.count() > before || name.len() > SHOWN_NAME {
            self.path.push_str(&format!("[name {number}]"));
        } else if plain {
            self.path.push('.');
            self.path.push_str(name);
        } else {
            self.path.push_str(&format!("[{}]", Value::from(name)));
        }
    }
}

fn is_key_id(value: &Value) -> bool {
    value
        .as_str()
        .is_some_and(|text| text.len() <= 64 && tokens::is_aws_key_id(text))
}

/// A value beside the id of an access key that looks like its secret.
fn secret_beside(beside: bool, value: &Value) -> Option<Meaning> {
    let text = value.as_str().filter(|_| beside)?;
    beside_key_id(text).map(|_| Meaning::AwsSecret)
}
