//! JUnit XML: a suite for each area, a case for each control and resource. FAIL is a failure,
//! UNKNOWN an error, NOT_APPLICABLE and MUTED are skipped, and so is the failure of an
//! informational control, which must not stop a build.
//!
//! A suite names its numbers before its cases. So that a long run need not stand in memory, an area
//! with many results becomes several suites: `jobs`, `jobs (2)` and so on.

use std::collections::BTreeMap;
use std::io::{self, Write as _};

use crate::compliance::writer::Sink;
use crate::compliance::{CheckHeader, CheckResult, CheckSummary, Verdict, wording};
use crate::escape::markup;

/// Cases of one suite.
const SUITE_CASES: u64 = 2_000;
/// Bytes of the cases of one suite.
const SUITE_BYTES: usize = 2 * 1024 * 1024;
/// Longest text, in characters.
const LONGEST_TEXT: usize = 1_000;

#[derive(Default)]
struct Suite {
    /// Suites of the area that were written before.
    written: u64,
    cases: Vec<u8>,
    tests: u64,
    failures: u64,
    errors: u64,
    skipped: u64,
}

pub(crate) struct Junit<'out> {
    out: Box<dyn io::Write + 'out>,
    header: CheckHeader,
    suites: BTreeMap<String, Suite>,
}

impl<'out> Junit<'out> {
    pub(crate) fn new(out: Box<dyn io::Write + 'out>) -> Self {
        Self {
            out,
            header: CheckHeader::default(),
            suites: BTreeMap::new(),
        }
    }
}

impl Sink for Junit<'_> {
    fn begin(&mut self, header: &CheckHeader) -> io::Result<()> {
        self.header = header.clone();
        writeln!(
            self.out,
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"rempart posture\">"
        )
    }

    fn result(&mut self, result: &CheckResult) -> io::Result<()> {
        let area = &result.control.area;
        if !self.suites.contains_key(area) {
            self.suites.insert(area.clone(), Suite::default());
        }
        let Some(suite) = self.suites.get_mut(area) else {
            return Ok(());
        };
        suite.add(result)?;
        if suite.tests >= SUITE_CASES || suite.cases.len() >= SUITE_BYTES {
            suite.write(area, &self.header, &mut *self.out)?;
        }
        Ok(())
    }

    fn end(&mut self, summary: &CheckSummary) -> io::Result<()> {
        for (area, suite) in &mut self.suites {
            if suite.tests > 0 {
                suite.write(area, &self.header, &mut *self.out)?;
            }
        }
        account(summary, &self.header, &mut *self.out)?;
        writeln!(self.out, "</testsuites>")?;
        self.out.flush()
    }
}

impl Suite {
    fn add(&mut self, result: &CheckResult) -> io::Result<()> {
        let control = &*result.control;
        let resource = &result.resource;
        let name = format!("{} {}{}", control.id, resource.name(), place(result));
        self.tests += 1;
        write!(
            self.cases,
            "<testcase classname=\"{}\" name=\"{}\" time=\"0\"",
            text(&format!("{}.{}", control.area, control.id)),
            text(&name)
        )?;
        if let Some(address) = &resource.address {
            write!(self.cases, " file=\"{}\"", text(&address.source))?;
            if let Some(line) = address.line {
                write!(self.cases, " line=\"{line}\"")?;
            }
        }
        let statement = wording::statement(result);
        match result.verdict {
            Verdict::Pass => return writeln!(self.cases, "/>"),
            Verdict::Fail if result.is_failure() => {
                self.failures += 1;
                self.child(
                    "failure",
                    Some(control.severity.as_str()),
                    &statement,
                    &details(result),
                )?;
            }
            Verdict::Fail => {
                self.skipped += 1;
                self.child("skipped", None, &format!("informational: {statement}"), &[])?;
            }
            Verdict::Unknown => {
                self.errors += 1;
                let code = result
                    .reason
                    .as_ref()
                    .map_or("unknown", |reason| &reason.code);
                self.child("error", Some(code), &format!("UNKNOWN: {statement}"), &[])?;
            }
            Verdict::NotApplicable => {
                self.skipped += 1;
                let message = format!("not applicable: {statement}");
                self.child("skipped", None, &message, &[])?;
            }
            Verdict::Muted => {
                self.skipped += 1;
                let who = wording::mute(result).unwrap_or_default();
                self.child("skipped", None, &format!("muted: {statement}; {who}"), &[])?;
            }
        }
        writeln!(self.cases, "</testcase>")
    }

