//! The directory as it was read.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::Arc;

use rempart_aws_model::AccountId;
use rempart_policy::CompiledPolicy;
use zeroize::Zeroizing;

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
    /// Resource policy that the shares amount to, where there are any.
    pub(crate) shares: Option<Arc<CompiledPolicy>>,
    pub(crate) catalog_shares: Vec<(AccountId, AccountId)>,
}

/// The organisation that the accounts belong to.
#[derive(Debug, Clone)]
pub(crate) struct Organization {
    pub(crate) id: String,
    pub(crate) management_account: Option<AccountId>,
}

/// An account.
#[derive(Debug)]
pub(crate) struct Account {
    pub(crate) users: BTreeMap<String, Arc<Identity>>,
    pub(crate) roles: BTreeMap<String, Arc<Identity>>,
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

/// An access key of a user.
pub(crate) struct AccessKey {
    pub(crate) account: AccountId,
    pub(crate) user: String,
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
        let account = AccountId::parse(arn.split(':').nth(4)?).ok()?;
        let roles = &self.accounts.get(&account)?.roles;
        roles.values().find(|role| role.arn == arn)
    }

    /// Whether the default catalogue of one account is shared with another.
    pub fn shares_catalog(&self, owner: AccountId, with: AccountId) -> bool {
        self.catalog_shares.contains(&(owner, with))
    }
}
