//! All policies that can touch a request.

use std::fmt;
use std::sync::Arc;

use crate::compile::CompiledPolicy;
use crate::compile::action::RequestAction;
use crate::grant::Grant;
use crate::public::PublicAccessBlock;

/// Something that is known, or that may be anything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Known<T> {
    /// It is this
    Is(T),
    /// There may be some, and we do not have it
    Unknown,
}

/// Where a decision comes from. The order is the order in which denials are reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Layer {
    /// S3 Block Public Access
    PublicAccessBlock,
    /// Resource control policies of the resource's account
    ResourceControl,
    /// Service control policies of the caller's account
    ServiceControl,
    /// The policy of the VPC endpoint that the request passes
    VpcEndpoint,
    /// The policy of the resource: bucket policy, key policy, trust policy…
    Resource,
    /// Policies of the user and its groups, or of the role
    Identity,
    /// The permissions boundary
    Boundary,
    /// Session policies
    Session,
    /// KMS grants
    Grants,
    /// The root user's own power
    RootUser,
}

impl Layer {
    /// Name in scenarios and answers.
    pub fn name(self) -> &'static str {
        match self {
            Self::PublicAccessBlock => "publicAccessBlock",
            Self::ResourceControl => "resourceControlPolicies",
            Self::ServiceControl => "serviceControlPolicies",
            Self::VpcEndpoint => "vpcEndpointPolicy",
            Self::Resource => "resourcePolicy",
            Self::Identity => "identityPolicies",
            Self::Boundary => "permissionsBoundary",
            Self::Session => "sessionPolicies",
            Self::Grants => "grants",
            Self::RootUser => "rootUser",
        }
    }

    /// Name for people.
    pub fn title(self) -> &'static str {
        match self {
            Self::PublicAccessBlock => "S3 Block Public Access",
            Self::ResourceControl => "a resource control policy",
            Self::ServiceControl => "a service control policy",
            Self::VpcEndpoint => "the VPC endpoint policy",
            Self::Resource => "the resource policy",
            Self::Identity => "the identity policies",
            Self::Boundary => "the permissions boundary",
            Self::Session => "the session policies",
            Self::Grants => "a KMS grant",
            Self::RootUser => "the power of the root user",
        }
    }
}

impl fmt::Display for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Kind of a VPC endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EndpointType {
    /// S3 and DynamoDB through the route table
    Gateway,
    /// PrivateLink
    Interface,
}

/// Policies of one layer.
pub type Policies = Vec<Arc<CompiledPolicy>>;

/// All policies that can touch a request.
#[derive(Debug, Clone)]
pub struct Stack {
    /// Policies of the user and its groups, or of the role.
    pub identity: Known<Policies>,
    /// Permissions boundary.
    pub boundary: Known<Option<Arc<CompiledPolicy>>>,
    /// Session policies; empty when the session was made without any.
    pub session: Known<Policies>,
    /// Levels of SCPs from the root to the account; empty when none apply.
    pub service_control: Known<Vec<Policies>>,
    /// Levels of RCPs of the resource's account, `RCPFullAWSAccess` not listed.
    pub resource_control: Known<Vec<Policies>>,
    /// Policy of the resource.
    pub resource: Known<Option<Arc<CompiledPolicy>>>,
    /// Policy of the endpoint that the request passes.
    pub endpoint: Known<Option<Arc<CompiledPolicy>>>,
    /// Kind of that endpoint.
    pub endpoint_type: Option<EndpointType>,
    /// Grants of the key.
    pub grants: Known<Vec<Grant>>,
    /// Block Public Access of account, bucket and access point together.
    pub public_access_block: Known<PublicAccessBlock>,
}

/// What the side of the resource brings to a decision. A [`Stack`] has such a side of its own; whoever
/// decides many requests of one caller keeps the caller's side and lends the other for each request.
#[derive(Debug, Clone)]
pub struct ResourceSide<'a> {
    /// Levels of RCPs of the resource's account, `RCPFullAWSAccess` not listed.
    pub resource_control: Known<&'a [Policies]>,
    /// Policy of the resource.
    pub resource: Known<Option<&'a Arc<CompiledPolicy>>>,
    /// Policy of the endpoint that the request passes.
    pub endpoint: Known<Option<&'a Arc<CompiledPolicy>>>,
    /// Kind of that endpoint.
    pub endpoint_type: Option<EndpointType>,
    /// Grants of the key.
    pub grants: Known<&'a [Grant]>,
    /// Block Public Access of account, bucket and access point together.
    pub public_access_block: Known<PublicAccessBlock>,
}

impl Default for Stack {
    /// No policy at all.
    fn default() -> Self {
        Self {
            identity: Known::Is(Vec::new()),
            boundary: Known::Is(None),
            session: Known::Is(Vec::new()),
            service_control: Known::Is(Vec::new()),
            resource_control: Known::Is(Vec::new()),
            resource: Known::Is(None),
            endpoint: Known::Is(None),
            endpoint_type: None,
            grants: Known::Is(Vec::new()),
            public_access_block: Known::Is(PublicAccessBlock::default()),
        }
    }
}

