//! A process that is killed while it records.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use rempart_audit::{AuditSettings, Sink as _};
use rempart_trail::integrity::Outcome;

use super::support::{copy, event, numbers, open, try_open, verified, walk};

/// Set for the process that is killed: its directory.
const FOLDER: &str = "REMPART_AUDIT_CRASH";

/// Not a test of its own: what the killed process does. It delivers all the time.
#[test]
fn records_until_killed() {
    let Ok(folder) = std::env::var(FOLDER) else {
        return;
    };
    let settings = AuditSettings {
        deliver_after: Duration::from_millis(30),
        ..AuditSettings::default()
    };
    let log = try_open(Path::new(&folder), settings).unwrap();
    let first = numbers(Path::new(&folder))
        .last()
        .map_or(0, |last| last + 1);
    for number in first.. {
        let recipient = if number % 3 == 0 {
            "444455556666"
        } else {
            "111122223333"
        };
        log.record(event(number, recipient));
        if number % 50 == 0 {
            assert!(log.sync());
            println!("durable {number}");
        }
    }
}

#[test]
fn what_was_durable_is_there_after_a_kill() {
    let folder = tempfile::tempdir().unwrap();
    for round in 1..=3_u64 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "crash::records_until_killed", "--nocapture"])
            .env(FOLDER, folder.path())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut durable = 0;
        let mut seen = 0;
        for line in lines {
            if let Some((_, number)) = line.unwrap().split_once("durable ") {
                durable = number.parse().unwrap();
                seen += 1;
                if seen == 10 * round {
                    child.kill().unwrap();
                }
            }
        }
        child.wait().unwrap();
        assert!(seen >= 10 * round, "it ended by itself");
        drop(open(folder.path()));
        let found = numbers(folder.path());
        // Nothing is missing, nothing is there twice.
        assert_eq!(found, (0..found.len() as u64).collect::<Vec<_>>());
        assert!(found.len() as u64 > durable, "{} of {durable}", found.len());
        let report = verified(folder.path());
        assert_eq!(report.outcome(), Outcome::Verified, "{report:?}");
    }
}

#[test]
fn every_length_of_the_last_segment_can_be_recovered() {
    let folder = tempfile::tempdir().unwrap();
    let log = open(folder.path());
    for number in 0..3 {
        log.record(event(number, "111122223333"));
    }
    assert!(log.sync());
    let segment = walk(&folder.path().join("segments")).pop().unwrap();
    let text = std::fs::read(&segment).unwrap();
    let line_ends: Vec<usize> = (0..text.len()).filter(|at| text[*at] == b'\n').collect();
    let crashed = tempfile::tempdir().unwrap();
    let relative = Path::new(&segment)
        .strip_prefix(folder.path())
        .unwrap()
        .to_owned();
    let lengths = (0..text.len())
        .step_by(211)
        .chain(line_ends.iter().flat_map(|end| [*end, end + 1]));
    for (number, length) in lengths.enumerate() {
        let crashed = crashed.path().join(number.to_string());
        copy(folder.path(), &crashed);
        std::fs::write(crashed.join(&relative), &text[..length]).unwrap();
        drop(open(&crashed));
        // Two lines come before the first event.
        let whole = line_ends
            .iter()
            .filter(|end| length > **end)
            .count()
            .saturating_sub(2);
        assert_eq!(
            numbers(&crashed),
            (0..whole as u64).collect::<Vec<_>>(),
            "{length}"
        );
    }
    drop(log);
}
