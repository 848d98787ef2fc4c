//! What a directory that was whole once must still have. The database makes files where there are none, so
//! that a table or journal that was lost would be an empty one.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::engine::EngineError;

/// Says that all tables were made.
const WHOLE: &str = "WHOLE";

fn failed(path: &Path, error: &io::Error) -> EngineError {
    if error.kind() == io::ErrorKind::StorageFull {
        return EngineError::Full {
            path: path.to_owned(),
        };
    }
    EngineError::Failed {
        place: path.display().to_string(),
        reason: error.to_string(),
    }
}

fn missing(path: PathBuf) -> EngineError {
    EngineError::Damaged {
        path,
        reason: "it is missing, and was there".to_owned(),
    }
}

/// Looks whether everything is there that a directory had.
///
/// # Errors
/// Names what is missing.
pub(super) fn check(path: &Path) -> Result<(), EngineError> {
    // How many directories of tables there were.
    let Ok(text) = fs::read_to_string(path.join(WHOLE)) else {
        return Ok(());
    };
    let data = path.join("data");
    let made = text.trim().parse::<usize>().unwrap_or(usize::MAX);
    let tables = folders(&data.join("keyspaces"))?;
    if tables.len() < made {
        return Err(missing(data.join("keyspaces")));
    }
    let current = tables.iter().map(|folder| folder.join("current"));
    let mut needed = current.chain([data.join("version")]);
    if let Some(lost) = needed.find(|file| !file.is_file()) {
        return Err(missing(lost));
    }
    let entries = fs::read_dir(&data).map_err(|error| failed(&data, &error))?;
    let mut names = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let has_journal = names.any(|name| name.extension().is_some_and(|end| end == "jnl"));
    if !has_journal {
        return Err(missing(data.join("*.jnl")));
    }
    Ok(())
}

/// Remembers that everything was made.
///
/// # Errors
/// The disk fails.
pub(super) fn mark(path: &Path) -> Result<(), EngineError> {
    use std::io::Write as _;
    let name = path.join(WHOLE);
    if name.exists() {
        return Ok(());
    }
    let made = folders(&path.join("data/keyspaces"))?.len();
    let write = || {
        let new = path.join("WHOLE.new");
        let mut file = fs::File::create(&new)?;
        writeln!(file, "{made}")?;
        file.sync_all()?;
        fs::rename(&new, &name)?;
        fs::File::open(path)?.sync_all()
    };
    write().map_err(|error| failed(path, &error))
}

fn folders(path: &Path) -> Result<Vec<PathBuf>, EngineError> {
    let entries = match fs::read_dir(path) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(failed(path, &error)),
    };
    let mut folders = Vec::new();
    for entry in entries {
        let path = entry.map_err(|error| failed(path, &error))?.path();
        if path.is_dir() {
            folders.push(path);
        }
    }
    Ok(folders)
}
