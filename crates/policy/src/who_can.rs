//! Who can do something to a resource, and what it takes.

use rempart_aws_model::{AccountId, ActionName};
use serde::Serialize;

use crate::account::Inventory;
use crate::decide::Decision;
use crate::explain::StatementRef;
use crate::reference::Reference;
use crate::stack::Layer;
use crate::unresolved::{Change, Unresolved};

/// Whether a principal can.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Ability {
    /// With a request that carries nothing special
    Can,
    /// If the request carries the right condition keys
    CanIf,
    /// It cannot be told
    Unknown,
    /// Whatever single key or statement is tried, it is denied
    Cannot,
}

/// A principal and what it can.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Capability {
    /// ARN of the user or role.
    pub principal: String,
    /// Whether it can.
    pub ability: Ability,
    /// The layer that decides without further keys.
    pub decided_by: Option<&'static str>,
    /// The statements behind it.
    pub statements: Vec<StatementRef>,
    /// With `canIf`: the keys that allow it. With `can`: the keys that would stop it.
    pub conditions: Vec<Unresolved>,
    /// With `unknown`: why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// Asks for every identity of the inventory, in its order.
pub fn who_can(
    inventory: &Inventory,
    action: &ActionName,
    resource: &str,
    account: Option<AccountId>,
    reference: &mut Reference,
) -> Vec<Capability> {
    let entry = inventory.resource(resource);
    let mut capabilities = Vec::with_capacity(inventory.identities().len());
    for identity in inventory.identities() {
        let stack = inventory.stack(identity, entry);
        let request = inventory.request(identity, action, resource, account, reference);
        let explained = stack.explain(&request, reference);
        let leads_to_allow = |change: &Change| change.decision == Decision::Allowed.name();
        let allowing: Vec<Unresolved> = explained
            .unresolved
            .iter()
            .filter_map(|unresolved| {
                let mut kept = unresolved.clone();
                kept.changes.retain(leads_to_allow);
                (!kept.changes.is_empty()).then_some(kept)
            })
            .collect();
        let (ability, conditions) = match explained.outcome.decision {
            Decision::Allowed => (Ability::Can, explained.unresolved),
            Decision::Unsupported => (Ability::Unknown, explained.unresolved),
            _ if allowing.is_empty() => (Ability::Cannot, Vec::new()),
            _ => (Ability::CanIf, allowing),
        };
        capabilities.push(Capability {
            principal: identity.principal.as_str().to_owned(),
            ability,
            decided_by: explained.outcome.decided_by.map(Layer::name),
            statements: explained.statements,
            conditions,
            reason: explained.reason,
        });
    }
    capabilities
}
