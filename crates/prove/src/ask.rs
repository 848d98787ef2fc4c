//! What a condition asks of one value, and the cells into which all values fall by it.

mod points;

use std::cmp::Ordering;

use hashbrown::HashSet;
use ipnet::IpNet;
use rempart_policy::compare_numbers;
use rempart_policy::document::BaseOperator;
use rempart_policy::instant;

use crate::language::{Glob, Language, TooManyStates, split};

use points::{addresses, dates, numbers};

/// A question about one value of a key or field.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Ask {
    /// Whether it is one of these texts
    Text(Language),
    /// Whether it stands in this order to one of these numbers
    Number(Comparison, Box<[Box<str>]>),
    /// The same for dates
    Date(Comparison, Box<[Box<str>]>),
    /// Whether it lies in one of these ranges
    Address(Box<[IpNet]>),
    /// Whether it is a boolean listed here
    Bool {
        /// `true` is listed
        yes: bool,
        /// `false` is listed
        no: bool,
    },
}

/// An order between two values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Comparison {
    /// The same
    Equal,
    /// Below
    Less,
    /// Below or the same
    AtMost,
    /// Above
    Greater,
    /// Above or the same
    AtLeast,
}

impl Comparison {
    /// What the operator compares for; negation is left to the caller.
    pub fn of(base: BaseOperator) -> Self {
        match base {
            BaseOperator::NumericLessThan | BaseOperator::DateLessThan => Self::Less,
            BaseOperator::NumericLessThanEquals | BaseOperator::DateLessThanEquals => Self::AtMost,
            BaseOperator::NumericGreaterThan | BaseOperator::DateGreaterThan => Self::Greater,
            BaseOperator::NumericGreaterThanEquals | BaseOperator::DateGreaterThanEquals => {
                Self::AtLeast
            }
            _ => Self::Equal,
        }
    }

    /// Whether this is the order.
    pub fn holds(self, order: Ordering) -> bool {
        match self {
            Self::Equal => order.is_eq(),
            Self::Less => order.is_lt(),
            Self::AtMost => order.is_le(),
            Self::Greater => order.is_gt(),
            Self::AtLeast => order.is_ge(),
        }
    }
}

/// What all values of a key or field surely are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Kind {
    /// Any text: a tag, for example
    #[default]
    Text,
    /// Numbers
    Number,
    /// Dates
    Date,
    /// Addresses
    Address,
}

/// What values a key or field can have.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Domain {
    /// Only these texts.
    pub within: Option<Language>,
    /// Only these values.
    pub listed: Option<Vec<Box<str>>>,
    /// Only whole numbers.
    pub is_whole: bool,
    /// Only values of this kind.
    pub kind: Kind,
    /// A value may be an empty text.
    pub may_be_empty: bool,
}

impl Domain {
    /// Whether a value belongs to it.
    pub fn holds(&self, value: &str) -> bool {
        let is_within = self
            .within
            .as_ref()
            .is_none_or(|within| within.matches(value));
        let is_listed = self
            .listed
            .as_ref()
            .is_none_or(|listed| listed.iter().any(|other| **other == *value));
        let is_number = value.parse::<i128>().is_ok();
        if value.is_empty() {
            return self.may_be_empty;
        }
        let is_of_kind = match self.kind {
            Kind::Text => true,
            Kind::Number => compare_numbers(value, value).is_some(),
            Kind::Date => instant(value).is_some(),
            Kind::Address => rempart_policy::address_range(value).is_some(),
        };
        is_within && is_listed && is_of_kind && (!self.is_whole || is_number)
    }

    /// Some value, for a part of which nothing is asked.
    pub(crate) fn plain_value(&self) -> &'static str {
        match self.kind {
            Kind::Text => "example",
            Kind::Number => "1",
            Kind::Date => "2026-01-01T00:00:00Z",
            Kind::Address => "198.51.100.7",
        }
    }

    /// Some text that is of none of the operators' types.
    fn other(&self, most_states: usize) -> Result<Option<Box<str>>, SplitError> {
        let Some(within) = &self.within else {
            return Ok(Some("other".into()));
        };
        let found = split(&[within], |truth| truth == [true], most_states)?;
        Ok(found.into_iter().next().map(|(text, _)| text.into()))
    }
}

