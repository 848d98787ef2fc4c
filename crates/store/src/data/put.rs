//! PutRecord and BatchWriteRecord.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use rempart_aws_wire::records::{
    BatchWriteRecord, FeatureValue, PutRecord, TargetStores, TtlDuration,
};
use rempart_aws_wire::{ServiceError, push_json_string};
use rempart_online::Condition;

use super::access::{Missing, Open};
use super::call::Call;
use super::given::{Given, Rules};
use super::material::Material;
use super::refusal::invalid;
use super::settings::EqualEventTime;
use super::time::LATEST;
use super::write::{OfflineWrite, Online, Write};
use super::{Answer, Data, codec};
use crate::group::Ttl;

/// The stores that a call means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stores {
    pub(crate) online: bool,
    pub(crate) offline: bool,
}

/// A group that the caller may write records into, and its keys.
struct Writable {
    open: Open,
    material: Arc<Material>,
}

impl Data {
    pub(crate) fn put_record(
        &self,
        call: &Call<'_>,
        input: &PutRecord<'_>,
    ) -> Result<Answer, ServiceError> {
        let group = self.writable(call, &input.group, false, Missing::Invalid)?;
        let write = self.prepare_put(call, input, &group, None)?;
        call.saw_record(write.blind);
        self.take_write_units(&write.open, write.blind, write.size(), call.now)?;
        self.write(std::slice::from_ref(&write))?;
        Ok(Answer::None)
    }

    pub(crate) fn batch_write_record(
        &self,
        call: &Call<'_>,
        input: &BatchWriteRecord<'_>,
    ) -> Result<Answer, ServiceError> {
        // What one call may is decided once for each group that it names.
        let mut groups: BTreeMap<&str, Result<Writable, ServiceError>> = BTreeMap::new();
        let mut errors: Vec<(&PutRecord<'_>, ServiceError)> = Vec::new();
        let mut writes: Vec<(&PutRecord<'_>, Write<'_>)> = Vec::with_capacity(input.entries.len());
        for entry in &input.entries {
            let name = &*entry.group;
            let group = groups
                .entry(name)
                .or_insert_with(|| self.writable(call, name, true, Missing::NotFound));
            let prepared = match group {
                Ok(group) => self.prepare_put(call, entry, group, input.ttl),
                Err(error) => Err(error.clone()),
            };
            let prepared = prepared.and_then(|write| {
                call.saw_record(write.blind);
                self.take_write_units(&write.open, write.blind, write.size(), call.now)?;
                Ok(write)
            });
            match prepared {
                Ok(write) => writes.push((entry, write)),
                Err(error) => errors.push((entry, error)),
            }
        }
        // A stable sort: what has the same event time stays in the order of the call.
        writes.sort_by_key(|(_, write)| write.event_time);
        let (sent, writes): (Vec<&PutRecord<'_>>, Vec<Write<'_>>) = writes.into_iter().unzip();
        if !writes.is_empty()
            && let Err(error) = self.write(&writes)
        {
            errors.extend(sent.into_iter().map(|entry| (entry, error.clone())));
        }
        for (entry, error) in &errors {
            call.refused_entry(&entry.group, &error.code);
        }
        Ok(batch_answer(&errors))
    }

    /// Finds a group and asks all that must be allowed for writing records into it.
    fn writable(
        &self,
        call: &Call<'_>,
        name: &str,
        is_batch: bool,
        missing: Missing,
    ) -> Result<Writable, ServiceError> {
        let open = self.group(call, name, missing, |view, arn| {
            if is_batch {
                self.may(call, view, arn, &self.actions.batch_write, &[])?;
            }
            self.may_put(call, view, arn, None)
        })?;
        let material = self.row_keys(call, &open)?;
        Ok(Writable { open, material })
    }

    /// Checks one record.
    fn prepare_put<'a>(
        &self,
        call: &Call<'_>,
        input: &'a PutRecord<'a>,
        group: &Writable,
        common_ttl: Option<TtlDuration>,
    ) -> Result<Write<'a>, ServiceError> {
        let Writable { open, material } = group;
        let view = &open.view;
        let stores = stores(open, input.targets)?;
        let rules = self.rules();
        let given = Given::read(&view.schema, &input.record, rules)?;
        let identifier = given.identifier(&view.schema)?;
        let event_time = given.required_event_time(&view.schema, rules)?;
        let ttl = match input.ttl.or(common_ttl) {
            Some(ttl) => Some(millis(ttl)),
            None => view
                .group
                .online
                .as_ref()
                .and_then(|online| online.ttl)
                .map(Ttl::millis),
        };
        let record = Rc::new(codec::encode(&given));
        let offline = stores.offline.then(|| OfflineWrite {
            record: Rc::clone(&record),
            is_deleted: false,
            only_if_applied: false,
        });
        let online = if stores.online {
            Online::Record(self.newer(event_time, call.now), record)
        } else {
            Online::Nothing
        };
        Ok(Write {
            blind: material.blind(identifier),
            identifier,
            event_time,
            expires_at: ttl.map(|ttl| expiry(event_time, ttl)),
            online,
            offline,
            now: call.now,
            material: Arc::clone(material),
            open: open.clone(),
        })
    }

    /// When a put applies online.
    fn newer(&self, event_time: i64, now: i64) -> Condition {
        Condition::NotOlder {
            event_time,
            on_equal: self.settings.equal_event_time == EqualEventTime::Overwrite,
            now,
        }
    }

    pub(crate) fn rules(&self) -> Rules {
        Rules {
            nanoseconds: self.settings.nanosecond_event_times,
        }
    }
}

