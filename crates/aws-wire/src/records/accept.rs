//! From members to inputs. `None` when a constraint of the model is not met, or may not be: the general
//! reader then says which.

use std::borrow::Cow;
use std::sync::LazyLock;

use super::members::{
    BatchGetMembers, BatchWriteMembers, DeleteMembers, GetMembers, IdentifiersMembers, ListMembers,
    PutMembers, Record, Text, TtlMembers, UpdateMembers,
};
use super::{
    BatchGetRecord, BatchIdentifiers, BatchWriteRecord, DeleteRecord, FeatureValue, GetRecord,
    ListRecords, PutRecord, TargetStores, TtlDuration, TtlUnit, UpdateRecord,
};
use crate::model::{Kind, Shape, is_name, shapes_of};

/// `ValueAsString`, in characters; a text of no more bytes has no more characters.
const MAX_VALUE: usize = 358_400;
/// `ValueAsStringList`.
const MAX_LIST: usize = 358_400;
/// `FeatureName`.
const MAX_NAME: usize = 64;
/// `FeatureGroupNameOrArn`.
const MAX_GROUP: usize = 150;
/// `BatchGetRecordIdentifiers`, `RecordIdentifiers`.
const MAX_BATCH_GET: usize = 100;
/// `BatchWriteRecordEntries`.
const MAX_BATCH_WRITE: usize = 25;
/// `ListRecordsNextToken`.
const MAX_TOKEN: usize = 8_192;

static GROUP: LazyLock<Option<&'static Shape>> = LazyLock::new(|| {
    shapes_of("sagemaker-featurestore-runtime")
        .find(|(name, _)| *name == "FeatureGroupNameOrArn")
        .map(|(_, shape)| shape)
});

fn group(text: Option<Text<'_>>) -> Option<Cow<'_, str>> {
    let Text(text) = text?;
    if text.len() <= MAX_NAME && is_name(&text) {
        return Some(text);
    }
    match (*GROUP).map(|shape| &shape.kind) {
        Some(Kind::String {
            pattern: Some(pattern),
            ..
        }) if text.len() <= MAX_GROUP && pattern.matches(&text) => Some(text),
        _ => None,
    }
}

/// What the general reader checks in characters is let through here in bytes: the fast reader falls
/// back, and behind the general reader the length is known to be right.
fn value(text: Text<'_>) -> Option<Cow<'_, str>> {
    (text.0.len() <= MAX_VALUE || text.0.chars().count() <= MAX_VALUE).then_some(text.0)
}

fn values(texts: Vec<Text<'_>>, max: usize) -> Option<Vec<Cow<'_, str>>> {
    if texts.len() > max {
        return None;
    }
    texts.into_iter().map(value).collect()
}

fn name(text: Text<'_>) -> Option<Cow<'_, str>> {
    (text.0.len() <= MAX_NAME && is_name(&text.0)).then_some(text.0)
}

fn names(texts: Option<Vec<Text<'_>>>) -> Option<Option<Vec<Cow<'_, str>>>> {
    let Some(texts) = texts else {
        return Some(None);
    };
    if texts.is_empty() {
        return None;
    }
    texts.into_iter().map(name).collect::<Option<_>>().map(Some)
}

fn targets(texts: Option<Vec<Text<'_>>>) -> Option<Option<TargetStores>> {
    let Some(texts) = texts else {
        return Some(None);
    };
    if texts.is_empty() || texts.len() > 2 {
        return None;
    }
    let mut targets = TargetStores {
        online: false,
        offline: false,
    };
    for Text(text) in texts {
        match text.as_ref() {
            "OnlineStore" => targets.online = true,
            "OfflineStore" => targets.offline = true,
            _ => return None,
        }
    }
    Some(Some(targets))
}

fn ttl(members: Option<TtlMembers<'_>>) -> Option<Option<TtlDuration>> {
    let Some(members) = members else {
        return Some(None);
    };
    let unit = TtlUnit::named(&members.unit?.0)?;
    let value = members.value.filter(|value| *value >= 1)?;
    Some(Some(TtlDuration { unit, value }))
}

/// The default is the second.
fn choice(text: Option<Text<'_>>, yes: &str, no: &str) -> Option<bool> {
    match text.as_ref().map(|text| text.0.as_ref()) {
        None => Some(false),
        Some(text) if text == yes => Some(true),
        Some(text) if text == no => Some(false),
        Some(_) => None,
    }
}

/// One feature of a record.
pub(super) fn feature<'a>(
    named: Option<Text<'a>>,
    text: Option<Text<'a>>,
    list: Option<Vec<Text<'a>>>,
) -> Option<FeatureValue<'a>> {
    Some(FeatureValue {
        name: name(named?)?,
        text: match text {
            Some(text) => Some(value(text)?),
            None => None,
        },
        list: match list {
            Some(list) => Some(values(list, MAX_LIST)?),
            None => None,
        },
    })
}

fn record(record: Option<Record<'_>>) -> Option<Vec<FeatureValue<'_>>> {
    record
        .map(|record| record.0)
        .filter(|record| !record.is_empty())
}

impl<'a> PutMembers<'a> {
    pub(super) fn accept(self) -> Option<PutRecord<'a>> {
        Some(PutRecord {
            group: group(self.group)?,
            record: record(self.record)?,
            targets: targets(self.targets)?,
            ttl: ttl(self.ttl)?,
        })
    }
}

impl<'a> GetMembers<'a> {
    pub(super) fn accept(self) -> Option<GetRecord<'a>> {
        Some(GetRecord {
            group: group(self.group)?,
            identifier: value(self.identifier?)?,
            features: names(self.features)?,
            expiration: choice(self.expiration, "Enabled", "Disabled")?,
        })
    }
}

impl<'a> DeleteMembers<'a> {
    pub(super) fn accept(self) -> Option<DeleteRecord<'a>> {
        Some(DeleteRecord {
            group: group(self.group)?,
            identifier: value(self.identifier?)?,
            event_time: value(self.event_time?)?,
            targets: targets(self.targets)?,
            hard: choice(self.mode, "HardDelete", "SoftDelete")?,
        })
    }
}

impl<'a> UpdateMembers<'a> {
    pub(super) fn accept(self) -> Option<UpdateRecord<'a>> {
        Some(UpdateRecord {
            group: group(self.group)?,
            identifier: value(self.identifier?)?,
            features: record(self.features)?,
            targets: targets(self.targets)?,
            ttl: ttl(self.ttl)?,
        })
    }
}

