//! Keys that change a decision only together.
//!
//! A move sets what one statement needs to match, or one key. Starting from the request, moves that
//! bring the answer closer to another one are made until it changes; then every key that is not
//! needed for the change is put back.

use std::sync::Arc;

use super::candidates::Candidate;
use super::{Change, Companion, Question, Search, Site, Unresolved, example};
use crate::compile::{CompiledPolicy, CompiledStatement};
use crate::context::{KeyName, KeyState};
use crate::decide::{Decision, Notes};
use crate::document::Effect;
use crate::request::Request;
use crate::stack::{Layer, Stack};
use crate::truth::Truth;

/// Most moves that follow each other.
const MOST_ROUNDS: usize = 6;

/// A key and the state that is tried for it.
type Setting<'q> = (&'q Question<'q>, &'q Candidate<'q>);

pub(super) fn search<'q>(search: &mut Search, questions: &'q [Question<'q>], sites: &[Site]) {
    let moves: Vec<Vec<Setting>> = sites
        .iter()
        .filter(|site| asks_several(site, questions))
        .filter_map(|site| satisfying(site, questions, search))
        .filter(|settings| settings.len() > 1)
        .collect();
    for settings in &moves {
        report(search, settings);
    }
    let reaches_allow = search
        .found
        .iter()
        .flat_map(|unresolved| &unresolved.changes)
        .any(|change| change.decision == Decision::Allowed.name());
    if search.outcome.decision != Decision::Allowed && !reaches_allow {
        climb(search, questions, &moves);
    }
}

/// Whether a statement looks at more than one key in question. Most do not, and are left alone.
fn asks_several(site: &Site, questions: &[Question]) -> bool {
    let asked = questions.iter().filter(|question| {
        let mut tests = site.statement.tests.iter();
        let in_tests = tests.any(|test| test.key.is_same(&question.key));
        in_tests
            || site
                .statement
                .resources
                .as_ref()
                .is_some_and(|resources| resources.keys().any(|key| key.is_same(&question.key)))
    });
    asked.take(2).count() == 2
}

/// Makes moves towards an allowed request, the best one first.
fn climb<'q>(search: &mut Search, questions: &'q [Question<'q>], moves: &[Vec<Setting<'q>>]) {
    let mut settings: Vec<Setting> = Vec::new();
    let Some(mut standing) = search.with(&[], distance) else {
        return;
    };
    let singles: Vec<Setting> = questions
        .iter()
        .flat_map(|question| {
            question
                .distinct()
                .map(move |candidate| (question, candidate))
        })
        .collect();
    for _ in 0..MOST_ROUNDS {
        let mut best: Option<(usize, Vec<Setting>)> = None;
        let steps = singles
            .iter()
            .map(std::slice::from_ref)
            .chain(moves.iter().map(Vec::as_slice));
        for step in steps {
            let mut trial = settings.clone();
            for setting in step {
                trial.retain(|(question, _)| !std::ptr::eq(*question, setting.0));
                trial.push(*setting);
            }
            let Some(distance) = search.with(&states(&trial), distance) else {
                return;
            };
            if distance < standing && best.as_ref().is_none_or(|(least, _)| distance < *least) {
                best = Some((distance, trial));
            }
        }
        let Some((distance, trial)) = best else {
            return;
        };
        standing = distance;
        settings = trial;
        if standing == 0 {
            report(search, &settings);
            return;
        }
    }
}

/// How far a request is from allowed: statements that deny, and layers that do not allow.
fn distance(stack: &Stack, request: &Request) -> usize {
    let mut tally = Tally::default();
    let outcome = stack.decide_noting(request, &mut tally);
    if outcome.decision == Decision::Allowed {
        return 0;
    }
    // There are ten layers; a denial weighs more than any of them.
    let allowing = tally.allowing.count_ones() as usize;
    tally.denials * 16 + 11_usize.saturating_sub(allowing)
}

