//! Form bodies of the query protocols.

use percent_encoding::utf8_percent_encode;
use rempart_aws_model::{ApiOperation, Input, Level, Shape, ShapeKind};
use serde_json::Value;

use super::{RESERVED, fits, scalar, unfit, unknown};
use crate::call::CallError;

/// Values nested deeper are refused.
const DEEPEST: usize = 32;

/// `Action=…&Version=…` and the parameters.
pub(super) fn body(
    operation: &'static ApiOperation,
    inputs: &[(Input, &Value)],
) -> Result<Vec<u8>, CallError> {
    let mut form = Form {
        operation,
        text: format!(
            "Action={}&Version={}",
            operation.name(),
            operation.api_version()
        ),
    };
    for (input, value) in inputs {
        form.value(input.shape, &input.wire.levels, value, input.wire.name, 0)?;
    }
    Ok(form.text.into_bytes())
}

struct Form {
    operation: &'static ApiOperation,
    text: String,
}

impl Form {
    fn value(
        &mut self,
        shape: Shape,
        levels: &[Level],
        value: &Value,
        name: &str,
        depth: usize,
    ) -> Result<(), CallError> {
        if value.is_null() {
            return Ok(());
        }
        if depth > DEEPEST {
            return Err(unfit(self.operation, name, "it is nested too deeply"));
        }
        if !fits(shape.kind(), value) {
            return Err(unfit(self.operation, name, "it is of another type"));
        }
        let (level, inner) = match levels.split_first() {
            Some((level, inner)) => (Some(level), inner),
            None => (None, levels),
        };
        match (shape.kind(), value) {
            (ShapeKind::Structure, Value::Object(members)) => {
                let structure = shape.name().unwrap_or_default();
                for (member_name, value) in members {
                    let Some(member) = shape.member(member_name) else {
                        return Err(unknown(self.operation, format!("{name}.{member_name}")));
                    };
                    let wire = self.operation.request_wire(structure, member.name);
                    let path = format!("{name}.{}", wire.name);
                    self.value(member.shape, &wire.levels, value, &path, depth + 1)?;
                }
            }
            (ShapeKind::List, Value::Array(items)) => {
                let element = shape.element();
                for (index, item) in items.iter().enumerate() {
                    let number = index + 1;
                    let path = match level {
                        Some(Level::List(item)) => format!("{name}.{item}.{number}"),
                        _ => format!("{name}.{number}"),
                    };
                    if let Some(element) = element {
                        self.value(element, inner, item, &path, depth + 1)?;
                    }
                }
            }
            (ShapeKind::Map, Value::Object(entries)) => {
                let (flattened, key_name, value_name) = match level {
                    Some(Level::Map {
                        flattened,
                        key,
                        value,
                    }) => (*flattened, *key, *value),
                    _ => (false, "key", "value"),
                };
                let entry = if flattened { "" } else { ".entry" };
                for (index, (key, item)) in entries.iter().enumerate() {
                    let number = index + 1;
                    self.pair(&format!("{name}{entry}.{number}.{key_name}"), key);
                    let path = format!("{name}{entry}.{number}.{value_name}");
                    if let Some(element) = shape.element() {
                        self.value(element, inner, item, &path, depth + 1)?;
                    }
                }
            }
            _ => {
                let text = scalar(self.operation, name, value)?;
                self.pair(name, &text);
            }
        }
        Ok(())
    }

    fn pair(&mut self, name: &str, value: &str) {
        self.text.push('&');
        self.text.extend(utf8_percent_encode(name, RESERVED));
        self.text.push('=');
        self.text.extend(utf8_percent_encode(value, RESERVED));
    }
}
