//! The account of a run: verdicts by control, and from them by area, severity and framework.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{
    AreaTally, CheckResult, ControlRef, ControlTally, RequirementTally, Verdict, VerdictCounts,
};
use crate::Severity;
use crate::clock::milliseconds;

/// Name under which the requirements of the project stand among the frameworks.
pub const SEED_REQUIREMENTS: &str = "requirements";

/// What is known before the first result.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CheckHeader {
    /// Version of the program.
    pub tool_version: String,
    /// What was judged: directory of the snapshot, plan or template.
    pub snapshot: String,
    /// Profile of the run, such as `default` or `strict`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
    /// Time of the report (RFC 3339).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub generated_at: Option<String>,
}

/// Something in the input that could not be used.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckProblem {
    /// File.
    pub source: String,
    /// Line from 1, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u64>,
    /// What was wrong.
    pub reason: String,
}

/// An entry of the list of accepted failures.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MuteEntry {
    /// File and line, or number in the file.
    pub place: String,
    /// Control, as the entry writes it.
    pub control: String,
    /// Account, as the entry writes it.
    #[serde(default)]
    pub account: String,
    /// Resource, as the entry writes it.
    #[serde(default)]
    pub resource: String,
    /// Who answers for it.
    pub owner: String,
    /// Why.
    pub reason: String,
    /// Date after which it does not hold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<String>,
}

/// The account of a run. Register the controls, then count each result.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CheckSummary {
    /// What was known before.
    pub header: CheckHeader,
    /// Time of the earliest evidence that results name (RFC 3339).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub evidence_from: Option<String>,
    /// Time of the latest evidence that results name (RFC 3339).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub evidence_to: Option<String>,
    /// Accounts of the input.
    pub accounts: Vec<String>,
    /// Regions of the input.
    pub regions: Vec<String>,
    /// Resources that were judged.
    pub resources: u64,
    /// Verdicts of each control, by identifier.
    pub controls: BTreeMap<String, ControlTally>,
    /// UNKNOWN results by the code of their reason.
    pub unknown: BTreeMap<String, u64>,
    /// Controls that are UNKNOWN somewhere for want of a permission, by permission.
    pub missing_permissions: BTreeMap<String, BTreeSet<String>>,
    /// What a bound of the collection left out, by kind or operation.
    pub not_evaluated: BTreeMap<String, u64>,
    /// Requirements that a framework has, beyond those that a control names.
    pub known_requirements: BTreeMap<String, BTreeSet<String>>,
    /// Input that could not be used.
    pub problems: Vec<CheckProblem>,
    /// Accepted failures whose time is over.
    pub expired_mutes: Vec<MuteEntry>,
    /// Accepted failures that matched no result.
    pub unmatched_mutes: Vec<MuteEntry>,
}

impl CheckSummary {
    /// Makes a control known, so that it is listed even if it has nothing to judge.
    pub fn register(&mut self, control: &Arc<ControlRef>) {
        if !self.controls.contains_key(&control.id) {
            let tally = ControlTally {
                control: Arc::clone(control),
                counts: VerdictCounts::default(),
            };
            self.controls.insert(control.id.clone(), tally);
        }
    }

    /// Makes a requirement of a framework known, so that it shows as not assessed when no control
    /// answers it.
    pub fn register_requirement(&mut self, framework: &str, requirement: &str) {
        self.known_requirements
            .entry(framework.to_owned())
            .or_default()
            .insert(requirement.to_owned());
    }

    /// Counts a result.
    pub fn count(&mut self, result: &CheckResult) {
        match self.controls.get_mut(&result.control.id) {
            Some(tally) => tally.counts.add(result.verdict),
            None => {
                self.register(&result.control);
                if let Some(tally) = self.controls.get_mut(&result.control.id) {
                    tally.counts.add(result.verdict);
                }
            }
        }
        for at in result.evidence.iter().filter_map(|one| one.at.as_deref()) {
            self.widen(at);
        }
        if result.verdict == Verdict::Unknown {
            let reason = result.reason.as_ref();
            let code = reason.map_or("", |reason| reason.code.as_str());
            match self.unknown.get_mut(code) {
                Some(count) => *count = count.saturating_add(1),
                None => {
                    self.unknown.insert(code.to_owned(), 1);
                }
            }
            if let Some(permission) = reason.and_then(|reason| reason.permission.as_ref()) {
                let controls = self
                    .missing_permissions
                    .entry(permission.clone())
                    .or_default();
                if !controls.contains(&result.control.id) {
                    controls.insert(result.control.id.clone());
                }
            }
        }
    }

