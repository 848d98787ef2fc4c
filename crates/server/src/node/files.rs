//! The lake of the offline stores, as the settings name it.

use std::path::Path;

use rempart_lake::{Lake, Location, S3Service};

use super::NodeError;
use crate::settings::OfflineSettings;

/// Opens the lake; `region` is the store's.
///
/// # Errors
/// The directory cannot be made, or the settings of S3 do not fit together.
pub(super) fn open(
    store: &Path,
    settings: &OfflineSettings,
    region: &str,
) -> Result<Lake, NodeError> {
    let (location, place) = match settings {
        OfflineSettings::Directory => {
            let path = store.join("offline");
            let place = path.display().to_string();
            (Location::Directory(path), place)
        }
        OfflineSettings::S3(s3) => {
            let service = S3Service {
                region: Some(s3.region.clone().unwrap_or_else(|| region.to_owned())),
                endpoint: s3.endpoint.clone(),
                bucket_key: s3.bucket_key,
                ..S3Service::default()
            };
            (Location::S3(service), "S3".to_owned())
        }
    };
    Lake::open(location).map_err(|error| NodeError::failed(place, error))
}
