//! Whether a trail records the data events of a resource.

use std::sync::OnceLock;

use rempart_estate::{Estate, Place, Resource};
use serde_json::Value as Json;

use super::{Answered, Function, text_argument};
use crate::context::{Context, gap};
use crate::expression::{ReasonCode, Unknown, Value};

const TRAIL: &str = "AWS::CloudTrail::Trail";
const STATUS: &str = "cloudtrail:GetTrailStatus";
const SELECTORS: &str = "cloudtrail:GetEventSelectors";

pub(super) const FUNCTIONS: &[Function] = &[Function {
    name: "data_events",
    arity: 2,
    run: data_events,
}];

/// What trails of the estate select, read once.
#[derive(Default)]
pub(super) struct Trails(OnceLock<Vec<Trail>>);

struct Trail {
    id: String,
    home: Place,
    everywhere: bool,
    of_organisation: bool,
    /// Whether it is logging, and what it selects.
    selects: Result<Option<Json>, Unknown>,
}

/// `data_events(type, arn)`: whether trails that are logging here record reads and writes of a resource
/// of this type; of all of them when the ARN is empty.
fn data_events<'a>(context: &Context<'a>, arguments: &[Value<'a>]) -> Answered<'a> {
    let of_type = text_argument(arguments, 0)?;
    let arn = text_argument(arguments, 1)?;
    let estate = context.session.estate;
    let trails = context
        .session
        .indexes
        .trails
        .0
        .get_or_init(|| read(estate));
    let place = context.place;
    let mut recorded = Recorded::default();
    let mut open: Option<Unknown> = None;
    for trail in trails {
        let is_here = (trail.home.account == place.account || trail.of_organisation)
            && (trail.everywhere || trail.home.region == place.region);
        if !is_here {
            continue;
        }
        // The answers become evidence of the verdict.
        if let Ok(resource) = estate.find(TRAIL, &trail.id, &trail.home) {
            for operation in [STATUS, SELECTORS] {
                let _ = context.answer_about(operation, resource);
            }
        }
        match &trail.selects {
            Ok(Some(selectors)) => recorded.add(selected(selectors, of_type, arn)),
            Ok(None) => {}
            Err(unknown) => {
                open = Some(match open {
                    Some(before) => before.and(unknown.clone()),
                    None => unknown.clone(),
                });
            }
        }
    }
    if recorded.reads && recorded.writes {
        return Ok(Value::Bool(true));
    }
    if let Some(missing) = estate.listing(TRAIL, place) {
        return Err(gap(missing));
    }
    match open {
        Some(unknown) => Err(unknown),
        None => Ok(Value::Bool(false)),
    }
}

/// Which events are recorded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Recorded {
    reads: bool,
    writes: bool,
}

impl Recorded {
    fn add(&mut self, other: Self) {
        self.reads |= other.reads;
        self.writes |= other.writes;
    }
}

fn read(estate: &Estate) -> Vec<Trail> {
    estate
        .resources(TRAIL)
        .map(|trail| one(estate, trail))
        .collect()
}

fn one(estate: &Estate, trail: &Resource) -> Trail {
    let body = estate.body(trail);
    let flag = |member: &str| {
        let body = body.as_ref().ok();
        let value = body.and_then(|body| body.get("Trail")?.get(member)?.as_bool());
        value.unwrap_or(false)
    };
    Trail {
        id: trail.id.clone(),
        home: trail.place.clone(),
        // A trail of which nothing else is known may be anywhere.
        everywhere: flag("IsMultiRegionTrail") || body.is_err(),
        of_organisation: flag("IsOrganizationTrail"),
        selects: selects(estate, trail),
    }
}

