//! The directory as it was read.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use ipnet::IpNet;
use rempart_aws_model::AccountId;
use rempart_policy::CompiledPolicy;
use rempart_policy::context::KeyState;
use zeroize::Zeroizing;

use crate::jwt::Issuer;

/// Policies of one layer.
pub(crate) type Policies = Vec<Arc<CompiledPolicy>>;

/// Everybody and everything that `rempart.yaml` names. It does not change.
#[derive(Debug)]
pub struct Directory {
    pub(crate) partition: String,
    pub(crate) region: String,
    pub(crate) organization: Option<Organization>,
    pub(crate) accounts: BTreeMap<AccountId, Account>,
    pub(crate) access_keys: HashMap<String, AccessKey>,
    /// Roles of all accounts, by ARN.
    pub(crate) roles: HashMap<String, Arc<Identity>>,
    /// Policies that sessions can be limited by, by name.
    pub(crate) managed: BTreeMap<String, Arc<CompiledPolicy>>,
    /// VPC endpoints through which clients come.
    pub(crate) endpoints: Vec<Endpoint>,
    /// Who may vouch for the person behind a session.
    pub(crate) issuers: Vec<Issuer>,
    /// Resource policy that the shares amount to, where there are any.
    pub(crate) shares: Option<Arc<CompiledPolicy>>,
    pub(crate) catalog_shares: Vec<(AccountId, AccountId)>,
}

/// The organisation that the accounts belong to.
#[derive(Debug, Clone)]
pub(crate) struct Organization {
    pub(crate) id: Arc<str>,
    pub(crate) management_account: Option<AccountId>,
}

/// An account.
#[derive(Debug)]
pub(crate) struct Account {
    pub(crate) users: BTreeMap<String, Arc<Identity>>,
    pub(crate) roles: BTreeMap<String, Arc<Identity>>,
    pub(crate) is_management: bool,
    /// `aws:PrincipalOrgPaths` of its principals, `aws:ResourceOrgPaths` of its resources.
    pub(crate) path: Option<KeyState>,
    /// Levels from the root down; empty when there are none.
    pub(crate) service_control: Vec<Policies>,
    /// Levels of RCPs.
    pub(crate) resource_control: Vec<Policies>,
}

/// A user or role.
#[derive(Debug)]
pub(crate) struct Identity {
    pub(crate) arn: String,
    pub(crate) account: AccountId,
    pub(crate) name: String,
    pub(crate) unique_id: String,
    pub(crate) policies: Policies,
    pub(crate) boundary: Option<Arc<CompiledPolicy>>,
    pub(crate) tags: BTreeMap<String, String>,
    /// Of a role: who may assume it.
    pub(crate) trust: Option<Arc<CompiledPolicy>>,
    /// Of a role: longest session in seconds.
    pub(crate) longest_session: u32,
}

/// A VPC endpoint. A client whose address is in one of its networks comes through it.
#[derive(Debug)]
pub(crate) struct Endpoint {
    pub(crate) id: Arc<str>,
    pub(crate) vpc: Option<Arc<str>>,
    pub(crate) networks: Vec<IpNet>,
    pub(crate) policy: Option<Arc<CompiledPolicy>>,
}

/// An access key of a user, or of the root user.
pub(crate) struct AccessKey {
    pub(crate) account: AccountId,
    /// `None` is the root user.
    pub(crate) user: Option<String>,
    pub(crate) secret: Zeroizing<String>,
    pub(crate) is_active: bool,
}

impl fmt::Debug for AccessKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccessKey")
            .field("account", &self.account)
            .field("user", &self.user)
            .field("is_active", &self.is_active)
            .finish_non_exhaustive()
    }
}

impl Directory {
    /// Partition of all ARNs: `aws`.
    pub fn partition(&self) -> &str {
        &self.partition
    }

    /// Region of the store.
    pub fn region(&self) -> &str {
        &self.region
    }

    /// The accounts.
    pub fn accounts(&self) -> impl Iterator<Item = AccountId> {
        self.accounts.keys().copied()
    }

    /// How many users and roles there are.
    pub fn identities(&self) -> usize {
        let of = |account: &Account| account.users.len() + account.roles.len();
        self.accounts.values().map(of).sum()
    }

    /// The role of an ARN.
    pub(crate) fn role(&self, arn: &str) -> Option<&Arc<Identity>> {
        self.roles.get(arn)
    }

    /// The managed policy of an ARN, as an account sees it.
    pub(crate) fn managed_policy(&self, of: AccountId, arn: &str) -> Option<&Arc<CompiledPolicy>> {
        let start = format!("arn:{}:iam::{of}:policy/", self.partition);
        self.managed.get(arn.strip_prefix(&start)?)
    }

    /// The VPC endpoint through which an address comes.
    pub(crate) fn endpoint(&self, address: IpAddr) -> Option<&Endpoint> {
        let address = address.to_canonical();
        let holds = |endpoint: &&Endpoint| {
            let mut networks = endpoint.networks.iter();
            networks.any(|network| network.contains(&address))
        };
        self.endpoints.iter().find(holds)
    }

    /// Whether the default catalogue of one account is shared with another.
    pub fn shares_catalog(&self, owner: AccountId, with: AccountId) -> bool {
        self.catalog_shares.contains(&(owner, with))
    }
}
