//! `rempart trail explain`.

use std::io::Write;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use anyhow::{Context, bail, ensure};
use rempart_case::explain::{explain, text};
use rempart_locale::locale;
use rempart_trail::read::{Limits, Place, ReadError, Scratch, Visitor, read_source};
use rempart_trail::record::{Field, Record};
use rempart_trail::s3::S3Options;
use rempart_trail::source::{DiscoverOptions, Discovery, Input, discover};
use rempart_trail::time::EventTime;

use crate::arguments::{ExplainFormat, TrailExplainArguments};
use crate::command::s3_problems;
use crate::exit::Exit;
use crate::{output, progress};

/// Problems, and events that are near, that are shown one by one.
const MOST_SHOWN: usize = 5;
/// Characters that the beginnings of two event ids must share to be near.
const NEAR_PREFIX: usize = 8;

pub(crate) fn run(arguments: &TrailExplainArguments) -> anyhow::Result<Exit> {
    let raw = match arguments.trail.is_empty() {
        true => single(&arguments.event)?,
        false => looked_up(arguments)?,
    };
    let record = Record::parse(&raw).context("the record cannot be read")?;
    let explanation = explain(&record, locale(arguments.lang));
    let mut stdout = std::io::stdout().lock();
    match arguments.format {
        ExplainFormat::Text => write!(stdout, "{}", text(&explanation))?,
        ExplainFormat::Json => {
            serde_json::to_writer_pretty(&mut stdout, &explanation)?;
            writeln!(stdout)?;
        }
    }
    Ok(Exit::Clean)
}

/// The one record of a file or of standard input.
fn single(event: &str) -> anyhow::Result<Vec<u8>> {
    let is_file = event == "-" || Path::new(event).exists();
    if !is_file && looks_like_id(event) {
        bail!(
            "{event} is no file\nhint: an event id is looked up in logs: add --trail with files, directories or s3://bucket/prefix"
        );
    }
    let discovery = discovered(&[event.to_owned()]);
    if let Some(problem) = discovery.problems.first() {
        bail!("{}: {}", problem.name, problem.message);
    }
    ensure!(
        !Path::new(event).is_dir(),
        "{event} is a directory\nhint: look an event id up in it: rempart trail explain EVENT-ID --trail {event}"
    );
    let mut only = Only::default();
    let mut scratch = Scratch::default();
    for source in &discovery.sources {
        let report = read_source(source, &Limits::default(), &mut scratch, &mut only);
        if only.record.is_none()
            && let Some(problem) = report.problems.first()
        {
            bail!("{event}: {}", problem.reason);
        }
    }
    ensure!(
        only.count < 2,
        "{event} holds more than one record\nhint: name one by its event id, and the file by --trail"
    );
    match (only.record, only.unreadable, only.other) {
        (Some(record), _, _) => Ok(record),
        (None, Some(reason), _) => bail!("{event}: {reason}"),
        (None, None, Some(what)) => bail!("{event} holds no CloudTrail record, but {what}"),
        (None, None, None) => bail!("{event} holds no record"),
    }
}

fn looks_like_id(text: &str) -> bool {
    text.len() == 36
        && text
            .bytes()
            .all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
}

fn discovered(paths: &[String]) -> Discovery {
    let inputs: Vec<Input> = paths.iter().map(|path| Input::parse(path)).collect();
    let options = DiscoverOptions {
        s3: S3Options::from_env(),
        ..DiscoverOptions::default()
    };
    let mut discovery = discover(&inputs, &options);
    discovery.problems.iter_mut().for_each(s3_problems::clarify);
    discovery
}

/// Takes the first record, and counts to two.
#[derive(Default)]
struct Only {
    record: Option<Vec<u8>>,
    count: usize,
    unreadable: Option<String>,
    other: Option<String>,
}

impl Visitor for Only {
    fn record(&mut self, record: &Record<'_>, _: Place) {
        self.count += 1;
        self.record.get_or_insert_with(|| record.raw().to_vec());
    }

    fn unreadable(&mut self, _: Place, reason: &ReadError, _: &[u8]) {
        self.unreadable.get_or_insert_with(|| reason.to_string());
    }

    fn other(&mut self, _: Place, what: &str) {
        self.other.get_or_insert_with(|| what.to_owned());
    }

    fn flow(&mut self) -> ControlFlow<()> {
        match self.count {
            0 | 1 => ControlFlow::Continue(()),
            _ => ControlFlow::Break(()),
        }
    }
}

/// The record of an event id, wherever it is found first.
fn looked_up(arguments: &TrailExplainArguments) -> anyhow::Result<Vec<u8>> {
    let discovery = discovered(&arguments.trail);
    let id = arguments.event.trim();
    ensure!(!id.is_empty(), "the event id is empty");
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let threads = arguments.threads.map_or(cores, usize::from);
    let search = Search::new(id);
    progress::shown_as(
        |_| search.message(discovery.sources.len()),
        !arguments.no_progress,
        || search.run(&discovery, threads),
    );
    let mut found = search
        .found
        .into_inner()
        .unwrap_or_else(PoisonError::into_inner);
    if let Some(record) = found.record {
        return Ok(record);
    }
    let discovered = discovery
        .problems
        .iter()
        .map(|problem| format!("{}: {}", problem.name, problem.message));
    found.problems.extend(discovered);
    found.problems.sort();
    for problem in found.problems.iter().take(MOST_SHOWN) {
        output::warning(problem);
    }
    if found.problems.len() > MOST_SHOWN {
        let more = found.problems.len() - MOST_SHOWN;
        output::warning(&format!("{more} further problems"));
    }
    let records = search.records.load(Ordering::Relaxed);
    bail!("{}", found.sentence(id, records))
}

