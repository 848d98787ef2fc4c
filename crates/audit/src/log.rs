//! The log of a server: takes events from many threads, one thread writes.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};
use jiff::Timestamp;
use ring::rand::{SecureRandom as _, SystemRandom};

use crate::deliver::{Place, TRAIL, hour_of};
use crate::event::{Event, Sink};
use crate::files::AuditError;
use crate::record::record;
use crate::segment::{self, Segment};
use crate::signing::SigningKey;
use crate::state::State;

/// Events that may wait for the writer.
const WAITING: usize = 65_536;
/// How long a caller waits for a place before the log counts as unable to keep up.
const PATIENCE: Duration = Duration::from_secs(2);
/// What was appended is handed to the system after this time at the latest.
const FLUSHED: Duration = Duration::from_millis(200);
/// What was appended is durable after this time at the latest.
const SYNCED: Duration = Duration::from_secs(1);
/// A segment is delivered when it is this old or large.
const DELIVERED: Duration = Duration::from_secs(300);
const LARGEST: u64 = 64 << 20;

/// Where the log is, and of what.
#[derive(Debug, Clone)]
pub struct AuditOptions {
    /// Directory: `AWSLogs/`, `segments/`, `state.json`, `public-keys.json`.
    pub path: PathBuf,
    /// Region of the server.
    pub region: String,
}

enum Message {
    Event {
        recipient: Arc<str>,
        record: Vec<u8>,
    },
    Sync(Sender<()>),
    Deliver(Sender<Result<(), AuditError>>),
}

/// Keeps events. Everything that was taken is delivered when it is dropped.
pub struct AuditLog {
    messages: Option<Sender<Message>>,
    writer: Option<JoinHandle<()>>,
    health: Arc<Health>,
    random: SystemRandom,
}

#[derive(Debug, Default)]
struct Health {
    has_failed: AtomicBool,
    taken: AtomicU64,
    refused: AtomicU64,
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
    /// The disk fails, or what is there was altered.
    pub fn open(
        options: &AuditOptions,
        key: SigningKey,
        now: Timestamp,
    ) -> Result<Self, AuditError> {
        let keys = options.path.join("public-keys.json");
        let text = serde_json::to_vec_pretty(&key.public_keys())
            .map_err(|error| AuditError::new(&keys, error))?;
        crate::files::write_new(&keys, &text)?;
        let mut writer = Writer::open(options, key, now)?;
        let (messages, waiting) = bounded(WAITING);
        let health = Arc::new(Health::default());
        let its_health = Arc::clone(&health);
        let thread = std::thread::Builder::new()
            .name("audit-writer".to_owned())
            .spawn(move || writer.run(&waiting, &its_health))
            .map_err(|error| AuditError::new(&options.path, error))?;
        Ok(Self {
            messages: Some(messages),
            writer: Some(thread),
            health,
            random: SystemRandom::new(),
        })
    }

    /// Waits until everything that was recorded before is durable. False when the log cannot be written.
    pub fn sync(&self) -> bool {
        let (answer, answered) = bounded(1);
        self.send(Message::Sync(answer)) && answered.recv().is_ok() && self.healthy()
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
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        (read(&self.health.taken), read(&self.health.refused))
    }

    fn send(&self, message: Message) -> bool {
        let sent = self
            .messages
            .as_ref()
            .map(|messages| messages.send_timeout(message, PATIENCE));
        matches!(sent, Some(Ok(())))
    }
}

impl Sink for AuditLog {
    fn record(&self, event: Event) {
        let mut id = [0; 16];
        // Without random numbers the id is not unique, which is no reason to lose the event.
        self.random.fill(&mut id).ok();
        let id = uuid::Builder::from_random_bytes(id).into_uuid().to_string();
        let message = Message::Event {
            record: record(&event, &id),
            recipient: event.recipient,
        };
        if self.send(message) {
            self.health.taken.fetch_add(1, Ordering::Relaxed);
        } else {
            self.health.refused.fetch_add(1, Ordering::Relaxed);
            self.health.has_failed.store(true, Ordering::Relaxed);
        }
    }

