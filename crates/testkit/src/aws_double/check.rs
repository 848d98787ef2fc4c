//! Checks fixtures against the service models.

use rempart_aws_model::{ApiOperation, Shape, ShapeKind};
use serde_json::{Map, Value};

/// Deeper values are refused.
const DEEPEST: usize = 64;

/// A fixture that AWS would never answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{operation}: `{path}`: {reason}")]
pub struct FixtureError {
    /// The operation.
    pub operation: String,
    /// Where in the answer.
    pub path: String,
    /// What is wrong.
    pub reason: String,
}

pub(super) fn body(operation: &'static ApiOperation, body: &Value) -> Result<(), FixtureError> {
    let fault = match operation.output() {
        Some(shape) => value(shape, body, "", 0),
        None if body.as_object().is_some_and(Map::is_empty) => Ok(()),
        None => Err((String::new(), "the operation answers nothing".to_owned())),
    };
    fault.map_err(|(path, reason)| FixtureError {
        operation: operation.full_name().to_owned(),
        path,
        reason,
    })
}

pub(super) fn parameters(
    operation: &'static ApiOperation,
    given: Value,
) -> Result<Map<String, Value>, FixtureError> {
    let error = |path: &str, reason: &str| FixtureError {
        operation: operation.full_name().to_owned(),
        path: path.to_owned(),
        reason: reason.to_owned(),
    };
    let given = match given {
        Value::Null => Map::new(),
        Value::Object(given) => given,
        _ => return Err(error("", "parameters are an object")),
    };
    for name in given.keys() {
        if !operation.inputs().any(|input| input.name == name) {
            return Err(error(name, "no parameter of the operation"));
        }
    }
    Ok(given)
}

type Fault = (String, String);

fn value(shape: Shape, found: &Value, path: &str, depth: usize) -> Result<(), Fault> {
    let fail = |reason: String| Err((path.to_owned(), reason));
    if depth > DEEPEST {
        return fail("too deep".to_owned());
    }
    let fits = match shape.kind() {
        ShapeKind::Structure => return structure(shape, found, path, depth),
        ShapeKind::List => {
            let Some(items) = found.as_array() else {
                return fail("a list is expected".to_owned());
            };
            for (number, item) in items.iter().enumerate() {
                if let Some(element) = shape.element() {
                    value(element, item, &format!("{path}[{number}]"), depth + 1)?;
                }
            }
            true
        }
        ShapeKind::Map => {
            let Some(entries) = found.as_object() else {
                return fail("a map is expected".to_owned());
            };
            for (key, item) in entries {
                if let Some(element) = shape.element() {
                    value(element, item, &below(path, key), depth + 1)?;
                }
            }
            true
        }
        ShapeKind::Enum => {
            let Some(text) = found.as_str() else {
                return fail("text is expected".to_owned());
            };
            if !shape.enum_values().any(|known| known == text) {
                return fail(format!("`{text}` is no value of the enumeration"));
            }
            true
        }
        ShapeKind::String | ShapeKind::Blob => found.is_string(),
        ShapeKind::Integer | ShapeKind::Long => found.is_i64() || found.is_u64(),
        ShapeKind::Float | ShapeKind::Double => found.is_number(),
        ShapeKind::Boolean => found.is_boolean(),
        ShapeKind::Timestamp => found.is_number() || found.is_string(),
        ShapeKind::Document => true,
    };
    match fits {
        true => Ok(()),
        false => fail(format!("{:?} is expected", shape.kind())),
    }
}

fn structure(shape: Shape, found: &Value, path: &str, depth: usize) -> Result<(), Fault> {
    let Some(members) = found.as_object() else {
        return Err((path.to_owned(), "an object is expected".to_owned()));
    };
    for (name, inner) in members {
        let path = below(path, name);
        match shape.member(name) {
            Some(member) => value(member.shape, inner, &path, depth + 1)?,
            None => return Err((path, "no member of the answer".to_owned())),
        }
    }
    Ok(())
}

fn below(path: &str, name: &str) -> String {
    match path {
        "" => name.to_owned(),
        _ => format!("{path}.{name}"),
    }
}

#[cfg(test)]
mod tests {
    use rempart_aws_model::api_operation;
    use serde_json::json;

    use super::*;

    fn fault(body: Value) -> Option<(String, String)> {
        let operation = api_operation("sagemaker:DescribeNotebookInstance").expect("known");
        let error = super::body(operation, &body).err()?;
        Some((error.path, error.reason))
    }

    #[test]
    fn fixtures_fit_the_model() {
        assert_eq!(fault(json!({"RootAccess": "Disabled"})), None);
        let wrong = |path: &str, reason: &str| Some((path.to_owned(), reason.to_owned()));
        assert_eq!(
            fault(json!({"Colour": "red"})),
            wrong("Colour", "no member of the answer")
        );
        assert_eq!(
            fault(json!({"RootAccess": "Perhaps"})),
            wrong("RootAccess", "`Perhaps` is no value of the enumeration")
        );
        assert_eq!(
            fault(json!({"SecurityGroups": "sg-1"})),
            wrong("SecurityGroups", "a list is expected")
        );
        assert_eq!(
            fault(json!({"VolumeSizeInGB": "5"})),
            wrong("VolumeSizeInGB", "Integer is expected")
        );
        assert_eq!(
            fault(json!({"SecurityGroups": [5]})),
            wrong("SecurityGroups[0]", "String is expected")
        );
    }
}
