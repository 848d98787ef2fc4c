//! Proposed policies as a stack in which nothing else decides.

use std::sync::Arc;

use rempart_policy::document::{Policy, PolicyKind};
use rempart_policy::{CompiledPolicy, Known, Stack};

/// A policy that is proposed.
#[derive(Debug, Clone)]
pub struct ProposedPolicy {
    /// The level on which it is attached; levels of one name are one.
    pub level: String,
    /// The policy.
    pub policy: Arc<CompiledPolicy>,
}

/// Policies that are proposed.
#[derive(Debug, Clone, Default)]
pub struct Proposal {
    /// Service control policies.
    pub service_control: Vec<ProposedPolicy>,
    /// Resource control policies.
    pub resource_control: Vec<ProposedPolicy>,
}

impl Proposal {
    /// Adds a document.
    ///
    /// Only service and resource control policies are guardrails of whole accounts; returns whether
    /// it is one of these.
    pub fn add(&mut self, level: &str, name: &str, policy: Policy) -> bool {
        let kind = policy.kind;
        let proposed = ProposedPolicy {
            level: level.to_owned(),
            policy: Arc::new(CompiledPolicy::new(name, Arc::new(policy))),
        };
        match kind {
            PolicyKind::ServiceControl => self.service_control.push(proposed),
            PolicyKind::ResourceControl => self.resource_control.push(proposed),
            _ => return false,
        }
        true
    }

    /// Whether nothing is proposed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.service_control.is_empty() && self.resource_control.is_empty()
    }

    /// The stack: the proposal, and beside it policies that allow everything to everybody, so that
    /// a denial comes from the proposal alone. `FullAWSAccess` is added to levels of service control
    /// policies that only deny: AWS attaches it to every level, and a list of denials without it
    /// would stop everything.
    #[must_use]
    pub fn stack(&self) -> Stack {
        let mut levels = levels(&self.service_control);
        let full = Arc::new(CompiledPolicy::new(
            "FullAWSAccess",
            Arc::new(everything(PolicyKind::ServiceControl, false)),
        ));
        for level in &mut levels {
            let mut statements = level.iter().flat_map(|policy| &policy.policy().statements);
            let only_denies = statements
                .all(|statement| statement.effect == rempart_policy::document::Effect::Deny);
            if only_denies {
                level.insert(0, Arc::clone(&full));
            }
        }
        let allow = |kind, has_principal| {
            let policy = Arc::new(everything(kind, has_principal));
            Arc::new(CompiledPolicy::new("everything else", policy))
        };
        Stack {
            identity: Known::Is(vec![allow(PolicyKind::Identity, false)]),
            // A federated session has no permissions but by its session policies.
            session: Known::Is(vec![allow(PolicyKind::Session, false)]),
            // Keys and roles always have a policy; ours stands in the place of what is not known.
            resource: Known::Is(Some(allow(PolicyKind::Resource, true))),
            service_control: Known::Is(levels),
            resource_control: Known::Is(self::levels(&self.resource_control)),
            ..Stack::default()
        }
    }
}

fn levels(policies: &[ProposedPolicy]) -> Vec<Vec<Arc<CompiledPolicy>>> {
    let mut names: Vec<&str> = policies.iter().map(|policy| &*policy.level).collect();
    names.sort_unstable();
    names.dedup();
    names
        .iter()
        .map(|name| {
            let of_level = policies.iter().filter(|policy| policy.level == *name);
            of_level.map(|policy| Arc::clone(&policy.policy)).collect()
        })
        .collect()
}

/// A policy that allows everything. It is made from text, as every policy is; the text is ours.
fn everything(kind: PolicyKind, has_principal: bool) -> Policy {
    let principal = if has_principal {
        r#""Principal": "*", "#
    } else {
        ""
    };
    let text = format!(
        r#"{{"Version": "2012-10-17", "Statement": {{"Effect": "Allow", {principal}"Action": "*", "Resource": "*"}}}}"#
    );
    Policy::parse(&text, kind).unwrap_or_else(|_| Policy {
        kind,
        version: None,
        id: None,
        statements: Vec::new(),
    })
}
