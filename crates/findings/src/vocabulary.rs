//! Small closed vocabularies: severity, threat category, outcome, technique.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// How urgent a finding is. Ordered: `Informational` is the least.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Context for other findings; nothing to do by itself.
    Informational,
    /// Worth a look when time allows.
    Low,
    /// To be looked at in the working day.
    Medium,
    /// To be looked at now.
    High,
    /// Almost certainly an attack or its result.
    Critical,
}

impl Severity {
    /// All levels, least first.
    pub const ALL: [Self; 5] = [
        Self::Informational,
        Self::Low,
        Self::Medium,
        Self::High,
        Self::Critical,
    ];

    /// Name in lower case, as Sigma writes it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Informational => "informational",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }

    /// One step lower; `Informational` stays.
    pub const fn lowered(self) -> Self {
        match self {
            Self::Informational | Self::Low => Self::Informational,
            Self::Medium => Self::Low,
            Self::High => Self::Medium,
            Self::Critical => Self::High,
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.as_str())
    }
}

impl FromStr for Severity {
    type Err = ParseNameError;

    /// Reads a level name, in any letter case; `info` is accepted for `informational`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let lower = text.trim().to_ascii_lowercase();
        if lower == "info" {
            return Ok(Self::Informational);
        }
        Self::ALL
            .into_iter()
            .find(|severity| severity.as_str() == lower)
            .ok_or_else(|| ParseNameError::new("severity", text))
    }
}

/// The nine threats to machine-learning platforms that detections are sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Category {
    /// Models or data leave the account.
    Exfiltration,
    /// Training data, models or their metadata are falsified.
    Poisoning,
    /// Machine-learning resources serve somebody else's purpose.
    ResourceMisuse,
    /// Capacity is exhausted, stopped or destroyed.
    DenialOfService,
    /// Settings that protect the platform are weakened.
    ConfigurationChange,
    /// Logs, lineage or monitoring are removed or falsified.
    LogTampering,
    /// Hostile code is placed or run.
    Malware,
    /// Credentials are taken or used by somebody else.
    CredentialTheft,
    /// Compute is used to mine cryptocurrency.
    Cryptojacking,
}

impl Category {
    /// All categories, in the order of reports.
    pub const ALL: [Self; 9] = [
        Self::Exfiltration,
        Self::Poisoning,
        Self::ResourceMisuse,
        Self::DenialOfService,
        Self::ConfigurationChange,
        Self::LogTampering,
        Self::Malware,
        Self::CredentialTheft,
        Self::Cryptojacking,
    ];

    /// Identifier, as directory names of the rule pack use it.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Exfiltration => "exfiltration",
            Self::Poisoning => "poisoning",
            Self::ResourceMisuse => "resource-misuse",
            Self::DenialOfService => "denial-of-service",
            Self::ConfigurationChange => "configuration-change",
            Self::LogTampering => "log-tampering",
            Self::Malware => "malware",
            Self::CredentialTheft => "credential-theft",
            Self::Cryptojacking => "cryptojacking",
        }
    }

    /// Name for people.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Exfiltration => "Data and model exfiltration",
            Self::Poisoning => "Data poisoning",
            Self::ResourceMisuse => "Resource misuse",
            Self::DenialOfService => "Denial of service",
            Self::ConfigurationChange => "Configuration changes",
            Self::LogTampering => "Log tampering",
            Self::Malware => "Malware deployment",
            Self::CredentialTheft => "Credential theft",
            Self::Cryptojacking => "Cryptojacking",
        }
    }
}

impl fmt::Display for Category {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.id())
    }
}

impl FromStr for Category {
    type Err = ParseNameError;

    /// Reads a category identifier exactly.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|category| category.id() == text)
            .ok_or_else(|| ParseNameError::new("category", text))
    }
}

/// What became of the calls behind a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// Every call succeeded.
    Succeeded,
    /// Every call failed: an attempt.
    Failed,
    /// Some succeeded and some failed.
    Mixed,
}

impl Outcome {
    /// Name in lower case.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Mixed => "mixed",
        }
    }

    /// Outcome of a set of calls, of which `failed` failed and `succeeded` succeeded.
    /// Without any call nothing failed.
    pub const fn of_counts(succeeded: u64, failed: u64) -> Self {
        match (succeeded, failed) {
            (_, 0) => Self::Succeeded,
            (0, _) => Self::Failed,
            _ => Self::Mixed,
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.as_str())
    }
}

/// The catalogue a technique comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Framework {
    /// MITRE ATT&CK (enterprise).
    Attack,
    /// MITRE ATLAS.
    Atlas,
}

/// A technique of ATT&CK or ATLAS.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Technique {
    /// Identifier, such as `T1562.008` or `AML.T0024.002`.
    pub id: String,
    /// Name in the catalogue, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The catalogue.
    pub framework: Framework,
}

