//! Functions of Athena that the SDK's queries call. All times are in UTC, to the millisecond.

use std::sync::Arc;

use arrow_array::{ArrayRef, TimestampMillisecondArray};
use arrow_schema::{DataType, TimeUnit};
use datafusion::arrow::array::AsArray;
use datafusion::arrow::datatypes::Float64Type;
use datafusion::common::ScalarValue;
use datafusion::error::{DataFusionError, Result as DfResult};
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDFImpl, Signature, TypeSignature, Volatility,
};

use crate::time;

/// All of them.
pub(super) fn all() -> Vec<Arc<dyn ScalarUDFImpl>> {
    let one_text = TypeSignature::Exact(vec![DataType::Utf8]);
    let text_and_format = TypeSignature::Exact(vec![DataType::Utf8, DataType::Utf8]);
    let seconds = TypeSignature::Exact(vec![DataType::Float64]);
    [
        (Kind::FromIso8601, one_text.clone()),
        (Kind::FromUnixtime, seconds),
        (
            Kind::ToTimestamp,
            TypeSignature::OneOf(vec![one_text, text_and_format]),
        ),
    ]
    .into_iter()
    .map(|(kind, signature)| {
        Arc::new(Function {
            kind,
            signature: Signature::new(signature, Volatility::Immutable),
        }) as Arc<dyn ScalarUDFImpl>
    })
    .collect()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Kind {
    /// `from_iso8601_timestamp(text)`
    FromIso8601,
    /// `from_unixtime(seconds)`
    FromUnixtime,
    /// `to_timestamp(text, format)` with the formats of Teradata, and `to_timestamp(text)`
    ToTimestamp,
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Function {
    kind: Kind,
    signature: Signature,
}

impl ScalarUDFImpl for Function {
    fn name(&self) -> &str {
        match self.kind {
            Kind::FromIso8601 => "from_iso8601_timestamp",
            Kind::FromUnixtime => "from_unixtime",
            Kind::ToTimestamp => "to_timestamp",
        }
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> DfResult<DataType> {
        Ok(DataType::Timestamp(
            TimeUnit::Millisecond,
            Some("+00:00".into()),
        ))
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> DfResult<ColumnarValue> {
        let is_scalar = |value: &ColumnarValue| matches!(value, ColumnarValue::Scalar(_));
        let all_scalar = arguments.args.iter().all(is_scalar);
        let arrays = ColumnarValue::values_to_arrays(&arguments.args)?;
        let times: TimestampMillisecondArray = match (self.kind, arrays.as_slice()) {
            (Kind::FromUnixtime, [seconds]) => numbers(seconds)?,
            (Kind::FromIso8601 | Kind::ToTimestamp, [texts]) => each(texts, None)?,
            (Kind::ToTimestamp, [texts, formats]) => each(texts, Some(formats))?,
            _ => return Err(DataFusionError::Internal("wrong arguments".to_owned())),
        };
        let times = times.with_timezone_utc();
        if all_scalar {
            let value = ScalarValue::try_from_array(&times, 0)?;
            return Ok(ColumnarValue::Scalar(value));
        }
        Ok(ColumnarValue::Array(Arc::new(times)))
    }
}

fn numbers(seconds: &ArrayRef) -> DfResult<TimestampMillisecondArray> {
    let seconds = seconds
        .as_primitive_opt::<Float64Type>()
        .ok_or_else(wrong_type)?;
    let read = seconds.iter().map(|seconds| match seconds {
        None => Ok(None),
        Some(seconds) => match time::from_seconds(seconds) {
            Some(millis) => Ok(Some(millis)),
            None => Err(bad_time(&seconds.to_string())),
        },
    });
    read.collect()
}

fn each(texts: &ArrayRef, formats: Option<&ArrayRef>) -> DfResult<TimestampMillisecondArray> {
    let texts = texts.as_string_opt::<i32>().ok_or_else(wrong_type)?;
    let formats = match formats {
        Some(formats) => Some(formats.as_string_opt::<i32>().ok_or_else(wrong_type)?),
        None => None,
    };
    let mut formats = formats.map(|formats| formats.iter());
    let read = texts.iter().map(|text| {
        let format = formats.as_mut().map(|formats| formats.next().flatten());
        let (Some(text), false) = (text, format == Some(None)) else {
            return Ok(None);
        };
        let millis = match format.flatten() {
            Some(format) => with_format(text, format)?,
            None => iso8601(text),
        };
        millis.map(Some).ok_or_else(|| bad_time(text))
    });
    read.collect()
}

/// ISO 8601: a date, with a time, with an offset; UTC when nothing is said.
fn iso8601(text: &str) -> Option<i64> {
    time::parse_text(text)
        .or_else(|| Some(text.parse::<jiff::Timestamp>().ok()?.as_millisecond()))
        .or_else(|| {
            let civil: jiff::civil::DateTime = text.parse().ok()?;
            let at = civil.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
            Some(at.timestamp().as_millisecond())
        })
}

/// Reads a time by a format as Teradata has them: `yyyy`, `mm`, `dd`, `hh24`, `mi`, `ss`, and
/// characters that stand for themselves.
fn with_format(text: &str, format: &str) -> DfResult<Option<i64>> {
    let [mut year, mut month, mut day] = [1970, 1, 1];
    let [mut hour, mut minute, mut second] = [0; 3];
    let (mut text, mut format) = (text, format);
    loop {
        let parts: [(&str, usize, &mut i64); 6] = [
            ("yyyy", 4, &mut year),
            ("hh24", 2, &mut hour),
            ("mm", 2, &mut month),
            ("dd", 2, &mut day),
            ("mi", 2, &mut minute),
            ("ss", 2, &mut second),
        ];
        let found = parts
            .into_iter()
            .find_map(|(name, length, value)| Some((format.strip_prefix(name)?, length, value)));
        if let Some((rest, length, value)) = found {
            format = rest;
            let Some((digits, rest)) = text.split_at_checked(length) else {
                return Ok(None);
            };
            if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
                return Ok(None);
            }
            *value = digits.parse().map_err(|_| bad_time(digits))?;
            text = rest;
            continue;
        }
        let mut expected = format.chars();
        let Some(expected_char) = expected.next() else {
            let moment = [year, month, day, hour, minute, second];
            return Ok(text.is_empty().then(|| time::millis(moment)).flatten());
        };
        if !matches!(expected_char, '-' | '/' | ',' | '.' | ';' | ':' | ' ') {
            return Err(DataFusionError::Plan(format!(
                "to_timestamp: the format has an unknown part at {format:?}"
            )));
        }
        let mut given = text.chars();
        if given.next() != Some(expected_char) {
            return Ok(None);
        }
        (text, format) = (given.as_str(), expected.as_str());
    }
}

fn wrong_type() -> DataFusionError {
    DataFusionError::Internal("an argument has another type".to_owned())
}

fn bad_time(text: &str) -> DataFusionError {
    DataFusionError::Execution(format!("not a time: {text:?}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats() {
        let sdk = "yyyy-mm-dd hh24:mi:ss";
        assert_eq!(
            with_format("2024-02-29 12:30:45", sdk).unwrap(),
            Some(1_709_209_845_000)
        );
        for bad in [
            "2024-02-30 12:30:45",
            "2024-02-29",
            "2024-02-29 12:30:45Z",
            "",
        ] {
            assert_eq!(with_format(bad, sdk).unwrap(), None, "{bad}");
        }
        assert!(with_format("2024", "yyyyQ").is_err());
    }

    #[test]
    fn iso_texts() {
        for text in [
            "2024-02-29T12:30:45Z",
            "2024-02-29T13:30:45+01:00",
            "2024-02-29T12:30:45",
            "2024-02-29 12:30:45",
        ] {
            assert_eq!(iso8601(text), Some(1_709_209_845_000), "{text}");
        }
        assert_eq!(iso8601("2024-02-29"), Some(1_709_164_800_000));
        assert_eq!(iso8601("yesterday"), None);
    }
}
