//! Every operation: an input made from the model is accepted, and every single fault in it refused.

use rempart_aws_wire::model::{Kind, Operation, Place, Protocol, Shape, ShapeId, services};
use rempart_aws_wire::{ServiceError, parse};
use serde_json::{Map, Value, json};

use crate::double::Request;

/// Texts of which one matches each pattern of the inputs.
const TEXTS: [&str; 10] = [
    "store.amazonaws.com",
    "a",
    "abcdef",
    "111122223333",
    "arn:aws:iam::111122223333:role/reader",
    "arn:aws:sagemaker:eu-west-1:111122223333:feature-group/fg",
    "s3://bucket/prefix",
    "cluster-abcdefghijk",
    "alias/a",
    "1234567890123456789012345678901234567890",
];

/// A value of a shape, with all members down to some depth.
fn sample(id: ShapeId, depth: usize) -> Value {
    let shape = id.shape();
    match &shape.kind {
        Kind::Structure { members, union } => {
            let members = members
                .iter()
                .filter(|member| member.required || *union || depth < 4)
                .map(|member| (member.name.to_owned(), sample(member.shape, depth + 1)));
            let count = if *union { 1 } else { usize::MAX };
            Value::Object(members.take(count).collect())
        }
        Kind::List { element, length } => {
            let count = usize::try_from(length.min.unwrap_or(0)).unwrap().max(1);
            // Recursive shapes end here.
            if depth >= 6 && length.min.unwrap_or(0) == 0 {
                return Value::Array(Vec::new());
            }
            Value::Array(vec![sample(*element, depth + 1); count])
        }
        Kind::Map { key, value, .. } => {
            json!({ sample(*key, depth + 1).as_str().unwrap(): sample(*value, depth + 1) })
        }
        Kind::String { .. } => Value::from(text(shape)),
        Kind::Enum { values } => Value::from(values[0]),
        Kind::Blob { .. } => Value::from("YQ=="),
        Kind::Integer { range } | Kind::Long { range } => Value::from(
            range
                .min
                .unwrap_or(1)
                .max(1)
                .min(range.max.unwrap_or(i64::MAX)),
        ),
        Kind::Float { .. } => Value::from(1.5),
        Kind::Boolean => Value::from(true),
        Kind::Timestamp => Value::from(1.5),
    }
}

fn text(shape: &Shape) -> &'static str {
    let Kind::String { length, pattern } = &shape.kind else {
        panic!("no string");
    };
    let fits = |text: &&&str| {
        let characters = i64::try_from(text.len()).unwrap();
        length.min.is_none_or(|min| characters >= min)
            && length.max.is_none_or(|max| characters <= max)
            && pattern.as_ref().is_none_or(|pattern| pattern.matches(text))
    };
    TEXTS
        .iter()
        .find(fits)
        .unwrap_or_else(|| panic!("{shape:?}"))
}

/// The request of a JSON operation with this input.
fn request(operation: &Operation, input: &Value) -> Request {
    let service = operation.service();
    if let Some(prefix) = service.target_prefix {
        return Request::target(&format!("{prefix}.{}", operation.name), &input.to_string());
    }
    let mut body = input.as_object().unwrap().clone();
    let Kind::Structure { members, .. } = &operation.input.unwrap().shape().kind else {
        panic!("no structure");
    };
    let mut path = operation.path.to_owned();
    let mut query = Vec::new();
    for member in members {
        let encode = |value: &Value| {
            let text = value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_owned);
            text.bytes()
                .map(|byte| format!("%{byte:02X}"))
                .collect::<String>()
        };
        match member.place {
            Place::Body => {}
            Place::Path(name) => {
                let value = body.remove(member.name).unwrap_or_default();
                path = path.replace(&format!("{{{name}}}"), &encode(&value));
            }
            Place::Query(name) => match body.remove(member.name) {
                None | Some(Value::Null) => {}
                Some(Value::Array(values)) => {
                    query.extend(
                        values
                            .iter()
                            .map(|value| format!("{name}={}", encode(value))),
                    );
                }
                Some(value) => query.push(format!("{name}={}", encode(&value))),
            },
        }
    }
    let body = if body.is_empty() {
        String::new()
    } else {
        Value::Object(body).to_string()
    };
    Request::new(operation.method, &path, &query.join("&"), &body)
}

fn run(operation: &Operation, input: &Value) -> Result<Map<String, Value>, ServiceError> {
    request(operation, input).with(|incoming| parse(incoming).map(|call| call.input))
}

fn json_operations() -> impl Iterator<Item = &'static Operation> {
    services()
        .iter()
        .filter(|service| service.protocol != Protocol::Query)
        .flat_map(|service| &service.operations)
}

#[test]
fn samples_are_accepted_as_they_are() {
    for operation in json_operations() {
        let input = sample(operation.input.unwrap(), 0);
        let read = run(operation, &input).unwrap_or_else(|error| panic!("{operation:?}: {error}"));
        assert_eq!(Value::Object(read), input, "{operation:?}");
    }
}

/// Every place in an input: a way of names and positions, and the shape there.
fn places(id: ShapeId, value: &Value, way: &str, found: &mut Vec<(String, ShapeId)>) {
    found.push((way.to_owned(), id));
    match (&id.shape().kind, value) {
        (Kind::Structure { members, .. }, Value::Object(map)) => {
            for member in members {
                if let Some(value) = map.get(member.name) {
                    places(
                        member.shape,
                        value,
                        &format!("{way}/{}", member.name),
                        found,
                    );
                }
            }
        }
        (Kind::List { element, .. }, Value::Array(values)) => {
            for (position, value) in values.iter().enumerate() {
                places(*element, value, &format!("{way}/{position}"), found);
            }
        }
        _ => {}
    }
}