/// A class of values that no question tells apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    /// One of its values.
    pub witness: Box<str>,
    /// The answer to each question.
    pub truth: Box<[bool]>,
}

/// Why values could not be split.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SplitError {
    /// Too many states
    #[error(transparent)]
    States(#[from] TooManyStates),
    /// Too many cells
    #[error("more than {0} classes of values are needed")]
    Cells(usize),
    /// Operators of several types on one key
    #[error("operators of several types look at it")]
    Mixed,
    /// A limit with too many digits
    #[error("`{0}` has too many digits")]
    Digits(Box<str>),
}

/// Most cells of one component, and most questions about it.
pub(crate) const MOST_CELLS: usize = 4096;

/// Most comparisons of values with the limits of all questions.
const MOST_COMPARISONS: usize = 10_000_000;

impl Ask {
    /// How many values of a policy are held against each value.
    fn limits(&self) -> usize {
        match self {
            Self::Number(_, limits) | Self::Date(_, limits) => limits.len(),
            Self::Address(ranges) => ranges.len(),
            Self::Text(_) | Self::Bool { .. } => 1,
        }
    }

    /// Whether the value is the empty text.
    pub fn is_empty() -> Self {
        Self::Text(Language::new([Glob::literal("")]))
    }

    /// The answer for a value.
    pub fn truth(&self, value: &str) -> bool {
        match self {
            Self::Text(language) => language.matches(value),
            Self::Number(comparison, limits) => limits.iter().any(|limit| {
                compare_numbers(value, limit).is_some_and(|order| comparison.holds(order))
            }),
            Self::Date(comparison, limits) => instant(value).is_some_and(|value| {
                let mut instants = limits.iter().filter_map(|limit| instant(limit));
                instants.any(|limit| comparison.holds(value.cmp(&limit)))
            }),
            Self::Address(ranges) => match rempart_policy::address_range(value) {
                Some(range) if range.prefix_len() == range.max_prefix_len() => {
                    ranges.iter().any(|other| other.contains(&range.addr()))
                }
                _ => false,
            },
            Self::Bool { yes, no } => {
                (*yes && value.eq_ignore_ascii_case("true"))
                    || (*no && value.eq_ignore_ascii_case("false"))
            }
        }
    }
}

/// Splits all values of a domain by the questions. Every combination of answers that a value of the
/// domain has is in the list exactly once.
///
/// # Errors
/// The questions do not go together, or a bound was reached.
pub fn cells(asks: &[Ask], domain: &Domain, most_states: usize) -> Result<Vec<Cell>, SplitError> {
    if asks.len() > MOST_CELLS {
        return Err(SplitError::Cells(MOST_CELLS));
    }
    if let Some(listed) = &domain.listed {
        return Ok(of_values(asks, listed.iter().cloned()));
    }
    // Whether a value is empty may be asked beside everything else.
    let is_empty = Ask::is_empty();
    let all = |wanted: fn(&Ask) -> bool| asks.iter().all(|ask| *ask == is_empty || wanted(ask));
    let (mut values, kind) = if all(|ask| matches!(ask, Ask::Text(_))) {
        let mut cells = of_texts(asks, domain, most_states)?;
        if domain.may_be_empty {
            add(&mut cells, asks, "".into());
        }
        return bounded(cells);
    } else if all(|ask| matches!(ask, Ask::Bool { .. })) {
        (["false", "true"].map(Into::into).into(), None)
    } else if all(|ask| matches!(ask, Ask::Number(..))) {
        (numbers(asks, domain.is_whole)?, Some(Kind::Number))
    } else if all(|ask| matches!(ask, Ask::Date(..))) {
        (dates(asks), Some(Kind::Date))
    } else if all(|ask| matches!(ask, Ask::Address(_))) {
        (addresses(asks), Some(Kind::Address))
    } else {
        return Err(SplitError::Mixed);
    };
    let limits: usize = asks.iter().map(Ask::limits).sum();
    if values.len().saturating_mul(limits) > MOST_COMPARISONS {
        return Err(SplitError::Cells(MOST_CELLS));
    }
    // A text need not be of the type that the operators want.
    if kind != Some(domain.kind) && !domain.is_whole {
        values.extend(domain.other(most_states)?);
    }
    if domain.may_be_empty {
        values.push("".into());
    }
    bounded(of_values(asks, values))
}

