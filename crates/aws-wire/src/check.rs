//! Values against the model: required members, lengths, ranges, patterns, enumerations, unions.

use std::fmt::Write as _;

use serde_json::{Map, Value};

use crate::error::ServiceError;
use crate::model::{Kind, Member, Operation, Protocol, Range, Service, Shape, ShapeId};

/// Violations that a message spells out; the others are counted.
const SHOWN: usize = 20;
/// Characters of a value that a message repeats.
const SHOWN_CHARACTERS: usize = 256;
/// Seconds of 9999-12-31T23:59:59Z, and of year 1.
const SECONDS: (f64, f64) = (-62_135_596_800.0, 253_402_300_799.999);

/// Shapes whose values are names or ARNs and may stand in a message. Of all others no value is
/// repeated: feature values, identifiers, tokens and policies are texts as well.
const NAMES: [&str; 17] = [
    "AliasNameType",
    "ArnType",
    "FeatureGroupName",
    "FeatureGroupNameContains",
    "FeatureGroupNameOrArn",
    "FeatureName",
    "GrantIdType",
    "GrantNameType",
    "KeyIdType",
    "KmsKeyId",
    "PolicyNameType",
    "ResourceArn",
    "RoleArn",
    "S3Uri",
    "arnType",
    "roleSessionNameType",
    "sourceIdentityType",
];

/// Members of answers that the model requires and AWS leaves out: no token, no next page. **To verify.**
const NOT_REQUIRED: [(&str, &str); 1] = [("DescribeFeatureGroupResponse", "NextToken")];

/// One step from a value to its parts.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Step {
    Member(&'static str),
    /// From 0.
    Element(usize),
    /// A value of a map, by no name: keys may be data.
    Entry,
}

/// The code of violations.
pub(crate) fn validation_code(service: &Service) -> &'static str {
    match service.protocol {
        Protocol::Json11 => "ValidationException",
        Protocol::RestJson | Protocol::Query => "ValidationError",
    }
}

/// A member's name as messages write it.
pub(crate) fn camel(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_lowercase().chain(letters).collect()
    })
}

/// `record.1.member.featureName`.
pub(crate) fn path_text(steps: impl Iterator<Item = Step>) -> String {
    let mut text = String::new();
    for step in steps {
        if !text.is_empty() {
            text.push('.');
        }
        let _ = match step {
            Step::Member(name) => write!(text, "{}", camel(name)),
            Step::Element(position) => write!(text, "{}.member", position + 1),
            Step::Entry => write!(text, "entry.value"),
        };
    }
    text
}

/// Checks an input whose types are those of the model.
pub(crate) fn input(operation: &Operation, input: &Map<String, Value>) -> Result<(), ServiceError> {
    let mut checker = Checker::default();
    if let Some(shape) = operation.input {
        checker.root(shape, input);
    }
    checker.error(operation.service())
}

/// Whether an output is one of the operation's: types, required members and constraints. `Err` says
/// what is wrong, without values.
///
/// # Errors
/// It is none.
pub fn check_output(operation: &Operation, output: &Value) -> Result<(), String> {
    let Some(shape) = operation.output else {
        return match output {
            Value::Null => Ok(()),
            Value::Object(map) if map.is_empty() => Ok(()),
            _ => Err("the operation has no output".into()),
        };
    };
    let mut checker = Checker {
        output: true,
        ..Checker::default()
    };
    match output {
        Value::Object(map) => checker.root(shape, map),
        _ => return Err("the output is no structure".into()),
    }
    match checker.texts.first() {
        None => Ok(()),
        Some(text) => Err(text.clone()),
    }
}

#[derive(Default)]
struct Checker {
    output: bool,
    found: usize,
    texts: Vec<String>,
}

/// The way to a value, on the stack: it is spelled out only for violations.
struct Path<'a> {
    parent: Option<&'a Path<'a>>,
    step: Step,
}

