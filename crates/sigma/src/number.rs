//! Exact comparison of decimal numbers in their text form. No digit is lost, whatever the length.

use std::cmp::Ordering;

/// A finite decimal number: sign, digits without zeros at either end, and the power of ten of the
/// first digit. Borrowed from its text.
#[derive(Debug, Clone)]
pub(crate) struct Decimal {
    negative: bool,
    /// Empty for zero
    digits: Box<[u8]>,
    magnitude: i64,
}

impl Decimal {
    /// Reads `-12.50e3` and the like. `None` for anything else, also for infinities.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (negative, rest) = match text.as_bytes().split_first()? {
            (b'-', rest) => (true, rest),
            (b'+', rest) => (false, rest),
            _ => (false, text.as_bytes()),
        };
        let exponent_place = rest.iter().position(|byte| matches!(byte, b'e' | b'E'));
        let (mantissa, exponent) = match exponent_place {
            Some(place) => (rest.get(..place)?, exponent(rest.get(place + 1..)?)?),
            None => (rest, 0),
        };
        let point = mantissa.iter().position(|byte| *byte == b'.');
        let whole_length = point.unwrap_or(mantissa.len());
        let mut digits = Vec::with_capacity(mantissa.len());
        for (place, byte) in mantissa.iter().enumerate() {
            if Some(place) == point {
                continue;
            }
            if !byte.is_ascii_digit() {
                return None;
            }
            digits.push(*byte);
        }
        if digits.is_empty() {
            return None;
        }
        let leading = digits.iter().take_while(|digit| **digit == b'0').count();
        let trailing = digits
            .iter()
            .rev()
            .take_while(|digit| **digit == b'0')
            .count();
        if leading == digits.len() {
            return Some(Self {
                negative: false,
                digits: Box::default(),
                magnitude: 0,
            });
        }
        digits.truncate(digits.len() - trailing);
        digits.drain(..leading);
        let first = i64::try_from(whole_length).ok()? - i64::try_from(leading).ok()?;
        Some(Self {
            negative,
            digits: digits.into_boxed_slice(),
            magnitude: first.saturating_add(exponent),
        })
    }

    /// Compares two numbers exactly.
    pub(crate) fn compare(&self, other: &Self) -> Ordering {
        let sign = |number: &Self| match (number.digits.is_empty(), number.negative) {
            (true, _) => 0,
            (false, true) => -1,
            (false, false) => 1,
        };
        let (left, right) = (sign(self), sign(other));
        if left != right || left == 0 {
            return left.cmp(&right);
        }
        let size = self
            .magnitude
            .cmp(&other.magnitude)
            .then_with(|| self.digits.cmp(&other.digits));
        if left < 0 { size.reverse() } else { size }
    }
}

fn exponent(bytes: &[u8]) -> Option<i64> {
    let text = std::str::from_utf8(bytes).ok()?;
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let limit = i64::MAX / 4;
    let size = digits.parse::<i64>().unwrap_or(limit).min(limit);
    Some(if text.starts_with('-') { -size } else { size })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn compare(left: &str, right: &str) -> Ordering {
        Decimal::parse(left)
            .unwrap()
            .compare(&Decimal::parse(right).unwrap())
    }

    #[test]
    fn numbers_compare_by_value() {
        for (left, right, expected) in [
            ("5", "5.0", Ordering::Equal),
            ("5", "+5e0", Ordering::Equal),
            ("0.050e2", "5", Ordering::Equal),
            ("-0", "0.00", Ordering::Equal),
            ("9007199254740993", "9007199254740992", Ordering::Greater),
            ("-10", "-9", Ordering::Less),
            ("1e400", "1e399", Ordering::Greater),
            ("1e99999999999999999999", "2", Ordering::Greater),
            ("-1e99999999999999999999", "-2", Ordering::Less),
            (".5", "0.49", Ordering::Greater),
        ] {
            assert_eq!(compare(left, right), expected, "{left} {right}");
        }
        for text in [
            "", "-", ".", "e5", "1e", "1.2.3", "1 ", "abc", "inf", "NaN", "0x1",
        ] {
            assert!(Decimal::parse(text).is_none(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn agrees_with_integers(left in any::<i64>(), right in any::<i64>()) {
            prop_assert_eq!(compare(&left.to_string(), &right.to_string()), left.cmp(&right));
        }

        #[test]
        fn agrees_with_floats(left in -1000i32..1000, right in -1000i32..1000, shift in 0i32..4) {
            let text = |number: i32| format!("{number}e-{shift}");
            prop_assert_eq!(compare(&text(left), &text(right)), left.cmp(&right));
        }
    }
}
