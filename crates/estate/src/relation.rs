//! What resources refer to, and where that leads.

use std::sync::OnceLock;

use serde_json::Value;

use crate::estate::{Estate, Resource};
use crate::gap::Gap;
use crate::kind::kind;
use crate::path::{Path, text};
use crate::unknown::unknown_reason;

const TABLE: &str = include_str!("../data/relations.txt");

/// A reference from one resource to another.
#[derive(Clone, Debug, PartialEq)]
pub struct Relation<'e> {
    /// The resource that refers.
    pub from: &'e Resource,
    /// What the other is to it, such as `role`.
    pub label: &'static str,
    /// Path of the reference: in its body, or `operation#path` in another answer about it.
    pub path: &'static str,
    /// Kind of the other.
    pub kind: &'static str,
    /// The reference as it is written; empty when it is not known.
    pub reference: String,
    /// Where it leads.
    pub to: Result<&'e Resource, Gap>,
}

/// A line of the table.
#[derive(Debug)]
struct Rule {
    from: &'static str,
    label: &'static str,
    written: &'static str,
    operation: Option<&'static str>,
    parts: Vec<Part>,
    kind: &'static str,
    form: Form,
}

#[derive(Debug)]
enum Part {
    Text(&'static str),
    Value(Path),
}

/// What a reference is written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// A name, id or ARN.
    Name,
    /// An S3 URI or the ARN of an object.
    Bucket,
    /// The URI of a container image.
    Image,
}

impl Estate {
    /// What the resource refers to. What cannot be read or found is a relation that leads to a gap.
    pub fn relations_of<'e>(&'e self, resource: &'e Resource) -> Vec<Relation<'e>> {
        let mut relations = Vec::new();
        for rule in rules().iter().filter(|rule| rule.from == resource.kind) {
            self.follow(resource, rule, &mut relations);
        }
        relations
    }

    /// Every reference of every resource, in the order of kinds and resources.
    pub fn relations(&self) -> impl Iterator<Item = Relation<'_>> {
        self.kinds()
            .flat_map(|kind| self.resources(kind.name()))
            .flat_map(|resource| self.relations_of(resource))
    }

    /// References from and to the resource. Those to it are searched in all resources whose kind can
    /// refer to it.
    pub fn related_to<'e>(&'e self, resource: &'e Resource) -> Vec<Relation<'e>> {
        let mut relations = self.relations_of(resource);
        let leads_here = |rule: &&Rule| rule.kind == resource.kind;
        for rule in rules().iter().filter(leads_here) {
            for from in self.resources(rule.from) {
                let mut found = Vec::new();
                self.follow(from, rule, &mut found);
                found.retain(|relation| relation.to.as_ref() == Ok(&resource));
                relations.append(&mut found);
            }
        }
        relations
    }

    fn follow<'e>(
        &'e self,
        from: &'e Resource,
        rule: &'static Rule,
        relations: &mut Vec<Relation<'e>>,
    ) {
        let mut add = |reference: String, to| {
            relations.push(Relation {
                from,
                label: rule.label,
                path: rule.written,
                kind: rule.kind,
                reference,
                to,
            });
        };
        let body = match rule.operation {
            Some(operation) => self.answer(operation, from).map(|found| found.body),
            None => self.body(from),
        };
        let body = match body {
            Ok(body) => body,
            Err(gap) => return add(String::new(), Err(gap)),
        };
        for value in rule.values(&body) {
            match value {
                Ok(written) if written.is_empty() => {}
                Ok(written) => {
                    let target = rule.form.target(&written);
                    let to = match target {
                        Some(target) => self.find(rule.kind, target, &from.place),
                        None => Err(Gap::Unresolvable {
                            reference: written.clone(),
                        }),
                    };
                    add(written, to);
                }
                Err(()) => {
                    let path = rule.written.to_owned();
                    add(String::new(), Err(Gap::KnownAfterApply { path }));
                }
            }
        }
    }
}

impl Rule {
    /// What is written at the path; an error for a value that is not known.
    fn values(&self, body: &Value) -> Vec<Result<String, ()>> {
        let read = |value: &Value| match unknown_reason(value) {
            Some(_) => Some(Err(())),
            None => text(value).map(Ok),
        };
        if let [Part::Value(path)] = self.parts.as_slice() {
            return path.values(body).into_iter().filter_map(read).collect();
        }
        let mut joined = String::new();
        for part in &self.parts {
            match part {
                Part::Text(text) => joined.push_str(text),
                Part::Value(path) => match path.values(body).into_iter().find_map(read) {
                    Some(Ok(text)) => joined.push_str(&text),
                    Some(Err(())) => return vec![Err(())],
                    None => return Vec::new(),
                },
            }
        }
        vec![Ok(joined)]
    }
}

