//! Queue entries as rows of the lake.

use std::collections::{BTreeMap, HashMap};

use rempart_aws_wire::ServiceError;
use rempart_lake::{Cell, Column, ColumnKind, OfflineRow, Scalar, Table, TableFormat};
use rempart_online::{QueueEntry, RowKey};

use super::blocked;
use crate::data::Data;
use crate::data::access::Open;
use crate::data::codec::{self, StoredValue};
use crate::data::material::Material;
use crate::data::metrics::add;
use crate::data::queue;
use crate::data::refusal::engine;
use crate::data::row;
use crate::data::schema::{Feature, Schema};
use crate::data::seal::Key;
use crate::data::view::View;
use crate::group::FeatureType;

/// A subject's key and its mark.
type MarkedKey = (Key, [u8; 8]);

/// The rows of one partition, in the order of the queue.
#[derive(Debug, Default)]
pub(crate) struct Partition {
    pub(crate) rows: Vec<OfflineRow>,
}

impl Data {
    /// Opens entries and sorts them into partitions. Entries of erased subjects are left out.
    pub(super) fn open_entries(
        &self,
        open: &Open,
        material: &Material,
        table: &Table,
        entries: &[QueueEntry],
    ) -> Result<BTreeMap<i64, Partition>, ServiceError> {
        let view = &open.view;
        let mut heads = Vec::with_capacity(entries.len());
        let mut keys: Vec<RowKey> = Vec::new();
        let mut places: HashMap<[u8; 16], usize> = HashMap::new();
        for entry in entries {
            let (head, sealed) = queue::head(&entry.sealed).ok_or_else(|| self.bad_entry())?;
            places.entry(head.blind).or_insert_with(|| {
                keys.push(view.row_key(head.blind));
                keys.len() - 1
            });
            heads.push((head, sealed));
        }
        let subjects = self.subjects(view, material, &keys)?;
        let mut partitions: BTreeMap<i64, Partition> = BTreeMap::new();
        for (head, sealed) in heads {
            let subject = places
                .get(&head.blind)
                .and_then(|at| subjects.get(*at))
                .and_then(Option::as_ref)
                .filter(|(_, check)| *check == head.subject_check);
            let Some((subject, _)) = subject else {
                add(&self.metrics.shredded_queue_rows, 1);
                continue;
            };
            let record = queue::open_entry(view, material, subject, &head, sealed)
                .map_err(|_| self.bad_entry())?;
            let cells = cells(&view.schema, &record)
                .ok_or_else(|| blocked("a queued row does not fit the definitions"))?;
            partitions
                .entry(self.lake.partition(table, head.event_time))
                .or_default()
                .rows
                .push(OfflineRow {
                    cells,
                    event_time: head.event_time,
                    api_invocation_time: head.api_invocation_time,
                    is_deleted: head.is_deleted,
                });
        }
        Ok(partitions)
    }

    fn subjects(
        &self,
        view: &View,
        material: &Material,
        keys: &[RowKey],
    ) -> Result<Vec<Option<MarkedKey>>, ServiceError> {
        let secrets = self.engine.secrets(keys).map_err(|error| engine(&error))?;
        keys.iter()
            .zip(secrets)
            .map(|(key, secret)| {
                let Some(secret) = secret else {
                    return Ok(None);
                };
                let subject = row::open_subject(view, material, key.blind, &secret)
                    .map_err(|_| self.bad_entry())?;
                let check = row::subject_check(&subject);
                Ok(Some((subject, check)))
            })
            .collect()
    }
}

/// The offline table of a group.
pub(crate) fn table(view: &View) -> Table {
    let group = &view.group;
    let iceberg = group
        .offline
        .as_ref()
        .is_some_and(|offline| offline.iceberg);
    Table {
        path: path(view),
        columns: columns(&view.schema),
        identifier: group.identifier.clone(),
        event_time: group.event_time.clone(),
        format: if iceberg {
            TableFormat::Iceberg
        } else {
            TableFormat::Glue
        },
    }
}

/// Columns in the order of the definitions.
pub(crate) fn columns(schema: &Schema) -> Vec<Column> {
    schema
        .features()
        .iter()
        .map(|feature| {
            let scalar = match feature.kind {
                FeatureType::String => Scalar::String,
                FeatureType::Integral => Scalar::Integral,
                FeatureType::Fractional => Scalar::Fractional,
            };
            Column {
                name: feature.name.to_string(),
                kind: match feature.collection {
                    None => ColumnKind::Scalar(scalar),
                    Some(_) => ColumnKind::List(scalar),
                },
            }
        })
        .collect()
}

/// The cells of a stored record; `None` when a value does not fit its feature, which writes prevent.
pub(crate) fn cells(schema: &Schema, record: &[u8]) -> Option<Vec<Cell>> {
    let mut cells = vec![Cell::Null; schema.len()];
    for entry in codec::entries(record).ok()? {
        let (index, value) = entry.ok()?;
        let feature = schema.feature(index)?;
        *cells.get_mut(usize::from(index))? = cell(feature, value)?;
    }
    Some(cells)
}

fn cell(feature: &Feature, value: StoredValue<'_>) -> Option<Cell> {
    match value {
        StoredValue::Text(text) => Some(match feature.kind {
            FeatureType::String => Cell::Text(text.to_owned()),
            FeatureType::Integral => Cell::Integer(text.parse().ok()?),
            FeatureType::Fractional => Cell::Float(text.parse().ok()?),
        }),
        StoredValue::List(list) => {
            let texts = list.iter().map(Result::ok);
            Some(match feature.kind {
                FeatureType::String => Cell::Texts(
                    texts
                        .map(|text| text.map(str::to_owned))
                        .collect::<Option<_>>()?,
                ),
                FeatureType::Integral => Cell::Integers(
                    texts
                        .map(|text| text?.parse().ok())
                        .collect::<Option<_>>()?,
                ),
                FeatureType::Fractional => Cell::Floats(
                    texts
                        .map(|text| text?.parse().ok())
                        .collect::<Option<_>>()?,
                ),
            })
        }
    }
}

/// `<prefix in the bucket>/<account>/sagemaker/<region>/offline-store/<group>-<epoch>/data`, with the
/// bucket before it: stores of several buckets share the root of a lake.
fn path(view: &View) -> String {
    let uri = view
        .group
        .offline
        .as_ref()
        .map_or("", |offline| offline.resolved_uri.as_str());
    let path = uri
        .strip_prefix("s3://")
        .or_else(|| uri.strip_prefix("https://"))
        .unwrap_or(uri);
    path.trim_matches('/').to_owned()
}
