//! `rempart rules lint`.

use std::collections::BTreeMap;
use std::io::Write;

use rempart_findings::visible;
use rempart_hunt::derive;
use rempart_hunt::pack::LoadedRules;
use rempart_hunt::rule_tests::case_counts;
use rempart_sigma::lint::{CaseCounts, Lint, LintContext, Profile, Severity, lint};

use super::rule_files_of;
use crate::arguments::{LintFormat, RulesLintArguments};
use crate::exit::Exit;

pub(crate) fn run(arguments: &RulesLintArguments) -> anyhow::Result<Exit> {
    let files = rule_files_of(arguments.path.as_deref())?;
    let counts: BTreeMap<&str, CaseCounts> = files
        .iter()
        .filter(|file| file.tests.is_some())
        .map(|file| {
            let counts = case_counts(file);
            let counts = CaseCounts {
                positive: counts.positive,
                negative: counts.negative,
            };
            (file.origin.as_str(), counts)
        })
        .collect();
    let cases = |origin: &str| counts.get(origin).copied();
    let loaded = LoadedRules::parse(&files);
    let is_own_pack = arguments.path.is_none() || arguments.strict;
    let context = LintContext {
        derived_fields: derive::FIELDS,
        cases: Some(&cases),
        profile: if is_own_pack {
            Profile::Own
        } else {
            Profile::Foreign
        },
    };
    let lints = lint(&loaded.documents, &context);
    let mut stdout = std::io::BufWriter::new(std::io::stdout().lock());
    for error in &loaded.errors {
        write_error(&mut stdout, arguments.format, &error.to_string())?;
    }
    for lint in &lints {
        write_lint(&mut stdout, arguments.format, lint)?;
    }
    let count = |severity: Severity| {
        lints
            .iter()
            .filter(|lint| lint.severity == severity)
            .count()
    };
    let errors = count(Severity::Error) + loaded.errors.len();
    let warnings = count(Severity::Warning);
    if arguments.format == LintFormat::Text {
        let documents = loaded.documents.len();
        writeln!(
            stdout,
            "{documents} rules in {} files: {errors} errors, {warnings} warnings",
            files.len()
        )?;
    }
    stdout.flush()?;
    Ok(if errors + warnings > 0 {
        Exit::Findings
    } else {
        Exit::Clean
    })
}

fn write_error(stdout: &mut dyn Write, format: LintFormat, message: &str) -> anyhow::Result<()> {
    match format {
        LintFormat::Text => writeln!(
            stdout,
            "{}",
            visible(&format!("error[unreadable]: {message}"))
        )?,
        LintFormat::Jsonl => {
            writeln!(
                stdout,
                "{}",
                serde_json::json!({"code": "unreadable", "severity": "error", "message": message})
            )?;
        }
    }
    Ok(())
}

fn write_lint(stdout: &mut dyn Write, format: LintFormat, lint: &Lint) -> anyhow::Result<()> {
    if format == LintFormat::Jsonl {
        let line = serde_json::json!({
            "code": lint.code,
            "severity": lint.severity.to_string(),
            "file": lint.origin,
            "line": lint.line,
            "column": lint.column,
            "rule": lint.rule,
            "message": lint.message,
            "hint": lint.hint,
        });
        writeln!(stdout, "{line}")?;
        return Ok(());
    }
    let place = format!("{}:{}:{}", lint.origin, lint.line, lint.column);
    let line = format!(
        "{place}: {}[{}]: {}",
        lint.severity, lint.code, lint.message
    );
    writeln!(stdout, "{}", visible(&line))?;
    if let Some(hint) = &lint.hint {
        writeln!(stdout, "  hint: {}", visible(hint))?;
    }
    Ok(())
}
