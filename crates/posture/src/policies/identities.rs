//! The users and roles of an account, with everything that limits them.

use std::collections::HashMap;
use std::sync::Arc;

use rempart_aws_model::{AccountId, ActionName, action};
use rempart_policy::account::{Identity, Inventory};
use rempart_policy::context::{KeyName, KeyState};
use rempart_policy::document::PolicyKind;
use rempart_policy::{
    CompiledPolicy, Grant, GrantConstraints, Known, Particulars, Policies, Reference, Stack,
};
use rempart_prove::{Caller, Predicate, Presence, Prover, Setting, example_resource};
use serde_json::Value as Json;

use super::ask::{self, key_is, key_omitted, mentions, possible, resource_like};
use super::document::{compile, delegating};
use crate::expression::{ReasonCode, Unknown};

/// A name that no policy means.
const UNRELATED: &str = "zq7x9k2vw4";

/// The grant in questions about retiring one.
const RETIRED: &str = "grant";

/// The users and roles of one account.
pub(crate) struct Identities {
    inventory: Inventory,
    by_arn: HashMap<String, usize>,
    /// ARNs of attached policies.
    attached: HashMap<String, Vec<String>>,
    /// Roles with their trust policies.
    pub(crate) roles: Vec<(String, Option<String>)>,
    problems: Vec<String>,
    service_control: Option<Vec<Policies>>,
}

/// What is asked of requests beside action and resource.
#[derive(Clone, Copy, Default)]
pub(crate) struct Circumstances<'c> {
    /// The resource; `None` for one that no policy means.
    pub(crate) resource: Option<&'c str>,
    /// Keys with their values.
    pub(crate) given: &'c [(&'c str, &'c str)],
    /// Keys that the request does not carry.
    pub(crate) omitted: &'c [&'c str],
    /// The policy of the resource, where it is known.
    pub(crate) policy: Option<&'c Arc<CompiledPolicy>>,
}

impl Identities {
    /// Reads what iam:GetAccountAuthorizationDetails answered. Service control policies of the account
    /// count where they were collected.
    pub(crate) fn new(
        details: &Json,
        service_control: Option<Vec<Policies>>,
    ) -> Result<Self, Unknown> {
        let mut inventory = Inventory::default();
        let problems = inventory
            .add_details(&details.to_string())
            .map_err(|error| Unknown::new(ReasonCode::ModelGap, error.to_string()))?;
        let mut attached = HashMap::new();
        let mut roles = Vec::new();
        let mut groups: HashMap<&str, Vec<String>> = HashMap::new();
        for group in elements(details, "GroupDetailList") {
            groups.insert(text(group, "GroupName"), attached_to(group));
        }
        for list in ["UserDetailList", "RoleDetailList"] {
            for entity in elements(details, list) {
                let arn = text(entity, "Arn").to_owned();
                let mut policies = attached_to(entity);
                for group in elements(entity, "GroupList").filter_map(Json::as_str) {
                    policies.extend(groups.get(group).into_iter().flatten().cloned());
                }
                if list == "RoleDetailList" {
                    let trust = entity.get("AssumeRolePolicyDocument").map(document_text);
                    roles.push((arn.clone(), trust));
                }
                attached.insert(arn, policies);
            }
        }
        let identities = inventory.identities().iter().enumerate();
        let by_arn = identities
            .map(|(place, identity)| (identity.principal.as_str().to_owned(), place))
            .collect();
        Ok(Self {
            inventory,
            by_arn,
            attached,
            roles,
            problems,
            service_control,
        })
    }

    /// Identities that have these policies, and nothing else: for policies that are attached nowhere yet.
    pub(crate) fn of_documents(account: AccountId, texts: &[String]) -> Result<Self, Unknown> {
        let mut inline = Vec::new();
        for (number, document) in texts.iter().enumerate() {
            // What cannot be read is an error here, not an unknown policy of somebody.
            compile("policy", document, PolicyKind::Identity)?;
            inline.push(serde_json::json!({
                "PolicyName": format!("policy {}", number + 1), "PolicyDocument": document}));
        }
        let details = serde_json::json!({"RoleDetailList": [{
            "Arn": Self::imagined(account), "RoleName": UNRELATED, "RolePolicyList": inline}]});
        Self::new(&details, None)
    }

