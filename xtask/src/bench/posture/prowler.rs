//! `cargo xtask bench prowler`: `rempart collect` and `rempart posture` beside prowler on the estate of
//! `moto_estate.py`, both from the same moto server. Each FAIL of prowler must be a FAIL or UNKNOWN of
//! Rempart on the same resource, or be explained in `bench/peers/prowler/checks.txt`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, ensure};
use serde_json::Value;

use super::machine;

const ACCOUNT: &str = "111122223333";
const REGION: &str = "eu-west-1";
const CHECKS: &str = "bench/peers/prowler/checks.txt";
/// Services that both cover.
const SERVICES: &str = "sagemaker iam s3 kms cloudtrail guardduty secretsmanager ssm ecr ec2 vpc efs \
                        athena config cloudwatch organizations";

/// Arguments of `cargo xtask bench prowler`.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Measure this program instead of a release build of this tree
    #[arg(long)]
    rempart: Option<PathBuf>,
    /// Python environment that has prowler; made in bench/data when not given
    #[arg(long)]
    prowler: Option<PathBuf>,
    /// Python environment that has moto; made in bench/data when not given
    #[arg(long)]
    moto: Option<PathBuf>,
}

/// Measures both and compares what they found.
pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let rempart = match &arguments.rempart {
        Some(path) => path.clone(),
        None => {
            machine::build(&["-p", "rempart-cli"])?;
            let target = std::env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into());
            Path::new(&target).join("release/rempart")
        }
    };
    let prowler = environment(
        arguments.prowler.as_deref(),
        "bench/data/prowler",
        "bench/peers/prowler/requirements.txt",
    )?;
    let moto = environment(
        arguments.moto.as_deref(),
        "bench/data/moto",
        ".ci/requirements.txt",
    )?;
    let folder = tempfile::tempdir()?;
    let moto = Moto::start(&moto.join("bin/python"))?;

    let snapshot = folder.path().join("snapshot");
    let mut collect = moto.command(&rempart);
    collect
        .args([
            "collect",
            "--no-progress",
            "--rate",
            "1000",
            "--regions",
            REGION,
            "--out",
        ])
        .arg(&snapshot);
    let collected = machine::timed(&mut collect)?;
    let results = folder.path().join("results.jsonl");
    let mut posture = moto.command(&rempart);
    posture
        .args(["posture", "--no-progress", "--format", "jsonl", "--output"])
        .arg(&results)
        .arg(&snapshot);
    let judged = machine::timed(&mut posture)?;

    let out = folder.path().join("prowler");
    let mut peer = moto.command(&prowler.join("bin/prowler"));
    peer.args([
        "aws",
        "--region",
        REGION,
        "--no-banner",
        "-z",
        "-M",
        "csv",
        "-o",
    ])
    .arg(&out)
    .arg("--services")
    .args(SERVICES.split_whitespace())
    .stdout(Stdio::null());
    let peer = machine::timed(&mut peer)?;

    let compared = Compared::of(&ours(&results)?, &theirs(&prowler, &out)?)?;
    let date = machine::command_text("date", &["-u", "+%Y-%m-%d"])?;
    let path = PathBuf::from(format!("bench/results/{date}-prowler.md"));
    let table = table(
        &compared,
        collected,
        judged,
        peer,
        arguments.rempart.is_some(),
    )?;
    fs::write(&path, &table).with_context(|| format!("cannot write {}", path.display()))?;
    println!("{table}");
    ensure!(
        compared.unexplained.is_empty(),
        "failures of prowler are neither found nor explained: {:?}",
        compared.unexplained
    );
    Ok(())
}

fn environment(given: Option<&Path>, folder: &str, packages: &str) -> anyhow::Result<PathBuf> {
    if let Some(given) = given {
        return Ok(given.to_owned());
    }
    let environment = PathBuf::from(folder);
    let python = environment.join("bin/python");
    if !python.is_file() {
        let mut make = Command::new("python3");
        let made = make
            .args(["-m", "venv", folder])
            .status()
            .context("python3")?;
        ensure!(made.success(), "no Python environment in {folder}");
        let mut install = Command::new(&python);
        install.args(["-m", "pip", "install", "--quiet", "--requirement", packages]);
        if !install.status()?.success() {
            // Half an environment would be taken for a whole one.
            fs::remove_dir_all(&environment)?;
            anyhow::bail!("pip could not install {packages}");
        }
    }
    Ok(environment)
}

/// A server with the estate, and credentials of its account.
struct Moto {
    server: Child,
    endpoint: String,
    keys: Vec<String>,
}

