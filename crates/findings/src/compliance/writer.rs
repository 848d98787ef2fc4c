//! The one entrance to the formats.

use std::fmt;
use std::io;
use std::str::FromStr;

use super::formats::{asff, csv, html, jsonl, junit, ocsf, sarif, table};
use super::{CheckHeader, CheckResult, CheckSummary};
use crate::{ParseNameError, WriteError};

/// How results are to be written.
#[derive(Clone, Debug)]
pub struct ComplianceOptions {
    /// Colours in the table format.
    pub color: bool,
    /// Columns of the table format; values under 40 count as 40.
    pub width: usize,
    /// Whole lists, evidence and repairs in the table format.
    pub verbose: bool,
    /// What the Security Finding Format asks beyond results.
    pub asff: AsffOptions,
}

impl Default for ComplianceOptions {
    fn default() -> Self {
        Self {
            color: false,
            width: 100,
            verbose: false,
            asff: AsffOptions::default(),
        }
    }
}

/// Options of the AWS Security Finding Format.
#[derive(Clone, Debug)]
pub struct AsffOptions {
    /// ARN of the product, in which `{partition}`, `{region}` and `{account}` are replaced by those
    /// of each finding. The default product of the account needs no registration.
    pub product_arn: String,
    /// Region that takes the findings about global resources.
    pub home_region: String,
    /// Account of findings whose resource has none, such as those of a plan.
    /// Without it they carry twelve zeros, and Security Hub refuses them.
    pub account: Option<String>,
}

impl Default for AsffOptions {
    fn default() -> Self {
        Self {
            product_arn: "arn:{partition}:securityhub:{region}:{account}:product/{account}/default"
                .to_owned(),
            home_region: "us-east-1".to_owned(),
            account: None,
        }
    }
}

/// An output format for results.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ComplianceFormat {
    /// Text for people.
    Table,
    /// One flat JSON object per result and line.
    JsonLines,
    /// Comma-separated values (RFC 4180), one row per result.
    Csv,
    /// OCSF 1.5 Compliance Finding, one JSON object per result and line.
    Ocsf,
    /// AWS Security Finding Format, one request of `BatchImportFindings` per line.
    Asff,
    /// SARIF 2.1.0.
    Sarif,
    /// JUnit XML.
    Junit,
    /// One self-contained HTML page.
    Html,
}

impl ComplianceFormat {
    /// All formats.
    pub const ALL: [Self; 8] = [
        Self::Table,
        Self::JsonLines,
        Self::Csv,
        Self::Ocsf,
        Self::Asff,
        Self::Sarif,
        Self::Junit,
        Self::Html,
    ];

    /// Name on the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::JsonLines => "jsonl",
            Self::Csv => "csv",
            Self::Ocsf => "ocsf",
            Self::Asff => "asff",
            Self::Sarif => "sarif",
            Self::Junit => "junit",
            Self::Html => "html",
        }
    }

    /// True where the output says all that the summary says. After the others the summary belongs
    /// somewhere else, see [`super::write_summary`].
    pub const fn carries_summary(self) -> bool {
        matches!(self, Self::Table | Self::Sarif | Self::Html)
    }
}

impl fmt::Display for ComplianceFormat {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.as_str())
    }
}

impl FromStr for ComplianceFormat {
    type Err = ParseNameError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|format| format.as_str() == text)
            .ok_or_else(|| ParseNameError::new("output format", text))
    }
}

/// Takes the results of a run one by one. To be called in the order `begin`, `result` for each,
/// `end`; anything else is an error.
pub trait ResultWriter {
    /// Starts the output.
    fn begin(&mut self, header: &CheckHeader) -> Result<(), WriteError>;

    /// Writes a result, or keeps what the end needs of it.
    fn result(&mut self, result: &CheckResult) -> Result<(), WriteError>;

    /// Ends the output and flushes it.
    fn end(&mut self, summary: &CheckSummary) -> Result<(), WriteError>;
}

/// The writer of a format. The same results in the same order give the same bytes.
pub fn compliance_writer<'out>(
    format: ComplianceFormat,
    options: ComplianceOptions,
    out: Box<dyn io::Write + 'out>,
) -> Box<dyn ResultWriter + 'out> {
    let sink: Box<dyn Sink + 'out> = match format {
        ComplianceFormat::Table => Box::new(table::Table::new(options, out)),
        ComplianceFormat::JsonLines => Box::new(jsonl::JsonLines::new(out)),
        ComplianceFormat::Csv => Box::new(csv::Csv::new(out)),
        ComplianceFormat::Ocsf => Box::new(ocsf::Ocsf::new(out)),
        ComplianceFormat::Asff => Box::new(asff::Asff::new(options.asff, out)),
        ComplianceFormat::Sarif => Box::new(sarif::Sarif::new(out)),
        ComplianceFormat::Junit => Box::new(junit::Junit::new(out)),
        ComplianceFormat::Html => Box::new(html::Html::new(out)),
    };
    Box::new(Checked {
        format,
        sink,
        state: State::New,
    })
}

/// What a format does. Calls come in the right order.
pub(crate) trait Sink {
    fn begin(&mut self, header: &CheckHeader) -> io::Result<()>;
    fn result(&mut self, result: &CheckResult) -> io::Result<()>;
    fn end(&mut self, summary: &CheckSummary) -> io::Result<()>;
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    New,
    Open,
    Closed,
}

/// Keeps the order of calls and names the format in errors.
struct Checked<'out> {
    format: ComplianceFormat,
    sink: Box<dyn Sink + 'out>,
    state: State,
}

impl Checked<'_> {
    fn step(&mut self, from: State, to: State) -> io::Result<()> {
        if self.state != from {
            let message = "the order of calls is begin, result for each result, end";
            return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
        }
        self.state = to;
        Ok(())
    }

    fn named(&self, written: io::Result<()>) -> Result<(), WriteError> {
        written.map_err(|source| WriteError::new(self.format.as_str(), source))
    }
}

impl ResultWriter for Checked<'_> {
    fn begin(&mut self, header: &CheckHeader) -> Result<(), WriteError> {
        let written = self
            .step(State::New, State::Open)
            .and_then(|()| self.sink.begin(header));
        self.named(written)
    }

    fn result(&mut self, result: &CheckResult) -> Result<(), WriteError> {
        let written = self
            .step(State::Open, State::Open)
            .and_then(|()| self.sink.result(result));
        self.named(written)
    }

    fn end(&mut self, summary: &CheckSummary) -> Result<(), WriteError> {
        let written = self
            .step(State::Open, State::Closed)
            .and_then(|()| self.sink.end(summary));
        self.named(written)
    }
}
