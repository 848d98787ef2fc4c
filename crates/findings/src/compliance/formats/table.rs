//! Text for people: score by area, failures by severity and control, what is unknown and why, what
//! was accepted, account of the run.

mod account;
mod scores;

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use anstyle::{AnsiColor, Style};

use crate::compliance::held::{Bounds, Group, Held};
use crate::compliance::writer::{ComplianceOptions, Sink};
use crate::compliance::{CheckHeader, CheckResult, CheckSummary, Verdict, wording};
use crate::escape::{columns, shortened, wrap};
use crate::formats::page::{Page, severity_style};
use crate::formats::wording::{counted, grouped};
use crate::{Severity, WriteError};

/// Resources that are shown of a control.
const ROWS: usize = 10;
/// The same when everything was asked for.
const ROWS_VERBOSE: usize = 1_000;
/// Bytes of all rows together.
const ROW_BYTES: usize = 64 * 1024 * 1024;
/// Longest text that a row keeps, in columns.
const LONGEST_ROW: usize = 600;
/// Lines of the code of a repair.
const CODE_LINES: usize = 100;
/// Different reasons of UNKNOWN that are listed.
const REASONS: usize = 200;
/// Lines of a list of the account unless everything was asked for.
const LIST_PREVIEW: usize = 10;

/// What is kept of a failure.
struct Row {
    name: String,
    place: String,
    lines: Vec<String>,
}

/// What is kept of the UNKNOWN results that lack the same thing.
#[derive(Default)]
struct Lack {
    controls: BTreeSet<String>,
    detail: String,
    names: Vec<String>,
    count: u64,
}

pub(crate) struct Table<'out> {
    options: ComplianceOptions,
    out: Box<dyn io::Write + 'out>,
    held: Held<Row>,
    lacks: BTreeMap<String, Lack>,
    /// UNKNOWN results whose reason is one too many.
    other_lacks: u64,
}

impl<'out> Table<'out> {
    pub(crate) fn new(options: ComplianceOptions, out: Box<dyn io::Write + 'out>) -> Self {
        let rows_per_group = if options.verbose { ROWS_VERBOSE } else { ROWS };
        Self {
            options,
            out,
            held: Held::new(Bounds {
                rows_per_group,
                bytes: ROW_BYTES,
            }),
            lacks: BTreeMap::new(),
            other_lacks: 0,
        }
    }

    fn unknown(&mut self, result: &CheckResult) {
        let key = shortened(&wording::lack(result), LONGEST_ROW);
        if !self.lacks.contains_key(&key) && self.lacks.len() >= REASONS {
            self.other_lacks = self.other_lacks.saturating_add(1);
            return;
        }
        let lack = self.lacks.entry(key).or_default();
        lack.count = lack.count.saturating_add(1);
        if lack.controls.len() < ROWS_VERBOSE && !lack.controls.contains(&result.control.id) {
            lack.controls.insert(result.control.id.clone());
        }
        if lack.count == 1 {
            lack.detail = result
                .reason
                .as_ref()
                .map(|reason| shortened(&reason.detail, LONGEST_ROW))
                .unwrap_or_default();
        }
        let limit = if self.options.verbose {
            ROWS_VERBOSE
        } else {
            ROWS
        };
        if lack.names.len() < limit {
            let name = shortened(result.resource.name(), LONGEST_ROW);
            if !lack.names.contains(&name) {
                lack.names.push(name);
            }
        }
    }
}

impl Sink for Table<'_> {
    fn begin(&mut self, _: &CheckHeader) -> io::Result<()> {
        Ok(())
    }

    fn result(&mut self, result: &CheckResult) -> io::Result<()> {
        match result.verdict {
            Verdict::Pass | Verdict::NotApplicable => {}
            Verdict::Unknown => self.unknown(result),
            Verdict::Fail | Verdict::Muted => {
                let verbose = self.options.verbose;
                self.held
                    .keep(result.verdict, &result.control, || row(result, verbose));
            }
        }
        Ok(())
    }

    fn end(&mut self, summary: &CheckSummary) -> io::Result<()> {
        let mut page = Page {
            out: &mut *self.out,
            color: self.options.color,
            width: self.options.width.max(40),
        };
        scores::scores(&mut page, summary)?;
        failures(&mut page, &self.held, self.options.verbose)?;
        unknowns(&mut page, &self.lacks, self.other_lacks, &self.options)?;
        muted(&mut page, &self.held)?;
        account::account(&mut page, summary, self.options.verbose)?;
        self.out.flush()
    }
}

