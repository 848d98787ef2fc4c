//! The control plane: `CreateFeatureGroup` and its siblings.
//!
//! Every call is decided before it is looked at further, and is on record whether it was allowed or not.
//! Work is done at once; the states of AWS are passed through in their order.

mod access;
mod create;
mod delete;
mod describe;
mod grants;
mod input;
mod list;
mod material;
mod metadata;
mod permissions;
mod preflight;
mod privacy;
mod reconcile;
mod record;
mod refusal;
mod rekey;
mod rules;
mod search;
mod settings;
mod tags;
mod token;
mod update;

use std::fmt;
use std::sync::Arc;

use rempart_audit::Sink;
use rempart_aws_wire::ServiceError;
use rempart_directory::{Authorizer, Caller, Connection};
use rempart_keys::Provider;
use rempart_online::Engine;
use serde_json::{Map, Value};

use access::{Ask, Keys};
use record::{Asked, Trace};
use token::Tokens;

use crate::group::Group;
use crate::registry::{GroupArn, Registry};

pub use material::store_context;
pub use reconcile::{GrantFault, GrantFinding};
pub use settings::{Grantee, PermissionCheck, Settings, TableNaming};

/// Operations of the control plane, by AWS's names.
pub const OPERATIONS: [&str; 11] = [
    "CreateFeatureGroup",
    "DescribeFeatureGroup",
    "UpdateFeatureGroup",
    "DeleteFeatureGroup",
    "ListFeatureGroups",
    "DescribeFeatureMetadata",
    "UpdateFeatureMetadata",
    "AddTags",
    "ListTags",
    "DeleteTags",
    "Search",
];

/// Whose catalogues of groups a caller's account may search beside its own
/// (`DefaultFeatureGroupCatalog` shares, all or nothing).
pub trait Catalogues: Send + Sync + fmt::Debug {
    /// Accounts whose whole catalogue is shared with this one. Their tags stay hidden.
    fn shared_with(&self, account: &str) -> Vec<String>;
}

/// What the control plane works with.
#[derive(Debug, Clone)]
pub struct Parts {
    /// Feature groups.
    pub registry: Arc<Registry>,
    /// Decides.
    pub authorizer: Arc<dyn Authorizer>,
    /// KMS.
    pub keys: Arc<dyn Provider>,
    /// Rows.
    pub engine: Arc<dyn Engine>,
    /// Audit log.
    pub audit: Arc<dyn Sink>,
    /// Shared catalogues; `None` when there are none.
    pub catalogues: Option<Arc<dyn Catalogues>>,
}

/// The control plane. Calls block on disk and KMS.
#[derive(Debug)]
pub struct Control {
    parts: Parts,
    settings: Settings,
    tokens: Tokens,
    /// `sagemaker.<region>.amazonaws.com`
    via_sagemaker: String,
    /// `s3.<region>.amazonaws.com`
    via_s3: String,
}

/// The system gives no random bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the system gives no random bytes")]
pub struct NoRandomness;

/// A call while it is served.
struct Call<'a> {
    caller: &'a Caller,
    connection: &'a Connection,
    input: &'a Map<String, Value>,
    trace: &'a mut Trace,
}

impl Control {
    /// A control plane over these parts.
    ///
    /// # Errors
    /// The system gives no random bytes.
    pub fn new(parts: Parts, settings: Settings) -> Result<Self, NoRandomness> {
        Ok(Self {
            tokens: Tokens::new().ok_or(NoRandomness)?,
            via_sagemaker: format!("sagemaker.{}.amazonaws.com", settings.region),
            via_s3: format!("s3.{}.amazonaws.com", settings.region),
            parts,
            settings,
        })
    }

