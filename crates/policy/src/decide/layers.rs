//! The truths of all layers, and how they are put together.

use crate::compile::principal::Forms;
use crate::principal::Principal;
use crate::public;
use crate::request::Request;
use crate::stack::{Known, Layer, ResourceSide, Stack};
use crate::truth::Truth;

use super::Notes;
use super::judge::{Judge, Truths};

/// The truths of all layers for one request.
#[derive(Debug)]
pub(super) struct Layers {
    public_access_block: Truth,
    pub(super) resource_control: Truths,
    pub(super) service_control: Truths,
    pub(super) endpoint: Truths,
    resource_deny: Truth,
    resource_forms: Forms,
    identity: Truths,
    boundary: Truths,
    session: Truths,
    grants: Forms,
}

/// How the parts of the fourth step come out.
pub(super) struct Brackets {
    pub(super) granted: Truth,
    /// The layer that allows, if it is granted.
    pub(super) granting: Layer,
    /// The first layer that does not, if it is not.
    pub(super) missing: Layer,
}

impl Layers {
    pub(super) fn of(
        stack: &Stack,
        side: &ResourceSide<'_>,
        request: &Request,
        notes: &mut impl Notes,
    ) -> Self {
        let principal = request.principal();
        let has_identity = principal.account().is_some();
        let is_root = matches!(principal, Principal::Root { .. });
        let is_linked = request.is_service_linked();
        let mut judge = Judge {
            request,
            has_boundary: match &stack.boundary {
                Known::Is(boundary) => boundary.is_some().into(),
                Known::Unknown => Truth::Unknown,
            },
            endpoint_type: side.endpoint_type,
            notes,
        };
        let has_scps =
            has_identity && !is_linked && !request.principal_facts().is_management_account;
        let has_rcps = request.action_facts().rcp_covered
            && !is_linked
            && !request.resource_facts().is_management_account
            && !request.resource_facts().is_aws_managed_key;
        let (identity, boundary, session) = if is_root || !has_identity {
            (Truths::ABSENT, Truths::ABSENT, Truths::ABSENT)
        } else {
            let boundary = match &stack.boundary {
                Known::Is(None) => Truths::ABSENT,
                Known::Is(Some(policy)) => {
                    judge.policies(Layer::Boundary, std::slice::from_ref(policy))
                }
                Known::Unknown => Truths::UNKNOWN,
            };
            let session = match &stack.session {
                Known::Is(policies) if policies.is_empty() => Truths {
                    deny: Truth::False,
                    // A federated session without policies has no permissions of its own.
                    allow: Truth::from(!matches!(principal, Principal::FederatedUser { .. })),
                },
                policies => judge.known(Layer::Session, policies),
            };
            (
                judge.known(Layer::Identity, &stack.identity),
                boundary,
                session,
            )
        };
        let (resource_deny, resource_forms) = judge.resource(&side.resource);
        let endpoint = match &side.endpoint {
            Known::Is(None) => Truths::ABSENT,
            Known::Is(Some(policy)) => {
                judge.policies(Layer::VpcEndpoint, std::slice::from_ref(*policy))
            }
            Known::Unknown => Truths::UNKNOWN,
        };
        Self {
            public_access_block: public::denies(side, request),
            resource_control: if has_rcps {
                Truths {
                    // RCPFullAWSAccess is attached at every level.
                    allow: Truth::True,
                    ..judge.levels(Layer::ResourceControl, &side.resource_control)
                }
            } else {
                Truths::ABSENT
            },
            service_control: if has_scps {
                judge.levels(
                    Layer::ServiceControl,
                    &stack.service_control.as_ref().map(Vec::as_slice),
                )
            } else {
                Truths::ABSENT
            },
            endpoint,
            resource_deny,
            resource_forms,
            identity,
            boundary,
            session,
            grants: grants(side, request),
        }
    }

    fn denials(&self) -> [(Layer, Truth); 8] {
        [
            (Layer::PublicAccessBlock, self.public_access_block),
            (Layer::ResourceControl, self.resource_control.deny),
            (Layer::ServiceControl, self.service_control.deny),
            (Layer::VpcEndpoint, self.endpoint.deny),
            (Layer::Resource, self.resource_deny),
            (Layer::Identity, self.identity.deny),
            (Layer::Boundary, self.boundary.deny),
            (Layer::Session, self.session.deny),
        ]
    }

