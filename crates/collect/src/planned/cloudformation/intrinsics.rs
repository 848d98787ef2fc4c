//! Parameters, conditions and intrinsic functions.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::document::Document;
use crate::planned::assemble::{PLACEHOLDER_ACCOUNT, PLACEHOLDER_REGION};
use crate::planned::map::CLOUDFORMATION;
use crate::planned::text::base64;
use crate::planned::unknown::{Reference, composite, reference, referred, unknown, unknown_reason};
use crate::planned::{Options, text};

/// Deepest nesting of functions and conditions.
const MAX_DEPTH: usize = 200;
/// Most values that one template evaluates to.
const MAX_VALUES: usize = 2_000_000;

const KNOWN_AT_DEPLOYMENT: &str = "known when the stack is made";

/// Evaluates one template.
pub(super) struct Evaluator<'a> {
    document: &'a Document,
    resources: &'a Map<String, Value>,
    options: &'a Options,
    conditions: BTreeMap<String, Option<bool>>,
    problems: Vec<String>,
    values: usize,
    /// Inside a policy, whose account is that of the estate even when it is a placeholder.
    in_policy: bool,
}

impl<'a> Evaluator<'a> {
    pub(super) fn new(
        document: &'a Document,
        resources: &'a Map<String, Value>,
        options: &'a Options,
    ) -> Self {
        Self {
            document,
            resources,
            options,
            conditions: BTreeMap::new(),
            problems: Vec::new(),
            values: 0,
            in_policy: false,
        }
    }

    pub(super) fn take_problems(&mut self) -> Vec<String> {
        std::mem::take(&mut self.problems)
    }

    /// The properties of a resource.
    pub(super) fn properties(&mut self, properties: &Map<String, Value>) -> Map<String, Value> {
        let mut values = Map::new();
        for (name, value) in properties {
            self.in_policy = name.contains("Policy") || name.contains("Policies");
            let value = self.value(value, 0);
            if !value.is_null() {
                values.insert(name.clone(), value);
            }
        }
        self.in_policy = false;
        values
    }

    /// Whether a condition holds; `None` when that is not decided by the template.
    pub(super) fn condition(&mut self, name: &str) -> Option<bool> {
        if let Some(known) = self.conditions.get(name) {
            return *known;
        }
        // A condition that depends on itself is undecided.
        self.conditions.insert(name.to_owned(), None);
        let Some(body) = self
            .document
            .section("Conditions")
            .and_then(|all| all.get(name))
        else {
            self.problems
                .push(format!("condition {name} is not defined"));
            return None;
        };
        let holds = self.holds(body, 0);
        self.conditions.insert(name.to_owned(), holds);
        holds
    }

    fn holds(&mut self, body: &Value, depth: usize) -> Option<bool> {
        let (name, argument) = single(body)?;
        if depth > MAX_DEPTH {
            return None;
        }
        let mut all = |items: &Vec<Value>| -> Vec<Option<bool>> {
            items
                .iter()
                .map(|item| self.holds(item, depth + 1))
                .collect()
        };
        match (name, argument) {
            ("Condition", Value::String(name)) => self.condition(name),
            ("Fn::Not", Value::Array(items)) => {
                let inner = items.first()?;
                self.holds(inner, depth + 1).map(|holds| !holds)
            }
            ("Fn::And", Value::Array(items)) => {
                let all = all(items);
                if all.contains(&Some(false)) {
                    return Some(false);
                }
                all.iter().all(|one| *one == Some(true)).then_some(true)
            }
            ("Fn::Or", Value::Array(items)) => {
                let all = all(items);
                if all.contains(&Some(true)) {
                    return Some(true);
                }
                all.iter().all(|one| *one == Some(false)).then_some(false)
            }
            ("Fn::Equals", Value::Array(items)) => {
                let left = self.value(items.first()?, depth + 1);
                let right = self.value(items.get(1)?, depth + 1);
                let (left, right) = (plain(&left)?, plain(&right)?);
                Some(left == right)
            }
            _ => None,
        }
    }

