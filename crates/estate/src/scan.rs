//! What one answer says: which resources there are, and what it is about.

use serde_json::{Map, Value};

use crate::answer::{Address, Answer, AnswerError, Outcome};
use crate::decode::decode_heads;
use crate::kind::{ARN, Facet, Kind, Role, Source, Term, Use, heads, kinds, uses};
use crate::path::{Path, text};

/// Separates the parts of keys; no parameter holds it.
const SEPARATOR: char = '\u{1f}';

/// An answer in the index.
#[derive(Debug)]
pub(crate) struct Entry {
    /// Position of the file among the sources.
    pub(crate) source: u32,
    /// Line in the file, from 1.
    pub(crate) line: u64,
    pub(crate) location: Location,
    /// Positions among the operations and the places.
    pub(crate) operation: u32,
    pub(crate) place: u32,
    pub(crate) page: u32,
    pub(crate) outcome: Outcome,
    pub(crate) parameters: Box<str>,
    pub(crate) sha256: [u8; 32],
    pub(crate) at: Option<Box<str>>,
    pub(crate) rare: Option<Box<Rare>>,
    /// Whether another page follows, where the body was read.
    pub(crate) more: Option<bool>,
}

/// What few answers have.
#[derive(Debug, Default)]
pub(crate) struct Rare {
    pub(crate) status: u16,
    pub(crate) error: Option<AnswerError>,
    pub(crate) permission: Option<String>,
    pub(crate) address: Option<Address>,
}

/// Where the body is.
#[derive(Debug)]
pub(crate) enum Location {
    Memory(Box<[u8]>),
    /// Offset and length of the line.
    Line(u64, u32),
    /// Offset and length of the body itself.
    Body(u64, u32),
}

/// What an answer says about one resource.
#[derive(Debug)]
pub(crate) struct Fact {
    /// Position of the kind.
    pub(crate) kind: usize,
    pub(crate) says: Says,
    pub(crate) values: Vec<Option<String>>,
    /// Further values of variables that hold several.
    pub(crate) further: Vec<(usize, String)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Says {
    /// Element of the primary operation: source, position.
    Item(usize, u32),
    Listed,
    /// The primary operation answered.
    Described,
    /// Element of a search: source, position.
    Found(usize, u32),
    /// The primary operation was asked and did not answer.
    Refused,
    Seen,
    /// Another operation was asked about it.
    Asked,
}

/// What one answer says.
#[derive(Debug, Default)]
pub(crate) struct Said {
    pub(crate) facts: Vec<Fact>,
    /// What the answer is about: see [`facet_keys`].
    pub(crate) keys: Vec<Box<str>>,
    pub(crate) more: Option<bool>,
    pub(crate) problem: Option<String>,
}

/// Reads what the answer says. Its body is decoded only if something in it counts.
pub(crate) fn read(
    operation: &str,
    parameters: &Map<String, Value>,
    outcome: Outcome,
    body: &[u8],
) -> Said {
    let mut said = Said::default();
    let uses = uses(operation);
    let counts = uses.iter().any(reads_body);
    let decoded = if outcome == Outcome::Ok && counts {
        match decode_heads(operation, body, heads(operation)) {
            Ok(value) => Some(value),
            Err(error) => {
                said.problem = Some(error.to_string());
                None
            }
        }
    } else {
        None
    };
    said.more = decoded.as_ref().map(has_more);
    for used in uses {
        match *used {
            Use::Source(kind, number) => {
                let parts = kinds()
                    .get(kind)
                    .and_then(|table| Some((table, table.sources.get(number)?)));
                if let Some((table, source)) = parts {
                    let reading = Reading {
                        kind,
                        table,
                        source,
                        number,
                        parameters,
                    };
                    reading.add(outcome, decoded.as_ref(), &mut said.facts);
                }
            }
            Use::Facet(kind, number) => {
                let parts = kinds()
                    .get(kind)
                    .and_then(|table| Some((table, table.facets.get(number)?)));
                if let Some((table, facet)) = parts {
                    for key in keys_of_answer(facet, parameters) {
                        if !said.keys.contains(&key) {
                            said.keys.push(key);
                        }
                    }
                    said.facts
                        .extend(implied(kind, table, facet, parameters, outcome));
                }
            }
        }
    }
    said
}

fn reads_body(used: &Use) -> bool {
    let Use::Source(kind, number) = *used else {
        return false;
    };
    let source = kinds().get(kind).and_then(|kind| kind.sources.get(number));
    source.is_some_and(|source| match source.role {
        Role::Items(_) | Role::List(_) | Role::Search(..) | Role::Covers => true,
        Role::Describe => !source.values.is_empty(),
        Role::Seen => false,
    })
}

struct Reading<'r> {
    kind: usize,
    table: &'static Kind,
    source: &'static Source,
    number: usize,
    parameters: &'r Map<String, Value>,
}

