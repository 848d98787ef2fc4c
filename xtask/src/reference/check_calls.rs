//! Fills the table of calls from the crate's reader. The structures are found by walking the shapes
//! of the listed operations, so a line that no operation needs shows as a difference.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, ensure};
use rempart_aws_model as model;

use super::tables::{
    CallFacts, Calls, Host, Level, Paging, PartitionFacts, Place, ServiceCalls, Wire,
};
use super::{LISTED, data_directory};

/// The table as the reader understands it; every operation of the hand-made list must be there.
pub(crate) fn calls() -> anyhow::Result<Calls> {
    listed()?;
    let mut calls = Calls::default();
    for partition in model::all_partition_endpoints() {
        calls.partitions.push(PartitionFacts {
            name: partition.name.to_owned(),
            dns_suffix: partition.dns_suffix.to_owned(),
            global_region: partition.global_region.to_owned(),
            region_prefix: partition.region_prefix.to_owned(),
        });
    }
    for operation in model::api_operations() {
        let id = operation.service().id();
        let service = calls
            .services
            .entry(id.to_owned())
            .or_insert_with(|| ServiceCalls {
                api_version: operation.api_version().to_owned(),
                hosts: operation.hosts().iter().map(host).collect(),
                ..ServiceCalls::default()
            });
        let name = operation.name().to_owned();
        service.operations.insert(name, facts(operation));
        structures(
            operation.input(),
            |structure, member| operation.request_wire(structure, member),
            &mut service.requests,
        );
        structures(
            operation.output(),
            |structure, member| operation.answer_wire(structure, member),
            &mut service.answers,
        );
    }
    Ok(calls)
}

fn listed() -> anyhow::Result<()> {
    let path = data_directory().join(LISTED);
    let text = std::fs::read_to_string(&path)
        .with_context(|| format!("cannot read {}", path.display()))?;
    let mut last = "";
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let name = line.split('\t').next().unwrap_or_default();
        ensure!(last < name, "{LISTED}: `{name}` is out of order or twice");
        let operation = model::api_operation(name)
            .with_context(|| format!("{LISTED}: `{name}` is in no table"))?;
        let action = operation.action();
        ensure!(
            model::action(action).is_some(),
            "{LISTED}: the action {action} of `{name}` is not in the reference"
        );
        last = name;
    }
    Ok(())
}

fn host(host: &model::Host) -> Host {
    Host {
        place: host.place.to_owned(),
        pattern: host.pattern.to_owned(),
        signing_region: host.signing_region.unwrap_or_default().to_owned(),
    }
}

fn facts(operation: &model::ApiOperation) -> CallFacts {
    let owned = |text: Option<&str>| text.map(str::to_owned);
    let paging = |paging: &model::Paging| Paging {
        input_token: paging.input_token.to_owned(),
        output_token: paging.output_token.to_owned(),
        limit: owned(paging.limit),
        page_size: paging.page_size.map(|size| size.to_string()),
        more: owned(paging.more),
    };
    CallFacts {
        protocol: operation.protocol().as_str().to_owned(),
        method: operation.method().to_owned(),
        path: operation.path().to_owned(),
        target: owned(operation.target()),
        host_prefix: owned(operation.host_prefix()),
        result_wrapper: owned(operation.result_wrapper()),
        paging: operation.paging().map(paging),
    }
}

fn structures(
    root: Option<model::Shape>,
    wire: impl Fn(&str, &'static str) -> model::Wire,
    structures: &mut BTreeMap<String, BTreeMap<String, Wire>>,
) {
    let mut pending: Vec<model::Shape> = root.into_iter().collect();
    let mut seen = BTreeSet::new();
    while let Some(shape) = pending.pop() {
        pending.extend(shape.element());
        let Some(name) = shape.name().filter(|name| seen.insert(*name)) else {
            continue;
        };
        let mut members = BTreeMap::new();
        for member in shape.members() {
            pending.push(member.shape);
            let wire = owned(&wire(name, member.name));
            if wire != Wire::plain(member.name) {
                members.insert(member.name.to_owned(), wire);
            }
        }
        structures.insert(name.to_owned(), members);
    }
}

fn owned(wire: &model::Wire) -> Wire {
    let level = |level: &model::Level| match *level {
        model::Level::FlatList => Level::FlatList,
        model::Level::List(item) => Level::List(item.to_owned()),
        model::Level::Map {
            flattened,
            key,
            value,
        } => Level::Map {
            flattened,
            key: key.to_owned(),
            value: value.to_owned(),
        },
    };
    Wire {
        name: wire.name.to_owned(),
        place: match wire.place {
            model::Place::Body => Place::Body,
            model::Place::Payload => Place::Payload,
            model::Place::Uri => Place::Uri,
            model::Place::QueryString => Place::QueryString,
            model::Place::Header => Place::Header,
            model::Place::HeaderPrefix => Place::HeaderPrefix,
            model::Place::Attribute => Place::Attribute,
            model::Place::Status => Place::Status,
        },
        levels: wire.levels.iter().map(level).collect(),
    }
}
