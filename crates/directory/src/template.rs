//! The first `rempart.yaml` of a store, and new access keys.

use std::fmt;

use zeroize::Zeroizing;

use crate::seal::{SealError, Sealer};
use crate::sts::{KEY_LETTERS, SECRET_LETTERS};

/// A new access key: shown once, kept sealed.
pub struct NewCredential {
    /// `AKIA…`.
    pub access_key_id: String,
    /// The secret.
    pub secret_access_key: Zeroizing<String>,
    /// The secret as `rempart.yaml` holds it.
    pub sealed: String,
}

impl fmt::Debug for NewCredential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewCredential")
            .field("access_key_id", &self.access_key_id)
            .finish_non_exhaustive()
    }
}

impl NewCredential {
    /// Makes an access key.
    ///
    /// # Errors
    /// The system gives no random numbers.
    pub fn make(sealer: &Sealer) -> Result<Self, SealError> {
        let access_key_id = format!("AKIA{}", sealer.random_text(KEY_LETTERS, 16)?);
        let secret = Zeroizing::new(sealer.random_text(SECRET_LETTERS, 40)?);
        let sealed = sealer.seal_secret(&access_key_id, &secret)?;
        Ok(Self {
            access_key_id,
            secret_access_key: secret,
            sealed,
        })
    }
}

/// The text of a working directory with one account: an administrator, the roles of loading, serving
/// and training, and the role of the offline store.
pub fn template(account: &str, region: &str, administrator: &NewCredential) -> String {
    include_str!("template.yaml")
        .replace("{account}", account)
        .replace("{region}", region)
        .replace("{key}", &administrator.access_key_id)
        .replace("{sealed}", &administrator.sealed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Directory, Sealer};

    #[test]
    fn the_first_directory_reads_without_a_warning() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rempart.yaml");
        let sealer = Sealer::new(&[3; 32]).unwrap();
        let key = NewCredential::make(&sealer).unwrap();
        std::fs::write(&path, template("111122223333", "eu-west-1", &key)).unwrap();
        let read = Directory::read(&path, &sealer).unwrap();
        assert_eq!(read.warnings, []);
        assert_eq!(read.directory.identities(), 5);
    }
}