    fn value(&mut self, value: &Value, depth: usize) -> Value {
        self.values += 1;
        if depth > MAX_DEPTH || self.values > MAX_VALUES {
            return unknown("too large to be evaluated");
        }
        match value {
            Value::Object(members) => {
                if let Some((name, argument)) = single(value)
                    && (name == "Ref" || name.starts_with("Fn::"))
                {
                    return self.function(name, argument, depth + 1);
                }
                let mut out = Map::new();
                for (name, member) in members {
                    let was_in_policy = self.in_policy;
                    self.in_policy |= name.contains("Policy");
                    let member = self.value(member, depth + 1);
                    self.in_policy = was_in_policy;
                    if !member.is_null() {
                        out.insert(name.clone(), member);
                    }
                }
                Value::Object(out)
            }
            Value::Array(items) => {
                let items = items.iter().map(|item| self.value(item, depth + 1));
                Value::Array(items.filter(|item| !item.is_null()).collect())
            }
            other => other.clone(),
        }
    }

    fn function(&mut self, name: &str, argument: &Value, depth: usize) -> Value {
        match (name, argument) {
            ("Ref", Value::String(target)) => self.refer(target),
            ("Fn::GetAtt", Value::Array(parts)) => match parts.as_slice() {
                [Value::String(resource), Value::String(attribute)] => {
                    self.attribute(resource, attribute, depth)
                }
                _ => unknown("an attribute whose name is computed"),
            },
            ("Fn::GetAtt", Value::String(text)) => match text.split_once('.') {
                Some((resource, attribute)) => self.attribute(resource, attribute, depth),
                None => unknown("an attribute without a name"),
            },
            ("Fn::Sub", Value::String(text)) => self.substitute(text, &Map::new(), depth),
            ("Fn::Sub", Value::Array(parts)) => match parts.as_slice() {
                [Value::String(text), Value::Object(variables)] => {
                    let variables = variables.clone();
                    self.substitute(text, &variables, depth)
                }
                _ => unknown("Fn::Sub is not understood"),
            },
            ("Fn::Join", Value::Array(parts)) => self.join(parts, depth),
            ("Fn::If", Value::Array(parts)) => self.choose(parts, depth),
            ("Fn::FindInMap", Value::Array(parts)) => self.find_in_map(parts, depth),
            ("Fn::Select", Value::Array(parts)) => self.select(parts, depth),
            ("Fn::Split", Value::Array(parts)) => self.split(parts, depth),
            ("Fn::Base64", argument) => match self.value(argument, depth) {
                Value::String(text) => Value::String(base64(text.as_bytes())),
                other if unknown_reason(&other).is_some() => unknown("encodes an unknown value"),
                _ => unknown("Fn::Base64 of what is no text"),
            },
            ("Fn::ToJsonString", argument) => match self.value(argument, depth) {
                value if text::is_known(&value) => Value::String(value.to_string()),
                _ => unknown("a part of the document is unknown"),
            },
            ("Fn::ImportValue", _) => unknown("imported from another stack"),
            (name, _) => unknown(format!("{name} is {KNOWN_AT_DEPLOYMENT}")),
        }
    }

    fn refer(&mut self, target: &str) -> Value {
        if let Some(value) = self.pseudo(target) {
            return value;
        }
        if let Some(parameter) = self
            .document
            .section("Parameters")
            .and_then(|all| all.get(target))
        {
            return self.parameter(target, parameter);
        }
        let Some(resource) = self.resources.get(target) else {
            self.problems
                .push(format!("{target} is neither parameter nor resource"));
            return unknown(format!("{target} is neither parameter nor resource"));
        };
        let type_name = resource.get("Type").and_then(Value::as_str);
        let map = type_name.and_then(|type_name| CLOUDFORMATION.get(type_name));
        let gives_arn = map.is_some_and(|map| map.ref_is_arn);
        self.reference(target, if gives_arn { "arn" } else { "id" })
    }

    fn reference(&self, resource: &str, attribute: &str) -> Value {
        let to = Reference {
            address: resource.to_owned(),
            attribute: attribute.to_owned(),
        };
        reference(KNOWN_AT_DEPLOYMENT, &to)
    }

