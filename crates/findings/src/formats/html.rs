//! One HTML page that needs nothing else: no script, no font, no image, no request.
//!
//! The content security policy forbids everything but the one style sheet, by its hash. Text from
//! logs is made visible, shortened and escaped in [`text`], and stands in `bdi` elements so that
//! right-to-left letters cannot reorder what is around them.

mod finding;
mod people;
mod timeline;

use std::io;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use super::wording::{
    accounting, bytes, counted, grouped, plain_summary_line, readable_time, time_span,
};
use crate::escape::markup;
use crate::output::{Report, WriteOptions};
use crate::{Coverage, Finding, RuleRef, RunSummary, Severity};

pub(crate) const STYLE: &str = include_str!("html/page.css");
/// Longest text from a log that is shown whole, in characters.
const LONGEST_TEXT: usize = 2_000;
/// Findings that a page shows one by one, the most severe first; a browser opens no more.
const FINDING_LIMIT: usize = 5_000;
/// Unusable inputs that are listed.
const PROBLEM_LIMIT: usize = 500;

pub(crate) fn write(
    report: &Report<'_>,
    options: &WriteOptions,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let mut findings: Vec<&Finding> = report.findings.iter().collect();
    findings.sort_by(|left, right| {
        (right.severity.cmp(&left.severity))
            .then(left.category.cmp(&right.category))
            .then(left.first_time.cmp(&right.first_time))
            .then(left.id.cmp(&right.id))
    });
    head(report, options, out)?;
    writeln!(out, "<main>")?;
    cards(&findings, report.summary, out)?;
    let shown = findings.get(..FINDING_LIMIT).unwrap_or(&findings);
    if shown.len() < findings.len() {
        let more = counted((findings.len() - shown.len()) as u64, "finding", "findings");
        writeln!(
            out,
            "<div class=\"warning\" role=\"note\">{more} of the lowest severities are counted above and not shown below; \
             the JSON Lines output has them all.</div>"
        )?;
    }
    timeline::write(shown, out)?;
    people::write(shown, out)?;
    finding::write_all(shown, out)?;
    if let Some(coverage) = report.coverage {
        coverage_section(coverage, out)?;
    }
    if let Some(summary) = report.summary {
        account_section(summary, out)?;
    }
    rule_section(&findings, out)?;
    writeln!(out, "</main>")?;
    footer(report, options, out)
}

/// Text from a log or a rule, ready to stand between tags or in a quoted attribute.
pub(crate) fn text(raw: &str) -> String {
    markup(raw, LONGEST_TEXT)
}

/// A link where `url` is an ordinary web address; its text alone otherwise.
fn link(url: &str, label: &str) -> String {
    let web = url.starts_with("https://") || url.starts_with("http://");
    if web && url.len() <= LONGEST_TEXT && url.bytes().all(|byte| byte.is_ascii_graphic()) {
        let target = text(url);
        format!(
            "<a href=\"{target}\" rel=\"noreferrer noopener\"><bdi>{}</bdi></a>",
            text(label)
        )
    } else {
        format!("<bdi>{}</bdi>", text(label))
    }
}

/// Where a rule that has no address in the web was read from.
fn place_of_rule(reference: &str) -> String {
    if reference.starts_with("https://") || reference.starts_with("http://") {
        return String::new();
    }
    format!("<br><bdi class=\"mono soft\">{}</bdi>", text(reference))
}

/// The coloured label of a severity.
pub(crate) fn badge(severity: Severity) -> String {
    format!("<span class=\"badge {severity}\">{severity}</span>")
}

/// Name of the anchor of the finding with this number.
fn anchor(number: usize) -> String {
    format!("finding-{}", number + 1)
}

