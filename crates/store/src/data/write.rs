//! The one way in which records are written: sealed for their subject, in one durable step with their
//! queue entries.

use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;
use std::sync::{Arc, PoisonError, RwLockReadGuard};

use rempart_aws_wire::ServiceError;
use rempart_online::{Applied, Condition, GroupId, Mutation, RowKey};

use super::Data;
use super::access::Open;
use super::material::Material;
use super::metrics::{add, write_units};
use super::queue::{self, Head};
use super::queue_key::QueueKeys;
use super::refusal::{engine, internal, throttled, unavailable};
use super::row::{self, RowPlace, Subject};
use super::seal::{Nonces, SealError};
use super::state::GroupState;
use super::units::Units;

/// How often a write is tried again when others write the same record at the same time.
pub(crate) const MOST_TRIES: usize = 64;

/// A record to be written.
pub(crate) struct Write<'a> {
    pub(crate) open: Open,
    pub(crate) material: Arc<Material>,
    pub(crate) blind: [u8; 16],
    pub(crate) identifier: &'a str,
    pub(crate) event_time: i64,
    pub(crate) expires_at: Option<i64>,
    pub(crate) online: Online,
    /// The record for the offline store.
    pub(crate) offline: Option<OfflineWrite>,
    /// Time of the call.
    pub(crate) now: i64,
}

/// What happens online.
pub(crate) enum Online {
    /// Nothing
    Nothing,
    /// The record becomes this, on a condition
    Record(Condition, Rc<Vec<u8>>),
    /// The record becomes a marker, on a condition
    Marker(Condition),
    /// The record is removed, on a condition
    Remove(Condition),
}

/// What goes to the offline store.
pub(crate) struct OfflineWrite {
    pub(crate) record: Rc<Vec<u8>>,
    pub(crate) is_deleted: bool,
    pub(crate) only_if_applied: bool,
}

impl Write<'_> {
    fn key(&self) -> RowKey {
        self.open.view.row_key(self.blind)
    }

    /// Bytes that count as written.
    pub(crate) fn size(&self) -> usize {
        let online = match &self.online {
            Online::Record(_, record) => record.len(),
            _ => 0,
        };
        online.max(
            self.offline
                .as_ref()
                .map_or(0, |offline| offline.record.len()),
        )
    }

    /// Whether a row is written, which needs the key of its subject.
    fn needs_subject(&self) -> bool {
        matches!(self.online, Online::Record(..) | Online::Marker(_))
    }

    /// How many values are sealed for it, at most.
    fn seals(&self) -> usize {
        let online = if self.needs_subject() { 3 } else { 0 };
        online + usize::from(self.offline.is_some())
    }

    fn mutation(
        &self,
        nonces: &mut Nonces,
        subject: Option<&Subject>,
        queue_keys: Option<&QueueKeys>,
    ) -> Result<Mutation, SealError> {
        let view = &*self.open.view;
        let mut row = |record: Option<&[u8]>| {
            let place = RowPlace {
                blind: self.blind,
                event_time: self.event_time,
                expires_at: self.expires_at,
                is_deleted: record.is_none(),
            };
            let subject = subject.ok_or(SealError)?;
            row::seal_row(
                nonces,
                view,
                &self.material,
                &subject.key,
                &place,
                self.identifier,
                record,
            )
        };
        let (condition, row) = match &self.online {
            Online::Nothing => (Condition::QueueOnly, None),
            Online::Record(condition, record) => (*condition, Some(row(Some(record))?)),
            Online::Marker(condition) => (*condition, Some(row(None)?)),
            Online::Remove(condition) => (*condition, None),
        };
        let queue = match &self.offline {
            None => None,
            Some(offline) => {
                let head = Head {
                    schema_version: 0,
                    blind: self.blind,
                    event_time: self.event_time,
                    api_invocation_time: self.now,
                    is_deleted: offline.is_deleted,
                };
                // Asked for behind the gate, so that no key is used that an erasure has replaced.
                let keys = queue_keys.ok_or(SealError)?;
                Some(queue::seal_entry(nonces, view, keys, &head, &offline.record)?.into())
            }
        };
        Ok(Mutation {
            key: self.key(),
            condition,
            row,
            queue,
            queue_if_applied: self
                .offline
                .as_ref()
                .is_some_and(|offline| offline.only_if_applied),
            secret: subject.and_then(|subject| subject.new.clone()),
        })
    }
}

