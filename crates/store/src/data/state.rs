//! What is kept in memory for each group.

use std::sync::atomic::{AtomicI64, AtomicU64};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use rempart_directory::Authorizer;

use super::queue_key::QueueKeys;
use super::ring::KeyRing;
use super::units::Meter;
use super::view::{Side, View};
use crate::group::Group;

/// What is kept for a group.
#[derive(Debug)]
pub(crate) struct GroupState {
    online: KeyRing,
    offline: KeyRing,
    view: RwLock<Option<Arc<View>>>,
    pub(crate) meter: Meter,
    /// Read and write units so far.
    pub(crate) read_units: AtomicU64,
    pub(crate) write_units: AtomicU64,
    /// Writes hold it shared; whatever destroys subjects' keys, alone.
    pub(crate) gate: RwLock<()>,
    /// When expired rows were last removed.
    pub(crate) swept_at: AtomicI64,
    /// Keys of the queue, once they were wanted.
    pub(crate) queue_keys: RwLock<Option<Arc<QueueKeys>>>,
    /// One flush, erasure or rewrite of the offline store at a time.
    pub(crate) offline_work: Mutex<OfflineWork>,
    /// Not before this instant is a failed flush tried again.
    pub(crate) retry_at: AtomicI64,
}

/// What the offline store keeps in mind between flushes.
#[derive(Debug, Default)]
pub(crate) struct OfflineWork {
    /// The key under which new files' keys are wrapped.
    pub(crate) bucket_key: Option<super::file_key::BucketKey>,
    /// Whether notes of interrupted work were looked for since the start.
    pub(crate) looked_for_notes: bool,
}

impl GroupState {
    pub(crate) fn new() -> Self {
        Self {
            online: KeyRing::new(Side::Online),
            offline: KeyRing::new(Side::Offline),
            view: RwLock::new(None),
            meter: Meter::default(),
            read_units: AtomicU64::new(0),
            write_units: AtomicU64::new(0),
            gate: RwLock::new(()),
            swept_at: AtomicI64::new(i64::MIN),
            queue_keys: RwLock::new(None),
            offline_work: Mutex::new(OfflineWork::default()),
            retry_at: AtomicI64::new(i64::MIN),
        }
    }

    pub(crate) fn ring(&self, side: Side) -> &KeyRing {
        match side {
            Side::Online => &self.online,
            Side::Offline => &self.offline,
        }
    }

    /// The view of this state of the group, made when the group has changed.
    pub(crate) fn view(&self, group: Arc<Group>, authorizer: &dyn Authorizer) -> Option<Arc<View>> {
        let kept = self
            .view
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        if let Some(kept) = kept
            && (Arc::ptr_eq(&kept.group, &group) || kept.group == group)
        {
            return Some(kept);
        }
        let made = Arc::new(View::of(group, authorizer)?);
        *self.view.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&made));
        Some(made)
    }
}
