//! Times on the command line.

use jiff::Timestamp;
use jiff::civil::Date;

/// Reads a date (its start in UTC) or an RFC 3339 time with a zone, as seconds since 1970.
pub(crate) fn parse_bound(text: &str) -> Result<i64, String> {
    if let Ok(time) = text.parse::<Timestamp>() {
        return Ok(time.as_second());
    }
    let is_plain_date = text.len() == 10;
    if is_plain_date && let Ok(date) = text.parse::<Date>() {
        let start = date.at(0, 0, 0, 0).to_zoned(jiff::tz::TimeZone::UTC);
        return start
            .map(|start| start.timestamp().as_second())
            .map_err(|error| error.to_string());
    }
    Err("a date (2026-03-01) or a time with zone (2026-03-01T12:00:00Z) is needed".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_and_times_with_a_zone_are_read() {
        assert_eq!(parse_bound("1970-01-02"), Ok(86_400));
        assert_eq!(parse_bound("1970-01-01T02:00:00+01:00"), Ok(3600));
    }

    #[test]
    fn anything_else_is_refused() {
        for text in [
            "",
            "yesterday",
            "2026-13-01",
            "2026-03-01T12:00:00",
            "2026-03",
            "1770000000",
            "2026-02-30",
        ] {
            assert!(parse_bound(text).is_err(), "{text}");
        }
    }
}
