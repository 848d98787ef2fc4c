//! Operations that make and change keys.

use std::sync::Arc;

use rempart_aws_wire::ServiceError;
use rempart_policy::context::{KeyName, KeyState};
use serde_json::{Value, json};

use super::authorise::{Ask, Cx};
use super::changes::{NewKey, days_after};
use super::describe::{metadata, policy_name, seconds, tags};
use super::grants::Grants;
use super::input::{Input, invalid};
use super::key::{Key, Meta, State};
use super::names::{KEYS, several, single, unite};
use super::policy::{self, compiled, default_policy};
use super::specs;
use super::{BuiltinKms, internal};
use crate::storage::{Change, Table};

/// Keys per account and Region.
const MOST_KEYS: usize = 100_000;
/// Tags per key.
const MOST_TAGS: usize = 50;
/// Documentation says 7 to 30 days, the model 1 to 365: the documentation is followed.
const PENDING_WINDOW: (u32, u32) = (7, 30);

impl BuiltinKms {
    pub(super) fn create_key(
        &self,
        cx: &mut Cx<'_>,
        input: Input<'_>,
    ) -> Result<Value, ServiceError> {
        let spec = match input.text("KeySpec", (1, 64))? {
            Some(spec) => Some(spec),
            None => input.text("CustomerMasterKeySpec", (1, 64))?,
        };
        let (spec, usage) = specs::chosen(spec, input.text("KeyUsage", (1, 64))?)?;
        let description = input.text("Description", (0, 8192))?.unwrap_or_default();
        let origin = input.text("Origin", (1, 64))?.unwrap_or("AWS_KMS");
        let multi_region = input.flag("MultiRegion")?.unwrap_or_default();
        let bypass = input.flag("BypassPolicyLockoutSafetyCheck")?;
        let tags = tags(input)?;
        let policy = policy::of_input(input)?;
        cx.trace.parameter("keySpec", spec.name);
        cx.trace.parameter("keyUsage", usage);
        cx.trace.parameter("origin", origin);
        cx.trace.parameter("multiRegion", multi_region);
        cx.trace.parameter("description", description);
        if let Some(policy) = policy {
            cx.trace.parameter("policy", policy);
        }
        if let Some(bypass) = bypass {
            cx.trace.parameter("bypassPolicyLockoutSafetyCheck", bypass);
        }
        let listed = tags.iter();
        let listed: Vec<Value> = listed
            .map(|(name, value)| json!({"tagKey": name, "tagValue": value}))
            .collect();
        cx.trace.parameter("tags", listed);

        let mut more = vec![
            (KEYS.key_spec.clone(), single(spec.name)),
            (KEYS.key_usage.clone(), single(usage)),
            (KEYS.key_origin.clone(), single(origin)),
            (
                KEYS.multi_region.clone(),
                single(if multi_region { "true" } else { "false" }),
            ),
        ];
        if let Some(bypass) = bypass {
            more.push(bypass_key(bypass));
        }
        more.extend(request_tags(&tags));
        let account = self.account_of(cx);
        self.authorise_bare(cx, "CreateKey", "*", account, more)?;

        if origin != "AWS_KMS" {
            return Err(unsupported(format!("keys of origin {origin}")));
        }
        if multi_region {
            return Err(unsupported("multi-Region keys"));
        }
        if tags.len() > MOST_TAGS {
            return Err(ServiceError::new(
                "TagException",
                "a key has at most 50 tags",
            ));
        }
        let default = default_policy(&self.settings.partition, account);
        let new = NewKey {
            account,
            description,
            spec: spec.name,
            usage,
            service: None,
            policy: policy.unwrap_or(&default),
            tags: tags
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
            alias: None,
        };
        let (key, changes) = self.made(new, cx.now)?;
        if !tags.is_empty() {
            // The permission must come from an IAM policy: a key policy does not count for it.
            let delegating = Key {
                policy: compiled(&default, key.arn())?,
                ..key.clone()
            };
            let ask = Ask {
                more: request_tags(&tags),
                ..Ask::default()
            };
            self.authorise(cx, "TagResource", &delegating, ask)?;
        }
        if policy.is_some() && !bypass.unwrap_or_default() {
            self.check_lockout(cx, &key)?;
        }
        let storage = self.storage();
        if self.keys().of_account(account).count() >= MOST_KEYS {
            let message = "the account has as many keys as it can have";
            return Err(ServiceError::new("LimitExceededException", message));
        }
        cx.names(&key);
        let answer = metadata(&key);
        cx.trace.response("keyMetadata", answer.clone());
        self.store(&storage, &changes, vec![key])?;
        Ok(json!({"KeyMetadata": answer}))
    }

