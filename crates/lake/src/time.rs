//! Event times: texts of AWS to milliseconds since 1970, and dates of the calendar.

/// 0000-01-01T00:00:00.000Z
pub(crate) const EARLIEST: i64 = -62_167_219_200_000;
/// 9999-12-31T23:59:59.999Z
pub(crate) const LATEST: i64 = 253_402_300_799_999;

pub(crate) const HOUR: i64 = 3_600_000;
pub(crate) const DAY: i64 = 24 * HOUR;

/// A moment on the calendar, in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Civil {
    pub(crate) year: i64,
    pub(crate) month: i64,
    pub(crate) day: i64,
    pub(crate) hour: i64,
    pub(crate) minute: i64,
    pub(crate) second: i64,
    pub(crate) milli: i64,
}

/// Reads `yyyy-MM-ddTHH:mm:ssZ` with up to nine digits of a second; what is below a millisecond is cut off.
pub(crate) fn parse_text(text: &str) -> Option<i64> {
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
    millis(Civil {
        year: number(&[*y1, *y2, *y3, *y4])?,
        month: number(&[*mo1, *mo2])?,
        day: number(&[*d1, *d2])?,
        hour: number(&[*h1, *h2])?,
        minute: number(&[*mi1, *mi2])?,
        second: number(&[*s1, *s2])?,
        milli,
    })
}

/// Seconds since 1970 as a number, to the nearest millisecond.
pub(crate) fn from_seconds(seconds: f64) -> Option<i64> {
    let millis = (seconds * 1_000.0).round();
    // Both bounds are exact in a double, and NaN is in no range.
    if (EARLIEST as f64..=LATEST as f64).contains(&millis) {
        return Some(millis as i64);
    }
    None
}

/// Milliseconds since 1970 of a moment; `None` when there is no such moment between the years 0 and 9999.
pub(crate) fn millis(civil: Civil) -> Option<i64> {
    let exists = (0..=9_999).contains(&civil.year)
        && (1..=12).contains(&civil.month)
        && (1..=days_in_month(civil.year, civil.month)).contains(&civil.day)
        && (0..24).contains(&civil.hour)
        && (0..60).contains(&civil.minute)
        && (0..60).contains(&civil.second);
    exists.then(|| {
        days_from_civil(civil.year, civil.month, civil.day) * DAY
            + civil.hour * HOUR
            + civil.minute * 60_000
            + civil.second * 1_000
            + civil.milli
    })
}

/// The moment of a number of milliseconds, which is taken to the bounds of event times.
pub(crate) fn civil(millis: i64) -> Civil {
    let millis = millis.clamp(EARLIEST, LATEST);
    let (year, month, day) = civil_from_days(millis.div_euclid(DAY));
    let in_day = millis.rem_euclid(DAY);
    Civil {
        year,
        month,
        day,
        hour: in_day / HOUR,
        minute: in_day / 60_000 % 60,
        second: in_day / 1_000 % 60,
        milli: in_day % 1_000,
    }
}

/// `yyyy-MM-ddTHH:mm:ss.SSSZ`
pub(crate) fn format(millis: i64) -> String {
    let at = civil(millis);
    format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z",
        at.year, at.month, at.day, at.hour, at.minute, at.second, at.milli
    )
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

fn days_in_month(year: i64, month: i64) -> i64 {
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        2 if is_leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days since 1970-01-01 in the proleptic Gregorian calendar. The year begins in March, so that the
/// leap day is its last.
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
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
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
