//! Cryptographic operations.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use rempart_aws_wire::ServiceError;
use serde_json::{Map, Value, json};
use zeroize::Zeroizing;

use super::authorise::{Ask, Cx};
use super::changes::uuid_text;
use super::input::{Input, invalid};
use super::key::Key;
use super::names::{KEYS, single};
use super::resolve::Named;
use super::{BuiltinKms, internal};
use crate::EncryptionContext;
use crate::ciphertext::{self, Ciphertext};
use crate::envelope::NONCE_LENGTH;
use crate::root::encode_hex;

/// Longest plaintext and ciphertext.
const LONGEST_PLAINTEXT: usize = 4096;
const LONGEST_CIPHERTEXT: usize = 6144;
const ALGORITHM: &str = "SYMMETRIC_DEFAULT";

/// What was encrypted.
#[derive(Debug)]
pub(super) struct Encrypted {
    pub(super) blob: Vec<u8>,
    pub(super) material: String,
}

/// What was decrypted.
pub(super) struct Decrypted {
    pub(super) key: Arc<Key>,
    pub(super) plain: Zeroizing<Vec<u8>>,
    pub(super) material: String,
}

fn invalid_ciphertext() -> ServiceError {
    ServiceError::new("InvalidCiphertextException", "")
}

/// Refuses, in the end, a call that only asks whether it would be allowed.
pub(super) fn dry_run(input: Input<'_>) -> Result<(), ServiceError> {
    if input.flag("DryRun")?.unwrap_or_default() {
        let message = "The request would have succeeded, but the DryRun option is set.";
        return Err(ServiceError::new("DryRunOperationException", message));
    }
    Ok(())
}

fn algorithm(cx: &mut Cx<'_>, input: Input<'_>, member: &str) -> Result<(), ServiceError> {
    match input.text(member, (1, 64))? {
        None | Some(ALGORITHM) => {}
        Some("RSAES_OAEP_SHA_1" | "RSAES_OAEP_SHA_256" | "SM2PKE") => {
            let message = "the algorithm does not fit the key";
            return Err(ServiceError::new("InvalidKeyUsageException", message));
        }
        Some(_) => return Err(invalid(format!("{member} is no encryption algorithm"))),
    }
    let mut name = member.chars();
    let first = name.next().map(|first| first.to_ascii_lowercase());
    let name: String = first.into_iter().chain(name).collect();
    cx.trace.parameter(&name, ALGORITHM);
    Ok(())
}

/// Refuses keys that cannot encrypt here.
pub(super) fn usable(key: &Key) -> Result<(), ServiceError> {
    let meta = &key.meta;
    if meta.is_symmetric() {
        return Ok(());
    }
    if meta.usage != "ENCRYPT_DECRYPT" {
        let message = format!("{} key usage is {}", meta.arn, meta.usage);
        return Err(ServiceError::new("InvalidKeyUsageException", message));
    }
    let message = format!(
        "{} is a key of spec {}: this KMS keeps such keys as metadata only",
        meta.arn, meta.spec
    );
    Err(ServiceError::new("UnsupportedOperationException", message))
}

impl BuiltinKms {
    pub(super) fn encrypt(&self, cx: &mut Cx<'_>, input: Input<'_>) -> Result<Value, ServiceError> {
        let text = input.needed_key_id("KeyId")?;
        let context = input.context("EncryptionContext")?;
        let plaintext = input.needed_bytes("Plaintext", LONGEST_PLAINTEXT)?;
        algorithm(cx, input, "EncryptionAlgorithm")?;
        let key = self.ready(cx, "Encrypt", text, &context)?;
        dry_run(input)?;
        let encrypted = self.encrypt_under(&key, &context, &plaintext)?;
        Ok(json!({
            "CiphertextBlob": BASE64.encode(encrypted.blob),
            "KeyId": key.arn(),
            "EncryptionAlgorithm": ALGORITHM,
        }))
    }

    pub(super) fn decrypt_call(
        &self,
        cx: &mut Cx<'_>,
        input: Input<'_>,
    ) -> Result<Value, ServiceError> {
        let context = input.context("EncryptionContext")?;
        let blob = input.needed_bytes("CiphertextBlob", LONGEST_CIPHERTEXT)?;
        algorithm(cx, input, "EncryptionAlgorithm")?;
        let key = input.key_id("KeyId")?;
        let dry = || dry_run(input);
        let decrypted = self.decrypt_under(cx, key, &blob, &context, &dry)?;
        Ok(json!({
            "KeyId": decrypted.key.arn(),
            "Plaintext": BASE64.encode(&*decrypted.plain),
            "EncryptionAlgorithm": ALGORITHM,
            "KeyMaterialId": decrypted.material,
        }))
    }