    fn healthy(&self) -> bool {
        !self.health.has_failed.load(Ordering::Relaxed)
    }
}

impl Drop for AuditLog {
    fn drop(&mut self) {
        self.messages = None;
        if let Some(writer) = self.writer.take() {
            writer.join().ok();
        }
    }
}

struct Writer {
    options: AuditOptions,
    key: SigningKey,
    state: State,
    segment: Segment,
    number: u64,
    begun: Instant,
}

impl Writer {
    fn open(options: &AuditOptions, key: SigningKey, now: Timestamp) -> Result<Self, AuditError> {
        let segments = options.path.join("segments");
        std::fs::create_dir_all(&segments).map_err(|error| AuditError::new(&segments, error))?;
        let mut state = State::read(&options.path.join("state.json"))?;
        let place = Place {
            root: &options.path,
            region: &options.region,
            key: &key,
        };
        for (number, path) in segments_of(&options.path)? {
            if number > state.segment {
                place.deliver(&path, number, sealed_at(&path, now), &mut state)?;
                state.write(&options.path.join("state.json"))?;
            }
            remove(&path)?;
        }
        if let Some(until) = state.digests_until.take() {
            place.digests(until, &mut state)?;
            state.write(&options.path.join("state.json"))?;
        }
        let number = state.segment + 1;
        let path = segment_path(&options.path, number);
        Ok(Self {
            segment: Segment::begin(&path, &state.hash)?,
            options: options.clone(),
            key,
            state,
            number,
            begun: Instant::now(),
        })
    }

    fn run(&mut self, waiting: &Receiver<Message>, health: &Health) {
        let mut synced = Instant::now();
        let mut is_dirty = false;
        loop {
            let message = waiting.recv_timeout(FLUSHED);
            let is_over = matches!(message, Err(RecvTimeoutError::Disconnected));
            let result = match message {
                Ok(message) => self.take(message, &mut is_dirty),
                Err(_) => self.segment.flush(),
            };
            let result = result.and_then(|()| {
                if is_dirty && (synced.elapsed() >= SYNCED || is_over) {
                    self.segment.sync()?;
                    (synced, is_dirty) = (Instant::now(), false);
                }
                self.turn(is_over)
            });
            // The log is well again as soon as it can be written and nothing waits.
            health.has_failed.store(result.is_err(), Ordering::Relaxed);
            if is_over {
                return;
            }
            if result.is_err() {
                std::thread::sleep(FLUSHED);
            }
        }
    }

    fn take(&mut self, message: Message, is_dirty: &mut bool) -> Result<(), AuditError> {
        match message {
            Message::Event { recipient, record } => {
                *is_dirty = true;
                if !self.state.accounts.contains_key(&*recipient) {
                    self.state
                        .accounts
                        .insert(recipient.to_string(), Default::default());
                    let start = self.started(&recipient);
                    self.segment.append(&recipient, &start)?;
                }
                self.segment.append(&recipient, &record)
            }
            Message::Sync(answer) => {
                self.segment.sync()?;
                *is_dirty = false;
                // Nobody waits for it any more when this fails.
                answer.send(()).ok();
                Ok(())
            }
            Message::Deliver(answer) => {
                let now = Timestamp::now().as_second();
                let result = self.deliver().and_then(|()| self.sign(now + 1));
                answer.send(result.clone()).ok();
                result
            }
        }
    }

    /// Delivers and signs what is due.
    fn turn(&mut self, is_over: bool) -> Result<(), AuditError> {
        let is_due = self.begun.elapsed() >= DELIVERED || self.segment.bytes >= LARGEST || is_over;
        let now = Timestamp::now().as_second();
        let hour = hour_of(now);
        let is_hour_over = self
            .state
            .accounts
            .values()
            .any(|it| it.start != 0 && it.start < hour);
        if (is_due || is_hour_over) && self.segment.records > 0 {
            self.deliver()?;
        } else if is_due {
            self.begun = Instant::now();
        }
        if is_over {
            return self.sign(now + 1);
        }
        if is_hour_over {
            self.sign(hour)
        } else {
            Ok(())
        }
    }

