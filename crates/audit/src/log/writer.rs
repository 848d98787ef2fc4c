//! The thread that writes segments.
//!
//! It works in batches: what waits is appended, handed to the system in one piece and, when somebody
//! waits for that or the time has come, synced once for all.

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender};
use ring::hmac;
use serde_json::json;

use super::deliverer::Job;
use super::health::{Health, Recovered};
use super::{AuditOptions, AuditSettings, NOBODY, new_id, segment_path};
use crate::deliver::TRAIL;
use crate::event::{Category, Event};
use crate::files::AuditError;
use crate::record::{own, record};
use crate::segment::Segment;
use crate::state::State;

/// Messages that are taken before the disk and the clock are looked after.
const BATCH: usize = 4_096;
/// Bytes that may wait in memory while the disk takes none. Then callers wait, and are refused.
const HELD: usize = 1 << 20;

pub(super) enum Message {
    Event {
        recipient: Arc<str>,
        record: Vec<u8>,
    },
    /// Answered when everything before is durable, or could not be made so.
    Sync(Sender<bool>),
    Deliver(Sender<Result<(), AuditError>>),
}

pub(super) struct Writer {
    root: PathBuf,
    region: String,
    settings: AuditSettings,
    chain: hmac::Key,
    jobs: Sender<Job>,
    segment: Segment,
    number: u64,
    accounts: HashSet<Arc<str>>,
    begun: Instant,
    flushed: Instant,
    synced: Instant,
    /// Something was appended that is not durable.
    is_dirty: bool,
    /// A sync failed: the system may have forgotten what it could not write, so that a later success
    /// would mean nothing. The log is not well again before it is opened anew.
    is_broken: bool,
}

impl Writer {
    pub(super) fn begin(
        options: &AuditOptions,
        settings: &AuditSettings,
        chain: hmac::Key,
        state: &State,
        jobs: Sender<Job>,
    ) -> Result<Self, AuditError> {
        let number = state.segment + 1;
        let path = segment_path(&options.path, number);
        let now = Instant::now();
        Ok(Self {
            segment: Segment::begin(&path, &state.hash, &chain)?,
            root: options.path.clone(),
            region: options.region.clone(),
            settings: settings.clone(),
            chain,
            jobs,
            number,
            accounts: state
                .accounts
                .keys()
                .map(|account| account.as_str().into())
                .collect(),
            begun: now,
            flushed: now,
            synced: now,
            is_dirty: false,
            is_broken: false,
        })
    }

    /// Records what was found when the log was opened: in the logs of all accounts, since the line that
    /// was torn or altered can have been anybody's.
    pub(super) fn tell_of(&mut self, recovered: &Recovered) {
        let mut accounts: Vec<Arc<str>> = self.accounts.iter().cloned().collect();
        if accounts.is_empty() {
            accounts.push(NOBODY.into());
        }
        accounts.sort();
        for account in accounts {
            if recovered.torn_bytes > 0 {
                let details = json!({"tornBytes": recovered.torn_bytes});
                self.append_own("AuditLogRecovered", &account, &details);
            }
            if !recovered.altered.is_empty() {
                let details = json!({"setAside": recovered.altered});
                self.append_own("AuditLogAltered", &account, &details);
            }
        }
    }

    pub(super) fn run(&mut self, waiting: &Receiver<Message>, health: &Health) {
        let mut asked = Vec::new();
        loop {
            // While the disk takes nothing, no more is taken than may be held.
            let is_full = self.segment.pending() >= HELD;
            let mut is_over = false;
            if is_full {
                std::thread::sleep(self.settings.flush_after);
            } else {
                match waiting.recv_timeout(self.settings.flush_after) {
                    Ok(message) => self.take(message, &mut asked, health),
                    Err(RecvTimeoutError::Timeout) => {}
                    Err(RecvTimeoutError::Disconnected) => is_over = true,
                }
                let mut taken = 0;
                while taken < BATCH && self.segment.pending() < HELD {
                    let Ok(message) = waiting.try_recv() else {
                        break;
                    };
                    self.take(message, &mut asked, health);
                    taken += 1;
                }
            }
            self.tell_of_gaps(waiting, health);
            let result = self.look_after(!asked.is_empty(), is_over, health);
            let is_kept = result.is_ok() && !self.is_broken;
            for answer in asked.drain(..) {
                // Nobody waits for it any more when this fails.
                answer.send(is_kept).ok();
            }
            let problem = match result {
                Err(error) => Some(error.to_string()),
                Ok(()) if self.is_broken => Some("it could not be synced".to_owned()),
                Ok(()) => None,
            };
            health.note_writing(problem);
            if is_over {
                return;
            }
        }
    }

