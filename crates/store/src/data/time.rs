//! Event times and expiries, in the forms that the API has them.

use rempart_lake::time;
pub(crate) use rempart_lake::time::LATEST;

/// Reads `yyyy-MM-ddTHH:mm:ssZ`, with three digits of a second, or up to nine when `nanoseconds`;
/// what is below a millisecond is cut off.
pub(crate) fn parse_text(text: &str, nanoseconds: bool) -> Option<i64> {
    const WITHOUT_FRACTION: usize = "yyyy-MM-ddTHH:mm:ssZ".len();
    const WITH_MILLISECONDS: usize = "yyyy-MM-ddTHH:mm:ss.SSSZ".len();
    let is_form = nanoseconds || matches!(text.len(), WITHOUT_FRACTION | WITH_MILLISECONDS);
    is_form.then(|| time::parse_text(text)).flatten()
}

/// Reads seconds since 1970 as a number, to the millisecond.
pub(crate) fn parse_seconds(text: &str) -> Option<i64> {
    time::from_seconds(text.parse().ok()?)
}

/// ISO 8601 in UTC, with milliseconds where there are any.
pub(crate) fn format(millis: i64) -> String {
    let text = time::format(millis);
    match text.strip_suffix(".000Z") {
        Some(whole) => format!("{whole}Z"),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rempart_lake::time::EARLIEST;

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