/// Writes the summary alone, in the manner of the table: for the error output beside a format that
/// holds results only.
pub fn write_summary(
    summary: &CheckSummary,
    options: &ComplianceOptions,
    out: &mut dyn io::Write,
) -> Result<(), WriteError> {
    let mut page = Page {
        out,
        color: options.color,
        width: options.width.max(40),
    };
    scores::scores(&mut page, summary)
        .and_then(|()| account::account(&mut page, summary, options.verbose))
        .and_then(|()| out.flush())
        .map_err(|source| WriteError::new("table", source))
}

fn row(result: &CheckResult, verbose: bool) -> (Row, usize) {
    let mut lines = Vec::new();
    let message = wording::statement(result);
    if result.verdict == Verdict::Muted {
        lines.extend(wording::mute(result));
    } else if message != result.control.message {
        lines.push(message);
    }
    let shown = if verbose { 20 } else { 3 };
    lines.extend(result.excerpt.iter().take(shown).map(wording::excerpt));
    if result.excerpt.len() > shown {
        lines.push(format!(
            "and {} more values",
            grouped((result.excerpt.len() - shown) as u64)
        ));
    }
    if verbose {
        lines.extend(
            result
                .evidence
                .iter()
                .take(shown)
                .map(|one| wording::evidence(one)),
        );
    }
    let row = Row {
        name: shortened(result.resource.name(), LONGEST_ROW),
        place: shortened(&wording::whereabouts(result), LONGEST_ROW),
        lines: lines
            .iter()
            .map(|line| shortened(line, LONGEST_ROW))
            .collect(),
    };
    let size = row.name.len() + row.place.len() + row.lines.iter().map(String::len).sum::<usize>();
    (row, size)
}

fn failures(page: &mut Page<'_>, held: &Held<Row>, verbose: bool) -> io::Result<()> {
    let groups: Vec<&Group<Row>> = held.of(Verdict::Fail).collect();
    let counts = |group: &&Group<Row>| group.control.severity > Severity::Informational;
    if !groups.iter().any(counts) {
        page.line("no failures")?;
        page.line("")?;
    }
    for group in groups.chunk_by(|left, right| left.control.severity == right.control.severity) {
        let Some(severity) = group.first().map(|first| first.control.severity) else {
            continue;
        };
        let total = group
            .iter()
            .fold(0_u64, |sum, one| sum.saturating_add(one.total()));
        let number = counted(total, "result", "results");
        let name = severity.as_str().to_uppercase();
        let title = match severity {
            Severity::Informational => format!("{name} · {number}, not counted as failures"),
            _ => format!("FAIL · {name} · {number}"),
        };
        page.heading(severity_style(severity), &title)?;
        for one in group {
            page.line("")?;
            control_block(page, one, verbose)?;
        }
        page.line("")?;
    }
    Ok(())
}

fn control_block(page: &mut Page<'_>, group: &Group<Row>, verbose: bool) -> io::Result<()> {
    let control = &group.control;
    let label = format!("[{}]", control.severity);
    let title = format!("{} {}", control.id, control.title);
    let room = page.width.saturating_sub(columns(&label) + 3);
    let painted_label = page.painted(severity_style(control.severity).bold(), &label);
    let painted_title = page.painted(Style::new().bold(), &shortened(&title, room));
    page.line(&format!("  {painted_label} {painted_title}"))?;
    page.field("found", &control.message)?;
    page.field("why", &control.why)?;
    page.field("fix", &wording::remediation(control))?;
    if verbose {
        code(page, "cli", control.remediation.cli.as_deref())?;
        code(page, "terraform", control.remediation.terraform.as_deref())?;
        page.items("answers", &wording::mappings(control))?;
    }
    page.field(
        "resources",
        &counted(group.total(), "resource", "resources"),
    )?;
    rows(page, group)
}

