//! Arguments of `rempart case`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use rempart_aws_model::AccountId;
use rempart_case::Given;
use rempart_locale::Language;

use super::{RuleSelection, parse_account};
use crate::time::parse_bound;

#[derive(Debug, Subcommand)]
pub(crate) enum CaseCommand {
    /// Investigate: from logs, and an estate or policies where at hand, to the fifteen answers
    #[command(after_help = OPEN_HELP)]
    Open(Box<CaseOpenArguments>),
    /// Show a case, or the answers to questions
    Show(CaseShowArguments),
    /// What changed between two openings of a case
    #[command(
        after_help = "Exit codes: 0 nothing changed, 1 something did, 2 a case could not be read"
    )]
    Diff(CaseDiffArguments),
    /// Check every byte of a case directory against its signed manifest
    #[command(
        after_help = "Exit codes: 0 as it was sealed, 1 something is not, 2 it could not be read"
    )]
    Verify(CaseVerifyArguments),
    /// Add a note to the journal of a case
    Note(CaseNoteArguments),
}

#[derive(Debug, Args)]
pub(crate) struct CaseOpenArguments {
    /// CloudTrail logs: files, directories, or s3://bucket/prefix
    #[arg(required_unless_present = "trail", value_name = "PATH")]
    pub(crate) paths: Vec<String>,
    /// CloudTrail logs, as PATH
    #[arg(long, num_args = 1.., value_name = "PATH")]
    pub(crate) trail: Vec<String>,
    /// Snapshot of `rempart collect`; may be repeated
    #[arg(long, num_args = 1.., value_name = "SNAPSHOT")]
    pub(crate) estate: Vec<PathBuf>,
    /// Directory of exported policies, as for `rempart policy who-can`
    #[arg(long, value_name = "DIR")]
    pub(crate) policies: Option<PathBuf>,
    /// Where to start: an ARN, access key id, principal id, address or range, event id, finding id, name
    /// of a user or role; agent:TEXT, resource:TEXT. Without one the findings propose suspects
    #[arg(long, num_args = 1.., value_name = "WHAT")]
    pub(crate) suspect: Vec<String>,
    /// Start of the period that is investigated; earlier records still count as the past
    #[arg(long, value_parser = parse_bound, value_name = "TIME")]
    pub(crate) from: Option<i64>,
    /// End of it, not included
    #[arg(long, value_parser = parse_bound, value_name = "TIME")]
    pub(crate) to: Option<i64>,
    /// When the organisation became aware: legal periods count from it
    #[arg(long, value_parser = parse_bound, value_name = "TIME")]
    pub(crate) aware_at: Option<i64>,
    /// Language of what is printed; reports are written in both
    #[arg(long, default_value = "en", value_parser = parse_language, value_name = "LANG")]
    pub(crate) lang: Language,
    /// Directory of the case; must not exist, or be empty
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
    /// Private Ed25519 key in OpenSSH's format that signs the manifest
    #[arg(long, value_name = "FILE")]
    pub(crate) signing_key: Option<PathBuf>,
    /// Write report.pdf as well, with a headless Chromium
    #[arg(long)]
    pub(crate) pdf: bool,
    /// Public keys of CloudTrail digests, see `rempart trail verify`
    #[arg(long, value_name = "FILE")]
    pub(crate) keys: Vec<PathBuf>,
    /// Signatures of CloudTrail digests, see `rempart trail verify`
    #[arg(long, value_name = "FILE")]
    pub(crate) signatures: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) rules: RuleSelection,
    /// An account of yours that is not foreign wherever it appears; may be repeated
    #[arg(long, visible_alias = "trusted-account", value_parser = parse_account, value_name = "ID")]
    pub(crate) own_account: Vec<String>,
    /// Guardrails to try instead of those that ship with rempart
    #[arg(long, num_args = 1.., value_name = "FILE")]
    pub(crate) guardrails: Vec<PathBuf>,
    /// An account that guardrails do not concern; may be repeated
    #[arg(long, visible_alias = "management-account", value_name = "ID")]
    pub(crate) exempt_account: Vec<AccountId>,
    /// Threads; all cores by default
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=1024), value_name = "N")]
    pub(crate) threads: Option<u16>,
    /// Show no progress
    #[arg(long)]
    pub(crate) no_progress: bool,
}