/// Values that are none of the shape.
fn faults(shape: &Shape) -> Vec<Value> {
    let mut faults = Vec::new();
    let long = |max: i64| "a".repeat(usize::try_from(max + 1).unwrap());
    match &shape.kind {
        Kind::Structure { .. } => faults.extend([json!([]), json!("x"), json!({"Other": 1})]),
        Kind::List { element, length } => {
            faults.extend([json!({}), json!("x"), json!([null])]);
            if length.min > Some(0) {
                faults.push(json!([]));
            }
            if let Some(max) = length.max.filter(|max| *max < 5_000) {
                let count = usize::try_from(max + 1).unwrap();
                faults.push(Value::Array(vec![sample(*element, 6); count]));
            }
        }
        Kind::Map { .. } => faults.extend([json!([]), json!({"a": 1}), json!({"a": null})]),
        Kind::String { length, pattern } => {
            faults.extend([json!(1), json!(true), json!({}), json!(["a"])]);
            if length.min > Some(0) {
                faults.push(json!(""));
            }
            if let Some(max) = length.max.filter(|max| *max < 50_000) {
                faults.push(Value::from(long(max)));
            }
            let odd = "\u{1}\u{7f} ";
            if pattern
                .as_ref()
                .is_some_and(|pattern| !pattern.matches(odd))
            {
                faults.push(json!(odd));
            }
        }
        Kind::Enum { .. } => faults.extend([json!("Other"), json!(1), json!("")]),
        Kind::Blob { length } => {
            faults.extend([json!("x"), json!(1)]);
            if length.min > Some(0) {
                faults.push(json!(""));
            }
        }
        Kind::Integer { range } | Kind::Long { range } => {
            faults.extend([json!("1"), json!(1.5), json!(true), json!(1e30)]);
            faults.extend(
                range
                    .min
                    .filter(|min| *min > i64::MIN)
                    .map(|min| json!(min - 1)),
            );
            faults.extend(
                range
                    .max
                    .filter(|max| *max < i64::MAX)
                    .map(|max| json!(max + 1)),
            );
        }
        Kind::Float { .. } | Kind::Timestamp => faults.extend([json!("1"), json!(true)]),
        Kind::Boolean => faults.extend([json!("true"), json!(1), json!(0)]),
    }
    faults
}

#[test]
fn every_fault_is_refused() {
    let mut tried = 0;
    for operation in json_operations() {
        let input = sample(operation.input.unwrap(), 0);
        let mut found = Vec::new();
        places(operation.input.unwrap(), &input, "", &mut found);
        for (way, id) in found.into_iter().skip(1) {
            let top = way.split('/').nth(1).unwrap();
            let Kind::Structure { members, .. } = &operation.input.unwrap().shape().kind else {
                panic!("no structure");
            };
            let place = members
                .iter()
                .find(|member| member.name == top)
                .unwrap()
                .place;
            for fault in faults(id.shape()) {
                // Path and query have texts only, and an empty list is no parameter.
                let fault = match (place, fault) {
                    (Place::Body, fault) => fault,
                    (_, Value::String(text))
                        if !(text.is_empty() && matches!(place, Place::Path(_))) =>
                    {
                        Value::String(text)
                    }
                    _ => continue,
                };
                if !matches!(id.shape().kind, Kind::String { .. } | Kind::Enum { .. })
                    && place != Place::Body
                {
                    continue;
                }
                let mut changed = input.clone();
                *changed.pointer_mut(&way).unwrap() = fault.clone();
                let error = match run(operation, &changed) {
                    Err(error) => error,
                    Ok(_) => panic!("{operation:?} {way} accepts {fault}"),
                };
                let known = [
                    "ValidationException",
                    "ValidationError",
                    "SerializationException",
                ];
                assert!(
                    known.contains(&error.code.as_ref()),
                    "{operation:?} {way}: {error}"
                );
                tried += 1;
            }
        }
    }
    assert!(tried > 1_000, "{tried}");
}

#[test]
fn required_members_and_unknown_ones() {
    for operation in json_operations() {
        let input = sample(operation.input.unwrap(), 0);
        let Kind::Structure { members, .. } = &operation.input.unwrap().shape().kind else {
            panic!("no structure");
        };
        for member in members {
            let mut without = input.clone();
            without.as_object_mut().unwrap().remove(member.name);
            if matches!(member.place, Place::Path(_)) {
                continue;
            }
            let mut null = input.clone();
            null[member.name] = Value::Null;
            for changed in [without, null] {
                let result = run(operation, &changed);
                assert_eq!(
                    result.is_err(),
                    member.required,
                    "{operation:?} {}",
                    member.name
                );
                if let Err(error) = result {
                    assert!(error.message.contains("must not be null"), "{error}");
                }
            }
        }
        let mut more = input.clone();
        more["Unheard"] = json!(1);
        assert!(run(operation, &more).is_err(), "{operation:?}");
    }
}

/// What the readers of path, query string and form do not know.
#[test]
fn forms_have_no_maps_and_no_times() {
    fn walk(id: ShapeId, depth: usize) {
        match &id.shape().kind {
            Kind::Structure { members, .. } if depth < 8 => {
                for member in members {
                    walk(member.shape, depth + 1);
                }
            }
            Kind::List { element, .. } => walk(*element, depth + 1),
            Kind::Map { .. } | Kind::Timestamp => panic!("{id:?}"),
            _ => {}
        }
    }
    for service in services() {
        for operation in &service.operations {
            let Kind::Structure { members, .. } = &operation.input.unwrap().shape().kind else {
                panic!("no structure");
            };
            for member in members {
                if service.protocol == Protocol::Query || member.place != Place::Body {
                    walk(member.shape, 0);
                }
            }
        }
    }
}
