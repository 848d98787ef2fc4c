//! Arguments of `rempart posture` and `rempart controls`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use rempart_findings::Severity;
use rempart_findings::compliance::ComplianceFormat;

use super::{LintFormat, parse_account, parse_severity};

#[derive(Debug, Args)]
pub(crate) struct PostureArguments {
    /// Snapshots made by `rempart collect`, a Terraform plan (`terraform show -json`) or a
    /// CloudFormation template
    #[arg(required = true, value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) selection: ControlSelection,
    /// Values of parameters: allow lists and limits
    #[arg(long, value_name = "FILE")]
    pub(crate) params: Option<PathBuf>,
    /// Isolation and VPC, egress rules, a customer key everywhere
    #[arg(long)]
    pub(crate) strict: bool,
    /// Failures that somebody accepted until a date
    #[arg(long, value_name = "FILE")]
    pub(crate) mute: Option<PathBuf>,
    /// How to write the results
    #[arg(long, default_value = "table", value_parser = parse_compliance_format, value_name = "FORMAT")]
    pub(crate) format: ComplianceFormat,
    /// Write the results to a file instead of standard output
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// A parameter of a template: NAME=VALUE; may be repeated
    #[arg(long, value_parser = parse_assignment, value_name = "NAME=VALUE")]
    pub(crate) parameter: Vec<(String, String)>,
    /// The account that a plan or template is for
    #[arg(long, value_parser = parse_account, value_name = "ID")]
    pub(crate) account: Option<String>,
    /// Show evidence, repairs and whole lists
    #[arg(long, short)]
    pub(crate) verbose: bool,
    /// Threads; all cores by default
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=1024), value_name = "N")]
    pub(crate) threads: Option<u16>,
    /// Show no progress
    #[arg(long)]
    pub(crate) no_progress: bool,
}

/// Which controls are asked.
#[derive(Debug, Args)]
pub(crate) struct ControlSelection {
    /// Ask the controls below this file or directory as well; one with the id of a built-in control
    /// takes its place; may be repeated
    #[arg(long = "controls", value_name = "DIR")]
    pub(crate) directories: Vec<PathBuf>,
    /// Do not ask the controls that ship with rempart
    #[arg(long)]
    pub(crate) no_builtin_controls: bool,
    /// Only these controls: identifiers or areas; may be repeated
    #[arg(long, value_name = "ID|AREA")]
    pub(crate) control: Vec<String>,
    /// Only controls that answer a requirement of this framework, such as security-hub, aws-config,
    /// cis-aws-5.0, nist-800-53
    #[arg(long, value_name = "NAME")]
    pub(crate) framework: Option<String>,
    /// Only controls of at least this severity
    #[arg(long, value_parser = parse_severity, value_name = "SEVERITY")]
    pub(crate) min_severity: Option<Severity>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ControlsCommand {
    /// Show the controls
    List(ControlsListArguments),
    /// Check controls against the AWS service models
    Lint(ControlsLintArguments),
    /// Run the examples in controls
    Test(ControlsTestArguments),
}

#[derive(Debug, Args)]
pub(crate) struct ControlsListArguments {
    #[command(flatten)]
    pub(crate) selection: ControlSelection,
    /// How to show the controls
    #[arg(long, value_enum, default_value_t = ControlsFormat::Table, value_name = "FORMAT")]
    pub(crate) format: ControlsFormat,
    /// Only the number of controls per area
    #[arg(long)]
    pub(crate) summary: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ControlsLintArguments {
    /// File or directory of controls; the controls that ship with rempart by default
    #[arg(value_name = "PATH")]
    pub(crate) path: Option<PathBuf>,
    /// How to show what was found
    #[arg(long, value_enum, default_value_t = LintFormat::Text, value_name = "FORMAT")]
    pub(crate) format: LintFormat,
}

#[derive(Debug, Args)]
pub(crate) struct ControlsTestArguments {
    /// File or directory of controls; the controls that ship with rempart by default
    #[arg(value_name = "PATH")]
    pub(crate) path: Option<PathBuf>,
    /// Show the controls that passed, too
    #[arg(long, short)]
    pub(crate) verbose: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ControlsFormat {
    /// One line for each control
    Table,
    /// One JSON object for each control
    Jsonl,
}

pub(super) const POSTURE_HELP: &str = "Exit codes: 0 every control that could be decided passes, 1 a control fails, 2 the work could not be done, or nothing failed and not everything could be decided. A failure that is muted or of an informational control does not count";

fn parse_compliance_format(text: &str) -> Result<ComplianceFormat, String> {
    text.parse().map_err(|_| {
        let names = ComplianceFormat::ALL.map(ComplianceFormat::as_str);
        format!("one of {} is needed", names.join(", "))
    })
}

pub(super) fn parse_assignment(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("NAME=VALUE is needed".to_owned()),
    }
}
