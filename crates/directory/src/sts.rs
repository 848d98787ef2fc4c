//! `sts`: `GetCallerIdentity` and `AssumeRole`.

mod asked;
mod record;

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use jiff::Timestamp;
use rempart_aws_model::ActionName;
use rempart_aws_wire::ServiceError;
use rempart_policy::context::{KeyName, KeyState};
use rempart_policy::document::{Policy, PolicyKind};
use rempart_policy::{CompiledPolicy, Particulars, Principal, ResourceFacts};
use serde_json::{Map, Value, json};
use zeroize::Zeroizing;

use crate::caller::{Caller, Connection};
use crate::jwt::Verified;
use crate::live::{Live, State};
use crate::model::{Directory, Identity};
use crate::question::{Question, Verdict};
use crate::token::{LONGEST, Session};
use asked::{Asked, ProvidedContext, is_same};

/// Length of a session that asks for none, in seconds (STS API reference, `AssumeRole`).
const DEFAULT_DURATION: u32 = 3_600;
/// Shortest session.
const SHORTEST: u32 = 900;
/// Longest session of a session (IAM User Guide, "Role chaining").
const LONGEST_CHAINED: u32 = 3_600;
/// The condition key of this program's own that carries which tags go on to the next session.
pub(crate) const TRANSITIVE: &str = "rempart:TransitiveTagKeys";

static ASSUME_ROLE: LazyLock<Option<ActionName>> =
    LazyLock::new(|| ActionName::parse("sts:AssumeRole").ok());
static TAG_SESSION: LazyLock<Option<ActionName>> =
    LazyLock::new(|| ActionName::parse("sts:TagSession").ok());
static SET_SOURCE_IDENTITY: LazyLock<Option<ActionName>> =
    LazyLock::new(|| ActionName::parse("sts:SetSourceIdentity").ok());
static SET_CONTEXT: LazyLock<Option<ActionName>> =
    LazyLock::new(|| ActionName::parse("sts:SetContext").ok());
/// Trusts nobody. A role that is not there is refused as one that does not trust the caller is.
static NOBODY: LazyLock<Option<Arc<CompiledPolicy>>> = LazyLock::new(|| {
    let text = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow",
        "Principal": {"AWS": "AIDAAAAAAAAAAAAAAAAAA"}, "Action": "sts:AssumeRole"}]}"#;
    let policy = Policy::parse(text, PolicyKind::RoleTrust).ok()?;
    Some(Arc::new(CompiledPolicy::new("none", Arc::new(policy))))
});

