//! Records as callers give them, checked against the definitions.

use std::borrow::Cow;

use rempart_aws_wire::ServiceError;
use rempart_aws_wire::records::FeatureValue;

use super::refusal::invalid;
use super::schema::{Feature, Schema};
use super::time;
use crate::group::{CollectionType, FeatureType};

/// Names and values of a record together, in bytes.
pub const LARGEST_RECORD: usize = 350 * 1024;
/// A record identifier, in bytes.
pub const LONGEST_IDENTIFIER: usize = 2 * 1024;

/// A value as it was given.
#[derive(PartialEq, Eq)]
pub(crate) enum GivenValue<'a> {
    /// `ValueAsString`
    Text(&'a str),
    /// `ValueAsStringList`
    List(&'a [Cow<'a, str>]),
}

/// A record, or the part of one, whose every value fits its feature. It has no `Debug`, so that no
/// value is ever printed.
pub(crate) struct Given<'a> {
    /// Features with a value, in the order given.
    pub(crate) values: Vec<(u16, GivenValue<'a>)>,
    /// Features that were named without a value.
    pub(crate) without_value: Vec<u16>,
    /// Names and values together.
    pub(crate) size: usize,
}

/// Rules that are not settled.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rules {
    pub(crate) nanoseconds: bool,
}

impl<'a> Given<'a> {
    /// Reads the member `Record` or `Features`.
    pub(crate) fn read(
        schema: &Schema,
        list: &'a [FeatureValue<'a>],
        rules: Rules,
    ) -> Result<Self, ServiceError> {
        let mut given = Given {
            values: Vec::with_capacity(list.len()),
            without_value: Vec::new(),
            size: 0,
        };
        let mut seen = vec![false; schema.len()];
        let mut likely = 0;
        for entry in list {
            let name = &*entry.name;
            let (index, feature) = schema
                .index_near(name, likely)
                .and_then(|index| Some((index, schema.feature(index)?)))
                .ok_or_else(|| unknown(name))?;
            likely = index.saturating_add(1);
            match seen.get_mut(usize::from(index)) {
                Some(seen) if !*seen => *seen = true,
                _ => {
                    return Err(invalid(format!(
                        "Validation Error: FeatureName [{name}] is given more than once in the record"
                    )));
                }
            }
            given.size = given.size.saturating_add(name.len());
            match value(entry, feature)? {
                Some(value) => {
                    check(&value, feature, index == schema.event_time, rules)?;
                    given.size = given.size.saturating_add(value.size());
                    given.values.push((index, value));
                }
                None => given.without_value.push(index),
            }
            if given.size > LARGEST_RECORD {
                return Err(too_large());
            }
        }
        Ok(given)
    }

    /// The text of a feature.
    pub(crate) fn text(&self, index: u16) -> Option<&'a str> {
        self.values
            .iter()
            .find(|(at, _)| *at == index)
            .and_then(|(_, value)| match value {
                GivenValue::Text(text) => Some(*text),
                GivenValue::List(_) => None,
            })
    }

    /// The record identifier.
    pub(crate) fn identifier(&self, schema: &Schema) -> Result<&'a str, ServiceError> {
        let text = self
            .text(schema.identifier)
            .ok_or_else(|| missing(schema, schema.identifier, "record identifier"))?;
        check_identifier(text)?;
        Ok(text)
    }

    /// The event time, where there is one.
    pub(crate) fn event_time(&self, schema: &Schema, rules: Rules) -> Option<i64> {
        self.text(schema.event_time)
            .and_then(|text| event_time(schema, text, rules))
    }

    /// The event time of a whole record.
    pub(crate) fn required_event_time(
        &self,
        schema: &Schema,
        rules: Rules,
    ) -> Result<i64, ServiceError> {
        self.event_time(schema, rules)
            .ok_or_else(|| missing(schema, schema.event_time, "event time"))
    }
}

impl GivenValue<'_> {
    fn size(&self) -> usize {
        match self {
            Self::Text(text) => text.len(),
            Self::List(list) => list.iter().map(|text| text.len()).sum(),
        }
    }
}

/// Whether a text can be an identifier.
pub(crate) fn check_identifier(text: &str) -> Result<(), ServiceError> {
    if text.is_empty() {
        return Err(invalid(
            "Validation Error: the record identifier value is empty",
        ));
    }
    if text.len() > LONGEST_IDENTIFIER {
        return Err(invalid(format!(
            "Validation Error: the record identifier value has {} bytes, at most {LONGEST_IDENTIFIER} are allowed",
            text.len()
        )));
    }
    Ok(())
}

/// An event time in the form of the group.
pub(crate) fn event_time(schema: &Schema, text: &str, rules: Rules) -> Option<i64> {
    if schema.event_time_is_text() {
        time::parse_text(text, rules.nanoseconds)
    } else {
        time::parse_seconds(text)
    }
}

