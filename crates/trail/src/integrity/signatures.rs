//! Signatures of digests. S3 keeps them in the metadata of the objects, which copies lose.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;

/// Bytes that a line, or a file beside a digest, may have.
const MOST_BYTES: usize = 64 << 10;

/// The one algorithm that CloudTrail uses.
pub(super) const ALGORITHM: &str = "SHA256withRSA";

/// A signature and what goes with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    /// Hexadecimal, in lower case.
    pub hex: String,
    /// As the metadata name it.
    pub algorithm: String,
    /// When a backfill digest was made.
    pub backfill_generation: Option<String>,
}

/// Signatures by the key of the digest.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Signatures {
    by_key: BTreeMap<String, Signature>,
    /// Lines that could not be used, with the reason.
    pub problems: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Line {
    key: String,
    signature: String,
    #[serde(default)]
    algorithm: Option<String>,
    #[serde(default)]
    backfill_generation_timestamp: Option<String>,
}

#[derive(Deserialize)]
struct Head {
    #[serde(rename = "Metadata")]
    metadata: BTreeMap<String, String>,
}

impl Signatures {
    /// Reads JSON Lines: `{"key":"…","signature":"<hex>","algorithm":"SHA256withRSA",
    /// "backfillGenerationTimestamp":"…"}`, of which only the first two must be there. Lines that
    /// cannot be used are left out and reported.
    #[must_use]
    pub fn parse(text: &[u8]) -> Self {
        let mut signatures = Self::default();
        for (number, line) in text.split(|&byte| byte == b'\n').enumerate() {
            if line.trim_ascii().is_empty() {
                continue;
            }
            if let Err(problem) = signatures.line(line) {
                let number = number + 1;
                signatures
                    .problems
                    .push(format!("line {number}: {problem}"));
            }
        }
        signatures
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.by_key.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.by_key.is_empty()
    }

    /// The signature of `s3://bucket/key`, which the file may name by the key alone.
    pub(super) fn of(&self, object: &str, key: &str) -> Option<&Signature> {
        self.by_key.get(object).or_else(|| self.by_key.get(key))
    }

    fn line(&mut self, line: &[u8]) -> Result<(), String> {
        if line.len() > MOST_BYTES {
            return Err(format!("longer than the limit of {MOST_BYTES} bytes"));
        }
        let line: Line = serde_json::from_slice(line).map_err(|error| error.to_string())?;
        let signature = Signature {
            hex: line.signature.trim().to_ascii_lowercase(),
            algorithm: line.algorithm.unwrap_or_else(|| ALGORITHM.to_owned()),
            backfill_generation: line.backfill_generation_timestamp,
        };
        match self.by_key.get(&line.key) {
            Some(known) if *known != signature => {
                Err(format!("another signature for {}", line.key))
            }
            _ => {
                self.by_key.insert(line.key, signature);
                Ok(())
            }
        }
    }
}

/// The signature in a file beside a digest: `<digest>.signature` (hexadecimal) or
/// `<digest>.metadata.json` (what `aws s3api head-object` prints).
pub(super) fn beside(digest: &Path) -> Option<Result<Signature, String>> {
    let with = |ending: &str| {
        let mut path = digest.as_os_str().to_owned();
        path.push(ending);
        read_small(Path::new(&path))
    };
    if let Some(text) = with(".metadata.json") {
        return Some(text.and_then(|text| of_head(&text)));
    }
    let text = with(".signature")?;
    Some(text.and_then(|text| {
        let text = std::str::from_utf8(&text).map_err(|error| error.to_string())?;
        Ok(Signature {
            hex: text.trim().to_ascii_lowercase(),
            algorithm: ALGORITHM.to_owned(),
            backfill_generation: None,
        })
    }))
}

fn of_head(text: &[u8]) -> Result<Signature, String> {
    let head: Head = serde_json::from_slice(text).map_err(|error| error.to_string())?;
    let member = |name: &str| head.metadata.get(name).cloned();
    Ok(Signature {
        hex: member("signature")
            .ok_or("Metadata has no signature")?
            .to_ascii_lowercase(),
        algorithm: member("signature-algorithm").ok_or("Metadata has no signature-algorithm")?,
        backfill_generation: member("backfill-generation-timestamp"),
    })
}

/// A file, if there is one.
fn read_small(path: &Path) -> Option<Result<Vec<u8>, String>> {
    use std::io::Read;
    let file = match std::fs::File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return None,
        Err(error) => return Some(Err(error.to_string())),
    };
    let mut text = Vec::new();
    let outcome = file.take(MOST_BYTES as u64 + 1).read_to_end(&mut text);
    Some(match outcome {
        Err(error) => Err(error.to_string()),
        Ok(_) if text.len() > MOST_BYTES => Err("too large".to_owned()),
        Ok(_) => Ok(text),
    })
}