    /// The role of [`Self::of_documents`].
    pub(crate) fn imagined(account: AccountId) -> String {
        format!("arn:aws:iam::{account}:role/{UNRELATED}")
    }

    /// The identity with this ARN.
    pub(crate) fn identity(&self, arn: &str) -> Result<&Identity, Unknown> {
        let place = self.by_arn.get(arn);
        let identity = place.and_then(|place| self.inventory.identities().get(*place));
        identity.ok_or_else(|| {
            Unknown::new(
                ReasonCode::Unresolvable,
                format!("`{arn}` is not among the users and roles that were collected"),
            )
        })
    }

    /// ARNs of the managed policies that are attached to an identity or its groups.
    pub(crate) fn attached(&self, arn: &str) -> &[String] {
        self.attached.get(arn).map_or(&[], Vec::as_slice)
    }

    /// Whether some request of the identity for the action, under these circumstances, is allowed.
    pub(crate) fn may(
        &self,
        arn: &str,
        action: &ActionName,
        circumstances: Circumstances<'_>,
    ) -> Result<bool, Unknown> {
        let identity = self.identity(arn)?;
        let Some(stack) = self.stack(identity, action, circumstances.policy)? else {
            return Ok(false);
        };
        let has_resources = Reference::new().action(action).has_resources;
        let resource = self.resource(identity, action, circumstances.resource);
        let mut reference = Reference::new();
        let mut request = self.inventory.request(
            identity,
            action,
            &resource,
            Some(identity.account),
            &mut reference,
        );
        for (key, value) in circumstances.given {
            let value = KeyState::Single((*value).into());
            request.context_mut().set(KeyName::new(key), value);
        }
        let mut stack = stack;
        if action.as_str().eq_ignore_ascii_case("kms:RetireGrant") {
            // A grant decides; the permission is that of the account that may retire it.
            let account = identity.account.as_str();
            let none = GrantConstraints::default();
            let grant = Grant::new(RETIRED, account, Some(account), &[], none);
            stack.grants = Known::Is(vec![grant]);
            request = request.with_particulars(Particulars {
                grant_id: Some(RETIRED.into()),
                ..Particulars::default()
            });
        }
        if let Some(decided) = ask::whatever_the_keys(&stack, request, circumstances.omitted) {
            return Ok(decided);
        }
        let mut property = Vec::new();
        if has_resources {
            property.push(resource_like(&[&resource]));
        }
        let given = circumstances.given.iter();
        property.extend(given.map(|(key, value)| key_is(key, value)));
        property.extend(circumstances.omitted.iter().map(|key| key_omitted(key)));
        self.prove(identity, &stack, action, &Predicate::All(property))
    }

    /// Whether some request of the identity for the action on a key with this policy is allowed, by the
    /// key policy or, where it leaves that to the account, by the identity's own.
    pub(crate) fn may_on_key(
        &self,
        arn: &str,
        action: &ActionName,
        key: &str,
        policy: &Arc<CompiledPolicy>,
    ) -> Result<bool, Unknown> {
        let identity = self.identity(arn)?;
        let (Known::Is(_), Known::Is(_)) = (&identity.policies, &identity.boundary) else {
            return Err(self.missing(identity));
        };
        let mut stack = self.inventory.stack(identity, None);
        if let Some(levels) = &self.service_control {
            stack.service_control = Known::Is(levels.clone());
        }
        stack.resource = Known::Is(Some(Arc::clone(policy)));
        self.prove(identity, &stack, action, &resource_like(&[key]))
    }

    /// Whether some request of the identity for the action is allowed at all.
    pub(crate) fn may_at_all(&self, arn: &str, action: &ActionName) -> Result<bool, Unknown> {
        self.may_with(arn, action, &[], &[])
    }

