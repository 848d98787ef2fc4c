//! Resources of one action as patterns, no wider than asked.

use std::collections::{BTreeMap, BTreeSet};

use rempart_aws_model::{Action, Arn};
use serde::Serialize;

use super::escape;
use super::observe::Precision;
use super::resource_type::{Form, Written, all_forms, forms_of, reaches_others};

/// How many names share a prefix before they are joined.
const FEWEST: usize = 3;
/// What ends a word of a name.
const SEPARATORS: [char; 5] = ['-', '_', '/', '.', ':'];

/// How far resources are generalised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Generalise {
    /// The observed ARNs
    None,
    /// Three or more names of one resource type in one account and Region that begin with the same
    /// words become one pattern
    #[default]
    Names,
    /// One pattern for each resource type in one account and Region
    Types,
}

/// Patterns in the notation of policies, and what was not generalised although it was asked.
#[derive(Debug, Default)]
pub(super) struct Patterns {
    pub(super) patterns: BTreeSet<String>,
    /// Wider patterns that would have reached other resource types.
    pub(super) kept_exact: BTreeSet<String>,
}

/// The resources of one action as patterns.
pub(super) fn patterns<'a>(
    action: Option<&Action>,
    resources: impl Iterator<Item = (&'a str, Precision)>,
    how: Generalise,
) -> Patterns {
    let mut made = Patterns::default();
    let mut families: BTreeMap<&str, Vec<(&str, &str, Precision)>> = BTreeMap::new();
    // Whom a role may be handed to, or who may be assumed, is never widened.
    let how = match action {
        Some(action) if hands_out_power(action) => Generalise::None,
        Some(_) => how,
        None => Generalise::None,
    };
    let forms = action.map(forms_of).unwrap_or_default();
    // Only patterns have to be compared with the other types.
    let all = match (action, how) {
        (Some(action), Generalise::Names | Generalise::Types) => all_forms(action.prefix),
        _ => Vec::new(),
    };
    let is_generated = action.is_some_and(|action| matches!(action.prefix, "ec2" | "kms"));
    for (arn, precision) in resources {
        if arn == "*" {
            made.patterns.insert("*".to_owned());
            continue;
        }
        let of_type = forms.iter().find(|form| form.fits(arn));
        let parsed = Arn::parse(arn).ok();
        let (Some(form), Some(parsed)) = (of_type, &parsed) else {
            exact(&mut made, arn, precision, how);
            continue;
        };
        let has_account = !parsed.account().is_empty();
        if how == Generalise::Types
            && let Some(written) = form.of_type(arn, has_account)
        {
            let pattern = text(&written);
            let is_known = made.patterns.contains(&pattern);
            let is_refused = made.kept_exact.contains(&pattern) || !is_writable(&written);
            if is_known || (!is_refused && !reaches_others(&written, form, &all)) {
                made.patterns.insert(pattern);
                continue;
            }
            made.kept_exact.insert(pattern);
        }
        // What is not known of a name is no word that it shares with others.
        if how == Generalise::None || precision != Precision::Exact {
            exact(&mut made, arn, precision, how);
            continue;
        }
        match form.cut(arn) {
            // Ids that AWS makes have no words in common.
            Some(cut) if !is_generated && (has_account || cut.names_before > 0) => families
                .entry(cut.head)
                .or_default()
                .push((arn, cut.last, precision)),
            _ => exact(&mut made, arn, precision, how),
        }
    }
    for (head, members) in families {
        join(&mut made, head, &members, (&forms, &all), how);
    }
    made
}

/// Names behind one head: those that share their first word become one pattern.
fn join(
    made: &mut Patterns,
    head: &str,
    members: &[(&str, &str, Precision)],
    (forms, all): (&[Form], &[Form]),
    how: Generalise,
) {
    let mut by_word: BTreeMap<&str, Vec<(&str, &str, Precision)>> = BTreeMap::new();
    for member in members {
        by_word
            .entry(first_word(member.1))
            .or_default()
            .push(*member);
    }
    for (word, members) in by_word {
        let names: BTreeSet<&str> = members.iter().map(|(_, name, _)| *name).collect();
        let is_joined = !word.is_empty() && names.len() >= FEWEST;
        if is_joined && let Some(prefix) = common_words(&names) {
            let written = [
                Written::Text(format!("{head}{prefix}").into()),
                Written::Open,
            ];
            let own = members
                .first()
                .and_then(|(arn, _, _)| forms.iter().find(|form| form.fits(arn)));
            let is_within = own.is_some_and(|own| !reaches_others(&written, own, all));
            if is_within && is_writable(&written) {
                made.patterns.insert(text(&written));
                continue;
            }
            made.kept_exact.insert(text(&written));
        }
        for (arn, _, precision) in members {
            exact(made, arn, precision, how);
        }
    }
}

/// The ARN as it was observed. Where the case of its letters is not known, a pattern for them, if
/// patterns are asked for; what is not known otherwise is left out.
fn exact(made: &mut Patterns, arn: &str, precision: Precision, how: Generalise) {
    if !escape::is_writable(arn) || Arn::parse(arn).is_err() {
        return;
    }
    match precision {
        Precision::Exact => {
            made.patterns.insert(escape::exact(arn));
        }
        Precision::Letters if how != Generalise::None => {
            made.patterns.insert(escape::with_letters(arn));
        }
        Precision::Letters | Precision::Open => {}
    }
}

fn is_writable(written: &[Written]) -> bool {
    written.iter().all(|part| match part {
        Written::Text(text) => escape::is_writable(text),
        Written::Open => true,
    })
}

fn text(written: &[Written]) -> String {
    let mut out = String::new();
    for part in written {
        match part {
            Written::Text(text) => out.push_str(&escape::exact(text)),
            Written::Open => out.push('*'),
        }
    }
    out
}

/// Actions with which a caller gains the power of another principal.
fn hands_out_power(action: &Action) -> bool {
    matches!((action.prefix, action.name), ("iam", "PassRole"))
        || (action.prefix == "sts" && action.name.starts_with("AssumeRole"))
}

/// The first word with the separator behind it; empty when the name is one word.
fn first_word(name: &str) -> &str {
    let start = name
        .find(|letter: char| !SEPARATORS.contains(&letter))
        .unwrap_or(name.len());
    let rest = name.get(start..).unwrap_or_default();
    match rest.find(SEPARATORS) {
        Some(end) => name.get(..start + end + 1).unwrap_or_default(),
        None => "",
    }
}

/// The words with which all names begin, with the separator behind the last one.
fn common_words<'a>(names: &BTreeSet<&'a str>) -> Option<&'a str> {
    // Between the first and the last in order lie all others.
    let (first, last) = (names.first()?, names.last()?);
    let shared: usize = first
        .chars()
        .zip(last.chars())
        .take_while(|(one, other)| one == other)
        .map(|(letter, _)| letter.len_utf8())
        .sum();
    let end = first.get(..shared)?.rfind(SEPARATORS)?;
    first.get(..=end)
}
