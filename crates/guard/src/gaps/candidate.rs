//! The operations that are looked at.

use rempart_aws_model::{Operation, Service, action, key_fields, operation_fields};

/// A condition key with the paths of the fields that fill it.
pub type KeyOfAction = (&'static str, Vec<Box<str>>);

/// An operation with the fields of its request and the condition keys of its action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// Service of the models.
    pub service: Box<str>,
    /// Prefix of its actions.
    pub prefix: Box<str>,
    /// The operation.
    pub operation: Box<str>,
    /// Whether it only reads.
    pub read_only: bool,
    /// Paths of the fields of the request.
    pub fields: Vec<Box<str>>,
    /// The condition keys that the action lists, each with the fields that fill it as far as that is
    /// known; `None` without an action.
    pub keys: Option<Vec<KeyOfAction>>,
}

impl Candidate {
    /// Whether the action lists the condition key.
    #[must_use]
    pub fn lists(&self, key: &str) -> bool {
        let mut keys = self.keys.iter().flatten();
        keys.any(|(name, _)| *name == key)
    }

    /// The condition keys that are filled from the field.
    pub(super) fn shown_by(&self, path: &str) -> Vec<&'static str> {
        let keys = self.keys.iter().flatten();
        keys.filter(|(_, fields)| fields.iter().any(|field| **field == *path))
            .map(|(name, _)| *name)
            .collect()
    }

    fn new(service: &Service, operation: &Operation) -> Self {
        // Runtimes without actions of their own are signed as SageMaker.
        let prefix = service.action_prefix().unwrap_or("sagemaker");
        let keys = action(&format!("{prefix}:{}", operation.name())).map(|action| {
            let filled = key_fields(action).iter().map(|entry| {
                let fields = entry.fields.iter().map(|field| field.path.clone());
                (entry.key, fields.collect())
            });
            filled.collect()
        });
        Self {
            service: service.id().into(),
            prefix: prefix.into(),
            operation: operation.name().into(),
            read_only: operation.read_only(),
            fields: operation_fields(operation)
                .into_iter()
                .map(|field| field.path)
                .collect(),
            keys,
        }
    }
}

/// The operations of SageMaker: the control plane and the runtimes that are signed as SageMaker.
#[must_use]
pub fn candidates() -> Vec<Candidate> {
    let services = rempart_aws_model::services().iter();
    let of_sagemaker = services.filter(|service| service.signing_name() == Some("sagemaker"));
    of_sagemaker
        .flat_map(|service| {
            let operations = service.operations();
            operations.map(|operation| Candidate::new(service, &operation))
        })
        .collect()
}
