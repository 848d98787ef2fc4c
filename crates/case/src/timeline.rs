//! From records to steps that a person would tell.
//!
//! Calls that belong together become one step: the same activity of one credential from one address
//! without a long pause, or several calls about one thing (stop, update and start of a notebook).

mod group;
mod response;
mod text;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use rempart_findings::Finding;
use rempart_locale::Text;

use crate::material::{Evidence, Material};
use crate::model::{Certainty, Step};
use crate::view::View;
use group::Group;

pub(crate) use group::captures_data;
pub(crate) use response::measures;

/// Resources that a step lists.
const MOST_RESOURCES: usize = 50;

/// The steps, by time. What the defenders did is among them.
pub(crate) fn steps(view: &View<'_>, evidence: &mut Evidence) -> Vec<Step> {
    let mut groups = group::groups(view);
    groups.extend(response::groups(view));
    groups.sort_by(|left, right| left.order().cmp(&right.order()));
    let findings = by_event(view.material);
    let mut steps: Vec<Step> = groups
        .iter()
        .map(|group| step(group, view, &findings, evidence))
        .collect();
    for (number, step) in steps.iter_mut().enumerate() {
        step.id = format!("t{}", number + 1);
    }
    steps
}

type ByEvent<'a> = HashMap<&'a str, Vec<&'a Finding>>;

fn by_event(material: &Material) -> ByEvent<'_> {
    let mut map = ByEvent::new();
    for finding in &material.findings {
        for id in &finding.event_ids {
            map.entry(id).or_default().push(finding);
        }
    }
    map
}

fn step(
    group: &Group<'_, '_>,
    view: &View<'_>,
    findings: &ByEvent<'_>,
    evidence: &mut Evidence,
) -> Step {
    let events = || group.deeds.iter().map(|deed| deed.event);
    let mut calls: BTreeMap<String, u64> = BTreeMap::new();
    for event in events() {
        *calls.entry(event.call()).or_default() += 1;
    }
    let failed = events().filter(|event| event.error.is_some()).count();
    // One entry for each finding, in the order of their ids.
    let fired: BTreeMap<&str, &Finding> = events()
        .filter_map(|event| findings.get(&*event.id))
        .flatten()
        .map(|finding| (finding.id.as_str(), *finding))
        .collect();
    let gravest = fired.values().max_by_key(|finding| finding.severity);
    let mut techniques = Vec::new();
    for technique in fired.values().flat_map(|finding| &finding.techniques) {
        if !techniques.contains(technique) {
            techniques.push(technique.clone());
        }
    }
    let session = group
        .session
        .and_then(|number| view.material.sessions.get(usize::try_from(number).ok()?));
    let names = group.deeds.iter().flat_map(|deed| &deed.targets);
    let resources: BTreeSet<&str> = names.map(|target| target.name.as_str()).collect();
    Step {
        id: String::new(),
        first: group.first().map(|event| event.when()).unwrap_or_default(),
        last: events()
            .next_back()
            .map(|event| event.when())
            .unwrap_or_default(),
        text: with_outcome(text::of(group, view), group, failed),
        phase: group.activity.phase,
        category: gravest.map(|finding| finding.category),
        severity: gravest.map(|finding| finding.severity),
        techniques,
        session: session
            .map(|session| session.id.clone())
            .unwrap_or_default(),
        addresses: distinct(events().map(|event| &*event.address)),
        accounts: distinct(events().map(|event| &*event.account)),
        regions: distinct(events().map(|event| &*event.region)),
        calls: calls.into_iter().collect(),
        resources: resources
            .into_iter()
            .take(MOST_RESOURCES)
            .map(str::to_owned)
            .collect(),
        events: group.deeds.len() as u64,
        failed: failed as u64,
        certainty: match session {
            Some(session) if session.hostile => Certainty::Derived,
            Some(_) => Certainty::Inferred,
            None => Certainty::Observed,
        },
        rules: distinct(fired.values().map(|finding| finding.rule.title.as_str())),
        findings: fired.keys().map(|id| (*id).to_owned()).collect(),
        guardrails: distinct(
            fired
                .values()
                .flat_map(|finding| &finding.guardrails)
                .map(String::as_str),
        ),
        evidence: evidence.cite_all(events(), view.material),
    }
}

/// What failed is told as an attempt.
fn with_outcome(text: Text, group: &Group<'_, '_>, failed: usize) -> Text {
    let tells_itself = ["enumerate", "query-endpoint"].contains(&group.activity.name);
    let count = group.deeds.len();
    if failed == 0 || tells_itself {
        text
    } else if failed == count {
        Text::new("step-all-failed")
            .with("what", text)
            .with("count", count)
    } else {
        Text::new("step-some-failed")
            .with("what", text)
            .with("failed", failed)
            .with("count", count)
    }
}

fn distinct<'s>(texts: impl Iterator<Item = &'s str>) -> Vec<String> {
    let set: BTreeSet<&str> = texts.filter(|text| !text.is_empty()).collect();
    set.into_iter().map(str::to_owned).collect()
}
