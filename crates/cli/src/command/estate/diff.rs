//! `rempart estate diff`.

use std::io::Write;

use rempart_collect::changers::{Changers, Event};
use rempart_estate::{Change, DiffEntry, DiffOptions, Difference, Estate, diff};
use rempart_findings::visible;
use serde_json::{Value, json};

use crate::arguments::{DiffFormat, EstateDiffArguments};
use crate::exit::Exit;
use crate::output;

/// Longest value that is shown, in characters.
const LONGEST_VALUE: usize = 120;

pub(crate) fn run(arguments: &EstateDiffArguments) -> anyhow::Result<Exit> {
    let before = open(&arguments.old)?;
    let after = open(&arguments.new)?;
    let options = DiffOptions {
        volatile: arguments.volatile,
    };
    let entries = diff(&before, &after, options);
    let changers = match arguments.trail.is_empty() {
        true => Changers::default(),
        false => Changers::read(&arguments.trail, &entries)?,
    };
    for (source, reason) in &changers.problems {
        output::warning(&format!("{source}: {reason}"));
    }
    let mut stdout = std::io::BufWriter::new(std::io::stdout().lock());
    let (mut differences, mut untold) = (0_usize, 0_usize);
    for (number, entry) in entries.iter().enumerate() {
        match entry.difference {
            Difference::CannotTell { .. } => untold += 1,
            _ => differences += 1,
        }
        let events = changers.of(number);
        match arguments.format {
            DiffFormat::Text => text(&mut stdout, entry, events)?,
            DiffFormat::Jsonl => {
                let mut line = serde_json::to_value(entry)?;
                if let (Some(object), false) = (line.as_object_mut(), arguments.trail.is_empty()) {
                    let events: Vec<Value> = events.iter().map(event_json).collect();
                    object.insert("events".to_owned(), json!(events));
                }
                writeln!(stdout, "{line}")?;
            }
        }
    }
    stdout.flush()?;
    if arguments.format == DiffFormat::Text {
        output::to_stderr(&format!(
            "{differences} differences, {untold} that cannot be told"
        ));
    }
    Ok(match (differences, untold) {
        (0, 0) => Exit::Clean,
        (0, _) => Exit::CouldNot,
        _ => Exit::Findings,
    })
}

fn open(path: &std::path::Path) -> anyhow::Result<Estate> {
    let estate = Estate::open(path)?;
    for problem in estate.problems() {
        output::warning(&problem.to_string());
    }
    Ok(estate)
}

fn text(out: &mut dyn Write, entry: &DiffEntry, events: &[Event]) -> std::io::Result<()> {
    let resource = &entry.resource;
    let name = match resource.id.is_empty() {
        true => format!("{} in {}", resource.kind, resource.place),
        false => format!("{} {} in {}", resource.kind, resource.id, resource.place),
    };
    let (sign, changes): (&str, &[Change]) = match &entry.difference {
        Difference::Added => ("+", &[]),
        Difference::Removed => ("-", &[]),
        Difference::Changed(changes) => ("~", changes),
        Difference::CannotTell { .. } => ("?", &[]),
    };
    writeln!(out, "{sign} {}", visible(&name))?;
    if let Difference::CannotTell { path, gap } = &entry.difference {
        let part = if path.is_empty() {
            String::new()
        } else {
            format!("{path}: ")
        };
        writeln!(out, "    {}", visible(&format!("{part}{gap}")))?;
    }
    for change in changes {
        let line = format!(
            "{}: {} -> {}",
            change.path,
            value(change.before.as_ref()),
            value(change.after.as_ref())
        );
        writeln!(out, "    {}", visible(&line))?;
    }
    for event in events {
        let line = format!(
            "by {} with {} at {} ({})",
            event.principal, event.name, event.time, event.place
        );
        writeln!(out, "    {}", visible(&line))?;
    }
    Ok(())
}

fn value(value: Option<&Value>) -> String {
    let Some(value) = value else {
        return "absent".to_owned();
    };
    let text = value.to_string();
    match text.chars().count() > LONGEST_VALUE {
        true => format!("{}…", text.chars().take(LONGEST_VALUE).collect::<String>()),
        false => text,
    }
}

fn event_json(event: &Event) -> Value {
    json!({
        "eventId": event.id,
        "eventName": event.name,
        "eventTime": event.time,
        "principal": event.principal,
        "source": event.place,
    })
}
