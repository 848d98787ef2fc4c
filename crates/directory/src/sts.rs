//! `sts`: `GetCallerIdentity` and `AssumeRole`.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use jiff::Timestamp;
use rempart_aws_model::ActionName;
use rempart_aws_wire::ServiceError;
use rempart_policy::context::{KeyName, KeyState};
use rempart_policy::document::{Policy, PolicyKind};
use rempart_policy::{Particulars, Principal, ResourceFacts};
use serde_json::{Map, Value, json};
use zeroize::Zeroizing;

use crate::caller::{Caller, Connection};
use crate::live::{Live, State};
use crate::model::Identity;
use crate::question::{Question, Verdict};
use crate::token::Session;

/// Length of a session that asks for none, in seconds (STS API reference, `AssumeRole`).
const DEFAULT_DURATION: u32 = 3_600;
/// Longest session of a session (IAM User Guide, "Role chaining").
const LONGEST_CHAINED: u32 = 3_600;
/// Most session tags.
const MOST_TAGS: usize = 50;
/// Longest session policy, in characters.
const LONGEST_POLICY: usize = 2_048;
/// The condition key of this program's own that carries which tags go on to the next session.
pub(crate) const TRANSITIVE: &str = "rempart:TransitiveTagKeys";

static ASSUME_ROLE: LazyLock<Option<ActionName>> =
    LazyLock::new(|| ActionName::parse("sts:AssumeRole").ok());
static TAG_SESSION: LazyLock<Option<ActionName>> =
    LazyLock::new(|| ActionName::parse("sts:TagSession").ok());
static SET_SOURCE_IDENTITY: LazyLock<Option<ActionName>> =
    LazyLock::new(|| ActionName::parse("sts:SetSourceIdentity").ok());

/// What `AssumeRole` was asked for.
struct Asked {
    role: String,
    name: String,
    policies: Vec<String>,
    duration: Option<u32>,
    tags: BTreeMap<String, String>,
    transitive: Vec<String>,
    external_id: Option<String>,
    source_identity: Option<String>,
}

impl Live {
    /// Answers an operation of STS.
    ///
    /// # Errors
    /// As STS answers: `AccessDenied`, `ValidationError`, `MalformedPolicyDocument`…
    pub fn sts(
        &self,
        caller: &Caller,
        connection: &Connection,
        operation: &str,
        input: &Map<String, Value>,
    ) -> Result<Value, ServiceError> {
        match operation {
            // Nobody needs a permission for it, and no Deny stops it.
            "GetCallerIdentity" => Ok(identity(caller)),
            "AssumeRole" => self.assume_role(caller, connection, input),
            other => Err(ServiceError::new(
                "InvalidAction",
                format!("Could not find operation {other} for version 2011-06-15"),
            )),
        }
    }

    fn assume_role(
        &self,
        caller: &Caller,
        connection: &Connection,
        input: &Map<String, Value>,
    ) -> Result<Value, ServiceError> {
        let state = self.state();
        let asked = Asked::read(input)?;
        let role = state.directory.role(&asked.role);
        let Some(role) = role else {
            // The same as for a role that does not trust the caller.
            let who = caller.principal.as_str();
            let text = format!(
                "User: {who} is not authorized to perform: sts:AssumeRole on resource: {}",
                asked.role
            );
            return Err(ServiceError::new("AccessDenied", text).with_status(403));
        };
        let inherited = inherited(caller);
        allowed(&state, caller, connection, role, &asked)?;
        let is_chained = matches!(caller.principal, Principal::RoleSession { .. });
        let longest = if is_chained {
            LONGEST_CHAINED
        } else {
            role.longest_session
        };
        let duration = asked.duration.unwrap_or(DEFAULT_DURATION.min(longest));
        if !(900..=longest).contains(&duration) {
            return Err(invalid(format!(
                "The requested DurationSeconds must be 900 to {longest} for this role{}",
                if is_chained {
                    " when it is assumed by a role"
                } else {
                    ""
                }
            )));
        }
        let mut tags = asked.tags;
        let mut transitive = asked.transitive;
        for (key, value) in inherited {
            if tags.contains_key(&key) {
                return Err(invalid(format!(
                    "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the calling session: {key}"
                )));
            }
            transitive.push(key.clone());
            tags.insert(key, value);
        }
        let source = caller.context.get(&KeyName::new("aws:SourceIdentity"));
        let source_identity = match source.map(KeyState::values) {
            Some([set, ..]) => Some(set.to_string()),
            _ => asked.source_identity,
        };
        self.answer(
            role,
            connection.time,
            duration,
            Session {
                role: role.arn.clone(),
                name: asked.name,
                secret: Zeroizing::new(String::new()),
                issued: connection.time.as_second(),
                expires: connection.time.as_second() + i64::from(duration),
                policies: asked.policies,
                tags,
                transitive,
                source_identity,
                on_behalf_of: None,
                digest: String::new(),
            },
        )
    }

