//! Which operation a request names.

use std::borrow::Cow;

use crate::error::ServiceError;
use crate::incoming::Incoming;
use crate::model::{Operation, Protocol, Service};
use crate::percent::{DecodeError, decode};

/// Fields of a form or a query string that are read.
pub(crate) const MAX_FIELDS: usize = 1_000;

/// Parameters of a presigned request.
pub(crate) const SIGNATURE_PARAMETERS: [&str; 7] = [
    "X-Amz-Algorithm",
    "X-Amz-Credential",
    "X-Amz-Date",
    "X-Amz-Expires",
    "X-Amz-Security-Token",
    "X-Amz-Signature",
    "X-Amz-SignedHeaders",
];

/// An operation, and the labels of its path, decoded once.
#[derive(Debug)]
pub struct Route<'a> {
    /// The operation.
    pub operation: &'static Operation,
    /// Value of the one label in the path, where there is one.
    pub label: Option<Cow<'a, str>>,
}

/// Finds the operation. Nothing of the body is read but, for forms, the field `Action`.
///
/// # Errors
/// `UnknownOperationException` when the request names no operation that is served,
/// `SerializationException` when its path cannot be decoded.
pub fn route<'a>(incoming: &Incoming<'a>) -> Result<Route<'a>, ServiceError> {
    let dialect = incoming.dialect();
    let Some(service) = dialect.service else {
        return Err(unknown("X-Amz-Target names no service of this endpoint"));
    };
    match dialect.protocol {
        Protocol::Json11 => by_target(incoming, service),
        Protocol::RestJson => by_path(incoming, service),
        Protocol::Query => by_action(incoming, service),
    }
}

fn by_target<'a>(
    incoming: &Incoming<'a>,
    service: &'static Service,
) -> Result<Route<'a>, ServiceError> {
    if incoming.method != "POST" || incoming.path != "/" || !incoming.query_is_signature() {
        return Err(unknown("operations of X-Amz-Target are called by POST /"));
    }
    let name = incoming
        .target()?
        .and_then(|target| target.split_once('.'))
        .map(|(_, name)| name);
    let operation = name.and_then(|name| service.operation(name));
    operation.map_or_else(
        || Err(unknown("the operation is not known or not served")),
        |operation| {
            Ok(Route {
                operation,
                label: None,
            })
        },
    )
}

fn by_path<'a>(
    incoming: &Incoming<'a>,
    service: &'static Service,
) -> Result<Route<'a>, ServiceError> {
    for operation in &service.operations {
        if operation.method != incoming.method {
            continue;
        }
        if let Some(label) = matched(operation.path, incoming.path) {
            let label = label
                .map(decode)
                .transpose()
                .map_err(|error| not_decoded("path", error))?;
            return Ok(Route { operation, label });
        }
    }
    Err(unknown("no operation has this method and path"))
}

/// `Some` when the path has the form of the template, with the raw value of its label. Templates have
/// at most one label; a test of the model would notice another.
fn matched<'a>(template: &str, path: &'a str) -> Option<Option<&'a str>> {
    let Some((start, rest)) = template.split_once('{') else {
        return (template == path).then_some(None);
    };
    let (_, end) = rest.split_once('}')?;
    let label = path.strip_prefix(start)?.strip_suffix(end)?;
    // An encoded `/` belongs to the label, a plain one ends it.
    (!label.is_empty() && !label.contains('/')).then_some(Some(label))
}

fn by_action<'a>(
    incoming: &Incoming<'a>,
    service: &'static Service,
) -> Result<Route<'a>, ServiceError> {
    let fields = if incoming.has_fields_in_query() {
        incoming.query
    } else {
        std::str::from_utf8(incoming.body).map_err(|_| malformed())?
    };
    let mut actions = fields
        .split('&')
        .filter_map(|pair| pair.strip_prefix("Action="));
    let operation = actions.next().and_then(|name| service.operation(name));
    match (operation, actions.next()) {
        (Some(operation), None) => Ok(Route {
            operation,
            label: None,
        }),
        _ => Err(unknown("the action is not known or not served")),
    }
}

impl Incoming<'_> {
    /// Whether the query string holds nothing but the parameters of a presigned request.
    fn query_is_signature(&self) -> bool {
        self.query
            .split('&')
            .all(|pair| pair.is_empty() || is_signature_parameter(pair))
    }
}

/// Whether a pair of the query string belongs to a presigned request and not to the operation.
pub(crate) fn is_signature_parameter(pair: &str) -> bool {
    let name = pair.split_once('=').map_or(pair, |(name, _)| name);
    name.starts_with("X-Amz-") && SIGNATURE_PARAMETERS.contains(&name)
}

pub(crate) fn unknown(message: &str) -> ServiceError {
    ServiceError::new("UnknownOperationException", message)
}

pub(crate) fn malformed() -> ServiceError {
    ServiceError::new("SerializationException", "the form cannot be read")
}

pub(crate) fn not_decoded(what: &str, error: DecodeError) -> ServiceError {
    ServiceError::new("SerializationException", format!("the {what} has {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::services;

    #[test]
    fn templates_have_at_most_one_label() {
        for operation in services().iter().flat_map(|service| &service.operations) {
            assert!(operation.path.matches('{').count() <= 1, "{operation:?}");
            assert_eq!(operation.path.contains('{'), operation.path.contains('}'));
        }
    }

    #[test]
    fn labels() {
        let template = "/FeatureGroup/{FeatureGroupName}/Record";
        assert_eq!(
            matched(template, "/FeatureGroup/a%2Fb/Record"),
            Some(Some("a%2Fb"))
        );
        for path in [
            "/FeatureGroup//Record",
            "/FeatureGroup/Record",
            "/FeatureGroup/a/b/Record",
            "/FeatureGroup/a/Record/",
            "/featuregroup/a/Record",
        ] {
            assert_eq!(matched(template, path), None, "{path}");
        }
    }
}
