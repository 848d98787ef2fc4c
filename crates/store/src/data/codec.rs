//! The stored form of a record: version, then each feature's index, kind and text as it was written.
//! Features are known by their position in the definitions, which only grow; so a record of an old
//! schema reads under a new one.

use rempart_aws_wire::push_json_string;

use super::given::{Given, GivenValue};
use super::schema::Schema;

const VERSION: u8 = 1;

/// A stored value.
#[derive(Clone, Copy)]
pub(crate) enum StoredValue<'a> {
    /// One text
    Text(&'a str),
    /// Encoded elements
    List(Elements<'a>),
}

/// The elements of a stored collection.
#[derive(Clone, Copy)]
pub(crate) struct Elements<'a> {
    left: u64,
    bytes: &'a [u8],
}

/// The record does not read. What was opened is authentic, so this means a defect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Unreadable;

/// Features that are asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// All of them
    All,
    /// Those whose bit is set
    Some(Vec<u64>),
}

impl Wanted {
    /// These features.
    pub(crate) fn of(indexes: impl IntoIterator<Item = u16>) -> Self {
        let mut bits: Vec<u64> = Vec::new();
        for index in indexes {
            let at = usize::from(index / 64);
            if bits.len() <= at {
                bits.resize(at + 1, 0);
            }
            if let Some(word) = bits.get_mut(at) {
                *word |= 1 << (index % 64);
            }
        }
        Self::Some(bits)
    }

    pub(crate) fn has(&self, index: u16) -> bool {
        match self {
            Self::All => true,
            Self::Some(bits) => bits
                .get(usize::from(index / 64))
                .is_some_and(|word| word & (1 << (index % 64)) != 0),
        }
    }
}

/// Encodes a whole record.
pub(crate) fn encode(given: &Given<'_>) -> Vec<u8> {
    let mut out = Vec::with_capacity(given.size + given.values.len() * 4 + 8);
    out.push(VERSION);
    varint(&mut out, given.values.len() as u64);
    for (index, value) in &given.values {
        put_given(&mut out, *index, value);
    }
    out
}

