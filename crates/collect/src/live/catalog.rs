//! What lists told so far, and the calls that follow from it.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use rempart_estate::{Answer, Estate, Outcome, Place, Resource, decode, enumerates};
use serde_json::{Map, Value};

use super::answer::not_asked;
use super::bounds::{Bounds, Requested};
use super::plan::{PathStep, Plan, Row, Step, filled, values};
use super::task::{Task, is_global};

/// What a round of calls needs to know.
pub(super) struct Catalog<'p> {
    plan: &'p Plan,
    requested: &'p BTreeSet<Requested>,
    bounds: Bounds,
    /// The Regions of the account, and the account itself.
    places: Vec<Place>,
    /// Operations whose answers lead to further calls.
    sources: HashSet<&'static str>,
    answers: Vec<Answer>,
    asked: HashSet<String>,
    /// Answers whose values were followed.
    followed: usize,
}

/// The calls of a round, and answers for the calls that bounds leave out.
#[derive(Default)]
pub(super) struct Round {
    pub(super) tasks: Vec<Task>,
    pub(super) left_out: Vec<Answer>,
}

impl<'p> Catalog<'p> {
    pub(super) fn new(
        plan: &'p Plan,
        requested: &'p BTreeSet<Requested>,
        bounds: Bounds,
        places: Vec<Place>,
    ) -> Self {
        let sources = plan.rows.iter().filter_map(|row| match &row.step {
            Step::Then(source, _) | Step::Batch(_, source, _) => Some(source.full_name()),
            _ => None,
        });
        Self {
            plan,
            requested,
            bounds,
            places,
            sources: sources.collect(),
            answers: Vec::new(),
            asked: HashSet::new(),
            followed: 0,
        }
    }

    /// Whether an answer leads to further calls.
    pub(super) fn wants(&self, operation: &str) -> bool {
        enumerates(operation) || self.sources.contains(operation)
    }

    pub(super) fn extend(&mut self, answers: impl IntoIterator<Item = Answer>) {
        self.answers.extend(answers);
    }

    /// The calls that are not made yet. None means that the collection is complete.
    pub(super) fn round(&mut self) -> Round {
        let estate = Estate::from_answers(self.answers.iter().cloned());
        let ages = Ages::of(&self.answers);
        let mut round = Round::default();
        let rows: Vec<&Row> = self.plan.rows.iter().collect();
        for row in rows {
            if row
                .requested
                .is_some_and(|one| !self.requested.contains(&one))
            {
                continue;
            }
            match &row.step {
                Step::Call | Step::Report(_) => self.call(row, &mut round),
                Step::Each(kind) => self.each(row, kind, &estate, &ages, &mut round),
                Step::Job(kind, _) => self.job(row, kind, &estate, &mut round),
                Step::Then(source, path) => {
                    for (answer, found) in self.found(source.full_name(), path) {
                        for value in found {
                            self.follow(row, &answer, vec![value], &mut round);
                        }
                    }
                }
                Step::Batch(size, source, path) => {
                    for (answer, found) in self.found(source.full_name(), path) {
                        for values in found.chunks((*size).max(1)) {
                            self.follow(row, &answer, values.to_vec(), &mut round);
                        }
                    }
                }
            }
        }
        self.followed = self.answers.len();
        round
    }

    fn add(&mut self, task: Task, round: &mut Round) {
        if self.asked.insert(task.key()) {
            round.tasks.push(task);
        }
    }

    fn call(&mut self, row: &Row, round: &mut Round) {
        for place in self.places.clone() {
            if is_global(row.operation) != place.is_global() {
                continue;
            }
            let value = |name: &str| match name {
                "account" => Some(Value::String(place.account.clone())),
                "region" => Some(Value::String(place.region.clone())),
                _ => None,
            };
            if let Some(parameters) = filled(row, Map::new(), value) {
                self.add(Task::new(row, &place, parameters), round);
            }
        }
    }

