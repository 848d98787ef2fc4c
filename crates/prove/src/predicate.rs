//! What a request does, in terms of its fields: the language of properties.

use rempart_aws_model::renamed_condition_key;
use rempart_policy::context::KeyName;
use rempart_policy::document::{BaseOperator, Version};
use rempart_policy::{ValueTest, address_range};

use crate::ask::{Ask, Comparison};
use crate::formula::{ComponentId, Formula};
use crate::language::{Glob, Language};
use crate::model::{Bound, Model};
use crate::solve::Reason;

/// Deepest property that is read: it is walked by recursion.
const DEEPEST: usize = 200;

/// A statement about a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Predicate {
    /// Holds for every request
    Always,
    /// All of these hold
    All(Vec<Predicate>),
    /// One of these holds
    Any(Vec<Predicate>),
    /// It does not hold
    Not(Box<Predicate>),
    /// What is said of one field or key
    Test(Subject, Test),
}

/// A part of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// A condition key, or the fields that fill it
    Key(Box<str>),
    /// A field that no condition key shows, by path
    Field(Box<str>),
    /// The ARN of the resource
    Resource,
}

/// What is asked of the values. An omitted field has the value that the API assumes, where it assumes
/// one; otherwise it has none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Test {
    /// The request leaves it out
    Omitted,
    /// Some value is like one of these patterns
    Like(Vec<Box<str>>),
    /// Some value is like none of these patterns
    Unlike(Vec<Box<str>>),
    /// Some value lies in one of these address ranges
    In(Vec<Box<str>>),
    /// Some value lies in none of these address ranges
    Outside(Vec<Box<str>>),
    /// Some value is a greater number
    Above(Box<str>),
    /// Some value is a smaller number
    Below(Box<str>),
}

impl Test {
    /// Whether the test holds for the values of a request, the API's default among them.
    pub fn holds_for<T: AsRef<str>>(&self, values: &[T]) -> bool {
        if *self == Self::Omitted {
            return values.is_empty();
        }
        values.iter().any(|value| holds(self, value.as_ref()))
    }
}

impl Model {
    /// A predicate as a formula.
    ///
    /// # Errors
    /// The action has no such field or key.
    pub fn predicate(&mut self, predicate: &Predicate) -> Result<Formula, Reason> {
        self.predicate_within(predicate, DEEPEST)
    }

    fn predicate_within(&mut self, predicate: &Predicate, depth: usize) -> Result<Formula, Reason> {
        let Some(depth) = depth.checked_sub(1) else {
            let reason = format!("the property nests deeper than {DEEPEST} levels");
            return Err(Reason::Unsupported(reason.into()));
        };
        match predicate {
            Predicate::Always => Ok(Formula::TRUE),
            Predicate::All(parts) => {
                let mut formulas = Vec::new();
                for part in parts {
                    formulas.push(self.predicate_within(part, depth)?);
                }
                Ok(self.problem.formulas.all(formulas))
            }
            Predicate::Any(parts) => {
                let mut formulas = Vec::new();
                for part in parts {
                    formulas.push(self.predicate_within(part, depth)?);
                }
                Ok(self.problem.formulas.any(formulas))
            }
            Predicate::Not(inner) => {
                let inner = self.predicate_within(inner, depth)?;
                Ok(self.problem.formulas.not(inner))
            }
            Predicate::Test(subject, test) => self.test(subject, test),
        }
    }

    fn test(&mut self, subject: &Subject, test: &Test) -> Result<Formula, Reason> {
        let (bound, default) = match subject {
            Subject::Key(key) => {
                let key = key_behind(key);
                let bound = self.bind(&KeyName::new(key));
                let fields = self.key_fields().iter();
                let default = fields
                    .filter(|entry| entry.key.eq_ignore_ascii_case(key))
                    .find_map(|entry| entry.default);
                (bound, default)
            }
            Subject::Field(path) => match self.bare_field(path) {
                Some(id) => (Bound::Component(id, None), None),
                None => {
                    return Err(Reason::Unsupported(
                        format!("{} has no field `{path}`", self.action().name).into(),
                    ));
                }
            },
            Subject::Resource => (self.resource(), None),
        };
        let (ask, truth) = ask(test);
        match bound {
            Bound::Absent | Bound::Renamed(..) => Ok(match (test, default) {
                (Test::Omitted, _) => Formula::TRUE,
                (_, Some(value)) => constant(holds(test, value)),
                _ => Formula::FALSE,
            }),
            Bound::Fixed(value) => Ok(constant(holds(test, &value))),
            Bound::Component(id, _) => Ok(self.component_test(id, test, ask, truth, default)),
        }
    }

    fn component_test(
        &mut self,
        id: ComponentId,
        test: &Test,
        ask: Option<Ask>,
        truth: bool,
        default: Option<&str>,
    ) -> Formula {
        let absent = self.problem.absent(id);
        let Some(ask) = ask else {
            return absent;
        };
        let given = self.problem.some(id, ask, truth);
        match default {
            Some(value) if holds(test, value) => self.problem.formulas.any([absent, given]),
            _ => given,
        }
    }
}

/// An old name stands for the part of the request that has a new one.
pub(crate) fn key_behind(key: &str) -> &str {
    renamed_condition_key(key).unwrap_or(key)
}

/// What a test asks of a value, and the answer that it wants; `None` for an omission.
fn ask(test: &Test) -> (Option<Ask>, bool) {
    let language = |patterns: &[Box<str>]| {
        let globs = patterns.iter().map(|pattern| Glob::like(pattern));
        Ask::Text(Language::new(globs))
    };
    let ranges = |texts: &[Box<str>]| {
        let ranges = texts.iter().filter_map(|text| address_range(text));
        Ask::Address(ranges.collect())
    };
    match test {
        Test::Omitted => (None, true),
        Test::Like(patterns) => (Some(language(patterns)), true),
        Test::Unlike(patterns) => (Some(language(patterns)), false),
        Test::In(texts) => (Some(ranges(texts)), true),
        Test::Outside(texts) => (Some(ranges(texts)), false),
        Test::Above(limit) => (
            Some(Ask::Number(Comparison::Greater, [limit.clone()].into())),
            true,
        ),
        Test::Below(limit) => (
            Some(Ask::Number(Comparison::Less, [limit.clone()].into())),
            true,
        ),
    }
}

/// Whether a test holds for one value.
pub(crate) fn holds(test: &Test, value: &str) -> bool {
    let (Some(ask), truth) = ask(test) else {
        return false;
    };
    ask.truth(value) == truth
}

fn constant(value: bool) -> Formula {
    if value { Formula::TRUE } else { Formula::FALSE }
}

/// Whether a text is a value that address tests understand.
pub fn is_address_range(text: &str) -> bool {
    address_range(text).is_some()
}

/// Whether a text is a number.
pub fn is_number(text: &str) -> bool {
    ValueTest::new(BaseOperator::NumericEquals, [text], Version::V2012)
        .truth(text)
        .is_true()
}
