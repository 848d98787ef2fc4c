//! The report as a page without scripts or outside references.

use std::fmt::Write as _;

use rempart_findings::visible;

use super::{ProofReport, PropertyLine};
use crate::proof::Outcome;

const STYLE: &str = "body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:60rem;padding:0 1rem;color:#1b1f24;background:#fff}h2{margin:1.6rem 0 .2rem;font-size:1.05rem}code,pre{font:13px/1.45 ui-monospace,monospace}pre{background:#f5f6f8;padding:.6rem;overflow-x:auto;white-space:pre-wrap}.mark{display:inline-block;min-width:5.5rem;font-weight:600}.refuted .mark{color:#b3261e}.proved .mark{color:#1b6e3c}.unknown .mark{color:#8a5a00}.absent .mark{color:#667}ul{margin:.2rem 0}small{color:#556}";

/// The report as an HTML document.
pub fn html(report: &ProofReport) -> String {
    let mut page = String::new();
    let summary = report.summary;
    let _ = write!(
        page,
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\"><title>Guardrails: what is proved</title><style>{STYLE}</style><h1>Guardrails: what is proved</h1><p>{} proved, {} refuted, {} unknown, {} not addressed by these policies: {}.</p><p><small>Omitted fields: {}. {}</small></p>",
        summary.proved,
        summary.refuted,
        summary.unknown,
        summary.not_addressed,
        escaped(&report.policies.join(", ")),
        report.presence,
        escaped(&report.reference.join("; "))
    );
    for line in &report.properties {
        property(&mut page, line);
    }
    if !report.statements.is_empty() {
        let notes = report.statements.iter();
        let lines: Vec<String> = notes
            .map(|note| format!("{} of {}: {}", note.statement, note.policy, note.note))
            .collect();
        list(&mut page, "Statements", &lines);
    }
    if !report.problems.is_empty() {
        list(&mut page, "Could not be used", &report.problems);
    }
    page.push_str("</html>\n");
    page
}

fn property(page: &mut String, line: &PropertyLine) {
    let (class, mark) = match line.outcome {
        Outcome::Proved => ("proved", "proved"),
        Outcome::Refuted => ("refuted", "refuted"),
        Outcome::Unknown => ("unknown", "unknown"),
        Outcome::NotAddressed => ("absent", "not addressed"),
    };
    let _ = write!(
        page,
        "<section class=\"{class}\"><h2 id=\"{}\"><span class=\"mark\">{mark}</span> {} <small><code>{}</code> {}</small></h2><p>{}</p>",
        escaped(&line.id),
        escaped(&line.title),
        escaped(&line.id),
        escaped(&line.requirements.join(", ")),
        escaped(&line.intent)
    );
    if !line.reasons.is_empty() {
        list(page, "Why", &line.reasons);
    }
    for broken in &line.broken {
        if let Some(call) = &broken.call {
            let _ = write!(page, "<pre>{}</pre>", escaped(call));
        }
    }
    if line.outcome == Outcome::Proved {
        let permitted: Vec<String> = line
            .permitted
            .iter()
            .map(|permit| permit.name.clone())
            .collect();
        list(page, "Stays possible", &permitted);
    }
    if let Some(residual) = &line.residual {
        let _ = write!(
            page,
            "<p><small>Not covered: {}</small></p>",
            escaped(residual)
        );
    }
    if !line.assumptions.is_empty() {
        let _ = write!(page, "<details><summary>Rests on</summary>");
        list(page, "", &line.assumptions);
        page.push_str("</details>");
    }
    page.push_str("</section>");
}

fn list(page: &mut String, title: &str, lines: &[String]) {
    let _ = write!(page, "<p>{}</p><ul>", escaped(title));
    for line in lines {
        let _ = write!(page, "<li>{}</li>", escaped(line));
    }
    page.push_str("</ul>");
}

fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in visible(text).chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}
