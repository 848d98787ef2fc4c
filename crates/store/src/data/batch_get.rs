//! BatchGetRecord.

use std::sync::Arc;

use rempart_aws_wire::records::{BatchGetRecord, BatchIdentifiers};
use rempart_aws_wire::{ServiceError, push_json_string};
use rempart_online::{RowKey, Stored};

use super::access::{Missing, Open, wanted};
use super::call::Call;
use super::codec::Wanted;
use super::given::check_identifier;
use super::material::Material;
use super::metrics::read_units;
use super::read::{Found, feature_names, is_current, needs_online, open_row};
use super::refusal::{engine, invalid};
use super::units::Units;
use super::{Answer, Data, codec};

/// The lists of the answer.
struct Lists {
    records: Vec<u8>,
    errors: Vec<u8>,
    unprocessed: Vec<u8>,
    has_no_record: bool,
    has_no_error: bool,
    has_no_unprocessed: bool,
}

/// A group of the request whose checks have passed.
struct Opened {
    open: Open,
    material: Arc<Material>,
    wanted: Wanted,
}

impl Data {
    pub(crate) fn batch_get_record(
        &self,
        call: &Call<'_>,
        input: &BatchGetRecord<'_>,
    ) -> Result<Answer, ServiceError> {
        let items = &input.identifiers;
        let total: usize = items.iter().map(|item| item.identifiers.len()).sum();
        if total > self.settings.batch_get_records {
            return Err(invalid(format!(
                "Validation Error: at most {} records can be read by one call",
                self.settings.batch_get_records
            )));
        }
        let mut lists = Lists {
            records: Vec::from(&b"{\"Records\":["[..]),
            errors: Vec::from(&b"],\"Errors\":["[..]),
            unprocessed: Vec::from(&b"],\"UnprocessedIdentifiers\":["[..]),
            has_no_record: true,
            has_no_error: true,
            has_no_unprocessed: true,
        };
        for item in items {
            match self.open_for_batch(call, item) {
                Ok(opened) => {
                    self.batch_group(call, &opened, item, input.expiration, &mut lists)?
                }
                Err(error) => {
                    for identifier in &item.identifiers {
                        lists.error(&item.group, identifier, &error);
                    }
                    call.refused_entry(&item.group, &error.code);
                }
            }
        }
        let mut out = lists.records;
        out.extend_from_slice(&lists.errors);
        out.extend_from_slice(&lists.unprocessed);
        out.extend_from_slice(b"]}");
        Ok(Answer::Json(out))
    }

    fn open_for_batch(
        &self,
        call: &Call<'_>,
        item: &BatchIdentifiers<'_>,
    ) -> Result<Opened, ServiceError> {
        let names = feature_names(item.features.as_deref())?;
        let mut readable = None;
        let open = self.group(call, &item.group, Missing::NotFound, |view, arn| {
            readable = self.may_read(call, view, arn, &self.actions.batch_get, names.as_deref())?;
            Ok(())
        })?;
        let material = self.row_keys(call, &open)?;
        needs_online(&open.view)?;
        let wanted = wanted(
            &open.view.schema,
            names.as_deref(),
            readable.as_deref(),
            self.settings.refuse_unknown_names,
        )?;
        Ok(Opened {
            open,
            material,
            wanted,
        })
    }

