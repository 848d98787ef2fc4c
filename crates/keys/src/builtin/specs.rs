//! Key specs and what keys of them are for (KMS API reference, `CreateKey`).

use rempart_aws_wire::ServiceError;

use super::input::invalid;

/// A spec.
#[derive(Debug)]
pub(super) struct Spec {
    pub(super) name: &'static str,
    pub(super) usages: &'static [&'static str],
    /// Member of `KeyMetadata` that lists the algorithms, and the algorithms, by usage.
    algorithms: &'static [(&'static str, &'static str, &'static [&'static str])],
}

const CRYPT: &str = "ENCRYPT_DECRYPT";
const SIGN: &str = "SIGN_VERIFY";
const MAC: &str = "GENERATE_VERIFY_MAC";
const AGREE: &str = "KEY_AGREEMENT";
const ENCAPSULATE: &str = "ENCAPSULATE_DECAPSULATE";

const RSA_CRYPT: &[&str] = &["RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256"];
const RSA_SIGN: &[&str] = &[
    "RSASSA_PKCS1_V1_5_SHA_256",
    "RSASSA_PKCS1_V1_5_SHA_384",
    "RSASSA_PKCS1_V1_5_SHA_512",
    "RSASSA_PSS_SHA_256",
    "RSASSA_PSS_SHA_384",
    "RSASSA_PSS_SHA_512",
];

macro_rules! spec {
    ($name:literal, $($usage:ident $member:literal $algorithms:expr),+) => {
        Spec {
            name: $name,
            usages: &[$($usage),+],
            algorithms: &[$(($usage, $member, $algorithms)),+],
        }
    };
}

static SPECS: [Spec; 20] = [
    spec!("SYMMETRIC_DEFAULT", CRYPT "EncryptionAlgorithms" &["SYMMETRIC_DEFAULT"]),
    spec!("RSA_2048", CRYPT "EncryptionAlgorithms" RSA_CRYPT, SIGN "SigningAlgorithms" RSA_SIGN),
    spec!("RSA_3072", CRYPT "EncryptionAlgorithms" RSA_CRYPT, SIGN "SigningAlgorithms" RSA_SIGN),
    spec!("RSA_4096", CRYPT "EncryptionAlgorithms" RSA_CRYPT, SIGN "SigningAlgorithms" RSA_SIGN),
    spec!("ECC_NIST_P256", SIGN "SigningAlgorithms" &["ECDSA_SHA_256"],
          AGREE "KeyAgreementAlgorithms" &["ECDH"]),
    spec!("ECC_NIST_P384", SIGN "SigningAlgorithms" &["ECDSA_SHA_384"],
          AGREE "KeyAgreementAlgorithms" &["ECDH"]),
    spec!("ECC_NIST_P521", SIGN "SigningAlgorithms" &["ECDSA_SHA_512"],
          AGREE "KeyAgreementAlgorithms" &["ECDH"]),
    spec!("ECC_SECG_P256K1", SIGN "SigningAlgorithms" &["ECDSA_SHA_256"]),
    spec!("ECC_NIST_EDWARDS25519", SIGN "SigningAlgorithms" &["ED25519_SHA_512", "ED25519_PH_SHA_512"]),
    spec!("SM2", CRYPT "EncryptionAlgorithms" &["SM2PKE"], SIGN "SigningAlgorithms" &["SM2DSA"],
          AGREE "KeyAgreementAlgorithms" &["ECDH"]),
    spec!("HMAC_224", MAC "MacAlgorithms" &["HMAC_SHA_224"]),
    spec!("HMAC_256", MAC "MacAlgorithms" &["HMAC_SHA_256"]),
    spec!("HMAC_384", MAC "MacAlgorithms" &["HMAC_SHA_384"]),
    spec!("HMAC_512", MAC "MacAlgorithms" &["HMAC_SHA_512"]),
    spec!("ML_DSA_44", SIGN "SigningAlgorithms" &["ML_DSA_SHAKE_256"]),
    spec!("ML_DSA_65", SIGN "SigningAlgorithms" &["ML_DSA_SHAKE_256"]),
    spec!("ML_DSA_87", SIGN "SigningAlgorithms" &["ML_DSA_SHAKE_256"]),
    spec!("ML_KEM_512", ENCAPSULATE "EncapsulationAlgorithms" &["ML_KEM_512"]),
    spec!("ML_KEM_768", ENCAPSULATE "EncapsulationAlgorithms" &["ML_KEM_768"]),
    spec!("ML_KEM_1024", ENCAPSULATE "EncapsulationAlgorithms" &["ML_KEM_1024"]),
];

