//! `rempart controls list`.

use std::io::Write;

use rempart_findings::visible;
use rempart_posture::{AREAS, Control, reference};

use super::{chosen, load};
use crate::arguments::{ControlsFormat, ControlsListArguments};
use crate::exit::Exit;

pub(crate) fn run(arguments: &ControlsListArguments) -> anyhow::Result<Exit> {
    let set = load(&arguments.selection)?;
    let controls = chosen(&set, &arguments.selection)?;
    let mut stdout = std::io::BufWriter::new(std::io::stdout().lock());
    if arguments.summary {
        summary(&mut stdout, &controls)?;
        stdout.flush()?;
        return Ok(Exit::Clean);
    }
    for control in &controls {
        match arguments.format {
            ControlsFormat::Table => {
                let line = format!(
                    "{:<6} {:<13} {:<45} {}",
                    control.id,
                    control.severity.as_str(),
                    control.kind,
                    control.title
                );
                writeln!(stdout, "{}", visible(&line))?;
            }
            ControlsFormat::Jsonl => {
                let mut json = serde_json::to_value(reference(control))?;
                if let Some(object) = json.as_object_mut() {
                    object.insert("evidence".to_owned(), control.evidence.clone().into());
                    object.insert("scope".to_owned(), control.scope.as_str().into());
                    object.insert("params".to_owned(), control.params.clone().into());
                    object.insert("pass".to_owned(), control.pass.source().into());
                    object.insert("file".to_owned(), control.source.clone().into());
                }
                writeln!(stdout, "{json}")?;
            }
        }
    }
    if arguments.format == ControlsFormat::Table {
        writeln!(stdout, "{} controls", controls.len())?;
    }
    stdout.flush()?;
    Ok(Exit::Clean)
}

fn summary(stdout: &mut dyn Write, controls: &[&Control]) -> std::io::Result<()> {
    for area in AREAS {
        let count = controls
            .iter()
            .filter(|control| control.area == area)
            .count();
        writeln!(stdout, "{count:>4}  {area}")?;
    }
    writeln!(stdout, "{:>4}  in all", controls.len())
}
