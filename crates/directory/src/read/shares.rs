//! Shares of feature groups with other accounts, as AWS RAM makes them.

use std::sync::Arc;

use rempart_aws_model::AccountId;
use rempart_policy::CompiledPolicy;
use rempart_policy::document::{Policy, PolicyKind};
use rempart_sigma::yaml::{Fields, Node, Yaml};
use serde_json::{Value, json};

use super::Reader;
use crate::model::Organization;

/// Actions of RAM's managed permissions for feature groups (SageMaker Developer Guide, "Cross-account
/// feature group discoverability and access").
const READ: [&str; 4] = [
    "sagemaker:DescribeFeatureGroup",
    "sagemaker:DescribeFeatureMetadata",
    "sagemaker:BatchGetRecord",
    "sagemaker:GetRecord",
];
const WRITE: [&str; 2] = ["sagemaker:PutRecord", "sagemaker:DeleteRecord"];
const ADMIN: [&str; 2] = [
    "sagemaker:UpdateFeatureGroup",
    "sagemaker:UpdateFeatureMetadata",
];

/// What the shares amount to.
#[derive(Default)]
pub(super) struct Shares {
    /// One resource policy.
    pub(super) policy: Option<Arc<CompiledPolicy>>,
    /// Owner, and account that may search its catalogue.
    pub(super) catalogs: Vec<(AccountId, AccountId)>,
}

impl Reader<'_> {
    pub(super) fn shares(
        &mut self,
        node: Option<&Node>,
        organization: Option<&Organization>,
    ) -> Shares {
        let mut shares = Shares::default();
        let items = match node.map(|node| &node.value) {
            None | Some(Yaml::Null) => return shares,
            Some(Yaml::List(items)) => items,
            Some(_) => {
                if let Some(node) = node {
                    self.problem(node.at, "`shares` must be a list");
                }
                return shares;
            }
        };
        let mut statements = Vec::new();
        for item in items {
            statements.extend(self.share(item, organization, &mut shares.catalogs));
        }
        if statements.is_empty() {
            return shares;
        }
        let document = json!({"Version": "2012-10-17", "Statement": statements}).to_string();
        match Policy::parse(&document, PolicyKind::Resource) {
            Ok(policy) => {
                shares.policy = Some(Arc::new(CompiledPolicy::new("shares", Arc::new(policy))));
            }
            Err(error) => {
                if let Some(node) = node {
                    self.problem(node.at, format!("`shares` make no policy: {error}"));
                }
            }
        }
        shares
    }

    fn share(
        &mut self,
        node: &Node,
        organization: Option<&Organization>,
        catalogs: &mut Vec<(AccountId, AccountId)>,
    ) -> Vec<Value> {
        let Some(mut fields) = Fields::of(self, node, "a share") else {
            return Vec::new();
        };
        // For people only.
        fields.text(self, "name");
        let resources = fields.texts(self, "resources");
        let principals = fields.texts(self, "principals");
        let catalog_of = fields.text(self, "catalogOf");
        let permission = fields
            .text(self, "permission")
            .unwrap_or_else(|| "ReadOnly".to_owned());
        fields.finish(self);
        let (mut named, mut units) = (Vec::new(), Vec::new());
        for principal in &principals {
            match self.whom(node, principal, organization) {
                Some(Whom::Named) => named.push(principal.clone()),
                Some(Whom::Member(condition)) => units.push(condition),
                None => {}
            }
        }
        if let Some(owner) = catalog_of {
            match AccountId::parse(&owner) {
                Ok(owner) => {
                    let with = principals
                        .iter()
                        .filter_map(|text| AccountId::parse(text).ok());
                    catalogs.extend(with.map(|account| (owner, account)));
                }
                Err(error) => self.problem(node.at, error.to_string()),
            }
            if resources.is_empty() {
                return Vec::new();
            }
        }
        if resources.is_empty() || principals.is_empty() {
            self.problem(node.at, "a share has `resources` and `principals`");
            return Vec::new();
        }
        for resource in &resources {
            if !self.is_feature_group(resource) {
                self.problem(
                    node.at,
                    format!("`{resource}` is no ARN of feature groups of one account"),
                );
            }
        }
        let mut actions = READ.to_vec();
        match permission.as_str() {
            "ReadOnly" => {}
            "ReadWrite" => actions.extend(WRITE),
            "Admin" => {
                actions.extend(WRITE);
                actions.extend(ADMIN);
            }
            other => self.problem(
                node.at,
                format!("`permission` is ReadOnly, ReadWrite or Admin, not `{other}`"),
            ),
        }
        let mut statements = Vec::new();
        if !named.is_empty() {
            statements.push(json!({
                "Effect": "Allow", "Principal": {"AWS": named},
                "Action": actions, "Resource": resources,
            }));
        }
        for condition in units {
            statements.push(json!({
                "Effect": "Allow", "Principal": {"AWS": "*"},
                "Action": actions, "Resource": resources, "Condition": condition,
            }));
        }
        statements
    }

    /// Whom an entry of `principals` means.
    fn whom(
        &mut self,
        node: &Node,
        text: &str,
        organization: Option<&Organization>,
    ) -> Option<Whom> {
        if AccountId::parse(text).is_ok() {
            return Some(Whom::Named);
        }
        let parts: Vec<&str> = text.splitn(6, ':').collect();
        if let ["arn", partition, service, _, account, rest] = *parts.as_slice()
            && partition == self.partition
            && !text.contains(['*', '?'])
        {
            let is_account = AccountId::parse(account).is_ok();
            let path: Vec<&str> = rest.split('/').collect();
            match (service, path.as_slice(), organization) {
                ("iam", ["user" | "role", _, ..], _) if is_account => return Some(Whom::Named),
                ("organizations", ["organization", id], Some(own)) if **id == *own.id => {
                    return Some(Whom::Member(
                        json!({"StringEquals": {"aws:PrincipalOrgID": id}}),
                    ));
                }
                // Units below it are meant as well.
                ("organizations", ["ou", id, unit], Some(own)) if **id == *own.id => {
                    return Some(Whom::Member(json!({"ForAnyValue:StringLike":
                        {"aws:PrincipalOrgPaths": [format!("{id}/*/{unit}/*")]}})));
                }
                _ => {}
            }
        }
        self.problem(
            node.at,
            format!("`{text}` is no account, user, role, unit or organization of this directory"),
        );
        None
    }

    /// Whether it is an ARN, or a pattern of ARNs, of feature groups of one account.
    fn is_feature_group(&self, text: &str) -> bool {
        let parts: Vec<&str> = text.splitn(6, ':').collect();
        let ["arn", partition, "sagemaker", region, account, rest] = *parts.as_slice() else {
            return false;
        };
        partition == self.partition
            && !region.is_empty()
            && !region.contains(['*', '?'])
            && AccountId::parse(account).is_ok()
            && rest
                .strip_prefix("feature-group/")
                .is_some_and(|name| !name.is_empty())
    }
}

/// Whom a share is for.
enum Whom {
    /// An account, user or role
    Named,
    /// Members of a unit or of the organisation, by a condition
    Member(Value),
}