impl Live {
    /// Answers an operation of STS. Times in the answer are seconds since 1970.
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
                format!(
                    "Could not find operation {} for version 2011-06-15",
                    other.chars().take(128).collect::<String>()
                ),
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
        let mut asked = Asked::read(input)?;
        if matches!(caller.principal, Principal::Root { .. }) {
            return Err(denied("Roles may not be assumed by root accounts."));
        }
        asked.inherit(caller)?;
        let role = state.directory.role(&asked.role).map(|role| &**role);
        allowed(&state, caller, connection, role, &asked)?;
        let Some(role) = role else {
            // The question above was refused already: nobody is trusted.
            return Err(denied("The role cannot be assumed"));
        };
        let duration = duration(caller, role, asked.duration)?;
        for arn in &asked.policy_arns {
            if state.directory.managed_policy(role.account, arn).is_none() {
                return Err(ServiceError::new(
                    "MalformedPolicyDocument",
                    "PolicyArns names a policy that the account of the role does not have",
                ));
            }
        }
        let now = connection.time.as_second();
        let verified = match &asked.context {
            Some(context) => Some(verified(&state.directory, context, now)?),
            None => None,
        };
        self.answer(
            role,
            connection.time,
            duration,
            Session {
                role: role.arn.clone(),
                role_id: role.unique_id.clone(),
                name: asked.name,
                secret: Zeroizing::new(String::new()),
                issued: now,
                expires: now + i64::from(duration),
                policies: asked.policies,
                policy_arns: asked.policy_arns,
                tags: asked.tags,
                transitive: asked.transitive,
                source_identity: asked.source_identity,
                on_behalf_of: verified.map(|verified| (verified.issuer, verified.subject)),
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
        if token.len() > LONGEST {
            return Err(too_large());
        }
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

impl Asked {
    /// Adds what goes on from the caller's session: its transitive tags and its source identity, neither
    /// of which can be changed (IAM User Guide, "Pass session tags in AWS STS", "Monitor and control
    /// actions taken with assumed roles"). The role must let them be set, as if they were passed anew.
    fn inherit(&mut self, caller: &Caller) -> Result<(), ServiceError> {
        let keys = caller.context.get(&KeyName::new(TRANSITIVE));
        for key in keys.map(KeyState::values).unwrap_or_default() {
            if self.tags.keys().any(|own| is_same(own, key)) {
                return Err(invalid(format!(
                    "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the calling session: {key}"
                )));
            }
            let name = KeyName::new(&format!("aws:PrincipalTag/{key}"));
            let value = caller.context.get(&name).map(KeyState::values);
            if let Some([value, ..]) = value {
                self.tags.insert(key.to_string(), value.to_string());
                self.transitive.push(key.to_string());
            }
        }
        let set = caller.context.get(&KeyName::new("aws:SourceIdentity"));
        if let Some([set, ..]) = set.map(KeyState::values) {
            let is_other = |asked: &String| **asked != **set;
            if self.source_identity.as_ref().is_some_and(is_other) {
                return Err(denied(
                    "The source identity of the calling session cannot be changed",
                ));
            }
            self.source_identity = Some(set.to_string());
        }
        Ok(())
    }
}

fn duration(caller: &Caller, role: &Identity, asked: Option<u32>) -> Result<u32, ServiceError> {
    let is_chained = caller.principal.is_role();
    let longest = if is_chained {
        LONGEST_CHAINED
    } else {
        role.longest_session
    };
    let duration = asked.unwrap_or(DEFAULT_DURATION.min(longest));
    if (SHORTEST..=longest).contains(&duration) {
        return Ok(duration);
    }
    let chained = if is_chained {
        " when it is assumed by a role"
    } else {
        ""
    };
    Err(invalid(format!(
        "The requested DurationSeconds must be {SHORTEST} to {longest} for this role{chained}"
    )))
}

/// For whom the session acts, by a token of an issuer of the directory.
fn verified(
    directory: &Directory,
    context: &ProvidedContext,
    now: i64,
) -> Result<Verified, ServiceError> {
    let start = format!("arn:{}:iam::aws:contextProvider/", directory.partition);
    let name = context.provider.strip_prefix(&start);
    let mut issuers = directory.issuers.iter();
    let issuer = issuers.find(|issuer| name == Some(&issuer.name));
    let Some(issuer) = issuer else {
        return Err(invalid(
            "ProviderArn names no issuer of tokens of this store",
        ));
    };
    issuer.verify(&context.assertion, now).map_err(|error| {
        let text = format!("The ContextAssertion is not accepted: {error}");
        ServiceError::new("InvalidIdentityToken", text)
    })
}

/// Asks for each action that the call is.
fn allowed(
    state: &State,
    caller: &Caller,
    connection: &Connection,
    role: Option<&Identity>,
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
    if let Some(context) = &asked.context {
        let mut provider = std::iter::once(&context.provider);
        keys.push(several("sts:RequestContextProviders", &mut provider));
    }
    let tags: Option<&BTreeMap<String, String>> = role.map(|role| &role.tags);
    for (key, value) in tags.into_iter().flatten() {
        keys.push(single(&format!("aws:ResourceTag/{key}"), value));
        keys.push(single(&format!("iam:ResourceTag/{key}"), value));
    }
    let needed = [
        (true, &*ASSUME_ROLE),
        (!asked.tags.is_empty(), &*TAG_SESSION),
        (asked.source_identity.is_some(), &*SET_SOURCE_IDENTITY),
        (asked.context.is_some(), &*SET_CONTEXT),
    ];
    for (_, action) in needed.into_iter().filter(|(is_needed, _)| *is_needed) {
        let Some(action) = action else {
            return Err(
                ServiceError::new("InternalFailure", "An action is unknown").with_status(500)
            );
        };
        let question = Question {
            action,
            resource: &asked.role,
            resource_account: role.map(|role| role.account),
            keys: keys.clone(),
            via: None,
            resource_policy: match role {
                Some(role) => role.trust.clone(),
                None => NOBODY.clone(),
            },
            grants: Vec::new(),
            resource_facts: ResourceFacts::default(),
            particulars: Particulars::default(),
        };
        if let Verdict::Denied { message, .. } = state.may(caller, connection, &question) {
            return Err(denied(message));
        }
    }
    Ok(())
}

fn denied(message: impl Into<String>) -> ServiceError {
    ServiceError::new("AccessDenied", message).with_status(403)
}

fn invalid(message: impl Into<String>) -> ServiceError {
    ServiceError::new("ValidationError", message)
}

fn too_large() -> ServiceError {
    ServiceError::new(
        "PackedPolicyTooLarge",
        "Session policies and session tags are too long together",
    )
}
