//! `examples/estate`: a snapshot of a company that does not exist, from `xtask/data/estate.json`; and
//! `examples/incident-estate`: the company of the synthetic incident shortly before it, from
//! `xtask/data/incident-estate.json`.
//!
//! The description says what AWS answers; which calls there are, and in what order, is what the plan
//! of `rempart collect` says. So the snapshot has every answer that a collection would have.
//!
//! In the description `defaults` holds answers for all places and `places` those of one. The answer of
//! an operation is its body; `{"$each": {ID: body}}` has one for each resource; `{"$absent": CODE}`,
//! `{"$denied": true}` are errors. Inside of a body `{"$json": …}` stands for JSON as text and
//! `{"$url": …}` for the same percent-encoded, as IAM sends it; `{account}` and `{region}` are filled
//! in. Lists are made of the descriptions of their resources where they are not given.

mod body;
mod tables;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::{Context, bail, ensure};
use rempart_aws_model::{ApiOperation, Scope, api_operation};
use rempart_estate::{Answer, AnswerError, Estate, Outcome, Place, SnapshotWriter};
use serde_json::{Map, Value, json};

use tables::{Lists, Row, Step};

/// A snapshot that is made.
pub(super) struct Snapshot {
    /// Folder in the repository.
    pub(super) folder: &'static str,
    text: &'static str,
    /// When everything was asked.
    at: &'static str,
}

pub(super) const SNAPSHOTS: [Snapshot; 2] = [
    Snapshot {
        folder: "examples/estate",
        text: include_str!("../../data/estate.json"),
        at: "2026-03-22T06:00:00Z",
    },
    Snapshot {
        folder: "examples/incident-estate",
        text: include_str!("../../data/incident-estate.json"),
        at: "2026-03-14T00:00:00Z",
    },
];
/// Rounds after which the calls must have come to an end.
const MOST_ROUNDS: usize = 8;

struct Description {
    at: &'static str,
    defaults: Map<String, Value>,
    places: BTreeMap<String, Map<String, Value>>,
}

/// Writes the snapshot into a directory that does not exist.
pub(super) fn write(snapshot: &Snapshot, out: &Path) -> anyhow::Result<()> {
    let description = read(snapshot)?;
    let answers = answers(&description)?;
    let writer = SnapshotWriter::create(out)?;
    writer.extend(&answers)?;
    let run = json!({
        "tool": "cargo xtask example estate",
        "started": snapshot.at,
        "ended": snapshot.at,
    });
    writer.seal(run.as_object().cloned().unwrap_or_default())?;
    Ok(())
}

fn read(snapshot: &Snapshot) -> anyhow::Result<Description> {
    let mut value: Value = serde_json::from_str(snapshot.text).context(snapshot.folder)?;
    let mut part = |name: &str| -> anyhow::Result<Map<String, Value>> {
        let part = value.get_mut(name).map(Value::take);
        serde_json::from_value(part.unwrap_or_default()).with_context(|| name.to_owned())
    };
    let defaults = part("defaults")?;
    let mut places = BTreeMap::new();
    for (place, answers) in part("places")? {
        let answers = serde_json::from_value(answers).with_context(|| place.clone())?;
        places.insert(place, answers);
    }
    Ok(Description {
        at: snapshot.at,
        defaults,
        places,
    })
}

fn answers(description: &Description) -> anyhow::Result<Vec<Answer>> {
    let rows = tables::plan()?;
    let lists = tables::lists();
    let mut answers: Vec<Answer> = Vec::new();
    let mut asked = BTreeSet::new();
    for _ in 0..MOST_ROUNDS {
        let estate = Estate::from_answers(answers.iter().cloned());
        let mut fresh = Vec::new();
        for row in &rows {
            for (place, parameters, ids) in calls(row, description, &estate)? {
                let key = (
                    place.to_string(),
                    row.operation.full_name(),
                    json!(parameters).to_string(),
                );
                if asked.insert(key) {
                    let answer =
                        answer(row.operation, &place, parameters, &ids, description, &lists)?;
                    fresh.extend(answer);
                }
            }
        }
        if fresh.is_empty() {
            unused(description, &answers)?;
            return Ok(answers);
        }
        answers.extend(fresh);
    }
    bail!("the calls do not come to an end")
}

type Calls = Vec<(Place, Map<String, Value>, Vec<String>)>;

