//! JSON bodies, read along the model in one pass.

use std::cell::{Cell, RefCell};
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use super::{MAX_DEPTH, MAX_VALUES, serialization};
use crate::check::{Step, camel, path_text, validation_code};
use crate::error::ServiceError;
use crate::model::{Kind, Member, Operation, Place, ShapeId};

/// Reads the members of an operation's input that are sent in the body. An empty body is an empty
/// structure.
pub(super) fn body(operation: &Operation, body: &[u8]) -> Result<Map<String, Value>, ServiceError> {
    if body.is_empty() {
        return Ok(Map::new());
    }
    let reading = Reading::default();
    let seed = Body {
        input: operation.input,
        reading: &reading,
    };
    let text = std::str::from_utf8(body).map_err(|_| serialization("the body is not UTF-8"))?;
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let read = seed
        .deserialize(&mut deserializer)
        .and_then(|map| deserializer.end().map(|()| map));
    read.map_err(|error| reading.error(operation, &error))
}

/// State of one reading.
#[derive(Default)]
struct Reading {
    values: Cell<usize>,
    problem: RefCell<Option<Problem>>,
    /// From the value to the root.
    path: RefCell<Vec<Step>>,
}

enum Problem {
    /// Another type than this one.
    Type(&'static str),
    Twice(&'static str),
    Unknown(Option<String>),
    Deep,
    Many,
}

impl Reading {
    fn fail<E: serde::de::Error>(&self, problem: Problem) -> E {
        self.problem.replace(Some(problem));
        E::custom("")
    }

    /// Notes where an error came from, while it goes up.
    fn at<T, E>(&self, step: impl FnOnce() -> Step, result: Result<T, E>) -> Result<T, E> {
        if result.is_err() {
            self.path.borrow_mut().push(step());
        }
        result
    }

    fn count<E: serde::de::Error>(&self) -> Result<(), E> {
        let values = self.values.get() + 1;
        self.values.set(values);
        if values > MAX_VALUES {
            return Err(self.fail(Problem::Many));
        }
        Ok(())
    }

    fn error(&self, operation: &Operation, error: &serde_json::Error) -> ServiceError {
        let path = self.path.borrow();
        let place = path_text(path.iter().rev().copied());
        let at = if place.is_empty() {
            "the input".to_owned()
        } else {
            format!("'{place}'")
        };
        match self.problem.take() {
            None => serialization(format!(
                "the body is not valid JSON: line {}, column {}",
                error.line(),
                error.column()
            )),
            Some(Problem::Type(expected)) => serialization(format!("{at} is not {expected}")),
            Some(Problem::Twice(member)) => {
                serialization(format!("{at} has '{}' twice", camel(member)))
            }
            Some(Problem::Deep) => serialization(format!("more than {MAX_DEPTH} levels")),
            Some(Problem::Many) => serialization(format!("more than {MAX_VALUES} values")),
            Some(Problem::Unknown(name)) => {
                let name = name.map_or_else(String::new, |name| format!(" '{name}'"));
                ServiceError::new(
                    validation_code(operation.service()),
                    format!(
                        "1 validation error detected: {at} has a member{name} that the operation does not know"
                    ),
                )
            }
        }
    }
}

/// The body itself: a structure of which only the members of the body count.
struct Body<'r> {
    input: Option<ShapeId>,
    reading: &'r Reading,
}

impl<'de> DeserializeSeed<'de> for Body<'_> {
    type Value = Map<String, Value>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Body<'_> {
    type Value = Map<String, Value>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, access: A) -> Result<Self::Value, A::Error> {
        let members = self.input.map(ShapeId::shape).map(|shape| &shape.kind);
        let members = match members {
            Some(Kind::Structure { members, .. }) => members.as_slice(),
            _ => &[],
        };
        structure(members, self.reading, 1, access)
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<Self::Value, E> {
        Err(self.reading.fail(Problem::Type("a structure")))
    }

    fn visit_bool<E: serde::de::Error>(self, _: bool) -> Result<Self::Value, E> {
        Err(self.reading.fail(Problem::Type("a structure")))
    }

    fn visit_i64<E: serde::de::Error>(self, _: i64) -> Result<Self::Value, E> {
        Err(self.reading.fail(Problem::Type("a structure")))
    }

    fn visit_u64<E: serde::de::Error>(self, _: u64) -> Result<Self::Value, E> {
        Err(self.reading.fail(Problem::Type("a structure")))
    }

    fn visit_f64<E: serde::de::Error>(self, _: f64) -> Result<Self::Value, E> {
        Err(self.reading.fail(Problem::Type("a structure")))
    }

    fn visit_str<E: serde::de::Error>(self, _: &str) -> Result<Self::Value, E> {
        Err(self.reading.fail(Problem::Type("a structure")))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, _: A) -> Result<Self::Value, A::Error> {
        Err(self.reading.fail(Problem::Type("a structure")))
    }
}

