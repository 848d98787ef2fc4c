//! A compiled set of rules, and what can be asked of it.

use rempart_trail::json::JsonError;
use rempart_trail::record::Record;

use crate::ast::Document;
use crate::compile;
use crate::derive::{Derive, NothingDerived};
use crate::dispatch::{Candidate, Dispatch};
use crate::info::CompiledRuleInfo;
use crate::keywords::Keywords;
use crate::matcher::Evaluation;
use crate::observe::{self, FeedSlot, FirstSeenSlots};
use crate::options::{CompileOptions, Diagnostic};
use crate::plan::{CorrelationPlan, FirstSeenObservation, Observation, RuleId};
use crate::program::{Node, Tables};
use crate::scratch::Scratch;
use crate::tree::PathTrees;

/// Compiled rules. Immutable and shared between threads; each thread brings its own [`Scratch`].
#[derive(Debug)]
pub struct RuleSet {
    pub(crate) tables: Tables,
    pub(crate) rules: Vec<CompiledRule>,
    /// For each rule the condition without which a record does not concern it
    pub(crate) conditions: Vec<Node>,
    pub(crate) correlations: Vec<CorrelationPlan>,
    /// For each rule the correlations that it feeds
    pub(crate) feeds: Vec<Vec<FeedSlot>>,
    pub(crate) dispatch: Dispatch,
    pub(crate) keywords: Keywords,
    pub(crate) trees: PathTrees,
}

/// A rule over single events.
#[derive(Debug)]
pub(crate) struct CompiledRule {
    pub(crate) info: CompiledRuleInfo,
    pub(crate) condition: Node,
    pub(crate) first_seen: Option<FirstSeenSlots>,
}

impl CompiledRule {
    /// The condition by which a first-seen rule teaches, where it is another than the rule's own.
    pub(crate) fn observe(&self) -> Option<&Node> {
        self.first_seen.as_ref()?.observe.as_ref()
    }
}

impl RuleSet {
    /// Compiles documents. What cannot be applied as written is left out and reported; so is what is
    /// not meant for these logs.
    #[must_use]
    pub fn compile(
        documents: &[Document],
        options: &CompileOptions<'_>,
    ) -> (Self, Vec<Diagnostic>) {
        compile::compile(documents, options)
    }

    /// State for one thread.
    #[must_use]
    pub fn scratch(&self) -> Scratch {
        Scratch::new(
            self.tables.slots.len(),
            self.tables.tests.len(),
            self.tables.literals.len(),
        )
    }

    /// Whether any rule can match a record of this event source and event name.
    #[must_use]
    pub fn wants(&self, event_source: &str, event_name: &str) -> bool {
        self.candidates(event_source, event_name).next().is_some()
    }

    /// The rules that a record of this event source and event name is tested against.
    pub fn candidates(&self, event_source: &str, event_name: &str) -> impl Iterator<Item = RuleId> {
        let (source, name) = (Some(event_source), Some(event_name));
        self.dispatch
            .possible(source, name, &self.conditions, &self.tables)
            .map(RuleId)
    }

    /// Appends the rules whose condition the record satisfies, in order. First-seen rules are among
    /// them when their condition holds; whether they alert is decided by the engine from
    /// [`RuleSet::first_seen_observations`].
    pub fn evaluate(
        &self,
        record: &Record<'_>,
        derive: &dyn Derive,
        scratch: &mut Scratch,
        matched: &mut Vec<RuleId>,
    ) {
        scratch.begin();
        let candidates = self
            .dispatch
            .candidates(record, &self.conditions, &self.tables, scratch);
        if !candidates.is_empty() {
            self.decide(&candidates, record, derive, scratch, matched);
        }
    }

    /// As [`RuleSet::evaluate`], but asks every rule. The slow way that the fast one is tested against.
    pub fn evaluate_every_rule(
        &self,
        record: &Record<'_>,
        derive: &dyn Derive,
        scratch: &mut Scratch,
        matched: &mut Vec<RuleId>,
    ) {
        scratch.begin();
        self.decide(
            &self.dispatch.everything(),
            record,
            derive,
            scratch,
            matched,
        );
    }

