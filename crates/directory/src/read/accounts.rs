//! Accounts, users, groups, roles and access keys.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use rempart_aws_model::AccountId;
use rempart_policy::CompiledPolicy;
use rempart_policy::document::PolicyKind;
use rempart_sigma::yaml::{Node, Position, Yaml};
use sha2::{Digest as _, Sha256};

use super::Reader;
use super::fields::Fields;
use super::policies::Managed;
use crate::model::{AccessKey, Account, Identity, Policies};

/// Longest session of a role that says nothing, in seconds (IAM API reference, `CreateRole`).
const LONGEST_SESSION: u32 = 3_600;

impl<'n> Reader<'_> {
    pub(super) fn accounts(
        &mut self,
        node: Option<&'n Node>,
        managed: &Managed<'n>,
    ) -> (BTreeMap<AccountId, Account>, HashMap<String, AccessKey>) {
        let (mut accounts, mut keys) = (BTreeMap::new(), HashMap::new());
        let items = match node.map(|node| &node.value) {
            Some(Yaml::List(items)) => items.as_slice(),
            _ => &[],
        };
        for item in items {
            if let Some((id, account)) = self.account(item, managed, &mut keys)
                && accounts.insert(id, account).is_some()
            {
                self.problem(item.at, format!("account {id} is there twice"));
            }
        }
        (accounts, keys)
    }

    fn account(
        &mut self,
        node: &'n Node,
        managed: &Managed<'n>,
        keys: &mut HashMap<String, AccessKey>,
    ) -> Option<(AccountId, Account)> {
        let mut fields = Fields::of(self, node, "an account")?;
        let id = fields.text(self, "id").unwrap_or_default();
        let id = match AccountId::parse(&id) {
            Ok(id) => id,
            Err(error) => {
                self.problem(node.at, error.to_string());
                return None;
            }
        };
        // For people only.
        fields.text(self, "name");
        let service_control = self.levels(
            &mut fields,
            "serviceControlPolicies",
            PolicyKind::ServiceControl,
            managed,
        );
        let resource_control = self.levels(
            &mut fields,
            "resourceControlPolicies",
            PolicyKind::ResourceControl,
            managed,
        );
        let mut groups = BTreeMap::new();
        for item in fields.list(self, "groups") {
            let Some(mut inner) = Fields::of(self, item, "a group") else {
                continue;
            };
            let name = inner.text(self, "name").unwrap_or_default();
            let nodes = inner.list(self, "policies");
            groups.insert(name, self.policies(nodes, PolicyKind::Identity, managed));
            inner.finish(self);
        }
        let mut users = BTreeMap::new();
        for item in fields.list(self, "users") {
            if let Some(user) = self.user(item, id, managed, &groups, keys)
                && let Some(double) = users.insert(user.name.clone(), Arc::new(user))
            {
                self.problem(item.at, format!("user `{}` is there twice", double.name));
            }
        }
        let mut roles = BTreeMap::new();
        for item in fields.list(self, "roles") {
            if let Some(role) = self.role(item, id, managed)
                && let Some(double) = roles.insert(role.name.clone(), Arc::new(role))
            {
                self.problem(item.at, format!("role `{}` is there twice", double.name));
            }
        }
        fields.finish(self);
        let account = Account {
            users,
            roles,
            service_control,
            resource_control,
        };
        Some((id, account))
    }

    /// A list of levels, each a list of policies.
    fn levels(
        &mut self,
        fields: &mut Fields<'n>,
        name: &str,
        kind: PolicyKind,
        managed: &Managed<'n>,
    ) -> Vec<Policies> {
        let mut levels = Vec::new();
        for level in fields.list(self, name) {
            match &level.value {
                Yaml::List(items) => levels.push(self.policies(items, kind, managed)),
                _ => self.problem(
                    level.at,
                    format!("`{name}` is a list of levels, each a list of policies"),
                ),
            }
        }
        levels
    }

    fn user(
        &mut self,
        node: &'n Node,
        account: AccountId,
        managed: &Managed<'n>,
        groups: &BTreeMap<String, Policies>,
        keys: &mut HashMap<String, AccessKey>,
    ) -> Option<Identity> {
        let mut fields = Fields::of(self, node, "a user")?;
        let mut user = self.identity(&mut fields, node.at, account, "user", "AIDA", managed)?;
        for group in fields.texts(self, "groups") {
            match groups.get(&group) {
                Some(policies) => user.policies.extend(policies.iter().cloned()),
                None => self.problem(node.at, format!("the account has no group `{group}`")),
            }
        }
        for item in fields.list(self, "accessKeys") {
            self.access_key(item, &user, keys);
        }
        fields.finish(self);
        Some(user)
    }

