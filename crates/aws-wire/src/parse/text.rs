//! Values that are sent as text: path, query string, forms.

use serde_json::Value;

use crate::model::{Kind, ShapeId};

/// The value of a scalar shape. `None` when the text is none of the shape's values.
pub(super) fn scalar(shape: ShapeId, text: &str) -> Option<Value> {
    match shape.shape().kind {
        Kind::String { .. } | Kind::Enum { .. } => Some(Value::String(text.to_owned())),
        Kind::Blob { .. } => crate::blob::decoded_length(text)
            .is_some()
            .then(|| Value::String(text.to_owned())),
        Kind::Integer { .. } => text.parse::<i32>().ok().map(Value::from),
        Kind::Long { .. } => text.parse::<i64>().ok().map(Value::from),
        Kind::Float { .. } => text
            .parse::<f64>()
            .ok()
            .and_then(|number| serde_json::Number::from_f64(number).map(Value::Number)),
        Kind::Boolean => match text {
            "true" => Some(Value::Bool(true)),
            "false" => Some(Value::Bool(false)),
            _ => None,
        },
        // No served operation has one in path, query string or form.
        Kind::Timestamp | Kind::Structure { .. } | Kind::List { .. } | Kind::Map { .. } => None,
    }
}
