//! Queued rows become files, each exactly once.
//!
//! A round takes the oldest entries of a group's queue. First a note says which files they become; then
//! the keys of the files are kept, the files written under the names of the note, the entries removed,
//! and last the note. After a crash the note is found and its round done again: same entries, same
//! names, same keys, so the same files.

mod rows;

use std::collections::HashSet;
use std::sync::atomic::Ordering;
use std::sync::{Arc, MutexGuard, PoisonError};

use rempart_aws_wire::ServiceError;
use rempart_directory::{Caller, Connection, Question};
use rempart_keys::Requester;
use rempart_lake::FileEncryption;
use rempart_online::{GroupId, QueueEntry};
use rempart_policy::context::{KeyName, KeyState};
use rempart_policy::{Particulars, ResourceFacts};
use serde::{Deserialize, Serialize};

use super::Data;
use super::access::Open;
use super::file_key;
use super::maintain::background;
use super::material::Material;
use super::metrics::add;
use super::queue;
use super::refusal::{engine, internal};
use super::ring::User;
use super::seal;
use super::state::OfflineWork;
use super::view::{Side, View};
use crate::group::{Group, OfflineStatus};

pub(crate) use rows::table;

/// What a pass over all groups did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FlushReport {
    /// Rows that are in files now.
    pub rows: u64,
    /// Files.
    pub files: u64,
    /// Groups that cannot be written, and why. Their rows wait.
    pub blocked: Vec<(GroupId, String)>,
}

/// How far a queue is written.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Until<'a> {
    /// While the oldest entry is old, or there are many
    Due,
    /// All
    Empty,
    /// All entries under keys before this one, without the rows of some subjects
    Key {
        oldest: u32,
        erased: &'a HashSet<[u8; 16]>,
    },
}

/// A round that is under way. Nothing in it is secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Note {
    /// First and last entry.
    from: u64,
    through: u64,
    entries: usize,
    write_time: i64,
    files: Vec<PlannedFile>,
}

/// A round with its entries.
struct Round<'a> {
    note: Note,
    entries: Vec<QueueEntry>,
    erased: &'a HashSet<[u8; 16]>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct PlannedFile {
    partition: i64,
    path: String,
}

impl Data {
    /// Writes what is due: by age or number of rows, or all when `force`. A thread of the server calls
    /// it every second or so, and once with `force` before it ends.
    pub fn flush(&self, now: i64, force: bool) -> FlushReport {
        let mut report = FlushReport::default();
        for group in self.groups.all() {
            if group.offline.is_some()
                && let Err(reason) = self.flush_group(&group, now, force, &mut report)
            {
                report.blocked.push((group.id, reason));
            }
        }
        for group in self.groups.buried() {
            if !force && self.state(group.id).retry_at.load(Ordering::Relaxed) > now {
                continue;
            }
            // Nothing comes after these rows: they are not waited for.
            match self.flush_group(&group, now, true, &mut report) {
                Ok(()) => {
                    // What was not kept is tried again by the next pass.
                    if self.groups.drained(group.id).is_ok() {
                        self.forget_group(group.id);
                    }
                }
                Err(reason) => report.blocked.push((group.id, reason)),
            }
        }
        report
    }

    /// Writes the rows of one group: what is due, or all when `force`.
    ///
    /// # Errors
    /// Why they cannot be written; they wait.
    pub fn flush_group(
        &self,
        group: &Arc<Group>,
        now: i64,
        force: bool,
        report: &mut FlushReport,
    ) -> Result<(), String> {
        let state = self.state(group.id);
        if !force && state.retry_at.load(Ordering::Relaxed) > now {
            return Ok(());
        }
        let view = state
            .view(Arc::clone(group), &*self.authorizer)
            .ok_or_else(|| "the definitions of the group do not read".to_owned())?;
        let open = Open { view, state };
        let mut work = lock(&open);
        let until = if force { Until::Empty } else { Until::Due };
        let outcome = self.rounds(&open, &mut work, now, until, report);
        let is_buried = || {
            self.groups
                .buried()
                .iter()
                .any(|other| other.id == group.id)
        };
        match outcome {
            Ok(was_due) => {
                if was_due && !is_buried() {
                    self.set_status(&open.view.group, OfflineStatus::Active);
                }
                Ok(())
            }
            Err(error) => {
                add(&self.metrics.flush_failures, 1);
                let retry = i64::try_from(self.settings.flush.retry.as_millis());
                open.state.retry_at.store(
                    now.saturating_add(retry.unwrap_or(i64::MAX)),
                    Ordering::Relaxed,
                );
                let reason: String = error.message.chars().take(1_024).collect();
                if !is_buried() {
                    self.set_status(
                        &open.view.group,
                        OfflineStatus::Blocked {
                            reason: reason.clone(),
                        },
                    );
                }
                Err(reason)
            }
        }
    }