impl Technique {
    /// Reads a technique identifier, in any letter case and with or without the prefix of a Sigma
    /// tag: `attack.t1562.008`, `T1562.008`, `atlas.aml.t0024.002`, `AML.T0024`.
    /// Tactics and anything else give `None`.
    pub fn from_tag(tag: &str) -> Option<Self> {
        let upper = tag.trim().to_ascii_uppercase();
        let bare = upper
            .strip_prefix("ATTACK.")
            .or_else(|| upper.strip_prefix("ATLAS."))
            .unwrap_or(&upper);
        let (framework, number) = match bare.strip_prefix("AML.") {
            Some(number) => (Framework::Atlas, number),
            None => (Framework::Attack, bare),
        };
        let digits = number.strip_prefix('T')?;
        let (main, sub) = match digits.split_once('.') {
            Some((main, sub)) => (main, Some(sub)),
            None => (digits, None),
        };
        let four = is_digits(main, 4);
        let three = sub.is_none_or(|sub| is_digits(sub, 3));
        (four && three).then(|| Self {
            id: bare.to_owned(),
            name: None,
            framework,
        })
    }

    /// The identifier of the technique that a sub-technique belongs to; its own otherwise.
    pub fn parent_id(&self) -> &str {
        let number = self.id.strip_prefix("AML.").unwrap_or(&self.id);
        let dot = number.find('.').unwrap_or(number.len());
        self.id
            .get(..self.id.len() - (number.len() - dot))
            .unwrap_or(&self.id)
    }

    /// The page of the catalogue about this technique.
    pub fn url(&self) -> String {
        match self.framework {
            Framework::Attack => {
                format!(
                    "https://attack.mitre.org/techniques/{}/",
                    self.id.replace('.', "/")
                )
            }
            Framework::Atlas => format!("https://atlas.mitre.org/techniques/{}", self.id),
        }
    }
}

/// A word that is not in its vocabulary.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a {vocabulary}")]
pub struct ParseNameError {
    vocabulary: &'static str,
    text: String,
}

impl ParseNameError {
    pub(crate) fn new(vocabulary: &'static str, text: &str) -> Self {
        let text = text.chars().take(80).collect();
        Self { vocabulary, text }
    }
}

fn is_digits(text: &str, length: usize) -> bool {
    text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_read_back() {
        for severity in Severity::ALL {
            assert_eq!(severity.to_string().parse(), Ok(severity));
            let json = serde_json::to_string(&severity).unwrap();
            assert_eq!(json, format!("\"{severity}\""));
        }
        for category in Category::ALL {
            assert_eq!(category.to_string().parse(), Ok(category));
            let json = serde_json::to_string(&category).unwrap();
            assert_eq!(json, format!("\"{category}\""));
        }
        assert_eq!("HIGH".parse(), Ok(Severity::High));
        assert!("urgent".parse::<Severity>().is_err());
    }

    #[test]
    fn lowering_stops_at_the_bottom() {
        assert_eq!(Severity::Critical.lowered(), Severity::High);
        assert_eq!(Severity::Low.lowered(), Severity::Informational);
        assert_eq!(Severity::Informational.lowered(), Severity::Informational);
        assert!(Severity::Critical > Severity::High);
    }

    #[test]
    fn techniques_from_tags() {
        let attack = Technique::from_tag("attack.t1562.008").unwrap();
        assert_eq!(
            (attack.id.as_str(), attack.framework),
            ("T1562.008", Framework::Attack)
        );
        assert_eq!(
            attack.url(),
            "https://attack.mitre.org/techniques/T1562/008/"
        );
        let atlas = Technique::from_tag("atlas.aml.t0024.002").unwrap();
        assert_eq!(
            (atlas.id.as_str(), atlas.framework),
            ("AML.T0024.002", Framework::Atlas)
        );
        assert_eq!(attack.parent_id(), "T1562");
        assert_eq!(atlas.parent_id(), "AML.T0024");
        let whole = Technique::from_tag("T1496").unwrap();
        assert_eq!((whole.id.as_str(), whole.parent_id()), ("T1496", "T1496"));
        for other in [
            "attack.defense-evasion",
            "attack.t15",
            "attack.t1562.",
            "attack.t1562.0081",
            "",
            "é",
        ] {
            assert_eq!(Technique::from_tag(other), None, "{other}");
        }
    }

    #[test]
    fn outcome_of_counts() {
        assert_eq!(Outcome::of_counts(0, 0), Outcome::Succeeded);
        assert_eq!(Outcome::of_counts(0, 2), Outcome::Failed);
        assert_eq!(Outcome::of_counts(1, 2), Outcome::Mixed);
    }
}
