//! Measures the embedded engine, and beside it the same rules on redb, the other candidate (ADR 015).
//!
//! ```sh
//! cargo run --release -p rempart-online --example engines -- <fjall|redb|redis> <directory> [rows]
//! ```
//! Random keys, payloads that do not compress. Writes are synced before they are answered.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a program for measuring ends at the first error"
)]

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use crossbeam_channel::{Receiver, Sender, bounded};
use redb::{Database, Durability, ReadableDatabase, ReadableTable, TableDefinition};
use rempart_online::{
    Condition, EmbeddedEngine, EmbeddedOptions, Engine, GroupId, Mutation, RedisEngine,
    RedisOptions, Row, RowKey,
};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const GROUP: GroupId = GroupId(1);
const CACHE: u64 = 256 << 20;
const SMALL: usize = 600;
const LARGE: usize = 3_000;
const BATCH: usize = 25;
const SPAN: Duration = Duration::from_secs(5);

/// What is measured.
trait Store: Send + Sync {
    fn apply(&self, mutations: Vec<Mutation>);
    fn read(&self, key: &RowKey) -> usize;
}

impl<E: Engine> Store for E {
    fn apply(&self, mutations: Vec<Mutation>) {
        Engine::apply(self, mutations).unwrap();
    }

    fn read(&self, key: &RowKey) -> usize {
        self.get(key)
            .unwrap()
            .map_or(0, |stored| stored.row.sealed.len())
    }
}

const ROWS: TableDefinition<'_, &[u8], &[u8]> = TableDefinition::new("rows");
const COUNTS: TableDefinition<'_, u64, u64> = TableDefinition::new("counts");

/// The rules of the engine on redb: one thread writes, and what waits is committed as one.
struct Redb {
    database: Arc<Database>,
    jobs: Sender<(Vec<Mutation>, Sender<()>)>,
}

impl Redb {
    fn open(path: &Path) -> Self {
        std::fs::create_dir_all(path).unwrap();
        let database = Database::builder()
            .set_cache_size(usize::try_from(CACHE).unwrap())
            .create(path.join("rows.redb"))
            .unwrap();
        let database = Arc::new(database);
        let (jobs, waiting) = bounded(4_096);
        let its_database = Arc::clone(&database);
        std::thread::spawn(move || write(&its_database, &waiting));
        let store = Self { database, jobs };
        store.apply(Vec::new());
        store
    }
}

fn write(database: &Database, waiting: &Receiver<(Vec<Mutation>, Sender<()>)>) {
    while let Ok(first) = waiting.recv() {
        let mut jobs = vec![first];
        let mut mutations = 0;
        while mutations < 4_096
            && let Ok(job) = waiting.try_recv()
        {
            mutations += job.0.len();
            jobs.push(job);
        }
        let mut transaction = database.begin_write().unwrap();
        transaction.set_durability(Durability::Immediate).unwrap();
        let mut answers = Vec::new();
        {
            let mut rows = transaction.open_table(ROWS).unwrap();
            let mut counts = transaction.open_table(COUNTS).unwrap();
            let mut added = 0;
            for (mutations, answer) in jobs {
                for mutation in mutations {
                    added += u64::from(put(&mut rows, &mutation));
                }
                answers.push(answer);
            }
            let before = counts
                .get(GROUP.0)
                .unwrap()
                .map_or(0, |value| value.value());
            counts.insert(GROUP.0, before + added).unwrap();
        }
        transaction.commit().unwrap();
        for answer in answers {
            answer.send(()).unwrap();
        }
    }
}

/// Gives whether the row is new.
fn put(rows: &mut redb::Table<'_, &'static [u8], &'static [u8]>, mutation: &Mutation) -> bool {
    let key = bytes_of(&mutation.key);
    let row = mutation.row.as_ref().unwrap();
    let time = |bytes: &[u8]| i64::from_le_bytes(bytes[..8].try_into().unwrap());
    let found = rows.get(&key[..]).unwrap().map(|value| time(value.value()));
    if found.is_none_or(|time| row.event_time >= time) {
        let mut value = row.event_time.to_le_bytes().to_vec();
        value.extend_from_slice(&row.sealed);
        rows.insert(&key[..], &value[..]).unwrap();
    }
    found.is_none()
}

