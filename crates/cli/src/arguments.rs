//! The command line.

mod case;
mod collect;
mod guard;
mod posture;
mod store;
mod trail;

use std::path::PathBuf;

use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum};
use rempart_aws_model::{AccountId, ActionName};
use rempart_findings::{Format, Severity};
use rempart_policy::document::PolicyKind;

use crate::output::ColorChoice;
use crate::time::parse_bound;

pub(crate) use case::{
    CaseCommand, CaseDiffArguments, CaseFormat, CaseNoteArguments, CaseOpenArguments,
    CaseShowArguments, CaseVerifyArguments,
};
pub(crate) use collect::{CollectArguments, DiffFormat, EstateCommand, EstateDiffArguments};
pub(crate) use guard::{
    CompareArguments, GapsArguments, GeneraliseArgument, GenerateArguments, GenerateFormat,
    GuardCommand, LeastPrivilegeArguments, PresenceArgument, ProofFormat, ProveArguments,
    ReplayArguments, ReplayFormat,
};

pub(crate) use posture::{
    ControlSelection, ControlsCommand, ControlsFormat, ControlsLintArguments,
    ControlsListArguments, ControlsTestArguments, PostureArguments,
};
pub(crate) use store::{
    LogFormat, ReplayArgument, RowFormatArgument, StoreAuditArguments, StoreBackupArguments,
    StoreCommand, StoreCredentialArguments, StoreEraseArguments, StoreFormat, StoreInitArguments,
    StorePlace, StoreRestoreArguments, StoreServeArguments,
};
pub(crate) use trail::{
    ExplainFormat, TrailCommand, TrailExplainArguments, TrailVerifyArguments, VerifyFormat,
};

/// Security for machine learning on AWS SageMaker
#[derive(Debug, Parser)]
#[command(name = "rempart", version, max_term_width = 100)]
pub(crate) struct Arguments {
    /// When to use colours; NO_COLOR is respected
    #[arg(long, global = true, value_enum, default_value_t = ColorChoice::Auto, value_name = "WHEN")]
    pub(crate) color: ColorChoice,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Find attacks on SageMaker in CloudTrail logs
    #[command(after_help = HUNT_EXIT_CODES)]
    Hunt(Box<HuntArguments>),
    /// Investigate an incident: the fifteen questions of the playbook, answered from evidence
    Case {
        #[command(subcommand)]
        command: CaseCommand,
    },
    /// List, check and test detection rules
    Rules {
        #[command(subcommand)]
        command: RulesCommand,
    },
    /// Read the ML estate of accounts into a snapshot, every answer kept as evidence
    #[command(after_help = collect::COLLECT_HELP)]
    Collect(Box<CollectArguments>),
    /// Compare and check snapshots
    Estate {
        #[command(subcommand)]
        command: EstateCommand,
    },
    /// Check an estate against every control: a snapshot, a Terraform plan or a template
    #[command(after_help = posture::POSTURE_HELP)]
    Posture(Box<PostureArguments>),
    /// List, check and test controls
    Controls {
        #[command(subcommand)]
        command: ControlsCommand,
    },
    /// Decide requests against AWS policies, and check policies
    Policy {
        #[command(subcommand)]
        command: PolicyCommand,
    },
    /// Prove guardrails, try them on real traffic, generate them
    Guard {
        #[command(subcommand)]
        command: GuardCommand,
    },
    /// Verify CloudTrail log files, explain single records
    Trail {
        #[command(subcommand)]
        command: TrailCommand,
    },
    /// A feature store with KMS encryption, grants and access control, for unmodified AWS clients
    Store {
        #[command(subcommand)]
        command: StoreCommand,
    },
    /// Print a completion script for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Print the manual page
    Man,
}

#[derive(Debug, Subcommand)]
pub(crate) enum RulesCommand {
    /// Show the rules, or write ATT&CK and ATLAS Navigator layers
    List(RulesListArguments),
    /// Check rules against the AWS service models
    Lint(RulesLintArguments),
    /// Run the test events beside each rule
    Test(RulesTestArguments),
}

