//! Settings of a client, and the one place where the environment is read.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use aws_config::BehaviorVersion;
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_runtime_api::client::http::{SharedHttpConnector, http_client_fn};
use rempart_aws_model::{ApiOperation, Service, services};

use crate::clock::{Clock, Random, SystemClock, SystemRandom};
use crate::transport;

/// What a [`crate::Client`] is made of.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where credentials come from. They are kept until shortly before they expire.
    pub credentials: SharedCredentialsProvider,
    /// Region of calls that need one and were given none: the calls that assume roles.
    pub region: Option<String>,
    /// Endpoints other than AWS's own.
    pub endpoints: EndpointOverrides,
    /// How long to wait for an answer.
    pub timeouts: Timeouts,
    /// How often to try again.
    pub retries: Retries,
    /// How many requests may be under way.
    pub bounds: Bounds,
    /// How many requests per second.
    pub rates: Rates,
    /// Pages of one list after which something must be wrong.
    pub most_pages: u32,
    /// Bytes of one answer after which it is given up.
    pub largest_answer: usize,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Chance.
    pub random: Arc<dyn Random>,
    pub(crate) connector: SharedHttpConnector,
}

/// Endpoints that replace AWS's own.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EndpointOverrides {
    /// For all services, `http://127.0.0.1:5000`.
    pub all: Option<String>,
    /// For some services, by id (`sagemaker`); they go before [`EndpointOverrides::all`].
    pub by_service: BTreeMap<String, String>,
}

/// How long to wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// For a request and its whole answer.
    pub attempt: Duration,
    /// For credentials.
    pub credentials: Duration,
}

/// How often to try again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retries {
    /// Requests of one call at most.
    pub attempts_per_call: u32,
    /// Requests of one call at most where AWS does not answer or answers with an error of its own:
    /// unlike throttling, waiting long does not help.
    pub attempts_at_faults: u32,
    /// Retries of the whole run.
    pub budget: u32,
}

/// How many requests may be under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// In the whole run.
    pub requests: usize,
    /// In one region.
    pub requests_per_region: usize,
}

/// Requests per second of one operation in one region of one account: where it starts, and the
/// ceiling up to which it rises while nothing is throttled.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rates {
    /// Start for SageMaker.
    pub sagemaker: f64,
    /// Start for `Search`.
    pub search: f64,
    /// Start for everything else.
    pub other: f64,
    /// Ceiling for everything but `Search`.
    pub ceiling: f64,
    /// Ceiling for `Search`.
    pub search_ceiling: f64,
}

/// Why the environment gives no settings.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// No way to get credentials is configured.
    #[error("no source of AWS credentials is configured\nhint: name a profile, or set AWS_PROFILE")]
    NoCredentials,
}

impl Settings {
    /// Credentials, profile, region, proxy and endpoints as the AWS tools find them: variables,
    /// `~/.aws/config`, SSO, roles of machines and containers. `profile` and `region` go before
    /// what is found there.
    ///
    /// Endpoints are `AWS_ENDPOINT_URL` and `AWS_ENDPOINT_URL_<SERVICE>`, unless
    /// `AWS_IGNORE_CONFIGURED_ENDPOINT_URLS` is true.
    ///
    /// # Errors
    /// When there is no source of credentials. Whether the source has any shows at the first call.
    pub async fn from_environment(
        profile: Option<&str>,
        region: Option<&str>,
    ) -> Result<Self, SettingsError> {
        let connector = transport::connector(ProxyConfig::from_env());
        let for_credentials = connector.clone();
        let mut loader = aws_config::defaults(BehaviorVersion::latest())
            .http_client(http_client_fn(move |_, _| for_credentials.clone()));
        if let Some(profile) = profile {
            loader = loader.profile_name(profile);
        }
        if let Some(region) = region {
            loader = loader.region(aws_types::region::Region::new(region.to_owned()));
        }
        let config = loader.load().await;
        let credentials = config
            .credentials_provider()
            .ok_or(SettingsError::NoCredentials)?;
        let region = config.region().map(|region| region.as_ref().to_owned());
        let mut settings = Self::with_connector(credentials, region, connector);
        settings.endpoints = EndpointOverrides::read(&|name| std::env::var(name).ok());
        Ok(settings)
    }