/// The calls of a row of the plan: place, parameters, and the names of what they are about.
fn calls(row: &Row, description: &Description, estate: &Estate) -> anyhow::Result<Calls> {
    let is_global = row.operation.scope() != Scope::Region;
    let mut calls = Vec::new();
    match &row.step {
        Step::Once => {
            for name in description.places.keys() {
                let place = place(name)?;
                if place.is_global() != is_global {
                    continue;
                }
                let value = |name: &str| match name {
                    "account" => Some(place.account.clone()),
                    "region" => Some(place.region.clone()),
                    _ => None,
                };
                let parameters = row.filled(Map::new(), value);
                calls.extend(parameters.map(|parameters| (place, parameters, Vec::new())));
            }
        }
        Step::Each(kind) => {
            for resource in estate.resources(kind) {
                // Accounts of the organisation that are not collected themselves.
                let named = estate.call_parameters(row.operation.full_name(), resource);
                let named = match (named, row.parameters.is_empty()) {
                    (Some(named), _) => named,
                    (None, false) => Map::new(),
                    (None, true) => continue,
                };
                let value = |name: &str| estate.value(resource, name);
                let mut ids = vec![resource.id.clone()];
                ids.extend(resource.arn.clone());
                let parameters = row.filled(named, value);
                calls.extend(parameters.map(|all| (resource.place.clone(), all, ids)));
            }
        }
    }
    Ok(calls)
}

fn place(name: &str) -> anyhow::Result<Place> {
    let (account, region) = name.split_once('/').context("a place is ACCOUNT/REGION")?;
    Ok(Place::new(account, region))
}

fn answer(
    operation: &'static ApiOperation,
    place: &Place,
    parameters: Map<String, Value>,
    ids: &[String],
    description: &Description,
    lists: &Lists,
) -> anyhow::Result<Option<Answer>> {
    let name = operation.full_name();
    let Some(here) = description.places.get(&place.to_string()) else {
        return Ok(None);
    };
    let said = here.get(name);
    let each = |said: &Value| {
        let each = said.get("$each").and_then(Value::as_object)?;
        ids.iter().find_map(|id| each.get(id)).cloned()
    };
    let plain = |said: &Value| said.get("$each").is_none().then(|| said.clone());
    let one = |said: &Value| each(said).or_else(|| plain(said));
    let said = said
        .and_then(one)
        .or_else(|| lists.made(operation, here))
        .or_else(|| description.defaults.get(name).and_then(one))
        .or_else(|| tables::empty(operation));
    let said = said.with_context(|| format!("nothing is said of {name} {ids:?} in {place}"))?;
    let mut answer = Answer {
        account: place.account.clone(),
        region: place.region.clone(),
        operation: name.to_owned(),
        parameters,
        status: 200,
        at: Some(description.at.to_owned()),
        ..Answer::default()
    };
    let error = |code: &str, message: &str| {
        Some(AnswerError {
            code: code.to_owned(),
            message: message.to_owned(),
        })
    };
    if let Some(code) = said.get("$absent").and_then(Value::as_str) {
        answer.outcome = Outcome::Absent;
        answer.status = 404;
        answer.error = error(code, "There is none");
    } else if said.get("$denied").is_some() {
        let action = operation.action();
        let message = format!("User is not authorized to perform: {action}");
        answer.outcome = Outcome::Denied;
        answer.status = 403;
        answer.error = error("AccessDenied", &message);
        answer.permission = Some(action.to_owned());
    } else {
        answer.body = body::bytes(operation, &said, place)
            .with_context(|| format!("{name} {ids:?} in {place}"))?;
    }
    Ok(Some(answer))
}

/// What the description says of a place must be in the snapshot.
fn unused(description: &Description, answers: &[Answer]) -> anyhow::Result<()> {
    for (place, said) in &description.places {
        for (operation, said) in said {
            ensure!(
                api_operation(operation).is_some(),
                "{place}: no operation {operation}"
            );
            let of_it = |answer: &&Answer| {
                answer.operation == *operation
                    && *place == format!("{}/{}", answer.account, answer.region)
            };
            let count = answers.iter().filter(of_it).count();
            let each = said
                .get("$each")
                .and_then(Value::as_object)
                .map_or(1, Map::len);
            ensure!(
                count >= each,
                "{place}: {operation} was asked {count} times, not {each}"
            );
        }
    }
    Ok(())
}
