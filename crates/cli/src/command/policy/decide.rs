//! `rempart policy decide`.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Context;
use rempart_findings::visible;
use rempart_policy::Reference;
use rempart_policy::scenario::ScenarioReader;

use super::lines::{self, Tally};
use super::{read_text, sentence};
use crate::arguments::{DecideArguments, DecideFormat};
use crate::exit::Exit;
use crate::output;

pub(crate) fn run(arguments: &DecideArguments) -> anyhow::Result<Exit> {
    match &arguments.scenario {
        Some(path) => one(path, arguments),
        None => many(&arguments.scenarios, arguments),
    }
}

fn one(path: &Path, arguments: &DecideArguments) -> anyhow::Result<Exit> {
    let text = read_text(path)?;
    let mut reader = ScenarioReader::new();
    let scenario = reader
        .read(&text)
        .with_context(|| path.display().to_string())?;
    let answer = scenario.answer(&mut Reference::new());
    let mut stdout = std::io::stdout().lock();
    match arguments.format.unwrap_or(DecideFormat::Text) {
        DecideFormat::Text => {
            let text = sentence::of(&scenario, &answer);
            for line in text.lines() {
                writeln!(stdout, "{}", visible(line))?;
            }
        }
        DecideFormat::Jsonl => {
            writeln!(stdout, "{}", serde_json::to_string(&answer)?)?;
        }
    }
    stdout.flush()?;
    if let Some(difference) = &answer.difference {
        output::error(&format!("{}: {difference}", path.display()));
        return Ok(Exit::Findings);
    }
    let is_expected = scenario.expect.is_some();
    Ok(if answer.reason.is_some() && !is_expected {
        Exit::CouldNot
    } else {
        Exit::Clean
    })
}

fn many(paths: &[PathBuf], arguments: &DecideArguments) -> anyhow::Result<Exit> {
    anyhow::ensure!(
        !paths.is_empty(),
        "give --scenario FILE.json for one scenario or --scenarios FILE.jsonl for many"
    );
    anyhow::ensure!(
        arguments.format != Some(DecideFormat::Text),
        "many scenarios are answered as JSON Lines: leave out --format text"
    );
    let threads = match arguments.threads {
        Some(threads) => usize::from(threads),
        None => std::thread::available_parallelism().map_or(1, usize::from),
    };
    let mut out = std::io::BufWriter::with_capacity(1 << 20, std::io::stdout().lock());
    let mut all = Tally::default();
    for path in paths {
        let tally = lines::answer_file(path, threads, &mut out)?;
        for example in &tally.examples {
            output::error(&format!("{}:{example}", path.display()));
        }
        all.add(&tally);
    }
    out.flush()?;
    output::to_stderr(&all.to_string());
    Ok(if all.unreadable > 0 || all.unexpectedly_unsupported > 0 {
        Exit::CouldNot
    } else if all.different > 0 {
        Exit::Findings
    } else {
        Exit::Clean
    })
}
