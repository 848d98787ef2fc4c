//! Answers of a resource that is written down, not collected: examples of controls, plans.

use serde_json::{Map, Value, json};

use super::{ARN, Facet, Filling, Kind, Role, Source, Term};
use crate::answer::Answer;
use crate::path::Path;
use crate::{Place, Resource};

impl Kind {
    /// The answer in which AWS would give this body for a resource with this identifier, with the
    /// parameters that the call would have had. Members that name the resource are added to the body
    /// where they are missing.
    ///
    /// A kind without an operation of its own is listed, and its body is the element of the list.
    pub fn compose(&self, place: &Place, id: &str, body: Value) -> Option<Answer> {
        let of = |wanted: fn(&Role) -> bool| self.sources.iter().find(|one| wanted(&one.role));
        let source = of(|role| matches!(role, Role::Describe | Role::Items(_)))
            .or_else(|| of(|role| matches!(role, Role::List(_))))
            .or_else(|| of(|role| matches!(role, Role::Seen)))?;
        let values = self.values(source, place, id, &body);
        let mut body = body;
        for (path, variable) in &source.values {
            if let Some(Some(value)) = values.get(*variable) {
                path.put(&mut body, Value::String(value.clone()));
            }
        }
        let mut parameters = Value::Object(Map::new());
        for (path, variable) in &source.parameters {
            if let Some(Some(value)) = values.get(*variable) {
                path.put(&mut parameters, Value::String(value.clone()));
            }
        }
        let body = match &source.role {
            Role::Items(path) | Role::List(path) => {
                let mut whole = Value::Object(Map::new());
                path.put(&mut whole, body);
                whole
            }
            _ => body,
        };
        Some(answer(place, source.operation, parameters, &body))
    }

    /// The answer of another operation about a resource.
    pub fn compose_facet(&self, operation: &str, about: &Resource, body: &Value) -> Option<Answer> {
        let facet = self.facets.iter().find(|one| one.operation == operation)?;
        let parameters = self.facet_parameters(facet, about);
        Some(answer(&about.place, facet.operation, parameters, body))
    }

    fn facet_parameters(&self, facet: &Facet, about: &Resource) -> Value {
        let mut parameters = Value::Object(Map::new());
        for (path, terms) in &facet.parameters {
            let value = terms.iter().find_map(|term| match term {
                Term::Id => Some(about.id.clone()),
                Term::Arn => about.arn.clone(),
                // The parts of an identifier are those of its template, in order.
                Term::Variable(variable) => self.part_of_id(*variable, &about.id),
            });
            if let Some(value) = value {
                path.put(&mut parameters, Value::String(value));
            }
        }
        parameters
    }

    /// Values of the variables: from the body, else from the identifier.
    fn values(
        &self,
        source: &Source,
        place: &Place,
        id: &str,
        body: &Value,
    ) -> Vec<Option<String>> {
        let mut values: Vec<Option<String>> = (0..self.variables.len())
            .map(|variable| self.part_of_id(variable, id))
            .collect();
        for (path, variable) in &source.values {
            if let (Some(value), Some(found)) = (values.get_mut(*variable), path.texts(body).pop())
            {
                *value = Some(found);
            }
        }
        if values.get(ARN).is_some_and(Option::is_none) {
            let arn = self.arn.as_ref().and_then(|template| {
                template.fill(&Filling {
                    account: &place.account,
                    region: &place.region,
                    partition: "aws",
                    arn: None,
                    values: &values,
                })
            });
            if let Some(value) = values.get_mut(ARN) {
                *value = arn;
            }
        }
        if let Some(variable) = self.region
            && let Some(value @ None) = values.get_mut(variable)
        {
            *value = Some(place.region.clone());
        }
        values
    }

    /// What an identifier says about a variable.
    pub(crate) fn part_of_id(&self, variable: usize, id: &str) -> Option<String> {
        match self.id.single() {
            Some(Some(single)) => (single == variable).then(|| id.to_owned()),
            Some(None) => (variable == ARN).then(|| id.to_owned()),
            None => {
                let place = self.id.place_of(variable)?;
                let part = id.split('/').nth(place).filter(|part| *part != "-")?;
                Some(part.to_owned())
            }
        }
    }
}

fn answer(place: &Place, operation: &str, parameters: Value, body: &Value) -> Answer {
    let parameters = match parameters {
        Value::Object(parameters) => parameters,
        _ => Map::new(),
    };
    Answer {
        account: place.account.clone(),
        region: place.region.clone(),
        operation: operation.to_owned(),
        parameters,
        status: 200,
        body: body.to_string().into_bytes(),
        ..Answer::default()
    }
}

impl Path {
    /// Puts a value where the path leads; what stands there stays, and what is in the way too.
    pub(crate) fn put(&self, whole: &mut Value, value: Value) {
        let mut place = whole;
        for (name, each) in self.steps() {
            let Some(object) = place.as_object_mut() else {
                return;
            };
            place = object.entry(name).or_insert(Value::Null);
            if each {
                if place.is_null() {
                    *place = json!([null]);
                }
                let first = place.as_array_mut().and_then(|list| list.first_mut());
                let Some(first) = first else { return };
                place = first;
            } else if place.is_null() {
                *place = Value::Object(Map::new());
            }
        }
        if place.is_null() || place.as_object().is_some_and(Map::is_empty) {
            *place = value;
        }
    }
}