#[derive(Debug, Subcommand)]
pub(crate) enum PolicyCommand {
    /// Answer scenarios: a request and every policy that can touch it
    #[command(after_help = DECIDE_EXIT_CODES)]
    Decide(DecideArguments),
    /// Check policies: what they do not say, what escapes them, what AWS would refuse
    #[command(after_help = "Exit codes: 0 nothing found, 1 findings, 2 a file could not be read")]
    Lint(PolicyLintArguments),
    /// Every user and role that can do something to a resource, with the conditions it needs
    #[command(after_help = WHO_CAN_HELP)]
    WhoCan(WhoCanArguments),
    /// Which answers to a set of requests change between two policies
    #[command(
        after_help = "Exit codes: 0 no answer changes, 1 answers change, 2 something could not be read"
    )]
    Diff(DiffArguments),
}

#[derive(Debug, Args)]
pub(crate) struct PolicyLintArguments {
    /// Policy documents, or directories of them; - for standard input
    #[arg(required = true, value_name = "FILE")]
    pub(crate) paths: Vec<PathBuf>,
    /// What the policies are attached to; guessed from each document by default
    #[arg(long, value_parser = parse_kind, value_name = "KIND")]
    pub(crate) kind: Option<PolicyKind>,
    /// The policies belong to execution roles of SageMaker: look for least privilege
    #[arg(long)]
    pub(crate) execution_role: bool,
    /// How to show what was found
    #[arg(long, value_enum, default_value_t = PolicyLintFormat::Text, value_name = "FORMAT")]
    pub(crate) format: PolicyLintFormat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum PolicyLintFormat {
    /// For people
    #[value(alias = "table")]
    Text,
    /// One JSON object for each finding
    #[value(alias = "json")]
    Jsonl,
    /// SARIF 2.1.0
    Sarif,
}

#[derive(Debug, Args)]
pub(crate) struct WhoCanArguments {
    /// The action, for example sagemaker:InvokeEndpoint
    pub(crate) action: ActionName,
    /// ARN of the resource, or *
    pub(crate) resource: String,
    /// Directory of exported policies, or one file of authorization details
    #[arg(long, value_name = "DIR")]
    pub(crate) policies: PathBuf,
    /// Account of the resource, where its ARN does not say
    #[arg(long, value_name = "ID")]
    pub(crate) resource_account: Option<AccountId>,
    /// An account to which SCPs do not apply; may be repeated
    #[arg(long, value_name = "ID")]
    pub(crate) management_account: Vec<AccountId>,
    /// Show those who cannot, too
    #[arg(long)]
    pub(crate) all: bool,
    /// How to show the principals
    #[arg(long, value_enum, default_value_t = DecideFormat::Text, value_name = "FORMAT")]
    pub(crate) format: DecideFormat,
}

#[derive(Debug, Args)]
pub(crate) struct DiffArguments {
    /// Policy document, or directory of policies, as it is
    pub(crate) old: PathBuf,
    /// Policy document, or directory of policies, as it would be
    pub(crate) new: PathBuf,
    /// Scenarios to answer with both, one a line
    #[arg(long, value_name = "FILE", required = true, num_args = 1..)]
    pub(crate) requests: Vec<PathBuf>,
    /// Where the policies are attached. Into identity, session, scp and rcp layers they are added;
    /// elsewhere they take the place of the scenario's policy
    #[arg(long, value_parser = parse_kind, default_value = "identity", value_name = "KIND")]
    pub(crate) kind: PolicyKind,
    /// Show answers that only change their deciding layer, too
    #[arg(long)]
    pub(crate) all: bool,
    /// How to show the changes
    #[arg(long, value_enum, default_value_t = DecideFormat::Text, value_name = "FORMAT")]
    pub(crate) format: DecideFormat,
}

#[derive(Debug, Args)]
pub(crate) struct DecideArguments {
    /// One scenario, as JSON; - for standard input
    #[arg(long, value_name = "FILE", required_unless_present = "scenarios")]
    pub(crate) scenario: Option<PathBuf>,
    /// Many scenarios, one a line; - for standard input
    #[arg(long, value_name = "FILE", num_args = 1.., conflicts_with = "scenario")]
    pub(crate) scenarios: Vec<PathBuf>,
    /// How to write the answer; text for one scenario, jsonl for many by default
    #[arg(long, value_enum, value_name = "FORMAT")]
    pub(crate) format: Option<DecideFormat>,
    /// Threads; all cores by default
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=1024), value_name = "N")]
    pub(crate) threads: Option<u16>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum DecideFormat {
    /// For people
    Text,
    /// One JSON object for each answer
    #[value(alias = "json")]
    Jsonl,
}

