//! Hours go by: digests follow each other without gaps, whatever happens between them.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use rempart_audit::{AuditSettings, Sink as _};
use rempart_trail::integrity::Outcome;

use super::support::{event, numbers, try_open, verified, walk};

const HOUR: i64 = 3_600;

fn wait_for(what: &str, is_there: impl Fn() -> bool) {
    let begun = Instant::now();
    while !is_there() {
        assert!(begun.elapsed() < Duration::from_secs(20), "{what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn digests_follow_each_other_by_the_hour_and_over_restarts() {
    let folder = tempfile::tempdir().unwrap();
    let now = Timestamp::now().as_second();
    let time = Arc::new(AtomicI64::new(now - now.rem_euclid(HOUR) - 6 * HOUR + 60));
    let its_time = Arc::clone(&time);
    let settings = || AuditSettings {
        deliver_after: Duration::from_millis(50),
        clock: {
            let its_time = Arc::clone(&its_time);
            Arc::new(move || Timestamp::from_second(its_time.load(Ordering::SeqCst)).unwrap())
        },
        ..AuditSettings::default()
    };
    let at = |second: i64| {
        let mut event = event(second as u64, "111122223333");
        event.time = Timestamp::from_second(second).unwrap();
        event
    };
    let digests = || {
        let files = walk(&folder.path().join("AWSLogs"));
        let digest = |path: &&String| path.contains("CloudTrail-Digest_") && path.ends_with(".gz");
        files.iter().filter(digest).count()
    };
    let logs = || {
        let files = walk(&folder.path().join("AWSLogs"));
        files
            .iter()
            .filter(|path| path.contains("_CloudTrail_") && path.ends_with(".gz"))
            .count()
    };
    let log = try_open(folder.path(), settings()).unwrap();
    let mut expected = Vec::new();
    for hour in 0..3 {
        let second = time.load(Ordering::SeqCst);
        log.record(at(second));
        expected.push(second as u64);
        assert!(log.sync());
        wait_for("delivery", || logs() > hour && log.stats().undelivered == 0);
        time.fetch_add(HOUR, Ordering::SeqCst);
        wait_for("digest", || digests() == hour + 1);
    }
    drop(log);
    assert_eq!(verified(folder.path()).outcome(), Outcome::Verified);
    // Nothing runs for two hours; then it goes on.
    time.fetch_add(2 * HOUR, Ordering::SeqCst);
    let log = try_open(folder.path(), settings()).unwrap();
    let second = time.load(Ordering::SeqCst);
    log.record(at(second));
    expected.push(second as u64);
    drop(log);
    assert_eq!(numbers(folder.path()), expected);
    // Digests say when the events of each file were.
    let mut named = Vec::new();
    for path in walk(&folder.path().join("AWSLogs")) {
        if path.contains("CloudTrail-Digest_") && path.ends_with(".gz") {
            let file = std::fs::File::open(path).unwrap();
            let digest: serde_json::Value =
                serde_json::from_reader(flate2::read::GzDecoder::new(file)).unwrap();
            for file in digest["logFiles"].as_array().unwrap() {
                let newest: Timestamp = file["newestEventTime"].as_str().unwrap().parse().unwrap();
                named.push(newest.as_second() as u64);
                assert!(file["oldestEventTime"].as_str() <= file["newestEventTime"].as_str());
            }
        }
    }
    named.sort_unstable();
    assert_eq!(named, expected);
    let report = verified(folder.path());
    assert_eq!(report.outcome(), Outcome::Verified, "{report:?}");
}
