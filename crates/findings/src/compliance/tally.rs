//! Verdicts counted: by control, by area, by requirement.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{ControlRef, Verdict};
use crate::Severity;

/// Numbers of verdicts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct VerdictCounts {
    /// PASS.
    pub pass: u64,
    /// FAIL.
    pub fail: u64,
    /// UNKNOWN.
    pub unknown: u64,
    /// NOT_APPLICABLE.
    pub not_applicable: u64,
    /// MUTED.
    pub muted: u64,
}

impl VerdictCounts {
    /// Counts one more verdict.
    pub fn add(&mut self, verdict: Verdict) {
        let count = match verdict {
            Verdict::Pass => &mut self.pass,
            Verdict::Fail => &mut self.fail,
            Verdict::Unknown => &mut self.unknown,
            Verdict::NotApplicable => &mut self.not_applicable,
            Verdict::Muted => &mut self.muted,
        };
        *count = count.saturating_add(1);
    }

    /// Adds other numbers.
    pub fn merge(&mut self, other: &Self) {
        for (mine, theirs) in [
            (&mut self.pass, other.pass),
            (&mut self.fail, other.fail),
            (&mut self.unknown, other.unknown),
            (&mut self.not_applicable, other.not_applicable),
            (&mut self.muted, other.muted),
        ] {
            *mine = mine.saturating_add(theirs);
        }
    }

    /// The number of one verdict.
    pub const fn of(&self, verdict: Verdict) -> u64 {
        match verdict {
            Verdict::Pass => self.pass,
            Verdict::Fail => self.fail,
            Verdict::Unknown => self.unknown,
            Verdict::NotApplicable => self.not_applicable,
            Verdict::Muted => self.muted,
        }
    }

    /// The number of all verdicts.
    pub fn total(&self) -> u64 {
        Verdict::ALL
            .into_iter()
            .fold(0, |sum, verdict| sum.saturating_add(self.of(verdict)))
    }
}

/// Verdicts of one control.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ControlTally {
    /// The control.
    pub control: Arc<ControlRef>,
    /// Its verdicts.
    pub counts: VerdictCounts,
}

/// Verdicts of one area, or of all.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AreaTally {
    /// Verdicts by severity of the control.
    pub by_severity: BTreeMap<Severity, VerdictCounts>,
}

/// Weight of a severity in scores. Informational controls do not weigh.
pub const fn weight(severity: Severity) -> u64 {
    match severity {
        Severity::Informational => 0,
        Severity::Low => 1,
        Severity::Medium => 2,
        Severity::High => 5,
        Severity::Critical => 10,
    }
}

impl AreaTally {
    /// Verdicts of all severities.
    pub fn counts(&self) -> VerdictCounts {
        let mut sum = VerdictCounts::default();
        for counts in self.by_severity.values() {
            sum.merge(counts);
        }
        sum
    }

    /// From 0 to 1: the sum of weight × PASS over the sum of weight × (PASS + FAIL), see
    /// [`weight`]. `None` when nothing that weighs was decided. UNKNOWN, NOT_APPLICABLE and MUTED
    /// do not count: read the score beside [`AreaTally::decided`].
    pub fn score(&self) -> Option<f64> {
        let mut passed = 0_u128;
        let mut decided = 0_u128;
        for (severity, counts) in &self.by_severity {
            let weight = u128::from(weight(*severity));
            passed += weight * u128::from(counts.pass);
            decided += weight * (u128::from(counts.pass) + u128::from(counts.fail));
        }
        (decided > 0).then(|| passed as f64 / decided as f64)
    }

    /// From 0 to 1: the part of the questions that concern something and have an answer, MUTED
    /// included. `None` when there is no such question.
    pub fn decided(&self) -> Option<f64> {
        let counts = self.counts();
        let decided = counts.pass as f64 + counts.fail as f64 + counts.muted as f64;
        let asked = decided + counts.unknown as f64;
        (asked > 0.0).then(|| decided / asked)
    }
}

/// How a requirement of a framework stands. The worst verdict of its controls decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RequirementStatus {
    /// A control failed.
    Fail,
    /// None failed, and one could not tell.
    Unknown,
    /// None failed but for accepted failures.
    Muted,
    /// All controls that concern something passed.
    Pass,
    /// No control looked at anything.
    NotAssessed,
}

impl RequirementStatus {
    /// Name for people.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Fail => "fail",
            Self::Unknown => "unknown",
            Self::Muted => "muted",
            Self::Pass => "pass",
            Self::NotAssessed => "not assessed",
        }
    }
}

/// Verdicts about one requirement of a framework.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct RequirementTally {
    /// Verdicts of its controls, without those of informational controls.
    pub counts: VerdictCounts,
    /// Its controls.
    pub controls: Vec<String>,
}

impl RequirementTally {
    /// How it stands.
    pub const fn status(&self) -> RequirementStatus {
        match self.counts {
            VerdictCounts { fail: 1.., .. } => RequirementStatus::Fail,
            VerdictCounts { unknown: 1.., .. } => RequirementStatus::Unknown,
            VerdictCounts { muted: 1.., .. } => RequirementStatus::Muted,
            VerdictCounts { pass: 1.., .. } => RequirementStatus::Pass,
            _ => RequirementStatus::NotAssessed,
        }
    }
}
