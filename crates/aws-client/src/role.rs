//! Roles of other accounts.

use std::time::Duration;

use aws_credential_types::Credentials;
use aws_credential_types::provider::{self, ProvideCredentials, error::CredentialsError, future};
use aws_smithy_types::date_time::{DateTime, Format};
use rempart_aws_model::{api_operation, partition_endpoints};

use crate::call::{Call, CallError, Class, Reply};
use crate::client::Client;
use crate::xml;

/// A role to assume.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Role {
    /// ARN of the role.
    pub arn: String,
    /// Name of the session; it shows in CloudTrail.
    pub session_name: String,
    /// The secret that some roles ask for against confused deputies.
    pub external_id: Option<String>,
    /// A policy that narrows the session further, as JSON.
    pub session_policy: Option<String>,
    /// How long the credentials of the session are valid.
    pub duration: Duration,
}

impl Role {
    /// A session of one hour without conditions.
    pub fn new(arn: &str, session_name: &str) -> Self {
        Self {
            arn: arn.to_owned(),
            session_name: session_name.to_owned(),
            external_id: None,
            session_policy: None,
            duration: Duration::from_secs(3600),
        }
    }
}

/// Gives the credentials of a role, by calls of the client that may assume it.
#[derive(Debug)]
pub(crate) struct RoleProvider {
    pub(crate) client: Client,
    pub(crate) role: Role,
}

impl ProvideCredentials for RoleProvider {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(self.assume())
    }
}

impl RoleProvider {
    async fn assume(&self) -> provider::Result {
        let call = self
            .call()
            .map_err(|error| CredentialsError::invalid_configuration(error.to_string()))?;
        let reply = self.client.call(&call).await.map_err(|error: CallError| {
            CredentialsError::invalid_configuration(error.to_string())
        })?;
        if reply.class != Class::Ok {
            return Err(CredentialsError::provider_error(refusal(
                &self.role, &reply,
            )));
        }
        read(&reply).ok_or_else(|| {
            CredentialsError::unhandled("the answer of sts:AssumeRole holds no credentials")
        })
    }

    fn call(&self) -> Result<Call, &'static str> {
        let operation = api_operation("sts:AssumeRole").ok_or("sts:AssumeRole is in no table")?;
        let region = match self.client.region() {
            Some(region) => region.to_owned(),
            None => {
                let partition = self.role.arn.split(':').nth(1).unwrap_or_default();
                let of_role = rempart_aws_model::all_partition_endpoints()
                    .iter()
                    .find(|endpoints| endpoints.name == partition);
                of_role
                    .unwrap_or_else(|| partition_endpoints(""))
                    .global_region
                    .to_owned()
            }
        };
        let mut call = Call::new(operation, &region)
            .with("RoleArn", self.role.arn.as_str())
            .with("RoleSessionName", self.role.session_name.as_str())
            .with("DurationSeconds", self.role.duration.as_secs());
        if let Some(external_id) = &self.role.external_id {
            call = call.with("ExternalId", external_id.as_str());
        }
        if let Some(policy) = &self.role.session_policy {
            call = call.with("Policy", policy.as_str());
        }
        Ok(call)
    }
}

fn refusal(role: &Role, reply: &Reply) -> String {
    let error = reply.error.as_ref();
    let (code, message) = error.map_or(("", ""), |error| (&error.code, &error.message));
    format!("the role {} cannot be assumed: {code} {message}", role.arn)
}

fn read(reply: &Reply) -> Option<Credentials> {
    let text = |name: &str| {
        let path = ["AssumeRoleResult", "Credentials", name];
        xml::text_at(&reply.body, &path).ok().flatten()
    };
    let expiration = DateTime::from_str(&text("Expiration")?, Format::DateTime).ok()?;
    let credentials = Credentials::new(
        text("AccessKeyId")?,
        text("SecretAccessKey")?,
        Some(text("SessionToken")?),
        Some(expiration.try_into().ok()?),
        "AssumeRole",
    );
    Some(credentials)
}