    /// Makes the credentials of a session.
    fn answer(
        &self,
        role: &Identity,
        now: Timestamp,
        duration: u32,
        mut session: Session,
    ) -> Result<Value, ServiceError> {
        let failed = |_| {
            ServiceError::new("InternalFailure", "The credentials could not be made")
                .with_status(500)
        };
        let access_key = format!(
            "ASIA{}",
            self.sealer.random_text(KEY_LETTERS, 16).map_err(failed)?
        );
        session.secret = Zeroizing::new(
            self.sealer
                .random_text(SECRET_LETTERS, 40)
                .map_err(failed)?,
        );
        let token = session.seal(&self.sealer, &access_key).map_err(failed)?;
        let expires = now.as_second() + i64::from(duration);
        let partition = role.arn.split(':').nth(1).unwrap_or("aws");
        let arn = format!(
            "arn:{partition}:sts::{}:assumed-role/{}/{}",
            role.account, role.name, session.name
        );
        let mut answer = json!({
            "Credentials": {
                "AccessKeyId": access_key,
                "SecretAccessKey": session.secret.as_str(),
                "SessionToken": token,
                "Expiration": expires,
            },
            "AssumedRoleUser": {
                "AssumedRoleId": format!("{}:{}", role.unique_id, session.name),
                "Arn": arn,
            },
        });
        if let (Some(source), Some(members)) = (session.source_identity, answer.as_object_mut()) {
            members.insert("SourceIdentity".to_owned(), json!(source));
        }
        Ok(answer)
    }
}

/// Letters of access key ids.
pub(crate) const KEY_LETTERS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
/// Letters of secrets.
pub(crate) const SECRET_LETTERS: &[u8; 64] =
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

fn identity(caller: &Caller) -> Value {
    let text = |name: &str| caller.user_identity.get(name).and_then(Value::as_str);
    json!({
        "UserId": text("principalId").unwrap_or_default(),
        "Account": caller.account.map(|account| account.as_str().to_owned()).unwrap_or_default(),
        "Arn": caller.principal.as_str(),
    })
}

/// Tags of the caller's session that go on.
fn inherited(caller: &Caller) -> BTreeMap<String, String> {
    let mut tags = BTreeMap::new();
    let keys = caller.context.get(&KeyName::new(TRANSITIVE));
    for key in keys.map(KeyState::values).unwrap_or_default() {
        let value = caller
            .context
            .get(&KeyName::new(&format!("aws:PrincipalTag/{key}")));
        if let Some([value, ..]) = value.map(KeyState::values) {
            tags.insert(key.to_string(), value.to_string());
        }
    }
    tags
}

/// Asks for each action that the call is.
fn allowed(
    state: &State,
    caller: &Caller,
    connection: &Connection,
    role: &Identity,
    asked: &Asked,
) -> Result<(), ServiceError> {
    let single = |name: &str, value: &str| (KeyName::new(name), KeyState::Single(value.into()));
    let several = |name: &str, values: &mut dyn Iterator<Item = &String>| {
        let values = values.map(|value| value.as_str().into()).collect();
        (KeyName::new(name), KeyState::Several(values))
    };
    let mut keys = vec![single("sts:RoleSessionName", &asked.name)];
    if let Some(id) = &asked.external_id {
        keys.push(single("sts:ExternalId", id));
    }
    if let Some(identity) = &asked.source_identity {
        keys.push(single("sts:SourceIdentity", identity));
    }
    if !asked.tags.is_empty() {
        for (key, value) in &asked.tags {
            keys.push(single(&format!("aws:RequestTag/{key}"), value));
        }
        keys.push(several("aws:TagKeys", &mut asked.tags.keys()));
    }
    if !asked.transitive.is_empty() {
        keys.push(several(
            "sts:TransitiveTagKeys",
            &mut asked.transitive.iter(),
        ));
    }
    for (key, value) in &role.tags {
        keys.push(single(&format!("aws:ResourceTag/{key}"), value));
        keys.push(single(&format!("iam:ResourceTag/{key}"), value));
    }
    let needed = [
        (true, &*ASSUME_ROLE),
        (!asked.tags.is_empty(), &*TAG_SESSION),
        (asked.source_identity.is_some(), &*SET_SOURCE_IDENTITY),
    ];
    for (_, action) in needed.into_iter().filter(|(is_needed, _)| *is_needed) {
        let Some(action) = action else {
            return Err(
                ServiceError::new("InternalFailure", "An action is unknown").with_status(500)
            );
        };
        let question = Question {
            action,
            resource: &role.arn,
            resource_account: Some(role.account),
            keys: keys.clone(),
            via: None,
            resource_policy: role.trust.clone(),
            grants: Vec::new(),
            resource_facts: ResourceFacts::default(),
            particulars: Particulars::default(),
        };
        if let Verdict::Denied { message, .. } = state.may(caller, connection, &question) {
            return Err(ServiceError::new("AccessDenied", message).with_status(403));
        }
    }
    Ok(())
}

