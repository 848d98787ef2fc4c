//! What the configuration of a plan refers to: resources, through variables and outputs of modules.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::Value;

use crate::planned::map::TERRAFORM;
use crate::planned::unknown::Reference;

/// Longest way through variables and outputs.
const MAX_STEPS: usize = 32;
/// Most references that one expression is followed to.
const MAX_REFERENCES: usize = 1_000;
/// Deepest nesting of modules.
const MAX_MODULES: usize = 32;

/// Whether an attribute is what its own resource is called, not what another one is.
fn names_itself(type_name: &str, attribute: &str) -> bool {
    match attribute {
        "arn" | "id" => true,
        "name" => {
            let id = TERRAFORM.get(type_name).and_then(|map| map.id.as_ref());
            id.is_some_and(|id| id.template.contains("{name"))
        }
        "key_id" => matches!(
            type_name,
            "aws_kms_key" | "aws_kms_external_key" | "aws_kms_replica_key"
        ),
        "bucket" => type_name.starts_with("aws_s3_bucket"),
        "user_profile_name" => type_name == "aws_sagemaker_user_profile",
        "space_name" => type_name == "aws_sagemaker_space",
        _ => false,
    }
}

/// The configuration of a plan.
pub(super) struct Configuration<'a> {
    /// Modules by their static path, such as `module.network.module.vpc`.
    modules: HashMap<String, Module<'a>>,
    /// Instances of each resource, by static address.
    instances: HashMap<String, BTreeSet<&'a str>>,
    providers: Option<&'a Value>,
    variables: &'a Value,
}

#[derive(Default)]
struct Module<'a> {
    resources: BTreeMap<&'a str, &'a Value>,
    outputs: Option<&'a Value>,
    calls: Option<&'a Value>,
}

/// A part of an address: `aws_subnet`, `private["a"]`.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Part<'t> {
    name: &'t str,
    index: Option<&'t str>,
}

impl<'a> Configuration<'a> {
    pub(super) fn new(document: &'a Value, variables: &'a Value, addresses: &'a [String]) -> Self {
        let mut modules = HashMap::new();
        let mut open: Vec<(String, &'a Value, usize)> = Vec::new();
        open.extend(
            document
                .get("root_module")
                .map(|root| (String::new(), root, 0)),
        );
        while let Some((path, body, depth)) = open.pop() {
            let mut module = Module {
                outputs: body.get("outputs"),
                calls: body.get("module_calls"),
                ..Module::default()
            };
            let resources = body.get("resources").and_then(Value::as_array);
            for resource in resources.into_iter().flatten() {
                if let Some(address) = resource.get("address").and_then(Value::as_str) {
                    module.resources.insert(address, resource);
                }
            }
            let calls = module.calls.and_then(Value::as_object);
            for (name, call) in calls.into_iter().flatten() {
                if let (Some(inner), true) = (call.get("module"), depth < MAX_MODULES) {
                    open.push((joined(&path, &format!("module.{name}")), inner, depth + 1));
                }
            }
            modules.insert(path, module);
        }
        let mut instances: HashMap<String, BTreeSet<&'a str>> = HashMap::new();
        for address in addresses {
            let of = instances.entry(without_indices(address)).or_default();
            of.insert(address);
        }
        Self {
            modules,
            instances,
            providers: document.get("provider_config"),
            variables,
        }
    }

    /// The configuration of a resource in a module instance.
    pub(super) fn resource(&self, module: &str, key: &str) -> Option<&'a Value> {
        let module = self.modules.get(&without_indices(module))?;
        module.resources.get(key).copied()
    }

    /// The region of the provider of a resource.
    pub(super) fn region(&self, resource: Option<&Value>) -> Option<String> {
        let key = resource
            .and_then(|resource| resource.get("provider_config_key"))
            .and_then(Value::as_str)
            .unwrap_or("aws");
        let providers = self.providers?;
        let provider = providers.get(key).or_else(|| {
            // A module that is not given a provider of its own uses that of the root.
            providers.get(key.rsplit(':').next()?)
        })?;
        let region = provider.get("expressions")?.get("region")?;
        if let Some(text) = region.get("constant_value").and_then(Value::as_str) {
            return Some(text.to_owned());
        }
        let references = region.get("references")?.as_array()?;
        let [reference] = references.as_slice() else {
            return None;
        };
        let variable = reference.as_str()?.strip_prefix("var.")?;
        let value = self.variables.get(variable)?.get("value")?.as_str()?;
        Some(value.to_owned())
    }

