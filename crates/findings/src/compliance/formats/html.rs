//! One HTML page that needs nothing else: one style sheet, one script, no request. The content
//! security policy admits these two by their hashes and forbids the rest.
//!
//! The script only filters; without it everything is there, in `details` that open by themselves.
//! Rows are made when results come and kept within bounds; what was left out is said where it
//! would stand and at the top.

mod result;
mod sections;

use std::io;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use crate::Severity;
use crate::compliance::held::{Bounds, Held};
use crate::compliance::writer::Sink;
use crate::compliance::{CheckHeader, CheckResult, CheckSummary, Verdict, wording};
use crate::formats::html::{card, text};
use crate::formats::wording::{counted, grouped, readable_time};

const STYLE: &str = concat!(
    include_str!("../../formats/html/page.css"),
    include_str!("html/page.css")
);
const SCRIPT: &str = include_str!("html/page.js");

/// Rows of one control with one verdict.
const ROWS_PER_GROUP: usize = 200;
/// Bytes of all rows together; browsers get slow beyond.
const ROW_BYTES: usize = 12 * 1024 * 1024;

pub(crate) struct Html<'out> {
    out: Box<dyn io::Write + 'out>,
    held: Held<String>,
}

impl<'out> Html<'out> {
    pub(crate) fn new(out: Box<dyn io::Write + 'out>) -> Self {
        Self {
            out,
            held: Held::new(Bounds {
                rows_per_group: ROWS_PER_GROUP,
                bytes: ROW_BYTES,
            }),
        }
    }
}

impl Sink for Html<'_> {
    fn begin(&mut self, _: &CheckHeader) -> io::Result<()> {
        Ok(())
    }

    fn result(&mut self, result: &CheckResult) -> io::Result<()> {
        if !matches!(result.verdict, Verdict::Pass | Verdict::NotApplicable) {
            self.held.keep(result.verdict, &result.control, || {
                let row = result::row(result);
                let size = row.len();
                (row, size)
            });
        }
        Ok(())
    }

    fn end(&mut self, summary: &CheckSummary) -> io::Result<()> {
        let out = &mut *self.out;
        head(summary, out)?;
        writeln!(out, "<main>")?;
        sections::incomplete(summary, out)?;
        left_out(&self.held, out)?;
        cards(summary, out)?;
        sections::areas(summary, out)?;
        results(&self.held, summary, out)?;
        sections::permissions(summary, out)?;
        sections::frameworks(summary, out)?;
        sections::controls(summary, out)?;
        sections::account(summary, out)?;
        writeln!(out, "</main>")?;
        footer(summary, out)?;
        out.flush()
    }
}

fn head(summary: &CheckSummary, out: &mut dyn io::Write) -> io::Result<()> {
    let hash = |content: &str| STANDARD.encode(Sha256::digest(content.as_bytes()));
    let style = hash(STYLE);
    let script = hash(SCRIPT);
    writeln!(
        out,
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'sha256-{style}'; script-src 'sha256-{script}'; base-uri 'none'; form-action 'none'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"referrer\" content=\"no-referrer\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <title>Rempart posture</title>\n<style>{STYLE}</style>\n</head>\n<body>"
    )?;
    writeln!(
        out,
        "<header class=\"top\">\n<h1>Rempart posture</h1>\n<p>{}</p>\n<p class=\"soft\"><bdi>{}</bdi></p>",
        text(&wording::summary_line(summary)),
        text(&summary.header.snapshot)
    )?;
    if let Some(time) = &summary.header.generated_at {
        writeln!(
            out,
            "<p class=\"soft\">Report of {}</p>",
            text(&readable_time(time))
        )?;
    }
    writeln!(
        out,
        "<nav aria-label=\"Sections\"><a href=\"#areas\">Areas</a><a href=\"#results\">Results</a><a href=\"#permissions\">Permissions</a>\
         <a href=\"#frameworks\">Frameworks</a><a href=\"#controls\">Controls</a><a href=\"#account\">Account of the run</a></nav>\n</header>"
    )
}

fn left_out(held: &Held<String>, out: &mut dyn io::Write) -> io::Result<()> {
    let parts: Vec<String> = [Verdict::Fail, Verdict::Unknown, Verdict::Muted]
        .into_iter()
        .map(|verdict| (held.left_out(verdict), verdict))
        .filter(|(count, _)| *count > 0)
        .map(|(count, verdict)| format!("{} {verdict}", grouped(count)))
        .collect();
    if parts.is_empty() {
        return Ok(());
    }
    writeln!(
        out,
        "<div class=\"warning\" role=\"note\">Counted but not shown one by one on this page: {}. \
         The JSON Lines output has them all.</div>",
        parts.join(", ")
    )
}

