//! Times of records.

/// Seconds since 1970-01-01T00:00:00Z.
///
/// CloudTrail records times in whole seconds of UTC; a fraction, where an exporter adds one, is
/// dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventTime(pub i64);

impl EventTime {
    /// Reads the forms in which CloudTrail and its exporters write times: `2026-03-02T10:00:00Z`,
    /// the basic form `20260302T100000Z`, and RFC 3339 with fraction or offset. A time without a
    /// zone is not read, since its meaning is unknown.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if let Some(time) = usual_form(text.as_bytes()) {
            return Some(time);
        }
        let time: jiff::Timestamp = text.parse().ok()?;
        Some(Self(time.as_second()))
    }

    /// Reads `credentials.expiration` of STS: `Jan 22, 2021 12:46:28 AM` in UTC, or any form that
    /// [`EventTime::parse`] reads.
    #[must_use]
    pub fn parse_expiration(text: &str) -> Option<Self> {
        if let Some(time) = Self::parse(text) {
            return Some(time);
        }
        let time = jiff::civil::DateTime::strptime("%b %d, %Y %I:%M:%S %p", text).ok()?;
        let time = time.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
        Some(Self(time.timestamp().as_second()))
    }

    /// RFC 3339 in UTC.
    #[must_use]
    pub fn to_rfc3339(self) -> String {
        jiff::Timestamp::from_second(self.0)
            .map_or_else(|_| format!("@{}", self.0), |time| time.to_string())
    }
}

impl std::fmt::Display for EventTime {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.to_rfc3339())
    }
}

/// `YYYY-MM-DDTHH:MM:SSZ`, which every trail writes, without the cost of a general parser.
fn usual_form(bytes: &[u8]) -> Option<EventTime> {
    let bytes: &[u8; 20] = bytes.try_into().ok()?;
    let [
        y1,
        y2,
        y3,
        y4,
        b'-',
        o1,
        o2,
        b'-',
        d1,
        d2,
        b'T',
        h1,
        h2,
        b':',
        m1,
        m2,
        b':',
        s1,
        s2,
        b'Z',
    ] = *bytes
    else {
        return None;
    };
    let year = number([y1, y2])? * 100 + number([y3, y4])?;
    let month = number([o1, o2])?;
    let day = number([d1, d2])?;
    let (hour, minute, second) = (number([h1, h2])?, number([m1, m2])?, number([s1, s2])?);
    // A leap second is left to the general parser, as are days that a month may not have.
    if !(1..=12).contains(&month)
        || !(1..=28).contains(&day)
        || hour > 23
        || minute > 59
        || second > 59
    {
        return None;
    }
    let days = days_from_civil(year, month, day);
    Some(EventTime(
        days * 86_400 + hour * 3_600 + minute * 60 + second,
    ))
}

fn number([tens, ones]: [u8; 2]) -> Option<i64> {
    if !tens.is_ascii_digit() || !ones.is_ascii_digit() {
        return None;
    }
    Some(i64::from(tens - b'0') * 10 + i64::from(ones - b'0'))
}

/// Days from 1970-01-01 in the proleptic Gregorian calendar.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let shifted_month = if month > 2 { month - 3 } else { month + 9 };
    let day_of_year = (153 * shifted_month + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_form_reads() {
        let expected = Some(EventTime(1_772_445_600));
        for text in [
            "2026-03-02T10:00:00Z",
            "20260302T100000Z",
            "2026-03-02T10:00:00.123Z",
            "2026-03-02T12:00:00+02:00",
        ] {
            assert_eq!(EventTime::parse(text), expected, "{text}");
        }
    }

    #[test]
    fn times_without_a_zone_or_sense_are_refused() {
        for text in [
            "2026-03-02T10:00:00",
            "2026-13-02T10:00:00Z",
            "2026-02-30T10:00:00Z",
            "",
            "yesterday",
        ] {
            assert_eq!(EventTime::parse(text), None, "{text}");
        }
    }

    #[test]
    fn expirations_read_in_both_forms() {
        let expected = EventTime::parse("2021-01-22T00:46:28Z");
        assert!(expected.is_some());
        for text in [
            "Jan 22, 2021 12:46:28 AM",
            "2021-01-22T00:46:28Z",
            "20210122T004628Z",
        ] {
            assert_eq!(EventTime::parse_expiration(text), expected, "{text}");
        }
        assert_eq!(
            EventTime::parse_expiration("Dec 31, 2021 11:59:59 PM"),
            EventTime::parse("2021-12-31T23:59:59Z")
        );
        assert_eq!(EventTime::parse_expiration("soon"), None);
    }

    #[test]
    fn a_leap_second_reads_as_the_last_second() {
        assert!(EventTime::parse("2016-12-31T23:59:60Z").is_some());
    }

    proptest! {
        #[test]
        fn the_fast_form_agrees_with_the_general_parser(second in -60_000_000_000i64..250_000_000_000) {
            let text = jiff::Timestamp::from_second(second).unwrap().to_string();
            prop_assert_eq!(EventTime::parse(&text), Some(EventTime(second)));
        }
    }
}