    /// The resources whose identifiers an expression consists of; `None` when something else takes
    /// part in it.
    pub(super) fn references(
        &self,
        module: &str,
        index: Option<&str>,
        attribute: &str,
        expression: &Value,
    ) -> Option<Vec<Reference>> {
        let mut found = Vec::new();
        let wants = if attribute.contains("arn") {
            "arn"
        } else {
            "id"
        };
        self.follow(module, index, wants, expression, &mut found, 0)?;
        found.sort();
        found.dedup();
        Some(found)
    }

    fn follow(
        &self,
        module: &str,
        index: Option<&str>,
        wants: &str,
        expression: &Value,
        found: &mut Vec<Reference>,
        steps: usize,
    ) -> Option<()> {
        if steps > MAX_STEPS || found.len() > MAX_REFERENCES {
            return None;
        }
        let references = expression.get("references")?.as_array()?;
        let references: Vec<&str> = references.iter().filter_map(Value::as_str).collect();
        // An index that indexes nothing takes part in the value itself.
        if references.iter().all(|reference| is_index(reference)) {
            return None;
        }
        for reference in &references {
            // `aws_kms_key.x.arn` is followed by `aws_kms_key.x` in the list.
            let is_shorter = |other: &&str| {
                let rest = other.strip_prefix(reference);
                rest.is_some_and(|rest| rest.starts_with(['.', '[']))
            };
            if references.iter().any(is_shorter) {
                continue;
            }
            if is_index(reference) {
                continue;
            }
            let start = found.len();
            self.step(module, index, wants, reference, found, steps)?;
            // `aws_subnet.private[count.index].id` shows as `aws_subnet.private` and `count.index`.
            if references.iter().any(|other| is_index(other)) && found.len() > start + 1 {
                let own = format!("[{}]", index?);
                let new = found.split_off(start);
                let mut new = new.into_iter().filter(|one| one.address.ends_with(&own));
                found.extend(new.next());
                if found.len() == start || new.next().is_some() {
                    return None;
                }
            }
        }
        Some(())
    }

    fn step(
        &self,
        module: &str,
        index: Option<&str>,
        wants: &str,
        reference: &str,
        found: &mut Vec<Reference>,
        steps: usize,
    ) -> Option<()> {
        let parts = parts(reference);
        let (first, rest) = parts.split_first()?;
        let second = rest.first()?;
        match first.name {
            "var" => {
                // A variable of the root module is known; it takes part in the expression.
                let (parent, call) = split_module(module)?;
                let calls = self.modules.get(&without_indices(parent))?.calls?;
                let expression = calls.get(call.name)?.get("expressions")?.get(second.name)?;
                let start = found.len();
                self.follow(parent, call.index, wants, expression, found, steps + 1)?;
                chosen(second.index, found, start)
            }
            "module" => {
                let own = self.own_index(second, index)?;
                let inner = match own {
                    Some(own) => joined(module, &format!("module.{}[{own}]", second.name)),
                    None => joined(module, &format!("module.{}", second.name)),
                };
                let output = rest.get(1)?;
                let outputs = self.modules.get(&without_indices(&inner))?.outputs?;
                let expression = outputs.get(output.name)?.get("expression")?;
                let start = found.len();
                self.follow(&inner, None, wants, expression, found, steps + 1)?;
                chosen(output.index, found, start)
            }
            "local" | "each" | "count" | "self" | "data" | "path" | "terraform" => None,
            type_name => {
                let attribute = rest.get(1).map(|part| part.name);
                if attribute.is_some_and(|name| !names_itself(type_name, name)) {
                    return None;
                }
                let address = joined(module, &format!("{type_name}.{}", second.name));
                let own = self.own_index(second, index)?;
                let instances = self.instances.get(&without_indices(&address))?;
                let exact = own.map(|own| format!("{address}[{own}]"));
                let mut matching = instances.iter().filter(|instance| match &exact {
                    Some(exact) => **instance == exact.as_str(),
                    None => instance
                        .strip_prefix(address.as_str())
                        .is_some_and(|rest| rest.is_empty() || rest.starts_with('[')),
                });
                // `aws_subnet.private[*].id` shows as `aws_subnet.private`: all instances.
                let is_splat = attribute.is_none();
                let count = matching.clone().count();
                if count == 0 || count > 1 && !is_splat {
                    return None;
                }
                found.extend(matching.by_ref().map(|instance| Reference {
                    address: (*instance).to_owned(),
                    attribute: attribute.unwrap_or(wants).to_owned(),
                }));
                Some(())
            }
        }
    }

