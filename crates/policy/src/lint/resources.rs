//! Resources that the actions are authorised on.

use rempart_aws_model::{Action, action_service};

use super::view::View;
use super::{RESOURCE_MISMATCH, RESOURCE_ONLY_STAR, Report, VARIABLE_MISPLACED, some_of};
use crate::document::{PolicyKind, Version};
use crate::glob::Glob;
use crate::template::{Part, Template};

pub(crate) fn check(view: &View, report: &mut Report) {
    let Some(resources) = &view.statement.resource else {
        return;
    };
    misplaced_variables(view, report);
    if resources.negated
        || view.is_unbounded
        || resources.values.iter().any(|value| &*value.text == "*")
    {
        return;
    }
    // The resource of a key policy is the key itself, whatever is written.
    if view.policy.kind == PolicyKind::KmsKey {
        return;
    }
    let literal = view.patterns.iter().filter(|pattern| !pattern.has_wildcard);
    let mut bare: Vec<String> = Vec::new();
    let mut reachable = false;
    let mut unreachable: Vec<String> = Vec::new();
    for pattern in &view.patterns {
        for action in &pattern.actions {
            let is_reached = resources
                .values
                .iter()
                .any(|value| may_be_of(&value.text, action));
            reachable |= is_reached;
        }
    }
    for pattern in literal {
        for action in &pattern.actions {
            let name = format!("{}:{}", action.prefix, action.name);
            if action.resources.is_empty() {
                bare.push(name);
            } else if !resources
                .values
                .iter()
                .any(|value| may_be_of(&value.text, action))
            {
                unreachable.push(name);
            }
        }
    }
    let place = resources.position;
    if !bare.is_empty() {
        let message = format!(
            "{} is authorised on `*` alone: these ARNs never match it",
            some_of(&bare, 4)
        );
        report.advise(
            RESOURCE_ONLY_STAR,
            view,
            place,
            message,
            "give it a statement of its own with the resource `*`",
        );
    }
    let is_pointless = view.actions().next().is_some() && !reachable && bare.is_empty();
    if is_pointless || (reachable && !unreachable.is_empty()) {
        let actions = if unreachable.is_empty() {
            "any of the actions".to_owned()
        } else {
            some_of(&unreachable, 4)
        };
        let message =
            format!("none of these resources is of a type that {actions} is authorised on");
        report.add(RESOURCE_MISMATCH, view, place, message);
    }
}

/// Whether a resource pattern can hold an ARN of one of the action's resource types.
fn may_be_of(pattern: &str, action: &Action) -> bool {
    let Some(service) = action_service(action.prefix) else {
        return true;
    };
    let plain = with_stars(pattern);
    action.resources.iter().any(|resource| {
        service
            .resource_type(resource.name)
            .is_none_or(|kind| arns_overlap(&plain, &with_stars(kind.arn_pattern)))
    })
}

/// `${…}` may be anything.
fn with_stars(text: &str) -> String {
    let template = Template::parse(text, Version::V2012);
    let parts = template.parts.iter().map(|part| match part {
        Part::Text(text) | Part::Literal(text) => &**text,
        Part::Variable { .. } => "*",
    });
    parts.collect()
}

/// Whether two ARN patterns have an ARN in common, part by part. A pattern with fewer parts ends in a
/// star that may stand for any.
fn arns_overlap(left: &str, right: &str) -> bool {
    let parts = |text: &str| -> Vec<String> { text.splitn(6, ':').map(str::to_owned).collect() };
    let (left, right) = (parts(left), parts(right));
    if left.len() < 6 || right.len() < 6 {
        return true;
    }
    left.iter()
        .zip(&right)
        .all(|(left, right)| overlaps(left, right))
}

/// Whether some text matches both patterns.
fn overlaps(left: &str, right: &str) -> bool {
    // Most patterns hold the other one's text as it is.
    if Glob::new(left).matches(right) || Glob::new(right).matches(left) {
        return true;
    }
    let (left, right): (Vec<char>, Vec<char>) = (left.chars().collect(), right.chars().collect());
    if left.len() * right.len() > 1_000_000 {
        return true;
    }
    // row[j]: the first i characters of `left` and the first j of `right` can stand for one text.
    let mut row = vec![false; right.len() + 1];
    let star = |patterns: &[char], place: usize| patterns.get(place) == Some(&'*');
    for (place, cell) in row.iter_mut().enumerate() {
        *cell = right.iter().take(place).all(|character| *character == '*');
    }
    for (line, wanted) in left.iter().enumerate() {
        let mut next = vec![false; right.len() + 1];
        for place in 0..=right.len() {
            let above = row.get(place).copied().unwrap_or_default();
            let before = place.checked_sub(1);
            let diagonal = before
                .and_then(|at| row.get(at))
                .copied()
                .unwrap_or_default();
            let beside = before
                .and_then(|at| next.get(at))
                .copied()
                .unwrap_or_default();
            let other = before.and_then(|at| right.get(at)).copied();
            let is_right_star = before.is_some_and(|at| star(&right, at));
            let agrees = match other {
                Some(other) => *wanted == other || *wanted == '?' || other == '?',
                None => false,
            };
            let holds = if star(&left, line) || is_right_star {
                above || beside || diagonal
            } else {
                agrees && diagonal
            };
            if let Some(cell) = next.get_mut(place) {
                *cell = holds;
            }
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

fn misplaced_variables(view: &View, report: &mut Report) {
    if view.version() != Version::V2012 {
        return;
    }
    for value in view
        .statement
        .resource
        .iter()
        .flat_map(|resource| &resource.values)
    {
        let mut colons = 0;
        for part in &Template::parse(&value.text, Version::V2012).parts {
            match part {
                Part::Text(text) => colons += text.matches(':').count(),
                Part::Literal(_) => {}
                Part::Variable { key, .. } if colons < 5 => {
                    let message = format!(
                        "`${{{}}}` stands before the fifth colon, where no variable is replaced: the pattern matches nothing",
                        key.as_str()
                    );
                    report.add(VARIABLE_MISPLACED, view, value.position, message);
                }
                Part::Variable { .. } => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overlap_is_symmetric() {
        for (left, right, wanted) in [
            ("b/*", "*", true),
            ("b*", "*/*", true),
            ("model/*", "training-job/*", false),
            ("a?c", "ab*", true),
            ("*a", "*b", false),
            ("abc", "abc", true),
        ] {
            assert_eq!(overlaps(left, right), wanted, "{left} {right}");
            assert_eq!(overlaps(right, left), wanted, "{right} {left}");
        }
    }

    #[test]
    fn arns_overlap_part_by_part() {
        for (pattern, wanted) in [
            ("arn:aws:sagemaker:*:1:model/*", false),
            ("arn:aws:sagemaker:*:1:training-job/x", true),
            ("arn:aws:sagemaker:*", true),
            ("arn:aws:s3:::*", false),
        ] {
            let kind = "arn:*:sagemaker:*:*:training-job/*";
            assert_eq!(arns_overlap(pattern, kind), wanted, "{pattern}");
        }
    }
}