impl Default for ResourceSide<'_> {
    /// No policy at all.
    fn default() -> Self {
        Self {
            resource_control: Known::Is(&[]),
            resource: Known::Is(None),
            endpoint: Known::Is(None),
            endpoint_type: None,
            grants: Known::Is(&[]),
            public_access_block: Known::Is(PublicAccessBlock::default()),
        }
    }
}

impl<T> Known<T> {
    /// What it is, where known.
    pub fn known(&self) -> Option<&T> {
        match self {
            Self::Is(value) => Some(value),
            Self::Unknown => None,
        }
    }

    /// The same, lent.
    pub fn as_ref(&self) -> Known<&T> {
        match self {
            Self::Is(value) => Known::Is(value),
            Self::Unknown => Known::Unknown,
        }
    }

    /// Something else that is known where this is.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Known<U> {
        match self {
            Self::Is(value) => Known::Is(change(value)),
            Self::Unknown => Known::Unknown,
        }
    }
}

impl Stack {
    /// The side of the resource, lent.
    pub fn resource_side(&self) -> ResourceSide<'_> {
        ResourceSide {
            resource_control: self.resource_control.as_ref().map(Vec::as_slice),
            resource: self.resource.as_ref().map(Option::as_ref),
            endpoint: self.endpoint.as_ref().map(Option::as_ref),
            endpoint_type: self.endpoint_type,
            grants: self.grants.as_ref().map(Vec::as_slice),
            public_access_block: self.public_access_block.clone(),
        }
    }

    /// The caller's side of this stack with another side of the resource.
    #[must_use]
    pub fn beside(&self, side: ResourceSide<'_>) -> Self {
        Self {
            identity: self.identity.clone(),
            boundary: self.boundary.clone(),
            session: self.session.clone(),
            service_control: self.service_control.clone(),
            resource_control: side.resource_control.map(<[Policies]>::to_vec),
            resource: side.resource.map(Option::<&Arc<_>>::cloned),
            endpoint: side.endpoint.map(Option::<&Arc<_>>::cloned),
            endpoint_type: side.endpoint_type,
            grants: side.grants.map(<[Grant]>::to_vec),
            public_access_block: side.public_access_block,
        }
    }

    /// The same stack for one action: policies none of whose statements concern it are left out of
    /// layers in which that changes nothing.
    pub(crate) fn narrowed(&self, action: &RequestAction) -> Self {
        let keep = |policies: &Policies| -> Policies {
            let concerned = policies
                .iter()
                .filter(|policy| policy.candidates(action).next().is_some());
            concerned.cloned().collect()
        };
        let levels = |levels: &Known<Vec<Policies>>| match levels {
            Known::Is(levels) => Known::Is(levels.iter().map(keep).collect()),
            Known::Unknown => Known::Unknown,
        };
        Self {
            identity: match &self.identity {
                Known::Is(policies) => Known::Is(keep(policies)),
                Known::Unknown => Known::Unknown,
            },
            service_control: levels(&self.service_control),
            resource_control: levels(&self.resource_control),
            // Without any policy these layers would mean something else.
            session: self.session.clone(),
            boundary: self.boundary.clone(),
            resource: self.resource.clone(),
            endpoint: self.endpoint.clone(),
            endpoint_type: self.endpoint_type,
            grants: self.grants.clone(),
            public_access_block: self.public_access_block.clone(),
        }
    }

    /// Every policy with its layer, in the order of [`Layer`].
    pub fn policies(&self) -> impl Iterator<Item = (Layer, &CompiledPolicy)> {
        fn listed(
            layer: Layer,
            policies: &Known<Policies>,
        ) -> impl Iterator<Item = (Layer, &CompiledPolicy)> {
            let policies = policies.known().into_iter().flatten();
            policies.map(move |policy| (layer, &**policy))
        }
        fn levels(
            layer: Layer,
            levels: &Known<Vec<Policies>>,
        ) -> impl Iterator<Item = (Layer, &CompiledPolicy)> {
            let policies = levels.known().into_iter().flatten().flatten();
            policies.map(move |policy| (layer, &**policy))
        }
        fn single(
            layer: Layer,
            policy: &Known<Option<Arc<CompiledPolicy>>>,
        ) -> impl Iterator<Item = (Layer, &CompiledPolicy)> {
            let policy = policy.known().into_iter().flatten();
            policy.map(move |policy| (layer, &**policy))
        }
        levels(Layer::ResourceControl, &self.resource_control)
            .chain(levels(Layer::ServiceControl, &self.service_control))
            .chain(single(Layer::VpcEndpoint, &self.endpoint))
            .chain(single(Layer::Resource, &self.resource))
            .chain(listed(Layer::Identity, &self.identity))
            .chain(single(Layer::Boundary, &self.boundary))
            .chain(listed(Layer::Session, &self.session))
    }
}
