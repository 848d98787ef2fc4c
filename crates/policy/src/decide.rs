//! The decision: which layers let a request through, and which one ends it.

use std::sync::Arc;

use crate::compile::principal::Forms;
use crate::compile::{CompiledPolicy, CompiledStatement};
use crate::document::Effect;
use crate::principal::Principal;
use crate::public;
use crate::request::{Request, ResourceAccount};
use crate::stack::{EndpointType, Known, Layer, Policies, Stack};
use crate::truth::Truth;

/// What AWS answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Decision {
    /// The request is allowed
    Allowed,
    /// A Deny statement matches
    ExplicitlyDenied,
    /// Nothing allows it, or a limit does not let it through
    ImplicitlyDenied,
    /// It cannot be decided
    Unsupported,
}

impl Decision {
    /// Name in answers.
    pub fn name(self) -> &'static str {
        match self {
            Self::Allowed => "Allowed",
            Self::ExplicitlyDenied => "ExplicitlyDenied",
            Self::ImplicitlyDenied => "ImplicitlyDenied",
            Self::Unsupported => "Unsupported",
        }
    }

    /// The decision of this name.
    pub fn of_name(name: &str) -> Option<Self> {
        [
            Self::Allowed,
            Self::ExplicitlyDenied,
            Self::ImplicitlyDenied,
            Self::Unsupported,
        ]
        .into_iter()
        .find(|decision| decision.name() == name)
    }
}

/// A decision and the truths it rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outcome {
    /// The decision.
    pub decision: Decision,
    /// The layer that decided; `None` when it cannot be decided.
    pub decided_by: Option<Layer>,
    /// Whether some Deny matches.
    pub deny: Truth,
    /// Whether limits and grants let the request through, denials aside.
    pub grant: Truth,
}

/// Takes note of statements that are not false, for explanations.
pub(crate) trait Notes {
    fn statement(
        &mut self,
        layer: Layer,
        policy: &Arc<CompiledPolicy>,
        statement: &CompiledStatement,
        truth: Truth,
    );
}

/// Takes no notes.
pub(crate) struct NoNotes;

impl Notes for NoNotes {
    fn statement(&mut self, _: Layer, _: &Arc<CompiledPolicy>, _: &CompiledStatement, _: Truth) {}
}

impl Stack {
    /// Decides a request.
    pub fn decide(&self, request: &Request) -> Outcome {
        self.decide_noting(request, &mut NoNotes)
    }

    pub(crate) fn decide_noting(&self, request: &Request, notes: &mut impl Notes) -> Outcome {
        let outcome = self.assume_known(request, notes);
        if request.action_facts().is_known {
            return outcome;
        }
        Outcome {
            decision: Decision::Unsupported,
            decided_by: None,
            ..outcome
        }
    }

    /// Decides as if the reference listed the action.
    pub(crate) fn assume_known(&self, request: &Request, notes: &mut impl Notes) -> Outcome {
        let caller = request.principal().account();
        match (request.resource_account(), caller) {
            (_, None) | (ResourceAccount::Callers, _) => self.judge(request, true, notes),
            (ResourceAccount::Account(account), Some(caller)) => {
                self.judge(request, account == caller, notes)
            }
            (ResourceAccount::Unknown, Some(_)) => {
                let inside = self.judge(request, true, notes);
                let outside = self.judge(request, false, &mut NoNotes);
                if inside.decision == outside.decision {
                    return inside;
                }
                Outcome {
                    decision: Decision::Unsupported,
                    decided_by: None,
                    deny: inside.deny,
                    grant: Truth::Unknown,
                }
            }
        }
    }

    fn judge(&self, request: &Request, same_account: bool, notes: &mut impl Notes) -> Outcome {
        let layers = Layers::of(self, request, notes);
        let brackets = layers.brackets(self, request, same_account);
        let limits = layers
            .service_control
            .allow
            .and(layers.resource_control.allow)
            .and(layers.endpoint.allow);
        let deny = layers.deny();
        let grant = limits.and(brackets.granted);
        let (decision, decided_by) = if deny.is_true() {
            (Decision::ExplicitlyDenied, layers.first_denying())
        } else if grant.is_false() {
            let layer = layers.first_missing_limit().unwrap_or(brackets.missing);
            (Decision::ImplicitlyDenied, Some(layer))
        } else if deny.is_false() && grant.is_true() {
            (Decision::Allowed, Some(brackets.granting))
        } else {
            (Decision::Unsupported, None)
        };
        Outcome {
            decision,
            decided_by,
            deny,
            grant,
        }
    }
}

