//! `KeyMetadata`, and the operations that show a key.

use jiff::Timestamp;
use rempart_aws_wire::ServiceError;
use serde_json::{Map, Value, json};

use super::BuiltinKms;
use super::authorise::{Ask, Cx};
use super::input::{Input, invalid};
use super::key::{Key, State};
use super::policy::POLICY_NAME;
use super::resolve::Named;
use super::specs::Spec;

/// A time as JSON 1.1 has it: seconds since 1970 with a fraction.
pub(super) fn seconds(time: Timestamp) -> Value {
    let seconds = time.as_second();
    let milliseconds = time.subsec_millisecond();
    if milliseconds == 0 {
        return json!(seconds);
    }
    let whole = time.as_millisecond() as f64;
    json!(whole / 1000.0)
}

/// `KeyMetadata`.
pub(super) fn metadata(key: &Key) -> Value {
    let meta = &key.meta;
    let mut members = Map::new();
    let mut put = |name: &str, value: Value| {
        members.insert(name.to_owned(), value);
    };
    put("AWSAccountId", json!(meta.account));
    put("KeyId", json!(meta.id));
    put("Arn", json!(meta.arn));
    put("CreationDate", seconds(meta.created));
    put("Enabled", json!(meta.state == State::Enabled));
    put("Description", json!(meta.description));
    put("KeyUsage", json!(meta.usage));
    put("KeyState", json!(meta.state.name()));
    if let Some(deletion) = meta.deletion {
        put("DeletionDate", seconds(deletion));
    }
    put("Origin", json!("AWS_KMS"));
    put("KeyManager", json!(manager(key)));
    // The older member knows the older specs only.
    let is_newer = ["ML_", "ECC_NIST_ED"]
        .iter()
        .any(|start| meta.spec.starts_with(start));
    if !is_newer {
        put("CustomerMasterKeySpec", json!(meta.spec));
    }
    put("KeySpec", json!(meta.spec));
    if let Some((member, algorithms)) =
        Spec::of_name(&meta.spec).and_then(|spec| spec.algorithms(&meta.usage))
    {
        put(member, json!(algorithms));
    }
    put("MultiRegion", json!(false));
    if let Some(material) = &meta.material {
        put("CurrentKeyMaterialId", json!(material));
    }
    Value::Object(members)
}

/// `CUSTOMER` or `AWS`.
pub(super) fn manager(key: &Key) -> &'static str {
    if key.meta.is_customers() {
        "CUSTOMER"
    } else {
        "AWS"
    }
}

impl BuiltinKms {
    pub(super) fn describe_key(
        &self,
        cx: &mut Cx<'_>,
        input: Input<'_>,
    ) -> Result<Value, ServiceError> {
        let named = self.described(cx, input.needed_key_id("KeyId")?)?;
        Ok(json!({"KeyMetadata": metadata(&named.key)}))
    }

    pub(super) fn described(&self, cx: &mut Cx<'_>, text: &str) -> Result<Named, ServiceError> {
        cx.trace.parameter("keyId", text);
        let named = self.resolve(cx, text)?;
        self.check_tokens(cx)?;
        let ask = Ask {
            alias: named.alias.as_deref(),
            ..Ask::default()
        };
        self.authorise(cx, "DescribeKey", &named.key, ask)?;
        Ok(named)
    }

    pub(super) fn get_key_policy(
        &self,
        cx: &mut Cx<'_>,
        input: Input<'_>,
    ) -> Result<Value, ServiceError> {
        let key = self.shown(cx, input, "GetKeyPolicy")?;
        policy_name(cx, input)?;
        Ok(json!({"Policy": key.key.meta.policy, "PolicyName": POLICY_NAME}))
    }

    /// The key that a call without other conditions is about, when the caller may make it.
    pub(super) fn shown(
        &self,
        cx: &mut Cx<'_>,
        input: Input<'_>,
        action: &str,
    ) -> Result<Named, ServiceError> {
        let text = input.needed_key_id("KeyId")?;
        cx.trace.parameter("keyId", text);
        let named = self.resolve(cx, text)?;
        self.authorise(cx, action, &named.key, Ask::default())?;
        Ok(named)
    }
}

/// The name of a key policy can be one only.
pub(super) fn policy_name(cx: &mut Cx<'_>, input: Input<'_>) -> Result<(), ServiceError> {
    let name = input.text("PolicyName", (1, 128))?.unwrap_or(POLICY_NAME);
    cx.trace.parameter("policyName", name);
    if name == POLICY_NAME {
        Ok(())
    } else {
        Err(ServiceError::new(
            "NotFoundException",
            "No such policy exists",
        ))
    }
}

/// A name or value of a tag within the bounds.
pub(super) fn fits_tag(text: &str, lengths: std::ops::RangeInclusive<usize>) -> bool {
    let is_fit = |c: char| c.is_alphanumeric() || c.is_whitespace() || "_.:/=+-@".contains(c);
    lengths.contains(&text.chars().count()) && text.chars().all(is_fit)
}

/// Tags of the input: names and values.
pub(super) fn tags<'a>(input: Input<'a>) -> Result<Vec<(&'a str, &'a str)>, ServiceError> {
    let tag_error = |message: &str| Err(ServiceError::new("TagException", message));
    let mut tags: Vec<(&str, &str)> = Vec::new();
    for tag in input.list("Tags")?.unwrap_or_default() {
        let Some(members) = tag.as_object() else {
            return Err(invalid("a tag is an object with TagKey and TagValue"));
        };
        let name = Input(members).needed("TagKey", (1, 128))?;
        let value = Input(members).needed("TagValue", (0, 256))?;
        if !fits_tag(name, 1..=128) || !fits_tag(value, 0..=256) {
            return tag_error("a tag holds characters that are not allowed");
        }
        if name
            .get(..4)
            .is_some_and(|prefix| prefix.eq_ignore_ascii_case("aws:"))
        {
            return tag_error("tags that begin with aws: are reserved");
        }
        if tags.iter().any(|(other, _)| *other == name) {
            return tag_error("a tag is given twice");
        }
        tags.push((name, value));
    }
    Ok(tags)
}
