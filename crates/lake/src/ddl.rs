//! Tables as statements for Athena and the Glue catalogue.

use std::fmt::Write as _;

use crate::path;
use crate::schema::{API_INVOCATION_TIME, IS_DELETED, WRITE_TIME};
use crate::table::{ColumnKind, LakeError, Scalar, Table, TableFormat};

/// What a table is called in the catalogue, and where it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CatalogTable<'a> {
    /// `Database`.
    pub database: &'a str,
    /// `TableName`.
    pub table: &'a str,
    /// `ResolvedOutputS3Uri`: the address of the table's path.
    pub location: &'a str,
    /// First and last year of event times that partition projection covers: then no partition has to be
    /// added to the catalogue. `None` for a table whose partitions are.
    pub projected_years: Option<(u16, u16)>,
}

/// The name of the table of a group when none was chosen: its name with `-` as `_`, and the creation
/// time of the group in seconds. Whether AWS replaces `-` is not documented; both forms are seen.
#[must_use]
pub fn default_table_name(group: &str, created: i64) -> String {
    format!("{}_{created}", group.replace('-', "_").to_ascii_lowercase())
}

/// `CREATE EXTERNAL TABLE` in the dialect of Athena.
///
/// # Errors
/// When a name or the location holds what cannot be quoted, a table of Iceberg is asked for, which the
/// catalogue registers by its metadata file, or columns differ in nothing but case, which Athena does
/// not see.
pub fn create_table(table: &Table, catalog: &CatalogTable<'_>) -> Result<String, LakeError> {
    if table.format == TableFormat::Iceberg {
        return refuse("a table of Iceberg is registered by its metadata file");
    }
    crate::schema::check(table)?;
    path::check_table(table)?;
    let mut seen: Vec<String> = PARTITION_KEYS.iter().map(|key| (*key).to_owned()).collect();
    let mut text = format!(
        "CREATE EXTERNAL TABLE IF NOT EXISTS {}.{} (\n",
        quoted(catalog.database)?,
        quoted(catalog.table)?
    );
    let features = table
        .columns
        .iter()
        .map(|column| (column.name.as_str(), hive_type(column.kind)));
    let added = [
        (API_INVOCATION_TIME, "timestamp".to_owned()),
        (WRITE_TIME, "timestamp".to_owned()),
        (IS_DELETED, "boolean".to_owned()),
    ];
    let columns: Vec<(&str, String)> = features.chain(added).collect();
    let last = columns.len().saturating_sub(1);
    for (position, (name, kind)) in columns.iter().enumerate() {
        let folded = name.to_lowercase();
        if seen.contains(&folded) {
            return refuse(&format!("column {name:?} is there in another case"));
        }
        seen.push(folded);
        let comma = if position == last { "" } else { "," };
        let _ = writeln!(text, "  {} {kind}{comma}", quoted(name)?);
    }
    text.push_str(
        ")\nPARTITIONED BY (`year` string, `month` string, `day` string, `hour` string)\n",
    );
    text.push_str(
        "ROW FORMAT SERDE 'org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe'\n",
    );
    text.push_str(
        "STORED AS INPUTFORMAT 'org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat'\n",
    );
    text.push_str(
        "OUTPUTFORMAT 'org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat'\n",
    );
    let location = catalog.location.trim_end_matches('/');
    let _ = write!(text, "LOCATION {}", literal(&format!("{location}/"))?);
    let Some((first, last)) = catalog.projected_years else {
        return Ok(text);
    };
    if first > last || last > 9_999 {
        return refuse("no such years");
    }
    let template =
        format!("{location}/year=${{year}}/month=${{month}}/day=${{day}}/hour=${{hour}}/");
    let mut properties = vec![("projection.enabled".to_owned(), "true".to_owned())];
    for (key, range, digits) in [
        ("year", format!("{first:04},{last:04}"), 4),
        ("month", "01,12".to_owned(), 2),
        ("day", "01,31".to_owned(), 2),
        ("hour", "00,23".to_owned(), 2),
    ] {
        properties.push((format!("projection.{key}.type"), "integer".to_owned()));
        properties.push((format!("projection.{key}.range"), range));
        properties.push((format!("projection.{key}.digits"), digits.to_string()));
    }
    properties.push(("storage.location.template".to_owned(), template));
    let properties: Result<Vec<String>, LakeError> = properties
        .iter()
        .map(|(key, value)| Ok(format!("  {} = {}", literal(key)?, literal(value)?)))
        .collect();
    let _ = write!(text, "\nTBLPROPERTIES (\n{}\n)", properties?.join(",\n"));
    Ok(text)
}

/// Partitions of the hour layout are columns of the table.
pub(crate) const PARTITION_KEYS: [&str; 4] = ["year", "month", "day", "hour"];