impl Asked {
    fn read(input: &Map<String, Value>) -> Result<Self, ServiceError> {
        let text = |name: &str| input.get(name).and_then(Value::as_str).map(str::to_owned);
        for (name, why) in [
            ("SerialNumber", "MFA devices are not kept here"),
            ("TokenCode", "MFA devices are not kept here"),
            ("ProvidedContexts", "no issuer of tokens is configured"),
            ("PolicyArns", "give the policy in `Policy`"),
        ] {
            let is_given = input.get(name).is_some_and(|value| match value {
                Value::Array(items) => !items.is_empty(),
                other => !other.is_null(),
            });
            if is_given {
                return Err(invalid(format!(
                    "{name} is not supported by this store: {why}"
                )));
            }
        }
        let required =
            |name: &str| text(name).ok_or_else(|| invalid(format!("{name} is required")));
        let (role, name) = (required("RoleArn")?, required("RoleSessionName")?);
        let is_name = (2..=64).contains(&name.len())
            && name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"_+=,.@-".contains(&byte));
        if !is_name {
            return Err(invalid(
                "RoleSessionName has 2 to 64 of the characters [\\w+=,.@-]",
            ));
        }
        let mut policies = Vec::new();
        if let Some(policy) = text("Policy") {
            if policy.chars().count() > LONGEST_POLICY {
                return Err(ServiceError::new(
                    "PackedPolicyTooLarge",
                    "The session policy is too long",
                ));
            }
            if let Err(error) = Policy::parse(&policy, PolicyKind::Session) {
                return Err(ServiceError::new(
                    "MalformedPolicyDocument",
                    error.to_string(),
                ));
            }
            policies.push(policy);
        }
        let tags = tags(input)?;
        let mut transitive = Vec::new();
        for key in input
            .get("TransitiveTagKeys")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
        {
            let key = key.as_str().unwrap_or_default();
            if !tags.contains_key(key) {
                return Err(invalid("TransitiveTagKeys names a tag that is not passed"));
            }
            transitive.push(key.to_owned());
        }
        Ok(Self {
            role,
            name,
            policies,
            duration: input
                .get("DurationSeconds")
                .and_then(Value::as_u64)
                .map(|seconds| u32::try_from(seconds).unwrap_or(u32::MAX)),
            tags,
            transitive,
            external_id: text("ExternalId"),
            source_identity: text("SourceIdentity"),
        })
    }
}

fn tags(input: &Map<String, Value>) -> Result<BTreeMap<String, String>, ServiceError> {
    let mut tags = BTreeMap::new();
    for tag in input
        .get("Tags")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
    {
        let part = |name: &str| {
            tag.get(name)
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned()
        };
        let (key, value) = (part("Key"), part("Value"));
        if key.is_empty() || key.len() > 128 || value.len() > 256 || key.starts_with("aws:") {
            return Err(invalid(
                "A session tag has a key of 1 to 128 and a value of up to 256 characters",
            ));
        }
        if tags.insert(key, value).is_some() {
            return Err(invalid("Two session tags have the same key"));
        }
    }
    if tags.len() > MOST_TAGS {
        return Err(invalid(format!("More than {MOST_TAGS} session tags")));
    }
    Ok(tags)
}

fn invalid(message: impl Into<String>) -> ServiceError {
    ServiceError::new("ValidationError", message)
}
