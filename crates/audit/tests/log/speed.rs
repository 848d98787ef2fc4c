//! How many events a second are recorded. Ask for it with a release build:
//! `cargo test --release -p rempart-audit --test log -- --ignored --nocapture speed`

use std::time::Instant;

use rempart_audit::Sink as _;

use super::support::{event, open};

#[test]
#[ignore = "a measurement"]
fn speed() {
    for threads in [1, 2] {
        let folder = tempfile::tempdir().unwrap();
        let log = open(folder.path());
        let count: u64 = 1_000_000;
        let begun = Instant::now();
        std::thread::scope(|scope| {
            for thread in 0..threads {
                let log = &log;
                scope.spawn(move || {
                    let one = event(thread, "111122223333");
                    for _ in 0..count / threads {
                        log.record(one.clone());
                    }
                });
            }
        });
        let recorded = begun.elapsed().as_secs_f64();
        assert!(log.sync());
        let durable = begun.elapsed().as_secs_f64();
        let stats = log.stats();
        drop(log);
        let delivered = begun.elapsed().as_secs_f64();
        println!(
            "{threads} threads: recorded {:.0}/s, durable {:.0}/s, delivered {:.0}/s, {stats:?}",
            count as f64 / recorded,
            count as f64 / durable,
            count as f64 / delivered
        );
    }
}
