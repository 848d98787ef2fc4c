//! How the listed operations are called: protocol, route, paging, and the names of members on the
//! wire. The operations are those of `collected-operations.txt`.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context as _, bail, ensure};
use serde_json::Value;

use super::endpoints;
use super::model::{Metadata, Model, Operation, Reference, Shape};
use super::models::Models;
use super::tables::{CallFacts, Calls, Level, Paging, Place, ServiceCalls, Wire};

/// Members that are tokens where no paginator is published.
const TOKENS: [(&str, &str); 5] = [
    ("NextToken", "NextToken"),
    ("nextToken", "nextToken"),
    ("Marker", "Marker"),
    ("Marker", "NextMarker"),
    ("ContinuationToken", "ContinuationToken"),
];

/// Members that ask for the size of a page.
const LIMITS: [&str; 6] = [
    "MaxResults",
    "maxResults",
    "MaxItems",
    "Limit",
    "limit",
    "MaxRecords",
];

/// The facts of the listed operations.
pub(crate) fn read<'a>(
    models: &Models,
    listed: impl IntoIterator<Item = &'a str>,
) -> anyhow::Result<Calls> {
    let mut calls = Calls {
        partitions: endpoints::partitions(&models.partitions),
        ..Calls::default()
    };
    for name in listed {
        let (id, operation) = name
            .split_once(':')
            .with_context(|| format!("`{name}` is not service:Operation"))?;
        let model = models
            .services
            .get(id)
            .with_context(|| format!("no model of `{id}`"))?;
        let directory = models.directories.get(id).context("no directory")?;
        if !calls.services.contains_key(id) {
            let prefix = &model.metadata.endpoint_prefix;
            let service = ServiceCalls {
                api_version: model.metadata.api_version.clone(),
                hosts: endpoints::hosts(id, prefix, directory, &models.partitions)?,
                ..ServiceCalls::default()
            };
            calls.services.insert(id.to_owned(), service);
        }
        let Some(service) = calls.services.get_mut(id) else {
            continue;
        };
        add(service, model, operation, directory).with_context(|| format!("operation {name}"))?;
    }
    Ok(calls)
}

fn add(
    service: &mut ServiceCalls,
    model: &Model,
    name: &str,
    directory: &Path,
) -> anyhow::Result<()> {
    let operation = model.operations.get(name).context("the model has none")?;
    let protocol = protocol(&model.metadata)?;
    let target = match (&model.metadata.target_prefix, protocol) {
        (Some(prefix), "awsJson1.0" | "awsJson1.1") => Some(format!("{prefix}.{name}")),
        _ => None,
    };
    let output = operation.output.as_ref();
    let wrapper = output
        .filter(|_| protocol == "query")
        .and_then(|output| output.result_wrapper.clone());
    let facts = CallFacts {
        protocol: protocol.to_owned(),
        method: operation.http.method.clone(),
        path: operation.http.request_uri.clone(),
        target,
        host_prefix: operation.endpoint.host_prefix.clone(),
        result_wrapper: wrapper,
        paging: paging(model, operation, name, directory)?,
    };
    service.operations.insert(name.to_owned(), facts);
    let sides = [
        (&operation.input, true, &mut service.requests),
        (&operation.output, false, &mut service.answers),
    ];
    for (side, request, structures) in sides {
        let Some(side) = side else { continue };
        let mut pending = vec![side.shape.as_str()];
        while let Some(name) = pending.pop() {
            let Some(shape) = model.shapes.get(name) else {
                continue;
            };
            if shape.document || structures.contains_key(name) {
                continue;
            }
            let inner = shape
                .members
                .values()
                .chain(&shape.member)
                .chain(&shape.value);
            if shape.kind == "structure" {
                let members = members(model, shape, protocol, request);
                structures.insert(name.to_owned(), members);
                pending.extend(inner.map(|reference| reference.shape.as_str()));
            } else {
                // Lists and maps are no structures: bounded by the depth of the type.
                pending.extend(
                    inner
                        .filter(|reference| reference.shape != name)
                        .map(|reference| reference.shape.as_str()),
                );
            }
        }
    }
    Ok(())
}

