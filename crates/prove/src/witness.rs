//! From an example in terms of components to a request that the engine can decide.

use std::sync::Arc;

use rempart_policy::context::{Context, KeyName, KeyState};
use rempart_policy::{Principal, Reference, Request};

use crate::ask::Ask;
use crate::formula::{ComponentId, Formula, Literal, Node};
use crate::language::{Effort, Glob, Language, text_in};
use crate::model::{Bound, Caller, Model};
use crate::predicate::{Predicate, Subject, Test, holds, key_behind};
use crate::problem::{Comparison, Form, Part, Switch};
use crate::solve::{Assignment, Choice, Reason};

/// A request that answers a question.
#[derive(Debug, Clone)]
pub struct Witness {
    /// The request, keys included.
    pub request: Request,
    /// The fields that it gives.
    pub fields: Vec<FieldValue>,
    /// Fields that it omits although a policy or property asks for them.
    pub omitted: Vec<OmittedField>,
    /// What AWS is taken to do where its documentation is silent.
    pub switches: Vec<(Switch, bool)>,
}

/// A field that a request omits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OmittedField {
    /// Path of the field.
    pub path: Box<str>,
    /// The condition key that it would fill.
    pub key: Option<Box<str>>,
    /// What the API assumes.
    pub default: Option<&'static str>,
}

/// Values of a field of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldValue {
    /// Path of the field.
    pub path: Box<str>,
    /// The condition key that it fills.
    pub key: Option<Box<str>>,
    /// Its values.
    pub values: Vec<Box<str>>,
}

impl Model {
    /// Gives the components of an example values that also make its comparisons come out as wanted.
    /// `None` when no such values were found.
    pub(crate) fn realise(&self, example: &Assignment, effort: &mut Effort) -> Option<Assignment> {
        let mut example = example.clone();
        let wanted: Vec<(usize, bool)> = example
            .comparisons
            .iter()
            .enumerate()
            .filter_map(|(number, wanted)| Some((number, (*wanted)?)))
            .collect();
        for (number, wanted) in &wanted {
            let comparison = self.problem.comparisons.get(*number)?;
            if self.compares(comparison, &example) != *wanted {
                self.adjust(comparison, *wanted, &mut example, effort);
            }
        }
        self.name_the_user(&mut example)?;
        let all_hold = wanted.iter().all(|(number, wanted)| {
            let comparison = self.problem.comparisons.get(*number);
            comparison.is_some_and(|comparison| self.compares(comparison, &example) == *wanted)
        });
        all_hold.then_some(example)
    }

    /// The name of a user is the end of its ARN: one of both is given the value that the other asks
    /// for. `None` when their classes of values allow neither.
    fn name_the_user(&self, example: &mut Assignment) -> Option<()> {
        let Caller::AnyUser(account) = &self.setting.caller else {
            return Some(());
        };
        let component = |wanted: &str| {
            let mut keys = self.keys.iter();
            keys.find_map(|(name, bound)| match bound {
                Bound::Component(id, _) if name.folded() == wanted => Some(*id),
                _ => None,
            })
        };
        let (Some(arn_id), Some(name_id)) =
            (component("aws:principalarn"), component("aws:username"))
        else {
            return Some(());
        };
        let (Some(arn), Some(name)) = (chosen(example, arn_id), chosen(example, name_id)) else {
            return Some(());
        };
        let end: Box<str> = arn.rsplit('/').next().unwrap_or_default().into();
        if *end == *name {
            return Some(());
        }
        let named: Box<str> = format!("arn:aws:iam::{account}:user/{name}").into();
        if self.is_of_cell(arn_id, arn, &named) {
            return put(example, arn_id, named);
        }
        if self.is_of_cell(name_id, name, &end) {
            return put(example, name_id, end);
        }
        None
    }

    /// Whether no question tells two values apart.
    fn is_of_cell(&self, id: ComponentId, value: &str, other: &str) -> bool {
        self.problem.component(id).is_some_and(|component| {
            let mut asks = component.asks.iter();
            component.domain.holds(other) && asks.all(|ask| ask.truth(value) == ask.truth(other))
        })
    }

