//! Evaluation.

use std::borrow::Cow;
use std::cell::Cell;
use std::cmp::Ordering;
use std::rc::Rc;

use serde_json::Value as Json;

use super::builtin;
use super::compile::{Expression, regex};
use super::node::{Comparison, Each, EachKind, Node, Pattern, Segment, Select, Variable};
use super::unknown::{ReasonCode, Unknown};
use super::value::{Value, marker};

/// Most steps of one evaluation. Nested macros over long lists could otherwise run for hours.
const MOST_STEPS: u32 = 4_000_000;

/// The variables of an evaluation, computed only when they are read.
pub(crate) trait Variables<'a> {
    /// `r`: the evidence.
    ///
    /// # Errors
    /// It is missing.
    fn evidence(&self) -> Result<&'a Json, Unknown>;
    /// `self`: the resource's own answer.
    ///
    /// # Errors
    /// It is missing.
    fn own(&self) -> Result<&'a Json, Unknown>;
    /// `id`
    fn id(&self) -> &'a str;
    /// `arn`
    ///
    /// # Errors
    /// The resource has no ARN that is known.
    fn arn(&self) -> Result<&'a str, Unknown>;
    /// `account`
    fn account(&self) -> &'a str;
    /// `region`
    fn region(&self) -> &'a str;
    /// `params`
    fn params(&self) -> &'a Json;
    /// `strict`
    fn strict(&self) -> bool;
}

/// The variables and functions around an expression.
pub(crate) trait Host<'a>: Variables<'a> {
    /// Calls the function at this place of the list of names given to the compiler.
    ///
    /// # Errors
    /// The answer is not known.
    fn call(&self, function: usize, arguments: &[Value<'a>]) -> Result<Value<'a>, Unknown>;
}

impl Expression {
    /// Evaluates the expression.
    ///
    /// # Errors
    /// The value is not known; the reasons say why.
    pub(crate) fn evaluate<'a>(&'a self, host: &dyn Host<'a>) -> Result<Value<'a>, Unknown> {
        let mut evaluation = Evaluation {
            host,
            locals: vec![Err(()); self.locals],
            reasons: vec![None; self.locals],
            steps: Cell::new(MOST_STEPS),
        };
        evaluation.value(&self.root)
    }

    /// Evaluates a condition.
    ///
    /// # Errors
    /// It is not known whether the condition holds.
    pub(crate) fn holds<'a>(&'a self, host: &dyn Host<'a>) -> Result<bool, Unknown> {
        self.evaluate(host)?.as_bool()
    }
}

struct Evaluation<'a, 'h> {
    host: &'h dyn Host<'a>,
    /// Values of the variables of macros; an element that is not known has its reason beside it.
    locals: Vec<Result<Value<'a>, ()>>,
    reasons: Vec<Option<Unknown>>,
    steps: Cell<u32>,
}

type Evaluated<'a> = Result<Value<'a>, Unknown>;

impl<'a> Evaluation<'a, '_> {
    fn value(&mut self, node: &'a Node) -> Evaluated<'a> {
        self.step()?;
        match node {
            Node::Null => Ok(Value::Null),
            Node::Bool(value) => Ok(Value::Bool(*value)),
            Node::Int(value) => Ok(Value::Int(*value)),
            Node::Double(value) => Ok(Value::Double(*value)),
            Node::Text(text) => Ok(Value::Text(Cow::Borrowed(text))),
            Node::Variable(variable) => self.variable(*variable),
            Node::Local(slot) => self.local(*slot),
            Node::Select(select) => self.select(select),
            Node::Has(select) => self.has(select).map(Value::Bool),
            Node::Index(list, index) => self.index(list, index),
            Node::And(left, right) => self.both(left, right, false),
            Node::Or(left, right) => self.both(left, right, true),
            Node::Not(inner) => Ok(Value::Bool(!self.value(inner)?.as_bool()?)),
            Node::Choose(condition, yes, no) => match self.value(condition)?.as_bool()? {
                true => self.value(yes),
                false => self.value(no),
            },
            Node::Compare(comparison, left, right) => {
                let left = self.value(left)?;
                let right = self.value(right)?;
                compare(*comparison, &left, &right).map(Value::Bool)
            }
            Node::Calculate(operation, left, right) => {
                let left = self.value(left)?;
                let right = self.value(right)?;
                builtin::calculate(*operation, left, right)
            }
            Node::Negate(inner) => builtin::negate(&self.value(inner)?),
            Node::In(left, right) => {
                let left = self.value(left)?;
                let right = self.value(right)?;
                is_in(&left, &right).map(Value::Bool)
            }
            Node::List(nodes) => {
                let mut values = Vec::with_capacity(nodes.len());
                for node in nodes {
                    values.push(self.value(node)?);
                }
                Ok(Value::List(Rc::new(values)))
            }
            Node::Map(entries) => {
                let mut values = Vec::with_capacity(entries.len());
                for (key, value) in entries {
                    let key = self.value(key)?.as_text()?.to_owned();
                    values.push((key, self.value(value)?));
                }
                Ok(Value::Map(Rc::new(values)))
            }
            Node::Each(each) => self.each(each),
            Node::Method(method, target, arguments) => {
                let target = self.value(target)?;
                let mut values = Vec::with_capacity(arguments.len());
                for argument in arguments {
                    values.push(self.value(argument)?);
                }
                builtin::method(*method, target, &values)
            }
            Node::Matches(target, pattern) => {
                let target = self.value(target)?;
                let text = target.as_text()?;
                let matches = match pattern {
                    Pattern::Fixed(regex) => regex.is_match(text),
                    Pattern::Computed(node) => {
                        let pattern = self.value(node)?;
                        let pattern = regex(pattern.as_text()?).map_err(|error| {
                            Unknown::new(ReasonCode::Unsupported, error.to_string())
                        })?;
                        pattern.is_match(text)
                    }
                };
                Ok(Value::Bool(matches))
            }
            Node::Call(function, arguments) => {
                let mut values = Vec::with_capacity(arguments.len());
                for argument in arguments {
                    values.push(self.value(argument)?);
                }
                self.host.call(*function, &values)
            }
        }
    }

    fn step(&self) -> Result<(), Unknown> {
        match self.steps.get().checked_sub(1) {
            Some(left) => {
                self.steps.set(left);
                Ok(())
            }
            None => Err(Unknown::new(
                ReasonCode::Unsupported,
                format!("the evaluation needs more than {MOST_STEPS} steps"),
            )),
        }
    }

    fn variable(&self, variable: Variable) -> Evaluated<'a> {
        Ok(match variable {
            Variable::R => Value::Json(self.host.evidence()?),
            Variable::Own => Value::Json(self.host.own()?),
            Variable::Id => Value::text(self.host.id()),
            Variable::Arn => Value::text(self.host.arn()?),
            Variable::Account => Value::text(self.host.account()),
            Variable::Region => Value::text(self.host.region()),
            Variable::Params => Value::Json(self.host.params()),
            Variable::Strict => Value::Bool(self.host.strict()),
        })
    }

