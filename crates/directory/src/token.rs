//! Session tokens. They hold the whole session, sealed: the server keeps nothing, and any server with
//! the same root key accepts them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use crate::seal::{SealError, Sealer};

/// Longest token that is looked at, in bytes.
pub(crate) const LONGEST: usize = 16 * 1024;

/// A session of a role.
#[derive(Serialize, Deserialize)]
pub(crate) struct Session {
    /// ARN of the role.
    pub(crate) role: String,
    /// Unique id of the role: one that was made anew under the same name is another.
    pub(crate) role_id: String,
    /// Name of the session.
    pub(crate) name: String,
    /// Secret of the access key.
    #[serde(with = "text")]
    pub(crate) secret: Zeroizing<String>,
    /// When it was made, in seconds since 1970.
    pub(crate) issued: i64,
    /// When it ends, in seconds since 1970.
    pub(crate) expires: i64,
    /// Session policies as they were given.
    pub(crate) policies: Vec<String>,
    /// ARNs of managed session policies.
    pub(crate) policy_arns: Vec<String>,
    /// Session tags, those of the caller's session that went on included.
    pub(crate) tags: BTreeMap<String, String>,
    /// Keys of tags that go on when this session assumes a role.
    pub(crate) transitive: Vec<String>,
    /// `SourceIdentity`.
    pub(crate) source_identity: Option<String>,
    /// The person for whom the session acts: issuer and subject of a verified token.
    pub(crate) on_behalf_of: Option<(String, String)>,
    /// Digest of the token, to tell sessions apart.
    #[serde(skip)]
    pub(crate) digest: String,
}

mod text {
    use serde::{Deserialize as _, Deserializer, Serializer};
    use zeroize::Zeroizing;

    pub(super) fn serialize<S: Serializer>(
        text: &Zeroizing<String>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        to.serialize_str(text)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Zeroizing<String>, D::Error> {
        String::deserialize(from).map(Zeroizing::new)
    }
}

impl Session {
    /// The token.
    pub(crate) fn seal(&self, sealer: &Sealer, access_key: &str) -> Result<String, SealError> {
        let content = serde_json::to_vec(self).map(Zeroizing::new);
        sealer.seal_token(access_key, &content.map_err(|_| SealError::Form)?)
    }

    /// Reads a token; `None` for what was not made here, for this access key.
    pub(crate) fn open(sealer: &Sealer, access_key: &str, token: &str) -> Option<Self> {
        if token.len() > LONGEST {
            return None;
        }
        let content = sealer.open_token(access_key, token).ok()?;
        let mut session: Self = serde_json::from_slice(&content).ok()?;
        let digest = Sha256::digest(token.as_bytes());
        session.digest = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        Some(session)
    }
}
