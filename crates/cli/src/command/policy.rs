//! `rempart policy`.

use std::io::Read;
use std::path::Path;

use anyhow::Context;

pub(crate) mod decide;
pub(crate) mod diff;
mod lines;
mod sentence;
pub(crate) mod who_can;

/// The text of a file, or of standard input for `-`.
fn read_text(path: &Path) -> anyhow::Result<String> {
    let mut bytes = Vec::new();
    if path == Path::new("-") {
        std::io::stdin()
            .lock()
            .read_to_end(&mut bytes)
            .context("cannot read standard input")?;
    } else {
        bytes = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    }
    String::from_utf8(bytes).with_context(|| format!("{} is no UTF-8 text", path.display()))
}