    fn pseudo(&self, name: &str) -> Option<Value> {
        let name = name.strip_prefix("AWS::")?;
        let place = |given: &Option<String>, placeholder: &str, what: &str| match given {
            Some(given) => Value::String(given.clone()),
            None if self.in_policy => Value::from(placeholder),
            None => unknown(format!("{what} is not given")),
        };
        let is_china = self
            .options
            .region
            .as_ref()
            .is_some_and(|region| region.starts_with("cn-"));
        Some(match name {
            "AccountId" => place(&self.options.account, PLACEHOLDER_ACCOUNT, "the account"),
            "Region" => place(&self.options.region, PLACEHOLDER_REGION, "the region"),
            "Partition" if is_china => Value::from("aws-cn"),
            "Partition" => Value::from("aws"),
            "URLSuffix" if is_china => Value::from("amazonaws.com.cn"),
            "URLSuffix" => Value::from("amazonaws.com"),
            "NoValue" => Value::Null,
            _ => match self.options.parameters.get(&format!("AWS::{name}")) {
                Some(given) => Value::String(given.clone()),
                None => unknown(format!("AWS::{name} is {KNOWN_AT_DEPLOYMENT}")),
            },
        })
    }

    fn parameter(&self, name: &str, parameter: &Value) -> Value {
        let kind = parameter
            .get("Type")
            .and_then(Value::as_str)
            .unwrap_or("String");
        let given = self
            .options
            .parameters
            .get(name)
            .map(|text| Value::String(text.clone()));
        let Some(value) = given.or_else(|| parameter.get("Default").cloned()) else {
            return unknown(format!("parameter {name} has no value"));
        };
        // The value is the name of a parameter of Systems Manager.
        if kind.starts_with("AWS::SSM::Parameter::Value") {
            return unknown(format!("parameter {name} is read from Systems Manager"));
        }
        let is_list = kind == "CommaDelimitedList" || kind.starts_with("List<");
        match value {
            Value::String(text) if is_list => {
                let items = text.split(',').map(|item| Value::from(item.trim()));
                Value::Array(items.filter(|item| item.as_str() != Some("")).collect())
            }
            Value::Object(_) | Value::Array(_) => unknown(format!("parameter {name} is no text")),
            other => other,
        }
    }

    fn attribute(&mut self, resource: &str, attribute: &str, depth: usize) -> Value {
        let Some(body) = self.resources.get(resource) else {
            self.problems.push(format!("{resource} is no resource"));
            return unknown(format!("{resource} is no resource"));
        };
        let type_name = body.get("Type").and_then(Value::as_str).unwrap_or_default();
        let map = CLOUDFORMATION.get(type_name);
        let ends_in = |named: Option<&crate::planned::map::Named>| {
            let last = named.and_then(|named| named.path.last());
            last.is_some_and(|segment| segment.name == attribute)
        };
        let is_arn =
            matches!(attribute, "Arn" | "ARN") || map.is_some_and(|map| ends_in(map.arn.as_ref()));
        if is_arn {
            return self.reference(resource, "arn");
        }
        let is_id = map.is_some_and(|map| {
            let own = map.id.as_ref();
            // `{KeyId}` in the map: the property or attribute that the identifier is.
            let template = own.map_or("", |own| own.template);
            ends_in(own) || template.split(' ').next() == Some(&format!("{{{attribute}}}"))
        });
        if is_id || matches!((attribute, map), ("Id", Some(_))) {
            return self.reference(resource, "id");
        }
        match body
            .get("Properties")
            .and_then(|properties| properties.get(attribute))
        {
            Some(property) if depth < MAX_DEPTH => self.value(property, depth + 20),
            _ => unknown(format!("{resource}.{attribute} is {KNOWN_AT_DEPLOYMENT}")),
        }
    }

