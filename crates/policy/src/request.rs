//! A request: who wants to do what to which resource, in which context.

use std::sync::LazyLock;

use rempart_aws_model::{AccountId, ActionName};

use crate::compile::action::RequestAction;
use crate::compile::resource::Target;
use crate::context::{Context, KeyName, KeyState};
use crate::grant::GrantConstraints;
use crate::principal::Principal;
use crate::reference::{ActionFacts, Reference};

/// Names of keys that follow from requests.
struct WellKnown {
    is_service: KeyName,
    service_name: KeyName,
    principal_type: KeyName,
    principal_arn: KeyName,
    username: KeyName,
    userid: KeyName,
    principal_account: KeyName,
    caller_account: KeyName,
    resource_account: KeyName,
}

static WELL_KNOWN: LazyLock<WellKnown> = LazyLock::new(|| WellKnown {
    is_service: KeyName::new("aws:PrincipalIsAWSService"),
    service_name: KeyName::new("aws:PrincipalServiceName"),
    principal_type: KeyName::new("aws:PrincipalType"),
    principal_arn: KeyName::new("aws:PrincipalArn"),
    username: KeyName::new("aws:username"),
    userid: KeyName::new("aws:userid"),
    principal_account: KeyName::new("aws:PrincipalAccount"),
    caller_account: KeyName::new("kms:CallerAccount"),
    resource_account: KeyName::new("aws:ResourceAccount"),
});

/// The account of the resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResourceAccount {
    /// This account
    Account(AccountId),
    /// The caller's, whoever calls: the request has no resource of its own
    Callers,
    /// Not known
    Unknown,
}

/// What else is known of the caller.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PrincipalFacts {
    /// A service-linked role: neither SCPs nor RCPs concern it.
    pub is_service_linked_role: bool,
    /// The caller's account is the management account of its organisation.
    pub is_management_account: bool,
    /// Unique id of the user or role: `AIDA…`, `AROA…`.
    pub unique_id: Option<Box<str>>,
}

/// What else is known of the resource.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ResourceFacts {
    /// The resource is in the management account.
    pub is_management_account: bool,
    /// The KMS key is managed by AWS, not by a customer.
    pub is_aws_managed_key: bool,
}

/// What a request says beyond principal, action, resource and condition keys.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Particulars {
    /// The grant that `kms:RetireGrant` names.
    pub grant_id: Option<Box<str>>,
    /// The constraints of the grant that `kms:CreateGrant` asks for.
    pub new_grant: Option<GrantConstraints>,
    /// Whether the policy that `s3:PutBucketPolicy` brings is public; `None` when it is not known.
    pub proposes_public_policy: Option<bool>,
}

/// A request, ready to be decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    action: ActionName,
    prepared_action: RequestAction,
    action_facts: ActionFacts,
    principal: Principal,
    resource: Box<str>,
    /// Only a part of the resource is known: `*` and `?` in it stand for what is not.
    is_partial: bool,
    resource_account: ResourceAccount,
    context: Context,
    principal_facts: PrincipalFacts,
    resource_facts: ResourceFacts,
    particulars: Particulars,
}

impl Request {
    /// A request about a resource. `resource` is an ARN or `*`; `resource_account` says whose it is
    /// where the ARN does not. Keys that follow from the request are added to the context unless it
    /// has them.
    pub fn new(
        reference: &mut Reference,
        action: ActionName,
        principal: Principal,
        resource: &str,
        resource_account: Option<AccountId>,
        context: Context,
    ) -> Self {
        let action_facts = reference.action(&action);
        // An action without resource types is authorised on `*` whatever the request names.
        let is_bare = action_facts.is_known && !action_facts.has_resources;
        let effective = if is_bare { "*" } else { resource };
        let of_arn = effective
            .split(':')
            .nth(4)
            .map(|account| (AccountId::parse(account).ok(), account));
        let resource_account = match (resource_account, of_arn) {
            (Some(account), _) | (None, Some((Some(account), _))) => {
                ResourceAccount::Account(account)
            }
            // What AWS itself owns, its managed policies for example, is open to every account.
            (None, Some((None, "aws"))) => ResourceAccount::Callers,
            _ if effective == "*" => ResourceAccount::Callers,
            _ => ResourceAccount::Unknown,
        };
        let mut request = Self {
            prepared_action: RequestAction::new(&action),
            action,
            action_facts,
            principal,
            resource: effective.into(),
            is_partial: false,
            resource_account,
            context,
            principal_facts: PrincipalFacts::default(),
            resource_facts: ResourceFacts::default(),
            particulars: Particulars::default(),
        };
        request.derive_keys();
        request
    }

    /// The same request with what else is known of the caller.
    #[must_use]
    pub fn with_principal_facts(mut self, facts: PrincipalFacts) -> Self {
        self.principal_facts = facts;
        self
    }

    /// The same request with what else is known of the resource.
    #[must_use]
    pub fn with_resource_facts(mut self, facts: ResourceFacts) -> Self {
        self.resource_facts = facts;
        self
    }

    /// The same request, about a resource of which only a part is known: `*` in it stands for a
    /// text without a colon, `**` for any text and `?` for any character. A statement then matches for certain only if it matches every
    /// resource that this may be. Where the action has no resources nothing changes.
    #[must_use]
    pub fn with_partial_resource(mut self) -> Self {
        if self.action_facts.is_known && !self.action_facts.has_resources {
            return self;
        }
        self.is_partial = true;
        if self.resource_account == ResourceAccount::Callers
            && matches!(&*self.resource, "*" | "**")
        {
            self.resource_account = ResourceAccount::Unknown;
            self.context
                .set(WELL_KNOWN.resource_account.clone(), KeyState::Unknown);
        }
        self
    }

