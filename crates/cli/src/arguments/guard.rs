//! Arguments of `rempart guard`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use rempart_aws_model::AccountId;
use rempart_guard::event_request::Organization;
use rempart_guard::least_privilege::Subject;

use super::RuleSelection;

#[derive(Debug, Subcommand)]
pub(crate) enum GuardCommand {
    /// Prove for every possible request that guardrails stop what they must and nothing else
    #[command(after_help = PROVE_HELP)]
    Prove(ProveArguments),
    /// What a change of guardrails allows or denies, for every possible request
    #[command(after_help = COMPARE_HELP)]
    Compare(CompareArguments),
    /// Write the guardrails with your own subnets, keys, addresses and instance types
    #[command(after_help = GENERATE_HELP)]
    Generate(GenerateArguments),
    /// What proposed policies would have denied in CloudTrail logs
    #[command(after_help = REPLAY_HELP)]
    Replay(ReplayArguments),
    /// What no condition key can enforce: SageMaker's fields without a key, and operations without an
    /// action
    #[command(after_help = "Exit code: 0, whatever the report says; it needs no input")]
    Gaps(GapsArguments),
    /// The smallest identity policy that allows what a user or role was observed to do
    #[command(after_help = LEAST_PRIVILEGE_HELP)]
    LeastPrivilege(Box<LeastPrivilegeArguments>),
}

#[derive(Debug, Args)]
pub(crate) struct LeastPrivilegeArguments {
    /// CloudTrail files, directories or s3://bucket/prefix; they are read twice
    #[arg(long, required = true, num_args = 1.., value_name = "PATH")]
    pub(crate) trail: Vec<String>,
    /// ARN of the user, or of the role with all its sessions
    #[arg(long, value_name = "ARN", value_parser = parse_subject)]
    pub(crate) principal: Subject,
    /// The identity policies in force, to compare with: documents, or directories of them
    #[arg(long, num_args = 1.., value_name = "FILE")]
    pub(crate) current: Vec<PathBuf>,
    /// How far resources are generalised
    #[arg(long, value_enum, default_value_t = GeneraliseArgument::Names, value_name = "HOW", alias = "generalize")]
    pub(crate) generalise: GeneraliseArgument,
    /// Demand the observed values of this condition key where every call had it; may be repeated
    #[arg(long, value_name = "KEY")]
    pub(crate) condition: Vec<String>,
    /// How to show the report
    #[arg(long, value_enum, default_value_t = ReplayFormat::Table, value_name = "FORMAT")]
    pub(crate) format: ReplayFormat,
    /// Write the policy to a file; several policies to FILE-1.json, FILE-2.json and so on
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// Threads; all cores by default
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=1024), value_name = "N")]
    pub(crate) threads: Option<u16>,
    /// Show no progress
    #[arg(long)]
    pub(crate) no_progress: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum GeneraliseArgument {
    /// The observed ARNs
    None,
    /// Three or more names of one type that begin with the same words become one pattern
    Names,
    /// One pattern for each resource type
    Types,
}

#[derive(Debug, Args)]
pub(crate) struct GapsArguments {
    /// How to show the report
    #[arg(long, value_enum, default_value_t = ReplayFormat::Table, value_name = "FORMAT")]
    pub(crate) format: ReplayFormat,
}

