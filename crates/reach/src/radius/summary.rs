//! One line for each resource: the strongest answer and the shortest way to it.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::rows::Draft;
use crate::fixpoint::Gainings;
use crate::model::{Label, Row, Summary};

/// Rank of an answer: the label, then the fewest steps, a data gate before single actions.
type Rank = (Label, std::cmp::Reverse<usize>, bool);

pub(super) fn of(gainings: &Gainings, drafts: &[Draft<'_>], rows: &[Row]) -> Vec<Summary> {
    let steps = |node: usize| {
        let node = gainings.nodes.get(node);
        node.map_or(0, |node| node.how.len().saturating_sub(1))
    };
    let mut best: BTreeMap<&Arc<str>, (Rank, Summary)> = BTreeMap::new();
    for row in rows {
        let rank: Rank = (
            row.label,
            std::cmp::Reverse(steps(row.identity)),
            row.gate.is_some(),
        );
        if best
            .get(&row.resource)
            .is_none_or(|(known, _)| *known < rank)
        {
            let summary = Summary {
                resource: Arc::clone(&row.resource),
                kind: Arc::clone(&row.kind),
                label: row.label,
                identity: row.identity,
                steps: steps(row.identity),
                actions: Arc::clone(&row.actions),
                gate: row.gate,
                first_at: Arc::clone(&row.first_at),
            };
            best.insert(&row.resource, (rank, summary));
        }
    }
    for draft in drafts {
        let rank: Rank = (
            draft.label,
            std::cmp::Reverse(steps(draft.node)),
            draft.gate.is_some(),
        );
        let mut first_at: Option<Arc<str>> = None;
        for place in draft.members.iter() {
            let Some(target) = draft.targets.get(place as usize) else {
                continue;
            };
            if best.get(&target.arn).is_none_or(|(known, _)| *known < rank) {
                let first_at = first_at.get_or_insert_with(|| draft.first_at.to_string().into());
                let summary = Summary {
                    resource: Arc::clone(&target.arn),
                    kind: Arc::clone(&target.kind),
                    label: draft.label,
                    identity: draft.node,
                    steps: steps(draft.node),
                    actions: Arc::clone(&draft.actions),
                    gate: draft.gate,
                    first_at: Arc::clone(first_at),
                };
                best.insert(&target.arn, (rank, summary));
            }
        }
    }
    best.into_values().map(|(_, summary)| summary).collect()
}
