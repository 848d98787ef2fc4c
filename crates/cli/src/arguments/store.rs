//! Arguments of `rempart store`.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

#[derive(Debug, Subcommand)]
pub(crate) enum StoreCommand {
    /// Make a store: root key, keystore, first rempart.yaml, an administrator, a certificate
    Init(StoreInitArguments),
    /// Make an access key, its secret sealed for rempart.yaml
    Credential(StoreCredentialArguments),
    /// Serve the APIs of SageMaker Feature Store, KMS and STS
    #[command(after_help = SERVE_HELP)]
    Serve(StoreServeArguments),
    /// How the store is: groups, keys, queues
    #[command(
        after_help = "Exit codes: 0 all is well, 1 something is paused or blocked, 2 the store does not open"
    )]
    Status(StoreStatusArguments),
    /// Write queued rows to the offline stores now
    Flush(StoreGroupArguments),
    /// Make the grants of a group anew, after they were revoked
    Repair(StoreForGroupArguments),
    /// Seal a group's store key under the newest material of its KMS key, or another KMS key, and begin
    /// a new data key
    Rotate(StoreRotateArguments),
    /// Compare the grants on customers' keys with the groups
    #[command(after_help = "Exit codes: 0 they agree, 1 findings, 2 the store does not open")]
    Reconcile(StorePrincipalArguments),
    /// Erase subjects: their keys are destroyed, their rows removed, what is left looked for
    #[command(after_help = ERASE_HELP)]
    Erase(StoreEraseArguments),
    /// Place a legal hold on a subject, which forbids its erasure, or lift it
    Hold(StoreHoldArguments),
    /// Run a SQL statement over the offline stores, in the dialect of Athena that the SageMaker SDK uses
    Query(StoreQueryArguments),
    /// Join features to the rows of a file, as of the time of each row
    AsOf(StoreAsOfArguments),
    /// Print the statement that makes a group's table in Athena
    Ddl(StoreForGroupArguments),
    /// Copy a store that is not served, without its root key
    Backup(StoreBackupArguments),
    /// Make a store out of a copy, once every byte of it was checked
    Restore(StoreRestoreArguments),
    /// Deliver audit records, or print them
    Audit(StoreAuditArguments),
}

const SERVE_HELP: &str = "\
The certificate in tls/ is used unless --allow-plaintext is given on a loopback address, or --certificate
names another. SIGHUP reads rempart.yaml and the certificate again, SIGTERM ends the server in good order.
The root key is taken from --root-key, from REMPART_ROOT_KEY, from REMPART_PASSPHRASE, or from root.key in
the store's directory.";

const ERASE_HELP: &str = "\
The receipt is signed; `ssh-keygen -Y verify -n rempart-erasure` checks it with receipts.key of the store.
Exit codes: 0 nothing is left, 1 something is left, 2 refused or not done";