#[derive(Debug, Args)]
pub(crate) struct HuntArguments {
    /// Files, directories, s3://bucket/prefix, or - for standard input
    #[arg(required = true, value_name = "PATH")]
    pub(crate) paths: Vec<String>,
    #[command(flatten)]
    pub(crate) rules: RuleSelection,
    /// How to write the findings
    #[arg(long, default_value = "table", value_parser = parse_format, value_name = "FORMAT")]
    pub(crate) format: Format,
    /// Write the findings to a file instead of standard output
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Leave out findings below this severity
    #[arg(long, value_parser = parse_severity, value_name = "SEVERITY")]
    pub(crate) min_severity: Option<Severity>,
    /// Only events at or after this time: 2026-03-01 or 2026-03-01T12:00:00Z
    #[arg(long, value_parser = parse_bound, value_name = "TIME")]
    pub(crate) from: Option<i64>,
    /// Only events before this time
    #[arg(long, value_parser = parse_bound, value_name = "TIME")]
    pub(crate) to: Option<i64>,
    /// Only events recorded by this account; may be repeated
    #[arg(long, value_parser = parse_account, value_name = "ID")]
    pub(crate) account: Vec<String>,
    /// Only events of this Region; may be repeated
    #[arg(long, value_name = "REGION")]
    pub(crate) region: Vec<String>,
    /// Only events whose principal (ARN, name, principal id, access key) contains this text; may be
    /// repeated
    #[arg(long, value_name = "TEXT")]
    pub(crate) principal: Vec<String>,
    /// An account of yours that is not foreign wherever it appears; may be repeated
    #[arg(long, visible_alias = "trusted-account", value_parser = parse_account, value_name = "ID")]
    pub(crate) own_account: Vec<String>,
    /// Name these guardrails (service and resource control policies, or directories of them) in the
    /// findings that they would have stopped, instead of those that ship with rempart
    #[arg(long, num_args = 1.., value_name = "FILE")]
    pub(crate) guardrails: Vec<PathBuf>,
    /// Do not look for guardrails that would have stopped the findings
    #[arg(long, conflicts_with = "guardrails")]
    pub(crate) no_guardrails: bool,
    /// An account that guardrails do not concern, such as the management account; may be repeated
    #[arg(long, visible_alias = "management-account", value_name = "ID")]
    pub(crate) exempt_account: Vec<AccountId>,
    /// Write the account of every record, per source, as JSON
    #[arg(long, value_name = "FILE")]
    pub(crate) stats: Option<PathBuf>,
    /// Threads; all cores by default
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=1024), value_name = "N")]
    pub(crate) threads: Option<u16>,
    /// Show no progress
    #[arg(long)]
    pub(crate) no_progress: bool,
    /// List every event and reference of a finding
    #[arg(long, short, action = ArgAction::SetTrue)]
    pub(crate) verbose: bool,
    /// Memory for correlations and history, in MiB
    #[arg(long, default_value_t = 96, value_parser = clap::value_parser!(u32).range(1..), value_name = "MIB")]
    pub(crate) state_limit: u32,
    /// Largest record that is read, in MiB
    #[arg(long, default_value_t = 16, value_parser = clap::value_parser!(u32).range(1..=2047), value_name = "MIB")]
    pub(crate) record_limit: u32,
    /// Most that one source may inflate to, in GiB
    #[arg(long, default_value_t = 64, value_parser = clap::value_parser!(u32).range(1..), value_name = "GIB")]
    pub(crate) inflate_limit: u32,
}

