//! The result for people.

use std::collections::BTreeMap;
use std::fmt::Write;

use rempart_findings::visible;
use rempart_trail::integrity::{
    ChainReport, Counts, FileKind, FileVerdict, Gap, IntegrityReport, Outcome, Verdict,
};

/// Files and problems that are shown one by one; the rest are counted.
const MOST_FILES: usize = 200;

/// The whole text. Names come from outside, so control characters in them are made visible.
pub(super) fn of(report: &IntegrityReport) -> String {
    let mut text = String::new();
    // Writing to a string does not fail.
    let _ = whole(report, &mut text);
    text
}

fn whole(report: &IntegrityReport, text: &mut String) -> std::fmt::Result {
    for chain in &report.chains {
        self::chain(chain, text)?;
    }
    files(report, text)?;
    for problem in report.problems.iter().take(MOST_FILES) {
        let (source, message) = (visible(&problem.source), visible(&problem.message));
        writeln!(text, "not read: {source}: {message}")?;
    }
    if report.problems.len() > MOST_FILES {
        writeln!(text, "and {} more", report.problems.len() - MOST_FILES)?;
    }
    for note in &report.notes {
        writeln!(text, "note: {note}")?;
    }
    writeln!(text, "{}", sentence(report))
}

/// Files that are not verified, those with the same verdict and reason together.
fn files(report: &IntegrityReport, text: &mut String) -> std::fmt::Result {
    let mut groups: BTreeMap<(Verdict, &str), Vec<&FileVerdict>> = BTreeMap::new();
    let open = report.files.iter();
    for file in open.filter(|file| file.verdict != Verdict::Verified) {
        let group = groups.entry((file.verdict, &file.reason)).or_default();
        group.push(file);
    }
    let mut shown = 0;
    for ((verdict, reason), files) in &groups {
        writeln!(text, "{verdict}: {}", visible(reason))?;
        let few = files.iter().take(MOST_FILES - shown);
        shown += few.len();
        for file in few {
            writeln!(text, "  {}", visible(&file.source))?;
        }
        let all = files.len();
        if shown == MOST_FILES {
            writeln!(text, "  {all} files in all; --format json lists them")?;
        }
        writeln!(text)?;
    }
    Ok(())
}

fn chain(chain: &ChainReport, text: &mut String) -> std::fmt::Result {
    let kind = if chain.backfill { ", backfill" } else { "" };
    let title = format!(
        "{} {} trail {} ({}){kind}",
        chain.account, chain.region, chain.trail, chain.home_region
    );
    writeln!(text, "{}", visible(&title))?;
    match (&chain.from, &chain.to) {
        (Some(from), Some(to)) => writeln!(text, "  period   {from} to {to}")?,
        _ => writeln!(text, "  period   none: no digest can be used")?,
    }
    writeln!(text, "  digests  {}", counts(&chain.digests))?;
    writeln!(text, "  logs     {}", counts(&chain.logs))?;
    for gap in &chain.gaps {
        self::gap(gap, text)?;
    }
    writeln!(text)
}

fn gap(gap: &Gap, text: &mut String) -> std::fmt::Result {
    let period = match (&gap.from, gap.hours) {
        (Some(from), 0) => format!("at {from}"),
        (Some(from), 1) => format!("{from} to {}, 1 hour", gap.to),
        (Some(from), hours) => format!("{from} to {}, {hours} hours", gap.to),
        (None, _) => format!("before {}", gap.to),
    };
    writeln!(text, "  {}  {period}", gap.verdict)?;
    writeln!(text, "           {}", visible(&gap.reason))
}

fn counts(counts: &Counts) -> String {
    let all: u64 = counts.values().sum();
    let parts: Vec<String> = counts
        .iter()
        .map(|(verdict, count)| format!("{count} {verdict}"))
        .collect();
    if parts.is_empty() {
        return "0".to_owned();
    }
    format!("{all}: {}", parts.join(", "))
}

/// What it comes to, in one sentence.
pub(super) fn sentence(report: &IntegrityReport) -> String {
    let of = |counts: &Counts, verdict| counts.get(&verdict).copied().unwrap_or_default();
    let sum = |counts: &Counts| counts.values().sum::<u64>();
    let (digests, logs) = (sum(&report.digests), sum(&report.logs));
    let verified = (
        of(&report.digests, Verdict::Verified),
        of(&report.logs, Verdict::Verified),
    );
    let off = of(&report.gap_hours, Verdict::LoggingOff);
    let pause = match off {
        0 => String::new(),
        1 => "; logging was off for 1 hour, as an event says".to_owned(),
        hours => format!("; logging was off for {hours} hours, as events say"),
    };
    match report.outcome() {
        Outcome::Verified => {
            format!("Every file is verified: {digests} digests and {logs} logs{pause}.")
        }
        Outcome::Nothing => format!(
            "Nothing is verified: {digests} digests and {logs} logs were found, and no signature \
             could be checked."
        ),
        Outcome::Wrong => {
            let gaps = report.chains.iter().flat_map(|chain| &chain.gaps);
            let gaps = gaps
                .filter(|gap| gap.verdict != Verdict::LoggingOff)
                .count();
            let missing = report
                .files
                .iter()
                .filter(|file| file.verdict == Verdict::Missing && file.kind == FileKind::Log)
                .count();
            format!(
                "Not every file is verified: {} of {digests} digests and {} of {logs} logs are \
                 ({missing} of the logs are not there), {gaps} gaps{pause}.",
                verified.0, verified.1
            )
        }
    }
}
