//! What can be searched and sorted by (SageMaker Developer Guide, "Find feature groups in your Feature
//! Store", "Find features in your Feature Store").

use jiff::Timestamp;
use rempart_aws_wire::ServiceError;

use super::super::describe::{offline_status_text, status_text, type_text};
use super::super::list::SortKey;
use super::super::refusal::invalid;
use crate::group::{FeatureDefinition, Group, LastUpdate};

/// What is searched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Group,
    Feature,
}

/// A group, or a feature of it with its position.
#[derive(Debug, Clone, Copy)]
pub(super) struct Item<'a> {
    pub(super) group: &'a Group,
    pub(super) feature: Option<(usize, &'a FeatureDefinition)>,
    /// Tags of other accounts' groups are hidden.
    pub(super) is_own: bool,
}

/// A property by its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Property {
    /// A text or several
    Text(Member),
    Time(TimeName),
    Flag(FlagName),
    /// `Tags.<key>` or `Parameters.<key>`
    Entry(String),
    /// `AllTags`, `AllParameters`: every key and value
    AllEntries,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Member {
    Description,
    EventTimeFeatureName,
    FailureReason,
    FeatureDefinitions,
    FeatureDefinitionTypes,
    FeatureGroupArn,
    FeatureGroupName,
    FeatureGroupStatus,
    LastUpdateStatus,
    LastUpdateFailure,
    RecordIdentifierFeatureName,
    RoleArn,
    OfflineStoreStatus,
    OfflineStoreBlocked,
    OfflineKey,
    OfflineUri,
    OfflineResolvedUri,
    OfflineCatalog,
    OfflineDatabase,
    OfflineTable,
    OfflineFormat,
    FeatureName,
    FeatureType,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TimeName {
    Creation,
    LastModified,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FlagName {
    EnableOnlineStore,
    DisableGlueTableCreation,
}

impl Property {
    /// Order of an answer for which nobody asks otherwise.
    pub(super) const LAST_MODIFIED: Self = Self::Time(TimeName::LastModified);

    /// The property of this name.
    pub(super) fn of(name: &str, kind: Kind) -> Result<Self, ServiceError> {
        let found = match kind {
            Kind::Group => Self::of_group(name),
            Kind::Feature => Self::of_feature(name),
        };
        found.ok_or_else(|| {
            let kind = match kind {
                Kind::Group => "FeatureGroup",
                Kind::Feature => "FeatureMetadata",
            };
            invalid(format!("{name} is not a searchable property of {kind}."))
        })
    }

    /// A property with one value at most.
    pub(super) fn sortable(name: &str, kind: Kind) -> Result<Self, ServiceError> {
        match Self::of(name, kind)? {
            Self::AllEntries
            | Self::Text(Member::FeatureDefinitions | Member::FeatureDefinitionTypes) => {
                Err(invalid(format!("Results cannot be sorted by {name}.")))
            }
            property => Ok(property),
        }
    }

    fn of_group(name: &str) -> Option<Self> {
        if let Some(key) = name.strip_prefix("Tags.") {
            return Some(Self::Entry(key.to_owned()));
        }
        Some(match name {
            "AllTags" => Self::AllEntries,
            "CreationTime" => Self::Time(TimeName::Creation),
            "LastModifiedTime" => Self::Time(TimeName::LastModified),
            "OnlineStoreConfig.EnableOnlineStore" => Self::Flag(FlagName::EnableOnlineStore),
            "OfflineStoreConfig.DisableGlueTableCreation" => {
                Self::Flag(FlagName::DisableGlueTableCreation)
            }
            "Description" => Self::Text(Member::Description),
            "EventTimeFeatureName" => Self::Text(Member::EventTimeFeatureName),
            "FailureReason" => Self::Text(Member::FailureReason),
            "FeatureDefinitions" | "FeatureDefinitions.FeatureName" => {
                Self::Text(Member::FeatureDefinitions)
            }
            "FeatureDefinitions.FeatureType" => Self::Text(Member::FeatureDefinitionTypes),
            "FeatureGroupArn" => Self::Text(Member::FeatureGroupArn),
            "FeatureGroupName" => Self::Text(Member::FeatureGroupName),
            "FeatureGroupStatus" => Self::Text(Member::FeatureGroupStatus),
            "LastUpdateStatus" | "LastUpdateStatus.Status" => Self::Text(Member::LastUpdateStatus),
            "LastUpdateStatus.FailureReason" => Self::Text(Member::LastUpdateFailure),
            "RecordIdentifierFeatureName" => Self::Text(Member::RecordIdentifierFeatureName),
            "RoleArn" => Self::Text(Member::RoleArn),
            "OfflineStoreStatus" | "OfflineStoreStatus.Status" => {
                Self::Text(Member::OfflineStoreStatus)
            }
            "OfflineStoreStatus.BlockedReason" => Self::Text(Member::OfflineStoreBlocked),
            "OfflineStoreConfig.S3StorageConfig.KmsKeyId" => Self::Text(Member::OfflineKey),
            "OfflineStoreConfig.S3StorageConfig.S3Uri" => Self::Text(Member::OfflineUri),
            "OfflineStoreConfig.S3StorageConfig.ResolvedOutputS3Uri" => {
                Self::Text(Member::OfflineResolvedUri)
            }
            "OfflineStoreConfig.DataCatalogConfig.Catalog" => Self::Text(Member::OfflineCatalog),
            "OfflineStoreConfig.DataCatalogConfig.Database" => Self::Text(Member::OfflineDatabase),
            "OfflineStoreConfig.DataCatalogConfig.TableName" => Self::Text(Member::OfflineTable),
            "OfflineStoreConfig.TableFormat" => Self::Text(Member::OfflineFormat),
            _ => return None,
        })
    }

    fn of_feature(name: &str) -> Option<Self> {
        if let Some(key) = name.strip_prefix("Parameters.") {
            return Some(Self::Entry(key.to_owned()));
        }
        Some(match name {
            "AllParameters" => Self::AllEntries,
            "CreationTime" => Self::Time(TimeName::Creation),
            "LastModifiedTime" => Self::Time(TimeName::LastModified),
            "Description" => Self::Text(Member::Description),
            "FeatureGroupArn" => Self::Text(Member::FeatureGroupArn),
            "FeatureGroupName" => Self::Text(Member::FeatureGroupName),
            "FeatureName" => Self::Text(Member::FeatureName),
            "FeatureType" => Self::Text(Member::FeatureType),
            _ => return None,
        })
    }

    /// Where an item stands when sorted by this.
    pub(super) fn sort_key(&self, item: &Item<'_>) -> Option<SortKey> {
        match self {
            Self::Time(name) => Some(SortKey::time(item.time(*name))),
            Self::Flag(name) => item.flag(*name).map(|flag| SortKey::Number(flag.into())),
            _ => item
                .texts(self)
                .first()
                .map(|text| SortKey::Text((*text).to_owned())),
        }
    }
}

impl<'a> Item<'a> {
    pub(super) fn time(&self, name: TimeName) -> Timestamp {
        match (name, self.feature) {
            (TimeName::Creation, _) => self.group.created,
            (TimeName::LastModified, None) => self.group.modified,
            (TimeName::LastModified, Some((_, feature))) => self
                .group
                .metadata
                .get(&feature.name)
                .and_then(|metadata| metadata.modified)
                .unwrap_or(self.group.created),
        }
    }

    pub(super) fn flag(&self, name: FlagName) -> Option<bool> {
        match name {
            FlagName::EnableOnlineStore => Some(self.group.online.is_some()),
            FlagName::DisableGlueTableCreation => self
                .group
                .offline
                .as_ref()
                .map(|offline| offline.disable_table),
        }
    }

    /// The values of a property of texts; none when there is none.
    pub(super) fn texts(&self, property: &Property) -> Vec<&'a str> {
        let metadata = self
            .feature
            .and_then(|(_, feature)| self.group.metadata.get(&feature.name));
        let entries = match self.feature {
            Some(_) => metadata.map(|metadata| &metadata.parameters),
            None => self.is_own.then_some(&self.group.tags),
        };
        match property {
            Property::Entry(key) => {
                let value = entries.and_then(|entries| entries.get(key));
                value.map(String::as_str).into_iter().collect()
            }
            Property::AllEntries => {
                let entries = entries.into_iter().flatten();
                entries
                    .flat_map(|(key, value)| [key.as_str(), value.as_str()])
                    .collect()
            }
            Property::Text(Member::FeatureDefinitions) => {
                let features = self.group.features.iter();
                features.map(|feature| feature.name.as_str()).collect()
            }
            Property::Text(Member::FeatureDefinitionTypes) => {
                let features = self.group.features.iter();
                features.map(|feature| type_text(feature.kind)).collect()
            }
            Property::Text(name) => self.text(*name).into_iter().collect(),
            Property::Time(_) | Property::Flag(_) => Vec::new(),
        }
    }

    fn text(&self, name: Member) -> Option<&'a str> {
        let group = self.group;
        let offline = group.offline.as_ref();
        let table = offline.and_then(|offline| offline.table.as_ref());
        match name {
            Member::Description => match self.feature {
                Some((_, feature)) => group.metadata.get(&feature.name)?.description.as_deref(),
                None => group.description.as_deref(),
            },
            Member::EventTimeFeatureName => Some(&group.event_time),
            Member::FailureReason => group.failure.as_deref(),
            Member::FeatureDefinitions | Member::FeatureDefinitionTypes => None,
            Member::FeatureGroupArn => Some(&group.arn),
            Member::FeatureGroupName => Some(&group.name),
            Member::FeatureGroupStatus => Some(status_text(group.status)),
            Member::LastUpdateStatus => Some(match group.last_update.as_ref()? {
                LastUpdate::InProgress => "InProgress",
                LastUpdate::Successful => "Successful",
                LastUpdate::Failed { .. } => "Failed",
            }),
            Member::LastUpdateFailure => match group.last_update.as_ref()? {
                LastUpdate::Failed { reason } => Some(reason),
                LastUpdate::InProgress | LastUpdate::Successful => None,
            },
            Member::RecordIdentifierFeatureName => Some(&group.identifier),
            Member::RoleArn => group.role_arn.as_deref(),
            Member::OfflineStoreStatus => group.offline_status.as_ref().map(offline_status_text),
            Member::OfflineStoreBlocked => match group.offline_status.as_ref()? {
                crate::group::OfflineStatus::Blocked { reason } => Some(reason),
                _ => None,
            },
            Member::OfflineKey => offline?.kms_key_given.as_deref(),
            Member::OfflineUri => Some(&offline?.s3_uri),
            Member::OfflineResolvedUri => Some(&offline?.resolved_uri),
            Member::OfflineCatalog => Some(&table?.catalog),
            Member::OfflineDatabase => Some(&table?.database),
            Member::OfflineTable => Some(&table?.table),
            Member::OfflineFormat => Some(if offline?.iceberg { "Iceberg" } else { "Glue" }),
            Member::FeatureName => self.feature.map(|(_, feature)| feature.name.as_str()),
            Member::FeatureType => self.feature.map(|(_, feature)| type_text(feature.kind)),
        }
    }
}