/// Encodes a record that `given` changes: its values replace those of the same features, and features
/// given without a value lose theirs.
pub(crate) fn merge(stored: &[u8], given: &Given<'_>) -> Result<Vec<u8>, Unreadable> {
    let mut kept: Vec<(u16, StoredValue<'_>)> = Vec::new();
    for entry in entries(stored)? {
        let (index, value) = entry?;
        let is_replaced = given.without_value.contains(&index)
            || given.values.iter().any(|(other, _)| *other == index);
        if !is_replaced {
            kept.push((index, value));
        }
    }
    let mut out = Vec::with_capacity(stored.len() + given.size);
    out.push(VERSION);
    varint(&mut out, (kept.len() + given.values.len()) as u64);
    for (index, value) in kept {
        put_stored(&mut out, index, value);
    }
    for (index, value) in &given.values {
        put_given(&mut out, *index, value);
    }
    Ok(out)
}

/// Encodes some of the features of a record.
pub(crate) fn only(stored: &[u8], keep: impl Fn(u16) -> bool) -> Result<Vec<u8>, Unreadable> {
    let mut kept: Vec<(u16, StoredValue<'_>)> = Vec::new();
    for entry in entries(stored)? {
        let (index, value) = entry?;
        if keep(index) {
            kept.push((index, value));
        }
    }
    let mut out = Vec::with_capacity(stored.len());
    out.push(VERSION);
    varint(&mut out, kept.len() as u64);
    for (index, value) in kept {
        put_stored(&mut out, index, value);
    }
    Ok(out)
}

/// The features of a stored record.
pub(crate) fn entries(
    bytes: &[u8],
) -> Result<impl Iterator<Item = Result<(u16, StoredValue<'_>), Unreadable>>, Unreadable> {
    let Some((&VERSION, mut rest)) = bytes.split_first() else {
        return Err(Unreadable);
    };
    let mut left = take_varint(&mut rest)?;
    Ok(std::iter::from_fn(move || {
        if left == 0 {
            return None;
        }
        left -= 1;
        let entry = take_entry(&mut rest);
        if entry.is_err() {
            left = 0;
        }
        Some(entry)
    }))
}

/// Bytes of names and values, as limits count them.
pub(crate) fn size(schema: &Schema, bytes: &[u8]) -> Result<usize, Unreadable> {
    let mut size = 0_usize;
    for entry in entries(bytes)? {
        let (index, value) = entry?;
        size += schema
            .feature(index)
            .map_or(0, |feature| feature.name.len());
        match value {
            StoredValue::Text(text) => size += text.len(),
            StoredValue::List(list) => {
                for element in list.iter() {
                    size += element?.len();
                }
            }
        }
    }
    Ok(size)
}

/// Appends `,` unless this is the first element of a list of JSON.
pub(crate) fn comma(to: &mut Vec<u8>, is_first: &mut bool) {
    if *is_first {
        *is_first = false;
    } else {
        to.push(b',');
    }
}

/// Appends the elements of the list `Record`, in the stored order, and says how many there are.
pub(crate) fn write_json(
    out: &mut Vec<u8>,
    schema: &Schema,
    bytes: &[u8],
    wanted: &Wanted,
) -> Result<usize, Unreadable> {
    let mut count = 0;
    let mut is_first = true;
    for entry in entries(bytes)? {
        let (index, value) = entry?;
        if !wanted.has(index) {
            continue;
        }
        // A feature that was added after these definitions were read is not known to this answer.
        let Some(feature) = schema.feature(index) else {
            continue;
        };
        comma(out, &mut is_first);
        count += 1;
        match value {
            StoredValue::Text(text) => {
                out.extend_from_slice(&feature.scalar_json);
                push_json_string(out, text);
                out.push(b'}');
            }
            StoredValue::List(list) => {
                out.extend_from_slice(&feature.list_json);
                let mut is_first_element = true;
                for element in list.iter() {
                    comma(out, &mut is_first_element);
                    push_json_string(out, element?);
                }
                out.extend_from_slice(b"]}");
            }
        }
    }
    Ok(count)
}

impl<'a> Elements<'a> {
    pub(crate) fn iter(self) -> impl Iterator<Item = Result<&'a str, Unreadable>> {
        let mut rest = self.bytes;
        let mut left = self.left;
        std::iter::from_fn(move || {
            if left == 0 {
                return None;
            }
            left -= 1;
            let element = take_text(&mut rest);
            if element.is_err() {
                left = 0;
            }
            Some(element)
        })
    }
}

fn put_given(out: &mut Vec<u8>, index: u16, value: &GivenValue<'_>) {
    match value {
        GivenValue::Text(text) => put_text(out, index, text),
        GivenValue::List(list) => {
            varint(out, u64::from(index) << 1 | 1);
            varint(out, list.len() as u64);
            for text in *list {
                varint(out, text.len() as u64);
                out.extend_from_slice(text.as_bytes());
            }
        }
    }
}

fn put_stored(out: &mut Vec<u8>, index: u16, value: StoredValue<'_>) {
    match value {
        StoredValue::Text(text) => put_text(out, index, text),
        StoredValue::List(list) => {
            varint(out, u64::from(index) << 1 | 1);
            varint(out, list.left);
            out.extend_from_slice(list.bytes);
        }
    }
}

fn put_text(out: &mut Vec<u8>, index: u16, text: &str) {
    varint(out, u64::from(index) << 1);
    varint(out, text.len() as u64);
    out.extend_from_slice(text.as_bytes());
}

fn take_entry<'a>(rest: &mut &'a [u8]) -> Result<(u16, StoredValue<'a>), Unreadable> {
    let head = take_varint(rest)?;
    let index = u16::try_from(head >> 1).map_err(|_| Unreadable)?;
    if head & 1 == 0 {
        return Ok((index, StoredValue::Text(take_text(rest)?)));
    }
    let left = take_varint(rest)?;
    let start: &'a [u8] = rest;
    for _ in 0..left {
        take_text(rest)?;
    }
    let length = start.len() - rest.len();
    let bytes = start.get(..length).ok_or(Unreadable)?;
    Ok((index, StoredValue::List(Elements { left, bytes })))
}

fn take_text<'a>(rest: &mut &'a [u8]) -> Result<&'a str, Unreadable> {
    let length = usize::try_from(take_varint(rest)?).map_err(|_| Unreadable)?;
    let (text, after) = rest.split_at_checked(length).ok_or(Unreadable)?;
    *rest = after;
    std::str::from_utf8(text).map_err(|_| Unreadable)
}

pub(crate) fn varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

pub(crate) fn take_varint(rest: &mut &[u8]) -> Result<u64, Unreadable> {
    let mut value = 0_u64;
    for shift in (0..64).step_by(7) {
        let (byte, after) = rest.split_first().ok_or(Unreadable)?;
        *rest = after;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Ok(value);
        }
    }
    Err(Unreadable)
}
