//! A whole stack of policies as one formula, layer by layer as the engine decides
//! (`docs/policy.md`, "How a decision is made").

mod principals;

use rempart_aws_model::rcp_covers;
use rempart_policy::document::Effect;
use rempart_policy::{
    CompiledPolicy, EndpointType, Known, Layer, Policies, Principal, PublicAccessBlock, Stack,
};

use crate::ask::Ask;
use crate::formula::{Formula, Sure};
use crate::language::{Glob, Language};
use crate::model::{Bound, Model};

/// A stack as formulas.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decided {
    /// Some Deny matches.
    pub deny: Sure,
    /// Limits and grants let the request through, denials aside.
    pub grant: Sure,
    /// The request is allowed.
    pub allowed: Sure,
}

/// The forms in which a policy names the caller, as formulas.
#[derive(Debug, Clone, Copy)]
struct SureForms {
    direct: Sure,
    role: Sure,
    issuer: Sure,
    account: Sure,
}

#[derive(Debug, Clone, Copy)]
struct Truths {
    deny: Sure,
    allow: Sure,
}

const NO_FORM: SureForms = SureForms {
    direct: Sure::FALSE,
    role: Sure::FALSE,
    issuer: Sure::FALSE,
    account: Sure::FALSE,
};

const ABSENT: Truths = Truths {
    deny: Sure::FALSE,
    allow: Sure::TRUE,
};

const UNKNOWN: Truths = Truths {
    deny: Sure::UNKNOWN,
    allow: Sure::UNKNOWN,
};

impl Model {
    /// What the policies decide, for all requests of the action.
    pub fn decide(&mut self, stack: &Stack) -> Decided {
        let request = self.representative.clone();
        let principal = request.principal().clone();
        let is_root = matches!(principal, Principal::Root { .. });
        let has_identity = principal.account().is_some();
        let is_linked = request.is_service_linked();
        let has_scps =
            has_identity && !is_linked && !request.principal_facts().is_management_account;
        let has_rcps = rcp_covers(self.action.prefix)
            && !is_linked
            && !request.resource_facts().is_management_account
            && !request.resource_facts().is_aws_managed_key;
        let has_boundary = match &stack.boundary {
            Known::Is(boundary) => Some(boundary.is_some()),
            Known::Unknown => None,
        };
        let (identity, boundary, session) = if is_root || !has_identity {
            (ABSENT, ABSENT, ABSENT)
        } else {
            let boundary = match &stack.boundary {
                Known::Is(None) => ABSENT,
                Known::Is(Some(policy)) => {
                    self.policies(Layer::Boundary, std::slice::from_ref(policy), stack)
                }
                Known::Unknown => UNKNOWN,
            };
            let session = match &stack.session {
                Known::Is(policies) if policies.is_empty() => Truths {
                    deny: Sure::FALSE,
                    allow: (!matches!(principal, Principal::FederatedUser { .. })).into(),
                },
                Known::Is(policies) => self.policies(Layer::Session, policies, stack),
                Known::Unknown => UNKNOWN,
            };
            let identity = match &stack.identity {
                Known::Is(policies) => self.policies(Layer::Identity, policies, stack),
                Known::Unknown => UNKNOWN,
            };
            (identity, boundary, session)
        };
        let endpoint = match &stack.endpoint {
            Known::Is(None) => ABSENT,
            Known::Is(Some(policy)) => {
                self.policies(Layer::VpcEndpoint, std::slice::from_ref(policy), stack)
            }
            Known::Unknown => UNKNOWN,
        };
        let resource_control = if has_rcps {
            Truths {
                // RCPFullAWSAccess is attached at every level.
                allow: Sure::TRUE,
                ..self.levels(Layer::ResourceControl, &stack.resource_control, stack)
            }
        } else {
            ABSENT
        };
        let service_control = if has_scps {
            self.levels(Layer::ServiceControl, &stack.service_control, stack)
        } else {
            ABSENT
        };
        let (resource_deny, forms) = self.resource_policy(stack, has_boundary);
        let blocked = match stack.public_access_block {
            Known::Is(block) if block == PublicAccessBlock::default() => Sure::FALSE,
            _ if self.action.prefix != "s3" => Sure::FALSE,
            _ => {
                self.unsupported
                    .insert("Block Public Access is not supported in proofs".to_owned());
                Sure::UNKNOWN
            }
        };
        let deny = [
            blocked,
            resource_control.deny,
            service_control.deny,
            endpoint.deny,
            resource_deny,
            identity.deny,
            boundary.deny,
            session.deny,
        ];
        let formulas = &mut self.problem.formulas;
        let deny = formulas.sure_any(&deny);
        let bounded = formulas.sure_all(&[boundary.allow, session.allow]);
        let granted = self.granted(stack, forms, identity.allow, bounded);
        let formulas = &mut self.problem.formulas;
        let grant = formulas.sure_all(&[
            service_control.allow,
            resource_control.allow,
            endpoint.allow,
            granted,
        ]);
        let allowed = formulas.sure_all(&[deny.negated(), grant]);
        Decided {
            deny,
            grant,
            allowed,
        }
    }

