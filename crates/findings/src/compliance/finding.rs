//! A failure as a finding of the one model.

use super::{CheckEvidence, CheckResult, Verdict};
use crate::{Category, Evidence, Finding, Outcome, RuleRef};

/// Only FAIL is a finding.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{verdict} of {control} is not a finding")]
pub struct NotAFailure {
    control: String,
    verdict: Verdict,
}

/// A failure stands among the findings as a weakness: nobody acted, no event contributed, and the
/// category is [`Category::ConfigurationChange`], settings that protect too little. The identifier
/// is that of the result.
impl TryFrom<&CheckResult> for Finding {
    type Error = NotAFailure;

    fn try_from(result: &CheckResult) -> Result<Self, Self::Error> {
        let control = &*result.control;
        if result.verdict != Verdict::Fail {
            return Err(NotAFailure {
                control: control.id.clone(),
                verdict: result.verdict,
            });
        }
        let resource = &result.resource;
        let times = || result.evidence.iter().filter_map(|one| one.at.as_ref());
        Ok(Self {
            id: result.id.clone(),
            rule: RuleRef {
                id: control.id.clone(),
                title: control.title.clone(),
                // Controls name no author and no licence of their own.
                author: String::new(),
                license: String::new(),
                reference: None,
                references: Vec::new(),
                level: control.severity,
                false_positives: Vec::new(),
            },
            severity: control.severity,
            category: Category::ConfigurationChange,
            techniques: Vec::new(),
            outcome: Outcome::of_counts(0, 0),
            principal: String::new(),
            principals: Vec::new(),
            source_ips: Vec::new(),
            user_agents: Vec::new(),
            accounts: vec![resource.account.clone()],
            regions: vec![resource.region.clone()],
            resources: vec![resource.name().to_owned()],
            first_time: times().min().cloned(),
            last_time: times().max().cloned(),
            event_count: 0,
            event_ids: Vec::new(),
            evidence: result.evidence.iter().map(|one| record(one)).collect(),
            evidence_truncated: false,
            order_not_provable: false,
            explanation: explanation(result),
            next_steps: next_steps(result),
            notes: notes(result),
            guardrails: control.mappings.get("scp").cloned().unwrap_or_default(),
        })
    }
}

fn record(evidence: &CheckEvidence) -> Evidence {
    let (service, operation) = match evidence.operation.split_once(':') {
        Some((service, operation)) => (Some(service), operation),
        None => (None, evidence.operation.as_str()),
    };
    Evidence {
        source: evidence.source.clone(),
        // Records are numbered from 0, lines from 1.
        index: evidence.line.saturating_sub(1),
        sha256: evidence.sha256.clone(),
        event_id: None,
        time: evidence.at.clone(),
        event_name: Some(operation.to_owned()),
        event_source: service.map(|service| format!("{service}.amazonaws.com")),
    }
}

fn explanation(result: &CheckResult) -> String {
    if result.control.why.is_empty() {
        result.message.clone()
    } else {
        format!("{}. {}", result.message, result.control.why)
    }
}

fn next_steps(result: &CheckResult) -> Vec<String> {
    let remediation = &result.control.remediation;
    let words = Some(&remediation.text).filter(|text| !text.is_empty());
    words
        .into_iter()
        .chain(&remediation.cli)
        .chain(&remediation.terraform)
        .cloned()
        .collect()
}

fn notes(result: &CheckResult) -> Vec<String> {
    let mut notes = vec![format!(
        "state of {} {}, not an event",
        result.resource.kind, result.resource.id
    )];
    if let Some(address) = &result.resource.address {
        notes.push(format!("planned: {}", super::wording::place(address)));
    }
    notes
}
