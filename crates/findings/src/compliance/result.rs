//! What a control says about a resource.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::finding::hashed_id;
use crate::{ParseNameError, Severity};

/// How to repair what a control found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remediation {
    /// In words.
    pub text: String,
    /// As a command.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cli: Option<String>,
    /// As Terraform.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub terraform: Option<String>,
    /// True where AWS allows no change, so that the resource has to be created again.
    #[serde(default)]
    pub immutable: bool,
}

/// A control, as results and reports show it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ControlRef {
    /// Identifier, such as `NB-01`.
    pub id: String,
    /// Title: what is so when the control passes.
    pub title: String,
    /// How urgent a failure is. A failure of an informational control does not count as one.
    pub severity: Severity,
    /// Area, such as `notebook-instances`.
    pub area: String,
    /// What an attacker or an accident gains when it fails.
    pub why: String,
    /// What to say of a resource that fails, unless the result says something closer.
    pub message: String,
    /// How to repair it.
    pub remediation: Remediation,
    /// Requirements of the project that asked for it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub requirements: Vec<String>,
    /// Requirements of other frameworks that it answers, by framework.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub mappings: BTreeMap<String, Vec<String>>,
    /// Kind of the resources that it judges, such as `AWS::SageMaker::NotebookInstance`.
    pub resource_kind: String,
}

/// The answer of a control.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Verdict {
    /// Evidence was read and satisfies the control.
    Pass,
    /// Evidence was read and violates the control.
    Fail,
    /// Evidence could not be read, or does not decide.
    Unknown,
    /// The control does not concern this resource, region or configuration.
    NotApplicable,
    /// A failure that a named person accepted until a date.
    Muted,
}

impl Verdict {
    /// All verdicts.
    pub const ALL: [Self; 5] = [
        Self::Pass,
        Self::Fail,
        Self::Unknown,
        Self::NotApplicable,
        Self::Muted,
    ];

    /// Name in capitals.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "PASS",
            Self::Fail => "FAIL",
            Self::Unknown => "UNKNOWN",
            Self::NotApplicable => "NOT_APPLICABLE",
            Self::Muted => "MUTED",
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.as_str())
    }
}

impl FromStr for Verdict {
    type Err = ParseNameError;

    /// Reads a verdict in any letter case, with `_` or `-` between words.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let upper = text.trim().to_ascii_uppercase().replace('-', "_");
        Self::ALL
            .into_iter()
            .find(|verdict| verdict.as_str() == upper)
            .ok_or_else(|| ParseNameError::new("verdict", text))
    }
}

/// Why a verdict is UNKNOWN or NOT_APPLICABLE.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Reason {
    /// Code, such as `access_denied`.
    pub code: String,
    /// What happened, in words.
    pub detail: String,
    /// The IAM action that would have let the evidence be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub permission: Option<String>,
}

/// Where a planned resource is declared.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Address {
    /// File.
    pub source: String,
    /// Line in the file from 1, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u64>,
    /// Name in the file, such as `aws_sagemaker_notebook_instance.lab`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// The resource, Region or account that was judged.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Resource {
    /// Kind, such as `AWS::S3::Bucket`.
    pub kind: String,
    /// Identifier within its kind and place.
    pub id: String,
    /// ARN, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arn: Option<String>,
    /// Account.
    pub account: String,
    /// Region, or `global`.
    pub region: String,
    /// Declaration, when the resource is planned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<Address>,
}

impl Resource {
    /// The ARN, or the identifier where there is none.
    pub fn name(&self) -> &str {
        self.arn.as_deref().unwrap_or(&self.id)
    }
}

/// A value that decided.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Excerpt {
    /// Path of the value in the answer, such as `KmsKeyId`.
    pub path: String,
    /// The value.
    pub value: Value,
}

/// A stored answer that was read. The bytes stay where they are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct CheckEvidence {
    /// File of the snapshot, plan or template.
    pub source: String,
    /// Line in the file, from 1; 0 where the file has no line for it.
    pub line: u64,
    /// API operation, such as `sagemaker:DescribeNotebookInstance`.
    pub operation: String,
    /// SHA-256 of the bytes of the answer, in hexadecimal.
    pub sha256: String,
    /// When it was asked (RFC 3339).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
}

/// Who accepted a failure, and until when.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Mute {
    /// The person or group that answers for it.
    pub owner: String,
    /// Why.
    pub reason: String,
    /// Date after which it is a failure again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<String>,
}

/// One verdict of one control about one resource.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckResult {
    /// Stable identifier, see [`check_id`].
    pub id: String,
    /// The control.
    pub control: Arc<ControlRef>,
    /// Its answer.
    pub verdict: Verdict,
    /// Why it is UNKNOWN or NOT_APPLICABLE.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
    /// What was judged.
    pub resource: Arc<Resource>,
    /// What there is to say about it, in one sentence.
    pub message: String,
    /// The values that decided.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub excerpt: Vec<Excerpt>,
    /// The answers that were read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<Arc<CheckEvidence>>,
    /// Who accepted it, when it is MUTED.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mute: Option<Mute>,
}

impl CheckResult {
    /// Sets `id` from the control and the resource.
    pub fn assign_id(&mut self) {
        self.id = check_id(&self.control.id, &self.resource);
    }

    /// True for a failure that counts: FAIL of a control that is more than informational.
    pub fn is_failure(&self) -> bool {
        self.verdict == Verdict::Fail && self.control.severity > Severity::Informational
    }
}

/// The stable identifier of a result: `c-` and the first 32 hexadecimal digits of the SHA-256 over
/// control, account, Region, kind and identifier of the resource, each preceded by its length in
/// bytes. The verdict is not part of it, so that the same question has the same identifier in every
/// run.
pub fn check_id(control: &str, resource: &Resource) -> String {
    hashed_id(
        "c-",
        [
            control,
            &resource.account,
            &resource.region,
            &resource.kind,
            &resource.id,
        ],
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_read_back() {
        for verdict in Verdict::ALL {
            assert_eq!(verdict.to_string().parse(), Ok(verdict));
            let json = serde_json::to_string(&verdict).unwrap();
            assert_eq!(json, format!("\"{verdict}\""));
        }
        assert_eq!("not-applicable".parse(), Ok(Verdict::NotApplicable));
        assert!("skipped".parse::<Verdict>().is_err());
    }

    #[test]
    fn id_depends_on_each_part_and_keeps_boundaries() {
        let resource = Resource {
            kind: "AWS::S3::Bucket".to_owned(),
            id: "data".to_owned(),
            account: "111122223333".to_owned(),
            region: "eu-west-1".to_owned(),
            ..Resource::default()
        };
        let id = check_id("DK-01", &resource);
        assert_eq!(id.len(), 34);
        assert!(id.starts_with("c-"));
        let changes: [fn(&mut Resource); 4] = [
            |one| one.kind.push('x'),
            |one| one.id.push('x'),
            |one| one.account.push('x'),
            |one| one.region.push('x'),
        ];
        for change in changes {
            let mut other = resource.clone();
            change(&mut other);
            assert_ne!(check_id("DK-01", &other), id);
        }
        assert_ne!(check_id("DK-02", &resource), id);
        let mut moved = resource.clone();
        moved.account = "11112222333".to_owned();
        moved.region = "3eu-west-1".to_owned();
        assert_ne!(check_id("DK-01", &moved), id);
        let mut planned = resource.clone();
        planned.address = Some(Address::default());
        assert_eq!(check_id("DK-01", &planned), id);
    }
}
