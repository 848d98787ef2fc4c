//! Asking the policies of a layer.

use std::sync::Arc;

use crate::compile::principal::Forms;
use crate::compile::{CompiledPolicy, CompiledStatement};
use crate::document::Effect;
use crate::principal::Principal;
use crate::request::{Request, ResourceAccount};
use crate::stack::{EndpointType, Known, Layer, Policies};
use crate::truth::Truth;

use super::Notes;

/// Whether some Deny and some Allow of a layer match.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Truths {
    pub(super) deny: Truth,
    pub(super) allow: Truth,
}

impl Truths {
    /// A layer that does not take part.
    pub(super) const ABSENT: Self = Self {
        deny: Truth::False,
        allow: Truth::True,
    };
    pub(super) const UNKNOWN: Self = Self {
        deny: Truth::Unknown,
        allow: Truth::Unknown,
    };
}

/// Asks the policies of a layer.
pub(super) struct Judge<'a, N> {
    pub(super) request: &'a Request,
    pub(super) has_boundary: Truth,
    pub(super) endpoint_type: Option<EndpointType>,
    pub(super) notes: &'a mut N,
}

impl<N: Notes> Judge<'_, N> {
    pub(super) fn known(&mut self, layer: Layer, policies: &Known<Policies>) -> Truths {
        match policies {
            Known::Is(policies) => self.policies(layer, policies),
            Known::Unknown => Truths::UNKNOWN,
        }
    }

    /// Every level must allow.
    pub(super) fn levels(&mut self, layer: Layer, levels: &Known<&[Policies]>) -> Truths {
        let Known::Is(levels) = levels else {
            return Truths::UNKNOWN;
        };
        let mut all = Truths::ABSENT;
        for policies in *levels {
            let level = self.policies(layer, policies);
            all.deny = all.deny.or(level.deny);
            all.allow = all.allow.and(level.allow);
        }
        all
    }

    pub(super) fn policies(&mut self, layer: Layer, policies: &[Arc<CompiledPolicy>]) -> Truths {
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
    pub(super) fn resource(
        &mut self,
        policy: &Known<Option<&Arc<CompiledPolicy>>>,
    ) -> (Truth, Forms) {
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
        let resource = statement.resource_truth(request.target(), request.context());
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
