//! The offline store that is asked for, and where its objects lie.

use jiff::Timestamp;
use rempart_aws_wire::ServiceError;
use rempart_lake::TableFormat;

use super::super::input::{Input, flag, object, text};
use super::super::refusal::invalid;
use super::super::settings::{Settings, TableNaming};
use crate::group::{FeatureDefinition, FeatureType, OfflineConfig, TableChoice};

const DEFAULT_CATALOG: &str = "AwsDataCatalog";
const DEFAULT_DATABASE: &str = "sagemaker_featurestore";

/// A place in S3.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Location {
    pub(crate) bucket: String,
    /// Without slashes at its ends; perhaps empty.
    pub(crate) prefix: String,
}

impl Location {
    /// `s3://bucket/prefix`, or an address of a bucket: `https://bucket.s3.region.amazonaws.com/prefix`,
    /// `https://s3.region.amazonaws.com/bucket/prefix`.
    pub(crate) fn parse(uri: &str) -> Option<Self> {
        let (bucket, prefix) = if let Some(rest) = uri.strip_prefix("s3://") {
            rest.split_once('/').unwrap_or((rest, ""))
        } else {
            let rest = uri.strip_prefix("https://")?;
            let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
            let host = host
                .strip_suffix(".amazonaws.com")
                .or_else(|| host.strip_suffix(".amazonaws.com.cn"))?;
            if host == "s3" || host.starts_with("s3.") || host.starts_with("s3-") {
                path.split_once('/').unwrap_or((path, ""))
            } else {
                let end = host.find(".s3.").or_else(|| host.find(".s3-"));
                let bucket = match end {
                    Some(end) => host.get(..end)?,
                    None => host.strip_suffix(".s3")?,
                };
                (bucket, path)
            }
        };
        let prefix = prefix.trim_matches('/');
        // A group whose rows could never be written is not made.
        let is_fit =
            is_bucket(bucket) && (prefix.is_empty() || rempart_lake::check_place(prefix).is_ok());
        is_fit.then(|| Self {
            bucket: bucket.to_owned(),
            prefix: prefix.to_owned(),
        })
    }

    pub(crate) fn bucket_arn(&self, partition: &str) -> String {
        format!("arn:{partition}:s3:::{}", self.bucket)
    }

    pub(crate) fn object_arn(&self, partition: &str, below: &str) -> String {
        let slash = if self.prefix.is_empty() { "" } else { "/" };
        format!(
            "arn:{partition}:s3:::{}/{}{slash}{below}",
            self.bucket, self.prefix
        )
    }
}

/// Names of general purpose buckets (S3 User Guide, "Bucket naming rules").
fn is_bucket(name: &str) -> bool {
    let is_end = |byte: Option<u8>| {
        byte.is_some_and(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    };
    (3..=63).contains(&name.len())
        && name.bytes().all(|byte| {
            byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'.')
        })
        && is_end(name.bytes().next())
        && is_end(name.bytes().last())
        && !name.contains("..")
}

/// What the place of an offline store follows from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Owner<'a> {
    pub(crate) account: &'a str,
    pub(crate) group: &'a str,
    pub(crate) created: Timestamp,
}

