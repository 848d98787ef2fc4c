//! The same work for each of many things, on several threads, results in order.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::read::Scratch;

/// Runs `work` for 0 to `count - 1`. Each thread has its own buffers.
pub(super) fn for_each<T: Send>(
    count: usize,
    threads: usize,
    work: impl Fn(usize, &mut Scratch) -> T + Sync,
) -> Vec<T> {
    let next = AtomicUsize::new(0);
    let found = Mutex::new(Vec::with_capacity(count));
    let run = || {
        let mut scratch = Scratch::new();
        let mut own = Vec::new();
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= count {
                break;
            }
            own.push((number, work(number, &mut scratch)));
        }
        found
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
            .extend(own);
    };
    let helpers = threads.max(1).min(count.max(1)) - 1;
    std::thread::scope(|scope| {
        for _ in 0..helpers {
            // Without another thread this one does the work alone.
            let _ = std::thread::Builder::new()
                .name("integrity".to_owned())
                .spawn_scoped(scope, run);
        }
        run();
    });
    let mut found = found
        .into_inner()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    found.sort_by_key(|(number, _)| *number);
    found.into_iter().map(|(_, result)| result).collect()
}
