//! Lines of a section, and text of records made safe to show.

use rempart_findings::visible;
use rempart_locale::{Locale, Text};
use rempart_trail::json::{Json, Kind};

use super::Line;

/// Characters of a value that are shown.
const LONGEST: usize = 400;
/// Values that are shown of a list.
const MOST_VALUES: usize = 8;
/// Values that are looked at below a path.
const MOST_VISITED: usize = 10_000;

/// Text of a record as it may be shown: unprintable characters visible, at most 400 characters.
pub(super) fn safe(text: &str) -> String {
    safe_up_to(text, LONGEST)
}

pub(super) fn safe_up_to(text: &str, longest: usize) -> String {
    let mut characters = text.chars();
    let head: String = characters.by_ref().take(longest).collect();
    let mut shown = visible(&head).into_owned();
    if characters.next().is_some() {
        shown.push('…');
    }
    shown
}

/// A value of a record in one line.
pub(super) fn shown(value: Json<'_>) -> String {
    match value.scalar_text() {
        Some(text) => safe(&text),
        None => safe(&compact(value.raw())),
    }
}

/// JSON without the space between its tokens, as far as it can be shown.
fn compact(raw: &[u8]) -> String {
    let mut kept = Vec::new();
    let mut in_string = false;
    let mut is_escaped = false;
    for byte in raw {
        if !in_string && byte.is_ascii_whitespace() {
            continue;
        }
        if *byte == b'"' && !is_escaped {
            in_string = !in_string;
        }
        is_escaped = in_string && *byte == b'\\' && !is_escaped;
        kept.push(*byte);
        if kept.len() > LONGEST * 4 {
            break;
        }
    }
    String::from_utf8_lossy(&kept).into_owned()
}

/// The values of a list of texts, the first ones.
pub(super) fn listed(values: &[String]) -> String {
    let mut shown = values
        .iter()
        .take(MOST_VALUES)
        .cloned()
        .collect::<Vec<_>>()
        .join(", ");
    if values.len() > MOST_VALUES {
        shown.push_str(", …");
    }
    shown
}

/// The values below a path of member names; lists on the way, and at its end, are walked through.
/// Members that are null or empty count as absent.
pub(super) fn values_at<'a>(root: Json<'a>, path: &str) -> Vec<Json<'a>> {
    let mut found = vec![root];
    for name in path.split('.') {
        let mut next = Vec::new();
        for value in found {
            next.extend(flat(value).filter_map(|value| value.get(name)));
            if next.len() > MOST_VISITED {
                break;
            }
        }
        found = next;
    }
    let found = found.into_iter().flat_map(flat);
    let is_filled = |value: &Json<'_>| match value.kind() {
        Kind::Null => false,
        Kind::Object => value.entries().next().is_some(),
        Kind::Array => value.elements().next().is_some(),
        Kind::String => value.string_bytes().is_some_and(|bytes| !bytes.is_empty()),
        Kind::Bool | Kind::Number => true,
    };
    found.filter(is_filled).take(MOST_VISITED).collect()
}

fn flat(value: Json<'_>) -> impl Iterator<Item = Json<'_>> {
    let is_list = value.kind() == Kind::Array;
    let itself = (!is_list).then_some(value);
    itself.into_iter().chain(value.elements())
}

/// Collects the lines of one section.
#[derive(Debug)]
pub(super) struct Lines<'l> {
    locale: &'l Locale,
    lines: Vec<Line>,
}

impl<'l> Lines<'l> {
    pub(super) const fn new(locale: &'l Locale) -> Self {
        Self {
            locale,
            lines: Vec::new(),
        }
    }

    pub(super) fn finish(self) -> Vec<Line> {
        self.lines
    }

    pub(super) const fn locale(&self) -> &'l Locale {
        self.locale
    }

    /// Text of the record.
    pub(super) fn fact(&mut self, label: &str, value: &str, note: Option<Text>) {
        let label = self.locale.word(&format!("explain-label-{label}"));
        self.push(label, safe(value), note);
    }

    /// Words.
    pub(super) fn said(&mut self, label: &str, value: &Text, note: Option<Text>) {
        let label = self.locale.word(&format!("explain-label-{label}"));
        self.push(label, self.locale.say(value), note);
    }

    /// Text of the record under a name that the record, or the API, gives it. Both are already safe.
    pub(super) fn named(&mut self, label: String, value: String, note: Option<Text>) {
        self.push(label, value, note);
    }

    /// Says that a bound left members out.
    pub(super) fn left_out(&mut self, count: usize) {
        if count > 0 {
            let text = Text::new("explain-more-members").with("count", count);
            self.said("more", &text, None);
        }
    }

    fn push(&mut self, label: String, value: String, note: Option<Text>) {
        self.lines.push(Line {
            label,
            value,
            note: note.map(|note| self.locale.say(&note)),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn space_between_tokens_is_dropped_and_space_in_strings_kept() {
        let text = br#"{ "a b": [ 1,  "c \" d" ],\n "e\\": " " }"#;
        let text = text.to_vec();
        let text = String::from_utf8(text).unwrap().replace("\\n", "\n");
        assert_eq!(
            compact(text.as_bytes()),
            r#"{"a b":[1,"c \" d"],"e\\":" "}"#
        );
    }

    #[test]
    fn values_are_found_through_lists() {
        let json = br#"{"a":[{"b":[1,2]},{"b":null},{"b":{"c":3}},4]}"#;
        let json = Json::parse(json).unwrap();
        let shown = |path| {
            values_at(json, path)
                .into_iter()
                .map(shown)
                .collect::<Vec<_>>()
        };
        assert_eq!(shown("a.b"), ["1", "2", r#"{"c":3}"#]);
        assert_eq!(shown("a.b.c"), ["3"]);
        assert!(shown("x.y").is_empty());
    }
}