    /// All rounds of a group; says whether there was anything to do.
    pub(crate) fn rounds(
        &self,
        open: &Open,
        work: &mut OfflineWork,
        now: i64,
        until: Until<'_>,
        report: &mut FlushReport,
    ) -> Result<bool, ServiceError> {
        let connection = background(now)?;
        let none = HashSet::new();
        let erased = match until {
            Until::Key { erased, .. } => erased,
            _ => &none,
        };
        let mut did = false;
        if !work.looked_for_notes {
            if let Some(note) = self.note(open)? {
                did = true;
                let entries = self.entries_of(open, &note)?;
                let round = Round {
                    note,
                    entries,
                    erased,
                };
                self.finish_round(open, work, &connection, &round, report)?;
            }
            self.resume_rewrites(open)?;
            work.looked_for_notes = true;
        }
        loop {
            if !self.is_due(open, now, until)? {
                return Ok(did);
            }
            let settings = &self.settings.flush;
            let entries = self
                .engine
                .queued(
                    open.view.group.id,
                    settings.round_rows,
                    settings.round_bytes,
                )
                .map_err(|error| engine(&error))?;
            did = true;
            // From here on a failure leaves a note that the next attempt has to look for.
            work.looked_for_notes = false;
            let note = self.begin_round(open, work, &connection, &entries)?;
            let round = Round {
                note,
                entries,
                erased,
            };
            self.finish_round(open, work, &connection, &round, report)?;
            work.looked_for_notes = true;
        }
    }

    /// Whether there is a round to make. Looks at the oldest entry alone: a queue that fills is not read
    /// again and again.
    fn is_due(&self, open: &Open, now: i64, until: Until<'_>) -> Result<bool, ServiceError> {
        let group = open.view.group.id;
        let settings = &self.settings.flush;
        let first = self
            .engine
            .queued(group, 1, settings.round_bytes)
            .map_err(|error| engine(&error))?;
        let Some(oldest) = first.first() else {
            self.destroy_queue_keys(open, now, u32::MAX)?;
            return Ok(false);
        };
        let (head, sealed) = queue::head(&oldest.sealed).ok_or_else(|| self.bad_entry())?;
        let key = seal::key_id(sealed).ok_or_else(|| self.bad_entry())?;
        self.destroy_queue_keys(open, now, key)?;
        Ok(match until {
            Until::Due => {
                let age = now.saturating_sub(head.api_invocation_time);
                let longest = i64::try_from(settings.age.as_millis()).unwrap_or(i64::MAX);
                let rows = u64::try_from(settings.rows).unwrap_or(u64::MAX);
                age >= longest
                    || self
                        .engine
                        .usage(group)
                        .map_err(|error| engine(&error))?
                        .queued
                        >= rows
            }
            Until::Empty => true,
            Until::Key { oldest, .. } => key < oldest,
        })
    }

    fn begin_round(
        &self,
        open: &Open,
        work: &mut OfflineWork,
        connection: &Connection,
        entries: &[QueueEntry],
    ) -> Result<Note, ServiceError> {
        let view = &open.view;
        let table = table(view);
        self.writer(view, work, connection)?;
        let mut latest: std::collections::BTreeMap<i64, i64> = std::collections::BTreeMap::new();
        for entry in entries {
            let (head, _) = queue::head(&entry.sealed).ok_or_else(|| self.bad_entry())?;
            let partition = self.lake.partition(&table, head.event_time);
            let time = latest.entry(partition).or_insert(head.event_time);
            *time = (*time).max(head.event_time);
        }
        let mut files = Vec::with_capacity(latest.len());
        for (partition, event_time) in latest {
            let unique = unique().ok_or_else(no_randomness)?;
            let path = self
                .lake
                .file_path(&table, event_time, &unique)
                .map_err(|error| blocked(error.to_string()))?;
            files.push(PlannedFile { partition, path });
        }
        let note = Note {
            from: entries.first().map_or(0, |entry| entry.sequence),
            through: entries.last().map_or(0, |entry| entry.sequence),
            entries: entries.len(),
            write_time: connection.time.as_millisecond(),
            files,
        };
        let json = serde_json::to_vec(&note).map_err(|_| internal("the note does not encode"))?;
        self.engine
            .put_note(&note_name(view.group.id), Some(&json))
            .map_err(|error| engine(&error))?;
        Ok(note)
    }