impl<'a> IdentifiersMembers<'a> {
    fn accept(self) -> Option<BatchIdentifiers<'a>> {
        let identifiers = self.identifiers.filter(|texts| !texts.is_empty())?;
        Some(BatchIdentifiers {
            group: group(self.group)?,
            identifiers: values(identifiers, MAX_BATCH_GET)?,
            features: names(self.features)?,
        })
    }
}

impl<'a> BatchGetMembers<'a> {
    pub(super) fn accept(self) -> Option<BatchGetRecord<'a>> {
        let identifiers = self.identifiers?;
        if identifiers.is_empty() || identifiers.len() > MAX_BATCH_GET {
            return None;
        }
        let identifiers = identifiers.into_iter().map(IdentifiersMembers::accept);
        Some(BatchGetRecord {
            identifiers: identifiers.collect::<Option<_>>()?,
            expiration: choice(self.expiration, "Enabled", "Disabled")?,
        })
    }
}

impl<'a> BatchWriteMembers<'a> {
    pub(super) fn accept(self) -> Option<BatchWriteRecord<'a>> {
        let entries = self.entries?;
        if entries.is_empty() || entries.len() > MAX_BATCH_WRITE {
            return None;
        }
        let entries = entries.into_iter().map(PutMembers::accept);
        Some(BatchWriteRecord {
            entries: entries.collect::<Option<_>>()?,
            ttl: ttl(self.ttl)?,
        })
    }
}

impl<'a> ListMembers<'a> {
    pub(super) fn accept(self) -> Option<ListRecords<'a>> {
        let next_token = self.next_token.map(|token| token.0);
        let fits = |token: &Cow<'_, str>| (1..=MAX_TOKEN).contains(&token.chars().count());
        if !next_token.as_ref().is_none_or(fits) {
            return None;
        }
        Some(ListRecords {
            group: group(self.group)?,
            max_results: match self.max_results {
                Some(number) if (1..=100).contains(&number) => Some(number),
                Some(_) => return None,
                None => None,
            },
            next_token,
            include_deleted: self.include_deleted.unwrap_or_default(),
        })
    }
}