impl Moto {
    fn start(python: &Path) -> anyhow::Result<Self> {
        let program = "import sys\n\
                       from moto.server import DomainDispatcherApplication, create_backend_app\n\
                       from werkzeug.serving import make_server\n\
                       app = DomainDispatcherApplication(create_backend_app)\n\
                       server = make_server('127.0.0.1', 0, app, threaded=True)\n\
                       print(server.port, flush=True)\n\
                       sys.stdout = sys.stderr\n\
                       server.serve_forever()";
        let mut server = Command::new(python)
            .args(["-c", program])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .context("moto")?;
        let mut port = String::new();
        let stdout = server.stdout.take().context("no output of moto")?;
        BufReader::new(stdout).read_line(&mut port)?;
        let mut moto = Self {
            server,
            endpoint: format!("http://127.0.0.1:{}", port.trim()),
            keys: Vec::new(),
        };
        let built = Command::new(python)
            .arg("crates/cli/tests/fixtures/moto_estate.py")
            .args([&moto.endpoint, ACCOUNT])
            .stdout(Stdio::null())
            .status()?;
        ensure!(built.success(), "the estate could not be built");
        let keys = "import boto3, sys\n\
                    sts = boto3.client('sts', endpoint_url=sys.argv[1], region_name='eu-west-1',\n\
                    \x20   aws_access_key_id='test', aws_secret_access_key='test')\n\
                    made = sts.assume_role(RoleArn=sys.argv[2], RoleSessionName='bench')['Credentials']\n\
                    print(made['AccessKeyId'], made['SecretAccessKey'], made['SessionToken'])";
        let role = format!("arn:aws:iam::{ACCOUNT}:role/reader");
        let output = Command::new(python)
            .args(["-c", keys, &moto.endpoint, &role])
            .output()?;
        let printed = String::from_utf8(output.stdout)?;
        moto.keys = printed.split_whitespace().map(str::to_owned).collect();
        ensure!(moto.keys.len() == 3, "moto gives no credentials");
        Ok(moto)
    }

    fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        let names = [
            "AWS_ACCESS_KEY_ID",
            "AWS_SECRET_ACCESS_KEY",
            "AWS_SESSION_TOKEN",
        ];
        command
            .envs(names.iter().zip(&self.keys))
            .env("AWS_ENDPOINT_URL", &self.endpoint)
            .env("AWS_REGION", REGION)
            .env("AWS_DEFAULT_REGION", REGION)
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .stderr(Stdio::null());
        command
    }
}

impl Drop for Moto {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

/// A failure of prowler: check and resource.
type Failure = (String, String);

/// Names of resources that fail, or cannot be decided, by control.
fn ours(results: &Path) -> anyhow::Result<BTreeMap<String, BTreeSet<String>>> {
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for line in fs::read_to_string(results)?.lines() {
        let result: Value = serde_json::from_str(line)?;
        let text = |name: &str| result.get(name).and_then(Value::as_str).unwrap_or_default();
        if matches!(text("verdict"), "FAIL" | "UNKNOWN") {
            let names = found.entry(text("control_id").to_owned()).or_default();
            names.insert(text("resource_id").to_owned());
            names.insert(text("resource_arn").to_owned());
        }
    }
    Ok(found)
}

/// Reads the table with Python, which knows its dialect.
fn theirs(environment: &Path, out: &Path) -> anyhow::Result<Vec<Failure>> {
    let program = "import csv, glob, json, sys\n\
                   csv.field_size_limit(sys.maxsize)\n\
                   rows = csv.DictReader(open(glob.glob(sys.argv[1] + '/*.csv')[0]), delimiter=';')\n\
                   print(json.dumps([[row['CHECK_ID'], row['RESOURCE_UID']] for row in rows if row['STATUS'] == 'FAIL']))";
    let output = Command::new(environment.join("bin/python"))
        .args(["-c", program])
        .arg(out)
        .output()?;
    serde_json::from_slice(&output.stdout).with_context(|| {
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        format!("prowler's table cannot be read: {told}")
    })
}

#[derive(Default)]
struct Compared {
    failures: usize,
    /// On the same resource.
    same: usize,
    /// By a control whose verdict is about the account, a Region, or a resource that it concerns.
    wider: BTreeMap<String, usize>,
    explained: BTreeMap<(String, String), usize>,
    unexplained: BTreeSet<Failure>,
}

/// What `checks.txt` says of a check.
struct Answer<'a> {
    same: Vec<&'a str>,
    wider: Vec<&'a str>,
    reason: Option<&'a str>,
}

impl<'a> Answer<'a> {
    fn read(text: &'a str) -> Self {
        let (controls, reason) = match text.split_once("- ") {
            Some((controls, reason)) => (controls, Some(reason)),
            None => (text, None),
        };
        let (same, wider) = controls.split_once('@').unwrap_or((controls, ""));
        Self {
            same: same.split_whitespace().collect(),
            wider: wider.split_whitespace().collect(),
            reason,
        }
    }
}

