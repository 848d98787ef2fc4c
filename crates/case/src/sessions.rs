//! Sessions and links of the case, from the index, the scope and the records.

mod marks;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use hashbrown::HashMap;
use rempart_locale::Text;
use rempart_trail::time::EventTime;

use crate::attribution::attribution;
use crate::gather::Gathered;
use crate::history::History;
use crate::index::{Actor, Credential, Index};
use crate::material::{Event, MOST_CITED};
use crate::model::{Link, Seen, Session, SessionKind};
use crate::scope::{End, Scope, Why};
use crate::workplace::Workplaces;

/// Addresses and agents that a session lists.
const MOST_SEEN: usize = 50;

/// What sessions are made from.
#[derive(Debug)]
pub(crate) struct Sources<'a> {
    pub(crate) index: &'a Index,
    pub(crate) history: &'a History,
    pub(crate) scope: &'a Scope,
    pub(crate) places: &'a Workplaces,
    pub(crate) gathered: &'a Gathered,
}

/// The sessions in order of their first event in scope, and the place of each key among them.
pub(crate) fn sessions(sources: &Sources<'_>) -> (Vec<Session>, HashMap<Arc<str>, u32>) {
    let mut by_key: BTreeMap<&Arc<str>, Vec<&Event>> = BTreeMap::new();
    for event in &sources.gathered.events {
        let key = event
            .session
            .and_then(|number| sources.gathered.keys.get(number as usize));
        if let Some(key) = key {
            by_key.entry(key).or_default().push(event);
        }
    }
    let keys: BTreeSet<&Arc<str>> = sources
        .scope
        .actors
        .keys()
        .map(|actor| &actor.key)
        .collect();
    let mut found: Vec<(i64, Arc<str>, Session)> = Vec::new();
    for key in keys {
        let Some(credential) = sources.index.credentials.get(key) else {
            continue;
        };
        let events = by_key.get(key).map(Vec::as_slice).unwrap_or_default();
        let first = events
            .first()
            .map_or_else(|| credential.span().0, |event| event.time);
        found.push((
            first,
            Arc::clone(key),
            session(key, credential, events, sources),
        ));
    }
    found.sort_by(|one, other| (one.0, &one.1).cmp(&(other.0, &other.1)));
    let mut numbers = HashMap::new();
    let mut sessions = Vec::new();
    for (number, (_, key, mut session)) in (0_u32..).zip(found) {
        session.id = format!("s{}", number + 1);
        numbers.insert(key, number);
        sessions.push(session);
    }
    (sessions, numbers)
}

fn session(
    key: &Arc<str>,
    credential: &Credential,
    events: &[&Event],
    sources: &Sources<'_>,
) -> Session {
    let whys: Vec<(&Actor, &Why)> = sources
        .scope
        .actors
        .iter()
        .filter(|(actor, _)| actor.key == *key)
        .collect();
    let hostile = whys.iter().any(|(_, why)| !why.is_origin);
    let base = credential.base();
    let is_outside = |address: &str| sources.history.stands_out(base, address);
    let stolen = hostile
        && whys
            .iter()
            .any(|(actor, why)| !why.is_origin && is_outside(&actor.address));
    let in_scope = whys
        .iter()
        .min_by_key(|(_, why)| (why.is_origin, why.certainty))
        .map(|(_, why)| why.text.clone());
    let (first, last) = match (events.first(), events.last()) {
        (Some(first), Some(last)) => (first.time, last.time),
        _ => credential.span(),
    };
    let time = |seconds| EventTime(seconds).to_rfc3339();
    let mut session = Session {
        id: String::new(),
        key: key.to_string(),
        kind: credential.kind,
        principal: credential.principal.to_string(),
        principal_id: credential.principal_id.as_deref().map(str::to_owned),
        label: label(credential),
        account: credential.account.to_string(),
        role: credential.role.as_deref().map(str::to_owned),
        source_identity: credential.source_identity.as_deref().map(str::to_owned),
        mfa: credential.mfa,
        first: time(first),
        last: time(last),
        events: events.len() as u64,
        failed: events.iter().filter(|event| event.error.is_some()).count() as u64,
        addresses: seen(
            credential,
            |used| &used.address,
            |value| sources.history.is_new_address(base, value),
        ),
        agents: seen(
            credential,
            |used| &used.agent,
            |value| sources.history.is_new_agent(base, value),
        ),
        attribution: attribution(
            key,
            credential,
            sources.index,
            sources.scope,
            sources.places,
            stolen,
        ),
        marks: Vec::new(),
        hostile,
        in_scope: in_scope.unwrap_or_default(),
    };
    session.marks = marks::marks(key, credential, events, sources);
    session
}