/// The event time that a call gives beside a record.
pub(crate) fn check_event_time(
    schema: &Schema,
    text: &str,
    rules: Rules,
) -> Result<i64, ServiceError> {
    event_time(schema, text, rules).ok_or_else(|| bad_event_time(schema))
}

/// A name of the group's features.
pub(crate) fn known<'s>(
    schema: &'s Schema,
    name: &str,
) -> Result<(u16, &'s Feature), ServiceError> {
    schema
        .index(name)
        .and_then(|index| schema.feature(index).map(|feature| (index, feature)))
        .ok_or_else(|| unknown(name))
}

fn unknown(name: &str) -> ServiceError {
    let name: String = name.chars().take(64).collect();
    invalid(format!(
        "Validation Error: FeatureName [{name}] is not defined in the feature group"
    ))
}

pub(crate) fn too_large() -> ServiceError {
    invalid(format!(
        "Validation Error: the record is larger than {LARGEST_RECORD} bytes"
    ))
}

fn value<'a>(
    entry: &'a FeatureValue<'a>,
    feature: &Feature,
) -> Result<Option<GivenValue<'a>>, ServiceError> {
    let name = &feature.name;
    match (&entry.text, &entry.list) {
        (Some(_), Some(_)) => Err(invalid(format!(
            "Validation Error: feature [{name}] has both ValueAsString and ValueAsStringList"
        ))),
        (None, None) => Ok(None),
        (Some(_), None) if feature.collection.is_some() => Err(invalid(format!(
            "Validation Error: feature [{name}] is a collection and needs ValueAsStringList"
        ))),
        (None, Some(_)) if feature.collection.is_none() => Err(invalid(format!(
            "Validation Error: feature [{name}] is no collection and needs ValueAsString"
        ))),
        (Some(text), None) => Ok(Some(GivenValue::Text(text))),
        (None, Some(list)) => Ok(Some(GivenValue::List(list))),
    }
}

fn check(
    value: &GivenValue<'_>,
    feature: &Feature,
    is_event_time: bool,
    rules: Rules,
) -> Result<(), ServiceError> {
    match value {
        GivenValue::Text(text) => {
            if is_event_time {
                let is_good = match feature.kind {
                    FeatureType::String => time::parse_text(text, rules.nanoseconds).is_some(),
                    _ => time::parse_seconds(text).is_some(),
                };
                if !is_good {
                    return Err(bad_event_time_of(&feature.name, feature.kind));
                }
                return Ok(());
            }
            check_text(text, feature)
        }
        GivenValue::List(list) => {
            for text in *list {
                check_text(text, feature)?;
            }
            check_collection(list, feature)
        }
    }
}

fn check_text(text: &str, feature: &Feature) -> Result<(), ServiceError> {
    let is_good = match feature.kind {
        FeatureType::String => true,
        FeatureType::Integral => text.parse::<i64>().is_ok(),
        FeatureType::Fractional => text.parse::<f64>().is_ok_and(f64::is_finite),
    };
    if is_good {
        return Ok(());
    }
    Err(invalid(format!(
        "Validation Error: the value of feature [{}] is not valid for the feature type {:?}",
        feature.name, feature.kind
    )))
}

fn check_collection(list: &[Cow<'_, str>], feature: &Feature) -> Result<(), ServiceError> {
    let name = &feature.name;
    match feature.collection {
        Some(CollectionType::Vector { dimension }) => {
            if u32::try_from(list.len()) == Ok(dimension) {
                return Ok(());
            }
            Err(invalid(format!(
                "Validation Error: the vector of feature [{name}] has {} elements, its dimension is {dimension}",
                list.len()
            )))
        }
        Some(CollectionType::Set) => {
            let mut sorted: Vec<&str> = list.iter().map(AsRef::as_ref).collect();
            sorted.sort_unstable();
            let count = sorted.len();
            sorted.dedup();
            if sorted.len() == count {
                return Ok(());
            }
            Err(invalid(format!(
                "Validation Error: the set of feature [{name}] holds an element more than once"
            )))
        }
        _ => Ok(()),
    }
}

fn missing(schema: &Schema, index: u16, what: &str) -> ServiceError {
    let name = schema.feature(index).map_or("", |feature| &feature.name);
    invalid(format!(
        "Validation Error: the {what} feature [{name}] has no value in the record"
    ))
}

fn bad_event_time(schema: &Schema) -> ServiceError {
    match schema.feature(schema.event_time) {
        Some(feature) => bad_event_time_of(&feature.name, feature.kind),
        None => invalid("Validation Error: the event time is not valid"),
    }
}

fn bad_event_time_of(name: &str, kind: FeatureType) -> ServiceError {
    let form = match kind {
        FeatureType::String => {
            "an ISO 8601 text in UTC: yyyy-MM-dd'T'HH:mm:ssZ or yyyy-MM-dd'T'HH:mm:ss.SSSZ"
        }
        _ => "a number of seconds since 1970",
    };
    invalid(format!(
        "Validation Error: the value of the event time feature [{name}] has to be {form}, within the years 0000 to 9999"
    ))
}