fn bounded(cells: Vec<Cell>) -> Result<Vec<Cell>, SplitError> {
    if cells.len() > MOST_CELLS {
        return Err(SplitError::Cells(MOST_CELLS));
    }
    Ok(cells)
}

fn of_values(asks: &[Ask], values: impl IntoIterator<Item = Box<str>>) -> Vec<Cell> {
    let mut cells: Vec<Cell> = Vec::new();
    let mut known: HashSet<Box<[bool]>, foldhash::fast::FixedState> = HashSet::default();
    for witness in values {
        let truth: Box<[bool]> = asks.iter().map(|ask| ask.truth(&witness)).collect();
        if known.insert(truth.clone()) {
            cells.push(Cell { witness, truth });
        }
    }
    cells
}

fn add(cells: &mut Vec<Cell>, asks: &[Ask], witness: Box<str>) {
    let truth: Box<[bool]> = asks.iter().map(|ask| ask.truth(&witness)).collect();
    if cells.iter().all(|cell| cell.truth != truth) {
        cells.push(Cell { witness, truth });
    }
}

fn of_texts(asks: &[Ask], domain: &Domain, most: usize) -> Result<Vec<Cell>, SplitError> {
    let mut languages: Vec<&Language> = asks
        .iter()
        .filter_map(|ask| match ask {
            Ask::Text(language) => Some(language),
            _ => None,
        })
        .collect();
    languages.extend(domain.within.as_ref());
    let has_domain = domain.within.is_some();
    let wanted = |truth: &[bool]| !has_domain || truth.last() == Some(&true);
    let found = split(&languages, wanted, most)?;
    let cells = found.into_iter().map(|(witness, mut truth)| {
        truth.truncate(asks.len());
        Cell {
            witness: witness.into(),
            truth: truth.into(),
        }
    });
    Ok(cells.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn truths(asks: &[Ask], domain: &Domain) -> Vec<(String, Vec<bool>)> {
        let cells = cells(asks, domain, 10_000).expect("small");
        let pairs = cells.iter();
        pairs
            .map(|cell| (cell.witness.to_string(), cell.truth.to_vec()))
            .collect()
    }

    #[test]
    fn numbers_fall_into_points_and_intervals() {
        let asks = [
            Ask::Number(Comparison::AtMost, ["3600".into()].into()),
            Ask::Number(Comparison::Equal, ["3600.5".into(), "-1".into()].into()),
        ];
        let found = truths(&asks, &Domain::default());
        assert_eq!(found.len(), 4);
        let whole = Domain {
            is_whole: true,
            ..Domain::default()
        };
        let found = truths(&asks, &whole);
        assert!(found.iter().all(|(witness, _)| !witness.contains('.')));
        assert_eq!(found.len(), 3);
    }

    #[test]
    fn dates_and_addresses_do_too() {
        let dates = [Ask::Date(
            Comparison::Greater,
            ["2026-01-01T00:00:00Z".into()].into(),
        )];
        assert_eq!(truths(&dates, &Domain::default()).len(), 2);
        let ranges = ["192.0.2.0/24", "192.0.0.0/16", "2001:db8::/32"]
            .map(|text| [text.parse::<IpNet>().expect("a range")]);
        let asks = ranges.map(|range| Ask::Address(range.into()));
        let found = truths(&asks, &Domain::default());
        assert_eq!(found.len(), 4, "{found:?}");
    }

    #[test]
    fn a_domain_keeps_others_out() {
        let asks = [Ask::Text(Language::new([Glob::like("Dis*")]))];
        let listed = Domain {
            listed: Some(vec!["Enabled".into(), "Disabled".into()]),
            ..Domain::default()
        };
        assert_eq!(truths(&asks, &listed).len(), 2);
        let within = Domain {
            within: Some(Language::new([Glob::like("D*")])),
            ..Domain::default()
        };
        let found = truths(&asks, &within);
        assert!(found.len() == 2 && found.iter().all(|(text, _)| text.starts_with('D')));
    }

    #[test]
    fn mixed_operators_are_refused() {
        let asks = [
            Ask::Bool {
                yes: true,
                no: false,
            },
            Ask::Number(Comparison::Equal, ["1".into()].into()),
        ];
        assert_eq!(cells(&asks, &Domain::default(), 10), Err(SplitError::Mixed));
    }
}
