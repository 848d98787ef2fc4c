//! `rempart guard gaps`.

use std::io::Write;

use anyhow::Context;
use rempart_guard::gaps::{report, text};

use crate::arguments::{GapsArguments, ReplayFormat};
use crate::exit::Exit;

pub(crate) fn run(arguments: &GapsArguments) -> anyhow::Result<Exit> {
    let report = report();
    let mut stdout = std::io::BufWriter::new(std::io::stdout().lock());
    match arguments.format {
        ReplayFormat::Table => stdout.write_all(text(&report).as_bytes())?,
        ReplayFormat::Json => {
            serde_json::to_writer(&mut stdout, &report)?;
            writeln!(stdout)?;
        }
    }
    stdout.flush().context("cannot write to standard output")?;
    Ok(Exit::Clean)
}
