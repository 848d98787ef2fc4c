//! Offline files without a subject: written anew under a new key, then the old key and file destroyed.
//!
//! A note names old and new file. While it says `written: false` the new file may be partial and is
//! given up after a crash; once it says `true` the old one is.

use std::collections::BTreeSet;
use std::sync::Arc;

use rempart_aws_wire::ServiceError;
use rempart_directory::{Caller, Connection};
use rempart_keys::Requester;
use rempart_lake::{Cell, FileEncryption, FileVersion, OfflineRow, Table};
use rempart_online::GroupId;
use serde::{Deserialize, Serialize};

use crate::data::Data;
use crate::data::access::Open;
use crate::data::audit::hex;
use crate::data::call::Call;
use crate::data::file_key::{self, BucketKey};
use crate::data::flush::{blocked, no_randomness, table, unique};
use crate::data::refusal::{engine, internal};
use crate::data::state::OfflineWork;
use crate::data::view::{Side, View};

/// What was done to offline files.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct OfflineReceipt {
    pub(super) files_searched: usize,
    pub(super) rows_removed: usize,
    pub(super) replaced: Vec<Replaced>,
}

/// A file that held a subject.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Replaced {
    pub(super) old: String,
    /// `None` when all of its rows were the subjects'.
    pub(super) new: Option<String>,
    /// SHA-256 of the kept form of the key that was destroyed.
    pub(super) destroyed_key_sha256: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct Note {
    old: String,
    new: Option<String>,
    written: bool,
}

/// Opens files for a caller: bucket keys are asked for once each.
pub(super) struct Reader<'a> {
    data: &'a Data,
    view: &'a View,
    caller: Arc<Caller>,
    connection: &'a Connection,
    bucket_keys: Vec<BucketKey>,
    /// Whether the KMS was asked, where the object store opens files.
    may_read: bool,
}

impl<'a> Reader<'a> {
    /// A reader of the group's files: the caller, or the service where it uses its own key.
    pub(super) fn new(data: &'a Data, view: &'a View, call: &Call<'a>) -> Self {
        let caller = if view.has_customer_key(Side::Offline) {
            Arc::new(call.caller.clone())
        } else {
            Arc::clone(&view.service)
        };
        Self {
            data,
            view,
            caller,
            connection: call.connection,
            bucket_keys: Vec::new(),
            may_read: false,
        }
    }

    /// The rows of a file, and when it was written.
    pub(super) fn read(
        &mut self,
        table: &Table,
        path: &str,
    ) -> Result<(Vec<OfflineRow>, i64), ServiceError> {
        let encryption = self.encryption(path)?;
        self.data
            .lake
            .read(table, path, &encryption)
            .map_err(|error| blocked(format!("a file cannot be read: {error}")))
    }

    /// The rows of an earlier version of a file.
    pub(super) fn read_version(
        &mut self,
        table: &Table,
        version: &FileVersion,
    ) -> Result<Vec<OfflineRow>, ServiceError> {
        let encryption = self.encryption(&version.path)?;
        self.data
            .lake
            .read_version(table, version, &encryption)
            .map_err(|error| blocked(format!("a version cannot be read: {error}")))
    }

    fn encryption(&mut self, path: &str) -> Result<FileEncryption, ServiceError> {
        if !self.data.lake.encrypts_files() {
            if !self.may_read {
                let requester = Requester {
                    caller: &self.caller,
                    connection: self.connection,
                    via: Some(&self.view.via_s3),
                    tokens: &[],
                };
                self.data.may_decrypt_files(&requester, self.view)?;
                self.may_read = true;
            }
            let kms_key = self
                .view
                .group
                .offline
                .as_ref()
                .and_then(|offline| offline.kms_key.clone());
            return Ok(FileEncryption::ServerSide { kms_key });
        }
        let kept = self
            .data
            .kept_file_key(&file_key::note_name(self.view.group.id, path))?
            .ok_or_else(|| blocked(format!("the file {path} has no key")))?;
        let known = self
            .bucket_keys
            .iter()
            .position(|key| key.sealed == kept.bucket_key);
        let at = match known {
            Some(at) => at,
            None => {
                let requester = Requester {
                    caller: &self.caller,
                    connection: self.connection,
                    via: Some(&self.view.via_s3),
                    tokens: &[],
                };
                let opened = self.data.open_bucket_key(&requester, &kept)?;
                self.bucket_keys.push(opened);
                self.bucket_keys.len() - 1
            }
        };
        self.bucket_keys
            .get(at)
            .and_then(|key| key.open(&kept).ok())
            .map(|key| file_key::encryption(self.view.group.id, path, key))
            .ok_or_else(|| internal("the key of a file does not open"))
    }
}

/// The subjects, as cells of the identifier column hold them.
pub(super) struct Subjects {
    texts: BTreeSet<String>,
    integers: BTreeSet<i64>,
    floats: Vec<f64>,
}

impl Subjects {
    pub(super) fn of(identifiers: &[String]) -> Self {
        Self {
            texts: identifiers.iter().cloned().collect(),
            integers: identifiers
                .iter()
                .filter_map(|text| text.parse().ok())
                .collect(),
            floats: identifiers
                .iter()
                .filter_map(|text| text.parse().ok())
                .collect(),
        }
    }

