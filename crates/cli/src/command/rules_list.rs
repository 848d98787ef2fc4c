//! `rempart rules list`.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;

use anyhow::Context;
use rempart_findings::{Category, Framework, LayerHeader, scores_of_rules, visible, write_layer};
use rempart_hunt::rulebook::{RuleBook, RuleCard};

use super::{compile, rule_files};
use crate::arguments::{RulesFormat, RulesListArguments};
use crate::exit::Exit;
use crate::output;

pub(crate) fn run(arguments: &RulesListArguments) -> anyhow::Result<Exit> {
    let book = compile(&rule_files(&arguments.rules)?)?;
    if arguments.format == RulesFormat::Navigator {
        let directory = arguments
            .output
            .as_deref()
            .context("the navigator format writes two files: give --output DIR")?;
        write_layers(directory, &book)?;
        return Ok(Exit::Clean);
    }
    let mut stdout = std::io::BufWriter::new(std::io::stdout().lock());
    match (arguments.summary, arguments.format) {
        (true, _) => write_summary(&mut stdout, &book)?,
        (false, RulesFormat::Jsonl) => write_lines(&mut stdout, &book)?,
        (false, _) => write_table(&mut stdout, &book)?,
    }
    stdout.flush()?;
    Ok(Exit::Clean)
}

fn write_summary(stdout: &mut dyn Write, book: &RuleBook) -> anyhow::Result<()> {
    let mut counts: BTreeMap<Category, usize> = BTreeMap::new();
    for card in book.emitting() {
        *counts.entry(card.category).or_default() += 1;
    }
    for category in Category::ALL {
        writeln!(
            stdout,
            "{:>5}  {}",
            counts.get(&category).copied().unwrap_or_default(),
            category.name()
        )?;
    }
    let emitting = book.emitting().count();
    writeln!(
        stdout,
        "{emitting:>5}  in all, and {} that only feed correlations",
        book.len() - emitting
    )?;
    Ok(())
}

fn sorted(book: &RuleBook) -> Vec<&RuleCard> {
    let mut cards: Vec<&RuleCard> = book.emitting().collect();
    cards.sort_by(|a, b| (a.category, &a.reference.title).cmp(&(b.category, &b.reference.title)));
    cards
}

fn write_table(stdout: &mut dyn Write, book: &RuleBook) -> anyhow::Result<()> {
    for card in sorted(book) {
        let title = visible(&card.reference.title);
        writeln!(
            stdout,
            "{:<20} {:<13} {title}",
            card.category.id(),
            card.reference.level.as_str()
        )?;
    }
    Ok(())
}

fn write_lines(stdout: &mut dyn Write, book: &RuleBook) -> anyhow::Result<()> {
    for card in sorted(book) {
        let techniques: Vec<&str> = card
            .techniques
            .iter()
            .map(|technique| technique.id.as_str())
            .collect();
        let line = serde_json::json!({
            "id": card.reference.id,
            "title": card.reference.title,
            "author": card.reference.author,
            "license": card.reference.license,
            "reference": card.reference.reference,
            "level": card.reference.level,
            "category": card.category,
            "techniques": techniques,
            "requires": card.requires,
            "false_positives": card.reference.false_positives,
        });
        writeln!(stdout, "{line}")?;
    }
    Ok(())
}

fn write_layers(directory: &Path, book: &RuleBook) -> anyhow::Result<()> {
    std::fs::create_dir_all(directory)
        .with_context(|| format!("cannot create {}", directory.display()))?;
    let scores = scores_of_rules(
        book.emitting()
            .map(|card| (&card.reference, card.techniques.as_slice())),
    );
    for (framework, file) in [
        (Framework::Attack, "attack.json"),
        (Framework::Atlas, "atlas.json"),
    ] {
        let header = LayerHeader {
            name: "Rempart rules".to_owned(),
            description: "Number of rules for each technique".to_owned(),
            framework,
        };
        let path = directory.join(file);
        output::write_file(&path, |out| Ok(write_layer(&header, &scores, out)?))?;
        output::to_stderr(&format!("wrote {}", path.display()));
    }
    Ok(())
}
