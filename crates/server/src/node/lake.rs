//! The table of a group, as Athena wants to hear of it.

use rempart_lake::Table;
use rempart_store::Group;

use super::NodeError;

/// The statement that makes a group's table in Athena.
pub(super) fn ddl(group: &Group, table: &Table) -> Result<String, NodeError> {
    let offline = group.offline.as_ref();
    let name = offline.and_then(|offline| offline.table.as_ref());
    let made = rempart_lake::default_table_name(&group.name, group.created.as_second());
    let catalog = rempart_lake::CatalogTable {
        database: name.map_or(rempart_lake::DEFAULT_DATABASE, |it| it.database.as_str()),
        table: name.map_or(made.as_str(), |it| it.table.as_str()),
        location: offline.map_or("", |offline| offline.resolved_uri.as_str()),
        projected_years: None,
    };
    rempart_lake::create_table(table, &catalog)
        .map_err(|error| NodeError::failed(&group.name, error))
}
