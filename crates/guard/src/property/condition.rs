//! The `forbid` part of a property: fields by AWS's own names, looked up for each action.

use rempart_aws_model::{
    Action, condition_key, ends_with, global_condition_keys, key_fields, nearest,
    renamed_condition_key, request_fields,
};
use rempart_prove::{Predicate, Subject, Test, is_address_range, is_number};
use rempart_sigma::yaml::{Node, Position, Yaml};

use super::read::Fault;
use crate::parameters::Parameters;

/// A condition before its fields are looked up.
#[derive(Debug, Clone)]
pub(super) enum Condition {
    Always,
    All(Vec<Condition>),
    Any(Vec<Condition>),
    Not(Box<Condition>),
    Test(Named, Test),
}

/// What a test names.
#[derive(Debug, Clone)]
pub(super) enum Named {
    /// Ends of field paths; those count that the action has
    Fields(Vec<String>, Position),
    /// A condition key: for what is no field of the request, the caller and the network
    Key(String, Position),
    /// The ARN of the resource
    Resource,
}

const TESTS: [&str; 7] = [
    "omitted", "like", "unlike", "in", "outside", "above", "below",
];

/// Reads a condition.
pub(super) fn read(node: &Node, parameters: &Parameters) -> Result<Condition, Fault> {
    if node.scalar() == Some("always") {
        return Ok(Condition::Always);
    }
    let entries = node.entries();
    if let [entry] = entries {
        match entry.key.as_str() {
            "all" | "any" => {
                let Yaml::List(nodes) = &entry.value.value else {
                    return Err(Fault::new(
                        entry.value.at,
                        format!("`{}` is a list", entry.key),
                    ));
                };
                let mut parts = Vec::new();
                for node in nodes {
                    parts.push(read(node, parameters)?);
                }
                return Ok(if entry.key == "all" {
                    Condition::All(parts)
                } else {
                    Condition::Any(parts)
                });
            }
            "not" => return Ok(Condition::Not(Box::new(read(&entry.value, parameters)?))),
            _ => {}
        }
    }
    let mut named = None;
    let mut test = None;
    for entry in entries {
        match entry.key.as_str() {
            "field" => {
                named = Some(Named::Fields(
                    texts(&entry.value, parameters)?,
                    entry.value.at,
                ));
            }
            "key" => named = Some(Named::Key(text(&entry.value)?, entry.value.at)),
            "resource" => {
                named = Some(Named::Resource);
                if let Yaml::Map(_) = entry.value.value {
                    test = Some(read_test(&entry.value, parameters)?);
                }
            }
            name if TESTS.contains(&name) => test = Some(one_test(name, &entry.value, parameters)?),
            other => {
                let known = ["field", "key", "resource", "all", "any", "not"];
                let message = format!(
                    "`{other}` is no part of a condition: {} or {} are",
                    known.join(", "),
                    TESTS.join(", ")
                );
                return Err(Fault::new(entry.at, message));
            }
        }
    }
    match (named, test) {
        (Some(named), Some(test)) => Ok(Condition::Test(named, test)),
        (None, _) => Err(Fault::new(
            node.at,
            "the condition names no `field`, `key` or `resource`",
        )),
        (_, None) => Err(Fault::new(
            node.at,
            format!("the condition has no test: {}", TESTS.join(", ")),
        )),
    }
}

fn read_test(node: &Node, parameters: &Parameters) -> Result<Test, Fault> {
    match node.entries() {
        [entry] if TESTS.contains(&entry.key.as_str()) => {
            one_test(&entry.key, &entry.value, parameters)
        }
        _ => Err(Fault::new(
            node.at,
            format!("one test is needed: {}", TESTS.join(", ")),
        )),
    }
}

fn one_test(name: &str, node: &Node, parameters: &Parameters) -> Result<Test, Fault> {
    let list = || -> Result<Vec<Box<str>>, Fault> {
        let texts = texts(node, parameters)?;
        if texts.is_empty() {
            return Err(Fault::new(node.at, format!("`{name}` has no values")));
        }
        Ok(texts.into_iter().map(Into::into).collect())
    };
    let ranges = || -> Result<Vec<Box<str>>, Fault> {
        let values = list()?;
        match values.iter().find(|value| !is_address_range(value)) {
            Some(value) => Err(Fault::new(
                node.at,
                format!("`{value}` is no address range"),
            )),
            None => Ok(values),
        }
    };
    let number = || -> Result<Box<str>, Fault> {
        let values = list()?;
        match values.as_slice() {
            [value] if is_number(value) => Ok(value.clone()),
            _ => Err(Fault::new(node.at, format!("`{name}` needs one number"))),
        }
    };
    Ok(match name {
        "omitted" => match node.scalar() {
            Some("true") => Test::Omitted,
            _ => {
                return Err(Fault::new(
                    node.at,
                    "`omitted` is true; its opposite is `not: {…, omitted: true}`",
                ));
            }
        },
        "like" => Test::Like(list()?),
        "unlike" => Test::Unlike(list()?),
        "in" => Test::In(ranges()?),
        "outside" => Test::Outside(ranges()?),
        "above" => Test::Above(number()?),
        _ => Test::Below(number()?),
    })
}

