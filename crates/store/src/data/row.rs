//! Rows: the sealed form of a record and of its subject's key.
//!
//! A row is version (1), schema version (4), length of the sealed identifier (4), sealed identifier,
//! sealed record; a marker of a soft delete has no record. Both are sealed under a key that needs the
//! data key and the subject's key: without the latter no copy of a row opens.

use bytes::Bytes;
use rempart_online::Row;
use zeroize::Zeroizing;

use super::material::{Material, ReadyKey};
use super::seal::{self, Aad, Key, Nonces, PreparedKey, SealError};
use super::view::{Kind, View};

const VERSION: u8 = 1;
const HEADER: usize = 1 + 4 + 4;

/// What a row is sealed for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RowPlace {
    pub(crate) blind: [u8; 16],
    pub(crate) event_time: i64,
    pub(crate) expires_at: Option<i64>,
    pub(crate) is_deleted: bool,
}

/// The key of a subject, and its sealed form where it is new.
pub(crate) struct Subject {
    pub(crate) key: Key,
    pub(crate) new: Option<Bytes>,
}

impl RowPlace {
    /// Blinded identifier and expiry, which the seal binds as one.
    fn name(&self) -> [u8; 25] {
        let mut name = [0; 25];
        let (blind, rest) = name.split_at_mut(16);
        blind.copy_from_slice(&self.blind);
        if let (Some(expires_at), Some((mark, time))) = (self.expires_at, rest.split_first_mut()) {
            *mark = 1;
            time.copy_from_slice(&expires_at.to_be_bytes());
        }
        name
    }
}

/// Seals a row. `record` is `None` for a marker.
pub(crate) fn seal_row(
    nonces: &mut Nonces,
    view: &View,
    material: &Material,
    subject: &Key,
    place: &RowPlace,
    identifier: &str,
    record: Option<&[u8]>,
) -> Result<Row, SealError> {
    let key = row_key(material.newest()?, subject);
    let version = view.schema.version;
    let name = place.name();
    let length = record.map_or(0, |record| record.len() + seal::OVERHEAD);
    let identifier_length = seal::OVERHEAD + identifier.len();
    let mut sealed = Vec::with_capacity(HEADER + identifier_length + length);
    sealed.push(VERSION);
    sealed.extend_from_slice(&version.to_le_bytes());
    let stated = u32::try_from(identifier_length).map_err(|_| SealError)?;
    sealed.extend_from_slice(&stated.to_le_bytes());
    let kind = identifier_kind(place);
    let aad = view.place(kind, version, &name, place.event_time);
    seal::seal_into(&mut sealed, &key, nonces, &aad, identifier.as_bytes())?;
    if let Some(record) = record {
        let aad = view.place(Kind::Record, version, &name, place.event_time);
        seal::seal_into(&mut sealed, &key, nonces, &aad, record)?;
    }
    Ok(Row {
        event_time: place.event_time,
        expires_at: place.expires_at,
        is_deleted: place.is_deleted,
        sealed: sealed.into(),
    })
}

/// Opens the features of a row.
pub(crate) fn open_record(
    view: &View,
    material: &Material,
    subject: &Key,
    blind: [u8; 16],
    row: &Row,
) -> Result<Zeroizing<Vec<u8>>, SealError> {
    let (place, parts) = parts(blind, row)?;
    let name = place.name();
    let aad = view.place(Kind::Record, parts.schema_version, &name, row.event_time);
    open(material, subject, &aad, parts.record)
}

/// Opens the identifier of a row.
pub(crate) fn open_identifier(
    view: &View,
    material: &Material,
    subject: &Key,
    blind: [u8; 16],
    row: &Row,
) -> Result<Zeroizing<Vec<u8>>, SealError> {
    let (place, parts) = parts(blind, row)?;
    let name = place.name();
    let kind = identifier_kind(&place);
    let aad = view.place(kind, parts.schema_version, &name, row.event_time);
    open(material, subject, &aad, parts.identifier)
}

/// The subject's key of a record, or a new one to be kept with the next write.
pub(crate) fn subject(
    nonces: &mut Nonces,
    view: &View,
    material: &Material,
    blind: [u8; 16],
    kept: Option<&[u8]>,
) -> Result<Subject, SealError> {
    if let Some(kept) = kept {
        return Ok(Subject {
            key: open_subject(view, material, blind, kept)?,
            new: None,
        });
    }
    let key = seal::new_key()?;
    let mut sealed = Vec::with_capacity(seal::OVERHEAD + key.len());
    seal::seal_into(
        &mut sealed,
        &material.newest()?.key,
        nonces,
        &view.place(Kind::Subject, 0, &blind, 0),
        key.as_slice(),
    )?;
    Ok(Subject {
        key,
        new: Some(sealed.into()),
    })
}

/// Opens the key of a subject.
pub(crate) fn open_subject(
    view: &View,
    material: &Material,
    blind: [u8; 16],
    sealed: &[u8],
) -> Result<Key, SealError> {
    let data_key = &material.key_of(sealed)?.key;
    let plain = seal::open(data_key, &view.place(Kind::Subject, 0, &blind, 0), sealed)?;
    if plain.len() != 32 {
        return Err(SealError);
    }
    Ok(Zeroizing::new(seal::first_bytes(&plain)))
}

/// The key of the rows of one subject.
fn row_key(data_key: &ReadyKey, subject: &Key) -> PreparedKey {
    let key = seal::combine(&data_key.maker, b"rempart/row-key/1", subject.as_slice());
    seal::prepare(&key, data_key.key.id())
}

struct Parts<'a> {
    schema_version: u32,
    identifier: &'a [u8],
    record: &'a [u8],
}

fn parts(blind: [u8; 16], row: &Row) -> Result<(RowPlace, Parts<'_>), SealError> {
    let place = RowPlace {
        blind,
        event_time: row.event_time,
        expires_at: row.expires_at,
        is_deleted: row.is_deleted,
    };
    let [VERSION, a, b, c, d, e, f, g, h, rest @ ..] = &*row.sealed else {
        return Err(SealError);
    };
    let length = u32::from_le_bytes([*e, *f, *g, *h]);
    let length = usize::try_from(length).map_err(|_| SealError)?;
    let (identifier, record) = rest.split_at_checked(length).ok_or(SealError)?;
    Ok((
        place,
        Parts {
            schema_version: u32::from_le_bytes([*a, *b, *c, *d]),
            identifier,
            record,
        },
    ))
}

fn identifier_kind(place: &RowPlace) -> Kind {
    if place.is_deleted {
        Kind::MarkerIdentifier
    } else {
        Kind::Identifier
    }
}

fn open(
    material: &Material,
    subject: &Key,
    aad: &Aad<'_>,
    sealed: &[u8],
) -> Result<Zeroizing<Vec<u8>>, SealError> {
    seal::open(&row_key(material.key_of(sealed)?, subject), aad, sealed)
}
