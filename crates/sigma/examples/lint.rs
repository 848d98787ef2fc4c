//! Lints a directory of rules: `cargo run -p rempart-sigma --example lint -- ../rules`.
//!
//! Test cases are counted by their lines; `rempart rules lint` reads them properly.

#![expect(clippy::print_stdout, reason = "a program")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use rempart_sigma::lint::{CaseCounts, LintContext, Profile, Severity, coverage, lint};
use rempart_sigma::parse::parse_documents;

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let root = PathBuf::from(arguments.next().unwrap_or_else(|| "rules".to_owned()));
    let profile = match arguments.next().as_deref() {
        Some("foreign") => Profile::Foreign,
        _ => Profile::Own,
    };
    let derived: Vec<String> = arguments.collect();
    let derived_fields: Vec<&str> = derived.iter().map(String::as_str).collect();
    let mut files = Vec::new();
    collect(&root, &mut files);
    files.sort();
    let mut documents = Vec::new();
    let mut counts: BTreeMap<String, CaseCounts> = BTreeMap::new();
    let mut failed = false;
    for file in &files {
        let Ok(text) = std::fs::read_to_string(file) else {
            continue;
        };
        let origin = file.display().to_string();
        if let Some(rule) = origin.strip_suffix(".test.yml") {
            counts.insert(format!("{rule}.yml"), cases(&text));
            continue;
        }
        let parsed = parse_documents(&text, &origin);
        for error in &parsed.errors {
            println!("{error}");
            failed = true;
        }
        documents.extend(parsed.documents);
    }
    let lookup = |origin: &str| counts.get(origin).copied();
    let lints = lint(
        &documents,
        &LintContext {
            derived_fields: &derived_fields,
            cases: Some(&lookup),
            profile,
        },
    );
    for found in &lints {
        println!("{found}");
        failed |= found.severity == Severity::Error;
    }
    if profile == Profile::Own {
        let coverage = coverage(&documents);
        for call in coverage.missing() {
            println!(
                "{}: no rule names {} ({})",
                call.requirement, call.name, call.category
            );
            failed = true;
        }
        for call in coverage.missing_in_category() {
            println!(
                "{}: no rule of {} names {}; others do: {}",
                call.requirement,
                call.category,
                call.name,
                call.other_rules.join(", ")
            );
        }
        for category in &coverage.categories_without_high {
            println!("category {category}: no rule of level high or critical");
        }
    }
    println!("{} documents, {} findings", documents.len(), lints.len());
    if failed {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    }
}

fn collect(path: &Path, files: &mut Vec<PathBuf>) {
    if path.extension().is_some_and(|extension| extension == "yml") {
        files.push(path.to_owned());
    }
    for entry in std::fs::read_dir(path).into_iter().flatten().flatten() {
        collect(&entry.path(), files);
    }
}

fn cases(text: &str) -> CaseCounts {
    let mut counts = CaseCounts::default();
    let mut positive = true;
    for line in text.lines() {
        match line.trim_end() {
            "positive:" => positive = true,
            "negative:" => positive = false,
            line if line.trim_start().starts_with("- name:")
                || line.starts_with("  - ") && line.contains("name:") =>
            {
                if positive {
                    counts.positive += 1;
                } else {
                    counts.negative += 1;
                }
            }
            _ => {}
        }
    }
    counts
}
