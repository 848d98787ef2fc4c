//! Columns of files to the types of tables. Files of other writers have times in other units and
//! narrower numbers.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{
    Float32Type, Int32Type, TimestampMicrosecondType, TimestampMillisecondType,
    TimestampNanosecondType, TimestampSecondType,
};
use arrow_array::{
    Array, ArrayRef, Float64Array, Int64Array, ListArray, TimestampMicrosecondArray,
    TimestampMillisecondArray,
};
use arrow_schema::{DataType, Field, TimeUnit};

/// What is done to a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Conversion {
    Keep,
    Integers,
    Floats,
    Times(TimeUnit),
    Elements,
}

/// How a type of a file becomes one of a table; `None` when it does not.
pub(crate) fn between(file: &DataType, table: &DataType) -> Option<Conversion> {
    match (file, table) {
        (file, table) if file == table => Some(Conversion::Keep),
        (DataType::Int32, DataType::Int64) => Some(Conversion::Integers),
        (DataType::Float32, DataType::Float64) => Some(Conversion::Floats),
        (DataType::Timestamp(unit, _), DataType::Timestamp(TimeUnit::Millisecond, _)) => {
            Some(Conversion::Times(*unit))
        }
        (DataType::List(file), DataType::List(table)) => {
            (file.data_type() == table.data_type()).then_some(Conversion::Elements)
        }
        _ => None,
    }
}

/// Does it.
pub(crate) fn apply(
    conversion: Conversion,
    array: &ArrayRef,
    field: &Field,
) -> Result<ArrayRef, String> {
    let another = || "a column changes its type".to_owned();
    match conversion {
        Conversion::Keep => Ok(Arc::clone(array)),
        Conversion::Integers => {
            let narrow = array.as_primitive_opt::<Int32Type>().ok_or_else(another)?;
            let wide: Int64Array = narrow.unary(i64::from);
            Ok(Arc::new(wide))
        }
        Conversion::Floats => {
            let narrow = array
                .as_primitive_opt::<Float32Type>()
                .ok_or_else(another)?;
            let wide: Float64Array = narrow.unary(f64::from);
            Ok(Arc::new(wide))
        }
        Conversion::Times(unit) => {
            let millis: Option<TimestampMillisecondArray> = match unit {
                TimeUnit::Second => array
                    .as_primitive_opt::<TimestampSecondType>()
                    .map(|times| times.unary(|second| second.saturating_mul(1_000))),
                TimeUnit::Millisecond => array
                    .as_primitive_opt::<TimestampMillisecondType>()
                    .map(|times| times.unary(|milli| milli)),
                TimeUnit::Microsecond => array
                    .as_primitive_opt::<TimestampMicrosecondType>()
                    .map(|times| times.unary(|micro| micro.div_euclid(1_000))),
                TimeUnit::Nanosecond => array
                    .as_primitive_opt::<TimestampNanosecondType>()
                    .map(|times| times.unary(|nano| nano.div_euclid(1_000_000))),
            };
            Ok(Arc::new(millis.ok_or_else(another)?.with_timezone_utc()))
        }
        Conversion::Elements => {
            let list = array.as_list_opt::<i32>().ok_or_else(another)?;
            let DataType::List(element) = field.data_type() else {
                return Err(another());
            };
            // Lists without nullable elements become lists with them, which hold none.
            let list = ListArray::try_new(
                Arc::clone(element),
                list.offsets().clone(),
                Arc::clone(list.values()),
                list.nulls().cloned(),
            );
            Ok(Arc::new(list.map_err(|error| error.to_string())?))
        }
    }
}

/// A column as it was read to what is written: only Iceberg has another unit of time.
pub(crate) fn to_written(array: &ArrayRef, field: &Field) -> Result<ArrayRef, String> {
    match field.data_type() {
        DataType::Timestamp(TimeUnit::Microsecond, _) => {
            let millis = array
                .as_primitive_opt::<TimestampMillisecondType>()
                .ok_or("a column changes its type")?;
            let micros: TimestampMicrosecondArray =
                millis.unary(|milli| milli.saturating_mul(1_000));
            Ok(Arc::new(micros.with_timezone_utc()))
        }
        DataType::List(_) => apply(Conversion::Elements, array, field),
        _ => Ok(Arc::clone(array)),
    }
}
