//! Parts of times, taken from the text as it is written: no zone is converted (Sigma modifiers appendix
//! 2.1, "Time Modifiers").

use crate::modifier::Modifier;

/// The part of a time that the modifier names; `None` when the text is no time.
///
/// Forms read: `2026-03-02`, with `T10:00` or more behind it (or a space), and `20260302T1000…`.
pub(crate) fn part(text: &str, modifier: Modifier) -> Option<i64> {
    let (date, clock) = split(text)?;
    let [year, month, day] = date;
    let civil = jiff::civil::Date::new(
        i16::try_from(year).ok()?,
        i8::try_from(month).ok()?,
        i8::try_from(day).ok()?,
    )
    .ok()?;
    match modifier {
        Modifier::Year => Some(year),
        Modifier::Month => Some(month),
        Modifier::Day => Some(day),
        Modifier::Week => Some(i64::from(civil.iso_week_date().week())),
        Modifier::Hour => clock.map(|[hour, _]| hour),
        Modifier::Minute => clock.map(|[_, minute]| minute),
        _ => None,
    }
}

type Date = [i64; 3];
type Clock = [i64; 2];

fn split(text: &str) -> Option<(Date, Option<Clock>)> {
    let basic = text.as_bytes().get(4) != Some(&b'-');
    let places: [usize; 3] = if basic { [0, 4, 6] } else { [0, 5, 8] };
    let [year, month, day] = places;
    let date = [
        number(text, year, 4)?,
        number(text, month, 2)?,
        number(text, day, 2)?,
    ];
    if !basic && text.as_bytes().get(7) != Some(&b'-') {
        return None;
    }
    let rest = text.get(day + 2..)?;
    if rest.is_empty() {
        return Some((date, None));
    }
    let clock = rest.strip_prefix(['T', 't', ' '])?;
    let minute_place = if basic { 2 } else { 3 };
    let clock = [number(clock, 0, 2)?, number(clock, minute_place, 2)?];
    let [hour, minute] = clock;
    (hour < 24 && minute < 60).then_some((date, Some(clock)))
}

fn number(text: &str, start: usize, length: usize) -> Option<i64> {
    let digits = text.get(start..start + length)?;
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_those_written() {
        for (text, modifier, expected) in [
            ("2026-03-02T10:05:00Z", Modifier::Hour, Some(10)),
            ("2026-03-02T10:05:00+05:00", Modifier::Hour, Some(10)),
            ("2026-03-02T10:05:00Z", Modifier::Minute, Some(5)),
            ("20260302T100500Z", Modifier::Minute, Some(5)),
            ("2026-03-02", Modifier::Day, Some(2)),
            ("2026-03-02", Modifier::Hour, None),
            ("2026-03-02 23:59", Modifier::Hour, Some(23)),
            ("2027-01-01T00:00:00Z", Modifier::Week, Some(53)),
            ("2026-03-02", Modifier::Month, Some(3)),
            ("2026-03-02", Modifier::Year, Some(2026)),
            ("2026-02-30", Modifier::Day, None),
            ("2026-03-02T25:00", Modifier::Hour, None),
            ("yesterday", Modifier::Day, None),
            ("1772445600", Modifier::Year, None),
            ("", Modifier::Day, None),
        ] {
            assert_eq!(part(text, modifier), expected, "{text} {}", modifier.name());
        }
    }
}