/// Which rules are used.
#[derive(Debug, Args)]
pub(crate) struct RuleSelection {
    /// Use the Sigma rules below this file or directory as well; may be repeated
    #[arg(long = "rules", value_name = "DIR")]
    pub(crate) directories: Vec<PathBuf>,
    /// Do not use the rules that ship with rempart
    #[arg(long)]
    pub(crate) no_builtin_rules: bool,
}

#[derive(Debug, Args)]
pub(crate) struct RulesListArguments {
    #[command(flatten)]
    pub(crate) rules: RuleSelection,
    /// How to show the rules
    #[arg(long, value_enum, default_value_t = RulesFormat::Table, value_name = "FORMAT")]
    pub(crate) format: RulesFormat,
    /// Only the number of rules per category
    #[arg(long)]
    pub(crate) summary: bool,
    /// Directory for the two layers of the navigator format
    #[arg(long, short, value_name = "DIR")]
    pub(crate) output: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct RulesLintArguments {
    /// File or directory of rules; the rules that ship with rempart by default
    #[arg(value_name = "PATH")]
    pub(crate) path: Option<PathBuf>,
    /// How to show what was found
    #[arg(long, value_enum, default_value_t = LintFormat::Text, value_name = "FORMAT")]
    pub(crate) format: LintFormat,
    /// Apply the conventions of rempart's own pack to the rules of PATH as well
    #[arg(long)]
    pub(crate) strict: bool,
}

#[derive(Debug, Args)]
pub(crate) struct RulesTestArguments {
    /// File or directory of rules; the rules that ship with rempart by default
    #[arg(value_name = "PATH")]
    pub(crate) path: Option<PathBuf>,
    /// Show the cases that passed, too
    #[arg(long, short)]
    pub(crate) verbose: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum RulesFormat {
    /// One line for each rule
    Table,
    /// One JSON object for each rule
    Jsonl,
    /// ATT&CK and ATLAS Navigator layers, written into --output DIR
    Navigator,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum LintFormat {
    /// For people
    Text,
    /// One JSON object for each finding
    Jsonl,
}

const HUNT_EXIT_CODES: &str = "Exit codes: 0 nothing found, 1 findings, 2 the work could not be done, or nothing was found and part of the input could not be examined";

const DECIDE_EXIT_CODES: &str = "Exit codes: 0 all decided and as expected, 1 an answer is not the expected one, 2 something could not be read or decided";

const WHO_CAN_HELP: &str = "The directory holds, in any number:
  *.json               output of `aws iam get-account-authorization-details`
  scps/LEVEL/*.json    service control policies, levels in the order of their names from the root
  rcps/LEVEL/*.json    resource control policies, likewise
  resources/*.json     {\"resource\": ARN, \"account\": ID, \"policy\": {...}, \"grants\": [...], \"publicAccessBlock\": {...}} or a list of them

Exit codes: 0 answered, 2 something could not be read or told";

fn parse_kind(text: &str) -> Result<PolicyKind, String> {
    PolicyKind::of_name(text).ok_or_else(|| {
        let names = PolicyKind::ALL.map(PolicyKind::name);
        format!("one of {} is needed", names.join(", "))
    })
}

fn parse_format(text: &str) -> Result<Format, String> {
    text.parse()
        .map_err(|_| "one of table, jsonl, csv, ocsf, sarif, html is needed".to_owned())
}

fn parse_severity(text: &str) -> Result<Severity, String> {
    text.parse()
        .map_err(|_| "one of informational, low, medium, high, critical is needed".to_owned())
}

fn parse_account(text: &str) -> Result<String, String> {
    let is_account = text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit());
    if is_account {
        Ok(text.to_owned())
    } else {
        Err("an account id has 12 digits".to_owned())
    }
}
