//! The table against the service models.

use rempart_aws_model::{Shape, ShapeKind, api_operation, service};

use super::*;

const WORDS: [&str; 14] = [
    "kind", "describe", "body", "items", "list", "covers", "seen", "search", "id", "arn", "also",
    "via", "region", "facet",
];

#[test]
fn every_line_is_read() {
    for (number, line) in (1..).zip(TABLE.lines()) {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        assert!(WORDS.contains(&word) || word == "every", "{number}: {line}");
        assert!(!rest.is_empty() && !rest.contains("  "), "{number}: {line}");
    }
    for kind in kinds() {
        assert!(
            !kind.sources.is_empty() || kind.every.is_some(),
            "{}",
            kind.name
        );
        assert!(kind.variables.len() < 16, "{}", kind.name);
        let names = kind.via.iter().map(|(name, _)| *name);
        let parents = kind.sources.iter().filter_map(|source| source.per);
        for name in names.chain(parents) {
            assert!(super::kind(name).is_some(), "{}: {name}", kind.name);
        }
    }
}

#[test]
fn every_path_leads_to_a_member() {
    let mut wrong = Vec::new();
    for kind in kinds() {
        for source in &kind.sources {
            let mut check = |side: &str, shape: Option<Shape>, path: &Path| {
                if let Err(reason) = shape
                    .ok_or("no shape".to_owned())
                    .and_then(|shape| walk(shape, path))
                {
                    wrong.push(format!(
                        "{} {} {side} {path}: {reason}",
                        kind.name, source.operation
                    ));
                }
            };
            let (input, output) = shapes(source.operation);
            for (path, _) in &source.parameters {
                check("input", input, path);
            }
            let element = match &source.role {
                Role::Items(path) | Role::List(path) | Role::Search(_, path, _) => {
                    check("output", output, path);
                    output.and_then(|output| walk(output, path).ok())
                }
                _ => output,
            };
            for (path, _) in &source.values {
                check("output", element, path);
            }
            if let Role::Search(_, _, missing) = &source.role {
                let described = shapes(kind.primary().unwrap_or_default()).1;
                for member in missing {
                    assert!(
                        described.is_some_and(|shape| shape.member(member).is_some()),
                        "{member}"
                    );
                    assert!(
                        element.is_some_and(|shape| shape.member(member).is_none()),
                        "{member}"
                    );
                }
                // Whatever a description has and a search has not must be named.
                for member in described
                    .into_iter()
                    .flat_map(|shape| shape.members().collect::<Vec<_>>())
                {
                    let has = element.is_some_and(|shape| shape.member(member.name).is_some());
                    let paging = PAGING_MEMBERS.contains(&member.name);
                    assert!(
                        has || paging || missing.contains(&member.name),
                        "{} {}",
                        kind.name,
                        member.name
                    );
                }
            }
        }
        for facet in &kind.facets {
            let (input, _) = shapes(facet.operation);
            for (path, terms) in &facet.parameters {
                // The collector keeps these two under the ARN that the report is of.
                let report = facet.operation == "iam:GetServiceLastAccessedDetails";
                let found = input
                    .ok_or("no shape".to_owned())
                    .and_then(|shape| walk(shape, path));
                if let Err(reason) = found
                    && !report
                {
                    wrong.push(format!(
                        "{} {} {path}: {reason}",
                        kind.name, facet.operation
                    ));
                }
                assert!(!terms.is_empty());
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_source_that_names_resources_names_them_whole() {
    for kind in kinds() {
        for source in &kind.sources {
            if matches!(source.role, Role::Covers) {
                continue;
            }
            let assigned = source.parameters.iter().chain(&source.values);
            let mut values = vec![None; kind.variables.len()];
            for (_, position) in assigned {
                if let Some(slot) = values.get_mut(*position) {
                    *slot = Some("x".to_owned());
                }
            }
            let arn = values.first().cloned().flatten();
            let filling = Filling {
                account: "a",
                region: "r",
                partition: "p",
                arn: arn.as_deref(),
                values: &values,
            };
            assert!(
                kind.id.fill(&filling).is_some(),
                "{} {}",
                kind.name,
                source.operation
            );
        }
    }
}

#[test]
fn every_listing_ends_at_lists_without_parents() {
    for kind in kinds() {
        let mut kind = kind;
        let mut steps = 0;
        while let Some(parent) = kind.sources.iter().find_map(|source| source.per) {
            kind = super::kind(parent).unwrap();
            steps += 1;
            assert!(steps < 6, "{}", kind.name);
        }
    }
}

pub(crate) fn shapes(operation: &str) -> (Option<Shape>, Option<Shape>) {
    if let Some(api) = api_operation(operation) {
        return (api.input(), api.output());
    }
    let (id, name) = operation.split_once(':').unwrap_or_default();
    let found = service(id).and_then(|service| service.operation(name));
    found.map_or((None, None), |found| (found.input(), found.output()))
}

pub(crate) fn walk(shape: Shape, path: &Path) -> Result<Shape, String> {
    let mut shape = shape;
    for segment in path.to_string().split('.') {
        if segment.is_empty() {
            continue;
        }
        let name = segment.strip_suffix("[]");
        let member = shape
            .member(name.unwrap_or(segment))
            .ok_or_else(|| segment.to_owned())?;
        shape = member.shape;
        if name.is_some() {
            if shape.kind() != ShapeKind::List {
                return Err(format!("{segment} is no list"));
            }
            shape = shape.element().ok_or("no element")?;
        } else if shape.kind() == ShapeKind::List {
            return Err(format!("{segment} is a list"));
        }
    }
    Ok(shape)
}

/// Shapes of a resource's body: one for each source of bodies.
pub(crate) fn body_shape(kind: &Kind) -> Vec<Option<Shape>> {
    let sources = kind.sources.iter().filter_map(|source| match &source.role {
        Role::Describe => Some(shapes(source.operation).1),
        Role::Items(path) => {
            let output = shapes(source.operation).1;
            Some(output.and_then(|output| walk(output, path).ok()))
        }
        _ => None,
    });
    sources.collect()
}
