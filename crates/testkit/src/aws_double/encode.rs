//! Writes a fixture in the protocol of its operation.

use rempart_aws_model::{ApiOperation, Place, Protocol, Shape, ShapeKind};
use serde_json::{Map, Value};

use super::xml;

/// Deeper values are written as they are.
const DEEPEST: usize = 64;

/// An answer on the wire.
#[derive(Debug, Default)]
pub(super) struct Encoded {
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
    pub(super) content_type: &'static str,
}

pub(super) fn encode(operation: &'static ApiOperation, body: &Value, request: &str) -> Encoded {
    let empty = Map::new();
    let members = body.as_object().unwrap_or(&empty);
    let headers = headers(operation, members);
    if operation.method() == "HEAD" {
        return Encoded {
            headers,
            ..Encoded::default()
        };
    }
    if let Some(text) = text_payload(operation, members) {
        return Encoded {
            headers,
            body: text.into_bytes(),
            content_type: "application/json",
        };
    }
    let (body, content_type) = match operation.protocol() {
        Protocol::AwsJson10 => (body.to_string(), "application/x-amz-json-1.0"),
        Protocol::AwsJson11 => (body.to_string(), "application/x-amz-json-1.1"),
        Protocol::RestJson => {
            let renamed = match operation.output() {
                Some(shape) => renamed(operation, shape, body, 0),
                None => Value::Object(Map::new()),
            };
            (renamed.to_string(), "application/json")
        }
        _ => (xml::document(operation, members, request), "text/xml"),
    };
    Encoded {
        headers,
        body: body.into_bytes(),
        content_type,
    }
}

/// The text that is the whole body, such as the policy of a bucket.
fn text_payload(operation: &'static ApiOperation, body: &Map<String, Value>) -> Option<String> {
    let member = operation.payload()?;
    let shape = operation.output()?.member(member)?.shape;
    let is_text = shape.kind() == ShapeKind::String;
    is_text.then(|| {
        let text = body.get(member).and_then(Value::as_str);
        text.unwrap_or_default().to_owned()
    })
}

fn headers(operation: &'static ApiOperation, body: &Map<String, Value>) -> Vec<(String, String)> {
    let Some(output) = operation.output() else {
        return Vec::new();
    };
    let structure = output.name().unwrap_or_default();
    let mut headers = Vec::new();
    for (name, value) in body {
        let Some(member) = output.member(name) else {
            continue;
        };
        let wire = operation.answer_wire(structure, member.name);
        let text = |value: &Value| match (value, member.shape.kind()) {
            (Value::String(text), _) => text.clone(),
            (other, _) => other.to_string(),
        };
        match (wire.place, value) {
            (Place::Header, value) => headers.push((wire.name.to_lowercase(), text(value))),
            (Place::HeaderPrefix, Value::Object(entries)) => {
                for (key, value) in entries {
                    let name = format!("{}{key}", wire.name).to_lowercase();
                    headers.push((name, text(value)));
                }
            }
            _ => {}
        }
    }
    headers
}

/// JSON under the names on the wire.
fn renamed(operation: &'static ApiOperation, shape: Shape, value: &Value, depth: usize) -> Value {
    let again = |inner: &Value| match shape.element() {
        Some(element) if depth < DEEPEST => renamed(operation, element, inner, depth + 1),
        _ => inner.clone(),
    };
    match (shape.kind(), value) {
        (ShapeKind::Structure, Value::Object(members)) => {
            let structure = shape.name().unwrap_or_default();
            let mut written = Map::new();
            for (name, inner) in members {
                let Some(member) = shape.member(name) else {
                    written.insert(name.clone(), inner.clone());
                    continue;
                };
                let wire = operation.answer_wire(structure, member.name);
                if wire.place == Place::Body {
                    let inner = match depth < DEEPEST {
                        true => renamed(operation, member.shape, inner, depth + 1),
                        false => inner.clone(),
                    };
                    written.insert(wire.name.to_owned(), inner);
                }
            }
            Value::Object(written)
        }
        (ShapeKind::List, Value::Array(items)) => items.iter().map(again).collect(),
        (ShapeKind::Map, Value::Object(entries)) => {
            let entries = entries.iter();
            Value::Object(
                entries
                    .map(|(key, inner)| (key.clone(), again(inner)))
                    .collect(),
            )
        }
        _ => value.clone(),
    }
}

