//! PutRecord and BatchWriteRecord.

use rempart_aws_wire::ServiceError;
use rempart_online::Condition;
use serde_json::Value;

use super::access::{Missing, Open};
use super::call::{Call, text};
use super::given::{Given, Rules};
use super::refusal::invalid;
use super::settings::EqualEventTime;
use super::time::LATEST;
use super::write::{OfflineWrite, Online, Write};
use super::{Answer, Data, codec, json};
use crate::group::{Ttl, TtlUnit};

/// The stores that a call means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stores {
    pub(crate) online: bool,
    pub(crate) offline: bool,
}

impl Data {
    pub(crate) fn put_record(
        &self,
        call: &Call<'_>,
        input: &Value,
    ) -> Result<Answer, ServiceError> {
        let write = self.prepare_put(call, input, None, false, Missing::Invalid)?;
        call.saw_record(write.blind);
        self.take_write_units(&write.open, write.blind, write.size(), call.now)?;
        self.write(std::slice::from_ref(&write))?;
        Ok(Answer::None)
    }

    pub(crate) fn batch_write_record(
        &self,
        call: &Call<'_>,
        input: &Value,
    ) -> Result<Answer, ServiceError> {
        let entries = input
            .get("Entries")
            .and_then(Value::as_array)
            .filter(|entries| (1..=25).contains(&entries.len()))
            .ok_or_else(|| invalid("Validation Error: Entries has to hold 1 to 25 entries"))?;
        let common_ttl = ttl(input)?;
        let mut errors: Vec<(&Value, ServiceError)> = Vec::new();
        let mut writes: Vec<(&Value, Write)> = Vec::new();
        for entry in entries {
            let prepared = self
                .prepare_put(call, entry, common_ttl, true, Missing::NotFound)
                .and_then(|write| {
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
        let (sent, writes): (Vec<&Value>, Vec<Write>) = writes.into_iter().unzip();
        if !writes.is_empty()
            && let Err(error) = self.write(&writes)
        {
            errors.extend(sent.into_iter().map(|entry| (entry, error.clone())));
        }
        for (entry, error) in &errors {
            let group = text(entry, "FeatureGroupName").unwrap_or_default();
            call.refused_entry(group, &error.code);
        }
        batch_answer(&errors)
    }

    /// Checks one record and all that must be allowed for it.
    fn prepare_put(
        &self,
        call: &Call<'_>,
        input: &Value,
        common_ttl: Option<Ttl>,
        is_batch: bool,
        missing: Missing,
    ) -> Result<Write, ServiceError> {
        let name = group_name(input)?;
        let open = self.group(call, name, missing, |view, arn| {
            if is_batch {
                self.may(call, view, arn, &self.actions.batch_write, &[])?;
            }
            self.may_put(call, view, arn, None)
        })?;
        let material = self.row_keys(call, &open)?;
        let view = &open.view;
        let stores = stores(&open, input)?;
        let rules = self.rules();
        let given = Given::read(&view.schema, input.get("Record"), rules)?;
        let identifier = given.identifier(&view.schema)?;
        let event_time = given.required_event_time(&view.schema, rules)?;
        let ttl = match ttl(input)?.or(common_ttl) {
            Some(ttl) => Some(ttl),
            None => view.group.online.as_ref().and_then(|online| online.ttl),
        };
        let record = codec::encode(&given);
        let offline = stores.offline.then(|| OfflineWrite {
            record: record.clone(),
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
            identifier: identifier.to_owned(),
            event_time,
            expires_at: ttl.map(|ttl| expiry(event_time, ttl)),
            online,
            offline,
            now: call.now,
            material,
            open,
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

/// The member `FeatureGroupName`.
pub(crate) fn group_name(input: &Value) -> Result<&str, ServiceError> {
    text(input, "FeatureGroupName")
        .filter(|name| !name.is_empty() && name.len() <= 150)
        .ok_or_else(|| {
            invalid("Validation Error: FeatureGroupName is missing or longer than 150 characters")
        })
}

/// The member `TargetStores`, against what the group has.
pub(crate) fn stores(open: &Open, input: &Value) -> Result<Stores, ServiceError> {
    let group = &open.view.group;
    let has = Stores {
        online: group.online.is_some(),
        offline: group.offline.is_some(),
    };
    let Some(list) = input.get("TargetStores").filter(|list| !list.is_null()) else {
        return Ok(has);
    };
    let list = list
        .as_array()
        .filter(|list| !list.is_empty())
        .ok_or_else(|| invalid("Validation Error: TargetStores has to name a store"))?;
    let mut asked = Stores {
        online: false,
        offline: false,
    };
    for store in list {
        match store.as_str() {
            Some("OnlineStore") if has.online => asked.online = true,
            Some("OfflineStore") if has.offline => asked.offline = true,
            Some(name @ ("OnlineStore" | "OfflineStore")) => {
                return Err(invalid(format!(
                    "Validation Error: TargetStores names {name}, which FeatureGroup [{}] does not have",
                    group.name
                )));
            }
            _ => {
                return Err(invalid(
                    "Validation Error: TargetStores holds OnlineStore and OfflineStore only",
                ));
            }
        }
    }
    Ok(asked)
}

/// The member `TtlDuration`.
pub(crate) fn ttl(input: &Value) -> Result<Option<Ttl>, ServiceError> {
    let Some(ttl) = input.get("TtlDuration").filter(|ttl| !ttl.is_null()) else {
        return Ok(None);
    };
    let unit = match text(ttl, "Unit") {
        Some("Seconds") => TtlUnit::Seconds,
        Some("Minutes") => TtlUnit::Minutes,
        Some("Hours") => TtlUnit::Hours,
        Some("Days") => TtlUnit::Days,
        Some("Weeks") => TtlUnit::Weeks,
        _ => {
            return Err(invalid(
                "Validation Error: TtlDuration.Unit has to be Seconds, Minutes, Hours, Days or Weeks",
            ));
        }
    };
    let value = ttl
        .get("Value")
        .and_then(Value::as_u64)
        .and_then(|value| u32::try_from(value).ok())
        .filter(|value| *value >= 1)
        .ok_or_else(|| {
            invalid("Validation Error: TtlDuration.Value has to be a whole number from 1")
        })?;
    Ok(Some(Ttl { unit, value }))
}

/// When a record with this event time and duration expires.
pub(crate) fn expiry(event_time: i64, ttl: Ttl) -> i64 {
    event_time.saturating_add(ttl.millis()).min(LATEST)
}

fn batch_answer(errors: &[(&Value, ServiceError)]) -> Result<Answer, ServiceError> {
    let mut out = Vec::from(&b"{\"Errors\":["[..]);
    let mut is_first = true;
    for (entry, error) in errors {
        json::comma(&mut out, &mut is_first);
        out.extend_from_slice(b"{\"Entry\":");
        serde_json::to_writer(&mut out, entry)
            .map_err(|_| super::refusal::internal("The answer cannot be written"))?;
        out.extend_from_slice(b",\"ErrorCode\":");
        json::string(&mut out, &error.code);
        out.extend_from_slice(b",\"ErrorMessage\":");
        json::string(&mut out, &error.message);
        out.push(b'}');
    }
    out.extend_from_slice(b"],\"UnprocessedEntries\":[]}");
    Ok(Answer::Json(out))
}
