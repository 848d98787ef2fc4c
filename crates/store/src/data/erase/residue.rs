//! What is left of erased subjects, looked for everywhere.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use memchr::memmem;
use rempart_aws_wire::ServiceError;
use serde::{Deserialize, Serialize};

use super::rewrite::{Reader, Subjects};
use super::{Erasure, Target};
use crate::data::Data;
use crate::data::call::Call;
use crate::data::flush::{blocked, table};
use crate::data::queue;
use crate::data::refusal::engine;

/// Bytes of a file that are searched at once.
const CHUNK: usize = 1 << 20;
/// Identifiers below this length stand in any file by chance.
const SHORTEST_SEARCHED: usize = 6;

/// What was searched, and what was found.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ResidueReceipt {
    /// What was searched, in words.
    searched: Vec<String>,
    /// What may hold copies and could not be searched, in words.
    not_searched: Vec<String>,
    /// Subjects whose row or key is still there.
    online_rows: usize,
    /// Queue entries of the subjects.
    queue_entries: usize,
    /// Rows of the subjects in offline files.
    offline_rows: usize,
    offline_files_searched: usize,
    /// Files of the engine that hold a blinded identifier, or an identifier as text.
    engine_files: Vec<String>,
    engine_files_searched: usize,
}

impl ResidueReceipt {
    pub(super) fn is_clean(&self) -> bool {
        self.online_rows == 0
            && self.queue_entries == 0
            && self.offline_rows == 0
            && self.engine_files.is_empty()
    }
}

impl Data {
    pub(super) fn residue(
        &self,
        call: &Call<'_>,
        target: &Target,
        erasure: &Erasure<'_>,
    ) -> Result<ResidueReceipt, ServiceError> {
        let view = &target.open.view;
        let mut found = ResidueReceipt {
            searched: vec![
                "rows and keys of subjects in the online store, by HMAC of the identifier"
                    .to_owned(),
            ],
            ..ResidueReceipt::default()
        };
        found
            .not_searched
            .extend(self.engine.out_of_reach().map(str::to_owned));
        for blind in &target.blinds {
            let key = view.row_key(*blind);
            let row = self.engine.get(&key).map_err(|error| engine(&error))?;
            let secret = self.engine.secret(&key).map_err(|error| engine(&error))?;
            if row.is_some() || secret.is_some() {
                found.online_rows += 1;
            }
        }
        if view.group.offline.is_some() {
            found
                .searched
                .push("queue of the offline store, by HMAC of the identifier".to_owned());
            let settings = &self.settings.flush;
            let entries = self
                .engine
                .queued(view.group.id, settings.round_rows, settings.round_bytes)
                .map_err(|error| engine(&error))?;
            found.queue_entries = entries
                .iter()
                .filter_map(|entry| queue::head(&entry.sealed))
                .filter(|(head, _)| target.blinds.contains(&head.blind))
                .count();
            found
                .searched
                .push("every row of every file of the offline store, decrypted".to_owned());
            let table = table(view);
            let subjects = Subjects::of(erasure.identifiers);
            let mut reader = Reader::new(self, view, call);
            let files = self
                .lake
                .files(&table)
                .map_err(|error| blocked(format!("the files cannot be listed: {error}")))?;
            for path in files {
                let (rows, _) = reader.read(&table, &path)?;
                found.offline_files_searched += 1;
                found.offline_rows += rows.iter().filter(|row| subjects.own(view, row)).count();
            }
        }
        if !erasure.directories.is_empty() {
            found.searched.push(
                "raw bytes of the engine's files, for HMAC and text of the identifiers (what an engine \
                 compresses is not seen so)"
                    .to_owned(),
            );
        }
        let patterns: Vec<&[u8]> = target
            .blinds
            .iter()
            .map(|blind| blind.as_slice())
            .chain(
                erasure
                    .identifiers
                    .iter()
                    .map(String::as_bytes)
                    .filter(|text| text.len() >= SHORTEST_SEARCHED),
            )
            .collect();
        for directory in erasure.directories {
            search(directory, &patterns, &mut found, 0)
                .map_err(|error| blocked(format!("{}: {error}", directory.display())))?;
        }
        Ok(found)
    }
}

fn search(
    directory: &Path,
    patterns: &[&[u8]],
    found: &mut ResidueReceipt,
    depth: usize,
) -> std::io::Result<()> {
    for entry in std::fs::read_dir(directory)? {
        let entry = entry?;
        let kind = entry.file_type()?;
        if kind.is_dir() && depth < 16 {
            search(&entry.path(), patterns, found, depth + 1)?;
        } else if kind.is_file() {
            found.engine_files_searched += 1;
            match File::open(entry.path()) {
                Ok(file) => {
                    if holds(file, patterns)? {
                        found.engine_files.push(entry.path().display().to_string());
                    }
                }
                // A file that the engine has removed meanwhile holds nothing.
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
    }
    Ok(())
}

/// Whether a file holds one of the patterns; what lies across two chunks is found as well.
fn holds(mut file: File, patterns: &[&[u8]]) -> std::io::Result<bool> {
    let longest = patterns
        .iter()
        .map(|pattern| pattern.len())
        .max()
        .unwrap_or(0);
    let mut buffer: Vec<u8> = Vec::with_capacity(CHUNK + longest);
    loop {
        let overlap = buffer.len().min(longest.saturating_sub(1));
        let start = buffer.len() - overlap;
        buffer.drain(..start);
        let read = (&mut file).take(CHUNK as u64).read_to_end(&mut buffer)?;
        if read == 0 {
            return Ok(false);
        }
        if patterns
            .iter()
            .any(|pattern| memmem::find(&buffer, pattern).is_some())
        {
            return Ok(true);
        }
    }
}
