//! Accounts, users, groups, roles and access keys.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use rempart_aws_model::AccountId;
use rempart_policy::CompiledPolicy;
use rempart_policy::document::PolicyKind;
use rempart_policy::lint::Severity;
use rempart_sigma::yaml::{Fields, Node, Position, Yaml};
use sha2::{Digest as _, Sha256};

use super::Reader;
use super::organization::Tree;
use super::policies::Managed;
use super::tags::tags;
use crate::model::{AccessKey, Account, Identity, Policies};

/// Longest session of a role that says nothing, in seconds (IAM API reference, `CreateRole`).
const LONGEST_SESSION: u32 = 3_600;

impl<'n> Reader<'_> {
    pub(super) fn accounts(
        &mut self,
        node: Option<&'n Node>,
        managed: &Managed<'n>,
        tree: &Tree,
    ) -> (BTreeMap<AccountId, Account>, HashMap<String, AccessKey>) {
        let (mut accounts, mut keys) = (BTreeMap::new(), HashMap::new());
        let items = match node.map(|node| (&node.value, node.at)) {
            Some((Yaml::List(items), _)) => items.as_slice(),
            Some((_, at)) => {
                self.problem(at, "`accounts` must be a list");
                &[]
            }
            None => &[],
        };
        for item in items {
            if let Some((id, account)) = self.account(item, managed, tree, &mut keys)
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
        tree: &Tree,
        keys: &mut HashMap<String, AccessKey>,
    ) -> Option<(AccountId, Account)> {
        let mut fields = Fields::of(self, node, "an account")?;
        let id = fields.text(self, "id").unwrap_or_default();
        let id = self.account_id(node.at, &id)?;
        let mut placed = tree.place(id);
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
        let mut names = Names::default();
        let mut groups = BTreeMap::new();
        for item in fields.list(self, "groups") {
            let Some(mut inner) = Fields::of(self, item, "a group") else {
                continue;
            };
            let name = inner.text(self, "name").unwrap_or_default();
            self.once(&mut names, item.at, "group", &name);
            let nodes = inner.list(self, "policies");
            groups.insert(name, self.policies(nodes, PolicyKind::Identity, managed));
            inner.finish(self);
        }
        if let Some(root) = fields.take("root") {
            self.root_user(root, id, keys);
        }
        let mut users = BTreeMap::new();
        for item in fields.list(self, "users") {
            if let Some(user) = self.user(item, id, managed, &groups, keys) {
                self.once(&mut names, item.at, "user", &user.name);
                users.insert(user.name.clone(), Arc::new(user));
            }
        }
        let mut roles = BTreeMap::new();
        for item in fields.list(self, "roles") {
            if let Some(role) = self.role(item, id, managed) {
                self.once(&mut names, item.at, "role", &role.name);
                roles.insert(role.name.clone(), Arc::new(role));
            }
        }
        fields.finish(self);
        placed.service_control.extend(service_control);
        placed.resource_control.extend(resource_control);
        let account = Account {
            users,
            roles,
            is_management: placed.is_management,
            path: placed.path,
            service_control: placed.service_control,
            resource_control: placed.resource_control,
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
                Yaml::List(items) => {
                    self.warn_of_empty(level.at, name, items.len());
                    levels.push(self.policies(items, kind, managed));
                }
                _ => self.problem(
                    level.at,
                    format!("`{name}` is a list of levels, each a list of policies"),
                ),
            }
        }
        levels
    }

    /// Names are unique in an account whatever their case (IAM User Guide, "IAM and AWS STS quotas").
    fn once(&mut self, names: &mut Names, at: Position, kind: &'static str, name: &str) {
        if !names.insert((kind, name.to_ascii_lowercase())) {
            self.problem(at, format!("{kind} `{name}` is there twice"));
        }
    }

    /// The root user: nothing but access keys.
    fn root_user(
        &mut self,
        node: &'n Node,
        account: AccountId,
        keys: &mut HashMap<String, AccessKey>,
    ) {
        let Some(mut fields) = Fields::of(self, node, "the root user") else {
            return;
        };
        for item in fields.list(self, "accessKeys") {
            self.access_key(item, account, None, keys);
            self.warning(
                item.at,
                Severity::Warning,
                "an access key of the root user: nothing limits it but policies of the organization",
            );
        }
        fields.finish(self);
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
            self.access_key(item, account, Some(&user.name), keys);
        }
        fields.finish(self);
        Some(user)
    }

    fn access_key(
        &mut self,
        node: &'n Node,
        account: AccountId,
        user: Option<&str>,
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
        // Keys of sessions begin so: they would be looked for in a token.
        if !is_well_formed || id.starts_with("ASIA") {
            self.problem(
                node.at,
                "`id` is 16 to 128 capital letters and digits, and does not begin with ASIA",
            );
        }
        match self.sealer.open_secret(&id, &secret) {
            Ok(secret) => {
                let key = AccessKey {
                    account,
                    user: user.map(str::to_owned),
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
        let is_path = |byte: u8| byte.is_ascii_graphic() && !b":*?\"".contains(&byte);
        if !path.starts_with('/')
            || !path.ends_with('/')
            || path.contains("//")
            || path.len() > 512
            || !path.bytes().all(is_path)
        {
            self.problem(at, "`path` begins and ends with /");
        }
        if kind == "role" && path.starts_with("/aws-service-role/") {
            self.warning(
                at,
                Severity::Warning,
                format!("role `{name}` counts as service-linked by its path: SCPs and RCPs leave it alone"),
            );
        }
        let arn = format!("arn:{}:iam::{account}:{kind}{path}{name}", self.partition);
        let unique_id = fields
            .text(self, "id")
            .unwrap_or_else(|| unique_id(prefix, &arn));
        let is_id = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
        if !unique_id.starts_with(prefix)
            || !(16..=128).contains(&unique_id.len())
            || !unique_id.bytes().all(is_id)
        {
            self.problem(
                at,
                format!("`id` of a {kind} is {prefix} and capital letters and digits"),
            );
        }
        if !self.unique_ids.insert(unique_id.clone()) {
            self.problem(at, format!("the id {unique_id} is there twice"));
        }
        let nodes = fields.list(self, "policies");
        let policies = self.policies(nodes, PolicyKind::Identity, managed);
        let boundary: Option<Arc<CompiledPolicy>> = fields
            .take("permissionsBoundary")
            .and_then(|node| self.policy(node, PolicyKind::PermissionsBoundary, managed));
        let tags = tags(fields, self, "tags");
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

/// Kinds and folded names of one account.
type Names = BTreeSet<(&'static str, String)>;

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
