//! Saying that AWS has not finished what would decide.

use super::{Answered, Function, text_argument};
use crate::context::Context;
use crate::expression::{ReasonCode, Unknown, Value};

pub(super) const FUNCTIONS: &[Function] = &[Function {
    name: "not_ready",
    arity: 1,
    run: not_ready,
}];

/// `not_ready("why")`: UNKNOWN, where AWS answered but the answer decides nothing yet, such as a scan
/// that was never run.
fn not_ready<'a>(_: &Context<'a>, arguments: &[Value<'a>]) -> Answered<'a> {
    Err(Unknown::new(
        ReasonCode::NotReady,
        text_argument(arguments, 0)?,
    ))
}
