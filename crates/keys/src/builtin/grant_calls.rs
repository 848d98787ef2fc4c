//! Grant operations.

use std::sync::Arc;

use rempart_aws_model::AccountId;
use rempart_aws_wire::ServiceError;
use rempart_policy::context::{KeyName, KeyState};
use rempart_policy::{Particulars, Principal};
use serde_json::{Map, Value, json};

use super::BuiltinKms;
use super::authorise::{Ask, Cx};
use super::crypto::dry_run;
use super::describe::seconds;
use super::grants::{GrantRecord, LiveGrant, constraints};
use super::input::{Input, check_context, invalid};
use super::key::Key;
use super::lists::page;
use super::names::{KEYS, context_keys, several, single};
use super::specs::grantable;
use super::state::row;
use crate::root::encode_hex;
use crate::storage::{Change, Table};
use crate::{EncryptionContext, GrantRequest};

/// Grants per key.
const MOST_GRANTS: usize = 50_000;
/// Pairs of a constraint, and the length of a value.
const MOST_PAIRS: usize = 8;
const LONGEST_VALUE: usize = 384;
/// Limit of a list of grants where none is given.
const DEFAULT_LIMIT: u32 = 50;

impl BuiltinKms {
    pub(super) fn create_grant_call(
        &self,
        cx: &mut Cx<'_>,
        input: Input<'_>,
    ) -> Result<Value, ServiceError> {
        let text = input.needed_key_id("KeyId")?;
        let request = request(input)?;
        let dry = || dry_run(input);
        let (id, token) = self.make_grant(cx, text, request, &dry)?;
        Ok(json!({"GrantId": id, "GrantToken": token}))
    }

    /// Makes a grant, or finds the one of this name that is the same.
    pub(super) fn make_grant(
        &self,
        cx: &mut Cx<'_>,
        text: &str,
        request: GrantRequest,
        dry: &dyn Fn() -> Result<(), ServiceError>,
    ) -> Result<(String, String), ServiceError> {
        cx.trace.parameter("keyId", text);
        trace_request(cx, &request);
        check_request(&request)?;
        let named = self.resolve(cx, text)?;
        let (storage, key) = self.locked(cx, &named)?;
        self.check_tokens(cx)?;
        self.authorise(cx, "CreateGrant", &key, ask_to_create(&request))?;
        key.meta.check_state(cx.operation)?;
        check_fits(&key, &request)?;
        dry()?;
        let same = key
            .grants
            .all()
            .find(|grant| request.name.is_some() && grant.record.request == request);
        let id = match same {
            Some(grant) => grant.record.id.clone(),
            None => {
                if key.grants.len() >= MOST_GRANTS {
                    let message = "the key has as many grants as it can have";
                    return Err(ServiceError::new("LimitExceededException", message));
                }
                let mut id = [0; 32];
                self.fill_random(&mut id)?;
                let record = GrantRecord {
                    id: encode_hex(&id),
                    created: cx.now,
                    issuing_account: self.account_of(cx).as_str().to_owned(),
                    key: key.meta.id.clone(),
                    request,
                };
                let id = record.id.clone();
                let change = Change::put(Table::Grants, row(&record.key, &id), &record);
                let mut grants = (*key.grants).clone();
                grants.insert(LiveGrant::new(record));
                let changed = Key {
                    grants: Arc::new(grants),
                    ..(*key).clone()
                };
                self.store(&storage, &[change], vec![changed])?;
                id
            }
        };
        cx.trace.response("grantId", id.as_str());
        let token = self.token(key.id, &id)?;
        Ok((id, token))
    }

    pub(super) fn revoke_grant(
        &self,
        cx: &mut Cx<'_>,
        input: Input<'_>,
    ) -> Result<Value, ServiceError> {
        let text = input.needed_key_id("KeyId")?;
        let id = input.needed("GrantId", (1, 128))?;
        cx.trace.parameter("keyId", text);
        cx.trace.parameter("grantId", id);
        let named = self.resolve(cx, text)?;
        let (storage, key) = self.locked(cx, &named)?;
        self.authorise(cx, "RevokeGrant", &key, Ask::default())?;
        key.meta.check_state(cx.operation)?;
        let grant = existing(&key, id)?;
        dry_run(input)?;
        self.remove_grant(&storage, &key, &grant.record.id)?;
        Ok(json!({}))
    }

