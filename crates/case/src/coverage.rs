//! What the logs cover, per account, Region and kind of event.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rempart_locale::Text;
use rempart_trail::time::EventTime;

use crate::gather::Gathered;
use crate::index::{Fact, FactKind, Index};
use crate::model::{CoverageRow, CoverageState, LogKind};
use crate::sessions::cited;

/// A pause of this many hours is a stretch of its own.
const LONG_PAUSE: i64 = 24;
/// Stretches of a row; further pauses are not told apart.
const MOST_STRETCHES: usize = 200;

/// Kinds of which each account should have something to show.
const EXPECTED: [LogKind; 4] = [
    LogKind::Management,
    LogKind::S3Data,
    LogKind::EndpointData,
    LogKind::FeatureData,
];

/// The rows, by account, Region and kind.
pub(crate) fn coverage(
    index: &Index,
    gathered: &Gathered,
    period: Option<(i64, i64)>,
) -> Vec<CoverageRow> {
    let Some((first, last)) = period else {
        return Vec::new();
    };
    let span = (first.div_euclid(3600), last.div_euclid(3600));
    let changes = trail_changes(index);
    let mut rows = Vec::new();
    let mut seen: BTreeMap<&str, BTreeSet<LogKind>> = BTreeMap::new();
    for ((account, region, kind), recorded) in &index.recorded.hours {
        if account.is_empty() {
            continue;
        }
        seen.entry(account).or_default().insert(*kind);
        let hours: Vec<i64> = recorded.hours.iter().copied().collect();
        let own = changes
            .get(&**account)
            .map(Vec::as_slice)
            .unwrap_or_default();
        let mut row = CoverageRow {
            id: String::new(),
            account: account.to_string(),
            region: region.to_string(),
            kind: *kind,
            stretches: Vec::new(),
            end: when(span.1 + 1),
            events: recorded.events,
            notes: Vec::new(),
            evidence: Vec::new(),
        };
        stretch(&mut row, &hours, span, own, gathered);
        rows.push(row);
    }
    for (account, kinds) in seen {
        for kind in EXPECTED.into_iter().filter(|kind| !kinds.contains(kind)) {
            rows.push(CoverageRow {
                id: String::new(),
                account: account.to_owned(),
                region: "*".to_owned(),
                kind,
                stretches: vec![(when(span.0), CoverageState::Unknown)],
                end: when(span.1 + 1),
                events: 0,
                notes: vec![Text::new("coverage-none")],
                evidence: Vec::new(),
            });
        }
    }
    rows.sort_by(|one, other| {
        (&one.account, &one.region, one.kind).cmp(&(&other.account, &other.region, other.kind))
    });
    for (number, row) in (1_usize..).zip(&mut rows) {
        row.id = format!("c{number}");
    }
    rows
}

fn when(hour: i64) -> String {
    EventTime(hour.saturating_mul(3600)).to_rfc3339()
}

/// Changes of trails, by the account that recorded them.
fn trail_changes(index: &Index) -> BTreeMap<&str, Vec<(&Fact, &Arc<str>)>> {
    let mut changes: BTreeMap<&str, Vec<(&Fact, &Arc<str>)>> = BTreeMap::new();
    for fact in &index.facts {
        if let FactKind::TrailChanged { call } = &fact.kind {
            changes.entry(&fact.account).or_default().push((fact, call));
        }
    }
    changes
}

/// Stretches with records and without. A pause that begins with a stop of the trail is explained by it;
/// any other is not known: nothing recorded, nothing delivered, or nothing done.
fn stretch(
    row: &mut CoverageRow,
    hours: &[i64],
    span: (i64, i64),
    changes: &[(&Fact, &Arc<str>)],
    gathered: &Gathered,
) {
    let mut at = span.0;
    let mut cites: BTreeSet<Box<str>> = BTreeSet::new();
    let mut pauses: Vec<(i64, i64)> = Vec::new();
    let ends = hours.iter().copied().chain([span.1 + 1]);
    for hour in ends {
        if hour - at >= LONG_PAUSE {
            pauses.push((at, hour));
        }
        at = hour + 1;
    }
    pauses.truncate(MOST_STRETCHES);
    let mut covered_from = span.0;
    for (from, to) in pauses {
        if from > covered_from {
            row.stretches
                .push((when(covered_from), CoverageState::Covered));
        }
        let stop = changes.iter().rev().find(|(fact, call)| {
            let hour = fact.time.div_euclid(3600);
            matches!(&***call, "StopLogging" | "DeleteTrail") && (from - 2..to).contains(&hour)
        });
        let state = match stop {
            Some((fact, _)) => {
                cites.insert(fact.event.clone());
                row.notes.push(
                    Text::new("coverage-stopped").with("time", EventTime(fact.time).to_rfc3339()),
                );
                CoverageState::Stopped
            }
            None => CoverageState::Unknown,
        };
        row.stretches.push((when(from), state));
        covered_from = to;
    }
    if covered_from <= span.1 {
        row.stretches
            .push((when(covered_from), CoverageState::Covered));
    }
    // Administrators set selectors too; only what the intruder changed is held to have narrowed the log.
    let narrowed = changes.iter().find(|(fact, call)| {
        matches!(
            &***call,
            "PutEventSelectors" | "UpdateTrail" | "DeleteTrail"
        ) && gathered
            .by_id
            .get(&fact.event)
            .is_some_and(|event| event.hostile)
    });
    if let (Some((fact, call)), true) = (narrowed, row.kind != LogKind::Network) {
        cites.insert(fact.event.clone());
        row.notes.push(
            Text::new("coverage-narrowed")
                .with("call", call.to_string())
                .with("time", EventTime(fact.time).to_rfc3339()),
        );
        narrow(row, fact.time);
    }
    let ids: Vec<Box<str>> = cites.into_iter().collect();
    row.evidence = cited(&ids, gathered);
}

/// From a change of what the trail records on, what is there may be a part.
fn narrow(row: &mut CoverageRow, time: i64) {
    let at = when(time.div_euclid(3600));
    let place = row.stretches.iter().rposition(|(start, _)| *start <= at);
    let Some(place) = place else {
        return;
    };
    if let Some((start, state)) = row.stretches.get(place).cloned()
        && state == CoverageState::Covered
    {
        match start == at {
            true => {
                if let Some(slot) = row.stretches.get_mut(place) {
                    slot.1 = CoverageState::Partial;
                }
            }
            false => row
                .stretches
                .insert(place + 1, (at, CoverageState::Partial)),
        }
    }
    let after = row.stretches.iter_mut().skip(place + 1);
    for (_, state) in after.filter(|(_, state)| *state == CoverageState::Covered) {
        *state = CoverageState::Partial;
    }
}

/// Ids of the events that the rows will cite.
pub(crate) fn cited_events(index: &Index) -> impl Iterator<Item = &Box<str>> {
    let changes = index.facts.iter();
    changes
        .filter(|fact| matches!(fact.kind, FactKind::TrailChanged { .. }))
        .map(|fact| &fact.event)
}
