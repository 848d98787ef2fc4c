//! Parameters of texts: lists, sizes, behaviours, strangers.

use rempart_locale::{Param, Text};

use crate::facts::Facts;
use crate::targets::{clipped, short};

/// Names that a sentence lists.
const NAMED: usize = 6;

/// `a, b and c`, `a, b, c and 12 others`, or that nothing is named. Each once, in order.
pub(crate) fn names<S: AsRef<str>>(all: impl IntoIterator<Item = S>) -> Param {
    let mut distinct: Vec<String> = Vec::new();
    let mut seen = std::collections::HashSet::new();
    for name in all {
        let name = clipped(name.as_ref());
        if seen.insert(name.clone()) {
            distinct.push(name);
        }
    }
    if distinct.is_empty() {
        return Text::new("nobody-named").into();
    }
    if distinct.len() <= NAMED {
        return distinct.into();
    }
    let rest = distinct.len() - (NAMED - 1);
    distinct.truncate(NAMED - 1);
    let first = Param::Literal(distinct.join(", "));
    Text::new("list-more")
        .with("items", first)
        .with("count", rest)
        .into()
}

/// As [`names`], with the last parts of ARNs.
pub(crate) fn short_names<'s>(all: impl IntoIterator<Item = &'s str>) -> Param {
    names(all.into_iter().map(short))
}

/// A size, rounded down to a whole number of at least two digits.
pub(crate) fn size(bytes: u64) -> Text {
    let units = [
        ("size-tera", 1_000_000_000_000),
        ("size-giga", 1_000_000_000),
        ("size-mega", 1_000_000),
        ("size-kilo", 1_000),
    ];
    let fits = units.into_iter().find(|(_, unit)| bytes / unit >= 10);
    match fits {
        Some((key, unit)) => Text::new(key).with("count", bytes / unit),
        None => Text::new("size-bytes").with("count", bytes),
    }
}

/// What a script does: at most three behaviours, gravest first.
pub(crate) fn behaviour(facts: &Facts) -> Text {
    let mut texts = facts
        .classes
        .iter()
        .map(|class| Text::new(format!("behaviour-{class}")));
    let Some(first) = texts.next() else {
        return Text::new("behaviour-unknown");
    };
    texts.take(2).fold(first, |said, next| {
        Text::new("list-pair")
            .with("first", said)
            .with("rest", next)
    })
}

/// Whom a policy lets in.
pub(crate) fn strangers<'f>(facts: impl IntoIterator<Item = &'f Facts>) -> Param {
    let mut all = Vec::new();
    for facts in facts {
        if facts.public_policy {
            return Text::new("everybody").into();
        }
        all.extend(
            facts
                .foreign_principals
                .iter()
                .chain(&facts.foreign_accounts),
        );
    }
    names(all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rempart_locale::{Language, locale};

    fn said(param: Param) -> String {
        let text = Text::new("step-rights").with("what", param);
        locale(Language::English).say(&text)
    }

    #[test]
    fn lists_are_short() {
        assert_eq!(
            said(names(["a", "b", "a"])),
            "Changed the rights of a and b"
        );
        let many = names((0..9).map(|number| number.to_string()));
        assert_eq!(
            said(many),
            "Changed the rights of 0, 1, 2, 3, 4 and 4 others"
        );
        let none: [&str; 0] = [];
        assert!(said(names(none)).ends_with("does not name"));
    }

    #[test]
    fn sizes_are_rounded() {
        let english = locale(Language::English);
        assert_eq!(english.say(&size(9_999)), "9999 bytes");
        assert_eq!(english.say(&size(63_210_000_000)), "63 GB");
        assert_eq!(locale(Language::French).say(&size(12_345_678)), "12 Mo");
        assert_eq!(english.say(&size(u64::MAX)), "18446744 TB");
    }
}
