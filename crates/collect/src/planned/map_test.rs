//! The maps against the service model, the kinds of the estate and the schemas of their sources.

use std::collections::{BTreeMap, BTreeSet};

use rempart_aws_model::{Shape, ShapeKind, service};
use serde_json::{Map, Value, json};

use super::assemble::{assemble, element_at, output};
use super::map::{CLOUDFORMATION, DefaultContent, Segment, TERRAFORM, Target, TypeMaps};
use super::unknown::unknown;
use super::{Declared, Options, PlannedEstate};

fn maps() -> [(&'static str, &'static TypeMaps); 2] {
    [
        ("terraform", &TERRAFORM),
        ("cloudformation", &CLOUDFORMATION),
    ]
}

#[test]
fn every_line_of_the_maps_is_read() {
    for (name, maps) in maps() {
        assert_eq!(maps.errors, Vec::<String>::new(), "{name}");
        assert!(maps.iter().count() > 80, "{name}");
    }
}

#[test]
fn every_kind_is_one_of_the_estate() {
    for (_, maps) in maps() {
        for (name, map) in maps.iter() {
            if let Some(kind) = map.kind {
                assert!(rempart_estate::kind(kind).is_some(), "{name}: {kind}");
            }
        }
    }
}

/// Services without shapes in the model: their operations cannot be checked.
fn has_shapes(operation: &str) -> bool {
    let id = operation.split(':').next().unwrap();
    service(id).is_some_and(|service| service.has_shapes())
}

