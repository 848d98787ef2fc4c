//! A decision with its reasons: the statements behind it, the keys that would change it, and what
//! was odd about the request.

mod reason;
mod warnings;

use std::sync::Arc;

use serde::Serialize;

use crate::compile::{CompiledPolicy, CompiledStatement};
use crate::decide::{Decision, Notes, Outcome};
use crate::document::Effect;
use crate::json::Position;
use crate::reference::Reference;
use crate::request::Request;
use crate::stack::{Known, Layer, Stack};
use crate::truth::Truth;
use crate::unresolved::{self, Unresolved};

pub(crate) use warnings::malformed_values;

/// A decision, explained.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// The decision.
    pub outcome: Outcome,
    /// Why it cannot be decided; only with `Unsupported`.
    pub reason: Option<String>,
    /// What the decision would be if AWS had the action; only for actions that the reference does
    /// not list.
    pub if_listed: Option<Decision>,
    /// The statements behind the decision.
    pub statements: Vec<StatementRef>,
    /// Keys that would change the decision.
    pub unresolved: Vec<Unresolved>,
    /// What was odd but did not stop the work.
    pub warnings: Vec<String>,
}

/// A statement and where to find it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StatementRef {
    /// The layer of its policy.
    pub layer: &'static str,
    /// Name of the policy, or id of the grant.
    pub policy: Arc<str>,
    /// `Sid`, where it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sid: Option<Arc<str>>,
    /// Number of the statement in its policy, from 1.
    pub number: u32,
    /// Where it begins in its document.
    #[serde(flatten)]
    pub position: Position,
    /// `Allow` or `Deny`.
    pub effect: &'static str,
    /// `yes`, or `unknown` where it cannot be told whether it matches.
    pub matches: &'static str,
}

impl Stack {
    /// Decides a request and explains the decision.
    pub fn explain(&self, request: &Request, reference: &mut Reference) -> Explanation {
        // Policies that do not concern the action would only be passed over again and again.
        let stack = &self.narrowed(request.prepared_action());
        let mut noted = Noted::default();
        let outcome = stack.decide_noting(request, &mut noted);
        let if_listed = (!request.action_facts().is_known).then(|| {
            stack
                .assume_known(request, &mut crate::decide::NoNotes)
                .decision
        });
        let unresolved = unresolved::search(stack, request, outcome, reference);
        let reason = (outcome.decision == Decision::Unsupported)
            .then(|| reason::unsupported(stack, request, &noted));
        Explanation {
            outcome,
            reason,
            if_listed,
            statements: statements(stack, request, outcome, &noted),
            unresolved,
            warnings: warnings::of(self, stack, request, outcome, reference),
        }
    }
}

impl Stack {
    /// Decides a request and names the statements behind the decision. Which keys would change it is
    /// not searched for, so this is much cheaper than [`Stack::explain`].
    pub fn decide_naming(&self, request: &Request) -> (Outcome, Vec<StatementRef>) {
        let mut noted = Noted::default();
        let outcome = self.decide_noting(request, &mut noted);
        (outcome, statements(self, request, outcome, &noted))
    }

    /// Why a request cannot be decided; only for [`Decision::Unsupported`]. Keys are not searched for.
    pub fn why_unsupported(&self, request: &Request) -> Option<String> {
        let mut noted = Noted::default();
        let outcome = self.decide_noting(request, &mut noted);
        (outcome.decision == Decision::Unsupported)
            .then(|| reason::unsupported(self, request, &noted))
    }
}

/// The statements that are true or unknown for a request.
#[derive(Default)]
pub(crate) struct Noted {
    pub(crate) entries: Vec<(Layer, Arc<CompiledPolicy>, u32, Effect, Truth)>,
}

impl Notes for Noted {
    fn statement(
        &mut self,
        layer: Layer,
        policy: &Arc<CompiledPolicy>,
        statement: &CompiledStatement,
        truth: Truth,
    ) {
        let entry = (
            layer,
            Arc::clone(policy),
            statement.number,
            statement.effect,
            truth,
        );
        self.entries.push(entry);
    }
}

/// The denials of an explicit denial; otherwise what allows, and what may deny.
fn statements(
    stack: &Stack,
    request: &Request,
    outcome: Outcome,
    noted: &Noted,
) -> Vec<StatementRef> {
    let is_shown = |effect: Effect, truth: Truth| match outcome.decision {
        Decision::ExplicitlyDenied => effect == Effect::Deny && truth.is_true(),
        Decision::Allowed => effect == Effect::Allow && truth.is_true(),
        Decision::ImplicitlyDenied => effect == Effect::Allow || !truth.is_true(),
        Decision::Unsupported => true,
    };
    let shown = noted
        .entries
        .iter()
        .filter(|(.., effect, truth)| is_shown(*effect, *truth));
    let mut statements: Vec<(Layer, StatementRef)> = shown
        .filter_map(|(layer, policy, number, effect, truth)| {
            let source = policy.policy().statements.get(*number as usize)?;
            let statement = StatementRef {
                layer: layer.name(),
                policy: policy.shared_name(),
                sid: source.sid.as_ref().map(|sid| sid.text.clone()),
                number: number + 1,
                position: source.position,
                effect: match effect {
                    Effect::Allow => "Allow",
                    Effect::Deny => "Deny",
                },
                matches: if truth.is_true() { "yes" } else { "unknown" },
            };
            Some((*layer, statement))
        })
        .collect();
    // Layers are asked in an order of their own; people expect the order of evaluation.
    statements.sort_by_key(|(layer, _)| *layer);
    let mut statements: Vec<StatementRef> = statements
        .into_iter()
        .map(|(_, statement)| statement)
        .collect();
    if outcome.decided_by == Some(Layer::Grants)
        && outcome.decision == Decision::Allowed
        && let Known::Is(grants) = &stack.grants
    {
        let matching = grants
            .iter()
            .filter(|grant| grant.forms(request).any().is_true());
        statements.extend(matching.map(|grant| StatementRef {
            layer: Layer::Grants.name(),
            policy: (&*grant.id).into(),
            sid: None,
            number: 1,
            position: Position { line: 1, column: 1 },
            effect: "Allow",
            matches: "yes",
        }));
    }
    statements
}
