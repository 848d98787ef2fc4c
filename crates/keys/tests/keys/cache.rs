//! The cache of data keys.

use std::cell::Cell;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rempart_aws_wire::ServiceError;
use rempart_directory::SessionKey;
use rempart_keys::cache::{CacheId, CacheLimits, Cause, DataKeyCache};

const MINUTE: Duration = Duration::from_mins(1);

fn id(store: u64, session: u8) -> CacheId {
    CacheId {
        store,
        generation: 1,
        session: SessionKey([session; 16]),
    }
}

fn failing(code: &'static str) -> impl FnOnce() -> Result<u8, ServiceError> {
    move || Err(ServiceError::new(code, ""))
}

fn unreachable() -> Result<u8, ServiceError> {
    Err(ServiceError::new(
        "KMSInternalException",
        "not to be called",
    ))
}

/// K17: one call for each requester, however many operations it makes.
#[test]
fn k17_one_call_for_each_requester() {
    let cache = DataKeyCache::new(CacheLimits::default());
    let (arn, now) = (Arc::from("key"), Instant::now());
    let calls = Cell::new(0);
    for operation in 0..10_000_u32 {
        for session in [1, 2] {
            let at = now + Duration::from_millis(u64::from(operation));
            let load = || {
                calls.set(calls.get() + 1);
                Ok(session)
            };
            let value = cache.get_or_load(id(7, session), &arn, at, load).unwrap();
            assert_eq!(*value, session);
        }
    }
    assert_eq!(calls.get(), 2);
    let counters = cache.counters(now);
    assert_eq!(
        (counters.calls, counters.hits, counters.entries),
        (2, 19_998, 2)
    );
    // Another store, another generation: other keys.
    let other = CacheId {
        generation: 2,
        ..id(7, 1)
    };
    assert!(cache.get(other, now).is_none() && cache.get(id(8, 1), now).is_none());
}

#[test]
fn entries_end_by_age_idleness_and_uses() {
    let limits = CacheLimits {
        idle: 2 * MINUTE,
        uses: 3,
        ..CacheLimits::default()
    };
    let cache = DataKeyCache::new(limits);
    let (arn, now) = (Arc::from("key"), Instant::now());
    let load = |at| cache.get_or_load(id(1, 1), &arn, at, || Ok(1));
    load(now).unwrap();
    assert!(
        cache
            .get(id(1, 1), now + 2 * MINUTE - Duration::from_nanos(1))
            .is_some()
    );
    assert!(cache.get(id(1, 1), now + 4 * MINUTE).is_none());
    load(now).unwrap();
    assert!(cache.get(id(1, 1), now + MINUTE).is_some());
    assert!(cache.get(id(1, 1), now + MINUTE).is_some());
    assert!(
        cache.get(id(1, 1), now + MINUTE).is_none(),
        "used three times"
    );
    let cache = DataKeyCache::new(CacheLimits {
        maximum_age: 60 * MINUTE,
        ..CacheLimits::default()
    });
    cache.get_or_load(id(1, 1), &arn, now, || Ok(1)).unwrap();
    assert!(
        cache.get(id(1, 1), now + 5 * MINUTE).is_none(),
        "five minutes are the most"
    );
    let counters = cache.counters(now);
    assert_eq!(counters.evictions[Cause::Age as usize], 1);
}