impl Checker {
    fn error(self, service: &Service) -> Result<(), ServiceError> {
        if self.found == 0 {
            return Ok(());
        }
        let plural = if self.found == 1 { "" } else { "s" };
        let mut message = format!(
            "{} validation error{plural} detected: {}",
            self.found,
            self.texts.join("; ")
        );
        let more = self.found - self.texts.len();
        if more > 0 {
            let _ = write!(message, "; and {more} more");
        }
        Err(ServiceError::new(validation_code(service), message))
    }

    fn root(&mut self, shape: ShapeId, map: &Map<String, Value>) {
        if let Kind::Structure { members, union } = &shape.shape().kind {
            self.structure(shape.shape(), members, *union, map, None);
        }
    }

    fn structure(
        &mut self,
        shape: &Shape,
        members: &'static [Member],
        union: bool,
        map: &Map<String, Value>,
        path: Option<&Path<'_>>,
    ) {
        let mut known = 0;
        for member in members {
            let path = Path {
                parent: path,
                step: Step::Member(member.name),
            };
            match map.get(member.name) {
                Some(value) => {
                    known += 1;
                    self.value(member.shape, value, &path);
                }
                None if member.required && !self.may_lack(shape, member) => {
                    self.violation(Some(&path), None, "Member must not be null");
                }
                None => {}
            }
        }
        if known < map.len() {
            self.violation(path, None, "Member must have only members of the model");
        }
        if union && map.len() != 1 {
            self.violation(path, None, "Member must have exactly one member set");
        }
    }

    fn may_lack(&self, shape: &Shape, member: &Member) -> bool {
        self.output && NOT_REQUIRED.contains(&(shape.name, member.name))
    }

    fn value(&mut self, id: ShapeId, value: &Value, path: &Path<'_>) {
        let shape = id.shape();
        match (&shape.kind, value) {
            (Kind::Structure { members, union }, Value::Object(map)) => {
                self.structure(shape, members, *union, map, Some(path));
            }
            (Kind::List { element, length }, Value::Array(values)) => {
                self.length(*length, values.len(), path, None);
                for (position, value) in values.iter().enumerate() {
                    let path = Path {
                        parent: Some(path),
                        step: Step::Element(position),
                    };
                    self.value(*element, value, &path);
                }
            }
            (Kind::Map { key, value, length }, Value::Object(map)) => {
                self.length(*length, map.len(), path, None);
                for (name, entry) in map {
                    let path = Path {
                        parent: Some(path),
                        step: Step::Entry,
                    };
                    self.text(key.shape(), name, &path);
                    self.value(*value, entry, &path);
                }
            }
            (Kind::String { .. } | Kind::Enum { .. }, Value::String(text)) => {
                self.text(shape, text, path);
            }
            (Kind::Blob { length }, Value::String(text)) => {
                match crate::blob::decoded_length(text) {
                    Some(bytes) => self.length(*length, bytes, path, None),
                    None => self.violation(Some(path), None, "Member must be base64"),
                }
            }
            (Kind::Integer { range }, Value::Number(number)) => match number.as_i64() {
                Some(number) if i32::try_from(number).is_ok() => self.range(*range, number, path),
                _ => self.violation(Some(path), None, "Member must be an integer of 32 bits"),
            },
            (Kind::Long { range }, Value::Number(number)) => match number.as_i64() {
                Some(number) => self.range(*range, number, path),
                None => self.violation(Some(path), None, "Member must be an integer of 64 bits"),
            },
            (Kind::Float { range, .. }, Value::Number(number)) => {
                self.float(*range, number.as_f64().unwrap_or(f64::NAN), path);
            }
            (Kind::Timestamp, Value::Number(number)) => {
                let seconds = number.as_f64().unwrap_or(f64::NAN);
                if !(SECONDS.0..=SECONDS.1).contains(&seconds) {
                    self.violation(
                        Some(path),
                        None,
                        "Member must be a time of the years 1 to 9999",
                    );
                }
            }
            (Kind::Boolean, Value::Bool(_)) => {}
            _ => self.violation(Some(path), None, "Member must have the type of the model"),
        }
    }