fn cards(summary: &CheckSummary, out: &mut dyn io::Write) -> io::Result<()> {
    let overall = summary.overall();
    writeln!(
        out,
        "<h2 id=\"summary\">Summary</h2>\n<div class=\"cards\">\n\
         <div class=\"card\"><b>{}</b><span>score</span></div>\n<div class=\"card\"><b>{}</b><span>decided</span></div>",
        wording::percent(overall.score()),
        wording::percent(overall.decided())
    )?;
    for severity in Severity::ALL.into_iter().rev() {
        let fail = overall
            .by_severity
            .get(&severity)
            .map_or(0, |counts| counts.fail);
        let zero = if fail == 0 { " zero" } else { "" };
        writeln!(
            out,
            "<div class=\"card sev {severity}{zero}\"><b>{}</b><span>FAIL {severity}</span></div>",
            grouped(fail)
        )?;
    }
    writeln!(out, "</div>\n<div class=\"cards\">")?;
    let counts = overall.counts();
    card(counts.unknown, "UNKNOWN", "UNKNOWN", out)?;
    card(counts.muted, "MUTED", "MUTED", out)?;
    card(counts.pass, "PASS", "PASS", out)?;
    card(
        counts.not_applicable,
        "NOT APPLICABLE",
        "NOT APPLICABLE",
        out,
    )?;
    card(summary.resources, "resource", "resources", out)?;
    card(summary.controls.len() as u64, "control", "controls", out)?;
    writeln!(out, "</div>")
}

fn results(held: &Held<String>, summary: &CheckSummary, out: &mut dyn io::Write) -> io::Result<()> {
    writeln!(out, "<h2 id=\"results\">Results</h2>")?;
    if held.groups.is_empty() {
        return writeln!(
            out,
            "<p>Nothing failed, is unknown or was muted. Read the account of the run before taking that as good news.</p>"
        );
    }
    filter(summary, out)?;
    for (key, group) in &held.groups {
        result::group(key, group, out)?;
    }
    Ok(())
}

/// Shown by the script, which it needs.
fn filter(summary: &CheckSummary, out: &mut dyn io::Write) -> io::Result<()> {
    writeln!(
        out,
        "<form id=\"filter\" class=\"filter\" role=\"search\" aria-label=\"Filter results\" hidden>"
    )?;
    select(
        "severity",
        "Severity",
        Severity::ALL.into_iter().rev().map(|one| one.to_string()),
        out,
    )?;
    let areas = summary.areas();
    let areas = areas.keys().map(|area| (*area).to_owned());
    select("area", "Area", areas, out)?;
    let verdicts = [Verdict::Fail, Verdict::Unknown, Verdict::Muted];
    let verdicts = verdicts.into_iter().map(|one| one.to_string());
    select("verdict", "Verdict", verdicts, out)?;
    let accounts = summary.accounts.iter().take(sections::LIST_LIMIT).cloned();
    select("account-choice", "Account", accounts, out)?;
    writeln!(
        out,
        "<label for=\"search\">Search <input type=\"search\" id=\"search\" autocomplete=\"off\"></label>\n\
         <button type=\"reset\">Show all</button>\n<output id=\"shown\" aria-live=\"polite\"></output>\n</form>"
    )
}

fn select(
    id: &str,
    label: &str,
    values: impl Iterator<Item = String>,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    write!(
        out,
        "<label for=\"{id}\">{label} <select id=\"{id}\"><option value=\"\">all</option>"
    )?;
    for value in values {
        let value = text(&value);
        write!(out, "<option value=\"{value}\">{value}</option>")?;
    }
    writeln!(out, "</select></label>")
}

fn footer(summary: &CheckSummary, out: &mut dyn io::Write) -> io::Result<()> {
    let count = counted(ROWS_PER_GROUP as u64, "result", "results");
    writeln!(
        out,
        "<footer>Rempart {}. Characters that do not show are written as <code>\\u{{..}}</code>; long values are shortened; \
         at most {count} of a control and {} of rows are shown. The JSON Lines output has everything.</footer>\n\
         <script>{SCRIPT}</script>\n</body>\n</html>",
        text(&summary.header.tool_version),
        crate::formats::wording::bytes(ROW_BYTES as u64)
    )
}
