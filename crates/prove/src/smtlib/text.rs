//! The notation: strings, numbers, regular expressions.

use std::fmt::Write as _;
use std::net::IpAddr;

use ipnet::IpNet;

use crate::ask::Comparison as Order;
use crate::language::{Glob, Language, Step};

pub(super) fn joined(operator: &str, empty: &str, parts: Vec<String>) -> String {
    match parts.as_slice() {
        [] => empty.to_owned(),
        [single] => single.clone(),
        _ => format!("({operator} {})", parts.join(" ")),
    }
}

/// Whether a value is of a language. Solvers are much better at prefixes, suffixes and equality than
/// at regular expressions.
pub(super) fn membership(value: &str, language: &Language) -> String {
    let globs = language.globs().iter().map(|glob| {
        let text = |steps: &[Step]| -> Option<String> {
            let characters = steps.iter().map(|step| match step {
                Step::Char(character) => Some(*character),
                _ => None,
            });
            characters
                .collect::<Option<String>>()
                .map(|text| quoted(&text))
        };
        match glob.steps() {
            [Step::Any(true)] => "true".to_owned(),
            [prefix @ .., Step::Any(true)] if let Some(prefix) = text(prefix) => {
                format!("(str.prefixof {prefix} {value})")
            }
            [Step::Any(true), suffix @ ..] if let Some(suffix) = text(suffix) => {
                format!("(str.suffixof {suffix} {value})")
            }
            [Step::Any(true), inner @ .., Step::Any(true)] if let Some(inner) = text(inner) => {
                format!("(str.contains {value} {inner})")
            }
            steps => match text(steps) {
                Some(text) => format!("(= {value} {text})"),
                None => format!("(str.in_re {value} {})", expression(glob)),
            },
        }
    });
    joined("or", "false", globs.collect())
}

/// A pattern as a regular expression.
fn expression(glob: &Glob) -> String {
    let mut parts: Vec<String> = Vec::new();
    let mut literal = String::new();
    let no_colon = "(re.diff re.allchar (str.to_re \":\"))";
    for step in glob.steps() {
        if let Step::Char(character) = step {
            literal.push(*character);
            continue;
        }
        if !literal.is_empty() {
            parts.push(format!(
                "(str.to_re {})",
                quoted(&std::mem::take(&mut literal))
            ));
        }
        parts.push(match step {
            Step::Char(_) => continue,
            Step::OneOf(all) => {
                let each = all
                    .iter()
                    .map(|character| format!("(str.to_re {})", quoted(&character.to_string())));
                joined("re.union", "re.none", each.collect())
            }
            Step::One(true) => "re.allchar".to_owned(),
            Step::One(false) => no_colon.to_owned(),
            Step::Any(true) => "re.all".to_owned(),
            Step::Any(false) => format!("(re.* {no_colon})"),
        });
    }
    if !literal.is_empty() {
        parts.push(format!("(str.to_re {})", quoted(&literal)));
    }
    joined("re.++", "(str.to_re \"\")", parts)
}

/// A string constant: printable ASCII as it is, everything else by its code.
pub(super) fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for character in text.chars() {
        match character {
            '"' => quoted.push_str("\"\""),
            '\\' => quoted.push_str("\\u{5c}"),
            ' '..='~' => quoted.push(character),
            other => {
                let _ = write!(quoted, "\\u{{{:x}}}", u32::from(other));
            }
        }
    }
    quoted.push('"');
    quoted
}

pub(super) fn comment(text: &str) -> String {
    text.chars()
        .map(|character| {
            if character.is_control() {
                ' '
            } else {
                character
            }
        })
        .collect()
}

pub(super) fn sign(order: Order) -> &'static str {
    match order {
        Order::Equal => "=",
        Order::Less => "<",
        Order::AtMost => "<=",
        Order::Greater => ">",
        Order::AtLeast => ">=",
    }
}

pub(super) fn int(value: i128) -> String {
    if value < 0 {
        format!("(- {})", value.unsigned_abs())
    } else {
        value.to_string()
    }
}

pub(super) fn real(text: &str) -> String {
    let digits = text.trim_start_matches(['+', '-']);
    let digits = if digits.contains('.') {
        digits.to_owned()
    } else {
        format!("{digits}.0")
    };
    if text.starts_with('-') {
        format!("(- {digits})")
    } else {
        digits
    }
}

pub(super) fn ends(range: &IpNet) -> (u128, u128) {
    let number = |address: IpAddr| match address {
        IpAddr::V4(address) => u128::from(u32::from(address)),
        IpAddr::V6(address) => u128::from(address),
    };
    (number(range.network()), number(range.broadcast()))
}