    fn each(&mut self, row: &Row, kind: &str, estate: &Estate, ages: &Ages, round: &mut Round) {
        let mut resources: Vec<&Resource> = estate
            .resources(kind)
            .filter(|resource| self.concerns(row, resource, estate))
            .collect();
        let tags_of_jobs = kind == "SageMaker:*";
        let mut taken: BTreeMap<(&str, &Place), usize> = BTreeMap::new();
        if row.is_job || tags_of_jobs {
            resources
                .sort_by(|left, right| ages.of_resource(right).total_cmp(&ages.of_resource(left)));
        }
        for resource in resources {
            let Some(task) = self.task(row, resource, estate) else {
                continue;
            };
            let is_job = row.is_job || tags_of_jobs && self.is_job(resource.kind);
            if is_job {
                let count = taken.entry((resource.kind, &resource.place)).or_default();
                *count += 1;
                let too_old = self
                    .bounds
                    .since
                    .is_some_and(|since| ages.of_resource(resource) < since);
                if too_old || *count > self.bounds.jobs {
                    if self.asked.insert(task.key()) {
                        round.left_out.push(left_out(&task));
                    }
                    continue;
                }
            }
            self.add(task, round);
        }
    }

    /// Whether a row has something to ask about a resource.
    fn concerns(&self, row: &Row, resource: &Resource, estate: &Estate) -> bool {
        let own = self
            .places
            .iter()
            .any(|place| place.account == resource.place.account);
        let named = row
            .only
            .as_deref()
            .is_none_or(|pattern| like(&resource.id, pattern));
        let is_known = row.is_searched && estate.body(resource).is_ok();
        own && named && !is_known
    }

    /// Whether resources of a kind are jobs: many, and of bounded interest.
    fn is_job(&self, kind: &str) -> bool {
        self.plan
            .rows
            .iter()
            .any(|row| row.is_job && matches!(&row.step, Step::Each(of) if of == kind))
    }

    fn task(&self, row: &Row, resource: &Resource, estate: &Estate) -> Option<Task> {
        let named = estate.call_parameters(row.operation.full_name(), resource);
        // What the row says itself is enough where the table of kinds has nothing to say.
        let parameters = match (named, row.parameters.is_empty()) {
            (Some(parameters), _) => parameters,
            (None, false) => Map::new(),
            (None, true) => return None,
        };
        let value = |name: &str| estate.value(resource, name).map(Value::String);
        let parameters = filled(row, parameters, value)?;
        // A list may not tell all that names a resource: its ARN, for example.
        let is_whole = row
            .required
            .iter()
            .all(|name| parameters.contains_key(*name));
        if !is_whole {
            return None;
        }
        let place = self.asked_at(&resource.place);
        Some(Task::new(row, &place, parameters))
    }

    /// The place to ask about a resource: its own, or any Region when it has none.
    fn asked_at(&self, place: &Place) -> Place {
        if !place.is_global() {
            return place.clone();
        }
        let regional = self
            .places
            .iter()
            .find(|known| !known.is_global() && known.account == place.account);
        regional.unwrap_or(place).clone()
    }

    fn job(&mut self, row: &Row, kind: &str, estate: &Estate, round: &mut Round) {
        let resources: Vec<&Resource> = estate.resources(kind).collect();
        for (number, resource) in resources.into_iter().enumerate() {
            let Some(arn) = &resource.arn else { continue };
            let mut parameters = Map::new();
            parameters.insert("Arn".to_owned(), Value::String(arn.clone()));
            let task = Task::new(row, &resource.place, parameters);
            if number < self.bounds.reports {
                self.add(task, round);
            } else if self.asked.insert(task.key()) {
                round.left_out.push(left_out(&task));
            }
        }
    }