#[derive(Debug, Args)]
pub(crate) struct CaseShowArguments {
    /// Numbers of questions, 1 to 15; all in short by default
    #[arg(value_parser = clap::value_parser!(u8).range(1..=15), value_name = "QUESTION")]
    pub(crate) questions: Vec<u8>,
    /// Directory of the case
    #[arg(long, default_value = ".", value_name = "DIR")]
    pub(crate) case: PathBuf,
    /// Language
    #[arg(long, default_value = "en", value_parser = parse_language, value_name = "LANG")]
    pub(crate) lang: Language,
    /// How to show it
    #[arg(long, value_enum, default_value_t = CaseFormat::Text, value_name = "FORMAT")]
    pub(crate) format: CaseFormat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum CaseFormat {
    /// For people
    #[value(alias = "table")]
    Text,
    /// JSON
    Json,
}

#[derive(Debug, Args)]
pub(crate) struct CaseDiffArguments {
    /// Directory of the case as it was
    pub(crate) old: PathBuf,
    /// Directory of the case as it is
    pub(crate) new: PathBuf,
    /// Language
    #[arg(long, default_value = "en", value_parser = parse_language, value_name = "LANG")]
    pub(crate) lang: Language,
    /// How to show it
    #[arg(long, value_enum, default_value_t = CaseFormat::Text, value_name = "FORMAT")]
    pub(crate) format: CaseFormat,
}

#[derive(Debug, Args)]
pub(crate) struct CaseVerifyArguments {
    /// Directory of the case
    pub(crate) directory: PathBuf,
    /// Who may sign: a file in the format of ssh-keygen's ALLOWED SIGNERS, or a public key
    #[arg(long, value_name = "FILE")]
    pub(crate) allowed_signers: Option<PathBuf>,
    /// How to show what was found
    #[arg(long, value_enum, default_value_t = CaseFormat::Text, value_name = "FORMAT")]
    pub(crate) format: CaseFormat,
}

#[derive(Debug, Args)]
pub(crate) struct CaseNoteArguments {
    /// Directory of the case
    pub(crate) directory: PathBuf,
    /// The note
    pub(crate) text: String,
    /// Who writes it
    #[arg(long, value_name = "NAME")]
    pub(crate) who: String,
    /// Why it was done
    #[arg(long, value_name = "TEXT")]
    pub(crate) why: Option<String>,
    /// Event ids, evidence ids or items that it is about; may be repeated
    #[arg(long, value_name = "ID")]
    pub(crate) link: Vec<String>,
    /// Private Ed25519 key in OpenSSH's format that signs the journal
    #[arg(long, value_name = "FILE")]
    pub(crate) signing_key: Option<PathBuf>,
}

const OPEN_HELP: &str = "The directory holds case.json, report.<lang>.html and .md, the timeline for Timesketch, DFIR-IRIS, STIX and OCSF, the raw records in scope, and a manifest over all of it.

Exit codes: 0 a case was opened, 2 the work could not be done: no record, no suspect found, or none proposed";

pub(crate) fn parse_language(text: &str) -> Result<Language, String> {
    text.parse()
        .map_err(|_| "one of en, fr is needed".to_owned())
}

impl CaseOpenArguments {
    /// All paths of logs.
    pub(crate) fn logs(&self) -> Vec<String> {
        self.paths.iter().chain(&self.trail).cloned().collect()
    }

    /// The suspects as the library reads them.
    pub(crate) fn suspects(&self) -> anyhow::Result<Vec<Given>> {
        let given = self.suspect.iter().map(|text| Ok(Given::parse(text)?));
        given.collect()
    }
}
