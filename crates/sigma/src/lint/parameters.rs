//! Paths into requests and answers, held against the shapes of the calls that a rule selects.

use std::collections::{BTreeMap, HashMap};

use rempart_aws_model::{PathCheck, ShapeKind, enum_values, request_path, response_path};

use crate::ast::{Item, Value};
use crate::lint::Severity;
use crate::lint::events::{Pair, is_read_only};
use crate::lint::nearest::nearest;
use crate::lint::report::{Report, did_you_mean, few};
use crate::lint::values::{State, Test, written};
use crate::lint::view::Scene;
use crate::modifier::Modifier;

const REQUEST: &str = "requestParameters.";
const RESPONSE: &str = "responseElements.";

/// Most checks of a path against a call, for one rule.
const MOST_CHECKS: usize = 50_000;

/// How a path stands in one call.
#[derive(Debug, Clone)]
pub(super) enum Standing {
    Exists(ShapeKind),
    Missing {
        at: String,
        suggestions: Vec<String>,
    },
    Never(&'static str),
    /// The answer of a call that only reads is null
    NullAnswer,
    Open,
}

/// Whether the path leads into a request or an answer.
pub(super) fn is_parameter(field: &str) -> bool {
    field.starts_with(REQUEST) || field.starts_with(RESPONSE)
}

/// How a path stands in a call.
pub(super) fn standing(pair: &Pair, field: &str) -> Standing {
    let (source, name) = (&*pair.0, &*pair.1);
    let checked = if let Some(path) = field.strip_prefix(REQUEST) {
        request_path(source, name, path)
    } else if let Some(path) = field.strip_prefix(RESPONSE) {
        // STS mints sessions by calls that the tables hold for reads.
        if source != "sts.amazonaws.com" && is_read_only(source, name) {
            return Standing::NullAnswer;
        }
        response_path(source, name, path)
    } else {
        return Standing::Open;
    };
    match checked {
        PathCheck::Ok(kind) => Standing::Exists(kind),
        PathCheck::NoSuchMember { at, suggestions } => Standing::Missing { at, suggestions },
        PathCheck::NeverRecorded(reason) => Standing::Never(reason),
        PathCheck::Unchecked(_) => Standing::Open,
    }
}

/// What is known about the parameters of a rule.
#[derive(Default)]
pub(super) struct ParameterFacts<'a> {
    items: HashMap<*const Item, Fact<'a>>,
    cache: BTreeMap<(Pair, String), Standing>,
    checks: usize,
}

struct Fact<'a> {
    item: &'a Item,
    test: Test<'a>,
    exists: bool,
    looked_at: bool,
    missing: Option<(Pair, String, Vec<String>)>,
    never: Option<(Pair, &'static str)>,
    null_answer: Option<Pair>,
    values_fit: Vec<bool>,
    kinds: Vec<ShapeKind>,
    words: Vec<&'static str>,
}

impl<'a> ParameterFacts<'a> {
    pub(super) fn visit(&mut self, scene: &Scene<'_, 'a>) {
        for item in scene.items.iter().copied() {
            let Some(field) = item.field.as_deref().filter(|field| is_parameter(field)) else {
                continue;
            };
            let standings: Option<Vec<(Pair, Standing)>> =
                scene.calls.pairs.as_ref().map(|pairs| {
                    let with_standing = |pair: &Pair| (pair.clone(), self.cached(pair, field));
                    pairs.iter().map(with_standing).collect()
                });
            let fact = self
                .items
                .entry(std::ptr::from_ref(item))
                .or_insert_with(|| Fact::new(item));
            match standings {
                None => fact.open(),
                Some(standings) => {
                    for (pair, standing) in standings {
                        fact.add(pair, standing, field);
                    }
                }
            }
        }
    }

    /// Whether a call can have everything that the items demand; items that are reported anyway do not
    /// count.
    pub(super) fn is_possible(&mut self, pair: &Pair, items: &[&'a Item]) -> bool {
        items.iter().all(|item| {
            let Some(field) = item.field.as_deref().filter(|field| is_parameter(field)) else {
                return true;
            };
            let fact = self.items.get(&std::ptr::from_ref(*item));
            let is_reported = fact.is_some_and(|fact| !fact.exists);
            let needs_value = Test::new(item).accepts(&State::Absent) == Some(false);
            if is_reported || !needs_value {
                return true;
            }
            !matches!(self.cached(pair, field), Standing::Missing { .. })
        })
    }

    fn cached(&mut self, pair: &Pair, field: &str) -> Standing {
        let key = (pair.clone(), field.to_owned());
        if let Some(standing) = self.cache.get(&key) {
            return standing.clone();
        }
        self.checks += 1;
        if self.checks > MOST_CHECKS {
            return Standing::Open;
        }
        let standing = standing(pair, field);
        self.cache.insert(key, standing.clone());
        standing
    }

    pub(super) fn report(&self, report: &mut Report<'_>) {
        let mut facts: Vec<&Fact<'a>> = self.items.values().collect();
        facts.sort_by_key(|fact| (fact.item.at, &fact.item.field));
        for fact in facts {
            if fact.looked_at {
                fact.report(report);
            }
        }
    }
}

impl<'a> Fact<'a> {
    fn new(item: &'a Item) -> Self {
        Self {
            item,
            test: Test::new(item),
            exists: false,
            looked_at: false,
            missing: None,
            never: None,
            null_answer: None,
            values_fit: vec![false; item.values.len()],
            kinds: Vec::new(),
            words: Vec::new(),
        }
    }

