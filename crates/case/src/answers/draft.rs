//! An answer while it is written: statements with their evidence, what is not known, what to collect.

use std::collections::{BTreeMap, BTreeSet};

use rempart_locale::Text;
use rempart_trail::time::EventTime;

use crate::material::{Event, Evidence, MOST_CITED};
use crate::model::{
    Answer, Certainty, CoverageRow, CoverageState, LogKind, Statement, Status, Step,
};
use crate::targets::clipped;
use crate::view::View;

/// Statements of one answer; what is beyond is counted.
const MOST_STATEMENTS: usize = 200;
/// Subjects of one statement.
const MOST_SUBJECTS: usize = 50;

/// Kinds of log on which an answer rests.
const fn kinds_of(question: u8) -> &'static [LogKind] {
    use LogKind::{EndpointData, FeatureData, Management, S3Data};
    match question {
        1 | 3 | 5 | 13 => &[Management, S3Data, EndpointData, FeatureData],
        4 | 14 => &[Management, S3Data, EndpointData],
        8 => &[Management, S3Data],
        _ => &[Management],
    }
}

/// An answer while it is written.
pub(super) struct Draft<'d, 'a> {
    pub(super) view: &'d View<'a>,
    pub(super) steps: &'d [Step],
    evidence: &'d mut Evidence,
    question: u8,
    statements: Vec<(u8, Statement)>,
    unknown: Vec<Text>,
    collect: Vec<Text>,
    is_open: bool,
}

impl<'d, 'a> Draft<'d, 'a> {
    pub(super) fn new(
        question: u8,
        view: &'d View<'a>,
        steps: &'d [Step],
        evidence: &'d mut Evidence,
    ) -> Self {
        Self {
            view,
            steps,
            evidence,
            question,
            statements: Vec::new(),
            unknown: Vec::new(),
            collect: Vec::new(),
            is_open: false,
        }
    }

    /// A statement that rests on these records; without one it is not made. Lower ranks are graver.
    pub(super) fn say(
        &mut self,
        rank: u8,
        certainty: Certainty,
        text: Text,
        events: &[&Event],
        subjects: impl IntoIterator<Item = String>,
    ) {
        let cited = self
            .evidence
            .cite_all(events.iter().copied(), self.view.material);
        let count = events.len() as u64;
        self.push(
            rank,
            certainty,
            text,
            cited,
            count,
            subjects.into_iter().collect(),
        );
    }

    /// A statement that rests on evidence which is named by its ids.
    pub(super) fn say_ids(&mut self, rank: u8, certainty: Certainty, text: Text, ids: &[String]) {
        let found: BTreeMap<&String, &Event> = ids
            .iter()
            .filter_map(|id| Some((id, self.view.cited(id)?)))
            .collect();
        let events: Vec<&Event> = found.into_values().collect();
        self.say(rank, certainty, text, &events, []);
    }

    /// A statement whose evidence is kept by others: policies of an estate.
    pub(super) fn say_listed(
        &mut self,
        rank: u8,
        certainty: Certainty,
        text: Text,
        ids: Vec<String>,
        subjects: Vec<String>,
    ) {
        let count = ids.len() as u64;
        self.push(rank, certainty, text, ids, count, subjects);
    }

    /// A statement about a step of the timeline: when, who, what.
    pub(super) fn say_step(&mut self, rank: u8, step: &Step) {
        let who = self
            .view
            .material
            .sessions
            .iter()
            .find(|session| session.id == step.session);
        let what = step.text.clone();
        let text = match who {
            Some(session) => Text::new("answer-step")
                .with("time", step.first.as_str())
                .with("who", clipped(&session.label))
                .with("what", what),
            None => Text::new("answer-step-other")
                .with("time", step.first.as_str())
                .with("what", what),
        };
        let (cited, subjects) = (step.evidence.clone(), step.resources.clone());
        self.push(
            rank,
            Certainty::Observed,
            text,
            cited,
            step.events,
            subjects,
        );
    }

    /// Statements about all steps whose text has one of these keys (without `step-`); whether there
    /// were any.
    pub(super) fn say_steps(&mut self, rank: u8, names: &[&str]) -> bool {
        let steps = self.steps;
        let mut any = false;
        for step in steps.iter().filter(|step| names.contains(&key_of(step))) {
            self.say_step(rank, step);
            any = true;
        }
        any
    }

    /// Nothing was found in the logs that existed: what was looked at is said.
    pub(super) fn say_none(&mut self, what: &str) {
        let events: Vec<&Event> = self.view.deeds.iter().map(|deed| deed.event).collect();
        let (Some(first), Some(last)) = (events.first(), events.last()) else {
            return;
        };
        let text = Text::new("answer-none")
            .with("what", Text::new(what))
            .with("count", events.len())
            .with("from", first.when())
            .with("to", last.when());
        let ends = [*first, *last];
        let ends = if first.id == last.id {
            ends.get(..1)
        } else {
            ends.get(..)
        };
        self.say(200, Certainty::Derived, text, ends.unwrap_or_default(), []);
    }

    /// Something that cannot be known from logs, and without which the answer still stands.
    pub(super) fn unknown(&mut self, text: Text) {
        if !self.unknown.contains(&text) {
            self.unknown.push(text);
        }
    }

    /// Something that is not known and belongs to the answer.
    pub(super) fn open(&mut self, text: Text) {
        self.is_open = true;
        self.unknown(text);
    }

    /// Something to collect.
    pub(super) fn collect(&mut self, key: &str) {
        let text = Text::new(key);
        if !self.collect.contains(&text) {
            self.collect.push(text);
        }
    }

