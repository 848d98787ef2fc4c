//! Search expressions: filters, combined by `And` and `Or`, some depth of them (API reference,
//! `SearchExpression`, `Filter`).

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use rempart_aws_wire::ServiceError;

use super::super::describe::type_text;
use super::super::input::{Input, objects, text};
use super::super::refusal::invalid;
use super::property::{Item, Kind, Member, Property};
use crate::group::FeatureDefinition;

/// Expressions in expressions.
const DEEPEST: usize = 10;
/// Filters and expressions in one search: each costs a look at every item.
const MOST_CONDITIONS: usize = 200;

/// A compiled expression.
#[derive(Debug)]
pub(super) struct Expression {
    conditions: Vec<Condition>,
    is_or: bool,
}

#[derive(Debug)]
enum Condition {
    Filter(Filter),
    /// One definition of the group for which all of them hold
    Definition(Vec<Filter>),
    Nested(Expression),
}

#[derive(Debug)]
struct Filter {
    property: Property,
    test: Test,
}

#[derive(Debug)]
enum Test {
    Exists(bool),
    Text(TextTest, String),
    In(Vec<String>),
    Time(Comparison, Timestamp),
    /// Whether the flag is this
    Flag(bool),
}

#[derive(Debug, Clone, Copy)]
enum TextTest {
    Equals,
    NotEquals,
    Contains,
}

#[derive(Debug, Clone, Copy)]
enum Comparison {
    Equal,
    NotEqual,
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
}

impl Expression {
    /// Holds for everything.
    pub(super) fn everything() -> Self {
        Self {
            conditions: Vec::new(),
            is_or: false,
        }
    }

    pub(super) fn read(input: &Input, kind: Kind) -> Result<Self, ServiceError> {
        let mut left = MOST_CONDITIONS;
        Self::read_bounded(input, kind, 0, &mut left)
    }

    fn read_bounded(
        input: &Input,
        kind: Kind,
        depth: usize,
        left: &mut usize,
    ) -> Result<Self, ServiceError> {
        if depth > DEEPEST {
            return Err(invalid(format!(
                "SearchExpression is nested more than {DEEPEST} levels deep."
            )));
        }
        let mut conditions = Vec::new();
        for filter in objects(input, "Filters") {
            take_one(left)?;
            conditions.push(Condition::Filter(Filter::read(filter, kind)?));
        }
        for nested in objects(input, "NestedFilters") {
            let name = text(nested, "NestedPropertyName").unwrap_or_default();
            if kind != Kind::Group || name != "FeatureDefinitions" {
                return Err(invalid(format!("{name} is not a nested property.")));
            }
            let mut filters = Vec::new();
            for filter in objects(nested, "Filters") {
                take_one(left)?;
                let filter = Filter::read(filter, kind)?;
                if DefinitionMember::of(&filter.property).is_none() {
                    return Err(invalid(
                        "Nested filters on FeatureDefinitions name FeatureDefinitions.FeatureName \
                         or FeatureDefinitions.FeatureType.",
                    ));
                }
                filters.push(filter);
            }
            conditions.push(Condition::Definition(filters));
        }
        for sub in objects(input, "SubExpressions") {
            take_one(left)?;
            let sub = Self::read_bounded(sub, kind, depth + 1, left)?;
            conditions.push(Condition::Nested(sub));
        }
        Ok(Self {
            conditions,
            is_or: text(input, "Operator") == Some("Or"),
        })
    }

    pub(super) fn holds(&self, item: &Item<'_>) -> bool {
        let mut conditions = self.conditions.iter().map(|condition| match condition {
            Condition::Filter(filter) => filter.holds(item),
            Condition::Definition(filters) => item.group.features.iter().any(|definition| {
                filters.iter().all(|filter| {
                    let member = DefinitionMember::of(&filter.property);
                    member.is_some_and(|member| filter.test.holds_of(&[member.text(definition)]))
                })
            }),
            Condition::Nested(expression) => expression.holds(item),
        });
        if self.conditions.is_empty() {
            return true;
        }
        if self.is_or {
            conditions.any(|holds| holds)
        } else {
            conditions.all(|holds| holds)
        }
    }
}

fn take_one(left: &mut usize) -> Result<(), ServiceError> {
    *left = left.checked_sub(1).ok_or_else(|| {
        invalid(format!(
            "SearchExpression has more than {MOST_CONDITIONS} conditions."
        ))
    })?;
    Ok(())
}

/// A member of a definition.
#[derive(Debug, Clone, Copy)]
enum DefinitionMember {
    Name,
    Type,
}

impl DefinitionMember {
    fn of(property: &Property) -> Option<Self> {
        match property {
            Property::Text(Member::FeatureDefinitions) => Some(Self::Name),
            Property::Text(Member::FeatureDefinitionTypes) => Some(Self::Type),
            _ => None,
        }
    }

