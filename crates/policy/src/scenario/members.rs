//! Members of JSON objects as pieces of the text.

use std::borrow::Cow;
use std::fmt;

use rempart_aws_model::nearest;
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::Fault;

/// The members of an object, values unread.
#[derive(Debug)]
pub(super) struct Members<'a> {
    entries: Vec<(Cow<'a, str>, &'a RawValue)>,
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
        let members = Self::any(text, what)?;
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
        if !text.trim_start().starts_with('{') {
            return Err(Fault::new(text, format!("{what} must be a JSON object")));
        }
        serde_json::from_str(text).map_err(|error| fault_of(text, &error))
    }

    /// The value of a member; `null` counts as not given.
    pub(super) fn get(&self, name: &str) -> Option<&'a RawValue> {
        self.entries
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, raw)| *raw)
            .filter(|raw| raw.get() != "null")
    }

    /// All members.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &'a RawValue)> {
        self.entries.iter().map(|(name, raw)| (&**name, *raw))
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries<'a>(std::marker::PhantomData<&'a ()>);
        impl<'de: 'a, 'a> Visitor<'de> for Entries<'a> {
            type Value = Members<'a>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut entries = Vec::with_capacity(16);
                while let Some(Key(name)) = map.next_key()? {
                    entries.push((name, map.next_value()?));
                }
                Ok(Members { entries })
            }
        }
        deserializer.deserialize_map(Entries(std::marker::PhantomData))
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
pub(super) fn list<'a>(raw: &'a RawValue, what: &str) -> Result<Vec<&'a RawValue>, Fault<'a>> {
    if !raw.get().starts_with('[') {
        return Err(Fault::new(raw.get(), format!("{what} must be a list")));
    }
    serde_json::from_str(raw.get()).map_err(|error| fault_of(raw.get(), &error))
}

/// A text; `None` for `null`.
pub(super) fn text<'a>(raw: &'a RawValue, what: &str) -> Result<Option<Cow<'a, str>>, Fault<'a>> {
    if raw.get() == "null" {
        return Ok(None);
    }
    let fail = || Fault::new(raw.get(), format!("{what} must be a string"));
    let Key(text) = serde_json::from_str(raw.get()).map_err(|_| fail())?;
    Ok(Some(text))
}

/// A list of texts.
pub(super) fn texts<'a>(raw: &'a RawValue, what: &str) -> Result<Vec<String>, Fault<'a>> {
    let mut texts = Vec::new();
    for raw in list(raw, what)? {
        let value = text(raw, &format!("each value of {what}"))?
            .ok_or_else(|| Fault::new(raw.get(), format!("a value of {what} cannot be null")))?;
        texts.push(value.into());
    }
    Ok(texts)
}

/// A switch.
pub(super) fn flag<'a>(raw: &'a RawValue, what: &str) -> Result<bool, Fault<'a>> {
    match raw.get() {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(Fault::new(
            raw.get(),
            format!("{what} must be true or false"),
        )),
    }
}
