//! The guardrails that findings name.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::ensure;
use rempart_aws_model::AccountId;
use rempart_guard::library;
use rempart_guard::stopper::Stopper;
use rempart_hunt::guardrails::{GuardrailJudge, Guardrails};
use rempart_policy::Stack;
use rempart_trail::record::Record;

use crate::arguments::HuntArguments;
use crate::command::guard::proposal;

/// Guardrails as one stack of policies.
#[derive(Debug)]
struct OfStack {
    stack: Stack,
    exempt: Vec<AccountId>,
}

/// One thread's judge.
#[derive(Debug)]
struct OfThread<'a>(Stopper<'a>);

impl Guardrails for OfStack {
    fn judge(&self) -> Box<dyn GuardrailJudge + '_> {
        Box::new(OfThread(Stopper::new(&self.stack, &self.exempt)))
    }
}

impl GuardrailJudge for OfThread<'_> {
    fn stopping(&mut self, record: &Record<'_>) -> Vec<Arc<str>> {
        self.0.stopping(record)
    }
}

/// The guardrails that were asked for: those that ship with rempart, others, or none. Whoever names
/// files wants all of them, so one that cannot be used is an error.
pub(super) fn of(arguments: &HuntArguments) -> anyhow::Result<Option<Arc<dyn Guardrails>>> {
    if arguments.no_guardrails {
        return Ok(None);
    }
    chosen(&arguments.guardrails, &arguments.exempt_account).map(Some)
}

/// The guardrails of files, or those that ship with rempart.
pub(super) fn chosen(
    files: &[PathBuf],
    exempt: &[AccountId],
) -> anyhow::Result<Arc<dyn Guardrails>> {
    let stack = if files.is_empty() {
        library::proposal().stack()
    } else {
        let read = proposal::read(files);
        ensure!(
            read.failed == 0 && !read.proposal.is_empty(),
            "the guardrails could not all be read"
        );
        read.proposal.stack()
    };
    let exempt = exempt.to_vec();
    Ok(Arc::new(OfStack { stack, exempt }))
}