    fn text(self, definition: &FeatureDefinition) -> &str {
        match self {
            Self::Name => &definition.name,
            Self::Type => type_text(definition.kind),
        }
    }
}

impl Filter {
    fn read(input: &Input, kind: Kind) -> Result<Self, ServiceError> {
        let name = text(input, "Name").unwrap_or_default();
        let property = Property::of(name, kind)?;
        let operator = text(input, "Operator").unwrap_or("Equals");
        let value = text(input, "Value");
        let unfit = || {
            invalid(format!(
                "The operator {operator} cannot be used with the property {name}."
            ))
        };
        if matches!(operator, "Exists" | "NotExists") {
            if value.is_some() {
                return Err(invalid(format!("The operator {operator} takes no Value.")));
            }
            let test = Test::Exists(operator == "Exists");
            return Ok(Self { property, test });
        }
        let value = value
            .ok_or_else(|| invalid(format!("The operator {operator} needs a Value for {name}.")))?;
        let test = match &property {
            Property::Time(_) => {
                let comparison = Comparison::of(operator).ok_or_else(unfit)?;
                let instant = instant(value).ok_or_else(|| {
                    invalid(format!(
                        "The Value of {name} must be a time of the form YYYY-mm-dd'T'HH:MM:SS."
                    ))
                })?;
                Test::Time(comparison, instant)
            }
            Property::Flag(_) => {
                let flag = match value {
                    "true" => true,
                    "false" => false,
                    _ => {
                        return Err(invalid(format!(
                            "The Value of {name} must be true or false."
                        )));
                    }
                };
                match operator {
                    "Equals" => Test::Flag(flag),
                    "NotEquals" => Test::Flag(!flag),
                    _ => return Err(unfit()),
                }
            }
            _ => match operator {
                "Equals" => Test::Text(TextTest::Equals, value.to_owned()),
                "NotEquals" => Test::Text(TextTest::NotEquals, value.to_owned()),
                "Contains" => Test::Text(TextTest::Contains, value.to_owned()),
                "In" => Test::In(
                    value
                        .split(',')
                        .map(|item| item.trim().to_owned())
                        .collect(),
                ),
                _ => return Err(unfit()),
            },
        };
        Ok(Self { property, test })
    }

    fn holds(&self, item: &Item<'_>) -> bool {
        match (&self.property, &self.test) {
            (Property::Time(_), Test::Exists(wanted)) => *wanted,
            (Property::Flag(name), Test::Exists(wanted)) => item.flag(*name).is_some() == *wanted,
            (Property::Time(name), Test::Time(comparison, value)) => {
                comparison.holds(item.time(*name), *value)
            }
            (Property::Flag(name), Test::Flag(value)) => item.flag(*name) == Some(*value),
            (property, test) => test.holds_of(&item.texts(property)),
        }
    }
}

impl Test {
    /// Of several texts one suffices; `NotEquals` holds when none is equal, and for none at all.
    fn holds_of(&self, texts: &[&str]) -> bool {
        match self {
            Self::Exists(wanted) => texts.is_empty() != *wanted,
            Self::Text(TextTest::Equals, value) => texts.contains(&value.as_str()),
            Self::Text(TextTest::NotEquals, value) => !texts.contains(&value.as_str()),
            Self::Text(TextTest::Contains, value) => {
                texts.iter().any(|text| text.contains(value.as_str()))
            }
            Self::In(values) => texts
                .iter()
                .any(|text| values.iter().any(|value| value == text)),
            Self::Time(..) | Self::Flag(_) => false,
        }
    }
}

impl Comparison {
    fn of(operator: &str) -> Option<Self> {
        Some(match operator {
            "Equals" => Self::Equal,
            "NotEquals" => Self::NotEqual,
            "GreaterThan" => Self::Greater,
            "GreaterThanOrEqualTo" => Self::GreaterOrEqual,
            "LessThan" => Self::Less,
            "LessThanOrEqualTo" => Self::LessOrEqual,
            _ => return None,
        })
    }

    fn holds(self, left: Timestamp, right: Timestamp) -> bool {
        match self {
            Self::Equal => left == right,
            Self::NotEqual => left != right,
            Self::Greater => left > right,
            Self::GreaterOrEqual => left >= right,
            Self::Less => left < right,
            Self::LessOrEqual => left <= right,
        }
    }
}

/// With an offset, or in UTC without one.
fn instant(text: &str) -> Option<Timestamp> {
    if let Ok(instant) = text.parse::<Timestamp>() {
        return Some(instant);
    }
    let civil: DateTime = text.parse().ok()?;
    civil
        .to_zoned(TimeZone::UTC)
        .ok()
        .map(|zoned| zoned.timestamp())
}
