//! The decision: which layers let a request through, and which one ends it.

mod judge;
mod layers;

use std::sync::Arc;

use crate::compile::{CompiledPolicy, CompiledStatement};
use crate::request::{Request, ResourceAccount};
use crate::stack::{Layer, ResourceSide, Stack};
use crate::truth::Truth;
use layers::Layers;

/// What AWS answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Decision {
    /// The request is allowed
    Allowed,
    /// A Deny statement matches
    ExplicitlyDenied,
    /// Nothing allows it, or a limit does not let it through
    ImplicitlyDenied,
    /// It cannot be decided
    Unsupported,
}

impl Decision {
    /// Name in answers.
    pub fn name(self) -> &'static str {
        match self {
            Self::Allowed => "Allowed",
            Self::ExplicitlyDenied => "ExplicitlyDenied",
            Self::ImplicitlyDenied => "ImplicitlyDenied",
            Self::Unsupported => "Unsupported",
        }
    }

    /// The decision of this name.
    pub fn of_name(name: &str) -> Option<Self> {
        [
            Self::Allowed,
            Self::ExplicitlyDenied,
            Self::ImplicitlyDenied,
            Self::Unsupported,
        ]
        .into_iter()
        .find(|decision| decision.name() == name)
    }
}

/// A decision and the truths it rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outcome {
    /// The decision.
    pub decision: Decision,
    /// The layer that decided; `None` when it cannot be decided.
    pub decided_by: Option<Layer>,
    /// Whether some Deny matches.
    pub deny: Truth,
    /// Whether limits and grants let the request through, denials aside.
    pub grant: Truth,
    /// Whether the limits alone do: SCPs, RCPs, the endpoint policy.
    pub limits: Truth,
}

/// Takes note of statements that are not false, for explanations.
pub(crate) trait Notes {
    fn statement(
        &mut self,
        layer: Layer,
        policy: &Arc<CompiledPolicy>,
        statement: &CompiledStatement,
        truth: Truth,
    );
}

/// Takes no notes.
pub(crate) struct NoNotes;

impl Notes for NoNotes {
    fn statement(&mut self, _: Layer, _: &Arc<CompiledPolicy>, _: &CompiledStatement, _: Truth) {}
}

impl Stack {
    /// Decides a request.
    pub fn decide(&self, request: &Request) -> Outcome {
        self.decide_noting(request, &mut NoNotes)
    }

    /// Decides a request by the caller's side of this stack and another side of the resource. Nothing
    /// is copied.
    pub fn decide_beside(&self, side: &ResourceSide<'_>, request: &Request) -> Outcome {
        self.noting_beside(side, request, &mut NoNotes)
    }

    pub(crate) fn decide_noting(&self, request: &Request, notes: &mut impl Notes) -> Outcome {
        self.noting_beside(&self.resource_side(), request, notes)
    }

    fn noting_beside(
        &self,
        side: &ResourceSide<'_>,
        request: &Request,
        notes: &mut impl Notes,
    ) -> Outcome {
        let outcome = self.assume_known_beside(side, request, notes);
        if request.action_facts().is_known {
            return outcome;
        }
        Outcome {
            decision: Decision::Unsupported,
            decided_by: None,
            ..outcome
        }
    }

    /// Decides as if the reference listed the action.
    pub(crate) fn assume_known(&self, request: &Request, notes: &mut impl Notes) -> Outcome {
        self.assume_known_beside(&self.resource_side(), request, notes)
    }

    fn assume_known_beside(
        &self,
        side: &ResourceSide<'_>,
        request: &Request,
        notes: &mut impl Notes,
    ) -> Outcome {
        let caller = request.principal().account();
        match (request.resource_account(), caller) {
            (_, None) | (ResourceAccount::Callers, _) => self.judge(side, request, true, notes),
            (ResourceAccount::Account(account), Some(caller)) => {
                self.judge(side, request, account == caller, notes)
            }
            (ResourceAccount::Unknown, Some(_)) => {
                let inside = self.judge(side, request, true, notes);
                let outside = self.judge(side, request, false, &mut NoNotes);
                if inside.decision == outside.decision {
                    return inside;
                }
                Outcome {
                    decision: Decision::Unsupported,
                    decided_by: None,
                    deny: inside.deny,
                    grant: Truth::Unknown,
                    limits: inside.limits,
                }
            }
        }
    }

    fn judge(
        &self,
        side: &ResourceSide<'_>,
        request: &Request,
        same_account: bool,
        notes: &mut impl Notes,
    ) -> Outcome {
        let layers = Layers::of(self, side, request, notes);
        let brackets = layers.brackets(request, same_account);
        let limits = layers
            .service_control
            .allow
            .and(layers.resource_control.allow)
            .and(layers.endpoint.allow);
        let deny = layers.deny();
        let grant = limits.and(brackets.granted);
        let (decision, decided_by) = if deny.is_true() {
            (Decision::ExplicitlyDenied, layers.first_denying())
        } else if grant.is_false() {
            let layer = layers.first_missing_limit().unwrap_or(brackets.missing);
            (Decision::ImplicitlyDenied, Some(layer))
        } else if deny.is_false() && grant.is_true() {
            (Decision::Allowed, Some(brackets.granting))
        } else {
            (Decision::Unsupported, None)
        };
        Outcome {
            decision,
            decided_by,
            deny,
            grant,
            limits,
        }
    }
}
