//! What is reported.

use std::collections::{BTreeMap, BTreeSet};

use rempart_findings::ProblemLine;
use rempart_trail::time::EventTime;
use serde::Serialize;
use serde_json::Value;

use super::LeastPrivilegeError;
use super::current::{CurrentReport, Standing};
use super::draft::LeftOut;
use super::generalise::Generalise;
use super::observe::{ActionCalls, CallTotals};
use super::proof::NotCovered;
use super::reading::Reading;

/// Problems that the report lists.
const MOST_PROBLEMS: usize = 100;

/// A policy that was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct GeneratedPolicy {
    /// Characters without white space, as AWS counts them.
    pub characters: usize,
    /// The document.
    pub document: Value,
    /// The document as it is to be written.
    #[serde(skip)]
    pub text: String,
}

impl GeneratedPolicy {
    pub(super) fn new(document: Value) -> Result<Self, LeastPrivilegeError> {
        let mut text = serde_json::to_string_pretty(&document)
            .map_err(|error| LeastPrivilegeError::Invalid(error.to_string()))?;
        text.push('\n');
        Ok(Self {
            characters: rempart_policy::lint::size(
                &text,
                rempart_policy::document::PolicyKind::Identity,
            ),
            document,
            text,
        })
    }
}

/// The policy and what there is to say about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LeastPrivilege {
    /// The user or role.
    pub principal: String,
    /// How far resources were generalised.
    pub generalised: Generalise,
    /// Time of the first record of the trail.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_event: Option<String>,
    /// Time of the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_event: Option<String>,
    /// Records and calls in numbers.
    pub totals: CallTotals,
    /// The policy; several documents where one would be longer than AWS allows.
    pub policies: Vec<GeneratedPolicy>,
    /// The actions of calls that went through, with how often each was asked for. A call may need
    /// several.
    pub actions: BTreeMap<Box<str>, u64>,
    /// Conditions that were asked for and are not in the policy.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub conditions_left_out: Vec<LeftOut>,
    /// Patterns that were not used since they would match resources of other types.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub kept_exact: BTreeSet<String>,
    /// Calls that went through and that the policy alone allows.
    pub covered_calls: u64,
    /// Calls that went through and that it does not, or not for certain, allow.
    pub not_covered_calls: u64,
    /// These calls, by action and reason.
    pub not_covered: Vec<NotCovered>,
    /// Calls that AWS denied. They are not in the policy.
    pub denied: Vec<ActionCalls>,
    /// Calls that failed for another reason. They are not in the policy either.
    pub failed: Vec<ActionCalls>,
    /// The comparison with the policies in force.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub current: Option<CurrentReport>,
    /// Why the report does not cover all of the input.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub incomplete: Vec<String>,
    /// What could not be read.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<ProblemLine>,
    /// Problems that are not listed.
    pub more_problems: u64,
}

impl LeastPrivilege {
    /// Whether every call that went through was decided again and is allowed.
    #[must_use]
    pub fn is_proved(&self) -> bool {
        self.not_covered_calls == 0 && self.covered_calls == self.totals.allowed
    }

    /// Whether the new policy was proved to allow nothing that the policies in force do not; true
    /// where there is nothing to compare with.
    #[must_use]
    pub fn is_no_more_permissive(&self) -> bool {
        let mut comparisons = self.current.iter().flat_map(|of| &of.no_more_permissive);
        comparisons.all(|of| of.standing == Standing::Proved)
    }

    pub(super) fn add_reading(
        &mut self,
        reading: Reading,
        found: &[rempart_trail::source::Problem],
        is_full: bool,
    ) {
        let time = |seconds: i64| EventTime(seconds).to_rfc3339();
        self.first_event = reading.span.map(|(first, _)| time(first));
        self.last_event = reading.span.map(|(_, last)| time(last));
        let mut problems = reading.problems;
        problems.extend(found.iter().map(|problem| ProblemLine {
            source: problem.name.clone(),
            offset: None,
            reason: problem.message.clone(),
        }));
        problems.sort_by(|a, b| {
            (&a.source, a.offset, &a.reason).cmp(&(&b.source, b.offset, &b.reason))
        });
        self.more_problems =
            reading.more_problems + problems.len().saturating_sub(MOST_PROBLEMS) as u64;
        problems.truncate(MOST_PROBLEMS);
        self.problems = problems;
        if reading.not_read > 0 {
            self.incomplete.push(format!(
                "{} sources were not read: the run was stopped",
                reading.not_read
            ));
        }
        if reading.not_remembered > 0 {
            self.incomplete.push(format!(
                "{} events over the limit of the deduplication set: copies of them may be counted",
                reading.not_remembered
            ));
        }
        if is_full {
            self.incomplete.push(
                "more pairs of action and resource were observed than are kept: the last by name are not in the policy"
                    .to_owned(),
            );
        }
    }
}
