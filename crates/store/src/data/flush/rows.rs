//! Queue entries as rows of the lake.

use std::collections::{BTreeMap, HashSet};

use rempart_aws_wire::ServiceError;
use rempart_lake::{Cell, Column, ColumnKind, OfflineRow, Scalar, Table, TableFormat};
use rempart_online::QueueEntry;

use super::blocked;
use crate::data::Data;
use crate::data::codec::{self, StoredValue};
use crate::data::metrics::add;
use crate::data::queue;
use crate::data::queue_key::QueueKeys;
use crate::data::schema::{Feature, Schema};
use crate::data::view::View;
use crate::group::FeatureType;

/// The rows of one partition, in the order of the queue.
#[derive(Debug, Default)]
pub(crate) struct Partition {
    pub(crate) rows: Vec<OfflineRow>,
}

impl Data {
    /// Opens entries and sorts them into partitions. Those of erased subjects are left out.
    pub(super) fn open_entries(
        &self,
        view: &View,
        keys: &QueueKeys,
        table: &Table,
        entries: &[QueueEntry],
        erased: &HashSet<[u8; 16]>,
    ) -> Result<BTreeMap<i64, Partition>, ServiceError> {
        let mut partitions: BTreeMap<i64, Partition> = BTreeMap::new();
        for entry in entries {
            let (head, sealed) = queue::head(&entry.sealed).ok_or_else(|| self.bad_entry())?;
            if erased.contains(&head.blind) {
                add(&self.metrics.erased_queue_rows, 1);
                continue;
            }
            let record =
                queue::open_entry(view, keys, &head, sealed).map_err(|_| self.bad_entry())?;
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
