//! The findings in full, with their evidence.

use std::io;

use super::{anchor, badge, link, text};
use crate::formats::wording::{all_notes, counted, grouped, readable_time, time_span};
use crate::{Finding, Outcome, Severity};

/// Rows of an evidence table at most.
const EVIDENCE_LIMIT: usize = 200;
/// Evidence tables of up to this many rows start open.
const OPEN_UP_TO: usize = 5;
/// Values of a list that are written at most.
const LIST_LIMIT: usize = 200;

pub(super) fn write_all(findings: &[&Finding], out: &mut dyn io::Write) -> io::Result<()> {
    writeln!(out, "<h2 id=\"findings\">Findings</h2>")?;
    if findings.is_empty() {
        return writeln!(
            out,
            "<p>No findings. Read what the logs could show before taking that as good news.</p>"
        );
    }
    write!(out, "<p class=\"filter\">")?;
    for severity in Severity::ALL.into_iter().rev() {
        if findings.iter().any(|finding| finding.severity == severity) {
            write!(
                out,
                "<label class=\"{severity}\"><input type=\"checkbox\" id=\"show-{severity}\" checked> {severity}</label>"
            )?;
        }
    }
    writeln!(out, "</p>")?;
    for (number, finding) in findings.iter().enumerate() {
        write_one(number, finding, out)?;
    }
    Ok(())
}

fn write_one(number: usize, finding: &Finding, out: &mut dyn io::Write) -> io::Result<()> {
    let rule = &finding.rule;
    writeln!(
        out,
        "<article class=\"finding {}\" id=\"{}\">\n<div class=\"head\">{}<h3><bdi>{}</bdi></h3><span class=\"soft\">{}</span></div>\n\
         <p class=\"explain\"><bdi>{}</bdi></p>\n<dl>",
        finding.severity,
        anchor(number),
        badge(finding.severity),
        text(&rule.title),
        finding.category.name(),
        text(&finding.explanation)
    )?;
    let mut who = vec![finding.principal.clone()];
    who.extend(
        finding
            .principals
            .iter()
            .filter(|one| **one != finding.principal)
            .cloned(),
    );
    values("Who", &who, out)?;
    values("From", &finding.source_ips, out)?;
    values("With", &finding.user_agents, out)?;
    values("Account", &finding.accounts, out)?;
    values("Region", &finding.regions, out)?;
    values("Resources", &finding.resources, out)?;
    let times = time_span(finding.first_time.as_deref(), finding.last_time.as_deref());
    row(
        "When",
        &text(times.as_deref().unwrap_or("not recorded")),
        out,
    )?;
    let events = counted(finding.event_count, "event", "events");
    let outcome = match finding.outcome {
        Outcome::Succeeded => "the calls succeeded",
        Outcome::Failed => "the calls failed: an attempt",
        Outcome::Mixed => "some calls failed",
    };
    row("What", &format!("{events}, {outcome}"), out)?;
    bullets("Next steps", "ol", &finding.next_steps, out)?;
    bullets("May also be", "ul", &rule.false_positives, out)?;
    bullets("Limits", "ul", &all_notes(finding), out)?;
    values("Guardrails", &finding.guardrails, out)?;
    techniques(finding, out)?;
    let title = match &rule.reference {
        Some(reference) => link(reference, &rule.id),
        None => format!("<bdi class=\"mono\">{}</bdi>", text(&rule.id)),
    };
    let credit = format!(
        "{title}, by <bdi>{}</bdi>, licence <bdi>{}</bdi>, level {}",
        text(&rule.author),
        text(&rule.license),
        rule.level
    );
    row("Rule", &credit, out)?;
    let background: Vec<String> = rule.references.iter().map(|url| link(url, url)).collect();
    if !background.is_empty() {
        row("Background", &background.join("<br>"), out)?;
    }
    row(
        "Finding",
        &format!("<bdi class=\"mono\">{}</bdi>", text(&finding.id)),
        out,
    )?;
    writeln!(out, "</dl>")?;
    evidence(finding, out)?;
    writeln!(out, "</article>")
}

fn row(label: &str, markup: &str, out: &mut dyn io::Write) -> io::Result<()> {
    writeln!(out, "<dt>{label}</dt><dd>{markup}</dd>")
}

fn values(label: &str, list: &[String], out: &mut dyn io::Write) -> io::Result<()> {
    if list.is_empty() {
        return Ok(());
    }
    let mut shown: Vec<String> = list
        .iter()
        .take(LIST_LIMIT)
        .map(|value| format!("<bdi class=\"mono\">{}</bdi>", text(value)))
        .collect();
    if list.len() > LIST_LIMIT {
        shown.push(format!(
            "and {} more",
            grouped((list.len() - LIST_LIMIT) as u64)
        ));
    }
    row(label, &shown.join("<br>"), out)
}

fn bullets(label: &str, tag: &str, list: &[String], out: &mut dyn io::Write) -> io::Result<()> {
    if list.is_empty() {
        return Ok(());
    }
    let items: Vec<String> = list
        .iter()
        .take(LIST_LIMIT)
        .map(|item| format!("<li><bdi>{}</bdi></li>", text(item)))
        .collect();
    row(label, &format!("<{tag}>{}</{tag}>", items.concat()), out)
}

fn techniques(finding: &Finding, out: &mut dyn io::Write) -> io::Result<()> {
    if finding.techniques.is_empty() {
        return Ok(());
    }
    let links: Vec<String> = finding
        .techniques
        .iter()
        .map(|technique| {
            let label = match &technique.name {
                Some(name) => format!("{} {name}", technique.id),
                None => technique.id.clone(),
            };
            link(&technique.url(), &label)
        })
        .collect();
    row("Techniques", &links.join(", "), out)
}

fn evidence(finding: &Finding, out: &mut dyn io::Write) -> io::Result<()> {
    if finding.evidence.is_empty() {
        return Ok(());
    }
    let open = if finding.evidence.len() <= OPEN_UP_TO {
        " open"
    } else {
        ""
    };
    let count = counted(finding.evidence.len() as u64, "record", "records");
    writeln!(
        out,
        "<details{open}><summary>Evidence: {count}</summary><div class=\"scroll\"><table>\n\
         <thead><tr><th>Time</th><th>Event</th><th>Event id</th><th>Record</th><th>SHA-256 of the record</th></tr></thead>\n<tbody>"
    )?;
    for record in finding.evidence.iter().take(EVIDENCE_LIMIT) {
        let time = record
            .time
            .as_deref()
            .map(readable_time)
            .unwrap_or_default();
        writeln!(
            out,
            "<tr><td class=\"short\">{}</td><td><bdi>{}</bdi><br><bdi class=\"soft\">{}</bdi></td><td class=\"mono\"><bdi>{}</bdi></td>\
             <td><bdi class=\"mono\">{}</bdi><br><span class=\"soft\">number {}</span></td><td class=\"mono hash\"><bdi>{}</bdi></td></tr>",
            text(&time),
            text(record.event_name.as_deref().unwrap_or_default()),
            text(record.event_source.as_deref().unwrap_or_default()),
            text(record.event_id.as_deref().unwrap_or("not recorded")),
            text(&record.source),
            grouped(record.index),
            text(&record.sha256)
        )?;
    }
    writeln!(out, "</tbody></table></div></details>")?;
    if finding.evidence.len() > EVIDENCE_LIMIT {
        let more = grouped((finding.evidence.len() - EVIDENCE_LIMIT) as u64);
        writeln!(
            out,
            "<p class=\"soft\">and {more} more records, all in the JSON Lines output</p>"
        )?;
    }
    Ok(())
}
