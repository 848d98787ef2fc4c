//! `rempart guard prove`.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use rempart_guard::content;
use rempart_guard::generate::{generate, proposal};
use rempart_guard::parameters::Parameters;
use rempart_guard::proof::{Outcome, ProofOptions, Proofs, PropertyReport};
use rempart_guard::property::{self, PropertySet};
use rempart_guard::replay::Proposal;
use rempart_guard::report::{ProofReport, html, sarif, text};
use rempart_policy::Stack;
use rempart_prove::Presence;

use super::proposal as reading;
use crate::arguments::{PresenceArgument, ProofFormat, ProveArguments};
use crate::command::policy::read_text;
use crate::exit::Exit;
use crate::output;

pub(crate) fn run(arguments: &ProveArguments) -> anyhow::Result<Exit> {
    let path = arguments
        .parameters
        .clone()
        .or_else(|| beside(&arguments.policies));
    let parameters = parameters(path.as_deref())?;
    let (guardrails, mut failed) = guardrails(&arguments.policies, &parameters)?;
    anyhow::ensure!(!guardrails.is_empty(), "no policy could be read");
    let mut set = properties(&arguments.properties, &parameters)?;
    let problems: Vec<String> = set.faults.iter().map(ToString::to_string).collect();
    for problem in &problems {
        failed += 1;
        output::error(problem);
    }
    choose(&mut set, &arguments.property)?;
    anyhow::ensure!(!set.properties.is_empty(), "no property could be read");
    failed += quotas(&guardrails);
    let stack = guardrails.stack();
    let account = parameters.account().context("the parameter `account`")?;
    let options = ProofOptions {
        account,
        presence: presence(arguments.presence),
        demand_all: !arguments.property.is_empty(),
    };
    let mut proofs = Proofs::default();
    let reports: Vec<PropertyReport> = set
        .properties
        .iter()
        .map(|property| proofs.prove(property, &stack, &options))
        .collect();
    if let Some(folder) = &arguments.smtlib {
        write_questions(folder, &reports, &stack, &options)?;
    }
    let names = names(&guardrails);
    let mut report = ProofReport::new(&reports, &stack, names, options.presence, problems);
    if arguments.certificates {
        report.add_certificates(&reports);
    }
    if arguments.statements {
        report.statements = rempart_guard::proof::statements(&stack, &options);
    }
    write(arguments, &report)?;
    let has = |outcome: Outcome| reports.iter().any(|report| report.outcome == outcome);
    Ok(if has(Outcome::Refuted) {
        Exit::Findings
    } else if failed > 0 || has(Outcome::Unknown) {
        Exit::CouldNot
    } else if !has(Outcome::Proved) {
        output::error("no statement of these policies is about any of the properties");
        Exit::CouldNot
    } else {
        Exit::Clean
    })
}

/// The parameters of a file over the examples.
pub(super) fn parameters(path: Option<&Path>) -> anyhow::Result<Parameters> {
    let defaults = content::parameters()?;
    let Some(path) = path else {
        return Ok(defaults);
    };
    let text = read_text(path)?;
    Parameters::read(&text, Some(&defaults))
        .map_err(|error| anyhow::anyhow!("{}:{error}", path.display()))
}

/// Parameters that lie in the only directory of policies.
fn beside(paths: &[PathBuf]) -> Option<PathBuf> {
    let [folder] = paths else {
        return None;
    };
    let file = folder.join("parameters.yaml");
    file.is_file().then_some(file)
}

/// The policies to prove, and how many could not be read.
fn guardrails(paths: &[PathBuf], parameters: &Parameters) -> anyhow::Result<(Proposal, usize)> {
    if paths.is_empty() {
        let made = generate(&content::templates(), parameters)?;
        return Ok((proposal(&made)?, 0));
    }
    let read = reading::read(paths);
    Ok((read.proposal, read.failed))
}

