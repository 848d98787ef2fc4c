//! The few members of an answer that the index needs, without a tree of all the others.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::{Map, Value};

/// Names of members at the top.
#[derive(Debug, Default)]
pub(crate) struct Heads(Vec<String>);

impl Heads {
    pub(crate) fn add(&mut self, name: &str) {
        if !self.contains(name) {
            self.0.push(name.to_owned());
        }
    }

    pub(crate) fn extend<'n>(&mut self, names: impl IntoIterator<Item = &'n str>) {
        for name in names {
            self.add(name);
        }
    }

    fn contains(&self, name: &str) -> bool {
        self.0.iter().any(|head| head == name)
    }
}

/// The object with these members only. All of the text is checked.
pub(super) fn decode(body: &[u8], heads: &Heads) -> serde_json::Result<Value> {
    let mut deserializer = serde_json::Deserializer::from_slice(body);
    let value = Seed(heads).deserialize(&mut deserializer)?;
    deserializer.end()?;
    Ok(value)
}

struct Seed<'h>(&'h Heads);

impl<'de> DeserializeSeed<'de> for Seed<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Seed<'_> {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut members = Map::new();
        while let Some(name) = access.next_key::<std::borrow::Cow<'de, str>>()? {
            if self.0.contains(&name) {
                members.insert(name.into_owned(), access.next_value()?);
            } else {
                access.next_value::<IgnoredAny>()?;
            }
        }
        Ok(Value::Object(members))
    }
}
