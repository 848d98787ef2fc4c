//! Legal periods that count from when the organisation became aware.
//!
//! Whether a duty applies is the reader's decision. Where a period counts from an earlier report, the
//! latest moment is given: as if that report were made at its own deadline.
//!
//! Sources: GDPR art. 33(1), 34(1); NIS2 (EU) 2022/2555 art. 23(4); DORA (EU) 2022/2554 art. 19 with
//! Delegated Regulation (EU) 2025/301 art. 5; AI Act (EU) 2024/1689 art. 73(2).

use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};
use rempart_locale::{Param, Text};

use crate::model::{Deadline, Indicator, Overview, Scope};
use crate::view::View;
use crate::words::names;

/// The periods; none when the time of becoming aware is not given or cannot be read.
pub(crate) fn deadlines(
    view: &View<'_>,
    scope: &Scope,
    overview: &Overview,
    indicators: &[Indicator],
) -> Vec<Deadline> {
    let aware = scope
        .aware_at
        .as_deref()
        .and_then(|text| text.parse::<Timestamp>().ok());
    let Some(aware) = aware else {
        return Vec::new();
    };
    let after_month =
        |days_of_hours: i64| later(aware, Span::new().hours(days_of_hours)).and_then(month_later);
    let hours = |hours: i64| later(aware, Span::new().hours(hours));
    let duties = [
        ("gdpr-33", hours(72)),
        ("gdpr-34", None),
        ("nis2-early-warning", hours(24)),
        ("nis2-notification", hours(72)),
        ("nis2-final", after_month(72)),
        ("dora-initial", hours(24)),
        ("dora-intermediate", hours(24 + 72)),
        ("dora-final", after_month(24 + 72)),
        ("ai-act-73", hours(15 * 24)),
    ];
    duties
        .into_iter()
        .map(|(duty, due)| Deadline {
            duty: duty.to_owned(),
            text: Text::new(format!("deadline-{duty}")).with("aware", aware.to_string()),
            due: due.map(|due| due.to_string()),
            content: content(duty, view, overview, indicators),
        })
        .collect()
}

fn later(from: Timestamp, span: Span) -> Option<Timestamp> {
    from.checked_add(span).ok()
}

/// The same day and time of the next month, or its last day, in UTC.
fn month_later(from: Timestamp) -> Option<Timestamp> {
    let zoned = from
        .to_zoned(TimeZone::UTC)
        .checked_add(Span::new().months(1))
        .ok()?;
    Some(zoned.timestamp())
}

/// What the case knows of what a report must hold.
fn content(
    duty: &str,
    view: &View<'_>,
    overview: &Overview,
    indicators: &[Indicator],
) -> Vec<(Text, Text)> {
    let value = |text: Param| Text::new("content-value").with("value", text);
    let unknown = || Text::new("content-unknown");
    let mut rows = vec![
        (Text::new("content-nature"), overview.headline.clone()),
        (
            Text::new("content-period"),
            match overview
                .first_bad
                .as_deref()
                .zip(overview.last_activity.as_deref())
            {
                Some((from, to)) => Text::new("content-from-to")
                    .with("from", from)
                    .with("to", to),
                None => unknown(),
            },
        ),
        (
            Text::new("content-accounts"),
            value(names(&overview.accounts)),
        ),
    ];
    let personal = || {
        let read = view
            .of(&["read-objects", "read-features"])
            .filter(|deed| deed.succeeded())
            .count();
        Text::new("content-records").with("count", read)
    };
    let measures = crate::timeline::measures(view);
    let measures = match measures.is_empty() {
        true => unknown(),
        false => value(names(measures.iter().map(|deed| deed.event.call()))),
    };
    match duty {
        "gdpr-33" | "gdpr-34" => {
            rows.push((Text::new("content-subjects"), unknown()));
            rows.push((Text::new("content-data"), personal()));
            rows.push((Text::new("content-contact"), unknown()));
            rows.push((Text::new("content-measures"), measures));
        }
        "ai-act-73" => {
            rows.push((Text::new("content-system"), unknown()));
            rows.push((Text::new("content-causal"), unknown()));
            rows.push((Text::new("content-measures"), measures));
        }
        _ => {
            let severity = overview
                .severity
                .map_or_else(unknown, |severity| value(severity.as_str().into()));
            rows.push((Text::new("content-severity"), severity));
            let shown = indicators
                .iter()
                .filter(|indicator| indicator.kind != "user-agent");
            rows.push((
                Text::new("content-indicators"),
                value(names(shown.map(|indicator| &indicator.value))),
            ));
            rows.push((Text::new("content-affected"), unknown()));
            rows.push((Text::new("content-measures"), measures));
        }
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_ends_on_its_last_day() {
        let from: Timestamp = "2026-01-30T10:00:00Z".parse().unwrap();
        assert_eq!(
            month_later(from).unwrap().to_string(),
            "2026-02-28T10:00:00Z"
        );
        let from: Timestamp = "2026-03-19T08:00:00Z".parse().unwrap();
        assert_eq!(
            month_later(from).unwrap().to_string(),
            "2026-04-19T08:00:00Z"
        );
    }
}
