//! Fields that are numbers, or yes and no.

use std::fmt::Display;
use std::ops::RangeInclusive;
use std::str::FromStr;

use rempart_sigma::yaml::{Fields, Problems};

/// Takes a number within bounds.
pub(super) fn number<N: FromStr + PartialOrd + Display>(
    fields: &mut Fields<'_>,
    problems: &mut impl Problems,
    name: &str,
    range: RangeInclusive<N>,
) -> Option<N> {
    let node = fields.take(name)?;
    let number = node
        .scalar()
        .and_then(|text| text.parse().ok())
        .filter(|number| range.contains(number));
    if number.is_none() {
        let message = format!(
            "`{name}` is a number from {} to {}",
            range.start(),
            range.end()
        );
        problems.problem(node.at, message);
    }
    number
}

/// Takes `true` or `false`.
pub(super) fn flag(
    fields: &mut Fields<'_>,
    problems: &mut impl Problems,
    name: &str,
) -> Option<bool> {
    super::choices::choice(fields, problems, name, &[("true", true), ("false", false)])
}
