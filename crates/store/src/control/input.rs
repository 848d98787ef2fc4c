//! Reading an input that was checked against the service's model.

use jiff::Timestamp;
use serde_json::{Map, Value};

pub(super) type Input = Map<String, Value>;

pub(super) fn text<'a>(input: &'a Input, member: &str) -> Option<&'a str> {
    input.get(member)?.as_str()
}

pub(super) fn object<'a>(input: &'a Input, member: &str) -> Option<&'a Input> {
    input.get(member)?.as_object()
}

pub(super) fn flag(input: &Input, member: &str) -> bool {
    input.get(member).and_then(Value::as_bool).unwrap_or(false)
}

pub(super) fn number(input: &Input, member: &str) -> Option<u32> {
    u32::try_from(input.get(member)?.as_u64()?).ok()
}

pub(super) fn count(input: &Input, member: &str) -> Option<usize> {
    usize::try_from(input.get(member)?.as_u64()?).ok()
}

pub(super) fn objects<'a>(input: &'a Input, member: &str) -> impl Iterator<Item = &'a Input> {
    let list = input.get(member).and_then(Value::as_array);
    list.into_iter().flatten().filter_map(Value::as_object)
}

pub(super) fn texts<'a>(input: &'a Input, member: &str) -> impl Iterator<Item = &'a str> {
    let list = input.get(member).and_then(Value::as_array);
    list.into_iter().flatten().filter_map(Value::as_str)
}

/// Whether the member is there and not null.
pub(super) fn has(input: &Input, member: &str) -> bool {
    input.get(member).is_some_and(|value| !value.is_null())
}

/// A time: epoch seconds, or ISO 8601 as some clients send it.
pub(super) fn time(input: &Input, member: &str) -> Option<Timestamp> {
    match input.get(member)? {
        Value::Number(seconds) => {
            let millis = seconds.as_f64()? * 1000.0;
            // Out of range saturates, and then is no time.
            #[expect(clippy::cast_possible_truncation, reason = "saturates by intent")]
            let millis = millis.round() as i64;
            Timestamp::from_millisecond(millis).ok()
        }
        Value::String(text) => text.parse().ok(),
        _ => None,
    }
}

/// A time as JSON 1.1 writes it: epoch seconds with three digits.
pub(super) fn seconds(time: Timestamp) -> Value {
    #[expect(
        clippy::cast_precision_loss,
        reason = "milliseconds of this age are exact"
    )]
    let millis = time.as_millisecond() as f64;
    Value::from(millis / 1000.0)
}