    /// Evaluates one JSON object with nothing derived.
    ///
    /// # Errors
    /// Where and why the text is not one JSON object.
    pub fn evaluate_json(&self, text: &[u8]) -> Result<Vec<RuleId>, JsonError> {
        let record = Record::parse(text)?;
        let mut matched = Vec::new();
        self.evaluate(&record, &NothingDerived, &mut self.scratch(), &mut matched);
        Ok(matched)
    }

    /// Appends what the record means for correlations. To be called right after [`RuleSet::evaluate`]
    /// with the same record and scratch, and with the rules that it found.
    ///
    /// A group-by field with several values gives an observation for each, 64 at most.
    pub fn observations(
        &self,
        record: &Record<'_>,
        derive: &dyn Derive,
        scratch: &mut Scratch,
        matched: &[RuleId],
        out: &mut Vec<Observation>,
    ) {
        for rule in matched {
            let feeds = self
                .feeds
                .get(rule.0 as usize)
                .map(Vec::as_slice)
                .unwrap_or_default();
            for feed in feeds {
                observe::correlation(&mut self.evaluation(record, derive, scratch), feed, out);
            }
        }
    }

    /// Appends what the record means for first-seen rules; same contract as [`RuleSet::observations`].
    pub fn first_seen_observations(
        &self,
        record: &Record<'_>,
        derive: &dyn Derive,
        scratch: &mut Scratch,
        out: &mut Vec<FirstSeenObservation>,
    ) {
        if scratch.first_seen.is_empty() {
            return;
        }
        for (rule, teaches, alerts) in std::mem::take(&mut scratch.first_seen) {
            let compiled = self.rules.get(rule as usize);
            let Some(slots) = compiled.and_then(|rule| rule.first_seen.as_ref()) else {
                continue;
            };
            let mut evaluation = self.evaluation(record, derive, scratch);
            observe::first_seen(&mut evaluation, slots, (RuleId(rule), teaches, alerts), out);
        }
    }

    /// The single-event rules, in the order of their numbers.
    pub fn rules(&self) -> impl ExactSizeIterator<Item = (RuleId, &CompiledRuleInfo)> {
        (0u32..)
            .zip(&self.rules)
            .map(|(id, rule)| (RuleId(id), &rule.info))
            .collect::<Vec<_>>()
            .into_iter()
    }

    /// A single-event rule. `None` for a number of another set.
    #[must_use]
    pub fn rule(&self, id: RuleId) -> Option<&CompiledRuleInfo> {
        self.rules.get(id.0 as usize).map(|rule| &rule.info)
    }

    /// The correlations; one that refers to another stands behind it.
    #[must_use]
    pub fn correlations(&self) -> &[CorrelationPlan] {
        &self.correlations
    }

    fn decide(
        &self,
        candidates: &[Candidate],
        record: &Record<'_>,
        derive: &dyn Derive,
        scratch: &mut Scratch,
        matched: &mut Vec<RuleId>,
    ) {
        let mut evaluation = self.evaluation(record, derive, scratch);
        for candidate in candidates {
            let holds = evaluation.holds(&candidate.condition);
            if holds {
                matched.push(RuleId(candidate.rule));
            }
            let Some(rule) = self.rules.get(candidate.rule as usize) else {
                continue;
            };
            if rule.first_seen.is_none() {
                continue;
            }
            let teaches = match &candidate.observe {
                None => holds,
                Some(observe) => evaluation.holds(observe),
            };
            if holds || teaches {
                let concerned = (candidate.rule, teaches, holds);
                evaluation.scratch.first_seen.push(concerned);
            }
        }
    }

    fn evaluation<'e, 'r>(
        &'e self,
        record: &'e Record<'r>,
        derive: &'e dyn Derive,
        scratch: &'e mut Scratch,
    ) -> Evaluation<'e, 'r> {
        Evaluation {
            tables: &self.tables,
            keywords: &self.keywords,
            trees: &self.trees,
            record,
            derive,
            scratch,
        }
    }
}
