//! Sequences: the steps of `temporal_ordered`.

use super::group::{Entry, Episode};
use crate::plan::CorrelationPlan;

/// A chain of steps that ends at an entry; `previous` leads back to the step before.
#[derive(Debug, Clone, Copy)]
struct Chain {
    start: i64,
    entry: usize,
    previous: Option<usize>,
}

/// Finds sequences in entries sorted by time and returns how many entries are spent: those up to the
/// end of the last sequence.
///
/// For each step the two chains with the latest start are kept that end in different events; the
/// second is needed only where one event matches two neighbouring steps. Cost: entries × steps.
pub(super) fn chains<P: Clone + Ord>(
    plan: &CorrelationPlan,
    entries: &[Entry<P>],
    found: &mut Vec<Episode<P>>,
) -> usize {
    let steps = plan.slots.len();
    let mut links: Vec<Chain> = Vec::new();
    let mut best: Vec<Vec<usize>> = vec![Vec::new(); steps];
    let mut spent = 0;
    let mut place = 0;
    while let Some(entry) = entries.get(place) {
        // Events of one second satisfy any order, so they are taken by step.
        let same_second = entries
            .iter()
            .skip(place)
            .take_while(|other| other.time == entry.time)
            .count();
        let mut batch: Vec<usize> = (place..place + same_second).collect();
        batch.sort_by_key(|index| entries.get(*index).map(|entry| entry.slot));
        let mut complete = None;
        for index in batch {
            let Some(link) = link(plan, entries, index, &links, &best) else {
                continue;
            };
            let step = entries
                .get(index)
                .map_or(0, |entry| usize::from(entry.slot));
            links.push(link);
            if step + 1 == steps {
                complete = Some(links.len() - 1);
                break;
            }
            remember(entries, &links, best.get_mut(step), links.len() - 1);
        }
        if let Some(last) = complete {
            found.push(episode(entries, &links, last));
            best = vec![Vec::new(); steps];
            links.clear();
            spent = place + same_second;
        }
        place += same_second;
    }
    spent
}

fn link<P: Ord>(
    plan: &CorrelationPlan,
    entries: &[Entry<P>],
    index: usize,
    links: &[Chain],
    best: &[Vec<usize>],
) -> Option<Chain> {
    let entry = entries.get(index)?;
    let Some(before) = usize::from(entry.slot).checked_sub(1) else {
        return Some(Chain {
            start: entry.time,
            entry: index,
            previous: None,
        });
    };
    for &candidate in best.get(before)? {
        let chain = links.get(candidate)?;
        let is_same_event = entries.get(chain.entry)?.payload == entry.payload;
        if !is_same_event && entry.time - chain.start <= plan.timespan_seconds {
            return Some(Chain {
                start: chain.start,
                entry: index,
                previous: Some(candidate),
            });
        }
    }
    None
}

fn remember<P: Ord>(
    entries: &[Entry<P>],
    links: &[Chain],
    kept: Option<&mut Vec<usize>>,
    new: usize,
) {
    let Some(kept) = kept else { return };
    let start = |link: &usize| links.get(*link).map(|chain| chain.start);
    kept.push(new);
    // Latest start first; among equal starts the newer one, which leaves the sequence tighter.
    kept.sort_by_key(|link| std::cmp::Reverse((start(link), *link)));
    let event = |link: &usize| {
        links
            .get(*link)
            .and_then(|chain| entries.get(chain.entry))
            .map(|entry| &entry.payload)
    };
    let first = kept.first().copied();
    let second = kept
        .iter()
        .skip(1)
        .find(|link| {
            first
                .as_ref()
                .is_none_or(|first| event(link) != event(first))
        })
        .copied();
    kept.clear();
    kept.extend(first.into_iter().chain(second));
}

fn episode<P: Clone>(entries: &[Entry<P>], links: &[Chain], last: usize) -> Episode<P> {
    let mut steps = Vec::new();
    let mut next = Some(last);
    while let Some(link) = next.and_then(|index| links.get(index)) {
        steps.extend(entries.get(link.entry));
        next = link.previous;
    }
    steps.reverse();
    let times: Vec<i64> = steps.iter().map(|entry| entry.time).collect();
    let mut episode = Episode::starting(times.first().copied().unwrap_or_default());
    episode.last = times.last().copied().unwrap_or_default();
    episode.event_count = steps.len() as u64;
    episode.value = f64::from(u32::try_from(steps.len()).unwrap_or(u32::MAX));
    episode.order_not_provable = times.iter().zip(times.iter().skip(1)).any(|(a, b)| a == b);
    episode.extra = steps
        .last()
        .map(|entry| entry.extra.clone())
        .unwrap_or_default();
    episode.events = steps
        .into_iter()
        .map(|entry| entry.payload.clone())
        .collect();
    episode
}
