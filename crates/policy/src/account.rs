//! An account's identities with their policies, as `aws iam get-account-authorization-details`
//! prints them, and the policies of resources and organisation beside them.

mod details;
mod resources;

use std::collections::BTreeMap;
use std::sync::Arc;

use rempart_aws_model::{AccountId, ActionName};

use crate::compile::CompiledPolicy;
use crate::context::{Context, KeyName, KeyState};
use crate::grant::Grant;
use crate::principal::Principal;
use crate::public::PublicAccessBlock;
use crate::reference::Reference;
use crate::request::{PrincipalFacts, Request};
use crate::stack::{Known, Policies, Stack};

/// A user or role with everything that is attached to it.
#[derive(Debug, Clone)]
pub struct Identity {
    /// The user or role.
    pub principal: Principal,
    /// Its account.
    pub account: AccountId,
    /// Policies of the user and its groups, or of the role.
    pub policies: Known<Policies>,
    /// Its permissions boundary.
    pub boundary: Known<Option<Arc<CompiledPolicy>>>,
    /// Unique id.
    pub unique_id: Option<Box<str>>,
    /// Tags, as `aws:PrincipalTag/…`.
    pub tags: Vec<(Box<str>, Box<str>)>,
}

/// A resource with its own policy.
#[derive(Debug, Clone)]
pub struct ResourceEntry {
    /// ARN or ARN pattern.
    pub arn: Box<str>,
    /// Its account, where the ARN does not say.
    pub account: Option<AccountId>,
    /// Its policy.
    pub policy: Known<Option<Arc<CompiledPolicy>>>,
    /// Grants of the key.
    pub grants: Known<Vec<Grant>>,
    /// Block Public Access of the bucket and its account.
    pub public_access_block: Known<PublicAccessBlock>,
    pattern: crate::glob::Glob,
}

impl ResourceEntry {
    /// A resource with its policy alone.
    fn new(arn: &str, policy: Known<Option<Arc<CompiledPolicy>>>) -> Self {
        Self {
            arn: arn.into(),
            account: None,
            policy,
            grants: Known::Is(Vec::new()),
            public_access_block: Known::Is(PublicAccessBlock::default()),
            pattern: crate::glob::Glob::of_resource(arn),
        }
    }
}

/// What is known of an account or organisation.
#[derive(Debug, Clone)]
pub struct Inventory {
    identities: Vec<Identity>,
    resources: Vec<ResourceEntry>,
    /// Levels of SCPs.
    pub service_control: Known<Vec<Policies>>,
    /// Levels of RCPs.
    pub resource_control: Known<Vec<Policies>>,
    /// Accounts to which SCPs do not apply.
    pub management_accounts: Vec<AccountId>,
}

impl Default for Inventory {
    fn default() -> Self {
        Self {
            identities: Vec::new(),
            resources: Vec::new(),
            service_control: Known::Is(Vec::new()),
            resource_control: Known::Is(Vec::new()),
            management_accounts: Vec::new(),
        }
    }
}

/// Why a file could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InventoryError {
    /// The text is not of the form that was announced.
    #[error("{0}")]
    Form(String),
}

impl Inventory {
    /// Adds what `aws iam get-account-authorization-details` printed, the trust policies of roles
    /// included. Policies that cannot be read
    /// make the identities they belong to undecidable, and are returned as problems.
    ///
    /// # Errors
    /// The text is no such output.
    pub fn add_details(&mut self, text: &str) -> Result<Vec<String>, InventoryError> {
        details::read(text, &mut self.identities, &mut self.resources)
    }

    /// Adds resources with their policies: one object or a list of them (`docs/policy.md`).
    ///
    /// # Errors
    /// The text is not of that form.
    pub fn add_resources(&mut self, text: &str) -> Result<Vec<String>, InventoryError> {
        resources::read(text, &mut self.resources)
    }

    /// Users and roles, in the order of the input.
    pub fn identities(&self) -> &[Identity] {
        &self.identities
    }

    /// Resources with their policies, roles with their trust policies included, in the order of the
    /// input.
    pub fn resources(&self) -> &[ResourceEntry] {
        &self.resources
    }

    /// The entry of a resource: the same ARN, otherwise the first pattern that matches.
    pub fn resource(&self, arn: &str) -> Option<&ResourceEntry> {
        let same = self.resources.iter().find(|entry| *entry.arn == *arn);
        same.or_else(|| {
            self.resources
                .iter()
                .find(|entry| entry.pattern.matches(arn))
        })
    }

    /// The policies that touch requests of an identity on a resource.
    pub fn stack(&self, identity: &Identity, resource: Option<&ResourceEntry>) -> Stack {
        let mut stack = Stack {
            identity: identity.policies.clone(),
            boundary: identity.boundary.clone(),
            service_control: self.service_control.clone(),
            resource_control: self.resource_control.clone(),
            ..Stack::default()
        };
        if let Some(entry) = resource {
            stack.resource = entry.policy.clone();
            stack.grants = entry.grants.clone();
            stack.public_access_block = entry.public_access_block.clone();
        }
        stack
    }

    /// A request of an identity. Its tags are in the context; every other key is absent.
    pub fn request(
        &self,
        identity: &Identity,
        action: &ActionName,
        resource: &str,
        account: Option<AccountId>,
        reference: &mut Reference,
    ) -> Request {
        let mut context = Context::new();
        for (name, value) in &identity.tags {
            let key = KeyName::new(&format!("aws:PrincipalTag/{name}"));
            context.set(key, KeyState::Single((&**value).into()));
        }
        let entry = self.resource(resource);
        let account = account.or_else(|| entry.and_then(|entry| entry.account));
        let facts = PrincipalFacts {
            // The path of a role, which is known here, tells by itself.
            is_service_linked_role: false,
            is_management_account: self.management_accounts.contains(&identity.account),
            unique_id: identity.unique_id.clone(),
        };
        Request::new(
            reference,
            action.clone(),
            identity.principal.clone(),
            resource,
            account,
            context,
        )
        .with_principal_facts(facts)
    }

    /// The accounts of the identities, with the number of users and roles in each.
    pub fn accounts(&self) -> BTreeMap<AccountId, usize> {
        let mut accounts = BTreeMap::new();
        for identity in &self.identities {
            *accounts.entry(identity.account).or_default() += 1;
        }
        accounts
    }
}