/// The offline store that is asked for; its key is not resolved yet.
pub(crate) fn offline(
    input: &Input,
    owner: Owner<'_>,
    settings: &Settings,
) -> Result<Option<OfflineConfig>, ServiceError> {
    let Some(config) = object(input, "OfflineStoreConfig") else {
        return Ok(None);
    };
    let storage = object(config, "S3StorageConfig");
    let uri = storage
        .and_then(|storage| text(storage, "S3Uri"))
        .unwrap_or_default();
    let location = Location::parse(uri).ok_or_else(|| {
        invalid("OfflineStoreConfig.S3StorageConfig.S3Uri does not name a place in a bucket.")
    })?;
    let key = storage.and_then(|storage| text(storage, "KmsKeyId"));
    let key = key.filter(|key| !key.is_empty());
    let iceberg = match text(config, "TableFormat") {
        Some("Iceberg") => true,
        None | Some("Default" | "Glue") => false,
        Some(_) => return Err(invalid("OfflineStoreConfig.TableFormat is unknown.")),
    };
    let disable_table = flag(config, "DisableGlueTableCreation");
    if iceberg && disable_table {
        return Err(invalid(
            "TableFormat Iceberg needs DisableGlueTableCreation to be false.",
        ));
    }
    let epoch = owner.created.as_second();
    let table = match object(config, "DataCatalogConfig") {
        Some(catalog) => {
            let member = |name: &str| text(catalog, name).unwrap_or_default().to_owned();
            Some(TableChoice {
                catalog: member("Catalog"),
                database: member("Database"),
                table: member("TableName"),
            })
        }
        None if disable_table => None,
        None => Some(TableChoice {
            catalog: DEFAULT_CATALOG.to_owned(),
            database: DEFAULT_DATABASE.to_owned(),
            table: match settings.table_naming {
                TableNaming::Underscores => format!("{}_{epoch}", owner.group.replace('-', "_")),
                TableNaming::Hyphens => format!("{}-{epoch}", owner.group),
            },
        }),
    };
    let below = format!(
        "{}/sagemaker/{}/offline-store/{}-{epoch}/data",
        owner.account, settings.region, owner.group
    );
    let slash = if location.prefix.is_empty() { "" } else { "/" };
    Ok(Some(OfflineConfig {
        s3_uri: uri.to_owned(),
        resolved_uri: format!("s3://{}/{}{slash}{below}", location.bucket, location.prefix),
        kms_key: None,
        kms_key_given: key.map(str::to_owned),
        disable_table,
        table,
        iceberg,
    }))
}

/// Iceberg tables are partitioned by the day of a String event time.
pub(crate) fn check_iceberg(
    offline: &OfflineConfig,
    features: &[FeatureDefinition],
    event_time: &str,
) -> Result<(), ServiceError> {
    let is_text = features
        .iter()
        .any(|feature| feature.name == event_time && feature.kind == FeatureType::String);
    if !offline.iceberg {
        return Ok(());
    }
    if !is_text {
        return Err(invalid(
            "TableFormat Iceberg needs an event-time feature of type String.",
        ));
    }
    // A group whose rows could never be written is not made.
    rempart_lake::check_format(TableFormat::Iceberg).map_err(|error| invalid(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::Location;

    #[test]
    fn places_are_read_in_their_three_forms_and_nothing_else() {
        let place = |bucket: &str, prefix: &str| {
            Some(Location {
                bucket: bucket.to_owned(),
                prefix: prefix.to_owned(),
            })
        };
        for (uri, expected) in [
            ("s3://my-bucket", place("my-bucket", "")),
            ("s3://my-bucket/", place("my-bucket", "")),
            ("s3://my-bucket/a/b/", place("my-bucket", "a/b")),
            (
                "https://my-bucket.s3.eu-west-1.amazonaws.com/a",
                place("my-bucket", "a"),
            ),
            ("https://my-bucket.s3.amazonaws.com", place("my-bucket", "")),
            (
                "https://s3.eu-west-1.amazonaws.com/my-bucket/a",
                place("my-bucket", "a"),
            ),
            ("s3://my-bucket/a/../../etc", None),
            ("s3://my-bucket/a//b", None),
            ("s3://my-bucket/*", None),
            ("s3://my-bucket/.hidden/a", None),
            ("s3://my-bucket/a /b", None),
            ("s3://my-bucket/a\u{7}", None),
            (
                "s3://my-bucket/team=x/é b+c",
                place("my-bucket", "team=x/é b+c"),
            ),
            ("s3://My-bucket/a", None),
            ("s3://..", None),
            ("s3:///a", None),
            ("https://example.org/my-bucket", None),
            ("file:///etc/passwd", None),
        ] {
            assert_eq!(Location::parse(uri), expected, "{uri}");
        }
    }
}