    pub(super) fn retire_grant_call(
        &self,
        cx: &mut Cx<'_>,
        input: Input<'_>,
    ) -> Result<Value, ServiceError> {
        let token = input.text("GrantToken", (1, 8192))?;
        let key = input.key_id("KeyId")?;
        let id = input.text("GrantId", (1, 128))?;
        let (key, id) = match (token, key, id) {
            (Some(token), None, None) => {
                let (key, id) = self.grant_of_token(cx, token)?;
                let arn = self.keys();
                let arn = uuid::Uuid::try_parse(&key)
                    .ok()
                    .and_then(|id| arn.get(id.as_bytes()).map(|key| key.arn().to_owned()));
                (arn.unwrap_or(key), id)
            }
            (None, Some(key), Some(id)) => (key.to_owned(), id.to_owned()),
            _ => {
                return Err(invalid(
                    "Either a grant token, or a key ARN and a grant ID, must be given",
                ));
            }
        };
        let dry = || dry_run(input);
        self.retire(cx, &key, &id, &dry)?;
        Ok(json!({}))
    }

    pub(super) fn retire(
        &self,
        cx: &mut Cx<'_>,
        text: &str,
        id: &str,
        dry: &dyn Fn() -> Result<(), ServiceError>,
    ) -> Result<(), ServiceError> {
        cx.trace.additional("grantId", id);
        let named = self.resolve(cx, text)?;
        let (storage, key) = self.locked(cx, &named)?;
        let grant = existing(&key, id)?;
        let ask = ask_to_retire(&grant);
        self.authorise(cx, "RetireGrant", &key, ask)?;
        key.meta.check_state(cx.operation)?;
        dry()?;
        self.remove_grant(&storage, &key, &grant.record.id)
    }

    fn remove_grant(
        &self,
        storage: &crate::storage::Storage,
        key: &Key,
        id: &str,
    ) -> Result<(), ServiceError> {
        let mut grants = (*key.grants).clone();
        grants.remove(id);
        let change = Change::Remove(Table::Grants, row(&key.meta.id, id));
        let changed = Key {
            grants: Arc::new(grants),
            ..key.clone()
        };
        self.store(storage, &[change], vec![changed])
    }

    pub(super) fn list_grants_call(
        &self,
        cx: &mut Cx<'_>,
        input: Input<'_>,
    ) -> Result<Value, ServiceError> {
        let key = self.shown(cx, input, "ListGrants")?.key;
        let id = input.text("GrantId", (1, 128))?;
        if id.is_some_and(|id| !is_grant_id(id)) {
            return Err(invalid_id());
        }
        let grantee = input.text("GranteePrincipal", (1, 256))?;
        let service = input.text("GranteeServicePrincipal", (1, 256))?;
        let listed = key.grants.all().filter(|grant| {
            let request = &grant.record.request;
            id.is_none_or(|id| grant.record.id == id)
                && grantee.is_none_or(|grantee| request.grantee.as_deref() == Some(grantee))
                && service.is_none_or(|service| request.grantee_service.as_deref() == Some(service))
        });
        let listed = listed.map(|grant| (grant.record.id.clone(), entry(&key, grant)));
        page(input, DEFAULT_LIMIT, "Grants", listed.collect())
    }

    pub(super) fn list_retirable_grants(
        &self,
        cx: &mut Cx<'_>,
        input: Input<'_>,
    ) -> Result<Value, ServiceError> {
        let retiring = input.text("RetiringPrincipal", (1, 256))?;
        let service = input.text("RetiringServicePrincipal", (1, 256))?;
        if retiring.is_some() == service.is_some() {
            return Err(invalid(
                "Exactly one of RetiringPrincipal and RetiringServicePrincipal must be given",
            ));
        }
        if let Some(retiring) = retiring {
            cx.trace.parameter("retiringPrincipal", retiring);
            check_principal(retiring)?;
        }
        if let Some(service) = service {
            cx.trace.parameter("retiringServicePrincipal", service);
        }
        let account = self.account_of(cx);
        self.authorise_bare(cx, "ListRetirableGrants", "*", account, Vec::new())?;
        let keys = self.keys();
        let own = keys.of_account(account);
        let mut listed = Vec::new();
        for key in own.filter(|key| !key.meta.is_gone(cx.now)) {
            for grant in key.grants.all() {
                let request = &grant.record.request;
                let is_wanted = (retiring.is_some() && request.retiring.as_deref() == retiring)
                    || (service.is_some() && request.retiring_service.as_deref() == service);
                if is_wanted {
                    listed.push((row(&key.meta.id, &grant.record.id), entry(key, grant)));
                }
            }
        }
        page(input, DEFAULT_LIMIT, "Grants", listed)
    }
}

fn invalid_id() -> ServiceError {
    ServiceError::new("InvalidGrantIdException", "The grant ID is not valid.")
}

