//! Answers to scenarios.

use serde::Serialize;

use super::members::{Members, Raw, text};
use super::{Fault, Scenario, ScenarioError};
use crate::decide::Decision;
use crate::explain::StatementRef;
use crate::reference::Reference;
use crate::stack::Layer;
use crate::unresolved::Unresolved;

/// The answer to a scenario.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Answer {
    /// The name of the scenario.
    pub name: Option<String>,
    /// The decision.
    pub decision: &'static str,
    /// The layer that decided.
    pub decided_by: Option<&'static str>,
    /// Why it cannot be decided.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What the decision would be if AWS had the action.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub if_listed: Option<&'static str>,
    /// The statements behind the decision.
    pub statements: Vec<StatementRef>,
    /// Keys that would change the decision.
    pub unresolved: Vec<Unresolved>,
    /// What was odd.
    pub warnings: Vec<String>,
    /// How the answer differs from what the scenario expects.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub difference: Option<String>,
}

/// The answer to a line that is no scenario.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ErrorAnswer {
    /// Line of the input, from 1.
    pub line: u64,
    /// Column in the line, from 1.
    pub column: u32,
    /// What is wrong.
    pub error: String,
}

/// The decision that a scenario expects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expectation {
    /// The decision.
    pub decision: Decision,
    /// The layer, where the scenario names one.
    pub decided_by: Option<String>,
}

impl Expectation {
    /// `"Allowed"`, or `{"decision": "Allowed", "decidedBy": "…"}`.
    pub(super) fn read<'a>(raw: Raw<'a>) -> Result<Option<Self>, Fault<'a>> {
        let (decision, decided_by) = if raw.get().starts_with('{') {
            let members = Members::any(raw.get(), "`expect`")?;
            let Some(decision) = members.get("decision") else {
                return Err(Fault::new(raw.get(), "`expect` names no `decision`"));
            };
            (decision, members.get("decidedBy"))
        } else {
            (raw, None)
        };
        let name = text(decision, "`expect`")?.unwrap_or_default();
        let Some(expected) = Decision::of_name(&name) else {
            return Err(Fault::new(
                decision.get(),
                format!("there is no decision `{name}`"),
            ));
        };
        let decided_by = match decided_by {
            Some(raw) => text(raw, "`decidedBy`")?.map(Into::into),
            None => None,
        };
        Ok(Some(Self {
            decision: expected,
            decided_by,
        }))
    }
}

impl Scenario {
    /// Decides the scenario and explains the decision.
    pub fn answer(&self, reference: &mut Reference) -> Answer {
        let mut answer = if self.refused.is_empty() {
            let explained = self.stack.explain(&self.request, reference);
            Answer {
                name: self.name.clone(),
                decision: explained.outcome.decision.name(),
                decided_by: explained.outcome.decided_by.map(Layer::name),
                reason: explained.reason,
                if_listed: explained.if_listed.map(Decision::name),
                statements: explained.statements,
                unresolved: explained.unresolved,
                warnings: explained.warnings,
                difference: None,
            }
        } else {
            Answer {
                name: self.name.clone(),
                decision: Decision::Unsupported.name(),
                decided_by: None,
                reason: Some(self.refused.join("; ")),
                if_listed: None,
                statements: Vec::new(),
                unresolved: Vec::new(),
                warnings: Vec::new(),
                difference: None,
            }
        };
        answer.warnings.extend_from_slice(&self.warnings);
        answer.difference = self.expect.as_ref().and_then(|expected| {
            let decision = expected.decision.name();
            if answer.decision != decision {
                return Some(format!("expected {decision}"));
            }
            let layer = expected.decided_by.as_deref()?;
            (answer.decided_by != Some(layer)).then(|| format!("expected to be decided by {layer}"))
        });
        answer
    }
}

impl ScenarioError {
    /// The error as the answer to a line of a file.
    pub fn answer(&self, line: u64) -> ErrorAnswer {
        ErrorAnswer {
            line,
            column: self.position.column,
            error: self.reason.clone(),
        }
    }
}