    fn compares(&self, comparison: &Comparison, example: &Assignment) -> bool {
        let value = chosen(example, comparison.component);
        match (filled(comparison, example), value) {
            (Some(glob), Some(value)) => glob.matches(value),
            _ => false,
        }
    }

    /// Looks for another value of the compared component within its cell; failing that, for one value
    /// that both sides of a plain equality can have.
    fn adjust(
        &self,
        comparison: &Comparison,
        wanted: bool,
        example: &mut Assignment,
        effort: &mut Effort,
    ) -> Option<()> {
        let id = comparison.component;
        let pattern = Language::new([filled(comparison, example)?]);
        if let Some(value) = self.other_value(id, &[(&pattern, wanted)], example, effort) {
            return put(example, id, value);
        }
        let [Part::Value(other, None)] = comparison.parts.as_slice() else {
            return None;
        };
        let own = Language::new([Glob::literal(chosen(example, id)?)]);
        if let Some(value) = self.other_value(*other, &[(&own, wanted)], example, effort) {
            return put(example, *other, value);
        }
        if !wanted {
            return None;
        }
        // Both together: a text that lies in both cells.
        let of_other = self.cell_languages(*other, example)?;
        let asked: Vec<(&Language, bool)> = of_other
            .iter()
            .map(|(language, truth)| (language, *truth))
            .collect();
        let value = self.other_value(id, &asked, example, effort)?;
        put(example, id, value.clone())?;
        put(example, *other, value)
    }

    /// What a text must satisfy to lie in the cell that the example chose.
    fn cell_languages(
        &self,
        id: ComponentId,
        example: &Assignment,
    ) -> Option<Vec<(Language, bool)>> {
        let component = self.problem.component(id)?;
        let value = chosen(example, id)?;
        let mut all = Vec::new();
        for ask in &component.asks {
            let Ask::Text(language) = ask else {
                return None;
            };
            all.push((language.clone(), language.matches(value)));
        }
        if let Some(within) = &component.domain.within {
            all.push((within.clone(), true));
        }
        if let Some(listed) = &component.domain.listed {
            let globs = listed.iter().map(|text| Glob::literal(text));
            all.push((Language::new(globs), true));
        }
        Some(all)
    }

    fn other_value(
        &self,
        id: ComponentId,
        asked: &[(&Language, bool)],
        example: &Assignment,
        effort: &mut Effort,
    ) -> Option<Box<str>> {
        let own = self.cell_languages(id, example)?;
        let mut languages: Vec<&Language> = own.iter().map(|(language, _)| language).collect();
        let mut truths: Vec<bool> = own.iter().map(|(_, truth)| *truth).collect();
        for (language, truth) in asked {
            languages.push(language);
            truths.push(*truth);
        }
        let found = text_in(&languages, &truths, effort).ok()?;
        found.map(Into::into)
    }

    /// The request of an example.
    pub(crate) fn witness(&self, example: &Assignment) -> Result<Witness, Reason> {
        let mut context = Context::new();
        let mut principal = self.representative.principal().clone();
        let mut names = self.keys.iter().map(|(name, _)| name.folded());
        let names_arn = names.any(|name| name == "aws:principalarn");
        for (name, bound) in &self.keys {
            let Some(state) = self.state(bound, example) else {
                continue;
            };
            if name.folded() == "aws:principalarn"
                && !matches!(self.setting.caller, Caller::Named(_))
                && let KeyState::Single(arn) = &state
            {
                principal = Principal::parse(arn)
                    .map_err(|error| Reason::Unsupported(error.to_string().into()))?;
                continue;
            }
            if let (Caller::AnyUser(account), KeyState::Single(text)) =
                (&self.setting.caller, &state)
                && name.folded() == "aws:username"
                && !names_arn
                && let Ok(user) = Principal::parse(&format!("arn:aws:iam::{account}:user/{text}"))
            {
                principal = user;
            }
            context.set(name.clone(), state);
        }
        let resource = match self.known_resource() {
            Some(Bound::Component(id, _)) => {
                let value = chosen(example, *id).map(ToOwned::to_owned);
                value.unwrap_or_else(|| self.representative.resource().to_owned())
            }
            _ => self.representative.resource().to_owned(),
        };
        let account = self
            .setting
            .resource_account
            .or(self.representative.principal().account());
        let request = Request::new(
            &mut Reference::new(),
            self.representative.action().clone(),
            principal,
            &resource,
            account,
            context,
        );
        let (fields, omitted) = self.fields_of(example);
        let mentioned = self.problem.switches.iter().zip(&example.switches);
        Ok(Witness {
            request,
            fields,
            omitted,
            switches: mentioned
                .map(|(switch, on)| (switch.clone(), *on))
                .collect(),
        })
    }