    fn finish_round(
        &self,
        open: &Open,
        work: &mut OfflineWork,
        connection: &Connection,
        round: &Round<'_>,
        report: &mut FlushReport,
    ) -> Result<(), ServiceError> {
        let view = &open.view;
        let note = &round.note;
        let table = table(view);
        let keys = self.queue_keys(open, connection.time.as_millisecond())?;
        self.writer(view, work, connection)?;
        let partitions = self.open_entries(view, &keys, &table, &round.entries, round.erased)?;
        for file in &note.files {
            let Some(partition) = partitions.get(&file.partition) else {
                // All of its rows were erased since the round began.
                continue;
            };
            // A round that is done again gives its files new keys, so that the role need not decrypt.
            let encryption = self.new_file(view, work, &file.path)?;
            self.lake
                .write(
                    &table,
                    &file.path,
                    &partition.rows,
                    note.write_time,
                    &encryption,
                )
                .map_err(|error| blocked(format!("the file cannot be written: {error}")))?;
            report.rows += partition.rows.len() as u64;
            report.files += 1;
            add(&self.metrics.flushed_rows, partition.rows.len() as u64);
            add(&self.metrics.flushed_files, 1);
        }
        self.engine
            .dequeue(view.group.id, note.through)
            .map_err(|error| engine(&error))?;
        self.engine
            .put_note(&note_name(view.group.id), None)
            .map_err(|error| engine(&error))
    }

    /// Keys of rows for background work: under the store's grant alone.
    pub(crate) fn store_keys(
        &self,
        open: &Open,
        connection: &Connection,
    ) -> Result<Arc<Material>, ServiceError> {
        open.state.ring(open.view.rows_side()).keys(
            &*self.provider,
            &open.view,
            User::Store,
            connection,
            &self.settings.keys,
            &self.metrics,
        )
    }

    /// The principal that writes files: the role, whose permissions are asked anew for each round. Makes
    /// the bucket key ready where files are encrypted here.
    pub(crate) fn writer(
        &self,
        view: &View,
        work: &mut OfflineWork,
        connection: &Connection,
    ) -> Result<Arc<Caller>, ServiceError> {
        let role = self
            .role_of(view)
            .ok_or_else(|| blocked("the role of the offline store does not exist"))?;
        self.check_put_object(view, &role, connection)?;
        let has_customer_key = view.has_customer_key(Side::Offline);
        let kms_key =
            file_key::kms_key(view).ok_or_else(|| blocked("the offline store has no keys"))?;
        let writer = if has_customer_key {
            role
        } else {
            Arc::clone(&view.service)
        };
        if has_customer_key {
            let checked = self.provider.check(
                &Requester {
                    caller: &writer,
                    connection,
                    via: Some(&view.via_s3),
                    tokens: &[],
                },
                "kms:GenerateDataKey",
                kms_key,
                view.encryption_context(Side::Offline),
                None,
            );
            if let Err(error) = checked {
                work.bucket_key = None;
                return Err(blocked(format!(
                    "the role cannot use the KMS key of the offline store: {}: {}",
                    error.code, error.message
                )));
            }
        }
        if self.lake.encrypts_files() {
            let now = connection.time.as_millisecond();
            let longest = i64::try_from(self.settings.keys.longest_age.as_millis());
            let is_good = work.bucket_key.as_ref().is_some_and(|key| {
                key.kms_key == kms_key
                    && (0..longest.unwrap_or(0)).contains(&now.saturating_sub(key.since))
            });
            if !is_good {
                work.bucket_key = None;
                let made = self
                    .new_bucket_key(view, &writer, connection)
                    .map_err(|error| {
                        blocked(format!(
                            "no key for files can be generated: {}: {}",
                            error.code, error.message
                        ))
                    })?;
                work.bucket_key = Some(made);
            }
        }
        Ok(writer)
    }