/// Code keeps its lines and their indentation.
fn code(page: &mut Page<'_>, label: &str, content: Option<&str>) -> io::Result<()> {
    let Some(content) = content.filter(|content| !content.is_empty()) else {
        return Ok(());
    };
    page.field(label, "as follows")?;
    for line in content.lines().take(CODE_LINES) {
        let bare = line.trim_start_matches(' ');
        let indent = (line.len() - bare.len()).min(page.width / 2);
        indented(page, 6 + indent, "", &shortened(bare, LONGEST_ROW))?;
    }
    let more = content.lines().count().saturating_sub(CODE_LINES);
    if more > 0 {
        indented(
            page,
            6,
            "",
            &format!("… and {} more lines", grouped(more as u64)),
        )?;
    }
    Ok(())
}

fn rows(page: &mut Page<'_>, group: &Group<Row>) -> io::Result<()> {
    for row in group.rows() {
        let text = format!("{} ({})", row.name, row.place);
        indented(page, 6, "· ", &text)?;
        for line in &row.lines {
            indented(page, 8, "", line)?;
        }
    }
    if group.more > 0 {
        indented(page, 6, "", &format!("… and {} more", grouped(group.more)))?;
    }
    Ok(())
}

/// Visible text on lines of their own.
fn indented(page: &mut Page<'_>, indent: usize, mark: &str, text: &str) -> io::Result<()> {
    let start = columns(mark) + indent;
    for (number, line) in wrap(text, page.width.saturating_sub(start))
        .iter()
        .enumerate()
    {
        let mark = if number == 0 { mark } else { "" };
        let blank = " ".repeat(start - columns(mark));
        page.line(&format!("{blank}{mark}{line}"))?;
    }
    Ok(())
}

fn unknowns(
    page: &mut Page<'_>,
    lacks: &BTreeMap<String, Lack>,
    other: u64,
    options: &ComplianceOptions,
) -> io::Result<()> {
    if lacks.is_empty() {
        return Ok(());
    }
    let total = lacks
        .values()
        .fold(other, |sum, lack| sum.saturating_add(lack.count));
    let title = format!("UNKNOWN · {}", counted(total, "result", "results"));
    page.heading(AnsiColor::Magenta.on_default(), &title)?;
    let mut sorted: Vec<_> = lacks.iter().collect();
    sorted.sort_by_key(|(key, lack)| (std::cmp::Reverse(lack.count), *key));
    for (key, lack) in sorted {
        page.line("")?;
        for (number, line) in wrap(key, page.width.saturating_sub(4)).iter().enumerate() {
            let painted = page.painted(Style::new().bold(), line);
            let indent = if number == 0 { "  " } else { "    " };
            page.line(&format!("{indent}{painted}"))?;
        }
        page.field("results", &grouped(lack.count))?;
        let controls: Vec<String> = lack.controls.iter().cloned().collect();
        page.list("controls", &controls, true)?;
        page.field("reason", &lack.detail)?;
        page.list("resources", &lack.names, options.verbose)?;
    }
    if other > 0 {
        page.line("")?;
        page.line(&format!(
            "  … and {} more for other reasons",
            grouped(other)
        ))?;
    }
    page.line("")
}

fn muted(page: &mut Page<'_>, held: &Held<Row>) -> io::Result<()> {
    let groups: Vec<&Group<Row>> = held.of(Verdict::Muted).collect();
    if groups.is_empty() {
        return Ok(());
    }
    let total = groups
        .iter()
        .fold(0_u64, |sum, group| sum.saturating_add(group.total()));
    let title = format!("MUTED · {}", counted(total, "result", "results"));
    page.heading(Style::new(), &title)?;
    for group in groups {
        page.line("")?;
        let control = &group.control;
        let title = format!("[{}] {} {}", control.severity, control.id, control.title);
        page.line(&format!(
            "  {}",
            shortened(&title, page.width.saturating_sub(2))
        ))?;
        rows(page, group)?;
    }
    page.line("")
}