impl Reading<'_> {
    fn add(&self, outcome: Outcome, body: Option<&Value>, facts: &mut Vec<Fact>) {
        match &self.source.role {
            Role::Describe => {
                let says = match outcome {
                    Outcome::Ok | Outcome::Absent => Says::Described,
                    _ => Says::Refused,
                };
                facts.push(self.fact(says, body));
            }
            Role::Seen => {
                if outcome != Outcome::Gone {
                    facts.push(self.fact(Says::Seen, None));
                }
            }
            Role::Items(path) => self.add_elements(path, body, facts, Says::Item),
            Role::List(path) => self.add_elements(path, body, facts, |_, _| Says::Listed),
            Role::Search(name, path, _) => {
                let resource = self.parameters.get("Resource").and_then(Value::as_str);
                if resource == Some(*name) {
                    self.add_elements(path, body, facts, Says::Found);
                }
            }
            Role::Covers => {}
        }
    }

    fn add_elements(
        &self,
        path: &Path,
        body: Option<&Value>,
        facts: &mut Vec<Fact>,
        says: impl Fn(usize, u32) -> Says,
    ) {
        let elements = body.map(|body| path.values(body)).unwrap_or_default();
        for (position, element) in (0..).zip(elements) {
            facts.push(self.fact(says(self.number, position), Some(element)));
        }
    }

    fn fact(&self, says: Says, value: Option<&Value>) -> Fact {
        let mut fact = Fact {
            kind: self.kind,
            says,
            values: vec![None; self.table.variable_names().len()],
            further: Vec::new(),
        };
        if let Some(value) = value {
            for (path, position) in &self.source.values {
                let mut texts = path.texts(value).into_iter();
                set(&mut fact.values, *position, texts.next());
                fact.further.extend(texts.map(|text| (*position, text)));
            }
        }
        for (path, position) in &self.source.parameters {
            let known = fact.values.get(*position).is_some_and(Option::is_some);
            if !known {
                let value = path.values_in(self.parameters).into_iter().find_map(text);
                set(&mut fact.values, *position, value);
            }
        }
        fact
    }
}

fn set(values: &mut [Option<String>], position: usize, value: Option<String>) {
    if let Some(slot) = values.get_mut(position)
        && value.is_some()
    {
        *slot = value;
    }
}

/// A resource that somebody asked about, if the parameters say which.
fn implied(
    kind: usize,
    table: &'static Kind,
    facet: &Facet,
    parameters: &Map<String, Value>,
    outcome: Outcome,
) -> Option<Fact> {
    if outcome == Outcome::Gone {
        return None;
    }
    let mut values = vec![None; table.variable_names().len()];
    for (path, terms) in &facet.parameters {
        let value = path.values_in(parameters).into_iter().find_map(text)?;
        // Many kinds of resources are asked about by their ARN alone, which does not tell the kind.
        let of = |term: &Term| match term {
            Term::Variable(position) => Some(*position),
            Term::Id => table.id.single().map(|single| single.unwrap_or(ARN)),
            Term::Arn => None,
        };
        let named = terms.iter().find_map(of)?;
        let is_arn = value.starts_with("arn:") && terms.contains(&Term::Arn);
        let position = if is_arn { ARN } else { named };
        set(&mut values, position, Some(value));
    }
    Some(Fact {
        kind,
        says: Says::Asked,
        values,
        further: Vec::new(),
    })
}