fn head(report: &Report<'_>, options: &WriteOptions, out: &mut dyn io::Write) -> io::Result<()> {
    let hash = STANDARD.encode(Sha256::digest(STYLE.as_bytes()));
    writeln!(
        out,
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"referrer\" content=\"no-referrer\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <title>Rempart findings</title>\n<style>{STYLE}</style>\n</head>\n<body>"
    )?;
    writeln!(out, "<header class=\"top\">\n<h1>Rempart findings</h1>")?;
    if let Some(summary) = report.summary {
        writeln!(out, "<p>{}</p>", text(&plain_summary_line(summary)))?;
    }
    if let Some(time) = &options.generated_at {
        writeln!(
            out,
            "<p class=\"soft\">Report of {}</p>",
            text(&readable_time(time))
        )?;
    }
    write!(
        out,
        "<nav><a href=\"#timeline\">Timeline</a><a href=\"#principals\">Principals</a><a href=\"#findings\">Findings</a>"
    )?;
    if report.coverage.is_some() {
        write!(out, "<a href=\"#coverage\">Coverage</a>")?;
    }
    if report.summary.is_some() {
        write!(out, "<a href=\"#account\">Account of the run</a>")?;
    }
    writeln!(
        out,
        "<a href=\"#rules\">Rules and licences</a></nav>\n</header>"
    )
}

fn cards(
    findings: &[&Finding],
    summary: Option<&RunSummary>,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    if let Some(summary) = summary.filter(|summary| !summary.incomplete.is_empty()) {
        writeln!(
            out,
            "<div class=\"warning\" role=\"note\"><strong>This report is incomplete</strong><ul>"
        )?;
        for reason in &summary.incomplete {
            writeln!(out, "<li><bdi>{}</bdi></li>", text(reason))?;
        }
        writeln!(out, "</ul></div>")?;
    }
    writeln!(
        out,
        "<h2 id=\"summary\">Summary</h2>\n<div class=\"cards\">"
    )?;
    for severity in Severity::ALL.into_iter().rev() {
        let count = findings
            .iter()
            .filter(|finding| finding.severity == severity)
            .count() as u64;
        let zero = if count == 0 { " zero" } else { "" };
        writeln!(
            out,
            "<div class=\"card sev {severity}{zero}\"><b>{}</b><span>{severity}</span></div>",
            grouped(count)
        )?;
    }
    let mut people: Vec<&str> = findings
        .iter()
        .map(|finding| finding.principal.as_str())
        .collect();
    people.sort_unstable();
    people.dedup();
    writeln!(out, "</div>\n<div class=\"cards\">")?;
    card(
        people.len() as u64,
        "principal with findings",
        "principals with findings",
        out,
    )?;
    if let Some(summary) = summary {
        card(summary.kept, "record examined", "records examined", out)?;
        card(summary.accounts.len() as u64, "account", "accounts", out)?;
        card(summary.rules_loaded, "rule", "rules", out)?;
    }
    writeln!(out, "</div>")
}

pub(crate) fn card(count: u64, one: &str, many: &str, out: &mut dyn io::Write) -> io::Result<()> {
    let label = if count == 1 { one } else { many };
    writeln!(
        out,
        "<div class=\"card\"><b>{}</b><span>{label}</span></div>",
        grouped(count)
    )
}

fn coverage_section(coverage: &Coverage, out: &mut dyn io::Write) -> io::Result<()> {
    writeln!(
        out,
        "<h2 id=\"coverage\">What the logs could show</h2>\n\
         <p class=\"soft\">Where a category is not fully visible, silence proves nothing.</p>\n\
         <div class=\"scroll\"><table>\n<thead><tr><th>Category</th><th>Visible</th><th>Why not more</th></tr></thead>\n<tbody>"
    )?;
    for entry in &coverage.categories {
        let reasons: Vec<String> = entry
            .reasons
            .iter()
            .map(|reason| format!("<bdi>{}</bdi>", text(reason)))
            .collect();
        let word = entry.visible.as_str();
        writeln!(
            out,
            "<tr><td>{}</td><td><span class=\"badge {word}\">{word}</span></td><td>{}</td></tr>",
            entry.category.name(),
            reasons.join("<br>")
        )?;
    }
    writeln!(out, "</tbody></table></div>")?;
    for note in &coverage.notes {
        writeln!(out, "<p><bdi>{}</bdi></p>", text(note))?;
    }
    Ok(())
}

