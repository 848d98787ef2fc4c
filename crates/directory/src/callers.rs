//! Users, sessions and services as the policy engine and CloudTrail know them.

use std::sync::Arc;

use jiff::Timestamp;
use rempart_aws_model::AccountId;
use rempart_policy::context::{Context, KeyName, KeyState};
use rempart_policy::document::{Policy, PolicyKind};
use rempart_policy::{CompiledPolicy, Known, Principal, PrincipalFacts, Stack};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::caller::{Caller, SessionKey};
use crate::model::{AccessKey, Directory, Identity};
use crate::sts::TRANSITIVE;
use crate::token::Session;

/// The user of an access key, or the root user.
pub(crate) fn of_user(directory: &Directory, access_key: &str, key: &AccessKey) -> Option<Caller> {
    let Some(name) = &key.user else {
        return Some(of_root(directory, Some(access_key), key.account));
    };
    let user = directory.accounts.get(&key.account)?.users.get(name)?;
    Some(user_caller(directory, user, Some(access_key)))
}

/// The user, role or root user of an ARN, for an operator's work.
pub(crate) fn of_arn(directory: &Directory, arn: &str) -> Option<Caller> {
    let account = AccountId::parse(arn.split(':').nth(4)?).ok()?;
    let known = directory.accounts.get(&account)?;
    if arn.ends_with(":root") {
        return Some(of_root(directory, None, account));
    }
    if arn.contains(":role/") {
        return of_role(directory, arn, "operator");
    }
    let user = known.users.values().find(|user| user.arn == arn)?;
    Some(user_caller(directory, user, None))
}

fn user_caller(directory: &Directory, user: &Identity, access_key: Option<&str>) -> Caller {
    let mut context = context_of(directory, user);
    set(&mut context, "aws:userid", &user.unique_id);
    set(&mut context, "aws:username", &user.name);
    set(&mut context, "aws:PrincipalArn", &user.arn);
    set(&mut context, "aws:PrincipalType", "User");
    let mut identity = json!({
        "type": "IAMUser",
        "principalId": user.unique_id,
        "arn": user.arn,
        "accountId": user.account.as_str(),
        "userName": user.name,
    });
    with_access_key(&mut identity, access_key);
    Caller {
        principal: Principal::User {
            arn: user.arn.as_str().into(),
            account: user.account,
        },
        account: Some(user.account),
        facts: facts(directory, user, user.unique_id.clone()),
        stack: stack(directory, user, Vec::new()),
        context,
        session: session_key(&["user", &user.arn, access_key.unwrap_or_default()]),
        user_identity: Arc::new(identity),
    }
}

fn with_access_key(identity: &mut Value, access_key: Option<&str>) {
    if let (Some(key), Some(members)) = (access_key, identity.as_object_mut()) {
        members.insert("accessKeyId".to_owned(), json!(key));
    }
}

/// The root user: no policy of its account limits it.
fn of_root(directory: &Directory, access_key: Option<&str>, account: AccountId) -> Caller {
    let arn = format!("arn:{}:iam::{account}:root", directory.partition);
    let mut context = Context::new();
    of_account(directory, account, &mut context);
    set(&mut context, "aws:userid", account.as_str());
    let mut identity = json!({
        "type": "Root",
        "principalId": account.as_str(),
        "arn": arn,
        "accountId": account.as_str(),
    });
    with_access_key(&mut identity, access_key);
    let entry = directory.accounts.get(&account);
    let levels = entry.map(|it| it.service_control.clone());
    let session = session_key(&["root", &arn, access_key.unwrap_or_default()]);
    Caller {
        principal: Principal::Root {
            arn: arn.into(),
            account,
        },
        account: Some(account),
        facts: PrincipalFacts {
            is_management_account: entry.is_some_and(|it| it.is_management),
            ..PrincipalFacts::default()
        },
        stack: Stack {
            service_control: Known::Is(levels.unwrap_or_default()),
            ..Stack::default()
        },
        context,
        session,
        user_identity: Arc::new(identity),
    }
}

/// A session of a role. `None` when the role is gone, was made anew under its old name, or a session
/// policy does not read or is gone.
pub(crate) fn of_session(
    directory: &Directory,
    access_key: &str,
    session: &Session,
) -> Option<Caller> {
    let role = directory.role(&session.role)?;
    if role.unique_id != session.role_id {
        return None;
    }
    let inline = session.policies.iter().enumerate().map(|(number, text)| {
        let policy = Policy::parse(text, PolicyKind::Session).ok()?;
        let name = format!("session policy {}", number + 1);
        Some(Arc::new(CompiledPolicy::new(&name, Arc::new(policy))))
    });
    let managed = session.policy_arns.iter().map(|arn| {
        let managed = directory.managed_policy(role.account, arn)?;
        Some(Arc::clone(managed))
    });
    let policies = inline.chain(managed).collect::<Option<Vec<_>>>()?;
    let mut caller = session_caller(directory, role, &session.name, policies, session.issued);
    for (key, value) in &session.tags {
        set(
            &mut caller.context,
            &format!("aws:PrincipalTag/{key}"),
            value,
        );
    }
    if !session.transitive.is_empty() {
        let keys = session.transitive.iter().map(|key| key.as_str().into());
        let state = KeyState::Several(keys.collect());
        caller.context.set(KeyName::new(TRANSITIVE), state);
    }
    if let Some(identity) = &session.source_identity {
        set(&mut caller.context, "aws:SourceIdentity", identity);
    }
    caller.session = session_key(&["session", access_key, &session.digest]);
    let mut identity = (*caller.user_identity).clone();
    if let Some(members) = identity.as_object_mut() {
        members.insert("accessKeyId".to_owned(), json!(access_key));
        if let Some((issuer, subject)) = &session.on_behalf_of {
            members.insert(
                "onBehalfOf".to_owned(),
                json!({"userId": subject, "identityStoreArn": issuer}),
            );
        }
    }
    if let Some(source) = &session.source_identity
        && let Some(Value::Object(inner)) = identity.get_mut("sessionContext")
    {
        inner.insert("sourceIdentity".to_owned(), json!(source));
    }
    caller.user_identity = Arc::new(identity);
    Some(caller)
}