    fn state(&self, bound: &Bound, example: &Assignment) -> Option<KeyState> {
        match bound {
            Bound::Absent => None,
            Bound::Fixed(value) => Some(KeyState::Single(Arc::clone(value))),
            Bound::Renamed(of, filled) => {
                let is_filled = self.is_on(*filled, example);
                is_filled.then(|| self.state(of, example)).flatten()
            }
            Bound::Component(id, default) => {
                let component = self.problem.component(*id)?;
                match example.choices.get(*id as usize).cloned().flatten() {
                    Some(Choice::Value(_, text)) => Some(KeyState::Single((*text).into())),
                    Some(Choice::Values(values)) => {
                        let values: Vec<Arc<str>> =
                            values.iter().map(|text| (**text).into()).collect();
                        Some(KeyState::Several(values.into()))
                    }
                    Some(Choice::Absent) | None if component.can_be_absent => {
                        let (value, filled) = (*default)?;
                        let is_filled = self.is_on(filled, example);
                        is_filled.then(|| KeyState::Single(value.into()))
                    }
                    _ => {
                        // Nothing is asked of it, so any value will do.
                        let value = any_value(component)?;
                        Some(if component.is_multi {
                            KeyState::Several([value].into())
                        } else {
                            KeyState::Single(value)
                        })
                    }
                }
            }
        }
    }

    fn is_on(&self, formula: Formula, example: &Assignment) -> bool {
        match self.problem.formulas.node(formula) {
            Node::Constant(value) => *value,
            Node::Literal(Literal::Switch(number)) => {
                let on = example.switches.get(*number as usize);
                on.copied().unwrap_or(false)
            }
            _ => false,
        }
    }

    fn fields_of(&self, example: &Assignment) -> (Vec<FieldValue>, Vec<OmittedField>) {
        let (mut fields, mut omitted) = (Vec::new(), Vec::new());
        let mut add = |path: &str, key: Option<&str>, id: ComponentId, default| {
            let values = match example.choices.get(id as usize).cloned().flatten() {
                Some(Choice::Value(_, text)) => vec![text],
                Some(Choice::Values(values)) => values,
                Some(Choice::Absent) => {
                    omitted.push(OmittedField {
                        path: path.into(),
                        key: key.map(Into::into),
                        default,
                    });
                    return;
                }
                None => return,
            };
            fields.push(FieldValue {
                path: path.into(),
                key: key.map(Into::into),
                values,
            });
        };
        for (name, bound) in &self.keys {
            let Bound::Component(id, _) = bound else {
                continue;
            };
            let entry = self
                .key_fields()
                .iter()
                .find(|entry| entry.key.eq_ignore_ascii_case(name.as_str()));
            if let Some(entry) = entry
                && let Some(field) = entry.fields.first()
            {
                add(&field.path, Some(entry.key), *id, entry.default);
            }
        }
        for (path, id) in &self.bare_fields {
            add(path, None, *id, None);
        }
        (fields, omitted)
    }

    /// Whether a predicate holds for an example, looked at value by value.
    pub(crate) fn holds_for(&self, predicate: &Predicate, example: &Assignment) -> bool {
        match predicate {
            Predicate::Always => true,
            Predicate::All(parts) => parts.iter().all(|part| self.holds_for(part, example)),
            Predicate::Any(parts) => parts.iter().any(|part| self.holds_for(part, example)),
            Predicate::Not(inner) => !self.holds_for(inner, example),
            Predicate::Test(subject, test) => self.test_holds_for(subject, test, example),
        }
    }

