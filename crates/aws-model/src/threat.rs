//! Threat categories of SageMaker operations.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use crate::service::Operation;
use crate::table;

/// What a call can be part of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ThreatCategory {
    /// Data or models leave.
    Exfiltration,
    /// Data, features, models or lineage are falsified.
    Poisoning,
    /// Compute is used for other ends.
    ResourceMisuse,
    /// Work is stopped, starved or destroyed.
    DenialOfService,
    /// Protection or access is changed.
    ConfigurationChange,
    /// Evidence, lineage or monitoring is removed or rewritten.
    LogTampering,
    /// Hostile code gets a place to run.
    Malware,
    /// Credentials or sessions are taken.
    CredentialTheft,
    /// Compute is used for mining.
    Cryptojacking,
    /// Reads that mean something only by volume, novelty or sequence.
    Reconnaissance,
    /// Recorded in timelines, no rule by itself.
    Neutral,
}

impl ThreatCategory {
    /// All categories: the nine threats, then reconnaissance and neutral.
    pub const ALL: [Self; 11] = [
        Self::Exfiltration,
        Self::Poisoning,
        Self::ResourceMisuse,
        Self::DenialOfService,
        Self::ConfigurationChange,
        Self::LogTampering,
        Self::Malware,
        Self::CredentialTheft,
        Self::Cryptojacking,
        Self::Reconnaissance,
        Self::Neutral,
    ];

    /// Id in rules and tables, for example `denial-of-service`.
    pub fn id(self) -> &'static str {
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
            Self::Reconnaissance => "reconnaissance",
            Self::Neutral => "neutral",
        }
    }

    /// The category with this id.
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|category| category.id() == id)
    }
}

impl std::fmt::Display for ThreatCategory {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(self.id())
    }
}

/// Categories of an operation of SageMaker or one of its runtimes; empty for other services.
pub fn categories_of(operation: Operation) -> &'static [ThreatCategory] {
    let key = (operation.service().id(), operation.name());
    assignments()
        .get(&key)
        .map(Vec::as_slice)
        .unwrap_or_default()
}

type Assignments = BTreeMap<(&'static str, &'static str), Vec<ThreatCategory>>;

fn assignments() -> &'static Assignments {
    static ASSIGNMENTS: OnceLock<Assignments> = OnceLock::new();
    ASSIGNMENTS.get_or_init(|| {
        let mut assignments = BTreeMap::new();
        for (service, body) in table::sections(table::SAGEMAKER_CATEGORIES) {
            for line in body.lines() {
                let mut fields = line.split(' ');
                let Some(operation) = fields.next() else {
                    continue;
                };
                let categories = fields.filter_map(ThreatCategory::from_id).collect();
                assignments.insert((service, operation), categories);
            }
        }
        assignments
    })
}
