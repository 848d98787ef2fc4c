//! Where files of a table lie, and which paths are paths of its files.

use std::fmt;

use crate::table::{LakeError, OfflineRow, Table, TableFormat};
use crate::time;

/// Letters and digits that end the name of a file.
pub const UNIQUE_LENGTH: usize = 16;
/// Letters and digits of the directory above an Iceberg partition.
const SHARD_LENGTH: usize = 8;

/// Rows that may be in one file: an hour of event time, or a day for Iceberg.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Partition {
    start: i64,
}

impl Partition {
    /// The partition of an event time, in milliseconds since 1970.
    #[must_use]
    pub fn of(format: TableFormat, event_time: i64) -> Self {
        let length = match format {
            TableFormat::Glue => time::HOUR,
            TableFormat::Iceberg => time::DAY,
        };
        Self {
            start: event_time.div_euclid(length).saturating_mul(length),
        }
    }

    /// Its first moment, in milliseconds since 1970.
    #[must_use]
    pub fn start(self) -> i64 {
        self.start
    }
}

/// Parts rows by the file that they belong into. Partitions are in the order of time, rows in the order
/// in which they were given.
#[must_use]
pub fn partition(format: TableFormat, rows: Vec<OfflineRow>) -> Vec<(Partition, Vec<OfflineRow>)> {
    let mut parts = std::collections::BTreeMap::<Partition, Vec<OfflineRow>>::new();
    for row in rows {
        parts
            .entry(Partition::of(format, row.event_time))
            .or_default()
            .push(row);
    }
    parts.into_iter().collect()
}

/// The path of a new file, below the root of the lake.
///
/// `latest` is the latest event time in it, in milliseconds since 1970; `unique` 16 letters and digits
/// that were never used for this table. Layout: Amazon SageMaker developer guide, "Feature Store offline
/// store data format".
///
/// # Errors
/// When the table's path or its event-time feature could lead elsewhere, `unique` is no such text, or
/// the time is out of bounds.
pub fn file_path(table: &Table, latest: i64, unique: &str) -> Result<String, LakeError> {
    check_table(table)?;
    let is_unique =
        unique.len() == UNIQUE_LENGTH && unique.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if !is_unique {
        return Err(bad_path(unique, "not 16 letters and digits"));
    }
    if !(time::EARLIEST..=time::LATEST).contains(&latest) {
        return Err(bad_path(&table.path, "event time out of bounds"));
    }
    let at = time::civil(latest);
    let name = format!(
        "{:04}{:02}{:02}T{:02}{:02}{:02}Z_{unique}.parquet",
        at.year(),
        at.month(),
        at.day(),
        at.hour(),
        at.minute(),
        at.second()
    );
    let path = &table.path;
    Ok(match table.format {
        TableFormat::Glue => format!(
            "{path}/year={:04}/month={:02}/day={:02}/hour={:02}/{name}",
            at.year(),
            at.month(),
            at.day(),
            at.hour()
        ),
        TableFormat::Iceberg => {
            let (shard, _) = unique
                .split_at_checked(SHARD_LENGTH)
                .unwrap_or((unique, ""));
            format!(
                "{path}/{shard}/{}_trunc={:04}-{:02}-{:02}/{name}",
                table.event_time,
                at.year(),
                at.month(),
                at.day()
            )
        }
    })
}

/// The partition that a file's path names.
///
/// # Errors
/// When it is no path of a file of this table.
pub fn partition_of_path(table: &Table, path: &str) -> Result<Partition, LakeError> {
    check_table(table)?;
    parse(table, path).ok_or_else(|| bad_path(path, "not a file of this table"))
}

/// The path is that of a file of this table, and nothing else.
pub(crate) fn check_file(table: &Table, path: &str) -> Result<(), LakeError> {
    partition_of_path(table, path).map(|_| ())
}

pub(crate) fn check_table(table: &Table) -> Result<(), LakeError> {
    check_place(&table.path)?;
    if !is_component(&table.event_time) {
        return Err(bad_path(&table.event_time, "not a name of a feature"));
    }
    Ok(())
}

/// The path can be that of a table: no part of it is empty, begins with a dot, leads elsewhere, or means
/// something else on a disk, in a pattern or in an address.
///
/// # Errors
/// When it cannot.
pub fn check_place(path: &str) -> Result<(), LakeError> {
    if path.split('/').all(is_prefix) {
        return Ok(());
    }
    Err(bad_path(path, "not a path of a table"))
}

/// A part of the prefix that the owner of a bucket chose: what S3 allows, but for what is no character of
/// a name.
fn is_prefix(text: &str) -> bool {
    let odd = |it: char| it.is_control() || matches!(it, '\\' | '*' | '?');
    !text.is_empty()
        && !text.starts_with('.')
        && text.trim() == text
        && text.len() <= 255
        && !text.contains(odd)
}

/// A name that stands for itself in a path: letters, digits, `_`, `-` and `.`, the first no dot.
fn is_component(text: &str) -> bool {
    let safe = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    !text.is_empty() && !text.starts_with('.') && text.len() <= 255 && text.bytes().all(safe)
}

