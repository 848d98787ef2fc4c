//! Event times and expiries: texts of AWS to milliseconds since 1970 and back.

/// 0000-01-01T00:00:00.000Z
pub(crate) const EARLIEST: i64 = -62_167_219_200_000;
/// 9999-12-31T23:59:59.999Z
pub(crate) const LATEST: i64 = 253_402_300_799_999;

const DAY: i64 = 86_400_000;

/// Reads `yyyy-MM-ddTHH:mm:ssZ`, with three digits of a second, or up to nine when `nanoseconds`;
/// what is below a millisecond is cut off.
pub(crate) fn parse_text(text: &str, nanoseconds: bool) -> Option<i64> {
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
    let year = number(&[*y1, *y2, *y3, *y4])?;
    let month = number(&[*mo1, *mo2])?;
    let day = number(&[*d1, *d2])?;
    let hour = number(&[*h1, *h2])?;
    let minute = number(&[*mi1, *mi2])?;
    let second = number(&[*s1, *s2])?;
    let in_range = (1..=12).contains(&month)
        && (1..=days_in_month(year, month)).contains(&day)
        && hour < 24
        && minute < 60
        && second < 60;
    if !in_range {
        return None;
    }
    let fraction = match rest {
        [b'Z'] => 0,
        [b'.', digits @ .., b'Z'] => fraction(digits, nanoseconds)?,
        _ => return None,
    };
    let days = days_from_civil(year, month, day);
    Some(days * DAY + hour * 3_600_000 + minute * 60_000 + second * 1_000 + fraction)
}

/// Reads seconds since 1970 as a number, to the millisecond.
pub(crate) fn parse_seconds(text: &str) -> Option<i64> {
    let seconds: f64 = text.parse().ok()?;
    let millis = (seconds * 1_000.0).round();
    // The bounds are exact in a double, and NaN is in no range.
    if (EARLIEST as f64..=LATEST as f64).contains(&millis) {
        #[expect(clippy::cast_possible_truncation, reason = "in range and whole")]
        return Some(millis as i64);
    }
    None
}

/// ISO 8601 in UTC, with milliseconds where there are any.
pub(crate) fn format(millis: i64) -> String {
    let millis = millis.clamp(EARLIEST, LATEST);
    let (year, month, day) = civil_from_days(millis.div_euclid(DAY));
    let in_day = millis.rem_euclid(DAY);
    let (hour, minute) = (in_day / 3_600_000, in_day / 60_000 % 60);
    let (second, fraction) = (in_day / 1_000 % 60, in_day % 1_000);
    if fraction == 0 {
        format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
    } else {
        format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{fraction:03}Z")
    }
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

fn fraction(digits: &[u8], nanoseconds: bool) -> Option<i64> {
    match digits.len() {
        3 => number(digits),
        1..=9 if nanoseconds => {
            let nanos = number(digits)? * 10_i64.pow(9 - u32::try_from(digits.len()).ok()?);
            Some(nanos / 1_000_000)
        }
        _ => None,
    }
}

fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days since 1970-01-01 of a date of the proleptic Gregorian calendar. The year begins in March, so
/// that the leap day is its last.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 {
        shifted + 3
    } else {
        shifted - 9
    };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn event_times_of_the_documentation() {
        for (text, millis) in [
            ("1970-01-01T00:00:00Z", Some(0)),
            ("1969-12-31T23:59:59.999Z", Some(-1)),
            ("2024-02-29T12:30:45Z", Some(1_709_209_845_000)),
            ("0000-01-01T00:00:00.000Z", Some(EARLIEST)),
            ("9999-12-31T23:59:59.999Z", Some(LATEST)),
            ("2023-02-29T00:00:00Z", None),
            ("1900-02-29T00:00:00Z", None),
            ("2024-13-01T00:00:00Z", None),
            ("2024-01-01T24:00:00Z", None),
            ("2024-01-01T00:00:60Z", None),
            ("2024-01-01 00:00:00Z", None),
            ("2024-01-01T00:00:00", None),
            ("2024-01-01T00:00:00+00:00", None),
            ("2024-01-01T00:00:00.12Z", None),
            ("2024-01-01T00:00:00.123456Z", None),
            ("٢٠٢٤-01-01T00:00:00Z", None),
            ("", None),
        ] {
            assert_eq!(parse_text(text, false), millis, "{text}");
        }
        assert_eq!(
            parse_text("1970-01-01T00:00:00.123456789Z", true),
            Some(123)
        );
        assert_eq!(parse_text("1970-01-01T00:00:00.1Z", true), Some(100));
        assert_eq!(parse_text("1970-01-01T00:00:00.Z", true), None);
    }

    #[test]
    fn seconds_have_milliseconds_and_bounds() {
        for (text, millis) in [
            ("0", Some(0)),
            ("1.7e9", Some(1_700_000_000_000)),
            ("1700000000.123", Some(1_700_000_000_123)),
            ("-1.5", Some(-1_500)),
            ("NaN", None),
            ("inf", None),
            ("1e300", None),
            ("253402300800", None),
            ("253402300799.999", Some(LATEST)),
            ("-62167219200", Some(EARLIEST)),
            ("-62167219201", None),
            (" 1", None),
        ] {
            assert_eq!(parse_seconds(text), millis, "{text}");
        }
    }

    proptest! {
        #[test]
        fn formatted_times_read_the_same_and_as_jiff_has_them(millis in EARLIEST..=LATEST) {
            let text = format(millis);
            prop_assert_eq!(parse_text(&text, false), Some(millis));
            if millis < 253_402_200_000_000 {
                let other: jiff::Timestamp = text.parse().unwrap();
                prop_assert_eq!(other.as_millisecond(), millis);
            }
        }

        #[test]
        fn any_text_is_read_or_refused(text in ".{0,40}") {
            if let Some(millis) = parse_text(&text, true) {
                prop_assert!((EARLIEST..=LATEST).contains(&millis));
            }
            let _ = parse_seconds(&text);
        }
    }
}
