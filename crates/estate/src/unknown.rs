//! Values that are there but not known.

use serde_json::{Map, Value};

const MEMBER: &str = "$rempart:unknown";

/// The value that stands for one that is not known.
pub fn unknown(reason: impl Into<String>) -> Value {
    let mut marker = Map::new();
    marker.insert(MEMBER.to_owned(), Value::String(reason.into()));
    Value::Object(marker)
}

/// Why the value is not known; none for values that are.
pub fn unknown_reason(value: &Value) -> Option<&str> {
    value.as_object()?.get(MEMBER)?.as_str()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markers_are_told_from_values() {
        assert_eq!(unknown_reason(&unknown("later")), Some("later"));
        for value in ["null", "{}", "\"later\"", r#"{"$rempart:unknown": 1}"#] {
            assert_eq!(unknown_reason(&serde_json::from_str(value).unwrap()), None);
        }
    }
}
