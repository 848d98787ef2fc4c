//! Members of JSON objects as pieces of the text.

use std::borrow::Cow;
use std::fmt;

use rempart_aws_model::nearest;
use serde::Deserialize;
use serde::de::{Deserializer, Visitor};
use serde_json::value::RawValue;

use super::Fault;

/// A JSON value as a piece of the text it stands in.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Raw<'a>(&'a str);

impl<'a> Raw<'a> {
    /// The text of a checked value.
    pub(crate) fn of(value: &'a RawValue) -> Self {
        Self(value.get())
    }

    /// Its text, without white space around it.
    pub(crate) fn get(self) -> &'a str {
        self.0
    }
}

/// The members of an object, values unread.
#[derive(Debug)]
pub(super) struct Members<'a> {
    entries: Vec<(Cow<'a, str>, Raw<'a>)>,
}

impl<'a> Members<'a> {
    /// Reads an object. A member that is none of `known` but nearly one is a fault, any other
    /// unknown member a warning.
    pub(super) fn read(
        text: &'a str,
        what: &str,
        known: &[&str],
        warnings: &mut Vec<String>,
    ) -> Result<Self, Fault<'a>> {
        Self::read_knowing(text, what, known, warnings, |_, _| None)
    }

    /// As [`Members::read`]. `length` may say how long the value is that a text begins with, for
    /// values that were checked before.
    pub(super) fn read_knowing(
        text: &'a str,
        what: &str,
        known: &[&str],
        warnings: &mut Vec<String>,
        length: impl FnMut(&str, &str) -> Option<usize>,
    ) -> Result<Self, Fault<'a>> {
        let members = Self::scan(text, what, length)?;
        for (place, (name, raw)) in members.entries.iter().enumerate() {
            let earlier = members.entries.iter().take(place);
            if earlier.clone().any(|(other, _)| other == name) {
                return Err(Fault::new(
                    raw.get(),
                    format!("the member `{name}` stands twice in {what}"),
                ));
            }
            if known.contains(&&**name) {
                continue;
            }
            if let Some(near) = nearest(name, known.iter().copied()).first() {
                return Err(Fault::new(
                    raw.get(),
                    format!("{what} has no member `{name}`: did you mean `{near}`"),
                ));
            }
            warnings.push(format!("{what} has no member `{name}`: it was not used"));
        }
        Ok(members)
    }

    /// Reads an object with members of any name.
    pub(super) fn any(text: &'a str, what: &str) -> Result<Self, Fault<'a>> {
        Self::scan(text, what, |_, _| None)
    }

    fn scan(
        text: &'a str,
        what: &str,
        mut length: impl FnMut(&str, &str) -> Option<usize>,
    ) -> Result<Self, Fault<'a>> {
        let mut rest = text.trim_ascii_start();
        let Some(inside) = rest.strip_prefix('{') else {
            return Err(Fault::new(text, format!("{what} must be a JSON object")));
        };
        rest = inside.trim_ascii_start();
        let mut entries = Vec::with_capacity(16);
        if let Some(behind) = rest.strip_prefix('}') {
            return end(behind).map(|()| Self { entries });
        }
        loop {
            if !rest.starts_with('"') {
                return Err(Fault::new(
                    rest,
                    "no JSON: a member name in quotes is expected",
                ));
            }
            let (Key(name), behind) = value_of::<Key>(rest)?;
            let behind = behind.trim_ascii_start();
            let Some(behind) = behind.strip_prefix(':') else {
                return Err(Fault::new(behind, "no JSON: `:` is expected"));
            };
            let start = behind.trim_ascii_start();
            let known = length(&name, start).and_then(|length| start.split_at_checked(length));
            let (raw, behind) = match known {
                Some((value, behind)) => (Raw(value), behind),
                None => {
                    let (value, behind) = value_of::<&RawValue>(start)?;
                    (Raw(value.get()), behind)
                }
            };
            entries.push((name, raw));
            rest = behind.trim_ascii_start();
            if let Some(behind) = rest.strip_prefix(',') {
                rest = behind.trim_ascii_start();
            } else if let Some(behind) = rest.strip_prefix('}') {
                return end(behind).map(|()| Self { entries });
            } else {
                return Err(Fault::new(rest, "no JSON: `,` or `}` is expected"));
            }
        }
    }

    /// The value of a member; `null` counts as not given.
    pub(super) fn get(&self, name: &str) -> Option<Raw<'a>> {
        self.entries
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, raw)| *raw)
            .filter(|raw| raw.get() != "null")
    }

    /// All members.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, Raw<'a>)> {
        self.entries.iter().map(|(name, raw)| (&**name, *raw))
    }
}