struct Search<'a> {
    id: &'a str,
    next: AtomicUsize,
    is_found: AtomicBool,
    records: AtomicU64,
    done: AtomicU64,
    found: Mutex<Found>,
}

/// What a search came to.
#[derive(Default)]
struct Found {
    record: Option<Vec<u8>>,
    /// Events that the user may have meant.
    near: Vec<String>,
    /// The period of the records that were read.
    period: Option<(EventTime, EventTime)>,
    problems: Vec<String>,
}

impl<'a> Search<'a> {
    fn new(id: &'a str) -> Self {
        Self {
            id,
            next: AtomicUsize::new(0),
            is_found: AtomicBool::new(false),
            records: AtomicU64::new(0),
            done: AtomicU64::new(0),
            found: Mutex::default(),
        }
    }

    fn message(&self, all: usize) -> String {
        let (done, records) = (
            self.done.load(Ordering::Relaxed),
            self.records.load(Ordering::Relaxed),
        );
        format!("{done} of {all} files, {records} records")
    }

    fn run(&self, discovery: &Discovery, threads: usize) {
        let work = || {
            let mut scratch = Scratch::default();
            let mut seeker = Seeker {
                search: self,
                found: Found::default(),
            };
            while let Some(source) = discovery
                .sources
                .get(self.next.fetch_add(1, Ordering::Relaxed))
            {
                if self.is_found.load(Ordering::Relaxed) {
                    break;
                }
                let report = read_source(source, &Limits::default(), &mut scratch, &mut seeker);
                self.done.fetch_add(1, Ordering::Relaxed);
                self.records.fetch_add(report.records, Ordering::Relaxed);
                let problems = report
                    .problems
                    .iter()
                    .map(|problem| format!("{}: {}", source.name, problem.reason));
                seeker.found.problems.extend(problems);
                if report.unreadable > 0 {
                    seeker.found.problems.push(format!(
                        "{}: unreadable records: {}",
                        source.name, report.unreadable
                    ));
                }
            }
            let mut whole = self.found.lock().unwrap_or_else(PoisonError::into_inner);
            whole.merge(seeker.found);
        };
        std::thread::scope(|scope| {
            for _ in 1..threads.clamp(1, discovery.sources.len().max(1)) {
                scope.spawn(work);
            }
            work();
        });
    }
}

impl Found {
    fn merge(&mut self, other: Self) {
        if self.record.is_none() {
            self.record = other.record;
        }
        self.near.extend(other.near);
        self.near.sort();
        self.near.dedup();
        self.near.truncate(MOST_SHOWN);
        self.problems.extend(other.problems);
        if let Some((first, last)) = other.period {
            self.widen(first);
            self.widen(last);
        }
    }

    fn widen(&mut self, time: EventTime) {
        self.period = Some(match self.period {
            Some((first, last)) => (first.min(time), last.max(time)),
            None => (time, time),
        });
    }

    fn sentence(&self, id: &str, records: u64) -> String {
        let mut sentence = format!("no record with the event id {id} in {records} records");
        match self.period {
            Some((first, last)) => {
                sentence.push_str(&format!(", which cover {first} to {last}"));
            }
            None if records > 0 => sentence.push_str(", none of which has a time"),
            None => {}
        }
        if !self.near.is_empty() {
            sentence.push_str(&format!("\nhint: near: {}", self.near.join("; ")));
        }
        sentence
    }
}

struct Seeker<'s, 'a> {
    search: &'s Search<'a>,
    found: Found,
}

impl Visitor for Seeker<'_, '_> {
    fn record(&mut self, record: &Record<'_>, _: Place) {
        let search = self.search;
        if let Some(time) = record.event_time() {
            self.found.widen(time);
        }
        let id = record
            .text(Field::EventId)
            .or_else(|| record.text(Field::AggregatedEventId))
            .unwrap_or_default();
        if id.eq_ignore_ascii_case(search.id) {
            self.found
                .record
                .get_or_insert_with(|| record.raw().to_vec());
            search.is_found.store(true, Ordering::Relaxed);
            return;
        }
        let other = [Field::RequestId, Field::SharedEventId]
            .into_iter()
            .find(|field| {
                record
                    .text(*field)
                    .is_some_and(|text| text.eq_ignore_ascii_case(search.id))
            });
        let why = match other {
            Some(field) => Some(format!("its {} is the same", field.name())),
            None if is_near(&id, search.id) => Some("it begins the same".to_owned()),
            None => None,
        };
        if let Some(why) = why {
            let time = record.text(Field::EventTime).unwrap_or_default();
            let name = record.text(Field::EventName).unwrap_or_default();
            self.found
                .near
                .push(format!("{id} ({name}, {time}; {why})"));
            if self.found.near.len() > 100 {
                self.found.near.sort();
                self.found.near.truncate(MOST_SHOWN);
            }
        }
    }

    fn unreadable(&mut self, _: Place, _: &ReadError, _: &[u8]) {}

    fn other(&mut self, _: Place, _: &str) {}

    fn flow(&mut self) -> ControlFlow<()> {
        match self.search.is_found.load(Ordering::Relaxed) {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        }
    }
}

fn is_near(id: &str, wanted: &str) -> bool {
    match (id.get(..NEAR_PREFIX), wanted.get(..NEAR_PREFIX)) {
        (Some(start), Some(wanted)) => start.eq_ignore_ascii_case(wanted),
        _ => false,
    }
}
