//! From matches to findings.

use std::collections::BTreeSet;
use std::sync::Arc;

use rempart_findings::{Finding, Outcome};
use rempart_sigma::correlate::Match;
use rempart_sigma::first_seen::Novel;
use rempart_sigma::plan::{CorrelationId, RuleId};
use rempart_trail::time::EventTime;

use crate::event::EventRef;
use crate::rulebook::{RuleBook, RuleCard};
use crate::singles::{GAP, Gathered, MOST_EVENTS};

/// Distinct values that a finding lists of addresses, agents and resources.
const MOST_VALUES: usize = 50;

/// Events that make one finding.
struct Material {
    events: Vec<EventRef>,
    twins: Vec<EventRef>,
    /// Times of the first and the last event, whether listed or not.
    span: Option<(i64, i64)>,
    count: u64,
    failed: u64,
    order_not_provable: bool,
    notes: Vec<String>,
    /// Guardrails that would have stopped events which are not listed.
    guardrails: BTreeSet<Arc<str>>,
}

/// The finding of a single-event rule.
pub(crate) fn single(book: &RuleBook, gathered: Gathered) -> Option<Finding> {
    let card = book.card(gathered.rule)?;
    let material = Material {
        events: gathered.events,
        twins: gathered.twins,
        span: Some((gathered.first, gathered.last)),
        count: gathered.count,
        failed: gathered.failed,
        order_not_provable: false,
        notes: Vec::new(),
        guardrails: gathered.guardrails,
    };
    Some(finding(card, material))
}

/// The finding of a new value.
pub(crate) fn novel(book: &RuleBook, rule: RuleId, novel: &Novel<impl AsEvent>) -> Option<Finding> {
    let card = book.card(rule)?;
    let events: Vec<EventRef> = novel
        .events
        .iter()
        .map(|event| event.event().clone())
        .collect();
    let days = novel
        .times
        .first()
        .map_or(0, |first| (first - novel.history_start) / 86_400);
    let value: Vec<&str> = novel.value.iter().map(|part| &**part).collect();
    let note = format!(
        "never seen before in {days} days of history of this group: {}",
        value.join(", ")
    );
    let failed = events.iter().filter(|event| event.0.failed).count() as u64;
    let material = Material {
        count: events.len() as u64,
        failed,
        events,
        twins: Vec::new(),
        span: None,
        order_not_provable: false,
        notes: vec![note],
        guardrails: BTreeSet::new(),
    };
    Some(finding(card, material))
}

/// A payload that carries an event.
pub(crate) trait AsEvent {
    /// The event.
    fn event(&self) -> &EventRef;
}

/// Joins matches of the same correlation and group that follow each other within a day: they are one
/// activity. The matches come ordered by correlation and time.
pub(crate) fn joined(matches: Vec<Match<EventRef>>) -> Vec<Match<EventRef>> {
    let mut joined: Vec<Match<EventRef>> = Vec::new();
    for next in matches {
        let earlier = joined
            .iter_mut()
            .rev()
            .take_while(|found| found.correlation == next.correlation);
        let continued = earlier
            .into_iter()
            .find(|found| found.group == next.group && next.first - found.last <= GAP);
        let Some(found) = continued else {
            joined.push(next);
            continue;
        };
        found.last = found.last.max(next.last);
        found.event_count += next.event_count;
        found.value = found.value.max(next.value);
        found.order_not_provable |= next.order_not_provable;
        let room = MOST_EVENTS.saturating_sub(found.events.len());
        found.events.extend(next.events.into_iter().take(room));
    }
    joined
}

/// The finding of a correlation.
pub(crate) fn correlated(book: &RuleBook, found: Match<EventRef>) -> Option<Finding> {
    let card = book.correlation_card(CorrelationId(found.correlation))?;
    let failed = found.events.iter().filter(|event| event.0.failed).count();
    // Only listed events say whether they failed; the finding failed if all of those did.
    let all_failed = !found.events.is_empty() && failed == found.events.len();
    let failed = if all_failed {
        found.event_count
    } else {
        failed as u64
    };
    let material = Material {
        events: found.events,
        twins: Vec::new(),
        span: Some((found.first, found.last)),
        count: found.event_count,
        failed,
        order_not_provable: found.order_not_provable,
        notes: Vec::new(),
        guardrails: BTreeSet::new(),
    };
    Some(finding(card, material))
}