impl Compared {
    fn of(ours: &BTreeMap<String, BTreeSet<String>>, theirs: &[Failure]) -> anyhow::Result<Self> {
        let text = fs::read_to_string(CHECKS)?;
        let rows: Vec<(&str, Answer<'_>)> = text
            .lines()
            .filter(|line| !line.starts_with('#'))
            .filter_map(|line| line.split_once(' '))
            .map(|(check, rest)| (check, Answer::read(rest)))
            .collect();
        let mut compared = Self::default();
        for (check, resource) in theirs {
            compared.failures += 1;
            let exact = rows.iter().find(|(name, _)| name == check);
            let family = || {
                let mut rows = rows.iter();
                rows.find(|(name, _)| name.ends_with('_') && check.starts_with(name))
            };
            let answer = exact.or_else(family).map(|(_, answer)| answer);
            let of = |controls: &[&str], fits: &dyn Fn(&BTreeSet<String>) -> bool| {
                let mut controls = controls.iter();
                let found = controls.find(|control| ours.get(**control).is_some_and(fits));
                found.map(|control| (*control).to_owned())
            };
            let named = |names: &BTreeSet<String>| names.iter().any(|name| is_of(resource, name));
            let same = answer.and_then(|answer| of(&answer.same, &named));
            let wider = answer.and_then(|answer| of(&answer.wider, &|names| !names.is_empty()));
            if same.is_some() {
                compared.same += 1;
            } else if let Some(control) = wider {
                let count = compared
                    .wider
                    .entry(format!("{check}: {control}"))
                    .or_default();
                *count += 1;
            } else if let Some(reason) = answer.and_then(|answer| answer.reason) {
                let key = (check.clone(), reason.to_owned());
                *compared.explained.entry(key).or_default() += 1;
            } else {
                compared
                    .unexplained
                    .insert((check.clone(), resource.clone()));
            }
        }
        Ok(compared)
    }
}

/// Whether an ARN of prowler is of the resource with this ARN or identifier.
fn is_of(arn: &str, name: &str) -> bool {
    let arn = arn.trim_end_matches(":*");
    let before = arn.strip_suffix(name);
    !name.is_empty() && before.is_some_and(|rest| rest.is_empty() || rest.ends_with(['/', ':']))
}

fn table(
    compared: &Compared,
    collected: (f64, f64),
    judged: (f64, f64),
    peer: (f64, f64),
    is_given: bool,
) -> anyhow::Result<String> {
    let seconds = collected.0 + judged.0;
    let memory = collected.1.max(judged.1);
    let mut text = String::new();
    let built = if is_given {
        "a given build"
    } else {
        "a release build"
    };
    writeln!(text, "# Beside prowler\n")?;
    writeln!(
        text,
        "{}, `cargo xtask bench prowler`, {built} of Rempart. Both read the estate of `crates/cli/tests/fixtures/moto_estate.py` from one moto server, Rempart first; Rempart asks all its services, prowler only: {SERVICES}.\n",
        machine::processor()
    )?;
    writeln!(text, "| | seconds | peak MB |\n|---|---|---|")?;
    writeln!(
        text,
        "| `rempart collect` | {:.1} | {:.0} |",
        collected.0, collected.1
    )?;
    writeln!(
        text,
        "| `rempart posture`, 218 controls | {:.1} | {:.0} |",
        judged.0, judged.1
    )?;
    writeln!(text, "| prowler | {:.1} | {:.0} |", peer.0, peer.1)?;
    writeln!(
        text,
        "| prowler ÷ Rempart (aim ≥ 10) | {:.1} | {:.1} |\n",
        peer.0 / seconds,
        peer.1 / memory
    )?;
    writeln!(text, "{} failures of prowler:\n", compared.failures)?;
    writeln!(
        text,
        "- {} are FAIL or UNKNOWN of Rempart on the same resource",
        compared.same
    )?;
    let wider: usize = compared.wider.values().sum();
    writeln!(
        text,
        "- {wider} are FAIL or UNKNOWN of a control on the account, Region or a resource that it concerns"
    )?;
    let explained: usize = compared.explained.values().sum();
    writeln!(
        text,
        "- {explained} are of checks that no control answers, see below"
    )?;
    writeln!(text, "- {} are neither\n", compared.unexplained.len())?;
    for (check, resource) in &compared.unexplained {
        writeln!(text, "  - {check}: {resource}")?;
    }
    writeln!(
        text,
        "| check without a control | failures | why |\n|---|---|---|"
    )?;
    for ((check, reason), count) in &compared.explained {
        writeln!(text, "| {check} | {count} | {reason} |")?;
    }
    writeln!(
        text,
        "\n| check: control on something else | failures |\n|---|---|"
    )?;
    for (what, count) in &compared.wider {
        writeln!(text, "| {what} | {count} |")?;
    }
    Ok(text)
}