    fn local(&self, slot: usize) -> Evaluated<'a> {
        match self.locals.get(slot) {
            Some(Ok(value)) => Ok(value.clone()),
            _ => Err(self
                .reasons
                .get(slot)
                .cloned()
                .flatten()
                .unwrap_or_else(|| {
                    Unknown::new(ReasonCode::Unsupported, "a variable without a value")
                })),
        }
    }

    fn select(&mut self, select: &'a Select) -> Evaluated<'a> {
        let mut value = self.value(&select.root)?;
        let mut at = 0;
        while let Some(segment) = select.segments.get(at) {
            match member(&value, segment)? {
                Some(found) => value = found,
                None => {
                    let (place, default) = default_below(&select.segments, at)
                        .ok_or_else(|| absent(select, segment))?;
                    value = Value::of(default)?;
                    at = place;
                }
            }
            at += 1;
        }
        Ok(value)
    }

    fn has(&mut self, select: &'a Select) -> Result<bool, Unknown> {
        let mut value = self.value(&select.root)?;
        for segment in &select.segments {
            match member(&value, segment)? {
                Some(found) => value = found,
                None => return Ok(false),
            }
        }
        Ok(true)
    }

    fn index(&mut self, list: &'a Node, index: &'a Node) -> Evaluated<'a> {
        let list = self.value(list)?;
        match self.value(index)? {
            Value::Int(place) => {
                let elements = list.elements()?;
                let found = usize::try_from(place)
                    .ok()
                    .and_then(|place| elements.into_iter().nth(place));
                found.unwrap_or_else(|| {
                    Err(Unknown::new(
                        ReasonCode::AbsentField,
                        format!("the list has no element {place}"),
                    ))
                })
            }
            Value::Text(key) => {
                let segment = Segment {
                    name: key.as_ref().into(),
                    default: None,
                };
                member(&list, &segment)?
                    .ok_or_else(|| Unknown::new(ReasonCode::AbsentField, key.into_owned()))
            }
            other => Err(other.is_not("a number or text")),
        }
    }

    /// `&&` and `||`: a side that equals `deciding` decides, whatever the other is.
    fn both(&mut self, left: &'a Node, right: &'a Node, deciding: bool) -> Evaluated<'a> {
        let left = self.condition(left);
        if left == Ok(deciding) {
            return Ok(Value::Bool(deciding));
        }
        let right = self.condition(right);
        Kleene(left).with(right, deciding).0.map(Value::Bool)
    }

    fn condition(&mut self, node: &'a Node) -> Result<bool, Unknown> {
        self.value(node)?.as_bool()
    }

    fn each(&mut self, each: &'a Each) -> Evaluated<'a> {
        let range = self.value(&each.range)?;
        let elements = match &range {
            // CEL iterates over the keys of an object.
            Value::Json(Json::Object(object)) => object
                .keys()
                .map(|key| Ok(Value::text(key.as_str())))
                .collect(),
            _ => range.elements()?,
        };
        match &each.kind {
            EachKind::All => self.fold(each, &range, elements, false),
            EachKind::Exists => self.fold(each, &range, elements, true),
            EachKind::ExistsOne => {
                let mut count = 0_u64;
                for (place, element) in elements.into_iter().enumerate() {
                    if let Some(reason) = missing_at(&range, place) {
                        return Err(reason.clone());
                    }
                    self.bind(each.local, element);
                    if self.condition(&each.body)? {
                        count += 1;
                    }
                }
                Ok(Value::Bool(count == 1))
            }
            EachKind::Filter => {
                let mut kept = Vec::new();
                for element in elements {
                    self.bind(each.local, element.clone());
                    if self.condition(&each.body)? {
                        kept.push(element?);
                    }
                }
                Ok(Value::List(Rc::new(kept)))
            }
            EachKind::Map(condition) => {
                let mut mapped = Vec::new();
                for (place, element) in elements.into_iter().enumerate() {
                    if let Some(reason) = missing_at(&range, place) {
                        return Err(reason.clone());
                    }
                    self.bind(each.local, element);
                    let taken = match condition {
                        Some(condition) => self.condition(condition)?,
                        None => true,
                    };
                    if taken {
                        mapped.push(self.value(&each.body)?);
                    }
                }
                Ok(Value::List(Rc::new(mapped)))
            }
        }
    }

    /// `all` and `exists`: a chain of `&&` or `||`.
    fn fold(
        &mut self,
        each: &'a Each,
        range: &Value<'a>,
        elements: Vec<Evaluated<'a>>,
        deciding: bool,
    ) -> Evaluated<'a> {
        let mut whole = Kleene(Ok(!deciding));
        for (place, element) in elements.into_iter().enumerate() {
            self.bind(each.local, element);
            let held = self.condition(&each.body);
            // An element that may not be there decides nothing.
            let held = match missing_at(range, place) {
                Some(reason) if held == Ok(deciding) => Err(reason.clone()),
                _ => held,
            };
            whole = whole.with(held, deciding);
            if whole.0 == Ok(deciding) {
                break;
            }
        }
        whole.0.map(Value::Bool)
    }

    fn bind(&mut self, slot: usize, element: Evaluated<'a>) {
        let (value, reason) = match element {
            Ok(value) => (Ok(value), None),
            Err(reason) => (Err(()), Some(reason)),
        };
        if let Some(place) = self.locals.get_mut(slot) {
            *place = value;
        }
        if let Some(place) = self.reasons.get_mut(slot) {
            *place = reason;
        }
    }
}

