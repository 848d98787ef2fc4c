//! From resources to answers.

use std::collections::{BTreeMap, BTreeSet};

use rempart_aws_model::{Shape, service};
use serde_json::{Map, Value};

use super::convert::{Converter, Notes, merge, put, shape_at};
use super::identity::{Identities, Identity, attribute};
use super::map::{AnswerMap, DefaultContent, Segment, TypeMap, TypeMaps};
use super::unknown::{CHOSEN_BY_AWS, unknown_reason};
use super::{
    Address, Answer, AnswerError, Declared, Options, Outcome, PlannedEstate, PlannedProblem,
    PlannedResource, acl, iam, inspector, network,
};

/// The account of a plan that does not say for which it is.
pub const PLACEHOLDER_ACCOUNT: &str = "000000000000";
/// The region of a plan that does not say for which it is.
pub const PLACEHOLDER_REGION: &str = "us-east-1";
/// Error code of the page that ends a list of everything: what else exists is not in the plan.
pub const NOT_IN_PLAN: &str = "NotInPlan";

/// Operation and identifying parameters, under a region.
pub(crate) type Key = (String, &'static str, BTreeMap<String, String>);

/// Everything that is known about a resource while answers are put together.
pub(crate) struct Known<'a> {
    pub(crate) declared: &'a Declared,
    pub(crate) values: Map<String, Value>,
    pub(crate) identity: Identity,
    pub(crate) map: &'a TypeMap,
}

/// The answers so far.
pub(crate) struct Assembly<'a> {
    pub(crate) file: &'a str,
    pub(crate) account: String,
    region: String,
    bodies: BTreeMap<Key, Content>,
    /// Operations to which something belongs that could not be attached to its resource.
    unattached: BTreeSet<&'static str>,
    pub(crate) estate: PlannedEstate,
}

enum Content {
    Pages { pages: Vec<Page>, is_open: bool },
    Absent(&'static str, Address),
}

struct Page {
    body: Map<String, Value>,
    address: Address,
}

/// Puts the answers of a plan together.
pub(crate) fn assemble(
    file: &str,
    declared: &[Declared],
    maps: &TypeMaps,
    options: &Options,
    problems: Vec<PlannedProblem>,
) -> PlannedEstate {
    let account = options.account.as_deref().unwrap_or(PLACEHOLDER_ACCOUNT);
    let region = options.region.as_deref().unwrap_or(PLACEHOLDER_REGION);
    let mut assembly = Assembly {
        file,
        account: account.to_owned(),
        region: region.to_owned(),
        bodies: BTreeMap::new(),
        unattached: BTreeSet::new(),
        estate: PlannedEstate {
            problems,
            account_known: options.account.is_some(),
            region_known: options.region.is_some()
                || declared.iter().all(|one| one.region.is_some()),
            ..PlannedEstate::default()
        },
    };
    let identities = Identities::new(declared, maps, account, region);
    let mut known = Vec::new();
    for one in declared {
        let Some(map) = maps.get(&one.type_name) else {
            let count = assembly.estate.not_covered.entry(one.type_name.clone());
            *count.or_default() += 1;
            continue;
        };
        let identity = identities.of(one);
        known.push(Known {
            declared: one,
            values: identities.resolve(&one.values),
            identity,
            map,
        });
    }
    for one in &known {
        assembly.resource(one);
        let strong = one.map.answers.iter().filter(|answer| !answer.is_weak);
        for answer in strong {
            assembly.answer(one, answer, &identities);
        }
    }
    iam::assemble(&known, &mut assembly);
    network::assemble(&known, &mut assembly);
    inspector::assemble(&known, &mut assembly);
    acl::assemble(&known, &identities, &mut assembly);
    for one in &known {
        for answer in one.map.answers.iter().filter(|answer| answer.is_weak) {
            let key = assembly.key(one, answer.operation, &answer.parameters, &identities);
            if key.is_some_and(|key| !assembly.bodies.contains_key(&key)) {
                assembly.answer(one, answer, &identities);
            }
        }
    }
    for one in known.iter().filter(|one| one.declared.is_new) {
        assembly.defaults(one, &identities);
    }
    assembly.finish()
}

impl<'a> Assembly<'a> {
    fn resource(&mut self, known: &Known<'_>) {
        let Some(kind) = known.map.kind else {
            return;
        };
        let first = known.map.answers.first().map(|answer| answer.operation);
        let region = self.region_of(known, first.unwrap_or_default());
        self.estate.resources.push(PlannedResource {
            kind,
            id: known.identity.id.clone(),
            arn: known.identity.arn.clone(),
            account: self.account.clone(),
            region,
            address: known.declared.address.clone(),
            file: self.file.to_owned(),
            line: known.declared.line,
            notes: known.declared.notes.clone(),
        });
    }

