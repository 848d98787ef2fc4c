//! The second reading: the records in scope with their text, and those around them.

mod earliest;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use hashbrown::{HashMap, HashSet};
use rempart_hunt::derive::principal;
use rempart_hunt::filter::RecordFilter;
use rempart_hunt::progress::Progress;
use rempart_hunt::shared_texts::SharedTexts;
use rempart_trail::json::Json;
use rempart_trail::read::{Limits, Place, ReadError, Scratch, Visitor, read_source};
use rempart_trail::record::{Field, Record};
use rempart_trail::source::Source;
use sha2::{Digest, Sha256};

use crate::index::{actor_of, call_of, error_of};
use crate::material::Event;
use earliest::Earliest;

/// Records in scope that are kept, the earliest first.
const MOST_EVENTS: usize = 150_000;
/// Records around the scope that are kept, the earliest first.
const MOST_AROUND: usize = 40_000;
/// Distinct calls that are remembered of a principal's past.
const MOST_HABITS: usize = 2_000;
/// Bytes of a record that are kept; CloudTrail's own limit is 1 MB.
const LONGEST_RECORD: usize = 1 << 20;

/// What is looked for.
#[derive(Debug, Default)]
pub(crate) struct Wanted {
    /// Uses of credentials in scope, and whether they are held to be the intruder's.
    pub(crate) actors: HashMap<Arc<str>, HashMap<Arc<str>, bool>>,
    /// Single records, by `eventID`.
    pub(crate) ids: HashSet<Box<str>>,
    /// Credentials of principals whose past is of interest, with the principal.
    pub(crate) principals: HashMap<Arc<str>, Arc<str>>,
    /// Records around the scope from this time on.
    pub(crate) around_from: i64,
    /// Habits are calls before this time.
    pub(crate) habits_until: i64,
    /// Which records the user asked for.
    pub(crate) filter: RecordFilter,
}

/// What was found.
#[derive(Debug, Default)]
pub(crate) struct Gathered {
    /// In scope.
    pub(crate) events: Vec<Event>,
    /// Around it.
    pub(crate) around: Vec<Event>,
    /// Single records that were asked for.
    pub(crate) by_id: BTreeMap<Box<str>, Event>,
    /// Calls of principals before the incident.
    pub(crate) habits: BTreeMap<String, BTreeSet<String>>,
    /// Key of the credential of each event in scope is its actor's: index in `keys`.
    pub(crate) keys: Vec<Arc<str>>,
    /// Records in scope beyond the bound.
    pub(crate) events_left_out: u64,
    /// Records around the scope beyond the bound.
    pub(crate) around_left_out: u64,
}

impl Gathered {
    /// The single records; everything else is given up.
    pub(crate) fn into_cited(self) -> BTreeMap<Box<str>, Event> {
        self.by_id
    }
}

#[derive(Debug, Default)]
struct Shared {
    events: Earliest,
    around: Earliest,
    by_id: BTreeMap<Box<str>, Event>,
    habits: BTreeMap<String, BTreeSet<String>>,
}

/// Reads all sources again.
pub(crate) fn gather(
    sources: &[Source],
    wanted: &Wanted,
    limits: &Limits,
    threads: usize,
    progress: &Progress,
) -> Gathered {
    let next = AtomicUsize::new(0);
    let records = AtomicU64::new(0);
    let shared = Mutex::new(Shared {
        events: Earliest::new(MOST_EVENTS),
        around: Earliest::new(MOST_AROUND),
        ..Shared::default()
    });
    let mut keys: Vec<Arc<str>> = wanted.actors.keys().cloned().collect();
    keys.sort();
    let numbers: HashMap<Arc<str>, u32> = keys.iter().cloned().zip(0..).collect();
    let work = || {
        let mut scratch = Scratch::default();
        let mut reader = Reader {
            wanted,
            numbers: &numbers,
            source: "".into(),
            texts: SharedTexts::new(MOST_TEXTS),
            found: Shared {
                events: Earliest::new(MOST_EVENTS),
                around: Earliest::new(MOST_AROUND),
                ..Shared::default()
            },
        };
        while let Some(source) = sources.get(next.fetch_add(1, Ordering::Relaxed)) {
            if progress.is_stopped() {
                break;
            }
            reader.source = source.name.as_str().into();
            let report = read_source(source, limits, &mut scratch, &mut reader);
            records.fetch_add(report.records, Ordering::Relaxed);
            progress.sources_done.fetch_add(1, Ordering::Relaxed);
            progress
                .records
                .fetch_add(report.records, Ordering::Relaxed);
            progress
                .stored_bytes
                .fetch_add(report.stored_bytes, Ordering::Relaxed);
            progress
                .inflated_bytes
                .fetch_add(report.inflated_bytes, Ordering::Relaxed);
        }
        let mut whole = shared.lock().unwrap_or_else(PoisonError::into_inner);
        whole.merge(reader.found);
    };
    std::thread::scope(|scope| {
        for _ in 1..threads.max(1) {
            scope.spawn(work);
        }
        work();
    });
    let found = shared.into_inner().unwrap_or_else(PoisonError::into_inner);
    let (events, events_left_out) = found.events.finish();
    let (around, around_left_out) = found.around.finish();
    Gathered {
        events,
        around,
        by_id: found.by_id,
        habits: found.habits,
        keys,
        events_left_out,
        around_left_out,
    }
}