    fn substitute(&mut self, text: &str, variables: &Map<String, Value>, depth: usize) -> Value {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            parts.push(Value::from(before));
            let Some((name, tail)) = after.split_once('}') else {
                return unknown("Fn::Sub is not understood");
            };
            rest = tail;
            if let Some(literal) = name.strip_prefix('!') {
                parts.push(Value::String(format!("${{{literal}}}")));
                continue;
            }
            parts.push(match (variables.get(name), name.split_once('.')) {
                (Some(value), _) => self.value(value, depth),
                (None, Some((resource, attribute))) => self.attribute(resource, attribute, depth),
                (None, None) => self.refer(name),
            });
        }
        parts.push(Value::from(rest));
        concatenated(parts)
    }

    fn join(&mut self, parts: &[Value], depth: usize) -> Value {
        let [Value::String(delimiter), list] = parts else {
            return unknown("Fn::Join is not understood");
        };
        match self.value(list, depth) {
            Value::Array(items) => {
                let mut all = Vec::new();
                for (position, item) in items.into_iter().enumerate() {
                    if position > 0 {
                        all.push(Value::String(delimiter.clone()));
                    }
                    all.push(item);
                }
                concatenated(all)
            }
            other => match unknown_reason(&other) {
                Some(reason) => unknown(reason),
                None => unknown("Fn::Join is not understood"),
            },
        }
    }

    fn choose(&mut self, parts: &[Value], depth: usize) -> Value {
        let [Value::String(condition), yes, no] = parts else {
            return unknown("Fn::If is not understood");
        };
        match self.condition(condition) {
            Some(true) => self.value(yes, depth),
            Some(false) => self.value(no, depth),
            None => {
                let yes = self.value(yes, depth);
                let no = self.value(no, depth);
                if yes == no {
                    return yes;
                }
                unknown(format!("condition {condition} is undecided"))
            }
        }
    }

    fn find_in_map(&mut self, parts: &[Value], depth: usize) -> Value {
        let keys: Vec<Value> = parts
            .iter()
            .take(3)
            .map(|part| self.value(part, depth))
            .collect();
        let [map, first, second] = keys.as_slice() else {
            return unknown("Fn::FindInMap is not understood");
        };
        let (Some(map), Some(first), Some(second)) = (plain(map), plain(first), plain(second))
        else {
            return unknown("the key of a mapping is unknown");
        };
        let found = self
            .document
            .section("Mappings")
            .and_then(|maps| maps.get(&map)?.get(&first)?.get(&second));
        if let Some(found) = found {
            return found.clone();
        }
        match parts.get(3).and_then(|options| options.get("DefaultValue")) {
            Some(default) => self.value(default, depth),
            None => {
                let reason = format!("mapping {map} has no {first}.{second}");
                self.problems.push(reason.clone());
                unknown(&reason)
            }
        }
    }

    fn select(&mut self, parts: &[Value], depth: usize) -> Value {
        let [index, list] = parts else {
            return unknown("Fn::Select is not understood");
        };
        let index = self.value(index, depth);
        let position = plain(&index).and_then(|text| text.parse::<usize>().ok());
        match (position, self.value(list, depth)) {
            (Some(position), Value::Array(items)) => match items.into_iter().nth(position) {
                Some(item) => item,
                None => unknown("Fn::Select goes beyond the end of its list"),
            },
            (_, other) => unknown(unknown_reason(&other).unwrap_or("Fn::Select is not understood")),
        }
    }

    fn split(&mut self, parts: &[Value], depth: usize) -> Value {
        let [Value::String(delimiter), text] = parts else {
            return unknown("Fn::Split is not understood");
        };
        match self.value(text, depth) {
            Value::String(text) if !delimiter.is_empty() => {
                Value::Array(text.split(delimiter.as_str()).map(Value::from).collect())
            }
            other => unknown(unknown_reason(&other).unwrap_or("Fn::Split is not understood")),
        }
    }
}

/// The parts of a text one after the other; a reference inside is filled in when identifiers are known.
fn concatenated(parts: Vec<Value>) -> Value {
    let is_reference = |part: &Value| referred(part).is_some();
    if let Some(reason) = parts
        .iter()
        .filter(|part| !is_reference(part))
        .find_map(unknown_reason)
    {
        return unknown(reason);
    }
    if parts.iter().any(is_reference) {
        return composite(KNOWN_AT_DEPLOYMENT, parts);
    }
    let texts: Option<Vec<String>> = parts.iter().map(plain).collect();
    match texts {
        Some(texts) => Value::String(texts.concat()),
        None => unknown("joins what is no text"),
    }
}

/// The text of a scalar.
fn plain(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        _ => None,
    }
}

/// The only member of an object.
fn single(value: &Value) -> Option<(&str, &Value)> {
    let members = value.as_object()?;
    let mut members = members.iter();
    let (name, argument) = members.next()?;
    members
        .next()
        .is_none()
        .then_some((name.as_str(), argument))
}
