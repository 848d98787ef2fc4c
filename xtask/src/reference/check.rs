//! Checks the committed tables, offline: each generated table is read by the crate's own reader,
//! printed by the generator's printer, and must come out byte for byte; headers must agree with the
//! pins, and hand-made tables must carry a source and a date.

use std::collections::BTreeSet;

use anyhow::{Context as _, bail, ensure};
use rempart_aws_model as model;

use super::actions::{Action, ActionResource, Reference, Resource, ServiceReference};
use super::check_calls::calls;
use super::tables::{Definition, Operations, Regions, ServiceOperations, ServiceShapes, Shapes};
use super::{data_directory, text};

/// Checks every table.
pub(crate) fn run() -> anyhow::Result<()> {
    headers()?;
    provenance()?;
    same("actions.txt", &text::actions(&actions()?))?;
    same("operations.txt", &text::operations(&operations()))?;
    same("shapes.txt", &text::shapes(&shapes()))?;
    same("regions.txt", &text::regions(&regions()))?;
    same("api-calls.txt", &text::calls(&calls()?))?;
    super::check_wire::run()?;
    eprintln!(
        "{} tables agree with their readers",
        model::tables().len() + 1
    );
    Ok(())
}

/// The file on disk, the embedded copy and the reprint must be one text.
fn same(name: &str, printed: &str) -> anyhow::Result<()> {
    let path = data_directory().join(name);
    let committed = std::fs::read_to_string(&path)
        .with_context(|| format!("cannot read {}", path.display()))?;
    let embedded = model::tables()
        .iter()
        .find(|table| table.file_name() == name);
    ensure!(
        embedded.is_some_and(|table| table.text() == committed),
        "{name}: the embedded copy is another one"
    );
    if committed == printed {
        return Ok(());
    }
    let differs = |(_, (left, right)): &(usize, (&str, &str))| left != right;
    let difference = committed
        .lines()
        .zip(printed.lines())
        .enumerate()
        .find(differs);
    match difference {
        Some((index, (left, right))) => {
            bail!(
                "{name}, line {}: the file has `{left}`, the reader gives `{right}`",
                index + 1
            )
        }
        None => bail!("{name}: the file and its reprint differ in length"),
    }
}

fn headers() -> anyhow::Result<()> {
    for table in model::tables() {
        let name = table.file_name();
        let header = |key: &str| {
            table
                .header(key)
                .with_context(|| format!("{name} has no `{key}` header"))
        };
        let source = header("source")?;
        match text::TITLES.iter().find(|(file, _, _)| *file == name) {
            Some((_, _, pin)) => {
                ensure!(
                    source == pin.source(),
                    "{name}: made from `{source}`, pinned is `{}`",
                    pin.source()
                );
                ensure!(
                    header("licence")? == pin.licence,
                    "{name}: the licence differs from the pin"
                );
                ensure!(
                    header("generated")? == pin.generated,
                    "{name}: the date differs from the pin"
                );
            }
            None => ensure!(
                is_date(header("reviewed")?),
                "{name}: `reviewed` is not a date"
            ),
        }
    }
    Ok(())
}

fn provenance() -> anyhow::Result<()> {
    let path = data_directory().join("PROVENANCE.md");
    let text = std::fs::read_to_string(&path)
        .with_context(|| format!("cannot read {}", path.display()))?;
    for (_, _, pin) in text::TITLES {
        let named = format!("`{}` {}", pin.name, pin.version);
        ensure!(text.contains(&named), "PROVENANCE.md does not name {named}");
    }
    for table in model::tables() {
        ensure!(
            text.contains(table.file_name()),
            "PROVENANCE.md does not name {}",
            table.file_name()
        );
    }
    Ok(())
}

fn is_date(text: &str) -> bool {
    let shape: String = text
        .chars()
        .map(|c| if c.is_ascii_digit() { '9' } else { c })
        .collect();
    shape == "9999-99-99"
}

fn actions() -> anyhow::Result<Reference> {
    let mut reference = Reference::default();
    for service in model::action_services() {
        let mut facts = ServiceReference {
            title: service.title().to_owned(),
            ..ServiceReference::default()
        };
        for key in service.condition_keys() {
            facts.keys.insert(key.name.to_owned(), key_type(key)?);
        }
        for resource in service.resource_types() {
            let entry = Resource {
                name: resource.name.to_owned(),
                arn: resource.arn_pattern.to_owned(),
                condition_keys: owned(&resource.condition_keys),
            };
            facts.resources.insert(entry.name.clone(), entry);
        }
        for action in service.actions() {
            facts
                .actions
                .insert(action.name.to_owned(), read_action(action)?);
        }
        reference
            .services
            .insert(service.prefix().to_owned(), facts);
    }
    for key in model::global_condition_keys() {
        reference
            .global_keys
            .insert(key.name.to_owned(), key_type(key)?);
    }
    Ok(reference)
}

