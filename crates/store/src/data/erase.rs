//! Erasure of subjects: their keys are destroyed first, so that no copy of a row opens any more; then
//! what is left of them is removed from queue and files, looked for, and put into a signed receipt.

mod hold;
mod residue;
mod rewrite;
mod versions;

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::{MutexGuard, PoisonError, RwLockWriteGuard};

use rempart_aws_wire::ServiceError;
use rempart_directory::{Caller, Connection};
use serde::{Deserialize, Serialize};

use super::access::{Missing, Open};
use super::audit::hex;
use super::call::Call;
use super::flush::{FlushReport, Until, table};
use super::given::check_identifier;
use super::metrics::add;
use super::refusal::{engine, invalid};
use super::state::OfflineWork;
use super::{Data, time};

/// What is to be erased.
#[derive(Clone)]
pub struct Erasure<'a> {
    /// Names or ARNs of groups.
    pub groups: &'a [String],
    /// Record identifiers, erased from each group.
    pub identifiers: &'a [String],
    /// Directories of the engine, whose files are looked through for what is left.
    pub directories: &'a [PathBuf],
}

impl std::fmt::Debug for Erasure<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Erasure")
            .field("groups", &self.groups)
            .field("identifiers", &self.identifiers.len())
            .finish_non_exhaustive()
    }
}

/// Proof of an erasure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// JSON: what was erased, by the HMAC of its identifier; what was searched; what is left.
    pub json: Vec<u8>,
    /// Signature of the JSON.
    pub signature: Vec<u8>,
    /// Whether nothing is left anywhere that was searched.
    pub is_complete: bool,
}