fn is_grant_id(id: &str) -> bool {
    id.len() == 64 && id.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn existing(key: &Key, id: &str) -> Result<Arc<LiveGrant>, ServiceError> {
    if !is_grant_id(id) {
        return Err(invalid_id());
    }
    key.grants
        .get(id)
        .cloned()
        .ok_or_else(|| ServiceError::new("NotFoundException", format!("Grant ID {id} not found")))
}

/// `GrantListEntry`.
fn entry(key: &Key, grant: &LiveGrant) -> Value {
    let request = &grant.record.request;
    let mut members = Map::new();
    let mut put = |name: &str, value: Value| {
        members.insert(name.to_owned(), value);
    };
    put("KeyId", json!(key.arn()));
    put("GrantId", json!(grant.record.id));
    if let Some(name) = &request.name {
        put("Name", json!(name));
    }
    put("CreationDate", seconds(grant.record.created));
    for (name, principal) in principals(request) {
        put(name, json!(principal));
    }
    put(
        "IssuingAccount",
        json!(format!(
            "arn:aws:iam::{}:root",
            grant.record.issuing_account
        )),
    );
    put("Operations", json!(request.operations));
    if let Some(constraints) = constraints_shown(request, false) {
        put("Constraints", constraints);
    }
    Value::Object(members)
}

fn principals(request: &GrantRequest) -> impl Iterator<Item = (&'static str, &str)> {
    [
        ("GranteePrincipal", &request.grantee),
        ("GranteeServicePrincipal", &request.grantee_service),
        ("RetiringPrincipal", &request.retiring),
        ("RetiringServicePrincipal", &request.retiring_service),
    ]
    .into_iter()
    .filter_map(|(name, principal)| Some((name, principal.as_deref()?)))
}

fn constraints_shown(request: &GrantRequest, for_record: bool) -> Option<Value> {
    let mut members = Map::new();
    let pairs = [
        ("EncryptionContextSubset", &request.context_subset),
        ("EncryptionContextEquals", &request.context_equals),
    ];
    for (name, pairs) in pairs.into_iter().filter(|(_, pairs)| !pairs.is_empty()) {
        members.insert(spelt(name, for_record), json!(pairs));
    }
    if let Some(source) = &request.source_arn {
        members.insert(spelt("SourceArn", for_record), json!(source));
    }
    (!members.is_empty()).then_some(Value::Object(members))
}

/// Members of records begin with a small letter.
fn spelt(name: &str, for_record: bool) -> String {
    let mut characters = name.chars();
    match characters.next() {
        Some(first) if for_record => {
            let first = std::iter::once(first.to_ascii_lowercase());
            first.chain(characters).collect()
        }
        _ => name.to_owned(),
    }
}

fn trace_request(cx: &mut Cx<'_>, request: &GrantRequest) {
    cx.trace.parameter("operations", request.operations.clone());
    if let Some(name) = &request.name {
        cx.trace.parameter("name", name.as_str());
    }
    for (name, principal) in principals(request) {
        cx.trace.parameter(&spelt(name, true), principal);
    }
    if let Some(constraints) = constraints_shown(request, true) {
        cx.trace.parameter("constraints", constraints);
    }
}

/// The grant that the input asks for.
fn request(input: Input<'_>) -> Result<GrantRequest, ServiceError> {
    let text = |name: &str, most: usize| -> Result<Option<String>, ServiceError> {
        Ok(input.text(name, (1, most))?.map(str::to_owned))
    };
    let operations = input.texts("Operations")?.ok_or_else(|| {
        invalid(
            "1 validation error detected: Value at 'operations' failed to satisfy constraint: \
             Member must not be null",
        )
    })?;
    let mut request = GrantRequest {
        name: text("Name", 256)?,
        grantee: text("GranteePrincipal", 256)?,
        grantee_service: text("GranteeServicePrincipal", 256)?,
        retiring: text("RetiringPrincipal", 256)?,
        retiring_service: text("RetiringServicePrincipal", 256)?,
        operations: operations.into_iter().map(str::to_owned).collect(),
        ..GrantRequest::default()
    };
    if let Some(constraints) = input.object("Constraints")? {
        request.context_subset = constraints.context("EncryptionContextSubset")?;
        request.context_equals = constraints.context("EncryptionContextEquals")?;
        request.source_arn = constraints.text("SourceArn", (1, 2048))?.map(str::to_owned);
    }
    Ok(request)
}

/// What holds for grants of any key.
fn check_request(request: &GrantRequest) -> Result<(), ServiceError> {
    if request.grantee.is_some() == request.grantee_service.is_some() {
        return Err(invalid(
            "Exactly one of GranteePrincipal and GranteeServicePrincipal must be given",
        ));
    }
    if request.retiring.is_some() && request.retiring_service.is_some() {
        return Err(invalid(
            "At most one of RetiringPrincipal and RetiringServicePrincipal can be given",
        ));
    }
    let retires = request.retiring.is_some() || request.retiring_service.is_some();
    if request.grantee_service.is_some() && (request.source_arn.is_none() || !retires) {
        return Err(invalid(
            "GranteeServicePrincipal needs the constraint SourceArn and a retiring principal",
        ));
    }
    for principal in [&request.grantee, &request.retiring].into_iter().flatten() {
        check_principal(principal)?;
    }
    for service in [&request.grantee_service, &request.retiring_service]
        .into_iter()
        .flatten()
    {
        match Principal::parse(service) {
            Ok(Principal::Service { .. }) => {}
            _ => return Err(invalid("a service principal is the name of an AWS service")),
        }
    }
    let name_fits = |name: &String| {
        name.bytes()
            .all(|b| b.is_ascii_alphanumeric() || b":/_-".contains(&b))
    };
    if !request.name.as_ref().is_none_or(name_fits) {
        return Err(invalid("the name of a grant matches [a-zA-Z0-9:/_-]+"));
    }
    if request.operations.is_empty() {
        return Err(invalid("Operations must name an operation"));
    }
    for (member, pairs) in [
        ("EncryptionContextSubset", &request.context_subset),
        ("EncryptionContextEquals", &request.context_equals),
    ] {
        check_context(member, pairs)?;
        if pairs.len() > MOST_PAIRS {
            return Err(invalid("a constraint has at most 8 pairs"));
        }
        let mut values = pairs.values();
        if values.any(|value| value.chars().count() > LONGEST_VALUE) {
            return Err(invalid(
                "a value of a constraint has at most 384 characters",
            ));
        }
    }
    Ok(())
}

/// What depends on the key.
fn check_fits(key: &Key, request: &GrantRequest) -> Result<(), ServiceError> {
    let grantable = grantable(&key.meta.spec, &key.meta.usage);
    for operation in &request.operations {
        if !grantable.contains(&operation.as_str()) {
            return Err(invalid(format!(
                "the operation {} cannot be granted on this key",
                operation.chars().take(60).collect::<String>()
            )));
        }
    }
    let has_pairs = !request.context_subset.is_empty() || !request.context_equals.is_empty();
    if has_pairs && !key.meta.is_symmetric() {
        return Err(invalid(
            "constraints on the encryption context need a symmetric key",
        ));
    }
    Ok(())
}

/// A principal of a grant: an account or the ARN of a principal, never a pattern.
fn check_principal(text: &str) -> Result<(), ServiceError> {
    if AccountId::parse(text).is_ok() {
        return Ok(());
    }
    match Principal::parse(text) {
        Ok(principal) if principal.account().is_some() => Ok(()),
        _ => Err(ServiceError::new(
            "InvalidArnException",
            "ARN does not refer to a valid principal",
        )),
    }
}

/// The question whether a grant may be made.
pub(super) fn ask_to_create(request: &GrantRequest) -> Ask<'_> {
    let mut more: Vec<(KeyName, KeyState)> = Vec::with_capacity(8);
    let operations = request.operations.iter().map(String::as_str);
    more.push((KEYS.grant_operations.clone(), several(operations)));
    for (name, principal) in [
        (&KEYS.grantee, &request.grantee),
        (&KEYS.grantee_service, &request.grantee_service),
        (&KEYS.retiring, &request.retiring),
        (&KEYS.retiring_service, &request.retiring_service),
        (&KEYS.constraint_source, &request.source_arn),
    ] {
        if let Some(principal) = principal {
            more.push((name.clone(), single(principal)));
        }
    }
    constraint_keys(request, &mut more);
    Ask {
        more,
        particulars: Particulars {
            new_grant: Some(constraints(request)),
            ..Particulars::default()
        },
        ..Ask::default()
    }
}

