//! `userIdentity`: who made a call.

use std::borrow::Cow;

use crate::json::{Json, Kind};
use crate::record::fields::flag_of;
use crate::record::{Field, Record};
use crate::time::EventTime;

/// The values of `userIdentity.type`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum IdentityKind {
    /// The root user of the account.
    Root,
    /// A user of IAM.
    IamUser,
    /// A session of a role.
    AssumedRole,
    /// A role itself.
    Role,
    /// A session of `GetFederationToken`.
    FederatedUser,
    /// Calls `AssumeRoleWithSAML`.
    SamlUser,
    /// Calls `AssumeRoleWithWebIdentity`.
    WebIdentityUser,
    /// A directory service.
    Directory,
    /// Another account, of which nothing more is told.
    AwsAccount,
    /// A service.
    AwsService,
    /// A user of Identity Center.
    IdentityCenterUser,
    /// CloudTrail could not tell; Identity Center events of older date say so too.
    UnknownToCloudTrail,
    /// A value that this program does not know.
    Unknown(String),
    /// No type: events of services, or no identity at all.
    Absent,
}

/// Whether there is an identity at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum IdentityState {
    /// An object with members.
    Present,
    /// `{}`
    Empty,
    /// `null`
    Null,
    /// Not in the record.
    Absent,
    /// Something other than an object.
    NotAnObject,
}

/// A view of `userIdentity`. Everything is optional, and read when it is asked for.
#[derive(Debug, Clone, Copy)]
pub struct Identity<'a> {
    value: Option<Json<'a>>,
}

/// The role or user that issued a session.
#[derive(Debug, Clone, Copy)]
pub struct SessionIssuer<'a>(Json<'a>);

/// `inScopeOf`: the resource in whose scope the credentials were issued.
#[derive(Debug, Clone, Copy)]
pub struct InScopeOf<'a>(Json<'a>);

/// `onBehalfOf`: the Identity Center user for whom a session acts.
#[derive(Debug, Clone, Copy)]
pub struct OnBehalfOf<'a>(Json<'a>);

/// `webIdFederationData`: who vouched for a web identity.
#[derive(Debug, Clone, Copy)]
pub struct WebIdFederation<'a>(Json<'a>);

macro_rules! texts {
    ($($(#[$doc:meta])+ $name:ident: $($key:literal).+;)+) => {
        $(
            $(#[$doc])+
            #[must_use]
            pub fn $name(&self) -> Option<Cow<'a, str>> {
                text(self.json()?.path(&[$($key),+])?)
            }
        )+
    };
}

impl<'a> Identity<'a> {
    /// The identity of a record.
    #[must_use]
    pub fn of(record: &Record<'a>) -> Self {
        Self {
            value: record.get(Field::UserIdentity),
        }
    }

    /// Whether there is one.
    #[must_use]
    pub fn state(&self) -> IdentityState {
        match self.value {
            None => IdentityState::Absent,
            Some(value) => match value.kind() {
                Kind::Null => IdentityState::Null,
                Kind::Object if value.entries().next().is_none() => IdentityState::Empty,
                Kind::Object => IdentityState::Present,
                _ => IdentityState::NotAnObject,
            },
        }
    }

    /// The object itself, when it is one.
    #[must_use]
    pub fn json(&self) -> Option<Json<'a>> {
        self.value.filter(|value| value.kind() == Kind::Object)
    }

    /// What sort of identity it is.
    #[must_use]
    pub fn kind(&self) -> IdentityKind {
        let Some(kind) = self.json().and_then(|value| text(value.get("type")?)) else {
            return IdentityKind::Absent;
        };
        match &*kind {
            "Root" => IdentityKind::Root,
            "IAMUser" => IdentityKind::IamUser,
            "AssumedRole" => IdentityKind::AssumedRole,
            "Role" => IdentityKind::Role,
            "FederatedUser" => IdentityKind::FederatedUser,
            "SAMLUser" => IdentityKind::SamlUser,
            "WebIdentityUser" => IdentityKind::WebIdentityUser,
            "Directory" => IdentityKind::Directory,
            "AWSAccount" => IdentityKind::AwsAccount,
            "AWSService" => IdentityKind::AwsService,
            "IdentityCenterUser" => IdentityKind::IdentityCenterUser,
            "Unknown" => IdentityKind::UnknownToCloudTrail,
            other => IdentityKind::Unknown(other.to_owned()),
        }
    }

    texts! {
        /// Unique id; of a session `<id of the role>:<session name>`.
        principal_id: "principalId";
        /// ARN of the principal.
        arn: "arn";
        /// Account of the principal.
        account_id: "accountId";
        /// Name of the user, or the text that hides it.
        user_name: "userName";
        /// Access key; `AKIA` is long-term, `ASIA` temporary. Absent when empty.
        access_key_id: "accessKeyId";
        /// The service that made the request.
        invoked_by: "invokedBy";
        /// Account of a product provider with delegated access.
        delegate_account_id: "invokedByDelegate"."accountId";
        /// Id of a bearer token.
        credential_id: "credentialId";
        /// Provider of a SAML or web identity.
        identity_provider: "identityProvider";
        /// What the person named itself when the role was assumed; stays along the chain of roles.
        source_identity: "sessionContext"."sourceIdentity";
        /// The sign-in session, equal to the condition key `aws:SignInSessionArn`.
        sign_in_session_arn: "sessionContext"."signInSessionArn";
        /// Version of the instance metadata service that delivered the credentials: `1.0` or `2.0`.
        ec2_role_delivery: "sessionContext"."ec2RoleDelivery";
    }

    /// The name of the session, from `principalId`, else from the ARN of an assumed role.
    #[must_use]
    pub fn session_name(&self) -> Option<Cow<'a, str>> {
        if let Some(id) = self.principal_id()
            && let Some(name) = after(id, ':')
        {
            return Some(name);
        }
        let arn = self.arn().filter(|arn| arn.contains(":assumed-role/"))?;
        let is_session = arn.matches('/').count() >= 2;
        is_session.then(|| after_last(arn, '/')).flatten()
    }

    /// When the session began.
    #[must_use]
    pub fn session_created(&self) -> Option<EventTime> {
        let attributes = self.session_attributes()?;
        EventTime::parse(&text(attributes.get("creationDate")?)?)
    }

    /// Whether the session was opened with a second factor; `None` when the record does not say.
    #[must_use]
    pub fn mfa(&self) -> Option<bool> {
        flag_of(self.session_attributes()?.get("mfaAuthenticated")?)
    }

    /// Whether the session came from `AssumeRoot`.
    #[must_use]
    pub fn assumed_root(&self) -> Option<bool> {
        flag_of(self.session_context()?.get("assumedRoot")?)
    }

    /// Who issued the session; `None` when absent or empty.
    #[must_use]
    pub fn session_issuer(&self) -> Option<SessionIssuer<'a>> {
        filled(self.session_context()?.get("sessionIssuer")?).map(SessionIssuer)
    }

    /// Who vouched for a web identity; `None` when absent or empty.
    #[must_use]
    pub fn web_id_federation(&self) -> Option<WebIdFederation<'a>> {
        filled(self.session_context()?.get("webIdFederationData")?).map(WebIdFederation)
    }

    /// The Identity Center user for whom the call was made.
    #[must_use]
    pub fn on_behalf_of(&self) -> Option<OnBehalfOf<'a>> {
        filled(self.json()?.get("onBehalfOf")?).map(OnBehalfOf)
    }

    /// The resource in whose scope the credentials were issued.
    #[must_use]
    pub fn in_scope_of(&self) -> Option<InScopeOf<'a>> {
        filled(self.json()?.get("inScopeOf")?).map(InScopeOf)
    }

    /// `sessionContext`, when it is an object.
    #[must_use]
    pub fn session_context(&self) -> Option<Json<'a>> {
        self.json()?.get("sessionContext")
    }

    fn session_attributes(&self) -> Option<Json<'a>> {
        self.session_context()?.get("attributes")
    }
}

