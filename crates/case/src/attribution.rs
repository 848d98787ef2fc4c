//! Who is behind a credential: from the strongest sign to the weakest; a set where the logs allow no more.

use std::collections::BTreeSet;
use std::sync::Arc;

use rempart_locale::Text;

use crate::index::{Credential, FactKind, Index};
use crate::model::{Attribution, Certainty, LinkKind, PersonCandidate, SessionKind};
use crate::scope::{Edge, End, Scope};
use crate::workplace::Workplaces;

/// Steps of a chain that are walked.
const LONGEST_CHAIN: usize = 32;
/// Candidates that are listed.
const MOST_CANDIDATES: usize = 100;

/// Who is behind the credential of a key.
pub(crate) fn attribution(
    key: &str,
    credential: &Credential,
    index: &Index,
    scope: &Scope,
    places: &Workplaces,
    stolen: bool,
) -> Attribution {
    let found = direct(credential)
        .or_else(|| by_chain(key, index, scope))
        .or_else(|| by_name(credential))
        .or_else(|| by_url(key, index, scope))
        .or_else(|| by_workplace(credential, index, places));
    let (basis, certainty, people) = found.unwrap_or(("none", Certainty::Inferred, Vec::new()));
    Attribution {
        basis: basis.to_owned(),
        certainty,
        people,
        stolen,
    }
}

type Found = Option<(&'static str, Certainty, Vec<PersonCandidate>)>;

fn person(name: &str, why: Text, events: Vec<String>) -> PersonCandidate {
    PersonCandidate {
        name: name.to_owned(),
        why,
        // Ids of events; they become evidence when the records are at hand.
        evidence: events,
    }
}

/// What the records of the credential itself say.
fn direct(credential: &Credential) -> Found {
    if let Some(user) = &credential.on_behalf_of {
        let why = Text::new("person-on-behalf-of");
        return Some((
            "on-behalf-of",
            Certainty::Observed,
            vec![person(user, why, Vec::new())],
        ));
    }
    if let Some(name) = &credential.source_identity {
        let why = Text::new("person-source-identity");
        return Some((
            "source-identity",
            Certainty::Observed,
            vec![person(name, why, Vec::new())],
        ));
    }
    match credential.kind {
        SessionKind::UserKey | SessionKind::Console if credential.principal.contains(":user/") => {
            let why = Text::new("person-user");
            Some((
                "mint-chain",
                Certainty::Observed,
                vec![person(&credential.principal, why, Vec::new())],
            ))
        }
        SessionKind::Root => {
            let why = Text::new("person-root");
            Some((
                "mint-chain",
                Certainty::Observed,
                vec![person(&credential.principal, why, Vec::new())],
            ))
        }
        _ => None,
    }
}

/// Up the sessions that made the session, to a user or a person.
fn by_chain(key: &str, index: &Index, scope: &Scope) -> Found {
    let mut at: Arc<str> = key.into();
    let mut events = Vec::new();
    let mut certainty = Certainty::Derived;
    let mut seen: BTreeSet<Arc<str>> = BTreeSet::new();
    for _ in 0..LONGEST_CHAIN {
        if !seen.insert(Arc::clone(&at)) {
            return None;
        }
        let edge = scope.edges.iter().find(|edge| {
            matches!(edge.kind, LinkKind::Minted | LinkKind::Created)
                && edge.to == End::Key(Arc::clone(&at))
        })?;
        let End::Key(from) = &edge.from else {
            return None;
        };
        events.extend(edge.events.iter().map(ToString::to_string));
        certainty = certainty.max(edge.certainty);
        let credential = index.credentials.get(from)?;
        if let Some((_, _, people)) = direct(credential).or_else(|| by_name(credential)) {
            let why = Text::new("person-chain").with("steps", events.len());
            let people = people
                .into_iter()
                .map(|found| person(&found.name, why.clone(), events.clone()));
            return Some(("mint-chain", certainty, people.collect()));
        }
        at = Arc::clone(from);
    }
    None
}

/// Identity providers name sessions after people.
fn by_name(credential: &Credential) -> Found {
    let (_, session) = credential
        .principal
        .split_once(":assumed-role/AWSReservedSSO_")?;
    let (_, name) = session.split_once('/')?;
    let why = Text::new("person-session-name");
    Some((
        "session-name",
        Certainty::Derived,
        vec![person(name, why, Vec::new())],
    ))
}

/// Whoever made the URL that opened the application.
fn by_url(key: &str, index: &Index, scope: &Scope) -> Found {
    let edges: Vec<&Edge> = scope
        .edges
        .iter()
        .filter(|edge| edge.kind == LinkKind::Presigned && edge.to == End::Key(key.into()))
        .collect();
    let mut people = Vec::new();
    for edge in edges {
        let End::Key(from) = &edge.from else {
            continue;
        };
        let credential = index.credentials.get(from)?;
        let name = credential
            .source_identity
            .as_ref()
            .unwrap_or(&credential.principal);
        let events = edge.events.iter().map(ToString::to_string).collect();
        people.push(person(name, Text::new("person-url"), events));
    }
    people.dedup_by(|one, other| one.name == other.name);
    (!people.is_empty()).then_some(("presigned-url", Certainty::Inferred, people))
}

/// Everybody who may work where the role is used.
fn by_workplace(credential: &Credential, index: &Index, places: &Workplaces) -> Found {
    if credential.kind != SessionKind::Sagemaker {
        return None;
    }
    let (first, last) = credential.span();
    let role = credential.role.as_deref().unwrap_or(&credential.principal);
    let role = match role.split_once(":assumed-role/") {
        Some((_, rest)) => rest.split('/').next().unwrap_or(rest),
        None => role,
    };
    let mut people = Vec::new();
    for place in places.of_role(role) {
        let name = match &*place.name {
            "" => continue,
            name => name,
        };
        let (state, events) = application(index, &place.domain, name, first, last);
        let why = Text::new(format!("person-candidate-{state}")).with("place", name);
        people.push(person(name, why, events));
    }
    people.sort_by(|one, other| one.name.cmp(&other.name));
    people.dedup_by(|one, other| one.name == other.name);
    people.truncate(MOST_CANDIDATES);
    (!people.is_empty()).then_some(("candidates", Certainty::Inferred, people))
}

/// Whether an application of the profile was live, as the logs say: `live`, `stopped` or `unknown`.
fn application(
    index: &Index,
    domain: &str,
    name: &str,
    first: i64,
    last: i64,
) -> (&'static str, Vec<String>) {
    let mut state = "unknown";
    let mut events = Vec::new();
    for fact in &index.facts {
        let FactKind::App {
            domain: of,
            profile,
            started,
        } = &fact.kind
        else {
            continue;
        };
        let is_of = **profile == *name && (domain.is_empty() || of.is_empty() || **of == *domain);
        if !is_of || fact.time > last {
            continue;
        }
        if *started {
            state = "live";
            events = vec![fact.event.to_string()];
        } else if fact.time < first {
            state = "stopped";
            events = vec![fact.event.to_string()];
        }
    }
    (state, events)
}
