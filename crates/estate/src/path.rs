//! Paths into answers.

use std::fmt;

use serde_json::{Map, Value};

/// A path such as `Trail.TrailARN` or `Results[].Model.Model`; `.` is the value itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Path {
    segments: Vec<Segment>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Segment {
    name: Box<str>,
    each: bool,
}

impl Path {
    pub(crate) fn parse(text: &str) -> Self {
        let segments = text
            .split('.')
            .filter(|segment| !segment.is_empty())
            .map(|segment| {
                let name = segment.strip_suffix("[]");
                Segment {
                    name: name.unwrap_or(segment).into(),
                    each: name.is_some(),
                }
            })
            .collect();
        Self { segments }
    }

    /// The first member that the path names.
    pub(crate) fn head(&self) -> Option<&str> {
        self.segments.first().map(|segment| &*segment.name)
    }

    /// Names of members, and whether each is a list whose elements the path goes on with.
    pub(crate) fn steps(&self) -> impl Iterator<Item = (&str, bool)> {
        self.segments
            .iter()
            .map(|segment| (&*segment.name, segment.each))
    }

    /// Every value that the path leads to.
    pub(crate) fn values<'v>(&self, value: &'v Value) -> Vec<&'v Value> {
        let mut found = vec![value];
        for segment in &self.segments {
            found = found
                .into_iter()
                .filter_map(|value| value.as_object()?.get(&*segment.name))
                .flat_map(|value| segment.spread(value))
                .collect();
        }
        found
    }

    /// As [`Self::values`], from the members of an object.
    pub(crate) fn values_in<'v>(&self, members: &'v Map<String, Value>) -> Vec<&'v Value> {
        let Some((first, rest)) = self.segments.split_first() else {
            return Vec::new();
        };
        let Some(value) = members.get(&*first.name) else {
            return Vec::new();
        };
        let rest = Self {
            segments: rest.to_vec(),
        };
        first
            .spread(value)
            .flat_map(|value| rest.values(value))
            .collect()
    }

    /// The scalars that the path leads to, as text.
    pub(crate) fn texts(&self, value: &Value) -> Vec<String> {
        self.values(value).into_iter().filter_map(text).collect()
    }
}

impl Segment {
    fn spread<'v>(&self, value: &'v Value) -> impl Iterator<Item = &'v Value> + use<'v> {
        let (one, many) = match value {
            Value::Array(elements) if self.each => (None, elements.as_slice()),
            _ if self.each => (None, &[][..]),
            _ => (Some(value), &[][..]),
        };
        one.into_iter().chain(many)
    }
}

impl fmt::Display for Path {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, segment) in self.segments.iter().enumerate() {
            let dot = if number == 0 { "" } else { "." };
            let each = if segment.each { "[]" } else { "" };
            write!(formatter, "{dot}{}{each}", segment.name)?;
        }
        Ok(())
    }
}

/// Text of a scalar.
pub(crate) fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn paths_lead_through_lists() {
        let value = json!({"A": [{"B": {"C": 1}}, {"B": {"C": "x"}}, {"B": 2}], "D": true});
        assert_eq!(Path::parse("A[].B.C").texts(&value), ["1", "x"]);
        assert_eq!(Path::parse("D").texts(&value), ["true"]);
        assert_eq!(Path::parse(".").texts(&json!("self")), ["self"]);
        assert!(Path::parse("A.B").texts(&value).is_empty());
        assert!(Path::parse("D[]").texts(&value).is_empty());
        let members = value.as_object().unwrap();
        assert_eq!(Path::parse("A[].B.C").values_in(members).len(), 2);
    }
}