/// A text, or a list of texts; `@name` stands for the values of a parameter, `@name.one` for something
/// that the first of them stands for, `@name.last` the last.
pub(super) fn texts(node: &Node, parameters: &Parameters) -> Result<Vec<String>, Fault> {
    let nodes: Vec<&Node> = match &node.value {
        Yaml::List(nodes) => nodes.iter().collect(),
        _ => vec![node],
    };
    let mut all = Vec::new();
    for node in nodes {
        let text = text(node)?;
        let named = text.strip_prefix('@');
        if let Some((name, which)) = named.and_then(|name| name.split_once('.')) {
            let values = parameters.values(name);
            let value = match which {
                "one" => values.and_then(<[String]>::first),
                "last" => values.and_then(<[String]>::last),
                _ => None,
            };
            match value {
                Some(value) => all.push(one_of(value)),
                None => return Err(Fault::new(node.at, parameters.unknown(name))),
            }
            continue;
        }
        match named {
            Some(name) => match parameters.values(name) {
                Some(values) => all.extend(values.iter().cloned()),
                None => {
                    return Err(Fault::new(node.at, parameters.unknown(name)));
                }
            },
            None => all.push(text),
        }
    }
    Ok(all)
}

/// A value that a pattern or a range of addresses stands for.
fn one_of(value: &str) -> String {
    match value.split_once('/') {
        Some((address, _)) if is_address_range(value) => address.to_owned(),
        _ => value.replace('*', "example").replace('?', "x"),
    }
}

pub(super) fn text(node: &Node) -> Result<String, Fault> {
    match node.scalar() {
        Some(text) => Ok(text.to_owned()),
        None => Err(Fault::new(
            node.at,
            format!("text is needed, not {}", node.kind()),
        )),
    }
}

/// The condition with the fields of one action, and the condition keys that it looks at.
pub(super) fn resolve(
    condition: &Condition,
    action: &Action,
    keys: &mut Vec<Box<str>>,
) -> Result<Predicate, Fault> {
    let each = |parts: &[Condition], keys: &mut Vec<Box<str>>| {
        let mut resolved = Vec::new();
        for part in parts {
            resolved.push(resolve(part, action, keys)?);
        }
        Ok::<_, Fault>(resolved)
    };
    Ok(match condition {
        Condition::Always => Predicate::Always,
        Condition::All(parts) => Predicate::All(each(parts, keys)?),
        Condition::Any(parts) => Predicate::Any(each(parts, keys)?),
        Condition::Not(inner) => Predicate::Not(Box::new(resolve(inner, action, keys)?)),
        Condition::Test(named, test) => {
            let subject = subject(named, test, action)?;
            if let Subject::Key(key) = &subject {
                keys.push(key.clone());
            }
            Predicate::Test(subject, test.clone())
        }
    })
}

/// Whether requests of the action may carry the key. A property about a key that no request has would
/// hold of every policy.
pub(super) fn carries(action: &Action, key: &str) -> Result<bool, String> {
    let new = renamed_condition_key(key).unwrap_or(key);
    match condition_key(new) {
        Some(known) => Ok(action.carries(known)),
        None => {
            let hint = nearest(key, condition_key_names(action))
                .first()
                .map_or(String::new(), |near| format!("; `{near}` exists"));
            Err(format!("there is no condition key `{key}`{hint}"))
        }
    }
}

fn condition_key_names(action: &Action) -> impl Iterator<Item = &'static str> {
    let of_action = action.condition_keys.iter().copied();
    let global = global_condition_keys().iter().map(|key| key.name);
    global.chain(of_action)
}

fn subject(named: &Named, test: &Test, action: &Action) -> Result<Subject, Fault> {
    match named {
        Named::Resource => Ok(Subject::Resource),
        Named::Key(key, at) => match carries(action, key) {
            // What an action never carries is always omitted.
            Ok(is_carried) if is_carried || *test == Test::Omitted => {
                Ok(Subject::Key(key.as_str().into()))
            }
            Ok(_) => {
                let name = format!("{}:{}", action.prefix, action.name);
                Err(Fault::new(
                    *at,
                    format!("no request of {name} carries `{key}`"),
                ))
            }
            Err(message) => Err(Fault::new(*at, message)),
        },
        Named::Fields(ends, at) => match all_fields(action, ends).as_slice() {
            [single] => Ok(single.clone()),
            // A property that speaks of one of them would be silent about the others.
            found @ [_, ..] => {
                let names: Vec<String> = found.iter().map(subject_name).collect();
                let message = format!(
                    "`{}` stands for several fields of {}:{}: {}; a test is about one",
                    ends.join("` or `"),
                    action.prefix,
                    action.name,
                    names.join(", ")
                );
                Err(Fault::new(*at, message))
            }
            [] => {
                let message = format!(
                    "{}:{} has no field {}",
                    action.prefix,
                    action.name,
                    ends.join(" or ")
                );
                Err(Fault::new(*at, message))
            }
        },
    }
}

fn subject_name(subject: &Subject) -> String {
    match subject {
        Subject::Key(name) | Subject::Field(name) => name.to_string(),
        Subject::Resource => "resource".to_owned(),
    }
}

/// The condition key that shows a field, or the field itself where none does.
pub(crate) fn field(action: &Action, ends: &[String]) -> Option<Subject> {
    all_fields(action, ends).into_iter().next()
}

/// Everything that the ends may mean: the condition keys that show such a field, and fields that none
/// shows.
fn all_fields(action: &Action, ends: &[String]) -> Vec<Subject> {
    let is_meant = |path: &str| ends.iter().any(|end| ends_with(path, end));
    let keys = key_fields(action);
    let shown = keys
        .iter()
        .filter(|entry| entry.fields.iter().any(|field| is_meant(&field.path)));
    let of_keys = shown.map(|entry| Subject::Key(entry.key.into()));
    let bare = request_fields(action).iter().filter(|field| {
        let mut shown = keys.iter().flat_map(|entry| &entry.fields);
        is_meant(&field.path) && !shown.any(|other| other.path == field.path)
    });
    of_keys
        .chain(bare.map(|field| Subject::Field(field.path.clone())))
        .collect()
}
