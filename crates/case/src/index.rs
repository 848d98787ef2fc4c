//! What all records say about credentials: whose they are, where they were used, what they led to.
//!
//! Built while the rules run, so that logs are read once for it. Copies of records change counts only;
//! everything else is a set or a smallest and greatest time.

mod fact;
mod note;
mod recorded;

use std::sync::{Arc, Mutex, PoisonError};

use hashbrown::HashMap;
use rempart_hunt::observe::{Observer, Observers};
use rempart_hunt::shared_texts::SharedTexts;
use rempart_trail::read::Place;
use rempart_trail::record::Record;

pub(crate) use fact::{Actor, Fact, FactKind};
pub(crate) use note::{actor_of, call_of, error_of};
pub(crate) use recorded::Recorded;

use crate::model::SessionKind;
use crate::suspect::{Hits, Suspicion};

/// Credentials that are remembered, some 400 bytes each.
const MOST_CREDENTIALS: usize = 1_000_000;
/// Pairs of address and agent that are remembered of a credential.
const MOST_USES: usize = 64;
/// Facts that are remembered, some 200 bytes each.
const MOST_FACTS: usize = 1_000_000;

/// A pair of address and agent with which a credential was used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Use {
    pub(crate) address: Arc<str>,
    pub(crate) agent: Arc<str>,
    pub(crate) first: i64,
    pub(crate) last: i64,
    pub(crate) events: u64,
    pub(crate) failed: u64,
}

/// A credential.
#[derive(Clone, Debug)]
pub(crate) struct Credential {
    pub(crate) kind: SessionKind,
    /// ARN of the caller, or what stands for it.
    pub(crate) principal: Arc<str>,
    pub(crate) principal_id: Option<Arc<str>>,
    pub(crate) account: Arc<str>,
    pub(crate) role: Option<Arc<str>>,
    pub(crate) source_identity: Option<Arc<str>>,
    pub(crate) on_behalf_of: Option<Arc<str>>,
    pub(crate) in_scope_of: Option<Arc<str>>,
    pub(crate) mfa: Option<bool>,
    pub(crate) created: Option<i64>,
    pub(crate) from_console: bool,
    pub(crate) uses: Vec<Use>,
    /// Events with further pairs of address and agent.
    pub(crate) more: u64,
}

impl Credential {
    /// First and last time.
    pub(crate) fn span(&self) -> (i64, i64) {
        let first = self.uses.iter().map(|used| used.first).min();
        let last = self.uses.iter().map(|used| used.last).max();
        (first.unwrap_or_default(), last.unwrap_or_default())
    }

    /// The user or role behind it: sessions of one role share it, unless an identity provider names
    /// sessions after people.
    pub(crate) fn base(&self) -> &str {
        match &self.role {
            Some(_) if self.principal.contains("assumed-role/AWSReservedSSO_") => &self.principal,
            Some(role) => role,
            None => &self.principal,
        }
    }
}

/// What was learnt of all records.
#[derive(Debug, Default)]
pub(crate) struct Index {
    pub(crate) credentials: HashMap<Arc<str>, Credential>,
    pub(crate) facts: Vec<Fact>,
    pub(crate) recorded: Recorded,
    pub(crate) hits: Hits,
    /// Credentials and facts over the bounds.
    pub(crate) left_out: u64,
}

/// Builds an [`Index`] beside the rules.
#[derive(Debug)]
pub(crate) struct Indexer {
    suspicions: Vec<Suspicion>,
    index: Mutex<Index>,
}

impl Indexer {
    /// `suspicions` that only a look at each record can settle.
    pub(crate) fn new(suspicions: Vec<Suspicion>) -> Self {
        Self {
            suspicions,
            index: Mutex::default(),
        }
    }

    /// The index, complete when the run is over. Facts are in order of time.
    pub(crate) fn take(&self) -> Index {
        let mut slot = self.index.lock().unwrap_or_else(PoisonError::into_inner);
        let mut index = std::mem::take(&mut *slot);
        index.find_minted_keys();
        index.facts.sort();
        index.facts.dedup();
        for credential in index.credentials.values_mut() {
            credential.uses.sort_by(|one, other| {
                (one.first, &one.address, &one.agent).cmp(&(
                    other.first,
                    &other.address,
                    &other.agent,
                ))
            });
        }
        index
    }
}

