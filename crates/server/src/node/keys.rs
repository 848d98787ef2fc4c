//! Who keeps which key.

use std::sync::Arc;
use std::time::Duration;

use rempart_audit::Sink;
use rempart_aws_client::Settings;
use rempart_aws_wire::ServiceError;
use rempart_directory::Authorizer;
use rempart_keys::{
    AwsKms, AwsKmsSettings, BuiltinKms, DataKey, EncryptionContext, GeneratedKey, GrantRequest,
    GrantView, KeyView, Provider, Requester,
};

use super::NodeError;
use crate::settings::AwsKeySettings;

/// Keys of customers in AWS KMS; the service's own key in this store, since SageMaker's is nobody else's
/// to use.
#[derive(Debug)]
struct Routed {
    own: Arc<BuiltinKms>,
    /// ARN of the service's key.
    own_key: String,
    customers: AwsKms,
}

/// A provider for customers' keys in AWS KMS, with the credentials of the environment.
///
/// # Errors
/// There are no credentials, or no thread for the calls.
pub(super) fn routed(
    own: Arc<BuiltinKms>,
    own_key: &str,
    settings: &AwsKeySettings,
    region: &str,
    authorizer: Arc<dyn Authorizer>,
    sink: Arc<dyn Sink>,
) -> Result<Arc<dyn Provider>, NodeError> {
    let failed = |error: String| NodeError::failed("AWS KMS", error);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| failed(error.to_string()))?;
    let mut client = runtime
        .block_on(Settings::from_environment(None, Some(region)))
        .map_err(|error| failed(error.to_string()))?;
    if let Some(endpoint) = &settings.endpoint {
        let services = &mut client.endpoints.by_service;
        services.insert("kms".to_owned(), endpoint.clone());
    }
    let mut chosen = AwsKmsSettings::new(region);
    chosen.limits.maximum_age = settings.maximum_age;
    chosen.limits.grace = settings.grace;
    chosen.unpredicted = settings.unpredicted;
    chosen.server_principal = Some(settings.server_principal.clone());
    chosen.deadline = settings.deadline;
    let customers =
        AwsKms::new(client, chosen, authorizer, sink).map_err(|error| failed(error.to_string()))?;
    Ok(Arc::new(Routed {
        own,
        own_key: own_key.to_owned(),
        customers,
    }))
}

impl Routed {
    fn of(&self, key: &str) -> &dyn Provider {
        if key == self.own_key {
            return &*self.own;
        }
        &self.customers
    }
}

impl Provider for Routed {
    fn revocation_bound(&self) -> Duration {
        self.customers.revocation_bound()
    }

    fn decides_locally(&self) -> bool {
        false
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