    /// The index of a part, with `each.key` and `count.index` filled in; `None` when it is not known.
    #[expect(
        clippy::option_option,
        reason = "no index is not the same as an unknown one"
    )]
    fn own_index<'t>(&self, part: &Part<'t>, index: Option<&'t str>) -> Option<Option<&'t str>> {
        match part.index {
            None => Some(None),
            Some("each.key" | "count.index") => index.map(Some),
            Some(literal) => {
                let is_number = literal.bytes().all(|byte| byte.is_ascii_digit());
                (is_number || literal.starts_with('"')).then_some(Some(literal))
            }
        }
    }
}

fn is_index(reference: &str) -> bool {
    matches!(reference, "each.key" | "count.index")
}

/// One element of a list of all instances of a resource: `module.network.subnet_ids[0]`.
fn chosen(index: Option<&str>, found: &mut Vec<Reference>, start: usize) -> Option<()> {
    let Some(index) = index else {
        return Some(());
    };
    let position: usize = index.parse().ok()?;
    let mut new = found.split_off(start);
    let resource = without_indices(&new.first()?.address);
    if new
        .iter()
        .any(|one| without_indices(&one.address) != resource)
    {
        return None;
    }
    new.sort_by_key(|one| {
        let parts = parts(&one.address);
        let last = parts.last().and_then(|part| part.index);
        last.and_then(|index| index.parse::<u64>().ok())
    });
    found.push(new.into_iter().nth(position)?);
    Some(())
}

fn joined(module: &str, rest: &str) -> String {
    if module.is_empty() {
        rest.to_owned()
    } else {
        format!("{module}.{rest}")
    }
}

/// The parts of an address: dots inside brackets do not count.
fn parts(address: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let mut rest = address;
    while !rest.is_empty() {
        let end = rest.find(['.', '[']).unwrap_or(rest.len());
        let (name, after) = rest.split_at_checked(end).unwrap_or((rest, ""));
        let (index, after) = match after.strip_prefix('[') {
            Some(inside) => {
                let close = closing(inside);
                let (index, tail) = inside.split_at_checked(close).unwrap_or((inside, ""));
                (Some(index), tail.strip_prefix(']').unwrap_or(tail))
            }
            None => (None, after),
        };
        if !name.is_empty() || index.is_some() {
            parts.push(Part { name, index });
        }
        rest = after.strip_prefix('.').unwrap_or(after);
    }
    parts
}

/// Where the bracket closes; quoted text may hold brackets.
fn closing(inside: &str) -> usize {
    let mut is_quoted = false;
    let mut is_escaped = false;
    for (position, character) in inside.char_indices() {
        match character {
            _ if is_escaped => is_escaped = false,
            '\\' if is_quoted => is_escaped = true,
            '"' => is_quoted = !is_quoted,
            ']' if !is_quoted => return position,
            _ => {}
        }
    }
    inside.len()
}

/// An address without the indices of instances.
fn without_indices(address: &str) -> String {
    let names: Vec<&str> = parts(address).iter().map(|part| part.name).collect();
    names.join(".")
}

/// The parent of a module instance, and the call that makes it.
fn split_module(module: &str) -> Option<(&str, Part<'_>)> {
    let all = parts(module);
    let call = all.last()?.clone();
    let index = call.index.map_or(0, |index| index.len() + 2);
    let length = "module.".len() + call.name.len() + index;
    let parent = module.get(..module.len().checked_sub(length)?)?;
    Some((parent.strip_suffix('.').unwrap_or(parent), call))
}

#[cfg(test)]
mod tests {
    use super::{Part, parts, split_module, without_indices};

    #[test]
    fn addresses_are_taken_apart() {
        let part = |name, index| Part { name, index };
        assert_eq!(
            parts(r#"module.a["x.y]"].aws_subnet.b[0].id"#),
            [
                part("module", None),
                part("a", Some(r#""x.y]""#)),
                part("aws_subnet", None),
                part("b", Some("0")),
                part("id", None),
            ]
        );
        assert_eq!(without_indices(r#"module.a["x"].b.c[0]"#), "module.a.b.c");
    }

    #[test]
    fn a_module_has_a_parent() {
        let inner = r#"module.a["x"].module.b[1]"#;
        let (parent, call) = split_module(inner).unwrap();
        assert_eq!(parent, r#"module.a["x"]"#);
        assert_eq!((call.name, call.index), ("b", Some("1")));
        let (parent, call) = split_module(parent).unwrap();
        assert_eq!((parent, call.name), ("", "a"));
        assert_eq!(split_module(""), None);
    }
}