#[test]
fn every_path_is_in_the_service_model() {
    let mut checked = 0;
    let mut wrong = Vec::new();
    for (_, maps) in maps() {
        for (name, map) in maps.iter() {
            for answer in &map.answers {
                if !has_shapes(answer.operation) {
                    wrong.push(format!("{name}: {} has no shapes", answer.operation));
                    continue;
                }
                let shape = element_at(output(answer.operation), &answer.base);
                let Some(shape) = shape else {
                    wrong.push(format!("{name}: {} {:?}", answer.operation, answer.base));
                    continue;
                };
                for (attribute, target) in &answer.rules {
                    checked += 1;
                    if let Err(reason) = check(attribute, target, shape, &answer.rules) {
                        wrong.push(format!(
                            "{name} {}: {attribute}: {reason}",
                            answer.operation
                        ));
                    }
                }
                for (path, value) in &answer.constants {
                    checked += 1;
                    match descend(shape, path) {
                        Some(leaf) if fits(leaf, value) => {}
                        _ => wrong.push(format!("{name} {}: set {path:?}", answer.operation)),
                    }
                }
            }
            for default in &map.defaults {
                let DefaultContent::Body(body) = &default.content else {
                    continue;
                };
                if !fits(output(default.operation).unwrap(), body) {
                    wrong.push(format!("{name}: default {}", default.operation));
                }
            }
            let first = map.first_answer();
            let base = first.and_then(|first| element_at(output(first.operation), &first.base));
            for named in [&map.id, &map.arn].into_iter().flatten() {
                if let (Some(base), false) = (base, named.path.is_empty()) {
                    checked += 1;
                    if descend(base, &named.path).is_none() {
                        wrong.push(format!("{name}: {:?}", named.path));
                    }
                }
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
    assert!(checked > 500, "{checked}");
}

/// The shape at a path; lists are entered where the path goes on.
fn descend(shape: Shape, path: &[Segment]) -> Option<Shape> {
    let (segment, rest) = path.split_first()?;
    let member = shape.member(segment.name)?.shape;
    if rest.is_empty() {
        return Some(member);
    }
    let inner = match member.kind() {
        ShapeKind::List => member.element()?,
        _ => member,
    };
    descend(inner, rest)
}

fn check(
    attribute: &str,
    target: &Target,
    base: Shape,
    rules: &BTreeMap<&'static str, Target>,
) -> Result<(), String> {
    let Target::Path(path, _) = target else {
        return Ok(());
    };
    let parent = parent_shape(attribute, base, rules)?;
    descend(parent, path)
        .map(|_| ())
        .ok_or(format!("no {path:?}"))
}

/// The structure that the block around an attribute becomes.
fn parent_shape(
    attribute: &str,
    base: Shape,
    rules: &BTreeMap<&'static str, Target>,
) -> Result<Shape, String> {
    let Some((block, _)) = attribute.rsplit_once('.') else {
        return Ok(base);
    };
    let parent = parent_shape(block, base, rules)?;
    let name = block.rsplit('.').next().unwrap();
    let shape = match rules.get(block) {
        Some(Target::Melt) => return Ok(parent),
        Some(Target::Ignore) => return Err(format!("{block} is left out")),
        Some(Target::Path(path, _)) => descend(parent, path),
        None => parent
            .members()
            .find(|member| {
                plain(member.name) == plain(name) || plain(member.name) == plain(name) + "s"
            })
            .map(|member| member.shape),
    };
    let shape = shape.ok_or(format!("{block} has no structure"))?;
    Ok(match shape.kind() {
        ShapeKind::List => shape.element().unwrap(),
        _ => shape,
    })
}

fn plain(name: &str) -> String {
    name.replace('_', "").to_lowercase()
}

/// Whether a value has the form of a shape; unknown members and enumeration values do not fit.
fn fits(shape: Shape, value: &Value) -> bool {
    if rempart_estate::unknown_reason(value).is_some() {
        return true;
    }
    match (shape.kind(), value) {
        (ShapeKind::Structure, Value::Object(members)) => members.iter().all(|(name, value)| {
            shape
                .member(name)
                .is_some_and(|member| fits(member.shape, value))
        }),
        (ShapeKind::List, Value::Array(items)) => items
            .iter()
            .all(|item| fits(shape.element().unwrap(), item)),
        (ShapeKind::Map, Value::Object(members)) => members
            .values()
            .all(|item| fits(shape.element().unwrap(), item)),
        (ShapeKind::Boolean, Value::Bool(_)) => true,
        (
            ShapeKind::Integer | ShapeKind::Long | ShapeKind::Float | ShapeKind::Double,
            Value::Number(_),
        ) => true,
        (ShapeKind::Enum, Value::String(_)) => true,
        (ShapeKind::String | ShapeKind::Timestamp | ShapeKind::Blob, Value::String(_)) => true,
        (ShapeKind::Document, _) => true,
        _ => false,
    }
}

/// An attribute of the provider: path, and what stands there.
#[derive(Debug, Clone)]
struct Attribute {
    path: Vec<String>,
    form: char,
}

fn provider_attributes() -> BTreeMap<&'static str, Vec<Attribute>> {
    let text = include_str!("../../tests/data/provider-attributes.txt");
    let mut types: BTreeMap<&str, Vec<Attribute>> = BTreeMap::new();
    let mut current = "";
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let Some(path) = line.strip_prefix("  ") else {
            current = line;
            continue;
        };
        let form = match path.chars().last() {
            Some(']') => 'b',
            Some(form @ ('*' | '%' | '?' | '#')) => form,
            _ => 's',
        };
        let path = path.trim_end_matches(['*', '%', '?', '#']);
        let path = path
            .split('.')
            .map(|part| part.trim_end_matches("[]").to_owned());
        types.entry(current).or_default().push(Attribute {
            path: path.collect(),
            form,
        });
    }
    types
}

/// A resource with one attribute, inside its blocks.
fn with(attribute: &Attribute, value: Value) -> Map<String, Value> {
    let mut value = value;
    for (depth, name) in attribute.path.iter().enumerate().rev() {
        let mut object = Map::new();
        object.insert(name.clone(), value);
        value = Value::Object(object);
        if depth > 0 {
            value = Value::Array(vec![value]);
        }
    }
    value.as_object().unwrap().clone()
}

fn example(form: char) -> Value {
    match form {
        'b' => json!([{}]),
        '*' => json!(["text"]),
        '%' => json!({"key": "text"}),
        '?' => json!(true),
        '#' => json!(7),
        _ => json!("text"),
    }
}

/// The resource, with the attributes that its answers are asked by.
fn planned(type_name: &str, values: Map<String, Value>, maps: &TypeMaps) -> PlannedEstate {
    let map = maps.get(type_name).unwrap();
    let mut all = Map::new();
    for (_, template) in map.answers.iter().flat_map(|answer| &answer.parameters) {
        for part in template.split('{').skip(1) {
            let name = part.split(['}', '|']).next().unwrap();
            if !["id", "arn", "account", "region"].contains(&name) && !name.contains('.') {
                all.insert(name.to_owned(), Value::from("base"));
            }
        }
    }
    all.extend(values);
    let values = all;
    let declared = Declared {
        address: "example".to_owned(),
        type_name: type_name.to_owned(),
        values,
        is_new: true,
        ..Declared::default()
    };
    assemble(
        "plan.json",
        &[declared],
        maps,
        &Options::default(),
        Vec::new(),
    )
}

/// Attributes that are in the map or answered, and those that are not, by type: a gap that is known.
#[test]
fn every_attribute_of_the_provider_is_carried_over_or_left_out_on_purpose() {
    let mut unread = BTreeSet::new();
    let mut wrong = BTreeSet::new();
    let mut count = 0;
    for (type_name, attributes) in provider_attributes() {
        if TERRAFORM
            .get(type_name)
            .is_none_or(|map| map.part.is_some())
        {
            continue;
        }
        for attribute in attributes {
            count += 1;
            let estate = planned(
                type_name,
                with(&attribute, example(attribute.form)),
                &TERRAFORM,
            );
            for (name, attributes) in estate.not_read {
                unread.extend(
                    attributes
                        .iter()
                        .map(|attribute| format!("{name} {attribute}")),
                );
            }
            for problem in estate.problems {
                // Numbers that the provider keeps as text, and a map of maps.
                let is_number = problem.reason.contains("expected a number, found text");
                let is_map = problem.reason.contains("expected a map, found text");
                if problem.reason.contains("expected") && !is_number && !is_map {
                    wrong.insert(format!("{type_name} {}", problem.reason));
                }
            }
        }
    }
    assert!(count > 1500, "{count}");
    assert_eq!(wrong, BTreeSet::new());
    assert_eq!(unread, BTreeSet::new(), "not carried over");
}

/// The same for templates, whose structures are not wrapped in lists.
#[test]
fn every_property_of_a_template_is_carried_over_or_left_out_on_purpose() {
    let mut unread = BTreeSet::new();
    let mut wrong = BTreeSet::new();
    let mut lost = BTreeSet::new();
    let mut count = 0;
    let text = include_str!("../../tests/data/cloudformation-properties.txt");
    let mut type_name = "";
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let Some(property) = line.strip_prefix("  ") else {
            type_name = line;
            continue;
        };
        let map = CLOUDFORMATION.get(type_name).unwrap();
        if map.part.is_some() {
            continue;
        }
        count += 1;
        let property = property
            .strip_suffix('.')
            .map_or(property.to_owned(), |path| format!("{path}&"));
        let form = property.chars().last().unwrap();
        let example = match form {
            ']' => json!([{}]),
            '&' => json!({}),
            '*' => json!(["text"]),
            '%' => json!({"key": "text"}),
            '!' => json!({"Statement": []}),
            '?' => json!(true),
            '#' => json!(7),
            '$' => json!([{"Key": "text", "Value": "text"}]),
            _ => json!("text"),
        };
        let place = |value: Value| {
            let path = property.trim_end_matches(['*', '%', '!', '?', '#', '$', '&']);
            let mut value = value;
            let parts: Vec<&str> = path.split('.').collect();
            for (position, part) in parts.iter().enumerate().rev() {
                let is_last = position + 1 == parts.len();
                if part.ends_with("[]") && !is_last {
                    value = Value::Array(vec![value]);
                }
                value = json!({part.trim_end_matches("[]"): value});
            }
            value.as_object().unwrap().clone()
        };
        let estate = planned(type_name, place(example), &CLOUDFORMATION);
        for (name, attributes) in &estate.not_read {
            unread.extend(
                attributes
                    .iter()
                    .map(|attribute| format!("{name} {attribute}")),
            );
        }
        for problem in &estate.problems {
            // The schema does not say the form of some; the example is not what they take.
            let is_example = ["found text", "expected keys and values"];
            let is_example = is_example.iter().any(|end| problem.reason.contains(end));
            if problem.reason.contains("expected") && !is_example {
                wrong.insert(format!("{type_name} {}", problem.reason));
            }
        }
        for answer in &estate.answers {
            let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
            if let (Some(shape), true) = (output(&answer.operation), body.is_object())
                && !fits(shape, &body)
            {
                lost.insert(format!("{type_name} {property}: {body}"));
            }
        }
    }
    assert!(count > 1000, "{count}");
    assert_eq!(wrong, BTreeSet::new());
    assert_eq!(lost, BTreeSet::new(), "not in the form of the answer");
    // Members of the example that stands for objects whose members the schema leaves open.
    unread.retain(|attribute| !attribute.ends_with(".key"));
    assert_eq!(unread, BTreeSet::new(), "not carried over");
}