    fn answer(&mut self, known: &Known<'_>, answer: &AnswerMap, identities: &Identities<'_>) {
        if let Some(needed) = answer.needs {
            let given = attribute(&known.values, needed);
            let is_left_out = given.is_none_or(|value| {
                unknown_reason(value) == Some(CHOSEN_BY_AWS)
                    || value.as_array().is_some_and(Vec::is_empty)
            });
            if is_left_out {
                return;
            }
        }
        let Some(key) = self.key(known, answer.operation, &answer.parameters, identities) else {
            self.unattached(known, answer.operation);
            return;
        };
        let is_first = known
            .map
            .first_answer()
            .is_some_and(|first| std::ptr::eq(first, answer));
        let mut item = self.convert(known, answer);
        if is_first && let Some(members) = item.as_object_mut() {
            name(members, known);
        }
        let is_open = answer.is_open
            || (answer.parameters.is_empty() && answer.base.iter().any(|segment| segment.list));
        self.add(known, key, &answer.base, item, is_open);
    }

    fn convert(&mut self, known: &Known<'_>, answer: &AnswerMap) -> Value {
        let mut notes = Notes::default();
        let region = known.declared.region.as_deref().unwrap_or(&self.region);
        let mut converter = Converter {
            map: answer,
            ignored: known.map,
            notes: &mut notes,
            account: &self.account,
            region,
        };
        let shape = output(answer.operation);
        let shape = element_at(shape, &answer.base);
        let body = converter.body(shape, &known.values);
        // What one answer has no member for may stand in another answer of the same resource.
        let read_elsewhere = |attribute: &String| {
            let mut others = known.map.answers.iter();
            others.any(|other| {
                !std::ptr::eq(other, answer)
                    && (other.rules.contains_key(attribute.as_str())
                        || other
                            .parameters
                            .iter()
                            .any(|(_, text)| text.contains(&format!("{{{attribute}}}"))))
            }) || answer
                .parameters
                .iter()
                .any(|(_, text)| text.contains(attribute.as_str()))
        };
        let is_first = known
            .map
            .first_answer()
            .is_some_and(|first| std::ptr::eq(first, answer));
        for attribute in notes.unread {
            if is_first && !read_elsewhere(&attribute) {
                let type_name = known.declared.type_name.clone();
                self.estate
                    .not_read
                    .entry(type_name)
                    .or_default()
                    .insert(attribute);
            }
        }
        for (attribute, reason) in notes.wrong {
            self.problem(known, format!("{attribute}: {reason}"));
        }
        body
    }

    /// Operation and parameters of an answer; `None` when a parameter is not known.
    pub(crate) fn key(
        &self,
        known: &Known<'_>,
        operation: &'static str,
        parameters: &[(&'static str, &'static str)],
        identities: &Identities<'_>,
    ) -> Option<Key> {
        let mut filled = BTreeMap::new();
        for (name, template) in parameters {
            let text = identities.expand(template, known.declared, &known.identity)?;
            // An empty text is a parameter that is not given.
            if !text.is_empty() {
                filled.insert((*name).to_owned(), text);
            }
        }
        Some((self.region_of(known, operation), operation, filled))
    }