/// The question whether a grant may be retired.
pub(super) fn ask_to_retire(grant: &LiveGrant) -> Ask<'static> {
    let mut more = Vec::new();
    constraint_keys(&grant.record.request, &mut more);
    Ask {
        more,
        particulars: Particulars {
            grant_id: Some(grant.record.id.as_str().into()),
            ..Particulars::default()
        },
        grants: Some(grant.to_retire()),
        ..Ask::default()
    }
}

/// `kms:GrantConstraintType` and the encryption context of the constraint.
fn constraint_keys(request: &GrantRequest, more: &mut Vec<(KeyName, KeyState)>) {
    let types = [
        ("EncryptionContextEquals", &request.context_equals),
        ("EncryptionContextSubset", &request.context_subset),
    ];
    let given: Vec<(&str, &EncryptionContext)> = types
        .into_iter()
        .filter(|(_, pairs)| !pairs.is_empty())
        .collect();
    match given.as_slice() {
        [] => {}
        [(kind, pairs)] => {
            more.push((KEYS.constraint_type.clone(), single(kind)));
            context_keys(pairs, more);
        }
        // What the key holds with both AWS does not say.
        _ => {
            more.push((KEYS.constraint_type.clone(), KeyState::Unknown));
            let all = given.iter().flat_map(|(_, pairs)| pairs.iter());
            let all = all.map(|(name, value)| (name.clone(), value.clone()));
            context_keys(&all.collect(), more);
        }
    }
}
