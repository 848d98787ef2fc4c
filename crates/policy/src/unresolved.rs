//! Which absent or unknown condition keys would change a decision, and how.
//!
//! A key is reported when some state of it changes the decision, by itself or together with others.
//! States are tried from the values that the policies compare the key with, and one beside them, so
//! each report is backed by a decision of the same engine. The search is bounded; what a bound left
//! out is missing from the report, never wrong in it.

mod candidates;
mod replay;
mod together;

use std::sync::Arc;

use rempart_aws_model::AccountId;
use serde::Serialize;

use crate::compile::{CompiledPolicy, CompiledStatement};
use crate::context::{KeyName, KeyState};
use crate::decide::{Decision, Outcome};
use crate::reference::Reference;
use crate::request::Request;
use crate::stack::{Layer, Stack};
use crate::truth::Truth;
use candidates::{Candidate, When};

pub use replay::{Replayed, replay};

/// Most keys that are looked at.
const MOST_KEYS: usize = 24;
/// Most decisions that a search may ask for.
const MOST_DECISIONS: usize = 2_000;

/// A key that would change the decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Unresolved {
    /// The key, as the policies write it.
    pub key: Box<str>,
    /// `absent` or `unknown`.
    pub state: &'static str,
    /// False when the reference does not list the key for the action: no request carries it.
    pub carried_by_action: bool,
    /// States of the key and what they would bring.
    pub changes: Vec<Change>,
}

/// States of a key that change the decision in one way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Change {
    /// The class of values, in words.
    pub when: String,
    /// One value of the class.
    pub example: Example,
    /// The decision it would bring.
    pub decision: &'static str,
    /// The layer that would decide.
    pub decided_by: Option<&'static str>,
    /// Other keys that must change with it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub together_with: Vec<Companion>,
}

/// Another key of a change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Companion {
    /// The key.
    pub key: Box<str>,
    /// Its class of values, in words.
    pub when: String,
    /// One value of the class.
    pub example: Example,
}

/// A value of a key in JSON: `null` for an absent key, a text, or a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Example {
    /// The key is absent or null
    None,
    /// One value
    One(Arc<str>),
    /// A list of values
    Many(Arc<[Arc<str>]>),
}

/// A key in question, with the states to try.
struct Question<'a> {
    key: KeyName,
    state: &'static str,
    candidates: Vec<Candidate<'a>>,
    /// For each candidate the first one that every test takes for the same.
    alike: Vec<usize>,
}

impl<'a> Question<'a> {
    /// Candidates that no earlier one is alike to.
    fn distinct(&self) -> impl Iterator<Item = &Candidate<'a>> {
        let firsts = self.alike.iter().enumerate();
        let firsts = firsts.filter(|(place, first)| place == *first);
        firsts.filter_map(|(place, _)| self.candidates.get(place))
    }
}

/// The statement with its policy and layer, where the action matches and the rest may.
struct Site<'a> {
    policy: &'a CompiledPolicy,
    statement: &'a CompiledStatement,
}

/// Searches for the keys that would change the outcome.
pub(crate) fn search(
    stack: &Stack,
    request: &Request,
    outcome: Outcome,
    reference: &mut Reference,
) -> Vec<Unresolved> {
    if !request.action_facts().is_known {
        return Vec::new();
    }
    let sites = sites(stack, request);
    let keys = keys(&sites, request);
    if keys.is_empty() {
        return Vec::new();
    }
    let mut open = request.clone();
    if is_settled(stack, &mut open, outcome, &keys) {
        return Vec::new();
    }
    let mut search = Search {
        stack,
        original: request,
        request: open,
        outcome,
        budget: MOST_DECISIONS,
        found: Vec::new(),
    };
    let questions: Vec<Question> = keys
        .into_iter()
        .map(|(key, state)| {
            let facts = reference.key(key.as_str());
            let mut candidates = candidates::of(&facts, &sites, request);
            if state == "unknown" {
                // Null is as absent for every operator.
                candidates.push(Candidate {
                    state: KeyState::Null,
                    when: When::ABSENT,
                });
            }
            let alike = alike(&key, &candidates, &sites, &mut search.request);
            Question {
                key,
                state,
                candidates,
                alike,
            }
        })
        .collect();
    for question in &questions {
        search.alone(question);
    }
    together::search(&mut search, &questions, &sites);
    let mut found = search.found;
    for unresolved in &mut found {
        unresolved.carried_by_action = reference.carries(request.action(), &unresolved.key);
    }
    found
}

