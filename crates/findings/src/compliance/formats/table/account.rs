//! The account of the run.

use std::collections::BTreeMap;
use std::io;

use anstyle::Style;

use super::{LIST_PREVIEW, ROWS_VERBOSE};
use crate::compliance::{CheckSummary, RequirementStatus, SEED_REQUIREMENTS, wording};
use crate::escape::{shortened, wrap};
use crate::formats::page::{LONGEST_PARAGRAPH, Page};
use crate::formats::wording::{counted, grouped, readable_time, time_span};

pub(super) fn account(
    page: &mut Page<'_>,
    summary: &CheckSummary,
    verbose: bool,
) -> io::Result<()> {
    page.heading(Style::new(), "ACCOUNT OF THE RUN")?;
    page.line("")?;
    let header = &summary.header;
    page.field("program", &format!("rempart {}", header.tool_version))?;
    page.field("input", &header.snapshot)?;
    page.field("profile", header.profile.as_deref().unwrap_or_default())?;
    let made = header.generated_at.as_deref().map(readable_time);
    page.field("made", &made.unwrap_or_default())?;
    let span = time_span(
        summary.evidence_from.as_deref(),
        summary.evidence_to.as_deref(),
    );
    page.field("evidence", span.as_deref().unwrap_or("without a time"))?;
    page.list("accounts", &summary.accounts, verbose)?;
    page.list("regions", &summary.regions, verbose)?;
    let idle: Vec<String> = summary
        .without_subject()
        .map(|control| control.id.clone())
        .collect();
    if !idle.is_empty() {
        let count = counted(idle.len() as u64, "control", "controls");
        page.field("idle", &format!("{count} had nothing to judge"))?;
        page.list("", &idle, verbose)?;
    }
    let lines = |lines: Vec<String>| previewed(lines, verbose);
    let permissions = summary.missing_permissions.iter();
    let permissions: Vec<String> = permissions
        .map(|(permission, controls)| {
            let list: Vec<&str> = controls.iter().map(String::as_str).collect();
            format!("{permission}: {} unknown", list.join(", "))
        })
        .collect();
    page.items("permissions", &lines(permissions))?;
    let bounds = summary.not_evaluated.iter();
    let bounds: Vec<String> = bounds
        .map(|(what, count)| format!("{} of {what} left out by a bound", grouped(*count)))
        .collect();
    page.items("bounds", &lines(bounds))?;
    let problems = summary.problems.iter().map(wording::problem).collect();
    page.items("problems", &lines(problems))?;
    let expired = summary.expired_mutes.iter();
    let expired = expired.map(wording::mute_entry).collect();
    page.items("expired", &lines(expired))?;
    let unmatched = summary.unmatched_mutes.iter();
    let unmatched = unmatched.map(wording::mute_entry).collect();
    page.items("unmatched", &lines(unmatched))?;
    frameworks(page, summary, verbose)?;
    page.line("")?;
    for line in wrap(&wording::summary_line(summary), page.width) {
        let painted = page.painted(Style::new().bold(), &line);
        page.line(&painted)?;
    }
    Ok(())
}

fn previewed(mut lines: Vec<String>, verbose: bool) -> Vec<String> {
    let limit = if verbose { ROWS_VERBOSE } else { LIST_PREVIEW };
    if lines.len() > limit {
        let more = (lines.len() - limit) as u64;
        lines.truncate(limit);
        lines.push(format!("and {} more", grouped(more)));
    }
    lines
}

fn frameworks(page: &mut Page<'_>, summary: &CheckSummary, verbose: bool) -> io::Result<()> {
    let mut label = "frameworks";
    for (framework, requirements) in summary.frameworks() {
        let mut by_status: BTreeMap<RequirementStatus, Vec<&str>> = BTreeMap::new();
        for (requirement, tally) in &requirements {
            by_status
                .entry(tally.status())
                .or_default()
                .push(requirement);
        }
        let counts: Vec<String> = by_status
            .iter()
            .map(|(status, list)| format!("{} {}", grouped(list.len() as u64), status.as_str()))
            .collect();
        let name = if framework == SEED_REQUIREMENTS {
            "requirements of the project"
        } else {
            framework
        };
        let text = format!("{name}: {}", counts.join(", "));
        page.field(label, &shortened(&text, LONGEST_PARAGRAPH))?;
        label = "";
        if verbose {
            for (status, list) in by_status {
                let text = format!("{}: {}", status.as_str(), list.join(", "));
                page.items("", &[text])?;
            }
        }
    }
    Ok(())
}
