//! Texts with policy variables.

use crate::context::{Context, KeyName, KeyState};
use crate::document::Version;
use crate::glob::{Glob, Piece, Pieces};

/// A part of a text of a policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Part {
    /// Text in which wildcards have their meaning
    Text(Box<str>),
    /// Text without wildcards: `${*}`, `${?}`, `${$}`
    Literal(Box<str>),
    /// The value of a key
    Variable {
        key: KeyName,
        default: Option<Box<str>>,
    },
}

/// A part of a text of a policy, for readers outside the engine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TextPart {
    /// Text in which `*` and `?` are wildcards where the operator has wildcards
    Text(Box<str>),
    /// Text without wildcards
    Literal(Box<str>),
    /// The value of a condition key, and what stands in when it has none
    Variable(KeyName, Option<Box<str>>),
}

/// Splits a text at its policy variables, as the engine does.
pub fn text_parts(text: &str, version: Version) -> Vec<TextPart> {
    let template = Template::parse(text, version);
    let parts = template.parts.into_iter().map(|part| match part {
        Part::Text(text) => TextPart::Text(text),
        Part::Literal(text) => TextPart::Literal(text),
        Part::Variable { key, default } => TextPart::Variable(key, default),
    });
    parts.collect()
}

/// A text split at its variables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Template {
    pub(crate) parts: Box<[Part]>,
}

/// What a template becomes for a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Filled<T> {
    /// All variables have a value
    Known(T),
    /// A variable has no value and no default: it matches nothing
    Unresolved,
    /// A variable's value is not known
    Unknown,
}

impl Template {
    /// Splits a text. In version 2008-10-17 `${…}` is plain text (IAM User Guide, "IAM policy
    /// elements: Variables and tags").
    pub(crate) fn parse(text: &str, version: Version) -> Self {
        let mut parts = Vec::new();
        let mut rest = text;
        let mut plain = String::new();
        while version == Version::V2012
            && let Some((before, after)) = rest.split_once("${")
        {
            let Some((part, behind)) = variable(after) else {
                // No end, or no name: the two characters are text.
                plain.push_str(before);
                plain.push_str("${");
                rest = after;
                continue;
            };
            plain.push_str(before);
            if !plain.is_empty() {
                parts.push(Part::Text(std::mem::take(&mut plain).into()));
            }
            parts.push(part);
            rest = behind;
        }
        plain.push_str(rest);
        if !plain.is_empty() || parts.is_empty() {
            parts.push(Part::Text(plain.into()));
        }
        Self {
            parts: parts.into(),
        }
    }

    /// The keys of the variables.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &KeyName> {
        self.parts.iter().filter_map(|part| match part {
            Part::Variable { key, .. } => Some(key),
            _ => None,
        })
    }

    /// Whether it holds a variable.
    pub(crate) fn is_variable(&self) -> bool {
        self.keys().next().is_some()
    }

    /// The text with the values put in, for comparisons without wildcards.
    pub(crate) fn text(&self, context: &Context) -> Filled<String> {
        let mut text = String::new();
        self.fill(context, |part, _| text.push_str(part))
            .map(|()| text)
    }

    /// The pattern with the values put in. What is put in has no wildcards.
    pub(crate) fn glob(&self, context: &Context) -> Filled<Glob> {
        let mut pieces = Pieces::default();
        self.fill(context, |part, has_wildcards| {
            if !has_wildcards {
                pieces.push_text(part);
                return;
            }
            for character in part.chars() {
                match character {
                    '*' => pieces.push(Piece::Any),
                    '?' => pieces.push(Piece::One),
                    other => pieces.push_char(other),
                }
            }
        })
        .map(|()| Glob::of_pieces(pieces.finish()))
    }

    /// Hands over the parts in order, with whether their wildcards count.
    pub(crate) fn fill(&self, context: &Context, mut take: impl FnMut(&str, bool)) -> Filled<()> {
        let mut is_unknown = false;
        for part in &self.parts {
            match part {
                Part::Text(text) => take(text, true),
                Part::Literal(text) => take(text, false),
                Part::Variable { key, default } => match context.get(key) {
                    Some(KeyState::Single(value)) => take(value, false),
                    Some(KeyState::Unknown) => is_unknown = true,
                    None | Some(KeyState::Null | KeyState::Several(_)) => match default {
                        Some(default) => take(default, false),
                        None => return Filled::Unresolved,
                    },
                },
            }
        }
        if is_unknown {
            Filled::Unknown
        } else {
            Filled::Known(())
        }
    }
}

