//! What the authorization reference says of actions and keys, remembered between requests.

use std::collections::HashMap;

use rempart_aws_model::{ActionName, ConditionKeyType, action, condition_key, rcp_covers};

use crate::context::KeyName;

/// Most names that are remembered; what comes later is looked up each time.
const REMEMBERED: usize = 20_000;
/// Most keys that are remembered for each action.
const REMEMBERED_KEYS: usize = 200;

/// Facts of an action that decisions need.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ActionFacts {
    /// The reference lists the action.
    pub is_known: bool,
    /// It is authorised on resources, not on `*` alone.
    pub has_resources: bool,
    /// A KMS key is among its resources.
    pub concerns_key: bool,
    /// Resource control policies cover its service.
    pub rcp_covered: bool,
}

/// Look-ups in the reference, remembered.
#[derive(Debug, Default)]
pub struct Reference {
    keys: Remembered<KeyFacts>,
    actions: Remembered<ActionEntry>,
}

type Remembered<T> = HashMap<Box<str>, T, foldhash::fast::FixedState>;

/// Facts of a condition key.
#[derive(Debug, Clone)]
pub(crate) struct KeyFacts {
    /// The prepared name.
    pub(crate) name: KeyName,
    /// The reference lists it as multi-valued.
    pub(crate) is_multivalued: bool,
    /// The type that the reference gives.
    pub(crate) value_type: Option<ConditionKeyType>,
}

#[derive(Debug, Default)]
struct ActionEntry {
    facts: ActionFacts,
    carried: Remembered<bool>,
}

impl Reference {
    /// Nothing remembered yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// The facts of a key.
    pub(crate) fn key(&mut self, written: &str) -> KeyFacts {
        if let Some(known) = self.keys.get(written) {
            return known.clone();
        }
        let found = condition_key(written);
        let facts = KeyFacts {
            name: KeyName::new(written),
            is_multivalued: found.is_some_and(|key| key.multivalued),
            value_type: found.map(|key| key.value_type),
        };
        if self.keys.len() < REMEMBERED {
            self.keys.insert(written.into(), facts.clone());
        }
        facts
    }

    /// Whether the reference lists the key as multi-valued.
    pub fn is_multivalued(&mut self, key: &str) -> bool {
        self.key(key).is_multivalued
    }

    /// Whether requests for the action can carry the key: a global key, or one that the reference
    /// lists for the action or one of its resource types. False for unknown actions and keys.
    pub fn carries(&mut self, name: &ActionName, key: &str) -> bool {
        self.action(name);
        let Some(entry) = self.actions.get_mut(name.as_str()) else {
            return carries(name, key);
        };
        if let Some(known) = entry.carried.get(key) {
            return *known;
        }
        let is_carried = carries(name, key);
        if entry.carried.len() < REMEMBERED_KEYS {
            entry.carried.insert(key.into(), is_carried);
        }
        is_carried
    }

    /// The facts of an action.
    pub fn action(&mut self, name: &ActionName) -> ActionFacts {
        if let Some(known) = self.actions.get(name.as_str()) {
            return known.facts;
        }
        let found = action(name.as_str());
        let resources = found.map(|action| &*action.resources).unwrap_or_default();
        let facts = ActionFacts {
            is_known: found.is_some(),
            has_resources: !resources.is_empty(),
            concerns_key: name.service().eq_ignore_ascii_case("kms")
                && resources.iter().any(|resource| resource.name == "key"),
            rcp_covered: rcp_covers(name.service()),
        };
        if self.actions.len() < REMEMBERED {
            let entry = ActionEntry {
                facts,
                carried: Remembered::default(),
            };
            self.actions.insert(name.as_str().into(), entry);
        }
        facts
    }
}

fn carries(name: &ActionName, key: &str) -> bool {
    let Some(found) = condition_key(key) else {
        return false;
    };
    found.is_global() || action(name.as_str()).is_some_and(|action| action.carries(found))
}