    fn granted(&mut self, stack: &Stack, forms: SureForms, identity: Sure, bounded: Sure) -> Sure {
        let request = &self.representative;
        let principal = request.principal().clone();
        let same_account = match (self.setting.resource_account, principal.account()) {
            (Some(account), Some(caller)) => account == caller,
            _ => true,
        };
        let needs_policy = self.needs_policy();
        let formulas = &mut self.problem.formulas;
        let named_role = formulas.sure_any(&[forms.role, forms.issuer]);
        let through_role = formulas.sure_all(&[named_role, bounded]);
        let granted = if principal.account().is_none() {
            forms.direct
        } else if same_account {
            let delegated = formulas.sure_choose(needs_policy, forms.account, Sure::TRUE);
            let by_identity = formulas.sure_all(&[delegated, identity, bounded]);
            formulas.sure_any(&[forms.direct, through_role, by_identity])
        } else {
            let any = formulas.sure_any(&[forms.direct, forms.role, forms.issuer, forms.account]);
            formulas.sure_all(&[identity, bounded, any])
        };
        let has_grants = !matches!(&stack.grants, Known::Is(grants) if grants.is_empty());
        // Policies alone do not decide who may retire a grant.
        let is_retiring = self.action.prefix == "kms" && self.action.name == "RetireGrant";
        if is_retiring {
            self.unsupported
                .insert("KMS grants are not supported in proofs".to_owned());
            return Sure::UNKNOWN;
        }
        if self.action.prefix == "kms" && has_grants {
            self.unsupported
                .insert("KMS grants are not supported in proofs".to_owned());
            return self.problem.formulas.sure_any(&[granted, Sure::UNKNOWN]);
        }
        granted
    }

    fn levels(&mut self, layer: Layer, levels: &Known<Vec<Policies>>, stack: &Stack) -> Truths {
        let Known::Is(levels) = levels else {
            return UNKNOWN;
        };
        let (mut deny, mut allow) = (Vec::new(), Vec::new());
        for policies in levels {
            let level = self.policies(layer, policies, stack);
            deny.push(level.deny);
            allow.push(level.allow);
        }
        Truths {
            deny: self.problem.formulas.sure_any(&deny),
            allow: self.problem.formulas.sure_all(&allow),
        }
    }

    fn policies(
        &mut self,
        layer: Layer,
        policies: &[std::sync::Arc<CompiledPolicy>],
        stack: &Stack,
    ) -> Truths {
        let (mut deny, mut allow) = (Vec::new(), Vec::new());
        for policy in policies {
            for (number, effect) in self.concerning(policy) {
                let truth = self.statement(layer, policy, number, stack);
                match effect {
                    Effect::Allow => allow.push(truth),
                    Effect::Deny => deny.push(truth),
                }
            }
        }
        Truths {
            deny: self.problem.formulas.sure_any(&deny),
            allow: self.problem.formulas.sure_any(&allow),
        }
    }

    fn concerning(&self, policy: &CompiledPolicy) -> Vec<(usize, Effect)> {
        let statements = policy.concerning(self.representative.action());
        statements
            .map(|(number, statement)| (number, statement.effect))
            .collect()
    }

    /// Whether a statement, whose action matches, concerns the request in any form.
    pub(crate) fn statement(
        &mut self,
        layer: Layer,
        policy: &CompiledPolicy,
        number: usize,
        stack: &Stack,
    ) -> Sure {
        let has_boundary = match &stack.boundary {
            Known::Is(boundary) => Some(boundary.is_some()),
            Known::Unknown => None,
        };
        let forms = self.statement_forms(layer, policy, number, stack, has_boundary);
        self.problem
            .formulas
            .sure_any(&[forms.direct, forms.role, forms.issuer, forms.account])
    }