/// Whatever is carried over keeps its value, and is unknown where the plan does not know it.
#[test]
fn every_attribute_is_present_absent_or_unknown() {
    let mut carried = 0;
    for (type_name, attributes) in provider_attributes() {
        let Some(map) = TERRAFORM.get(type_name) else {
            continue;
        };
        if map.part.is_some() {
            continue;
        }
        let absent = planned(type_name, Map::new(), &TERRAFORM);
        for attribute in attributes {
            let null = planned(type_name, with(&attribute, Value::Null), &TERRAFORM);
            let is_parameter = map.answers.iter().any(|answer| {
                let mut templates = answer.parameters.iter();
                templates.any(|(_, text)| text.contains(attribute.path.last().unwrap().as_str()))
            });
            if attribute.path.len() == 1 && !is_parameter {
                assert_eq!(bodies(&null), bodies(&absent), "{type_name} {attribute:?}");
            }
            let present = planned(
                type_name,
                with(&attribute, example(attribute.form)),
                &TERRAFORM,
            );
            let is_carried = bodies(&present) != bodies(&null) && present.problems.is_empty();
            for answer in &present.answers {
                let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
                if let (Some(shape), true) = (output(&answer.operation), body.is_object()) {
                    let fits = fits(shape, &body);
                    assert!(
                        fits,
                        "{type_name} {attribute:?}: {} {body}",
                        answer.operation
                    );
                }
            }
            // A reason that is told apart from those of the reader.
            let marked = planned(type_name, with(&attribute, unknown("later")), &TERRAFORM);
            let shows = bodies(&marked)
                .iter()
                .any(|body| body.1.to_string().contains("later"));
            let names_itself = bodies(&present)
                .iter()
                .all(|body| !body.1.to_string().contains("\"text\""))
                || marked
                    .problems
                    .iter()
                    .any(|problem| problem.reason.contains("unknown"));
            // A prefix shows in the identifier only.
            let is_prefix = attribute.path.last().unwrap().ends_with("_prefix");
            if is_carried && !is_prefix {
                carried += 1;
                let names = map.id.iter().chain(&map.arn).any(|named| {
                    named
                        .template
                        .contains(attribute.path.last().unwrap().as_str())
                });
                assert!(
                    shows || names || is_parameter || names_itself && attribute.form == 'b',
                    "{type_name} {attribute:?}: unknown is lost: {:?} {:?}",
                    bodies(&marked),
                    bodies(&present)
                );
            }
        }
    }
    assert!(carried > 900, "{carried}");
}

fn bodies(estate: &PlannedEstate) -> Vec<(String, Value)> {
    let bodies = estate.answers.iter().map(|answer| {
        let body = serde_json::from_slice(&answer.body).unwrap_or_default();
        (
            format!("{} {:?}", answer.operation, answer.parameters),
            body,
        )
    });
    bodies.collect()
}
