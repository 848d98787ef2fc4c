//! From resources to the calls that tell about them.

use serde_json::{Map, Value};

use super::{Estate, Resource};
use crate::kind::{ARN, Kind, Role, Term, Use, kind, kinds, uses};
use crate::path::Path;

impl Estate {
    /// The parameters with which an operation answers about a resource: its own operation, or one
    /// that the table of kinds names. `None` when the operation is none of these, or when a value is
    /// not known.
    pub fn call_parameters(&self, operation: &str, about: &Resource) -> Option<Map<String, Value>> {
        let table = kind(about.kind)?;
        let describes = |one: &&crate::kind::Source| {
            one.operation == operation && matches!(one.role, Role::Describe | Role::Seen)
        };
        if let Some(source) = table.sources.iter().find(describes) {
            let terms = source
                .parameters
                .iter()
                .map(|(path, variable)| (path, vec![Term::Variable(*variable)]));
            return self.filled(table, about, terms);
        }
        let facet = table.facets.iter().find(|one| one.operation == operation)?;
        let terms = facet
            .parameters
            .iter()
            .map(|(path, terms)| (path, terms.clone()));
        self.filled(table, about, terms)
    }

    /// A value that names a resource: `id`, `arn`, or a variable of its kind.
    pub fn value(&self, about: &Resource, name: &str) -> Option<String> {
        match name {
            "id" => Some(about.id.clone()),
            "arn" => about.arn.clone(),
            "account" => Some(about.place.account.clone()),
            "region" => Some(about.place.region.clone()),
            _ => {
                let table = kind(about.kind)?;
                let known = table.variable_names().iter();
                let variable = known.into_iter().position(|known| *known == name)?;
                self.term_or_part(table, about, Term::Variable(variable))
            }
        }
    }

    fn filled<'t>(
        &self,
        table: &Kind,
        about: &Resource,
        terms: impl Iterator<Item = (&'t Path, Vec<Term>)>,
    ) -> Option<Map<String, Value>> {
        let mut parameters = Value::Object(Map::new());
        for (path, terms) in terms {
            let mut values = terms
                .into_iter()
                .filter_map(|term| self.term_or_part(table, about, term));
            match values.next() {
                Some(value) => path.put(&mut parameters, Value::String(value)),
                // A part of the identifier that may be missing is a parameter that may.
                None if table.id.has_optional() => {}
                None => return None,
            }
        }
        match parameters {
            Value::Object(parameters) => Some(parameters),
            _ => None,
        }
    }

    fn term_or_part(&self, table: &Kind, about: &Resource, term: Term) -> Option<String> {
        let known = self.term(about, term);
        known.or_else(|| match term {
            Term::Variable(ARN) => about.arn.clone(),
            Term::Variable(variable) => table.part_of_id(variable, &about.id),
            Term::Id | Term::Arn => None,
        })
    }
}

/// Whether an answer of the operation tells which resources there are.
pub fn enumerates(operation: &str) -> bool {
    uses(operation).iter().any(|one| match one {
        Use::Source(kind, source) => {
            let table = kinds().get(*kind);
            let source = table.and_then(|table| table.sources.get(*source));
            source.is_some_and(|source| {
                matches!(
                    source.role,
                    Role::List(_) | Role::Items(_) | Role::Search(..)
                )
            })
        }
        Use::Facet(..) => false,
    })
}
