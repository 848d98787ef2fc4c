//! What the authorization reference says of actions and keys, remembered between requests.

use std::collections::HashMap;

use rempart_aws_model::{
    ActionName, action, action_service, condition_key, global_condition_keys, rcp_covers,
};

/// Most names that are remembered; what comes later is looked up each time.
const REMEMBERED: usize = 20_000;

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
    multivalued: HashMap<Box<str>, bool, foldhash::fast::FixedState>,
    actions: HashMap<Box<str>, ActionFacts, foldhash::fast::FixedState>,
    carried: HashMap<Box<str>, bool, foldhash::fast::FixedState>,
}

impl Reference {
    /// Nothing remembered yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether the reference lists the key as multi-valued.
    pub fn is_multivalued(&mut self, key: &str) -> bool {
        if let Some(known) = self.multivalued.get(key) {
            return *known;
        }
        let is_multivalued = condition_key(key).is_some_and(|key| key.multivalued);
        if self.multivalued.len() < REMEMBERED {
            self.multivalued.insert(key.into(), is_multivalued);
        }
        is_multivalued
    }

    /// Whether requests for the action can carry the key: a global key, or one that the reference
    /// lists for the action or one of its resource types. False for unknown actions and keys.
    pub fn carries(&mut self, name: &ActionName, key: &str) -> bool {
        let both: Box<str> = format!("{}\n{key}", name.as_str()).into();
        if let Some(known) = self.carried.get(&both) {
            return *known;
        }
        let is_carried = carries(name, key);
        if self.carried.len() < REMEMBERED {
            self.carried.insert(both, is_carried);
        }
        is_carried
    }

    /// The facts of an action.
    pub fn action(&mut self, name: &ActionName) -> ActionFacts {
        if let Some(known) = self.actions.get(name.as_str()) {
            return *known;
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
            self.actions.insert(name.as_str().into(), facts);
        }
        facts
    }
}

fn carries(name: &ActionName, key: &str) -> bool {
    let Some(found) = condition_key(key) else {
        return false;
    };
    let is_global = global_condition_keys()
        .iter()
        .any(|global| global.name == found.name);
    if is_global || found.name.starts_with("aws:") {
        return true;
    }
    let Some(action) = action(name.as_str()) else {
        return false;
    };
    let of_type = |resource: &str| {
        action_service(action.prefix)
            .and_then(|service| service.resource_type(resource))
            .map(|found| &*found.condition_keys)
            .unwrap_or_default()
    };
    let of_resources = action
        .resources
        .iter()
        .flat_map(|resource| resource.condition_keys.iter().chain(of_type(resource.name)));
    action
        .condition_keys
        .iter()
        .chain(of_resources)
        .any(|listed| *listed == found.name)
}