    fn open(&mut self) {
        self.looked_at = true;
        self.exists = true;
        self.values_fit.fill(true);
    }

    fn add(&mut self, pair: Pair, standing: Standing, field: &str) {
        self.looked_at = true;
        match standing {
            Standing::Open => self.open(),
            Standing::Missing { at, suggestions } => {
                let better = self
                    .missing
                    .as_ref()
                    .is_none_or(|(_, _, known)| known.is_empty() && !suggestions.is_empty());
                if better {
                    self.missing = Some((pair, at, suggestions));
                }
            }
            Standing::Never(reason) => self.never = Some((pair, reason)),
            Standing::NullAnswer => self.null_answer = Some(pair),
            Standing::Exists(kind) => {
                self.exists = true;
                self.values(&pair, kind, field);
            }
        }
    }

    fn values(&mut self, pair: &Pair, kind: ShapeKind, field: &str) {
        let fits: Vec<bool> = match kind {
            ShapeKind::Enum if field.starts_with(REQUEST) => {
                let path = field.strip_prefix(REQUEST).unwrap_or_default();
                let Some(words) = enum_values(&pair.0, &pair.1, path) else {
                    self.values_fit.fill(true);
                    return;
                };
                let found = self.test.values_found(&words);
                self.words.extend(words);
                self.words.sort_unstable();
                self.words.dedup();
                found
                    .into_iter()
                    .map(|found| found != Some(false))
                    .collect()
            }
            ShapeKind::Boolean => {
                let found = self.test.values_found(&["true", "false"]);
                found
                    .into_iter()
                    .map(|found| found != Some(false))
                    .collect()
            }
            ShapeKind::Integer | ShapeKind::Long | ShapeKind::Float | ShapeKind::Double => {
                let plain = self.item.modifiers.is_empty();
                let fits = |value: &Value| !plain || fits_number(value);
                self.item.values.iter().map(fits).collect()
            }
            ShapeKind::Structure | ShapeKind::Map => {
                let asks = self.asks_for_value();
                let fits = |value: &Value| !asks || *value == Value::Null;
                self.item.values.iter().map(fits).collect()
            }
            _ => vec![true; self.item.values.len()],
        };
        if !self.kinds.contains(&kind) {
            self.kinds.push(kind);
        }
        for (known, fits) in self.values_fit.iter_mut().zip(fits) {
            *known |= fits;
        }
    }

    fn asks_for_value(&self) -> bool {
        !self.item.modifiers.contains(&Modifier::Exists)
    }

    fn report(&self, report: &mut Report<'_>) {
        let item = self.item;
        let field = item.field.as_deref().unwrap_or_default();
        if !self.exists {
            self.report_absence(field, report);
            return;
        }
        for (value, fits) in item.values.iter().zip(&self.values_fit) {
            if *fits {
                continue;
            }
            let value = written(value);
            if !self.words.is_empty() {
                let near = nearest(&value, self.words.iter().copied());
                let hint = did_you_mean(&near)
                    .unwrap_or_else(|| format!("it is one of {}", few(&self.words, 12)));
                let message = format!("{field} is never {value}");
                let code = "value-outside-enum";
                report.add(report.strict(), code, item.at, message, Some(hint));
            } else {
                let kind = match self.kinds.as_slice() {
                    [ShapeKind::Boolean] => "true or false",
                    [ShapeKind::Structure | ShapeKind::Map] => "a structure, which equals no value",
                    _ => "a number",
                };
                let message = format!("{field} is {kind}; it is never {value}");
                report.add(report.strict(), "wrong-type", item.at, message, None);
            }
        }
    }

    fn report_absence(&self, field: &str, report: &mut Report<'_>) {
        let at = self.item.at;
        if let Some((pair, reason)) = &self.never {
            let message = format!("{field} of {} is never recorded: {reason}", pair.1);
            report.add(Severity::Error, "never-recorded", at, message, None);
        } else if let Some((pair, wrong, suggestions)) = &self.missing {
            let message = format!("{} has no {}", pair.1, full(field, wrong));
            let hint = did_you_mean(suggestions);
            report.add(Severity::Error, "unknown-parameter", at, message, hint);
        } else if let Some(pair) = &self.null_answer {
            let message = format!("{} only reads: its responseElements are null", pair.1);
            report.add(Severity::Warning, "null-response", at, message, None);
        }
    }
}

/// The wrong part of a path, with the member of the record that it lies in.
fn full(field: &str, wrong: &str) -> String {
    let prefix = if field.starts_with(REQUEST) {
        REQUEST
    } else {
        RESPONSE
    };
    format!("{prefix}{wrong}")
}

fn fits_number(value: &Value) -> bool {
    match value {
        Value::Null | Value::Number(_) => true,
        Value::Bool(_) => false,
        Value::Text(text) => {
            text.contains(['*', '?']) || text.trim().parse::<f64>().is_ok() || text.is_empty()
        }
    }
}