impl Data {
    /// Writes records in their order, durably, and says of each whether its condition held.
    pub(crate) fn write(&self, writes: &[Write<'_>]) -> Result<Vec<bool>, ServiceError> {
        // Erasure and expiry destroy subjects' keys. They wait for writes that have read one, and those
        // for them: else a row could be acknowledged whose key is gone. Gates are taken in the order of
        // the groups, so that no two calls wait for each other.
        let gates: BTreeMap<GroupId, Arc<GroupState>> = writes
            .iter()
            .map(|write| (write.open.view.group.id, Arc::clone(&write.open.state)))
            .collect();
        let _gates: Vec<RwLockReadGuard<'_, ()>> = gates
            .values()
            .map(|state| state.gate.read().unwrap_or_else(PoisonError::into_inner))
            .collect();
        let mut queue_keys = BTreeMap::new();
        for write in writes.iter().filter(|write| write.offline.is_some()) {
            let id = write.open.view.group.id;
            if let std::collections::btree_map::Entry::Vacant(free) = queue_keys.entry(id) {
                free.insert(self.queue_keys(&write.open, write.now)?);
            }
        }
        let mut done: Vec<Option<bool>> = writes.iter().map(|_| None).collect();
        for _ in 0..MOST_TRIES {
            let waiting: Vec<usize> = done
                .iter()
                .enumerate()
                .filter(|(_, done)| done.is_none())
                .map(|(at, _)| at)
                .collect();
            if waiting.is_empty() {
                break;
            }
            let mutations = self.mutations(writes, &waiting, &queue_keys)?;
            let applied = self
                .engine
                .apply(mutations)
                .map_err(|error| engine(&error))?;
            if applied.len() != waiting.len() {
                return Err(internal("The online store did not answer for every record"));
            }
            for (at, applied) in waiting.into_iter().zip(applied) {
                if let Some(done) = done.get_mut(at) {
                    *done = match applied {
                        Applied::Yes => Some(true),
                        Applied::No => Some(false),
                        // Another call made the subject's key first: its key is used instead.
                        Applied::HasSecret => None,
                    };
                }
            }
        }
        done.into_iter()
            .collect::<Option<Vec<bool>>>()
            .ok_or_else(|| unavailable("Too many calls write this record at the same time"))
    }

    /// Counts units, and refuses what exceeds the quotas.
    pub(crate) fn take_write_units(
        &self,
        open: &Open,
        blind: [u8; 16],
        bytes: usize,
        now: i64,
    ) -> Result<(), ServiceError> {
        self.take_units(
            open,
            blind,
            Units {
                read: 0,
                write: write_units(bytes),
            },
            now,
        )
    }

    /// The same for any units.
    pub(crate) fn take_units(
        &self,
        open: &Open,
        blind: [u8; 16],
        units: Units,
        now: i64,
    ) -> Result<(), ServiceError> {
        if let Some(quotas) = &self.settings.quotas {
            let mut quotas = *quotas;
            if let Some(throughput) = &open.view.group.throughput
                && throughput.provisioned
            {
                if let Some(read) = throughput.read_units {
                    quotas.group_read = u64::from(read);
                }
                if let Some(write) = throughput.write_units {
                    quotas.group_write = u64::from(write);
                }
            }
            if !open.state.meter.take(&quotas, blind, units, now) {
                add(&self.metrics.throttled, 1);
                return Err(throttled());
            }
        }
        add(&self.metrics.read_units, units.read);
        add(&self.metrics.write_units, units.write);
        add(&open.state.read_units, units.read);
        add(&open.state.write_units, units.write);
        Ok(())
    }

    fn mutations(
        &self,
        writes: &[Write<'_>],
        waiting: &[usize],
        queue_keys: &BTreeMap<GroupId, Arc<QueueKeys>>,
    ) -> Result<Vec<Mutation>, ServiceError> {
        let broken = |_: SealError| {
            add(&self.metrics.damaged, 1);
            internal("The record cannot be sealed: a key does not open")
        };
        let waiting: Vec<&Write<'_>> = waiting.iter().filter_map(|at| writes.get(*at)).collect();
        let keys: Vec<RowKey> = waiting
            .iter()
            .filter(|write| write.needs_subject())
            .map(|write| write.key())
            .collect();
        let kept = match keys.as_slice() {
            [] => Vec::new(),
            [one] => vec![self.engine.secret(one).map_err(|error| engine(&error))?],
            many => self.engine.secrets(many).map_err(|error| engine(&error))?,
        };
        let mut kept = kept.into_iter();
        let seals = waiting.iter().map(|write| write.seals()).sum();
        let mut nonces = Nonces::new(seals).map_err(broken)?;
        let mut subjects: HashMap<RowKey, Subject, foldhash::fast::RandomState> =
            HashMap::default();
        let mut mutations = Vec::with_capacity(waiting.len());
        for write in waiting {
            let subject = if write.needs_subject() {
                let secret = kept.next().flatten();
                let subject = match subjects.entry(write.key()) {
                    std::collections::hash_map::Entry::Occupied(found) => found.into_mut(),
                    std::collections::hash_map::Entry::Vacant(free) => free.insert(
                        row::subject(
                            &mut nonces,
                            &write.open.view,
                            &write.material,
                            write.blind,
                            secret.as_deref(),
                        )
                        .map_err(broken)?,
                    ),
                };
                Some(&*subject)
            } else {
                None
            };
            let queue_keys = queue_keys
                .get(&write.open.view.group.id)
                .map(|keys| &**keys);
            // Every write of a new subject carries its key: the second one of a call is refused with
            // HasSecret and tried again, rather than written under a key that was not kept.
            mutations.push(
                write
                    .mutation(&mut nonces, subject, queue_keys)
                    .map_err(broken)?,
            );
        }
        Ok(mutations)
    }
}
