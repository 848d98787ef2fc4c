//! Opening a case: two readings of the logs, and everything between.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use hashbrown::{HashMap, HashSet};
use rempart_findings::Finding;
use rempart_hunt::filter::RecordFilter;
use rempart_hunt::progress::Progress;
use rempart_hunt::rulebook::RuleBook;
use rempart_hunt::run::{HuntOptions, HuntReport, hunt};
use rempart_locale::Text;
use rempart_reach::Reach;
use rempart_trail::integrity::IntegrityReport;
use rempart_trail::source::{Discovery, Location};
use sha2::{Digest, Sha256};

use crate::blast::{Policies, radius, reachable};
use crate::coverage::{cited_events, coverage};
use crate::gather::{Gathered, Wanted, gather};
use crate::history::History;
use crate::index::{Actor, Index, Indexer};
use crate::integrity::summarise;
use crate::material::{Event, Evidence, Material};
use crate::model::{Case, EstateInput, Inputs, Scope as ScopeOfCase, Suspect};
use crate::propose::propose;
use crate::scope::{Scope, close};
use crate::sessions::{Sources, links, sessions};
use crate::suspect::{Given, OfFinding, Suspicion, matches, near, shown};
use crate::workplace::Workplaces;

/// Records around the scope are of interest this long before it begins, in seconds.
const AROUND_BEFORE: i64 = 30 * 24 * 3600;

/// How a case is opened.
#[derive(Debug, Clone, Default)]
pub struct OpenOptions {
    /// Suspects; without one the findings propose some.
    pub suspects: Vec<Given>,
    /// Start of the period that is investigated, seconds since 1970. What lies before still counts as
    /// the past of principals.
    pub from: Option<i64>,
    /// End of it, not included.
    pub to: Option<i64>,
    /// When the organisation became aware (RFC 3339).
    pub aware_at: Option<String>,
    /// How the rules run. Its filter is not used.
    pub hunt: HuntOptions,
    /// Accounts that are the organisation's own, besides those that recorded.
    pub own_accounts: Vec<String>,
    /// Snapshots as given, beside their estates.
    pub estates: Vec<EstateInput>,
    /// Digest of the texts of the rules.
    pub rules_digest: String,
    /// What checking the digests of the logs said, where it was done.
    pub integrity: Option<IntegrityReport>,
}

/// A case, and what goes into its directory besides.
#[derive(Debug)]
pub struct Opened {
    /// The case.
    pub case: Case,
    /// What it was made from; the records are here with their text.
    pub material: Material,
    /// What the rules found in all logs, and the account of what was read.
    pub hunt: HuntReport,
    /// What the credentials in scope reached and could reach.
    pub reach: Reach,
    /// Single records that links, marks and coverage cite.
    pub cited: Vec<Event>,
    /// Suspects that matched nothing, with names that are near.
    pub not_found: Vec<(Given, Vec<String>)>,
}

/// A case cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Logs must be read twice.
    #[error("a case reads its logs twice, which standard input does not allow: save it to a file")]
    Stdin,
    /// No record was read.
    #[error("no CloudTrail record could be read")]
    NothingRead(Box<HuntReport>),
    /// No suspect matched.
    #[error("no record matches `{value}`")]
    SuspectNotFound {
        /// The suspect.
        value: String,
        /// Names that are near.
        near: Vec<String>,
        /// What the logs cover (RFC 3339).
        period: Option<(String, String)>,
        /// The account of what was read.
        hunt: Box<HuntReport>,
    },
    /// No suspect was named, and the findings propose none.
    #[error("the findings propose no suspect")]
    NothingSuspicious(Box<HuntReport>),
    /// The suspect acted outside the period alone.
    #[error("no record of the suspects lies in the period")]
    NothingInPeriod {
        /// What the logs cover (RFC 3339).
        period: Option<(String, String)>,
        /// The account of what was read.
        hunt: Box<HuntReport>,
    },
}

