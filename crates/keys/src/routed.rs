//! Two KMSs as one: who keeps which key.

use std::sync::Arc;
use std::time::Duration;

use rempart_aws_wire::ServiceError;

use crate::{
    DataKey, EncryptionContext, GeneratedKey, GrantRequest, GrantView, KeyView, Provider, Requester,
};

/// Keys of customers in one KMS, and the service's own key in another: SageMaker's is nobody else's to
/// use.
#[derive(Debug)]
pub struct Routed {
    own: Arc<dyn Provider>,
    /// ARN of the service's key.
    own_key: String,
    customers: Arc<dyn Provider>,
}

impl Routed {
    /// `own` keeps the key of this ARN, `customers` every other.
    pub fn new(own: Arc<dyn Provider>, own_key: &str, customers: Arc<dyn Provider>) -> Self {
        Self {
            own,
            own_key: own_key.to_owned(),
            customers,
        }
    }

    fn of(&self, key: &str) -> &dyn Provider {
        if key == self.own_key {
            return &*self.own;
        }
        &*self.customers
    }
}

impl Provider for Routed {
    fn revocation_bound(&self) -> Duration {
        self.customers.revocation_bound()
    }

    fn decides_locally(&self) -> bool {
        self.customers.decides_locally()
    }

    fn check(
        &self,
        requester: &Requester<'_>,
        action: &str,
        key: &str,
        context: &EncryptionContext,
        grant: Option<&GrantRequest>,
    ) -> Result<(), ServiceError> {
        self.of(key).check(requester, action, key, context, grant)
    }

    fn describe(&self, requester: &Requester<'_>, key: &str) -> Result<KeyView, ServiceError> {
        self.of(key).describe(requester, key)
    }

    fn generate_data_key(
        &self,
        requester: &Requester<'_>,
        key: &str,
        context: &EncryptionContext,
    ) -> Result<GeneratedKey, ServiceError> {
        self.of(key).generate_data_key(requester, key, context)
    }

    fn decrypt(
        &self,
        requester: &Requester<'_>,
        key: &str,
        sealed: &[u8],
        context: &EncryptionContext,
    ) -> Result<DataKey, ServiceError> {
        self.of(key).decrypt(requester, key, sealed, context)
    }

    fn re_encrypt(
        &self,
        requester: &Requester<'_>,
        from: &str,
        to: &str,
        sealed: &[u8],
        context: &EncryptionContext,
    ) -> Result<Vec<u8>, ServiceError> {
        if (from == self.own_key) != (to == self.own_key) {
            return Err(ServiceError::new(
                "ValidationException",
                "a store cannot move between the service's own key and a key of AWS KMS: no KMS holds both",
            ));
        }
        self.of(from)
            .re_encrypt(requester, from, to, sealed, context)
    }

    fn create_grant(
        &self,
        requester: &Requester<'_>,
        key: &str,
        grant: &GrantRequest,
    ) -> Result<(String, String), ServiceError> {
        self.of(key).create_grant(requester, key, grant)
    }

    fn retire_grant(
        &self,
        requester: &Requester<'_>,
        key: &str,
        grant_id: &str,
    ) -> Result<(), ServiceError> {
        self.of(key).retire_grant(requester, key, grant_id)
    }

    fn list_grants(
        &self,
        requester: &Requester<'_>,
        key: &str,
    ) -> Result<Vec<GrantView>, ServiceError> {
        self.of(key).list_grants(requester, key)
    }
}