    /// A change of metadata that needs nothing but a permission and a state.
    fn change(
        &self,
        cx: &mut Cx<'_>,
        text: &str,
        more: Vec<(KeyName, KeyState)>,
        change: impl FnOnce(&mut Cx<'_>, &mut Meta) -> Result<(), ServiceError>,
    ) -> Result<Arc<Key>, ServiceError> {
        cx.trace.parameter("keyId", text);
        let named = self.resolve(cx, text)?;
        let (storage, key) = self.locked(cx, &named)?;
        let ask = Ask {
            more,
            ..Ask::default()
        };
        self.authorise(cx, cx.operation.name, &key, ask)?;
        key.meta.check_state(cx.operation)?;
        let mut meta = (*key.meta).clone();
        change(cx, &mut meta)?;
        if meta != *key.meta {
            self.store_meta(&storage, &key, meta)?;
        }
        Ok(key)
    }

    pub(super) fn enable_key(
        &self,
        cx: &mut Cx<'_>,
        input: Input<'_>,
    ) -> Result<Value, ServiceError> {
        self.change(cx, input.needed_key_id("KeyId")?, Vec::new(), |_, meta| {
            meta.state = State::Enabled;
            Ok(())
        })?;
        // A rotation that fell due while the key was disabled takes place now.
        self.settle(cx.now)?;
        Ok(json!({}))
    }

    pub(super) fn disable_key(
        &self,
        cx: &mut Cx<'_>,
        input: Input<'_>,
    ) -> Result<Value, ServiceError> {
        self.change(cx, input.needed_key_id("KeyId")?, Vec::new(), |_, meta| {
            meta.state = State::Disabled;
            Ok(())
        })?;
        Ok(json!({}))
    }

    pub(super) fn schedule_key_deletion(
        &self,
        cx: &mut Cx<'_>,
        input: Input<'_>,
    ) -> Result<Value, ServiceError> {
        let days = input.number("PendingWindowInDays", PENDING_WINDOW.0, PENDING_WINDOW.1)?;
        let more = days.map(|days| (KEYS.pending_window.clone(), single(&days.to_string())));
        let days = days.unwrap_or(PENDING_WINDOW.1);
        cx.trace.parameter("pendingWindowInDays", days);
        let date = days_after(cx.now, days);
        let text = input.needed_key_id("KeyId")?;
        let key = self.change(cx, text, more.into_iter().collect(), |_, meta| {
            meta.state = State::PendingDeletion;
            meta.deletion = Some(date);
            meta.pending_window = Some(days);
            Ok(())
        })?;
        let answer = json!({
            "KeyId": key.arn(),
            "DeletionDate": seconds(date),
            "KeyState": "PendingDeletion",
            "PendingWindowInDays": days,
        });
        cx.trace.response("keyId", key.arn());
        cx.trace.response("deletionDate", seconds(date));
        cx.trace.response("keyState", "PendingDeletion");
        Ok(answer)
    }

    pub(super) fn cancel_key_deletion(
        &self,
        cx: &mut Cx<'_>,
        input: Input<'_>,
    ) -> Result<Value, ServiceError> {
        let text = input.needed_key_id("KeyId")?;
        let key = self.change(cx, text, Vec::new(), |_, meta| {
            meta.state = State::Disabled;
            meta.deletion = None;
            meta.pending_window = None;
            Ok(())
        })?;
        cx.trace.response("keyId", key.arn());
        Ok(json!({"KeyId": key.arn()}))
    }

    pub(super) fn update_key_description(
        &self,
        cx: &mut Cx<'_>,
        input: Input<'_>,
    ) -> Result<Value, ServiceError> {
        let description = input.needed("Description", (0, 8192))?;
        cx.trace.parameter("description", description);
        self.change(cx, input.needed_key_id("KeyId")?, Vec::new(), |_, meta| {
            meta.description = description.to_owned();
            Ok(())
        })?;
        Ok(json!({}))
    }

    pub(super) fn put_key_policy(
        &self,
        cx: &mut Cx<'_>,
        input: Input<'_>,
    ) -> Result<Value, ServiceError> {
        let text = input.needed_key_id("KeyId")?;
        let bypass = input.flag("BypassPolicyLockoutSafetyCheck")?;
        cx.trace.parameter("keyId", text);
        let policy = policy::of_input(input)?.ok_or_else(|| {
            invalid(
                "1 validation error detected: Value at 'policy' failed to satisfy constraint: \
                 Member must not be null",
            )
        })?;
        cx.trace.parameter("policy", policy);
        if let Some(bypass) = bypass {
            cx.trace.parameter("bypassPolicyLockoutSafetyCheck", bypass);
        }
        let named = self.resolve(cx, text)?;
        let (storage, key) = self.locked(cx, &named)?;
        let ask = Ask {
            more: bypass.map(bypass_key).into_iter().collect(),
            ..Ask::default()
        };
        self.authorise(cx, "PutKeyPolicy", &key, ask)?;
        key.meta.check_state(cx.operation)?;
        policy_name(cx, input)?;
        let compiled = compiled(policy, key.arn())?;
        let mut meta = (*key.meta).clone();
        meta.policy = policy.to_owned();
        let changed = Key {
            policy: compiled,
            ..key.with_meta(meta)
        };
        if !bypass.unwrap_or_default() {
            let without_grants = Key {
                grants: Arc::new(Grants::default()),
                ..changed.clone()
            };
            self.check_lockout(cx, &without_grants)?;
        }
        let change = Change::put(Table::Keys, key.meta.id.clone(), &*changed.meta);
        self.store(&storage, &[change], vec![changed])?;
        Ok(json!({}))
    }

    pub(super) fn tag_resource(
        &self,
        cx: &mut Cx<'_>,
        input: Input<'_>,
    ) -> Result<Value, ServiceError> {
        let tags = tags(input)?;
        if tags.is_empty() {
            return Err(invalid("Tags must name a tag"));
        }
        let listed = tags
            .iter()
            .map(|(name, value)| json!({"tagKey": name, "tagValue": value}));
        cx.trace.parameter("tags", listed.collect::<Vec<Value>>());
        let text = input.needed_key_id("KeyId")?;
        self.change(cx, text, request_tags(&tags), |_, meta| {
            for (name, value) in &tags {
                meta.tags.insert((*name).to_owned(), (*value).to_owned());
            }
            if meta.tags.len() > MOST_TAGS {
                let message = "a key has at most 50 tags";
                return Err(ServiceError::new("LimitExceededException", message));
            }
            Ok(())
        })?;
        Ok(json!({}))
    }

    pub(super) fn untag_resource(
        &self,
        cx: &mut Cx<'_>,
        input: Input<'_>,
    ) -> Result<Value, ServiceError> {
        let names = input
            .texts("TagKeys")?
            .ok_or_else(|| invalid("TagKeys must not be null"))?;
        cx.trace.parameter("tagKeys", names.clone());
        let more = vec![(KEYS.tag_keys.clone(), several(names.iter().copied()))];
        self.change(cx, input.needed_key_id("KeyId")?, more, |_, meta| {
            for name in &names {
                meta.tags.remove(*name);
            }
            Ok(())
        })?;
        Ok(json!({}))
    }

    pub(super) fn generate_random(
        &self,
        cx: &mut Cx<'_>,
        input: Input<'_>,
    ) -> Result<Value, ServiceError> {
        use base64::Engine as _;
        let length = input.number("NumberOfBytes", 1, 1024)?;
        let account = self.account_of(cx);
        self.authorise_bare(cx, "GenerateRandom", "*", account, Vec::new())?;
        let length = length.ok_or_else(|| invalid("NumberOfBytes must not be null"))?;
        let length = usize::try_from(length).map_err(|_| internal("a length does not fit"))?;
        let mut bytes = zeroize::Zeroizing::new(vec![0; length]);
        self.fill_random(&mut bytes)?;
        let text = base64::engine::general_purpose::STANDARD.encode(&*bytes);
        Ok(json!({"Plaintext": text}))
    }
}

fn unsupported(what: impl std::fmt::Display) -> ServiceError {
    let message = format!("{what} are not supported");
    ServiceError::new("UnsupportedOperationException", message)
}

fn bypass_key(bypass: bool) -> (KeyName, KeyState) {
    let value = if bypass { "true" } else { "false" };
    (KEYS.bypass.clone(), single(value))
}

/// `aws:RequestTag/…` and `aws:TagKeys`.
fn request_tags(tags: &[(&str, &str)]) -> Vec<(KeyName, KeyState)> {
    if tags.is_empty() {
        return Vec::new();
    }
    let named = tags.iter().map(|(name, value)| {
        (
            KeyName::new(&format!("aws:RequestTag/{name}")),
            single(value),
        )
    });
    let mut keys: Vec<(KeyName, KeyState)> = named.collect();
    unite(&mut keys);
    keys.push((
        KEYS.tag_keys.clone(),
        several(tags.iter().map(|(name, _)| *name)),
    ));
    keys
}
