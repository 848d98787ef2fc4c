//! The smallest identity policy that allows what a principal was observed to do.
//!
//! The trail is read twice. The first reading collects pairs of action and resource from the calls
//! that went through; from these a policy is made. The second reading decides every such call again
//! with that policy alone, so that what is said to be covered was decided, not assumed.

mod current;
mod draft;
mod escape;
mod generalise;
mod observe;
mod pack;
mod proof;
mod reading;
mod report;
mod resource_type;
mod subject;
mod text;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use rempart_policy::CompiledPolicy;
use rempart_policy::context::KeyName;
use rempart_policy::document::{Policy, PolicyKind};
use rempart_trail::read::Limits;
use rempart_trail::source::Discovery;

use crate::replay::Progress;

pub use current::{Comparison, CurrentReport, Standing, Unused};
pub use draft::{ConditionKeyError, LeftOut};
pub use generalise::Generalise;
pub use observe::{ActionCalls, CallTotals};
pub use proof::{NotCovered, WhyNot};
pub use report::{GeneratedPolicy, LeastPrivilege};
pub use subject::{Subject, SubjectError};
pub use text::text;

use reading::Input;

/// How a policy is made.
#[derive(Debug, Clone)]
pub struct LeastPrivilegeOptions {
    /// How far resources are generalised.
    pub generalise: Generalise,
    /// Condition keys whose observed values are demanded.
    pub conditions: Vec<KeyName>,
    /// The identity policies in force, to compare with.
    pub current: Vec<Arc<CompiledPolicy>>,
    /// Threads; at least one.
    pub threads: usize,
    /// What the reader accepts.
    pub limits: Limits,
    /// Distinct pairs of action and resource that are kept.
    pub most_pairs: usize,
    /// Events that deduplication remembers, 29 to 58 bytes each.
    pub most_events: usize,
}

impl Default for LeastPrivilegeOptions {
    fn default() -> Self {
        Self {
            generalise: Generalise::default(),
            conditions: Vec::new(),
            current: Vec::new(),
            threads: 1,
            limits: Limits::default(),
            most_pairs: 100_000,
            most_events: 200_000_000,
        }
    }
}

/// Why no policy could be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LeastPrivilegeError {
    /// A condition was asked for that cannot be written
    #[error(transparent)]
    ConditionKey(#[from] ConditionKeyError),
    /// What was made is no valid policy
    #[error("the generated policy is not valid, which is a fault of rempart: {0}")]
    Invalid(String),
}

/// Makes the policy for a principal from a trail.
///
/// # Errors
/// A condition key cannot be used. Nothing in the trail makes it fail.
pub fn least_privilege(
    discovery: &Discovery,
    subject: &Subject,
    options: &LeastPrivilegeOptions,
    progress: &Progress,
) -> Result<LeastPrivilege, LeastPrivilegeError> {
    made(
        &Input::Sources(discovery, progress),
        subject,
        options,
        &discovery.problems,
    )
}

/// As [`least_privilege`], from bytes that are at hand.
///
/// # Errors
/// As [`least_privilege`].
pub fn least_privilege_of_bytes(
    bytes: &[u8],
    subject: &Subject,
    options: &LeastPrivilegeOptions,
) -> Result<LeastPrivilege, LeastPrivilegeError> {
    made(&Input::Bytes(bytes), subject, options, &[])
}

fn made(
    input: &Input<'_>,
    subject: &Subject,
    options: &LeastPrivilegeOptions,
    found: &[rempart_trail::source::Problem],
) -> Result<LeastPrivilege, LeastPrivilegeError> {
    let keys = draft::condition_keys(&options.conditions)?;
    let (observed, reading) = observe::observe(input, subject, &keys, options);
    let draft = draft::draft(&observed.pairs, &keys, options.generalise);
    let policies = pack::documents(&draft.statements)
        .into_iter()
        .map(GeneratedPolicy::new)
        .collect::<Result<Vec<_>, _>>()?;
    let compiled = policies
        .iter()
        .map(|policy| compiled(&policy.text))
        .collect::<Result<Vec<_>, _>>()?;
    let proved = proof::prove(input, subject, &compiled, &observed.pairs, options);
    let current = match options.current.as_slice() {
        [] => None,
        current => {
            let statements = &draft.statements;
            Some(current::compare(
                current,
                statements,
                subject,
                &observed.pairs,
            )?)
        }
    };
    let mut report = LeastPrivilege {
        principal: subject.arn().to_owned(),
        generalised: options.generalise,
        first_event: None,
        last_event: None,
        totals: observed.totals,
        policies,
        actions: draft.actions,
        conditions_left_out: draft.left_out,
        kept_exact: draft.kept_exact,
        covered_calls: proved.covered,
        not_covered_calls: proved.not_covered_calls,
        not_covered: proved.not_covered,
        denied: observed.denied.finish(),
        failed: observed.failed.finish(),
        current,
        incomplete: Vec::new(),
        problems: Vec::new(),
        more_problems: 0,
    };
    report.add_reading(reading, found, observed.pairs.is_full());
    Ok(report)
}

/// A generated document, read as every policy is.
fn compiled(text: &str) -> Result<Arc<CompiledPolicy>, LeastPrivilegeError> {
    let policy = Policy::parse(text, PolicyKind::Identity)
        .map_err(|error| LeastPrivilegeError::Invalid(error.to_string()))?;
    Ok(Arc::new(CompiledPolicy::new("generated", Arc::new(policy))))
}
