//! States of a key that are worth trying: values that the policies name, and one beside them.

use rempart_aws_model::{ConditionKeyType, condition_key};

use super::{Site, example_account};
use crate::compile::test::Test;
use crate::context::{KeyName, KeyState};
use crate::document::{BaseOperator, ConditionEntry, Family, SetOperator};
use crate::request::Request;
use crate::value::address;
use crate::value::decimal::Decimal;

/// A state of a key and the class it stands for.
#[derive(Debug, Clone)]
pub(super) struct Candidate {
    pub(super) state: KeyState,
    pub(super) when: String,
}

/// Most states of one key.
const MOST: usize = 24;
/// Most values of one condition entry that are tried.
const MOST_VALUES: usize = 8;

/// The states of `key` to try, without repetition.
pub(super) fn of(
    key: &KeyName,
    sites: &[Site],
    request: &Request,
    is_list: bool,
) -> Vec<Candidate> {
    let mut values: Vec<(Box<str>, String)> = Vec::new();
    let mut families: Vec<Family> = Vec::new();
    let mut is_set = is_list;
    for site in sites {
        for test in &site.statement.tests {
            if test.key.folded() == key.folded() {
                families.push(test.operator.base.family());
                is_set |= test.operator.set != SetOperator::None;
                if let Some(entry) = entry(site, test) {
                    of_entry(entry, request, &mut values);
                }
            } else if test.variables().any(|name| name.folded() == key.folded()) {
                // The variable stands against another key: its values are what would agree.
                let other = request.context().get(&test.key);
                for value in other.map(KeyState::values).unwrap_or_default() {
                    let when = format!("equal to `{}`, the value of {}", value, test.key.as_str());
                    values.push((value.clone(), when));
                }
            }
        }
        if let Some(resources) = &site.statement.resources {
            for value in resources.fitting_values(key, request.resource()) {
                let when = format!("`{value}`");
                values.push((value, when));
            }
        }
    }
    let mut others = Vec::new();
    beside(key, &families, request, &values, &mut others);
    assemble(values, others, is_set)
}

fn entry<'a>(site: &'a Site, test: &Test) -> Option<&'a ConditionEntry> {
    let statement = site.policy.source(site.statement)?;
    statement.conditions.get(test.number as usize)
}

/// Values that agree with an entry, or lie just beside its limits.
fn of_entry(entry: &ConditionEntry, request: &Request, values: &mut Vec<(Box<str>, String)>) {
    let family = entry.operator.base.family();
    for value in entry.values.iter().take(MOST_VALUES) {
        let text = &*value.text;
        let mut push = |value: String, when: String| values.push((value.into(), when));
        match family {
            Family::Null => {}
            Family::String => match entry.operator.base {
                BaseOperator::StringLike | BaseOperator::StringNotLike => {
                    push(instance(text, request), format!("like `{text}`"));
                }
                _ => push(filled(text, request), format!("`{text}`")),
            },
            Family::Arn => push(instance(text, request), format!("like `{text}`")),
            Family::Bool => {
                push("true".to_owned(), "`true`".to_owned());
                push("false".to_owned(), "`false`".to_owned());
            }
            Family::Binary => push(text.to_owned(), format!("`{text}`")),
            Family::Address => {
                if let Some(range) = address::range(text) {
                    push(range.network().to_string(), format!("in {text}"));
                }
            }
            Family::Date => {
                push(text.to_owned(), format!("at {text}"));
                push("1970-01-02T00:00:00Z".to_owned(), format!("before {text}"));
                push("9999-12-31T00:00:00Z".to_owned(), format!("after {text}"));
            }
            Family::Numeric => {
                if Decimal::parse(text).is_some() {
                    push(text.to_owned(), format!("equal to {text}"));
                    push(beyond(text, true), format!("below {text}"));
                    push(beyond(text, false), format!("above {text}"));
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
fn instance(pattern: &str, request: &Request) -> String {
    let filled = filled(pattern, request);
    if filled == "*" {
        return "arn:aws:iam::111122223333:role/example".to_owned();
    }
    filled.replace('*', "example").replace('?', "x")
}

/// A text with the variables that have a value.
fn filled(text: &str, request: &Request) -> String {
    use crate::document::Version;
    use crate::template::{Filled, Template};
    match Template::parse(text, Version::V2012).text(request.context()) {
        Filled::Known(text) => text,
        Filled::Unresolved | Filled::Unknown => text.to_owned(),
    }
}

/// Values that none of the others are.
fn beside(
    key: &KeyName,
    families: &[Family],
    request: &Request,
    taken: &[(Box<str>, String)],
    others: &mut Vec<Box<str>>,
) {
    let of_reference = condition_key(key.as_str()).map(|key| key.value_type);
    let has = |family: Family| families.contains(&family);
    let account = example_account(request);
    let options: Vec<String> = if has(Family::Bool) || of_reference == Some(ConditionKeyType::Bool)
    {
        vec!["true".to_owned(), "false".to_owned()]
    } else if has(Family::Address) || of_reference == Some(ConditionKeyType::IpAddress) {
        [
            "192.0.2.1",
            "198.51.100.1",
            "203.0.113.1",
            "8.8.8.8",
            "2001:db8::1",
        ]
        .map(str::to_owned)
        .to_vec()
    } else if has(Family::Numeric) || of_reference == Some(ConditionKeyType::Numeric) {
        vec!["0".to_owned(), "1".to_owned(), "1000000".to_owned()]
    } else if has(Family::Date) || of_reference == Some(ConditionKeyType::Date) {
        vec!["2001-01-01T00:00:00Z".to_owned()]
    } else if has(Family::Binary) {
        vec!["b3RoZXI=".to_owned()]
    } else if has(Family::Arn) || of_reference == Some(ConditionKeyType::Arn) {
        vec![format!("arn:aws:iam::{account}:role/another")]
    } else {
        vec!["another-value".to_owned()]
    };
    let fresh = options
        .into_iter()
        .filter(|option| taken.iter().all(|(value, _)| **value != **option));
    others.extend(fresh.map(Into::into));
}

fn assemble(
    values: Vec<(Box<str>, String)>,
    others: Vec<Box<str>>,
    is_set: bool,
) -> Vec<Candidate> {
    let mut candidates: Vec<Candidate> = Vec::new();
    let mut push = |state: KeyState, when: String| {
        let is_new = candidates.iter().all(|known| known.state != state);
        if is_new && candidates.len() < MOST {
            candidates.push(Candidate { state, when });
        }
    };
    let state = |value: &str| {
        if is_set {
            KeyState::Several([value.into()].into())
        } else {
            KeyState::Single(value.into())
        }
    };
    for (value, when) in &values {
        push(state(value), when.clone());
    }
    for other in &others {
        push(state(other), "any other value".to_owned());
    }
    if is_set && let (Some((value, when)), Some(other)) = (values.first(), others.first()) {
        let both = KeyState::Several([value.clone(), other.clone()].into());
        push(both, format!("{when} and any other value"));
    }
    candidates
}
