//! Condition blocks, resources and principals of statements as formulas.

use rempart_policy::context::KeyName;
use rempart_policy::document::{
    BaseOperator, ConditionEntry, Family, Operator, Patterns, SetOperator, Version,
};
use rempart_policy::{
    TextPart, Truth, ValueTest, address_range, compare_numbers, instant, text_parts,
};

use crate::ask::{Ask, Comparison as Order};
use crate::formula::{ComponentId, Formula, Sure};
use crate::language::{Glob, Language};
use crate::model::{Bound, Model};
use crate::problem::{Comparison, Form, Part};

/// The values of an entry: what is asked of each value of the request.
struct Listed {
    ask: Option<Ask>,
    /// Values with variables.
    variable: Vec<(Vec<TextPart>, Box<str>)>,
    form: Form,
    /// ARN patterns of which AWS does not say what they match.
    has_incomplete: bool,
}

impl Model {
    /// Whether all entries of a condition block hold.
    pub(crate) fn conditions(&mut self, entries: &[ConditionEntry], version: Version) -> Sure {
        let mut parts = Vec::with_capacity(entries.len());
        for entry in entries {
            parts.push(self.condition(entry, version));
        }
        self.problem.formulas.sure_all(&parts)
    }

    fn condition(&mut self, entry: &ConditionEntry, version: Version) -> Sure {
        let bound = self.bind(&KeyName::new(&entry.key.text));
        self.bound_condition(entry, version, &bound)
    }

    fn bound_condition(&mut self, entry: &ConditionEntry, version: Version, bound: &Bound) -> Sure {
        let operator = entry.operator;
        match bound {
            Bound::Absent => on_absent(entry).into(),
            Bound::Renamed(of, filled) => {
                let then = self.bound_condition(entry, version, of);
                let otherwise = on_absent(entry).into();
                self.problem.formulas.sure_choose(*filled, then, otherwise)
            }
            Bound::Fixed(value) => match on_value(entry, version, value) {
                Some(truth) => truth.into(),
                None => {
                    let id = self.fixed_component(&entry.key.text, value);
                    self.present_condition(entry, version, id)
                }
            },
            Bound::Component(id, default) => {
                let absent = self.problem.absent(*id);
                if operator.base == BaseOperator::Null {
                    let (wants_absent, wants_present) = presence(entry);
                    let then = self.on_omission(entry, version, *default, wants_absent.into());
                    // An empty text is as none.
                    let empty = self.empty(*id);
                    let otherwise = self.problem.formulas.sure_choose(
                        empty,
                        wants_absent.into(),
                        wants_present.into(),
                    );
                    return self.problem.formulas.sure_choose(absent, then, otherwise);
                }
                let omitted = on_absent(entry).into();
                let then = self.on_omission(entry, version, *default, omitted);
                let otherwise = self.present_condition(entry, version, *id);
                self.problem.formulas.sure_choose(absent, then, otherwise)
            }
        }
    }

