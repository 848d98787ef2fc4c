//! JSON values that borrow from their text.
//!
//! A [`Json`] is the text of one value that has been checked by [`scan::value_end`]; asking for a
//! member walks that text. Nothing is allocated unless a string holds escapes.
//!
//! Where an object repeats a key, the last one counts, as in most JSON readers. Bytes that are not
//! UTF-8 are tolerated inside strings and appear as U+FFFD when the string is read.

use std::borrow::Cow;

pub mod scan;
mod text;

pub use scan::{JsonError, JsonErrorKind};

/// What a JSON value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// `null`
    Null,
    /// `true` or `false`
    Bool,
    /// A number, kept as text so that no digit is lost
    Number,
    /// A string
    String,
    /// An array
    Array,
    /// An object
    Object,
}

/// One JSON value, as the text that was read.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Json<'a> {
    raw: &'a [u8],
}

impl<'a> Json<'a> {
    /// Checks that `bytes` hold exactly one JSON value, with white space around it allowed.
    ///
    /// # Errors
    /// Where and why the text is not JSON, or nests deeper than [`scan::MAX_DEPTH`].
    pub fn parse(bytes: &'a [u8]) -> Result<Self, JsonError> {
        let start = scan::skip_whitespace(bytes, 0);
        let end = scan::value_end(bytes, start)?;
        let rest = scan::skip_whitespace(bytes, end);
        if rest != bytes.len() {
            return Err(JsonError::new(rest, JsonErrorKind::TrailingData));
        }
        Ok(Self::from_checked(
            bytes.get(start..end).unwrap_or_default(),
        ))
    }

    /// Wraps text that [`scan::value_end`] has already accepted as one value, without white space
    /// around it. Text that was not checked gives values that read as absent, never a panic.
    #[must_use]
    pub const fn from_checked(raw: &'a [u8]) -> Self {
        Self { raw }
    }

    /// The text of the value.
    #[must_use]
    pub const fn raw(self) -> &'a [u8] {
        self.raw
    }

    /// What the value is.
    #[must_use]
    pub fn kind(self) -> Kind {
        match self.raw.first() {
            Some(b'"') => Kind::String,
            Some(b'{') => Kind::Object,
            Some(b'[') => Kind::Array,
            Some(b't' | b'f') => Kind::Bool,
            Some(b'n') | None => Kind::Null,
            Some(_) => Kind::Number,
        }
    }

    /// True for `null`.
    #[must_use]
    pub fn is_null(self) -> bool {
        self.kind() == Kind::Null
    }

    /// The value of a boolean.
    #[must_use]
    pub fn as_bool(self) -> Option<bool> {
        match self.raw {
            b"true" => Some(true),
            b"false" => Some(false),
            _ => None,
        }
    }

    /// The digits of a number, as written.
    #[must_use]
    pub fn number_text(self) -> Option<&'a str> {
        if self.kind() == Kind::Number {
            std::str::from_utf8(self.raw).ok()
        } else {
            None
        }
    }

    /// The content of a string, escapes resolved. Borrowed unless there were escapes or bytes that
    /// are not UTF-8.
    #[must_use]
    pub fn as_str(self) -> Option<Cow<'a, str>> {
        let inner = self.string_bytes()?;
        Some(text::unescape(inner))
    }

    /// The bytes between the quotes of a string, escapes left as they are.
    #[must_use]
    pub fn string_bytes(self) -> Option<&'a [u8]> {
        self.raw.strip_prefix(b"\"")?.strip_suffix(b"\"")
    }

    /// A string's content when it needs no unescaping: the fast path of comparisons.
    #[must_use]
    pub fn plain_str(self) -> Option<&'a str> {
        let inner = self.string_bytes()?;
        if memchr::memchr(b'\\', inner).is_some() {
            return None;
        }
        std::str::from_utf8(inner).ok()
    }

    /// The text of a scalar: a string's content, a number's digits, `true`, `false`.
    #[must_use]
    pub fn scalar_text(self) -> Option<Cow<'a, str>> {
        match self.kind() {
            Kind::String => self.as_str(),
            Kind::Number | Kind::Bool => std::str::from_utf8(self.raw).ok().map(Cow::Borrowed),
            Kind::Null | Kind::Array | Kind::Object => None,
        }
    }

    /// The member `key` of an object; the last one where the key is repeated.
    #[must_use]
    pub fn get(self, key: &str) -> Option<Json<'a>> {
        let mut found = None;
        for (name, value) in self.entries() {
            if name.is(key) {
                found = Some(value);
            }
        }
        found
    }

    /// Follows keys from this value; every step must be an object.
    #[must_use]
    pub fn path(self, keys: &[&str]) -> Option<Json<'a>> {
        keys.iter().try_fold(self, |value, key| value.get(key))
    }

    /// The members of an object in the order written; nothing for other kinds.
    #[must_use]
    pub fn entries(self) -> Entries<'a> {
        Entries {
            raw: self.raw,
            position: if self.kind() == Kind::Object {
                1
            } else {
                usize::MAX
            },
        }
    }

    /// The elements of an array; nothing for other kinds.
    #[must_use]
    pub fn elements(self) -> Elements<'a> {
        Elements {
            raw: self.raw,
            position: if self.kind() == Kind::Array {
                1
            } else {
                usize::MAX
            },
        }
    }
}

