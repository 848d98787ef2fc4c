//! Reports for people: plain lines, nothing from the log without its control characters escaped.

use std::fmt::Write;

use rempart_findings::visible;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::groups::{Group, Groups};
use super::join::{Fate, FindingFate};
use super::report::ReplayReport;

/// Groups that are shown; the rest are counted.
const MOST_SHOWN: usize = 40;
/// Findings that are shown of each fate.
const MOST_FINDINGS: usize = 40;
/// Narrower terminals are written as if they had this width.
const NARROWEST: usize = 60;

/// The report in lines of at most `width` columns, as far as names allow.
#[must_use]
pub fn text(report: &ReplayReport, width: usize) -> String {
    let width = width.max(NARROWEST);
    let mut out = String::new();
    let totals = &report.totals;
    let span = match (&report.first_event, &report.last_event) {
        (Some(first), Some(last)) => format!(", {first} to {last}"),
        _ => String::new(),
    };
    line(
        &mut out,
        &format!(
            "{} records, {} copies{span}",
            totals.records, totals.duplicates
        ),
    );
    line(&mut out, &format!("{} calls, of which", totals.calls));
    for (count, what) in [
        (totals.newly_denied, "would newly be denied"),
        (totals.may_be_denied, "cannot be told from their records"),
        (totals.allowed, "would be allowed"),
        (totals.untouched, "are not the proposal's business"),
        (totals.denied_already, "were denied by AWS"),
    ] {
        line(&mut out, &format!("{count:>10} {what}"));
    }
    if totals.failed_otherwise > 0 {
        line(
            &mut out,
            &format!(
                "{} calls that were looked at failed for other reasons",
                totals.failed_otherwise
            ),
        );
    }
    if totals.recorded_by_owner > 0 {
        line(
            &mut out,
            &format!(
                "{} of them were recorded by the owner of the resource, and count twice if the caller's account is in the trail",
                totals.recorded_by_owner
            ),
        );
    }
    for (reason, count) in &totals.not_requests {
        line(
            &mut out,
            &format!("{count:>10} records are no requests: {}", reason.title()),
        );
    }
    if !report.by_statement.is_empty() {
        out.push_str("\nNewly denied, by statement\n");
        for statement in &report.by_statement {
            line(
                &mut out,
                &format!(
                    "{:>10} {} {}",
                    statement.calls, statement.policy, statement.statement
                ),
            );
        }
    }
    groups(&mut out, "Newly denied", &report.newly_denied, width);
    groups(&mut out, "Cannot be told", &report.may_be_denied, width);
    agreement(&mut out, report);
    for reason in &report.incomplete {
        line(&mut out, &format!("not complete: {reason}"));
    }
    out
}

fn agreement(out: &mut String, report: &ReplayReport) {
    let Some(agreement) = &report.current else {
        return;
    };
    out.push_str("\nThe policies in force, compared with what AWS decided\n");
    for (count, what) in [
        (agreement.agree, "calls decided alike"),
        (agreement.disagree, "decided otherwise"),
        (agreement.undecided, "cannot be told from their records"),
        (
            agreement.denied_by_others,
            "denied by AWS alone, not necessarily for policies of this kind",
        ),
        (agreement.not_recorded, "failed for other reasons"),
    ] {
        line(out, &format!("{count:>10} {what}"));
    }
    for case in &report.disagreements {
        let aws = if case.allowed_by_aws {
            "allowed"
        } else {
            "denied"
        };
        line(
            out,
            &format!(
                "  {} {} by {}: {aws} by AWS, {} here{} ({})",
                case.time.as_deref().unwrap_or("no time"),
                case.action,
                case.principal,
                case.decision,
                if case.by.is_empty() {
                    String::new()
                } else {
                    format!(" by {}", case.by.join(", "))
                },
                case.event_id
            ),
        );
    }
    let more = agreement
        .disagree
        .saturating_sub(report.disagreements.len() as u64);
    if more > 0 {
        line(out, &format!("  {more} more"));
    }
}