/// A role as a service assumes it.
pub(crate) fn of_role(directory: &Directory, arn: &str, session_name: &str) -> Option<Caller> {
    let role = directory.role(arn)?;
    Some(session_caller(directory, role, session_name, Vec::new(), 0))
}

/// A service of AWS.
pub(crate) fn of_service(name: &str) -> Caller {
    Caller {
        principal: Principal::Service { name: name.into() },
        account: None,
        facts: PrincipalFacts::default(),
        stack: Stack::default(),
        context: Context::new(),
        session: session_key(&["service", name]),
        user_identity: Arc::new(json!({"type": "AWSService", "invokedBy": name})),
    }
}

fn session_caller(
    directory: &Directory,
    role: &Arc<Identity>,
    name: &str,
    policies: Vec<Arc<CompiledPolicy>>,
    issued: i64,
) -> Caller {
    let arn = format!(
        "arn:{}:sts::{}:assumed-role/{}/{name}",
        directory.partition, role.account, role.name
    );
    let user_id = format!("{}:{name}", role.unique_id);
    let mut context = context_of(directory, role);
    set(&mut context, "aws:userid", &user_id);
    set(&mut context, "aws:PrincipalArn", &role.arn);
    set(&mut context, "aws:PrincipalType", "AssumedRole");
    // There for temporary credentials, whether or not a device was used. None is known here.
    set(&mut context, "aws:MultiFactorAuthPresent", "false");
    let issued = Timestamp::from_second(issued).unwrap_or_default();
    if issued != Timestamp::UNIX_EPOCH {
        set(&mut context, "aws:TokenIssueTime", &issued.to_string());
    }
    let mut attributes = json!({"mfaAuthenticated": "false"});
    if issued != Timestamp::UNIX_EPOCH
        && let Some(members) = attributes.as_object_mut()
    {
        members.insert("creationDate".to_owned(), json!(issued.to_string()));
    }
    let identity = json!({
        "type": "AssumedRole",
        "principalId": user_id,
        "arn": arn,
        "accountId": role.account.as_str(),
        "sessionContext": {
            "sessionIssuer": {
                "type": "Role",
                "principalId": role.unique_id,
                "arn": role.arn,
                "accountId": role.account.as_str(),
                "userName": role.name,
            },
            "attributes": attributes,
        },
    });
    Caller {
        principal: Principal::RoleSession {
            arn: arn.as_str().into(),
            account: role.account,
            role_name: role.name.as_str().into(),
            role_arn: Some(role.arn.as_str().into()),
        },
        account: Some(role.account),
        facts: facts(directory, role, user_id),
        stack: stack(directory, role, policies),
        context,
        session: session_key(&["role", &role.arn, name]),
        user_identity: Arc::new(identity),
    }
}

fn facts(directory: &Directory, identity: &Identity, unique_id: String) -> PrincipalFacts {
    let account = directory.accounts.get(&identity.account);
    PrincipalFacts {
        // The path of a role, which is known here, tells by itself.
        is_service_linked_role: false,
        is_management_account: account.is_some_and(|it| it.is_management),
        unique_id: Some(unique_id.into()),
    }
}

fn stack(directory: &Directory, identity: &Identity, session: Vec<Arc<CompiledPolicy>>) -> Stack {
    let account = directory.accounts.get(&identity.account);
    Stack {
        identity: Known::Is(identity.policies.clone()),
        boundary: Known::Is(identity.boundary.clone()),
        session: Known::Is(session),
        service_control: Known::Is(
            account
                .map(|it| it.service_control.clone())
                .unwrap_or_default(),
        ),
        ..Stack::default()
    }
}

fn context_of(directory: &Directory, identity: &Identity) -> Context {
    let mut context = Context::new();
    for (key, value) in &identity.tags {
        set(&mut context, &format!("aws:PrincipalTag/{key}"), value);
    }
    of_account(directory, identity.account, &mut context);
    context
}

/// Keys of the account. Those that the engine would derive are set here as well: once for a session,
/// not for each of its requests.
fn of_account(directory: &Directory, account: AccountId, context: &mut Context) {
    set(context, "aws:PrincipalAccount", account.as_str());
    set(context, "aws:PrincipalIsAWSService", "false");
    if let Some(organization) = &directory.organization {
        set(context, "aws:PrincipalOrgID", &organization.id);
    }
    let entry = directory.accounts.get(&account);
    if let Some(path) = entry.and_then(|entry| entry.path.clone()) {
        context.set(KeyName::new("aws:PrincipalOrgPaths"), path);
    }
}

fn set(context: &mut Context, key: &str, value: &str) {
    context.set(KeyName::new(key), KeyState::Single(value.into()));
}

fn session_key(parts: &[&str]) -> SessionKey {
    let mut digest = Sha256::new();
    for part in parts {
        digest.update((part.len() as u64).to_le_bytes());
        digest.update(part.as_bytes());
    }
    let whole: [u8; 32] = digest.finalize().into();
    let mut key = [0; 16];
    for (to, from) in key.iter_mut().zip(whole) {
        *to = from;
    }
    SessionKey(key)
}
