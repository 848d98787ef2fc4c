//! Ages and durations. Ages are measured against the time of the evidence, so that the same evidence
//! gives the same verdict whenever it is judged.

use jiff::{Span, SpanRelativeTo, Timestamp, Unit};

use super::{Answered, Function, text_argument};
use crate::context::Context;
use crate::expression::{ReasonCode, Unknown, Value};

/// Seconds of a day.
const DAY: f64 = 86_400.0;

pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        name: "age_days",
        arity: 1,
        run: age_days,
    },
    Function {
        name: "duration_seconds",
        arity: 1,
        run: duration_seconds,
    },
];

/// `age_days(time)`: days, with a fraction, between a time and the evidence. Times are seconds since
/// 1970 or RFC 3339.
fn age_days<'a>(context: &Context<'a>, arguments: &[Value<'a>]) -> Answered<'a> {
    let Some(value) = arguments.first() else {
        return Err(Unknown::new(ReasonCode::Unsupported, "no time"));
    };
    let then = seconds(value)?;
    let now = context.as_of().ok_or_else(|| {
        Unknown::new(
            ReasonCode::Unsupported,
            "the evidence does not say when it was collected",
        )
    })?;
    Ok(Value::Double((now - then) / DAY))
}

fn seconds(value: &Value<'_>) -> Result<f64, Unknown> {
    match value {
        // Times beyond 2^53 seconds are no times.
        Value::Int(seconds) => Ok(*seconds as f64),
        Value::Double(seconds) if seconds.is_finite() => Ok(*seconds),
        Value::Text(text) => timestamp(text).ok_or_else(|| {
            Unknown::new(
                ReasonCode::ModelGap,
                format!("`{}` is no time", text.chars().take(40).collect::<String>()),
            )
        }),
        other => Err(other.is_not("a time")),
    }
}

/// Seconds since 1970 of an RFC 3339 text.
pub(crate) fn timestamp(text: &str) -> Option<f64> {
    let time: Timestamp = text.trim().parse().ok()?;
    // Milliseconds are exact in a double for 285,000 years.
    Some(time.as_millisecond() as f64 / 1000.0)
}

/// `duration_seconds("PT4H")`: seconds of an ISO 8601 duration; a day has 24 hours.
fn duration_seconds<'a>(_: &Context<'a>, arguments: &[Value<'a>]) -> Answered<'a> {
    let text = text_argument(arguments, 0)?;
    let no_duration = || {
        Unknown::new(
            ReasonCode::ModelGap,
            format!(
                "`{}` is no duration",
                text.chars().take(40).collect::<String>()
            ),
        )
    };
    let span: Span = text.parse().map_err(|_| no_duration())?;
    let total = span
        .total((Unit::Second, SpanRelativeTo::days_are_24_hours()))
        .map_err(|_| no_duration())?;
    Ok(Value::Double(total))
}
