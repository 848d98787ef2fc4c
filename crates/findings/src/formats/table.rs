//! Text for people: findings by severity and category, coverage, account of the run.

use std::io;

use anstyle::{AnsiColor, Style};

use super::page::{LONGEST_PARAGRAPH, Page, severity_style};
use super::wording::{
    accounting, all_notes, bytes, counted, grouped, plain_summary_line, rule_credit, time_span,
};
use crate::escape::{columns, shortened, visible, wrap};
use crate::output::{Report, WriteOptions};
use crate::{Category, Coverage, Finding, Outcome, RunSummary, Visibility};

/// Problems that are shown unless everything was asked for.
const PROBLEM_PREVIEW: usize = 10;

pub(crate) fn write(
    report: &Report<'_>,
    options: &WriteOptions,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let mut page = Page {
        out,
        color: options.color,
        width: options.width.max(40),
    };
    let mut sorted: Vec<&Finding> = report.findings.iter().collect();
    sorted.sort_by(|left, right| {
        (right.severity.cmp(&left.severity))
            .then(left.category.cmp(&right.category))
            .then(left.first_time.cmp(&right.first_time))
            .then(left.id.cmp(&right.id))
    });
    if sorted.is_empty() {
        page.line("no findings")?;
        page.line("")?;
    }
    for group in sorted.chunk_by(|left, right| left.severity == right.severity) {
        severity_group(&mut page, group, options.verbose)?;
    }
    if let Some(coverage) = report.coverage {
        coverage_section(&mut page, coverage)?;
    }
    if let Some(summary) = report.summary {
        summary_section(&mut page, summary, options.verbose)?;
    }
    Ok(())
}

fn severity_group(page: &mut Page<'_>, group: &[&Finding], verbose: bool) -> io::Result<()> {
    let Some(severity) = group.first().map(|finding| finding.severity) else {
        return Ok(());
    };
    let count = counted(group.len() as u64, "finding", "findings");
    let title = format!("{} · {count}", severity.as_str().to_uppercase());
    page.heading(severity_style(severity), &title)?;
    for findings in group.chunk_by(|left, right| left.category == right.category) {
        let name = findings
            .first()
            .map_or("", |finding| finding.category.name());
        page.line("")?;
        let painted = page.painted(Style::new().bold(), name);
        page.line(&format!("  {painted}"))?;
        for finding in findings {
            page.line("")?;
            finding_block(page, finding, verbose)?;
        }
    }
    page.line("")
}

fn finding_block(page: &mut Page<'_>, finding: &Finding, verbose: bool) -> io::Result<()> {
    let label = format!("[{}]", finding.severity);
    let room = page.width.saturating_sub(columns(&label) + 3);
    let title = shortened(&finding.rule.title, room);
    let painted_label = page.painted(severity_style(finding.severity).bold(), &label);
    let painted_title = page.painted(Style::new().bold(), &title);
    page.line(&format!("  {painted_label} {painted_title}"))?;

    page.field("who", &finding.principal)?;
    let others: Vec<String> = finding
        .principals
        .iter()
        .filter(|principal| **principal != finding.principal)
        .cloned()
        .collect();
    page.list("also", &others, verbose)?;
    page.list("from", &finding.source_ips, verbose)?;
    page.list("with", &finding.user_agents, verbose)?;
    let places: Vec<String> = finding
        .accounts
        .iter()
        .chain(&finding.regions)
        .cloned()
        .collect();
    page.list("where", &places, verbose)?;
    let times = time_span(finding.first_time.as_deref(), finding.last_time.as_deref());
    page.field("when", times.as_deref().unwrap_or("not recorded"))?;
    page.field("what", &what(finding))?;
    page.list("resources", &finding.resources, verbose)?;
    page.field("why", &finding.explanation)?;
    page.items("next", &finding.next_steps)?;
    page.items("may be", &finding.rule.false_positives)?;
    page.items("limits", &all_notes(finding))?;
    page.list("guardrails", &finding.guardrails, verbose)?;
    let techniques: Vec<String> = finding
        .techniques
        .iter()
        .map(|technique| match &technique.name {
            Some(name) => format!("{} {name}", technique.id),
            None => technique.id.clone(),
        })
        .collect();
    page.list("techniques", &techniques, true)?;
    let event_ids: Vec<String> = if verbose {
        finding.event_ids.clone()
    } else {
        finding
            .event_ids
            .iter()
            .map(|id| shortened(id, 13))
            .collect()
    };
    page.list("events", &event_ids, verbose)?;
    if verbose {
        let records: Vec<String> = finding
            .evidence
            .iter()
            .map(|one| format!("{} record {} sha256 {}", one.source, one.index, one.sha256))
            .collect();
        page.items("evidence", &records)?;
    }
    page.field(
        "rule",
        &format!("{}, {}", finding.rule.id, rule_credit(&finding.rule)),
    )?;
    page.field("finding", &finding.id)
}

