//! Opens snapshots: several threads read the lines, one puts the index together.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use super::layout::{self, AnswerFile, JOURNAL, MANIFEST, problem};
use super::lines::{self, CHUNK, Line};
use super::manifest::{FORMAT, Manifest};
use crate::answer::sha256;
use crate::estate::{Estate, Problem};
use crate::line;
use crate::scan::{Entry, Location, Said, index};

/// Why a snapshot cannot be opened at all.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The directory cannot be read.
    #[error("{}: {source}", path.display())]
    Io {
        /// The directory or file.
        path: PathBuf,
        /// What went wrong.
        source: io::Error,
    },
    /// The directory holds no snapshot.
    #[error("{}: is no snapshot\nhint: a snapshot is a directory that rempart collect wrote", path.display())]
    NotASnapshot {
        /// The directory.
        path: PathBuf,
    },
    /// The manifest cannot be read.
    #[error("{}: {reason}", path.display())]
    Manifest {
        /// The manifest.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
}

/// A part of a file.
struct Chunk<'f> {
    file: &'f AnswerFile,
    number: usize,
    start: u64,
    end: u64,
}

/// What a part of a file holds.
#[derive(Default)]
struct Scanned {
    lines: u64,
    /// Lines count from 0 at the start of the part.
    entries: Vec<(Entry, Said)>,
    problems: Vec<(u64, String)>,
    failed: Option<io::Error>,
}

impl Estate {
    /// Opens a snapshot. Lines that cannot be read become problems.
    pub fn open(directory: &Path) -> Result<Self, OpenError> {
        Self::open_all(&[directory])
    }

    /// Opens several snapshots as one estate. Of two answers to one question the newer is kept, and
    /// the other is a problem.
    pub fn open_all(directories: &[impl AsRef<Path>]) -> Result<Self, OpenError> {
        let mut builder = crate::estate::build::Builder::default();
        for directory in directories {
            add_snapshot(directory.as_ref(), &mut builder)?;
        }
        Ok(builder.finish())
    }
}

fn add_snapshot(
    directory: &Path,
    builder: &mut crate::estate::build::Builder,
) -> Result<(), OpenError> {
    let mut problems = Vec::new();
    let manifest = read_manifest(directory)?;
    let files = layout::files(directory, &mut problems);
    match &manifest {
        Some(manifest) => {
            let missing = manifest.missing(directory, &files);
            problems.extend(missing.iter().map(|path| problem(path, "is missing")));
        }
        None => problems.push(problem(
            directory,
            "is not sealed, more answers may be to come",
        )),
    }
    for problem in problems {
        builder.add_problem(problem);
    }
    let mut chunks = Vec::new();
    for (number, file) in files.iter().enumerate() {
        let mut start = 0;
        while start < file.size {
            let end = start.saturating_add(CHUNK).min(file.size);
            chunks.push(Chunk {
                file,
                number,
                start,
                end,
            });
            start = end;
        }
    }
    let scanned = scan(&chunks);
    let mut known = None;
    let mut lines = 0;
    for (chunk, scanned) in chunks.iter().zip(scanned) {
        let place = builder.place(&chunk.file.place);
        let operation = builder.operation(&chunk.file.operation);
        let source = match known {
            Some((number, source)) if number == chunk.number => source,
            _ => {
                lines = 0;
                let source = builder.add_file(&chunk.file.path);
                known = Some((chunk.number, source));
                source
            }
        };
        for (line, reason) in scanned.problems {
            builder.add_problem(Problem {
                file: chunk.file.path.display().to_string(),
                line: lines + line + 1,
                reason,
            });
        }
        if let Some(error) = scanned.failed {
            builder.add_problem(problem(&chunk.file.path, &error.to_string()));
        }
        for (mut entry, said) in scanned.entries {
            entry.source = source;
            entry.line += lines + 1;
            builder.add_entry(entry, operation, place, said);
        }
        lines += scanned.lines;
    }
    Ok(())
}