/// Counts what a distance needs.
#[derive(Default)]
struct Tally {
    denials: usize,
    /// One bit a layer.
    allowing: u16,
}

impl Notes for Tally {
    fn statement(
        &mut self,
        layer: Layer,
        _: &Arc<CompiledPolicy>,
        statement: &CompiledStatement,
        truth: Truth,
    ) {
        match statement.effect {
            Effect::Deny => self.denials += 1,
            Effect::Allow if truth.is_true() => self.allowing |= 1 << (layer as u16),
            Effect::Allow => {}
        }
    }
}

/// For each key in question that the statement looks at, a state with which its tests hold.
fn satisfying<'q>(
    site: &Site,
    questions: &'q [Question<'q>],
    search: &Search,
) -> Option<Vec<Setting<'q>>> {
    let mut settings = Vec::new();
    let mut context = search.request.context().clone();
    for question in questions {
        let tests: Vec<_> = site
            .statement
            .tests
            .iter()
            .filter(|test| test.key.is_same(&question.key))
            .collect();
        let in_resource = site
            .statement
            .resources
            .as_ref()
            .is_some_and(|resources| resources.keys().any(|key| key.is_same(&question.key)));
        if tests.is_empty() && !in_resource {
            continue;
        }
        // What holds as it is needs no setting.
        if !in_resource && tests.iter().all(|test| test.truth(&context).is_true()) {
            continue;
        }
        let fits = |candidate: &&Candidate| {
            let mut trial = context.clone();
            trial.set(question.key.clone(), candidate.state.clone());
            tests.iter().all(|test| test.truth(&trial).is_true())
        };
        let candidate = question.candidates.iter().find(fits)?;
        context.set(question.key.clone(), candidate.state.clone());
        settings.push((question, candidate));
    }
    let holds = site
        .statement
        .resource_truth(search.request.target(), &context)
        .and(site.statement.condition_truth(&context));
    holds.is_true().then_some(settings)
}

/// Reports settings that change the decision, less those that it changes without.
fn report(search: &mut Search, settings: &[Setting]) {
    let Some(outcome) = search.outcome_with(&states(settings)) else {
        return;
    };
    if outcome.decision == search.outcome.decision {
        return;
    }
    let mut needed: Vec<Setting> = settings.to_vec();
    let mut place = 0;
    while place < needed.len() {
        let mut fewer = needed.clone();
        fewer.remove(place);
        let without = search.outcome_with(&states(&fewer));
        match without {
            Some(without) if without.decision == outcome.decision => needed = fewer,
            Some(_) => place += 1,
            None => return,
        }
    }
    if needed.len() < 2 {
        // One key alone: reported already.
        return;
    }
    for (place, (question, candidate)) in needed.iter().enumerate() {
        let others = needed
            .iter()
            .enumerate()
            .filter(|(other, _)| *other != place);
        let change = Change {
            when: candidate.when.to_string(),
            example: example(&candidate.state),
            decision: outcome.decision.name(),
            decided_by: outcome.decided_by.map(Layer::name),
            together_with: others
                .map(|(_, (question, candidate))| Companion {
                    key: question.key.as_str().into(),
                    when: candidate.when.to_string(),
                    example: example(&candidate.state),
                })
                .collect(),
        };
        add(search, question, change);
    }
}

fn add(search: &mut Search, question: &Question, change: Change) {
    let known = search
        .found
        .iter_mut()
        .find(|unresolved| *unresolved.key == *question.key.as_str());
    match known {
        Some(unresolved) if unresolved.changes.contains(&change) => {}
        Some(unresolved) => unresolved.changes.push(change),
        None => search.found.push(Unresolved {
            key: question.key.as_str().into(),
            state: question.state,
            carried_by_action: true,
            changes: vec![change],
        }),
    }
}

fn states<'a>(settings: &'a [Setting]) -> Vec<(&'a KeyName, &'a KeyState)> {
    settings
        .iter()
        .map(|(question, candidate)| (&question.key, &candidate.state))
        .collect()
}
