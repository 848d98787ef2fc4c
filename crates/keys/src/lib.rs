//! KMS: keys and their states, key policies, aliases, grants, rotation, and envelope encryption. A
//! built-in keystore and AWS KMS are providers of it.
//!
//! What the crate guarantees:
//! - No key material leaves the crate except inside [`DataKey`], which is wiped when it is dropped and
//!   never shown by `Debug`.
//! - The built-in provider decides on every call with the policies, grants and key states of that
//!   moment; only key material is cached.
//! - What cannot be decrypted with exactly its key, context and place is an error, never other bytes.

#[cfg(feature = "aws")]
mod aws;
mod builtin;
pub mod cache;
pub mod ciphertext;
pub mod envelope;
mod provider;
mod root;
mod storage;

#[cfg(feature = "aws")]
pub use aws::{AwsKms, AwsKmsError, AwsKmsSettings, Unpredicted};
pub use builtin::{BuiltinKms, BuiltinSettings};
pub use provider::{
    DataKey, EncryptionContext, GeneratedKey, GrantRequest, GrantView, KeyView, Provider, Requester,
};
pub use root::{RootKey, RootKeyError};
pub use storage::StorageError;
