//! Suspects that the findings propose, when the user names none.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use rempart_findings::{Finding, Severity};
use rempart_locale::Text;

use crate::history::History;
use crate::suspect::Given;

/// Least score of a proposal: one finding of medium severity at an unusual place, or of high severity at
/// a usual one.
const LEAST: u64 = 12;
/// Most proposals.
const MOST: usize = 20;

/// A proposed suspect: an address from where findings come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Proposal {
    pub(crate) given: Given,
    pub(crate) score: u64,
    pub(crate) reason: Text,
}

#[derive(Debug, Default)]
struct Gathered<'a> {
    rules: BTreeMap<&'a str, (u64, &'a str)>,
    principals: BTreeSet<&'a str>,
    findings: u64,
}

/// Proposals, most urgent first. Each rule counts once for an address, so that a noisy rule does not
/// outweigh different signs; places where a principal is at home count a quarter.
pub(crate) fn propose(findings: &[Finding], history: &History) -> Vec<Proposal> {
    let mut by_address: BTreeMap<&str, Gathered<'_>> = BTreeMap::new();
    for finding in findings {
        let weight = match finding.severity {
            Severity::Critical => 160,
            Severity::High => 48,
            Severity::Medium => 12,
            Severity::Low | Severity::Informational => continue,
        };
        let addresses = finding
            .source_ips
            .iter()
            .filter(|address| address.parse::<IpAddr>().is_ok());
        for address in addresses {
            let is_unusual = finding
                .principals
                .iter()
                .any(|principal| history.is_unusual(principal, address));
            let weight = if is_unusual { weight } else { weight / 4 };
            let gathered = by_address.entry(address).or_default();
            gathered.findings += 1;
            gathered
                .principals
                .extend(finding.principals.iter().map(String::as_str));
            let slot = gathered
                .rules
                .entry(&finding.rule.id)
                .or_insert((0, &finding.rule.title));
            slot.0 = slot.0.max(weight);
        }
    }
    let mut proposals: Vec<Proposal> = by_address
        .into_iter()
        .filter_map(|(address, gathered)| {
            let score = gathered.rules.values().map(|(weight, _)| weight).sum();
            let mut rules: Vec<(u64, &str)> = gathered.rules.into_values().collect();
            rules.sort_by(|one, other| other.0.cmp(&one.0).then(one.1.cmp(other.1)));
            let titles: Vec<String> = rules
                .iter()
                .take(3)
                .map(|(_, title)| (*title).to_owned())
                .collect();
            let reason = Text::new("suspect-proposed")
                .with("findings", gathered.findings)
                .with("rules", rules.len())
                .with("titles", titles)
                .with("principals", gathered.principals.len());
            Some(Proposal {
                given: Given::parse(&format!("address:{address}")).ok()?,
                score,
                reason,
            })
        })
        .collect();
    proposals.sort_by(|one, other| {
        other
            .score
            .cmp(&one.score)
            .then_with(|| one.given.value.cmp(&other.given.value))
    });
    let least = proposals
        .first()
        .map_or(LEAST, |first| LEAST.max(first.score / 4));
    proposals.retain(|proposal| proposal.score >= least);
    proposals.truncate(MOST);
    proposals
}
