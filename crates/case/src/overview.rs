//! The case in one sentence and a few figures.

use std::collections::BTreeSet;

use rempart_locale::Text;

use crate::material::Evidence;
use crate::model::{Overview, Phase, Step};
use crate::targets::clipped;
use crate::view::View;
use crate::words::names;

/// The summary.
pub(crate) fn overview(view: &View<'_>, steps: &[Step], evidence: &mut Evidence) -> Overview {
    let events = || view.deeds.iter().map(|deed| deed.event);
    let Some((first, last)) = events().next().zip(events().next_back()) else {
        return Overview {
            headline: Text::new("headline-nothing"),
            ..Overview::default()
        };
    };
    let distinct = |texts: &mut dyn Iterator<Item = &str>| {
        let set: BTreeSet<&str> = texts.filter(|text| !text.is_empty()).collect();
        set.into_iter().map(str::to_owned).collect::<Vec<String>>()
    };
    let accounts = distinct(&mut events().map(|event| &*event.account));
    let regions = distinct(&mut events().map(|event| &*event.region));
    let severity = view
        .material
        .findings
        .iter()
        .map(|finding| finding.severity)
        .max();
    let phases: BTreeSet<Phase> = steps.iter().map(|step| step.phase).collect();
    let worst = [
        Phase::Impact,
        Phase::Tampering,
        Phase::Exfiltration,
        Phase::Persistence,
    ];
    let reached = worst.into_iter().find(|phase| phases.contains(phase));
    let headline = Text::new(match reached {
        Some(Phase::Impact) => "headline-impact",
        Some(Phase::Tampering) => "headline-tampering",
        Some(Phase::Exfiltration) => "headline-exfiltration",
        Some(Phase::Persistence) => "headline-persistence",
        _ => "headline-activity",
    });
    let headline = headline
        .with("who", view.who(first))
        .with("from", first.when())
        .with("to", last.when())
        .with("accounts", names(&accounts))
        .with("address", clipped(&first.address))
        .with(
            "steps",
            steps
                .iter()
                .filter(|step| step.phase != Phase::Response)
                .count(),
        );
    Overview {
        headline,
        severity,
        first_bad: Some(first.when()),
        first_bad_evidence: Some(evidence.cite(first, view.material)),
        last_activity: Some(last.when()),
        events: view.deeds.len() as u64,
        failed: events().filter(|event| event.error.is_some()).count() as u64,
        findings: view.material.findings.len() as u64,
        accounts,
        regions,
    }
}
