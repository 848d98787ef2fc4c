//! `rempart policy lint`.

use std::io::Write;
use std::path::{Path, PathBuf};

use rempart_findings::visible;
use rempart_policy::document::{Policy, PolicyKind};
use rempart_policy::lint::{CODES, Lint, Options, Severity, lint, size};
use rempart_policy::{ParseError, guess_kind};
use serde_json::{Value, json};

use super::{json_files, read_text};
use crate::arguments::{PolicyLintArguments, PolicyLintFormat};
use crate::exit::Exit;
use crate::output;

/// What was found in a file.
struct Checked {
    path: PathBuf,
    kind: PolicyKind,
    result: Result<Vec<Lint>, ParseError>,
}

pub(crate) fn run(arguments: &PolicyLintArguments) -> anyhow::Result<Exit> {
    let mut files = Vec::new();
    for path in &arguments.paths {
        if path.is_dir() {
            files.extend(json_files(path)?);
        } else {
            files.push(path.clone());
        }
    }
    anyhow::ensure!(!files.is_empty(), "no JSON files in the directories given");
    let mut checked = Vec::new();
    let mut unreadable = 0_usize;
    for path in files {
        match read_text(&path) {
            Ok(text) => checked.push(check(path, &text, arguments)),
            Err(error) => {
                unreadable += 1;
                output::error(&format!("{error:#}"));
            }
        }
    }
    let mut stdout = std::io::BufWriter::new(std::io::stdout().lock());
    match arguments.format {
        PolicyLintFormat::Text => write_text(&mut stdout, &checked)?,
        PolicyLintFormat::Jsonl => write_lines(&mut stdout, &checked)?,
        PolicyLintFormat::Sarif => {
            writeln!(stdout, "{:#}", sarif(&checked))?;
        }
    }
    stdout.flush()?;
    let found = checked
        .iter()
        .any(|file| file.result.as_ref().map_or(true, |lints| !lints.is_empty()));
    Ok(if unreadable > 0 {
        Exit::CouldNot
    } else if found {
        Exit::Findings
    } else {
        Exit::Clean
    })
}

fn check(path: PathBuf, text: &str, arguments: &PolicyLintArguments) -> Checked {
    let kind = arguments.kind.unwrap_or_else(|| guess_kind(text));
    let options = Options {
        size: Some(size(text, kind)),
        is_execution_role: arguments.execution_role,
    };
    let result = Policy::parse(text, kind).map(|policy| lint(&policy, &options));
    Checked { path, kind, result }
}

fn write_text(stdout: &mut dyn Write, checked: &[Checked]) -> anyhow::Result<()> {
    let mut counts = [0_usize; 3];
    let mut refused = 0_usize;
    for file in checked {
        let path = file.path.display().to_string();
        match &file.result {
            Err(error) => {
                refused += 1;
                for fault in &error.faults {
                    let line = format!("{path}:{}: refused: {}", fault.position, fault.reason);
                    writeln!(stdout, "{}", visible(&line))?;
                }
            }
            Ok(lints) => {
                for lint in lints {
                    writeln!(stdout, "{}", visible(&format!("{path}:{lint}")))?;
                    if let Some(hint) = &lint.hint {
                        writeln!(stdout, "  hint: {}", visible(hint))?;
                    }
                    if let Some(count) = counts.get_mut(lint.severity as usize) {
                        *count += 1;
                    }
                }
            }
        }
    }
    let kinds = kinds(checked);
    let [hints, warnings, errors] = counts;
    writeln!(
        stdout,
        "{} policies ({kinds}): {errors} errors, {warnings} warnings, {hints} hints, {refused} documents that AWS would refuse",
        checked.len()
    )?;
    Ok(())
}

/// As what the documents were read: `9 scp, 1 identity`.
fn kinds(checked: &[Checked]) -> String {
    let counted = PolicyKind::ALL.into_iter().filter_map(|kind| {
        let count = checked.iter().filter(|file| file.kind == kind).count();
        (count > 0).then(|| format!("{count} {}", kind.name()))
    });
    counted.collect::<Vec<_>>().join(", ")
}

fn write_lines(stdout: &mut dyn Write, checked: &[Checked]) -> anyhow::Result<()> {
    for file in checked {
        let path = file.path.display().to_string();
        match &file.result {
            Err(error) => {
                for fault in &error.faults {
                    let line = json!({
                        "file": path,
                        "kind": file.kind.name(),
                        "code": "refused",
                        "severity": "error",
                        "line": fault.position.line,
                        "column": fault.position.column,
                        "message": fault.reason,
                    });
                    writeln!(stdout, "{line}")?;
                }
            }
            Ok(lints) => {
                for lint in lints {
                    let mut line = serde_json::to_value(lint)?;
                    if let Value::Object(members) = &mut line {
                        members.insert("file".to_owned(), path.clone().into());
                        members.insert("kind".to_owned(), file.kind.name().into());
                    }
                    writeln!(stdout, "{line}")?;
                }
            }
        }
    }
    Ok(())
}

/// SARIF 2.1.0 (OASIS), one run.
fn sarif(checked: &[Checked]) -> Value {
    let mut rules: Vec<Value> = CODES
        .iter()
        .map(|(code, severity, text)| {
            json!({
                "id": code,
                "shortDescription": {"text": text},
                "defaultConfiguration": {"level": level(*severity)},
            })
        })
        .collect();
    rules.push(json!({
        "id": "refused",
        "shortDescription": {"text": "a document that AWS would refuse"},
        "defaultConfiguration": {"level": "error"},
    }));
    let mut results = Vec::new();
    for file in checked {
        match &file.result {
            Err(error) => results.extend(error.faults.iter().map(|fault| {
                let place = [fault.position.line, fault.position.column];
                result("refused", "error", &fault.reason, &file.path, place)
            })),
            Ok(lints) => results.extend(lints.iter().map(|lint| {
                let message = match &lint.hint {
                    Some(hint) => format!("{}. {hint}", lint.message),
                    None => lint.message.clone(),
                };
                let place = [lint.position.line, lint.position.column];
                result(lint.code, level(lint.severity), &message, &file.path, place)
            })),
        }
    }
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "rempart policy lint",
                "version": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            }},
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    })
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Hint => "note",
    }
}

fn result(code: &str, level: &str, message: &str, path: &Path, [line, column]: [u32; 2]) -> Value {
    json!({
        "ruleId": code,
        "level": level,
        "message": {"text": message},
        "locations": [{"physicalLocation": {
            "artifactLocation": {"uri": path.display().to_string()},
            "region": {"startLine": line, "startColumn": column},
        }}],
    })
}