/// The store, and its root key.
#[derive(Debug, Args)]
pub(crate) struct StorePlace {
    /// Directory of the store
    #[arg(value_name = "DIRECTORY")]
    pub(crate) path: PathBuf,
    /// File that holds the root key; root.key in the directory by default
    #[arg(long, value_name = "FILE")]
    pub(crate) root_key: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct StoreInitArguments {
    #[command(flatten)]
    pub(crate) place: StorePlace,
    /// Account id, twelve digits
    #[arg(long, value_name = "ACCOUNT")]
    pub(crate) account: String,
    /// Region that the store takes itself to be in
    #[arg(long, default_value = "eu-west-1", value_name = "REGION")]
    pub(crate) region: String,
    /// How to write what was made
    #[arg(long, value_enum, default_value_t = StoreFormat::Text, value_name = "FORMAT")]
    pub(crate) format: StoreFormat,
}

#[derive(Debug, Args)]
pub(crate) struct StoreCredentialArguments {
    #[command(flatten)]
    pub(crate) place: StorePlace,
    /// How to write it
    #[arg(long, value_enum, default_value_t = StoreFormat::Text, value_name = "FORMAT")]
    pub(crate) format: StoreFormat,
}

#[derive(Debug, Args)]
pub(crate) struct StoreServeArguments {
    #[command(flatten)]
    pub(crate) place: StorePlace,
    /// Address of the APIs
    #[arg(long, default_value = "127.0.0.1:8443", value_name = "ADDRESS")]
    pub(crate) listen: SocketAddr,
    /// Address of /health, /ready and /metrics
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) admin: Option<SocketAddr>,
    /// Certificate chain, PEM
    #[arg(long, requires = "key", value_name = "FILE")]
    pub(crate) certificate: Option<PathBuf>,
    /// Key of the certificate, PEM
    #[arg(long, requires = "certificate", value_name = "FILE")]
    pub(crate) key: Option<PathBuf>,
    /// Serve without TLS
    #[arg(long, conflicts_with = "certificate")]
    pub(crate) allow_plaintext: bool,
    /// Threads that serve connections
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=1024), value_name = "N")]
    pub(crate) threads: Option<u16>,
    /// Cache of the online store, in MiB
    #[arg(long, default_value_t = 256, value_name = "MIB")]
    pub(crate) cache: u64,
    /// Which repetitions of a signed request are refused
    #[arg(long, value_enum, default_value_t = ReplayArgument::Allow, value_name = "WHICH")]
    pub(crate) refuse_replays: ReplayArgument,
    /// How to write the log
    #[arg(long, value_enum, default_value_t = LogFormat::Text, value_name = "FORMAT")]
    pub(crate) log: LogFormat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ReplayArgument {
    /// None, as AWS does
    Allow,
    /// Those of operations that change something
    Writes,
    /// All
    All,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    /// For people
    Text,
    /// One JSON object a line
    Json,
}

#[derive(Debug, Args)]
pub(crate) struct StoreStatusArguments {
    #[command(flatten)]
    pub(crate) place: StorePlace,
    /// How to write it
    #[arg(long, value_enum, default_value_t = StoreFormat::Text, value_name = "FORMAT")]
    pub(crate) format: StoreFormat,
}