fn read_action(action: &model::Action) -> anyhow::Result<Action> {
    let resource = |resource: &model::ActionResource| ActionResource {
        name: resource.name.to_owned(),
        required: resource.required,
        condition_keys: owned(&resource.condition_keys),
        dependent_actions: Vec::new(),
    };
    let access_level = match action.level {
        model::AccessLevel::List => "List",
        model::AccessLevel::Read => "Read",
        model::AccessLevel::Write => "Write",
        model::AccessLevel::Tagging => "Tagging",
        model::AccessLevel::PermissionsManagement => "Permissions management",
        model::AccessLevel::Other => {
            bail!("{}:{} has an unknown level", action.prefix, action.name)
        }
    };
    Ok(Action {
        name: action.name.to_owned(),
        access_level: access_level.to_owned(),
        resource_types: action.resources.iter().map(resource).collect(),
        condition_keys: owned(&action.condition_keys),
        dependent_actions: owned(&action.dependent_actions),
    })
}

fn key_type(key: &model::ConditionKey) -> anyhow::Result<String> {
    let array = if key.multivalued { "ArrayOf" } else { "" };
    let value_type = match key.value_type {
        model::ConditionKeyType::String => "String",
        model::ConditionKeyType::Arn => "ARN",
        model::ConditionKeyType::Bool => "Bool",
        model::ConditionKeyType::Numeric => "Numeric",
        model::ConditionKeyType::Date => "Date",
        model::ConditionKeyType::IpAddress => "IPAddress",
        model::ConditionKeyType::Binary => "Binary",
        model::ConditionKeyType::Other => bail!("the key {} has an unknown type", key.name),
    };
    Ok(format!("{array}{value_type}"))
}

fn operations() -> Operations {
    let mut services = Operations::new();
    for service in model::services() {
        let operations = service
            .operations()
            .map(|operation| (operation.name().to_owned(), operation.read_only()));
        let entry = ServiceOperations {
            endpoint_prefix: service.endpoint_prefix().to_owned(),
            signing_name: service.signing_name().map(str::to_owned),
            action_prefix: service.action_prefix().map(str::to_owned),
            protocol: service.protocol().to_owned(),
            display_name: service.display_name().to_owned(),
            operations: operations.collect(),
        };
        services.insert(service.id().to_owned(), entry);
    }
    services
}

/// Walks the shape graph through the public interface, so an unreachable or dangling definition
/// shows as a difference.
fn shapes() -> Shapes {
    let mut services = Shapes::new();
    for service in model::services()
        .iter()
        .filter(|service| service.has_shapes())
    {
        let mut shapes = ServiceShapes::default();
        let mut pending = Vec::new();
        for operation in service.operations() {
            let sides = [operation.input(), operation.output()];
            pending.extend(sides.into_iter().flatten());
            let expressions = sides.map(|side| side.map(|shape| shape.expression().to_owned()));
            shapes
                .operations
                .insert(operation.name().to_owned(), expressions);
        }
        let mut seen = BTreeSet::new();
        while let Some(shape) = pending.pop() {
            pending.extend(shape.element());
            let Some(name) = shape.name().filter(|name| seen.insert(*name)) else {
                continue;
            };
            pending.extend(shape.members().map(|member| member.shape));
            shapes
                .definitions
                .insert(name.to_owned(), definition(shape));
        }
        services.insert(service.id().to_owned(), shapes);
    }
    services
}

fn definition(shape: model::Shape) -> Definition {
    if shape.kind() == model::ShapeKind::Enum {
        return Definition::Enumeration(shape.enum_values().map(str::to_owned).collect());
    }
    let member = |member: model::Member| {
        (
            member.name.to_owned(),
            (member.required, member.shape.expression().to_owned()),
        )
    };
    Definition::Structure(shape.members().map(member).collect())
}

fn regions() -> Regions {
    let owned = |(region, place): (&str, &str)| (region.to_owned(), place.to_owned());
    let partition = |partition: &model::Partition| {
        (
            partition.name().to_owned(),
            partition.regions().map(owned).collect(),
        )
    };
    model::partitions().iter().map(partition).collect()
}

fn owned(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn committed_tables_agree() {
        run().unwrap();
    }

    #[test]
    fn a_changed_line_is_named() {
        let printed = text::regions(&regions()).replacen("eu-west-1\t", "eu-west-9\t", 1);
        let error = same("regions.txt", &printed).unwrap_err().to_string();
        assert!(
            error.contains("regions.txt, line") && error.contains("eu-west-9"),
            "{error}"
        );
    }

    #[test]
    fn a_missing_line_is_noticed() {
        let printed = text::regions(&regions());
        let shortened = printed
            .trim_end()
            .rsplit_once('\n')
            .map(|(start, _)| start)
            .unwrap();
        assert!(same("regions.txt", shortened).is_err());
    }

    #[test]
    fn dates() {
        assert!(is_date("2026-11-22"));
        assert!(!is_date("22.11.2026"));
        assert!(!is_date(""));
    }
}
