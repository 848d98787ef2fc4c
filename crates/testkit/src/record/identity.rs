//! The `userIdentity` variants.

use serde_json::{Value, json};

use super::{Actor, Client};
use crate::random::Random;
use crate::time::Time;

/// A long-term key id that depends on the label alone.
#[must_use]
pub fn access_key(label: &str) -> String {
    format!("AKIAEXAMPLE{}", Random::of_label(label).capitals(9))
}

/// A temporary key id that depends on the label alone.
#[must_use]
pub fn temporary_key(label: &str) -> String {
    format!("ASIAEXAMPLE{}", Random::of_label(label).capitals(9))
}

/// An IAM role.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Role {
    /// Account of the role.
    pub account: &'static str,
    /// Path with both slashes.
    pub path: &'static str,
    /// Name of the role.
    pub name: &'static str,
}

impl Role {
    /// ARN with the path.
    #[must_use]
    pub fn arn(&self) -> String {
        format!(
            "arn:aws:iam::{}:role{}{}",
            self.account, self.path, self.name
        )
    }

    /// Unique id (`AROA…`).
    #[must_use]
    pub fn id(&self) -> String {
        format!("AROAEXAMPLE{}", Random::of_label(&self.arn()).capitals(10))
    }

    /// ARN of a session.
    #[must_use]
    pub fn session_arn(&self, session: &str) -> String {
        format!(
            "arn:aws:sts::{}:assumed-role/{}/{session}",
            self.account, self.name
        )
    }

    /// A session of the role, created at `created`; its key follows from name and time.
    #[must_use]
    pub fn session(&self, session: &str, created: Time, client: Client) -> Actor {
        let key = temporary_key(&format!("{}/{session}/{}", self.arn(), created.0));
        Actor {
            account: self.account,
            identity: json!({
                "type": "AssumedRole",
                "principalId": format!("{}:{session}", self.id()),
                "arn": self.session_arn(session),
                "accountId": self.account,
                "accessKeyId": key,
                "sessionContext": {
                    "sessionIssuer": {
                        "type": "Role",
                        "principalId": self.id(),
                        "arn": self.arn(),
                        "accountId": self.account,
                        "userName": self.name,
                    },
                    "attributes": { "creationDate": created.iso(), "mfaAuthenticated": "false" },
                },
            }),
            client,
        }
    }
}

impl Actor {
    /// An IAM user with a long-term key.
    #[must_use]
    pub fn user(account: &'static str, name: &str, key: &str, client: Client) -> Self {
        Self {
            account,
            identity: json!({
                "type": "IAMUser",
                "principalId": format!("AIDAEXAMPLE{}", Random::of_label(name).capitals(10)),
                "arn": format!("arn:aws:iam::{account}:user/{name}"),
                "accountId": account,
                "accessKeyId": key,
                "userName": name,
            }),
            client,
        }
    }

    /// An AWS service acting for itself.
    #[must_use]
    pub fn service(account: &'static str, service: &str) -> Self {
        Self {
            account,
            identity: json!({ "type": "AWSService", "invokedBy": format!("{service}.amazonaws.com") }),
            client: Client::service(service),
        }
    }

    /// The identity of a service event, which has no type.
    #[must_use]
    pub fn service_event(account: &'static str, service: &str) -> Self {
        let mut actor = Self::service(account, service);
        actor.identity =
            json!({ "accountId": account, "invokedBy": format!("{service}.amazonaws.com") });
        actor
    }

    /// The root user with a console session.
    #[must_use]
    pub fn root(account: &'static str, client: Client) -> Self {
        Self {
            account,
            identity: json!({
                "type": "Root",
                "principalId": account,
                "arn": format!("arn:aws:iam::{account}:root"),
                "accountId": account,
                "accessKeyId": "",
            }),
            client,
        }
    }

    /// A principal of another account as the owner's copy shows it.
    #[must_use]
    pub fn other_account(account: &'static str, principal: &str, client: Client) -> Self {
        Self {
            account,
            identity: json!({ "type": "AWSAccount", "principalId": principal, "accountId": account }),
            client,
        }
    }

    /// A workload that presents a token of an OpenID Connect provider.
    #[must_use]
    pub fn web_identity(
        account: &'static str,
        provider: &str,
        subject: &str,
        client: Client,
    ) -> Self {
        let provider_arn = format!("arn:aws:iam::{account}:oidc-provider/{provider}");
        Self {
            account,
            identity: json!({
                "type": "WebIdentityUser",
                "principalId": format!("{provider_arn}:sts.amazonaws.com:{subject}"),
                "userName": subject,
                "identityProvider": provider_arn,
            }),
            client,
        }
    }

    /// The same session, in which a service makes the calls (forward access).
    #[must_use]
    pub fn through(&self, service: &str) -> Self {
        let mut actor = self.with(Client::service(service));
        if let Some(identity) = actor.identity.as_object_mut() {
            identity.insert(
                "invokedBy".to_owned(),
                json!(format!("{service}.amazonaws.com")),
            );
        }
        actor
    }

    /// The same session on behalf of an Identity Center user.
    #[must_use]
    pub fn on_behalf_of(mut self, user_id: &str, identity_store: &str) -> Self {
        if let Some(identity) = self.identity.as_object_mut() {
            identity.insert(
                "onBehalfOf".to_owned(),
                json!({ "userId": user_id, "identityStoreArn": identity_store }),
            );
        }
        self
    }

    /// The same session with a source identity.
    #[must_use]
    pub fn source_identity(mut self, name: &str) -> Self {
        if let Some(context) = self
            .identity
            .get_mut("sessionContext")
            .and_then(Value::as_object_mut)
        {
            context.insert("sourceIdentity".to_owned(), json!(name));
        }
        self
    }

    /// The same session marked as signed in with a second factor.
    #[must_use]
    pub fn with_mfa(mut self, created: Time) -> Self {
        let attributes = json!({ "creationDate": created.iso(), "mfaAuthenticated": "true" });
        if let Some(identity) = self.identity.as_object_mut() {
            let context = identity
                .entry("sessionContext")
                .or_insert_with(|| json!({}));
            if let Some(context) = context.as_object_mut() {
                context.insert("attributes".to_owned(), attributes);
            }
        }
        self
    }

    /// The `arn` of the identity, or an empty text.
    #[must_use]
    pub fn arn(&self) -> &str {
        self.identity
            .get("arn")
            .and_then(Value::as_str)
            .unwrap_or_default()
    }
}