/// The protocol spoken: CBOR services still list JSON.
pub(crate) fn protocol(metadata: &Metadata) -> anyhow::Result<&'static str> {
    let offered = std::iter::once(&metadata.protocol).chain(&metadata.protocols);
    for name in offered {
        return Ok(match name.as_str() {
            "json" => match metadata.json_version.as_deref() {
                Some("1.0") => "awsJson1.0",
                Some("1.1") => "awsJson1.1",
                other => bail!("the JSON version {other:?} is unknown"),
            },
            "rest-json" => "restJson1",
            "rest-xml" => "restXml",
            "query" => "query",
            "ec2" => "ec2Query",
            _ => continue,
        });
    }
    bail!("the protocol `{}` is not spoken", metadata.protocol)
}

/// The members of a structure whose place, name or form differs from the plain one.
fn members(model: &Model, shape: &Shape, protocol: &str, request: bool) -> BTreeMap<String, Wire> {
    let mut members = BTreeMap::new();
    for (name, reference) in &shape.members {
        let wire = wire(model, shape, name, reference, protocol, request);
        if wire != Wire::plain(name) {
            members.insert(name.clone(), wire);
        }
    }
    members
}

fn wire(
    model: &Model,
    structure: &Shape,
    name: &str,
    reference: &Reference,
    protocol: &str,
    request: bool,
) -> Wire {
    let target = model.shapes.get(&reference.shape);
    let place = match reference.location.as_deref() {
        Some("uri") => Place::Uri,
        Some("querystring") => Place::QueryString,
        Some("header") => Place::Header,
        Some("headers") => Place::HeaderPrefix,
        Some("statusCode") => Place::Status,
        _ if structure.payload.as_deref() == Some(name) => Place::Payload,
        _ if reference.xml_attribute => Place::Attribute,
        _ => Place::Body,
    };
    let json = protocol.contains("Json");
    let ec2 = protocol == "ec2Query";
    let mut wire_name = match &reference.query_name {
        Some(query_name) if request && ec2 => query_name.clone(),
        _ => match &reference.location_name {
            Some(location_name) if request && ec2 => capitalised(location_name),
            Some(location_name) => location_name.clone(),
            None => name.to_owned(),
        },
    };
    let mut levels = Vec::new();
    if !json && matches!(place, Place::Body | Place::Payload) {
        let mut current = target;
        let mut flattened = reference.flattened;
        while let Some(shape) = current {
            flattened |= shape.flattened;
            let element = |inner: &Option<Reference>, default: &str| {
                let inner = inner.as_ref().and_then(|inner| inner.location_name.clone());
                inner.unwrap_or_else(|| default.to_owned())
            };
            if shape.kind == "list" {
                let inner = shape.member.as_ref();
                let given = inner.and_then(|inner| inner.location_name.clone());
                if ec2 && request {
                    levels.push(Level::FlatList);
                } else if flattened {
                    if let Some(given) = given
                        && levels.is_empty()
                    {
                        wire_name = given;
                    }
                    levels.push(Level::FlatList);
                } else {
                    levels.push(Level::List(given.unwrap_or_else(|| "member".to_owned())));
                }
                current = inner.and_then(|inner| model.shapes.get(&inner.shape));
            } else if shape.kind == "map" {
                let key = element(&shape.key, "key");
                let value = element(&shape.value, "value");
                levels.push(Level::Map {
                    flattened,
                    key,
                    value,
                });
                let inner = shape.value.as_ref();
                current = inner.and_then(|inner| model.shapes.get(&inner.shape));
            } else {
                break;
            }
            flattened = false;
            if levels.len() >= 4 {
                break;
            }
        }
    }
    Wire {
        name: wire_name,
        place,
        levels,
    }
}

fn capitalised(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}