    /// How a file that will be written is encrypted; its key is kept, durably, before.
    pub(crate) fn new_file(
        &self,
        view: &View,
        work: &OfflineWork,
        path: &str,
    ) -> Result<FileEncryption, ServiceError> {
        if !self.lake.encrypts_files() {
            let kms_key = view
                .group
                .offline
                .as_ref()
                .and_then(|offline| offline.kms_key.clone());
            return Ok(FileEncryption::ServerSide { kms_key });
        }
        let bucket_key = work
            .bucket_key
            .as_ref()
            .ok_or_else(|| internal("the key of the bucket is not ready"))?;
        let (key, kept) = bucket_key
            .new_file_key(view, path)
            .map_err(|_| no_randomness())?;
        let json = serde_json::to_vec(&kept).map_err(|_| internal("the key does not encode"))?;
        self.engine
            .put_note(&file_key::note_name(view.group.id, path), Some(&json))
            .map_err(|error| engine(&error))?;
        Ok(file_key::encryption(view.group.id, path, key))
    }

    fn check_put_object(
        &self,
        view: &View,
        role: &Caller,
        connection: &Connection,
    ) -> Result<(), ServiceError> {
        let Some(offline) = &view.group.offline else {
            return Err(blocked("the group has no offline store"));
        };
        let place = offline
            .resolved_uri
            .strip_prefix("s3://")
            .unwrap_or(&offline.resolved_uri);
        let resource = format!("arn:{}:s3:::{place}/x.parquet", self.partition);
        // What was asked when the group was made.
        let single = |name: &str, value: &str| (KeyName::new(name), KeyState::Single(value.into()));
        let mut keys = vec![
            single("s3:x-amz-acl", "bucket-owner-full-control"),
            single("s3:x-amz-server-side-encryption", "aws:kms"),
        ];
        if let Some(key) = &offline.kms_key {
            keys.push(single(
                "s3:x-amz-server-side-encryption-aws-kms-key-id",
                key,
            ));
        }
        let verdict = self.authorizer.may(
            role,
            connection,
            &Question {
                action: &self.actions.put_object,
                resource: &resource,
                resource_account: view.account,
                keys,
                via: None,
                resource_policy: None,
                grants: Vec::new(),
                resource_facts: ResourceFacts::default(),
                particulars: Particulars::default(),
            },
        );
        verdict.or_refuse("AccessDenied").map_err(|error| {
            blocked(format!(
                "the role cannot write to the bucket: {}",
                error.message
            ))
        })
    }

    fn set_status(&self, group: &Group, status: OfflineStatus) {
        if group.offline_status.as_ref() == Some(&status)
            || group.offline_status == Some(OfflineStatus::Disabled)
        {
            return;
        }
        // A status that was not kept is set again by the next pass.
        let _ = self.groups.set_offline_status(group.id, status);
    }

    fn note(&self, open: &Open) -> Result<Option<Note>, ServiceError> {
        let name = note_name(open.view.group.id);
        let notes = self.engine.notes(&name).map_err(|error| engine(&error))?;
        let Some((_, json)) = notes.into_iter().find(|(found, _)| *found == name) else {
            return Ok(None);
        };
        serde_json::from_slice(&json)
            .map(Some)
            .map_err(|_| internal("the note of an interrupted flush does not read"))
    }

    /// The entries of an interrupted round. When they are gone already, there are none: then only the
    /// note is left to be removed.
    fn entries_of(&self, open: &Open, note: &Note) -> Result<Vec<QueueEntry>, ServiceError> {
        let entries = self
            .engine
            .queued(open.view.group.id, note.entries, usize::MAX)
            .map_err(|error| engine(&error))?;
        Ok(entries
            .into_iter()
            .take_while(|entry| entry.sequence <= note.through)
            .collect())
    }

    pub(crate) fn bad_entry(&self) -> ServiceError {
        add(&self.metrics.damaged, 1);
        blocked("a queued row does not open: it is damaged or was tampered with")
    }
}

/// Why rows wait.
pub(crate) fn blocked(reason: impl Into<String>) -> ServiceError {
    ServiceError::new("Blocked", reason)
}

pub(crate) fn no_randomness() -> ServiceError {
    internal("the system gives no random bytes")
}

/// 16 letters and digits that no other file has.
pub(crate) fn unique() -> Option<String> {
    const LETTERS: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
    let bytes: [u8; 16] = seal::random().ok()?;
    bytes
        .iter()
        .map(|byte| {
            LETTERS
                .get(usize::from(byte % 32))
                .map(|letter| char::from(*letter))
        })
        .collect()
}

fn note_name(group: GroupId) -> String {
    format!("flush/{:016x}", group.0)
}

fn lock(open: &Open) -> MutexGuard<'_, OfflineWork> {
    open.state
        .offline_work
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
}