fn properties(paths: &[PathBuf], parameters: &Parameters) -> anyhow::Result<PropertySet> {
    if paths.is_empty() {
        return Ok(property::read(&content::properties(), parameters));
    }
    let mut files = Vec::new();
    for path in paths {
        for file in yaml_files(path)? {
            files.push((file.display().to_string(), read_text(&file)?));
        }
    }
    anyhow::ensure!(!files.is_empty(), "there are no .yaml files of properties");
    // Named requests of the library stay at hand; a file of the user's that names them again wins.
    let own = files
        .iter()
        .any(|(_, text)| text.contains("\nrequests:") || text.starts_with("requests:"));
    if !own {
        let of_library = content::properties().into_iter();
        files.extend(of_library.filter(|(name, _)| name == "requests.yaml"));
    }
    Ok(property::read(&files, parameters))
}

fn yaml_files(path: &Path) -> anyhow::Result<Vec<PathBuf>> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut files = Vec::new();
    let entries = std::fs::read_dir(path).with_context(|| path.display().to_string())?;
    for entry in entries {
        let file = entry?.path();
        let extension = file.extension().and_then(|extension| extension.to_str());
        if matches!(extension, Some("yaml" | "yml")) {
            files.push(file);
        }
    }
    files.sort();
    Ok(files)
}

/// Keeps the properties that were asked for.
fn choose(set: &mut PropertySet, wanted: &[String]) -> anyhow::Result<()> {
    for id in wanted {
        if !set.properties.iter().any(|property| property.id == *id) {
            let names = set.properties.iter().map(|property| property.id.as_str());
            let near = rempart_aws_model::nearest(id, names);
            let hint = match near.first() {
                Some(near) => format!("; `{near}` exists"),
                None => String::new(),
            };
            anyhow::bail!("there is no property `{id}`{hint}");
        }
    }
    if !wanted.is_empty() {
        set.properties
            .retain(|property| wanted.contains(&property.id));
    }
    Ok(())
}

/// Says which policies AWS would refuse for their length, and how many.
fn quotas(guardrails: &Proposal) -> usize {
    let mut failed = 0;
    let all = guardrails
        .service_control
        .iter()
        .chain(&guardrails.resource_control);
    for proposed in all {
        let length = proposed
            .policy
            .policy()
            .to_json()
            .to_string()
            .chars()
            .count();
        if length > rempart_guard::generate::LONGEST_POLICY {
            failed += 1;
            output::error(&format!(
                "{}: AWS refuses it: {length} characters without white space, over the quota of {}",
                proposed.policy.name(),
                rempart_guard::generate::LONGEST_POLICY
            ));
        }
    }
    failed
}

fn names(guardrails: &Proposal) -> Vec<String> {
    let all = guardrails
        .service_control
        .iter()
        .chain(&guardrails.resource_control);
    all.map(|proposed| proposed.policy.name().to_owned())
        .collect()
}

pub(super) fn presence(argument: PresenceArgument) -> Presence {
    match argument {
        PresenceArgument::Always => Presence::Always,
        PresenceArgument::IffPresent => Presence::IffPresent,
        PresenceArgument::Unknown => Presence::Unknown,
    }
}

fn write_questions(
    folder: &Path,
    reports: &[PropertyReport],
    stack: &Stack,
    options: &ProofOptions,
) -> anyhow::Result<()> {
    std::fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    let mut left_out = 0;
    for question in rempart_guard::proof::questions(reports, stack, options) {
        match question.text {
            Ok(text) => {
                let path = folder.join(format!("{}.smt2", question.name));
                std::fs::write(&path, text).with_context(|| path.display().to_string())?;
            }
            Err(reason) => {
                left_out += 1;
                output::warning(&format!("{}: not written: {reason}", question.name));
            }
        }
    }
    if left_out > 0 {
        output::warning(&format!("{left_out} questions have no SMT-LIB form"));
    }
    Ok(())
}

fn write(arguments: &ProveArguments, report: &ProofReport) -> anyhow::Result<()> {
    let mut stdout = std::io::BufWriter::new(std::io::stdout().lock());
    match arguments.format {
        ProofFormat::Table => stdout.write_all(text(report, arguments.examples).as_bytes())?,
        ProofFormat::Json => {
            serde_json::to_writer_pretty(&mut stdout, report)?;
            writeln!(stdout)?;
        }
        ProofFormat::Sarif => {
            serde_json::to_writer_pretty(&mut stdout, &sarif(report))?;
            writeln!(stdout)?;
        }
        ProofFormat::Html => stdout.write_all(html(report).as_bytes())?,
    }
    stdout.flush()?;
    Ok(())
}
