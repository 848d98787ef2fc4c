//! A key: what is stored of it, and the form in which it is used.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use rempart_aws_model::AccountId;
use rempart_aws_wire::ServiceError;
use rempart_policy::CompiledPolicy;
use rempart_policy::context::{KeyName, KeyState};
use serde::{Deserialize, Serialize};

use super::grants::Grants;
use super::names::{KEYS, single};
use super::operation::{OnState, Operation};
use crate::DataKey;
use crate::ciphertext::MaterialId;
use crate::root::decode_hex;

/// The state of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum State {
    Enabled,
    Disabled,
    PendingDeletion,
}

impl State {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Enabled => "Enabled",
            Self::Disabled => "Disabled",
            Self::PendingDeletion => "PendingDeletion",
        }
    }
}

/// Automatic rotation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Rotation {
    pub(super) period_days: u32,
    pub(super) next: Timestamp,
}

/// A rotation that took place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Rotated {
    /// The material that it made.
    pub(super) material: String,
    pub(super) at: Timestamp,
    pub(super) on_demand: bool,
}

/// What is stored of a key, material and grants aside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Meta {
    pub(super) id: String,
    pub(super) account: String,
    pub(super) arn: String,
    pub(super) created: Timestamp,
    pub(super) description: String,
    pub(super) spec: String,
    pub(super) usage: String,
    /// The service that the key is managed for; `None` for customer keys.
    pub(super) service: Option<String>,
    pub(super) state: State,
    /// When it is deleted, while deletion is pending.
    pub(super) deletion: Option<Timestamp>,
    pub(super) pending_window: Option<u32>,
    pub(super) policy: String,
    pub(super) tags: BTreeMap<String, String>,
    pub(super) aliases: Vec<String>,
    pub(super) rotation: Option<Rotation>,
    pub(super) rotations: Vec<Rotated>,
    /// Current material, in hexadecimal digits; `None` for keys that are metadata only.
    pub(super) material: Option<String>,
    /// The first material, which no rotation made.
    pub(super) first_material: Option<String>,
}

impl Meta {
    pub(super) fn is_symmetric(&self) -> bool {
        self.spec == "SYMMETRIC_DEFAULT"
    }

    pub(super) fn is_customers(&self) -> bool {
        self.service.is_none()
    }

    /// Whether the time of its deletion has come.
    pub(super) fn is_gone(&self, now: Timestamp) -> bool {
        self.state == State::PendingDeletion && self.deletion.is_some_and(|time| time <= now)
    }

    /// When something is to be done about the key by itself.
    pub(super) fn due(&self) -> Option<Timestamp> {
        match self.state {
            State::Enabled => self.rotation.as_ref().map(|rotation| rotation.next),
            State::Disabled => None,
            State::PendingDeletion => self.deletion,
        }
    }

    /// Refuses what the state of the key does not allow.
    pub(super) fn check_state(&self, operation: &Operation) -> Result<(), ServiceError> {
        let (on_state, what) = match self.state {
            State::Enabled if operation.name == "CancelKeyDeletion" => {
                (OnState::Invalid, "is not pending deletion")
            }
            State::Enabled => return Ok(()),
            State::Disabled if operation.name == "CancelKeyDeletion" => {
                (OnState::Invalid, "is not pending deletion")
            }
            State::Disabled => (operation.if_disabled, "is disabled"),
            State::PendingDeletion => (operation.if_pending, "is pending deletion"),
        };
        let message = || format!("{} {what}.", self.arn);
        match on_state {
            OnState::Works => Ok(()),
            OnState::Disabled => Err(ServiceError::new("DisabledException", message())),
            OnState::Invalid => Err(ServiceError::new("KMSInvalidStateException", message())),
        }
    }
}

/// A key in use. It is replaced as a whole when something of it changes.
#[derive(Debug, Clone)]
pub(super) struct Key {
    pub(super) meta: Arc<Meta>,
    /// Bytes of the id.
    pub(super) id: [u8; 16],
    pub(super) account: AccountId,
    pub(super) policy: Arc<CompiledPolicy>,
    pub(super) materials: Arc<BTreeMap<MaterialId, DataKey>>,
    pub(super) grants: Arc<Grants>,
    /// Condition keys that every request about the key carries.
    pub(super) fixed: Arc<[(KeyName, KeyState)]>,
}

impl Key {
    pub(super) fn new(
        meta: Meta,
        id: [u8; 16],
        account: AccountId,
        policy: Arc<CompiledPolicy>,
        materials: BTreeMap<MaterialId, DataKey>,
        grants: Grants,
    ) -> Self {
        Self {
            fixed: fixed_keys(&meta),
            meta: Arc::new(meta),
            id,
            account,
            policy,
            materials: Arc::new(materials),
            grants: Arc::new(grants),
        }
    }

    /// The same key with other metadata. The policy must be set apart.
    pub(super) fn with_meta(&self, meta: Meta) -> Self {
        Self {
            fixed: fixed_keys(&meta),
            meta: Arc::new(meta),
            ..self.clone()
        }
    }

    pub(super) fn arn(&self) -> &str {
        &self.meta.arn
    }

    /// The current material.
    pub(super) fn current_material(&self) -> Option<(MaterialId, &DataKey)> {
        let id = self.meta.material.as_deref().and_then(material_id)?;
        self.materials.get(&id).map(|material| (id, material))
    }
}

/// A material id from its digits.
pub(super) fn material_id(text: &str) -> Option<MaterialId> {
    decode_hex(text)?.try_into().ok()
}

fn fixed_keys(meta: &Meta) -> Arc<[(KeyName, KeyState)]> {
    let mut keys = vec![
        (KEYS.key_spec.clone(), single(&meta.spec)),
        (KEYS.key_usage.clone(), single(&meta.usage)),
        (KEYS.key_origin.clone(), single("AWS_KMS")),
        (KEYS.multi_region.clone(), single("false")),
    ];
    if !meta.aliases.is_empty() {
        let aliases = meta.aliases.iter().map(|alias| Arc::from(alias.as_str()));
        let state = KeyState::Several(aliases.collect());
        keys.push((KEYS.resource_aliases.clone(), state));
    }
    for (name, value) in &meta.tags {
        keys.push((
            KeyName::new(&format!("aws:ResourceTag/{name}")),
            single(value),
        ));
    }
    super::names::unite(&mut keys);
    keys.into()
}
