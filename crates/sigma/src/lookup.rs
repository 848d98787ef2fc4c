//! Field paths: finding values inside a record.
//!
//! A literal key wins over nesting: where an object has a key `a.b`, the path `a.b` means that key.
//! Lists on the path and at its end are entered: any element counts. `resources[].ARN` is another way
//! to write `resources.ARN`.

use rempart_trail::json::{Json, Kind};
use rempart_trail::record::{Field, Record};

/// Most values that one path gives; more are not looked at. Bounds hostile records.
pub(crate) const MAX_VALUES: usize = 100_000;

/// A field path, prepared.
#[derive(Debug, Clone)]
pub(crate) struct Path {
    /// Without `[]`
    text: Box<str>,
    /// Where its dots are
    dots: Box<[usize]>,
    /// The documented member that is the whole path
    top_level: Option<Field>,
    /// The documented member that the path leads through
    root: Option<Field>,
}

impl Path {
    pub(crate) fn new(path: &str) -> Self {
        let text = path.replace("[]", "");
        let dots: Box<[usize]> = text.match_indices('.').map(|(place, _)| place).collect();
        let member = |end: usize| {
            text.get(..end)
                .and_then(|name| Field::from_name(name.as_bytes()))
        };
        Self {
            top_level: member(text.len()),
            root: dots.first().and_then(|dot| member(*dot)),
            text: text.as_str().into(),
            dots,
        }
    }

    /// The path without `[]`.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// The member of a record that is the whole path, when CloudTrail documents it.
    pub(crate) const fn top_level(&self) -> Option<Field> {
        self.top_level
    }

    /// The documented member that the path leads through, and the path below it.
    pub(crate) fn below_member(&self) -> Option<(Field, &str)> {
        let dot = *self.dots.first()?;
        Some((self.root?, self.text.get(dot + 1..)?))
    }

    /// Calls `found` with every value at the path: scalars, objects, and lists that are empty. Elements
    /// of lists come one by one.
    pub(crate) fn visit<'a>(&self, record: &Record<'a>, found: &mut dyn FnMut(Json<'a>)) {
        let mut walk = Walk {
            found,
            left: MAX_VALUES,
        };
        if let Some(field) = self.top_level {
            if let Some(value) = record.get(field) {
                walk.end(value);
            }
            return;
        }
        if let Some(value) = record.member(&self.text) {
            walk.end(value);
            return;
        }
        // Longest literal key first.
        for &dot in self.dots.iter().rev() {
            let (Some(key), Some(rest)) = (self.text.get(..dot), self.text.get(dot + 1..)) else {
                continue;
            };
            let Some(value) = record.member(key) else {
                continue;
            };
            if walk.descend(value, rest) {
                return;
            }
        }
    }
}

/// The texts at a path, for explanations: scalars only, in the order of the record.
#[must_use]
pub fn lookup(record: &Record<'_>, path: &str) -> Vec<String> {
    let mut texts = Vec::new();
    Path::new(path).visit(record, &mut |value| {
        texts.extend(value.scalar_text().map(std::borrow::Cow::into_owned));
    });
    texts
}

struct Walk<'f, 'a> {
    found: &'f mut dyn FnMut(Json<'a>),
    left: usize,
}

impl<'a> Walk<'_, 'a> {
    /// Follows `rest` from `value`; says whether anything was there.
    fn descend(&mut self, value: Json<'a>, rest: &str) -> bool {
        match value.kind() {
            Kind::Object => self.member(value, rest),
            Kind::Array => {
                let mut any = false;
                for element in value.elements() {
                    any |= self.descend(element, rest);
                }
                any
            }
            _ => false,
        }
    }

    fn member(&mut self, object: Json<'a>, rest: &str) -> bool {
        // The longest key that leads anywhere; nearly always there is one candidate only, and then
        // nothing is allocated.
        let mut first: Option<(usize, Json<'a>)> = None;
        let mut others: Vec<(usize, Json<'a>)> = Vec::new();
        for (key, value) in object.entries() {
            let length = if key.bytes().contains(&b'\\') {
                prefix_length(rest, key.text().as_bytes())
            } else {
                prefix_length(rest, key.bytes())
            };
            let Some(length) = length else {
                continue;
            };
            // Of a repeated key the last one counts.
            match &mut first {
                None => first = Some((length, value)),
                Some(candidate) if candidate.0 == length => candidate.1 = value,
                Some(_) => match others.iter_mut().find(|(known, _)| *known == length) {
                    Some(candidate) => candidate.1 = value,
                    None => others.push((length, value)),
                },
            }
        }
        if !others.is_empty() {
            others.extend(first.take());
            others.sort_unstable_by_key(|(length, _)| std::cmp::Reverse(*length));
        }
        for (length, value) in first.into_iter().chain(others) {
            match rest.get(length + 1..) {
                None => {
                    self.end(value);
                    return true;
                }
                Some(after) => {
                    if self.descend(value, after) {
                        return true;
                    }
                }
            }
        }
        false
    }

    fn end(&mut self, value: Json<'a>) {
        if value.kind() == Kind::Array && value.elements().next().is_some() {
            for element in value.elements() {
                if self.left == 0 {
                    return;
                }
                self.end(element);
            }
            return;
        }
        if self.left > 0 {
            self.left -= 1;
            (self.found)(value);
        }
    }
}

/// How much of the path a key covers: all of it, or up to a dot.
fn prefix_length(path: &str, key: &[u8]) -> Option<usize> {
    let bytes = path.as_bytes();
    let starts = bytes.starts_with(key);
    let ends = matches!(bytes.get(key.len()), None | Some(b'.'));
    (starts && ends).then_some(key.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(record: &str, path: &str) -> Vec<String> {
        lookup(&Record::parse(record.as_bytes()).unwrap(), path)
    }

    #[test]
    fn literal_keys_win_and_lists_are_entered() {
        assert_eq!(at(r#"{"a":{"b":1},"a.b":2}"#, "a.b"), ["2"]);
        assert_eq!(at(r#"{"a.b":{"c":3},"a":{"b":{"c":1}}}"#, "a.b.c"), ["3"]);
        assert_eq!(at(r#"{"a":{"b.c":4,"b":{"c":5}}}"#, "a.b.c"), ["4"]);
        assert_eq!(
            at(r#"{"a":{"b.c":{"x":1},"b":{"c":{"d":6}}}}"#, "a.b.c.d"),
            ["6"]
        );
        assert_eq!(
            at(
                r#"{"resources":[{"ARN":"x"},{"ARN":["y",["z"]]},7]}"#,
                "resources[].ARN"
            ),
            ["x", "y", "z"]
        );
        assert_eq!(at(r#"{"a":{"\u0062":8}}"#, "a.b"), ["8"]);
        assert_eq!(at(r#"{"a":{"b":1,"b":2}}"#, "a.b"), ["2"]);
        assert_eq!(at(r#"{"a":{"":9}}"#, "a."), ["9"]);
        assert!(at(r#"{"a":{"bc":1}}"#, "a.b").is_empty());
    }
}