fn paging(
    model: &Model,
    operation: &Operation,
    name: &str,
    directory: &Path,
) -> anyhow::Result<Option<Paging>> {
    let side = |reference: &Option<Reference>| {
        reference
            .as_ref()
            .and_then(|reference| model.shapes.get(&reference.shape))
    };
    let (Some(input), Some(output)) = (side(&operation.input), side(&operation.output)) else {
        return Ok(None);
    };
    let largest = |limit: &Option<String>| {
        let member = limit.as_ref().and_then(|limit| input.members.get(limit))?;
        let most = model.shapes.get(&member.shape)?.max?;
        // A maximum beyond any page is no maximum.
        (most.fract() == 0.0 && (1.0..=100_000.0).contains(&most)).then(|| format!("{most}"))
    };
    let file = directory.join("paginators-1.json");
    let published: Value = match std::fs::read_to_string(&file) {
        Ok(text) => serde_json::from_str(&text)?,
        Err(_) => Value::Null,
    };
    if let Some(published) = published.pointer(&format!("/pagination/{name}")) {
        let text = |key: &str| {
            published
                .get(key)
                .and_then(Value::as_str)
                .map(str::to_owned)
        };
        let input_token = text("input_token").context("more than one input token")?;
        let output_token = text("output_token").context("more than one output token")?;
        for (member, shape) in [(&input_token, input), (&output_token, output)] {
            ensure!(
                shape.members.contains_key(member),
                "the token `{member}` is no member"
            );
        }
        let limit = text("limit_key");
        return Ok(Some(Paging {
            input_token,
            output_token,
            page_size: largest(&limit),
            limit,
            more: text("more_results"),
        }));
    }
    let tokens = TOKENS.iter().find(|(ask, answer)| {
        input.members.contains_key(*ask) && output.members.contains_key(*answer)
    });
    let Some((input_token, output_token)) = tokens else {
        return Ok(None);
    };
    let limit = LIMITS
        .iter()
        .find(|limit| input.members.contains_key(**limit))
        .map(|limit| (*limit).to_owned());
    let more = ["IsTruncated", "Truncated"]
        .iter()
        .find(|flag| output.members.contains_key(**flag));
    Ok(Some(Paging {
        input_token: (*input_token).to_owned(),
        output_token: (*output_token).to_owned(),
        page_size: largest(&limit),
        limit,
        more: more.map(|flag| (*flag).to_owned()),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MODEL: &str = r#"{
        "metadata": {"endpointPrefix": "x", "protocol": "query", "serviceId": "X"},
        "operations": {},
        "shapes": {
            "S": {"type": "structure", "payload": "P", "members": {
                "Plain": {"shape": "Text"}, "P": {"shape": "S"}, "H": {"shape": "Text", "location": "header", "locationName": "x-h"},
                "L": {"shape": "List", "locationName": "lSet"}, "F": {"shape": "Flat"}, "M": {"shape": "Map"},
                "A": {"shape": "Text", "xmlAttribute": true, "locationName": "xsi:type"}}},
            "List": {"type": "list", "member": {"shape": "Text", "locationName": "item"}},
            "Flat": {"type": "list", "flattened": true, "member": {"shape": "Text", "locationName": "One"}},
            "Map": {"type": "map", "key": {"shape": "Text"}, "value": {"shape": "List", "locationName": "v"}},
            "Text": {"type": "string"}
        }
    }"#;

    fn facts(protocol: &str, request: bool) -> String {
        let model: Model = serde_json::from_str(MODEL).unwrap();
        let members = members(&model, &model.shapes["S"], protocol, request);
        let notation = |(name, wire): (&String, &Wire)| format!("{name}={wire}");
        members.iter().map(notation).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn wire_names_by_protocol() {
        assert_eq!(
            facts("query", false),
            "A=@xsi:type F=One* H=^x-h L=lSet[item M=M{key,v[item P=.P"
        );
        assert_eq!(
            facts("ec2Query", true),
            "A=@Xsi:type F=F* H=^X-h L=LSet* M=M{key,v* P=.P"
        );
        assert_eq!(facts("restJson1", false), "A=@xsi:type H=^x-h L=lSet P=.P");
    }
}
