//! Tables as Arrow schemas.

use std::collections::HashMap;
use std::sync::Arc;

use arrow_schema::{DataType, Field, Fields, Schema, SchemaRef, TimeUnit};

use crate::table::{ColumnKind, LakeError, Scalar, Table, TableFormat};

/// Time of the call that wrote a row.
pub(crate) const API_INVOCATION_TIME: &str = "api_invocation_time";
/// Time of the file.
pub(crate) const WRITE_TIME: &str = "write_time";
/// Whether a row is the marker of a deletion.
pub(crate) const IS_DELETED: &str = "is_deleted";

const FIELD_ID: &str = "PARQUET:field_id";
const UTC: &str = "+00:00";

/// Field ids of Iceberg: the added columns come first, since definitions may be added behind the last.
pub(crate) const API_INVOCATION_ID: i32 = 1;
pub(crate) const WRITE_TIME_ID: i32 = 2;
pub(crate) const IS_DELETED_ID: i32 = 3;
const FIRST_FEATURE_ID: i32 = 4;
/// Ids of the elements of collections are those of their columns and this.
const ELEMENT_ID: i32 = 100_000;

/// Field id of the feature at a position.
pub(crate) fn feature_id(position: usize) -> i32 {
    i32::try_from(position).unwrap_or(i32::MAX - ELEMENT_ID - FIRST_FEATURE_ID) + FIRST_FEATURE_ID
}

/// Field id of the elements of the collection at a position.
pub(crate) fn element_id(position: usize) -> i32 {
    feature_id(position) + ELEMENT_ID
}

/// The unit in which times are written. Iceberg knows microseconds alone.
pub(crate) fn written_unit(format: TableFormat) -> TimeUnit {
    match format {
        TableFormat::Glue => TimeUnit::Millisecond,
        TableFormat::Iceberg => TimeUnit::Microsecond,
    }
}

/// What is written.
pub(crate) fn written(table: &Table) -> SchemaRef {
    schema(table, written_unit(table.format))
}

/// What is read, whatever unit of time the file has.
pub(crate) fn read(table: &Table) -> SchemaRef {
    schema(table, TimeUnit::Millisecond)
}

/// The fields of these names, in this order.
pub(crate) fn project(schema: &Schema, names: &[&str]) -> Result<SchemaRef, LakeError> {
    let mut fields = Vec::with_capacity(names.len());
    for name in names {
        let (_, field) = schema
            .fields()
            .find(name)
            .ok_or_else(|| LakeError::Query(format!("no column {name:?}")))?;
        fields.push(Arc::clone(field));
    }
    Ok(Arc::new(Schema::new(Fields::from(fields))))
}

/// Names are those of features, once each, and none is that of an added column.
pub(crate) fn check(table: &Table) -> Result<(), LakeError> {
    let fail = |reason: String| Err(LakeError::Row { row: 0, reason });
    let mut seen = std::collections::HashSet::new();
    for column in &table.columns {
        let is_added =
            [API_INVOCATION_TIME, WRITE_TIME, IS_DELETED].contains(&column.name.as_str());
        if is_added || !seen.insert(column.name.as_str()) {
            return fail(format!("column {:?} is there twice", column.name));
        }
    }
    let kind = |name: &str| {
        let column = table.columns.iter().find(|column| column.name == name);
        column.map(|column| column.kind)
    };
    match kind(&table.identifier) {
        Some(ColumnKind::Scalar(_)) => {}
        _ => return fail("the table has no column for its identifier".to_owned()),
    }
    match kind(&table.event_time) {
        Some(ColumnKind::Scalar(Scalar::String | Scalar::Fractional)) => Ok(()),
        _ => fail("the table has no column for its event time".to_owned()),
    }
}

fn schema(table: &Table, unit: TimeUnit) -> SchemaRef {
    let with_ids = table.format == TableFormat::Iceberg;
    let numbered = |field: Field, id: i32| match with_ids {
        true => field.with_metadata(HashMap::from([(FIELD_ID.to_owned(), id.to_string())])),
        false => field,
    };
    let mut fields = Vec::with_capacity(table.columns.len() + 3);
    for (position, column) in table.columns.iter().enumerate() {
        let kind = match column.kind {
            ColumnKind::Scalar(scalar) => scalar_type(scalar),
            ColumnKind::List(scalar) => {
                DataType::List(element(scalar, with_ids.then(|| element_id(position))))
            }
        };
        fields.push(numbered(
            Field::new(&column.name, kind, true),
            feature_id(position),
        ));
    }
    let time = DataType::Timestamp(unit, Some(UTC.into()));
    for (name, kind, id) in [
        (API_INVOCATION_TIME, time.clone(), API_INVOCATION_ID),
        (WRITE_TIME, time, WRITE_TIME_ID),
        (IS_DELETED, DataType::Boolean, IS_DELETED_ID),
    ] {
        fields.push(numbered(Field::new(name, kind, true), id));
    }
    Arc::new(Schema::new(fields))
}

fn scalar_type(scalar: Scalar) -> DataType {
    match scalar {
        Scalar::String => DataType::Utf8,
        Scalar::Integral => DataType::Int64,
        Scalar::Fractional => DataType::Float64,
    }
}

/// The Parquet format names the elements of lists so.
pub(crate) fn element(scalar: Scalar, id: Option<i32>) -> Arc<Field> {
    let field = Field::new("element", scalar_type(scalar), true);
    Arc::new(match id {
        Some(id) => field.with_metadata(HashMap::from([(FIELD_ID.to_owned(), id.to_string())])),
        None => field,
    })
}