    fn test_holds_for(&self, subject: &Subject, test: &Test, example: &Assignment) -> bool {
        let bound = match subject {
            Subject::Key(key) => {
                let name = KeyName::new(key_behind(key));
                let mut keys = self.keys.iter();
                keys.find(|(key, _)| key.is_same(&name))
                    .map(|(_, bound)| bound.clone())
            }
            Subject::Field(path) => {
                let mut fields = self.bare_fields.iter();
                let found = fields.find(|(known, _)| known == path);
                found.map(|(_, id)| Bound::Component(*id, None))
            }
            Subject::Resource => self.known_resource().cloned(),
        };
        let mut values: Vec<Box<str>> = match bound {
            Some(Bound::Fixed(value)) => vec![(*value).into()],
            Some(Bound::Component(id, _)) => {
                match example.choices.get(id as usize).cloned().flatten() {
                    Some(Choice::Value(_, text)) => vec![text],
                    Some(Choice::Values(values)) => values,
                    Some(Choice::Absent) => Vec::new(),
                    // Not asked: what must be there is there, with any value.
                    None => {
                        let component = self.problem.component(id);
                        let component = component.filter(|component| !component.can_be_absent);
                        let value = component.and_then(any_value);
                        value.map(|value| (*value).into()).into_iter().collect()
                    }
                }
            }
            _ => Vec::new(),
        };
        if *test == Test::Omitted {
            return values.is_empty();
        }
        if values.is_empty()
            && let Subject::Key(key) = subject
        {
            let key = key_behind(key);
            let mut entries = self.key_fields().iter();
            let entry = entries.find(|entry| entry.key.eq_ignore_ascii_case(key));
            values.extend(entry.and_then(|entry| entry.default).map(Into::into));
        }
        values.iter().any(|value| holds(test, value))
    }
}

fn any_value(component: &crate::problem::Component) -> Option<Arc<str>> {
    let examples = component.examples.iter();
    let listed = component.domain.listed.iter().flatten();
    examples
        .chain(listed)
        .map(|value| &**value)
        .chain([component.domain.plain_value()])
        .find(|value| component.domain.holds(value))
        .map(Into::into)
}

fn chosen(example: &Assignment, id: ComponentId) -> Option<&str> {
    match example.choices.get(id as usize)? {
        Some(Choice::Value(_, text)) => Some(text),
        _ => None,
    }
}

fn put(example: &mut Assignment, id: ComponentId, value: Box<str>) -> Option<()> {
    match example.choices.get_mut(id as usize)? {
        Some(Choice::Value(_, text)) => {
            *text = value;
            Some(())
        }
        _ => None,
    }
}

/// The text of a comparison with the values of the example put in, as a pattern.
fn filled(comparison: &Comparison, example: &Assignment) -> Option<Glob> {
    let mut glob = Glob::default();
    let mut whole = String::new();
    let mut colons = 0;
    for part in &comparison.parts {
        let (text, has_wildcards) = match part {
            Part::Text(text) => (&**text, true),
            Part::Literal(text) => (&**text, false),
            Part::Value(id, default) => match (chosen(example, *id), default) {
                (Some(value), _) => (value, false),
                (None, Some(default)) => (&**default, false),
                (None, None) => return None,
            },
        };
        match (comparison.form, has_wildcards) {
            (Form::Like, true) => glob.push_like(text, true),
            (Form::Resource, true) => glob.push_resource(text, &mut colons),
            (Form::WithoutCase, _) => glob.push_without_case(text),
            (Form::Arn, wildcards) => {
                // A star that a value brings stands for itself; such values are not looked for.
                if !wildcards && text.contains(['*', '?']) {
                    return None;
                }
                whole.push_str(text);
            }
            _ => glob.push_literal(text),
        }
    }
    if comparison.form == Form::Arn {
        return Glob::arn(&whole);
    }
    Some(glob)
}