    fn access_key(
        &mut self,
        node: &'n Node,
        user: &Identity,
        keys: &mut HashMap<String, AccessKey>,
    ) {
        let Some(mut fields) = Fields::of(self, node, "an access key") else {
            return;
        };
        let (id, secret) = (fields.text(self, "id"), fields.text(self, "secret"));
        let status = fields
            .text(self, "status")
            .unwrap_or_else(|| "Active".to_owned());
        // For people only.
        fields.text(self, "created");
        fields.finish(self);
        let (Some(id), Some(secret)) = (id, secret) else {
            return self.problem(node.at, "an access key has `id` and `secret`");
        };
        if !matches!(status.as_str(), "Active" | "Inactive") {
            self.problem(node.at, "`status` is Active or Inactive");
        }
        let is_well_formed = (16..=128).contains(&id.len())
            && id
                .bytes()
                .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
        if !is_well_formed || id.starts_with("ASIA") {
            self.problem(
                node.at,
                "`id` is 16 to 128 capital letters and digits, and does not begin with ASIA",
            );
        }
        match self.sealer.open_secret(&id, &secret) {
            Ok(secret) => {
                let key = AccessKey {
                    account: user.account,
                    user: user.name.clone(),
                    secret,
                    is_active: status == "Active",
                };
                if keys.insert(id.clone(), key).is_some() {
                    self.problem(node.at, format!("access key {id} is there twice"));
                }
            }
            Err(error) => self.problem(node.at, format!("the secret of {id}: {error}")),
        }
    }

    fn role(
        &mut self,
        node: &'n Node,
        account: AccountId,
        managed: &Managed<'n>,
    ) -> Option<Identity> {
        let mut fields = Fields::of(self, node, "a role")?;
        let mut role = self.identity(&mut fields, node.at, account, "role", "AROA", managed)?;
        match fields.take("trust") {
            Some(trust) => role.trust = self.document(&role.name, trust, PolicyKind::RoleTrust),
            None => self.problem(node.at, "a role has a `trust` policy"),
        }
        if let Some(text) = fields.text(self, "maxSessionDuration") {
            match text.parse() {
                Ok(seconds) if (3_600..=43_200).contains(&seconds) => {
                    role.longest_session = seconds
                }
                _ => self.problem(node.at, "`maxSessionDuration` is 3600 to 43200 seconds"),
            }
        }
        fields.finish(self);
        Some(role)
    }

    fn identity(
        &mut self,
        fields: &mut Fields<'n>,
        at: Position,
        account: AccountId,
        kind: &str,
        prefix: &str,
        managed: &Managed<'n>,
    ) -> Option<Identity> {
        let Some(name) = fields.text(self, "name") else {
            self.problem(at, format!("a {kind} has a `name`"));
            return None;
        };
        let is_name = |text: &str| {
            (1..=64).contains(&text.len())
                && text
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || b"+=,.@_-".contains(&byte))
        };
        if !is_name(&name) {
            self.problem(
                at,
                format!("`{name}` is no name of a {kind}: letters, digits and +=,.@_- up to 64"),
            );
        }
        let path = fields.text(self, "path").unwrap_or_else(|| "/".to_owned());
        if !path.starts_with('/')
            || !path.ends_with('/')
            || path.contains("//")
            || path.contains(':')
        {
            self.problem(at, "`path` begins and ends with /");
        }
        let arn = format!("arn:{}:iam::{account}:{kind}{path}{name}", self.partition);
        let unique_id = fields
            .text(self, "id")
            .unwrap_or_else(|| unique_id(prefix, &arn));
        let nodes = fields.list(self, "policies");
        let policies = self.policies(nodes, PolicyKind::Identity, managed);
        let boundary: Option<Arc<CompiledPolicy>> = fields
            .take("permissionsBoundary")
            .and_then(|node| self.policy(node, PolicyKind::PermissionsBoundary, managed));
        let tags = fields.tags(self, "tags");
        Some(Identity {
            arn,
            account,
            name,
            unique_id,
            policies,
            boundary,
            tags,
            trust: None,
            longest_session: LONGEST_SESSION,
        })
    }
}

/// An id for an identity that has none written down: it stays the same as long as the ARN does.
fn unique_id(prefix: &str, arn: &str) -> String {
    const LETTERS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let digest = Sha256::digest(arn.as_bytes());
    let letter = |byte: &u8| {
        let letter = LETTERS.get(usize::from(byte % 32)).copied();
        char::from(letter.unwrap_or(b'A'))
    };
    let rest: String = digest.iter().take(17).map(letter).collect();
    format!("{prefix}{rest}")
}