impl<T> Filled<T> {
    fn map<U>(self, make: impl FnOnce(T) -> U) -> Filled<U> {
        match self {
            Self::Known(value) => Filled::Known(make(value)),
            Self::Unresolved => Filled::Unresolved,
            Self::Unknown => Filled::Unknown,
        }
    }
}

/// What follows `${`: the variable and the text behind it.
fn variable(text: &str) -> Option<(Part, &str)> {
    for literal in ["*", "?", "$"] {
        if let Some(behind) = text
            .strip_prefix(literal)
            .and_then(|rest| rest.strip_prefix('}'))
        {
            return Some((Part::Literal(literal.into()), behind));
        }
    }
    // A default may hold a brace: it ends with its quote.
    if let Some((name, rest)) = text.split_once(", '")
        && !name.contains('}')
        && let Some((default, behind)) = rest.split_once("'}")
    {
        return named(name, Some(default)).map(|part| (part, behind));
    }
    let (name, behind) = text.split_once('}')?;
    named(name, None).map(|part| (part, behind))
}

fn named(name: &str, default: Option<&str>) -> Option<Part> {
    let name = name.trim();
    (!name.is_empty()).then(|| Part::Variable {
        key: KeyName::new(name),
        default: default.map(Into::into),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(text: &str, version: Version) -> Filled<String> {
        let mut context = Context::new();
        context.set(KeyName::new("aws:username"), KeyState::Single("a*b".into()));
        context.set(
            KeyName::new("aws:TagKeys"),
            KeyState::Several([std::sync::Arc::from("x")].into()),
        );
        context.set(KeyName::new("aws:SourceIp"), KeyState::Unknown);
        Template::parse(text, version).text(&context)
    }

    #[test]
    fn variables_are_put_in() {
        let known = |text: &str| Filled::Known(text.to_owned());
        assert_eq!(
            filled("home/${AWS:UserName}/", Version::V2012),
            known("home/a*b/")
        );
        assert_eq!(
            filled("home/${aws:username}/", Version::V2008),
            known("home/${aws:username}/")
        );
        assert_eq!(filled("${x:y, 'a}b'}-", Version::V2012), known("a}b-"));
        assert_eq!(filled("${*}${?}${$}", Version::V2012), known("*?$"));
        assert_eq!(filled("${", Version::V2012), known("${"));
        assert_eq!(filled("${}a", Version::V2012), known("${}a"));
        assert_eq!(filled("${x:y}", Version::V2012), Filled::Unresolved);
        assert_eq!(filled("${aws:TagKeys}", Version::V2012), Filled::Unresolved);
        assert_eq!(
            filled("${aws:SourceIp}${x:y}", Version::V2012),
            Filled::Unresolved
        );
        assert_eq!(filled("${aws:SourceIp}", Version::V2012), Filled::Unknown);
    }

    #[test]
    fn what_is_put_in_has_no_wildcards() {
        let mut context = Context::new();
        context.set(KeyName::new("aws:username"), KeyState::Single("a*".into()));
        let Filled::Known(glob) =
            Template::parse("${aws:username}/*", Version::V2012).glob(&context)
        else {
            panic!("resolved");
        };
        assert!(glob.matches("a*/x") && !glob.matches("ab/x"));
    }
}