    /// The same request with its particulars.
    #[must_use]
    pub fn with_particulars(mut self, particulars: Particulars) -> Self {
        self.particulars = particulars;
        self
    }

    /// The action.
    pub fn action(&self) -> &ActionName {
        &self.action
    }

    /// Facts of the action.
    pub fn action_facts(&self) -> ActionFacts {
        self.action_facts
    }

    /// The caller.
    pub fn principal(&self) -> &Principal {
        &self.principal
    }

    /// The resource as it is authorised.
    pub fn resource(&self) -> &str {
        &self.resource
    }

    /// Whether only a part of the resource is known.
    pub fn is_partial(&self) -> bool {
        self.is_partial
    }

    pub(crate) fn target(&self) -> Target<'_> {
        if self.is_partial {
            Target::Partial(&self.resource)
        } else {
            Target::Exact(&self.resource)
        }
    }

    /// The account of the resource.
    pub fn resource_account(&self) -> ResourceAccount {
        self.resource_account
    }

    /// The condition keys.
    pub fn context(&self) -> &Context {
        &self.context
    }

    /// The condition keys, to try others.
    pub fn context_mut(&mut self) -> &mut Context {
        &mut self.context
    }

    /// What else is known of the caller.
    pub fn principal_facts(&self) -> &PrincipalFacts {
        &self.principal_facts
    }

    /// What else is known of the resource.
    pub fn resource_facts(&self) -> &ResourceFacts {
        &self.resource_facts
    }

    /// The particulars.
    pub fn particulars(&self) -> &Particulars {
        &self.particulars
    }

    pub(crate) fn prepared_action(&self) -> &RequestAction {
        &self.prepared_action
    }

    /// The unique id of the caller: a fact, or the first part of `aws:userid`.
    pub(crate) fn unique_id(&self) -> Option<&str> {
        if let Some(id) = &self.principal_facts.unique_id {
            return id.split(':').next();
        }
        match self.context.get(&WELL_KNOWN.userid)? {
            KeyState::Single(id) => id.split(':').next(),
            _ => None,
        }
    }

    /// Whether SCPs and RCPs leave the caller alone.
    pub fn is_service_linked(&self) -> bool {
        let by_path = |arn: &str| arn.contains(":role/aws-service-role/");
        self.principal_facts.is_service_linked_role
            || match &self.principal {
                Principal::Role { arn, .. } => by_path(arn),
                Principal::RoleSession { role_arn, .. } => role_arn.as_deref().is_some_and(by_path),
                _ => false,
            }
    }

    /// Whether the resource is a KMS key, which always has a key policy.
    pub fn is_on_key(&self) -> bool {
        self.action_facts.concerns_key
            && (&*self.resource == "*" || self.resource.contains(":key/"))
    }

    /// Whether the resource is a role that is to be assumed, which always has a trust policy.
    pub fn is_on_trust(&self) -> bool {
        let name = self.prepared_action.name();
        self.prepared_action.service() == "sts"
            && (name.starts_with("assumerole")
                || matches!(name, "tagsession" | "setsourceidentity" | "setcontext"))
            && self.resource.contains(":role/")
    }

    /// Whether caller and resource lie in different partitions, between which nothing is delegated.
    pub(crate) fn crosses_partitions(&self) -> bool {
        let of_resource = self.resource.split(':').nth(1);
        match (self.principal.partition(), of_resource) {
            (Some(caller), Some(resource)) => caller != resource && resource != "*",
            _ => false,
        }
    }

    fn derive_keys(&mut self) {
        let known = &*WELL_KNOWN;
        let context = &mut self.context;
        context.reserve(7);
        // Keys that the request brings itself count; nothing is made for them.
        let mut set = |key: &KeyName, value: &str| {
            if context.get(key).is_none() {
                context.set(key.clone(), KeyState::Single(value.into()));
            }
        };
        match &self.principal {
            Principal::Provider { .. } => {}
            Principal::Service { name } => {
                set(&known.is_service, "true");
                set(&known.service_name, name);
            }
            Principal::Anonymous => set(&known.principal_type, "Anonymous"),
            principal => {
                set(&known.is_service, "false");
                match principal {
                    Principal::RoleSession {
                        role_arn: Some(arn),
                        ..
                    } => set(&known.principal_arn, arn),
                    principal => {
                        if let Some(arn) = principal.principal_arn() {
                            set(&known.principal_arn, &arn);
                        }
                    }
                }
                if let Some(kind) = principal.principal_type() {
                    set(&known.principal_type, kind);
                }
                if let Some(name) = principal.user_name() {
                    set(&known.username, name);
                }
            }
        }
        if let Some(account) = self.principal.account() {
            set(&known.principal_account, account.as_str());
            if self.prepared_action.service() == "kms" {
                set(&known.caller_account, account.as_str());
            }
        }
        let of_resource = match self.resource_account {
            ResourceAccount::Account(account) => Some(account),
            ResourceAccount::Callers => self.principal.account(),
            ResourceAccount::Unknown => None,
        };
        if let Some(account) = of_resource {
            set(&known.resource_account, account.as_str());
        }
    }
}