/// Seconds since 1970 as ISO 8601.
pub(super) fn iso_time(seconds: f64) -> String {
    // Times of fixtures are far below 2^53.
    let (year, month, day, time) = civil(seconds as i64);
    let (hour, minute, second) = time;
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

/// Seconds since 1970 as the header `Date` has it.
pub(super) fn http_date(seconds: i64) -> String {
    const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
    const MONTHS: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    let (year, month, day, (hour, minute, second)) = civil(seconds);
    let weekday = usize::try_from(seconds.div_euclid(86_400).rem_euclid(7)).unwrap_or_default();
    let month = usize::try_from(month - 1).unwrap_or_default();
    format!(
        "{}, {day:02} {} {year:04} {hour:02}:{minute:02}:{second:02} GMT",
        DAYS.get(weekday).unwrap_or(&"Thu"),
        MONTHS.get(month).unwrap_or(&"Jan"),
    )
}

/// Year, month, day and time of day (after Hinnant, "chrono-compatible low-level date algorithms").
fn civil(seconds: i64) -> (i64, i64, i64, (i64, i64, i64)) {
    let days = seconds.div_euclid(86_400) + 719_468;
    let rest = seconds.rem_euclid(86_400);
    let era = days.div_euclid(146_097);
    let of_era = days.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 {
        shifted + 3
    } else {
        shifted - 9
    };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day, (rest / 3600, rest / 60 % 60, rest % 60))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is left of a fixture on the wire: times of XML are text, and headers are not in the body.
    fn expected(operation: &'static ApiOperation, shape: Shape, value: &Value) -> Value {
        match (shape.kind(), value) {
            (ShapeKind::Structure, Value::Object(members)) => {
                let kept = members.iter().filter_map(|(name, inner)| {
                    let member = shape.member(name)?;
                    let structure = shape.name().unwrap_or_default();
                    let wire = operation.answer_wire(structure, member.name);
                    let is_kept =
                        matches!(wire.place, Place::Body | Place::Payload | Place::Attribute);
                    is_kept.then(|| (name.clone(), expected(operation, member.shape, inner)))
                });
                Value::Object(kept.collect())
            }
            (ShapeKind::List, Value::Array(items)) => {
                let element = shape.element().expect("an element");
                let items = items.iter().map(|item| expected(operation, element, item));
                items.collect()
            }
            (ShapeKind::Timestamp, Value::Number(time)) if operation.protocol().answers_xml() => {
                Value::String(iso_time(time.as_f64().expect("a time")))
            }
            _ => value.clone(),
        }
    }

    #[test]
    fn every_answer_is_read_as_it_was_written() {
        let mut count = 0;
        for operation in rempart_aws_model::api_operations() {
            let Some(output) = operation.output() else {
                continue;
            };
            if operation.method() == "HEAD" {
                continue;
            }
            for resources in [0, 2] {
                let sample = super::super::sample::body(operation, &Map::new(), resources);
                super::super::check::body(operation, &sample).expect("a fitting sample");
                let encoded = encode(operation, &sample, "r-1");
                let read = rempart_estate::decode(operation.full_name(), &encoded.body);
                let name = operation.full_name();
                let read = read.unwrap_or_else(|error| panic!("{error}"));
                let mut wanted = expected(operation, output, &sample);
                if resources == 0 && operation.protocol().answers_xml() {
                    // A list without wrapper and without items leaves no trace.
                    if let (Some(wanted), Some(read)) = (wanted.as_object_mut(), read.as_object()) {
                        wanted.retain(|key, value| {
                            *value != serde_json::json!([]) || read.contains_key(key)
                        });
                    }
                }
                assert_eq!(read, wanted, "{name}");
                count += 1;
            }
        }
        assert!(count > 400, "{count}");
    }

    #[test]
    fn times() {
        assert_eq!(iso_time(1_795_834_800.0), "2026-11-28T03:00:00Z");
        assert_eq!(iso_time(951_782_400.0), "2000-02-29T00:00:00Z");
        assert_eq!(http_date(1_795_834_800), "Sat, 28 Nov 2026 03:00:00 GMT");
    }
}
