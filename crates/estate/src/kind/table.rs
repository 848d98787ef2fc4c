//! Reads `data/kinds.txt`; the table is part of the program, and a test refuses what this skips.

use super::{Facet, Kind, Role, Source, Template, Term};
use crate::path::Path;

/// Position of the ARN among the variables of every kind.
pub(crate) const ARN: usize = 0;

pub(super) fn read(text: &'static str) -> Vec<Kind> {
    let mut kinds: Vec<Kind> = Vec::new();
    for line in text.lines() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        if word == "kind" {
            kinds.push(start(rest));
        } else if let Some(kind) = kinds.last_mut() {
            add(kind, word, rest);
        }
    }
    kinds
}

fn start(rest: &'static str) -> Kind {
    let mut words = rest.split(' ');
    let name = words.next().unwrap_or_default();
    let flags: Vec<_> = words.collect();
    Kind {
        name,
        global: flags.contains(&"global"),
        unique: flags.contains(&"unique"),
        variables: vec!["arn"],
        sources: Vec::new(),
        facets: Vec::new(),
        id: Template::parse("", |_| 0),
        arn: None,
        also: Vec::new(),
        via: Vec::new(),
        region: None,
        every: None,
    }
}

fn add(kind: &mut Kind, word: &str, rest: &'static str) {
    let variables = &mut kind.variables;
    let mut variable = |name| position(variables, name);
    match word {
        "id" => kind.id = Template::parse(rest, variable),
        "arn" => kind.arn = Some(Template::parse(rest, variable)),
        "also" => kind.also.push(Template::parse(rest, variable)),
        "region" => kind.region = Some(variable(rest)),
        "every" => kind.every = Some(rest),
        "via" => {
            let (name, path) = rest.split_once(' ').unwrap_or((rest, ""));
            kind.via.push((name, Path::parse(path)));
        }
        "body" => {
            let values = assignments(rest, &mut variable).1;
            for source in &mut kind.sources {
                if matches!(source.role, Role::Describe) {
                    source.values.clone_from(&values);
                }
            }
        }
        "facet" => kind.facets.push(facet(rest, variable)),
        _ => {
            let mut source = source(word, rest, &mut variable);
            let described = kind
                .sources
                .iter()
                .find(|source| matches!(source.role, Role::Describe));
            if let (Some(source), Some(described)) = (&mut source, described)
                && matches!(source.role, Role::Search(..))
            {
                source.values.clone_from(&described.values);
            }
            kind.sources.extend(source);
        }
    }
}

fn source(
    word: &str,
    rest: &'static str,
    variable: &mut impl FnMut(&'static str) -> usize,
) -> Option<Source> {
    let (rest, per) = match rest.split_once(" per ") {
        Some((rest, per)) => (rest, Some(per)),
        None => (rest, None),
    };
    let (first, rest) = rest.split_once(' ').unwrap_or((rest, ""));
    let (path, members) = rest.split_once(' ').unwrap_or((rest, ""));
    let (role, assigned) = match word {
        "describe" => (Role::Describe, rest),
        "seen" => (Role::Seen, rest),
        "items" => (Role::Items(Path::parse(path)), members),
        "list" => (Role::List(Path::parse(path)), members),
        "covers" => (Role::Covers, members),
        "search" => {
            let missing = members.split(' ').filter(|member| !member.is_empty());
            let role = Role::Search(first, Path::parse(path), missing.collect());
            (role, "")
        }
        _ => return None,
    };
    let operation = match &role {
        Role::Search(..) => "sagemaker:Search",
        _ => first,
    };
    let (parameters, values) = match &role {
        Role::Describe | Role::Seen => {
            let parameters = words(assigned)
                .map(|(name, value)| (Path::parse(name), variable(value)))
                .collect();
            (parameters, Vec::new())
        }
        _ => assignments(assigned, variable),
    };
    Some(Source {
        operation,
        role,
        parameters,
        values,
        per,
    })
}

/// `VAR=PATH` and `VAR=@PARAMETER`.
#[expect(clippy::type_complexity, reason = "two lists of the same kind")]
fn assignments(
    text: &'static str,
    variable: &mut impl FnMut(&'static str) -> usize,
) -> (Vec<(Path, usize)>, Vec<(Path, usize)>) {
    let mut parameters = Vec::new();
    let mut values = Vec::new();
    for (name, path) in words(text) {
        match path.strip_prefix('@') {
            Some(parameter) => parameters.push((Path::parse(parameter), variable(name))),
            None => values.push((Path::parse(path), variable(name))),
        }
    }
    (parameters, values)
}

fn facet(rest: &'static str, mut variable: impl FnMut(&'static str) -> usize) -> Facet {
    let (operation, rest) = rest.split_once(' ').unwrap_or((rest, ""));
    let mut term = |name| match name {
        "id" => Term::Id,
        "arn" => Term::Arn,
        _ => Term::Variable(variable(name)),
    };
    let parameters = words(rest)
        .map(|(name, value)| (Path::parse(name), value.split('|').map(&mut term).collect()))
        .collect();
    Facet {
        operation,
        parameters,
    }
}

/// `A=B`, or `A` for `A=A`.
fn words(text: &'static str) -> impl Iterator<Item = (&'static str, &'static str)> {
    text.split(' ')
        .filter(|word| !word.is_empty())
        .map(|word| word.split_once('=').unwrap_or((word, word)))
}

fn position(variables: &mut Vec<&'static str>, name: &'static str) -> usize {
    match variables.iter().position(|known| *known == name) {
        Some(position) => position,
        None => {
            variables.push(name);
            variables.len() - 1
        }
    }
}