    /// Adds what another summary counted, for runs in parts. The header stays.
    pub fn merge(&mut self, other: Self) {
        for tally in other.controls.into_values() {
            self.register(&tally.control);
            if let Some(mine) = self.controls.get_mut(&tally.control.id) {
                mine.counts.merge(&tally.counts);
            }
        }
        for at in other.evidence_from.iter().chain(&other.evidence_to) {
            self.widen(at);
        }
        for (list, more) in [
            (&mut self.accounts, other.accounts),
            (&mut self.regions, other.regions),
        ] {
            list.extend(more);
            list.sort_unstable();
            list.dedup();
        }
        self.resources = self.resources.saturating_add(other.resources);
        for (sums, more) in [
            (&mut self.unknown, other.unknown),
            (&mut self.not_evaluated, other.not_evaluated),
        ] {
            for (key, count) in more {
                let sum = sums.entry(key).or_default();
                *sum = sum.saturating_add(count);
            }
        }
        for (sets, more) in [
            (&mut self.missing_permissions, other.missing_permissions),
            (&mut self.known_requirements, other.known_requirements),
        ] {
            for (key, set) in more {
                sets.entry(key).or_default().extend(set);
            }
        }
        self.problems.extend(other.problems);
        self.expired_mutes.extend(other.expired_mutes);
        self.unmatched_mutes.extend(other.unmatched_mutes);
    }

    /// Verdicts by area.
    pub fn areas(&self) -> BTreeMap<&str, AreaTally> {
        let mut areas: BTreeMap<&str, AreaTally> = BTreeMap::new();
        for tally in self.controls.values() {
            areas
                .entry(&tally.control.area)
                .or_default()
                .by_severity
                .entry(tally.control.severity)
                .or_default()
                .merge(&tally.counts);
        }
        areas
    }

    /// Verdicts of all areas together.
    pub fn overall(&self) -> AreaTally {
        let mut all = AreaTally::default();
        for tally in self.controls.values() {
            let counts = all.by_severity.entry(tally.control.severity).or_default();
            counts.merge(&tally.counts);
        }
        all
    }

    /// Verdicts of all controls.
    pub fn counts(&self) -> VerdictCounts {
        self.overall().counts()
    }

    /// Number of failures that count, of this severity or worse. Informational controls have none.
    pub fn failures(&self, least: Severity) -> u64 {
        let least = least.max(Severity::Low);
        self.controls
            .values()
            .filter(|tally| tally.control.severity >= least)
            .fold(0, |sum, tally| sum.saturating_add(tally.counts.fail))
    }

    /// Controls that had nothing to judge, not even an UNKNOWN.
    pub fn without_subject(&self) -> impl Iterator<Item = &ControlRef> {
        self.controls
            .values()
            .filter(|tally| tally.counts.total() == 0)
            .map(|tally| &*tally.control)
    }

    /// Requirements by framework, [`SEED_REQUIREMENTS`] among them.
    pub fn frameworks(&self) -> BTreeMap<&str, BTreeMap<&str, RequirementTally>> {
        let mut frameworks: BTreeMap<&str, BTreeMap<&str, RequirementTally>> = BTreeMap::new();
        for (framework, requirements) in &self.known_requirements {
            let known = frameworks.entry(framework).or_default();
            for requirement in requirements {
                known.entry(requirement).or_default();
            }
        }
        for tally in self.controls.values() {
            let control = &*tally.control;
            let own = (SEED_REQUIREMENTS, &control.requirements);
            let mapped = control
                .mappings
                .iter()
                .map(|(name, list)| (name.as_str(), list));
            for (framework, requirements) in std::iter::once(own).chain(mapped) {
                for requirement in requirements {
                    let entry = frameworks
                        .entry(framework)
                        .or_default()
                        .entry(requirement)
                        .or_default();
                    if entry.controls.contains(&control.id) {
                        continue;
                    }
                    entry.controls.push(control.id.clone());
                    if control.severity > Severity::Informational {
                        entry.counts.merge(&tally.counts);
                    }
                }
            }
        }
        frameworks
    }

    fn widen(&mut self, at: &str) {
        let earlier = self.evidence_from.as_deref().is_none_or(|from| at < from);
        let later = self.evidence_to.as_deref().is_none_or(|to| at > to);
        // Times are compared as text: all of them are UTC. What is no time is left out.
        if (!earlier && !later) || milliseconds(at).is_none() {
            return;
        }
        if earlier {
            self.evidence_from = Some(at.to_owned());
        }
        if later {
            self.evidence_to = Some(at.to_owned());
        }
    }
}