#[derive(Debug, Args)]
pub(crate) struct StoreGroupArguments {
    #[command(flatten)]
    pub(crate) place: StorePlace,
    /// One feature group, by name or ARN; all by default
    #[arg(long, value_name = "GROUP")]
    pub(crate) group: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct StoreForGroupArguments {
    #[command(flatten)]
    pub(crate) place: StorePlace,
    /// Feature group, by name or ARN
    #[arg(long, value_name = "GROUP")]
    pub(crate) group: String,
    #[command(flatten)]
    pub(crate) principal: InTheNameOf,
}

#[derive(Debug, Args)]
pub(crate) struct StorePrincipalArguments {
    #[command(flatten)]
    pub(crate) place: StorePlace,
    #[command(flatten)]
    pub(crate) principal: InTheNameOf,
}

/// In whose name an operator works.
#[derive(Debug, Args)]
pub(crate) struct InTheNameOf {
    /// User or role of rempart.yaml in whose name it is decided and put on record; the account's root
    /// user by default
    #[arg(long = "as", value_name = "ARN")]
    pub(crate) arn: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct StoreRotateArguments {
    #[command(flatten)]
    pub(crate) place: StorePlace,
    /// Feature group, by name or ARN
    #[arg(long, value_name = "GROUP")]
    pub(crate) group: String,
    /// Another KMS key for the online store: id, ARN or alias
    #[arg(long, value_name = "KEY")]
    pub(crate) to_key: Option<String>,
    #[command(flatten)]
    pub(crate) principal: InTheNameOf,
}

#[derive(Debug, Args)]
pub(crate) struct StoreEraseArguments {
    #[command(flatten)]
    pub(crate) place: StorePlace,
    /// Feature group, by name or ARN; may be repeated
    #[arg(long, required = true, value_name = "GROUP")]
    pub(crate) group: Vec<String>,
    /// Record identifier; may be repeated
    #[arg(long, required = true, value_name = "IDENTIFIER")]
    pub(crate) record: Vec<String>,
    /// Where to write the receipt (<FILE>) and its signature (<FILE>.sig); standard output by default
    #[arg(long, value_name = "FILE")]
    pub(crate) receipt: Option<PathBuf>,
    /// Do it; without this only what would be done is said
    #[arg(long)]
    pub(crate) apply: bool,
    #[command(flatten)]
    pub(crate) principal: InTheNameOf,
}

#[derive(Debug, Args)]
pub(crate) struct StoreHoldArguments {
    #[command(flatten)]
    pub(crate) place: StorePlace,
    /// Feature group, by name or ARN
    #[arg(long, value_name = "GROUP")]
    pub(crate) group: String,
    /// Record identifier
    #[arg(long, value_name = "IDENTIFIER")]
    pub(crate) record: String,
    /// Lift the hold
    #[arg(long)]
    pub(crate) lift: bool,
    #[command(flatten)]
    pub(crate) principal: InTheNameOf,
}

#[derive(Debug, Args)]
pub(crate) struct StoreBackupArguments {
    #[command(flatten)]
    pub(crate) place: StorePlace,
    /// Directory of the copy; it must not be there
    #[arg(long, value_name = "DIRECTORY")]
    pub(crate) to: PathBuf,
    /// Leave out rows that are in Redis: they are copied by its own means
    #[arg(long)]
    pub(crate) without_rows: bool,
}

#[derive(Debug, Args)]
pub(crate) struct StoreRestoreArguments {
    #[command(flatten)]
    pub(crate) place: StorePlace,
    /// Directory of the copy
    #[arg(long, value_name = "DIRECTORY")]
    pub(crate) from: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct StoreQueryArguments {
    #[command(flatten)]
    pub(crate) place: StorePlace,
    /// The statement; a group is a table by its name, in double quotes where it has a hyphen
    #[arg(value_name = "SQL")]
    pub(crate) sql: String,
    /// How to write rows
    #[arg(long, value_enum, default_value_t = RowFormatArgument::Table, value_name = "FORMAT")]
    pub(crate) format: RowFormatArgument,
    #[command(flatten)]
    pub(crate) principal: InTheNameOf,
}

#[derive(Debug, Args)]
pub(crate) struct StoreAsOfArguments {
    #[command(flatten)]
    pub(crate) place: StorePlace,
    /// CSV or Parquet file with an identifier and a time in each row
    #[arg(long, value_name = "FILE")]
    pub(crate) spine: PathBuf,
    /// Its column of identifiers
    #[arg(long, value_name = "COLUMN")]
    pub(crate) identifier: String,
    /// Its column of times
    #[arg(long, value_name = "COLUMN")]
    pub(crate) time: String,
    /// Feature group to join, by name or ARN; may be repeated
    #[arg(long, required = true, value_name = "GROUP")]
    pub(crate) group: Vec<String>,
    /// How to write rows
    #[arg(long, value_enum, default_value_t = RowFormatArgument::Csv, value_name = "FORMAT")]
    pub(crate) format: RowFormatArgument,
    #[command(flatten)]
    pub(crate) principal: InTheNameOf,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum RowFormatArgument {
    /// Columns for the eye
    Table,
    /// With a header
    Csv,
    /// An object for each row
    Jsonl,
    /// Parquet, not encrypted
    Parquet,
}

#[derive(Debug, Args)]
pub(crate) struct StoreAuditArguments {
    #[command(flatten)]
    pub(crate) place: StorePlace,
    /// Deliver log files and sign digests up to now
    #[arg(long)]
    pub(crate) deliver: bool,
    /// Print the records, oldest delivery first
    #[arg(long, value_enum, value_name = "FORMAT")]
    pub(crate) format: Option<AuditFormat>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum AuditFormat {
    /// One record a line
    Jsonl,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum StoreFormat {
    /// For people
    Text,
    /// One JSON object
    Json,
}