/// Why an element of a list may be there or not.
fn missing_at<'v>(range: &'v Value<'_>, place: usize) -> Option<&'v Unknown> {
    match range {
        Value::List(list) => match list.get(place) {
            Some(Value::Missing(reason)) => Some(reason),
            _ => None,
        },
        _ => None,
    }
}

/// A truth value of Kleene's logic.
struct Kleene(Result<bool, Unknown>);

impl Kleene {
    fn with(self, other: Result<bool, Unknown>, deciding: bool) -> Self {
        Self(match (self.0, other) {
            (Ok(one), _) if one == deciding => Ok(deciding),
            (_, Ok(two)) if two == deciding => Ok(deciding),
            (Err(one), Err(two)) => Err(one.and(two)),
            (Err(one), _) | (_, Err(one)) => Err(one),
            (Ok(_), Ok(_)) => Ok(!deciding),
        })
    }
}

/// A member of an object; `None` when it is missing or null.
fn member<'a>(value: &Value<'a>, segment: &Segment) -> Result<Option<Value<'a>>, Unknown> {
    let found = match value {
        Value::Json(json @ Json::Object(object)) => {
            if let Some(reason) = marker(json) {
                return Err(Unknown::new(ReasonCode::KnownAfterApply, reason));
            }
            object.get(&*segment.name).map(Value::of).transpose()?
        }
        Value::Map(entries) => entries
            .iter()
            .find(|(key, _)| **key == *segment.name)
            .map(|(_, value)| value.clone()),
        other => return Err(other.is_not(&format!("an object with `{}`", segment.name))),
    };
    Ok(found.filter(|value| !matches!(value, Value::Null)))
}

