//! Guardrails that would have stopped what rules found: asked, not decided here.

use std::fmt::Debug;
use std::sync::Arc;

use rempart_trail::record::Record;

/// Knows guardrails. Whoever decides policies implements it: this crate does not.
pub trait Guardrails: Debug + Send + Sync {
    /// A judge for one thread.
    fn judge(&self) -> Box<dyn GuardrailJudge + '_>;
}

/// One thread's judge. It is asked about records that rules want, and about no others.
pub trait GuardrailJudge: Debug {
    /// Names of the guardrails that deny the call behind a record, if it went through at AWS. What the
    /// record does not tell is no denial. Names repeat from record to record, so they are shared.
    fn stopping(&mut self, record: &Record<'_>) -> Vec<Arc<str>>;
}