    pub(crate) fn region_of(&self, known: &Known<'_>, operation: &str) -> String {
        if is_global(operation) {
            return "global".to_owned();
        }
        known
            .declared
            .region
            .clone()
            .unwrap_or_else(|| self.region.clone())
    }

    /// Adds to an answer. A list that is never complete gets a page per item, so that each item keeps
    /// its address; other answers are merged.
    pub(crate) fn add(
        &mut self,
        known: &Known<'_>,
        key: Key,
        base: &[Segment],
        item: Value,
        is_open: bool,
    ) {
        let address = self.address(known);
        let fresh = Content::Pages {
            pages: Vec::new(),
            is_open,
        };
        let Content::Pages {
            pages,
            is_open: open,
        } = self.bodies.entry(key).or_insert(fresh)
        else {
            return;
        };
        *open |= is_open;
        if pages.is_empty() || is_open {
            let body = Map::new();
            pages.push(Page { body, address });
        }
        let Some(Page { body, .. }) = pages.last_mut() else {
            return;
        };
        match (base, item) {
            ([], Value::Object(members)) => {
                for (name, value) in members {
                    merge(body, &name, value);
                }
            }
            (base, item) => {
                let is_list = base.last().is_some_and(|segment| segment.list);
                let item = if is_list {
                    Value::Array(vec![item])
                } else {
                    item
                };
                put(body, base, item);
            }
        }
    }

    /// Adds an item to the list of everything that an operation without parameters gives.
    pub(crate) fn add_item(
        &mut self,
        known: &Known<'_>,
        operation: &'static str,
        list: &'static str,
        item: Map<String, Value>,
    ) {
        let base = [Segment {
            name: list,
            list: true,
        }];
        let key = (self.region_of(known, operation), operation, BTreeMap::new());
        self.add(known, key, &base, Value::Object(item), true);
    }

    fn address(&self, known: &Known<'_>) -> Address {
        Address {
            file: Some(self.file.to_owned()),
            line: known.declared.line,
            name: Some(known.declared.address.clone()),
        }
    }

    /// Notes that something belongs to a resource that is not known.
    pub(crate) fn unattached(&mut self, known: &Known<'_>, operation: &'static str) {
        self.unattached.insert(operation);
        let reason = format!("which resource it belongs to is unknown ({operation})");
        self.problem(known, reason);
    }

    pub(crate) fn problem(&mut self, known: &Known<'_>, reason: String) {
        self.estate.problems.push(PlannedProblem {
            file: self.file.to_owned(),
            line: known.declared.line,
            address: Some(known.declared.address.clone()),
            reason,
        });
    }

    fn defaults(&mut self, known: &Known<'_>, identities: &Identities<'_>) {
        for default in &known.map.defaults {
            // Something that could not be attached may belong here.
            if self.unattached.contains(default.operation) {
                continue;
            }
            let key = self.key(known, default.operation, &default.parameters, identities);
            let Some(key) = key.filter(|key| !self.bodies.contains_key(key)) else {
                continue;
            };
            // Whether a policy is public is not in a plan; that there is none is.
            if default.operation == "s3:GetBucketPolicyStatus" {
                let policy = (key.0.clone(), "s3:GetBucketPolicy", key.2.clone());
                if !matches!(self.bodies.get(&policy), Some(Content::Absent(..))) {
                    continue;
                }
            }
            let address = self.address(known);
            let content = match &default.content {
                DefaultContent::Absent(code) => Content::Absent(code, address),
                DefaultContent::Body(body) => {
                    let body = match with_account(body, &self.account) {
                        Value::Object(members) => members,
                        _ => Map::new(),
                    };
                    Content::Pages {
                        pages: vec![Page { body, address }],
                        is_open: false,
                    }
                }
            };
            self.bodies.insert(key, content);
        }
    }

