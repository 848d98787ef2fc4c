//! What the page says about the run as a whole.

use std::io;

use crate::compliance::{
    AreaTally, CheckSummary, RequirementStatus, SEED_REQUIREMENTS, VerdictCounts, wording,
};
use crate::formats::html::{badge, text};
use crate::formats::wording::{counted, grouped, readable_time, time_span};

/// Entries of any list or table.
pub(super) const LIST_LIMIT: usize = 2_000;

const COUNT_HEADS: &str = "<th scope=\"col\" class=\"number\">PASS</th><th scope=\"col\" class=\"number\">FAIL</th>\
     <th scope=\"col\" class=\"number\">UNKNOWN</th><th scope=\"col\" class=\"number\">n/a</th>\
     <th scope=\"col\" class=\"number\">MUTED</th>";

fn count_cells(counts: &VerdictCounts) -> String {
    [
        counts.pass,
        counts.fail,
        counts.unknown,
        counts.not_applicable,
        counts.muted,
    ]
    .into_iter()
    .map(|count| format!("<td class=\"number\">{}</td>", grouped(count)))
    .collect()
}

/// The first thing to know about a report that lacks something.
pub(super) fn incomplete(summary: &CheckSummary, out: &mut dyn io::Write) -> io::Result<()> {
    if !wording::is_incomplete(summary) {
        return Ok(());
    }
    writeln!(
        out,
        "<div class=\"warning\" role=\"note\"><strong>This report is incomplete</strong><ul>"
    )?;
    if !summary.problems.is_empty() {
        let count = summary.problems.len() as u64;
        writeln!(
            out,
            "<li>{} of the input, see the <a href=\"#account\">account of the run</a></li>",
            counted(count, "problem", "problems")
        )?;
    }
    for (what, count) in summary.not_evaluated.iter().take(LIST_LIMIT) {
        writeln!(
            out,
            "<li>{} of <bdi>{}</bdi> left out by a bound</li>",
            grouped(*count),
            text(what)
        )?;
    }
    writeln!(out, "</ul></div>")
}

pub(super) fn areas(summary: &CheckSummary, out: &mut dyn io::Write) -> io::Result<()> {
    writeln!(
        out,
        "<h2 id=\"areas\">Score by area</h2>\n<div class=\"scroll\"><table><caption>{}</caption>\n\
         <thead><tr><th scope=\"col\">Area</th><th scope=\"col\">Score</th><th scope=\"col\">Decided</th>{COUNT_HEADS}</tr></thead>\n<tbody>",
        text(wording::SCORE)
    )?;
    for (area, tally) in summary.areas() {
        area_row(area, &tally, out)?;
    }
    area_row("all areas", &summary.overall(), out)?;
    writeln!(out, "</tbody></table></div>")
}

fn area_row(area: &str, tally: &AreaTally, out: &mut dyn io::Write) -> io::Result<()> {
    let percent = wording::percent(tally.score());
    let bar = match tally.score() {
        Some(score) => format!(
            "<meter min=\"0\" max=\"100\" low=\"50\" high=\"99\" optimum=\"100\" value=\"{:.0}\">{percent}</meter> ",
            (score * 100.0).floor()
        ),
        None => String::new(),
    };
    writeln!(
        out,
        "<tr><th scope=\"row\"><bdi>{}</bdi></th><td class=\"short\">{bar}{percent}</td><td>{}</td>{}</tr>",
        text(area),
        wording::percent(tally.decided()),
        count_cells(&tally.counts())
    )
}

pub(super) fn permissions(summary: &CheckSummary, out: &mut dyn io::Write) -> io::Result<()> {
    writeln!(out, "<h2 id=\"permissions\">What is unknown and why</h2>")?;
    if summary.unknown.is_empty() {
        return writeln!(out, "<p class=\"soft\">Nothing is unknown.</p>");
    }
    writeln!(
        out,
        "<div class=\"scroll\"><table><caption>UNKNOWN results by reason</caption>\n\
         <thead><tr><th scope=\"col\">Reason</th><th scope=\"col\" class=\"number\">Results</th></tr></thead>\n<tbody>"
    )?;
    for (code, count) in summary.unknown.iter().take(LIST_LIMIT) {
        let code = if code.is_empty() {
            "no reason given"
        } else {
            code
        };
        writeln!(
            out,
            "<tr><th scope=\"row\"><bdi>{}</bdi></th><td class=\"number\">{}</td></tr>",
            text(code),
            grouped(*count)
        )?;
    }
    writeln!(out, "</tbody></table></div>")?;
    if summary.missing_permissions.is_empty() {
        return Ok(());
    }
    writeln!(
        out,
        "<div class=\"scroll\"><table><caption>Missing permissions</caption>\n\
         <thead><tr><th scope=\"col\">Permission</th><th scope=\"col\">Controls that are unknown for want of it</th></tr></thead>\n<tbody>"
    )?;
    for (permission, controls) in summary.missing_permissions.iter().take(LIST_LIMIT) {
        let list: Vec<&str> = controls.iter().map(String::as_str).collect();
        writeln!(
            out,
            "<tr><th scope=\"row\"><code>{}</code></th><td><bdi>{}</bdi></td></tr>",
            text(permission),
            text(&list.join(", "))
        )?;
    }
    writeln!(out, "</tbody></table></div>")?;
    cut(summary.missing_permissions.len(), out)
}

