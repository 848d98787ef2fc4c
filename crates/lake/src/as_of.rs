//! Point-in-time joins: for each row of a spine and each group the latest row that was there at its time.
//!
//! Latest is the greatest event time that is not later than the spine's, then the greatest
//! `api_invocation_time`, then `write_time`; when it is the marker of a deletion, there is none.
//!
//! No cross product is made. Identifiers of the spine are numbered once; of each row of a group only
//! what decides is read and put under the number of its identifier, in the order of time; a spine row
//! finds its row there by bisection. Features are then read for the rows that were chosen, and for no
//! others. Memory: 32 bytes for each row of the group that is being decided, twice for a moment, and the
//! chosen rows of all groups.

use std::sync::Arc;

use crate::lake::Lake;
use crate::schema;
use crate::table::{FileKeys, LakeError, Table};

mod history;
mod identifiers;
mod joined;
mod parallel;
mod spine;

use history::History;
use identifiers::Identifiers;
pub use joined::Joined;
use joined::Side;
pub use spine::Spine;

/// A group whose features are joined to a spine.
#[derive(Clone)]
pub struct JoinGroup<'a> {
    /// Begins the names of its columns in the result.
    pub name: &'a str,
    /// Its offline table.
    pub table: &'a Table,
    /// Keys of its files.
    pub keys: &'a Arc<dyn FileKeys>,
    /// The column of the spine with its identifiers.
    pub spine_column: &'a str,
    /// Features to be joined; all when there are none.
    pub features: &'a [String],
}

impl std::fmt::Debug for JoinGroup<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("JoinGroup")
            .field("name", &self.name)
            .field("table", &self.table.path)
            .finish_non_exhaustive()
    }
}

/// How a join is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AsOfOptions {
    /// Threads that read files; at least one.
    pub threads: usize,
    /// Only rows of files that were written up to this time, in milliseconds since 1970: what a reader
    /// of that time would have seen.
    pub written_by: Option<i64>,
}

impl Default for AsOfOptions {
    fn default() -> Self {
        Self {
            threads: 1,
            written_by: None,
        }
    }
}

impl Lake {
    /// Joins the features of groups to each row of a spine, as of its time.
    ///
    /// # Errors
    /// As for [`Lake::read`], and when a column is not there.
    pub fn as_of(
        &self,
        spine: &Spine,
        groups: &[JoinGroup<'_>],
        options: AsOfOptions,
    ) -> Result<Joined, LakeError> {
        let mut sides = Vec::with_capacity(groups.len());
        let mut known: Option<(&str, arrow_schema::DataType, Identifiers)> = None;
        for group in groups {
            schema::check(group.table)?;
            let read = schema::read(group.table);
            let kind = read
                .field_with_name(&group.table.identifier)
                .map_err(|error| LakeError::Query(error.to_string()))?
                .data_type()
                .clone();
            // Groups of one entity share the numbers of its identifiers.
            let is_known = known
                .as_ref()
                .is_some_and(|(column, other, _)| *column == group.spine_column && *other == kind);
            if !is_known {
                let column = spine.column(group.spine_column)?;
                known = Some((group.spine_column, kind.clone(), Identifiers::new(column, &kind)?));
            }
            let Some((_, _, identifiers)) = &known else {
                continue;
            };
            sides.push(self.side(spine.times(), identifiers, group, options)?);
        }
        Ok(Joined::new(spine.batch(), sides))
    }

    /// The latest row of each identifier of a table as of a time in milliseconds since 1970, of all times
    /// when `None`. Identifiers are in the order in which files have them.
    ///
    /// # Errors
    /// As for [`Lake::read`].
    pub fn latest(
        &self,
        table: &Table,
        keys: &Arc<dyn FileKeys>,
        at: Option<i64>,
        options: AsOfOptions,
    ) -> Result<Joined, LakeError> {
        schema::check(table)?;
        let column = self.all_identifiers(table, keys)?;
        let read = schema::read(table);
        let kind = column.data_type().clone();
        let identifiers = Identifiers::new(&column, &kind)?;
        let times = vec![at.unwrap_or(i64::MAX); column.len()];
        let features: Vec<String> = Vec::new();
        let group = JoinGroup {
            name: "",
            table,
            keys,
            spine_column: "",
            features: &features,
        };
        let mut side = self.side(&times, &identifiers, &group, options)?;
        side.drop_missing();
        let rows = arrow_array::RecordBatchOptions::new().with_row_count(Some(side.len()));
        let empty = arrow_array::RecordBatch::try_new_with_options(
            schema::project(&read, &[])?,
            Vec::new(),
            &rows,
        )
        .map_err(|error| LakeError::Query(error.to_string()))?;
        Ok(Joined::new(empty, vec![side]))
    }

    fn side(
        &self,
        times: &[i64],
        identifiers: &Identifiers,
        group: &JoinGroup<'_>,
        options: AsOfOptions,
    ) -> Result<Side, LakeError> {
        let history = History::read(self, group, identifiers, options)?;
        let chosen = history.choose(identifiers, times);
        let files = history.into_files();
        Side::read(self, group, &files, chosen, options)
    }

    /// Each identifier of a table once.
    fn all_identifiers(
        &self,
        table: &Table,
        keys: &Arc<dyn FileKeys>,
    ) -> Result<arrow_array::ArrayRef, LakeError> {
        let only = schema::project(&schema::read(table), &[&table.identifier])?;
        let mut distinct = Vec::new();
        let mut seen = identifiers::Distinct::default();
        for file in self.files(table)? {
            for batch in self.scan(table, &file.path, keys, Arc::clone(&only))? {
                let batch = batch?;
                let ids = batch
                    .columns()
                    .first()
                    .ok_or_else(|| crate::decode::damaged(&file.path, "a column is missing"))?;
                let new = seen.new_ones(ids);
                let kept = arrow_select::filter::filter(ids, &new)
                    .map_err(|error| LakeError::Query(error.to_string()))?;
                distinct.push(kept);
            }
        }
        let parts: Vec<&dyn arrow_array::Array> = distinct.iter().map(AsRef::as_ref).collect();
        if parts.is_empty() {
            let field = only.fields().first();
            let kind = field.map_or(arrow_schema::DataType::Utf8, |field| {
                field.data_type().clone()
            });
            return Ok(arrow_array::new_empty_array(&kind));
        }
        arrow_select::concat::concat(&parts).map_err(|error| LakeError::Query(error.to_string()))
    }
}