impl Spec {
    /// The spec of this name.
    pub(super) fn of_name(name: &str) -> Option<&'static Self> {
        SPECS.iter().find(|spec| spec.name == name)
    }

    /// Member of `KeyMetadata` and its algorithms for a usage.
    pub(super) fn algorithms(
        &self,
        usage: &str,
    ) -> Option<(&'static str, &'static [&'static str])> {
        let mut all = self.algorithms.iter();
        all.find(|(of, ..)| *of == usage)
            .map(|(_, member, algorithms)| (*member, *algorithms))
    }
}

/// Spec and usage of a new key.
pub(super) fn chosen(
    spec: Option<&str>,
    usage: Option<&str>,
) -> Result<(&'static Spec, &'static str), ServiceError> {
    let name = spec.unwrap_or("SYMMETRIC_DEFAULT");
    let Some(spec) = Spec::of_name(name) else {
        return Err(invalid(format!(
            "1 validation error detected: Value '{}' at 'keySpec' failed to satisfy constraint: \
             Member must satisfy enum value set",
            name.chars().take(60).collect::<String>()
        )));
    };
    let is_symmetric = spec.name == "SYMMETRIC_DEFAULT";
    if usage.is_none() && !is_symmetric {
        return Err(invalid(
            "You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys.",
        ));
    }
    let wanted = usage.unwrap_or(CRYPT);
    match spec.usages.iter().find(|usage| **usage == wanted) {
        Some(usage) => Ok((spec, usage)),
        None => Err(invalid(format!(
            "KeyUsage {} is not compatible with KeySpec {}",
            wanted.chars().take(60).collect::<String>(),
            spec.name
        ))),
    }
}

/// Operations that a grant can allow on a key, by its usage (KMS API reference, `GrantOperation`).
pub(super) fn grantable(spec: &str, usage: &str) -> &'static [&'static str] {
    match (spec, usage) {
        ("SYMMETRIC_DEFAULT", _) => &[
            "Decrypt",
            "Encrypt",
            "GenerateDataKey",
            "GenerateDataKeyWithoutPlaintext",
            "GenerateDataKeyPair",
            "GenerateDataKeyPairWithoutPlaintext",
            "ReEncryptFrom",
            "ReEncryptTo",
            "CreateGrant",
            "RetireGrant",
            "DescribeKey",
        ],
        (_, CRYPT) => &[
            "Decrypt",
            "Encrypt",
            "ReEncryptFrom",
            "ReEncryptTo",
            "GetPublicKey",
            "CreateGrant",
            "RetireGrant",
            "DescribeKey",
        ],
        (_, SIGN) => &[
            "Sign",
            "Verify",
            "GetPublicKey",
            "CreateGrant",
            "RetireGrant",
            "DescribeKey",
        ],
        (_, MAC) => &[
            "GenerateMac",
            "VerifyMac",
            "CreateGrant",
            "RetireGrant",
            "DescribeKey",
        ],
        (_, AGREE) => &[
            "DeriveSharedSecret",
            "GetPublicKey",
            "CreateGrant",
            "RetireGrant",
            "DescribeKey",
        ],
        (_, ENCAPSULATE) => &[
            "Encapsulate",
            "Decapsulate",
            "GetPublicKey",
            "CreateGrant",
            "RetireGrant",
            "DescribeKey",
        ],
        _ => &[],
    }
}
