//! What policies would do to one call.

use std::sync::Arc;

use rempart_policy::{Decision, Judged, Stack};

use crate::event_request::DerivedRequest;

/// What the proposal would do to a call.
pub(crate) enum Verdict {
    Allowed,
    Denied(Vec<Bearing>),
    Unclear(Vec<Bearing>),
}

/// A statement that bears on one request of a call.
pub(crate) struct Bearing {
    pub(crate) action: Arc<str>,
    pub(crate) policy: Arc<str>,
    pub(crate) statement: Arc<str>,
    pub(crate) unknown: Vec<Arc<str>>,
}

impl Bearing {
    pub(crate) fn name(&self) -> Arc<str> {
        if self.statement.is_empty() {
            return Arc::clone(&self.policy);
        }
        format!("{}/{}", self.policy, self.statement).into()
    }
}

/// A call goes through only if all its requests do.
pub(crate) fn verdict(stack: &Stack, requests: &[DerivedRequest]) -> Verdict {
    let (mut denied, mut unclear) = (Vec::new(), Vec::new());
    for derived in requests {
        let judged = derived.judge_limits(stack);
        match judged.outcome.decision {
            Decision::Allowed => {}
            Decision::ExplicitlyDenied => bearing(&mut denied, derived, &judged),
            Decision::ImplicitlyDenied => denied.push(Bearing {
                action: derived.request.action().as_str().into(),
                policy: "(no policy allows it)".into(),
                statement: "".into(),
                unknown: Vec::new(),
            }),
            Decision::Unsupported => bearing(&mut unclear, derived, &judged),
        }
    }
    if !denied.is_empty() {
        Verdict::Denied(denied)
    } else if !unclear.is_empty() {
        Verdict::Unclear(unclear)
    } else {
        Verdict::Allowed
    }
}

fn bearing(found: &mut Vec<Bearing>, derived: &DerivedRequest, judged: &Judged) {
    let action: Arc<str> = derived.request.action().as_str().into();
    for denial in &judged.denials {
        let keys = denial.unknown_keys.iter().map(|key| key.as_str());
        let resource = denial.unknown_resource.then_some("resource");
        let mut unknown: Vec<Arc<str>> = keys.chain(resource).map(Into::into).collect();
        unknown.sort_unstable();
        unknown.dedup();
        if denial.truth.is_true() {
            unknown.clear();
        }
        found.push(Bearing {
            action: Arc::clone(&action),
            policy: Arc::clone(&denial.policy),
            statement: match &denial.sid {
                Some(sid) => Arc::clone(sid),
                None => format!("statement {}", denial.number).into(),
            },
            unknown,
        });
    }
    if judged.denials.is_empty() {
        found.push(Bearing {
            action,
            policy: "(it is not known whether a policy allows it)".into(),
            statement: "".into(),
            unknown: derived
                .unresolved
                .iter()
                .map(|name| (&**name).into())
                .collect(),
        });
    }
}
