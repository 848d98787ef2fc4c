//! The grants of a key.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use jiff::Timestamp;
use rempart_aws_model::AccountId;
use rempart_policy::{Grant, GrantConstraints, Principal};
use serde::{Deserialize, Serialize};

use crate::{EncryptionContext, GrantRequest, GrantView};

/// A grant as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct GrantRecord {
    pub(super) id: String,
    pub(super) created: Timestamp,
    /// Account in whose name it was made; its principals can be allowed to retire it.
    pub(super) issuing_account: String,
    /// Id of the key.
    pub(super) key: String,
    pub(super) request: GrantRequest,
}

/// A grant in use.
#[derive(Debug)]
pub(super) struct LiveGrant {
    pub(super) record: GrantRecord,
    engine: Grant,
}

/// All grants of a key.
#[derive(Debug, Clone, Default)]
pub(super) struct Grants {
    by_id: BTreeMap<Box<str>, Arc<LiveGrant>>,
    /// By account of the grantee, or name of the service in lower case: a caller is asked about the
    /// grants that can name it only.
    by_grantee: HashMap<Box<str>, Vec<Arc<LiveGrant>>>,
}

impl LiveGrant {
    pub(super) fn new(record: GrantRecord) -> Self {
        let engine = engine_grant(&record.id, &record.request);
        Self { record, engine }
    }

    pub(super) fn view(&self) -> GrantView {
        GrantView {
            id: self.record.id.clone(),
            request: self.record.request.clone(),
        }
    }

    /// The grant as `RetireGrant` sees it: its retiring principal, its grantee if it may, and the
    /// account that made it.
    pub(super) fn to_retire(&self) -> Vec<Grant> {
        let issuer = &self.record.issuing_account;
        let by_issuer = Grant::new(
            &self.record.id,
            issuer,
            Some(issuer),
            &[],
            GrantConstraints::default(),
        );
        vec![self.engine.clone(), by_issuer]
    }
}

/// The grant in the form of the policy engine.
pub(super) fn engine_grant(id: &str, request: &GrantRequest) -> Grant {
    let grantee = request
        .grantee
        .as_ref()
        .or(request.grantee_service.as_ref());
    let retiring = request
        .retiring
        .as_ref()
        .or(request.retiring_service.as_ref());
    Grant::new(
        id,
        grantee.map(String::as_str).unwrap_or_default(),
        retiring.map(String::as_str),
        &request.operations,
        constraints(request),
    )
}

/// The constraints in the form of the policy engine.
pub(super) fn constraints(request: &GrantRequest) -> GrantConstraints {
    let pairs = |context: &EncryptionContext| {
        let pairs = context
            .iter()
            .map(|(name, value)| (name.as_str().into(), value.as_str().into()));
        (!context.is_empty()).then(|| pairs.collect())
    };
    GrantConstraints {
        equals: pairs(&request.context_equals),
        subset: pairs(&request.context_subset),
        source_arn: request.source_arn.as_deref().map(Into::into),
    }
}

/// Under what a grant is found: the account of the grantee, or the service.
fn index_of(request: &GrantRequest) -> Box<str> {
    if let Some(service) = &request.grantee_service {
        return service.to_ascii_lowercase().into();
    }
    let grantee = request.grantee.as_deref().unwrap_or_default();
    let account = match AccountId::parse(grantee) {
        Ok(account) => Some(account),
        Err(_) => grantee
            .split(':')
            .nth(4)
            .and_then(|text| AccountId::parse(text).ok()),
    };
    match account {
        Some(account) => account.as_str().into(),
        None => grantee.to_ascii_lowercase().into(),
    }
}

impl Grants {
    pub(super) fn insert(&mut self, grant: LiveGrant) {
        let grant = Arc::new(grant);
        let found = self.by_grantee.entry(index_of(&grant.record.request));
        found.or_default().push(Arc::clone(&grant));
        self.by_id.insert(grant.record.id.as_str().into(), grant);
    }

    pub(super) fn remove(&mut self, id: &str) {
        let Some(grant) = self.by_id.remove(id) else {
            return;
        };
        let index = index_of(&grant.record.request);
        if let Some(grants) = self.by_grantee.get_mut(&index) {
            grants.retain(|other| other.record.id != id);
            if grants.is_empty() {
                self.by_grantee.remove(&index);
            }
        }
    }

    pub(super) fn get(&self, id: &str) -> Option<&Arc<LiveGrant>> {
        self.by_id.get(id)
    }

    pub(super) fn len(&self) -> usize {
        self.by_id.len()
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &Arc<LiveGrant>> {
        self.by_id.values()
    }

    /// The grants that can name the caller and may allow the action with this context. What is left
    /// out the engine would find false.
    pub(super) fn concerning(
        &self,
        principal: &Principal,
        action: &str,
        context: Option<&EncryptionContext>,
    ) -> Vec<Grant> {
        let account = principal.account();
        let grants = match (principal, &account) {
            (Principal::Service { name }, _) if name.bytes().any(|b| b.is_ascii_uppercase()) => {
                self.by_grantee.get(name.to_ascii_lowercase().as_str())
            }
            (Principal::Service { name }, _) => self.by_grantee.get(name),
            (_, Some(account)) => self.by_grantee.get(account.as_str()),
            _ => None,
        };
        let Some(grants) = grants else {
            return Vec::new();
        };
        let fits = |grant: &&Arc<LiveGrant>| {
            let request = &grant.record.request;
            request
                .operations
                .iter()
                .any(|operation| operation.eq_ignore_ascii_case(action))
                && context.is_none_or(|context| can_hold(request, context))
        };
        let fitting = grants.iter().filter(fits);
        fitting.map(|grant| grant.engine.clone()).collect()
    }
}

/// Whether the pairs that a grant demands can be in the context. Names are compared without case, and
/// not at all where they are not ASCII: the engine has the last word.
fn can_hold(request: &GrantRequest, context: &EncryptionContext) -> bool {
    let mut demanded = request.context_equals.iter().chain(&request.context_subset);
    demanded.all(|(wanted, value)| {
        context.get(wanted) == Some(value)
            || !wanted.is_ascii()
            || context.iter().any(|(name, given)| {
                (!name.is_ascii() || name.eq_ignore_ascii_case(wanted)) && given == value
            })
    })
}
