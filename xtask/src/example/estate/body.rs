//! Bodies: filled in, and checked against the service models.

use anyhow::{Context, bail, ensure};
use rempart_aws_model::{ApiOperation, Shape, ShapeKind};
use rempart_estate::Place;
use serde_json::{Map, Value};

/// The bytes of a body.
pub(super) fn bytes(
    operation: &ApiOperation,
    said: &Value,
    place: &Place,
) -> anyhow::Result<Vec<u8>> {
    let body = filled(said, place);
    // S3 sends the policy itself.
    if operation.full_name() != "s3:GetBucketPolicy" {
        let shape = operation.output().context("no output")?;
        check(&body, shape, operation.name())?;
    }
    Ok(body.to_string().into_bytes())
}

fn filled(value: &Value, place: &Place) -> Value {
    let text = |text: &str| {
        text.replace("{account}", &place.account)
            .replace("{region}", &place.region)
    };
    match value {
        Value::String(value) => Value::String(text(value)),
        Value::Array(values) => values.iter().map(|value| filled(value, place)).collect(),
        Value::Object(members) => {
            if let Some(json) = members.get("$json") {
                return Value::String(filled(json, place).to_string());
            }
            if let Some(json) = members.get("$url") {
                return Value::String(percent_encoded(&filled(json, place).to_string()));
            }
            let members = members.iter();
            let members: Map<String, Value> = members
                .map(|(name, value)| (text(name), filled(value, place)))
                .collect();
            Value::Object(members)
        }
        other => other.clone(),
    }
}

fn percent_encoded(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                encoded.push(char::from(byte));
            }
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}

/// That AWS could have answered this: members, types and values of enumerations exist.
fn check(value: &Value, shape: Shape, path: &str) -> anyhow::Result<()> {
    let fits = match shape.kind() {
        ShapeKind::Structure => {
            let members = value.as_object();
            for (name, value) in members.with_context(|| format!("{path} is no object"))? {
                let member = shape.member(name);
                let member = member.with_context(|| format!("{path}.{name} does not exist"))?;
                check(value, member.shape, &format!("{path}.{name}"))?;
            }
            true
        }
        ShapeKind::List => {
            let element = shape.element().context("no element")?;
            let elements = value.as_array();
            for value in elements.with_context(|| format!("{path} is no list"))? {
                check(value, element, &format!("{path}[]"))?;
            }
            true
        }
        ShapeKind::Map => {
            let element = shape.element().context("no element")?;
            let members = value.as_object();
            for (name, value) in members.with_context(|| format!("{path} is no map"))? {
                check(value, element, &format!("{path}.{name}"))?;
            }
            true
        }
        ShapeKind::Enum => {
            let text = value.as_str();
            let text = text.with_context(|| format!("{path} is no text"))?;
            // EC2 answers `available` where its model says `Available`.
            if !shape
                .enum_values()
                .any(|known| known.eq_ignore_ascii_case(text))
            {
                bail!("{path}: AWS knows no {text}");
            }
            true
        }
        ShapeKind::Integer | ShapeKind::Long => value.is_i64(),
        ShapeKind::Float | ShapeKind::Double => value.is_number(),
        ShapeKind::Boolean => value.is_boolean(),
        ShapeKind::String | ShapeKind::Blob => value.is_string(),
        ShapeKind::Timestamp => value.is_number() || value.is_string(),
        ShapeKind::Document => true,
    };
    ensure!(fits, "{path} is of another type");
    Ok(())
}
