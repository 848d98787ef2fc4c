//! A process that writes from four threads, says on stdout what was acknowledged, and is killed; and what
//! must be there afterwards.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use bytes::Bytes;
use rempart_online::{Applied, Condition, EmbeddedEngine, Engine, GroupId, Mutation, Row, RowKey};

use crate::embedded::open;

const GROUP: GroupId = GroupId(9);
const THREADS: u64 = 4;
/// Records that a thread writes again and again.
const RECORDS: u64 = 40;

/// Thread, number, filling, and a sum over all of it.
fn payload(thread: u64, number: u64) -> Bytes {
    let mut bytes = Vec::new();
    bytes.extend_from_slice(&thread.to_le_bytes());
    bytes.extend_from_slice(&number.to_le_bytes());
    let mut random = fastrand::Rng::with_seed(thread << 32 | number);
    let mut filling = vec![0; random.usize(0..1_200)];
    random.fill(&mut filling);
    bytes.extend(filling);
    bytes.extend_from_slice(&sum(&bytes).to_le_bytes());
    bytes.into()
}

/// FNV-1a.
fn sum(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |sum, byte| {
        (sum ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3)
    })
}

/// Thread and number; panics when the payload is torn.
fn read(bytes: &[u8]) -> (u64, u64) {
    let (content, its_sum) = bytes.split_at(bytes.len() - 8);
    assert_eq!(its_sum, sum(content).to_le_bytes(), "torn");
    let number = |at: usize| u64::from_le_bytes(content[at..at + 8].try_into().unwrap());
    let (thread, number) = (number(0), number(8));
    assert_eq!(bytes, payload(thread, number));
    (thread, number)
}

fn key(thread: u64, number: u64) -> RowKey {
    let mut blind = [0; 16];
    blind[..8].copy_from_slice(&thread.to_be_bytes());
    blind[8..].copy_from_slice(&(number % RECORDS).to_be_bytes());
    RowKey {
        group: GROUP,
        blind,
    }
}

fn mutation(thread: u64, number: u64) -> Mutation {
    let payload = payload(thread, number);
    let event_time = i64::try_from(number).unwrap();
    Mutation {
        key: key(thread, number),
        condition: Condition::NotOlder {
            event_time,
            on_equal: false,
            now: 0,
        },
        row: Some(Row {
            event_time,
            expires_at: None,
            is_deleted: false,
            sealed: payload.clone(),
        }),
        queue: Some(payload),
        queue_if_applied: false,
        secret: None,
    }
}

/// Not a test: the process that others start.
#[test]
#[ignore = "started by other tests"]
fn write_until_killed() {
    let Ok(folder) = std::env::var("REMPART_CRASH_DIRECTORY") else {
        return;
    };
    let first: u64 = std::env::var("REMPART_CRASH_FIRST")
        .unwrap()
        .parse()
        .unwrap();
    let engine = open(Path::new(&folder));
    std::thread::scope(|scope| {
        for thread in 0..THREADS {
            let engine = &engine;
            scope.spawn(move || {
                let mut number = first;
                loop {
                    let count = 1 + number % 6;
                    let numbers = number..number + count;
                    let mutations = numbers.clone().map(|number| mutation(thread, number));
                    let applied = engine.apply(mutations.collect()).unwrap();
                    assert!(applied.iter().all(|applied| *applied == Applied::Yes));
                    let line = format!("ack {thread} {} {}\n", numbers.start, numbers.end);
                    let mut out = std::io::stdout().lock();
                    out.write_all(line.as_bytes()).unwrap();
                    out.flush().unwrap();
                    number += count;
                    // In memory there is no sync to wait for: what is written is checked, too.
                    std::thread::sleep(Duration::from_micros(300));
                }
            });
        }
    });
}

/// The process, and what it has acknowledged.
pub(crate) struct Writer {
    child: Child,
    out: BufReader<ChildStdout>,
}

/// What was acknowledged: numbers by thread.
pub(crate) type Acknowledged = BTreeMap<u64, BTreeSet<u64>>;

impl Writer {
    pub(crate) fn start(folder: &Path, first: u64) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args([
                "--ignored",
                "--exact",
                "--nocapture",
                "writer::write_until_killed",
            ])
            .env("REMPART_CRASH_DIRECTORY", folder)
            .env("REMPART_CRASH_FIRST", first.to_string())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            // After a cut it says that the disk fails.
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let out = BufReader::new(child.stdout.take().unwrap());
        Self { child, out }
    }

    /// Reads acknowledgements for a while, beginning with the first.
    pub(crate) fn acknowledged(&mut self, time: Duration, into: &mut Acknowledged) {
        let mut begun = None;
        loop {
            let mut line = String::new();
            assert!(
                self.out.read_line(&mut line).unwrap() > 0,
                "it ended by itself"
            );
            if note(&line, into) {
                let begun = begun.get_or_insert_with(Instant::now);
                if begun.elapsed() >= time {
                    return;
                }
            }
        }
    }

    /// Kills it; gives what it said before.
    pub(crate) fn kill(mut self, into: &mut Acknowledged) {
        self.child.kill().unwrap();
        let mut line = Vec::new();
        while self.out.read_until(b'\n', &mut line).unwrap() > 0 {
            // The last line may be cut.
            if line.ends_with(b"\n") {
                note(std::str::from_utf8(&line).unwrap(), into);
            }
            line.clear();
        }
        self.child.wait().unwrap();
    }
}

fn note(line: &str, into: &mut Acknowledged) -> bool {
    let Some((_, numbers)) = line.split_once("ack ") else {
        return false;
    };
    let numbers = numbers.split_whitespace().map(|word| word.parse().unwrap());
    let numbers: Vec<u64> = numbers.collect();
    into.entry(numbers[0])
        .or_default()
        .extend(numbers[1]..numbers[2]);
    true
}

/// What the queue has given so far: numbers by thread, in its order.
pub(crate) type Seen = BTreeMap<u64, Vec<u64>>;

/// Empties the queue into `seen` and checks everything.
pub(crate) fn check(engine: &EmbeddedEngine, acknowledged: &Acknowledged, seen: &mut Seen) {
    loop {
        let queued = engine.queued(GROUP, 500, usize::MAX).unwrap();
        let Some(last) = queued.last() else { break };
        for entry in &queued {
            let (thread, number) = read(&entry.sealed);
            let numbers = seen.entry(thread).or_default();
            assert!(
                numbers.last().is_none_or(|last| *last < number),
                "thread {thread}: {number} after {:?}",
                numbers.last()
            );
            numbers.push(number);
        }
        engine.dequeue(GROUP, last.sequence).unwrap();
    }
    assert_eq!(engine.usage(GROUP).unwrap().queued, 0);
    for (thread, numbers) in acknowledged {
        let seen: BTreeSet<u64> = seen[thread].iter().copied().collect();
        let lost: Vec<_> = numbers.difference(&seen).collect();
        assert!(lost.is_empty(), "thread {thread} lost {lost:?}");
    }
    // A row and its queue entry are both there: the last entry of each record is its row.
    let mut last = BTreeMap::new();
    for (thread, numbers) in &*seen {
        for number in numbers {
            last.insert(key(*thread, *number), (*thread, *number));
        }
    }
    assert!(!last.is_empty());
    for (key, expected) in &last {
        let stored = engine.get(key).unwrap().unwrap();
        assert_eq!(read(&stored.row.sealed), *expected);
    }
    assert_eq!(engine.usage(GROUP).unwrap().rows, last.len() as u64);
}
