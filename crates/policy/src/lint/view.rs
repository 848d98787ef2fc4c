//! A statement with what the reference says of it.

use rempart_aws_model::{Action, ConditionKey, actions_of, condition_key};

use crate::document::{ConditionEntry, Effect, Policy, Spanned, Statement, Version};
use crate::glob::Glob;

/// A statement, its actions looked up.
pub(crate) struct View<'a> {
    pub(crate) policy: &'a Policy,
    pub(crate) statement: &'a Statement,
    pub(crate) number: usize,
    /// The actions of each pattern of `Action`; empty lists for `NotAction`.
    pub(crate) patterns: Vec<ActionPattern<'a>>,
    /// The pattern `*` or a `NotAction` is among them: every action may be meant.
    pub(crate) is_unbounded: bool,
}

/// One pattern and the actions that it stands for.
pub(crate) struct ActionPattern<'a> {
    pub(crate) written: &'a Spanned,
    pub(crate) has_wildcard: bool,
    pub(crate) actions: Vec<&'static Action>,
}

/// Most actions that a pattern is expanded to.
const MOST_ACTIONS: usize = 2_000;

impl<'a> View<'a> {
    pub(crate) fn new(policy: &'a Policy, statement: &'a Statement, number: usize) -> Self {
        let mut is_unbounded = statement.action.negated;
        let mut patterns = Vec::new();
        if !statement.action.negated {
            for written in &statement.action.values {
                let is_everything = matches!(&*written.text, "*" | "*:*");
                is_unbounded |= is_everything;
                patterns.push(ActionPattern {
                    written,
                    has_wildcard: written.text.contains(['*', '?']),
                    actions: expand(&written.text),
                });
            }
        }
        Self {
            policy,
            statement,
            number,
            patterns,
            is_unbounded,
        }
    }

    pub(crate) fn is_deny(&self) -> bool {
        self.statement.effect == Effect::Deny
    }

    pub(crate) fn version(&self) -> Version {
        self.policy.version.unwrap_or_default()
    }

    /// Every action of the statement.
    pub(crate) fn actions(&self) -> impl Iterator<Item = &'static Action> {
        self.patterns
            .iter()
            .flat_map(|pattern| pattern.actions.iter().copied())
    }

    /// Whether the statement concerns `prefix:Name`, in the reference's spelling.
    pub(crate) fn covers(&self, name: &str) -> bool {
        let folded = name.to_ascii_lowercase();
        let listed = self
            .statement
            .action
            .values
            .iter()
            .any(|value| matches(&value.text.to_ascii_lowercase(), &folded));
        listed != self.statement.action.negated
    }

    /// The entries of the condition block about a key.
    pub(crate) fn tests_of(&self, key: &str) -> impl Iterator<Item = &'a ConditionEntry> {
        let key = key.to_owned();
        self.statement
            .conditions
            .iter()
            .filter(move |entry| entry.key.text.eq_ignore_ascii_case(&key))
    }
}

/// Whether an action pattern holds a name; both folded.
fn matches(pattern: &str, name: &str) -> bool {
    if matches!(pattern, "*" | "*:*") {
        return true;
    }
    let (Some((service, wanted)), Some((of, name))) =
        (pattern.split_once(':'), name.split_once(':'))
    else {
        return false;
    };
    service == of && Glob::new(wanted).matches(name)
}

fn expand(text: &str) -> Vec<&'static Action> {
    let Some((prefix, name)) = text.split_once(':') else {
        return Vec::new();
    };
    let wanted = Glob::new(&name.to_ascii_lowercase());
    actions_of(prefix)
        .iter()
        .filter(|action| wanted.matches(&action.name.to_ascii_lowercase()))
        .take(MOST_ACTIONS)
        .collect()
}

/// The key of an entry in the reference.
pub(crate) fn key_of(entry: &ConditionEntry) -> Option<&'static ConditionKey> {
    condition_key(&entry.key.text)
}