fn account_section(summary: &RunSummary, out: &mut dyn io::Write) -> io::Result<()> {
    writeln!(
        out,
        "<h2 id=\"account\">Account of the run</h2>\n<div class=\"card\"><dl>"
    )?;
    let mut row = |label: &str, value: &str| {
        writeln!(out, "<dt>{label}</dt><dd><bdi>{}</bdi></dd>", text(value))
    };
    row("Program", &format!("rempart {}", summary.tool_version))?;
    row("Records", &accounting(summary))?;
    let size = format!(
        "{} read, {} after decompression",
        bytes(summary.bytes_read),
        bytes(summary.bytes_inflated)
    );
    row("Size", &size)?;
    let period = time_span(
        summary.first_event.as_deref(),
        summary.last_event.as_deref(),
    );
    row(
        "Period",
        period.as_deref().unwrap_or("no event with a time"),
    )?;
    row("Accounts", &summary.accounts.join(", "))?;
    row("Regions", &summary.regions.join(", "))?;
    row("Rules", &grouped(summary.rules_loaded))?;
    writeln!(out, "</dl></div>")?;
    if summary.problems.is_empty() {
        return Ok(());
    }
    let count = counted(summary.problems.len() as u64, "input", "inputs");
    writeln!(
        out,
        "<details><summary>{count} could not be used</summary><div class=\"scroll\"><table>\n\
         <thead><tr><th>Source</th><th>Byte</th><th>Reason</th></tr></thead>\n<tbody>"
    )?;
    for problem in summary.problems.iter().take(PROBLEM_LIMIT) {
        let offset = problem.offset.map(grouped).unwrap_or_default();
        writeln!(
            out,
            "<tr><td><bdi class=\"mono\">{}</bdi></td><td class=\"short\">{offset}</td><td><bdi>{}</bdi></td></tr>",
            text(&problem.source),
            text(&problem.reason)
        )?;
    }
    writeln!(out, "</tbody></table></div></details>")?;
    if summary.problems.len() > PROBLEM_LIMIT {
        let more = (summary.problems.len() - PROBLEM_LIMIT) as u64;
        writeln!(out, "<p class=\"soft\">and {} more</p>", grouped(more))?;
    }
    Ok(())
}

/// The rules behind the findings with author, licence and link.
fn rule_section(findings: &[&Finding], out: &mut dyn io::Write) -> io::Result<()> {
    let mut rules: Vec<&RuleRef> = findings.iter().map(|finding| &finding.rule).collect();
    rules.sort_by(|left, right| left.title.cmp(&right.title).then(left.id.cmp(&right.id)));
    rules.dedup_by(|left, right| left.id == right.id);
    writeln!(out, "<h2 id=\"rules\">Rules and licences</h2>")?;
    if rules.is_empty() {
        return writeln!(out, "<p class=\"soft\">No rule fired.</p>");
    }
    writeln!(
        out,
        "<div class=\"scroll\"><table>\n<thead><tr><th>Rule</th><th>Author</th><th>Licence</th></tr></thead>\n<tbody>"
    )?;
    for rule in rules {
        let title = match &rule.reference {
            Some(reference) => link(reference, &rule.title),
            None => format!("<bdi>{}</bdi>", text(&rule.title)),
        };
        let place = rule
            .reference
            .as_deref()
            .map(place_of_rule)
            .unwrap_or_default();
        writeln!(
            out,
            "<tr><td>{title}<br><bdi class=\"mono soft\">{}</bdi>{place}</td><td><bdi>{}</bdi></td><td><bdi>{}</bdi></td></tr>",
            text(&rule.id),
            text(&rule.author),
            text(&rule.license)
        )?;
    }
    writeln!(out, "</tbody></table></div>")
}

fn footer(report: &Report<'_>, options: &WriteOptions, out: &mut dyn io::Write) -> io::Result<()> {
    let version = report
        .summary
        .map_or("", |summary| summary.tool_version.as_str());
    let time = options
        .generated_at
        .as_deref()
        .map(readable_time)
        .unwrap_or_default();
    let maker = format!("Rempart {version} {time}");
    writeln!(
        out,
        "<footer>{}. Characters that do not show are written as <code>\\u{{..}}</code>; long values are shortened, \
         the JSON Lines output has them whole.</footer>\n</body>\n</html>",
        text(maker.trim())
    )
}
