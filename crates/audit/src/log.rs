//! The log of a server: takes events from many threads, one thread writes, another delivers.

mod deliverer;
mod health;
mod writer;

use std::cell::RefCell;
use std::fmt;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread::JoinHandle;
use std::time::Duration;

use crossbeam_channel::{Sender, bounded, unbounded};
use jiff::Timestamp;
use ring::rand::{SecureRandom as _, SystemRandom};

use crate::event::{Event, Sink};
use crate::files::AuditError;
use crate::record::record;
use crate::segment::{self, is_account};
use crate::signing::SigningKey;
use crate::state::State;

use deliverer::Deliverer;
use health::Health;
pub use health::{AuditStats, Recovered};
use writer::{Message, Writer};

/// The account that receives records which name none, such as those of callers who are nobody.
const NOBODY: &str = "000000000000";

/// Where the log is, and of what.
#[derive(Debug, Clone)]
pub struct AuditOptions {
    /// Directory: `AWSLogs/`, `segments/`, `state.json`, `public-keys.json`.
    pub path: PathBuf,
    /// Region of the server.
    pub region: String,
}

/// The time.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// How the log is kept.
#[derive(Clone)]
pub struct AuditSettings {
    /// Events that may wait for the writer.
    pub waiting: usize,
    /// How long a caller waits for a place before its event counts as refused.
    pub patience: Duration,
    /// Records are handed to the system after this time at the latest.
    pub flush_after: Duration,
    /// Records are durable after this time at the latest; [`AuditLog::sync`] does not wait for it.
    pub sync_after: Duration,
    /// A segment is delivered when it is this old.
    pub deliver_after: Duration,
    /// A segment is delivered when it has this many bytes.
    pub deliver_bytes: u64,
    /// When the log is opened and a segment was altered, it is moved to `altered/`, which the log
    /// records, instead of refusing to open.
    pub set_altered_aside: bool,
    /// Times of deliveries and digests.
    pub clock: Clock,
}

impl Default for AuditSettings {
    fn default() -> Self {
        Self {
            waiting: 65_536,
            patience: Duration::from_secs(2),
            flush_after: Duration::from_millis(200),
            sync_after: Duration::from_secs(1),
            deliver_after: Duration::from_secs(300),
            deliver_bytes: 64 << 20,
            set_altered_aside: false,
            clock: Arc::new(Timestamp::now),
        }
    }
}

impl fmt::Debug for AuditSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuditSettings")
            .field("waiting", &self.waiting)
            .field("patience", &self.patience)
            .field("flush_after", &self.flush_after)
            .field("sync_after", &self.sync_after)
            .field("deliver_after", &self.deliver_after)
            .field("deliver_bytes", &self.deliver_bytes)
            .field("set_altered_aside", &self.set_altered_aside)
            .finish_non_exhaustive()
    }
}

/// Keeps events. Everything that was taken is delivered when it is dropped.
pub struct AuditLog {
    messages: Option<Sender<Message>>,
    threads: Vec<JoinHandle<()>>,
    health: Arc<Health>,
    settings: AuditSettings,
    recovered: Recovered,
    // Held while the log is open.
    _lock: File,
}

impl fmt::Debug for AuditLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuditLog")
            .field("health", &self.health)
            .finish_non_exhaustive()
    }
}

impl AuditLog {
    /// Opens the log: what a crash left is delivered first.
    ///
    /// # Errors
    /// The disk fails, another process has it open, or what is there was altered.
    pub fn open(
        options: &AuditOptions,
        key: SigningKey,
        now: Timestamp,
    ) -> Result<Self, AuditError> {
        Self::open_with(options, AuditSettings::default(), key, now)
    }

    /// As [`AuditLog::open`], with settings.
    ///
    /// # Errors
    /// As [`AuditLog::open`].
    pub fn open_with(
        options: &AuditOptions,
        settings: AuditSettings,
        key: SigningKey,
        now: Timestamp,
    ) -> Result<Self, AuditError> {
        let segments = options.path.join("segments");
        std::fs::create_dir_all(&segments).map_err(|error| AuditError::new(&segments, error))?;
        let lock = lock(&options.path.join("lock"))?;
        key.publish(&options.path.join("public-keys.json"))?;
        let chain = key.chain().clone();
        let health = Arc::new(Health::default());
        let mut deliverer = Deliverer::new(options, &settings, key, Arc::clone(&health))?;
        let recovered = deliverer.recover(now.as_second())?;
        let (jobs, its_jobs) = unbounded();
        let (messages, waiting) = bounded(settings.waiting.max(1));
        let mut writer = Writer::begin(options, &settings, chain, deliverer.state(), jobs)?;
        writer.tell_of(&recovered);
        let spawn = |name: &str, run: Box<dyn FnOnce() + Send>| {
            std::thread::Builder::new()
                .name(name.to_owned())
                .spawn(run)
                .map_err(|error| AuditError::new(&options.path, error))
        };
        let its_health = Arc::clone(&health);
        let delivering = spawn(
            "audit-deliverer",
            Box::new(move || deliverer.run(&its_jobs)),
        )?;
        let writing = spawn(
            "audit-writer",
            Box::new(move || writer.run(&waiting, &its_health)),
        )?;
        Ok(Self {
            messages: Some(messages),
            threads: vec![writing, delivering],
            health,
            settings,
            recovered,
            _lock: lock,
        })
    }

