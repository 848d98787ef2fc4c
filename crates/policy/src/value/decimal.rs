//! Exact decimal numbers, compared as text: no digit is lost to floating point.

use std::cmp::Ordering;

/// A decimal number: an optional sign, digits, optionally a point and digits. No exponent.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Decimal<'a> {
    is_negative: bool,
    /// Without leading zeros.
    integer: &'a str,
    /// Without trailing zeros.
    fraction: &'a str,
}

impl<'a> Decimal<'a> {
    /// Reads the whole text; `None` when it is no such number.
    pub(crate) fn parse(text: &'a str) -> Option<Self> {
        let (is_negative, digits) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (integer, fraction) = match digits.split_once('.') {
            Some((_, "")) => return None,
            Some(parts) => parts,
            None => (digits, ""),
        };
        let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if integer.is_empty() || !all_digits(integer) || !all_digits(fraction) {
            return None;
        }
        let integer = integer.trim_start_matches('0');
        let fraction = fraction.trim_end_matches('0');
        let is_zero = integer.is_empty() && fraction.is_empty();
        Some(Self {
            is_negative: is_negative && !is_zero,
            integer,
            fraction,
        })
    }

    fn magnitude(self, other: Self) -> Ordering {
        self.integer
            .len()
            .cmp(&other.integer.len())
            .then_with(|| self.integer.cmp(other.integer))
            .then_with(|| self.fraction.cmp(other.fraction))
    }

    /// Numerical order.
    pub(crate) fn compare(self, other: Self) -> Ordering {
        match (self.is_negative, other.is_negative) {
            (false, false) => self.magnitude(other),
            (true, true) => other.magnitude(self),
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn order(left: &str, right: &str) -> Ordering {
        let parse = |text| Decimal::parse(text).expect("a number");
        parse(left).compare(parse(right))
    }

    #[test]
    fn order_is_exact() {
        assert_eq!(order("0.1", "0.10"), Ordering::Equal);
        assert_eq!(order("-0", "0"), Ordering::Equal);
        assert_eq!(
            order("9007199254740993", "9007199254740992"),
            Ordering::Greater
        );
        assert_eq!(order("0.30000000000000001", "0.3"), Ordering::Greater);
        assert_eq!(order("-2", "-10"), Ordering::Greater);
        assert_eq!(order("007", "+7.0"), Ordering::Equal);
    }

    #[test]
    fn the_whole_text_must_be_a_number() {
        for text in ["", "10abc", " 1", "1.", ".5", "1e3", "--1", "0x10", "١"] {
            assert!(Decimal::parse(text).is_none(), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn order_is_that_of_integers(left: i64, right: i64) {
            let (a, b) = (left.to_string(), right.to_string());
            prop_assert_eq!(order(&a, &b), left.cmp(&right));
        }
    }
}
