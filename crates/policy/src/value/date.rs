//! Dates of conditions: ISO 8601 in the W3C profiles, or seconds since 1970.

use super::decimal::Decimal;

/// An instant, in units of 10⁻¹⁸ seconds since 1970-01-01T00:00:00Z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Instant(i128);

const UNITS: i128 = 1_000_000_000_000_000_000;
const FRACTION_DIGITS: usize = 18;

impl Instant {
    /// Reads the whole text: `YYYY`, `YYYY-MM`, `YYYY-MM-DD`, `YYYY-MM-DDThh:mm[:ss[.f]]` with `Z`
    /// or an offset (W3C note "Date and Time Formats"), or epoch seconds, which may be negative or
    /// have a fraction. Four digits are a year.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let is_year = text.len() == 4 && text.bytes().all(|byte| byte.is_ascii_digit());
        if !is_year && Decimal::parse(text).is_some() {
            return epoch(text);
        }
        calendar(text)
    }

    pub(crate) fn units(self) -> i128 {
        self.0
    }
}

fn epoch(text: &str) -> Option<Instant> {
    let (is_negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (seconds, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    // More digits are no instant of this universe.
    let seconds = seconds.trim_start_matches('0');
    if seconds.len() > 15 {
        return None;
    }
    let seconds: i128 = if seconds.is_empty() {
        0
    } else {
        seconds.parse().ok()?
    };
    let units = seconds * UNITS + fraction_units(fraction)?;
    Some(Instant(if is_negative { -units } else { units }))
}

/// Digits after the point, in units; beyond the eighteenth they are cut off.
fn fraction_units(digits: &str) -> Option<i128> {
    let kept = digits.get(..FRACTION_DIGITS).unwrap_or(digits);
    if kept.is_empty() {
        return Some(0);
    }
    let value: i128 = kept.parse().ok()?;
    let missing = u32::try_from(FRACTION_DIGITS - kept.len()).ok()?;
    Some(value * 10_i128.pow(missing))
}

fn calendar(text: &str) -> Option<Instant> {
    let (date, time) = match text.split_once('T') {
        Some((date, time)) => (date, Some(time)),
        None => (text, None),
    };
    let mut parts = date.split('-');
    let year = number(parts.next()?, 4)?;
    let month = parts.next().map(|part| number(part, 2));
    let day = parts.next().map(|part| number(part, 2));
    if parts.next().is_some() || (time.is_some() && day.is_none()) {
        return None;
    }
    let month = month.unwrap_or(Some(1))?;
    let day = day.unwrap_or(Some(1))?;
    if !(1..=12).contains(&month) || day < 1 || day > days_in(year, month) {
        return None;
    }
    let seconds_of_day = match time {
        Some(time) => clock(time)?,
        None => 0,
    };
    let days = days_from_civil(year, month, day);
    Some(Instant(i128::from(days) * 86_400 * UNITS + seconds_of_day))
}

/// `hh:mm[:ss[.f]]` with `Z` or `±hh:mm`, in units since midnight UTC of that day.
fn clock(text: &str) -> Option<i128> {
    let (clock, offset_minutes) = if let Some(clock) = text.strip_suffix('Z') {
        (clock, 0)
    } else {
        let at = text.rfind(['+', '-'])?;
        let (clock, offset) = text.split_at_checked(at)?;
        let (sign, offset) = match offset.strip_prefix('-') {
            Some(rest) => (-1, rest),
            None => (1, offset.strip_prefix('+')?),
        };
        let (hours, minutes) = offset.split_once(':')?;
        let (hours, minutes) = (number(hours, 2)?, number(minutes, 2)?);
        if hours > 23 || minutes > 59 {
            return None;
        }
        (clock, sign * (hours * 60 + minutes))
    };
    let mut parts = clock.split(':');
    let hours = number(parts.next()?, 2)?;
    let minutes = number(parts.next()?, 2)?;
    let (seconds, fraction) = match parts.next() {
        None => (0, 0),
        Some(part) => match part.split_once('.') {
            None => (number(part, 2)?, 0),
            Some((_, fraction))
                if fraction.is_empty() || !fraction.bytes().all(|byte| byte.is_ascii_digit()) =>
            {
                return None;
            }
            Some((seconds, fraction)) => (number(seconds, 2)?, fraction_units(fraction)?),
        },
    };
    if parts.next().is_some() || hours > 23 || minutes > 59 || seconds > 59 {
        return None;
    }
    let total = (hours * 60 + minutes - offset_minutes) * 60 + seconds;
    Some(i128::from(total) * UNITS + fraction)
}

fn number(text: &str, digits: usize) -> Option<i64> {
    let is_number = text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit());
    if is_number { text.parse().ok() } else { None }
}

fn is_leap(year: i64) -> bool {
    (year % 4 == 0 && year % 100 != 0) || year % 400 == 0
}

fn days_in(year: i64, month: i64) -> i64 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if is_leap(year) => 29,
        2 => 28,
        _ => 31,
    }
}

/// Days since 1970-01-01 in the proleptic Gregorian calendar (Hinnant's algorithm).
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year - era * 400;
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Instant {
        Instant::parse(text).unwrap_or_else(|| panic!("{text} is a date"))
    }

    #[test]
    fn forms_of_one_instant_are_equal() {
        let wanted = parse("1767225600");
        for text in [
            "2026",
            "2026-01",
            "2026-01-01",
            "2026-01-01T00:00Z",
            "2026-01-01T00:00:00Z",
            "2026-01-01T00:00:00.000Z",
            "2026-01-01T01:30:00+01:30",
            "2025-12-31T19:00:00-05:00",
            "1767225600.0",
        ] {
            assert_eq!(parse(text), wanted, "{text}");
        }
        assert!(parse("2026-01-01T00:00:00.5Z") > wanted);
        assert_eq!(parse("1969-12-31T23:59:59.5Z"), parse("-0.5"));
        assert_eq!(parse("2024-02-29"), parse("1709164800"));
    }

    #[test]
    fn what_is_no_date() {
        for text in [
            "",
            "2026-13",
            "2026-02-29",
            "2026-1-1",
            "2026-01-01T00:00:00",
            "2026-01-01 00:00Z",
            "2026-01-01T24:00Z",
            "20260101T000000Z",
            "now",
            "1e9",
            "2026-01-01T00:00:00.Z",
            "2026-01T00:00Z",
            "2026-01-01T00:00:00+0100",
            "1234567890123456",
        ] {
            assert!(Instant::parse(text).is_none(), "{text:?}");
        }
    }
}