fn selects(estate: &Estate, trail: &Resource) -> Result<Option<Json>, Unknown> {
    let status = estate.answer(STATUS, trail).map_err(gap)?;
    match status.body.get("IsLogging").and_then(Json::as_bool) {
        Some(true) => {}
        Some(false) => return Ok(None),
        None => {
            return Err(Unknown::new(
                ReasonCode::AbsentField,
                "IsLogging of the trail is missing",
            ));
        }
    }
    estate.body(trail).map_err(gap)?;
    let selectors = estate.answer(SELECTORS, trail).map_err(gap)?;
    // One that is not known may record anything.
    Ok(Some(Value::of(&selectors.body)?.to_json()?.into_owned()))
}

/// What selectors record of a resource. Basic and advanced selectors exclude each other on AWS; both
/// are read.
fn selected(selectors: &Json, of_type: &str, arn: &str) -> Recorded {
    let mut recorded = Recorded::default();
    for selector in list(selectors, "AdvancedEventSelectors") {
        recorded.add(advanced(selector, of_type, arn));
    }
    for selector in list(selectors, "EventSelectors") {
        recorded.add(basic(selector, of_type, arn));
    }
    recorded
}

/// All field selectors of an advanced selector must hold. One that narrows in a way that is not
/// understood records nothing for certain.
fn advanced(selector: &Json, of_type: &str, arn: &str) -> Recorded {
    let none = Recorded::default();
    let mut recorded = Recorded {
        reads: true,
        writes: true,
    };
    let mut is_type = false;
    for field in list(selector, "FieldSelectors") {
        let name = field
            .get("Field")
            .and_then(Json::as_str)
            .unwrap_or_default();
        let operators: Vec<&str> = field
            .as_object()
            .into_iter()
            .flatten()
            .filter(|(name, values)| {
                *name != "Field" && !values.as_array().is_none_or(Vec::is_empty)
            })
            .map(|(name, _)| name.as_str())
            .collect();
        let equals = texts(field, "Equals");
        match (name, operators.as_slice()) {
            ("eventCategory", ["Equals"]) if equals.contains(&"Data") => {}
            ("resources.type", ["Equals"]) if equals.contains(&of_type) => is_type = true,
            ("readOnly", ["Equals"]) => {
                recorded.reads &= equals.contains(&"true");
                recorded.writes &= equals.contains(&"false");
            }
            ("resources.ARN", _) if !arn.is_empty() && covers(field, &operators, arn) => {}
            _ => return none,
        }
    }
    if is_type { recorded } else { none }
}

/// Whether conditions on the ARN hold for everything in a resource.
fn covers(field: &Json, operators: &[&str], arn: &str) -> bool {
    let inside = format!("{arn}/");
    operators.iter().all(|operator| {
        let values = texts(field, operator);
        match *operator {
            "StartsWith" => values.iter().any(|value| inside.starts_with(value)),
            "NotStartsWith" => !values
                .iter()
                .any(|value| value.starts_with(&inside) || inside.starts_with(value)),
            "NotEquals" => !values.iter().any(|value| value.starts_with(&inside)),
            _ => false,
        }
    })
}

/// A basic selector names resources by the beginning of their ARN: `arn:aws:s3` is every bucket.
fn basic(selector: &Json, of_type: &str, arn: &str) -> Recorded {
    let inside = format!("{arn}/");
    let covered = list(selector, "DataResources").any(|resource| {
        resource.get("Type").and_then(Json::as_str) == Some(of_type)
            && texts(resource, "Values").iter().any(|value| match arn {
                "" => value.matches(':').count() == 2,
                _ => inside.starts_with(value),
            })
    });
    if !covered {
        return Recorded::default();
    }
    let kind = selector.get("ReadWriteType").and_then(Json::as_str);
    Recorded {
        reads: kind != Some("WriteOnly"),
        writes: kind != Some("ReadOnly"),
    }
}

fn list<'j>(value: &'j Json, member: &str) -> impl Iterator<Item = &'j Json> {
    let list = value.get(member).and_then(Json::as_array);
    list.into_iter().flatten()
}

fn texts<'j>(value: &'j Json, member: &str) -> Vec<&'j str> {
    list(value, member).filter_map(Json::as_str).collect()
}
