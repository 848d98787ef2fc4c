//! Event times: texts of AWS to milliseconds since 1970 and back.

use jiff::SignedDuration;
use jiff::civil::{DateTime, date};

/// 0000-01-01T00:00:00.000Z
pub const EARLIEST: i64 = -62_167_219_200_000;
/// 9999-12-31T23:59:59.999Z
pub const LATEST: i64 = 253_402_300_799_999;

pub(crate) const HOUR: i64 = 3_600_000;
pub(crate) const DAY: i64 = 24 * HOUR;

/// Times are counted from here. Instants of `jiff` end a day before the last event time; its dates do not.
const EPOCH: DateTime = date(1970, 1, 1).at(0, 0, 0, 0);

/// Reads `yyyy-MM-ddTHH:mm:ssZ` with up to nine digits of a second; what is below a millisecond is cut off.
pub fn parse_text(text: &str) -> Option<i64> {
    let bytes = text.as_bytes();
    let (whole, rest) = bytes.split_at_checked(19)?;
    let [
        y1,
        y2,
        y3,
        y4,
        b'-',
        mo1,
        mo2,
        b'-',
        d1,
        d2,
        b'T',
        h1,
        h2,
        b':',
        mi1,
        mi2,
        b':',
        s1,
        s2,
    ] = whole
    else {
        return None;
    };
    let milli = match rest {
        [b'Z'] => 0,
        [b'.', digits @ .., b'Z'] if (1..=9).contains(&digits.len()) => {
            let scale = 10_i64.pow(u32::try_from(9 - digits.len()).ok()?);
            number(digits)? * scale / 1_000_000
        }
        _ => return None,
    };
    let whole = millis([
        number(&[*y1, *y2, *y3, *y4])?,
        number(&[*mo1, *mo2])?,
        number(&[*d1, *d2])?,
        number(&[*h1, *h2])?,
        number(&[*mi1, *mi2])?,
        number(&[*s1, *s2])?,
    ])?;
    Some(whole + milli)
}

/// Seconds since 1970 as a number, to the nearest millisecond.
pub fn from_seconds(seconds: f64) -> Option<i64> {
    let millis = (seconds * 1_000.0).round();
    // Both bounds are exact in a double, and NaN is in no range.
    if (EARLIEST as f64..=LATEST as f64).contains(&millis) {
        return Some(millis as i64);
    }
    None
}

/// `yyyy-MM-ddTHH:mm:ss.SSSZ`; times out of bounds are taken to the bounds.
pub fn format(millis: i64) -> String {
    format!("{:.3}Z", civil(millis))
}

/// Milliseconds since 1970 of year, month, day, hour, minute and second; `None` when there is no such
/// moment between the years 0 and 9999.
pub(crate) fn millis([year, month, day, hour, minute, second]: [i64; 6]) -> Option<i64> {
    let small = |number: i64| i8::try_from(number).ok();
    let year = i16::try_from(year).ok().filter(|year| *year >= 0)?;
    let (month, day) = (small(month)?, small(day)?);
    let (hour, minute, second) = (small(hour)?, small(minute)?, small(second)?);
    let moment = DateTime::new(year, month, day, hour, minute, second, 0).ok()?;
    i64::try_from(moment.duration_since(EPOCH).as_millis()).ok()
}

/// The moment of a number of milliseconds, which is taken to the bounds of event times.
pub(crate) fn civil(millis: i64) -> DateTime {
    let since = SignedDuration::from_millis(millis.clamp(EARLIEST, LATEST));
    // Within the bounds there is always such a moment.
    EPOCH.checked_add(since).unwrap_or(EPOCH)
}

fn number(digits: &[u8]) -> Option<i64> {
    let mut value = 0;
    for digit in digits {
        if !digit.is_ascii_digit() {
            return None;
        }
        value = value * 10 + i64::from(digit - b'0');
    }
    Some(value)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn texts_of_event_times() {
        for (text, expected) in [
            ("1970-01-01T00:00:00Z", Some(0)),
            ("1969-12-31T23:59:59.999Z", Some(-1)),
            ("2024-02-29T12:30:45Z", Some(1_709_209_845_000)),
            ("0000-01-01T00:00:00.000Z", Some(EARLIEST)),
            ("9999-12-31T23:59:59.999Z", Some(LATEST)),
            ("1970-01-01T00:00:00.123456789Z", Some(123)),
            ("2023-02-29T00:00:00Z", None),
            ("2024-01-01T24:00:00Z", None),
            ("2024-01-01T00:00:00", None),
            ("2024-01-01T00:00:00.Z", None),
            ("2024-01-01T00:00:00.1234567890Z", None),
            ("2024-01-01T00:00:00+00:00", None),
            ("", None),
        ] {
            assert_eq!(parse_text(text), expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_formatted_reads_the_same_and_as_jiff_has_it(millis in EARLIEST..=LATEST) {
            let text = format(millis);
            prop_assert_eq!(parse_text(&text), Some(millis));
            // Jiff ends a day earlier.
            if millis < 253_402_200_000_000 {
                let other: jiff::Timestamp = text.parse().unwrap();
                prop_assert_eq!(other.as_millisecond(), millis);
            }
        }
    }
}