/// Opens a case.
///
/// # Errors
/// See [`OpenError`].
pub fn open(
    discovery: &Discovery,
    book: &RuleBook,
    policies: Policies<'_>,
    options: &OpenOptions,
    first_reading: &Progress,
    second_reading: &Progress,
) -> Result<Opened, OpenError> {
    let is_stdin = |location: &Location| matches!(location, Location::Stdin);
    if discovery
        .sources
        .iter()
        .any(|source| is_stdin(&source.location))
    {
        return Err(OpenError::Stdin);
    }
    let suspicions = Suspicion::of(&options.suspects);
    let indexer = Arc::new(Indexer::new(suspicions.clone()));
    let mut hunting = options.hunt.clone();
    hunting.filter = RecordFilter::default();
    hunting.observers = Some(indexer.clone());
    let report = hunt(discovery, book, &hunting, first_reading);
    let index = indexer.take();
    if !report.has_read_anything() {
        return Err(OpenError::NothingRead(Box::new(report)));
    }
    let history = History::of(&index, &report.findings);
    let start = start(options, &suspicions, &index, &history, &report);
    if start.seeds.is_empty() {
        return Err(match start.not_found.into_iter().next() {
            Some((given, near)) => OpenError::SuspectNotFound {
                value: given.value,
                near,
                period: period_of(&report),
                hunt: Box::new(report),
            },
            None => OpenError::NothingSuspicious(Box::new(report)),
        });
    }
    let places = Workplaces::of(&index, policies.estates);
    let scope = close(&start.seeds, &index, &history, &places);
    let wanted = wanted(&scope, &index, options);
    let gathered = gather(
        &discovery.sources,
        &wanted,
        &options.hunt.limits,
        options.hunt.threads,
        second_reading,
    );
    if gathered.events.is_empty() {
        return Err(OpenError::NothingInPeriod {
            period: period_of(&report),
            hunt: Box::new(report),
        });
    }
    let sources = Sources {
        index: &index,
        history: &history,
        scope: &scope,
        places: &places,
        gathered: &gathered,
    };
    let mut material = material(&sources, &report, options, policies.are_there());
    // What only sessions and links were made from takes the most memory of all.
    drop((index, history, scope, places));
    let cited = gathered.into_cited();
    let reach = radius(&material, policies, options.hunt.threads);
    material.reach = reachable(&reach);
    let asked = ScopeOfCase {
        suspects: start.suspects,
        from: options.from.map(rfc3339),
        to: options.to.map(rfc3339),
        aware_at: options.aware_at.clone(),
    };
    let inputs = inputs(discovery, &report, &material, options);
    let id = case_id(&asked, &inputs);
    let tool = format!("rempart {}", env!("CARGO_PKG_VERSION"));
    let mut case = crate::assemble::assemble(&material, &asked, inputs, id, tool);
    cite_rest(&mut case, &material, &cited);
    Ok(Opened {
        case,
        material,
        hunt: report,
        reach,
        cited: cited.into_values().collect(),
        not_found: start.not_found,
    })
}

fn rfc3339(seconds: i64) -> String {
    rempart_trail::time::EventTime(seconds).to_rfc3339()
}

fn period_of(report: &HuntReport) -> Option<(String, String)> {
    let summary = &report.summary;
    summary.first_event.clone().zip(summary.last_event.clone())
}

/// Where the scope starts.
#[derive(Debug, Default)]
struct Start {
    seeds: BTreeMap<Actor, Text>,
    suspects: Vec<Suspect>,
    not_found: Vec<(Given, Vec<String>)>,
}

fn start(
    options: &OpenOptions,
    suspicions: &[Suspicion],
    index: &Index,
    history: &History,
    report: &HuntReport,
) -> Start {
    let of_finding = |id: &str| {
        let finding = report.findings.iter().find(|finding| finding.id == id)?;
        Some(OfFinding {
            principals: finding.principals.iter().cloned().collect(),
            addresses: finding.source_ips.iter().cloned().collect(),
        })
    };
    let mut start = Start::default();
    for (number, given) in options.suspects.iter().enumerate() {
        let matched = matches(number, given, suspicions, index, history, of_finding);
        if matched.actors.is_empty() {
            start
                .not_found
                .push((given.clone(), near(&given.value, index)));
            continue;
        }
        start.suspects.push(shown(given, false, &matched));
        let text = Text::new("scope-suspect").with("suspect", &*given.value);
        for actor in matched.actors.into_keys() {
            start.seeds.entry(actor).or_insert_with(|| text.clone());
        }
    }
    if options.suspects.is_empty() {
        for proposal in propose(&report.findings, history) {
            let mut matched = matches(0, &proposal.given, &[], index, history, of_finding);
            // An address may be shared: only principals for whom it is unusual, or of whom findings speak.
            matched.actors.retain(|actor, _| {
                let credential = index.credentials.get(&actor.key);
                credential.is_some_and(|known| history.stands_out(known.base(), &actor.address))
            });
            matched.reasons.insert(0, proposal.reason.clone());
            start.suspects.push(shown(&proposal.given, true, &matched));
            let text = Text::new("scope-proposed").with("suspect", &*proposal.given.value);
            for actor in matched.actors.into_keys() {
                start.seeds.entry(actor).or_insert_with(|| text.clone());
            }
        }
    }
    start
}

