//! Names of condition keys, and which action carries which (the authorization reference decides).

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use rempart_aws_model::ActionName;
use rempart_policy::Reference;
use rempart_policy::context::{KeyName, KeyState};

use crate::EncryptionContext;

/// Condition keys that this KMS fills. `kms:CallerAccount` and `kms:ViaService` are not among them: they
/// follow from the caller and the calling service.
pub(super) struct Keys {
    pub(super) key_spec: KeyName,
    pub(super) key_usage: KeyName,
    pub(super) key_origin: KeyName,
    pub(super) multi_region: KeyName,
    pub(super) request_alias: KeyName,
    pub(super) resource_aliases: KeyName,
    pub(super) context_keys: KeyName,
    pub(super) algorithm: KeyName,
    pub(super) grant_operations: KeyName,
    pub(super) grantee: KeyName,
    pub(super) grantee_service: KeyName,
    pub(super) retiring: KeyName,
    pub(super) retiring_service: KeyName,
    pub(super) constraint_type: KeyName,
    pub(super) constraint_source: KeyName,
    pub(super) for_aws_resource: KeyName,
    pub(super) on_same_key: KeyName,
    pub(super) bypass: KeyName,
    pub(super) rotation_period: KeyName,
    pub(super) pending_window: KeyName,
    pub(super) tag_keys: KeyName,
}

pub(super) static KEYS: LazyLock<Keys> = LazyLock::new(|| Keys {
    key_spec: KeyName::new("kms:KeySpec"),
    key_usage: KeyName::new("kms:KeyUsage"),
    key_origin: KeyName::new("kms:KeyOrigin"),
    multi_region: KeyName::new("kms:MultiRegion"),
    request_alias: KeyName::new("kms:RequestAlias"),
    resource_aliases: KeyName::new("kms:ResourceAliases"),
    context_keys: KeyName::new("kms:EncryptionContextKeys"),
    algorithm: KeyName::new("kms:EncryptionAlgorithm"),
    grant_operations: KeyName::new("kms:GrantOperations"),
    grantee: KeyName::new("kms:GranteePrincipal"),
    grantee_service: KeyName::new("kms:GranteeServicePrincipal"),
    retiring: KeyName::new("kms:RetiringPrincipal"),
    retiring_service: KeyName::new("kms:RetiringServicePrincipal"),
    constraint_type: KeyName::new("kms:GrantConstraintType"),
    constraint_source: KeyName::new("kms:GrantConstraintSourceArn"),
    for_aws_resource: KeyName::new("kms:GrantIsForAWSResource"),
    on_same_key: KeyName::new("kms:ReEncryptOnSameKey"),
    bypass: KeyName::new("kms:BypassPolicyLockoutSafetyCheck"),
    rotation_period: KeyName::new("kms:RotationPeriodInDays"),
    pending_window: KeyName::new("kms:ScheduleKeyDeletionPendingWindowInDays"),
    tag_keys: KeyName::new("aws:TagKeys"),
});

/// The one algorithm of symmetric keys, as a value of `kms:EncryptionAlgorithm`.
pub(super) static SYMMETRIC: LazyLock<KeyState> = LazyLock::new(|| single("SYMMETRIC_DEFAULT"));

/// What an action can carry.
#[derive(Debug)]
pub(super) struct Action {
    pub(super) name: ActionName,
    pub(super) carries_context: bool,
    pub(super) carries_algorithm: bool,
    pub(super) carries_alias: bool,
    pub(super) carries_aws_resource: bool,
}

static ACTIONS: LazyLock<HashMap<&'static str, Action>> = LazyLock::new(|| {
    let mut reference = Reference::new();
    let own = super::operation::names().filter(|name| *name != "ReEncrypt");
    own.chain(["ReEncryptFrom", "ReEncryptTo"])
        .filter_map(|name| {
            let action = ActionName::parse(&format!("kms:{name}")).ok()?;
            let mut carries = |key: &str| reference.carries(&action, key);
            let facts = Action {
                carries_context: carries("kms:EncryptionContextKeys"),
                carries_algorithm: carries("kms:EncryptionAlgorithm"),
                carries_alias: carries("kms:RequestAlias"),
                carries_aws_resource: carries("kms:GrantIsForAWSResource"),
                name: action.clone(),
            };
            Some((name, facts))
        })
        .collect()
});

/// The action of this name, without `kms:`.
pub(super) fn action(name: &str) -> Option<&'static Action> {
    ACTIONS.get(name)
}

/// One value.
pub(super) fn single(value: &str) -> KeyState {
    KeyState::Single(value.into())
}

/// Several values.
pub(super) fn several<'a>(values: impl Iterator<Item = &'a str>) -> KeyState {
    KeyState::Several(values.map(Arc::from).collect())
}

/// The pairs of a context that were asked about last, in a thread: a store asks with few.
struct LastContext {
    context: EncryptionContext,
    keys: Vec<(KeyName, KeyState)>,
}

thread_local! {
    static LAST_CONTEXTS: RefCell<Vec<LastContext>> = const { RefCell::new(Vec::new()) };
}

/// Contexts that a thread remembers.
const REMEMBERED_CONTEXTS: usize = 4;

/// The condition keys of an encryption context; none when it is empty.
pub(super) fn context_keys(context: &EncryptionContext, keys: &mut Vec<(KeyName, KeyState)>) {
    if context.is_empty() {
        return;
    }
    LAST_CONTEXTS.with_borrow_mut(|last| {
        if let Some(found) = last.iter().find(|one| one.context == *context) {
            keys.extend_from_slice(&found.keys);
            return;
        }
        let made = keys_of(context);
        keys.extend_from_slice(&made);
        if last.len() >= REMEMBERED_CONTEXTS {
            last.remove(0);
        }
        last.push(LastContext {
            context: context.clone(),
            keys: made,
        });
    });
}

fn keys_of(context: &EncryptionContext) -> Vec<(KeyName, KeyState)> {
    let names = several(context.keys().map(String::as_str));
    let mut keys = vec![(KEYS.context_keys.clone(), names)];
    for (name, value) in context {
        let name = KeyName::new(&format!("kms:EncryptionContext:{name}"));
        // Names of condition keys have no case, names of a context do. What two values mean for one
        // key AWS does not say: then it is not known, and a policy that asks for it is not decided.
        let others = keys.get_mut(1..).unwrap_or_default();
        match others.iter_mut().find(|(other, _)| other.is_same(&name)) {
            Some((_, state)) => *state = KeyState::Unknown,
            None => keys.push((name, single(value))),
        }
    }
    keys
}

/// Makes keys that are the same without case one key of unknown value.
pub(super) fn unite(keys: &mut Vec<(KeyName, KeyState)>) {
    let mut united: Vec<(KeyName, KeyState)> = Vec::with_capacity(keys.len());
    for (name, state) in keys.drain(..) {
        match united.iter_mut().find(|(other, _)| other.is_same(&name)) {
            Some((_, known)) => *known = KeyState::Unknown,
            None => united.push((name, state)),
        }
    }
    *keys = united;
}
