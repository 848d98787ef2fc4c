//! The KMS of customers' keys, as the settings name it.

use std::sync::Arc;

use rempart_audit::Sink;
use rempart_aws_client::Settings;
use rempart_directory::Authorizer;
use rempart_keys::{AwsKms, AwsKmsSettings, BuiltinKms, Provider, Routed};

use super::NodeError;
use crate::settings::AwsKeySettings;

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
    Ok(Arc::new(Routed::new(own, own_key, Arc::new(customers))))
}
