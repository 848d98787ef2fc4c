//! Records of one action that were written for different readers.
//!
//! Two records with the same `sharedEventID` and different `eventID` are not copies:
//! - caller and resource owner each receive a record of a cross-account call;
//! - a network activity record accompanies the API record of the same call;
//! - the start and the end of an Insights event share it.
//!
//! None of them is dropped, since each may hold what the other hides: the owner's record shows the
//! caller as `AWSAccount`, some parameters are left out, only the network record names the endpoint's
//! owner. They are linked instead. A consumer
//! - evaluates every record by itself;
//! - counts actions by [`Linked::action`], so that twins count once;
//! - cites all records of an action, and takes the text to show from the one with the greatest
//!   [`Linked::richness`].
//!
//! The id alone proves nothing: it also stands in records that have no twin. [`Linked::of`] gives the
//! key for all records, and a twin exists when a second record has the same key.

use std::cmp::Reverse;

use crate::dedup::EventKey;
use crate::identity::{Identity, IdentityKind};
use crate::record::{Field, Record};
use crate::record_kind::{Category, RecordKind};

/// What links a record to others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Linked<'a> {
    /// The key of the action: `sharedEventID` where present, else `eventID`. `None` when the record has
    /// neither; it is then an action of its own.
    pub action: Option<EventKey<'a>>,
    /// Whether the key is a `sharedEventID`, so that twins may exist.
    pub may_have_twins: bool,
    /// How much the record tells, for choosing among twins: whether it is an API record, whether it
    /// names the caller, then its length.
    pub richness: Richness,
}

/// Order among twins: greater tells more. See [`Linked::richness`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Richness {
    is_api_record: bool,
    names_caller: bool,
    length: usize,
    /// Decides between equals by content, so that the choice does not depend on the order of reading.
    tie: Reverse<u64>,
}

impl<'a> Linked<'a> {
    /// The links of a record.
    #[must_use]
    pub fn of(record: &Record<'a>) -> Self {
        let shared = record.shared_event_id();
        Self {
            may_have_twins: shared.is_some(),
            action: shared.or_else(|| EventKey::of(record)),
            richness: Richness::of(record),
        }
    }
}

impl Richness {
    fn of(record: &Record<'_>) -> Self {
        let kind = Identity::of(record).kind();
        let is_side_record = matches!(RecordKind::of(record), RecordKind::NetworkActivity)
            || record.category().category == Category::NetworkActivity;
        let id = record.text(Field::EventId).unwrap_or_default();
        let tie = id.bytes().fold(0u64, |sum, byte| {
            sum.wrapping_mul(31).wrapping_add(u64::from(byte))
        });
        Self {
            is_api_record: !is_side_record,
            names_caller: !matches!(kind, IdentityKind::AwsAccount | IdentityKind::Absent),
            length: record.raw().len(),
            tie: Reverse(tie),
        }
    }
}