/// The member `TargetStores`, against what the group has.
pub(crate) fn stores(open: &Open, asked: Option<TargetStores>) -> Result<Stores, ServiceError> {
    let group = &open.view.group;
    let has = Stores {
        online: group.online.is_some(),
        offline: group.offline.is_some(),
    };
    let Some(asked) = asked else {
        return Ok(has);
    };
    let missing = match (asked, has) {
        (TargetStores { online: true, .. }, Stores { online: false, .. }) => "OnlineStore",
        (TargetStores { offline: true, .. }, Stores { offline: false, .. }) => "OfflineStore",
        (TargetStores { online, offline }, _) => return Ok(Stores { online, offline }),
    };
    Err(invalid(format!(
        "Validation Error: TargetStores names {missing}, which FeatureGroup [{}] does not have",
        group.name
    )))
}

/// A `TtlDuration` in milliseconds.
pub(crate) fn millis(ttl: TtlDuration) -> i64 {
    ttl.seconds().saturating_mul(1_000)
}

/// When a record with this event time and duration in milliseconds expires.
pub(crate) fn expiry(event_time: i64, ttl: i64) -> i64 {
    event_time.saturating_add(ttl).min(LATEST)
}

fn batch_answer(errors: &[(&PutRecord<'_>, ServiceError)]) -> Answer {
    let mut out = Vec::from(&b"{\"Errors\":["[..]);
    let mut is_first = true;
    for (entry, error) in errors {
        codec::comma(&mut out, &mut is_first);
        out.extend_from_slice(b"{\"Entry\":");
        write_entry(&mut out, entry);
        out.extend_from_slice(b",\"ErrorCode\":");
        push_json_string(&mut out, &error.code);
        out.extend_from_slice(b",\"ErrorMessage\":");
        push_json_string(&mut out, &error.message);
        out.push(b'}');
    }
    out.extend_from_slice(b"],\"UnprocessedEntries\":[]}");
    Answer::Json(out)
}

/// Appends an entry of a batch as it was given, so that it can be sent again.
fn write_entry(out: &mut Vec<u8>, entry: &PutRecord<'_>) {
    out.extend_from_slice(b"{\"FeatureGroupName\":");
    push_json_string(out, &entry.group);
    out.extend_from_slice(b",\"Record\":");
    list(out, &entry.record, write_feature);
    if let Some(targets) = entry.targets {
        out.extend_from_slice(b",\"TargetStores\":");
        let stores = [
            (targets.online, "OnlineStore"),
            (targets.offline, "OfflineStore"),
        ];
        let stores = stores.into_iter().filter(|(is_asked, _)| *is_asked);
        list(out, stores, |out, (_, name)| push_json_string(out, name));
    }
    if let Some(ttl) = entry.ttl {
        let unit = ttl.unit.name();
        let text = format!(
            ",\"TtlDuration\":{{\"Unit\":\"{unit}\",\"Value\":{}}}",
            ttl.value
        );
        out.extend_from_slice(text.as_bytes());
    }
    out.push(b'}');
}

fn write_feature(out: &mut Vec<u8>, feature: &FeatureValue<'_>) {
    out.extend_from_slice(b"{\"FeatureName\":");
    push_json_string(out, &feature.name);
    if let Some(text) = &feature.text {
        out.extend_from_slice(b",\"ValueAsString\":");
        push_json_string(out, text);
    }
    if let Some(texts) = &feature.list {
        out.extend_from_slice(b",\"ValueAsStringList\":");
        list(out, texts, |out, text: &Cow<'_, str>| {
            push_json_string(out, text)
        });
    }
    out.push(b'}');
}

fn list<T>(out: &mut Vec<u8>, items: impl IntoIterator<Item = T>, write: impl Fn(&mut Vec<u8>, T)) {
    out.push(b'[');
    let mut is_first = true;
    for item in items {
        codec::comma(out, &mut is_first);
        write(out, item);
    }
    out.push(b']');
}