fn wanted(scope: &Scope, index: &Index, options: &OpenOptions) -> Wanted {
    let mut wanted = Wanted {
        filter: RecordFilter {
            from: options.from,
            to: options.to,
            ..RecordFilter::default()
        },
        ..Wanted::default()
    };
    let mut first = i64::MAX;
    let mut bases: HashSet<&str> = HashSet::new();
    for (actor, why) in &scope.actors {
        let uses = wanted
            .actors
            .entry(Arc::clone(&actor.key))
            .or_insert_with(HashMap::new);
        uses.insert(Arc::clone(&actor.address), !why.is_origin);
        let Some(credential) = index.credentials.get(&actor.key) else {
            continue;
        };
        if !why.is_origin {
            bases.insert(credential.base());
            let at = credential
                .uses
                .iter()
                .filter(|used| used.address == actor.address);
            first = at.map(|used| used.first).fold(first, i64::min);
        }
    }
    for (key, credential) in &index.credentials {
        if bases.contains(credential.base()) {
            wanted
                .principals
                .insert(Arc::clone(key), credential.base().into());
        }
    }
    let edges = scope.edges.iter().flat_map(|edge| &edge.events);
    wanted.ids.extend(edges.cloned());
    wanted.ids.extend(cited_events(index).cloned());
    // Applications and stops that attributions and marks cite.
    wanted.ids.extend(
        index
            .facts
            .iter()
            .filter(|fact| {
                use crate::index::FactKind::{App, Stopped};
                matches!(fact.kind, App { .. } | Stopped { .. })
            })
            .map(|fact| fact.event.clone()),
    );
    wanted.around_from = first.saturating_sub(AROUND_BEFORE);
    wanted.habits_until = first;
    wanted
}

fn material(
    sources: &Sources<'_>,
    report: &HuntReport,
    options: &OpenOptions,
    has_policies: bool,
) -> Material {
    let gathered = sources.gathered;
    let (mut sessions, numbers) = sessions(sources);
    let links = links(sources, &sessions, &numbers);
    for session in &mut sessions {
        for person in &mut session.attribution.people {
            person.evidence = crate::sessions::cited(&person.evidence, gathered);
        }
    }
    let mut events = gathered.events.clone();
    for event in &mut events {
        let key = event
            .session
            .and_then(|number| gathered.keys.get(number as usize));
        event.session = key.and_then(|key| numbers.get(key).copied());
    }
    let in_scope: HashSet<&str> = gathered.events.iter().map(|event| &*event.id).collect();
    let touches = |finding: &&Finding| {
        finding
            .event_ids
            .iter()
            .any(|id| in_scope.contains(id.as_str()))
    };
    let findings: Vec<Finding> = report.findings.iter().filter(touches).cloned().collect();
    let parse = |time: &String| rempart_trail::time::EventTime::parse(time).map(|time| time.0);
    let summary = &report.summary;
    let period = summary
        .first_event
        .as_ref()
        .and_then(parse)
        .zip(summary.last_event.as_ref().and_then(parse));
    let mut own_accounts: BTreeSet<String> = options.own_accounts.iter().cloned().collect();
    own_accounts.extend(summary.accounts.iter().cloned());
    let (integrity, integrity_of) = summarise(options.integrity.as_ref());
    Material {
        coverage: coverage(sources.index, gathered, period),
        around: gathered.around.clone(),
        events,
        sessions,
        links,
        findings,
        integrity,
        integrity_of,
        own_accounts,
        period,
        reach: Vec::new(),
        has_policies,
        habits: gathered.habits.clone(),
        left_out: left_out(sources.index, sources.scope, gathered),
    }
}

