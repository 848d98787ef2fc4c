//! One control with its results.

use std::io;

use crate::compliance::held::{Group, GroupKey};
use crate::compliance::{CheckResult, Verdict, wording};
use crate::escape::markup;
use crate::formats::html::{badge, text};
use crate::formats::wording::{counted, grouped, readable_time};

/// Longest name, message and value of a row, in columns.
const LONGEST_CELL: usize = 400;
/// Values of a row.
const EXCERPTS: usize = 8;
/// Answers of a row.
const EVIDENCE: usize = 4;
/// Longest code of a repair, in columns.
const LONGEST_CODE: usize = 4_000;

fn cell(raw: &str) -> String {
    markup(raw, LONGEST_CELL)
}

/// The row of a result, ready to be written.
pub(super) fn row(result: &CheckResult) -> String {
    let resource = &result.resource;
    let mut row = format!(
        "<tr data-account=\"{}\"><th scope=\"row\"><bdi class=\"mono\">{}</bdi>",
        text(&resource.account),
        cell(resource.name())
    );
    if let Some(address) = &resource.address {
        row.push_str(&format!(
            "<br><bdi class=\"soft\">{}</bdi>",
            cell(&wording::place(address))
        ));
    }
    row.push_str(&format!(
        "</th><td><bdi>{}</bdi></td><td><bdi>{}</bdi></td><td><bdi>{}</bdi>",
        cell(&resource.account),
        cell(&resource.region),
        cell(&wording::statement(result))
    ));
    if let Some(mute) = wording::mute(result) {
        row.push_str(&format!("<br><bdi class=\"soft\">{}</bdi>", cell(&mute)));
    }
    row.push_str("</td><td>");
    for excerpt in result.excerpt.iter().take(EXCERPTS) {
        row.push_str(&format!(
            "<div><code>{}</code></div>",
            cell(&wording::excerpt(excerpt))
        ));
    }
    more(result.excerpt.len(), EXCERPTS, "values", &mut row);
    if !result.evidence.is_empty() {
        row.push_str("<details><summary>evidence</summary>");
        for evidence in result.evidence.iter().take(EVIDENCE) {
            let time = evidence.at.as_deref().map(readable_time);
            row.push_str(&format!(
                "<div><code>{}</code> <span class=\"soft\">{}</span></div>",
                cell(&wording::evidence(evidence)),
                cell(&time.unwrap_or_default())
            ));
        }
        more(result.evidence.len(), EVIDENCE, "answers", &mut row);
        row.push_str("</details>");
    }
    row.push_str("</td></tr>\n");
    row
}

fn more(all: usize, shown: usize, noun: &str, row: &mut String) {
    if all > shown {
        row.push_str(&format!(
            "<div class=\"soft\">… and {} more {noun}</div>",
            grouped((all - shown) as u64)
        ));
    }
}

/// A control with one verdict and its rows.
pub(super) fn group(
    key: &GroupKey,
    group: &Group<String>,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let control = &*group.control;
    let verdict = key.verdict;
    let class = match verdict {
        Verdict::Unknown => "unknown",
        Verdict::Muted => "muted",
        _ => control.severity.as_str(),
    };
    writeln!(
        out,
        "<details class=\"control {class}\" data-severity=\"{}\" data-area=\"{}\" data-verdict=\"{verdict}\">\n\
         <summary>{verdict} {} <bdi>{}</bdi> <bdi>{}</bdi> <span class=\"soft\">{} · <bdi>{}</bdi></span></summary>\n<dl>",
        control.severity,
        text(&control.area),
        badge(control.severity),
        text(&control.id),
        text(&control.title),
        counted(group.total(), "result", "results"),
        text(&control.area)
    )?;
    let mut entry = |label: &str, value: &str| -> io::Result<()> {
        if value.is_empty() {
            return Ok(());
        }
        writeln!(out, "<dt>{label}</dt><dd><bdi>{}</bdi></dd>", text(value))
    };
    entry("Why", &control.why)?;
    if verdict != Verdict::Unknown {
        entry("Fix", &wording::remediation(control))?;
    }
    entry("Requirements", &control.requirements.join(", "))?;
    entry("Answers", &wording::mappings(control).join("; "))?;
    writeln!(out, "</dl>")?;
    if verdict != Verdict::Unknown {
        code("Command", control.remediation.cli.as_deref(), out)?;
        code("Terraform", control.remediation.terraform.as_deref(), out)?;
    }
    writeln!(
        out,
        "<div class=\"scroll\"><table>\n<thead><tr><th scope=\"col\">Resource</th><th scope=\"col\">Account</th>\
         <th scope=\"col\">Region</th><th scope=\"col\">{}</th><th scope=\"col\">What was read</th></tr></thead>\n<tbody class=\"rows\">",
        if verdict == Verdict::Unknown {
            "Reason"
        } else {
            "Found"
        }
    )?;
    for row in group.rows() {
        out.write_all(row.as_bytes())?;
    }
    writeln!(out, "</tbody></table></div>")?;
    if group.more > 0 {
        writeln!(
            out,
            "<p class=\"soft\" role=\"note\">… and {} more, in the JSON Lines output</p>",
            grouped(group.more)
        )?;
    }
    writeln!(out, "</details>")
}

/// Code keeps its lines.
fn code(label: &str, content: Option<&str>, out: &mut dyn io::Write) -> io::Result<()> {
    let Some(content) = content.filter(|content| !content.is_empty()) else {
        return Ok(());
    };
    let mut room = LONGEST_CODE;
    let mut lines = Vec::new();
    for line in content.lines() {
        if room < 8 {
            lines.push("…".to_owned());
            break;
        }
        lines.push(markup(line, room));
        room = room.saturating_sub(line.len() + 1);
    }
    writeln!(
        out,
        "<p class=\"soft\">{label}</p><pre><code>{}</code></pre>",
        lines.join("\n")
    )
}