    fn deliver(&mut self) -> Result<(), AuditError> {
        if self.segment.records == 0 {
            return Ok(());
        }
        self.segment.sync()?;
        let now = Timestamp::now();
        let sealed = self
            .segment
            .path
            .with_extension(format!("{}.sealed", now.as_second()));
        std::fs::rename(&self.segment.path, &sealed)
            .map_err(|error| AuditError::new(&sealed, error))?;
        self.segment.path = sealed.clone();
        let place = Place {
            root: &self.options.path,
            region: &self.options.region,
            key: &self.key,
        };
        place.deliver(&sealed, self.number, now, &mut self.state)?;
        self.state.write(&self.options.path.join("state.json"))?;
        remove(&sealed)?;
        self.number += 1;
        let path = segment_path(&self.options.path, self.number);
        self.segment = Segment::begin(&path, &self.state.hash)?;
        self.begun = Instant::now();
        Ok(())
    }

    fn sign(&mut self, until: i64) -> Result<(), AuditError> {
        let path = self.options.path.join("state.json");
        self.state.digests_until = Some(until);
        self.state.write(&path)?;
        let place = Place {
            root: &self.options.path,
            region: &self.options.region,
            key: &self.key,
        };
        place.digests(until, &mut self.state)?;
        self.state.digests_until = None;
        self.state.write(&path)
    }

    /// The record that explains why the log of an account begins here.
    fn started(&self, account: &str) -> Vec<u8> {
        let region = &self.options.region;
        let event = Event {
            time: Timestamp::now(),
            source: "cloudtrail.amazonaws.com",
            name: "StartLogging".into(),
            region: region.as_str().into(),
            user_identity: Arc::new(
                serde_json::json!({"type": "AWSService", "invokedBy": "rempart"}),
            ),
            source_address: "rempart".into(),
            user_agent: "rempart".into(),
            tls: None,
            parameters: Some(serde_json::json!({
                "name": format!("arn:aws:cloudtrail:{region}:{account}:trail/{TRAIL}")
            })),
            response: None,
            additional: None,
            resources: Vec::new(),
            read_only: false,
            category: crate::event::Category::Management,
            request_id: "start".into(),
            recipient: account.into(),
            failure: None,
        };
        let mut id = [0; 16];
        SystemRandom::new().fill(&mut id).ok();
        record(
            &event,
            &uuid::Builder::from_random_bytes(id).into_uuid().to_string(),
        )
    }
}

fn segment_path(root: &Path, number: u64) -> PathBuf {
    root.join("segments").join(format!("{number:012}.jsonl"))
}

/// Segments in their order.
pub(crate) fn segments_of(root: &Path) -> Result<Vec<(u64, PathBuf)>, AuditError> {
    let folder = root.join("segments");
    let failed = |error: std::io::Error| AuditError::new(&folder, error);
    let mut found = Vec::new();
    for entry in std::fs::read_dir(&folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let name = path
            .file_name()
            .and_then(|name| name.to_str())
            .unwrap_or_default();
        let number = name.split('.').next().and_then(|text| text.parse().ok());
        if let Some(number) = number {
            found.push((number, path));
        }
    }
    found.sort();
    Ok(found)
}

/// When a segment was sealed: its name says so.
fn sealed_at(path: &Path, now: Timestamp) -> Timestamp {
    let name = path
        .file_name()
        .and_then(|name| name.to_str())
        .unwrap_or_default();
    let second = name.split('.').nth(1).and_then(|text| text.parse().ok());
    second
        .and_then(|second| Timestamp::from_second(second).ok())
        .unwrap_or(now)
}

fn remove(path: &Path) -> Result<(), AuditError> {
    std::fs::remove_file(path).map_err(|error| AuditError::new(path, error))
}

/// Calls `visit` with every record that was not delivered yet, oldest first.
///
/// # Errors
/// The disk fails, or what is there was altered.
pub fn undelivered(root: &Path, mut visit: impl FnMut(&[u8])) -> Result<(), AuditError> {
    let done = State::read(&root.join("state.json"))?.segment;
    for (number, path) in segments_of(root)? {
        if number > done {
            for (_, record) in segment::read(&path)?.records {
                visit(&record);
            }
        }
    }
    Ok(())
}