    fn statement_forms(
        &mut self,
        layer: Layer,
        policy: &CompiledPolicy,
        number: usize,
        stack: &Stack,
        has_boundary: Option<bool>,
    ) -> SureForms {
        let Some(statement) = policy.policy().statements.get(number).cloned() else {
            return NO_FORM;
        };
        let version = policy.policy().version.unwrap_or_default();
        let mut forms = match &statement.principal {
            None => SureForms {
                direct: Sure::TRUE,
                ..NO_FORM
            },
            Some(element) => self.principals(policy, number, &statement, element, has_boundary),
        };
        if layer == Layer::VpcEndpoint {
            let has_gateway = matches!(self.action.prefix, "s3" | "dynamodb");
            forms.account = match stack.endpoint_type {
                Some(EndpointType::Gateway) => Sure::FALSE,
                None if has_gateway => self
                    .problem
                    .formulas
                    .sure_all(&[forms.account, Sure::UNKNOWN]),
                _ => forms.account,
            };
        }
        let resource = self.resources(statement.resource.as_ref(), version);
        let condition = self.conditions(&statement.conditions, version);
        let formulas = &mut self.problem.formulas;
        let both = formulas.sure_all(&[resource, condition]);
        SureForms {
            direct: formulas.sure_all(&[forms.direct, both]),
            role: formulas.sure_all(&[forms.role, both]),
            issuer: formulas.sure_all(&[forms.issuer, both]),
            account: formulas.sure_all(&[forms.account, both]),
        }
    }

    /// The resource always has a policy: it is a key, or a role that is assumed. Some actions concern
    /// other resources, too.
    fn needs_policy(&mut self) -> Formula {
        let action = self.representative.action().as_str().to_ascii_lowercase();
        let is_trust = [
            "assumerole",
            "tagsession",
            "setsourceidentity",
            "setcontext",
        ]
        .iter()
        .any(|start| {
            let name = action.strip_prefix("sts:");
            name.is_some_and(|name| name.starts_with(start))
        });
        let globs = if self.representative.action_facts().concerns_key {
            vec![Glob::literal("*"), Glob::like("*:key/*")]
        } else if is_trust {
            vec![Glob::like("*:role/*")]
        } else {
            return Formula::FALSE;
        };
        let language = Language::new(globs);
        match self.resource() {
            Bound::Fixed(resource) if language.matches(&resource) => Formula::TRUE,
            Bound::Component(id, _) => self.problem.some(id, Ask::Text(language), true),
            _ => Formula::FALSE,
        }
    }

    fn resource_policy(&mut self, stack: &Stack, has_boundary: Option<bool>) -> (Sure, SureForms) {
        let unknown = SureForms {
            direct: Sure::UNKNOWN,
            ..NO_FORM
        };
        let policy = match &stack.resource {
            Known::Unknown => return (Sure::UNKNOWN, unknown),
            Known::Is(None) => {
                let needed = self.needs_policy();
                let formulas = &mut self.problem.formulas;
                let open = formulas.sure_choose(needed, Sure::UNKNOWN, Sure::FALSE);
                return (
                    open,
                    SureForms {
                        direct: open,
                        ..NO_FORM
                    },
                );
            }
            Known::Is(Some(policy)) => policy,
        };
        // The root user of the bucket's account can always mend the bucket policy.
        let request = &self.representative;
        let is_own = match (self.setting.resource_account, request.principal().account()) {
            (Some(account), Some(caller)) => account == caller,
            (None, caller) => caller.is_some(),
            (Some(_), None) => false,
        };
        let passes = self.action.prefix == "s3"
            && matches!(
                self.action.name,
                "GetBucketPolicy" | "PutBucketPolicy" | "DeleteBucketPolicy"
            )
            && matches!(request.principal(), Principal::Root { .. })
            && is_own;
        let (mut deny, mut allow) = (Vec::new(), Vec::new());
        for (number, effect) in self.concerning(policy) {
            if passes && effect == Effect::Deny {
                continue;
            }
            let forms = self.statement_forms(Layer::Resource, policy, number, stack, has_boundary);
            let formulas = &mut self.problem.formulas;
            match effect {
                Effect::Deny => {
                    let any = [forms.direct, forms.role, forms.issuer, forms.account];
                    deny.push(formulas.sure_any(&any));
                }
                Effect::Allow => allow.push(forms),
            }
        }
        let allow = self.some_form(&allow);
        (self.problem.formulas.sure_any(&deny), allow)
    }
}