    fn child(
        &mut self,
        tag: &str,
        kind: Option<&str>,
        message: &str,
        lines: &[String],
    ) -> io::Result<()> {
        write!(self.cases, "><{tag}")?;
        if let Some(kind) = kind {
            write!(self.cases, " type=\"{}\"", text(kind))?;
        }
        write!(self.cases, " message=\"{}\">", text(message))?;
        for line in lines {
            writeln!(self.cases, "{}", text(line))?;
        }
        write!(self.cases, "</{tag}>")
    }

    fn write(
        &mut self,
        area: &str,
        header: &CheckHeader,
        out: &mut dyn io::Write,
    ) -> io::Result<()> {
        let name = match self.written {
            0 => text(area),
            number => format!("{} ({})", text(area), number + 1),
        };
        write!(
            out,
            "<testsuite name=\"{name}\" tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\" time=\"0\"",
            self.tests, self.failures, self.errors, self.skipped
        )?;
        timestamp(header, out)?;
        writeln!(out, ">")?;
        out.write_all(&self.cases)?;
        writeln!(out, "</testsuite>")?;
        *self = Self {
            written: self.written + 1,
            ..Self::default()
        };
        Ok(())
    }
}

/// What no result says: problems of the input are errors of their own, for a build that is green
/// because nothing could be read is none.
fn account(
    summary: &CheckSummary,
    header: &CheckHeader,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let problems = summary.problems.len();
    let bounds = summary.not_evaluated.len();
    if problems + bounds == 0 {
        return Ok(());
    }
    write!(
        out,
        "<testsuite name=\"input\" tests=\"{}\" failures=\"0\" errors=\"{problems}\" skipped=\"{bounds}\" time=\"0\"",
        problems + bounds
    )?;
    timestamp(header, out)?;
    writeln!(out, ">")?;
    for problem in &summary.problems {
        writeln!(
            out,
            "<testcase classname=\"input\" name=\"{}\" time=\"0\"><error type=\"input\" message=\"{}\"></error></testcase>",
            text(&problem.source),
            text(&wording::problem(problem))
        )?;
    }
    for (what, count) in &summary.not_evaluated {
        writeln!(
            out,
            "<testcase classname=\"input\" name=\"{}\" time=\"0\"><skipped message=\"{count} left out by a bound\"></skipped></testcase>",
            text(what)
        )?;
    }
    writeln!(out, "</testsuite>")
}

fn timestamp(header: &CheckHeader, out: &mut dyn io::Write) -> io::Result<()> {
    match &header.generated_at {
        Some(time) => write!(out, " timestamp=\"{}\"", text(time)),
        None => Ok(()),
    }
}

fn place(result: &CheckResult) -> String {
    let resource = &result.resource;
    // An ARN says where it is.
    match resource.arn {
        Some(_) => String::new(),
        None => format!(" ({}/{})", resource.account, resource.region),
    }
}

fn details(result: &CheckResult) -> Vec<String> {
    let control = &*result.control;
    let mut lines = vec![
        format!("control: {} {}", control.id, control.title),
        format!(
            "resource: {} {}",
            result.resource.kind,
            result.resource.name()
        ),
        format!("where: {}", wording::whereabouts(result)),
    ];
    if !control.why.is_empty() {
        lines.push(format!("why: {}", control.why));
    }
    let excerpts = result.excerpt.iter().take(20);
    lines.extend(excerpts.map(|one| format!("read: {}", wording::excerpt(one))));
    let evidence = result.evidence.iter().take(20);
    lines.extend(evidence.map(|one| format!("evidence: {}", wording::evidence(one))));
    lines.push(format!("fix: {}", wording::remediation(control)));
    lines.extend(
        control
            .remediation
            .cli
            .iter()
            .map(|cli| format!("cli: {cli}")),
    );
    lines
}

/// Text ready for XML. Characters that XML forbids are written as `\u{..}`.
fn text(raw: &str) -> String {
    markup(raw, LONGEST_TEXT)
}
