//! Identifiers of a spine as small numbers.

use std::hash::BuildHasher;

use arrow_array::builder::{Int64Builder, StringBuilder};
use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, Int64Type};
use arrow_array::{Array, ArrayRef, BooleanArray, Int64Array, StringArray};
use arrow_schema::DataType;
use foldhash::fast::RandomState;
use hashbrown::{HashMap, HashSet, HashTable};

use crate::erase::float_bits;
use crate::table::LakeError;

/// The number of a row that has no identifier, or none that a group can have.
pub(super) const NONE: u32 = u32::MAX;

/// Numbers of the identifiers of a spine, as one type of identifier sees them.
pub(super) struct Identifiers {
    /// For each row of the spine.
    pub(super) numbers: Vec<u32>,
    /// How many numbers there are.
    pub(super) count: usize,
    lookup: Lookup,
}

enum Lookup {
    Texts {
        /// Each once, by number: close together, since the search is as fast as memory is near.
        texts: StringArray,
        /// Numbers and hashes, found by texts.
        table: HashTable<(u64, u32)>,
        hasher: RandomState,
    },
    Integers(HashMap<i64, u32, RandomState>),
    /// By [`float_bits`]
    Floats(HashMap<i64, u32, RandomState>),
}

impl Identifiers {
    /// Numbers a column of a spine for a group whose identifiers have a type.
    pub(super) fn new(column: &ArrayRef, kind: &DataType) -> Result<Self, LakeError> {
        if u32::try_from(column.len()).is_err() {
            return Err(LakeError::Query("the spine has too many rows".to_owned()));
        }
        match kind {
            DataType::Utf8 => Ok(Self::texts(as_texts(column)?)),
            DataType::Int64 => {
                let (numbers, map) = number(&as_integers(column)?);
                Ok(Self {
                    numbers,
                    count: map.len(),
                    lookup: Lookup::Integers(map),
                })
            }
            DataType::Float64 => {
                let (numbers, map) = number(&as_float_bits(column)?);
                Ok(Self {
                    numbers,
                    count: map.len(),
                    lookup: Lookup::Floats(map),
                })
            }
            _ => Err(unusable()),
        }
    }

    fn texts(texts: StringArray) -> Self {
        let hasher = RandomState::default();
        let mut table: HashTable<(u64, u32)> = HashTable::new();
        let mut distinct = StringBuilder::new();
        let mut rows: Vec<u32> = Vec::new();
        let mut numbers = Vec::with_capacity(texts.len());
        for row in 0..texts.len() {
            if texts.is_null(row) {
                numbers.push(NONE);
                continue;
            }
            let text = texts.value(row);
            let hash = hasher.hash_one(text.as_bytes());
            let is_same = |(other, number): &(u64, u32)| {
                let first = rows.get(*number as usize).map(|row| *row as usize);
                *other == hash && first.is_some_and(|first| texts.value(first) == text)
            };
            let found = table.find(hash, is_same).map(|(_, number)| *number);
            numbers.push(found.unwrap_or_else(|| {
                let number = rows.len() as u32;
                rows.push(row as u32);
                distinct.append_value(text);
                table.insert_unique(hash, (hash, number), |(hash, _)| *hash);
                number
            }));
        }
        Self {
            numbers,
            count: rows.len(),
            lookup: Lookup::Texts {
                texts: distinct.finish(),
                table,
                hasher,
            },
        }
    }

