//! Values that a plan or template does not know.
//!
//! An unknown value is the object `{"$rempart:unknown": "<reason>"}` in place of the value.

pub(crate) use rempart_estate::{unknown, unknown_reason};
use serde_json::{Map, Value};

/// Member that makes an object an unknown value; its text is the reason.
pub(crate) const UNKNOWN: &str = "$rempart:unknown";
/// Member of an unknown value while a plan is read: the resource and attribute that it is.
const REFERENCE: &str = "$rempart:reference";

/// Member of an unknown value while a template is read: the parts of the text that it is.
const COMPOSITE: &str = "$rempart:parts";

/// Reason of a value that Terraform computes only when it applies the plan.
pub(crate) const AFTER_APPLY: &str = "known after apply";
/// Reason of a value that the configuration does not set, so that AWS or the provider chooses.
pub(crate) const CHOSEN_BY_AWS: &str = "known after apply: not set in the configuration";

/// A resource of the plan and the attribute of it that is meant.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Reference {
    pub(crate) address: String,
    pub(crate) attribute: String,
}

/// A value that is an attribute of a resource of the same plan. It stands in attributes only until
/// the identifiers of all resources are known.
pub(crate) fn reference(reason: &str, to: &Reference) -> Value {
    let mut marker = Map::new();
    marker.insert(UNKNOWN.to_owned(), Value::String(reason.to_owned()));
    let target = [&to.address, &to.attribute];
    marker.insert(
        REFERENCE.to_owned(),
        Value::Array(target.map(|text| Value::String(text.clone())).to_vec()),
    );
    Value::Object(marker)
}

/// The resource that a value of the same plan is an attribute of.
pub(crate) fn referred(value: &Value) -> Option<Reference> {
    let target = value.as_object()?.get(REFERENCE)?.as_array()?;
    Some(Reference {
        address: target.first()?.as_str()?.to_owned(),
        attribute: target.get(1)?.as_str()?.to_owned(),
    })
}

/// A text with references inside. It stands in attributes only until identifiers are known.
pub(crate) fn composite(reason: &str, parts: Vec<Value>) -> Value {
    let mut marker = Map::new();
    marker.insert(UNKNOWN.to_owned(), Value::String(reason.to_owned()));
    marker.insert(COMPOSITE.to_owned(), Value::Array(parts));
    Value::Object(marker)
}

/// The parts of a text with references inside.
pub(crate) fn composed(value: &Value) -> Option<&Vec<Value>> {
    value.as_object()?.get(COMPOSITE)?.as_array()
}

/// Whether an unknown value stands somewhere in a value.
pub(crate) fn contains_unknown(value: &Value) -> bool {
    if unknown_reason(value).is_some() {
        return true;
    }
    match value {
        Value::Array(items) => items.iter().any(contains_unknown),
        Value::Object(members) => members.values().any(contains_unknown),
        _ => false,
    }
}