/// The statements that some state of a key could make match.
fn sites<'a>(stack: &'a Stack, request: &Request) -> Vec<Site<'a>> {
    let mut sites = Vec::new();
    for (_, policy) in stack.policies() {
        for statement in policy.candidates(request.prepared_action()) {
            let resource = statement.resource_truth(request.target(), request.context());
            let has_variable = statement
                .resources
                .as_ref()
                .is_some_and(|resources| resources.keys().next().is_some());
            if resource.is_false() && !has_variable {
                continue;
            }
            let names_caller = statement.principals.as_ref().is_none_or(|principals| {
                let boundary = Truth::Unknown;
                let forms = principals.forms(request, statement.effect, boundary);
                !forms.any().is_false()
            });
            if names_caller {
                sites.push(Site { policy, statement });
            }
        }
    }
    sites
}

/// The keys that the statements look at and the context does not hold, in the order of the policies.
fn keys(sites: &[Site], request: &Request) -> Vec<(KeyName, &'static str)> {
    let mut keys: Vec<(KeyName, &'static str)> = Vec::new();
    for site in sites {
        let of_tests = site
            .statement
            .tests
            .iter()
            .flat_map(|test| std::iter::once(&test.key).chain(test.variables()));
        let resources = site.statement.resources.iter();
        for key in of_tests.chain(resources.flat_map(|resources| resources.keys())) {
            let state = match request.context().get(key) {
                None => "absent",
                Some(KeyState::Unknown) => "unknown",
                Some(_) => continue,
            };
            let is_new = keys.iter().all(|(known, _)| !known.is_same(key));
            if is_new && keys.len() < MOST_KEYS {
                keys.push((key.clone(), state));
            }
        }
    }
    keys
}

/// Which candidates the tests of all statements cannot tell apart. Keys that are looked at outside
/// of conditions keep every candidate.
fn alike(
    key: &KeyName,
    candidates: &[Candidate],
    sites: &[Site],
    request: &mut Request,
) -> Vec<usize> {
    let is_variable = sites.iter().any(|site| {
        let mut tests = site.statement.tests.iter();
        let in_tests = tests.any(|test| test.variables().any(|name| name.is_same(key)));
        in_tests
            || site
                .statement
                .resources
                .as_ref()
                .is_some_and(|resources| resources.keys().any(|name| name.is_same(key)))
    });
    let service = request.prepared_action().service();
    // Grants and Block Public Access read keys of their own, principals a unique id.
    let is_read_elsewhere = matches!(service, "kms" | "s3") || key.folded() == "aws:userid";
    if is_variable || is_read_elsewhere {
        return (0..candidates.len()).collect();
    }
    let before = request.context().get(key).cloned();
    let mut seen: Vec<Vec<Truth>> = Vec::with_capacity(candidates.len());
    let mut alike = Vec::with_capacity(candidates.len());
    for candidate in candidates {
        request
            .context_mut()
            .set(key.clone(), candidate.state.clone());
        let context = request.context();
        let tests = sites.iter().flat_map(|site| &site.statement.tests);
        let truths: Vec<Truth> = tests
            .filter(|test| test.key.is_same(key))
            .map(|test| test.truth(context))
            .collect();
        let first = seen.iter().position(|other| *other == truths);
        alike.push(first.unwrap_or(seen.len()));
        seen.push(truths);
    }
    match before {
        Some(state) => request.context_mut().set(key.clone(), state),
        None => {
            request.context_mut().remove(key);
        }
    }
    alike
}

/// Whether the outcome stays whatever the keys are. The request is left as it was.
fn is_settled(
    stack: &Stack,
    request: &mut Request,
    outcome: Outcome,
    keys: &[(KeyName, &'static str)],
) -> bool {
    for (key, _) in keys {
        request.context_mut().set(key.clone(), KeyState::Unknown);
    }
    let decision = stack.decide(request).decision;
    for (key, state) in keys {
        if *state == "absent" {
            request.context_mut().remove(key);
        }
    }
    outcome.decision != Decision::Unsupported && decision == outcome.decision
}

/// The state of a search.
struct Search<'a> {
    stack: &'a Stack,
    original: &'a Request,
    request: Request,
    outcome: Outcome,
    budget: usize,
    found: Vec<Unresolved>,
}

impl Search<'_> {
    /// The outcome with some keys in other states.
    fn outcome_with(&mut self, states: &[(&KeyName, &KeyState)]) -> Option<Outcome> {
        self.with(states, |stack, request| stack.decide(request))
    }

    /// What `ask` says of the request with some keys in other states; `None` when too much was
    /// asked already.
    fn with<T>(
        &mut self,
        states: &[(&KeyName, &KeyState)],
        ask: impl FnOnce(&Stack, &Request) -> T,
    ) -> Option<T> {
        self.budget = self.budget.checked_sub(1)?;
        for (key, state) in states {
            self.request
                .context_mut()
                .set((*key).clone(), (*state).clone());
        }
        let answer = ask(self.stack, &self.request);
        for (key, _) in states {
            match self.original.context().get(key) {
                Some(state) => self
                    .request
                    .context_mut()
                    .set((*key).clone(), state.clone()),
                None => {
                    self.request.context_mut().remove(key);
                }
            }
        }
        Some(answer)
    }

    /// Tries the states of one key.
    fn alone(&mut self, question: &Question) {
        let mut changes: Vec<(Outcome, Vec<&Candidate>)> = Vec::new();
        let mut tried = 0;
        let mut outcomes: Vec<Outcome> = Vec::with_capacity(question.candidates.len());
        for (candidate, first) in question.candidates.iter().zip(&question.alike) {
            let known = outcomes.get(*first).copied();
            let asked = known.or_else(|| self.outcome_with(&[(&question.key, &candidate.state)]));
            let Some(outcome) = asked else {
                break;
            };
            outcomes.push(outcome);
            tried += 1;
            if outcome.decision == self.outcome.decision {
                continue;
            }
            let same = |(other, _): &&mut (Outcome, Vec<&Candidate>)| {
                (other.decision, other.decided_by) == (outcome.decision, outcome.decided_by)
            };
            match changes.iter_mut().find(same) {
                Some((_, candidates)) => candidates.push(candidate),
                None => changes.push((outcome, vec![candidate])),
            }
        }
        if changes.is_empty() {
            return;
        }
        let changes = changes.into_iter().map(|(outcome, candidates)| {
            let is_any = candidates.len() == tried && tried == question.candidates.len();
            Change {
                when: in_words(&candidates, is_any),
                example: candidates
                    .first()
                    .map_or(Example::None, |candidate| example(&candidate.state)),
                decision: outcome.decision.name(),
                decided_by: outcome.decided_by.map(Layer::name),
                together_with: Vec::new(),
            }
        });
        self.found.push(Unresolved {
            key: question.key.as_str().into(),
            state: question.state,
            carried_by_action: true,
            changes: changes.collect(),
        });
    }
}

fn in_words(candidates: &[&Candidate], is_any: bool) -> String {
    if is_any {
        return "present with any value".to_owned();
    }
    let mut classes: Vec<When> = candidates.iter().map(|candidate| candidate.when).collect();
    classes.dedup();
    let more = classes.len().saturating_sub(6);
    let shown = classes.iter().take(6).map(ToString::to_string);
    let mut text = shown.collect::<Vec<_>>().join(", or ");
    if more > 0 {
        text.push_str(&format!(", or {more} more"));
    }
    text
}

fn example(state: &KeyState) -> Example {
    match state {
        KeyState::Null | KeyState::Unknown => Example::None,
        KeyState::Single(value) => Example::One(value.clone()),
        KeyState::Several(values) => Example::Many(values.clone()),
    }
}

/// An account for examples.
fn example_account(request: &Request) -> String {
    let account = request.principal().account();
    account
        .as_ref()
        .map_or("111122223333", AccountId::as_str)
        .to_owned()
}
