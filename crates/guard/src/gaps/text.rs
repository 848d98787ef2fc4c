//! The report for people.

use std::fmt::Write;

use super::{Gap, GapReport, Triage};

/// The report in lines.
#[must_use]
pub fn text(report: &GapReport) -> String {
    let mut out = String::new();
    for source in &report.sources {
        let _ = writeln!(out, "{source}");
    }
    out.push_str("\nOperations whose action lists the condition key\n");
    for coverage in &report.coverage {
        let _ = writeln!(
            out,
            "{:>6} {:<31} {}",
            coverage.covered.len(),
            coverage.title,
            coverage.keys.join(", ")
        );
    }
    for triage in Triage::ALL {
        let gaps: Vec<&Gap> = of_triage(report, triage).collect();
        if gaps.is_empty() {
            continue;
        }
        let _ = writeln!(out, "\nGaps: {} ({})", triage.title(), gaps.len());
        for gap in gaps {
            write_gap(&mut out, gap);
        }
    }
    if !report.without_action.is_empty() {
        let _ = writeln!(
            out,
            "\nOperations without an action in the reference ({}): whether a policy stops them is not documented",
            report.without_action.len()
        );
        for operation in &report.without_action {
            let reads = if operation.read_only { " (reads)" } else { "" };
            let _ = writeln!(
                out,
                "  {} {}{reads}",
                operation.service, operation.operation
            );
        }
    }
    if !report.closed.is_empty() {
        out.push_str("\nTriaged, and no gap any more\n");
        for line in &report.closed {
            let _ = writeln!(out, "  {line}");
        }
    }
    out
}

fn of_triage(report: &GapReport, triage: Triage) -> impl Iterator<Item = &Gap> {
    report.gaps.iter().filter(move |gap| gap.triage == triage)
}

fn write_gap(out: &mut String, gap: &Gap) {
    let note = if gap.note.is_empty() {
        String::new()
    } else {
        format!(": {}", gap.note)
    };
    let _ = writeln!(out, "  {:<13} {}{note}", gap.feature, gap.operation);
    for field in &gap.fields {
        let _ = writeln!(out, "{:>16}{field}", "");
    }
    let _ = writeln!(out, "{:>16}needed: {}", "", gap.needed_keys.join(" or "));
    let _ = writeln!(out, "{:>16}remedy: {}", "", gap.remedy);
}