/// Whether some Deny and some Allow of a layer match.
#[derive(Debug, Clone, Copy, Default)]
struct Truths {
    deny: Truth,
    allow: Truth,
}

impl Truths {
    /// A layer that does not take part.
    const ABSENT: Self = Self {
        deny: Truth::False,
        allow: Truth::True,
    };
    const UNKNOWN: Self = Self {
        deny: Truth::Unknown,
        allow: Truth::Unknown,
    };
}

/// The truths of all layers for one request.
#[derive(Debug)]
struct Layers {
    public_access_block: Truth,
    resource_control: Truths,
    service_control: Truths,
    endpoint: Truths,
    resource_deny: Truth,
    resource_forms: Forms,
    identity: Truths,
    boundary: Truths,
    session: Truths,
    grants: Forms,
}

/// How the parts of the fourth step come out.
struct Brackets {
    granted: Truth,
    /// The layer that allows, if it is granted.
    granting: Layer,
    /// The first layer that does not, if it is not.
    missing: Layer,
}

impl Layers {
    fn of(stack: &Stack, request: &Request, notes: &mut impl Notes) -> Self {
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
            endpoint_type: stack.endpoint_type,
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
        let (resource_deny, resource_forms) = judge.resource(&stack.resource);
        let endpoint = match &stack.endpoint {
            Known::Is(None) => Truths::ABSENT,
            Known::Is(Some(policy)) => {
                judge.policies(Layer::VpcEndpoint, std::slice::from_ref(policy))
            }
            Known::Unknown => Truths::UNKNOWN,
        };
        Self {
            public_access_block: public::denies(stack, request),
            resource_control: if has_rcps {
                Truths {
                    // RCPFullAWSAccess is attached at every level.
                    allow: Truth::True,
                    ..judge.levels(Layer::ResourceControl, &stack.resource_control)
                }
            } else {
                Truths::ABSENT
            },
            service_control: if has_scps {
                judge.levels(Layer::ServiceControl, &stack.service_control)
            } else {
                Truths::ABSENT
            },
            endpoint,
            resource_deny,
            resource_forms,
            identity,
            boundary,
            session,
            grants: grants(stack, request),
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

    fn deny(&self) -> Truth {
        let denials = self.denials();
        denials
            .iter()
            .fold(Truth::False, |deny, (_, truth)| deny.or(*truth))
    }

    fn first_denying(&self) -> Option<Layer> {
        let denials = self.denials();
        let mut true_ones = denials.iter().filter(|(_, truth)| truth.is_true());
        true_ones.next().map(|(layer, _)| *layer)
    }

    fn first_missing_limit(&self) -> Option<Layer> {
        [
            (Layer::ServiceControl, self.service_control.allow),
            (Layer::VpcEndpoint, self.endpoint.allow),
        ]
        .into_iter()
        .find(|(_, allow)| allow.is_false())
        .map(|(layer, _)| layer)
    }

    /// The fourth step: what grants the request.
    fn brackets(&self, stack: &Stack, request: &Request, same_account: bool) -> Brackets {
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
        let _ = stack;
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
fn grants(stack: &Stack, request: &Request) -> Forms {
    if request.prepared_action().service() != "kms" {
        return Forms::default();
    }
    let Known::Is(grants) = &stack.grants else {
        return Forms {
            direct: Truth::Unknown,
            ..Forms::default()
        };
    };
    let mut forms = Forms::default();
    for grant in grants {
        forms = forms.or(grant.forms(request));
    }
    forms
}

/// Asks the policies of a layer.
struct Judge<'a, N> {
    request: &'a Request,
    has_boundary: Truth,
    endpoint_type: Option<EndpointType>,
    notes: &'a mut N,
}

impl<N: Notes> Judge<'_, N> {
    fn known(&mut self, layer: Layer, policies: &Known<Policies>) -> Truths {
        match policies {
            Known::Is(policies) => self.policies(layer, policies),
            Known::Unknown => Truths::UNKNOWN,
        }
    }

    /// Every level must allow.
    fn levels(&mut self, layer: Layer, levels: &Known<Vec<Policies>>) -> Truths {
        let Known::Is(levels) = levels else {
            return Truths::UNKNOWN;
        };
        let mut all = Truths::ABSENT;
        for policies in levels {
            let level = self.policies(layer, policies);
            all.deny = all.deny.or(level.deny);
            all.allow = all.allow.and(level.allow);
        }
        all
    }

    fn policies(&mut self, layer: Layer, policies: &[Arc<CompiledPolicy>]) -> Truths {
        let mut truths = Truths::default();
        for policy in policies {
            for statement in policy.candidates(self.request.prepared_action()) {
                let forms = self.forms(layer, statement);
                let truth = forms.any();
                if truth.is_false() {
                    continue;
                }
                self.notes.statement(layer, policy, statement, truth);
                match statement.effect {
                    Effect::Allow => truths.allow = truths.allow.or(truth),
                    Effect::Deny => truths.deny = truths.deny.or(truth),
                }
            }
        }
        truths
    }

    /// The policy of the resource: whether it denies, and in which forms it allows.
    fn resource(&mut self, policy: &Known<Option<Arc<CompiledPolicy>>>) -> (Truth, Forms) {
        let unknown = Forms {
            direct: Truth::Unknown,
            ..Forms::default()
        };
        let policy = match policy {
            Known::Unknown => return (Truth::Unknown, unknown),
            Known::Is(None) if self.request.is_on_key() || self.request.is_on_trust() => {
                // There always is one.
                return (Truth::Unknown, unknown);
            }
            Known::Is(None) => return (Truth::False, Forms::default()),
            Known::Is(Some(policy)) => policy,
        };
        let (mut deny, mut allow) = (Truth::False, Forms::default());
        for statement in policy.candidates(self.request.prepared_action()) {
            let forms = self.forms(Layer::Resource, statement);
            let truth = forms.any();
            if truth.is_false() {
                continue;
            }
            if statement.effect == Effect::Deny && self.passes_bucket_policy() {
                continue;
            }
            self.notes
                .statement(Layer::Resource, policy, statement, truth);
            match statement.effect {
                Effect::Allow => allow = allow.or(forms),
                Effect::Deny => deny = deny.or(truth),
            }
        }
        (deny, allow)
    }

    /// The root user of the bucket's account can always mend the bucket policy (S3 User Guide,
    /// "Bucket policies").
    fn passes_bucket_policy(&self) -> bool {
        let action = self.request.prepared_action();
        let is_own = match self.request.resource_account() {
            ResourceAccount::Account(owner) => self.request.principal().account() == Some(owner),
            ResourceAccount::Callers => true,
            ResourceAccount::Unknown => false,
        };
        action.service() == "s3"
            && matches!(
                action.name(),
                "getbucketpolicy" | "putbucketpolicy" | "deletebucketpolicy"
            )
            && matches!(self.request.principal(), Principal::Root { .. })
            && is_own
    }

    /// In which forms a statement, whose action matches, concerns the request.
    fn forms(&self, layer: Layer, statement: &CompiledStatement) -> Forms {
        let request = self.request;
        let resource = statement.resource_truth(request.resource(), request.context());
        if resource.is_false() {
            return Forms::default();
        }
        let forms = match &statement.principals {
            Some(principals) => principals.forms(request, statement.effect, self.has_boundary),
            None => Forms {
                direct: Truth::True,
                ..Forms::default()
            },
        };
        let forms = match layer {
            Layer::VpcEndpoint => self.through_endpoint(forms),
            _ => forms,
        };
        if forms.any().is_false() {
            return forms;
        }
        forms
            .and(resource)
            .and(statement.condition_truth(request.context()))
    }

    /// In the policy of a gateway endpoint an account means its root user only (PrivateLink Guide,
    /// "Control access to VPC endpoints using endpoint policies").
    fn through_endpoint(&self, forms: Forms) -> Forms {
        let has_gateway = matches!(self.request.prepared_action().service(), "s3" | "dynamodb");
        let account = match self.endpoint_type {
            Some(EndpointType::Gateway) => Truth::False,
            Some(EndpointType::Interface) => forms.account,
            None if has_gateway => forms.account.and(Truth::Unknown),
            None => forms.account,
        };
        Forms { account, ..forms }
    }
}
