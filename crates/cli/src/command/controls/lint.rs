//! `rempart controls lint`.

use std::io::Write;

use rempart_findings::visible;
use rempart_posture::{lint, read};

use super::files_of;
use crate::arguments::{ControlsLintArguments, LintFormat};
use crate::exit::Exit;

pub(crate) fn run(arguments: &ControlsLintArguments) -> anyhow::Result<Exit> {
    let set = read(&files_of(arguments.path.as_deref())?);
    let mut stdout = std::io::BufWriter::new(std::io::stdout().lock());
    let mut errors = 0_usize;
    let mut show = |file: &str, line: Option<u32>, control: Option<&str>, reason: &str| {
        errors += 1;
        if arguments.format == LintFormat::Jsonl {
            let line = serde_json::json!({
                "severity": "error",
                "file": file,
                "line": line,
                "control": control,
                "message": reason,
            });
            return writeln!(stdout, "{line}");
        }
        let line = line.map(|line| format!(":{line}")).unwrap_or_default();
        let control = control.map(|id| format!("{id}: ")).unwrap_or_default();
        let text = format!("{file}{line}: error: {control}{reason}");
        writeln!(stdout, "{}", visible(&text))
    };
    for fault in &set.faults {
        show(&fault.source_name, Some(fault.line), None, &fault.reason)?;
    }
    for control in &set.controls {
        for fault in lint(control, &set) {
            show(
                &fault.source_name,
                None,
                Some(&fault.control),
                &fault.reason,
            )?;
        }
    }
    if arguments.format == LintFormat::Text {
        writeln!(stdout, "{} controls: {errors} errors", set.controls.len())?;
    }
    stdout.flush()?;
    Ok(if errors > 0 {
        Exit::Findings
    } else {
        Exit::Clean
    })
}
