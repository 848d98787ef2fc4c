//! The report for people.

use std::fmt::Write;

use rempart_findings::visible;

use super::report::LeastPrivilege;
use super::{ActionCalls, CurrentReport, Standing};

/// Rows of each list that are shown; the rest are counted.
const MOST_SHOWN: usize = 40;

/// The report in lines, without the policy itself.
#[must_use]
pub fn text(report: &LeastPrivilege) -> String {
    let mut out = String::new();
    let totals = &report.totals;
    line(&mut out, &report.principal);
    if let (Some(first), Some(last)) = (&report.first_event, &report.last_event) {
        line(&mut out, &format!("trail from {first} to {last}"));
    }
    for (count, what) in [
        (totals.allowed, "calls went through"),
        (
            report.covered_calls,
            "of them are allowed by the policy alone",
        ),
        (report.not_covered_calls, "of them are not covered"),
        (
            totals.denied,
            "calls were denied by AWS, and are not included",
        ),
        (
            totals.failed,
            "calls failed otherwise, and are not included",
        ),
        (totals.no_calls, "records are no calls"),
    ] {
        line(&mut out, &format!("{count:>10} {what}"));
    }
    policies(&mut out, report);
    let rows: Vec<String> = report
        .not_covered
        .iter()
        .map(|row| {
            let resource = if row.resource.is_empty() {
                String::new()
            } else {
                format!(" on {}", row.resource)
            };
            format!(
                "{:>10} {}{resource}: {} ({})",
                row.calls,
                row.action,
                row.reason.title(),
                row.examples.join(" ")
            )
        })
        .collect();
    list(&mut out, "Not covered", &rows);
    for left_out in &report.conditions_left_out {
        let _ = writeln!(
            out,
            "\n{} is no condition for {} actions: some call did not have it, or there are too many values",
            left_out.key,
            left_out.actions.len()
        );
    }
    let kept: Vec<String> = report
        .kept_exact
        .iter()
        .map(|pattern| format!("  {pattern}"))
        .collect();
    list(
        &mut out,
        "Not generalised: the pattern would match other resource types",
        &kept,
    );
    calls(&mut out, "Denied by AWS", &report.denied);
    calls(&mut out, "Failed otherwise", &report.failed);
    if let Some(current) = &report.current {
        compared(&mut out, current);
    }
    for reason in &report.incomplete {
        line(&mut out, &format!("not complete: {reason}"));
    }
    out
}

fn policies(out: &mut String, report: &LeastPrivilege) {
    let (count, actions) = (report.policies.len(), report.actions.len());
    let sizes: Vec<String> = report
        .policies
        .iter()
        .map(|policy| policy.characters.to_string())
        .collect();
    let documents = match count {
        0 => {
            return line(
                out,
                "no policy: nothing that was observed can be written into one",
            );
        }
        1 => "one policy".to_owned(),
        _ => format!("{count} policies"),
    };
    line(
        out,
        &format!(
            "{documents} for {actions} actions, {} characters",
            sizes.join(" + ")
        ),
    );
}

fn compared(out: &mut String, current: &CurrentReport) {
    let of = |standing: Standing| {
        let all = current.no_more_permissive.iter();
        all.filter(move |comparison| comparison.standing == standing)
    };
    let _ = writeln!(
        out,
        "\nAgainst the policies in force: {} actions are proved to allow no more, {} allow more, {} are not known",
        of(Standing::Proved).count(),
        of(Standing::Refuted).count(),
        of(Standing::Unknown).count()
    );
    for (standing, what) in [
        (Standing::Refuted, "only the new policy allows"),
        (Standing::Unknown, "not known"),
    ] {
        for comparison in of(standing).take(MOST_SHOWN) {
            line(
                out,
                &format!("  {}: {what}: {}", comparison.action, comparison.detail),
            );
        }
    }
    let _ = writeln!(
        out,
        "Allowed by the policies in force and not used: {} actions",
        current.unused.count
    );
    for (service, count) in current.unused.by_service.iter().take(MOST_SHOWN) {
        let _ = writeln!(out, "{count:>10} {service}");
    }
    let more = current.unused.by_service.len().saturating_sub(MOST_SHOWN);
    if more > 0 {
        let _ = writeln!(out, "{:>10} further services", more);
    }
}

fn calls(out: &mut String, title: &str, calls: &[ActionCalls]) {
    let rows: Vec<String> = calls
        .iter()
        .map(|of| format!("{:>10} {} ({})", of.calls, of.action, of.examples.join(" ")))
        .collect();
    list(out, title, &rows);
}

fn list(out: &mut String, title: &str, rows: &[String]) {
    if rows.is_empty() {
        return;
    }
    let _ = writeln!(out, "\n{title}");
    for row in rows.iter().take(MOST_SHOWN) {
        line(out, row);
    }
    if rows.len() > MOST_SHOWN {
        let _ = writeln!(out, "{:>10} further rows", rows.len() - MOST_SHOWN);
    }
}

fn line(out: &mut String, text: &str) {
    out.push_str(&visible(text));
    out.push('\n');
}