    fn text(&mut self, shape: &Shape, text: &str, path: &Path<'_>) {
        match &shape.kind {
            // The text is not repeated: what is no value of the enumeration may be anything.
            Kind::Enum { values } if !values.contains(&text) => self.violation(
                Some(path),
                None,
                &format!(
                    "Member must satisfy enum value set: [{}]",
                    values.join(", ")
                ),
            ),
            Kind::String { length, pattern } => {
                let shown = Some(text).filter(|_| NAMES.contains(&shape.name) && !shape.sensitive);
                let characters = || text.chars().count();
                // Bytes are at least as many as characters.
                if length.max.is_some_and(|max| !at_most(text.len(), max)) || length.min > Some(1) {
                    self.length(*length, characters(), path, shown);
                } else if length.min == Some(1) && text.is_empty() {
                    self.length(*length, 0, path, shown);
                }
                if let Some(pattern) = pattern
                    && length.max.is_none_or(|max| at_most(text.len() / 4, max))
                    && !pattern.matches(text)
                {
                    self.violation(
                        Some(path),
                        shown,
                        &format!(
                            "Member must satisfy regular expression pattern: {}",
                            pattern.source()
                        ),
                    );
                }
            }
            _ => {}
        }
    }

    fn length(&mut self, range: Range, length: usize, path: &Path<'_>, shown: Option<&str>) {
        if let Some(min) = range.min
            && i64::try_from(length).is_ok_and(|length| length < min)
        {
            let text = format!("Member must have length greater than or equal to {min}");
            self.violation(Some(path), shown, &text);
        }
        if let Some(max) = range.max
            && !at_most(length, max)
        {
            let text = format!("Member must have length less than or equal to {max}");
            self.violation(Some(path), shown, &text);
        }
    }

    fn range(&mut self, range: Range, number: i64, path: &Path<'_>) {
        let shown = number.to_string();
        if let Some(min) = range.min.filter(|min| number < *min) {
            let text = format!("Member must have value greater than or equal to {min}");
            self.violation(Some(path), Some(&shown), &text);
        }
        if let Some(max) = range.max.filter(|max| number > *max) {
            let text = format!("Member must have value less than or equal to {max}");
            self.violation(Some(path), Some(&shown), &text);
        }
    }

    /// The bounds of such shapes are small whole numbers.
    fn float(&mut self, range: Range, number: f64, path: &Path<'_>) {
        let bound = |bound: i64| i32::try_from(bound).map_or(f64::NAN, f64::from);
        let fits = number.is_finite()
            && range.min.is_none_or(|min| number >= bound(min))
            && range.max.is_none_or(|max| number <= bound(max));
        if !fits {
            self.violation(Some(path), None, "Member must have a value in range");
        }
    }

    fn violation(&mut self, path: Option<&Path<'_>>, shown: Option<&str>, constraint: &str) {
        self.found += 1;
        if self.texts.len() >= SHOWN {
            return;
        }
        let mut steps = Vec::new();
        let mut current = path;
        while let Some(path) = current {
            steps.push(path.step);
            current = path.parent;
        }
        let place = path_text(steps.into_iter().rev());
        let value = shown.map_or_else(String::new, |value| {
            let cut: String = value
                .chars()
                .take(SHOWN_CHARACTERS)
                .map(|character| {
                    if character.is_control() {
                        ' '
                    } else {
                        character
                    }
                })
                .collect();
            format!(" '{cut}'")
        });
        self.texts.push(format!(
            "Value{value} at '{place}' failed to satisfy constraint: {constraint}"
        ));
    }
}

fn at_most(length: usize, max: i64) -> bool {
    i64::try_from(length).is_ok_and(|length| length <= max)
}