    pub(super) fn generate_data_key_call(
        &self,
        cx: &mut Cx<'_>,
        input: Input<'_>,
        with_plaintext: bool,
    ) -> Result<Value, ServiceError> {
        let text = input.needed_key_id("KeyId")?;
        let context = input.context("EncryptionContext")?;
        let spec = input.text("KeySpec", (1, 16))?;
        let number = input.number("NumberOfBytes", 1, 1024)?;
        let length = match (spec, number) {
            (Some("AES_256"), None) => 32,
            (Some("AES_128"), None) => 16,
            (Some(_), None) => return Err(invalid("KeySpec must be AES_256 or AES_128")),
            (None, Some(number)) => {
                usize::try_from(number).map_err(|_| internal("a length does not fit"))?
            }
            _ => {
                return Err(invalid(
                    "Please specify either number of bytes or key spec.",
                ));
            }
        };
        if let Some(spec) = spec {
            cx.trace.parameter("keySpec", spec);
        }
        if let Some(number) = number {
            cx.trace.parameter("numberOfBytes", number);
        }
        let key = self.ready(cx, cx.operation.name, text, &context)?;
        dry_run(input)?;
        let mut plain = Zeroizing::new(vec![0; length]);
        self.fill_random(&mut plain)?;
        let encrypted = self.encrypt_under(&key, &context, &plain)?;
        let mut answer = Map::new();
        let blob = BASE64.encode(encrypted.blob);
        answer.insert("CiphertextBlob".to_owned(), blob.into());
        if with_plaintext {
            answer.insert("Plaintext".to_owned(), BASE64.encode(&*plain).into());
        }
        answer.insert("KeyId".to_owned(), key.arn().into());
        answer.insert("KeyMaterialId".to_owned(), encrypted.material.into());
        Ok(Value::Object(answer))
    }

    pub(super) fn re_encrypt_call(
        &self,
        cx: &mut Cx<'_>,
        input: Input<'_>,
    ) -> Result<Value, ServiceError> {
        let blob = input.needed_bytes("CiphertextBlob", LONGEST_CIPHERTEXT)?;
        let source_context = input.context("SourceEncryptionContext")?;
        let context = input.context("DestinationEncryptionContext")?;
        let to = input.needed_key_id("DestinationKeyId")?;
        let from = input.key_id("SourceKeyId")?;
        algorithm(cx, input, "SourceEncryptionAlgorithm")?;
        algorithm(cx, input, "DestinationEncryptionAlgorithm")?;
        let dry = || dry_run(input);
        let moved = self.re_encrypt_under(cx, from, to, &blob, &source_context, &context, &dry)?;
        Ok(json!({
            "CiphertextBlob": BASE64.encode(moved.encrypted.blob),
            "SourceKeyId": moved.source.arn(),
            "KeyId": moved.destination.arn(),
            "SourceEncryptionAlgorithm": ALGORITHM,
            "DestinationEncryptionAlgorithm": ALGORITHM,
            "SourceKeyMaterialId": moved.source_material,
            "DestinationKeyMaterialId": moved.encrypted.material,
        }))
    }

    /// A key that the caller may use so and that can be used.
    pub(super) fn ready(
        &self,
        cx: &mut Cx<'_>,
        action: &str,
        text: &str,
        context: &EncryptionContext,
    ) -> Result<Arc<Key>, ServiceError> {
        cx.trace.parameter("keyId", text);
        cx.trace.context("encryptionContext", context);
        let named = self.resolve(cx, text)?;
        self.check_tokens(cx)?;
        let ask = Ask {
            alias: named.alias.as_deref(),
            context: Some(context),
            ..Ask::default()
        };
        self.authorise(cx, action, &named.key, ask)?;
        named.key.meta.check_state(cx.operation)?;
        usable(&named.key)?;
        Ok(named.key)
    }

    pub(super) fn encrypt_under(
        &self,
        key: &Key,
        context: &EncryptionContext,
        plaintext: &[u8],
    ) -> Result<Encrypted, ServiceError> {
        let (material_id, material) = key
            .current_material()
            .ok_or_else(|| internal("the key has no material"))?;
        let mut nonce = [0; NONCE_LENGTH];
        self.fill_random(&mut nonce)?;
        let blob = ciphertext::encrypt(key.id, material_id, material, context, plaintext, nonce)
            .map_err(|error| internal(error.to_string()))?;
        Ok(Encrypted {
            blob,
            material: encode_hex(&material_id),
        })
    }

