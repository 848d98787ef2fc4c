//! Values of expressions: borrowed JSON where possible.

use std::borrow::Cow;
use std::fmt;
use std::rc::Rc;

use serde_json::Value as Json;

use super::unknown::{ReasonCode, Unknown};

/// The member of the object that stands in place of a value that is not known.
const UNKNOWN_MEMBER: &str = "$rempart:unknown";

/// Keeps JSON that is made or fetched during an evaluation alive until its end.
#[derive(Default)]
pub(crate) struct Arena {
    shared: typed_arena::Arena<std::sync::Arc<Json>>,
    owned: typed_arena::Arena<Json>,
}

impl Arena {
    /// Keeps shared JSON.
    pub(crate) fn share(&self, json: std::sync::Arc<Json>) -> &Json {
        self.shared.alloc(json)
    }

    /// Keeps JSON.
    pub(crate) fn keep(&self, json: Json) -> &Json {
        self.owned.alloc(json)
    }
}

impl fmt::Debug for Arena {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Arena").finish_non_exhaustive()
    }
}

/// A value. Lists and objects of the evidence stay where they are.
#[derive(Clone, Debug)]
pub(crate) enum Value<'a> {
    /// `null`
    Null,
    /// A boolean.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A number with a fraction, or beyond 64 bits.
    Double(f64),
    /// Text.
    Text(Cow<'a, str>),
    /// A list or an object of the evidence.
    Json(&'a Json),
    /// A list that an expression made.
    List(Rc<Vec<Value<'a>>>),
    /// An object that an expression made.
    Map(Rc<Vec<(String, Value<'a>)>>),
    /// An element of a list that may be there or not, with the reason why that is not known. Functions
    /// put it into lists, so that a quantifier can be decided by the other elements.
    Missing(Rc<Unknown>),
}

impl<'a> Value<'a> {
    /// The value of JSON. An object that marks an unknown value is [`Unknown`].
    ///
    /// # Errors
    /// The value is not known.
    pub(crate) fn of(json: &'a Json) -> Result<Self, Unknown> {
        Ok(match json {
            Json::Null => Self::Null,
            Json::Bool(value) => Self::Bool(*value),
            Json::Number(number) => match number.as_i64() {
                Some(whole) => Self::Int(whole),
                None => Self::Double(number.as_f64().unwrap_or(f64::NAN)),
            },
            Json::String(text) => Self::Text(Cow::Borrowed(text)),
            Json::Array(_) => Self::Json(json),
            Json::Object(_) => match marker(json) {
                Some(reason) => return Err(Unknown::new(ReasonCode::KnownAfterApply, reason)),
                None => Self::Json(json),
            },
        })
    }

    /// Text.
    pub(crate) fn text(text: impl Into<Cow<'a, str>>) -> Self {
        Self::Text(text.into())
    }

    /// A list of texts.
    pub(crate) fn texts(texts: impl IntoIterator<Item = String>) -> Self {
        let texts = texts.into_iter().map(|text| Self::Text(Cow::Owned(text)));
        Self::List(Rc::new(texts.collect()))
    }

    /// What the value is, for messages.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "a boolean",
            Self::Int(_) | Self::Double(_) => "a number",
            Self::Text(_) => "text",
            Self::List(_) | Self::Json(Json::Array(_)) => "a list",
            Self::Map(_) | Self::Json(_) => "an object",
            Self::Missing(_) => "not known",
        }
    }

    /// The boolean.
    ///
    /// # Errors
    /// It is no boolean.
    pub(crate) fn as_bool(&self) -> Result<bool, Unknown> {
        match self {
            Self::Bool(value) => Ok(*value),
            other => Err(other.is_not("a boolean")),
        }
    }

    /// The text.
    ///
    /// # Errors
    /// It is no text.
    pub(crate) fn as_text(&self) -> Result<&str, Unknown> {
        match self {
            Self::Text(text) => Ok(text),
            other => Err(other.is_not("text")),
        }
    }

    /// The elements of a list. Elements that are not known are errors in their place.
    ///
    /// # Errors
    /// It is no list.
    pub(crate) fn elements(&self) -> Result<Vec<Result<Value<'a>, Unknown>>, Unknown> {
        match self {
            Self::List(list) => Ok(list.iter().map(Value::present).collect()),
            Self::Json(Json::Array(list)) => Ok(list.iter().map(Value::of).collect()),
            other => Err(other.is_not("a list")),
        }
    }

    /// The value, unless it stands for a missing element.
    fn present(&self) -> Result<Value<'a>, Unknown> {
        match self {
            Self::Missing(reason) => Err(Unknown::clone(reason)),
            value => Ok(value.clone()),
        }
    }

    /// The elements of a list of texts.
    ///
    /// # Errors
    /// It is no list, or an element is no text or not known.
    pub(crate) fn as_texts(&self) -> Result<Vec<Cow<'a, str>>, Unknown> {
        let mut texts = Vec::new();
        for element in self.elements()? {
            match element? {
                Value::Text(text) => texts.push(text),
                other => return Err(other.is_not("text")),
            }
        }
        Ok(texts)
    }

    /// The value as JSON, for functions that take whole values.
    ///
    /// # Errors
    /// A part of it is not known.
    pub(crate) fn to_json(&self) -> Result<Cow<'a, Json>, Unknown> {
        Ok(match self {
            Self::Missing(reason) => return Err(Unknown::clone(reason)),
            Self::Null => Cow::Owned(Json::Null),
            Self::Bool(value) => Cow::Owned(Json::Bool(*value)),
            Self::Int(value) => Cow::Owned(Json::from(*value)),
            Self::Double(value) => Cow::Owned(Json::from(*value)),
            Self::Text(text) => Cow::Owned(Json::String(text.to_string())),
            Self::Json(json) => {
                whole(json, 0)?;
                Cow::Borrowed(*json)
            }
            Self::List(list) => {
                let mut elements = Vec::with_capacity(list.len());
                for value in list.iter() {
                    elements.push(value.to_json()?.into_owned());
                }
                Cow::Owned(Json::Array(elements))
            }
            Self::Map(entries) => {
                let mut object = serde_json::Map::new();
                for (key, value) in entries.iter() {
                    object.insert(key.clone(), value.to_json()?.into_owned());
                }
                Cow::Owned(Json::Object(object))
            }
        })
    }

    /// The reason that a value is of another type than the expression needs.
    pub(crate) fn is_not(&self, wanted: &str) -> Unknown {
        Unknown::new(
            ReasonCode::ModelGap,
            format!("{wanted} is expected, this is {}", self.kind()),
        )
    }
}

/// The reason in an object that marks an unknown value.
pub(super) fn marker(json: &Json) -> Option<&str> {
    let object = json.as_object()?;
    if object.len() != 1 {
        return None;
    }
    object.get(UNKNOWN_MEMBER)?.as_str()
}

/// Deepest JSON that functions take.
const DEEPEST: usize = 128;

/// Checks that no part of a value is unknown.
fn whole(json: &Json, depth: usize) -> Result<(), Unknown> {
    if depth > DEEPEST {
        return Err(Unknown::new(
            ReasonCode::Unsupported,
            "the value is nested too deeply",
        ));
    }
    match json {
        Json::Array(list) => list.iter().try_for_each(|value| whole(value, depth + 1)),
        Json::Object(object) => {
            if let Some(reason) = marker(json) {
                return Err(Unknown::new(ReasonCode::KnownAfterApply, reason));
            }
            object
                .values()
                .try_for_each(|value| whole(value, depth + 1))
        }
        _ => Ok(()),
    }
}
