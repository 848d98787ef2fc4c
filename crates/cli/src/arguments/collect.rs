//! Arguments of `rempart collect` and `rempart estate`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use rempart_collect::live::Requested;

use super::parse_account;
use super::posture::parse_assignment;
use crate::time::parse_bound;

#[derive(Debug, Args)]
pub(crate) struct CollectArguments {
    /// The directory of the snapshot; it must be empty or not exist, unless --resume is given
    #[arg(long, value_name = "DIR", required_unless_present = "print_policy")]
    pub(crate) out: Option<PathBuf>,
    /// Go on with a collection that was interrupted
    #[arg(long)]
    pub(crate) resume: bool,
    /// Accounts, through --role in each of them; `organization` for all active accounts of the
    /// caller's organisation. Without it, the account of the credentials
    #[arg(long, value_delimiter = ',', value_name = "ID,…", requires = "role")]
    pub(crate) accounts: Vec<String>,
    /// Name of the role to assume in each account
    #[arg(long, value_name = "NAME")]
    pub(crate) role: Option<String>,
    /// External id that the roles ask for
    #[arg(long, value_name = "ID", requires = "role")]
    pub(crate) external_id: Option<String>,
    /// Regions; the enabled ones of each account by default
    #[arg(long, value_delimiter = ',', value_name = "REGION,…")]
    pub(crate) regions: Vec<String>,
    /// Services, such as sagemaker,iam,s3; all by default. What is left out cannot be judged
    #[arg(long, value_delimiter = ',', value_name = "SERVICE,…")]
    pub(crate) services: Vec<String>,
    /// Profile of ~/.aws/config
    #[arg(long, value_name = "NAME")]
    pub(crate) profile: Option<String>,
    /// Collect as well: last-accessed, drift, logs, objects, features; may be repeated
    #[arg(long = "with", value_delimiter = ',', value_parser = parse_requested, value_name = "WHAT")]
    pub(crate) requested: Vec<Requested>,
    /// Jobs of one kind and Region that are described one by one, newest first; the rest is counted
    #[arg(long, default_value_t = 500, value_name = "N")]
    pub(crate) jobs: usize,
    /// Do not describe jobs that were created before: 2026-03-01 or 2026-03-01T12:00:00Z
    #[arg(long, value_parser = parse_bound, value_name = "TIME")]
    pub(crate) since: Option<i64>,
    /// Requests at the same time
    #[arg(long, default_value_t = 32, value_parser = clap::value_parser!(u16).range(1..=512), value_name = "N")]
    pub(crate) concurrency: u16,
    /// Most requests of one operation per second, Region and account; it starts lower and rises while
    /// AWS does not throttle
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=10_000), value_name = "N")]
    pub(crate) rate: u32,
    /// Print the smallest IAM policy that lets the collection be complete, and collect nothing
    #[arg(long)]
    pub(crate) print_policy: bool,
    /// Show no progress
    #[arg(long)]
    pub(crate) no_progress: bool,
    /// Fill the snapshot from a Terraform plan (`terraform show -json`) instead of AWS
    #[arg(long, value_name = "FILE", conflicts_with_all = ["accounts", "regions", "resume", "print_policy"])]
    pub(crate) terraform_plan: Option<PathBuf>,
    /// Fill the snapshot from a CloudFormation template instead of AWS
    #[arg(long, value_name = "FILE", conflicts_with_all = ["accounts", "regions", "resume", "print_policy", "terraform_plan"])]
    pub(crate) cloudformation: Option<PathBuf>,
    /// A parameter of the template: NAME=VALUE; may be repeated
    #[arg(long, value_parser = parse_assignment, value_name = "NAME=VALUE", requires = "cloudformation")]
    pub(crate) parameter: Vec<(String, String)>,
    /// The account that a plan or template is for
    #[arg(long, value_parser = parse_account, value_name = "ID")]
    pub(crate) account: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum EstateCommand {
    /// What changed between two snapshots, member by member
    #[command(
        after_help = "Exit codes: 0 no difference, 1 differences, 2 the work could not be done, or something could not be compared"
    )]
    Diff(EstateDiffArguments),
    /// Check the files of a snapshot against its manifest
    Verify {
        /// The snapshot
        #[arg(value_name = "DIR")]
        path: PathBuf,
    },
}

#[derive(Debug, Args)]
pub(crate) struct EstateDiffArguments {
    /// The older snapshot
    #[arg(value_name = "OLD")]
    pub(crate) old: PathBuf,
    /// The newer snapshot
    #[arg(value_name = "NEW")]
    pub(crate) new: PathBuf,
    /// CloudTrail files or directories: name the event and the principal behind each change
    #[arg(long, num_args = 1.., value_name = "PATH")]
    pub(crate) trail: Vec<String>,
    /// Show members that change by themselves, such as times of last use, too
    #[arg(long)]
    pub(crate) volatile: bool,
    /// How to show the differences
    #[arg(long, value_enum, default_value_t = DiffFormat::Text, value_name = "FORMAT")]
    pub(crate) format: DiffFormat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum DiffFormat {
    /// For people
    Text,
    /// One JSON object for each difference
    Jsonl,
}

pub(super) const COLLECT_HELP: &str = "Exit codes: 0 everything was collected, 1 AWS refused or failed a part (the snapshot says which, and the missing permissions are shown), 2 the work could not be done";

fn parse_requested(text: &str) -> Result<Requested, String> {
    Requested::of_name(text).ok_or_else(|| {
        let names = Requested::ALL.map(Requested::name);
        format!("one of {} is needed", names.join(", "))
    })
}