    pub(super) fn deny(&self) -> Truth {
        let denials = self.denials();
        denials
            .iter()
            .fold(Truth::False, |deny, (_, truth)| deny.or(*truth))
    }

    pub(super) fn first_denying(&self) -> Option<Layer> {
        let denials = self.denials();
        let mut true_ones = denials.iter().filter(|(_, truth)| truth.is_true());
        true_ones.next().map(|(layer, _)| *layer)
    }

    pub(super) fn first_missing_limit(&self) -> Option<Layer> {
        [
            (Layer::ServiceControl, self.service_control.allow),
            (Layer::VpcEndpoint, self.endpoint.allow),
        ]
        .into_iter()
        .find(|(_, allow)| allow.is_false())
        .map(|(layer, _)| layer)
    }

    /// The fourth step: what grants the request.
    pub(super) fn brackets(&self, request: &Request, same_account: bool) -> Brackets {
        let principal = request.principal();
        let forms = self.resource_forms;
        let (identity, boundary, session) =
            (self.identity.allow, self.boundary.allow, self.session.allow);
        let bounded = boundary.and(session);
        if request.prepared_action().service() == "kms"
            && request.prepared_action().name() == "retiregrant"
        {
            let direct = self
                .grants
                .direct
                .or(self.grants.role)
                .or(self.grants.issuer);
            let granted = direct.or(self.grants.account.and(identity).and(bounded));
            return Brackets {
                granted,
                granting: Layer::Grants,
                missing: Layer::Grants,
            };
        }
        let is_root = matches!(principal, Principal::Root { .. });
        let needs_resource_policy = request.is_on_key() || request.is_on_trust();
        let through_role = forms.role.or(forms.issuer).and(bounded);
        let (granted, by_resource, missing) = if principal.account().is_none() {
            (forms.direct, forms.direct, Layer::Resource)
        } else if !same_account {
            let named = if request.crosses_partitions() {
                Truth::False
            } else {
                forms.any()
            };
            let granted = identity.and(bounded).and(named);
            let missing = if named.is_false() {
                Layer::Resource
            } else {
                self.first_missing_of_caller()
            };
            (granted, granted, missing)
        } else {
            let by_resource = forms.direct.or(through_role);
            let delegated = if needs_resource_policy {
                forms.account
            } else {
                Truth::True
            };
            let by_identity = delegated.and(identity).and(bounded);
            let named_indirectly = forms.role.or(forms.issuer);
            let missing = if needs_resource_policy && forms.any().is_false() {
                Layer::Resource
            } else if named_indirectly.is_true() && bounded.is_false() {
                self.first_missing_bound()
            } else {
                self.first_missing_of_caller()
            };
            (by_resource.or(by_identity), by_resource, missing)
        };
        let by_grant = self.by_grant(bounded, is_root);
        let granting =
            if by_resource.is_true() && !(is_root && same_account && !needs_resource_policy) {
                Layer::Resource
            } else if granted.is_true() {
                if is_root {
                    Layer::RootUser
                } else {
                    Layer::Identity
                }
            } else {
                Layer::Grants
            };
        Brackets {
            granted: granted.or(by_grant),
            granting,
            missing,
        }
    }

    /// A grant suffices when boundary and session policies allow, too; AWS does not say what holds
    /// when they do not.
    fn by_grant(&self, bounded: Truth, is_root: bool) -> Truth {
        let grants = self.grants;
        let named = grants.direct.or(grants.role).or(grants.issuer);
        let limit = if is_root || bounded.is_true() {
            Truth::True
        } else {
            Truth::Unknown
        };
        let delegated = grants.account.and(self.identity.allow);
        named.or(delegated).and(limit)
    }

    fn first_missing_of_caller(&self) -> Layer {
        if self.identity.allow.is_true() {
            self.first_missing_bound()
        } else {
            Layer::Identity
        }
    }

    fn first_missing_bound(&self) -> Layer {
        if self.boundary.allow.is_true() {
            Layer::Session
        } else {
            Layer::Boundary
        }
    }
}

/// In which forms grants allow the request.
fn grants(side: &ResourceSide<'_>, request: &Request) -> Forms {
    if request.prepared_action().service() != "kms" {
        return Forms::default();
    }
    let Known::Is(grants) = &side.grants else {
        return Forms {
            direct: Truth::Unknown,
            ..Forms::default()
        };
    };
    let mut forms = Forms::default();
    for grant in *grants {
        forms = forms.or(grant.forms(request));
    }
    forms
}
