//! Lists and their pages.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use rempart_aws_wire::ServiceError;
use serde_json::{Map, Value, json};

use super::BuiltinKms;
use super::authorise::Cx;
use super::input::Input;
use super::policy::POLICY_NAME;

/// Most items of a page.
const MOST: u32 = 1000;
/// Limits where none is given (KMS API reference).
const KEYS: u32 = 100;
const POLICIES: u32 = 100;
const TAGS: u32 = 50;

/// One page: the items after the marker, in the order of their names.
pub(super) fn page(
    input: Input<'_>,
    default_limit: u32,
    member: &str,
    mut items: Vec<(String, Value)>,
) -> Result<Value, ServiceError> {
    let limit = input.number("Limit", 1, MOST)?.unwrap_or(default_limit);
    let after = match input.text("Marker", (1, 1024))? {
        None => None,
        Some(marker) => {
            let bytes = BASE64.decode(marker).ok();
            let name = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
            let refused =
                || ServiceError::new("InvalidMarkerException", "The marker is not valid.");
            Some(name.ok_or_else(refused)?)
        }
    };
    items.sort_by(|one, two| one.0.cmp(&two.0));
    if let Some(after) = after {
        items.retain(|(name, _)| *name > after);
    }
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let is_truncated = items.len() > limit;
    items.truncate(limit);
    let mut answer = Map::new();
    if let (true, Some((last, _))) = (is_truncated, items.last()) {
        answer.insert("NextMarker".to_owned(), BASE64.encode(last).into());
    }
    let values = items.into_iter().map(|(_, value)| value);
    answer.insert(member.to_owned(), values.collect());
    answer.insert("Truncated".to_owned(), is_truncated.into());
    Ok(Value::Object(answer))
}

impl BuiltinKms {
    pub(super) fn list_keys(
        &self,
        cx: &mut Cx<'_>,
        input: Input<'_>,
    ) -> Result<Value, ServiceError> {
        let account = self.account_of(cx);
        self.authorise_bare(cx, "ListKeys", "*", account, Vec::new())?;
        let keys = self.keys();
        let listed = keys
            .of_account(account)
            .filter(|key| !key.meta.is_gone(cx.now))
            .map(|key| {
                let entry = json!({"KeyId": key.meta.id, "KeyArn": key.arn()});
                (key.meta.id.clone(), entry)
            });
        page(input, KEYS, "Keys", listed.collect())
    }

    pub(super) fn list_key_policies(
        &self,
        cx: &mut Cx<'_>,
        input: Input<'_>,
    ) -> Result<Value, ServiceError> {
        self.shown(cx, input, "ListKeyPolicies")?;
        let policies = vec![(POLICY_NAME.to_owned(), json!(POLICY_NAME))];
        page(input, POLICIES, "PolicyNames", policies)
    }

    pub(super) fn list_resource_tags(
        &self,
        cx: &mut Cx<'_>,
        input: Input<'_>,
    ) -> Result<Value, ServiceError> {
        let named = self.shown(cx, input, "ListResourceTags")?;
        let tags = named.key.meta.tags.iter().map(|(name, value)| {
            let tag = json!({"TagKey": name, "TagValue": value});
            (name.clone(), tag)
        });
        page(input, TAGS, "Tags", tags.collect())
    }
}
