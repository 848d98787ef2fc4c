//! How fast and how often: a rate for each operation in each region, bounds of concurrency, waits
//! between retries, and the budget of retries.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rempart_aws_model::ApiOperation;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::call::Class;
use crate::clock::{Clock, Random};
use crate::settings::{Bounds, Rates, Retries};

/// A rate never falls below one request in this many seconds.
const SLOWEST: f64 = 0.2;
/// After a cut the rate is not cut again for this long: throttles arrive in bursts.
const SETTLE: Duration = Duration::from_secs(1);
const BACKOFF_BASE: Duration = Duration::from_millis(200);
const BACKOFF_MOST: Duration = Duration::from_secs(20);

/// The rates of one account.
#[derive(Debug)]
pub(crate) struct Limiter {
    rates: Rates,
    buckets: Mutex<HashMap<(String, &'static str), Bucket>>,
}

#[derive(Debug)]
struct Bucket {
    /// Requests per second.
    rate: f64,
    ceiling: f64,
    /// Below zero: places already promised.
    tokens: f64,
    filled: Duration,
    cut: Option<Duration>,
}

impl Limiter {
    pub(crate) fn new(rates: Rates) -> Self {
        Self {
            rates,
            buckets: Mutex::default(),
        }
    }

    /// Waits for a place in the rate of the operation.
    pub(crate) async fn acquire(
        &self,
        region: &str,
        operation: &'static ApiOperation,
        clock: &dyn Clock,
    ) {
        let wait = self.with(region, operation, clock.elapsed(), |bucket| {
            bucket.tokens -= 1.0;
            (bucket.tokens < 0.0).then(|| Duration::from_secs_f64(-bucket.tokens / bucket.rate))
        });
        if let Some(wait) = wait {
            clock.sleep(wait).await;
        }
    }

    /// Halves the rate.
    pub(crate) fn throttled(&self, region: &str, operation: &'static ApiOperation, now: Duration) {
        self.with(region, operation, now, |bucket| {
            if bucket
                .cut
                .is_none_or(|cut| now.saturating_sub(cut) >= SETTLE)
            {
                bucket.rate = (bucket.rate / 2.0).max(SLOWEST);
                bucket.tokens = bucket.tokens.min(0.0);
                bucket.cut = Some(now);
                tracing::debug!(
                    operation = operation.full_name(),
                    region,
                    rate = bucket.rate,
                    "throttled: slower"
                );
            }
        });
    }

    /// Raises the rate a little: by half a request per second in each second of full use.
    pub(crate) fn succeeded(&self, region: &str, operation: &'static ApiOperation, now: Duration) {
        self.with(region, operation, now, |bucket| {
            bucket.rate = (bucket.rate + 0.5 / bucket.rate).min(bucket.ceiling);
        });
    }

    fn with<T>(
        &self,
        region: &str,
        operation: &'static ApiOperation,
        now: Duration,
        change: impl FnOnce(&mut Bucket) -> T,
    ) -> T {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (region.to_owned(), operation.full_name());
        let bucket = buckets.entry(key).or_insert_with(|| {
            let (rate, ceiling) = self.rates.of(operation);
            Bucket {
                rate,
                ceiling,
                tokens: 1.0,
                filled: now,
                cut: None,
            }
        });
        let passed = now.saturating_sub(bucket.filled).as_secs_f64();
        // At most one second of unused rate is kept.
        bucket.tokens = (bucket.tokens + passed * bucket.rate).min(bucket.rate.max(1.0));
        bucket.filled = now;
        change(bucket)
    }
}

/// Bounds of requests under way: for the run, and for each region, so that a slow region does not
/// hold the others.
#[derive(Debug)]
pub(crate) struct Concurrency {
    bounds: Bounds,
    all: Arc<Semaphore>,
    regions: Mutex<HashMap<String, Arc<Semaphore>>>,
}

/// The places that one request holds.
#[derive(Debug)]
pub(crate) struct Permits {
    _region: Option<OwnedSemaphorePermit>,
    _all: Option<OwnedSemaphorePermit>,
}

impl Concurrency {
    pub(crate) fn new(bounds: Bounds) -> Self {
        Self {
            bounds,
            all: Arc::new(Semaphore::new(bounds.requests.max(1))),
            regions: Mutex::default(),
        }
    }

    pub(crate) async fn enter(&self, region: &str) -> Permits {
        let of_region = {
            let mut regions = self.regions.lock().unwrap_or_else(PoisonError::into_inner);
            let most = self.bounds.requests_per_region.max(1);
            let semaphore = regions
                .entry(region.to_owned())
                .or_insert_with(|| Arc::new(Semaphore::new(most)));
            Arc::clone(semaphore)
        };
        // The region first: waiting there must not take a place of the others. Semaphores are never
        // closed, so there is always a permit.
        let region = of_region.acquire_owned().await.ok();
        let all = Arc::clone(&self.all).acquire_owned().await.ok();
        Permits {
            _region: region,
            _all: all,
        }
    }
}

/// The budget of retries of a run.
#[derive(Debug)]
pub(crate) struct Budget {
    attempts_per_call: u32,
    attempts_at_faults: u32,
    left: AtomicU32,
}

impl Budget {
    pub(crate) fn new(retries: Retries) -> Self {
        Self {
            attempts_per_call: retries.attempts_per_call.max(1),
            attempts_at_faults: retries.attempts_at_faults.max(1),
            left: AtomicU32::new(retries.budget),
        }
    }

