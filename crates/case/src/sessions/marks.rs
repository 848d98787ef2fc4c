//! What stands out about a session.

use std::sync::Arc;

use rempart_locale::Text;
use rempart_trail::time::EventTime;

use super::{Sources, cited};
use crate::index::{Credential, FactKind};
use crate::material::{Event, MOST_CITED};
use crate::model::{Certainty, Mark, SessionKind};
use crate::scope::is_public;

pub(super) fn marks(
    key: &Arc<str>,
    credential: &Credential,
    events: &[&Event],
    sources: &Sources<'_>,
) -> Vec<Mark> {
    let mut marks = Vec::new();
    new_places(credential, events, sources, &mut marks);
    off_platform(credential, events, sources, &mut marks);
    after_its_notebook_stopped(credential, events, sources, &mut marks);
    without_origin(key, credential, events, sources, &mut marks);
    marks
}

fn evidence(events: &[&Event]) -> Vec<String> {
    let first = events.iter().take(MOST_CITED);
    first.map(|event| event.evidence_id()).collect()
}

/// Addresses and clients that the principal had never used.
fn new_places(
    credential: &Credential,
    events: &[&Event],
    sources: &Sources<'_>,
    marks: &mut Vec<Mark>,
) {
    let base = credential.base();
    let mut addresses: Vec<&str> = events.iter().map(|event| &*event.address).collect();
    addresses.sort_unstable();
    addresses.dedup();
    for address in addresses {
        if is_public(address) && sources.history.is_new_address(base, address) {
            let of: Vec<&Event> = events
                .iter()
                .copied()
                .filter(|event| &*event.address == address)
                .collect();
            marks.push(Mark {
                text: Text::new("mark-new-address").with("address", address),
                certainty: Certainty::Derived,
                evidence: evidence(&of),
            });
        }
    }
    let mut agents: Vec<&str> = events.iter().map(|event| &*event.agent).collect();
    agents.sort_unstable();
    agents.dedup();
    for agent in agents {
        if !agent.is_empty() && sources.history.is_new_agent(base, agent) {
            let of: Vec<&Event> = events
                .iter()
                .copied()
                .filter(|event| &*event.agent == agent)
                .collect();
            marks.push(Mark {
                text: Text::new("mark-new-agent").with("agent", agent),
                certainty: Certainty::Claimed,
                evidence: evidence(&of),
            });
        }
    }
}

/// A session that SageMaker made for code on its instances, used from somewhere new.
fn off_platform(
    credential: &Credential,
    events: &[&Event],
    sources: &Sources<'_>,
    marks: &mut Vec<Mark>,
) {
    if credential.kind != SessionKind::Sagemaker {
        return;
    }
    let base = credential.base();
    let of: Vec<&Event> = events
        .iter()
        .copied()
        .filter(|event| is_public(&event.address))
        .filter(|event| sources.history.is_new_address(base, &event.address))
        .collect();
    if !of.is_empty() {
        marks.push(Mark {
            text: Text::new("mark-off-platform").with("count", of.len()),
            certainty: Certainty::Derived,
            evidence: evidence(&of),
        });
    }
}

/// Used while the only notebook that runs as the role was stopped.
fn after_its_notebook_stopped(
    credential: &Credential,
    events: &[&Event],
    sources: &Sources<'_>,
    marks: &mut Vec<Mark>,
) {
    let (SessionKind::Sagemaker, Some(role)) = (credential.kind, &credential.role) else {
        return;
    };
    let mut places = sources.places.of_role(role);
    let (Some(place), None) = (places.next(), places.next()) else {
        return;
    };
    // A profile's applications are not stopped as notebooks are.
    if !place.domain.is_empty() {
        return;
    }
    let mut stopped: Option<(i64, &str)> = None;
    let mut spans: Vec<(i64, i64, &str)> = Vec::new();
    for fact in &sources.index.facts {
        match &fact.kind {
            FactKind::Stopped { resource } if *resource == place.name => {
                stopped = stopped.or(Some((fact.time, &fact.event)));
            }
            FactKind::RoleGiven { resource, call, .. }
                if *resource == place.name && call.ends_with("StartNotebookInstance") =>
            {
                if let Some((from, event)) = stopped.take() {
                    spans.push((from, fact.time, event));
                }
            }
            _ => {}
        }
    }
    spans.extend(stopped.map(|(from, event)| (from, i64::MAX, event)));
    for (from, to, event) in spans {
        // Stopping takes a while, and until then the notebook works.
        let settled = from.saturating_add(600);
        let of: Vec<&Event> = events
            .iter()
            .copied()
            .filter(|event| (settled..to).contains(&event.time))
            .collect();
        if !of.is_empty() {
            let mut cites = cited(&[event], sources.gathered);
            cites.extend(evidence(&of));
            cites.truncate(MOST_CITED);
            marks.push(Mark {
                text: Text::new("mark-after-stop")
                    .with("notebook", &*place.name)
                    .with("stopped", EventTime(from).to_rfc3339())
                    .with("count", of.len()),
                certainty: Certainty::Derived,
                evidence: cites,
            });
        }
    }
}

/// Temporary, and no record shows how it was made.
fn without_origin(
    key: &Arc<str>,
    credential: &Credential,
    events: &[&Event],
    sources: &Sources<'_>,
    marks: &mut Vec<Mark>,
) {
    let is_minted = sources.index.facts.iter().any(|fact| match &fact.kind {
        FactKind::Minted { key: minted, .. } => minted == key,
        _ => false,
    });
    if key.starts_with("ASIA") && !is_minted && !credential.from_console {
        marks.push(Mark {
            text: Text::new("mark-no-origin"),
            certainty: Certainty::Derived,
            evidence: evidence(events.get(..1).unwrap_or_default()),
        });
    }
}
