//! Aliases. The permission is needed on the alias, by IAM, and on the key.

use std::sync::Arc;

use rempart_aws_wire::ServiceError;
use serde_json::{Value, json};

use super::BuiltinKms;
use super::authorise::{Ask, Cx};
use super::describe::seconds;
use super::input::{Input, invalid};
use super::key::{Key, Meta};
use super::lists::page;
use super::state::row;
use crate::storage::{Change, Table};

/// Aliases per key.
const MOST_ALIASES: usize = 50;
/// Limit of a list where none is given.
const DEFAULT_LIMIT: u32 = 50;

fn alias<'a>(cx: &mut Cx<'_>, input: Input<'a>) -> Result<&'a str, ServiceError> {
    let alias = input.needed("AliasName", (1, 256))?;
    cx.trace.parameter("aliasName", alias);
    let refused = |message: &str| Err(ServiceError::new("InvalidAliasNameException", message));
    let Some(name) = alias.strip_prefix("alias/") else {
        return Err(invalid("Alias must start with the prefix \"alias/\"."));
    };
    if name.starts_with("aws/") || name == "aws" {
        return match cx.operation.name {
            "CreateAlias" => refused("Alias must not start with alias/aws/."),
            _ => Err(ServiceError::new(
                "NotAuthorizedException",
                "aliases that begin with alias/aws/ belong to AWS",
            )),
        };
    }
    let is_fit = |byte: u8| byte.is_ascii_alphanumeric() || b"/_-".contains(&byte);
    if name.is_empty() || !name.bytes().all(is_fit) {
        return refused("Alias contains invalid characters for KMS.");
    }
    Ok(alias)
}

fn without(key: &Key, alias: &str) -> Meta {
    let mut meta = (*key.meta).clone();
    meta.aliases.retain(|other| other != alias);
    meta
}

fn with(key: &Key, alias: &str) -> Result<Meta, ServiceError> {
    let mut meta = (*key.meta).clone();
    if meta.aliases.len() >= MOST_ALIASES {
        let message = "the key has as many aliases as it can have";
        return Err(ServiceError::new("LimitExceededException", message));
    }
    meta.aliases.push(alias.to_owned());
    Ok(meta)
}

impl BuiltinKms {
    fn of_alias(&self, cx: &Cx<'_>, alias: &str) -> Option<Arc<Key>> {
        let account = self.account_of(cx);
        let keys = self.keys();
        keys.by_alias(account, alias)
            .filter(|key| !key.meta.is_gone(cx.now))
            .cloned()
    }

    fn may_alias(&self, cx: &mut Cx<'_>, alias: &str) -> Result<(), ServiceError> {
        let account = self.account_of(cx);
        let arn = self.alias_arn(account, alias);
        self.authorise_bare(cx, cx.operation.name, &arn, account, Vec::new())
    }

    fn missing_alias(&self, cx: &Cx<'_>, alias: &str) -> ServiceError {
        let arn = self.alias_arn(self.account_of(cx), alias);
        ServiceError::new("NotFoundException", format!("Alias {arn} is not found."))
    }

    pub(super) fn create_alias(
        &self,
        cx: &mut Cx<'_>,
        input: Input<'_>,
    ) -> Result<Value, ServiceError> {
        let target = input.needed_key_id("TargetKeyId")?;
        let alias = alias(cx, input)?;
        cx.trace.parameter("targetKeyId", target);
        self.may_alias(cx, alias)?;
        let named = self.target(cx, target)?;
        let (storage, key) = self.locked(cx, &named)?;
        self.authorise(cx, "CreateAlias", &key, Ask::default())?;
        if self.of_alias(cx, alias).is_some() {
            let arn = self.alias_arn(self.account_of(cx), alias);
            let message = format!("An alias with the name {arn} already exists");
            return Err(ServiceError::new("AlreadyExistsException", message));
        }
        key.meta.check_state(cx.operation)?;
        self.store_meta(&storage, &key, with(&key, alias)?)?;
        Ok(json!({}))
    }

    pub(super) fn update_alias(
        &self,
        cx: &mut Cx<'_>,
        input: Input<'_>,
    ) -> Result<Value, ServiceError> {
        let target = input.needed_key_id("TargetKeyId")?;
        let alias = alias(cx, input)?;
        cx.trace.parameter("targetKeyId", target);
        self.may_alias(cx, alias)?;
        let named = self.target(cx, target)?;
        let (storage, key) = self.locked(cx, &named)?;
        let Some(old) = self.of_alias(cx, alias) else {
            return Err(self.missing_alias(cx, alias));
        };
        cx.names(&old);
        self.authorise(cx, "UpdateAlias", &old, Ask::default())?;
        self.authorise(cx, "UpdateAlias", &key, Ask::default())?;
        if old.meta.spec != key.meta.spec || old.meta.usage != key.meta.usage {
            return Err(invalid(
                "The old and the new key of an alias must have the same spec and usage",
            ));
        }
        // The old key may be pending deletion, the new one not.
        key.meta.check_state(cx.operation)?;
        if old.id == key.id {
            return Ok(json!({}));
        }
        let (old_meta, new_meta) = (without(&old, alias), with(&key, alias)?);
        let changes = [
            Change::put(Table::Keys, old_meta.id.clone(), &old_meta),
            Change::put(Table::Keys, new_meta.id.clone(), &new_meta),
        ];
        let keys = vec![old.with_meta(old_meta), key.with_meta(new_meta)];
        self.store(&storage, &changes, keys)?;
        Ok(json!({}))
    }

    pub(super) fn delete_alias(
        &self,
        cx: &mut Cx<'_>,
        input: Input<'_>,
    ) -> Result<Value, ServiceError> {
        let alias = alias(cx, input)?;
        self.may_alias(cx, alias)?;
        let storage = self.storage();
        let Some(key) = self.of_alias(cx, alias) else {
            return Err(self.missing_alias(cx, alias));
        };
        cx.names(&key);
        self.authorise(cx, "DeleteAlias", &key, Ask::default())?;
        self.store_meta(&storage, &key, without(&key, alias))?;
        Ok(json!({}))
    }

    pub(super) fn list_aliases(
        &self,
        cx: &mut Cx<'_>,
        input: Input<'_>,
    ) -> Result<Value, ServiceError> {
        let account = self.account_of(cx);
        self.authorise_bare(cx, "ListAliases", "*", account, Vec::new())?;
        let only = match input.key_id("KeyId")? {
            None => None,
            Some(text) => {
                cx.trace.parameter("keyId", text);
                Some(self.target(cx, text)?.key.id)
            }
        };
        let keys = self.keys();
        let mut listed = Vec::new();
        for key in keys.of_account(account) {
            if key.meta.is_gone(cx.now) || only.is_some_and(|only| only != key.id) {
                continue;
            }
            for alias in &key.meta.aliases {
                let created = seconds(key.meta.created);
                let entry = json!({
                    "AliasName": alias,
                    "AliasArn": self.alias_arn(account, alias),
                    "TargetKeyId": key.meta.id,
                    "CreationDate": created.clone(),
                    "LastUpdatedDate": created,
                });
                listed.push((row(alias, ""), entry));
            }
        }
        page(input, DEFAULT_LIMIT, "Aliases", listed)
    }

    /// A key as target: an id or a key ARN, not an alias.
    fn target(&self, cx: &mut Cx<'_>, text: &str) -> Result<super::resolve::Named, ServiceError> {
        let is_alias = text.starts_with("alias/") || text.contains(":alias/");
        if is_alias {
            return Err(invalid("Aliases must refer to keys. Not aliases"));
        }
        self.resolve(cx, text)
    }
}
