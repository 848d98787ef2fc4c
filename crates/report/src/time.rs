//! Times of a case for people and for charts. Nothing here reads a clock.

use jiff::Timestamp;
use rempart_locale::Text;

use crate::words::{Said, Words};

/// Milliseconds since 1970 of an RFC 3339 time; `None` for anything else.
pub(crate) fn milliseconds(text: &str) -> Option<i64> {
    parsed(text).map(Timestamp::as_millisecond)
}

/// Microseconds since 1970.
pub(crate) fn microseconds(text: &str) -> Option<i64> {
    parsed(text).map(Timestamp::as_microsecond)
}

/// `2026-03-02 10:00:00`, in UTC; what cannot be read is shown as it is.
pub(crate) fn readable(text: &str) -> Said {
    written(text, "%Y-%m-%d %H:%M:%S")
}

/// As [`readable`], of milliseconds since 1970; empty outside the calendar.
pub(crate) fn of_milliseconds(milliseconds: i64) -> String {
    Timestamp::from_millisecond(milliseconds)
        .map(|time| time.strftime("%Y-%m-%d %H:%M:%S").to_string())
        .unwrap_or_default()
}

/// `2026-03-02`.
pub(crate) fn day(text: &str) -> Option<String> {
    parsed(text).map(|time| time.strftime("%Y-%m-%d").to_string())
}

/// Hour of the day, in UTC.
pub(crate) fn hour(text: &str) -> Option<u8> {
    let hour = parsed(text)?.strftime("%H").to_string();
    hour.parse().ok()
}

/// `10:00:00`.
pub(crate) fn clock(text: &str) -> Said {
    written(text, "%H:%M:%S")
}

/// An RFC 3339 time in the one form that `datetime` and the exports take: UTC, at least seconds.
pub(crate) fn exact(text: &str) -> Option<String> {
    parsed(text).map(|time| time.to_string())
}

/// A time in another notation of `strftime`, in UTC; empty where it cannot be read.
pub(crate) fn notation(text: &str, notation: &str) -> String {
    let time = parsed(text).map(|time| time.strftime(notation).to_string());
    time.unwrap_or_default()
}

/// How long it is from one time to another, in words.
pub(crate) fn between(words: Words, from: &str, to: &str) -> Option<Said> {
    let minutes = milliseconds(to)?.checked_sub(milliseconds(from)?)? / 60_000;
    let (days, hours, minutes) = (minutes / 1_440, minutes / 60 % 24, minutes % 60);
    let key = if days == 0 {
        "report-duration-hours"
    } else {
        "report-duration"
    };
    let mut text = Text::new(key).with("hours", hours).with("minutes", minutes);
    if days != 0 {
        text = text.with("days", days);
    }
    Some(words.say(&text))
}

fn parsed(text: &str) -> Option<Timestamp> {
    text.trim().parse().ok()
}

fn written(text: &str, notation: &str) -> Said {
    match parsed(text) {
        Some(time) => Said::of_program(time.strftime(notation).to_string()),
        None => Said::of_case(text),
    }
}

#[cfg(test)]
mod tests {
    use rempart_locale::Language;

    use super::*;

    #[test]
    fn times_read_and_print() {
        assert_eq!(milliseconds("1970-01-01T00:00:01.5Z"), Some(1_500));
        assert_eq!(
            readable("2026-03-02T11:00:00+01:00").as_str(),
            "2026-03-02 10:00:00"
        );
        assert_eq!(readable("then\n").as_str(), "then\\u{a}");
        assert_eq!(
            exact("2026-03-02T11:00:00+01:00").unwrap(),
            "2026-03-02T10:00:00Z"
        );
        assert_eq!(hour("2026-03-02T23:59:59Z"), Some(23));
        let words = Words::new(Language::English);
        let long = between(words, "2026-03-02T10:00:00Z", "2026-03-03T12:05:00Z");
        assert_eq!(long.unwrap().as_str(), "1 day 2\u{a0}h 5\u{a0}min");
        let short = between(words, "2026-03-02T10:00:00Z", "2026-03-02T10:05:00Z");
        assert_eq!(short.unwrap().as_str(), "0\u{a0}h 5\u{a0}min");
    }
}