    /// What holds when the field is omitted: AWS may fill the key with the default.
    fn on_omission(
        &mut self,
        entry: &ConditionEntry,
        version: Version,
        default: Option<(&'static str, Formula)>,
        absent: Sure,
    ) -> Sure {
        let Some((value, filled)) = default else {
            return absent;
        };
        let then = match on_value(entry, version, value) {
            Some(truth) => truth.into(),
            None => Sure::UNKNOWN,
        };
        self.problem.formulas.sure_choose(filled, then, absent)
    }

    /// The entry for a component that has a value.
    fn present_condition(
        &mut self,
        entry: &ConditionEntry,
        version: Version,
        id: ComponentId,
    ) -> Sure {
        let operator = entry.operator;
        let is_negated = operator.base.is_negated();
        let Some(listed) = self.listed(entry, version) else {
            return Sure::UNKNOWN;
        };
        let is_multi = self
            .problem
            .component(id)
            .is_some_and(|component| component.is_multi);
        if !is_multi {
            let matches = self.matches(id, &listed);
            let holds = if is_negated {
                matches.negated()
            } else {
                matches
            };
            if operator.set == SetOperator::None {
                return holds;
            }
            // To a set operator an empty text is as none.
            let empty = self.empty(id);
            let then = on_absent(entry).into();
            return self.problem.formulas.sure_choose(empty, then, holds);
        }
        if !listed.variable.is_empty() || listed.has_incomplete {
            self.unsupported.insert(format!(
                "`{}` of a request may have several values, which are compared with `{}`",
                entry.key.text,
                entry.values.first().map_or("", |value| &value.text)
            ));
            return Sure::UNKNOWN;
        }
        let some = |model: &mut Self, truth: bool| match &listed.ask {
            Some(ask) => model.problem.some(id, ask.clone(), truth),
            // Nothing is listed: every value is outside.
            None if truth => Formula::FALSE,
            None => model.problem.present(id),
        };
        match operator.set {
            SetOperator::ForAnyValue => {
                let found = some(self, !is_negated);
                self.problem.formulas.sure(found)
            }
            SetOperator::ForAllValues => {
                let other = some(self, is_negated);
                self.problem.formulas.sure(other).negated()
            }
            SetOperator::None => {
                let one = self.problem.one(id);
                let found = some(self, !is_negated);
                let holds = self.problem.formulas.all([one, found]);
                let outside = some(self, is_negated);
                let fails = self.problem.formulas.all([one, outside]);
                if is_negated {
                    // Several values without a set operator: AWS does not say.
                    return Sure {
                        yes: holds,
                        no: fails,
                    };
                }
                self.problem.formulas.sure(holds)
            }
        }
    }

    /// The only value is an empty text.
    fn empty(&mut self, id: ComponentId) -> Formula {
        let component = self.problem.component(id);
        if component.is_some_and(|component| component.domain.may_be_empty) {
            self.problem.some(id, Ask::is_empty(), true)
        } else {
            Formula::FALSE
        }
    }

    fn matches(&mut self, id: ComponentId, listed: &Listed) -> Sure {
        let mut parts = Vec::new();
        if let Some(ask) = &listed.ask {
            parts.push(self.problem.some(id, ask.clone(), true));
        }
        for (texts, written) in &listed.variable {
            match self.comparison(id, texts, written, listed.form) {
                Some(formula) => parts.push(formula),
                None => return Sure::UNKNOWN,
            }
        }
        let full = self.problem.formulas.any(parts);
        if !listed.has_incomplete {
            return self.problem.formulas.sure(full);
        }
        let is_arn = Glob::arn("*").map(|glob| Ask::Text(Language::new([glob])));
        let is_other = match is_arn {
            Some(ask) => self.problem.some(id, ask, false),
            None => Formula::FALSE,
        };
        let not = self.problem.formulas.not(full);
        Sure {
            yes: full,
            no: self.problem.formulas.all([not, is_other]),
        }
    }

    /// A value against a text with variables. `None` where it cannot be expressed.
    fn comparison(
        &mut self,
        id: ComponentId,
        texts: &[TextPart],
        written: &str,
        form: Form,
    ) -> Option<Formula> {
        let mut parts = Vec::new();
        for text in texts {
            parts.push(match text {
                TextPart::Text(text) => Part::Text(text.clone()),
                TextPart::Literal(text) => Part::Literal(text.clone()),
                TextPart::Variable(key, default) => match self.bind(key) {
                    Bound::Fixed(value) => Part::Literal((*value).into()),
                    Bound::Absent => match default {
                        Some(default) => Part::Literal(default.clone()),
                        // A variable without a value matches nothing.
                        None => return Some(Formula::FALSE),
                    },
                    Bound::Component(other, None) => {
                        let component = self.problem.component(other)?;
                        if component.is_multi {
                            return match default {
                                Some(_) => None,
                                None => Some(Formula::FALSE),
                            };
                        }
                        Part::Value(other, default.clone())
                    }
                    Bound::Component(_, Some(_)) | Bound::Renamed(..) => {
                        self.unsupported.insert(format!(
                            "`${{{}}}` stands for a key that AWS may or may not fill",
                            key.as_str()
                        ));
                        return None;
                    }
                },
            });
        }
        Some(self.problem.compare(Comparison {
            component: id,
            parts,
            form,
            written: written.into(),
        }))
    }

    fn listed(&mut self, entry: &ConditionEntry, version: Version) -> Option<Listed> {
        let base = entry.operator.base;
        let form = form_of(base);
        let mut listed = Listed {
            ask: None,
            variable: Vec::new(),
            form,
            has_incomplete: false,
        };
        let texts = entry.values.iter().map(|value| &*value.text);
        let order = Order::of(base);
        let boxed =
            |texts: Vec<&str>| -> Box<[Box<str>]> { texts.into_iter().map(Into::into).collect() };
        listed.ask = Some(match base.family() {
            Family::Null | Family::Binary => {
                self.unsupported
                    .insert(format!("`{base:?}` is not supported in proofs"));
                return None;
            }
            Family::Numeric => {
                let numbers = texts.filter(|text| compare_numbers(text, text).is_some());
                Ask::Number(order, boxed(numbers.collect()))
            }
            Family::Date => {
                let dates = texts.filter(|text| instant(text).is_some());
                Ask::Date(order, boxed(dates.collect()))
            }
            Family::Bool => {
                let has =
                    |wanted: &str| texts.clone().any(|text| text.eq_ignore_ascii_case(wanted));
                Ask::Bool {
                    yes: has("true"),
                    no: has("false"),
                }
            }
            Family::Address => Ask::Address(texts.filter_map(address_range).collect()),
            Family::String | Family::Arn => {
                let mut globs = Vec::new();
                for text in texts {
                    let parts = text_parts(text, version);
                    let is_variable = |part: &TextPart| matches!(part, TextPart::Variable(..));
                    if parts.iter().any(is_variable) {
                        listed.variable.push((parts, text.into()));
                        continue;
                    }
                    match glob_of(&parts, form) {
                        Some(glob) => globs.push(glob),
                        None => listed.has_incomplete = true,
                    }
                }
                if globs.is_empty() {
                    return Some(listed);
                }
                Ask::Text(Language::new(globs))
            }
        });
        Some(listed)
    }

    /// Whether the resource element matches.
    pub(crate) fn resources(&mut self, patterns: Option<&Patterns>, version: Version) -> Sure {
        let Some(patterns) = patterns else {
            return Sure::TRUE;
        };
        let texts: Vec<&str> = patterns.values.iter().map(|value| &*value.text).collect();
        let is_everything = texts.contains(&"*");
        let found = if is_everything {
            Sure::TRUE
        } else {
            let bound = self.resource();
            match bound {
                Bound::Fixed(value) => {
                    // A variable is in the last part of an ARN, and no ARN is `*`.
                    let globs = texts
                        .iter()
                        .filter_map(|text| glob_of(&text_parts(text, version), Form::Resource));
                    let any = globs.into_iter().any(|glob| glob.matches(&value));
                    any.into()
                }
                Bound::Component(id, _) => self.resource_matches(id, &texts, version),
                Bound::Absent | Bound::Renamed(..) => Sure::FALSE,
            }
        };
        if patterns.negated {
            found.negated()
        } else {
            found
        }
    }

    fn resource_matches(&mut self, id: ComponentId, texts: &[&str], version: Version) -> Sure {
        let mut globs = Vec::new();
        let mut parts = Vec::new();
        let mut is_unknown = false;
        for text in texts {
            let pieces = text_parts(text, version);
            let mut colons = 0;
            let mut is_never = false;
            let mut is_variable = false;
            for piece in &pieces {
                match piece {
                    TextPart::Text(text) if !is_variable => colons += text.matches(':').count(),
                    TextPart::Variable(..) => {
                        // A variable before the fifth colon is never resolved.
                        is_never |= colons < 5 && !is_variable;
                        is_variable = true;
                    }
                    _ => {}
                }
            }
            if is_never {
                continue;
            }
            if is_variable {
                match self.comparison(id, &pieces, text, Form::Resource) {
                    Some(formula) => parts.push(formula),
                    None => is_unknown = true,
                }
            } else {
                globs.extend(glob_of(&pieces, Form::Resource));
            }
        }
        if !globs.is_empty() {
            let ask = Ask::Text(Language::new(globs));
            parts.push(self.problem.some(id, ask, true));
        }
        let found = self.problem.formulas.any(parts);
        if is_unknown {
            return Sure {
                yes: found,
                no: Formula::FALSE,
            };
        }
        self.problem.formulas.sure(found)
    }
}

/// How an operator compares texts.
fn form_of(base: BaseOperator) -> Form {
    match base {
        BaseOperator::StringLike | BaseOperator::StringNotLike => Form::Like,
        BaseOperator::StringEqualsIgnoreCase | BaseOperator::StringNotEqualsIgnoreCase => {
            Form::WithoutCase
        }
        _ if base.family() == Family::Arn => Form::Arn,
        _ => Form::Exact,
    }
}

/// The pattern of a text without variables; `None` for an ARN pattern with too few parts.
pub(crate) fn glob_of(parts: &[TextPart], form: Form) -> Option<Glob> {
    if form == Form::Arn {
        let mut text = String::new();
        for part in parts {
            match part {
                TextPart::Text(part) => text.push_str(part),
                // Wildcards that stand for themselves do not occur in ARNs.
                TextPart::Literal(_) | TextPart::Variable(..) => return None,
            }
        }
        return Glob::arn(&text);
    }
    let mut glob = Glob::default();
    let mut colons = 0;
    for part in parts {
        match (part, form) {
            (TextPart::Text(text), Form::Like) => glob.push_like(text, true),
            (TextPart::Text(text), Form::Resource) => glob.push_resource(text, &mut colons),
            (TextPart::Text(text) | TextPart::Literal(text), Form::WithoutCase) => {
                glob.push_without_case(text);
            }
            (TextPart::Text(text) | TextPart::Literal(text), _) => glob.push_literal(text),
            (TextPart::Variable(..), _) => return None,
        }
    }
    Some(glob)
}

fn presence(entry: &ConditionEntry) -> (bool, bool) {
    let has = |wanted: &str| {
        let mut values = entry.values.iter();
        values.any(|value| value.text.eq_ignore_ascii_case(wanted))
    };
    (has("true"), has("false"))
}

/// Whether an entry holds when the key is absent.
fn on_absent(entry: &ConditionEntry) -> bool {
    let Operator {
        set,
        base,
        if_exists,
    } = entry.operator;
    match (base, set) {
        (BaseOperator::Null, _) => presence(entry).0,
        (_, SetOperator::ForAllValues) => true,
        (_, SetOperator::ForAnyValue) => if_exists,
        (_, SetOperator::None) => base.is_negated() || if_exists,
    }
}

/// Whether an entry holds for a key with one value; `None` when it holds variables.
fn on_value(entry: &ConditionEntry, version: Version, value: &str) -> Option<Truth> {
    let base = entry.operator.base;
    if base == BaseOperator::Null {
        return Some(presence(entry).1.into());
    }
    let is_variable = entry.values.iter().any(|value| {
        let parts = text_parts(&value.text, version);
        parts
            .iter()
            .any(|part| matches!(part, TextPart::Variable(..)))
    });
    if is_variable && matches!(base.family(), Family::String | Family::Arn) {
        return None;
    }
    let texts = entry.values.iter().map(|value| &*value.text);
    let truth = ValueTest::new(base, texts, version).truth(value);
    Some(if base.is_negated() { !truth } else { truth })
}