fn hive_type(kind: ColumnKind) -> String {
    let scalar = |scalar| match scalar {
        Scalar::String => "string",
        Scalar::Integral => "bigint",
        Scalar::Fractional => "double",
    };
    match kind {
        ColumnKind::Scalar(kind) => scalar(kind).to_owned(),
        ColumnKind::List(kind) => format!("array<{}>", scalar(kind)),
    }
}

/// A name in the backquotes of Hive, which DDL of Athena wants. There is no way to write a backquote in it.
fn quoted(name: &str) -> Result<String, LakeError> {
    let plain = |c: char| !c.is_control() && c != '`' && c != '\\';
    if name.is_empty() || name.len() > 255 || !name.chars().all(plain) {
        return refuse(&format!("{name:?} is no name of the catalogue"));
    }
    Ok(format!("`{name}`"))
}

/// Hive takes a backslash as an escape in literals.
fn literal(text: &str) -> Result<String, LakeError> {
    if text
        .chars()
        .any(|c| c.is_control() || c == '\\' || c == '\'')
    {
        return refuse(&format!("{text:?} cannot stand in a statement"));
    }
    Ok(format!("'{text}'"))
}

fn refuse<T>(reason: &str) -> Result<T, LakeError> {
    Err(LakeError::Query(reason.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::Column;

    fn table() -> Table {
        let column = |name: &str, kind| Column {
            name: name.into(),
            kind,
        };
        Table {
            path: "111122223333/sagemaker/eu-west-1/offline-store/orders-1700000000/data".into(),
            columns: vec![
                column("id", ColumnKind::Scalar(Scalar::String)),
                column("at", ColumnKind::Scalar(Scalar::Fractional)),
                column("total-cents", ColumnKind::Scalar(Scalar::Integral)),
                column("vector", ColumnKind::List(Scalar::Fractional)),
            ],
            identifier: "id".into(),
            event_time: "at".into(),
            format: TableFormat::Glue,
        }
    }

    const CATALOG: CatalogTable<'_> = CatalogTable {
        database: "sagemaker_featurestore",
        table: "orders_1700000000",
        location: "s3://b/111122223333/sagemaker/eu-west-1/offline-store/orders-1700000000/data",
        projected_years: None,
    };

    #[test]
    fn a_table_for_athena() {
        assert_eq!(
            create_table(&table(), &CATALOG).unwrap(),
            "CREATE EXTERNAL TABLE IF NOT EXISTS `sagemaker_featurestore`.`orders_1700000000` (\n  \
             `id` string,\n  `at` double,\n  `total-cents` bigint,\n  `vector` array<double>,\n  \
             `api_invocation_time` timestamp,\n  `write_time` timestamp,\n  `is_deleted` boolean\n)\n\
             PARTITIONED BY (`year` string, `month` string, `day` string, `hour` string)\n\
             ROW FORMAT SERDE 'org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe'\n\
             STORED AS INPUTFORMAT 'org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat'\n\
             OUTPUTFORMAT 'org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat'\n\
             LOCATION 's3://b/111122223333/sagemaker/eu-west-1/offline-store/orders-1700000000/data/'"
        );
    }

    #[test]
    fn projection_covers_the_years() {
        let catalog = CatalogTable {
            projected_years: Some((2020, 2030)),
            ..CATALOG
        };
        let text = create_table(&table(), &catalog).unwrap();
        assert!(text.contains("'projection.year.range' = '2020,2030'"));
        assert!(text.contains("/year=${year}/month=${month}/day=${day}/hour=${hour}/'"));
        let none = CatalogTable {
            projected_years: Some((2030, 2020)),
            ..CATALOG
        };
        assert!(create_table(&table(), &none).is_err());
    }

    #[test]
    fn nothing_breaks_out_of_its_quotes() {
        for (database, name, location) in [
            ("a`b", "t", "s3://b"),
            ("d", "t` (x int); DROP TABLE `y", "s3://b"),
            ("d", "t", "s3://b'; DROP"),
            ("d", "t", "s3://b\\"),
            ("", "t", "s3://b"),
            ("d", "t\n", "s3://b"),
        ] {
            let catalog = CatalogTable {
                database,
                table: name,
                location,
                projected_years: None,
            };
            assert!(
                create_table(&table(), &catalog).is_err(),
                "{name} {location}"
            );
        }
    }

    #[test]
    fn names_that_athena_cannot_tell_apart_are_refused() {
        for name in ["ID", "Year", "Write_Time"] {
            let mut table = table();
            table.columns.push(Column {
                name: name.into(),
                kind: ColumnKind::Scalar(Scalar::String),
            });
            assert!(create_table(&table, &CATALOG).is_err(), "{name}");
        }
    }

    #[test]
    fn default_names() {
        assert_eq!(default_table_name("My-Orders", 17), "my_orders_17");
    }
}
