//! What a stack of policies has to do with an action, and which statements bear on a request: for
//! deciding very many requests, where a whole explanation of each would take too long.

use std::sync::Arc;

use rempart_aws_model::ActionName;

use crate::compile::action::RequestAction;
use crate::compile::{CompiledPolicy, CompiledStatement};
use crate::context::KeyName;
use crate::decide::{Decision, Notes, Outcome};
use crate::document::Effect;
use crate::request::Request;
use crate::stack::{Known, Layer, Policies, Stack};
use crate::truth::Truth;

/// A statement that bears on a decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Concerned {
    /// The layer of its policy.
    pub layer: Layer,
    /// Name of the policy.
    pub policy: Arc<str>,
    /// `Sid`, where it has one.
    pub sid: Option<Arc<str>>,
    /// Number of the statement in its policy, from 1.
    pub number: u32,
    /// Whether it matches: true or unknown.
    pub truth: Truth,
    /// The keys of its conditions that are not known; only with an unknown truth.
    pub unknown_keys: Vec<KeyName>,
    /// Whether it is not known if the statement concerns the resource.
    pub unknown_resource: bool,
}

/// A decision with the Deny statements that bear on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judged {
    /// The decision.
    pub outcome: Outcome,
    /// The Deny statements that match, if it is denied explicitly; the Deny statements of which it is
    /// not known, if it cannot be decided.
    pub denials: Vec<Concerned>,
}

impl Stack {
    /// Decides a request and names the Deny statements behind the decision.
    pub fn judge_naming(&self, request: &Request) -> Judged {
        self.naming(request, |outcome| outcome)
    }

    /// As [`Stack::judge_naming`], by denials and limits alone: whether somebody's policies allow the
    /// request is not asked.
    pub fn judge_limits(&self, request: &Request) -> Judged {
        self.naming(request, |outcome| {
            let (decision, decided_by) = if outcome.deny.is_true() {
                (Decision::ExplicitlyDenied, outcome.decided_by)
            } else if outcome.limits.is_false() {
                (Decision::ImplicitlyDenied, outcome.decided_by)
            } else if outcome.deny.is_false() && outcome.limits.is_true() {
                (Decision::Allowed, None)
            } else {
                (Decision::Unsupported, None)
            };
            Outcome {
                decision,
                decided_by,
                ..outcome
            }
        })
    }

    fn naming(&self, request: &Request, decided: impl FnOnce(Outcome) -> Outcome) -> Judged {
        let mut denials = Denials {
            request,
            found: Vec::new(),
        };
        let outcome = decided(self.decide_noting(request, &mut denials));
        let wanted = match outcome.decision {
            Decision::ExplicitlyDenied => Some(Truth::True),
            Decision::Unsupported => Some(Truth::Unknown),
            Decision::Allowed | Decision::ImplicitlyDenied => None,
        };
        let mut denials = denials.found;
        denials.retain(|denial| Some(denial.truth) == wanted);
        denials.sort_by_key(|denial| denial.layer);
        Judged { outcome, denials }
    }

    /// Whether some policy may stop a request for the action: a Deny statement concerns it, or a
    /// layer does not allow it in any case. When false, every request for the action is allowed,
    /// provided that somebody's policies allow it.
    pub fn may_stop(&self, action: &ActionName) -> bool {
        let action = RequestAction::new(action);
        let denies = self.policies().any(|(_, policy)| {
            let mut candidates = policy.candidates(&action);
            candidates.any(|statement| statement.effect == Effect::Deny)
        });
        denies || !self.lets_through(&action)
    }

    fn lets_through(&self, action: &RequestAction) -> bool {
        let some_allows = |policies: &Policies| {
            let mut policies = policies.iter();
            policies.any(|policy| allows_all(policy, action))
        };
        let levels = match &self.service_control {
            Known::Is(levels) => levels.iter().all(some_allows),
            Known::Unknown => false,
        };
        let endpoint = match &self.endpoint {
            Known::Is(policy) => policy
                .as_ref()
                .is_none_or(|policy| allows_all(policy, action)),
            Known::Unknown => false,
        };
        let is_known = self.resource_control.known().is_some();
        levels && endpoint && is_known
    }

