//! The commands.

use std::path::Path;

use anyhow::Context;
use clap::CommandFactory;
use rempart_hunt::pack::{self, LoadedRules, RuleFile};
use rempart_hunt::rulebook::RuleBook;

use crate::arguments::{Arguments, RuleSelection};
use crate::exit::Exit;
use crate::output;

pub(crate) mod case;
pub(crate) mod collect;
pub(crate) mod controls;
pub(crate) mod estate;
pub(crate) mod guard;
pub(crate) mod hunt;
mod hunt_guardrails;
mod planned_input;
pub(crate) mod policy;
pub(crate) mod posture;
pub(crate) mod rules_lint;
pub(crate) mod rules_list;
pub(crate) mod rules_test;
mod s3_problems;
pub(crate) mod store;
pub(crate) mod trail;

/// Prints a completion script.
pub(crate) fn completions(shell: clap_complete::Shell) -> anyhow::Result<Exit> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "rempart", &mut script);
    print(&script)
}

/// Prints the manual page: the command, then each of its subcommands with all options.
pub(crate) fn man() -> anyhow::Result<Exit> {
    let mut command = Arguments::command();
    command.build();
    let mut page = Vec::new();
    clap_mangen::Man::new(command.clone()).render(&mut page)?;
    for subcommand in command.get_subcommands() {
        describe(subcommand, &mut page)?;
    }
    print(&page)
}

fn describe(command: &clap::Command, page: &mut Vec<u8>) -> std::io::Result<()> {
    use std::io::Write;
    if command.get_name() == "help" {
        return Ok(());
    }
    let title = command.get_bin_name().unwrap_or(command.get_name());
    writeln!(page, ".SH {}", title.to_uppercase())?;
    let man = clap_mangen::Man::new(command.clone());
    man.render_synopsis_section(page)?;
    man.render_description_section(page)?;
    man.render_options_section(page)?;
    command
        .get_subcommands()
        .try_for_each(|inner| describe(inner, page))
}

fn print(bytes: &[u8]) -> anyhow::Result<Exit> {
    use std::io::Write;
    std::io::stdout().lock().write_all(bytes)?;
    Ok(Exit::Clean)
}

/// The rule files that the user chose.
fn rule_files(selection: &RuleSelection) -> anyhow::Result<Vec<RuleFile>> {
    let mut files = if selection.no_builtin_rules {
        Vec::new()
    } else {
        pack::built_in()
    };
    for directory in &selection.directories {
        files.extend(pack::from_path(directory)?);
    }
    anyhow::ensure!(
        !files.is_empty(),
        "no rules: give --rules DIR together with --no-builtin-rules"
    );
    Ok(files)
}

/// The rule files of a path, or the pack.
fn rule_files_of(path: Option<&Path>) -> anyhow::Result<Vec<RuleFile>> {
    match path {
        Some(path) => pack::from_path(path).with_context(|| "cannot load rules".to_owned()),
        None => Ok(pack::built_in()),
    }
}

/// Compiles rules. A rule that cannot be used is named on standard error; the others work.
fn compile(files: &[RuleFile]) -> anyhow::Result<RuleBook> {
    let loaded = LoadedRules::parse(files);
    for error in &loaded.errors {
        output::warning(&format!("rule left out: {error}"));
    }
    let (book, diagnostics) = RuleBook::compile(loaded);
    for diagnostic in &diagnostics {
        output::warning(&diagnostic.to_string());
    }
    for field in book.unknown_derived_fields() {
        output::warning(&format!(
            "rules use `{field}`, which does not exist and never matches"
        ));
    }
    anyhow::ensure!(!book.is_empty(), "none of the rules can be used");
    Ok(book)
}
