//! Names of planned resources: their identifiers and ARNs, and references to them.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::Declared;
use super::map::{TypeMap, TypeMaps};
use super::unknown::{UNKNOWN, composed, referred, unknown_reason};

/// Longest chain of resources whose names depend on each other.
const MAX_CHAIN: usize = 8;

/// What a resource is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Identity {
    pub(crate) id: String,
    pub(crate) arn: Option<String>,
}

/// The names of all resources of a plan.
pub(crate) struct Identities<'a> {
    declared: BTreeMap<&'a str, &'a Declared>,
    maps: &'a TypeMaps,
    account: &'a str,
    region: &'a str,
}

impl<'a> Identities<'a> {
    pub(crate) fn new(
        declared: &'a [Declared],
        maps: &'a TypeMaps,
        account: &'a str,
        region: &'a str,
    ) -> Self {
        let by_address = declared.iter().map(|one| (one.address.as_str(), one));
        Self {
            declared: by_address.collect(),
            maps,
            account,
            region,
        }
    }

    /// The names of a resource.
    pub(crate) fn of(&self, declared: &Declared) -> Identity {
        self.named(declared, 0)
    }

    fn named(&self, declared: &Declared, chain: usize) -> Identity {
        let map = self.maps.get(&declared.type_name);
        let id = map.and_then(|map| self.id(declared, map, chain));
        let id = id.unwrap_or_else(|| format!("planned:{}", declared.address));
        let known = ["arn", "Arn"]
            .iter()
            .find_map(|name| match declared.values.get(*name) {
                Some(Value::String(arn)) if arn.starts_with("arn:") => Some(arn.clone()),
                _ => None,
            });
        let template = map.and_then(|map| map.arn.as_ref());
        let arn = known.or_else(|| {
            let template = template?;
            let filled = self.fill(template.template, declared, Some(&id), None, chain);
            // A part of the ARN that is unknown does not matter: the address names the resource.
            Some(filled.unwrap_or_else(|| id.clone()))
        });
        Identity { id, arn }
    }

    fn id(&self, declared: &Declared, map: &TypeMap, chain: usize) -> Option<String> {
        let template = map.id.as_ref()?.template;
        let (template, prefix) = template.split_once(' ').unwrap_or((template, ""));
        if let Some(id) = self.fill(template, declared, None, None, chain) {
            return Some(id);
        }
        let given = ["name_prefix", "bucket_prefix"].iter();
        let given = given.filter_map(|name| declared.values.get(*name)?.as_str());
        let given: String = given.collect();
        Some(format!("{prefix}{given}planned:{}", declared.address))
    }

    /// A template with the attributes of a resource in it; `None` when one is not known.
    pub(crate) fn expand(
        &self,
        template: &str,
        declared: &Declared,
        own: &Identity,
    ) -> Option<String> {
        self.fill(template, declared, Some(&own.id), own.arn.as_deref(), 0)
    }

    fn fill(
        &self,
        template: &str,
        declared: &Declared,
        id: Option<&str>,
        arn: Option<&str>,
        chain: usize,
    ) -> Option<String> {
        let mut out = String::new();
        let mut rest = template;
        while let Some((before, after)) = rest.split_once('{') {
            let (name, tail) = after.split_once('}')?;
            out.push_str(before);
            rest = tail;
            let alternatives = name.split('|');
            let mut texts = alternatives.map(|name| match name {
                // `{id}` in an identifier is the attribute of that name.
                "id" if id.is_some() => id.map(str::to_owned),
                "arn" if arn.is_some() => arn.map(str::to_owned),
                "account" => Some(self.account.to_owned()),
                "region" => Some(declared.region.as_deref().unwrap_or(self.region).to_owned()),
                "" => Some(String::new()),
                literal if literal.starts_with('=') => literal.strip_prefix('=').map(str::to_owned),
                _ => self.text(attribute(&declared.values, name)?, chain),
            });
            out.push_str(&texts.find_map(|text| text)?);
        }
        out.push_str(rest);
        Some(out)
    }

    /// The text of a value, followed through references.
    pub(crate) fn text(&self, value: &Value, chain: usize) -> Option<String> {
        match value {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            Value::Bool(flag) => Some(flag.to_string()),
            Value::Array(items) if items.len() == 1 => self.text(items.first()?, chain),
            Value::Object(_) if chain < MAX_CHAIN => {
                if let Some(parts) = composed(value) {
                    let texts = parts.iter().map(|part| self.text(part, chain + 1));
                    let texts: Option<Vec<String>> = texts.collect();
                    return texts.map(|texts| texts.concat());
                }
                let target = referred(value)?;
                let declared = self.declared.get(target.address.as_str())?;
                let named = self.named(declared, chain + 1);
                if !target.attribute.to_ascii_lowercase().ends_with("arn") {
                    return Some(named.id);
                }
                named.arn.or(Some(named.id))
            }
            _ => None,
        }
    }

    /// Replaces references by the names of the resources that they refer to.
    pub(crate) fn resolve(&self, values: &Map<String, Value>) -> Map<String, Value> {
        let resolved = values
            .iter()
            .map(|(name, value)| (name.clone(), self.resolved(value)));
        resolved.collect()
    }

    fn resolved(&self, value: &Value) -> Value {
        if let Some(reason) = unknown_reason(value) {
            let is_named = referred(value).is_some() || composed(value).is_some();
            if let (true, Some(text)) = (is_named, self.text(value, 0)) {
                return Value::String(text);
            }
            let mut marker = Map::new();
            marker.insert(UNKNOWN.to_owned(), Value::String(reason.to_owned()));
            return Value::Object(marker);
        }
        match value {
            Value::Array(items) => {
                Value::Array(items.iter().map(|item| self.resolved(item)).collect())
            }
            Value::Object(members) => Value::Object(self.resolve(members)),
            other => other.clone(),
        }
    }
}

/// An attribute at a dotted path; single blocks are unwrapped.
pub(crate) fn attribute<'v>(values: &'v Map<String, Value>, path: &str) -> Option<&'v Value> {
    let mut names = path.split('.');
    let mut current = values.get(names.next()?)?;
    for name in names {
        let inner = match current {
            Value::Array(items) => items.first()?,
            other => other,
        };
        current = inner.get(name)?;
    }
    (!current.is_null()).then_some(current)
}