impl Shared {
    fn merge(&mut self, other: Self) {
        self.events.merge(other.events);
        self.around.merge(other.around);
        for (id, event) in other.by_id {
            match self.by_id.get_mut(&id) {
                Some(known) if known.place() <= event.place() => {}
                Some(known) => *known = event,
                None => {
                    self.by_id.insert(id, event);
                }
            }
        }
        for (principal, calls) in other.habits {
            self.habits.entry(principal).or_default().extend(calls);
        }
    }
}

#[derive(Debug)]
struct Reader<'a> {
    wanted: &'a Wanted,
    numbers: &'a HashMap<Arc<str>, u32>,
    source: Arc<str>,
    texts: SharedTexts,
    found: Shared,
}

impl Visitor for Reader<'_> {
    fn record(&mut self, record: &Record<'_>, place: Place) {
        if !self.wanted.filter.admits(record) {
            return;
        }
        let Some(time) = record.event_time().map(|time| time.0) else {
            return;
        };
        let key = actor_of(record);
        let uses = self.wanted.actors.get(&*key);
        let address = || record.text(Field::SourceIpAddress).unwrap_or_default();
        let hostile = uses.and_then(|uses| uses.get(&*address()).copied());
        if let Some(hostile) = hostile {
            let session = self.numbers.get(&*key).copied();
            if hostile {
                let event = self.event(record, place, time, session, true);
                self.found.events.push(event);
            }
        } else if time < self.wanted.habits_until
            && let Some(principal) = self.wanted.principals.get(&*key)
        {
            let (service, name) = call_of(record);
            let calls = self.found.habits.entry(principal.to_string()).or_default();
            if calls.len() < MOST_HABITS {
                calls.insert(format!("{service}:{name}"));
            }
        }
        let id = record.text(Field::EventId).unwrap_or_default();
        if self.wanted.ids.contains(&*id) {
            let event = self.event(record, place, time, None, hostile == Some(true));
            match self.found.by_id.get_mut(&*id) {
                Some(known) if known.place() <= event.place() => {}
                Some(known) => *known = event,
                None => {
                    self.found.by_id.insert(id.as_ref().into(), event);
                }
            }
        }
        if hostile != Some(true) && time >= self.wanted.around_from && is_around(record) {
            let event = self.event(record, place, time, None, false);
            self.found.around.push(event);
        }
    }

    fn unreadable(&mut self, _place: Place, _reason: &ReadError, _raw: &[u8]) {
        // The first reading accounted for it.
    }

    fn other(&mut self, _place: Place, _what: &str) {}
}

/// Distinct texts that are shared before starting anew.
const MOST_TEXTS: usize = 50_000;

impl Reader<'_> {
    fn share(&mut self, text: &str) -> Arc<str> {
        self.texts.share(text)
    }

    fn event(
        &mut self,
        record: &Record<'_>,
        place: Place,
        time: i64,
        session: Option<u32>,
        hostile: bool,
    ) -> Event {
        let text = |field| record.text(field).unwrap_or_default();
        let (service, name) = call_of(record);
        let read_only = record.get(Field::ReadOnly).and_then(Json::scalar_text);
        let read_only = match read_only.as_deref() {
            Some(flag) => flag == "true",
            None => ["Get", "List", "Describe", "Head"]
                .iter()
                .any(|verb| name.starts_with(verb)),
        };
        let raw = record.raw();
        let error = error_of(record).map(|error| self.share(&error));
        Event {
            time,
            id: text(Field::EventId).into(),
            source: Arc::clone(&self.source),
            index: place.index,
            sha256: Sha256::digest(raw).into(),
            service: self.share(&service),
            name: self.share(&name),
            session,
            principal: self.share(&principal(record)),
            address: self.share(&text(Field::SourceIpAddress)),
            agent: self.share(&text(Field::UserAgent)),
            account: self.share(&record.recipient_account().unwrap_or_default()),
            region: self.share(&text(Field::AwsRegion)),
            error,
            read_only,
            is_data: text(Field::EventCategory) == "Data",
            hostile,
            raw: if raw.len() <= LONGEST_RECORD {
                raw.into()
            } else {
                [].into()
            },
        }
    }
}

/// Calls of anybody that may matter to a case: what trains and deploys, and what changes rights, keys,
/// networks and logs.
fn is_around(record: &Record<'_>) -> bool {
    let plain = |field| {
        record
            .get(field)
            .and_then(Json::plain_str)
            .unwrap_or_default()
    };
    if plain(Field::EventCategory) == "Data" {
        return false;
    }
    let name = plain(Field::EventName);
    let reads = [
        "Get", "List", "Describe", "Head", "BatchGet", "Search", "Lookup",
    ];
    if reads.iter().any(|verb| name.starts_with(verb)) {
        return false;
    }
    match plain(Field::EventSource).trim_end_matches(".amazonaws.com") {
        "sagemaker" | "iam" | "cloudtrail" | "guardduty" | "config" | "securityhub"
        | "organizations" | "ecr" | "s3" | "sso" | "datazone" => true,
        "kms" => ![
            "Decrypt",
            "Encrypt",
            "GenerateDataKey",
            "CreateGrant",
            "RetireGrant",
            "ReEncrypt",
        ]
        .iter()
        .any(|verb| name.starts_with(verb)),
        "logs" => name.starts_with("Delete") || name.starts_with("Put"),
        "ec2" => [
            "SecurityGroup",
            "Route",
            "Vpc",
            "Subnet",
            "NetworkAcl",
            "Snapshot",
        ]
        .iter()
        .any(|part| name.contains(part)),
        "secretsmanager" => name != "GetSecretValue",
        _ => false,
    }
}

impl Event {
    /// Where it was read: copies in several files count as the one in the first.
    fn place(&self) -> (&str, u64) {
        (&self.source, self.index)
    }
}
