//! What a condition asks of one value, for callers that ask about values without a request.

use std::cmp::Ordering;

use crate::compile::values::Values;
use crate::context::Context;
use crate::document::{BaseOperator, Spanned, Version};
use crate::json::Position;
use crate::truth::Truth;
use crate::value::date::Instant;
use crate::value::decimal::Decimal;

/// The comparison of a condition entry, without its key: whether a value is one of those listed.
/// Negation is left to the caller: `StringNotEquals` asks here what `StringEquals` asks.
#[derive(Debug)]
pub struct ValueTest {
    base: BaseOperator,
    values: Values,
}

impl ValueTest {
    /// Prepares the values of a condition entry. Variables are not filled in: values that hold one
    /// match nothing.
    pub fn new<'a>(
        base: BaseOperator,
        values: impl IntoIterator<Item = &'a str>,
        version: Version,
    ) -> Self {
        let position = Position { line: 0, column: 0 };
        let spanned: Vec<Spanned> = values
            .into_iter()
            .map(|text| Spanned {
                text: text.into(),
                position,
            })
            .collect();
        Self {
            base,
            values: Values::new(base, &spanned, version),
        }
    }

    /// Whether the value is one of those listed. Unknown where AWS does not say.
    pub fn truth(&self, value: &str) -> Truth {
        self.values.matches(self.base, value, &Context::new())
    }
}

/// Numerical order of two decimal numbers; `None` when one is none.
pub fn compare_numbers(left: &str, right: &str) -> Option<Ordering> {
    Some(Decimal::parse(left)?.compare(Decimal::parse(right)?))
}

/// The instant that a date of a condition names, in units of 10⁻¹⁸ seconds since 1970; `None` when
/// the text is no date.
pub fn instant(text: &str) -> Option<i128> {
    Instant::parse(text).map(Instant::units)
}

/// The range of addresses that a value of an address condition names.
pub fn address_range(text: &str) -> Option<ipnet::IpNet> {
    crate::value::address::range(text)
}
