//! `rempart guard least-privilege`.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use anyhow::Context;
use rempart_guard::least_privilege::{
    Generalise, LeastPrivilege, LeastPrivilegeOptions, least_privilege, text,
};
use rempart_guard::replay::Progress;
use rempart_policy::CompiledPolicy;
use rempart_policy::context::KeyName;
use rempart_policy::document::{Policy, PolicyKind};
use rempart_trail::s3::S3Options;
use rempart_trail::source::{DiscoverOptions, Input, discover};

use crate::arguments::{GeneraliseArgument, LeastPrivilegeArguments, ReplayFormat};
use crate::command::policy::{json_files, read_text};
use crate::command::s3_problems;
use crate::exit::Exit;
use crate::{output, progress};

/// Problems that are shown one by one; the rest are counted.
const MOST_PROBLEMS: usize = 10;
/// Managed policies that AWS attaches to a user or role by default (IAM User Guide, "IAM and AWS STS
/// quotas").
const MOST_ATTACHED: usize = 10;

pub(crate) fn run(arguments: &LeastPrivilegeArguments) -> anyhow::Result<Exit> {
    let inputs: Vec<Input> = arguments
        .trail
        .iter()
        .map(|path| Input::parse(path))
        .collect();
    anyhow::ensure!(
        !inputs.contains(&Input::Stdin),
        "the trail is read twice, and standard input can be read once only: save it to a file"
    );
    let current = current(&arguments.current)?;
    let mut discovery = discover(
        &inputs,
        &DiscoverOptions {
            s3: S3Options::from_env(),
            ..DiscoverOptions::default()
        },
    );
    discovery.problems.iter_mut().for_each(s3_problems::clarify);
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let options = LeastPrivilegeOptions {
        generalise: match arguments.generalise {
            GeneraliseArgument::None => Generalise::None,
            GeneraliseArgument::Names => Generalise::Names,
            GeneraliseArgument::Types => Generalise::Types,
        },
        conditions: arguments
            .condition
            .iter()
            .map(|key| KeyName::new(key))
            .collect(),
        current,
        threads: arguments.threads.map_or(cores, usize::from),
        ..LeastPrivilegeOptions::default()
    };
    let counters = Progress::default();
    let report = progress::shown_as(
        |_| message(&counters),
        !arguments.no_progress,
        || least_privilege(&discovery, &arguments.principal, &options, &counters),
    )?;
    tell_problems(&report);
    if report.totals.allowed == 0 {
        output::error(&format!(
            "no call of {} that went through is in the trail ({} records were read)",
            report.principal, report.totals.records
        ));
        return Ok(Exit::CouldNot);
    }
    if report.policies.len() > MOST_ATTACHED {
        output::warning(&format!(
            "{} policies, and AWS attaches {MOST_ATTACHED} by default: try --generalise types",
            report.policies.len()
        ));
    }
    write_policies(arguments.out.as_deref(), &report)?;
    write_report(arguments, &report)?;
    Ok(exit(&report))
}

fn exit(report: &LeastPrivilege) -> Exit {
    if !report.incomplete.is_empty() || !report.problems.is_empty() {
        output::error("not all of the input could be examined");
        Exit::CouldNot
    } else if report.is_proved() && report.is_no_more_permissive() {
        Exit::Clean
    } else {
        Exit::Findings
    }
}

/// The identity policies in force. A comparison with some of them only would be wrong, so any that
/// cannot be read ends the run.
fn current(paths: &[PathBuf]) -> anyhow::Result<Vec<Arc<CompiledPolicy>>> {
    let mut policies = Vec::new();
    for path in paths {
        let files = json_files(path)?;
        anyhow::ensure!(!files.is_empty(), "{}: no JSON files", path.display());
        for file in files {
            let text = read_text(&file)?;
            let policy = Policy::parse(&text, PolicyKind::Identity)
                .with_context(|| file.display().to_string())?;
            let name = file.display().to_string();
            policies.push(Arc::new(CompiledPolicy::new(&name, Arc::new(policy))));
        }
    }
    Ok(policies)
}

fn message(progress: &Progress) -> String {
    let done = progress.sources_done.load(Ordering::Relaxed);
    let all = progress.sources.load(Ordering::Relaxed);
    let records = progress.records.load(Ordering::Relaxed);
    format!("{done} of {all} readings of files, {records} records")
}

fn write_policies(out: Option<&Path>, report: &LeastPrivilege) -> anyhow::Result<()> {
    let Some(out) = out else {
        return Ok(());
    };
    let count = report.policies.len();
    if count == 0 {
        output::warning(&format!(
            "no policy was made: {} is not written",
            out.display()
        ));
    }
    for (number, policy) in report.policies.iter().enumerate() {
        let path = if count == 1 {
            out.to_owned()
        } else {
            numbered(out, number + 1)
        };
        std::fs::write(&path, &policy.text)
            .with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(())
}

/// `role.json` as `role-1.json`.
fn numbered(path: &Path, number: usize) -> PathBuf {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let extension = path
        .extension()
        .map_or("json".into(), |extension| extension.to_string_lossy());
    path.with_file_name(format!("{stem}-{number}.{extension}"))
}

fn write_report(
    arguments: &LeastPrivilegeArguments,
    report: &LeastPrivilege,
) -> anyhow::Result<()> {
    let mut stdout = std::io::BufWriter::new(std::io::stdout().lock());
    match arguments.format {
        ReplayFormat::Table => {
            stdout.write_all(text(report).as_bytes())?;
            if arguments.out.is_none() {
                for policy in &report.policies {
                    writeln!(stdout, "\n{}", policy.text.trim_end())?;
                }
            }
        }
        ReplayFormat::Json => {
            serde_json::to_writer(&mut stdout, report)?;
            writeln!(stdout)?;
        }
    }
    stdout.flush().context("cannot write to standard output")
}

fn tell_problems(report: &LeastPrivilege) {
    for problem in report.problems.iter().take(MOST_PROBLEMS) {
        let place = problem
            .offset
            .map(|offset| format!(" at byte {offset}"))
            .unwrap_or_default();
        output::warning(&format!("{}{place}: {}", problem.source, problem.reason));
    }
    let more = report.problems.len().saturating_sub(MOST_PROBLEMS) as u64 + report.more_problems;
    if more > 0 {
        output::warning(&format!("{more} further problems"));
    }
}