impl Store for Redb {
    fn apply(&self, mutations: Vec<Mutation>) {
        let (answer, answered) = bounded(1);
        self.jobs.send((mutations, answer)).unwrap();
        answered.recv().unwrap();
    }

    fn read(&self, key: &RowKey) -> usize {
        let transaction = self.database.begin_read().unwrap();
        let rows = transaction.open_table(ROWS).unwrap();
        let found = rows.get(&bytes_of(key)[..]).unwrap();
        found.map_or(0, |value| Bytes::copy_from_slice(value.value()).len() - 8)
    }
}

fn bytes_of(key: &RowKey) -> [u8; 24] {
    let mut bytes = [0; 24];
    bytes[..8].copy_from_slice(&key.group.0.to_be_bytes());
    bytes[8..].copy_from_slice(&key.blind);
    bytes
}

/// The key of the n-th record, as an HMAC would scatter it.
fn key(number: u64) -> RowKey {
    let mut random = fastrand::Rng::with_seed(number);
    RowKey {
        group: GROUP,
        blind: random.u128(..).to_be_bytes(),
    }
}

fn mutation(random: &mut fastrand::Rng, number: u64, size: usize, event_time: i64) -> Mutation {
    let mut sealed = vec![0; size];
    random.fill(&mut sealed);
    Mutation {
        key: key(number),
        condition: Condition::NotOlder {
            event_time,
            on_equal: true,
            now: 0,
        },
        row: Some(Row {
            event_time,
            expires_at: None,
            is_deleted: false,
            sealed: sealed.into(),
        }),
        queue: None,
        queue_if_applied: false,
        secret: None,
    }
}

fn open(kind: &str, path: &Path) -> Arc<dyn Store> {
    match kind {
        "fjall" => {
            let options = EmbeddedOptions {
                cache: CACHE,
                ..EmbeddedOptions::default()
            };
            Arc::new(EmbeddedEngine::open(path, &options).unwrap())
        }
        "redb" => Arc::new(Redb::open(path)),
        // At the address in `REMPART_REDIS`; the directory is for the queue.
        "redis" => {
            let mut options = RedisOptions::default();
            if let Ok(address) = std::env::var("REMPART_REDIS") {
                options.addresses = vec![address];
            }
            let queue = EmbeddedOptions::default();
            Arc::new(RedisEngine::open(&options, path, &queue).unwrap())
        }
        other => {
            eprintln!("{other}: fjall, redb or redis");
            std::process::exit(2);
        }
    }
}

/// Runs threads for a while; gives how often they did it each second, and the slowest hundredth.
fn together(threads: u64, work: impl Fn(&mut fastrand::Rng) + Sync) -> (f64, Duration) {
    let ends = AtomicBool::new(false);
    let count = AtomicU64::new(0);
    let begun = Instant::now();
    let mut times: Vec<Duration> = std::thread::scope(|scope| {
        let running: Vec<_> = (0..threads)
            .map(|thread| {
                let (ends, count, work) = (&ends, &count, &work);
                scope.spawn(move || {
                    let mut random = fastrand::Rng::with_seed(1 << 40 | thread);
                    let mut times = Vec::new();
                    while !ends.load(Ordering::Relaxed) {
                        let one = Instant::now();
                        work(&mut random);
                        times.push(one.elapsed());
                        count.fetch_add(1, Ordering::Relaxed);
                    }
                    times
                })
            })
            .collect();
        std::thread::sleep(SPAN);
        ends.store(true, Ordering::Relaxed);
        running
            .into_iter()
            .flat_map(|thread| thread.join().unwrap())
            .collect()
    });
    let rate = count.load(Ordering::Relaxed) as f64 / begun.elapsed().as_secs_f64();
    times.sort_unstable();
    (rate, times[times.len() * 99 / 100])
}

fn size(path: &Path) -> u64 {
    let mut total = 0;
    let mut left = vec![path.to_owned()];
    while let Some(folder) = left.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let entry = entry.unwrap();
            // A file may go while it is counted.
            match entry.metadata() {
                Ok(data) if data.is_dir() => left.push(entry.path()),
                Ok(data) => total += data.len(),
                Err(_) => {}
            }
        }
    }
    total >> 20
}