    /// The key that a ciphertext names, or that the call names; both must be one.
    fn source(
        &self,
        cx: &mut Cx<'_>,
        text: Option<&str>,
        ciphertext: Option<&Ciphertext<'_>>,
    ) -> Result<Named, ServiceError> {
        if let Some(text) = text {
            return self.resolve(cx, text);
        }
        let ciphertext = ciphertext.ok_or_else(invalid_ciphertext)?;
        let key = self.keys().get(&ciphertext.key_id).cloned();
        match key.filter(|key| !key.meta.is_gone(cx.now)) {
            Some(key) => {
                cx.names(&key);
                Ok(Named { key, alias: None })
            }
            None => Err(ServiceError::new(
                "AccessDeniedException",
                "The ciphertext refers to a customer master key that does not exist, does not exist \
                 in this region, or you are not allowed to access.",
            )),
        }
    }

    pub(super) fn decrypt_under(
        &self,
        cx: &mut Cx<'_>,
        text: Option<&str>,
        blob: &[u8],
        context: &EncryptionContext,
        dry: &dyn Fn() -> Result<(), ServiceError>,
    ) -> Result<Decrypted, ServiceError> {
        cx.trace.context("encryptionContext", context);
        let ciphertext = Ciphertext::parse(blob);
        if let Some(text) = text {
            cx.trace.parameter("keyId", text);
        } else if let Some(ciphertext) = &ciphertext {
            cx.trace.parameter("keyId", uuid_text(ciphertext.key_id));
        }
        let named = self.source(cx, text, ciphertext.as_ref())?;
        self.check_tokens(cx)?;
        let ask = Ask {
            alias: named.alias.as_deref(),
            context: Some(context),
            ..Ask::default()
        };
        self.authorise(cx, "Decrypt", &named.key, ask)?;
        named.key.meta.check_state(cx.operation)?;
        usable(&named.key)?;
        dry()?;
        opened(named.key, ciphertext.as_ref(), context)
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "these are the members of the operation"
    )]
    pub(super) fn re_encrypt_under(
        &self,
        cx: &mut Cx<'_>,
        from: Option<&str>,
        to: &str,
        blob: &[u8],
        source_context: &EncryptionContext,
        context: &EncryptionContext,
        dry: &dyn Fn() -> Result<(), ServiceError>,
    ) -> Result<Moved, ServiceError> {
        cx.trace.context("sourceEncryptionContext", source_context);
        cx.trace.context("destinationEncryptionContext", context);
        cx.trace.parameter("destinationKeyId", to);
        let ciphertext = Ciphertext::parse(blob);
        if let Some(from) = from {
            cx.trace.parameter("sourceKeyId", from);
        }
        let source = self.source(cx, from, ciphertext.as_ref())?;
        let destination = self.resolve(cx, to)?;
        self.check_tokens(cx)?;
        let is_same = source.key.id == destination.key.id;
        let same = single(if is_same { "true" } else { "false" });
        for (action, named, context) in [
            ("ReEncryptFrom", &source, source_context),
            ("ReEncryptTo", &destination, context),
        ] {
            let ask = Ask {
                alias: named.alias.as_deref(),
                context: Some(context),
                more: vec![(KEYS.on_same_key.clone(), same.clone())],
                ..Ask::default()
            };
            self.authorise(cx, action, &named.key, ask)?;
        }
        for named in [&source, &destination] {
            named.key.meta.check_state(cx.operation)?;
            usable(&named.key)?;
        }
        dry()?;
        let decrypted = opened(source.key, ciphertext.as_ref(), source_context)?;
        let encrypted = self.encrypt_under(&destination.key, context, &decrypted.plain)?;
        Ok(Moved {
            source: decrypted.key,
            source_material: decrypted.material,
            destination: destination.key,
            encrypted,
        })
    }
}

/// What was encrypted anew.
pub(super) struct Moved {
    pub(super) source: Arc<Key>,
    pub(super) source_material: String,
    pub(super) destination: Arc<Key>,
    pub(super) encrypted: Encrypted,
}

fn opened(
    key: Arc<Key>,
    ciphertext: Option<&Ciphertext<'_>>,
    context: &EncryptionContext,
) -> Result<Decrypted, ServiceError> {
    let ciphertext = ciphertext.ok_or_else(invalid_ciphertext)?;
    if ciphertext.key_id != key.id {
        let message =
            "The key ID in the request does not identify a CMK that can perform this operation.";
        return Err(ServiceError::new("IncorrectKeyException", message));
    }
    let material = key
        .materials
        .get(&ciphertext.material_id)
        .ok_or_else(invalid_ciphertext)?;
    let plain = ciphertext
        .open(material, context)
        .map_err(|_| invalid_ciphertext())?;
    Ok(Decrypted {
        plain,
        material: encode_hex(&ciphertext.material_id),
        key,
    })
}
