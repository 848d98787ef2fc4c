//! Reported changes, made and decided again.

use super::{Change, Example, Unresolved};
use crate::context::{KeyName, KeyState};
use crate::decide::Decision;
use crate::request::Request;
use crate::stack::{Layer, Stack};

/// A reported change and what deciding it again gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replayed {
    /// The key.
    pub key: Box<str>,
    /// The change as reported.
    pub change: Change,
    /// The decision on the changed request.
    pub decision: Decision,
    /// Its layer.
    pub decided_by: Option<Layer>,
}

impl Replayed {
    /// Whether the report holds.
    pub fn holds(&self) -> bool {
        self.decision.name() == self.change.decision
            && self.decided_by.map(Layer::name) == self.change.decided_by
    }
}

/// Makes every reported change to the request and decides again.
pub fn replay(stack: &Stack, request: &Request, unresolved: &[Unresolved]) -> Vec<Replayed> {
    let mut replayed = Vec::new();
    for entry in unresolved {
        for change in &entry.changes {
            let mut changed = request.clone();
            set(&mut changed, &entry.key, &change.example);
            for companion in &change.together_with {
                set(&mut changed, &companion.key, &companion.example);
            }
            let outcome = stack.decide(&changed);
            replayed.push(Replayed {
                key: entry.key.clone(),
                change: change.clone(),
                decision: outcome.decision,
                decided_by: outcome.decided_by,
            });
        }
    }
    replayed
}

fn set(request: &mut Request, key: &str, example: &Example) {
    let state = match example {
        Example::None => KeyState::Null,
        Example::One(value) => KeyState::Single(value.clone()),
        Example::Many(values) => KeyState::Several(values.clone()),
    };
    request.context_mut().set(KeyName::new(key), state);
}