macro_rules! view {
    ($type:ident { $($(#[$doc:meta])+ $name:ident: $key:literal;)+ }) => {
        impl<'a> $type<'a> {
            /// The object itself.
            #[must_use]
            pub const fn json(&self) -> Option<Json<'a>> {
                Some(self.0)
            }

            texts! { $($(#[$doc])+ $name: $key;)+ }
        }
    };
}

view!(SessionIssuer {
    /// `Role`, `IAMUser`, `Root`
    kind: "type";
    /// Name of the role or user.
    user_name: "userName";
    /// Unique id of the role or user.
    principal_id: "principalId";
    /// ARN with the full path, which the ARN of the session lacks.
    arn: "arn";
    /// Account of the role or user.
    account_id: "accountId";
});

view!(InScopeOf {
    /// ARN of the resource.
    source_arn: "sourceArn";
    /// Account of the resource.
    source_account: "sourceAccount";
    /// Who issued the credentials.
    issuer_type: "issuerType";
    /// For what they were issued.
    credentials_issued_to: "credentialsIssuedTo";
});

view!(OnBehalfOf {
    /// Id of the user in the identity store.
    user_id: "userId";
    /// ARN of the identity store.
    identity_store_arn: "identityStoreArn";
});

view!(WebIdFederation {
    /// ARN or name of the provider.
    federated_provider: "federatedProvider";
});

impl<'a> WebIdFederation<'a> {
    /// `attributes`, when present.
    #[must_use]
    pub fn attributes(&self) -> Option<Json<'a>> {
        self.0.get("attributes")
    }
}

/// A text that says something: numbers count, since exporters turn account ids into them.
fn text(value: Json<'_>) -> Option<Cow<'_, str>> {
    value.scalar_text().filter(|text| !text.is_empty())
}

/// An object with members.
fn filled(value: Json<'_>) -> Option<Json<'_>> {
    value.entries().next().is_some().then_some(value)
}

fn after(text: Cow<'_, str>, separator: char) -> Option<Cow<'_, str>> {
    match text {
        Cow::Borrowed(text) => text.split_once(separator).map(|(_, rest)| rest.into()),
        Cow::Owned(text) => text
            .split_once(separator)
            .map(|(_, rest)| rest.to_owned().into()),
    }
}

fn after_last(text: Cow<'_, str>, separator: char) -> Option<Cow<'_, str>> {
    match text {
        Cow::Borrowed(text) => text.rsplit_once(separator).map(|(_, rest)| rest.into()),
        Cow::Owned(text) => text
            .rsplit_once(separator)
            .map(|(_, rest)| rest.to_owned().into()),
    }
}
