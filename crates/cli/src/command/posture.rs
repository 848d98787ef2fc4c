//! `rempart posture`.

mod input;

use std::io::{IsTerminal, Write};

use anyhow::Context;
use rempart_findings::Severity;
use rempart_findings::compliance::{
    CheckHeader, CheckSummary, ComplianceOptions, compliance_writer, write_summary,
};
use rempart_posture::{Mutes, Options, Parameters, RunOptions, Session, run as judge};

use super::controls::{chosen, load};
use crate::arguments::PostureArguments;
use crate::exit::Exit;
use crate::{output, progress};

pub(crate) fn run(arguments: &PostureArguments) -> anyhow::Result<Exit> {
    let set = load(&arguments.selection)?;
    let controls = chosen(&set, &arguments.selection)?;
    let parameters = match &arguments.params {
        None => Parameters::default(),
        Some(path) => Parameters::read(&text_of(path)?, &set)
            .with_context(|| format!("cannot use {}", path.display()))?,
    };
    let mutes = match &arguments.mute {
        None => Mutes::default(),
        Some(path) => Mutes::read(&text_of(path)?, &path.display().to_string(), &today())
            .with_context(|| format!("cannot use {}", path.display()))?,
    };
    let input = input::open(arguments)?;
    let session = Session::new(
        &set,
        &input.estate,
        &Options {
            strict: arguments.strict,
            parameters,
        },
    );
    let options = RunOptions {
        controls: &controls,
        mutes: &mutes,
        threads: arguments.threads.map_or_else(cores, usize::from),
        planned: input.is_planned,
    };
    let mut summary = CheckSummary {
        header: CheckHeader {
            tool_version: env!("CARGO_PKG_VERSION").to_owned(),
            snapshot: input.name.clone(),
            profile: Some(
                if arguments.strict {
                    "strict"
                } else {
                    "default"
                }
                .to_owned(),
            ),
            generated_at: Some(
                jiff::Timestamp::now()
                    .strftime("%Y-%m-%dT%H:%M:%SZ")
                    .to_string(),
            ),
        },
        accounts: input.accounts(),
        regions: input.regions(),
        problems: input.problems.clone(),
        ..CheckSummary::default()
    };
    let mut judged = |out: &mut dyn Write| -> anyhow::Result<()> {
        let mut writer =
            compliance_writer(arguments.format, writer_options(arguments), Box::new(out));
        writer.begin(&summary.header)?;
        judge(&session, &options, &mut summary, &mut |result| {
            writer.result(result)
        })?;
        summary.expired_mutes = mutes.expired().to_vec();
        summary.unmatched_mutes = mutes.unmatched();
        writer.end(&summary)?;
        Ok(())
    };
    let work = || match &arguments.output {
        None => judged(&mut std::io::BufWriter::new(std::io::stdout())),
        Some(path) => output::write_file(path, |out| judged(out)),
    };
    // Results on a terminal are progress enough.
    let is_wanted =
        !arguments.no_progress && (arguments.output.is_some() || !std::io::stdout().is_terminal());
    let message = |elapsed: std::time::Duration| format!("judging, {} s", elapsed.as_secs());
    progress::shown_as(message, is_wanted, work)?;
    if !arguments.format.carries_summary() || arguments.output.is_some() {
        let mut text = Vec::new();
        write_summary(&summary, &ComplianceOptions::default(), &mut text)?;
        for line in String::from_utf8_lossy(&text).trim_end().lines() {
            output::to_stderr(line);
        }
    }
    Ok(verdict(&summary))
}

fn writer_options(arguments: &PostureArguments) -> ComplianceOptions {
    ComplianceOptions {
        color: arguments.output.is_none() && output::stdout_has_color(),
        verbose: arguments.verbose,
        ..ComplianceOptions::default()
    }
}

/// Nothing failed, but not everything could be decided: no clean result.
fn verdict(summary: &CheckSummary) -> Exit {
    if summary.failures(Severity::Low) > 0 {
        return Exit::Findings;
    }
    let undecided = summary.counts().unknown;
    if undecided == 0 && summary.problems.is_empty() {
        return Exit::Clean;
    }
    output::error("no control fails, but not everything could be decided");
    Exit::CouldNot
}

fn text_of(path: &std::path::Path) -> anyhow::Result<String> {
    std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
}

fn today() -> String {
    jiff::Zoned::now().date().to_string()
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}
