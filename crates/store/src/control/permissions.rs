//! What the caller of `CreateFeatureGroup` must be allowed on the online store's key (SageMaker Developer
//! Guide, "Authorizing use of a customer managed key for your online store").

use std::sync::{Arc, LazyLock};

use rempart_aws_model::ActionName;
use rempart_aws_wire::ServiceError;
use rempart_directory::{Caller, Connection, Question};
use rempart_keys::{EncryptionContext, GrantRequest, KeyView, Requester};
use rempart_policy::document::{Policy, PolicyKind};
use rempart_policy::{CompiledPolicy, Grant, GrantConstraints, Particulars, ResourceFacts};

use super::access::{self, Ask, Keys, SERVICE};
use super::refusal::{DENIED, internal, invalid, of_key};
use super::{Control, PermissionCheck};

/// What the store does with the key, in one call or another.
const EFFECTIVE: [&str; 7] = [
    "kms:Encrypt",
    "kms:Decrypt",
    "kms:DescribeKey",
    "kms:CreateGrant",
    "kms:ReEncryptFrom",
    "kms:ReEncryptTo",
    "kms:GenerateDataKey",
];
/// What the guide asks for beyond that, decided on the key.
const DOCUMENTED: [&str; 2] = ["kms:ListGrants", "kms:RevokeGrant"];
const LIST_ALIASES: &str = "kms:ListAliases";
const RETIRE_GRANT: &str = "kms:RetireGrant";

/// A key policy without any effect on `kms:RetireGrant`: key policies have none on it at all.
static INERT_KEY_POLICY: LazyLock<Option<Arc<CompiledPolicy>>> = LazyLock::new(|| {
    let text = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Deny",
        "Principal": {"Service": "none.amazonaws.com"}, "Action": "kms:Encrypt", "Resource": "*"}]}"#;
    let policy = Policy::parse(text, PolicyKind::KmsKey).ok()?;
    Some(Arc::new(CompiledPolicy::new(
        "key policy",
        Arc::new(policy),
    )))
});

/// A key can seal store keys: symmetric, for encryption, enabled, of this Region.
pub(super) fn check_kind(view: &KeyView, region: &str) -> Result<(), ServiceError> {
    let unfit = |reason: String| {
        Err(invalid(format!(
            "The KMS key {} cannot be used: {reason}",
            view.arn
        )))
    };
    if view.spec != "SYMMETRIC_DEFAULT" {
        return unfit(format!(
            "its KeySpec is {}, and only symmetric keys (SYMMETRIC_DEFAULT) are supported.",
            view.spec
        ));
    }
    if view.usage != "ENCRYPT_DECRYPT" {
        return unfit(format!(
            "its KeyUsage is {}, and ENCRYPT_DECRYPT is needed.",
            view.usage
        ));
    }
    if view.state != "Enabled" {
        return unfit(format!("it is {}.", view.state));
    }
    if view.arn.split(':').nth(3) != Some(region) {
        return unfit(format!("it is not in the Region {region}."));
    }
    Ok(())
}

impl Control {
    /// Whether the caller may do all of it through the store; the answer names what is missing.
    pub(super) fn check_permissions(
        &self,
        caller: &Caller,
        connection: &Connection,
        key: &str,
        context: &EncryptionContext,
        grant: &GrantRequest,
    ) -> Result<(), ServiceError> {
        let requester = Requester {
            caller,
            connection,
            via: Some(&self.via_sagemaker),
            tokens: &[],
        };
        let documented = self.settings.create_permission_check == PermissionCheck::Documented;
        let further: &[&str] = if documented { &DOCUMENTED } else { &[] };
        let mut missing: Vec<&str> = Vec::new();
        let mut first_reason = None;
        for action in EFFECTIVE.iter().chain(further) {
            let asked = (*action == "kms:CreateGrant").then_some(grant);
            match self
                .parts
                .keys
                .check(&requester, action, key, context, asked)
            {
                Ok(()) => {}
                Err(error) if error.code == DENIED => {
                    missing.push(action);
                    first_reason.get_or_insert(error.message);
                }
                Err(error) => return Err(of_key(key, &error)),
            }
        }
        if documented {
            for (action, verdict) in [
                (RETIRE_GRANT, self.may_retire(caller, connection, key)?),
                (LIST_ALIASES, self.may_list_aliases(caller, connection)?),
            ] {
                if let Err(error) = verdict.or_refuse(DENIED) {
                    missing.push(action);
                    first_reason.get_or_insert(error.message);
                }
            }
        }
        let Some(reason) = first_reason else {
            return Ok(());
        };
        Err(ServiceError::new(
            DENIED,
            format!(
                "The caller needs {} on the KMS key {key} through {}: {reason}",
                missing.join(", "),
                self.via_sagemaker
            ),
        ))
    }

    /// `kms:ListAliases` has no key as resource, so that a key policy cannot allow it.
    fn may_list_aliases(
        &self,
        caller: &Caller,
        connection: &Connection,
    ) -> Result<rempart_directory::Verdict, ServiceError> {
        let ask = Ask {
            via: Some(&self.via_sagemaker),
            ..Ask::new(LIST_ALIASES, "*", Keys::new())
        };
        access::verdict(&*self.parts.authorizer, caller, connection, ask)
    }

    /// Whether the caller could retire a grant whose retiring principal is the caller's account. Only
    /// then do policies decide on `kms:RetireGrant`, and only IAM's: those of keys have no effect on it.
    fn may_retire(
        &self,
        caller: &Caller,
        connection: &Connection,
        key: &str,
    ) -> Result<rempart_directory::Verdict, ServiceError> {
        let failed = || internal("the permission kms:RetireGrant cannot be decided");
        let action = ActionName::parse(RETIRE_GRANT).map_err(|_| failed())?;
        let policy = INERT_KEY_POLICY.clone().ok_or_else(failed)?;
        let account = super::account_of(caller)?;
        let root = format!("arn:{}:iam::{account}:root", self.settings.partition);
        let id = "to-be-made";
        let grant = Grant::new(
            id,
            SERVICE,
            Some(&root),
            &["Decrypt".to_owned()],
            GrantConstraints::default(),
        );
        let question = Question {
            action: &action,
            resource: key,
            resource_account: None,
            keys: Keys::new(),
            via: Some(&self.via_sagemaker),
            resource_policy: Some(policy),
            grants: vec![grant],
            resource_facts: ResourceFacts::default(),
            particulars: Particulars {
                grant_id: Some(id.into()),
                ..Particulars::default()
            },
        };
        Ok(self.parts.authorizer.may(caller, connection, &question))
    }
}