/// Why an erasure was not made, or not wholly.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EraseError {
    /// A legal hold names a subject; nothing was erased
    #[error("a legal hold on {subjects} of the subjects forbids it: feature group {group}")]
    Held {
        /// ARN of the group
        group: String,
        /// How many
        subjects: usize,
    },
    /// The caller may not, or the request is wrong; nothing was erased
    #[error("{0}")]
    Refused(ServiceError),
    /// The subjects' keys are destroyed, but what is left of them could not all be removed. To be
    /// repeated
    #[error("the keys of the subjects are destroyed, but in feature group {group}: {reason}")]
    Incomplete {
        /// ARN of the group
        group: String,
        /// Why
        reason: String,
    },
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ReceiptBody {
    version: u32,
    time: String,
    requested_by: String,
    request_id: String,
    is_complete: bool,
    groups: Vec<GroupReceipt>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct GroupReceipt {
    arn: String,
    created: String,
    subjects: Vec<SubjectReceipt>,
    queue_rows_dropped: u64,
    queue_keys_destroyed: usize,
    offline: rewrite::OfflineReceipt,
    versions: versions::VersionsReceipt,
    residue: residue::ResidueReceipt,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct SubjectReceipt {
    identifier_hmac: String,
    had_key: bool,
    had_row: bool,
}

/// A group whose checks have passed.
struct Target {
    open: Open,
    blinds: Vec<[u8; 16]>,
}

impl Data {
    /// Erases subjects from groups, online, queued and offline. The caller needs
    /// `sagemaker:DeleteRecord` on each group and `kms:Decrypt` on the keys of both stores. `signer`
    /// signs the receipt.
    ///
    /// # Errors
    /// See [`EraseError`]. Repeating is safe.
    pub fn erase(
        &self,
        caller: &Caller,
        connection: &Connection,
        erasure: &Erasure<'_>,
        signer: &dyn Fn(&[u8]) -> Vec<u8>,
    ) -> Result<Receipt, EraseError> {
        let call = Call::new(caller, connection);
        let outcome = self.erase_all(&call, erasure, signer);
        let failure = match &outcome {
            Ok(_) => None,
            Err(EraseError::Refused(error)) => Some(error.clone()),
            Err(other) => Some(ServiceError::new("Erasure", other.to_string())),
        };
        self.sink.record(super::audit::named_event(
            "EraseRecords",
            false,
            &self.region,
            caller,
            connection,
            call.into_trace(),
            failure.as_ref(),
        ));
        outcome
    }

    fn erase_all(
        &self,
        call: &Call<'_>,
        erasure: &Erasure<'_>,
        signer: &dyn Fn(&[u8]) -> Vec<u8>,
    ) -> Result<Receipt, EraseError> {
        if !self.sink.healthy() {
            return Err(EraseError::Refused(super::refusal::unavailable(
                "Audit records cannot be kept; nothing is erased unseen",
            )));
        }
        let mut targets = Vec::with_capacity(erasure.groups.len());
        for name in erasure.groups {
            let target = self
                .target(call, name, erasure)
                .map_err(EraseError::Refused)?;
            let held = self
                .held(&target.open, &target.blinds)
                .map_err(EraseError::Refused)?;
            if held > 0 {
                return Err(EraseError::Held {
                    group: target.open.view.group.arn.clone(),
                    subjects: held,
                });
            }
            targets.push(target);
        }
        let mut groups = Vec::with_capacity(targets.len());
        for target in &targets {
            let receipt =
                self.erase_from(call, target, erasure)
                    .map_err(|error| EraseError::Incomplete {
                        group: target.open.view.group.arn.clone(),
                        reason: error.message,
                    })?;
            groups.push(receipt);
        }
        let is_complete = groups
            .iter()
            .all(|group| group.residue.is_clean() && group.versions.is_clean());
        let body = ReceiptBody {
            version: 1,
            time: time::format(call.now),
            requested_by: super::audit::arn_of(call.caller),
            request_id: call.connection.request_id.to_string(),
            is_complete,
            groups,
        };
        let json = serde_json::to_vec(&body).map_err(|_| {
            EraseError::Refused(super::refusal::internal("the receipt does not encode"))
        })?;
        let signature = signer(&json);
        Ok(Receipt {
            json,
            signature,
            is_complete,
        })
    }

    fn target(
        &self,
        call: &Call<'_>,
        name: &str,
        erasure: &Erasure<'_>,
    ) -> Result<Target, ServiceError> {
        if erasure.identifiers.is_empty() {
            return Err(invalid("Validation Error: no identifier is given"));
        }
        let open = self.group(call, name, Missing::NotFound, |view, arn| {
            self.may(call, view, arn, &self.actions.delete, &[])
        })?;
        let material = self.row_keys(call, &open)?;
        let mut blinds = Vec::with_capacity(erasure.identifiers.len());
        for identifier in erasure.identifiers {
            check_identifier(identifier)?;
            let blind = material.blind(identifier);
            call.saw_record(blind);
            blinds.push(blind);
        }
        Ok(Target { open, blinds })
    }

    fn erase_from(
        &self,
        call: &Call<'_>,
        target: &Target,
        erasure: &Erasure<'_>,
    ) -> Result<GroupReceipt, ServiceError> {
        let view = &target.open.view;
        let mut subjects = Vec::with_capacity(target.blinds.len());
        let mut work = lock(&target.open);
        let queue_key = if view.group.offline.is_some() {
            let _gate = gate(&target.open);
            self.rotate_queue_key(&target.open, call.now)?
        } else {
            0
        };
        for blind in &target.blinds {
            let _gate = gate(&target.open);
            let key = view.row_key(*blind);
            let had_row = self
                .engine
                .get(&key)
                .map_err(|error| engine(&error))?
                .is_some();
            let had_key = self.engine.forget(&key).map_err(|error| engine(&error))?;
            add(&self.metrics.erased, 1);
            subjects.push(SubjectReceipt {
                identifier_hmac: hex(blind),
                had_key,
                had_row,
            });
        }
        let erased: HashSet<[u8; 16]> = target.blinds.iter().copied().collect();
        let mut dropped = 0;
        let mut destroyed_queue_keys = 0;
        let offline = if view.group.offline.is_some() {
            let old_keys = self.queue_keys(&target.open, call.now)?.old();
            let before = load(&self.metrics.erased_queue_rows);
            let mut report = FlushReport::default();
            // What was queued is written, without the subjects' rows, and its key destroyed.
            let until = Until::Key {
                oldest: queue_key,
                erased: &erased,
            };
            self.rounds(&target.open, &mut work, call.now, until, &mut report)?;
            self.destroy_queue_keys(&target.open, call.now, queue_key)?;
            let left = self.queue_keys(&target.open, call.now)?.old();
            destroyed_queue_keys = old_keys.saturating_sub(left);
            dropped = load(&self.metrics.erased_queue_rows).saturating_sub(before);
            self.rewrite_files(call, &target.open, &mut work, erasure.identifiers)?
        } else {
            rewrite::OfflineReceipt::default()
        };
        let versions = if view.group.offline.is_some() {
            self.remove_versions(call, view, &table(view), erasure.identifiers)
        } else {
            versions::VersionsReceipt::default()
        };
        self.engine.compact().map_err(|error| engine(&error))?;
        let residue = self.residue(call, target, erasure)?;
        Ok(GroupReceipt {
            arn: view.group.arn.clone(),
            created: view.group.created.to_string(),
            subjects,
            queue_rows_dropped: dropped,
            queue_keys_destroyed: destroyed_queue_keys,
            offline,
            versions,
            residue,
        })
    }
}

fn load(counter: &std::sync::atomic::AtomicU64) -> u64 {
    counter.load(std::sync::atomic::Ordering::Relaxed)
}

/// Keeps writes out.
fn gate(open: &Open) -> RwLockWriteGuard<'_, ()> {
    open.state
        .gate
        .write()
        .unwrap_or_else(PoisonError::into_inner)
}

fn lock(open: &Open) -> MutexGuard<'_, OfflineWork> {
    open.state
        .offline_work
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
}
