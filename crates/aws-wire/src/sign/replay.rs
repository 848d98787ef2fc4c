//! Signatures that were used already.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, PoisonError};

use hashbrown::HashSet;
use jiff::Timestamp;

use super::Verified;
use crate::error::ServiceError;

/// Which repetitions of a signed request are refused.
///
/// AWS refuses none within the window of the signature, and that is the default: a client that sends
/// the same call twice in one second makes the same signature twice, and for reads both are honest. For
/// writes a repetition changes nothing that the first did not (a record is overwritten by itself) unless
/// another write came between; who fears that, and a wire or proxy that is listened to, refuses writes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Replay {
    /// None, as AWS does
    #[default]
    Allow,
    /// Those of operations that change something
    RefuseWrites,
    /// All
    RefuseAll,
}

/// Length of the buckets by which signatures are forgotten, in seconds.
const BUCKET_SECONDS: i64 = 60;

/// Remembers signatures until they expire by themselves: up to 30 minutes in the header form, since a
/// client's clock may be ahead, and up to a week when presigned.
///
/// It is exact and never forgets early: when it is full, what it would have to remember is refused. One
/// signature takes about 50 bytes. The memory is of this process: after a restart, or on another node,
/// a signature counts as new.
pub struct ReplayGuard {
    policy: Replay,
    capacity: usize,
    seen: Mutex<Seen>,
}

#[derive(Default)]
struct Seen {
    /// By the minute in which they expire; it follows from the signed request, so that one signature
    /// always has one bucket.
    buckets: BTreeMap<i64, HashSet<[u8; 32]>>,
    count: usize,
}

impl fmt::Debug for ReplayGuard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReplayGuard")
            .field("policy", &self.policy)
            .field("capacity", &self.capacity)
            .finish_non_exhaustive()
    }
}

impl ReplayGuard {
    /// A guard that remembers up to `capacity` signatures.
    pub fn new(policy: Replay, capacity: usize) -> Self {
        Self {
            policy,
            capacity,
            seen: Mutex::default(),
        }
    }

    /// Takes note of a request's signature. Call it after the signature is checked and before the
    /// request is carried out.
    ///
    /// # Errors
    /// `ThrottlingException` when the signature was used already or cannot be remembered. Clients repeat
    /// such calls with a new date and so a new signature: an honest repetition gets through, a recorded
    /// one does not.
    pub fn admit(
        &self,
        verified: &Verified<'_>,
        read_only: bool,
        now: Timestamp,
    ) -> Result<(), ServiceError> {
        if !self.concerns(read_only) {
            return Ok(());
        }
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.expire(now);
        let bucket = bucket(verified);
        let known = seen
            .buckets
            .get(&bucket)
            .is_some_and(|bucket| bucket.contains(&verified.signature));
        if known {
            return Err(ServiceError::new(
                "ThrottlingException",
                "this signature was used already: sign the request again",
            ));
        }
        if seen.count >= self.capacity {
            return Err(ServiceError::new("ThrottlingException", "Rate exceeded"));
        }
        seen.buckets
            .entry(bucket)
            .or_default()
            .insert(verified.signature);
        seen.count += 1;
        Ok(())
    }

    /// Takes back what [`admit`](Self::admit) noted: the request was not carried out (throttled, or a
    /// fault of the server before anything changed), and the client may send it again as it is.
    pub fn forget(&self, verified: &Verified<'_>, read_only: bool) {
        if !self.concerns(read_only) {
            return;
        }
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let removed = seen
            .buckets
            .get_mut(&bucket(verified))
            .is_some_and(|bucket| bucket.remove(&verified.signature));
        seen.count -= usize::from(removed);
    }

    /// Signatures that are remembered.
    pub fn len(&self) -> usize {
        self.seen
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .count
    }

    /// Whether none is remembered.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn concerns(&self, read_only: bool) -> bool {
        match self.policy {
            Replay::Allow => false,
            Replay::RefuseWrites => !read_only,
            Replay::RefuseAll => true,
        }
    }
}

impl Seen {
    /// Forgets the buckets whose last second is over.
    fn expire(&mut self, now: Timestamp) {
        let current = now.as_second().div_euclid(BUCKET_SECONDS);
        while let Some(entry) = self.buckets.first_entry() {
            if *entry.key() >= current {
                return;
            }
            self.count = self.count.saturating_sub(entry.remove().len());
        }
    }
}

fn bucket(verified: &Verified<'_>) -> i64 {
    verified.usable_until.as_second().div_euclid(BUCKET_SECONDS)
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use proptest::prelude::*;

    use super::*;

    fn verified(id: u8, until: i64) -> Verified<'static> {
        Verified {
            access_key: Cow::Borrowed("AKIA"),
            token: None,
            signature: [id; 32],
            signed_at: Timestamp::from_second(0).unwrap(),
            usable_until: Timestamp::from_second(until).unwrap(),
            presigned: false,
        }
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn policies() {
        for (policy, reads, writes) in [
            (Replay::Allow, true, true),
            (Replay::RefuseWrites, true, false),
            (Replay::RefuseAll, false, false),
        ] {
            for (read_only, allowed) in [(true, reads), (false, writes)] {
                let guard = ReplayGuard::new(policy, 10);
                let one = verified(1, 900);
                guard.admit(&one, read_only, at(0)).unwrap();
                assert_eq!(guard.admit(&one, read_only, at(899)).is_ok(), allowed);
                guard.forget(&one, read_only);
                guard.admit(&one, read_only, at(899)).unwrap();
            }
        }
    }

    #[test]
    fn full_refuses_and_time_makes_room() {
        let guard = ReplayGuard::new(Replay::RefuseAll, 2);
        guard.admit(&verified(1, 100), true, at(0)).unwrap();
        guard.admit(&verified(2, 900), true, at(0)).unwrap();
        let error = guard.admit(&verified(3, 900), true, at(100)).unwrap_err();
        assert_eq!(error.code, "ThrottlingException");
        assert!(guard.admit(&verified(1, 100), true, at(100)).is_err());
        guard.admit(&verified(3, 900), true, at(120)).unwrap();
        assert_eq!(guard.len(), 2);
    }

    proptest! {
        /// Against a list of all signatures with their ends: no replay within its window gets through.
        #[test]
        fn as_a_list_has_it(calls in prop::collection::vec((0_u8..6, 0_i64..200), 0..60)) {
            let guard = ReplayGuard::new(Replay::RefuseAll, 1_000);
            let mut list: Vec<(u8, i64)> = Vec::new();
            let mut now = 0;
            for (id, step) in calls {
                now += step;
                // A signature's end follows from what was signed: of the id and the era.
                let until = (now / 500 + 1) * 500 + i64::from(id) * 7;
                let known = list.contains(&(id, until));
                let mut one = verified(id, until);
                one.signature[31] = u8::try_from(now / 500).unwrap();
                prop_assert_eq!(guard.admit(&one, false, at(now)).is_err(), known);
                list.push((id, until));
            }
        }
    }
}
