//! A key of another KMS, read through its API, so that the policy engine can say what that KMS should
//! answer.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use rempart_audit::Sink;
use rempart_aws_model::{AccountId, Arn};
use rempart_aws_wire::ServiceError;
use rempart_directory::Authorizer;
use serde_json::Value;

use super::authorise::{Ask, bare_verdict, verdict};
use super::crypto::usable;
use super::describe::manager;
use super::events::{Trace, event};
use super::grant_calls::ask_to_retire;
use super::grants::{GrantRecord, Grants, LiveGrant};
use super::key::{Key, Meta, State};
use super::names::{KEYS, single};
use super::operation::Operation;
use super::provided::{is_crypto, question};
use super::{internal, policy};
use crate::{EncryptionContext, GrantRequest, GrantView, KeyView, Requester};

/// What the other KMS answers about a key.
#[derive(Debug, Default)]
pub(crate) struct RemoteFacts {
    /// `KeyMetadata`.
    pub(crate) metadata: Value,
    /// The document.
    pub(crate) policy: String,
    /// `Tags`, all pages.
    pub(crate) tags: Vec<Value>,
    /// `Aliases` of the key.
    pub(crate) aliases: Vec<Value>,
    /// `Grants`, all pages.
    pub(crate) grants: Vec<Value>,
}

/// A key of another KMS as it was when it was read.
#[derive(Debug)]
pub(crate) struct RemoteKey {
    key: Key,
    /// State that this KMS does not have: `Unavailable`, `PendingImport`…
    other_state: Option<String>,
}

fn unread(what: &str) -> ServiceError {
    internal(format!("the answer of the KMS cannot be read: {what}"))
}

fn text(value: &Value, name: &str) -> Option<String> {
    value.get(name).and_then(Value::as_str).map(str::to_owned)
}

fn context(value: &Value, name: &str) -> EncryptionContext {
    let pairs = value.get(name).and_then(Value::as_object);
    let pairs = pairs.into_iter().flatten();
    pairs
        .filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())))
        .collect()
}

fn grant(entry: &Value, key: &str) -> Option<GrantRecord> {
    let none = Value::Null;
    let constraints = entry.get("Constraints").unwrap_or(&none);
    let operations = entry.get("Operations")?.as_array()?;
    let issuer = text(entry, "IssuingAccount").unwrap_or_default();
    let issuing_account = Arn::parse(&issuer).map(|arn| arn.account().to_owned());
    Some(GrantRecord {
        id: text(entry, "GrantId")?,
        created: Timestamp::UNIX_EPOCH,
        issuing_account: issuing_account.unwrap_or(issuer),
        key: key.to_owned(),
        request: GrantRequest {
            name: text(entry, "Name").filter(|name| !name.is_empty()),
            grantee: text(entry, "GranteePrincipal"),
            grantee_service: text(entry, "GranteeServicePrincipal"),
            retiring: text(entry, "RetiringPrincipal"),
            retiring_service: text(entry, "RetiringServicePrincipal"),
            operations: operations
                .iter()
                .filter_map(|operation| operation.as_str().map(str::to_owned))
                .collect(),
            context_subset: context(constraints, "EncryptionContextSubset"),
            context_equals: context(constraints, "EncryptionContextEquals"),
            source_arn: text(constraints, "SourceArn"),
        },
    })
}

/// Grants as they are listed.
pub(crate) fn grant_views(entries: &[Value]) -> Result<Vec<GrantView>, ServiceError> {
    let views = entries.iter().map(|entry| {
        let grant = grant(entry, "").ok_or_else(|| unread("a grant"))?;
        Ok(LiveGrant::new(grant).view())
    });
    views.collect()
}

impl RemoteKey {
    /// The key of the answers.
    pub(crate) fn new(facts: &RemoteFacts) -> Result<Self, ServiceError> {
        let needed = |name: &str| text(&facts.metadata, name).ok_or_else(|| unread(name));
        let arn = needed("Arn")?;
        let account = text(&facts.metadata, "AWSAccountId")
            .or_else(|| Some(Arn::parse(&arn).ok()?.account().to_owned()))
            .unwrap_or_default();
        let account = AccountId::parse(&account).map_err(|_| unread("AWSAccountId"))?;
        let state = needed("KeyState")?;
        let (state, other_state) = match state.as_str() {
            "Enabled" => (State::Enabled, None),
            "Disabled" => (State::Disabled, None),
            "PendingDeletion" => (State::PendingDeletion, None),
            _ => (State::Disabled, Some(state)),
        };
        let mut tags = BTreeMap::new();
        for tag in &facts.tags {
            let name = text(tag, "TagKey").ok_or_else(|| unread("a tag"))?;
            tags.insert(name, text(tag, "TagValue").unwrap_or_default());
        }
        let aliases = facts
            .aliases
            .iter()
            .filter_map(|alias| text(alias, "AliasName"));
        let id = needed("KeyId")?;
        let mut grants = Grants::default();
        for entry in &facts.grants {
            grants.insert(LiveGrant::new(
                grant(entry, &id).ok_or_else(|| unread("a grant"))?,
            ));
        }
        let manager = text(&facts.metadata, "KeyManager").unwrap_or_default();
        let meta = Meta {
            id,
            account: account.as_str().to_owned(),
            created: Timestamp::UNIX_EPOCH,
            description: String::new(),
            spec: text(&facts.metadata, "KeySpec")
                .or_else(|| text(&facts.metadata, "CustomerMasterKeySpec"))
                .ok_or_else(|| unread("KeySpec"))?,
            usage: needed("KeyUsage")?,
            service: (manager == "AWS").then(|| "aws".to_owned()),
            state,
            deletion: None,
            pending_window: None,
            policy: facts.policy.clone(),
            tags,
            aliases: aliases.collect(),
            rotation: None,
            rotations: Vec::new(),
            material: None,
            first_material: None,
            arn,
        };
        let policy = policy::compiled(&facts.policy, &meta.arn)?;
        let mut key = Key::new(meta, [0; 16], account, policy, BTreeMap::new(), grants);
        let origin = needed("Origin")?;
        let multi_region = facts.metadata.get("MultiRegion") == Some(&Value::Bool(true));
        let fixed = key.fixed.iter().map(|(name, state)| {
            let state = if name.is_same(&KEYS.key_origin) {
                single(&origin)
            } else if name.is_same(&KEYS.multi_region) {
                single(if multi_region { "true" } else { "false" })
            } else {
                state.clone()
            };
            (name.clone(), state)
        });
        key.fixed = fixed.collect();
        Ok(Self { key, other_state })
    }

