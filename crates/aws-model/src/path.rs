//! Checks field paths of rules against the shapes of requests and answers.

use crate::event::{EventName, event_name};
use crate::event_source::{ParameterSpelling, event_source};
use crate::service::Operation;
use crate::shape::{Member, Shape, ShapeKind};
use crate::suggest::nearest;

/// Longest path that is walked, in segments; nothing in the service models is that deep.
const LONGEST_PATH: usize = 64;

/// Result of checking a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PathCheck {
    /// The path leads to a value of this kind.
    Ok(ShapeKind),
    /// A segment names no member.
    NoSuchMember {
        /// The path up to and including the wrong segment.
        at: String,
        /// Near members in CloudTrail's spelling, nearest first.
        suggestions: Vec<String>,
    },
    /// CloudTrail never records this side of the call.
    NeverRecorded(&'static str),
    /// The tables cannot decide.
    Unchecked(Unchecked),
}

/// Why a path was not checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Unchecked {
    /// The event source or name is not known: see [`crate::event_name`].
    UnknownEvent,
    /// The event is no API call and has no model.
    NonApiEvent,
    /// The tables hold only the names of this service's operations.
    NoShapes,
    /// The service records requests in a form of its own.
    OwnSpelling,
    /// The path is deeper than any shape.
    TooDeep,
}

impl Unchecked {
    /// The reason in words.
    pub fn reason(self) -> &'static str {
        match self {
            Self::UnknownEvent => "the event is not known",
            Self::NonApiEvent => "the event is not an API call",
            Self::NoShapes => "the parameters of this service are not in the tables",
            Self::OwnSpelling => "the service records parameters in its own spelling",
            Self::TooDeep => "the path is too deep",
        }
    }
}

/// Checks a path below `requestParameters`, for example `algorithmSpecification.trainingImage`.
///
/// Segments are separated by dots. Lists are walked without an index (`tags.key`), and `[]`,
/// `[3]` or a number are accepted. A map accepts any key, also one that contains dots.
pub fn request_path(source: &str, name: &str, path: &str) -> PathCheck {
    check(source, name, path, Side::Request).0
}

/// Checks a path below `responseElements`, like [`request_path`].
pub fn response_path(source: &str, name: &str, path: &str) -> PathCheck {
    check(source, name, path, Side::Answer).0
}

/// The values that a request member may have; `None` when the path does not lead to an enumeration.
pub fn enum_values(source: &str, name: &str, path: &str) -> Option<Vec<&'static str>> {
    let shape = check(source, name, path, Side::Request).1?;
    let values: Vec<&'static str> = shape.enum_values().collect();
    (!values.is_empty()).then_some(values)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Request,
    Answer,
}

fn check(source: &str, name: &str, path: &str, side: Side) -> (PathCheck, Option<Shape>) {
    let event = event_name(source, name);
    let Some(operation) = event.operation() else {
        let reason = if event == EventName::NonApi {
            Unchecked::NonApiEvent
        } else {
            Unchecked::UnknownEvent
        };
        return (PathCheck::Unchecked(reason), None);
    };
    if !operation.service().has_shapes() {
        return (PathCheck::Unchecked(Unchecked::NoShapes), None);
    }
    if let Some(reason) = never_recorded(operation, side) {
        return (PathCheck::NeverRecorded(reason), None);
    }
    let spelling = event_source(source).map_or(ParameterSpelling::Own, |known| known.spelling());
    let root = match side {
        Side::Request => operation.input(),
        Side::Answer => operation.output(),
    };
    match walk(root, path, spelling) {
        Ok(shape) => (PathCheck::Ok(shape.kind()), Some(shape)),
        Err(PathCheck::NoSuchMember { .. })
            if matches!(
                spelling,
                ParameterSpelling::Wrapped | ParameterSpelling::Own
            ) =>
        {
            (PathCheck::Unchecked(Unchecked::OwnSpelling), None)
        }
        Err(outcome) => (outcome, None),
    }
}

/// What the SageMaker documentation says is not logged.
fn never_recorded(operation: Operation, side: Side) -> Option<&'static str> {
    match (operation.service().id(), operation.name(), side) {
        ("sagemaker-runtime", "InvokeEndpoint" | "InvokeEndpointAsync", _) => Some(
            "parameters of endpoint invocations are not logged: the endpoint is in resources[].ARN",
        ),
        ("sagemakerjobruntime", "Sample" | "SampleWithResponseStream", _) => {
            Some("parameters of the sampling calls are not logged")
        }
        ("sagemaker", _, Side::Answer) if operation.read_only() => {
            Some("responseElements is null for calls that only read")
        }
        _ => None,
    }
}

