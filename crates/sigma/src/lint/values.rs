//! What a field's item accepts, asked without a record.

use std::collections::BTreeSet;

use regex::Regex;

use crate::ast::{Item, Value};
use crate::fold::fold;
use crate::glob::{Pattern, Piece, pieces};
use crate::modifier::Modifier;
use crate::regexes;

/// A state that a field can be in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum State {
    /// The record has no such field
    Absent,
    /// The field is null
    Null,
    /// The field has this text
    Text(String),
}

/// The test that an item makes, as far as it can be decided here.
pub(super) struct Test<'a> {
    item: &'a Item,
    form: Form,
    /// The folded texts, when the item is a plain list of them
    words: Option<BTreeSet<String>>,
}

enum Form {
    /// One test for each value; `None` stands for null
    Patterns(Vec<Option<Pattern>>),
    Regexes(Vec<Regex>),
    Exists(bool),
    /// Compares something that is not known without a record
    Open,
}

impl<'a> Test<'a> {
    pub(super) fn new(item: &'a Item) -> Self {
        let form = form(item);
        Self {
            words: words(item, &form),
            item,
            form,
        }
    }

    /// Whether the field in this state passes; `None` when that cannot be said.
    pub(super) fn accepts(&self, state: &State) -> Option<bool> {
        let text = match (state, &self.form) {
            (_, Form::Exists(wanted)) => return Some((*state != State::Absent) == *wanted),
            (State::Absent | State::Null, _) => {
                let has_null = self.item.values.contains(&Value::Null);
                let passes = if self.has(Modifier::All) {
                    self.item.values.iter().all(|value| *value == Value::Null)
                } else {
                    has_null
                };
                return Some(passes != self.has(Modifier::Neq));
            }
            (State::Text(text), _) => text,
        };
        if let Some(words) = &self.words {
            return Some(words.contains(&*fold(text)) != self.has(Modifier::Neq));
        }
        let (passed, count) = match &self.form {
            Form::Patterns(patterns) => {
                let passed = patterns.iter().filter(|pattern| {
                    pattern
                        .as_ref()
                        .is_some_and(|pattern| pattern.matches(text))
                });
                (passed.count(), patterns.len())
            }
            Form::Regexes(regexes) => (
                regexes.iter().filter(|regex| regex.is_match(text)).count(),
                regexes.len(),
            ),
            Form::Exists(_) | Form::Open => return None,
        };
        let passes = if self.has(Modifier::All) {
            passed == count
        } else {
            passed > 0
        };
        Some(passes != self.has(Modifier::Neq))
    }

    /// The only texts that pass, when the item lists them, and whether null passes too.
    pub(super) fn listed(&self) -> Option<(Vec<String>, bool)> {
        let Form::Patterns(patterns) = &self.form else {
            return None;
        };
        if self.has(Modifier::Neq) {
            return None;
        }
        let mut texts = Vec::new();
        let mut null = false;
        for (pattern, value) in patterns.iter().zip(&self.item.values) {
            match pattern {
                None => null = true,
                // Folded texts would not be found in tables: the text is taken as written.
                Some(pattern) if pattern.exact().is_some() => texts.push(written(value)),
                Some(_) => return None,
            }
        }
        Some((texts, null))
    }

    /// Whether every value that is present passes.
    pub(super) fn accepts_everything(&self) -> bool {
        if self.has(Modifier::Neq) || self.has(Modifier::All) {
            return false;
        }
        match &self.form {
            Form::Exists(wanted) => *wanted,
            Form::Patterns(_) => self
                .item
                .values
                .iter()
                .any(|value| matches!(value, Value::Text(text) if pieces(text) == [Piece::Any])),
            Form::Regexes(_) => {
                self.item.values.iter().any(
                    |value| matches!(value, Value::Text(text) if text == ".*" || text.is_empty()),
                )
            }
            Form::Open => false,
        }
    }

    /// For each value of the item, whether one of `texts` can be what it means. `None` for values that
    /// are not compared as text.
    pub(super) fn values_found(&self, texts: &[&str]) -> Vec<Option<bool>> {
        match &self.form {
            Form::Patterns(patterns) => patterns
                .iter()
                .map(|pattern| {
                    let pattern = pattern.as_ref()?;
                    Some(texts.iter().any(|text| pattern.matches(text)))
                })
                .collect(),
            Form::Regexes(regexes) => regexes
                .iter()
                .map(|regex| Some(texts.iter().any(|text| regex.is_match(text))))
                .collect(),
            Form::Exists(_) | Form::Open => vec![None; self.item.values.len()],
        }
    }

    fn has(&self, modifier: Modifier) -> bool {
        self.item.modifiers.contains(&modifier)
    }
}

/// The value as it was written, escapes read.
pub(super) fn written(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(flag) => flag.to_string(),
        Value::Number(text) => text.clone(),
        Value::Text(text) => crate::glob::plain(&pieces(text)).unwrap_or_else(|| text.clone()),
    }
}

fn words(item: &Item, form: &Form) -> Option<BTreeSet<String>> {
    let Form::Patterns(patterns) = form else {
        return None;
    };
    if item
        .modifiers
        .iter()
        .any(|modifier| *modifier != Modifier::Neq)
    {
        return None;
    }
    let present = patterns.iter().flatten();
    present
        .map(|pattern| pattern.exact().map(str::to_owned))
        .collect()
}

fn form(item: &Item) -> Form {
    let chain = &item.modifiers;
    let has = |modifier| chain.contains(&modifier);
    let understood = chain.iter().all(|modifier| {
        matches!(
            modifier,
            Modifier::All
                | Modifier::StartsWith
                | Modifier::EndsWith
                | Modifier::Contains
                | Modifier::Exists
                | Modifier::Cased
                | Modifier::Neq
                | Modifier::Regex
                | Modifier::IgnoreCase
                | Modifier::MultiLine
                | Modifier::DotAll
        )
    });
    if !understood {
        return Form::Open;
    }
    if has(Modifier::Exists) {
        return match item.values.as_slice() {
            [Value::Bool(wanted)] => Form::Exists(*wanted),
            _ => Form::Open,
        };
    }
    if has(Modifier::Regex) {
        let compiled = item
            .values
            .iter()
            .map(|value| regexes::compile(&raw(value), chain));
        return match compiled.collect::<Result<_, _>>() {
            Ok(regexes) => Form::Regexes(regexes),
            Err(_) => Form::Open,
        };
    }
    let before = has(Modifier::EndsWith) || has(Modifier::Contains);
    let after = has(Modifier::StartsWith) || has(Modifier::Contains);
    let pattern = |value: &Value| {
        let text = match value {
            Value::Null => return None,
            other => raw(other),
        };
        let mut whole = Vec::new();
        if before {
            whole.push(Piece::Any);
        }
        whole.extend(pieces(&text));
        if after {
            whole.push(Piece::Any);
        }
        whole.dedup_by(|one, other| *one == Piece::Any && *other == Piece::Any);
        Some(Pattern::new(&whole, has(Modifier::Cased)))
    };
    Form::Patterns(item.values.iter().map(pattern).collect())
}

fn raw(value: &Value) -> String {
    match value {
        Value::Text(text) => text.clone(),
        other => written(other),
    }
}
