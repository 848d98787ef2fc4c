//! `rempart estate`.

pub(crate) mod diff;

use std::io::Write;
use std::path::Path;

use rempart_findings::visible;

use crate::exit::Exit;

/// Checks the files of a snapshot against its manifest.
pub(crate) fn verify(path: &Path) -> anyhow::Result<Exit> {
    let problems = rempart_estate::verify(path)?;
    let mut stdout = std::io::stdout().lock();
    for problem in &problems {
        writeln!(stdout, "{}", visible(&problem.to_string()))?;
    }
    if problems.is_empty() {
        writeln!(stdout, "{}: every file is as it was sealed", path.display())?;
        return Ok(Exit::Clean);
    }
    Ok(Exit::Findings)
}