impl Form {
    /// The name that is meant.
    fn target(self, written: &str) -> Option<&str> {
        match self {
            Self::Name => Some(written),
            Self::Bucket => {
                let after_scheme = written
                    .strip_prefix("s3://")
                    .or_else(|| written.strip_prefix("s3a://"))
                    .or_else(|| written.split_once(":s3:::").map(|(_, rest)| rest))?;
                after_scheme
                    .split('/')
                    .next()
                    .filter(|name| !name.is_empty())
            }
            Self::Image => {
                if !written.contains(".dkr.ecr.") && !written.contains(".dkr-ecr.") {
                    return None;
                }
                let repository = written.split('@').next().unwrap_or(written);
                match repository.rsplit_once(':') {
                    Some((repository, tag)) if !tag.contains('/') => Some(repository),
                    _ => Some(repository),
                }
            }
        }
    }
}

fn rules() -> &'static [Rule] {
    static RULES: OnceLock<Vec<Rule>> = OnceLock::new();
    RULES.get_or_init(|| read(TABLE))
}

fn read(table: &'static str) -> Vec<Rule> {
    let mut rules = Vec::new();
    let mut from = "";
    for line in table.lines() {
        let mut words = line.trim().split(' ');
        match words.next() {
            None | Some("" | "#") => {}
            Some("of") => from = words.next().unwrap_or_default(),
            Some(label) => {
                let written = words.next().unwrap_or_default();
                let target = words.next().unwrap_or_default();
                let (operation, path) = match written.split_once('#') {
                    Some((operation, path)) => (Some(operation), path),
                    None => (None, written),
                };
                rules.push(Rule {
                    from,
                    label,
                    written,
                    operation,
                    parts: parts(path),
                    kind: kind(target).map_or(target, |kind| kind.name()),
                    form: match words.next() {
                        Some("bucket") => Form::Bucket,
                        Some("image") => Form::Image,
                        _ => Form::Name,
                    },
                });
            }
        }
    }
    rules
}

fn parts(path: &'static str) -> Vec<Part> {
    if !path.contains('{') {
        return vec![Part::Value(Path::parse(path))];
    }
    let mut parts = Vec::new();
    for piece in path.split_inclusive('}') {
        let (before, inside) = piece.split_once('{').unwrap_or((piece, ""));
        if !before.is_empty() {
            parts.push(Part::Text(before));
        }
        if let Some(inside) = inside.strip_suffix('}') {
            parts.push(Part::Value(Path::parse(inside)));
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kind::check::{body_shape, shapes, walk};

    #[test]
    fn every_line_joins_two_kinds_by_a_path_of_the_model() {
        assert!(rules().len() > 500, "{}", rules().len());
        let mut wrong = Vec::new();
        for rule in rules() {
            let from = kind(rule.from).expect(rule.from);
            assert!(kind(rule.kind).is_some(), "{}", rule.kind);
            let bodies = match rule.operation {
                Some(operation) => {
                    assert!(from.facet_operations().any(|facet| facet == operation));
                    vec![shapes(operation).1]
                }
                None => body_shape(from),
            };
            for part in &rule.parts {
                let Part::Value(path) = part else { continue };
                let found = bodies
                    .iter()
                    .flatten()
                    .any(|shape| walk(*shape, path).is_ok());
                if !found {
                    wrong.push(format!("{} {}", rule.from, rule.written));
                }
            }
        }
        assert!(wrong.is_empty(), "{wrong:#?}");
    }

    #[test]
    fn buckets_and_repositories_are_read_out_of_uris() {
        let bucket = |text| Form::Bucket.target(text);
        assert_eq!(bucket("s3://data/a/b"), Some("data"));
        assert_eq!(bucket("s3://data"), Some("data"));
        assert_eq!(bucket("arn:aws:s3:::data/a"), Some("data"));
        for other in ["", "s3://", "https://example.org/data", "data"] {
            assert_eq!(bucket(other), None, "{other}");
        }
        let image = |text: &str| Form::Image.target(text).map(str::to_owned);
        let repository = "111122223333.dkr.ecr.eu-west-1.amazonaws.com/ml/train";
        for suffix in ["", ":1", "@sha256:00", ":1@sha256:00"] {
            assert_eq!(
                image(&format!("{repository}{suffix}")),
                Some(repository.to_owned())
            );
        }
        assert_eq!(image("docker.io/library/python:3"), None);
    }
}
