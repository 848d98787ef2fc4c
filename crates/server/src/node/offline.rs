//! Where files of offline stores are, as the settings say.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use rempart_aws_client::{KeptCredentials, Settings};
use rempart_lake::{
    AskedCredentials, Lake, Location, S3CredentialSource, S3Credentials, S3Service,
};
use zeroize::Zeroizing;

use super::NodeError;
use super::open::write_private;
use crate::settings::{OfflineSettings, S3Settings};

/// Files of the store's own.
const DIRECTORY: &str = "offline";
/// Says that files are in S3: without it a store that lost its settings would look for none there, and
/// an erasure would find nothing to erase.
const IN_S3: &str = "offline-in-s3";

/// The lake of a store.
///
/// # Errors
/// It does not open, or the store has files in another place.
pub(super) fn open(
    store: &Path,
    settings: &OfflineSettings,
    region: &str,
) -> Result<Lake, NodeError> {
    match settings {
        OfflineSettings::Directory => in_directory(store),
        OfflineSettings::S3(s3) => in_s3(store, s3, region),
    }
}

fn in_directory(store: &Path) -> Result<Lake, NodeError> {
    let mark = store.join(IN_S3);
    if mark.exists() {
        return Err(begun_elsewhere(&mark, "s3"));
    }
    let directory = store.join(DIRECTORY);
    Lake::open(Location::Directory(directory.clone()))
        .map_err(|error| NodeError::failed(directory.display(), error))
}

/// S3, with the credentials that the tools of AWS would find.
fn in_s3(store: &Path, settings: &S3Settings, region: &str) -> Result<Lake, NodeError> {
    let directory = store.join(DIRECTORY);
    // One that is empty goes; any other stays and is an error.
    if directory.exists() && fs::remove_dir(&directory).is_err() {
        return Err(begun_elsewhere(&directory, "directory"));
    }
    let failed = |error: String| NodeError::failed("S3", error);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| failed(error.to_string()))?;
    let client = runtime
        .block_on(Settings::from_environment(None, Some(region)))
        .map_err(|error| failed(error.to_string()))?;
    let service = S3Service {
        region: Some(settings.region.as_deref().unwrap_or(region).to_owned()),
        endpoint: settings.endpoint.clone(),
        bucket_key: settings.bucket_key,
        credentials: Arc::new(Environment(KeptCredentials::new(&client))),
    };
    let lake = Lake::open(Location::S3(service)).map_err(|error| failed(error.to_string()))?;
    let mark = store.join(IN_S3);
    if !mark.exists() {
        write_private(
            &mark,
            b"Files of offline stores are in S3: see store.yaml.\n",
        )?;
    }
    Ok(lake)
}

fn begun_elsewhere(place: &Path, with: &str) -> NodeError {
    NodeError::failed(
        place.display(),
        format!(
            "this store was begun with `place: {with}`, where its offline files are: elsewhere none would be \
             found. Change store.yaml back"
        ),
    )
}

/// The server's own credentials.
#[derive(Debug)]
struct Environment(KeptCredentials);

impl S3CredentialSource for Environment {
    fn credentials(&self) -> AskedCredentials<'_> {
        Box::pin(async {
            let found = self.0.current().await?;
            Ok(S3Credentials {
                access_key_id: found.access_key_id().to_owned(),
                secret_access_key: Zeroizing::new(found.secret_access_key().to_owned()),
                session_token: found
                    .session_token()
                    .map(|token| Zeroizing::new(token.to_owned())),
            })
        })
    }
}
