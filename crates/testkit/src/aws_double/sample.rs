//! Made-up answers: lists of some resources, and descriptions that repeat what was asked for.
//!
//! Resources are numbered. The number is the end of each of their names, so a description finds it in
//! the name that it is asked for, and says the same about the resource as the list did.

use rempart_aws_model::{ApiOperation, Shape, ShapeKind};
use serde_json::{Map, Value, json};

use super::{ACCOUNT, REGION};

/// Deeper members are left out.
const DEEPEST: usize = 6;
/// 2026-11-01T00:00:00Z.
const TIME: f64 = 1_793_491_200.0;

struct Sampler<'s> {
    operation: &'static ApiOperation,
    parameters: &'s Map<String, Value>,
    resources: usize,
}

/// The answer; with no resources, what AWS answers in an empty account.
pub(super) fn body(
    operation: &'static ApiOperation,
    parameters: &Map<String, Value>,
    resources: usize,
) -> Value {
    let Some(output) = operation.output() else {
        return Value::Object(Map::new());
    };
    let sampler = Sampler {
        operation,
        parameters,
        resources,
    };
    let number = number_of(parameters).unwrap_or(1);
    sampler.structure(output, number, 0)
}

/// The number in the first name that was asked for.
fn number_of(parameters: &Map<String, Value>) -> Option<usize> {
    let texts = parameters.values().filter_map(Value::as_str);
    let mut numbers = texts.filter_map(|text| text.rsplit_once('-')?.1.parse().ok());
    numbers.next_back()
}

impl Sampler<'_> {
    fn structure(&self, shape: Shape, number: usize, depth: usize) -> Value {
        let mut members = Map::new();
        for member in shape.members() {
            let is_token = member.name.to_lowercase().ends_with("token")
                || matches!(member.name, "Marker" | "NextMarker");
            let is_deep = depth >= 3 && !member.required || depth >= DEEPEST;
            // Without resources, only what says so: empty lists and flags.
            let is_empty = self.resources == 0
                && depth == 0
                && !matches!(member.shape.kind(), ShapeKind::List | ShapeKind::Boolean)
                && !member.required
                && self.operation.payload() != Some(member.name);
            if is_token || is_deep || is_empty {
                continue;
            }
            let structure = shape.name().unwrap_or_default();
            if let Some(value) = self.member(member.name, structure, member.shape, number, depth) {
                members.insert(member.name.to_owned(), value);
            }
        }
        Value::Object(members)
    }

    fn member(
        &self,
        name: &str,
        structure: &str,
        shape: Shape,
        number: usize,
        depth: usize,
    ) -> Option<Value> {
        // What was asked for is what is described.
        let asked = self.parameters.get(name).filter(|asked| asked.is_string());
        if let (Some(asked), true, true) = (asked, depth <= 2, shape.kind() == ShapeKind::String) {
            return Some(asked.clone());
        }
        Some(match shape.kind() {
            ShapeKind::Structure => self.structure(shape, number, depth + 1),
            ShapeKind::List => {
                let is_list = depth == 0;
                let count = if is_list { self.resources } else { 1 };
                let element = shape.element()?;
                let items = (1..=count).map(|item| {
                    let number = if is_list { item } else { number };
                    self.member(name, structure, element, number, depth + 1)
                });
                Value::Array(items.collect::<Option<_>>()?)
            }
            ShapeKind::Map => {
                let inner = self.member(name, structure, shape.element()?, number, depth + 1)?;
                json!({ "key": inner })
            }
            ShapeKind::Enum => Value::from(shape.enum_values().next()?),
            ShapeKind::String => Value::String(self.text(name, structure, number)),
            ShapeKind::Integer | ShapeKind::Long => Value::from(1),
            ShapeKind::Float | ShapeKind::Double => Value::from(1.5),
            ShapeKind::Boolean => Value::Bool(false),
            ShapeKind::Timestamp => Value::from(TIME),
            ShapeKind::Blob => Value::from(""),
            ShapeKind::Document => json!({}),
        })
    }

    fn text(&self, name: &str, structure: &str, number: usize) -> String {
        let lower = name.to_lowercase();
        let service = self.operation.service().action_prefix().unwrap_or("aws");
        if lower.ends_with("arn") || lower.ends_with("arns") {
            // A bare `Arn` belongs to what holds it.
            let what = lower.trim_end_matches('s').trim_end_matches("arn");
            let what = match what {
                "" => structure.to_lowercase(),
                what => what.to_owned(),
            };
            if what.ends_with("role") {
                return format!("arn:aws:iam::{ACCOUNT}:role/role-{number}");
            }
            return format!("arn:aws:{service}:{REGION}:{ACCOUNT}:{what}/{what}-{number}");
        }
        let is = |ends: &[&str]| ends.iter().any(|end| lower.ends_with(end));
        if is(&["accountid", "ownerid", "awsaccountid", "registryid"]) {
            ACCOUNT.to_owned()
        } else if is(&["region", "regionname"]) {
            REGION.to_owned()
        } else if is(&["uri", "s3path", "s3outputpath"]) {
            format!("s3://bucket-{number}/{lower}")
        } else if is(&["policydocument", "policy", "document", "policytext"]) {
            r#"{"Version":"2012-10-17","Statement":[]}"#.to_owned()
        } else if is(&["createdat", "updatedat", "time", "date"]) {
            "2026-11-01T00:00:00Z".to_owned()
        } else {
            format!("{lower}-{number}")
        }
    }
}