#[test]
fn refusals_evict_at_once_and_time_outs_do_not() {
    let limits = CacheLimits {
        maximum_age: MINUTE,
        grace: 2 * MINUTE,
        ..CacheLimits::default()
    };
    let cache = DataKeyCache::new(limits);
    let (arn, now) = (Arc::from("key"), Instant::now());
    for code in [
        "AccessDeniedException",
        "DisabledException",
        "KMSInvalidStateException",
        "KMSInternalException",
    ] {
        cache.get_or_load(id(1, 1), &arn, now, || Ok(1)).unwrap();
        let timed_out = cache.get_or_load(
            id(1, 1),
            &arn,
            now + MINUTE,
            failing("DependencyTimeoutException"),
        );
        assert_eq!(timed_out.map(|value| *value), Ok(1), "within the grace");
        let refused = cache.get_or_load(id(1, 1), &arn, now + MINUTE, failing(code));
        assert_eq!(refused.unwrap_err().code, code);
        let after = cache.get_or_load(
            id(1, 1),
            &arn,
            now + MINUTE,
            failing("DependencyTimeoutException"),
        );
        assert!(after.is_err(), "{code}: nothing is left to use");
    }
    cache.get_or_load(id(1, 1), &arn, now, || Ok(1)).unwrap();
    let late = cache.get_or_load(
        id(1, 1),
        &arn,
        now + 3 * MINUTE,
        failing("DependencyTimeoutException"),
    );
    assert!(late.is_err(), "beyond the grace");
    // Without a grace a time-out ends it, too.
    let cache = DataKeyCache::new(CacheLimits {
        maximum_age: MINUTE,
        ..CacheLimits::default()
    });
    cache.get_or_load(id(1, 1), &arn, now, || Ok(1)).unwrap();
    assert!(
        cache
            .get_or_load(
                id(1, 1),
                &arn,
                now + MINUTE,
                failing("DependencyTimeoutException")
            )
            .is_err()
    );
}

#[test]
fn evictions_reach_what_they_name() {
    let (now, one, two): (_, Arc<str>, Arc<str>) = (Instant::now(), "one".into(), "two".into());
    let filled = || {
        let cache = DataKeyCache::new(CacheLimits::default());
        for (store, session, arn) in [(1, 1, &one), (1, 2, &one), (2, 1, &two)] {
            cache
                .get_or_load(id(store, session), arn, now, || Ok(1_u8))
                .unwrap();
        }
        cache
    };
    let there = |cache: &DataKeyCache<u8>| {
        [id(1, 1), id(1, 2), id(2, 1)].map(|id| cache.get(id, now).is_some())
    };
    let cache = filled();
    cache.evict_key("one");
    assert_eq!(there(&cache), [false, false, true]);
    let cache = filled();
    cache.evict_store(2);
    assert_eq!(there(&cache), [true, true, false]);
    let cache = filled();
    cache.evict_session(SessionKey([1; 16]));
    assert_eq!(there(&cache), [false, true, false]);
    assert_eq!(cache.counters(now).evictions[Cause::Evicted as usize], 2);
    cache.clear();
    assert_eq!(there(&cache), [false; 3]);
    let cache = filled();
    cache.sweep(now + 5 * MINUTE);
    assert_eq!(cache.counters(now).entries, 0);
}

/// What was decrypted before a revocation is not kept after it, and is wiped when its use ends.
#[test]
fn a_revocation_beats_a_decryption_under_way() {
    struct Told<'a>(&'a Cell<u32>);
    impl Drop for Told<'_> {
        fn drop(&mut self) {
            self.0.set(self.0.get() + 1);
        }
    }
    let (now, arn, dropped) = (Instant::now(), Arc::from("key"), Cell::new(0));
    let cache = DataKeyCache::new(CacheLimits::default());
    let value = cache.get_or_load(id(1, 1), &arn, now, || {
        cache.evict_key("key");
        Ok(Told(&dropped))
    });
    assert!(cache.get(id(1, 1), now).is_none());
    drop(value);
    assert_eq!(dropped.get(), 1);
    let value = cache.get_or_load(id(1, 1), &arn, now, || Ok(Told(&dropped)));
    cache.evict_key("key");
    assert_eq!(dropped.get(), 1, "still in use");
    drop(value);
    assert_eq!(dropped.get(), 2);
}

#[test]
fn room_is_bounded() {
    let limits = CacheLimits {
        entries: 64,
        ..CacheLimits::default()
    };
    let cache = DataKeyCache::new(limits);
    let (now, arn) = (Instant::now(), Arc::from("key"));
    for store in 0..1000 {
        let at = now + Duration::from_millis(store);
        cache.get_or_load(id(store, 1), &arn, at, || Ok(1)).unwrap();
        assert_eq!(
            cache
                .get_or_load(id(store, 1), &arn, at, unreachable)
                .map(|one| *one),
            Ok(1)
        );
    }
    let counters = cache.counters(now);
    assert_eq!(counters.entries, 64);
    assert_eq!(counters.evictions[Cause::Room as usize], 936);
}