impl std::fmt::Debug for Json<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&String::from_utf8_lossy(self.raw))
    }
}

/// A key of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key<'a> {
    inner: &'a [u8],
}

impl<'a> Key<'a> {
    pub(crate) const fn from_inner(inner: &'a [u8]) -> Self {
        Self { inner }
    }

    /// The key with escapes resolved.
    #[must_use]
    pub fn text(self) -> Cow<'a, str> {
        text::unescape(self.inner)
    }

    /// The bytes between the quotes, escapes left as they are.
    #[must_use]
    pub const fn bytes(self) -> &'a [u8] {
        self.inner
    }

    /// Whether the key reads `name`, whatever escapes it was written with.
    #[must_use]
    pub fn is(self, name: &str) -> bool {
        if self.inner == name.as_bytes() {
            return true;
        }
        self.inner.contains(&b'\\') && self.text() == name
    }
}

/// Iterator over the members of an object.
#[derive(Debug, Clone)]
pub struct Entries<'a> {
    raw: &'a [u8],
    position: usize,
}

impl<'a> Iterator for Entries<'a> {
    type Item = (Key<'a>, Json<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        let key_start = scan::skip_separators(self.raw, self.position);
        if self.raw.get(key_start) != Some(&b'"') {
            return None;
        }
        let key_end = scan::trusted_string_end(self.raw, key_start + 1)?;
        let value_start = scan::skip_separators(self.raw, key_end);
        let value_end = scan::trusted_value_end(self.raw, value_start)?;
        self.position = value_end;
        let key = Key {
            inner: self.raw.get(key_start + 1..key_end - 1)?,
        };
        Some((
            key,
            Json::from_checked(self.raw.get(value_start..value_end)?),
        ))
    }
}

/// Iterator over the elements of an array.
#[derive(Debug, Clone)]
pub struct Elements<'a> {
    raw: &'a [u8],
    position: usize,
}

