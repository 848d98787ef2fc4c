//! Times of findings as numbers. Nothing here reads a clock.

use jiff::Timestamp;

/// Milliseconds since 1970 of an RFC 3339 time; `None` for anything else.
pub(crate) fn milliseconds(text: &str) -> Option<i64> {
    text.trim()
        .parse::<Timestamp>()
        .ok()
        .map(Timestamp::as_millisecond)
}

/// Milliseconds since 1970 of an optional RFC 3339 time.
pub(crate) fn optional_milliseconds(text: Option<&str>) -> Option<i64> {
    text.and_then(milliseconds)
}

/// Milliseconds since 1970 as `2026-03-02 10:00:00Z`, empty outside the calendar.
pub(crate) fn readable(milliseconds: i64) -> String {
    Timestamp::from_millisecond(milliseconds)
        .map(|time| time.strftime("%Y-%m-%d %H:%M:%SZ").to_string())
        .unwrap_or_default()
}

/// Milliseconds since 1970 in another notation of `strftime`, empty outside the calendar.
pub(crate) fn formatted(milliseconds: i64, notation: &str) -> String {
    Timestamp::from_millisecond(milliseconds)
        .map(|time| time.strftime(notation).to_string())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_read_and_print() {
        assert_eq!(milliseconds("1970-01-01T00:00:01.5Z"), Some(1500));
        assert_eq!(milliseconds("1970-01-01T01:00:00+01:00"), Some(0));
        assert_eq!(milliseconds("yesterday"), None);
        assert_eq!(readable(0), "1970-01-01 00:00:00Z");
        assert_eq!(readable(i64::MAX), "");
        assert_eq!(formatted(0, "%H:%M"), "00:00");
    }
}