pub(super) fn frameworks(summary: &CheckSummary, out: &mut dyn io::Write) -> io::Result<()> {
    writeln!(out, "<h2 id=\"frameworks\">Frameworks</h2>")?;
    let frameworks = summary.frameworks();
    if frameworks.is_empty() {
        return writeln!(out, "<p class=\"soft\">No control names a framework.</p>");
    }
    for (framework, requirements) in frameworks.iter().take(LIST_LIMIT) {
        let name = if *framework == SEED_REQUIREMENTS {
            "requirements of the project"
        } else {
            framework
        };
        let of = |status: RequirementStatus| {
            requirements
                .values()
                .filter(|tally| tally.status() == status)
                .count() as u64
        };
        writeln!(
            out,
            "<details><summary><bdi>{}</bdi> <span class=\"soft\">{} fail, {} unknown, {} muted, {} pass, {} not assessed</span></summary>\n\
             <div class=\"scroll\"><table><thead><tr><th scope=\"col\">Requirement</th><th scope=\"col\">Status</th><th scope=\"col\">Controls</th></tr></thead>\n<tbody>",
            text(name),
            grouped(of(RequirementStatus::Fail)),
            grouped(of(RequirementStatus::Unknown)),
            grouped(of(RequirementStatus::Muted)),
            grouped(of(RequirementStatus::Pass)),
            grouped(of(RequirementStatus::NotAssessed))
        )?;
        for (requirement, tally) in requirements.iter().take(LIST_LIMIT) {
            let status = tally.status().as_str();
            writeln!(
                out,
                "<tr><th scope=\"row\"><bdi>{}</bdi></th><td><span class=\"badge {}\">{status}</span></td><td><bdi>{}</bdi></td></tr>",
                text(requirement),
                status.replace(' ', "-"),
                text(&tally.controls.join(", "))
            )?;
        }
        writeln!(out, "</tbody></table></div>")?;
        cut(requirements.len(), out)?;
        writeln!(out, "</details>")?;
    }
    Ok(())
}

pub(super) fn controls(summary: &CheckSummary, out: &mut dyn io::Write) -> io::Result<()> {
    writeln!(
        out,
        "<h2 id=\"controls\">Controls</h2>\n<details><summary>{}, {} without anything to judge</summary>\n\
         <div class=\"scroll\"><table><thead><tr><th scope=\"col\">Control</th><th scope=\"col\">Severity</th><th scope=\"col\">Area</th>{COUNT_HEADS}</tr></thead>\n<tbody>",
        counted(summary.controls.len() as u64, "control", "controls"),
        grouped(summary.without_subject().count() as u64)
    )?;
    for tally in summary.controls.values().take(LIST_LIMIT) {
        let control = &*tally.control;
        let title = if tally.counts.total() == 0 {
            format!("{} (nothing to judge)", control.title)
        } else {
            control.title.clone()
        };
        writeln!(
            out,
            "<tr><th scope=\"row\"><bdi>{}</bdi> <bdi>{}</bdi></th><td>{}</td><td><bdi>{}</bdi></td>{}</tr>",
            text(&control.id),
            text(&title),
            badge(control.severity),
            text(&control.area),
            count_cells(&tally.counts)
        )?;
    }
    writeln!(out, "</tbody></table></div>")?;
    cut(summary.controls.len(), out)?;
    writeln!(out, "</details>")
}

pub(super) fn account(summary: &CheckSummary, out: &mut dyn io::Write) -> io::Result<()> {
    let header = &summary.header;
    writeln!(
        out,
        "<h2 id=\"account\">Account of the run</h2>\n<div class=\"card\"><dl>"
    )?;
    let mut row = |label: &str, value: &str| {
        writeln!(out, "<dt>{label}</dt><dd><bdi>{}</bdi></dd>", text(value))
    };
    row("Program", &format!("rempart {}", header.tool_version))?;
    row("Input", &header.snapshot)?;
    if let Some(profile) = &header.profile {
        row("Profile", profile)?;
    }
    let made = header.generated_at.as_deref().map(readable_time);
    row("Made", made.as_deref().unwrap_or("not stated"))?;
    let span = time_span(
        summary.evidence_from.as_deref(),
        summary.evidence_to.as_deref(),
    );
    row("Evidence", span.as_deref().unwrap_or("without a time"))?;
    row("Accounts", &summary.accounts.join(", "))?;
    row("Regions", &summary.regions.join(", "))?;
    writeln!(out, "</dl></div>")?;
    let problems = summary.problems.iter().map(wording::problem);
    list("Problems of the input", problems, out)?;
    let expired = summary.expired_mutes.iter().map(wording::mute_entry);
    list("Accepted failures whose time is over", expired, out)?;
    let unmatched = summary.unmatched_mutes.iter().map(wording::mute_entry);
    list("Accepted failures that matched nothing", unmatched, out)
}

fn list(
    title: &str,
    entries: impl ExactSizeIterator<Item = String>,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let count = entries.len();
    if count == 0 {
        return Ok(());
    }
    writeln!(
        out,
        "<details><summary>{title}: {}</summary><ul class=\"plain\">",
        grouped(count as u64)
    )?;
    for entry in entries.take(LIST_LIMIT) {
        writeln!(out, "<li><bdi>{}</bdi></li>", text(&entry))?;
    }
    writeln!(out, "</ul>")?;
    cut(count, out)?;
    writeln!(out, "</details>")
}

/// Says what a list leaves out.
fn cut(count: usize, out: &mut dyn io::Write) -> io::Result<()> {
    if count <= LIST_LIMIT {
        return Ok(());
    }
    writeln!(
        out,
        "<p class=\"soft\" role=\"note\">… and {} more</p>",
        grouped((count - LIST_LIMIT) as u64)
    )
}