fn parse(table: &Table, path: &str) -> Option<Partition> {
    let rest = path.strip_prefix(&table.path)?.strip_prefix('/')?;
    let parts: Vec<&str> = rest.split('/').collect();
    let (date, hour, name) = match (table.format, parts.as_slice()) {
        (TableFormat::Glue, [year, month, day, hour, name]) => {
            let year = digits(year.strip_prefix("year=")?, 4)?;
            let month = digits(month.strip_prefix("month=")?, 2)?;
            let day = digits(day.strip_prefix("day=")?, 2)?;
            let hour = digits(hour.strip_prefix("hour=")?, 2)?;
            ((year, month, day), hour, name)
        }
        (TableFormat::Iceberg, [shard, partition, name]) => {
            let is_shard = shard.len() == SHARD_LENGTH
                && shard.bytes().all(|byte| byte.is_ascii_alphanumeric());
            let date = partition
                .strip_prefix(&table.event_time)?
                .strip_prefix("_trunc=")?;
            let [year, month, day] = date.split('-').collect::<Vec<_>>().try_into().ok()?;
            if !is_shard {
                return None;
            }
            (
                (digits(year, 4)?, digits(month, 2)?, digits(day, 2)?),
                0,
                name,
            )
        }
        _ => return None,
    };
    let stem = name.strip_suffix(".parquet")?;
    if !is_component(stem) {
        return None;
    }
    let start = time::millis([date.0, date.1, date.2, hour, 0, 0])?;
    Some(Partition { start })
}

fn digits(text: &str, length: usize) -> Option<i64> {
    (text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit()))
        .then(|| text.parse().ok())?
}

fn bad_path(path: &str, reason: &str) -> LakeError {
    LakeError::Storage {
        path: path.escape_debug().to_string(),
        reason: reason.to_owned(),
    }
}

impl fmt::Display for Partition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&time::format(self.start))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(format: TableFormat) -> Table {
        Table {
            path: "111122223333/sagemaker/eu-west-1/offline-store/orders-1700000000/data".into(),
            columns: Vec::new(),
            identifier: "id".into(),
            event_time: "at".into(),
            format,
        }
    }

    #[test]
    fn paths_of_the_developer_guide() {
        let latest = 1_599_001_199_000; // 2020-09-01T22:59:59Z
        assert_eq!(
            file_path(&table(TableFormat::Glue), latest, "108a1b2c3d4e5f6A").unwrap(),
            "111122223333/sagemaker/eu-west-1/offline-store/orders-1700000000/data/\
             year=2020/month=09/day=01/hour=22/20200901T225959Z_108a1b2c3d4e5f6A.parquet"
        );
        assert_eq!(
            file_path(&table(TableFormat::Iceberg), latest, "108a1b2c3d4e5f6A").unwrap(),
            "111122223333/sagemaker/eu-west-1/offline-store/orders-1700000000/data/\
             108a1b2c/at_trunc=2020-09-01/20200901T225959Z_108a1b2c3d4e5f6A.parquet"
        );
    }

    #[test]
    fn a_path_names_its_partition_and_only_of_its_table() {
        for format in [TableFormat::Glue, TableFormat::Iceberg] {
            let table = table(format);
            for latest in [time::EARLIEST, -1, 0, 1_599_001_199_123, time::LATEST] {
                let path = file_path(&table, latest, "aaaaaaaaaaaaaaaa").unwrap();
                assert_eq!(
                    partition_of_path(&table, &path).unwrap(),
                    Partition::of(format, latest)
                );
                let mut other = table.clone();
                other.path.push('0');
                assert!(partition_of_path(&other, &path).is_err());
            }
        }
    }

    #[test]
    fn hostile_paths_are_refused() {
        let good = table(TableFormat::Glue);
        for unique in [
            "",
            "aaaaaaaaaaaaaaa",
            "../../../../etc/a",
            "aaaaaaaaaaaaaa/b",
            "aaaaaaaaaaaaaaé",
        ] {
            assert!(file_path(&good, 0, unique).is_err(), "{unique}");
        }
        for path in [
            "", "/etc", "a/../b", "a//b", "a/./b", ".a", "a/b ", "a\\b", "a\0",
        ] {
            let mut table = good.clone();
            table.path = path.into();
            assert!(file_path(&table, 0, "aaaaaaaaaaaaaaaa").is_err(), "{path}");
        }
        let hour = format!("{}/year=2020/month=09/day=01/hour=22", good.path);
        for path in [
            "/etc/passwd".to_owned(),
            format!("{hour}/../../x.parquet"),
            format!("{hour}/.x.parquet"),
            format!("{hour}/x.txt"),
            format!("{hour}/x/y.parquet"),
            format!("{}/year=2020/month=13/day=01/hour=22/x.parquet", good.path),
        ] {
            assert!(partition_of_path(&good, &path).is_err(), "{path}");
        }
        assert!(file_path(&good, i64::MAX, "aaaaaaaaaaaaaaaa").is_err());
    }
}
