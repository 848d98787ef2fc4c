//! States of a key that are worth trying: values that the policies name, and one beside them.

use std::fmt;
use std::sync::Arc;

use rempart_aws_model::ConditionKeyType;

use super::{Site, example_account};
use crate::compile::test::Test;
use crate::context::KeyState;
use crate::document::{BaseOperator, ConditionEntry, Family, SetOperator, Spanned, Version};
use crate::reference::KeyFacts;
use crate::request::Request;
use crate::template::{Filled, Template};
use crate::value::address;
use crate::value::decimal::Decimal;

/// A state of a key and the class it stands for.
#[derive(Debug, Clone)]
pub(super) struct Candidate<'a> {
    pub(super) state: KeyState,
    pub(super) when: When<'a>,
}

/// A class of values in words. Most classes are never shown, so nothing is printed before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct When<'a> {
    start: &'static str,
    text: &'a str,
    end: &'static str,
    /// The key whose value the text is.
    of: &'a str,
    and_others: bool,
}

impl<'a> When<'a> {
    pub(super) const ABSENT: Self = Self::plain("absent");
    const OTHER: Self = Self::plain("any other value");

    const fn plain(start: &'static str) -> Self {
        Self::new(start, "", "")
    }

    const fn new(start: &'static str, text: &'a str, end: &'static str) -> Self {
        Self {
            start,
            text,
            end,
            of: "",
            and_others: false,
        }
    }
}

impl fmt::Display for When<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            start, text, end, ..
        } = self;
        write!(f, "{start}{text}{end}")?;
        if !self.of.is_empty() {
            write!(f, ", the value of {}", self.of)?;
        }
        if self.and_others {
            f.write_str(" and any other value")?;
        }
        Ok(())
    }
}

/// Most states of one key.
const MOST: usize = 24;
/// Most values of one condition entry that are tried.
const MOST_VALUES: usize = 8;

type Value<'a> = (Arc<str>, When<'a>);

/// The states of a key to try, without repetition.
pub(super) fn of<'a>(
    key: &KeyFacts,
    sites: &'a [Site<'a>],
    request: &'a Request,
) -> Vec<Candidate<'a>> {
    let mut values: Vec<Value> = Vec::new();
    let mut families: Vec<Family> = Vec::new();
    let mut is_set = key.is_multivalued;
    for site in sites {
        for test in &site.statement.tests {
            if test.key.is_same(&key.name) {
                families.push(test.operator.base.family());
                is_set |= test.operator.set != SetOperator::None;
                if let Some(entry) = entry(site, test) {
                    of_entry(entry, request, &mut values);
                }
            } else if test.variables().any(|name| name.is_same(&key.name)) {
                // The variable stands against another key: its values are what would agree.
                let other = request.context().get(&test.key);
                for value in other.map(KeyState::values).unwrap_or_default() {
                    let when = When {
                        of: test.key.as_str(),
                        ..When::new("equal to `", value, "`")
                    };
                    values.push((value.clone(), when));
                }
            }
        }
        if let Some(resources) = &site.statement.resources {
            for value in resources.fitting_values(&key.name, request.resource()) {
                values.push((value.into(), When::new("`", value, "`")));
            }
        }
    }
    let mut others = Vec::new();
    beside(key.value_type, &families, request, &values, &mut others);
    assemble(values, others, is_set)
}

fn entry<'a>(site: &'a Site, test: &Test) -> Option<&'a ConditionEntry> {
    let statement = site.policy.source(site.statement)?;
    statement.conditions.get(test.number as usize)
}

/// Values that agree with an entry, or lie just beside its limits.
fn of_entry<'a>(entry: &'a ConditionEntry, request: &Request, values: &mut Vec<Value<'a>>) {
    let base = entry.operator.base;
    for value in entry.values.iter().take(MOST_VALUES) {
        let text = &*value.text;
        let mut push = |value: Arc<str>, start: &'static str, end: &'static str| {
            values.push((value, When::new(start, text, end)));
        };
        match base.family() {
            Family::Null => {}
            Family::Arn => push(instance(value, request), "like `", "`"),
            Family::String
                if matches!(base, BaseOperator::StringLike | BaseOperator::StringNotLike) =>
            {
                push(instance(value, request), "like `", "`");
            }
            Family::String => push(filled(value, request), "`", "`"),
            Family::Bool => {
                for text in ["true", "false"] {
                    values.push((text.into(), When::new("`", text, "`")));
                }
            }
            Family::Binary => push(value.text.clone(), "`", "`"),
            Family::Address => {
                if let Some(range) = address::range(text) {
                    push(range.network().to_string().into(), "in ", "");
                }
            }
            Family::Date => {
                push(value.text.clone(), "at ", "");
                push("1970-01-02T00:00:00Z".into(), "before ", "");
                push("9999-12-31T00:00:00Z".into(), "after ", "");
            }
            Family::Numeric => {
                if Decimal::parse(text).is_some() {
                    push(value.text.clone(), "equal to ", "");
                    push(beyond(text, true).into(), "below ", "");
                    push(beyond(text, false).into(), "above ", "");
                }
            }
        }
    }
}

