//! One question to the engine and what its answer means.

use std::sync::Arc;

use rempart_aws_model::{ActionName, rcp_covers};
use rempart_policy::context::{Context, KeyName, KeyState};
use rempart_policy::{Decision, Known, Reference, Request, ResourceFacts, Stack, Unresolved};

use crate::asked::Keys;
use crate::model::{Condition, Label, Proof};
use crate::node::Actor;
use crate::picture::Picture;
use crate::targets::Target;

/// What is known about one question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Verdict {
    pub(crate) label: Label,
    pub(crate) conditions: Arc<[Condition]>,
    pub(crate) proof: Proof,
}

/// Questions of one actor.
pub(crate) struct Asker<'a> {
    pub(crate) actor: &'a Actor,
    pub(crate) picture: &'a Picture,
    pub(crate) keys: &'a Keys,
    pub(crate) reference: Reference,
}

impl<'a> Asker<'a> {
    /// The policies around requests on a target.
    pub(crate) fn stack(&self, target: &Target) -> Stack {
        let mut stack = self.actor.stack.clone();
        stack.resource = target.policy.clone();
        stack.grants = target.grants.clone();
        stack.public_access_block = target.block.clone();
        let controls = target
            .account
            .and_then(|account| self.picture.controls.get(&account));
        if let Some(levels) = controls.and_then(|controls| controls.resource.clone()) {
            stack.resource_control = Known::Is(levels);
        }
        stack
    }

    /// The context of requests on a target.
    pub(crate) fn contexts(&self, target: &Target) -> [Context; 2] {
        let mut seen = self.actor.seen.clone();
        let mut elsewhere = self.actor.elsewhere.clone();
        self.keys.add_target(&mut seen, target);
        self.keys.add_target(&mut elsewhere, target);
        [seen, elsewhere]
    }

    /// Asks about a target.
    pub(crate) fn ask(&mut self, target: &Target, action: &ActionName) -> Verdict {
        let stack = self.stack(target);
        let contexts = self.contexts(target);
        self.decide(&stack, target, action, &contexts, &[])
    }

    /// Asks about a target with these keys in addition.
    pub(crate) fn ask_with(
        &mut self,
        stack: &Stack,
        target: &Target,
        action: &ActionName,
        keys: &[(KeyName, KeyState)],
    ) -> Verdict {
        let contexts = self.contexts(target);
        self.decide(stack, target, action, &contexts, keys)
    }

    /// The request of a question.
    fn request(
        &mut self,
        target: &Target,
        action: &ActionName,
        mut context: Context,
        keys: &[(KeyName, KeyState)],
    ) -> Request {
        for (key, state) in keys {
            context.set(key.clone(), state.clone());
        }
        let facts = ResourceFacts {
            is_management_account: target
                .account
                .and_then(|account| self.picture.controls.get(&account))
                .is_some_and(|controls| controls.is_management),
            is_aws_managed_key: target.is_aws_managed,
        };
        Request::new(
            &mut self.reference,
            action.clone(),
            self.actor.principal.clone(),
            &target.decided,
            target.account,
            context,
        )
        .with_principal_facts(self.actor.facts.clone())
        .with_resource_facts(facts)
    }

    pub(crate) fn decide(
        &mut self,
        stack: &Stack,
        target: &Target,
        action: &ActionName,
        contexts: &[Context; 2],
        keys: &[(KeyName, KeyState)],
    ) -> Verdict {
        let [seen, elsewhere] = contexts;
        let request = self.request(target, action, seen.clone(), keys);
        let (outcome, statements) = stack.decide_naming(&request);
        let proof = |decision: Decision, layer: Option<rempart_policy::Layer>| Proof {
            action: action.as_str().into(),
            resource: Arc::clone(&target.decided),
            decision: decision.name(),
            layer: layer.map(rempart_policy::Layer::name),
            statements: Vec::new(),
            reason: None,
        };
        if outcome.decision == Decision::Allowed {
            let proof = Proof {
                statements,
                ..proof(outcome.decision, outcome.decided_by)
            };
            return self.allowed(target, action, Vec::new(), proof);
        }
        let request = self.request(target, action, elsewhere.clone(), keys);
        let explained = stack.explain(&request, &mut self.reference);
        let mut found = Proof {
            statements: explained.statements,
            reason: explained.reason,
            ..proof(explained.outcome.decision, explained.outcome.decided_by)
        };
        if explained.outcome.decision == Decision::Allowed {
            // Allowed from anywhere: then it is from where it was seen, too.
            return self.allowed(target, action, Vec::new(), found);
        }
        let keys: Vec<Condition> = explained
            .unresolved
            .into_iter()
            .filter_map(leading_to_allow)
            .map(|key| Condition::Key { key })
            .collect();
        if !keys.is_empty() {
            return self.allowed(target, action, keys, found);
        }
        let label = match explained.outcome.decision {
            Decision::Unsupported => Label::Unknown,
            _ => Label::NotReachable,
        };
        if label == Label::Unknown
            && let Some(why) = &self.actor.why_unknown
        {
            let reason = found.reason.take().unwrap_or_default();
            found.reason = Some(format!("{why}; {reason}"));
        }
        Verdict {
            label,
            conditions: Arc::from([]),
            proof: found,
        }
    }

    fn allowed(
        &self,
        target: &Target,
        action: &ActionName,
        mut conditions: Vec<Condition>,
        proof: Proof,
    ) -> Verdict {
        conditions.extend(self.actor.limits.iter().cloned());
        let controls = target
            .account
            .and_then(|account| self.picture.controls.get(&account));
        let is_known = controls.is_some_and(|one| one.resource.is_some() || one.is_management);
        if rcp_covers(action.service()) && !is_known {
            conditions.push(Condition::Policy {
                what: "resource-control-policies".to_owned(),
                permission: "organizations:ListPoliciesForTarget".to_owned(),
            });
        }
        let label = if conditions.is_empty() {
            Label::Reachable
        } else {
            Label::ReachableIf
        };
        Verdict {
            label,
            conditions: conditions.into(),
            proof,
        }
    }
}

/// The changes of a key that lead to Allow, if a request can carry the key.
fn leading_to_allow(mut key: Unresolved) -> Option<Unresolved> {
    key.changes
        .retain(|change| change.decision == Decision::Allowed.name());
    (key.carried_by_action && !key.changes.is_empty()).then_some(key)
}
