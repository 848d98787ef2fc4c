//! An answer of AWS, kept as it came.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

/// How a call ended.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// AWS answered.
    #[default]
    Ok,
    /// An error that says that the part asked for does not exist, such as no bucket policy.
    Absent,
    /// The resource vanished between the list and the call.
    Gone,
    /// No permission.
    Denied,
    /// Throttled until the retries were used up.
    Throttled,
    /// Anything else that went wrong.
    Failed,
    /// The service does not exist in the region.
    NotInRegion,
    /// Left out by a bound that the user set, such as a sample of old jobs.
    NotEvaluated,
}

impl Outcome {
    /// Every outcome.
    pub const ALL: [Self; 8] = [
        Self::Ok,
        Self::Absent,
        Self::Gone,
        Self::Denied,
        Self::Throttled,
        Self::Failed,
        Self::NotInRegion,
        Self::NotEvaluated,
    ];

    /// Its name in snapshots.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Absent => "absent",
            Self::Gone => "gone",
            Self::Denied => "denied",
            Self::Throttled => "throttled",
            Self::Failed => "failed",
            Self::NotInRegion => "not-in-region",
            Self::NotEvaluated => "not-evaluated",
        }
    }

    /// Whether AWS said what there is: an answer, or that there is nothing.
    pub fn is_decided(self) -> bool {
        matches!(self, Self::Ok | Self::Absent | Self::Gone)
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// A word that is no outcome.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown outcome {0:?}")]
pub struct OutcomeError(pub String);

impl FromStr for Outcome {
    type Err = OutcomeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|outcome| outcome.name() == text)
            .ok_or_else(|| OutcomeError(text.to_owned()))
    }
}

/// The error that AWS answered.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnswerError {
    /// Error code, such as `AccessDeniedException`.
    pub code: String,
    /// Error message.
    #[serde(default)]
    pub message: String,
}

/// Where a planned resource is written down.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Address {
    /// File, if known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// Line in the file, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u64>,
    /// Terraform address or logical name in a template.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

impl fmt::Display for Address {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        if let Some(name) = &self.name {
            write!(formatter, "{name}")?;
            separator = " at ";
        }
        if let Some(file) = &self.file {
            write!(formatter, "{separator}{file}")?;
            separator = ":";
        }
        if let Some(line) = self.line {
            write!(formatter, "{separator}{line}")?;
        }
        Ok(())
    }
}

/// One answer of AWS: one page of one call.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Answer {
    /// Account that was asked.
    pub account: String,
    /// Region that was asked, `global` for services without regions.
    pub region: String,
    /// Service and operation, such as `sagemaker:DescribeDomain`.
    pub operation: String,
    /// Parameters of the request without paging tokens and page sizes.
    pub parameters: Map<String, Value>,
    /// Number of the page, from 0.
    pub page: u32,
    /// How the call ended.
    pub outcome: Outcome,
    /// HTTP status, 0 when there was no answer.
    pub status: u16,
    /// The error that AWS answered.
    pub error: Option<AnswerError>,
    /// IAM action that was missing.
    pub permission: Option<String>,
    /// The answer's body, verbatim.
    pub body: Vec<u8>,
    /// When AWS answered (RFC 3339).
    pub at: Option<String>,
    /// Identifier of the request at AWS.
    pub request_id: Option<String>,
    /// Where a planned resource is written down. Absent for what AWS answered.
    pub address: Option<Address>,
}

impl Answer {
    /// SHA-256 of the body, in hexadecimal.
    pub fn sha256(&self) -> String {
        hexadecimal(&sha256(&self.body))
    }
}

/// SHA-256 of bytes.
pub(crate) fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// Digits of a digest.
pub(crate) fn hexadecimal(digest: &[u8; 32]) -> String {
    let mut text = String::with_capacity(64);
    for byte in digest {
        for nibble in [byte >> 4, byte & 15] {
            text.push(char::from_digit(nibble.into(), 16).unwrap_or('0'));
        }
    }
    text
}

/// The digest that the digits write.
pub(crate) fn digest(text: &str) -> Option<[u8; 32]> {
    let mut digest = [0; 32];
    if text.len() != 64 {
        return None;
    }
    for (byte, pair) in digest.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        let [high, low] = pair else { return None };
        let high = char::from(*high).to_digit(16)?;
        let low = char::from(*low).to_digit(16)?;
        *byte = u8::try_from(high * 16 + low).ok()?;
    }
    Some(digest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outcomes_read_back() {
        for outcome in Outcome::ALL {
            assert_eq!(outcome.to_string().parse(), Ok(outcome));
            let json = serde_json::to_string(&outcome).unwrap();
            assert_eq!(json, format!("\"{outcome}\""));
        }
        assert!("okay".parse::<Outcome>().is_err());
    }

    #[test]
    fn digests_read_back() {
        let answer = Answer {
            body: b"{}".to_vec(),
            ..Answer::default()
        };
        let text = answer.sha256();
        assert_eq!(
            text,
            "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"
        );
        assert_eq!(hexadecimal(&digest(&text).unwrap()), text);
        assert_eq!(digest("44"), None);
        assert_eq!(digest(&"g".repeat(64)), None);
    }
}