    /// Takes one retry after `attempts` requests; false when there is none left.
    pub(crate) fn take(&self, attempts: u32, class: Class) -> bool {
        let most = match class {
            Class::Throttled => self.attempts_per_call,
            _ => self.attempts_per_call.min(self.attempts_at_faults),
        };
        attempts < most
            && self
                .left
                .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| {
                    left.checked_sub(1)
                })
                .is_ok()
    }

    pub(crate) fn left(&self) -> u32 {
        self.left.load(Ordering::Relaxed)
    }
}

/// Wait before the retry after `attempts` requests: anything up to a limit that doubles.
pub(crate) fn backoff(attempts: u32, random: &dyn Random) -> Duration {
    let doublings = attempts.saturating_sub(1).min(16);
    let limit = BACKOFF_BASE
        .saturating_mul(1 << doublings)
        .min(BACKOFF_MOST);
    limit.mul_f64(random.unit().clamp(0.0, 1.0))
}

#[cfg(test)]
mod tests {
    use rempart_aws_model::api_operation;

    use super::*;

    #[derive(Debug)]
    struct Most;

    impl Random for Most {
        fn unit(&self) -> f64 {
            1.0
        }
    }

    fn wait(limiter: &Limiter, name: &str, now: Duration) -> f64 {
        let operation = api_operation(name).expect("in the table");
        limiter.with("eu-west-1", operation, now, |bucket| {
            bucket.tokens -= 1.0;
            (-bucket.tokens / bucket.rate).max(0.0)
        })
    }

    fn rate(limiter: &Limiter, name: &str) -> f64 {
        let operation = api_operation(name).expect("in the table");
        limiter.with("eu-west-1", operation, Duration::ZERO, |bucket| bucket.rate)
    }

    #[test]
    fn places_are_given_in_order_at_the_rate() {
        let limiter = Limiter::new(Rates::default());
        let name = "sagemaker:ListDomains";
        let waits: Vec<f64> = (0..4)
            .map(|_| wait(&limiter, name, Duration::ZERO))
            .collect();
        let expected = [0.0, 0.2, 0.4, 0.6];
        for (wait, expected) in waits.iter().zip(expected) {
            assert!((wait - expected).abs() < 1e-9, "{waits:?}");
        }
        // Search has a rate of its own, and it is lower.
        assert!(wait(&limiter, "sagemaker:Search", Duration::ZERO) < 1e-9);
        assert!((wait(&limiter, "sagemaker:Search", Duration::ZERO) - 0.5).abs() < 1e-9);
        // After a pause a second's worth of places is there.
        assert!(wait(&limiter, name, Duration::from_secs(60)) < 1e-9);
    }

    #[test]
    fn rates_fall_by_half_and_rise_by_steps() {
        let limiter = Limiter::new(Rates::default());
        let name = "sagemaker:ListDomains";
        let operation = api_operation(name).expect("in the table");
        let second = Duration::from_secs(1);
        limiter.throttled("eu-west-1", operation, second);
        limiter.throttled("eu-west-1", operation, second);
        assert!((rate(&limiter, name) - 2.5).abs() < 1e-9);
        limiter.throttled("eu-west-1", operation, 3 * second);
        assert!((rate(&limiter, name) - 1.25).abs() < 1e-9);
        limiter.succeeded("eu-west-1", operation, 3 * second);
        assert!((rate(&limiter, name) - 1.65).abs() < 1e-9);
        for _ in 0..10_000 {
            limiter.succeeded("eu-west-1", operation, 4 * second);
        }
        assert!((rate(&limiter, name) - 20.0).abs() < 1e-9);
    }

    #[test]
    fn backoff_doubles_up_to_its_limit() {
        let waits: Vec<u128> = (1..=9).map(|n| backoff(n, &Most).as_millis()).collect();
        assert_eq!(
            waits,
            [200, 400, 800, 1600, 3200, 6400, 12_800, 20_000, 20_000]
        );
    }

    #[test]
    fn one_budget_for_all() {
        let budget = Budget::new(Retries {
            attempts_per_call: 3,
            attempts_at_faults: 2,
            budget: 2,
        });
        let take = |attempts| budget.take(attempts, Class::Throttled);
        assert!(!budget.take(2, Class::Transient));
        assert!(take(1) && !take(3) && take(2));
        assert!(!take(1) && !budget.take(1, Class::Transient));
        assert_eq!(budget.left(), 0);
    }
}