    fn push(
        &mut self,
        rank: u8,
        certainty: Certainty,
        text: Text,
        mut cited: Vec<String>,
        count: u64,
        mut subjects: Vec<String>,
    ) {
        if cited.is_empty() {
            return;
        }
        cited.truncate(MOST_CITED);
        subjects.truncate(MOST_SUBJECTS);
        let evidence_count = count.max(cited.len() as u64);
        let statement = Statement {
            text,
            certainty,
            evidence: cited,
            evidence_count,
            weakened_by: Vec::new(),
            subjects,
        };
        self.statements.push((rank, statement));
    }

    /// The answer. It is answered when the logs that it needs are there and nothing is open.
    pub(super) fn finish(mut self) -> Answer {
        let rows = self.rows();
        let weak: Vec<&CoverageRow> = rows
            .iter()
            .copied()
            .filter(|row| self.is_weak(row))
            .collect();
        for row in weak.iter().take(12) {
            let text = Text::new("unknown-coverage")
                .with("kind", Text::new(kind_key(row.kind)))
                .with("account", row.account.as_str())
                .with("region", row.region.as_str());
            if !self.unknown.contains(&text) {
                self.unknown.push(text);
            }
        }
        if !weak.is_empty() {
            self.collect("collect-missing-logs");
        }
        self.statements.sort_by_key(|(rank, _)| *rank);
        if let Some(more) = self
            .statements
            .len()
            .checked_sub(MOST_STATEMENTS)
            .filter(|more| *more > 0)
        {
            self.is_open = true;
            self.unknown
                .push(Text::new("answer-left-out").with("count", more));
            self.statements.truncate(MOST_STATEMENTS);
        }
        for text in &self.view.material.left_out {
            if text.key != "left-out-nearby" {
                self.is_open = true;
                self.unknown.push(text.clone());
            }
        }
        let status = match () {
            () if self.statements.is_empty() => {
                if self.unknown.is_empty() {
                    self.unknown.push(Text::new("unknown-nothing-in-scope"));
                }
                Status::NotDeterminable
            }
            () if self.is_open || !weak.is_empty() => Status::Partial,
            () => Status::Answered,
        };
        let mut statements: Vec<Statement> = self
            .statements
            .into_iter()
            .map(|(_, statement)| statement)
            .collect();
        for statement in &mut statements {
            let about: BTreeSet<(&str, &str)> = statement
                .evidence
                .iter()
                .filter_map(|id| self.view.cited(id))
                .map(|event| (&*event.account, &*event.region))
                .collect();
            let touches = |row: &&&CoverageRow| {
                about.iter().any(|(account, region)| {
                    *account == row.account && (row.region == "*" || *region == row.region)
                })
            };
            statement.weakened_by = weak
                .iter()
                .filter(touches)
                .map(|row| row.id.clone())
                .collect();
        }
        Answer {
            question: self.question,
            status,
            statements,
            coverage: rows.iter().map(|row| row.id.clone()).collect(),
            unknown: self.unknown,
            collect: self.collect,
        }
    }

    /// Rows of the kinds that the question needs, for the places where the intruder acted.
    fn rows(&self) -> Vec<&'a CoverageRow> {
        let acted: BTreeSet<(&str, &str)> = self
            .view
            .deeds
            .iter()
            .map(|deed| (&*deed.event.account, &*deed.event.region))
            .collect();
        let kinds = kinds_of(self.question);
        let rows = self.view.material.coverage.iter();
        rows.filter(|row| kinds.contains(&row.kind))
            .filter(|row| {
                acted.iter().any(|(account, region)| {
                    *account == row.account && (row.region == "*" || *region == row.region)
                })
            })
            .collect()
    }

    fn is_weak(&self, row: &CoverageRow) -> bool {
        let Some((first, last)) = self.view.window() else {
            return true;
        };
        let time = |text: &str| EventTime::parse(text).map_or(0, |time| time.0);
        let ends = row
            .stretches
            .iter()
            .skip(1)
            .map(|(start, _)| start.as_str());
        let ends = ends.chain([row.end.as_str()]);
        let mut overlapping = row
            .stretches
            .iter()
            .zip(ends)
            .filter(|((start, _), end)| time(start) <= last && time(end) >= first);
        overlapping.any(|((_, state), _)| match state {
            CoverageState::Covered => false,
            // A Region that nobody uses has no management events.
            CoverageState::Unknown => row.kind != LogKind::Management || row.events == 0,
            CoverageState::Partial | CoverageState::Stopped | CoverageState::Missing => true,
        })
    }
}

/// The key of a step's text, without what tells that calls failed and without `step-`.
pub(super) fn key_of(step: &Step) -> &str {
    let mut text = &step.text;
    if ["step-all-failed", "step-some-failed"].contains(&text.key.as_str())
        && let Some(rempart_locale::Param::Text(inner)) = text.params.get("what")
    {
        text = inner;
    }
    text.key.strip_prefix("step-").unwrap_or(&text.key)
}

/// The key of the word for a kind of log.
pub(super) const fn kind_key(kind: LogKind) -> &'static str {
    match kind {
        LogKind::Management => "answer-log-management",
        LogKind::S3Data => "answer-log-s3",
        LogKind::EndpointData => "answer-log-endpoint",
        LogKind::FeatureData => "answer-log-feature",
        LogKind::OtherData => "answer-log-other",
        LogKind::Network => "answer-log-network",
    }
}
