//! What changed between two openings of a case, for instance when new logs arrived.

use std::collections::{BTreeMap, BTreeSet};

use rempart_locale::{Locale, Text};
use serde::Serialize;

use crate::model::{Case, Session, Statement, Status, Step};
use crate::text::paragraph;

/// The difference of two cases. Things are matched by what they are, not by their numbers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CaseDiff {
    /// Ids of the cases.
    pub old: String,
    /// See `old`.
    pub new: String,
    /// Questions whose status changed, with both.
    pub statuses: Vec<(u8, Status, Status)>,
    /// Statements that are new, by question.
    pub stated: Vec<(u8, Statement)>,
    /// Statements that are no longer made.
    pub withdrawn: Vec<(u8, Statement)>,
    /// Sessions that are new.
    pub sessions: Vec<Session>,
    /// Labels and keys of those that are gone.
    pub sessions_gone: Vec<(String, String)>,
    /// Steps that are new.
    pub steps: Vec<Step>,
    /// Number of steps that are gone.
    pub steps_gone: u64,
    /// Indicators that are new: kind and value.
    pub indicators: Vec<(String, String)>,
    /// The first bad event, where it moved.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_bad: Option<(Option<String>, Option<String>)>,
}

impl CaseDiff {
    /// Whether nothing changed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.statuses.is_empty()
            && self.stated.is_empty()
            && self.withdrawn.is_empty()
            && self.sessions.is_empty()
            && self.sessions_gone.is_empty()
            && self.steps.is_empty()
            && self.steps_gone == 0
            && self.indicators.is_empty()
            && self.first_bad.is_none()
    }
}

/// Compares two cases.
#[must_use]
pub fn diff(old: &Case, new: &Case) -> CaseDiff {
    let statements = |case: &Case| -> BTreeMap<(u8, String), Statement> {
        let all = case.answers.iter().flat_map(|answer| {
            answer
                .statements
                .iter()
                .map(move |statement| (answer.question, statement))
        });
        all.map(|(question, statement)| ((question, said(&statement.text)), statement.clone()))
            .collect()
    };
    let (old_stated, new_stated) = (statements(old), statements(new));
    let only = |one: &BTreeMap<(u8, String), Statement>,
                other: &BTreeMap<(u8, String), Statement>| {
        let left = one.iter().filter(|(key, _)| !other.contains_key(key));
        left.map(|((question, _), statement)| (*question, statement.clone()))
            .collect()
    };
    let keys = |case: &Case| -> BTreeSet<String> {
        case.sessions
            .iter()
            .map(|session| session.key.clone())
            .collect()
    };
    let (old_keys, new_keys) = (keys(old), keys(new));
    let steps = |case: &Case| -> BTreeSet<(String, String, String)> {
        case.steps.iter().map(|step| step_key(case, step)).collect()
    };
    let (old_steps, new_steps) = (steps(old), steps(new));
    let indicators = |case: &Case| -> BTreeSet<(String, String)> {
        case.indicators
            .iter()
            .map(|found| (found.kind.clone(), found.value.clone()))
            .collect()
    };
    let statuses = new.answers.iter().filter_map(|answer| {
        let before = old
            .answers
            .iter()
            .find(|before| before.question == answer.question)?;
        (before.status != answer.status).then_some((answer.question, before.status, answer.status))
    });
    let first_bad = (old.overview.first_bad != new.overview.first_bad).then(|| {
        (
            old.overview.first_bad.clone(),
            new.overview.first_bad.clone(),
        )
    });
    CaseDiff {
        old: old.id.clone(),
        new: new.id.clone(),
        statuses: statuses.collect(),
        stated: only(&new_stated, &old_stated),
        withdrawn: only(&old_stated, &new_stated),
        sessions: new
            .sessions
            .iter()
            .filter(|session| !old_keys.contains(&session.key))
            .cloned()
            .collect(),
        sessions_gone: old
            .sessions
            .iter()
            .filter(|session| !new_keys.contains(&session.key))
            .map(|session| (session.label.clone(), session.key.clone()))
            .collect(),
        steps: new
            .steps
            .iter()
            .filter(|step| !old_steps.contains(&step_key(new, step)))
            .cloned()
            .collect(),
        steps_gone: old_steps.difference(&new_steps).count() as u64,
        indicators: indicators(new)
            .difference(&indicators(old))
            .cloned()
            .collect(),
        first_bad,
    }
}

/// A text as one string, whatever the language.
fn said(text: &Text) -> String {
    serde_json::to_string(text).unwrap_or_else(|_| text.key.clone())
}

/// What a step is: its words, its time, and the credential.
fn step_key(case: &Case, step: &Step) -> (String, String, String) {
    let session = case
        .sessions
        .iter()
        .find(|session| session.id == step.session);
    let key = session.map_or_else(|| step.session.clone(), |session| session.key.clone());
    (
        said(&step.text),
        format!("{}/{}", step.first, step.last),
        key,
    )
}

/// The difference as text.
#[must_use]
pub fn text(difference: &CaseDiff, locale: &Locale) -> String {
    let mut page = String::new();
    if difference.is_empty() {
        paragraph(&mut page, "", &locale.word("diff-nothing"));
        return page;
    }
    if let Some((before, after)) = &difference.first_bad {
        let shown = |time: &Option<String>| time.clone().unwrap_or_else(|| "-".to_owned());
        let text = Text::new("diff-first-bad")
            .with("before", shown(before))
            .with("after", shown(after));
        paragraph(&mut page, "! ", &locale.say(&text));
    }
    for (question, before, after) in &difference.statuses {
        let text = Text::new("diff-status")
            .with("question", Text::new(format!("question-{question}-title")))
            .with("before", Text::new(before.key()))
            .with("after", Text::new(after.key()));
        paragraph(&mut page, "! ", &locale.say(&text));
    }
    for session in &difference.sessions {
        let text = Text::new("diff-session")
            .with("label", &*session.label)
            .with("key", &*session.key);
        paragraph(&mut page, "+ ", &locale.say(&text));
    }
    for (label, key) in &difference.sessions_gone {
        let text = Text::new("diff-session")
            .with("label", &**label)
            .with("key", &**key);
        paragraph(&mut page, "- ", &locale.say(&text));
    }
    for (question, statement) in &difference.stated {
        paragraph(
            &mut page,
            &format!("+ {question:>2} "),
            &locale.say(&statement.text),
        );
    }
    for (question, statement) in &difference.withdrawn {
        paragraph(
            &mut page,
            &format!("- {question:>2} "),
            &locale.say(&statement.text),
        );
    }
    for step in &difference.steps {
        paragraph(
            &mut page,
            &format!("+ {} ", step.first),
            &locale.say(&step.text),
        );
    }
    if difference.steps_gone > 0 {
        let text = Text::new("diff-steps-gone").with("count", difference.steps_gone);
        paragraph(&mut page, "- ", &locale.say(&text));
    }
    for (kind, value) in &difference.indicators {
        paragraph(&mut page, "+ ", &format!("{kind} {value}"));
    }
    page
}
