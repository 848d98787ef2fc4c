//! The one entrance to all formats.

use std::fmt;
use std::io;
use std::str::FromStr;

use crate::formats::{csv, html, jsonl, ocsf, sarif, table};
use crate::{Coverage, Finding, ParseNameError, RunSummary};

/// What is to be written.
#[derive(Clone, Copy, Debug)]
pub struct Report<'a> {
    /// The findings, in the order in which line formats write them.
    pub findings: &'a [Finding],
    /// What the logs could show.
    pub coverage: Option<&'a Coverage>,
    /// The account of the run.
    pub summary: Option<&'a RunSummary>,
}

/// How it is to be written.
#[derive(Clone, Debug)]
pub struct WriteOptions {
    /// Colours in the table format.
    pub color: bool,
    /// Columns of the table format; values under 40 count as 40.
    pub width: usize,
    /// Whole lists of event ids, resources and problems in the table format.
    pub verbose: bool,
    /// Time of the report (RFC 3339), for the formats that ask for one. Without it the time of the
    /// last event of a finding is used.
    pub generated_at: Option<String>,
}

impl Default for WriteOptions {
    fn default() -> Self {
        Self {
            color: false,
            width: 100,
            verbose: false,
            generated_at: None,
        }
    }
}

/// An output format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// Text for people.
    Table,
    /// One flat JSON object per finding and line.
    JsonLines,
    /// Comma-separated values (RFC 4180).
    Csv,
    /// OCSF 1.5 Detection Finding, one JSON object per line.
    Ocsf,
    /// SARIF 2.1.0.
    Sarif,
    /// One self-contained HTML page.
    Html,
}

impl Format {
    /// All formats.
    pub const ALL: [Self; 6] = [
        Self::Table,
        Self::JsonLines,
        Self::Csv,
        Self::Ocsf,
        Self::Sarif,
        Self::Html,
    ];

    /// Name on the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::JsonLines => "jsonl",
            Self::Csv => "csv",
            Self::Ocsf => "ocsf",
            Self::Sarif => "sarif",
            Self::Html => "html",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.as_str())
    }
}

impl FromStr for Format {
    type Err = ParseNameError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|format| format.as_str() == text)
            .ok_or_else(|| ParseNameError::new("output format", text))
    }
}

/// Output could not be written.
#[derive(Debug, thiserror::Error)]
#[error("cannot write {format} output")]
pub struct WriteError {
    format: &'static str,
    #[source]
    source: io::Error,
}

impl WriteError {
    pub(crate) fn new(format: &'static str, source: io::Error) -> Self {
        Self { format, source }
    }

    /// Kind of the error below, so that a closed pipe can be told from a full disk.
    pub fn kind(&self) -> io::ErrorKind {
        self.source.kind()
    }
}

/// Writes a report in a format. Nothing but `out` is touched; `out` is flushed at the end.
pub fn write_report(
    format: Format,
    report: &Report<'_>,
    options: &WriteOptions,
    out: &mut dyn io::Write,
) -> Result<(), WriteError> {
    let written = match format {
        Format::Table => table::write(report, options, out),
        Format::JsonLines => jsonl::write(report, out),
        Format::Csv => csv::write(report, out),
        Format::Ocsf => ocsf::write(report, options, out),
        Format::Sarif => sarif::write(report, options, out),
        Format::Html => html::write(report, options, out),
    };
    written
        .and_then(|()| out.flush())
        .map_err(|source| WriteError::new(format.as_str(), source))
}
