//! Shares of feature groups with other accounts, as AWS RAM makes them.

use std::sync::Arc;

use rempart_aws_model::AccountId;
use rempart_policy::CompiledPolicy;
use rempart_policy::document::{Policy, PolicyKind};
use rempart_sigma::yaml::{Node, Yaml};
use serde_json::{Value, json};

use super::Reader;
use super::fields::Fields;

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
    pub(super) fn shares(&mut self, node: Option<&Node>) -> Shares {
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
            statements.extend(self.share(item, &mut shares.catalogs));
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

    fn share(&mut self, node: &Node, catalogs: &mut Vec<(AccountId, AccountId)>) -> Option<Value> {
        let mut fields = Fields::of(self, node, "a share")?;
        // For people only.
        fields.text(self, "name");
        let resources = fields.texts(self, "resources");
        let principals = fields.texts(self, "principals");
        let catalog_of = fields.text(self, "catalogOf");
        let permission = fields
            .text(self, "permission")
            .unwrap_or_else(|| "ReadOnly".to_owned());
        fields.finish(self);
        for principal in &principals {
            let is_account = AccountId::parse(principal).is_ok();
            if !is_account && !principal.starts_with("arn:") {
                self.problem(
                    node.at,
                    format!("`{principal}` is neither an account nor an ARN"),
                );
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
                return None;
            }
        }
        if resources.is_empty() || principals.is_empty() {
            self.problem(node.at, "a share has `resources` and `principals`");
            return None;
        }
        for resource in &resources {
            if !resource.contains(":feature-group/") {
                self.problem(node.at, format!("`{resource}` is no ARN of feature groups"));
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
        Some(json!({
            "Effect": "Allow", "Principal": {"AWS": principals},
            "Action": actions, "Resource": resources,
        }))
    }
}