    /// Whether some request of the identity with these keys is allowed, whatever the resource.
    pub(crate) fn may_with(
        &self,
        arn: &str,
        action: &ActionName,
        given: &[(&str, &str)],
        omitted: &[&str],
    ) -> Result<bool, Unknown> {
        let identity = self.identity(arn)?;
        let Some(stack) = self.stack(identity, action, None)? else {
            return Ok(false);
        };
        let on_any = Circumstances {
            given,
            omitted,
            ..Circumstances::default()
        };
        if self.may(arn, action, on_any) == Ok(true) {
            return Ok(true);
        }
        let mut property: Vec<Predicate> = given
            .iter()
            .map(|(key, value)| key_is(key, value))
            .collect();
        property.extend(omitted.iter().map(|key| key_omitted(key)));
        self.prove(identity, &stack, action, &Predicate::All(property))
    }

    fn prove(
        &self,
        identity: &Identity,
        stack: &Stack,
        action: &ActionName,
        property: &Predicate,
    ) -> Result<bool, Unknown> {
        let setting = Setting {
            caller: Caller::Named(identity.principal.clone()),
            resource_account: Some(identity.account),
            presence: Presence::Unknown,
        };
        possible(&mut Prover::default(), stack, action, &setting, property)
    }

    /// The policies around a request of the identity; `None` when nothing allows the action.
    fn stack(
        &self,
        identity: &Identity,
        action: &ActionName,
        of_resource: Option<&Arc<CompiledPolicy>>,
    ) -> Result<Option<Stack>, Unknown> {
        let (Known::Is(policies), Known::Is(_)) = (&identity.policies, &identity.boundary) else {
            return Err(self.missing(identity));
        };
        let all = policies.iter().chain(of_resource);
        if !mentions(all.map(|policy| &**policy), action) {
            return Ok(None);
        }
        let mut stack = self.inventory.stack(identity, None);
        if let Some(levels) = &self.service_control {
            stack.service_control = Known::Is(levels.clone());
        }
        let own = match action.service() {
            "kms" => Some(PolicyKind::KmsKey),
            "sts" => Some(PolicyKind::RoleTrust),
            _ => None,
        };
        if let Some(policy) = of_resource {
            stack.resource = Known::Is(Some(Arc::clone(policy)));
        } else if let Some(kind) = own {
            // Keys and roles leave the decision to the account, most of them.
            stack.resource = Known::Is(Some(delegating(identity.account, kind)?));
        }
        Ok(Some(stack))
    }

    /// Why the policies of an identity are not known.
    fn missing(&self, identity: &Identity) -> Unknown {
        let arn = identity.principal.as_str();
        let mut own: Vec<&str> = Vec::new();
        for problem in &self.problems {
            if problem.contains(arn) {
                own.push(problem);
            }
        }
        let first = self
            .problems
            .first()
            .map_or("a policy is missing", String::as_str);
        Unknown::new(
            ReasonCode::Unresolvable,
            own.first().copied().unwrap_or(first).to_owned(),
        )
    }

    fn resource(&self, identity: &Identity, name: &ActionName, given: Option<&str>) -> String {
        if let Some(resource) = given {
            return resource.to_owned();
        }
        let Some(facts) = action(name.as_str()) else {
            return "*".to_owned();
        };
        let partition = identity.principal.partition().unwrap_or("aws");
        example_resource(facts, Some(identity.account), partition).replace("example", UNRELATED)
    }
}

fn elements<'j>(json: &'j Json, name: &str) -> impl Iterator<Item = &'j Json> {
    json.get(name)
        .and_then(Json::as_array)
        .into_iter()
        .flatten()
}

fn text<'j>(json: &'j Json, name: &str) -> &'j str {
    json.get(name).and_then(Json::as_str).unwrap_or_default()
}

fn attached_to(entity: &Json) -> Vec<String> {
    elements(entity, "AttachedManagedPolicies")
        .map(|policy| text(policy, "PolicyArn").to_owned())
        .collect()
}

fn document_text(document: &Json) -> String {
    match document.as_str() {
        Some(text) => text.to_owned(),
        None => document.to_string(),
    }
}