    /// Values at a path of answers that were not followed yet, with their answers.
    fn found(&self, source: &str, path: &[PathStep]) -> Vec<(Answer, Vec<Value>)> {
        let fresh = self.answers.iter().skip(self.followed);
        fresh
            .filter(|answer| answer.operation == source && answer.outcome == Outcome::Ok)
            .filter_map(|answer| {
                let body = decode(&answer.operation, &answer.body).ok()?;
                let found = values(&body, path).into_iter().cloned().collect();
                let bare = Answer {
                    body: Vec::new(),
                    ..answer.clone()
                };
                Some((bare, found))
            })
            .collect()
    }

    fn follow(&mut self, row: &Row, answer: &Answer, found: Vec<Value>, round: &mut Round) {
        if let (Some(pattern), Some(text)) = (&row.only, found.first().and_then(Value::as_str))
            && !like(text, pattern)
        {
            return;
        }
        let value = |name: &str| match name {
            "." => found.first().cloned(),
            ".." => Some(Value::Array(found.clone())),
            _ => answer.parameters.get(name.strip_prefix('@')?).cloned(),
        };
        if let Some(parameters) = filled(row, Map::new(), value) {
            let place = Place::new(answer.account.clone(), answer.region.clone());
            self.add(Task::new(row, &place, parameters), round);
        }
    }
}

/// The answer for a call that a bound leaves out.
fn left_out(task: &Task) -> Answer {
    not_asked(
        task.operation,
        &task.place,
        &task.parameters,
        Outcome::NotEvaluated,
        "Bound",
        "left out by a bound of the collection".to_owned(),
    )
}

/// When things were created, by name and ARN, as lists tell it.
struct Ages(HashMap<String, f64>);

impl Ages {
    fn of(answers: &[Answer]) -> Self {
        let mut ages = HashMap::new();
        for answer in answers {
            let is_list = answer.operation.contains(":List") && answer.operation.contains("Jobs")
                || answer.operation == "ecr:DescribeImages";
            if !is_list || answer.outcome != Outcome::Ok {
                continue;
            }
            let Ok(body) = decode(&answer.operation, &answer.body) else {
                continue;
            };
            let lists = body.as_object().into_iter().flat_map(Map::values);
            for element in lists.filter_map(Value::as_array).flatten() {
                let time = ["CreationTime", "imagePushedAt"]
                    .into_iter()
                    .find_map(|name| element.get(name)?.as_f64());
                let (Some(time), Some(members)) = (time, element.as_object()) else {
                    continue;
                };
                for (name, value) in members {
                    let names =
                        name.ends_with("Arn") || name.ends_with("Name") || name == "imageDigest";
                    if let (true, Some(text)) = (names, value.as_str()) {
                        ages.insert(text.to_owned(), time);
                    }
                }
            }
        }
        Self(ages)
    }

    fn of_resource(&self, resource: &Resource) -> f64 {
        let names = [resource.arn.as_deref(), Some(resource.id.as_str())];
        let digest = resource.id.split_once('@').map(|(_, digest)| digest);
        let mut ages = names.into_iter().flatten().chain(digest);
        ages.find_map(|name| self.0.get(name))
            .copied()
            .unwrap_or(0.0)
    }
}

/// Whether a text matches a pattern with `*`.
fn like(text: &str, pattern: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else {
        return false;
    };
    let mut open = false;
    for part in parts {
        open = part.is_empty();
        match rest.find(part) {
            Some(at) => rest = rest.get(at + part.len()..).unwrap_or_default(),
            None => return false,
        }
    }
    open || rest.is_empty()
}

#[cfg(test)]
mod tests {
    use super::like;

    #[test]
    fn patterns() {
        assert!(like("/aws/sagemaker/x", "/aws/sagemaker/*"));
        assert!(like("arn:aws:sns:eu-west-1:1:t", "arn:*:sns:*"));
        assert!(!like("arn:aws:lambda:eu-west-1:1:t", "arn:*:sns:*"));
        assert!(like("same", "same"));
        assert!(!like("same and more", "same"));
    }
}
