//! From the expressions of a control to its verdict.

use std::sync::Arc;

use rempart_findings::compliance::{CheckEvidence, Excerpt, Verdict};

use crate::context::Context;
use crate::control::Control;
use crate::excerpt;
use crate::expression::{ReasonCode, Unknown, Variables};

/// What a control says about a subject.
#[derive(Clone, Debug)]
pub struct Judgement {
    /// The verdict.
    pub verdict: Verdict,
    /// The message of FAIL, or why a control does not apply.
    pub message: String,
    /// Why it is not known.
    pub unknown: Option<Unknown>,
    /// The answers that were read.
    pub evidence: Vec<Arc<CheckEvidence>>,
    /// Values of the evidence that the control reads, for FAIL and UNKNOWN.
    pub excerpt: Vec<Excerpt>,
}

/// Judges.
pub(super) fn judge<'a>(control: &'a Control, context: &Context<'a>) -> Judgement {
    let decided = decide(control, context);
    let (verdict, message, unknown) = match decided {
        Decided::Pass => (Verdict::Pass, control.title.clone(), None),
        Decided::Fail(message) => (Verdict::Fail, message, None),
        Decided::NotApplicable(reason) => (Verdict::NotApplicable, reason, None),
        Decided::Unknown(unknown) => (Verdict::Unknown, unknown.told(), Some(unknown)),
    };
    let excerpt = match (verdict, context.evidence()) {
        (Verdict::Fail | Verdict::Unknown, Ok(evidence)) => {
            excerpt::excerpt(context.session.excerpt_paths(control), evidence)
        }
        _ => Vec::new(),
    };
    Judgement {
        verdict,
        message,
        unknown,
        evidence: context.used(),
        excerpt,
    }
}

enum Decided {
    Pass,
    Fail(String),
    NotApplicable(String),
    Unknown(Unknown),
}

fn decide<'a>(control: &'a Control, context: &Context<'a>) -> Decided {
    let mut open: Option<Unknown> = None;
    for case in &control.not_applicable {
        match case.when.holds(context) {
            Ok(true) => return Decided::NotApplicable(case.text.clone()),
            Ok(false) => {}
            Err(unknown) => {
                open = Some(match open {
                    Some(before) => before.and(unknown),
                    None => unknown,
                });
            }
        }
    }
    let passes = control.pass.holds(context);
    if let Err(unknown) = &passes
        && unknown
            .reasons()
            .iter()
            .all(|reason| reason.code == ReasonCode::NotInRegion)
    {
        return Decided::NotApplicable("The service does not exist in the Region".to_owned());
    }
    match (passes, open) {
        // Whether the control concerns the resource at all is not known.
        (Ok(_), Some(open)) => Decided::Unknown(open),
        (Err(unknown), Some(open)) => Decided::Unknown(unknown.and(open)),
        (Err(unknown), None) => Decided::Unknown(unknown),
        (Ok(true), None) => Decided::Pass,
        (Ok(false), None) => Decided::Fail(failure(control, context)),
    }
}

/// The message of a failure: the first particular one that surely applies.
fn failure<'a>(control: &'a Control, context: &Context<'a>) -> String {
    let mut cases = control.fail.iter();
    let found = cases.find(|case| case.when.holds(context) == Ok(true));
    found.map_or_else(|| control.message.clone(), |case| case.text.clone())
}
