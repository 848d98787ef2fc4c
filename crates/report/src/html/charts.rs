//! Data of the charts, for the script of the page. What is here stands in tables as well.

use std::collections::BTreeMap;

use rempart_case::{Phase, Step};
use rempart_locale::Text;
use serde_json::{Value, json};

use super::graphs::{entity_graph, lanes, session_graph};
use super::timeline::activity_days;
use crate::time;
use crate::view::View;
use crate::words::Said;

/// A timeline of more steps is drawn as numbers of steps in stretches of time.
pub(crate) const MOST_STEPS_ONE_BY_ONE: usize = 1_500;
/// Into how many stretches.
pub(crate) const BUCKETS: usize = 240;
/// Days in the chart of activity, from the last.
const MOST_DAYS: usize = 60;
/// Characters of a text in a chart.
pub(crate) const LONGEST_LABEL: usize = 46;
const LONGEST_TEXT: usize = 160;

pub(crate) fn data(view: &View<'_>) -> Value {
    let words = view.words;
    let phases = Phase::ALL.map(|phase| json!(words.word(phase.key()).as_str()));
    let days = activity_days(&view.case.steps);
    let days = days
        .get(days.len().saturating_sub(MOST_DAYS)..)
        .unwrap_or_default();
    let mut cells = Vec::new();
    for (row, (_, hours)) in days.iter().enumerate() {
        let active = hours.iter().enumerate().filter(|(_, events)| **events > 0);
        cells.extend(active.map(|(hour, events)| json!([hour, row, events])));
    }
    json!({
        "phases": phases,
        "words": {
            "steps": words.word("report-steps-count").as_str(),
            "events": words.word("report-events").as_str(),
        },
        "timeline": timeline(view),
        "activity": {
            "days": days.iter().map(|(day, _)| day).collect::<Vec<_>>(),
            "cells": cells,
        },
        "sessions": session_graph(view),
        "entities": entity_graph(view),
    })
}

fn timeline(view: &View<'_>) -> Value {
    let lanes = lanes(view);
    let labels: Vec<_> = lanes
        .iter()
        .filter_map(|place| view.case.sessions.get(*place))
        .map(|session| Said::of_case(&session.label).cut(LONGEST_LABEL))
        .map(|label| label.as_str().to_owned())
        .collect();
    let lane_of: BTreeMap<usize, usize> = lanes
        .iter()
        .enumerate()
        .map(|(lane, place)| (*place, lane))
        .collect();
    let placed: Vec<Placed<'_>> = view
        .case
        .steps
        .iter()
        .enumerate()
        .filter_map(|(place, step)| {
            Some(Placed {
                number: place + 1,
                lane: *lane_of.get(&view.session_place(&step.session)?)?,
                from: time::milliseconds(&step.first)?,
                to: time::milliseconds(&step.last)?,
                step,
            })
        })
        .collect();
    let one_by_one = view.case.steps.len() <= MOST_STEPS_ONE_BY_ONE;
    let items = match one_by_one {
        true => placed.iter().map(|placed| placed.item(view)).collect(),
        false => counted(&placed),
    };
    json!({ "lanes": labels, "counted": !one_by_one, "items": items })
}

struct Placed<'a> {
    number: usize,
    lane: usize,
    from: i64,
    to: i64,
    step: &'a Step,
}

impl Placed<'_> {
    /// `[lane, from, to, phase, steps, events, number, text]`.
    fn item(&self, view: &View<'_>) -> Value {
        let text = view.words.say(&self.step.text).cut(LONGEST_TEXT);
        json!([
            self.lane,
            self.from,
            self.to,
            phase_place(self.step.phase),
            1,
            self.step.events,
            self.number,
            text.as_str()
        ])
    }
}

/// Steps by lane, stretch of time and phase; the same form with more than one step.
fn counted(placed: &[Placed<'_>]) -> Vec<Value> {
    let first = placed.iter().map(|placed| placed.from).min().unwrap_or(0);
    let last = placed.iter().map(|placed| placed.from).max().unwrap_or(0);
    let buckets = i64::try_from(BUCKETS).unwrap_or(1);
    let width = ((last - first) / buckets).max(1) + 1;
    let mut counts = BTreeMap::<(usize, i64, usize), (u64, u64)>::new();
    for placed in placed {
        let bucket = (placed.from - first) / width;
        let key = (placed.lane, bucket, phase_place(placed.step.phase));
        let count = counts.entry(key).or_default();
        count.0 += 1;
        count.1 = count.1.saturating_add(placed.step.events);
    }
    counts
        .into_iter()
        .map(|((lane, bucket, phase), (steps, events))| {
            let from = first + bucket * width;
            json!([lane, from, from + width, phase, steps, events])
        })
        .collect()
}

fn phase_place(phase: Phase) -> usize {
    Phase::ALL
        .iter()
        .position(|other| *other == phase)
        .unwrap_or(0)
}

/// What a node of a graph is called.
pub(crate) fn label(text: &str) -> String {
    Said::of_case(text).cut(LONGEST_LABEL).as_str().to_owned()
}

/// A text of the case as a label.
pub(crate) fn said(view: &View<'_>, text: &Text) -> String {
    view.words.say(text).cut(LONGEST_TEXT).as_str().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counting_keeps_the_number_of_steps() {
        let step: Step = serde_json::from_value(json!({
            "id": "t1", "first": "", "last": "", "text": { "key": "k" }, "phase": "impact",
            "session": "s1", "addresses": [], "accounts": [], "regions": [], "calls": [],
            "resources": [], "events": 3, "failed": 0, "certainty": "observed", "evidence": [],
        }))
        .unwrap();
        let placed: Vec<_> = (0..5_000_i64)
            .map(|at| Placed {
                number: 1,
                lane: usize::from(at % 3 == 0),
                from: at * at % 90_001,
                to: 0,
                step: &step,
            })
            .collect();
        let items = counted(&placed);
        let sum = |column: usize| {
            items
                .iter()
                .filter_map(|item| item[column].as_u64())
                .sum::<u64>()
        };
        assert_eq!((sum(4), sum(5)), (5_000, 15_000));
        assert!(items.len() <= 2 * BUCKETS);
        assert!(counted(&[]).is_empty());
    }
}