fn what(finding: &Finding) -> String {
    let events = counted(finding.event_count, "event", "events");
    match finding.outcome {
        Outcome::Succeeded => format!("{events}, succeeded"),
        Outcome::Failed if finding.event_count == 1 => format!("{events}, failed: an attempt"),
        Outcome::Failed => format!("{events}, all failed: an attempt"),
        Outcome::Mixed => format!("{events}, some failed"),
    }
}

fn coverage_section(page: &mut Page<'_>, coverage: &Coverage) -> io::Result<()> {
    page.heading(Style::new(), "WHAT THE LOGS COULD SHOW")?;
    page.line("")?;
    let widest = Category::ALL
        .iter()
        .map(|category| category.name().len())
        .max()
        .unwrap_or(0);
    for entry in &coverage.categories {
        let style = match entry.visible {
            Visibility::Full => AnsiColor::Green.on_default(),
            Visibility::Partial => AnsiColor::Yellow.on_default(),
            Visibility::None => AnsiColor::Red.on_default(),
        };
        let word = page.painted(style, &format!("{:<8}", entry.visible.as_str()));
        let reasons = shortened(&entry.reasons.join("; "), LONGEST_PARAGRAPH);
        let room = page.width.saturating_sub(widest + 14);
        let mut lines = wrap(&reasons, room).into_iter();
        let first = lines.next().unwrap_or_default();
        page.line(&format!(
            "  {word} {:<widest$}  {first}",
            entry.category.name()
        ))?;
        for line in lines {
            page.line(&format!("  {:8} {:<widest$}  {line}", "", ""))?;
        }
    }
    for note in &coverage.notes {
        let text = shortened(note, LONGEST_PARAGRAPH);
        for line in wrap(&text, page.width.saturating_sub(2)) {
            page.line(&format!("  {line}"))?;
        }
    }
    page.line("")
}

fn summary_section(page: &mut Page<'_>, summary: &RunSummary, verbose: bool) -> io::Result<()> {
    page.heading(Style::new(), "ACCOUNT OF THE RUN")?;
    page.line("")?;
    let version = format!("rempart {}", summary.tool_version);
    let rules = counted(summary.rules_loaded, "rule", "rules");
    page.field("program", &format!("{version}, {rules}"))?;
    page.field("records", &accounting(summary))?;
    let size = format!(
        "{} read, {} after decompression",
        bytes(summary.bytes_read),
        bytes(summary.bytes_inflated)
    );
    page.field("size", &size)?;
    let times = time_span(
        summary.first_event.as_deref(),
        summary.last_event.as_deref(),
    );
    page.field("period", times.as_deref().unwrap_or("no event with a time"))?;
    page.list("accounts", &summary.accounts, verbose)?;
    page.list("regions", &summary.regions, verbose)?;
    page.items("incomplete", &summary.incomplete)?;
    let limit = if verbose { usize::MAX } else { PROBLEM_PREVIEW };
    let mut problems: Vec<String> = summary
        .problems
        .iter()
        .take(limit)
        .map(|problem| match problem.offset {
            Some(offset) => format!("{} at byte {offset}: {}", problem.source, problem.reason),
            None => format!("{}: {}", problem.source, problem.reason),
        })
        .collect();
    if summary.problems.len() > limit {
        let more = (summary.problems.len() - limit) as u64;
        problems.push(format!("and {} more", grouped(more)));
    }
    page.items("problems", &problems)?;
    page.line("")?;
    let last = visible(&plain_summary_line(summary)).into_owned();
    for line in wrap(&last, page.width) {
        let painted = page.painted(Style::new().bold(), &line);
        page.line(&painted)?;
    }
    Ok(())
}
