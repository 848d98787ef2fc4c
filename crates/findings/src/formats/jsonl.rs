//! JSON Lines: one flat object per finding.

use std::io;

use serde::Serialize;

use crate::output::Report;
use crate::safe_json;
use crate::{Category, Evidence, Finding, Outcome, Severity};

/// Every key is present in every line, so that columns are stable; an unknown single value is
/// `null`. `principal`, `source_ip`, `user_agent`, `account` and `region` are the first of the
/// lists beside them.
#[derive(Debug, Serialize)]
struct FlatFinding<'a> {
    id: &'a str,
    severity: Severity,
    category: Category,
    rule_id: &'a str,
    rule_title: &'a str,
    rule_author: &'a str,
    rule_license: &'a str,
    rule_reference: Option<&'a str>,
    rule_references: &'a [String],
    rule_level: Severity,
    techniques: Vec<&'a str>,
    outcome: Outcome,
    principal: &'a str,
    principals: &'a [String],
    source_ip: Option<&'a str>,
    source_ips: &'a [String],
    user_agent: Option<&'a str>,
    user_agents: &'a [String],
    account: Option<&'a str>,
    accounts: &'a [String],
    region: Option<&'a str>,
    regions: &'a [String],
    resources: &'a [String],
    first_time: Option<&'a str>,
    last_time: Option<&'a str>,
    event_count: u64,
    event_ids: &'a [String],
    evidence: &'a [Evidence],
    evidence_truncated: bool,
    order_not_provable: bool,
    explanation: &'a str,
    next_steps: &'a [String],
    false_positives: &'a [String],
    notes: &'a [String],
    guardrails: &'a [String],
}

impl<'a> FlatFinding<'a> {
    fn new(finding: &'a Finding) -> Self {
        let rule = &finding.rule;
        Self {
            id: &finding.id,
            severity: finding.severity,
            category: finding.category,
            rule_id: &rule.id,
            rule_title: &rule.title,
            rule_author: &rule.author,
            rule_license: &rule.license,
            rule_reference: rule.reference.as_deref(),
            rule_references: &rule.references,
            rule_level: rule.level,
            techniques: finding
                .techniques
                .iter()
                .map(|technique| technique.id.as_str())
                .collect(),
            outcome: finding.outcome,
            principal: &finding.principal,
            principals: &finding.principals,
            source_ip: first(&finding.source_ips),
            source_ips: &finding.source_ips,
            user_agent: first(&finding.user_agents),
            user_agents: &finding.user_agents,
            account: first(&finding.accounts),
            accounts: &finding.accounts,
            region: first(&finding.regions),
            regions: &finding.regions,
            resources: &finding.resources,
            first_time: finding.first_time.as_deref(),
            last_time: finding.last_time.as_deref(),
            event_count: finding.event_count,
            event_ids: &finding.event_ids,
            evidence: &finding.evidence,
            evidence_truncated: finding.evidence_truncated,
            order_not_provable: finding.order_not_provable,
            explanation: &finding.explanation,
            next_steps: &finding.next_steps,
            false_positives: &rule.false_positives,
            notes: &finding.notes,
            guardrails: &finding.guardrails,
        }
    }
}

pub(crate) fn write(report: &Report<'_>, out: &mut dyn io::Write) -> io::Result<()> {
    for finding in report.findings {
        safe_json::write_line(out, &FlatFinding::new(finding))?;
    }
    Ok(())
}

fn first(values: &[String]) -> Option<&str> {
    values.first().map(String::as_str)
}
