//! Offline stores below a directory: the lake as the data plane wants it.

use std::path::Path;
use std::sync::Arc;

use rempart_lake::{
    FileEncryption, FileKeys, Lake, LakeError, Location, OfflineRow, Partition, Table, Written,
    file_path,
};
use rempart_store::{Group, data};

use super::NodeError;

/// The files of all offline stores of a node.
#[derive(Debug)]
pub(super) struct Files {
    lake: Lake,
}

impl Files {
    pub(super) fn open(root: &Path) -> Result<Self, NodeError> {
        let lake = Lake::open(Location::Directory(root.to_owned()));
        let lake = lake.map_err(|error| NodeError::failed(root.display(), error))?;
        Ok(Self { lake })
    }

    /// For queries.
    pub(super) fn lake(&self) -> &Lake {
        &self.lake
    }

    /// The statement that makes a group's table in Athena.
    pub(super) fn ddl(group: &Group, table: &Table) -> Result<String, NodeError> {
        let offline = group.offline.as_ref();
        let name = offline.and_then(|offline| offline.table.as_ref());
        let made = rempart_lake::default_table_name(&group.name, group.created.as_second());
        let catalog = rempart_lake::CatalogTable {
            database: name.map_or("sagemaker_featurestore", |it| it.database.as_str()),
            table: name.map_or(made.as_str(), |it| it.table.as_str()),
            location: offline.map_or("", |offline| offline.resolved_uri.as_str()),
            projected_years: None,
        };
        rempart_lake::create_table(table, &catalog)
            .map_err(|error| NodeError::failed(&group.name, error))
    }
}

impl data::Lake for Files {
    fn encrypts_files(&self) -> bool {
        self.lake.encrypts_files()
    }

    fn file_path(&self, table: &Table, event_time: i64, unique: &str) -> String {
        // What is no path is refused when it is written.
        file_path(table, event_time, unique).unwrap_or_default()
    }

    fn partition(&self, table: &Table, event_time: i64) -> i64 {
        Partition::of(table.format, event_time).start()
    }

    fn write(
        &self,
        table: &Table,
        path: &str,
        rows: &[OfflineRow],
        write_time: i64,
        encryption: &FileEncryption,
    ) -> Result<Written, LakeError> {
        self.lake.write(table, path, rows, write_time, encryption)
    }

    fn files(&self, table: &Table) -> Result<Vec<String>, LakeError> {
        let files = self.lake.files(table)?;
        Ok(files.into_iter().map(|file| file.path).collect())
    }

    fn read(
        &self,
        table: &Table,
        path: &str,
        encryption: &FileEncryption,
    ) -> Result<(Vec<OfflineRow>, i64), LakeError> {
        let keys: Arc<dyn FileKeys> = Arc::new(encryption.clone());
        let mut rows = self.lake.read(table, path, &keys)?;
        let mut read = Vec::new();
        let mut written = 0;
        for row in &mut rows {
            let row = row?;
            written = row.write_time;
            read.push(row.row);
        }
        Ok((read, written))
    }

    fn remove(&self, table: &Table, path: &str) -> Result<(), LakeError> {
        self.lake.remove(table, path)
    }
}
