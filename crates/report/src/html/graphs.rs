//! The two graphs: which session led to which, and who touched what. Places are computed here, so
//! that the same case is always drawn the same.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use rempart_case::{Link, LinkKind};
use serde_json::{Value, json};

use super::charts::{label, said};
use crate::view::{View, account_of, short_name};
use crate::words::name;

/// Sessions in the graph of sessions.
pub(crate) const MOST_NODES: usize = 80;
/// Resources in the graph of resources.
pub(crate) const MOST_RESOURCES: usize = 30;
/// From one column of a graph to the next, in its own points: a box and room for an edge's word.
const COLUMN: usize = 270;
/// Lanes of the timeline.
const MOST_LANES: usize = 24;

/// Places in the case of the sessions with a lane: hostile ones and those with most steps win, the
/// order is that of the case.
pub(crate) fn lanes(view: &View<'_>) -> Vec<usize> {
    let mut steps = BTreeMap::<usize, usize>::new();
    for step in &view.case.steps {
        if let Some(place) = view.session_place(&step.session) {
            *steps.entry(place).or_default() += 1;
        }
    }
    let mut places: Vec<_> = steps.into_iter().collect();
    places.sort_by_key(|(place, steps)| {
        let session = view.case.sessions.get(*place);
        (
            Reverse(session.is_some_and(|session| session.hostile)),
            Reverse(*steps),
            *place,
        )
    });
    places.truncate(MOST_LANES);
    let mut places: Vec<_> = places.into_iter().map(|(place, _)| place).collect();
    places.sort_unstable();
    places
}

pub(crate) fn session_graph(view: &View<'_>) -> Value {
    let sessions = view.case.sessions.iter().take(MOST_NODES);
    let shown: BTreeMap<&str, usize> = sessions
        .enumerate()
        .map(|(place, session)| (session.id.as_str(), place))
        .collect();
    let links: Vec<&Link> = view
        .case
        .links
        .iter()
        .filter(|link| {
            shown.contains_key(link.from.as_str()) || shown.contains_key(link.to.as_str())
        })
        .filter(|link| {
            // A session beyond the limit is no node.
            [&link.from, &link.to]
                .iter()
                .all(|end| shown.contains_key(end.as_str()) || view.session_place(end).is_none())
        })
        .take(4 * MOST_NODES)
        .collect();
    // Sessions in their order, then people, roles and resources that links name.
    let mut ids: Vec<&str> = view
        .case
        .sessions
        .iter()
        .take(MOST_NODES)
        .map(|session| session.id.as_str())
        .collect();
    let others = links
        .iter()
        .flat_map(|link| [link.from.as_str(), link.to.as_str()]);
    let others: BTreeSet<&str> = others.filter(|id| !shown.contains_key(id)).collect();
    ids.extend(others);
    let numbers: BTreeMap<&str, usize> = ids
        .iter()
        .enumerate()
        .map(|(number, id)| (*id, number))
        .collect();
    let depths = depths(&links);
    let mut rows = BTreeMap::<usize, usize>::new();
    let mut nodes = Vec::new();
    for (number, id) in ids.iter().enumerate() {
        let column = depths.get(id).copied().unwrap_or(0);
        let row = rows.entry(column).or_default();
        let mut node = match view.session(id) {
            Some((place, session)) => json!({
                "label": label(&session.label),
                "kind": name(&session.kind),
                "hostile": session.hostile,
                "target": format!("s{}", place + 1),
            }),
            None => json!({ "label": label(short_name(id)), "kind": "other" }),
        };
        if let Some(node) = node.as_object_mut() {
            node.insert("id".to_owned(), json!(format!("n{number}")));
            node.insert("x".to_owned(), json!(column * COLUMN));
            node.insert("y".to_owned(), json!(*row * 74 + (column % 2) * 26));
        }
        *row += 1;
        nodes.push(node);
    }
    let edges = links.iter().filter_map(|link| {
        Some(json!({
            "source": format!("n{}", numbers.get(link.from.as_str())?),
            "target": format!("n{}", numbers.get(link.to.as_str())?),
            "label": view.words.value("link-kind", &link.kind).as_str(),
            "weak": link.kind == LinkKind::SameAddress,
            "text": said(view, &link.text),
        }))
    });
    json!({ "nodes": nodes, "edges": edges.collect::<Vec<_>>() })
}

/// In which column each end of a link stands: behind what led to it. Links are in the order of time
/// and each is looked at once, so that a circle ends.
fn depths<'a>(links: &[&'a Link]) -> BTreeMap<&'a str, usize> {
    let mut depths = BTreeMap::<&str, usize>::new();
    for link in links {
        if link.kind == LinkKind::SameAddress || link.kind == LinkKind::SameCall {
            continue;
        }
        let from = *depths.entry(&link.from).or_default();
        let to = depths.entry(&link.to).or_default();
        if link.from != link.to {
            *to = (*to).max(from + 1);
        }
    }
    depths
}

pub(crate) fn entity_graph(view: &View<'_>) -> Value {
    let mut entities: Vec<_> = view.entities.iter().take(MOST_RESOURCES).collect();
    // Beside the sessions that touched them, so that fewer lines cross.
    entities.sort_by_key(|entity| {
        let sum: usize = entity.sessions.iter().sum();
        sum * 1_000 / entity.sessions.len().max(1)
    });
    let sessions: BTreeSet<usize> = entities
        .iter()
        .flat_map(|entity| entity.sessions.iter().copied())
        .collect();
    let accounts: BTreeSet<&str> = entities
        .iter()
        .flat_map(|entity| entity.accounts.iter().copied())
        .collect();
    let own: BTreeSet<&str> = view
        .case
        .inputs
        .accounts
        .iter()
        .map(String::as_str)
        .collect();
    let height = entities.len().max(sessions.len()).max(accounts.len()) * 48;
    let spread = |place: usize, all: usize| height * (2 * place + 1) / (2 * all.max(1));
    let mut nodes = Vec::new();
    let mut edges = Vec::new();
    for (row, place) in sessions.iter().enumerate() {
        if let Some(session) = view.case.sessions.get(*place) {
            nodes.push(json!({
                "id": format!("s{place}"), "label": label(&session.label), "kind": "session",
                "hostile": session.hostile, "target": format!("s{}", place + 1),
                "x": 0, "y": spread(row, sessions.len()),
            }));
        }
    }
    for (row, entity) in entities.iter().enumerate() {
        nodes.push(json!({
            "id": format!("r{row}"), "label": label(short_name(entity.name)), "kind": "resource",
            "x": COLUMN + COLUMN / 2, "y": spread(row, entities.len()),
        }));
        for session in &entity.sessions {
            edges.push(json!({ "source": format!("s{session}"), "target": format!("r{row}") }));
        }
        for account in &entity.accounts {
            let place = accounts
                .iter()
                .position(|other| other == account)
                .unwrap_or(0);
            edges.push(json!({
                "source": format!("r{row}"), "target": format!("a{place}"),
                "weak": account_of(entity.name).is_none(),
            }));
        }
    }
    for (row, account) in accounts.iter().enumerate() {
        nodes.push(json!({
            "id": format!("a{row}"), "label": label(account),
            "kind": if own.contains(account) { "account" } else { "foreign" },
            "x": 3 * COLUMN, "y": spread(row, accounts.len()),
        }));
    }
    json!({ "nodes": nodes, "edges": edges })
}
