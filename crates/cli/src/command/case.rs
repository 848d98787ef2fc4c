//! `rempart case`.

mod open;
mod pdf;
mod reach;
mod verify;
mod write;

use std::io::Write;
use std::path::Path;

use anyhow::{Context, ensure};
use rempart_case::{Case, FORMAT, diff, text};
use rempart_locale::locale;

use crate::arguments::{CaseCommand, CaseDiffArguments, CaseFormat, CaseShowArguments};
use crate::exit::Exit;

/// Largest `case.json` that is read, in bytes.
const LARGEST: u64 = 1 << 30;

pub(crate) fn run(command: &CaseCommand) -> anyhow::Result<Exit> {
    match command {
        CaseCommand::Open(arguments) => open::run(arguments),
        CaseCommand::Show(arguments) => show(arguments),
        CaseCommand::Diff(arguments) => difference(arguments),
        CaseCommand::Verify(arguments) => verify::run(arguments),
        CaseCommand::Note(arguments) => verify::note(arguments),
    }
}

/// Reads the case of a directory.
fn read(directory: &Path) -> anyhow::Result<Case> {
    let path = match directory.is_file() {
        true => directory.to_owned(),
        false => directory.join("case.json"),
    };
    let shown = path.display();
    let length = std::fs::metadata(&path)
        .with_context(|| format!("cannot read {shown}"))?
        .len();
    ensure!(length <= LARGEST, "{shown} is larger than {LARGEST} bytes");
    let bytes = std::fs::read(&path).with_context(|| format!("cannot read {shown}"))?;
    let case: Case =
        serde_json::from_slice(&bytes).with_context(|| format!("{shown} is no case"))?;
    ensure!(
        case.format == FORMAT,
        "{shown} has format {}, this program reads format {FORMAT}",
        case.format
    );
    Ok(case)
}

fn show(arguments: &CaseShowArguments) -> anyhow::Result<Exit> {
    let case = read(&arguments.case)?;
    let locale = locale(arguments.lang);
    let wanted =
        |number: u8| arguments.questions.is_empty() || arguments.questions.contains(&number);
    let answers: Vec<_> = case
        .answers
        .iter()
        .filter(|answer| wanted(answer.question))
        .collect();
    let mut stdout = std::io::stdout().lock();
    match (arguments.format, arguments.questions.is_empty()) {
        (CaseFormat::Json, true) => serde_json::to_writer_pretty(&mut stdout, &case)?,
        (CaseFormat::Json, false) => serde_json::to_writer_pretty(&mut stdout, &answers)?,
        (CaseFormat::Text, true) => write!(stdout, "{}", text::overview(&case, locale))?,
        (CaseFormat::Text, false) => {
            for answer in answers {
                writeln!(stdout, "{}", text::answer(&case, answer, locale))?;
            }
        }
    }
    if arguments.format == CaseFormat::Json {
        writeln!(stdout)?;
    }
    Ok(Exit::Clean)
}

fn difference(arguments: &CaseDiffArguments) -> anyhow::Result<Exit> {
    let (old, new) = (read(&arguments.old)?, read(&arguments.new)?);
    let difference = diff::diff(&old, &new);
    let mut stdout = std::io::stdout().lock();
    match arguments.format {
        CaseFormat::Json => {
            serde_json::to_writer_pretty(&mut stdout, &difference)?;
            writeln!(stdout)?;
        }
        CaseFormat::Text => write!(
            stdout,
            "{}",
            diff::text(&difference, locale(arguments.lang))
        )?,
    }
    Ok(match difference.is_empty() {
        true => Exit::Clean,
        false => Exit::Findings,
    })
}
