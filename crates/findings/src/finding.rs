//! The finding: what a rule saw, where the evidence is, and what to do next.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{Category, Outcome, Severity, Technique};

/// A reference to one record of the evidence. The bytes stay where they are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Evidence {
    /// Where the record was read: a path, an object URL or `-` for standard input.
    pub source: String,
    /// Number of the record in its source, from 0.
    pub index: u64,
    /// SHA-256 of the raw bytes of the record, in hexadecimal.
    pub sha256: String,
    /// `eventID` of the record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event_id: Option<String>,
    /// `eventTime` of the record (RFC 3339).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<String>,
    /// `eventName` of the record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event_name: Option<String>,
    /// `eventSource` of the record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event_source: Option<String>,
}

/// The rule behind a finding, with what its licence asks to pass on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleRef {
    /// Identifier (a UUID in Sigma rules).
    pub id: String,
    /// Title.
    pub title: String,
    /// Author, as the rule writes it. Alerts keep it.
    pub author: String,
    /// Licence, as the rule or its pack states it.
    pub license: String,
    /// Link to the rule itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// Background links of the rule.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub references: Vec<String>,
    /// Level of the rule. The severity of a finding may be lower.
    pub level: Severity,
    /// Benign explanations that the rule names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub false_positives: Vec<String>,
}

/// One finding. Lists hold distinct values in the order of their first appearance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// Stable identifier, see [`finding_id`].
    pub id: String,
    /// The rule that found it.
    pub rule: RuleRef,
    /// Severity of this finding, after its outcome and context.
    pub severity: Severity,
    /// Threat category.
    pub category: Category,
    /// Techniques of ATT&CK and ATLAS.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub techniques: Vec<Technique>,
    /// What became of the calls.
    pub outcome: Outcome,
    /// Who acted: the principal of the first event.
    pub principal: String,
    /// Everybody who acted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub principals: Vec<String>,
    /// Source addresses of the calls.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub source_ips: Vec<String>,
    /// User agents of the calls.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub user_agents: Vec<String>,
    /// Accounts that recorded the calls.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub accounts: Vec<String>,
    /// AWS Regions of the calls.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub regions: Vec<String>,
    /// ARNs or names of the resources concerned.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub resources: Vec<String>,
    /// Time of the first event (RFC 3339).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_time: Option<String>,
    /// Time of the last event (RFC 3339).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_time: Option<String>,
    /// Number of events that contributed, including those beyond the listed evidence.
    pub event_count: u64,
    /// `eventID` of contributing events.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub event_ids: Vec<String>,
    /// Records that contributed, in time order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<Evidence>,
    /// True when more records contributed than `evidence` lists.
    #[serde(default)]
    pub evidence_truncated: bool,
    /// True when the rule asks for an order and equal timestamps leave it open.
    #[serde(default)]
    pub order_not_provable: bool,
    /// What happened, in plain words.
    pub explanation: String,
    /// What to do next.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub next_steps: Vec<String>,
    /// What was not recorded, windows that were cut, and other limits of this finding.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// Guardrails that would have stopped at least one of its calls, sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub guardrails: Vec<String>,
}

/// The stable identifier of a finding: `f-` and the first 32 hexadecimal digits of the SHA-256 over
/// the rule id and the distinct event ids in sorted order, each preceded by its length in bytes.
///
/// The same rule over the same events gives the same identifier, in whatever order and however
/// often the events arrived.
pub fn finding_id<S: AsRef<str>>(rule_id: &str, event_ids: &[S]) -> String {
    let mut sorted: Vec<&str> = event_ids.iter().map(AsRef::as_ref).collect();
    sorted.sort_unstable();
    sorted.dedup();
    hashed_id("f-", std::iter::once(rule_id).chain(sorted))
}

/// `prefix` and the first 32 hexadecimal digits of the SHA-256 over the parts, each preceded by its
/// length in bytes.
pub(crate) fn hashed_id<'a>(prefix: &str, parts: impl IntoIterator<Item = &'a str>) -> String {
    let mut hasher = Sha256::new();
    for part in parts {
        // The length keeps ["ab"] and ["a", "b"] apart.
        hasher.update((part.len() as u64).to_be_bytes());
        hasher.update(part.as_bytes());
    }
    let mut id = String::from(prefix);
    for byte in hasher.finalize().iter().take(16) {
        for digit in [byte >> 4, byte & 15] {
            id.push(char::from_digit(u32::from(digit), 16).unwrap_or('0'));
        }
    }
    id
}

impl Finding {
    /// Sets `id` from the rule and the event ids.
    pub fn assign_id(&mut self) {
        self.id = finding_id(&self.rule.id, &self.event_ids);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn id_ignores_order_and_repetition() {
        let id = finding_id("rule", &["b", "a"]);
        assert_eq!(id, finding_id("rule", &["a", "b", "a"]));
        assert_eq!(id.len(), 34);
        assert!(id.starts_with("f-"));
    }

    #[test]
    fn id_keeps_boundaries() {
        assert_ne!(finding_id("rule", &["ab"]), finding_id("rule", &["a", "b"]));
        assert_ne!(finding_id("r", &["ulea"]), finding_id("rule", &["a"]));
        assert_ne!(finding_id::<&str>("r", &[]), finding_id::<&str>("s", &[]));
    }
}