impl<'a> Iterator for Elements<'a> {
    type Item = Json<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        let start = scan::skip_separators(self.raw, self.position);
        if matches!(self.raw.get(start), None | Some(b']')) {
            return None;
        }
        let end = scan::trusted_value_end(self.raw, start)?;
        self.position = end;
        Some(Json::from_checked(self.raw.get(start..end)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn json(text: &str) -> Json<'_> {
        Json::parse(text.as_bytes()).unwrap()
    }

    #[test]
    fn members_are_found_by_key() {
        let value = json(r#" {"a": 1, "b" : {"c": [true, null, "x"]}, "\u0064": "\"q\"" } "#);
        assert_eq!(value.get("a").unwrap().number_text(), Some("1"));
        assert_eq!(value.get("d").unwrap().as_str().unwrap(), "\"q\"");
        let list = value.path(&["b", "c"]).unwrap();
        let kinds: Vec<Kind> = list.elements().map(Json::kind).collect();
        assert_eq!(kinds, [Kind::Bool, Kind::Null, Kind::String]);
    }

    #[test]
    fn the_last_of_repeated_keys_counts() {
        assert_eq!(
            json(r#"{"a":1,"a":2}"#).get("a").unwrap().number_text(),
            Some("2")
        );
    }

    #[test]
    fn large_numbers_keep_every_digit() {
        let value = json("[9007199254740993, 1e400, -0.10]");
        let digits: Vec<_> = value.elements().filter_map(Json::number_text).collect();
        assert_eq!(digits, ["9007199254740993", "1e400", "-0.10"]);
    }

    #[test]
    fn bytes_that_are_not_utf8_are_replaced() {
        let value = Json::parse(b"{\"a\":\"x\xffy\"}").unwrap();
        assert_eq!(value.get("a").unwrap().as_str().unwrap(), "x\u{fffd}y");
    }

    fn same(ours: Json<'_>, theirs: &serde_json::Value) -> bool {
        match theirs {
            serde_json::Value::Null => ours.is_null(),
            serde_json::Value::Bool(flag) => ours.as_bool() == Some(*flag),
            serde_json::Value::Number(number) => {
                ours.number_text().and_then(|text| text.parse::<f64>().ok()) == number.as_f64()
            }
            serde_json::Value::String(text) => ours.as_str().is_some_and(|ours| ours == *text),
            serde_json::Value::Array(list) => {
                ours.kind() == Kind::Array
                    && ours.elements().count() == list.len()
                    && ours.elements().zip(list).all(|(a, b)| same(a, b))
            }
            serde_json::Value::Object(map) => {
                ours.kind() == Kind::Object
                    && ours.entries().count() == map.len()
                    && map
                        .iter()
                        .all(|(key, value)| ours.get(key).is_some_and(|a| same(a, value)))
            }
        }
    }

    fn any_json() -> impl Strategy<Value = serde_json::Value> {
        let leaf = prop_oneof![
            Just(serde_json::Value::Null),
            any::<bool>().prop_map(Into::into),
            any::<i64>().prop_map(Into::into),
            any::<f64>()
                .prop_filter("finite", |f| f.is_finite())
                .prop_map(Into::into),
            ".*".prop_map(Into::into),
            "[\"\\\\\u{0}-\u{1f}é\u{1f600}]{0,12}".prop_map(Into::into),
        ];
        leaf.prop_recursive(5, 40, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Into::into),
                prop::collection::btree_map(".{0,6}", inner, 0..6)
                    .prop_map(|map| serde_json::Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn agrees_with_serde_json_on_values(value in any_json(), pretty in any::<bool>()) {
            let text = if pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) }.unwrap();
            prop_assert!(same(json(&text), &value), "{text}");
        }

        #[test]
        fn agrees_with_serde_json_on_what_is_json(text in "[\\[\\]{}\",:0-9eE+.\\-truefalsn\\\\u \t\n\u{1}a]{0,24}") {
            let ours = Json::parse(text.as_bytes()).is_ok();
            let theirs = serde_json::from_str::<Box<serde_json::value::RawValue>>(&text).is_ok();
            prop_assert_eq!(ours, theirs, "{}", text);
        }

        #[test]
        fn broken_json_is_refused_where_serde_json_refuses(value in any_json(), cut in 0usize..400, byte in any::<u8>()) {
            let mut text = serde_json::to_string(&value).unwrap().into_bytes();
            if let Some(place) = text.get_mut(cut) { *place = byte; }
            let theirs = serde_json::from_slice::<Box<serde_json::value::RawValue>>(&text).is_ok();
            // Bytes that are not UTF-8 are tolerated on purpose.
            if std::str::from_utf8(&text).is_ok() {
                prop_assert_eq!(Json::parse(&text).is_ok(), theirs);
            } else {
                let _ = Json::parse(&text);
            }
        }
    }
}
