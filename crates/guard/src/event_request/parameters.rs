//! `requestParameters`, and whether they are there at all.

use rempart_trail::json::{Json, Kind};
use rempart_trail::record::fields::{MemberState, state_of};
use rempart_trail::record::{Field, Record};

/// The parameters of the request.
#[derive(Debug, Clone, Copy)]
pub(super) enum Parameters<'a> {
    /// An object
    Known(Json<'a>),
    /// `null` or `{}`: there were none, or the service does not log them
    None,
    /// CloudTrail left them out, or hides them
    Unknown,
}

impl<'a> Parameters<'a> {
    pub(super) fn of(record: &Record<'a>) -> Self {
        let Some(value) = record.get(Field::RequestParameters) else {
            return Self::Unknown;
        };
        match state_of(value) {
            MemberState::Null | MemberState::Empty => Self::None,
            MemberState::Present if value.kind() == Kind::Object => Self::Known(value),
            _ => Self::Unknown,
        }
    }

    /// The object, where there is one.
    pub(super) fn known(&self) -> Option<Json<'a>> {
        match self {
            Self::Known(value) => Some(*value),
            Self::None | Self::Unknown => None,
        }
    }

    /// A parameter with something in it, by its name in the API; CloudTrail lowers the first letter.
    pub(super) fn get(&self, api_name: &str) -> Option<Json<'a>> {
        let object = self.known()?;
        member(object, api_name, &lowered(api_name))
    }

    /// The text of a scalar parameter that is neither empty nor hidden.
    pub(super) fn text(&self, api_name: &str) -> Option<String> {
        let value = self.get(api_name)?;
        if state_of(value) != MemberState::Present {
            return None;
        }
        value.scalar_text().map(|text| text.into_owned())
    }
}

/// A member under the name that CloudTrail writes, or the API's own.
pub(super) fn member<'a>(object: Json<'a>, api_name: &str, lowered: &str) -> Option<Json<'a>> {
    let found = object.get(lowered).or_else(|| object.get(api_name))?;
    (!found.is_null()).then_some(found)
}

/// The first letter lowered: `RoleArn` is recorded as `roleArn`.
pub(super) fn lowered(name: &str) -> String {
    let mut letters = name.chars();
    match letters.next() {
        Some(first) => first.to_lowercase().chain(letters).collect(),
        None => String::new(),
    }
}