    /// Every condition key that the policies name, in conditions and in variables, as written there.
    pub fn keys(&self) -> Vec<KeyName> {
        let mut keys: Vec<KeyName> = Vec::new();
        let mut add = |key: &KeyName| {
            if !keys.iter().any(|known| known.is_same(key)) {
                keys.push(key.clone());
            }
        };
        for (_, policy) in self.policies() {
            for statement in policy.statements() {
                for test in &statement.tests {
                    add(&test.key);
                    test.variables().for_each(&mut add);
                }
                if let Some(resources) = &statement.resources {
                    resources.keys().for_each(&mut add);
                }
            }
        }
        keys
    }
}

/// Whether a statement allows the action to everybody, on everything, without condition.
fn allows_all(policy: &CompiledPolicy, action: &RequestAction) -> bool {
    policy.candidates(action).any(|statement| {
        let source = policy.source(statement);
        let is_everywhere = source
            .and_then(|source| source.resource.as_ref())
            .is_some_and(|resource| {
                !resource.negated && resource.values.iter().any(|value| &*value.text == "*")
            });
        statement.effect == Effect::Allow
            && statement.tests.is_empty()
            && statement.principals.is_none()
            && is_everywhere
    })
}

struct Denials<'a> {
    request: &'a Request,
    found: Vec<Concerned>,
}

impl Notes for Denials<'_> {
    fn statement(
        &mut self,
        layer: Layer,
        policy: &Arc<CompiledPolicy>,
        statement: &CompiledStatement,
        truth: Truth,
    ) {
        if statement.effect != Effect::Deny {
            return;
        }
        let source = policy.source(statement);
        let context = self.request.context();
        let resource = statement.resource_truth(self.request.target(), context);
        let unknown = statement
            .tests
            .iter()
            .filter(|test| truth == Truth::Unknown && test.truth(context) == Truth::Unknown);
        self.found.push(Concerned {
            layer,
            policy: policy.shared_name(),
            sid: source
                .and_then(|source| source.sid.as_ref())
                .map(|sid| Arc::clone(&sid.text)),
            number: statement.number + 1,
            truth,
            unknown_keys: unknown.map(|test| test.key.clone()).collect(),
            unknown_resource: resource == Truth::Unknown,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{Policy, PolicyKind};

    fn stack(text: &str) -> Stack {
        let policy = Policy::parse(text, PolicyKind::ServiceControl).expect("a policy");
        let all = r#"{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}"#;
        let all = Policy::parse(all, PolicyKind::ServiceControl).expect("a policy");
        let level = vec![
            Arc::new(CompiledPolicy::new("FullAWSAccess", Arc::new(all))),
            Arc::new(CompiledPolicy::new("proposed", Arc::new(policy))),
        ];
        Stack {
            service_control: Known::Is(vec![level]),
            ..Stack::default()
        }
    }

    fn action(name: &str) -> ActionName {
        name.parse().expect("an action")
    }

    #[test]
    fn actions_that_no_denial_names_are_let_through() {
        let stack = stack(
            r#"{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "sagemaker:Create*",
                "Resource": "*", "Condition": {"StringNotEquals": {"aws:PrincipalTag/team": "${aws:username}"}}}}"#,
        );
        assert!(stack.may_stop(&action("sagemaker:CreateModel")));
        assert!(!stack.may_stop(&action("sagemaker:ListModels")));
        let keys: Vec<String> = stack
            .keys()
            .iter()
            .map(|key| key.as_str().to_owned())
            .collect();
        assert_eq!(keys, ["aws:PrincipalTag/team", "aws:username"]);
    }

    #[test]
    fn a_level_that_allows_little_may_stop_everything_else() {
        let only = r#"{"Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}}"#;
        let mut stack = stack(only);
        assert!(!stack.may_stop(&action("sagemaker:ListModels")));
        if let Known::Is(levels) = &mut stack.service_control {
            levels.iter_mut().for_each(|level| {
                level.remove(0);
            });
        }
        assert!(stack.may_stop(&action("sagemaker:ListModels")));
        assert!(!stack.may_stop(&action("s3:GetObject")));
    }
}
