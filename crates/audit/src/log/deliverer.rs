//! The thread that delivers segments and signs digests. The writer never waits for it.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender};

use super::health::{Health, Recovered};
use super::{AuditOptions, AuditSettings, Clock, segments_of};
use crate::deliver::{Place, hour_of};
use crate::files::{AuditError, sync_folder};
use crate::segment;
use crate::signing::SigningKey;
use crate::state::State;

/// How often it is looked whether an hour is over, and whether what failed works again.
const PAUSE: Duration = Duration::from_secs(1);

pub(super) enum Job {
    Deliver { number: u64, path: PathBuf },
    Sign(Sender<Result<(), AuditError>>),
}

pub(super) struct Deliverer {
    options: AuditOptions,
    key: SigningKey,
    state: State,
    clock: Clock,
    set_altered_aside: bool,
    health: Arc<Health>,
}

impl Deliverer {
    pub(super) fn new(
        options: &AuditOptions,
        settings: &AuditSettings,
        key: SigningKey,
        health: Arc<Health>,
    ) -> Result<Self, AuditError> {
        Ok(Self {
            state: State::read(&options.path.join("state.json"), Some(key.chain()))?,
            options: options.clone(),
            key,
            clock: Arc::clone(&settings.clock),
            set_altered_aside: settings.set_altered_aside,
            health,
        })
    }

    pub(super) fn state(&self) -> &State {
        &self.state
    }

    /// Finishes what a crash interrupted.
    pub(super) fn recover(&mut self, now: i64) -> Result<Recovered, AuditError> {
        let mut recovered = Recovered::default();
        if let Some(until) = self.state.digests_until {
            self.sign(until)?;
        }
        let segments = segments_of(&self.options.path)?;
        let last = segments.last().map(|(number, _)| *number);
        for (number, path) in segments {
            if number <= self.state.segment {
                remove(&path)?;
                continue;
            }
            match self.deliver(number, &path, Some(number) == last, now) {
                Ok(torn) => recovered.torn_bytes += torn,
                Err(_) if self.is_altered(&path) && self.set_altered_aside => {
                    recovered.altered.push(self.set_aside(number, &path)?);
                }
                Err(error) => return Err(error),
            }
            recovered.segments += 1;
        }
        Ok(recovered)
    }

    /// Whether a segment is at fault, not the disk.
    fn is_altered(&self, path: &Path) -> bool {
        let Ok(bytes) = std::fs::read(path) else {
            return false;
        };
        match segment::parse(path, &bytes, Some(self.key.chain())) {
            Ok(content) => content.torn > 0 || content.before != Some(&*self.state.hash),
            Err(_) => true,
        }
    }

    /// Moves a segment away. The next one is believed when it says what came before, since its own lines
    /// have to fit that.
    fn set_aside(&mut self, number: u64, path: &Path) -> Result<String, AuditError> {
        let folder = self.options.path.join("altered");
        let failed = |error: std::io::Error| AuditError::new(&folder, error);
        std::fs::create_dir_all(&folder).map_err(failed)?;
        let name = path.file_name().unwrap_or_default();
        std::fs::rename(path, folder.join(name)).map_err(failed)?;
        sync_folder(&folder)?;
        self.state.segment = number;
        self.state.delivering = None;
        let mut segments = segments_of(&self.options.path)?.into_iter();
        let next = segments.find(|(other, _)| *other > number);
        if let Some((_, next)) = next {
            let bytes = std::fs::read(&next).map_err(|error| AuditError::new(&next, error))?;
            if let Ok(content) = segment::parse(&next, &bytes, Some(self.key.chain()))
                && let Some(before) = content.before
            {
                before.clone_into(&mut self.state.hash);
            }
        }
        self.save()?;
        Ok(name.to_string_lossy().into_owned())
    }

    pub(super) fn run(&mut self, jobs: &Receiver<Job>) {
        let mut queue = VecDeque::new();
        let mut is_over = false;
        loop {
            match jobs.recv_timeout(PAUSE) {
                Ok(job) => queue.push_back(job),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => is_over = true,
            }
            queue.extend(jobs.try_iter());
            let mut result = self.work(&mut queue);
            if result.is_ok() {
                result = self.sign_hour(is_over);
            }
            self.health
                .note_delivering(result.err().map(|error| error.to_string()));
            // What could not be delivered now is delivered when the log is opened again.
            if is_over {
                return;
            }
        }
    }

    /// Works through the queue; what fails stays at its front.
    fn work(&mut self, queue: &mut VecDeque<Job>) -> Result<(), AuditError> {
        while let Some(job) = queue.pop_front() {
            match job {
                Job::Deliver { number, path } => {
                    let now = (self.clock)().as_second();
                    if let Err(error) = self.deliver(number, &path, false, now) {
                        queue.push_front(Job::Deliver { number, path });
                        self.refuse(queue, &error);
                        return Err(error);
                    }
                    self.health.undelivered.fetch_sub(1, Ordering::Relaxed);
                }
                Job::Sign(answer) => {
                    // Nobody waits for it any more when this fails.
                    answer.send(self.sign_now()).ok();
                }
            }
        }
        Ok(())
    }

    /// Whoever waits is told that it failed.
    fn refuse(&self, queue: &mut VecDeque<Job>, error: &AuditError) {
        queue.retain(|job| match job {
            Job::Sign(answer) => {
                answer.send(Err(error.clone())).ok();
                false
            }
            Job::Deliver { .. } => true,
        });
    }

    fn deliver(
        &mut self,
        number: u64,
        path: &Path,
        is_last: bool,
        now: i64,
    ) -> Result<usize, AuditError> {
        let at = match self.state.delivering {
            Some((begun, at)) if begun == number => at,
            _ => {
                self.state.delivering = Some((number, now));
                self.save()?;
                now
            }
        };
        let mut state = self.state.clone();
        let torn = self
            .place()
            .deliver(path, number, at, is_last, &mut state)?;
        state.delivering = None;
        self.state = state;
        self.save()?;
        remove(path)?;
        Ok(torn)
    }

    fn sign_hour(&mut self, is_over: bool) -> Result<(), AuditError> {
        let now = (self.clock)().as_second();
        let hour = hour_of(now);
        let mut chains = self.state.accounts.values();
        if is_over {
            self.sign_now()
        } else if chains.any(|chain| chain.start != 0 && chain.start < hour) {
            self.sign(hour)
        } else {
            Ok(())
        }
    }

    /// Signs digests over everything that was delivered.
    fn sign_now(&mut self) -> Result<(), AuditError> {
        let now = (self.clock)().as_second();
        // Twice in one second: the second digest ends a second later.
        let chains = self.state.accounts.values();
        let waiting = chains.filter(|chain| !chain.files.is_empty());
        let least = waiting.map(|chain| chain.start + 1).max().unwrap_or(0);
        self.sign((now + 1).max(least))
    }

    fn sign(&mut self, until: i64) -> Result<(), AuditError> {
        if self.state.digests_until != Some(until) {
            self.state.digests_until = Some(until);
            self.save()?;
        }
        let mut state = self.state.clone();
        self.place().digests(until, &mut state)?;
        state.digests_until = None;
        self.state = state;
        self.save()
    }

    fn place(&self) -> Place<'_> {
        Place {
            root: &self.options.path,
            region: &self.options.region,
            key: &self.key,
        }
    }

    fn save(&self) -> Result<(), AuditError> {
        let path = self.options.path.join("state.json");
        self.state.write(&path, self.key.chain())
    }
}

fn remove(path: &Path) -> Result<(), AuditError> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(AuditError::new(path, error))
        }
        _ => Ok(()),
    }
}
