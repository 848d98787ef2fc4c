//! What `AssumeRole` was asked for, held against the rules of its input.

use std::collections::BTreeMap;

use rempart_aws_wire::ServiceError;
use rempart_policy::document::{Policy, PolicyKind};
use serde_json::{Map, Value};

use super::invalid;

/// Most session tags (STS API reference, `AssumeRole`).
const MOST_TAGS: usize = 50;
/// Most ARNs of managed session policies.
const MOST_POLICY_ARNS: usize = 10;
/// Longest session policies together, in characters.
const LONGEST_POLICY: usize = 2_048;

/// What `AssumeRole` was asked for.
pub(super) struct Asked {
    pub(super) role: String,
    pub(super) name: String,
    pub(super) policies: Vec<String>,
    pub(super) policy_arns: Vec<String>,
    pub(super) duration: Option<u32>,
    pub(super) tags: BTreeMap<String, String>,
    pub(super) transitive: Vec<String>,
    pub(super) external_id: Option<String>,
    pub(super) source_identity: Option<String>,
    pub(super) context: Option<ProvidedContext>,
}

/// A token that says for whom the session acts.
pub(super) struct ProvidedContext {
    pub(super) provider: String,
    pub(super) assertion: String,
}

impl Asked {
    pub(super) fn read(input: &Map<String, Value>) -> Result<Self, ServiceError> {
        for name in ["SerialNumber", "TokenCode"] {
            if input.get(name).is_some_and(|value| !value.is_null()) {
                return Err(invalid(format!(
                    "{name} is not supported by this store: MFA devices are not kept here"
                )));
            }
        }
        let required =
            |name: &str| text(input, name)?.ok_or_else(|| invalid(format!("{name} is required")));
        let (role, name) = (required("RoleArn")?, required("RoleSessionName")?);
        if !(20..=2_048).contains(&role.len()) {
            return Err(invalid("RoleArn has 20 to 2048 characters"));
        }
        checked(&name, "RoleSessionName", 64, b"_+=,.@-")?;
        let external_id = text(input, "ExternalId")?;
        if let Some(id) = &external_id {
            checked(id, "ExternalId", 1_224, b"_+=,.@:/-")?;
        }
        let source_identity = text(input, "SourceIdentity")?;
        if let Some(identity) = &source_identity {
            checked(identity, "SourceIdentity", 64, b"_+=,.@-")?;
            if identity.to_ascii_lowercase().starts_with("aws:") {
                return Err(invalid("SourceIdentity cannot begin with aws:"));
            }
        }
        let duration = match input.get("DurationSeconds") {
            None | Some(Value::Null) => None,
            Some(value) => match value.as_u64().map(u32::try_from) {
                Some(Ok(seconds)) => Some(seconds),
                _ => {
                    return Err(invalid(
                        "DurationSeconds is a number of seconds, 900 to 43200",
                    ));
                }
            },
        };
        let (policies, policy_arns) = policies(input)?;
        let tags = tags(input)?;
        let transitive = transitive(input, &tags)?;
        Ok(Self {
            role,
            name,
            policies,
            policy_arns,
            duration,
            tags,
            transitive,
            external_id,
            source_identity,
            context: context(input)?,
        })
    }
}

fn text(input: &Map<String, Value>, name: &str) -> Result<Option<String>, ServiceError> {
    match input.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(invalid(format!("{name} is text"))),
    }
}

fn list<'v>(input: &'v Map<String, Value>, name: &str) -> Result<&'v [Value], ServiceError> {
    match input.get(name) {
        None | Some(Value::Null) => Ok(&[]),
        Some(Value::Array(items)) => Ok(items),
        Some(_) => Err(invalid(format!("{name} is a list"))),
    }
}

fn member(item: &Value, name: &str) -> String {
    let text = item.get(name).and_then(Value::as_str);
    text.unwrap_or_default().to_owned()
}

fn checked(text: &str, name: &str, longest: usize, others: &[u8]) -> Result<(), ServiceError> {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || others.contains(&byte);
    if (2..=longest).contains(&text.len()) && text.bytes().all(is_allowed) {
        return Ok(());
    }
    let others = String::from_utf8_lossy(others);
    Err(invalid(format!(
        "{name} has 2 to {longest} letters, digits and {others}"
    )))
}

fn policies(input: &Map<String, Value>) -> Result<(Vec<String>, Vec<String>), ServiceError> {
    let mut policies = Vec::new();
    let mut length = 0;
    if let Some(policy) = text(input, "Policy")? {
        length += policy.chars().count();
        if let Err(error) = Policy::parse(&policy, PolicyKind::Session) {
            return Err(ServiceError::new(
                "MalformedPolicyDocument",
                error.to_string(),
            ));
        }
        policies.push(policy);
    }
    let mut arns = Vec::new();
    for item in list(input, "PolicyArns")? {
        let arn = member(item, "arn");
        length += arn.chars().count();
        arns.push(arn);
    }
    if arns.len() > MOST_POLICY_ARNS {
        return Err(invalid(format!("More than {MOST_POLICY_ARNS} PolicyArns")));
    }
    if length > LONGEST_POLICY {
        return Err(super::too_large());
    }
    Ok((policies, arns))
}

fn tags(input: &Map<String, Value>) -> Result<BTreeMap<String, String>, ServiceError> {
    let items = list(input, "Tags")?;
    if items.len() > MOST_TAGS {
        return Err(invalid(format!("More than {MOST_TAGS} session tags")));
    }
    let mut tags: BTreeMap<String, String> = BTreeMap::new();
    // Letters, numbers, spaces and a few signs, as for all tags of IAM.
    let is_sign =
        |letter: char| letter.is_alphanumeric() || letter == ' ' || "_.:/=+-@".contains(letter);
    for tag in items {
        let (key, value) = (member(tag, "Key"), member(tag, "Value"));
        if !(1..=128).contains(&key.chars().count())
            || value.chars().count() > 256
            || key.to_ascii_lowercase().starts_with("aws:")
            || !key.chars().chain(value.chars()).all(is_sign)
        {
            return Err(invalid(
                "A session tag has a key of 1 to 128 and a value of up to 256 letters, digits, spaces and _.:/=+-@",
            ));
        }
        if tags.keys().any(|other| is_same(other, &key)) {
            return Err(invalid("Two session tags have the same key"));
        }
        tags.insert(key, value);
    }
    Ok(tags)
}

/// Keys of tags know no case.
pub(super) fn is_same(key: &str, other: &str) -> bool {
    key.to_lowercase() == other.to_lowercase()
}

fn transitive(
    input: &Map<String, Value>,
    tags: &BTreeMap<String, String>,
) -> Result<Vec<String>, ServiceError> {
    let mut transitive = Vec::new();
    for key in list(input, "TransitiveTagKeys")? {
        let key = key.as_str().unwrap_or_default();
        if !tags.contains_key(key) {
            return Err(invalid("TransitiveTagKeys names a tag that is not passed"));
        }
        transitive.push(key.to_owned());
    }
    Ok(transitive)
}

fn context(input: &Map<String, Value>) -> Result<Option<ProvidedContext>, ServiceError> {
    match list(input, "ProvidedContexts")? {
        [] => Ok(None),
        [item] => Ok(Some(ProvidedContext {
            provider: member(item, "ProviderArn"),
            assertion: member(item, "ContextAssertion"),
        })),
        _ => Err(invalid("This store takes one of ProvidedContexts")),
    }
}
