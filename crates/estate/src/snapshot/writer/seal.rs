//! Finishes a snapshot: the same answers give the same files and manifest, in whatever order they
//! came.

use std::fs;
use std::io;
use std::path::Path;

use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::{WriteError, replace, sync_directory};
use crate::answer::hexadecimal;
use crate::scan::canonical;
use crate::snapshot::layout::{self, AnswerFile, JOURNAL, MANIFEST, RUN};
use crate::snapshot::lines::{self, Line};
use crate::snapshot::manifest::{FORMAT, Manifest, OperationSummary};
use crate::snapshot::open::read_line;
use crate::snapshot::verify::Summing;

/// A line and its place in the order.
struct Position {
    parameters: String,
    page: u32,
    offset: u64,
    length: usize,
}

pub(super) fn seal(directory: &Path, mut run: Map<String, Value>) -> Result<Manifest, WriteError> {
    let mut problems = Vec::new();
    let files = layout::files(directory, &mut problems);
    if let Some(problem) = problems.first() {
        return Err(WriteError::Io {
            path: problem.file.clone().into(),
            source: io::Error::other(problem.reason.clone()),
        });
    }
    let mut manifest = Manifest {
        format: FORMAT,
        ..Manifest::default()
    };
    let mut digests = Map::new();
    for file in &files {
        let sealed = seal_file(file).map_err(|source| WriteError::Io {
            path: file.path.clone(),
            source,
        })?;
        if let Some(parent) = file.path.parent() {
            sync_directory(parent).map_err(|source| WriteError::Io {
                path: parent.to_owned(),
                source,
            })?;
        }
        if let Some(path) = layout::relative_path(&file.place, &file.operation) {
            let path = path.to_string_lossy().replace('\\', "/");
            digests.insert(path, Value::String(sealed.bytes));
        }
        manifest.add(sealed.summary);
    }
    manifest.finish();
    run.insert("files".to_owned(), Value::Object(digests));
    let write = |name: &str, value: &dyn Fn() -> serde_json::Result<Vec<u8>>| {
        let path = directory.join(name);
        let written = value().map_err(io::Error::from).and_then(|mut bytes| {
            bytes.push(b'\n');
            replace(&path, |out| out.write_all(&bytes))
        });
        written.map_err(|source| WriteError::Io { path, source })
    };
    write(RUN, &|| serde_json::to_vec_pretty(&run))?;
    write(MANIFEST, &|| serde_json::to_vec_pretty(&manifest))?;
    let journal = directory.join(JOURNAL);
    let removed = fs::remove_file(&journal).and_then(|()| sync_directory(directory));
    removed.map_err(|source| WriteError::Io {
        path: journal,
        source,
    })?;
    Ok(manifest)
}

struct Sealed {
    summary: OperationSummary,
    /// SHA-256 of the file.
    bytes: String,
}

/// Sorts the lines of a file; of two to one question the last stays.
fn seal_file(file: &AnswerFile) -> io::Result<Sealed> {
    let mut positions = Vec::new();
    let mut failed = None;
    lines::read(&file.path, 0, file.size, |line| {
        let read = match line {
            Line::Whole(offset, bytes) => read_line(file, bytes).map(|read| (offset, bytes, read)),
            _ => Err("a line has no end or is too long".to_owned()),
        };
        match read {
            Ok((offset, bytes, read)) => positions.push(Position {
                parameters: canonical(&read.answer.parameters),
                page: read.answer.page,
                offset,
                length: bytes.len(),
            }),
            Err(reason) => failed = Some(reason),
        }
    })?;
    if let Some(reason) = failed {
        return Err(io::Error::other(reason));
    }
    let count = positions.len();
    let in_order = positions.is_sorted_by(|left, right| left.key() < right.key());
    if !in_order {
        positions
            .sort_by(|left, right| (left.key(), right.offset).cmp(&(right.key(), left.offset)));
        positions.dedup_by(|later, earlier| later.key() == earlier.key());
    }
    tracing::debug!(file = %file.path.display(), lines = count, sorted = in_order, "sealing");
    let source = fs::File::open(&file.path)?;
    let mut summing = Summing::new(&file.place, &file.operation);
    let mut digest = Sha256::new();
    let mut each = |position: &Position, out: Option<&mut dyn io::Write>| -> io::Result<()> {
        let mut bytes = lines::read_at(&source, position.offset, position.length)?;
        let read = read_line(file, &bytes).map_err(io::Error::other)?;
        summing.add(read.answer).map_err(io::Error::other)?;
        bytes.push(b'\n');
        digest.update(&bytes);
        match out {
            Some(out) => out.write_all(&bytes),
            None => Ok(()),
        }
    };
    if in_order {
        for position in &positions {
            each(position, None)?;
        }
        source.sync_all()?;
    } else {
        replace(&file.path, |out| {
            positions
                .iter()
                .try_for_each(|position| each(position, Some(&mut *out)))
        })?;
    }
    Ok(Sealed {
        summary: summing.finish(),
        bytes: hexadecimal(&digest.finalize().into()),
    })
}

impl Position {
    fn key(&self) -> (&str, u32) {
        (&self.parameters, self.page)
    }
}
