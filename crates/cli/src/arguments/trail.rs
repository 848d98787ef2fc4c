//! Arguments of `rempart trail`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use jiff::Timestamp;
use rempart_locale::Language;

use super::case::parse_language;
use crate::time::parse_bound;

#[derive(Debug, Subcommand)]
pub(crate) enum TrailCommand {
    /// Verify log files by CloudTrail's signed digests, offline: what was altered, deleted or added
    #[command(after_help = VERIFY_HELP)]
    Verify(TrailVerifyArguments),
    /// Explain one record: who, what, on what, from where, the fields that matter, scripts decoded
    #[command(after_help = EXPLAIN_HELP)]
    Explain(TrailExplainArguments),
}

#[derive(Debug, Args)]
pub(crate) struct TrailExplainArguments {
    /// A file with one record, - for standard input, or an event id that is looked up in --trail
    #[arg(value_name = "EVENT")]
    pub(crate) event: String,
    /// Where to look for the event id: files, directories or s3://bucket/prefix; may be repeated
    #[arg(long, num_args = 1.., value_name = "PATH")]
    pub(crate) trail: Vec<String>,
    /// Language of the explanation: en, fr
    #[arg(long, default_value = "en", value_parser = parse_language, value_name = "LANG")]
    pub(crate) lang: Language,
    /// How to write the explanation
    #[arg(long, value_enum, default_value_t = ExplainFormat::Text, value_name = "FORMAT")]
    pub(crate) format: ExplainFormat,
    /// Threads; all cores by default
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=1024), value_name = "N")]
    pub(crate) threads: Option<u16>,
    /// Show no progress
    #[arg(long)]
    pub(crate) no_progress: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ExplainFormat {
    /// For people
    Text,
    /// One JSON object
    Json,
}

#[derive(Debug, Args)]
pub(crate) struct TrailVerifyArguments {
    /// Files, directories or s3://bucket/prefix that hold the logs and their digests
    #[arg(required = true, value_name = "PATH")]
    pub(crate) paths: Vec<String>,
    /// Public keys: saved output of `aws cloudtrail list-public-keys`; may be repeated
    #[arg(long, value_name = "FILE")]
    pub(crate) keys: Vec<PathBuf>,
    /// Signatures of the digests, one JSON object a line: key, signature, algorithm,
    /// backfillGenerationTimestamp; PATH/signatures.jsonl by default, where there is one
    #[arg(long, value_name = "FILE")]
    pub(crate) signatures: Vec<PathBuf>,
    /// Start of the period that must be covered: 2026-03-01 or 2026-03-01T12:00:00Z
    #[arg(long, value_parser = parse_bound, value_name = "TIME")]
    pub(crate) from: Option<i64>,
    /// End of the period that must be covered; `now` for a trail that goes on
    #[arg(long, value_parser = parse_end, value_name = "TIME")]
    pub(crate) to: Option<End>,
    /// How to write the result
    #[arg(long, value_enum, default_value_t = VerifyFormat::Table, value_name = "FORMAT")]
    pub(crate) format: VerifyFormat,
    /// Threads; all cores by default
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=1024), value_name = "N")]
    pub(crate) threads: Option<u16>,
    /// Most that one file may inflate to, in GiB
    #[arg(long, default_value_t = 64, value_parser = clap::value_parser!(u32).range(1..=1_048_576), value_name = "GIB")]
    pub(crate) inflate_limit: u32,
    /// Show no progress
    #[arg(long)]
    pub(crate) no_progress: bool,
}

/// The end of a period, in seconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct End {
    pub(crate) seconds: i64,
    /// Whether it is the present time.
    pub(crate) is_now: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum VerifyFormat {
    /// For people
    Table,
    /// One JSON object with every chain and file
    Json,
}

pub(super) const VERIFY_HELP: &str = "Keys are trusted because you name them: keys that lie beside the logs are not taken by themselves. A digest's signature may also lie beside it as <digest>.signature or <digest>.metadata.json (`aws s3api head-object`); without any, the one that the next digest quotes is used.

Exit codes: 0 every file in the period is verified and every gap explained, 1 something is altered, missing, not covered or not verified, 2 there was nothing that could be verified";

pub(super) const EXPLAIN_HELP: &str = "The file may carry its record in any envelope that `rempart hunt` reads: a log file, the answer of lookup-events, an EventBridge event.

Exit codes: 0 explained, 2 not found or unreadable";

fn parse_end(text: &str) -> Result<End, String> {
    if text == "now" {
        let seconds = Timestamp::now().as_second();
        let is_now = true;
        return Ok(End { seconds, is_now });
    }
    let seconds = parse_bound(text).map_err(|message| format!("{message}, or `now`"))?;
    let is_now = false;
    Ok(End { seconds, is_now })
}
