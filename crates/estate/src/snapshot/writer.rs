//! Writes a snapshot: answers are appended while they come, and sorted when all are there.

mod resume;
mod seal;

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use foldhash::fast::RandomState;
use hashbrown::{HashMap, HashSet};
use serde_json::{Map, Value};

use super::layout::{JOURNAL, MANIFEST, relative_path};
use crate::answer::Answer;
use crate::estate::{Place, Problem};
use crate::line;
use crate::scan::canonical;

/// Files that are kept open.
const OPEN_FILES: usize = 64;

/// Why a snapshot cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// A file cannot be read or written.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What went wrong.
        source: io::Error,
    },
    /// There is something else in the directory.
    #[error("{}: holds something else than a snapshot\nhint: name a directory that is empty or does not exist", path.display())]
    NotEmpty {
        /// The directory.
        path: PathBuf,
    },
    /// The directory holds no snapshot that is being written.
    #[error("{}: is no snapshot that was begun", path.display())]
    NotBegun {
        /// The directory.
        path: PathBuf,
    },
    /// The snapshot is finished.
    #[error("{}: is sealed, nothing may be added", path.display())]
    Sealed {
        /// The directory.
        path: PathBuf,
    },
    /// The answer cannot be a line of a snapshot.
    #[error("answer of {operation:?}: {reason}")]
    Answer {
        /// The operation.
        operation: String,
        /// What is wrong.
        reason: String,
    },
}

/// A snapshot that is being written. Several threads may append.
#[derive(Debug)]
pub struct SnapshotWriter {
    directory: PathBuf,
    files: Mutex<HashMap<PathBuf, File, RandomState>>,
    complete: HashSet<Box<str>, RandomState>,
    problems: Vec<Problem>,
}

impl SnapshotWriter {
    /// Begins a snapshot in a directory that is empty or does not exist.
    pub fn create(directory: &Path) -> Result<Self, WriteError> {
        let failed = |source| WriteError::Io {
            path: directory.to_owned(),
            source,
        };
        create_private(directory).map_err(failed)?;
        let mut entries = fs::read_dir(directory).map_err(failed)?;
        if entries.next().is_some() {
            return Err(if directory.join(MANIFEST).is_file() {
                WriteError::Sealed {
                    path: directory.to_owned(),
                }
            } else {
                WriteError::NotEmpty {
                    path: directory.to_owned(),
                }
            });
        }
        let path = directory.join(JOURNAL);
        let journal = OpenOptions::new().write(true).create_new(true).open(&path);
        let written = journal.and_then(|mut journal| {
            journal.write_all(b"{\"format\":1}\n")?;
            journal.sync_all()
        });
        written.map_err(|source| WriteError::Io { path, source })?;
        Ok(Self::of(directory))
    }

    /// Goes on with a snapshot that was begun and not sealed. Calls that were not answered to the
    /// end are forgotten, so that they are made again.
    pub fn resume(directory: &Path) -> Result<Self, WriteError> {
        resume::resume(directory)
    }

    fn of(directory: &Path) -> Self {
        Self {
            directory: directory.to_owned(),
            files: Mutex::new(HashMap::default()),
            complete: HashSet::default(),
            problems: Vec::new(),
        }
    }

    /// Whether a call was answered to the end before this writer went on.
    pub fn is_complete(
        &self,
        place: &Place,
        operation: &str,
        parameters: &Map<String, Value>,
    ) -> bool {
        let question = question(place, operation, &canonical(parameters));
        self.complete.contains(question.as_str())
    }

    /// Number of calls that were answered to the end before this writer went on.
    pub fn complete_count(&self) -> usize {
        self.complete.len()
    }

    /// What was found in files that were begun and could not be used.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// Adds an answer. It is in the file when this returns; a crash of the machine may lose it.
    pub fn append(&self, answer: &Answer) -> Result<(), WriteError> {
        let refused = |reason: String| WriteError::Answer {
            operation: answer.operation.clone(),
            reason,
        };
        let place = Place::new(answer.account.clone(), answer.region.clone());
        let path = relative_path(&place, &answer.operation)
            .ok_or_else(|| refused("account, region or name is no plain name".to_owned()))?;
        let path = self.directory.join(path);
        let line = line::write(answer).map_err(refused)?;
        let failed = |source| WriteError::Io {
            path: path.clone(),
            source,
        };
        let mut files = match self.files.lock() {
            Ok(files) => files,
            Err(poisoned) => poisoned.into_inner(),
        };
        if !files.contains_key(&path) {
            if files.len() >= OPEN_FILES {
                files.clear();
            }
            if let Some(parent) = path.parent() {
                fs::create_dir_all(parent).map_err(failed)?;
            }
            let file = OpenOptions::new().create(true).append(true).open(&path);
            files.insert(path.clone(), file.map_err(failed)?);
        }
        match files.get_mut(&path) {
            Some(file) => file.write_all(&line).map_err(failed),
            None => Err(failed(io::Error::other("not open"))),
        }
    }

    /// Adds several answers.
    pub fn extend<'a>(
        &self,
        answers: impl IntoIterator<Item = &'a Answer>,
    ) -> Result<(), WriteError> {
        answers
            .into_iter()
            .try_for_each(|answer| self.append(answer))
    }

    /// Finishes the snapshot: sorts the answers, writes `manifest.json`, and `run.json` with what
    /// the caller says about the run. Everything is on the disk when this returns.
    pub fn seal(self, run: Map<String, Value>) -> Result<super::manifest::Manifest, WriteError> {
        seal::seal(&self.directory, run)
    }
}

fn question(place: &Place, operation: &str, parameters: &str) -> String {
    format!("{place}\u{1f}{operation}\u{1f}{parameters}")
}

/// Creates a directory that only its owner can read: answers may hold secrets, such as environment
/// variables. One that exists keeps its permissions.
fn create_private(directory: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt;
        builder.mode(0o700);
    }
    builder.create(directory)
}

/// Replaces a file by another in one step.
fn replace(path: &Path, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    let temporary = path.with_extension("new");
    let file = File::create(&temporary)?;
    let mut writer = io::BufWriter::with_capacity(256 << 10, file);
    write(&mut writer)?;
    let file = writer
        .into_inner()
        .map_err(io::IntoInnerError::into_error)?;
    file.sync_all()?;
    fs::rename(&temporary, path)
}

/// Makes names in a directory last.
fn sync_directory(path: &Path) -> io::Result<()> {
    if cfg!(unix) {
        File::open(path)?.sync_all()?;
    }
    Ok(())
}