/// A short name for people.
fn label(credential: &Credential) -> String {
    let principal = &credential.principal;
    let after = |mark: &str| principal.split_once(mark).map(|(_, rest)| rest.to_owned());
    match credential.kind {
        SessionKind::Service | SessionKind::Unknown => principal.to_string(),
        SessionKind::ForeignAccount => format!("account {}", credential.account),
        _ => after(":assumed-role/")
            .or_else(|| after(":user/").map(|name| format!("user {name}")))
            .or_else(|| after(":federated-user/").map(|name| format!("federated user {name}")))
            .unwrap_or_else(|| principal.to_string()),
    }
}

fn seen(
    credential: &Credential,
    of: impl Fn(&crate::index::Use) -> &Arc<str>,
    is_new: impl Fn(&str) -> bool,
) -> Vec<Seen> {
    let mut values: BTreeMap<&Arc<str>, (i64, i64, u64)> = BTreeMap::new();
    for used in &credential.uses {
        let slot = values.entry(of(used)).or_insert((used.first, used.last, 0));
        *slot = (
            slot.0.min(used.first),
            slot.1.max(used.last),
            slot.2 + used.events,
        );
    }
    let mut seen: Vec<(i64, Seen)> = values
        .into_iter()
        .map(|(value, (first, last, events))| {
            let shown = Seen {
                value: value.to_string(),
                first: EventTime(first).to_rfc3339(),
                last: EventTime(last).to_rfc3339(),
                events,
                new: is_new(value),
            };
            (first, shown)
        })
        .collect();
    seen.sort_by(|one, other| (one.0, &one.1.value).cmp(&(other.0, &other.1.value)));
    seen.truncate(MOST_SEEN);
    seen.into_iter().map(|(_, seen)| seen).collect()
}

/// The links of the case. Ends that are credentials in scope get the id of their session.
pub(crate) fn links(
    sources: &Sources<'_>,
    sessions: &[Session],
    numbers: &HashMap<Arc<str>, u32>,
) -> Vec<Link> {
    let name = |end: &End| match end {
        End::Name(name) => name.to_string(),
        End::Key(key) => {
            let session = numbers
                .get(key)
                .and_then(|number| sessions.get(*number as usize));
            match session {
                Some(session) => session.id.clone(),
                None => {
                    let credential = sources.index.credentials.get(key);
                    credential.map_or_else(|| key.to_string(), |known| known.principal.to_string())
                }
            }
        }
    };
    let shown = |end: &End| match end {
        End::Name(name) => name.to_string(),
        End::Key(key) => {
            let credential = sources.index.credentials.get(key);
            credential.map_or_else(|| key.to_string(), label)
        }
    };
    let mut links = Vec::new();
    for edge in &sources.scope.edges {
        let kind = serde_json::to_value(edge.kind).ok();
        let kind = kind
            .as_ref()
            .and_then(serde_json::Value::as_str)
            .unwrap_or("minted")
            .to_owned();
        links.push(Link {
            from: name(&edge.from),
            to: name(&edge.to),
            kind: edge.kind,
            time: EventTime(edge.time).to_rfc3339(),
            text: Text::new(format!("link-{kind}"))
                .with("from", shown(&edge.from))
                .with("to", shown(&edge.to))
                .with("call", edge.call.to_string()),
            certainty: edge.certainty,
            evidence: cited(&edge.events, sources.gathered),
        });
    }
    links
}

/// Evidence ids of records that are at hand.
pub(crate) fn cited<S: AsRef<str>>(events: &[S], gathered: &Gathered) -> Vec<String> {
    let found = events
        .iter()
        .filter_map(|id| gathered.by_id.get(id.as_ref()));
    found.take(MOST_CITED).map(Event::evidence_id).collect()
}
