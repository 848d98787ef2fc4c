//! KMS: keys and their states, key policies, aliases, grants, rotation, and envelope encryption. A
//! built-in keystore and AWS KMS are providers of it.
//!
//! What the crate guarantees:
//! - Through [`Provider`], no key material leaves the crate except inside [`DataKey`], which is wiped when
//!   it is dropped and never shown by `Debug`. Answers of the KMS API hold plaintext where the API says so.
//! - The built-in provider decides on every call with the policies, grants and key states of that
//!   moment; only key material is cached.
//! - A keystore holds nothing readable, each of its rows is bound to its name, and a change is on the
//!   disk before it is answered. A damaged file is an error that names it. What is *not* detected is an
//!   older whole file put in the place of the newer.
//! - With AWS KMS, AWS decides about the server; about its callers the policy engine predicts, from what
//!   was read at most [`Provider::revocation_bound`] ago, and what it cannot predict is refused unless the
//!   operator says otherwise.
//! - What cannot be decrypted with exactly its key, context and place is an error, never other bytes.

#[cfg(feature = "aws")]
mod aws;
mod builtin;
pub mod cache;
pub mod ciphertext;
pub mod envelope;
mod provider;
mod root;
mod routed;
mod storage;

#[cfg(feature = "aws")]
pub use aws::{AwsKms, AwsKmsError, AwsKmsSettings, Unpredicted};
pub use builtin::{BuiltinKms, BuiltinSettings};
pub use provider::{
    DataKey, EncryptionContext, GeneratedKey, GrantRequest, GrantView, KeyView, Provider,
    Requester, Standing,
};
pub use root::{RootKey, RootKeyError};
pub use routed::Routed;
pub use storage::StorageError;
