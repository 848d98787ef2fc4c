//! SageMaker operations by what their requests can carry.

use std::collections::BTreeSet;

use crate::service::{Operation, Service};
use crate::shape::{Shape, ShapeKind};

/// A security-relevant kind of request field, found anywhere in the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SageMakerField {
    /// An IAM role that the service will assume: the place of a passed role, which is no event.
    Role,
    /// Security groups.
    SecurityGroups,
    /// The switch for network isolation.
    NetworkIsolation,
    /// The switch for encryption of traffic between containers.
    InterContainerEncryption,
    /// A container image that will run.
    ContainerImage,
}

impl SageMakerField {
    /// Whether a member of this API name is such a field.
    pub fn is_member(self, name: &str) -> bool {
        match self {
            Self::Role => {
                let name = name.to_ascii_lowercase();
                name.ends_with("rolearn") || name.ends_with("role")
            }
            Self::SecurityGroups => matches!(name, "SecurityGroupIds" | "SecurityGroups"),
            Self::NetworkIsolation => name == "EnableNetworkIsolation",
            Self::InterContainerEncryption => name == "EnableInterContainerTrafficEncryption",
            Self::ContainerImage => {
                matches!(name, "Image" | "ImageUri" | "TrainingImage" | "BaseImage")
            }
        }
    }
}

/// The operations of the SageMaker control plane whose requests can carry the field, by name.
pub fn operations_with_field(field: SageMakerField) -> Vec<Operation> {
    let Some(service) = crate::service("sagemaker") else {
        return Vec::new();
    };
    operations_with_member(service, |name, _| field.is_member(name))
}

/// The operations of a service whose request has, at any depth, a member that satisfies the
/// predicate over API name and shape. Empty for a service without shapes.
pub fn operations_with_member(
    service: &'static Service,
    mut wanted: impl FnMut(&str, Shape) -> bool,
) -> Vec<Operation> {
    let has = |operation: &Operation| {
        operation
            .input()
            .is_some_and(|input| reaches(input, &mut wanted))
    };
    service.operations().filter(has).collect()
}

/// Walks the shape graph; every structure is entered once, so cycles end.
fn reaches(root: Shape, wanted: &mut impl FnMut(&str, Shape) -> bool) -> bool {
    let mut seen = BTreeSet::new();
    let mut pending = vec![root];
    while let Some(shape) = pending.pop() {
        match shape.kind() {
            ShapeKind::List | ShapeKind::Map => pending.extend(shape.element()),
            ShapeKind::Structure if seen.insert(shape.name()) => {
                for member in shape.members() {
                    if wanted(member.name, member.shape) {
                        return true;
                    }
                    pending.push(member.shape);
                }
            }
            _ => {}
        }
    }
    false
}