/// The default of the deepest member at or below `from` that has one.
fn default_below(segments: &[Segment], from: usize) -> Option<(usize, &Json)> {
    let candidates = segments.iter().enumerate().skip(from).rev();
    candidates
        .filter_map(|(place, segment)| Some((place, segment.default.as_deref()?)))
        .next()
}

fn absent(select: &Select, segment: &Segment) -> Unknown {
    let path = select.origins.iter().next().unwrap_or(&select.written);
    let detail = if path.ends_with(&*segment.name) || path.is_empty() {
        format!("{} is missing", select.written)
    } else {
        format!(
            "{} is missing, because `{}` is",
            select.written, segment.name
        )
    };
    Unknown::new(ReasonCode::AbsentField, detail)
}

/// Compares two values of one type.
pub(super) fn compare(
    comparison: Comparison,
    left: &Value<'_>,
    right: &Value<'_>,
) -> Result<bool, Unknown> {
    match comparison {
        Comparison::Equal => equal(left, right),
        Comparison::NotEqual => equal(left, right).map(|equal| !equal),
        _ => {
            let order = order(left, right)?;
            Ok(match comparison {
                Comparison::Less => order == Some(Ordering::Less),
                Comparison::LessOrEqual => {
                    matches!(order, Some(Ordering::Less | Ordering::Equal))
                }
                Comparison::Greater => order == Some(Ordering::Greater),
                _ => matches!(order, Some(Ordering::Greater | Ordering::Equal)),
            })
        }
    }
}

/// Equality. Values of different types are a fault of the control or of the model, and nothing is
/// decided on it.
fn equal(left: &Value<'_>, right: &Value<'_>) -> Result<bool, Unknown> {
    Ok(match (left, right) {
        (Value::Null, Value::Null) => true,
        (Value::Bool(left), Value::Bool(right)) => left == right,
        (Value::Text(left), Value::Text(right)) => left == right,
        (Value::Int(_) | Value::Double(_), Value::Int(_) | Value::Double(_)) => {
            order(left, right)? == Some(Ordering::Equal)
        }
        (left, right) if left.kind() == right.kind() => left.to_json()? == right.to_json()?,
        (left, right) => {
            return Err(Unknown::new(
                ReasonCode::ModelGap,
                format!("{} is compared with {}", left.kind(), right.kind()),
            ));
        }
    })
}

/// The order of two numbers or two texts; `None` when one is not a number.
fn order(left: &Value<'_>, right: &Value<'_>) -> Result<Option<Ordering>, Unknown> {
    Ok(match (left, right) {
        (Value::Int(left), Value::Int(right)) => Some(left.cmp(right)),
        (Value::Text(left), Value::Text(right)) => Some(left.cmp(right)),
        (Value::Int(_) | Value::Double(_), Value::Int(_) | Value::Double(_)) => {
            builtin::number(left)?.partial_cmp(&builtin::number(right)?)
        }
        (left, right) => {
            return Err(Unknown::new(
                ReasonCode::ModelGap,
                format!("{} is compared with {}", left.kind(), right.kind()),
            ));
        }
    })
}

fn is_in(left: &Value<'_>, right: &Value<'_>) -> Result<bool, Unknown> {
    if let Value::Json(Json::Object(object)) = right {
        // Null counts as absent here as well.
        let found = object.get(left.as_text()?);
        return Ok(found.is_some_and(|value| !value.is_null()));
    }
    if let Value::Map(entries) = right {
        let key = left.as_text()?;
        return Ok(entries.iter().any(|(known, _)| known == key));
    }
    let mut whole = Kleene(Ok(false));
    for element in right.elements()? {
        let same = element.and_then(|element| equal(left, &element));
        whole = whole.with(same, true);
    }
    whole.0
}
