//! Patterns against resources of which only a part is known.

use crate::glob::{Glob, Piece};
use crate::truth::Truth;

/// One step of the pattern of a policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Char(char),
    One,
    Any,
    OneInPart,
    AnyInPart,
}

/// One step of what is known of a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Token {
    Char(char),
    /// Some character but a colon
    One,
    /// Some text without a colon
    Name,
    /// Some text
    Text,
}

/// Whether the pattern matches a text of which we know only that it fits `known`, where `*` stands
/// for a text without a colon, `**` for any text and `?` for one
/// character but a colon: true when it matches all
/// such texts, false when it matches none.
pub(crate) fn overlap(glob: &Glob, known: &str) -> Truth {
    let steps = steps(glob);
    let known = tokens(known);
    if walk(&steps, &known, true) {
        Truth::True
    } else if walk(&steps, &known, false) {
        Truth::Unknown
    } else {
        Truth::False
    }
}

fn tokens(known: &str) -> Vec<Token> {
    let mut tokens = Vec::with_capacity(known.len());
    for character in known.chars() {
        match (character, tokens.last()) {
            ('*', Some(Token::Text)) => {}
            ('*', Some(Token::Name)) => {
                tokens.pop();
                tokens.push(Token::Text);
            }
            ('*', _) => tokens.push(Token::Name),
            ('?', _) => tokens.push(Token::One),
            (other, _) => tokens.push(Token::Char(other)),
        }
    }
    tokens
}

fn steps(glob: &Glob) -> Vec<Step> {
    let text = |text: &str| text.chars().map(Step::Char).collect::<Vec<_>>();
    match glob {
        Glob::Exact(exact) => text(exact),
        Glob::Everything => vec![Step::Any],
        Glob::Prefix(prefix) => {
            let mut steps = text(prefix);
            steps.push(Step::Any);
            steps
        }
        Glob::Free(pieces) | Glob::Parted(pieces) => pieces
            .iter()
            .flat_map(|piece| match piece {
                Piece::Text(piece) => text(piece),
                Piece::One => vec![Step::One],
                Piece::Any => vec![Step::Any],
                Piece::OneInPart => vec![Step::OneInPart],
                Piece::AnyInPart => vec![Step::AnyInPart],
            })
            .collect(),
    }
}

/// Walks both patterns at once, one row of places of the policy's pattern for each place of the
/// other. With `every`, the policy's own wildcards alone may take what is not known, so the end is
/// reached only if every text fits; without it, if some text does.
fn walk(steps: &[Step], known: &[Token], every: bool) -> bool {
    let mut row = vec![false; steps.len() + 1];
    set(&mut row, 0);
    skip_stars(steps, &mut row);
    for token in known {
        let mut next = vec![false; steps.len() + 1];
        let is_text = matches!(token, Token::Name | Token::Text);
        for (place, step) in steps.iter().enumerate() {
            if row.get(place) != Some(&true) {
                continue;
            }
            match step {
                Step::Any => set(&mut next, place),
                Step::AnyInPart if !matches!(token, Token::Char(':') | Token::Text) => {
                    set(&mut next, place);
                }
                _ if !is_text && takes(*step, *token, every) => set(&mut next, place + 1),
                _ => {}
            }
        }
        if is_text && !every {
            take_some(steps, *token, &row, &mut next);
        }
        skip_stars(steps, &mut next);
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

/// Whether a step that is no star takes one character.
fn takes(step: Step, token: Token, every: bool) -> bool {
    match (step, token) {
        (Step::Char(wanted), Token::Char(character)) => wanted == character,
        (Step::Char(wanted), Token::One) => !every && wanted != ':',
        (Step::One, _) => true,
        (Step::OneInPart, Token::Char(character)) => character != ':',
        (Step::OneInPart, Token::One) => true,
        _ => false,
    }
}

/// An unknown text may be empty, or take any number of steps.
fn take_some(steps: &[Step], token: Token, row: &[bool], next: &mut [bool]) {
    let mut is_reached = false;
    for (place, from) in row.iter().enumerate() {
        is_reached |= *from;
        if is_reached {
            set(next, place);
        }
        if token == Token::Name && steps.get(place) == Some(&Step::Char(':')) {
            is_reached = false;
        }
    }
}

fn skip_stars(steps: &[Step], row: &mut [bool]) {
    for (place, step) in steps.iter().enumerate() {
        let is_star = matches!(step, Step::Any | Step::AnyInPart);
        if is_star && row.get(place) == Some(&true) {
            set(row, place + 1);
        }
    }
}

fn set(row: &mut [bool], place: usize) {
    if let Some(reached) = row.get_mut(place) {
        *reached = true;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_known_decides_where_it_can() {
        const JOB: &str = "arn:aws:sagemaker:eu-west-1:111122223333:training-job/*";
        for (pattern, known, expected) in [
            ("*", "**", Truth::True),
            ("arn:aws:sagemaker:*:*:training-job/*", JOB, Truth::True),
            ("arn:aws:sagemaker:*:*:training-job/a*", JOB, Truth::Unknown),
            ("arn:aws:sagemaker:*:*:endpoint/*", JOB, Truth::False),
            ("arn:aws:s3:::bucket", "**", Truth::Unknown),
            ("arn:aws:s3:::bucket", "*", Truth::False),
            ("arn:aws:s3:::b?", "arn:aws:s3:::bc", Truth::True),
            ("job/churn", "job/?hurn", Truth::Unknown),
            ("job/?hurn", "job/?hurn", Truth::True),
            ("job/burn", "job/?hurn", Truth::False),
        ] {
            let glob = Glob::of_resource(pattern);
            assert_eq!(overlap(&glob, known), expected, "{pattern} {known}");
        }
    }

    proptest! {
        #[test]
        fn a_certain_answer_holds_for_every_text(
            pattern in "[ab*?]{0,6}", before in "[ab]{0,2}", inside in "[ab]{0,3}", after in "[ab]{0,2}",
        ) {
            let glob = Glob::new(&pattern);
            let matches = glob.matches(&format!("{before}{inside}{after}"));
            match overlap(&glob, &format!("{before}*{after}")) {
                Truth::True => prop_assert!(matches),
                Truth::False => prop_assert!(!matches),
                Truth::Unknown => {}
            }
            let exact = format!("{before}{inside}");
            prop_assert_eq!(overlap(&glob, &exact), Truth::from(glob.matches(&exact)));
        }
    }
}
