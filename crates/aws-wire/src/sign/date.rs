//! Times as signatures write them: `20260101T000000Z`.

use jiff::Timestamp;
use jiff::civil::Date;

/// Reads a time.
pub(super) fn parse(text: &str) -> Option<Timestamp> {
    let bytes: &[u8; 16] = text.as_bytes().try_into().ok()?;
    let [
        y1,
        y2,
        y3,
        y4,
        m1,
        m2,
        d1,
        d2,
        b'T',
        h1,
        h2,
        i1,
        i2,
        s1,
        s2,
        b'Z',
    ] = *bytes
    else {
        return None;
    };
    let year = number(y1, y2)? * 100 + number(y3, y4)?;
    let date = Date::new(
        i16::try_from(year).ok()?,
        i8::try_from(number(m1, m2)?).ok()?,
        i8::try_from(number(d1, d2)?).ok()?,
    )
    .ok()?;
    let (hour, minute, second) = (number(h1, h2)?, number(i1, i2)?, number(s1, s2)?);
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let days = date.since(jiff::civil::date(1970, 1, 1)).ok()?.get_days();
    let seconds = i64::from(days) * 86_400 + hour * 3_600 + minute * 60 + second;
    Timestamp::from_second(seconds).ok()
}

/// Writes a time.
pub(super) fn format(time: Timestamp) -> String {
    let text = Timestamp::from_second(time.as_second())
        .unwrap_or(time)
        .to_string();
    text.chars().filter(|c| !matches!(c, '-' | ':')).collect()
}

fn number(tens: u8, ones: u8) -> Option<i64> {
    let digit = |byte: u8| byte.is_ascii_digit().then(|| i64::from(byte - b'0'));
    Some(digit(tens)? * 10 + digit(ones)?)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_no_time() {
        for text in [
            "",
            "20260230T000000Z",
            "20261301T000000Z",
            "20260101T240000Z",
            "20260101T006000Z",
            "2026-01-01T00:00:00Z",
            "20260101T000000z",
            "+0260101T000000Z",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_was_written(second in 0_i64..253_402_300_799) {
            let time = Timestamp::from_second(second).unwrap();
            prop_assert_eq!(parse(&format(time)), Some(time));
        }
    }
}
