//! Findings of a hunt over the same trail: which of them the proposal would have stopped.

use std::collections::BTreeSet;

use rempart_findings::Finding;
use serde::Serialize;

use super::report::ReplayReport;

/// What would have become of a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Fate {
    /// Every event of it would have been denied
    Stopped,
    /// Some of its events would have been denied
    StoppedInPart,
    /// None for certain, but the records of some do not tell
    MayBeStopped,
    /// None of its events would have been denied
    NotStopped,
}

impl Fate {
    /// In words.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Stopped => "stopped",
            Self::StoppedInPart => "stopped in part",
            Self::MayBeStopped => "cannot be told",
            Self::NotStopped => "not stopped",
        }
    }
}

/// A finding and what the proposal would have done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FindingFate {
    /// Id of the finding.
    pub id: String,
    /// Id of its rule.
    pub rule: String,
    /// Title of its rule.
    pub title: String,
    /// Severity.
    pub severity: &'static str,
    /// Time of its first event.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_time: Option<String>,
    /// What would have become of it.
    pub fate: Fate,
    /// Events that it lists.
    pub events: u64,
    /// Of these, events that would have been denied.
    pub stopped: u64,
    /// Of these, events of which it cannot be told.
    pub may_be_stopped: u64,
    /// The statements that would have denied some.
    pub by: BTreeSet<String>,
}

/// Joins findings with the events that would have been stopped, in the order of the findings.
#[must_use]
pub fn join_findings(report: &ReplayReport, findings: &[Finding]) -> Vec<FindingFate> {
    findings
        .iter()
        .map(|finding| {
            let (mut stopped, mut may_be_stopped) = (0_u64, 0_u64);
            let mut by = BTreeSet::new();
            for id in &finding.event_ids {
                if let Some(names) = report.stopped(id) {
                    stopped += 1;
                    by.extend(names.iter().map(|name| name.to_string()));
                } else if report.may_be_stopped(id).is_some() {
                    may_be_stopped += 1;
                }
            }
            let events = finding.event_ids.len() as u64;
            let lists_all = events == finding.event_count.max(events);
            let fate = if stopped > 0 && stopped == events && lists_all {
                Fate::Stopped
            } else if stopped > 0 {
                Fate::StoppedInPart
            } else if may_be_stopped > 0 {
                Fate::MayBeStopped
            } else {
                Fate::NotStopped
            };
            FindingFate {
                id: finding.id.clone(),
                rule: finding.rule.id.clone(),
                title: finding.rule.title.clone(),
                severity: finding.severity.as_str(),
                first_time: finding.first_time.clone(),
                fate,
                events,
                stopped,
                may_be_stopped,
                by,
            }
        })
        .collect()
}