    /// Settings with credentials that never change, without a proxy and with AWS's own endpoints.
    pub fn with_credentials(credentials: Credentials, region: &str) -> Self {
        Self::with_provider(SharedCredentialsProvider::new(credentials), region)
    }

    /// As [`Settings::with_credentials`], with a provider of credentials.
    pub fn with_provider(credentials: SharedCredentialsProvider, region: &str) -> Self {
        let connector = transport::connector(ProxyConfig::disabled());
        Self::with_connector(credentials, Some(region.to_owned()), connector)
    }

    fn with_connector(
        credentials: SharedCredentialsProvider,
        region: Option<String>,
        connector: SharedHttpConnector,
    ) -> Self {
        Self {
            credentials,
            region,
            endpoints: EndpointOverrides::default(),
            timeouts: Timeouts::default(),
            retries: Retries::default(),
            bounds: Bounds::default(),
            rates: Rates::default(),
            most_pages: 100_000,
            largest_answer: 256 << 20,
            clock: Arc::new(SystemClock::default()),
            random: Arc::new(SystemRandom),
            connector,
        }
    }
}

impl EndpointOverrides {
    /// Reads the variables through `variable`.
    fn read(variable: &dyn Fn(&str) -> Option<String>) -> Self {
        let set = |name: &str| variable(name).filter(|value| !value.is_empty());
        let ignored = set("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS");
        if ignored.is_some_and(|value| value.eq_ignore_ascii_case("true")) {
            return Self::default();
        }
        let of_service = |service: &Service| {
            let name = service.display_name().to_uppercase();
            let value = set(&format!(
                "AWS_ENDPOINT_URL_{}",
                name.replace([' ', '-'], "_")
            ))?;
            Some((service.id().to_owned(), value))
        };
        Self {
            all: set("AWS_ENDPOINT_URL"),
            by_service: services().iter().filter_map(of_service).collect(),
        }
    }

    /// The endpoint of a service, if it is replaced.
    pub(crate) fn of(&self, service: &str) -> Option<&str> {
        self.by_service
            .get(service)
            .or(self.all.as_ref())
            .map(String::as_str)
    }
}

impl Rates {
    /// Start and ceiling of an operation.
    pub(crate) fn of(&self, operation: &ApiOperation) -> (f64, f64) {
        let (start, ceiling) = if operation.name().starts_with("Search") {
            (self.search, self.search_ceiling)
        } else if operation.service().id() == "sagemaker" {
            (self.sagemaker, self.ceiling)
        } else {
            (self.other, self.ceiling)
        };
        // A rate of zero would wait for ever.
        let start = start.max(0.2);
        (start, ceiling.max(start))
    }
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            attempt: Duration::from_secs(60),
            credentials: Duration::from_secs(60),
        }
    }
}

impl Default for Retries {
    fn default() -> Self {
        Self {
            attempts_per_call: 10,
            attempts_at_faults: 5,
            budget: 10_000,
        }
    }
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            requests: 32,
            requests_per_region: 10,
        }
    }
}

impl Default for Rates {
    fn default() -> Self {
        Self {
            sagemaker: 5.0,
            search: 2.0,
            other: 10.0,
            ceiling: 20.0,
            search_ceiling: 5.0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endpoints_of_variables() {
        let read = |variables: &[(&str, &str)]| {
            EndpointOverrides::read(&|name| {
                let found = variables.iter().find(|(key, _)| *key == name)?;
                Some(found.1.to_owned())
            })
        };
        let overrides = read(&[
            ("AWS_ENDPOINT_URL", "http://all"),
            ("AWS_ENDPOINT_URL_S3_CONTROL", "http://control"),
            ("AWS_ENDPOINT_URL_SAGEMAKER", ""),
        ]);
        assert_eq!(overrides.of("s3control"), Some("http://control"));
        assert_eq!(overrides.of("sagemaker"), Some("http://all"));
        assert_eq!(read(&[]).of("s3"), None);
        let ignored = [
            ("AWS_ENDPOINT_URL", "http://all"),
            ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "True"),
        ];
        assert_eq!(read(&ignored), EndpointOverrides::default());
    }
}