fn groups(out: &mut String, title: &str, groups: &Groups, width: usize) {
    if groups.groups.is_empty() && groups.others == 0 {
        return;
    }
    let _ = writeln!(out, "\n{title}");
    for group in groups.groups.iter().take(MOST_SHOWN) {
        write_group(out, group, width);
    }
    let hidden = groups.groups.iter().skip(MOST_SHOWN);
    let (count, calls) = hidden.fold((0_u64, 0_u64), |(count, calls), group| {
        (count + 1, calls + group.count)
    });
    if count > 0 {
        let _ = writeln!(out, "{calls:>10} in {count} further groups");
    }
    if groups.others > 0 {
        let _ = writeln!(out, "{:>10} in groups beyond the limit", groups.others);
    }
}

fn write_group(out: &mut String, group: &Group, width: usize) {
    line(
        out,
        &format!(
            "{:>10} {} by {}",
            group.count, group.action, group.principal
        ),
    );
    let statement = if group.statement.is_empty() {
        group.policy.to_string()
    } else {
        format!("{} {}", group.policy, group.statement)
    };
    line(out, &format!("{:>11}{statement}", ""));
    if !group.unknown.is_empty() {
        let unknown = group.unknown.join(", ");
        line(out, &cut(&format!("{:>11}not known: {unknown}", ""), width));
    }
    let times = match (&group.first, &group.last) {
        (Some(first), Some(last)) if first == last => first.clone(),
        (Some(first), Some(last)) => format!("{first} to {last}"),
        _ => "no time".to_owned(),
    };
    let examples = group.examples.join(" ");
    line(out, &cut(&format!("{:>11}{times}; {examples}", ""), width));
    if !group.sessions.is_empty() {
        let sessions = group.sessions.join(", ");
        line(out, &cut(&format!("{:>11}sessions: {sessions}", ""), width));
    }
}

/// Findings by what would have become of them.
#[must_use]
pub fn text_of_findings(findings: &[FindingFate], width: usize) -> String {
    let width = width.max(NARROWEST);
    let mut out = String::new();
    for fate in [
        Fate::Stopped,
        Fate::StoppedInPart,
        Fate::MayBeStopped,
        Fate::NotStopped,
    ] {
        let of_fate: Vec<&FindingFate> =
            findings.iter().filter(|found| found.fate == fate).collect();
        if of_fate.is_empty() {
            continue;
        }
        let _ = writeln!(out, "\nFindings {}: {}", fate.title(), of_fate.len());
        for found in of_fate.iter().take(MOST_FINDINGS) {
            let time = found.first_time.as_deref().unwrap_or("no time");
            let share = match fate {
                Fate::StoppedInPart => format!(" ({} of {} events)", found.stopped, found.events),
                _ => String::new(),
            };
            line(
                &mut out,
                &cut(
                    &format!("  {:<13} {time} {}{share}", found.severity, found.title),
                    width,
                ),
            );
            if !found.by.is_empty() {
                let by: Vec<&str> = found.by.iter().map(String::as_str).collect();
                line(
                    &mut out,
                    &cut(&format!("{:>16}{}", "", by.join(", ")), width),
                );
            }
        }
        if of_fate.len() > MOST_FINDINGS {
            let _ = writeln!(out, "  {} more", of_fate.len() - MOST_FINDINGS);
        }
    }
    out
}

fn line(out: &mut String, text: &str) {
    out.push_str(&visible(text));
    out.push('\n');
}

/// Cut to a width, on what will be seen.
fn cut(text: &str, width: usize) -> String {
    let shown = visible(text);
    if shown.width() <= width {
        return text.to_owned();
    }
    let mut kept = String::new();
    let mut columns = 1;
    for letter in text.chars() {
        let mut buffer = [0; 4];
        let seen: &str = letter.encode_utf8(&mut buffer);
        columns += visible(seen)
            .chars()
            .map(|shown| shown.width().unwrap_or(0))
            .sum::<usize>();
        if columns > width {
            break;
        }
        kept.push(letter);
    }
    kept.push('…');
    kept
}
