//! The question to the policy engine.

use jiff::Timestamp;
use rempart_aws_model::AccountId;
use rempart_aws_wire::ServiceError;
use rempart_directory::{Authorizer, Caller, Question, Verdict};
use rempart_policy::context::{KeyName, KeyState};
use rempart_policy::{Grant, Particulars, ResourceFacts};
use serde_json::json;

use super::events::Trace;
use super::key::Key;
use super::names::{self, KEYS, SYMMETRIC, single};
use super::operation::Operation;
use super::{BuiltinKms, internal};
use crate::{EncryptionContext, Requester};

/// One call.
#[derive(Debug)]
pub(super) struct Cx<'a> {
    pub(super) requester: &'a Requester<'a>,
    pub(super) operation: &'static Operation,
    pub(super) now: Timestamp,
    /// What goes on record.
    pub(super) trace: Trace,
}

/// What is asked about a key.
#[derive(Debug, Default)]
pub(super) struct Ask<'a> {
    /// Alias by which the request names the key.
    pub(super) alias: Option<&'a str>,
    /// Encryption context of a cryptographic operation.
    pub(super) context: Option<&'a EncryptionContext>,
    /// Condition keys of this operation alone.
    pub(super) more: Vec<(KeyName, KeyState)>,
    pub(super) particulars: Particulars,
    /// Grants in the place of those of the key.
    pub(super) grants: Option<Vec<Grant>>,
}

impl BuiltinKms {
    /// Whether the caller may do this to the key.
    pub(super) fn authorise(
        &self,
        cx: &mut Cx<'_>,
        action: &str,
        key: &Key,
        ask: Ask<'_>,
    ) -> Result<(), ServiceError> {
        cx.trace.decided = None;
        let verdict = self.verdict(cx.requester, cx.requester.caller, action, key, ask)?;
        cx.decided(verdict)
    }

    /// Whether the caller may do what has no key: the resource is `*` or an alias.
    pub(super) fn authorise_bare(
        &self,
        cx: &mut Cx<'_>,
        action: &str,
        resource: &str,
        account: AccountId,
        more: Vec<(KeyName, KeyState)>,
    ) -> Result<(), ServiceError> {
        let verdict = self.bare_verdict(cx.requester, action, resource, account, more)?;
        cx.decided(verdict)
    }

    pub(super) fn bare_verdict(
        &self,
        requester: &Requester<'_>,
        action: &str,
        resource: &str,
        account: AccountId,
        more: Vec<(KeyName, KeyState)>,
    ) -> Result<Verdict, ServiceError> {
        bare_verdict(
            &*self.authorizer,
            requester,
            action,
            resource,
            account,
            more,
        )
    }

    /// The decision, in the name of any caller.
    pub(super) fn verdict(
        &self,
        requester: &Requester<'_>,
        caller: &Caller,
        action: &str,
        key: &Key,
        ask: Ask<'_>,
    ) -> Result<Verdict, ServiceError> {
        verdict(&*self.authorizer, requester, caller, action, key, ask)
    }
}

/// The decision about a key.
pub(super) fn verdict(
    authorizer: &dyn Authorizer,
    requester: &Requester<'_>,
    caller: &Caller,
    action: &str,
    key: &Key,
    ask: Ask<'_>,
) -> Result<Verdict, ServiceError> {
    let facts = names::action(action).ok_or_else(|| internal("an action is not known"))?;
    let Ask {
        alias,
        context,
        more,
        particulars,
        grants,
    } = ask;
    let pairs = context.map(EncryptionContext::len).unwrap_or_default();
    let mut keys = Vec::with_capacity(key.fixed.len() + more.len() + pairs + 4);
    keys.extend_from_slice(&key.fixed);
    if let (true, Some(alias)) = (facts.carries_alias, alias) {
        keys.push((KEYS.request_alias.clone(), single(alias)));
    }
    if facts.carries_algorithm && key.meta.is_symmetric() {
        keys.push((KEYS.algorithm.clone(), SYMMETRIC.clone()));
    }
    if let (true, Some(context)) = (facts.carries_context, context) {
        names::context_keys(context, &mut keys);
    }
    if facts.carries_aws_resource && requester.via.is_some() {
        keys.push((KEYS.for_aws_resource.clone(), single("true")));
    }
    keys.extend(more);
    let grants = match grants {
        Some(grants) => grants,
        None => key.grants.concerning(&caller.principal, action, context),
    };
    let question = Question {
        action: &facts.name,
        resource: key.arn(),
        resource_account: Some(key.account),
        keys,
        via: requester.via,
        resource_policy: Some(std::sync::Arc::clone(&key.policy)),
        grants,
        resource_facts: ResourceFacts {
            is_management_account: false,
            is_aws_managed_key: !key.meta.is_customers(),
        },
        particulars,
    };
    Ok(authorizer.may(caller, requester.connection, &question))
}

/// The decision about what has no key.
pub(super) fn bare_verdict(
    authorizer: &dyn Authorizer,
    requester: &Requester<'_>,
    action: &str,
    resource: &str,
    account: AccountId,
    more: Vec<(KeyName, KeyState)>,
) -> Result<Verdict, ServiceError> {
    let action = names::action(action).ok_or_else(|| internal("an action is not known"))?;
    let question = Question {
        action: &action.name,
        resource,
        resource_account: Some(account),
        keys: more,
        via: requester.via,
        resource_policy: None,
        grants: Vec::new(),
        resource_facts: ResourceFacts::default(),
        particulars: Particulars::default(),
    };
    Ok(authorizer.may(requester.caller, requester.connection, &question))
}

impl Cx<'_> {
    /// Notes the decision for the record; a denial is `AccessDeniedException`.
    fn decided(&mut self, verdict: Verdict) -> Result<(), ServiceError> {
        if let Verdict::Denied {
            layer, statement, ..
        } = &verdict
        {
            self.trace.decided = Some(json!({"layer": layer, "statement": statement}));
        }
        verdict.or_refuse("AccessDeniedException")
    }

    /// Notes a key that the call concerns.
    pub(super) fn names(&mut self, key: &Key) {
        self.trace.resource(&key.meta.account, key.arn());
    }
}