/// Memory of this process in MB: now, and the most so far.
fn memory() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let of = |name: &str| {
        let line = status.lines().find(|line| line.starts_with(name));
        let number = line.and_then(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok());
        number.unwrap_or(0) >> 10
    };
    format!("{} MB, at most {} MB", of("VmRSS:"), of("VmHWM:"))
}

fn load(store: &dyn Store, rows: u64) {
    let begun = Instant::now();
    let next = AtomicU64::new(0);
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let next = &next;
            scope.spawn(move || {
                let mut random = fastrand::Rng::with_seed(thread);
                loop {
                    let first = next.fetch_add(1_000, Ordering::Relaxed);
                    if first >= rows {
                        return;
                    }
                    let numbers = first..rows.min(first + 1_000);
                    store.apply(
                        numbers
                            .map(|number| mutation(&mut random, number, SMALL, 1))
                            .collect(),
                    );
                }
            });
        }
    });
    let rate = rows as f64 / begun.elapsed().as_secs_f64();
    println!("load, 4 threads, batches of 1,000: {rate:.0} rows/s");
}

/// Lets a process of its own write and be killed, and gives how long opening takes then.
fn recovery(kind: &str, path: &Path) {
    let mut child = std::process::Command::new(std::env::current_exe().unwrap())
        .args([kind, path.to_str().unwrap(), "write"])
        .spawn()
        .unwrap();
    std::thread::sleep(SPAN);
    child.kill().unwrap();
    child.wait().unwrap();
    let begun = Instant::now();
    let store = open(kind, path);
    println!("opening after a kill: {:?}", begun.elapsed());
    drop(store);
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [kind, path, rest @ ..] = &arguments[..] else {
        eprintln!("usage: engines <fjall|redb|redis> <directory> [rows]");
        std::process::exit(2);
    };
    let path = PathBuf::from(path);
    let store = open(kind, &path);
    if rest.first().is_some_and(|word| word == "write") {
        loop {
            together(16, |random| write_batch(&*store, random, u64::MAX, SMALL));
        }
    }
    let rows: u64 = rest.first().map_or(1_000_000, |text| text.parse().unwrap());
    println!(
        "{kind}, {rows} rows of {SMALL} bytes, cache {} MB",
        CACHE >> 20
    );
    load(&*store, rows);
    println!("memory: {}; files: {} MB", memory(), size(&path));
    for threads in [1, 4] {
        let (rate, slow) = together(threads, |random| {
            assert_eq!(store.read(&key(random.u64(..rows))), SMALL);
        });
        println!("reads, {threads} threads: {rate:.0}/s, p99 {slow:?}");
    }
    for size in [SMALL, LARGE] {
        for threads in [1, 4, 16] {
            let (rate, slow) = together(threads, |random| write_batch(&*store, random, rows, size));
            let rate = rate * BATCH as f64;
            println!("writes of {size} bytes, {threads} threads: {rate:.0} rows/s, p99 {slow:?}");
        }
    }
    let writer_ends = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut random = fastrand::Rng::with_seed(5);
            while !writer_ends.load(Ordering::Relaxed) {
                write_batch(&*store, &mut random, rows, SMALL);
            }
        });
        let (rate, slow) = together(1, |random| {
            assert!(store.read(&key(random.u64(..rows))) > 0);
        });
        writer_ends.store(true, Ordering::Relaxed);
        println!("reads, 1 thread beside a writer: {rate:.0}/s, p99 {slow:?}");
    });
    println!("memory: {}; files: {} MB", memory(), size(&path));
    drop(store);
    // The writer of redb may hold the file for a moment still.
    std::thread::sleep(Duration::from_secs(1));
    let begun = Instant::now();
    let store = open(kind, &path);
    println!("opening: {:?}", begun.elapsed());
    drop(store);
    std::thread::sleep(Duration::from_secs(1));
    recovery(kind, &path);
}

fn write_batch(store: &dyn Store, random: &mut fastrand::Rng, rows: u64, size: usize) {
    let mutations = (0..BATCH)
        .map(|_| {
            let number = random.u64(..rows);
            mutation(random, number, size, 2)
        })
        .collect();
    store.apply(mutations);
}