    /// What was found when the log was opened.
    pub fn recovered(&self) -> Recovered {
        self.recovered.clone()
    }

    /// Waits until everything that was recorded before is durable. Calls that wait at the same time share
    /// one sync. False when the log cannot be written.
    pub fn sync(&self) -> bool {
        let (answer, answered) = bounded(1);
        self.send(Message::Sync(answer)) && answered.recv().unwrap_or(false)
    }

    /// Delivers what there is now, and signs digests up to now.
    ///
    /// # Errors
    /// The disk fails.
    pub fn deliver(&self) -> Result<(), AuditError> {
        let (answer, answered) = bounded(1);
        let gone = || AuditError::new(Path::new("audit"), "the writer has ended");
        if !self.send(Message::Deliver(answer)) {
            return Err(gone());
        }
        answered.recv().map_err(|_| gone())?
    }

    /// Events taken, and events that could not be taken.
    pub fn counts(&self) -> (u64, u64) {
        let stats = self.stats();
        (stats.taken, stats.refused)
    }

    /// What is counted.
    pub fn stats(&self) -> AuditStats {
        let waiting = self.messages.as_ref().map_or(0, Sender::len);
        self.health.stats(waiting)
    }

    fn send(&self, message: Message) -> bool {
        let Some(messages) = &self.messages else {
            return false;
        };
        // Whoever comes when others have waited in vain already does not wait as well.
        if self.health.is_overflowing() {
            return messages.try_send(message).is_ok();
        }
        messages
            .send_timeout(message, self.settings.patience)
            .is_ok()
    }
}

impl Sink for AuditLog {
    fn record(&self, mut event: Event) {
        if !is_account(&event.recipient) {
            event.recipient = NOBODY.into();
        }
        let mut text = [0; uuid::fmt::Hyphenated::LENGTH];
        let id = new_id().hyphenated().encode_lower(&mut text);
        let message = Message::Event {
            record: record(&event, id),
            recipient: Arc::clone(&event.recipient),
        };
        if self.send(message) {
            self.health.taken.fetch_add(1, Ordering::Relaxed);
        } else {
            self.health.refuse(event.recipient, (self.settings.clock)());
        }
    }

    fn healthy(&self) -> bool {
        self.health.is_well()
    }

    fn sync(&self) -> bool {
        Self::sync(self)
    }
}

impl Drop for AuditLog {
    fn drop(&mut self) {
        self.messages = None;
        for thread in self.threads.drain(..) {
            thread.join().ok();
        }
    }
}

/// A random UUID. Random numbers are fetched for many at a time.
fn new_id() -> uuid::Uuid {
    const AT_A_TIME: usize = 64;
    thread_local! {
        static IDS: RefCell<Vec<[u8; 16]>> = const { RefCell::new(Vec::new()) };
    }
    let bytes = IDS.with_borrow_mut(|ids| {
        if ids.is_empty() {
            let mut fresh = [0; 16 * AT_A_TIME];
            // Without random numbers ids are not unique, which is no reason to lose events.
            SystemRandom::new().fill(&mut fresh).ok();
            ids.extend_from_slice(fresh.as_chunks().0);
        }
        ids.pop().unwrap_or_default()
    });
    uuid::Builder::from_random_bytes(bytes).into_uuid()
}

fn lock(path: &Path) -> Result<File, AuditError> {
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(path);
    let file = file.map_err(|error| AuditError::new(path, error))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(_) => Err(AuditError::new(path, "another process has the log open")),
    }
}

fn segment_path(root: &Path, number: u64) -> PathBuf {
    root.join("segments").join(format!("{number:012}.jsonl"))
}

/// Segments in their order.
fn segments_of(root: &Path) -> Result<Vec<(u64, PathBuf)>, AuditError> {
    let folder = root.join("segments");
    let failed = |error: std::io::Error| AuditError::new(&folder, error);
    let mut found = Vec::new();
    for entry in std::fs::read_dir(&folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let name = path.file_name().and_then(|name| name.to_str());
        let number = name.and_then(|name| name.strip_suffix(".jsonl"));
        if let Some(number) = number.and_then(|number| number.parse().ok()) {
            found.push((number, path));
        }
    }
    found.sort();
    Ok(found)
}

/// Calls `visit` with every record that was not delivered yet, oldest first. The records are not
/// verified: that is done with the key, when the log is opened.
///
/// # Errors
/// The disk fails, or what is there is no segment.
pub fn undelivered(root: &Path, mut visit: impl FnMut(&[u8])) -> Result<(), AuditError> {
    let done = State::read(&root.join("state.json"), None)?.segment;
    for (number, path) in segments_of(root)? {
        if number <= done {
            continue;
        }
        let bytes = match std::fs::read(&path) {
            Ok(bytes) => bytes,
            // It was delivered meanwhile.
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
            Err(error) => return Err(AuditError::new(&path, error)),
        };
        for (_, record) in segment::parse(&path, &bytes, None)?.records {
            visit(record);
        }
    }
    Ok(())
}
