//! UpdateRecord.

use std::rc::Rc;
use std::sync::Arc;

use rempart_aws_wire::ServiceError;
use rempart_aws_wire::records::UpdateRecord;
use rempart_online::Condition;

use super::access::{Missing, Open};
use super::call::Call;
use super::given::{Given, LARGEST_RECORD, check_identifier, too_large};
use super::material::Material;
use super::metrics::{read_units, write_units};
use super::put::{Stores, expiry, millis, stores};
use super::read::Found;
use super::refusal::{conflict, internal, invalid, not_found, unavailable};
use super::units::Units;
use super::write::{MOST_TRIES, OfflineWrite, Online, Write};
use super::{Answer, Data, codec};
use crate::group::StorageType;

/// Features in one update.
const MOST_FEATURES: usize = 100;

impl Data {
    pub(crate) fn update_record(
        &self,
        call: &Call<'_>,
        input: &UpdateRecord<'_>,
    ) -> Result<Answer, ServiceError> {
        // Before it is decided: what a decision costs grows with the names.
        if input.features.len() > MOST_FEATURES {
            return Err(invalid(format!(
                "Validation Error: Features holds more than {MOST_FEATURES} features"
            )));
        }
        let names: Vec<Arc<str>> = input
            .features
            .iter()
            .map(|feature| Arc::from(&*feature.name))
            .collect();
        let open = self.group(call, &input.group, Missing::NotFound, |view, arn| {
            self.may_put(call, view, arn, Some(&names))
        })?;
        let material = self.row_keys(call, &open)?;
        let view = &open.view;
        match view.group.online.as_ref().map(|online| online.storage) {
            Some(StorageType::StandardV2 | StorageType::InMemory) => {}
            _ => {
                return Err(invalid(
                    "Validation Error: UpdateRecord needs an online store of storage type Standard_V2 or InMemory",
                ));
            }
        }
        let identifier = &*input.identifier;
        check_identifier(identifier)?;
        let given = Given::read(&view.schema, &input.features, self.rules())?;
        self.check_update(&open, &given, identifier)?;
        let event_time = given.event_time(&view.schema, self.rules());
        let ttl = input.ttl.map(millis);
        if ttl.is_some() && event_time.is_none() {
            return Err(invalid(
                "Validation Error: TtlDuration needs an event time among Features",
            ));
        }
        let stores = stores(&open, input.targets)?;
        let update = Update {
            open,
            material,
            identifier,
            given,
            event_time,
            ttl,
            stores,
        };
        let blind = update.material.blind(identifier);
        call.saw_record(blind);
        for _ in 0..MOST_TRIES {
            if self.try_update(call, &update, blind)? {
                return Ok(Answer::None);
            }
        }
        Err(unavailable(
            "Too many calls write this record at the same time",
        ))
    }

    /// One attempt; it fails when the record has changed since it was read.
    fn try_update(
        &self,
        call: &Call<'_>,
        update: &Update<'_>,
        blind: [u8; 16],
    ) -> Result<bool, ServiceError> {
        let view = &update.open.view;
        let found = self.find_row(view, &update.material, blind, call.now)?;
        let Found::Record { stored, record } = found else {
            return Err(not_found("The record does not exist"));
        };
        let old = stored.row.event_time;
        if update.event_time.is_some_and(|new| new < old) {
            return Err(conflict(
                "The event time of the update is before that of the record",
            ));
        }
        let event_time = update.event_time.unwrap_or(old);
        // An unchanged duration moves with the event time: ExpiresAt is always event time and duration.
        let expires_at = match update.ttl {
            Some(ttl) => Some(expiry(event_time, ttl)),
            None => stored
                .row
                .expires_at
                .map(|at| event_time.saturating_add(at.saturating_sub(old))),
        };
        let broken = |_| internal("A stored record does not read");
        let merged = Rc::new(codec::merge(&record, &update.given).map_err(broken)?);
        if codec::size(&view.schema, &merged).map_err(broken)? > LARGEST_RECORD {
            return Err(too_large());
        }
        let offline = if update.stores.offline {
            let record = if self.settings.merged_row_offline {
                Rc::clone(&merged)
            } else {
                let part = codec::only(&merged, |index| {
                    index == view.schema.identifier
                        || index == view.schema.event_time
                        || update.given.values.iter().any(|(at, _)| *at == index)
                });
                Rc::new(part.map_err(broken)?)
            };
            Some(OfflineWrite {
                record,
                is_deleted: false,
                only_if_applied: update.stores.online,
            })
        } else {
            None
        };
        self.take_units(
            &update.open,
            blind,
            Units {
                read: read_units(record.len()),
                write: write_units(merged.len()),
            },
            call.now,
        )?;
        let write = Write {
            open: update.open.clone(),
            material: Arc::clone(&update.material),
            blind,
            identifier: update.identifier,
            event_time,
            expires_at,
            online: if update.stores.online {
                Online::Record(Condition::Unchanged(stored.version), merged)
            } else {
                Online::Nothing
            },
            offline,
            now: call.now,
        };
        let applied = self.write(std::slice::from_ref(&write))?;
        Ok(!update.stores.online || applied.first() == Some(&true))
    }

    fn check_update(
        &self,
        open: &Open,
        given: &Given<'_>,
        identifier: &str,
    ) -> Result<(), ServiceError> {
        let schema = &open.view.schema;
        if given
            .text(schema.identifier)
            .is_some_and(|text| text != identifier)
            || given.without_value.contains(&schema.identifier)
        {
            return Err(invalid(
                "Validation Error: the record identifier cannot be changed",
            ));
        }
        if given.without_value.contains(&schema.event_time) {
            return Err(invalid(
                "Validation Error: the event time cannot be removed",
            ));
        }
        Ok(())
    }
}

struct Update<'a> {
    open: Open,
    material: Arc<Material>,
    identifier: &'a str,
    given: Given<'a>,
    event_time: Option<i64>,
    /// In milliseconds.
    ttl: Option<i64>,
    stores: Stores,
}
