//! `rempart policy diff`.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::sync::Arc;

use anyhow::Context;
use rempart_findings::visible;
use rempart_policy::document::{Policy, PolicyKind};
use rempart_policy::scenario::{Answer, Scenario, ScenarioReader};
use rempart_policy::{CompiledPolicy, Known, Policies, Stack};

use super::read_text;
use crate::arguments::{DecideFormat, DiffArguments};
use crate::exit::Exit;
use crate::output;

pub(crate) fn run(arguments: &DiffArguments) -> anyhow::Result<Exit> {
    let kind = arguments.kind;
    let old = policies(&arguments.old, kind)?;
    let new = policies(&arguments.new, kind)?;
    let mut reader = ScenarioReader::new();
    let mut stdout = std::io::BufWriter::new(std::io::stdout().lock());
    let (mut asked, mut changed, mut unreadable) = (0_u64, 0_u64, 0_u64);
    for path in &arguments.requests {
        let file =
            std::fs::File::open(path).with_context(|| format!("cannot read {}", path.display()))?;
        for (line, number) in BufReader::new(file).lines().zip(1_u64..) {
            let line = line.with_context(|| format!("{}:{number}", path.display()))?;
            if line.trim().is_empty() {
                continue;
            }
            let scenario = match reader.read(&line) {
                Ok(scenario) => scenario,
                Err(error) => {
                    unreadable += 1;
                    output::error(&format!("{}:{number}: {}", path.display(), error.reason));
                    continue;
                }
            };
            asked += 1;
            let before = answer(&scenario, kind, &old, &mut reader);
            let after = answer(&scenario, kind, &new, &mut reader);
            if (before.decision, before.decided_by) == (after.decision, after.decided_by) {
                continue;
            }
            changed += u64::from(before.decision != after.decision);
            if before.decision == after.decision && !arguments.all {
                continue;
            }
            match arguments.format {
                DecideFormat::Text => write_change(&mut stdout, number, &before, &after)?,
                DecideFormat::Jsonl => {
                    let line = serde_json::json!({
                        "line": number,
                        "name": before.name,
                        "old": before,
                        "new": after,
                    });
                    writeln!(stdout, "{line}")?;
                }
            }
        }
    }
    stdout.flush()?;
    output::to_stderr(&format!(
        "{asked} requests, {changed} answers change, {unreadable} lines unreadable"
    ));
    Ok(if unreadable > 0 {
        Exit::CouldNot
    } else if changed > 0 {
        Exit::Findings
    } else {
        Exit::Clean
    })
}

fn write_change(
    stdout: &mut dyn Write,
    number: u64,
    before: &Answer,
    after: &Answer,
) -> anyhow::Result<()> {
    let name = before.name.as_deref().unwrap_or("(no name)");
    writeln!(
        stdout,
        "{number}: {}: {} becomes {}",
        visible(name),
        before.decision,
        after.decision
    )?;
    for (word, answer) in [("old", before), ("new", after)] {
        let by = answer.decided_by.unwrap_or("nothing");
        let statements: Vec<String> = answer
            .statements
            .iter()
            .map(|statement| {
                let number = statement.number.to_string();
                let name = statement.sid.as_deref().unwrap_or(&number);
                format!("{} `{name}` of `{}`", statement.effect, statement.policy)
            })
            .collect();
        let reason = answer
            .reason
            .clone()
            .unwrap_or_else(|| statements.join(", "));
        writeln!(stdout, "   {word}: {by}: {}", visible(&reason))?;
    }
    Ok(())
}

/// The policies of a file or of the JSON files of a directory.
fn policies(path: &Path, kind: PolicyKind) -> anyhow::Result<Policies> {
    let mut files = vec![path.to_owned()];
    if path.is_dir() {
        files.clear();
        for entry in std::fs::read_dir(path)? {
            let path = entry?.path();
            if path
                .extension()
                .is_some_and(|extension| extension == "json")
            {
                files.push(path);
            }
        }
        files.sort();
        anyhow::ensure!(!files.is_empty(), "no JSON files in {}", path.display());
    }
    let mut policies = Vec::new();
    for file in files {
        let policy =
            Policy::parse(&read_text(&file)?, kind).with_context(|| file.display().to_string())?;
        let name = file.display().to_string();
        policies.push(Arc::new(CompiledPolicy::new(&name, Arc::new(policy))));
    }
    Ok(policies)
}

fn answer(
    scenario: &Scenario,
    kind: PolicyKind,
    policies: &Policies,
    reader: &mut ScenarioReader,
) -> Answer {
    let mut scenario = scenario.clone();
    scenario.expect = None;
    put(&mut scenario.stack, kind, policies);
    scenario.answer(reader.reference())
}

/// Layers with many policies get them in addition, the others in place of what was there.
fn put(stack: &mut Stack, kind: PolicyKind, policies: &Policies) {
    let single = || Known::Is(policies.first().cloned());
    match kind {
        PolicyKind::Identity => add(&mut stack.identity, policies),
        PolicyKind::Session => add(&mut stack.session, policies),
        PolicyKind::ServiceControl => add_level(&mut stack.service_control, policies),
        PolicyKind::ResourceControl => add_level(&mut stack.resource_control, policies),
        PolicyKind::PermissionsBoundary => stack.boundary = single(),
        PolicyKind::VpcEndpoint => stack.endpoint = single(),
        PolicyKind::Resource | PolicyKind::RoleTrust | PolicyKind::KmsKey => {
            stack.resource = single();
        }
    }
}

fn add(layer: &mut Known<Policies>, policies: &Policies) {
    if let Known::Is(own) = layer {
        own.extend(policies.iter().cloned());
    }
}

/// Into the lowest level: that of the account.
fn add_level(levels: &mut Known<Vec<Policies>>, policies: &Policies) {
    if let Known::Is(levels) = levels {
        match levels.last_mut() {
            Some(level) => level.extend(policies.iter().cloned()),
            None => levels.push(policies.clone()),
        }
    }
}
