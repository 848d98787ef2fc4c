//! Deciding a derived request.

use rempart_policy::context::KeyState;
use rempart_policy::{Decision, Judged, Request, Stack};

use super::DerivedRequest;

/// Most keys of which both states are tried.
const MOST_ASSUMED: usize = 4;

impl DerivedRequest {
    /// Decides the request and names the Deny statements behind the decision. A key that is either
    /// absent or has an assumed value leaves the decision open only if it differs between the two.
    #[must_use]
    pub fn judge(&self, stack: &Stack) -> Judged {
        self.settle(|request| stack.judge_naming(request))
    }

    /// As [`DerivedRequest::judge`], by denials and limits alone: whether somebody's policies allow
    /// the request is not asked.
    #[must_use]
    pub fn judge_limits(&self, stack: &Stack) -> Judged {
        self.settle(|request| stack.judge_limits(request))
    }

    fn settle(&self, judge: impl Fn(&Request) -> Judged) -> Judged {
        let open = judge(&self.request);
        // Where a statement denies already, others that deny either way are to be named as well.
        let may_gain = matches!(
            open.outcome.decision,
            Decision::Unsupported | Decision::ExplicitlyDenied
        );
        if !may_gain || self.assumed.is_empty() || self.assumed.len() > MOST_ASSUMED {
            return open;
        }
        let mut decided: Option<Judged> = None;
        for choice in 0..1_usize << self.assumed.len() {
            let judged = judge(&self.assuming(choice));
            if judged.outcome.decision == Decision::Unsupported {
                return open;
            }
            decided = Some(match decided {
                None => judged,
                Some(known) if known.outcome.decision != judged.outcome.decision => return open,
                Some(known) => in_both(known, &judged),
            });
        }
        decided.unwrap_or(open)
    }

    /// The request with each assumed key absent or not, by the bits of `choice`.
    fn assuming(&self, choice: usize) -> Request {
        let mut request = self.request.clone();
        for (number, (name, value)) in self.assumed.iter().enumerate() {
            if choice >> number & 1 == 0 {
                request.context_mut().remove(name);
            } else {
                let value: KeyState = value.clone();
                request.context_mut().set(name.clone(), value);
            }
        }
        request
    }
}

/// Statements that deny in both cases; where none does, one of each case denies.
fn in_both(mut known: Judged, other: &Judged) -> Judged {
    let is_in_other = |denial: &rempart_policy::Concerned| {
        let mut others = other.denials.iter();
        others.any(|of| of.policy == denial.policy && of.number == denial.number)
    };
    if known.denials.iter().any(is_in_other) {
        known.denials.retain(is_in_other);
    } else {
        known.denials.extend(other.denials.iter().cloned());
    }
    known
}
