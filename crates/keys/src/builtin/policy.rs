//! Key policies: reading them, those that KMS writes itself, and the check against lock-out.

use std::sync::Arc;

use rempart_aws_model::AccountId;
use rempart_aws_wire::ServiceError;
use rempart_directory::{Caller, SessionKey};
use rempart_policy::context::Context;
use rempart_policy::document::{Policy, PolicyKind};
use rempart_policy::{CompiledPolicy, Principal, PrincipalFacts, Stack};
use serde_json::{Value, json};

use super::BuiltinKms;
use super::authorise::{Ask, Cx};
use super::input::{Input, invalid};
use super::key::Key;

/// The documented quota, in bytes. The model of the API allows 131,072.
pub(super) const LONGEST_POLICY: usize = 32_768;
const LONGEST_IN_MODEL: usize = 131_072;
/// The one name that a key policy has.
pub(super) const POLICY_NAME: &str = "default";

fn malformed(message: impl Into<String>) -> ServiceError {
    ServiceError::new("MalformedPolicyDocumentException", message)
}

/// A policy, ready to decide.
pub(super) fn compiled(text: &str, arn: &str) -> Result<Arc<CompiledPolicy>, ServiceError> {
    let policy = Policy::parse(text, PolicyKind::KmsKey).map_err(|e| malformed(e.to_string()))?;
    let name = format!("key policy of {arn}");
    Ok(Arc::new(CompiledPolicy::new(&name, Arc::new(policy))))
}

/// The policy in the input, within the limits.
pub(super) fn of_input<'a>(input: Input<'a>) -> Result<Option<&'a str>, ServiceError> {
    let Some(text) = input.text("Policy", (1, LONGEST_IN_MODEL))? else {
        return Ok(None);
    };
    if text.len() > LONGEST_POLICY {
        let message = format!("a key policy holds at most {LONGEST_POLICY} bytes");
        return Err(ServiceError::new("LimitExceededException", message));
    }
    let is_fit = |c: char| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{ff}');
    if !text.chars().all(is_fit) {
        return Err(invalid(
            "the key policy holds characters that are not allowed",
        ));
    }
    Ok(Some(text))
}

/// What a key has when nothing else is said: the account is delegated everything.
pub(super) fn default_policy(partition: &str, account: AccountId) -> String {
    let root = format!("arn:{partition}:iam::{account}:root");
    text(&json!({
        "Version": "2012-10-17",
        "Id": "key-default-1",
        "Statement": [{
            "Sid": "Enable IAM User Permissions",
            "Effect": "Allow",
            "Principal": {"AWS": root},
            "Action": "kms:*",
            "Resource": "*"
        }]
    }))
}

/// The policy of an AWS managed key: everybody of the account, through the service; nobody directly.
pub(super) fn managed_policy(
    partition: &str,
    region: &str,
    account: AccountId,
    service: &str,
) -> String {
    let root = format!("arn:{partition}:iam::{account}:root");
    text(&json!({
        "Version": "2012-10-17",
        "Id": format!("auto-{service}-1"),
        "Statement": [
            {
                "Sid": format!("Allow access through {service} for all principals in the account"),
                "Effect": "Allow",
                "Principal": {"AWS": "*"},
                "Action": ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*",
                           "kms:DescribeKey"],
                "Resource": "*",
                "Condition": {"StringEquals": {
                    "kms:CallerAccount": account.as_str(),
                    "kms:ViaService": format!("{service}.{region}.amazonaws.com")
                }}
            },
            {
                "Sid": "Allow direct access to key metadata to the account",
                "Effect": "Allow",
                "Principal": {"AWS": root},
                "Action": ["kms:Describe*", "kms:Get*", "kms:List*"],
                "Resource": "*"
            }
        ]
    }))
}

/// The policy of a key that a service owns: the service alone.
pub(super) fn owned_policy(service: &str) -> String {
    text(&json!({
        "Version": "2012-10-17",
        "Id": format!("owned-{service}-1"),
        "Statement": [{
            "Effect": "Allow",
            "Principal": {"Service": format!("{service}.amazonaws.com")},
            "Action": ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*",
                       "kms:DescribeKey"],
            "Resource": "*"
        }]
    }))
}

fn text(policy: &Value) -> String {
    policy.to_string()
}

impl BuiltinKms {
    /// Refuses a policy that would let neither the caller nor the account change it again. `key` has
    /// the policy already, and no grants.
    pub(super) fn check_lockout(&self, cx: &Cx<'_>, key: &Key) -> Result<(), ServiceError> {
        let requester = cx.requester;
        let by_caller = self.verdict(
            requester,
            requester.caller,
            "PutKeyPolicy",
            key,
            Ask::default(),
        )?;
        if by_caller.is_allowed() {
            return Ok(());
        }
        let root = self.root_user(key.account);
        let by_account = self.verdict(requester, &root, "PutKeyPolicy", key, Ask::default())?;
        if by_account.is_allowed() && self.account_of(cx) == key.account {
            return Ok(());
        }
        Err(malformed(
            "The new key policy will not allow you to update the key policy in the future.",
        ))
    }

    /// The root user of an account, who stands for what is delegated to the account.
    fn root_user(&self, account: AccountId) -> Caller {
        let partition = &self.settings.partition;
        let arn = format!("arn:{partition}:iam::{account}:root");
        Caller {
            user_identity: Arc::new(json!({"type": "Root", "arn": arn})),
            principal: Principal::Root {
                arn: arn.into(),
                account,
            },
            account: Some(account),
            facts: PrincipalFacts::default(),
            stack: Stack::default(),
            context: Context::new(),
            session: SessionKey([0; 16]),
        }
    }
}