    fn take(&mut self, message: Message, asked: &mut Vec<Sender<bool>>, health: &Health) {
        match message {
            Message::Event { recipient, record } => self.append(&recipient, &record),
            Message::Sync(answer) => asked.push(answer),
            Message::Deliver(answer) => match self.turn_over(health) {
                // The deliverer answers when it has come to it.
                Ok(()) => drop(self.jobs.send(Job::Sign(answer))),
                Err(error) => drop(answer.send(Err(error))),
            },
        }
    }

    fn append(&mut self, recipient: &Arc<str>, record: &[u8]) {
        if !self.accounts.contains(recipient) {
            self.accounts.insert(Arc::clone(recipient));
            let started = self.started(recipient);
            self.segment.append(recipient, &started);
        }
        self.segment.append(recipient, record);
        self.is_dirty = true;
    }

    fn append_own(&mut self, name: &str, account: &Arc<str>, details: &serde_json::Value) {
        let now = (self.settings.clock)();
        let record = own(
            name,
            &self.region,
            account,
            now,
            &new_id().to_string(),
            details,
        );
        self.append(account, &record);
    }

    /// Once there is room again, the log says what it did not take.
    fn tell_of_gaps(&mut self, waiting: &Receiver<Message>, health: &Health) {
        let is_drained = waiting.len() <= self.settings.waiting / 4;
        if !health.is_overflowing() || !is_drained || self.segment.pending() >= HELD {
            return;
        }
        for (account, gap) in health.drained() {
            let details = json!({
                "notRecorded": gap.count,
                "from": gap.first.to_string(),
                "until": gap.last.to_string(),
            });
            self.append_own("EventsNotRecorded", &account, &details);
        }
    }

    fn look_after(
        &mut self,
        is_asked: bool,
        is_over: bool,
        health: &Health,
    ) -> Result<(), AuditError> {
        let is_due = self.flushed.elapsed() >= self.settings.flush_after;
        if is_asked || is_over || is_due || self.segment.pending() >= HELD / 4 {
            self.segment.flush()?;
            self.flushed = Instant::now();
        }
        let is_due = self.synced.elapsed() >= self.settings.sync_after;
        if self.is_dirty && (is_asked || is_over || is_due) {
            self.sync()?;
        }
        let is_due = self.begun.elapsed() >= self.settings.deliver_after
            || self.segment.bytes >= self.settings.deliver_bytes;
        if is_due || is_over {
            self.turn_over(health)?;
        }
        Ok(())
    }

    fn sync(&mut self) -> Result<(), AuditError> {
        self.segment.flush()?;
        if let Err(error) = self.segment.sync() {
            self.is_broken = true;
            return Err(error);
        }
        (self.synced, self.is_dirty) = (Instant::now(), false);
        Ok(())
    }

    /// Begins a new segment and gives the old one to the deliverer.
    fn turn_over(&mut self, health: &Health) -> Result<(), AuditError> {
        self.begun = Instant::now();
        if self.segment.records == 0 {
            return Ok(());
        }
        // The old one is durable before there is a new one: only the last can ever be torn.
        self.sync()?;
        let number = self.number + 1;
        let path = segment_path(&self.root, number);
        let next = Segment::begin(&path, &self.segment.hash, &self.chain)?;
        let old = std::mem::replace(&mut self.segment, next);
        health.undelivered.fetch_add(1, Ordering::Relaxed);
        let job = Job::Deliver {
            number: self.number,
            path: old.path,
        };
        self.number = number;
        // Without a deliverer it is delivered when the log is opened again.
        self.jobs.send(job).ok();
        Ok(())
    }

    /// The record that explains why the log of an account begins here.
    fn started(&self, account: &str) -> Vec<u8> {
        let region = &self.region;
        let event = Event {
            time: (self.settings.clock)(),
            source: "cloudtrail.amazonaws.com",
            name: "StartLogging".into(),
            region: region.as_str().into(),
            user_identity: Arc::new(json!({"type": "AWSService", "invokedBy": "rempart"})),
            source_address: "rempart".into(),
            user_agent: "rempart".into(),
            tls: None,
            parameters: Some(json!({
                "name": format!("arn:aws:cloudtrail:{region}:{account}:trail/{TRAIL}")
            })),
            response: None,
            additional: None,
            resources: Vec::new(),
            read_only: false,
            category: Category::Management,
            request_id: new_id().to_string().into(),
            recipient: account.into(),
            failure: None,
        };
        record(&event, &new_id().to_string())
    }
}
