//! GetRecord.

use std::borrow::Cow;
use std::sync::Arc;

use rempart_aws_wire::records::GetRecord;
use rempart_aws_wire::{ServiceError, push_json_string};
use rempart_online::Stored;
use zeroize::Zeroizing;

use super::access::{Missing, wanted};
use super::call::Call;
use super::codec::Wanted;
use super::given::check_identifier;
use super::material::Material;
use super::metrics::{add, read_units};
use super::refusal::{engine, internal, invalid};
use super::row;
use super::units::Units;
use super::view::View;
use super::{Answer, Data, codec, time};

/// How often a row is read again that does not open: an erasure and a new write may come between the
/// reads of a row and of its subject's key.
const MOST_READS: usize = 4;

/// Names that one read may ask for: as many as a group may have features.
const MOST_NAMES: usize = 2_500;

/// What is found under an identifier.
pub(crate) enum Found {
    /// No record, or an expired or erased one
    Nothing,
    /// The marker of a soft delete
    Marker,
    /// A record
    Record {
        stored: Stored,
        record: Zeroizing<Vec<u8>>,
    },
}

impl Data {
    pub(crate) fn get_record(
        &self,
        call: &Call<'_>,
        input: &GetRecord<'_>,
    ) -> Result<Answer, ServiceError> {
        let names = feature_names(input.features.as_deref())?;
        let mut readable = None;
        let open = self.group(call, &input.group, Missing::NotFound, |view, arn| {
            readable = self.may_read(call, view, arn, &self.actions.get, names.as_deref())?;
            Ok(())
        })?;
        let material = self.row_keys(call, &open)?;
        let view = &open.view;
        needs_online(view)?;
        let identifier = &*input.identifier;
        check_identifier(identifier)?;
        let wanted = wanted(
            &view.schema,
            names.as_deref(),
            readable.as_deref(),
            self.settings.refuse_unknown_names,
        )?;
        let blind = material.blind(identifier);
        call.saw_record(blind);
        let found = self.find_row(view, &material, blind, call.now)?;
        let size = match &found {
            Found::Record { record, .. } => record.len(),
            _ => 0,
        };
        self.take_units(
            &open,
            blind,
            Units {
                read: read_units(size),
                write: 0,
            },
            call.now,
        )?;
        let Found::Record { stored, record } = found else {
            return Ok(Answer::Json(b"{}".to_vec()));
        };
        let mut out = Vec::with_capacity(record.len() + view.schema.len() * 48 + 64);
        out.push(b'{');
        let expires_at = stored.row.expires_at.filter(|_| input.expiration);
        self.write_record(&mut out, view, &record, &wanted, expires_at)?;
        out.push(b'}');
        Ok(Answer::Json(out))
    }

    /// Appends `"Record":[…]` and `"ExpiresAt":"…"`.
    pub(crate) fn write_record(
        &self,
        out: &mut Vec<u8>,
        view: &View,
        record: &[u8],
        wanted: &Wanted,
        expires_at: Option<i64>,
    ) -> Result<(), ServiceError> {
        out.extend_from_slice(b"\"Record\":[");
        codec::write_json(out, &view.schema, record, wanted).map_err(|_| {
            add(&self.metrics.damaged, 1);
            internal("A stored record does not read")
        })?;
        out.push(b']');
        if let Some(at) = expires_at {
            out.extend_from_slice(b",\"ExpiresAt\":");
            push_json_string(out, &time::format(at));
        }
        Ok(())
    }

    /// Reads and opens a row.
    pub(crate) fn find_row(
        &self,
        view: &View,
        material: &Material,
        blind: [u8; 16],
        now: i64,
    ) -> Result<Found, ServiceError> {
        let key = view.row_key(blind);
        for _ in 0..MOST_READS {
            let stored = self.engine.get(&key).map_err(|error| engine(&error))?;
            let Some(stored) = stored.filter(|stored| is_current(stored, now)) else {
                return Ok(Found::Nothing);
            };
            if stored.row.is_deleted {
                return Ok(Found::Marker);
            }
            let secret = self.engine.secret(&key).map_err(|error| engine(&error))?;
            // Without the key of its subject a row is an erased one.
            let Some(secret) = secret else {
                return Ok(Found::Nothing);
            };
            if let Some(record) = open_row(view, material, blind, &stored, &secret) {
                return Ok(Found::Record { stored, record });
            }
        }
        Err(self.damaged())
    }

    /// What a row that does not open is answered with, and counted.
    pub(crate) fn damaged(&self) -> ServiceError {
        add(&self.metrics.damaged, 1);
        internal("A stored record does not open: it is damaged or was tampered with")
    }
}

/// Opens a row with its subject's sealed key.
pub(crate) fn open_row(
    view: &View,
    material: &Material,
    blind: [u8; 16],
    stored: &Stored,
    secret: &[u8],
) -> Option<Zeroizing<Vec<u8>>> {
    let subject = row::open_subject(view, material, blind, secret).ok()?;
    row::open_record(view, material, &subject, blind, &stored.row).ok()
}

/// Whether a row has not expired.
pub(crate) fn is_current(stored: &Stored, now: i64) -> bool {
    stored.row.expires_at.is_none_or(|at| at > now)
}

/// Reads need an online store.
pub(crate) fn needs_online(view: &View) -> Result<(), ServiceError> {
    if view.group.online.is_some() {
        return Ok(());
    }
    Err(invalid(format!(
        "Validation Error: FeatureGroup [{}] has no online store",
        view.group.name
    )))
}

/// The member `FeatureNames`.
pub(crate) fn feature_names(
    names: Option<&[Cow<'_, str>]>,
) -> Result<Option<Vec<Arc<str>>>, ServiceError> {
    let Some(names) = names else {
        return Ok(None);
    };
    if names.len() > MOST_NAMES {
        return Err(invalid(
            "Validation Error: FeatureNames has to name 1 to 2500 features",
        ));
    }
    Ok(Some(names.iter().map(|name| Arc::from(&**name)).collect()))
}
