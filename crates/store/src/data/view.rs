//! A group as the data plane needs it, made once per state of the group.

use std::sync::Arc;

use rempart_aws_model::AccountId;
use rempart_directory::{Authorizer, Caller};
use rempart_keys::EncryptionContext;
use rempart_online::RowKey;
use rempart_policy::context::{KeyName, KeyState};

use super::schema::Schema;
use super::seal::Aad;
use crate::group::{Group, StoreKeys};

/// One of a group's two stores.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Side {
    /// Rows and subjects' keys
    Online,
    /// The queue; its keys are under the service's own KMS key
    Offline,
}

impl Side {
    /// As the encryption context says it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Online => "online",
            Self::Offline => "offline",
        }
    }
}

/// A group with what follows from it.
#[derive(Debug)]
pub(crate) struct View {
    pub(crate) group: Arc<Group>,
    pub(crate) schema: Schema,
    pub(crate) account: Option<AccountId>,
    /// `aws:ResourceTag/…` and `sagemaker:ResourceTag/…`
    pub(crate) tags: Vec<(KeyName, KeyState)>,
    /// The names of all features, as a condition key holds them.
    pub(crate) all_features: KeyState,
    /// `sagemaker.<region>.amazonaws.com`
    pub(crate) via_sagemaker: String,
    /// `s3.<region>.amazonaws.com`
    pub(crate) via_s3: String,
    /// The service, working for this group: what the grants of its keys name.
    pub(crate) service: Arc<Caller>,
    online_context: EncryptionContext,
    offline_context: EncryptionContext,
}

impl View {
    pub(crate) fn of(group: Arc<Group>, authorizer: &dyn Authorizer) -> Option<Self> {
        let schema = Schema::of(&group)?;
        let mut tags = Vec::with_capacity(group.tags.len() * 2);
        for (key, value) in &group.tags {
            let value = KeyState::Single(value.as_str().into());
            tags.push((
                KeyName::new(&format!("aws:ResourceTag/{key}")),
                value.clone(),
            ));
            tags.push((KeyName::new(&format!("sagemaker:ResourceTag/{key}")), value));
        }
        let names: Arc<[Arc<str>]> = schema
            .features()
            .iter()
            .map(|feature| Arc::from(&*feature.name))
            .collect();
        let mut service = (*authorizer.service("sagemaker.amazonaws.com")).clone();
        service.context.set(
            KeyName::new("aws:SourceArn"),
            KeyState::Single(group.arn.as_str().into()),
        );
        service.context.set(
            KeyName::new("aws:SourceAccount"),
            KeyState::Single(group.account.as_str().into()),
        );
        Some(Self {
            account: AccountId::parse(&group.account).ok(),
            tags,
            all_features: KeyState::Several(names),
            via_sagemaker: format!("sagemaker.{}.amazonaws.com", group.region),
            via_s3: format!("s3.{}.amazonaws.com", group.region),
            service: Arc::new(service),
            online_context: context_of(&group, Side::Online),
            offline_context: context_of(&group, Side::Offline),
            schema,
            group,
        })
    }

    /// The side under whose keys identifiers are blinded, and rows and subjects' keys sealed.
    pub(crate) fn rows_side(&self) -> Side {
        if self.group.online.is_some() {
            Side::Online
        } else {
            Side::Offline
        }
    }

    pub(crate) fn keys(&self, side: Side) -> Option<&StoreKeys> {
        match side {
            Side::Online => self.group.online_keys.as_ref(),
            Side::Offline => self.group.offline_keys.as_ref(),
        }
    }

    /// Whether the store has a customer's key, so that callers need their own permission.
    pub(crate) fn has_customer_key(&self, side: Side) -> bool {
        match side {
            Side::Online => self
                .group
                .online
                .as_ref()
                .is_some_and(|online| online.kms_key.is_some()),
            Side::Offline => self
                .group
                .offline
                .as_ref()
                .is_some_and(|offline| offline.kms_key.is_some()),
        }
    }

    pub(crate) fn encryption_context(&self, side: Side) -> &EncryptionContext {
        match side {
            Side::Online => &self.online_context,
            Side::Offline => &self.offline_context,
        }
    }

    pub(crate) fn row_key(&self, blind: [u8; 16]) -> RowKey {
        RowKey {
            group: self.group.id,
            blind,
        }
    }

    /// A place in this group.
    pub(crate) fn place<'a>(
        &'a self,
        kind: Kind,
        schema_version: u32,
        identifier: &'a [u8],
        event_time: i64,
    ) -> Aad<'a> {
        Aad {
            group_arn: &self.group.arn,
            created: self.group.created.as_millisecond(),
            schema_version,
            identifier,
            event_time,
            flags: kind as u32,
        }
    }
}

/// What is sealed. The numbers are part of the stored form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The identifier beside a record
    Identifier = 1,
    /// The identifier beside the marker of a soft delete
    MarkerIdentifier = 2,
    /// The features of a record
    Record = 3,
    /// The key of a subject
    Subject = 4,
    /// A row for the offline store
    Queued = 5,
    /// A deletion for the offline store
    QueuedMarker = 6,
    /// A page token
    Token = 7,
    /// A key of the queue of the offline store
    QueueKey = 8,
}

/// The encryption context of a store key.
pub(crate) fn encryption_context(arn: &str, side: Side, generation: u32) -> EncryptionContext {
    EncryptionContext::from([
        ("aws:sagemaker:feature-group-arn".to_owned(), arn.to_owned()),
        ("rempart:store".to_owned(), side.name().to_owned()),
        ("rempart:generation".to_owned(), generation.to_string()),
    ])
}

fn context_of(group: &Group, side: Side) -> EncryptionContext {
    let keys = match side {
        Side::Online => &group.online_keys,
        Side::Offline => &group.offline_keys,
    };
    let generation = keys.as_ref().map_or(0, |keys| keys.generation);
    encryption_context(&group.arn, side, generation)
}