/// The keys under which the answer is found: the facet's parameters and what they hold.
fn keys_of_answer(facet: &Facet, parameters: &Map<String, Value>) -> Vec<Box<str>> {
    let mut keys = vec![facet.operation.to_owned()];
    for (path, _) in &facet.parameters {
        let values: Vec<_> = path
            .values_in(parameters)
            .into_iter()
            .filter_map(text)
            .collect();
        keys = keys
            .iter()
            .flat_map(|key| values.iter().map(|value| join(key, path, value)))
            .collect();
    }
    keys.into_iter().map(String::into_boxed_str).collect()
}

/// The keys under which answers about a resource are found, best first. `value` gives what a term
/// stands for.
pub(crate) fn facet_keys(facet: &Facet, value: impl Fn(Term) -> Option<String>) -> Vec<String> {
    let mut keys = vec![facet.operation.to_owned()];
    for (path, terms) in &facet.parameters {
        let values: Vec<_> = terms.iter().filter_map(|term| value(*term)).collect();
        keys = keys
            .iter()
            .flat_map(|key| values.iter().map(|value| join(key, path, value)))
            .collect();
    }
    keys
}

fn join(key: &str, path: &Path, value: &str) -> String {
    format!("{key}{SEPARATOR}{path}{SEPARATOR}{value}")
}

/// Whether the answer says that another page follows.
pub(crate) fn has_more(body: &Value) -> bool {
    for flag in ["IsTruncated", "Truncated"] {
        if let Some(more) = body.get(flag).and_then(Value::as_bool) {
            return more;
        }
    }
    // `Marker` alone is the echo of the request.
    let tokens = [
        "NextToken",
        "nextToken",
        "NextMarker",
        "NextContinuationToken",
        "ContinuationToken",
    ];
    tokens.iter().any(|token| {
        let value = body.get(*token).and_then(Value::as_str);
        value.is_some_and(|value| !value.is_empty())
    })
}

/// The entry of an answer, its body left where `location` says, and what it says.
pub(crate) fn index(
    answer: &Answer,
    sha256: [u8; 32],
    source: u32,
    line: u64,
    location: Location,
) -> (Entry, Said) {
    let said = read(
        &answer.operation,
        &answer.parameters,
        answer.outcome,
        &answer.body,
    );
    let rare = Rare {
        status: answer.status,
        error: answer.error.clone(),
        permission: answer.permission.clone(),
        address: answer.address.clone(),
    };
    let entry = Entry {
        source,
        line,
        sha256,
        operation: 0,
        place: 0,
        page: answer.page,
        outcome: answer.outcome,
        parameters: canonical(&answer.parameters).into(),
        at: answer.at.as_deref().map(Box::from),
        more: said.more,
        rare: rare.counts(answer.outcome).then(|| Box::new(rare)),
        location,
    };
    (entry, said)
}

impl Rare {
    fn counts(&self, outcome: Outcome) -> bool {
        outcome != Outcome::Ok
            || self.error.is_some()
            || self.permission.is_some()
            || self.address.is_some()
    }
}

/// Parameters as text, with members sorted at every depth.
pub(crate) fn canonical(parameters: &Map<String, Value>) -> String {
    Value::Object(sorted(parameters)).to_string()
}

fn sorted(members: &Map<String, Value>) -> Map<String, Value> {
    let mut names: Vec<_> = members.keys().collect();
    names.sort_unstable();
    let mut result = Map::new();
    for name in names {
        if let Some(value) = members.get(name) {
            result.insert(name.clone(), sorted_value(value));
        }
    }
    result
}

fn sorted_value(value: &Value) -> Value {
    match value {
        Value::Object(members) => Value::Object(sorted(members)),
        Value::Array(elements) => Value::Array(elements.iter().map(sorted_value).collect()),
        _ => value.clone(),
    }
}