impl Observers for Indexer {
    fn observer(&self) -> Box<dyn Observer + '_> {
        Box::new(Worker {
            shared: self,
            index: Index::default(),
            texts: SharedTexts::new(MOST_TEXTS),
        })
    }
}

/// One thread's part.
#[derive(Debug)]
pub(crate) struct Worker<'a> {
    shared: &'a Indexer,
    index: Index,
    texts: SharedTexts,
}

/// Distinct texts that are shared before starting anew.
const MOST_TEXTS: usize = 100_000;

impl Worker<'_> {
    fn share(&mut self, text: &str) -> Arc<str> {
        self.texts.share(text)
    }
}

impl Observer for Worker<'_> {
    fn record(&mut self, record: &Record<'_>, _source: &Arc<str>, _place: Place) {
        self.note(record);
    }

    fn finish(self: Box<Self>) {
        let mut whole = self
            .shared
            .index
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        whole.merge(self.index);
    }
}

impl Index {
    /// Records may not tell the key of the session that a call made. The session whose ARN it names and
    /// that began in its second is it.
    fn find_minted_keys(&mut self) {
        let mut begun: HashMap<(&str, i64), Vec<&Arc<str>>> = HashMap::new();
        for (key, credential) in &self.credentials {
            if let Some(created) = credential.created {
                begun
                    .entry((&credential.principal, created))
                    .or_default()
                    .push(key);
            }
        }
        for fact in &mut self.facts {
            let time = fact.time;
            if let FactKind::Minted {
                key,
                session,
                by_time,
                ..
            } = &mut fact.kind
                && key.is_empty()
                && let Some([only]) = begun.get(&(&**session, time)).map(Vec::as_slice)
            {
                *key = Arc::clone(only);
                *by_time = true;
            }
        }
    }

    fn merge(&mut self, other: Self) {
        self.left_out += other.left_out;
        self.recorded.merge(other.recorded);
        self.hits.merge(other.hits);
        let room = MOST_FACTS.saturating_sub(self.facts.len());
        self.left_out += other.facts.len().saturating_sub(room) as u64;
        self.facts.extend(other.facts.into_iter().take(room));
        if self.credentials.is_empty() {
            self.credentials = other.credentials;
            return;
        }
        for (key, credential) in other.credentials {
            let is_full = self.credentials.len() >= MOST_CREDENTIALS;
            match self.credentials.get_mut(&key) {
                Some(known) => known.merge(credential),
                None if is_full => self.left_out += 1,
                None => {
                    self.credentials.insert(key, credential);
                }
            }
        }
    }
}

impl Credential {
    fn merge(&mut self, other: Self) {
        // Threads may meet the records in any order: the smaller of two different values counts.
        if other.principal < self.principal {
            self.principal = other.principal;
            self.kind = other.kind;
            self.account = other.account;
        }
        smaller(&mut self.principal_id, other.principal_id);
        smaller(&mut self.role, other.role);
        smaller(&mut self.source_identity, other.source_identity);
        smaller(&mut self.on_behalf_of, other.on_behalf_of);
        smaller(&mut self.in_scope_of, other.in_scope_of);
        smaller(&mut self.mfa, other.mfa);
        smaller(&mut self.created, other.created);
        self.from_console |= other.from_console;
        self.more += other.more;
        for used in other.uses {
            let same =
                |known: &&mut Use| known.address == used.address && known.agent == used.agent;
            let is_full = self.uses.len() >= MOST_USES;
            match self.uses.iter_mut().find(same) {
                Some(known) => {
                    known.first = known.first.min(used.first);
                    known.last = known.last.max(used.last);
                    known.events += used.events;
                    known.failed += used.failed;
                }
                None if is_full => self.more += used.events,
                None => self.uses.push(used),
            }
        }
    }
}

/// Keeps the smaller of two values; nothing is greater than anything.
pub(crate) fn smaller<T: Ord>(known: &mut Option<T>, other: Option<T>) {
    if let Some(other) = other
        && known.as_ref().is_none_or(|known| other < *known)
    {
        *known = Some(other);
    }
}
