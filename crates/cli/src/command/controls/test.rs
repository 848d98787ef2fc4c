//! `rempart controls test`.

use std::io::Write;

use rempart_findings::visible;
use rempart_posture::{read, run_examples};

use super::files_of;
use crate::arguments::ControlsTestArguments;
use crate::exit::Exit;

pub(crate) fn run(arguments: &ControlsTestArguments) -> anyhow::Result<Exit> {
    let set = read(&files_of(arguments.path.as_deref())?);
    let mut stdout = std::io::BufWriter::new(std::io::stdout().lock());
    for fault in &set.faults {
        writeln!(stdout, "{}", visible(&format!("FAIL {fault}")))?;
    }
    let (mut passed, mut failed) = (0_usize, set.faults.len());
    for control in &set.controls {
        let faults = run_examples(control, &set);
        failed += faults.len();
        passed += control.examples.len().saturating_sub(faults.len());
        for fault in &faults {
            writeln!(stdout, "{}", visible(&format!("FAIL {fault}")))?;
        }
        if arguments.verbose && faults.is_empty() {
            let count = control.examples.len();
            writeln!(stdout, "ok   {}: {count} examples", visible(&control.id))?;
        }
    }
    writeln!(
        stdout,
        "{} controls, {} examples passed, {failed} failed",
        set.controls.len(),
        passed
    )?;
    stdout.flush()?;
    Ok(if failed > 0 {
        Exit::Findings
    } else {
        Exit::Clean
    })
}