/// A number further out than the given one.
fn beyond(text: &str, below: bool) -> String {
    let digits = text.trim_start_matches(['-', '+']);
    let is_negative = text.starts_with('-');
    match (below, is_negative) {
        // A digit in front makes it larger, whatever it is.
        (true, true) => format!("-1{digits}"),
        (true, false) => "-1".to_owned(),
        (false, true) => "1".to_owned(),
        (false, false) => format!("1{digits}"),
    }
}

/// A text that a pattern matches.
fn instance(pattern: &Spanned, request: &Request) -> Arc<str> {
    let filled = filled(pattern, request);
    if &*filled == "*" {
        return "arn:aws:iam::111122223333:role/example".into();
    }
    if !filled.contains(['*', '?']) {
        return filled;
    }
    filled.replace('*', "example").replace('?', "x").into()
}

/// A text with the variables that have a value.
fn filled(value: &Spanned, request: &Request) -> Arc<str> {
    if !value.text.contains("${") {
        return value.text.clone();
    }
    match Template::parse(&value.text, Version::V2012).text(request.context()) {
        Filled::Known(text) => text.into(),
        Filled::Unresolved | Filled::Unknown => value.text.clone(),
    }
}

/// Values that none of the others are.
fn beside(
    of_reference: Option<ConditionKeyType>,
    families: &[Family],
    request: &Request,
    taken: &[Value],
    others: &mut Vec<Arc<str>>,
) {
    let has = |family: Family, value_type: ConditionKeyType| {
        families.contains(&family) || of_reference == Some(value_type)
    };
    let options: &[&str] = if has(Family::Bool, ConditionKeyType::Bool) {
        &["true", "false"]
    } else if has(Family::Address, ConditionKeyType::IpAddress) {
        &[
            "192.0.2.1",
            "198.51.100.1",
            "203.0.113.1",
            "8.8.8.8",
            "2001:db8::1",
        ]
    } else if has(Family::Numeric, ConditionKeyType::Numeric) {
        &["0", "1", "1000000"]
    } else if has(Family::Date, ConditionKeyType::Date) {
        &["2001-01-01T00:00:00Z"]
    } else if has(Family::Binary, ConditionKeyType::Binary) {
        &["b3RoZXI="]
    } else if has(Family::Arn, ConditionKeyType::Arn) {
        let account = example_account(request);
        others.push(format!("arn:aws:iam::{account}:role/another").into());
        &[]
    } else {
        &["another-value"]
    };
    let fresh = options
        .iter()
        .filter(|option| taken.iter().all(|(value, _)| **value != ***option));
    others.extend(fresh.map(|option| Arc::from(*option)));
}

fn assemble<'a>(values: Vec<Value<'a>>, others: Vec<Arc<str>>, is_set: bool) -> Vec<Candidate<'a>> {
    let mut candidates: Vec<Candidate> = Vec::with_capacity(values.len() + others.len() + 1);
    let mut push = |state: KeyState, when: When<'a>| {
        let is_new = candidates.iter().all(|known| known.state != state);
        if is_new && candidates.len() < MOST {
            candidates.push(Candidate { state, when });
        }
    };
    let state = |value: &Arc<str>| {
        if is_set {
            KeyState::Several([value.clone()].into())
        } else {
            KeyState::Single(value.clone())
        }
    };
    for (value, when) in &values {
        push(state(value), *when);
    }
    for other in &others {
        push(state(other), When::OTHER);
    }
    if is_set && let (Some((value, when)), Some(other)) = (values.first(), others.first()) {
        let both = KeyState::Several([value.clone(), other.clone()].into());
        let when = When {
            and_others: true,
            ..*when
        };
        push(both, when);
    }
    candidates
}
