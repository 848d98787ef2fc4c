//! Work on several threads, results in order, memory bounded.

use std::collections::BTreeMap;
use std::sync::{Condvar, Mutex, PoisonError};

/// How many units a thread may be ahead of the one that is written next.
const AHEAD: usize = 64;

struct State<D> {
    /// The unit that is taken next.
    next: usize,
    /// The unit that is written next.
    written: usize,
    done: BTreeMap<usize, D>,
    stopped: bool,
}

/// Does the work on `threads` threads and gives what each unit gave to `write`, in the order of the
/// units, on the calling thread.
///
/// # Errors
/// What `write` gives; no further unit is begun then.
pub(super) fn in_order<U: Sync, D: Send, E: Send>(
    units: Vec<U>,
    threads: usize,
    work: impl Fn(&U) -> D + Sync,
    mut write: impl FnMut(D) -> Result<(), E>,
) -> Result<(), E> {
    let state = Mutex::new(State {
        next: 0,
        written: 0,
        done: BTreeMap::new(),
        stopped: false,
    });
    let changed = Condvar::new();
    // A thread that panics poisons the lock; the scope passes its panic on when it ends.
    let lock = || state.lock().unwrap_or_else(PoisonError::into_inner);
    let worker = || {
        let mut held = lock();
        loop {
            while !held.stopped && held.next >= held.written + AHEAD && held.next < units.len() {
                held = changed.wait(held).unwrap_or_else(PoisonError::into_inner);
            }
            let number = held.next;
            let unit = match units.get(number) {
                Some(unit) if !held.stopped => unit,
                _ => return,
            };
            held.next += 1;
            drop(held);
            let done = work(unit);
            held = lock();
            held.done.insert(number, done);
            changed.notify_all();
        }
    };
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads.max(1)).map(|_| scope.spawn(worker)).collect();
        let mut written = Ok(());
        for number in 0..units.len() {
            let mut held = lock();
            let done = loop {
                if let Some(done) = held.done.remove(&number) {
                    break Some(done);
                }
                if workers
                    .iter()
                    .all(std::thread::ScopedJoinHandle::is_finished)
                {
                    break None;
                }
                let wait = std::time::Duration::from_millis(100);
                held = changed
                    .wait_timeout(held, wait)
                    .unwrap_or_else(PoisonError::into_inner)
                    .0;
            };
            held.written = number + 1;
            drop(held);
            changed.notify_all();
            let Some(done) = done else { break };
            written = write(done);
            if written.is_err() {
                break;
            }
        }
        lock().stopped = true;
        changed.notify_all();
        written
    })
}

#[cfg(test)]
mod tests {
    use super::in_order;

    #[test]
    fn order_does_not_depend_on_threads() {
        for threads in [0, 1, 2, 7] {
            let mut seen = Vec::new();
            let units: Vec<u64> = (0..1000).collect();
            let work = |unit: &u64| {
                if unit.is_multiple_of(97) {
                    std::thread::sleep(std::time::Duration::from_millis(1));
                }
                unit * 2
            };
            let done: Result<(), ()> = in_order(units, threads, work, |done| {
                seen.push(done);
                Ok(())
            });
            assert_eq!(done, Ok(()));
            assert_eq!(seen, (0..1000).map(|unit| unit * 2).collect::<Vec<u64>>());
        }
    }

    #[test]
    fn an_error_ends_the_work() {
        let begun = std::sync::atomic::AtomicUsize::new(0);
        let work = |unit: &usize| {
            begun.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            *unit
        };
        let ended = in_order((0..100_000).collect(), 2, work, |done| match done {
            5 => Err("full"),
            _ => Ok(()),
        });
        assert_eq!(ended, Err("full"));
        assert!(begun.into_inner() < 1000);
    }
}