    fn batch_group(
        &self,
        call: &Call<'_>,
        opened: &Opened,
        item: &BatchIdentifiers<'_>,
        wants_expiry: bool,
        lists: &mut Lists,
    ) -> Result<(), ServiceError> {
        let (name, identifiers) = (&*item.group, item.identifiers.as_slice());
        let view = &opened.open.view;
        let blinds: Vec<[u8; 16]> = identifiers
            .iter()
            .map(|identifier| opened.material.blind(identifier))
            .collect();
        let keys: Vec<RowKey> = blinds.iter().map(|blind| view.row_key(*blind)).collect();
        let read = || {
            let rows = self.engine.get_many(&keys)?;
            let secrets = self.engine.secrets(&keys)?;
            Ok(rows.into_iter().zip(secrets))
        };
        let pairs = match read() {
            Ok(pairs) => pairs,
            Err(error) => {
                let error = engine(&error);
                for identifier in identifiers {
                    lists.error(name, identifier, &error);
                }
                call.refused_entry(name, &error.code);
                return Ok(());
            }
        };
        let mut unprocessed = Vec::new();
        for ((identifier, blind), (stored, secret)) in identifiers.iter().zip(blinds).zip(pairs) {
            call.saw_record(blind);
            if let Err(error) = check_identifier(identifier) {
                lists.error(name, identifier, &error);
                continue;
            }
            if lists.records.len() > self.settings.answer_bytes {
                unprocessed.push(&**identifier);
                continue;
            }
            let found = match self.found(call, opened, blind, stored, secret.as_deref()) {
                Ok(found) => found,
                Err(error) => {
                    lists.error(name, identifier, &error);
                    continue;
                }
            };
            let size = match &found {
                Found::Record { record, .. } => record.len(),
                _ => 0,
            };
            let units = Units {
                read: read_units(size),
                write: 0,
            };
            if self
                .take_units(&opened.open, blind, units, call.now)
                .is_err()
            {
                unprocessed.push(&**identifier);
                continue;
            }
            let Found::Record { stored, record } = found else {
                continue;
            };
            let out = &mut lists.records;
            codec::comma(out, &mut lists.has_no_record);
            out.extend_from_slice(b"{\"FeatureGroupName\":");
            push_json_string(out, name);
            out.extend_from_slice(b",\"RecordIdentifierValueAsString\":");
            push_json_string(out, identifier);
            out.push(b',');
            let expires_at = stored.row.expires_at.filter(|_| wants_expiry);
            self.write_record(out, view, &record, &opened.wanted, expires_at)?;
            out.push(b'}');
        }
        lists.unprocessed(&unprocessed, item);
        Ok(())
    }

    fn found(
        &self,
        call: &Call<'_>,
        opened: &Opened,
        blind: [u8; 16],
        stored: Option<Stored>,
        secret: Option<&[u8]>,
    ) -> Result<Found, ServiceError> {
        let view = &opened.open.view;
        let Some(stored) = stored.filter(|stored| is_current(stored, call.now)) else {
            return Ok(Found::Nothing);
        };
        if stored.row.is_deleted {
            return Ok(Found::Marker);
        }
        let Some(secret) = secret else {
            return Ok(Found::Nothing);
        };
        match open_row(view, &opened.material, blind, &stored, secret) {
            Some(record) => Ok(Found::Record { stored, record }),
            // The row may have changed between the two reads: once more, by itself.
            None => self.find_row(view, &opened.material, blind, call.now),
        }
    }
}

impl Lists {
    fn error(&mut self, group: &str, identifier: &str, error: &ServiceError) {
        let out = &mut self.errors;
        codec::comma(out, &mut self.has_no_error);
        out.extend_from_slice(b"{\"FeatureGroupName\":");
        push_json_string(out, group);
        out.extend_from_slice(b",\"RecordIdentifierValueAsString\":");
        push_json_string(out, identifier);
        out.extend_from_slice(b",\"ErrorCode\":");
        push_json_string(out, &error.code);
        out.extend_from_slice(b",\"ErrorMessage\":");
        push_json_string(out, &error.message);
        out.push(b'}');
    }

    fn unprocessed(&mut self, identifiers: &[&str], item: &BatchIdentifiers<'_>) {
        if identifiers.is_empty() {
            return;
        }
        let out = &mut self.unprocessed;
        codec::comma(out, &mut self.has_no_unprocessed);
        out.extend_from_slice(b"{\"FeatureGroupName\":");
        push_json_string(out, &item.group);
        out.extend_from_slice(b",\"RecordIdentifiersValueAsString\":[");
        let mut is_first = true;
        for identifier in identifiers {
            codec::comma(out, &mut is_first);
            push_json_string(out, identifier);
        }
        out.push(b']');
        if let Some(names) = &item.features {
            out.extend_from_slice(b",\"FeatureNames\":[");
            let mut is_first = true;
            for name in names {
                codec::comma(out, &mut is_first);
                push_json_string(out, name);
            }
            out.push(b']');
        }
        out.push(b'}');
    }
}