    /// Calls back with each row of a group's identifiers that the spine has, and its number.
    pub(super) fn find(&self, ids: &ArrayRef, mut found: impl FnMut(usize, u32)) {
        match &self.lookup {
            Lookup::Texts {
                texts,
                table,
                hasher,
            } => {
                let Some(ids) = ids.as_string_opt::<i32>() else {
                    return;
                };
                for (row, id) in ids.iter().enumerate() {
                    let Some(id) = id else { continue };
                    let hash = hasher.hash_one(id.as_bytes());
                    let is_same = |(other, number): &(u64, u32)| {
                        *other == hash && texts.value(*number as usize) == id
                    };
                    if let Some((_, number)) = table.find(hash, is_same) {
                        found(row, *number);
                    }
                }
            }
            Lookup::Integers(map) => {
                let Some(ids) = ids.as_primitive_opt::<Int64Type>() else {
                    return;
                };
                for (row, id) in ids.iter().enumerate() {
                    if let Some(number) = id.and_then(|id| map.get(&id)) {
                        found(row, *number);
                    }
                }
            }
            Lookup::Floats(map) => {
                let Some(ids) = ids.as_primitive_opt::<Float64Type>() else {
                    return;
                };
                for (row, id) in ids.iter().enumerate() {
                    let bits = id.map(|id| float_bits(id).cast_signed());
                    if let Some(number) = bits.and_then(|bits| map.get(&bits)) {
                        found(row, *number);
                    }
                }
            }
        }
    }
}

/// Tells which identifiers were not there before.
#[derive(Default)]
pub(super) struct Distinct {
    texts: HashSet<String, RandomState>,
    numbers: HashSet<u64, RandomState>,
}

impl Distinct {
    pub(super) fn new_ones(&mut self, ids: &ArrayRef) -> BooleanArray {
        let texts = ids.as_string_opt::<i32>();
        let integers = ids.as_primitive_opt::<Int64Type>();
        let floats = ids.as_primitive_opt::<Float64Type>();
        (0..ids.len())
            .map(|row| {
                if ids.is_null(row) {
                    return Some(false);
                }
                let text = texts.map(|texts| texts.value(row));
                let number = integers
                    .map(|integers| integers.value(row).cast_unsigned())
                    .or_else(|| floats.map(|floats| float_bits(floats.value(row))));
                Some(match (text, number) {
                    (Some(text), _) if self.texts.contains(text) => false,
                    (Some(text), _) => self.texts.insert(text.to_owned()),
                    (None, Some(number)) => self.numbers.insert(number),
                    (None, None) => false,
                })
            })
            .collect()
    }
}

fn number(ids: &Int64Array) -> (Vec<u32>, HashMap<i64, u32, RandomState>) {
    let mut map: HashMap<i64, u32, RandomState> = HashMap::default();
    let numbers = ids
        .iter()
        .map(|id| {
            let Some(id) = id else { return NONE };
            let next = map.len() as u32;
            *map.entry(id).or_insert(next)
        })
        .collect();
    (numbers, map)
}

fn as_texts(column: &ArrayRef) -> Result<StringArray, LakeError> {
    if let Some(texts) = column.as_string_opt::<i32>() {
        return Ok(texts.clone());
    }
    let mut builder = StringBuilder::new();
    if let Some(integers) = column.as_primitive_opt::<Int64Type>() {
        for value in integers {
            builder.append_option(value.map(|value| value.to_string()));
        }
    } else if let Some(floats) = column.as_primitive_opt::<Float64Type>() {
        for value in floats {
            builder.append_option(value.map(|value| value.to_string()));
        }
    } else {
        return Err(unusable());
    }
    Ok(builder.finish())
}

fn as_integers(column: &ArrayRef) -> Result<Int64Array, LakeError> {
    if let Some(integers) = column.as_primitive_opt::<Int64Type>() {
        return Ok(integers.clone());
    }
    let texts = as_texts(column)?;
    let mut builder = Int64Builder::with_capacity(texts.len());
    for text in &texts {
        builder.append_option(text.and_then(|text| text.parse().ok()));
    }
    Ok(builder.finish())
}

fn as_float_bits(column: &ArrayRef) -> Result<Int64Array, LakeError> {
    if let Some(floats) = column.as_primitive_opt::<Float64Type>() {
        return Ok(floats
            .iter()
            .map(|value| value.map(|value| float_bits(value).cast_signed()))
            .collect());
    }
    let texts = as_texts(column)?;
    Ok(texts
        .iter()
        .map(|text| {
            let value: f64 = text?.parse().ok()?;
            Some(float_bits(value).cast_signed())
        })
        .collect())
}

fn unusable() -> LakeError {
    LakeError::Query("the column of the spine has no type of an identifier".to_owned())
}