    pub(crate) fn arn(&self) -> &str {
        self.key.arn()
    }

    pub(crate) fn view(&self) -> KeyView {
        let meta = &self.key.meta;
        KeyView {
            arn: meta.arn.clone(),
            state: match &self.other_state {
                Some(state) => state.clone(),
                None => meta.state.name().to_owned(),
            },
            spec: meta.spec.clone(),
            usage: meta.usage.clone(),
            manager: manager(&self.key).to_owned(),
        }
    }

    /// What the other KMS should answer to the caller.
    pub(crate) fn check(
        &self,
        authorizer: &dyn Authorizer,
        requester: &Requester<'_>,
        action: &str,
        alias: Option<&str>,
        context: &EncryptionContext,
        grant: Option<&GrantRequest>,
    ) -> Result<(), ServiceError> {
        let now = requester.connection.time;
        let caller = requester.caller;
        let account = caller.account.or_else(|| caller.principal.account());
        let account = account.unwrap_or(self.key.account);
        let ask = Ask {
            alias,
            ..question(action, context, grant, account, &self.key, now)
        };
        verdict(authorizer, requester, caller, action, &self.key, ask)?
            .or_refuse("AccessDeniedException")?;
        self.check_state(action)
    }

    /// Whether the caller may retire a grant of the key.
    pub(crate) fn check_retire(
        &self,
        authorizer: &dyn Authorizer,
        requester: &Requester<'_>,
        id: &str,
    ) -> Result<(), ServiceError> {
        let grant = self.key.grants.get(id).ok_or_else(|| {
            ServiceError::new("NotFoundException", format!("Grant ID {id} not found"))
        })?;
        let ask = ask_to_retire(grant);
        let caller = requester.caller;
        verdict(authorizer, requester, caller, "RetireGrant", &self.key, ask)?
            .or_refuse("AccessDeniedException")
    }

    fn check_state(&self, action: &str) -> Result<(), ServiceError> {
        let name = match action {
            "ReEncryptFrom" | "ReEncryptTo" => "ReEncrypt",
            other => other,
        };
        let operation = operation(name)?;
        if let Some(state) = &self.other_state
            && (is_crypto(action) || action == "CreateGrant")
        {
            let message = format!("{} is in state {state}.", self.arn());
            return Err(ServiceError::new("KMSInvalidStateException", message));
        }
        self.key.meta.check_state(operation)?;
        if is_crypto(action) {
            usable(&self.key)?;
        }
        Ok(())
    }
}

fn operation(name: &str) -> Result<&'static Operation, ServiceError> {
    Operation::of_name(name).ok_or_else(|| internal("an operation is not known"))
}

/// What should be answered to the caller about what has no key.
pub(crate) fn check_bare(
    authorizer: &dyn Authorizer,
    requester: &Requester<'_>,
    action: &str,
) -> Result<(), ServiceError> {
    let caller = requester.caller;
    let account = caller.account.or_else(|| caller.principal.account());
    let Some(account) = account else {
        let message = "a service has no account to list anything of";
        return Err(ServiceError::new("AccessDeniedException", message));
    };
    bare_verdict(authorizer, requester, action, "*", account, Vec::new())?
        .or_refuse("AccessDeniedException")
}

/// What goes on record of a call of another KMS.
#[derive(Debug, Default)]
pub(crate) struct RemoteTrace(Trace);

impl RemoteTrace {
    pub(crate) fn parameter(&mut self, name: &str, value: impl Into<Value>) {
        self.0.parameter(name, value);
    }

    pub(crate) fn context(&mut self, name: &str, context: &EncryptionContext) {
        self.0.context(name, context);
    }

    pub(crate) fn response(&mut self, name: &str, value: impl Into<Value>) {
        self.0.response(name, value);
    }

    pub(crate) fn additional(&mut self, name: &str, value: impl Into<Value>) {
        self.0.additional(name, value);
    }

    pub(crate) fn key(&mut self, key: &RemoteKey) {
        self.0.resource(&key.key.meta.account, key.arn());
    }

    pub(crate) fn record(
        self,
        sink: &dyn Sink,
        requester: &Requester<'_>,
        name: &str,
        region: &Arc<str>,
        failure: Option<&ServiceError>,
    ) {
        let caller = requester.caller;
        let account = caller.account.or_else(|| caller.principal.account());
        let recipient = account.as_ref().map(AccountId::as_str).unwrap_or_default();
        if let Ok(operation) = operation(name) {
            sink.record(event(
                requester, operation, region, recipient, self.0, failure,
            ));
        }
    }
}