/// The manifest; none when the snapshot is still being written.
pub(super) fn read_manifest(directory: &Path) -> Result<Option<Manifest>, OpenError> {
    let io_error = |source| OpenError::Io {
        path: directory.to_owned(),
        source,
    };
    std::fs::read_dir(directory).map_err(io_error)?;
    let path = directory.join(MANIFEST);
    let text = match std::fs::read(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            if directory.join(JOURNAL).is_file() {
                return Ok(None);
            }
            return Err(OpenError::NotASnapshot {
                path: directory.to_owned(),
            });
        }
        Err(source) => return Err(OpenError::Io { path, source }),
    };
    match serde_json::from_slice::<Manifest>(&text) {
        Ok(manifest) if manifest.format == FORMAT => Ok(Some(manifest)),
        Ok(manifest) => Err(OpenError::Manifest {
            path,
            reason: format!("format {} is not known, only {FORMAT} is", manifest.format),
        }),
        Err(error) => Err(OpenError::Manifest {
            path,
            reason: error.to_string(),
        }),
    }
}

/// Reads the parts on all processors; the results are in the order of the parts.
fn scan(chunks: &[Chunk<'_>]) -> Vec<Scanned> {
    let next = AtomicUsize::new(0);
    let mut results: Vec<Mutex<Scanned>> = Vec::new();
    results.resize_with(chunks.len(), Mutex::default);
    let work = || {
        loop {
            let position = next.fetch_add(1, Ordering::Relaxed);
            let (Some(chunk), Some(slot)) = (chunks.get(position), results.get(position)) else {
                return;
            };
            let scanned = scan_chunk(chunk);
            if let Ok(mut slot) = slot.lock() {
                *slot = scanned;
            }
        }
    };
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let threads = threads.min(8).min(chunks.len());
    thread::scope(|scope| {
        for _ in 1..threads {
            scope.spawn(work);
        }
        work();
    });
    let take = |slot: Mutex<Scanned>| slot.into_inner().unwrap_or_default();
    results.into_iter().map(take).collect()
}

fn scan_chunk(chunk: &Chunk<'_>) -> Scanned {
    let mut scanned = Scanned::default();
    let file = chunk.file;
    let result = lines::read(&file.path, chunk.start, chunk.end, |line| {
        let number = scanned.lines;
        scanned.lines += 1;
        let (offset, bytes) = match line {
            Line::Whole(offset, bytes) => (offset, bytes),
            Line::Cut(..) => {
                let reason = "ends inside a line".to_owned();
                scanned.problems.push((number, reason));
                return;
            }
            Line::TooLong(_) => {
                let reason = format!("longer than {} bytes", line::LONGEST_LINE);
                scanned.problems.push((number, reason));
                return;
            }
        };
        match read_line(file, bytes) {
            Ok(read) => {
                let small = |length: usize| u32::try_from(length).unwrap_or(u32::MAX);
                let location = match read.verbatim.and_then(|start| u64::try_from(start).ok()) {
                    Some(start) => Location::Body(offset + start, small(read.answer.body.len())),
                    None => Location::Line(offset, small(bytes.len())),
                };
                scanned
                    .entries
                    .push(index(&read.answer, read.sha256, 0, number, location));
            }
            Err(reason) => scanned.problems.push((number, reason)),
        }
    });
    scanned.failed = result.err();
    scanned
}

/// The answer of a line, if it is what the file should hold.
pub(super) fn read_line(file: &AnswerFile, bytes: &[u8]) -> Result<line::Read, String> {
    let read = line::read(bytes, &file.place.account, &file.place.region)?;
    if read.answer.operation != file.operation {
        return Err(format!("is an answer of {:?}", read.answer.operation));
    }
    if !read.intact {
        return Err("the body is not the one that was collected: its SHA-256 differs".to_owned());
    }
    Ok(read)
}

/// The body of an answer that is in the index.
pub(crate) fn body_at(
    file: &File,
    location: &Location,
    wanted: [u8; 32],
) -> Result<Vec<u8>, String> {
    let read = |offset: u64, length: u32| {
        let length = usize::try_from(length).map_err(|error| error.to_string())?;
        lines::read_at(file, offset, length).map_err(|error| error.to_string())
    };
    let body = match *location {
        Location::Memory(ref bytes) => bytes.to_vec(),
        Location::Body(offset, length) => read(offset, length)?,
        Location::Line(offset, length) => line::read(&read(offset, length)?, "", "")?.answer.body,
    };
    if sha256(&body) == wanted {
        Ok(body)
    } else {
        Err("the snapshot was changed after it was opened".to_owned())
    }
}
