//! The keys that sign generated digests.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest as _, Md5};
use ring::rand::SystemRandom;
use ring::signature::{KeyPair, RSA_PKCS1_SHA256, RsaKeyPair};
use serde_json::{Value, json};

/// A key of this repository. It protects nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TestKey {
    /// The one in the list of keys.
    Digest,
    /// One that nobody lists.
    Other,
}

impl TestKey {
    fn pair(self) -> RsaKeyPair {
        let pkcs8: &[u8] = match self {
            Self::Digest => include_bytes!("../../keys/test-only-digest.pk8"),
            Self::Other => include_bytes!("../../keys/test-only-other.pk8"),
        };
        #[expect(clippy::expect_used, reason = "the keys are fixtures of this crate")]
        RsaKeyPair::from_pkcs8(pkcs8).expect("the test key reads")
    }

    /// The signature in hexadecimal.
    #[must_use]
    pub fn sign(self, text: &[u8]) -> String {
        let pair = self.pair();
        let mut signature = vec![0; pair.public().modulus_len()];
        // The random numbers blind the computation; the signature is always the same.
        #[expect(
            clippy::expect_used,
            reason = "the buffer has the length of the modulus"
        )]
        pair.sign(
            &RSA_PKCS1_SHA256,
            &SystemRandom::new(),
            text,
            &mut signature,
        )
        .expect("the test key signs");
        hex(&signature)
    }

    /// MD5 of the public key in DER, as CloudTrail makes fingerprints.
    #[must_use]
    pub fn fingerprint(self) -> String {
        hex(&Md5::digest(self.pair().public_key().as_ref()))
    }

    /// An element of `PublicKeyList`, valid in 2026.
    #[must_use]
    pub fn listed(self) -> Value {
        json!({
            "Value": STANDARD.encode(self.pair().public_key().as_ref()),
            "ValidityStartTime": "2026-01-01T00:00:00+00:00",
            "ValidityEndTime": "2026-12-31T23:59:59+00:00",
            "Fingerprint": self.fingerprint(),
        })
    }
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