    fn has(&self, cell: Option<&Cell>) -> bool {
        match cell {
            Some(Cell::Text(text)) => self.texts.contains(text),
            Some(Cell::Integer(value)) => self.integers.contains(value),
            Some(Cell::Float(value)) => self.floats.contains(value),
            _ => false,
        }
    }

    /// Whether a row is a subject's.
    pub(super) fn own(&self, view: &View, row: &OfflineRow) -> bool {
        self.has(row.cells.get(usize::from(view.schema.identifier)))
    }
}

impl Data {
    /// Writes every file anew that holds rows of the subjects.
    pub(super) fn rewrite_files(
        &self,
        call: &Call<'_>,
        open: &Open,
        work: &mut OfflineWork,
        identifiers: &[String],
    ) -> Result<OfflineReceipt, ServiceError> {
        let view = &open.view;
        let table = table(view);
        let subjects = Subjects::of(identifiers);
        let mut reader = Reader::new(self, view, call);
        let mut receipt = OfflineReceipt::default();
        let files = self
            .lake
            .files(&table)
            .map_err(|error| blocked(format!("the files cannot be listed: {error}")))?;
        for path in files {
            receipt.files_searched += 1;
            let (rows, write_time) = reader.read(&table, &path)?;
            let before = rows.len();
            let kept: Vec<OfflineRow> = rows
                .into_iter()
                .filter(|row| !subjects.own(view, row))
                .collect();
            if kept.len() == before {
                continue;
            }
            receipt.rows_removed += before - kept.len();
            let replaced =
                self.replace(open, work, call.connection, &table, path, &kept, write_time)?;
            receipt.replaced.push(replaced);
        }
        Ok(receipt)
    }

    #[expect(clippy::too_many_arguments, reason = "one step, cut out of its caller")]
    fn replace(
        &self,
        open: &Open,
        work: &mut OfflineWork,
        connection: &Connection,
        table: &Table,
        old: String,
        kept: &[OfflineRow],
        write_time: i64,
    ) -> Result<Replaced, ServiceError> {
        let view = &open.view;
        self.writer(view, work, connection)?;
        let latest = kept.iter().map(|row| row.event_time).max();
        let new = match latest {
            None => None,
            Some(latest) => {
                let unique = unique().ok_or_else(no_randomness)?;
                let path = self.lake.file_path(table, latest, &unique);
                Some(path.map_err(|error| blocked(error.to_string()))?)
            }
        };
        let mut note = Note {
            old,
            new,
            written: false,
        };
        work.looked_for_notes = false;
        self.put_rewrite(view.group.id, &note)?;
        if let Some(new) = &note.new {
            let encryption = self.new_file(view, work, new)?;
            self.lake
                .write(table, new, kept, write_time, &encryption)
                .map_err(|error| blocked(format!("a file cannot be written anew: {error}")))?;
        }
        note.written = true;
        self.put_rewrite(view.group.id, &note)?;
        let destroyed = self.finish_rewrite(view, table, &note)?;
        work.looked_for_notes = true;
        Ok(Replaced {
            old: note.old,
            new: note.new,
            destroyed_key_sha256: destroyed,
        })
    }

    /// Ends a rewrite that a crash interrupted.
    pub(crate) fn resume_rewrites(&self, open: &Open) -> Result<(), ServiceError> {
        let view = &open.view;
        let name = note_name(view.group.id);
        let notes = self.engine.notes(&name).map_err(|error| engine(&error))?;
        let Some((_, json)) = notes.into_iter().find(|(found, _)| *found == name) else {
            return Ok(());
        };
        let note: Note = serde_json::from_slice(&json)
            .map_err(|_| internal("the note of an interrupted rewrite does not read"))?;
        self.finish_rewrite(view, &table(view), &note)?;
        Ok(())
    }

    /// Removes the file that is given up, its key first, then the note. Gives the hash of the key.
    fn finish_rewrite(
        &self,
        view: &View,
        table: &Table,
        note: &Note,
    ) -> Result<Option<String>, ServiceError> {
        let given_up = match (&note.new, note.written) {
            (Some(new), false) => Some(new),
            (None, false) => None,
            (_, true) => Some(&note.old),
        };
        let mut destroyed = None;
        if let Some(path) = given_up {
            let key_name = file_key::note_name(view.group.id, path);
            let kept = self
                .engine
                .notes(&key_name)
                .map_err(|error| engine(&error))?;
            destroyed = kept
                .into_iter()
                .find(|(found, _)| *found == key_name)
                .map(|(_, kept)| sha256(&kept));
            self.engine
                .put_note(&key_name, None)
                .map_err(|error| engine(&error))?;
            self.lake
                .remove(table, path)
                .map_err(|error| blocked(format!("a file cannot be removed: {error}")))?;
        }
        self.engine
            .put_note(&note_name(view.group.id), None)
            .map_err(|error| engine(&error))?;
        Ok(destroyed)
    }

    fn put_rewrite(&self, group: GroupId, note: &Note) -> Result<(), ServiceError> {
        let json = serde_json::to_vec(note).map_err(|_| internal("the note does not encode"))?;
        self.engine
            .put_note(&note_name(group), Some(&json))
            .map_err(|error| engine(&error))
    }
}

fn note_name(group: GroupId) -> String {
    format!("rewrite/{:016x}", group.0)
}

fn sha256(bytes: &[u8]) -> String {
    use sha2::Digest as _;
    hex(&sha2::Sha256::digest(bytes))
}
