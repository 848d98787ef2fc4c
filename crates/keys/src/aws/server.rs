//! The server as AWS sees it.

use std::sync::Arc;

use rempart_directory::{Caller, SessionKey};
use rempart_policy::context::{Context, KeyName, KeyState};
use rempart_policy::{Principal, PrincipalFacts, Stack};
use ring::digest::{SHA256, digest};
use serde_json::json;

use super::AwsKmsError;

/// Whether the store asks for itself.
pub(super) fn is_service(caller: &Caller) -> bool {
    matches!(caller.principal, Principal::Service { .. })
}

/// The principal whose credentials the server has. Its policies are not known here and so allow nothing:
/// what the store does it does under grants, or under a key policy that names this principal.
pub(super) fn caller(arn: &str) -> Result<Caller, AwsKmsError> {
    let unfit = || AwsKmsError::Principal(arn.to_owned());
    let principal = Principal::parse(arn).map_err(|_| unfit())?;
    let kind = match &principal {
        Principal::Role { .. } => "AssumedRole",
        Principal::User { .. } => "User",
        _ => return Err(unfit()),
    };
    let account = principal.account().ok_or_else(unfit)?;
    let mut context = Context::new();
    for (name, value) in [
        ("aws:PrincipalArn", arn),
        ("aws:PrincipalAccount", account.as_str()),
        ("aws:PrincipalType", kind),
    ] {
        context.set(KeyName::new(name), KeyState::Single(value.into()));
    }
    let digest = digest(&SHA256, arn.as_bytes());
    Ok(Caller {
        account: Some(account),
        principal,
        facts: PrincipalFacts::default(),
        stack: Stack::default(),
        context,
        session: SessionKey(digest.as_ref().first_chunk().copied().unwrap_or_default()),
        user_identity: Arc::new(json!({"type": kind, "arn": arn, "accountId": account.as_str()})),
    })
}