/// Only white space may follow an object.
fn end(rest: &str) -> Result<(), Fault<'_>> {
    match rest.trim_ascii_start() {
        "" => Ok(()),
        more => Err(Fault::new(
            more,
            "no JSON: text after the end of the object",
        )),
    }
}

/// The value that a text begins with, and the text behind it.
fn value_of<'a, T: Deserialize<'a>>(text: &'a str) -> Result<(T, &'a str), Fault<'a>> {
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<T>();
    match values.next() {
        Some(Ok(value)) => {
            let behind = text.get(values.byte_offset()..).unwrap_or_default();
            Ok((value, behind))
        }
        Some(Err(error)) => Err(fault_of(text, &error)),
        None => Err(Fault::new(text, "no JSON: a value is expected")),
    }
}

/// A member name, borrowed where it holds no escape.
struct Key<'a>(Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Key<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text<'a>(std::marker::PhantomData<&'a ()>);
        impl<'de: 'a, 'a> Visitor<'de> for Text<'a> {
            type Value = Key<'a>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a string")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Key(Cow::Borrowed(text)))
            }

            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Key(Cow::Owned(text.to_owned())))
            }
        }
        deserializer.deserialize_str(Text(std::marker::PhantomData))
    }
}

/// A fault of JSON itself, at its place in the text.
pub(super) fn fault_of<'a>(text: &'a str, error: &serde_json::Error) -> Fault<'a> {
    let line_start: usize = text
        .split_inclusive('\n')
        .take(error.line().saturating_sub(1))
        .map(str::len)
        .sum();
    let offset = line_start + error.column().saturating_sub(1);
    let piece = text.get(offset..).filter(|rest| !rest.is_empty());
    let message = error.to_string();
    let reason = message.split(" at line ").next().unwrap_or_default();
    Fault::new(piece.unwrap_or(text), format!("no JSON: {reason}"))
}

/// The values of a list.
pub(super) fn list<'a>(raw: Raw<'a>, what: &str) -> Result<Vec<Raw<'a>>, Fault<'a>> {
    if !raw.get().starts_with('[') {
        return Err(Fault::new(raw.get(), format!("{what} must be a list")));
    }
    let values: Vec<&RawValue> =
        serde_json::from_str(raw.get()).map_err(|error| fault_of(raw.get(), &error))?;
    Ok(values.into_iter().map(Raw::of).collect())
}

/// A text; `None` for `null`.
pub(super) fn text<'a>(raw: Raw<'a>, what: &str) -> Result<Option<Cow<'a, str>>, Fault<'a>> {
    if raw.get() == "null" {
        return Ok(None);
    }
    let fail = || Fault::new(raw.get(), format!("{what} must be a string"));
    let Key(text) = serde_json::from_str(raw.get()).map_err(|_| fail())?;
    Ok(Some(text))
}

/// A list of texts.
pub(super) fn texts<'a>(raw: Raw<'a>, what: &str) -> Result<Vec<String>, Fault<'a>> {
    let mut texts = Vec::new();
    for raw in list(raw, what)? {
        let value = text(raw, &format!("each value of {what}"))?
            .ok_or_else(|| Fault::new(raw.get(), format!("a value of {what} cannot be null")))?;
        texts.push(value.into());
    }
    Ok(texts)
}

/// A switch.
pub(super) fn flag<'a>(raw: Raw<'a>, what: &str) -> Result<bool, Fault<'a>> {
    match raw.get() {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(Fault::new(
            raw.get(),
            format!("{what} must be true or false"),
        )),
    }
}