/// Reads the members of a structure: each at most once, none that the model lacks.
fn structure<'de, A: MapAccess<'de>>(
    members: &'static [Member],
    reading: &Reading,
    depth: usize,
    mut access: A,
) -> Result<Map<String, Value>, A::Error> {
    if depth > MAX_DEPTH {
        return Err(reading.fail(Problem::Deep));
    }
    let mut map = Map::new();
    let mut seen = 0_u128;
    while let Some(found) = access.next_key_seed(Name(members))? {
        let (position, member) = match found {
            Found::Member(position, member) => (position, member),
            Found::Unknown(name) => return Err(reading.fail(Problem::Unknown(name))),
        };
        let bit = u32::try_from(position).map_or(0, |position| 1_u128.wrapping_shl(position));
        if seen & bit != 0 {
            return Err(reading.fail(Problem::Twice(member.name)));
        }
        seen |= bit;
        let seed = One {
            shape: member.shape,
            reading,
            depth: depth + 1,
        };
        let read = access.next_value_seed(seed);
        if let Some(value) = reading.at(|| Step::Member(member.name), read)? {
            map.insert(member.name.to_owned(), value);
        }
    }
    Ok(map)
}

/// The name of a member.
struct Name(&'static [Member]);

enum Found {
    Member(usize, &'static Member),
    /// With its name where it looks like one of AWS's: what is sent by mistake may be anything.
    Unknown(Option<String>),
}

impl<'de> DeserializeSeed<'de> for Name {
    type Value = Found;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Found, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Name {
    type Value = Found;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_str<E>(self, name: &str) -> Result<Found, E> {
        let mut members = self.0.iter().enumerate();
        let known = members.find(|(_, member)| member.name == name && member.place == Place::Body);
        Ok(match known {
            Some((position, member)) => Found::Member(position, member),
            None => Found::Unknown(name_of_aws(name)),
        })
    }
}

/// The name, if some structure of the model has a member of that name.
fn name_of_aws(name: &str) -> Option<String> {
    let known = crate::model::services().iter().any(|service| {
        crate::model::shapes_of(service.id).any(|(_, shape)| match &shape.kind {
            Kind::Structure { members, .. } => members
                .iter()
                .any(|member| member.name.eq_ignore_ascii_case(name)),
            _ => false,
        })
    });
    known.then(|| name.to_owned())
}

/// A value of a shape; `None` for `null`.
struct One<'r> {
    shape: ShapeId,
    reading: &'r Reading,
    depth: usize,
}

impl One<'_> {
    fn wrong<E: serde::de::Error>(&self) -> E {
        self.reading
            .fail(Problem::Type(match self.shape.shape().kind {
                Kind::Structure { .. } => "a structure",
                Kind::List { .. } => "a list",
                Kind::Map { .. } => "a map",
                Kind::String { .. } | Kind::Enum { .. } => "a string",
                Kind::Blob { .. } => "a base64 string",
                Kind::Integer { .. } | Kind::Long { .. } => "an integer in range",
                Kind::Float { .. } => "a number",
                Kind::Boolean => "a boolean",
                Kind::Timestamp => "a number of seconds",
            }))
    }

    fn number<E: serde::de::Error>(self, number: Number) -> Result<Option<Value>, E> {
        self.reading.count()?;
        let fits = match self.shape.shape().kind {
            Kind::Integer { .. } => number
                .as_i64()
                .is_some_and(|number| i32::try_from(number).is_ok()),
            Kind::Long { .. } => number.is_i64(),
            Kind::Float { .. } | Kind::Timestamp => true,
            _ => false,
        };
        if fits {
            Ok(Some(Value::Number(number)))
        } else {
            Err(self.wrong())
        }
    }
}

impl<'de> DeserializeSeed<'de> for One<'_> {
    type Value = Option<Value>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for One<'_> {
    type Value = Option<Value>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value of the model")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_bool<E: serde::de::Error>(self, value: bool) -> Result<Self::Value, E> {
        self.reading.count()?;
        match self.shape.shape().kind {
            Kind::Boolean => Ok(Some(Value::Bool(value))),
            _ => Err(self.wrong()),
        }
    }

    fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<Self::Value, E> {
        self.number(value.into())
    }

    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<Self::Value, E> {
        self.number(value.into())
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Self::Value, E> {
        match Number::from_f64(value) {
            Some(number) => self.number(number),
            None => Err(self.wrong()),
        }
    }

    fn visit_str<E: serde::de::Error>(self, value: &str) -> Result<Self::Value, E> {
        self.reading.count()?;
        match self.shape.shape().kind {
            Kind::String { .. } | Kind::Enum { .. } => Ok(Some(Value::String(value.to_owned()))),
            Kind::Blob { .. } if crate::blob::decoded_length(value).is_some() => {
                Ok(Some(Value::String(value.to_owned())))
            }
            _ => Err(self.wrong()),
        }
    }

    fn visit_string<E: serde::de::Error>(self, value: String) -> Result<Self::Value, E> {
        self.visit_str(&value)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Self::Value, A::Error> {
        self.reading.count()?;
        let Kind::List { element, .. } = &self.shape.shape().kind else {
            return Err(self.wrong());
        };
        if self.depth > MAX_DEPTH {
            return Err(self.reading.fail(Problem::Deep));
        }
        let mut values = Vec::new();
        loop {
            let seed = One {
                shape: *element,
                reading: self.reading,
                depth: self.depth + 1,
            };
            let position = values.len();
            let step = || Step::Element(position);
            match self.reading.at(step, access.next_element_seed(seed))? {
                Some(Some(value)) => values.push(value),
                Some(None) => {
                    let null = Err(self.reading.fail(Problem::Type("free of null")));
                    return self.reading.at(step, null);
                }
                None => return Ok(Some(Value::Array(values))),
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Self::Value, A::Error> {
        self.reading.count()?;
        match &self.shape.shape().kind {
            Kind::Structure { members, .. } => {
                let map = structure(members, self.reading, self.depth, access)?;
                Ok(Some(Value::Object(map)))
            }
            Kind::Map { value, .. } => {
                if self.depth > MAX_DEPTH {
                    return Err(self.reading.fail(Problem::Deep));
                }
                let mut map = Map::new();
                while let Some(key) = access.next_key::<String>()? {
                    let seed = One {
                        shape: *value,
                        reading: self.reading,
                        depth: self.depth + 1,
                    };
                    let read = access.next_value_seed(seed);
                    let Some(value) = self.reading.at(|| Step::Entry, read)? else {
                        let null = Err(self.reading.fail(Problem::Type("free of null")));
                        return self.reading.at(|| Step::Entry, null);
                    };
                    if map.insert(key, value).is_some() {
                        return Err(self.reading.fail(Problem::Twice("Key")));
                    }
                }
                Ok(Some(Value::Object(map)))
            }
            _ => Err(self.wrong()),
        }
    }
}
