//! Facts about AWS: identifiers, actions, API operations, their shapes, and the names under which
//! CloudTrail records them.
//!
//! What the crate guarantees:
//! - It is pure: no input or output, no clock, no environment. The tables are part of the program.
//! - It never panics and never recurses on what a caller hands in; every lookup is bounded by the
//!   size of the tables and of the argument.
//! - It parses lazily: a service that nobody asks for costs the split of the tables and nothing
//!   else.
//! - What the tables cannot decide is said so ([`PathCheck::Unchecked`], `None`), never guessed.
//!
//! ```
//! use rempart_aws_model::{EventName, PathCheck, ShapeKind, event_name, request_path};
//!
//! let source = "sagemaker.amazonaws.com";
//! assert!(matches!(event_name(source, "CreateModel"), EventName::Operation(_)));
//! assert!(matches!(event_name(source, "UpdateEndpointConfig"), EventName::Unknown { .. }));
//! let path = "algorithmSpecification.trainingImage";
//! assert_eq!(request_path(source, "CreateTrainingJob", path), PathCheck::Ok(ShapeKind::String));
//! ```
//!
//! The tables lie in `data/`; their sources, versions and licences are in `data/PROVENANCE.md` and,
//! at run time, in [`tables`].

mod api_call;
mod authorization;
mod event;
mod event_action;
mod event_source;
mod identifier;
mod organization;
mod path;
mod request_field;
mod sagemaker;
mod service;
mod shape;
mod suggest;
mod table;
mod technique;
mod threat;

pub use api_call::endpoint::{
    Endpoint, Host, PartitionEndpoints, all_partition_endpoints, partition_endpoints,
};
pub use api_call::wire::{Level, Place, Wire};
pub use api_call::{ApiOperation, Input, Paging, Protocol, Scope, api_operation, api_operations};
pub use authorization::{
    AccessLevel, Action, ActionResource, ActionService, ConditionKey, ConditionKeyType,
    ResourceType, action, action_service, action_services, actions_of, condition_key,
    global_condition_keys,
};
pub use event::{EventName, aliases_of, event_name, nonexistent_api_hint, sources_of};
pub use event_action::{GuardingActions, guarding_actions};
pub use event_source::{EventSource, ParameterSpelling, event_source, event_sources};
pub use identifier::account::{AccountId, AccountIdError};
pub use identifier::action_name::{ActionName, ActionNameError};
pub use identifier::arn::{Arn, ArnError};
pub use identifier::region::{Partition, Region, RegionError, partitions};
pub use organization::{rcp_covers, renamed_condition_key};
pub use path::{PathCheck, Unchecked, enum_values, request_path, response_path};
pub use request_field::{
    FieldForm, FieldPath, KeyFields, ends_with, key_fields, operation_fields, request_fields,
};
pub use sagemaker::{SageMakerField, operations_with_field, operations_with_member};
pub use service::{Operation, Service, service, services};
pub use shape::{Member, Shape, ShapeKind};
pub use suggest::nearest;
pub use table::{Table, tables};
pub use technique::{Framework, Technique, framework_version, technique, techniques};
pub use threat::{ThreatCategory, categories_of};