    fn finish(mut self) -> PlannedEstate {
        for ((region, operation, parameters), content) in std::mem::take(&mut self.bodies) {
            let parameters = parameters
                .into_iter()
                .map(|(name, text)| (name, Value::String(text)));
            let blank = Answer {
                account: self.account.clone(),
                region,
                operation: operation.to_owned(),
                parameters: parameters.collect(),
                ..Answer::default()
            };
            let error = |code: &str, message: &str| AnswerError {
                code: code.to_owned(),
                message: message.to_owned(),
            };
            match content {
                Content::Absent(code, address) => self.estate.answers.push(Answer {
                    outcome: Outcome::Absent,
                    status: 404,
                    error: Some(error(code, "the plan makes none")),
                    address: Some(address),
                    ..blank
                }),
                Content::Pages { pages, is_open } => {
                    let mut number = 0;
                    for page in pages {
                        self.estate.answers.push(Answer {
                            page: number,
                            outcome: Outcome::Ok,
                            status: 200,
                            body: Value::Object(page.body).to_string().into_bytes(),
                            address: Some(page.address),
                            ..blank.clone()
                        });
                        number += 1;
                    }
                    if is_open {
                        let reason = "a plan does not say what else exists";
                        self.estate.answers.push(Answer {
                            page: number,
                            outcome: Outcome::NotEvaluated,
                            error: Some(error(NOT_IN_PLAN, reason)),
                            ..blank
                        });
                    }
                }
            }
        }
        self.estate
            .resources
            .sort_by(|one, other| one.address.cmp(&other.address));
        self.estate
    }
}

/// A default body for an account.
fn with_account(value: &Value, account: &str) -> Value {
    match value {
        Value::String(text) => Value::String(text.replace("<account>", account)),
        Value::Array(items) => {
            let items = items.iter().map(|item| with_account(item, account));
            Value::Array(items.collect())
        }
        Value::Object(members) => {
            let members = members.iter();
            let filled = members.map(|(name, value)| (name.clone(), with_account(value, account)));
            Value::Object(filled.collect())
        }
        other => other.clone(),
    }
}

/// Writes identifier and ARN where the first answer has them.
fn name(members: &mut Map<String, Value>, known: &Known<'_>) {
    let id = Some(known.identity.id.as_str());
    let arn = known.identity.arn.as_deref();
    for (named, text) in [(&known.map.id, id), (&known.map.arn, arn)] {
        if let (Some(named), Some(text)) = (named, text) {
            overwrite(members, &named.path, text);
        }
    }
}

fn overwrite(members: &mut Map<String, Value>, path: &[Segment], text: &str) {
    let Some((segment, rest)) = path.split_first() else {
        return;
    };
    if rest.is_empty() {
        members.insert(segment.name.to_owned(), Value::String(text.to_owned()));
        return;
    }
    let slot = members
        .entry(segment.name.to_owned())
        .or_insert_with(|| Value::Object(Map::new()));
    if let Some(inner) = slot.as_object_mut() {
        overwrite(inner, rest, text);
    }
}

/// The shape of the answer of `service:Operation`.
pub(crate) fn output(operation: &str) -> Option<Shape> {
    let (id, name) = operation.split_once(':')?;
    service(id)?.operation(name)?.output()
}

/// The shape of what stands at a base path: the element where it ends in a list.
pub(crate) fn element_at(shape: Option<Shape>, base: &[Segment]) -> Option<Shape> {
    let found = shape_at(shape, base)?;
    match base.last() {
        Some(segment) if segment.list => found.element(),
        _ => Some(found),
    }
}

/// Operations that are asked once per account, whatever the region.
fn is_global(operation: &str) -> bool {
    let service = operation.split(':').next().unwrap_or_default();
    matches!(service, "iam" | "organizations" | "s3control") || operation == "s3:ListBuckets"
}