/// What bounds left out, and what is near but not in scope.
fn left_out(index: &Index, scope: &Scope, gathered: &Gathered) -> Vec<Text> {
    let mut texts = Vec::new();
    if gathered.events_left_out > 0 {
        texts.push(Text::new("left-out-events").with("count", gathered.events_left_out));
    }
    if gathered.around_left_out > 0 {
        texts.push(Text::new("left-out-around").with("count", gathered.around_left_out));
    }
    if index.left_out > 0 {
        texts.push(Text::new("left-out-index").with("count", index.left_out));
    }
    for (address, principals) in &scope.nearby {
        let names: Vec<String> = principals
            .iter()
            .take(10)
            .map(ToString::to_string)
            .collect();
        texts.push(
            Text::new("left-out-nearby")
                .with("address", address.to_string())
                .with("count", principals.len())
                .with("principals", names),
        );
    }
    texts
}

fn inputs(
    discovery: &Discovery,
    report: &HuntReport,
    material: &Material,
    options: &OpenOptions,
) -> Inputs {
    let summary = &report.summary;
    let mut digest = Sha256::new();
    for source in &discovery.sources {
        digest.update(source.name.as_bytes());
        digest.update([0]);
        digest.update(source.size.unwrap_or_default().to_be_bytes());
    }
    for event in &material.events {
        digest.update(event.sha256);
    }
    let problem = |line: &rempart_findings::ProblemLine| match line.offset {
        Some(offset) => format!("{}: byte {offset}: {}", line.source, line.reason),
        None => format!("{}: {}", line.source, line.reason),
    };
    Inputs {
        sources: summary.sources,
        records: summary.kept,
        duplicates: summary.duplicates,
        unreadable: summary.unreadable,
        bytes: summary.bytes_inflated,
        digest: hex(&digest.finalize()),
        first_event: summary.first_event.clone(),
        last_event: summary.last_event.clone(),
        accounts: summary.accounts.clone(),
        regions: summary.regions.clone(),
        estates: options.estates.clone(),
        rules: summary.rules_loaded,
        rules_digest: options.rules_digest.clone(),
        problems: summary.problems.iter().map(problem).collect(),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The same scope over the same inputs has the same id.
fn case_id(scope: &ScopeOfCase, inputs: &Inputs) -> String {
    let mut digest = Sha256::new();
    for suspect in &scope.suspects {
        digest.update(suspect.kind.as_bytes());
        digest.update([0]);
        digest.update(suspect.value.as_bytes());
        digest.update([0]);
    }
    for bound in [&scope.from, &scope.to] {
        digest.update(bound.as_deref().unwrap_or("-").as_bytes());
        digest.update([0]);
    }
    digest.update(inputs.digest.as_bytes());
    let id = hex(&digest.finalize());
    format!("case-{}", id.get(..16).unwrap_or(&id))
}

/// Sessions, links and coverage cite records that no answer may cite.
fn cite_rest(case: &mut Case, material: &Material, by_id: &BTreeMap<Box<str>, Event>) {
    let mut cited: BTreeSet<&str> = BTreeSet::new();
    for session in &case.sessions {
        cited.extend(
            session
                .marks
                .iter()
                .flat_map(|mark| &mark.evidence)
                .map(String::as_str),
        );
        let people = session.attribution.people.iter();
        cited.extend(
            people
                .flat_map(|person| &person.evidence)
                .map(String::as_str),
        );
    }
    cited.extend(
        case.links
            .iter()
            .flat_map(|link| &link.evidence)
            .map(String::as_str),
    );
    cited.extend(
        case.coverage
            .iter()
            .flat_map(|row| &row.evidence)
            .map(String::as_str),
    );
    let mut evidence = Evidence::default();
    let all: [&mut dyn Iterator<Item = &Event>; 3] = [
        &mut by_id.values(),
        &mut material.events.iter(),
        &mut material.around.iter(),
    ];
    for event in all.into_iter().flatten() {
        if cited.contains(&*event.evidence_id()) {
            evidence.cite(event, material);
        }
    }
    for (id, item) in evidence.items {
        case.evidence.entry(id).or_insert(item);
    }
}