    /// Answers an operation. The input was checked against the service's model; the answer has the
    /// members of the model, times as epoch seconds.
    ///
    /// # Errors
    /// As AWS answers: `AccessDeniedException`, `ValidationException`, `ResourceNotFound`,
    /// `ResourceInUse`, `ResourceLimitExceeded`; `ServiceUnavailable` when the KMS does not answer or
    /// nothing can be put on record.
    pub fn call(
        &self,
        caller: &Caller,
        connection: &Connection,
        operation: &str,
        input: &Map<String, Value>,
    ) -> Result<Value, ServiceError> {
        if !self.parts.audit.healthy() {
            return Err(ServiceError::new(
                "ServiceUnavailable",
                "the audit log cannot be written, and nothing is done unseen",
            )
            .with_status(503));
        }
        let mut trace = Trace::default();
        let mut call = Call {
            caller,
            connection,
            input,
            trace: &mut trace,
        };
        let answer = match operation {
            "CreateFeatureGroup" => self.create(&mut call),
            "DescribeFeatureGroup" => self.describe(&mut call),
            "UpdateFeatureGroup" => self.update(&mut call),
            "DeleteFeatureGroup" => self.delete(&mut call),
            "ListFeatureGroups" => self.list(&mut call),
            "DescribeFeatureMetadata" => self.describe_metadata(&mut call),
            "UpdateFeatureMetadata" => self.update_metadata(&mut call),
            "AddTags" => self.add_tags(&mut call),
            "ListTags" => self.list_tags(&mut call),
            "DeleteTags" => self.delete_tags(&mut call),
            "Search" => self.search(&mut call),
            _ => Err(ServiceError::new(
                "UnknownOperationException",
                "This operation is not supported.",
            )),
        };
        let asked = Asked {
            caller,
            connection,
            operation,
            input,
            region: &self.settings.region,
        };
        for event in record::events(asked, trace, answer.as_ref().err()) {
            self.parts.audit.record(event);
        }
        answer
    }

    /// The ARN that a group of this name has in an account.
    fn arn_of(&self, account: &str, name: &str) -> String {
        let Settings {
            partition, region, ..
        } = &self.settings;
        format!("arn:{partition}:sagemaker:{region}:{account}:feature-group/{name}")
    }

    /// The group that a call names, once the caller may do `action` to it. Whether a group exists is
    /// said to nobody else.
    fn target(
        &self,
        call: &mut Call<'_>,
        action: &str,
        name_or_arn: &str,
        keys: Keys,
    ) -> Result<Arc<Group>, ServiceError> {
        let account = account_of(call.caller)?;
        let arn = match GroupArn::parse(name_or_arn) {
            Some(_) => name_or_arn.to_owned(),
            None => self.arn_of(account, name_or_arn),
        };
        call.trace.concerns(&arn);
        let group = self.parts.registry.group(account, name_or_arn);
        let mut all_keys = group
            .as_deref()
            .map(access::resource_tags)
            .unwrap_or_default();
        all_keys.extend(keys);
        self.require(call, Ask::new(action, &arn, all_keys))?;
        let group = group.ok_or_else(|| {
            let name = GroupArn::parse(name_or_arn).map_or(name_or_arn, |arn| arn.name);
            refusal::no_group(name)
        })?;
        call.trace.works_on(&group, call.caller);
        Ok(group)
    }

    fn require(&self, call: &Call<'_>, ask: Ask<'_>) -> Result<(), ServiceError> {
        access::require(&*self.parts.authorizer, call.caller, call.connection, ask)
    }
}

/// The account of a caller; services and strangers have no groups.
fn account_of(caller: &Caller) -> Result<&str, ServiceError> {
    let account = caller.account.as_ref().map(|account| account.as_str());
    account.ok_or_else(|| {
        ServiceError::new(
            refusal::DENIED,
            "only a principal of an account can work on feature groups",
        )
    })
}

/// The text of a member that the model requires.
fn required<'a>(input: &'a Map<String, Value>, member: &str) -> Result<&'a str, ServiceError> {
    input::text(input, member).ok_or_else(|| refusal::invalid(format!("{member} is required.")))
}