fn walk(root: Option<Shape>, path: &str, spelling: ParameterSpelling) -> Result<Shape, PathCheck> {
    if path.split('.').count() > LONGEST_PATH {
        return Err(PathCheck::Unchecked(Unchecked::TooDeep));
    }
    let Some(mut shape) = root else {
        let at = path.split('.').next().unwrap_or_default().to_owned();
        return Err(PathCheck::NoSuchMember {
            at,
            suggestions: Vec::new(),
        });
    };
    let mut next = 0;
    let mut in_map_value = false;
    for segment in path.split('.') {
        let end = next + segment.len();
        next = end + 1;
        let at = || path.get(..end).unwrap_or(path).to_owned();
        let bare = segment.split('[').next().unwrap_or_default();
        while shape.kind() == ShapeKind::List && !is_index(bare) {
            shape = shape.element().ok_or_else(|| no_member(at(), bare, None))?;
        }
        match shape.kind() {
            ShapeKind::List => {
                if !bare.is_empty() {
                    shape = shape.element().ok_or_else(|| no_member(at(), bare, None))?;
                }
            }
            ShapeKind::Structure => match member(&shape, bare, spelling) {
                Some(member) => {
                    shape = member.shape;
                    in_map_value = false;
                }
                // The key of a map may contain dots: what fits no member is part of the key.
                None if in_map_value => {}
                None => return Err(no_member(at(), bare, Some((&shape, spelling)))),
            },
            ShapeKind::Map => {
                shape = shape.element().ok_or_else(|| no_member(at(), bare, None))?;
                in_map_value = true;
            }
            ShapeKind::Document => return Ok(shape),
            _ if in_map_value => {}
            _ => return Err(no_member(at(), bare, None)),
        }
    }
    Ok(shape)
}

fn is_index(segment: &str) -> bool {
    segment.bytes().all(|byte| byte.is_ascii_digit())
}

fn member(shape: &Shape, segment: &str, spelling: ParameterSpelling) -> Option<Member> {
    shape
        .members()
        .find(|member| matches(member.name, segment, spelling))
}

fn matches(api_name: &str, segment: &str, spelling: ParameterSpelling) -> bool {
    let mut api = api_name.chars();
    let mut written = segment.chars();
    let (Some(first), Some(other)) = (api.next(), written.next()) else {
        return false;
    };
    let first_agrees = match spelling {
        ParameterSpelling::FirstLowered => other == first.to_ascii_lowercase(),
        _ => other.eq_ignore_ascii_case(&first),
    };
    let rest_agrees = api.as_str() == written.as_str();
    (first_agrees && rest_agrees)
        || (is_acronym(api_name) && segment == api_name.to_ascii_lowercase())
}

fn no_member(at: String, segment: &str, shape: Option<(&Shape, ParameterSpelling)>) -> PathCheck {
    let Some((shape, spelling)) = shape else {
        return PathCheck::NoSuchMember {
            at,
            suggestions: Vec::new(),
        };
    };
    let names: Vec<String> = shape
        .members()
        .map(|member| written(member.name, spelling))
        .collect();
    let suggestions = nearest(segment, names.iter().map(String::as_str));
    PathCheck::NoSuchMember {
        at,
        suggestions: suggestions.into_iter().map(str::to_owned).collect(),
    }
}

/// An API member name as CloudTrail writes it.
fn written(api_name: &str, spelling: ParameterSpelling) -> String {
    if spelling == ParameterSpelling::Own {
        return api_name.to_owned();
    }
    if is_acronym(api_name) {
        return api_name.to_ascii_lowercase();
    }
    let mut letters = api_name.chars();
    match letters.next() {
        Some(first) => format!("{}{}", first.to_ascii_lowercase(), letters.as_str()),
        None => String::new(),
    }
}

/// A name without lower-case letters is recorded in lower case: `ARN` as `arn`.
fn is_acronym(api_name: &str) -> bool {
    !api_name.bytes().any(|byte| byte.is_ascii_lowercase())
}
