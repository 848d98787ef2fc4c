//! May a caller do this?

use std::fmt;
use std::sync::Arc;

use rempart_aws_model::{AccountId, ActionName};
use rempart_aws_wire::ServiceError;
use rempart_policy::context::{KeyName, KeyState};
use rempart_policy::{CompiledPolicy, Grant, Particulars, ResourceFacts};

use crate::caller::{Caller, Connection};

/// What is asked: an action on a resource, with what the resource's side brings.
#[derive(Debug, Clone)]
pub struct Question<'a> {
    /// The action.
    pub action: &'a ActionName,
    /// ARN of the resource, or `*`.
    pub resource: &'a str,
    /// Account of the resource, where the ARN does not say.
    pub resource_account: Option<AccountId>,
    /// Condition keys of this call, beside those of the session and the connection.
    pub keys: Vec<(KeyName, KeyState)>,
    /// The service that calls for the caller: `sagemaker.eu-west-1.amazonaws.com`. It sets
    /// `kms:ViaService`, `aws:ViaAWSService` and `aws:CalledVia`.
    pub via: Option<&'a str>,
    /// The policy of the resource: key policy, trust policy, share.
    pub resource_policy: Option<Arc<CompiledPolicy>>,
    /// Grants of the key.
    pub grants: Vec<Grant>,
    /// What else is known of the resource.
    pub resource_facts: ResourceFacts,
    /// Grant that is retired, constraints of a new one.
    pub particulars: Particulars,
}

/// The answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The policies allow it
    Allowed,
    /// They do not, or it cannot be decided
    Denied {
        /// AWS's text: `User: … is not authorized to perform: … because no identity-based policy allows
        /// the … action`; for what cannot be decided, the reason
        message: String,
        /// Layer that decided, by its name in `rempart_policy::Layer`; `None` when undecided
        layer: Option<&'static str>,
        /// The deciding statement, for the audit record: policy name and position or `Sid`
        statement: Option<String>,
    },
}

impl Verdict {
    /// Whether the answer is yes.
    pub fn is_allowed(&self) -> bool {
        matches!(self, Self::Allowed)
    }

    /// `Err` with this code when the answer is no.
    ///
    /// # Errors
    /// The answer is no.
    pub fn or_refuse(self, code: &'static str) -> Result<(), ServiceError> {
        match self {
            Self::Allowed => Ok(()),
            Self::Denied { message, .. } => Err(ServiceError::new(code, message)),
        }
    }
}

/// Answers questions. The directory does; tests use their own.
pub trait Authorizer: Send + Sync + fmt::Debug {
    /// Decides with the policies as they are now.
    fn may(&self, caller: &Caller, connection: &Connection, question: &Question<'_>) -> Verdict;

    /// A number that changes when the directory does; `None` where that cannot be told.
    fn generation(&self) -> Option<u64> {
        None
    }

    /// A service of AWS as caller, `sagemaker.amazonaws.com`: it has no identity policies.
    fn service(&self, name: &str) -> Arc<Caller>;

    /// A role of the directory as caller, as a service would assume it (the role of an offline store);
    /// `None` when there is no such role, or it does not trust `sagemaker.amazonaws.com`.
    fn role(&self, arn: &str, session_name: &str) -> Option<Arc<Caller>>;
}