#[derive(Debug, Args)]
pub(crate) struct ProveArguments {
    /// Service and resource control policies, or directories of them; the built-in library by default
    #[arg(long, num_args = 1.., value_name = "FILE")]
    pub(crate) policies: Vec<PathBuf>,
    /// Files or directories of properties; the built-in ones by default
    #[arg(long, num_args = 1.., value_name = "FILE")]
    pub(crate) properties: Vec<PathBuf>,
    /// Only these properties, by id, even if no statement is about them; may be repeated
    #[arg(long, value_name = "ID")]
    pub(crate) property: Vec<String>,
    /// Values of parameters; what the file does not name keeps the example value. By default
    /// `parameters.yaml` beside the policies, where there is one
    #[arg(long, value_name = "FILE")]
    pub(crate) parameters: Option<PathBuf>,
    /// Whether AWS fills a condition key with the default when a request omits the field
    #[arg(long, value_enum, default_value_t = PresenceArgument::Unknown, value_name = "MODEL")]
    pub(crate) presence: PresenceArgument,
    /// How to show the report
    #[arg(long, value_enum, default_value_t = ProofFormat::Table, value_name = "FORMAT")]
    pub(crate) format: ProofFormat,
    /// Show the AWS CLI call that makes each request that breaks a property
    #[arg(long)]
    pub(crate) examples: bool,
    /// Also look at each statement: does it ever fire, does it change anything
    #[arg(long)]
    pub(crate) statements: bool,
    /// In JSON, say what each proof covers: the parts of the request and the classes of their values
    #[arg(long)]
    pub(crate) certificates: bool,
    /// Write each question as an SMT-LIB 2 file into this directory
    #[arg(long, value_name = "DIR")]
    pub(crate) smtlib: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum PresenceArgument {
    /// It does
    Always,
    /// It does not
    IffPresent,
    /// Either: what is proved holds both ways
    Unknown,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ProofFormat {
    /// For people
    #[value(alias = "text")]
    Table,
    /// One JSON object, with the requests as scenarios
    Json,
    /// SARIF 2.1.0
    Sarif,
    /// A page
    Html,
}

#[derive(Debug, Args)]
pub(crate) struct CompareArguments {
    /// The guardrails as they are: files or directories
    #[arg(long, required = true, num_args = 1.., value_name = "FILE")]
    pub(crate) old: Vec<PathBuf>,
    /// The guardrails as they will be
    #[arg(long, required = true, num_args = 1.., value_name = "FILE")]
    pub(crate) new: Vec<PathBuf>,
    /// Whether AWS fills a condition key with the default when a request omits the field
    #[arg(long, value_enum, default_value_t = PresenceArgument::Unknown, value_name = "MODEL")]
    pub(crate) presence: PresenceArgument,
    /// How to show the report
    #[arg(long, value_enum, default_value_t = ReplayFormat::Table, value_name = "FORMAT")]
    pub(crate) format: ReplayFormat,
}

#[derive(Debug, Args)]
pub(crate) struct GenerateArguments {
    /// Values of parameters; what the file does not name keeps the example value
    #[arg(long, value_name = "FILE")]
    pub(crate) parameters: Option<PathBuf>,
    /// What to write beside the documents
    #[arg(long, value_enum, default_value_t = GenerateFormat::Json, value_name = "FORMAT")]
    pub(crate) format: GenerateFormat,
    /// The directory to write to
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum GenerateFormat {
    /// The policy documents alone
    Json,
    /// And a Terraform file that makes and attaches them
    Terraform,
    /// And a CloudFormation template that makes and attaches them
    Cloudformation,
}

#[derive(Debug, Args)]
pub(crate) struct ReplayArguments {
    /// Service and resource control policies, or directories of them
    #[arg(long, required = true, num_args = 1.., value_name = "FILE")]
    pub(crate) policies: Vec<PathBuf>,
    /// CloudTrail files, directories, s3://bucket/prefix, or - for standard input
    #[arg(long, required = true, num_args = 1.., value_name = "PATH")]
    pub(crate) trail: Vec<String>,
    /// Service and resource control policies in force while the logs were written, or directories of
    /// them: compare what they decide with what AWS decided
    #[arg(long, num_args = 1.., value_name = "FILE")]
    pub(crate) current: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) rules: RuleSelection,
    /// An account that the policies do not concern, such as the management account or one outside the
    /// organisation; may be repeated
    #[arg(long, visible_alias = "management-account", value_name = "ID")]
    pub(crate) exempt_account: Vec<AccountId>,
    /// The organisation and its accounts, since logs do not tell aws:PrincipalOrgID
    #[arg(long, value_parser = parse_organization, value_name = "ID=ACCOUNT,…")]
    pub(crate) organization: Option<Organization>,
    /// Do not hunt in the same logs for findings that would have been stopped
    #[arg(long)]
    pub(crate) no_hunt: bool,
    /// How to show the report
    #[arg(long, value_enum, default_value_t = ReplayFormat::Table, value_name = "FORMAT")]
    pub(crate) format: ReplayFormat,
    /// Threads; all cores by default
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=1024), value_name = "N")]
    pub(crate) threads: Option<u16>,
    /// Show no progress
    #[arg(long)]
    pub(crate) no_progress: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ReplayFormat {
    /// For people
    #[value(alias = "text")]
    Table,
    /// One JSON object
    Json,
}

const PROVE_HELP: &str = "\
A property says which requests must never be allowed and which must stay possible, in terms of the
request's fields. A refutation is a request that the policy engine has decided before it is shown.

Exit codes: 0 all proved, 1 any refuted, 2 any unknown and nothing refuted, or something could not be
read

Examples:
  rempart guard prove
  rempart guard prove --policies guardrails/playbook --examples
  rempart guard prove --policies my-scps --parameters mine.yaml --format html > proof.html";

const COMPARE_HELP: &str = "\
Exit codes: 0 the new guardrails allow nothing that the old ones do not, 1 they do, 2 something is not
known or could not be read";

const GENERATE_HELP: &str = "\
`guardrails/parameters.yaml` names every parameter. Documents keep to the quota of AWS: long ones are
split, and what was written is proved.

Exit codes: 0 written and proved, 1 written but some property is refuted, 2 could not do the work";

const REPLAY_HELP: &str = "Policies in a folder `scps` or `rcps` (`scps/LEVEL/*.json` for several levels) are of that kind; others are resource control policies if they name principals, else service control policies. FullAWSAccess is added to levels that only deny.

Exit codes: 0 nothing would newly be denied, 1 some calls would, 2 something could not be read or told";

const LEAST_PRIVILEGE_HELP: &str = "Without --out the policy is part of the output. Every call that went through is decided again with the new policy alone.

Exit codes: 0 done and proved, 1 something observed is not covered, or --current is not proved to allow as much, 2 the work could not be done";

fn parse_subject(text: &str) -> Result<Subject, String> {
    Subject::parse(text).map_err(|error| error.to_string())
}

/// `o-exampleorgid=111122223333,444455556666`
fn parse_organization(text: &str) -> Result<Organization, String> {
    let Some((id, accounts)) = text.split_once('=') else {
        return Err("the form is o-exampleorgid=111122223333,444455556666".to_owned());
    };
    if !id.starts_with("o-") {
        return Err(format!(
            "`{id}` is no id of an organisation: it begins with o-"
        ));
    }
    let accounts = accounts.split(',').map(AccountId::parse);
    Ok(Organization {
        id: id.into(),
        accounts: accounts
            .collect::<Result<_, _>>()
            .map_err(|error| error.to_string())?,
    })
}
