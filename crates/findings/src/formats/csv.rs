//! Comma-separated values for spreadsheets (RFC 4180).
//!
//! A list is written one value a line inside its cell. Characters that do not show are written as
//! `\u{..}` (in lists also line feeds inside a value). A cell that a spreadsheet could take for a
//! formula, and a cell that begins with a single quote, gets a single quote in front. All of that
//! can be undone: strip one leading quote, split lists at line feeds, replace `\u{..}`.

use std::io;

use crate::escape::visible;
use crate::output::Report;
use crate::{Evidence, Finding};

/// Names of the columns, in order.
const COLUMNS: [&str; 30] = [
    "id",
    "severity",
    "category",
    "outcome",
    "rule_title",
    "principal",
    "source_ip",
    "user_agent",
    "account",
    "region",
    "resources",
    "first_time",
    "last_time",
    "event_count",
    "explanation",
    "next_steps",
    "false_positives",
    "notes",
    "guardrails",
    "techniques",
    "event_ids",
    "evidence",
    "evidence_truncated",
    "order_not_provable",
    "rule_id",
    "rule_author",
    "rule_license",
    "rule_reference",
    "rule_references",
    "rule_level",
];

pub(crate) fn write(report: &Report<'_>, out: &mut dyn io::Write) -> io::Result<()> {
    let mut writer = ::csv::WriterBuilder::new()
        .terminator(::csv::Terminator::CRLF)
        .from_writer(out);
    writer.write_record(COLUMNS).map_err(into_io)?;
    for finding in report.findings {
        writer.write_record(row(finding)).map_err(into_io)?;
    }
    writer.flush()
}

fn row(finding: &Finding) -> [String; 30] {
    let rule = &finding.rule;
    let principals = if finding.principals.is_empty() {
        std::slice::from_ref(&finding.principal)
    } else {
        &finding.principals
    };
    [
        single(&finding.id),
        finding.severity.to_string(),
        finding.category.to_string(),
        finding.outcome.to_string(),
        single(&rule.title),
        list(principals),
        list(&finding.source_ips),
        list(&finding.user_agents),
        list(&finding.accounts),
        list(&finding.regions),
        list(&finding.resources),
        single(finding.first_time.as_deref().unwrap_or_default()),
        single(finding.last_time.as_deref().unwrap_or_default()),
        finding.event_count.to_string(),
        single(&finding.explanation),
        list(&finding.next_steps),
        list(&rule.false_positives),
        list(&finding.notes),
        list(&finding.guardrails),
        list(finding.techniques.iter().map(|technique| &technique.id)),
        list(&finding.event_ids),
        list(finding.evidence.iter().map(evidence_line)),
        finding.evidence_truncated.to_string(),
        finding.order_not_provable.to_string(),
        single(&rule.id),
        single(&rule.author),
        single(&rule.license),
        single(rule.reference.as_deref().unwrap_or_default()),
        list(&rule.references),
        rule.level.to_string(),
    ]
}

fn evidence_line(evidence: &Evidence) -> String {
    format!(
        "{}#{} sha256:{}",
        evidence.source, evidence.index, evidence.sha256
    )
}

/// A text cell: its line feeds stay, they are quoted.
pub(crate) fn single(text: &str) -> String {
    let lines: Vec<_> = text.split('\n').map(visible).collect();
    guarded(lines.join("\n"))
}

/// A list cell: one value a line.
pub(crate) fn list<S: AsRef<str>>(values: impl IntoIterator<Item = S>) -> String {
    let lines: Vec<String> = values
        .into_iter()
        .map(|value| visible(value.as_ref()).into_owned())
        .collect();
    guarded(lines.join("\n"))
}

/// Spreadsheets run a cell as a formula when it begins with one of a few signs; some skip blanks
/// first, and some read the full-width forms as the plain ones.
fn guarded(cell: String) -> String {
    let first = cell.trim_start().chars().next();
    let formula = matches!(
        first,
        Some('=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠' | '|' | '%')
    );
    // A quote in front of a quote keeps the guard reversible; a line feed, carriage return or tab
    // in front starts a formula in some programs.
    let quote = ["'", "\n", "\\u{9}", "\\u{d}"]
        .iter()
        .any(|start| cell.starts_with(start));
    if formula || quote {
        format!("'{cell}")
    } else {
        cell
    }
}

pub(crate) fn into_io(error: ::csv::Error) -> io::Error {
    match error.into_kind() {
        ::csv::ErrorKind::Io(source) => source,
        other => io::Error::other(format!("{other:?}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_guarded() {
        for text in [
            "=1",
            "+1",
            "-1",
            "@a",
            "  =1",
            "＝1",
            "＋1",
            "－1",
            "＠a",
            "=cmd|' /C calc'!A0",
            "'=1",
        ] {
            assert_eq!(single(text), format!("'{text}"));
        }
        assert_eq!(single("\t=1"), "'\\u{9}=1");
        assert_eq!(single("\n=1"), "'\n=1");
        assert_eq!(single("a=1"), "a=1");
        assert_eq!(list(["-a", "b\nc"]), "'-a\nb\\u{a}c");
    }
}
