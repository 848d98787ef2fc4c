//! Wording that several formats share.

use crate::clock::{milliseconds, readable};
use crate::escape::visible;
use crate::{Finding, RuleRef, RunSummary, Severity};

/// One line about a run for people, such as
/// `3 findings (1 critical, 2 high) in 12,345 records from 4 sources, 2026-03-01 00:00:00Z to 2026-03-02 00:00:00Z`.
/// Safe to print: what would not show is escaped as in [`visible`].
pub fn summary_line(summary: &RunSummary) -> String {
    visible(&plain_summary_line(summary)).into_owned()
}

/// The same line with its texts as they are.
pub(crate) fn plain_summary_line(summary: &RunSummary) -> String {
    let mut line = counted(summary.findings(), "finding", "findings");
    let levels: Vec<String> = Severity::ALL
        .into_iter()
        .rev()
        .filter_map(|severity| {
            let count = summary.findings_by_severity.get(&severity).copied()?;
            (count > 0).then(|| format!("{} {severity}", grouped(count)))
        })
        .collect();
    if !levels.is_empty() {
        line.push_str(&format!(" ({})", levels.join(", ")));
    }
    line.push_str(&format!(
        " in {} from {}",
        counted(summary.kept, "record", "records"),
        counted(summary.sources, "source", "sources")
    ));
    if let Some(span) = time_span(
        summary.first_event.as_deref(),
        summary.last_event.as_deref(),
    ) {
        line.push_str(&format!(", {span}"));
    }
    if !summary.incomplete.is_empty() {
        line.push_str(", incomplete");
    }
    line
}

/// What became of every record that was read.
pub(crate) fn accounting(summary: &RunSummary) -> String {
    let conflicting = match summary.conflicting_duplicates {
        0 => String::new(),
        count => format!(" ({} with differing bytes)", grouped(count)),
    };
    format!(
        "read {} from {}: {} kept, {}{conflicting}, {} filtered out, {} unreadable, {} not CloudTrail",
        counted(summary.records_read, "record", "records"),
        counted(summary.sources, "source", "sources"),
        grouped(summary.kept),
        counted(summary.duplicates, "duplicate", "duplicates"),
        grouped(summary.filtered),
        grouped(summary.unreadable),
        grouped(summary.not_cloudtrail),
    )
}

/// Who wrote the rule, under which licence, and where it is.
pub(crate) fn rule_credit(rule: &RuleRef) -> String {
    let mut credit = format!("by {}", or_unstated(&rule.author));
    credit.push_str(&format!(", licence {}", or_unstated(&rule.license)));
    if let Some(reference) = &rule.reference {
        credit.push_str(&format!(", {reference}"));
    }
    credit
}

/// Statements about the limits of a finding that follow from its marks.
pub(crate) fn all_notes(finding: &Finding) -> Vec<String> {
    let mut notes = finding.notes.clone();
    if finding.order_not_provable {
        notes.push("equal timestamps: the order of the events is not provable".to_owned());
    }
    if finding.evidence_truncated {
        notes.push(format!(
            "{} of {} are listed as evidence",
            grouped(finding.evidence.len() as u64),
            counted(finding.event_count, "event", "events"),
        ));
    }
    notes
}

/// When a finding happened, for people.
pub(crate) fn time_span(first: Option<&str>, last: Option<&str>) -> Option<String> {
    match (first, last) {
        (Some(first), Some(last)) if first != last => Some(format!(
            "{} to {}",
            readable_time(first),
            readable_time(last)
        )),
        (Some(time), _) | (None, Some(time)) => Some(readable_time(time)),
        (None, None) => None,
    }
}

/// An RFC 3339 time for people; anything else stays as it is.
pub(crate) fn readable_time(text: &str) -> String {
    milliseconds(text)
        .map(readable)
        .unwrap_or_else(|| text.to_owned())
}

/// A number with its noun.
pub(crate) fn counted(count: u64, one: &str, many: &str) -> String {
    let noun = if count == 1 { one } else { many };
    format!("{} {noun}", grouped(count))
}

/// A number with commas between thousands.
pub(crate) fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A number of bytes for people.
pub(crate) fn bytes(count: u64) -> String {
    const UNITS: [&str; 5] = ["KiB", "MiB", "GiB", "TiB", "PiB"];
    if count < 1024 {
        return counted(count, "byte", "bytes");
    }
    let mut value = count as f64;
    let mut unit = "bytes";
    for name in UNITS {
        if value < 1024.0 {
            break;
        }
        value /= 1024.0;
        unit = name;
    }
    format!("{value:.1} {unit}")
}

fn or_unstated(text: &str) -> &str {
    if text.trim().is_empty() {
        "not stated"
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_for_people() {
        assert_eq!(grouped(0), "0");
        assert_eq!(grouped(999), "999");
        assert_eq!(grouped(1_000), "1,000");
        assert_eq!(grouped(1_234_567), "1,234,567");
        assert_eq!(bytes(1), "1 byte");
        assert_eq!(bytes(1536), "1.5 KiB");
        assert_eq!(bytes(u64::MAX), "16384.0 PiB");
    }

    #[test]
    fn one_line_about_a_run() {
        let mut summary = RunSummary {
            sources: 4,
            kept: 12_345,
            ..RunSummary::default()
        };
        assert_eq!(
            summary_line(&summary),
            "0 findings in 12,345 records from 4 sources"
        );
        summary.findings_by_severity.insert(Severity::High, 2);
        summary.findings_by_severity.insert(Severity::Critical, 1);
        summary.findings_by_severity.insert(Severity::Low, 0);
        summary.first_event = Some("2026-03-01T00:00:00Z".to_owned());
        summary.last_event = Some("2026-03-02T00:00:00Z".to_owned());
        summary.incomplete.push("one file unreadable".to_owned());
        assert_eq!(
            summary_line(&summary),
            "3 findings (1 critical, 2 high) in 12,345 records from 4 sources, \
             2026-03-01 00:00:00Z to 2026-03-02 00:00:00Z, incomplete"
        );
        summary.first_event = Some("\u{1b}[2J".to_owned());
        assert!(summary_line(&summary).contains(", \\u{1b}[2J to"));
    }
}
