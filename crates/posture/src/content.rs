//! The controls that ship with the program, and those of a directory.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use include_dir::{Dir, include_dir};

use crate::control::{ControlSet, read};

static CONTROLS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../controls");

/// Largest file of controls that is read, in bytes.
const LARGEST: u64 = 1 << 20;
/// Deepest directory.
const DEEPEST: usize = 8;

/// A directory of controls cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ContentError {
    /// A file or directory cannot be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// The file or directory.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A file is too large to be a control.
    #[error("{} is larger than {LARGEST} bytes", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
    },
    /// There is no control.
    #[error("{} holds no .yaml file", path.display())]
    Nothing {
        /// The directory.
        path: PathBuf,
    },
}

/// The controls that ship with the program.
pub fn built_in() -> &'static ControlSet {
    static SET: OnceLock<ControlSet> = OnceLock::new();
    SET.get_or_init(|| read(&built_in_files()))
}

/// Names and texts of the files of [`built_in`].
pub fn built_in_files() -> Vec<(String, String)> {
    let mut files = Vec::new();
    let mut pending = vec![&CONTROLS];
    while let Some(folder) = pending.pop() {
        pending.extend(folder.dirs());
        for file in folder.files() {
            let path = file.path();
            if let (true, Some(text)) = (is_yaml(path), file.contents_utf8()) {
                files.push((format!("controls/{}", slashes(path)), text.to_owned()));
            }
        }
    }
    files.sort();
    files
}

/// Names and texts of the files of a file or directory.
///
/// # Errors
/// See [`ContentError`].
pub fn files_of(path: &Path) -> Result<Vec<(String, String)>, ContentError> {
    let mut files = Vec::new();
    gather(path, 0, &mut files)?;
    if files.is_empty() {
        return Err(ContentError::Nothing {
            path: path.to_owned(),
        });
    }
    files.sort();
    Ok(files)
}

fn gather(
    path: &Path,
    depth: usize,
    files: &mut Vec<(String, String)>,
) -> Result<(), ContentError> {
    let failed = |source| ContentError::Read {
        path: path.to_owned(),
        source,
    };
    let metadata = std::fs::metadata(path).map_err(failed)?;
    if metadata.is_dir() {
        if depth > DEEPEST {
            return Ok(());
        }
        for entry in std::fs::read_dir(path).map_err(failed)? {
            let inner = entry.map_err(failed)?.path();
            if inner.is_dir() || is_yaml(&inner) {
                gather(&inner, depth + 1, files)?;
            }
        }
        return Ok(());
    }
    if metadata.len() > LARGEST {
        return Err(ContentError::TooLarge {
            path: path.to_owned(),
        });
    }
    let text = std::fs::read_to_string(path).map_err(failed)?;
    files.push((slashes(path), text));
    Ok(())
}

fn is_yaml(path: &Path) -> bool {
    path.extension()
        .is_some_and(|extension| extension == "yaml" || extension == "yml")
}

fn slashes(path: &Path) -> String {
    path.to_string_lossy().replace('\\', "/")
}
