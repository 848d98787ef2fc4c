//! Scores by area.

use std::io;

use anstyle::{AnsiColor, Style};

use crate::compliance::{AreaTally, CheckSummary, wording};
use crate::escape::{columns, shortened, wrap};
use crate::formats::page::Page;
use crate::formats::wording::grouped;

pub(super) fn scores(page: &mut Page<'_>, summary: &CheckSummary) -> io::Result<()> {
    page.heading(Style::new(), "SCORE BY AREA")?;
    page.line("")?;
    let areas = summary.areas();
    let columns = ScoreColumns::of(page.width);
    let title = columns.line("area", ["score", "decided"], COUNT_NAMES);
    let dimmed = page.painted(Style::new().dimmed(), &title);
    page.line(&dimmed)?;
    for (area, tally) in &areas {
        score_line(page, area, tally, columns, Style::new())?;
    }
    if areas.len() != 1 {
        score_line(
            page,
            "all",
            &summary.overall(),
            columns,
            Style::new().bold(),
        )?;
    }
    page.line("")?;
    for line in wrap(wording::SCORE, page.width.saturating_sub(2)) {
        let dimmed = page.painted(Style::new().dimmed(), &line);
        page.line(&format!("  {dimmed}"))?;
    }
    page.line("")
}

/// Columns of counts, in the order of [`score_line`].
const COUNT_NAMES: [&str; 5] = ["pass", "fail", "unknown", "n/a", "muted"];

/// What of the scores has room.
#[derive(Clone, Copy)]
struct ScoreColumns {
    name: usize,
    all: bool,
}

impl ScoreColumns {
    /// A narrow page leaves out all counts but failures and UNKNOWN.
    fn of(width: usize) -> Self {
        let all = width >= 76;
        let taken = if all { 60 } else { 34 };
        Self {
            name: width.saturating_sub(taken).clamp(6, 30),
            all,
        }
    }

    fn line<S: AsRef<str>>(self, name: &str, parts: [&str; 2], counts: [S; 5]) -> String {
        let [score, decided] = parts;
        let padding = " ".repeat(self.name.saturating_sub(columns(name)));
        let mut line = format!("  {name}{padding} {score:>5} {decided:>7}");
        let [pass, fail, unknown, idle, muted] = &counts;
        let shown: &[(&S, usize)] = if self.all {
            &[(pass, 8), (fail, 8), (unknown, 8), (idle, 6), (muted, 6)]
        } else {
            &[(fail, 8), (unknown, 8)]
        };
        for (count, width) in shown {
            line.push_str(&format!(" {:>width$}", count.as_ref()));
        }
        line
    }
}

fn score_line(
    page: &mut Page<'_>,
    area: &str,
    tally: &AreaTally,
    columns: ScoreColumns,
    style: Style,
) -> io::Result<()> {
    let counts = tally.counts();
    let score = tally.score();
    let line = columns.line(
        &shortened(area, columns.name),
        [&wording::percent(score), &wording::percent(tally.decided())],
        [
            counts.pass,
            counts.fail,
            counts.unknown,
            counts.not_applicable,
            counts.muted,
        ]
        .map(grouped),
    );
    let tone = match score {
        Some(score) if score >= 1.0 => AnsiColor::Green.on_default(),
        Some(score) if score >= 0.5 => AnsiColor::Yellow.on_default(),
        Some(_) => AnsiColor::Red.on_default(),
        None => Style::new(),
    };
    let painted = page.painted(tone | style.get_effects(), &line);
    page.line(&painted)
}
