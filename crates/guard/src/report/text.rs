//! The report for people.

use std::fmt::Write as _;

use rempart_findings::visible;

use super::ProofReport;
use crate::proof::Outcome;

/// The report as lines: a mark, the property, and below it why it is broken. `examples` adds the call
/// that makes each request.
pub fn text(report: &ProofReport, examples: bool) -> String {
    let mut text = String::new();
    let widest = report
        .properties
        .iter()
        .map(|line| line.id.len())
        .max()
        .unwrap_or(0);
    for line in &report.properties {
        if line.outcome == Outcome::NotAddressed {
            continue;
        }
        let mark = match line.outcome {
            Outcome::Proved => "proved ",
            Outcome::Refuted => "REFUTED",
            _ => "unknown",
        };
        let _ = writeln!(
            text,
            "{mark}  {:widest$}  {}",
            line.id,
            visible(&line.title)
        );
        for reason in &line.reasons {
            let _ = writeln!(text, "         {:widest$}  {}", "", visible(reason));
        }
        if examples && let Some(call) = line.broken.iter().find_map(|broken| broken.call.as_ref()) {
            let _ = writeln!(text, "         {:widest$}  $ {}", "", visible(call));
        }
    }
    for note in &report.statements {
        let _ = writeln!(
            text,
            "note     {:widest$}  {}",
            visible(&note.statement),
            visible(&format!("{}: {}", note.policy, note.note))
        );
    }
    let summary = report.summary;
    let _ = writeln!(
        text,
        "\n{} properties: {} proved, {} refuted, {} unknown, {} not addressed by these policies",
        report.properties.len(),
        summary.proved,
        summary.refuted,
        summary.unknown,
        summary.not_addressed
    );
    let _ = writeln!(
        text,
        "{}",
        match report.presence {
            "unknown" =>
                "Whether AWS fills a condition key when a request omits the field is not documented: proofs hold either way.",
            "always" =>
                "Taken for granted: AWS fills condition keys with the default when a request omits the field.",
            _ => "Taken for granted: a condition key is absent when a request omits the field.",
        }
    );
    text
}
