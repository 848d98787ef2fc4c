//! The text in which Hive and Presto print nested values: `{type=Role, arn=null, tags=[a, b]}`.
//!
//! The form has no quoting, so a value that itself holds `, name=` or a closing bracket cannot be
//! told from structure. Text that does not come out even is refused as a whole.

use serde_json::{Map, Value};

/// Deepest nesting; `userIdentity` needs four levels.
const MAX_DEPTH: usize = 16;

/// Reads a struct or a list; every scalar becomes a string, but `null`.
pub(super) fn parse(text: &str) -> Option<Value> {
    let text = text.trim();
    if !text.starts_with(['{', '[']) {
        return None;
    }
    let (value, rest) = nested(text, 0)?;
    rest.is_empty().then_some(value)
}

fn nested(text: &str, depth: usize) -> Option<(Value, &str)> {
    if depth > MAX_DEPTH {
        return None;
    }
    if let Some(rest) = text.strip_prefix('{') {
        return object(rest, depth);
    }
    list(text.strip_prefix('[')?, depth)
}

fn object(mut text: &str, depth: usize) -> Option<(Value, &str)> {
    let mut members = Map::new();
    if let Some(rest) = text.strip_prefix('}') {
        return Some((Value::Object(members), rest));
    }
    loop {
        let (name, rest) = text.split_once('=')?;
        if !is_name(name) {
            return None;
        }
        let (value, rest) = if rest.starts_with(['{', '[']) {
            nested(rest, depth + 1)?
        } else {
            scalar(rest, '}', begins_member)?
        };
        members.insert(name.to_owned(), value);
        if let Some(rest) = rest.strip_prefix('}') {
            return Some((Value::Object(members), rest));
        }
        text = rest.strip_prefix(", ")?;
    }
}

fn list(mut text: &str, depth: usize) -> Option<(Value, &str)> {
    let mut elements = Vec::new();
    if let Some(rest) = text.strip_prefix(']') {
        return Some((Value::Array(elements), rest));
    }
    loop {
        let (value, rest) = if text.starts_with(['{', '[']) {
            nested(text, depth + 1)?
        } else {
            scalar(text, ']', |_| true)?
        };
        elements.push(value);
        if let Some(rest) = rest.strip_prefix(']') {
            return Some((Value::Array(elements), rest));
        }
        text = rest.strip_prefix(", ")?;
    }
}

/// Text up to `close`, or up to a comma after which `begins_next` sees the next item.
fn scalar(text: &str, close: char, begins_next: fn(&str) -> bool) -> Option<(Value, &str)> {
    let end = text.char_indices().find_map(|(at, character)| {
        let ends = character == close
            || character == ','
                && text
                    .get(at..)
                    .and_then(|rest| rest.strip_prefix(", "))
                    .is_some_and(begins_next);
        ends.then_some(at)
    })?;
    let (value, rest) = text.split_at_checked(end)?;
    let value = match value {
        "null" => Value::Null,
        _ => Value::String(value.to_owned()),
    };
    Some((value, rest))
}

fn begins_member(text: &str) -> bool {
    // Names are short: the look ahead stays bounded whatever the text is.
    let head = text
        .get(..text.floor_char_boundary(128))
        .unwrap_or_default();
    head.split_once('=').is_some_and(|(name, _)| is_name(name))
}

fn is_name(name: &str) -> bool {
    !name.is_empty()
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"_-.:/".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn nested_structs_read() {
        let text = "{type=AssumedRole, principalid=AROA1:al, ice, sessioncontext={attributes={mfaauthenticated=false}, sessionissuer=null}, list=[a, {b=c}], none=[], empty=}";
        let expected = json!({
            "type": "AssumedRole", "principalid": "AROA1:al, ice",
            "sessioncontext": {"attributes": {"mfaauthenticated": "false"}, "sessionissuer": null},
            "list": ["a", {"b": "c"}], "none": [], "empty": ""
        });
        assert_eq!(parse(text), Some(expected));
    }

    #[test]
    fn uneven_text_is_refused() {
        for text in [
            "", "a", "{", "{a", "{a=1", "{a=1}}", "[a", "{=1}", "{a b=1}",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
        assert_eq!(parse(&"{a=".repeat(10_000)), None);
    }
}