fn finding(card: &RuleCard, mut material: Material) -> Finding {
    material
        .events
        .sort_by(|a, b| (a.0.time, a).cmp(&(b.0.time, b)));
    material.events.dedup();
    let events = &material.events;
    let outcome = Outcome::of_counts(
        material.count.saturating_sub(material.failed),
        material.failed,
    );
    let is_attempt = material.failed >= material.count && material.count > 0;
    let severity = if is_attempt {
        card.reference.level.lowered()
    } else {
        card.reference.level
    };
    let values = |of: &dyn Fn(&EventRef) -> String| distinct(events.iter().map(of));
    let listed = events.iter().chain(&material.twins);
    // A match of matches stands at the end of each, so listed events may lie before its span.
    let times = events.iter().map(|event| event.0.time);
    let (first, last) = material.span.unzip();
    let first_time = times.clone().chain(first).min();
    let last_time = times.chain(last).max();
    let time = |seconds: Option<i64>| seconds.map(|seconds| EventTime(seconds).to_rfc3339());
    let mut notes = std::mem::take(&mut material.notes);
    for twin in material.twins.iter().take(3) {
        notes.push(format!(
            "the same call is also on record in account {} as event {}",
            twin.0.account, twin.0.id
        ));
    }
    if material.order_not_provable {
        notes.push("steps carry equal times, so their order cannot be proved".to_owned());
    }
    let mut guardrails = material.guardrails;
    let of_listed = listed.clone().flat_map(|event| &*event.0.guardrails);
    guardrails.extend(of_listed.cloned());
    let mut finding = Finding {
        id: String::new(),
        rule: card.reference.clone(),
        severity,
        category: card.category,
        techniques: card.techniques.clone(),
        outcome,
        principal: events
            .first()
            .map(|event| event.0.principal.to_string())
            .unwrap_or_default(),
        principals: values(&|event| event.0.principal.to_string()),
        source_ips: values(&|event| event.0.source_ip.to_string()),
        user_agents: values(&|event| event.0.user_agent.to_string()),
        accounts: values(&|event| event.0.account.to_string()),
        regions: values(&|event| event.0.region.to_string()),
        resources: distinct(
            events
                .iter()
                .flat_map(|event| event.0.resources.iter().map(ToString::to_string)),
        ),
        first_time: time(first_time),
        last_time: time(last_time),
        event_count: material.count,
        event_ids: event_ids(listed.clone()),
        evidence: listed.map(|event| event.0.evidence()).collect(),
        evidence_truncated: material.count > events.len() as u64,
        order_not_provable: material.order_not_provable,
        explanation: explain(card, events, material.count),
        next_steps: card.next_steps.clone(),
        notes,
        guardrails: guardrails.iter().map(|name| name.to_string()).collect(),
    };
    finding.assign_id();
    finding
}

/// Distinct ids in the order of events: two records of one id are evidence of one event.
fn event_ids<'a>(events: impl Iterator<Item = &'a EventRef>) -> Vec<String> {
    let mut seen = BTreeSet::new();
    events
        .map(|event| &*event.0.id)
        .filter(|id| !id.is_empty() && seen.insert(*id))
        .map(str::to_owned)
        .collect()
}

fn explain(card: &RuleCard, events: &[EventRef], count: u64) -> String {
    let first = events.first();
    card.template.render(|field| {
        let info = first.map(|event| &event.0)?;
        let text = match field {
            "principal" => info.principal.to_string(),
            "source_ip" => info.source_ip.to_string(),
            "user_agent" => info.user_agent.to_string(),
            "account" => info.account.to_string(),
            "region" => info.region.to_string(),
            "time" => EventTime(info.time).to_rfc3339(),
            "count" => count.to_string(),
            // In a sequence the value may be on a later step.
            _ => return events.iter().find_map(|event| captured(event, field)),
        };
        Some(text)
    })
}

fn captured(event: &EventRef, field: &str) -> Option<String> {
    let (_, value) = event.0.captured.iter().find(|(name, _)| &**name == field)?;
    Some(value.to_string())
}

fn distinct(values: impl Iterator<Item = String>) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let mut kept = Vec::new();
    for value in values {
        if !value.is_empty() && kept.len() < MOST_VALUES && seen.insert(value.clone()) {
            kept.push(value);
        }
    }
    kept
}
