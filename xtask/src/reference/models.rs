//! Reads the service models: operations, shapes, partitions.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read as _;
use std::path::{Path, PathBuf};

use super::model::{Model, Partition, Partitions, Reference, Shape};
use super::tables::{Definition, Operations, Regions, ServiceOperations, ServiceShapes, Shapes};
use anyhow::{Context as _, bail};

/// Services whose shapes are kept. For the others the names of the operations suffice.
pub(crate) const DETAILED: &[&str] = &[
    "accessanalyzer",
    "athena",
    "backup",
    "bedrock",
    "cloudformation",
    "cloudtrail",
    "cloudwatch",
    "codeartifact",
    "config",
    "datazone",
    "ec2",
    "ecr",
    "efs",
    "events",
    "glue",
    "guardduty",
    "iam",
    "identitystore",
    "inspector2",
    "kms",
    "lakeformation",
    "lambda",
    "logs",
    "macie2",
    "organizations",
    "ram",
    "resourcegroupstaggingapi",
    "s3",
    "s3control",
    "sagemaker",
    "sagemaker-a2i-runtime",
    "sagemaker-edge",
    "sagemaker-featurestore-runtime",
    "sagemaker-geospatial",
    "sagemaker-inference-router-runtime",
    "sagemaker-metrics",
    "sagemaker-runtime",
    "sagemakerjobruntime",
    "sagemakertrainingsessionruntime",
    "secretsmanager",
    "securityhub",
    "service-quotas",
    "sns",
    "ssm",
    "sso",
    "sso-admin",
    "sts",
];

/// All models.
#[derive(Debug, Default)]
pub(crate) struct Models {
    pub(crate) services: BTreeMap<String, Model>,
    pub(crate) partitions: Vec<Partition>,
    /// Directory of the newest version of each model.
    pub(crate) directories: BTreeMap<String, PathBuf>,
}

/// Reads the newest version of every model.
pub(crate) fn read(package: &Path) -> anyhow::Result<Models> {
    let data = package.join("data");
    let mut services = BTreeMap::new();
    let mut directories = BTreeMap::new();
    for entry in
        std::fs::read_dir(&data).with_context(|| format!("cannot read {}", data.display()))?
    {
        let directory = entry?.path();
        let Some(file) = newest_model(&directory)? else {
            continue;
        };
        let Some(id) = directory.file_name().and_then(|name| name.to_str()) else {
            continue;
        };
        let model = read_model(&file).with_context(|| format!("cannot read {}", file.display()))?;
        services.insert(id.to_owned(), model);
        let version = file.parent().map(Path::to_path_buf).unwrap_or_default();
        directories.insert(id.to_owned(), version);
    }
    for id in DETAILED {
        if !services.contains_key(*id) {
            bail!("the package has no model of `{id}`");
        }
    }
    let text = std::fs::read_to_string(data.join("partitions.json"))?;
    let Partitions { partitions } = serde_json::from_str(&text)?;
    Ok(Models {
        services,
        partitions,
        directories,
    })
}

/// Action prefix → action → access level.
pub(crate) type Levels = BTreeMap<String, BTreeMap<String, String>>;

impl Models {
    /// The content of `operations.txt`.
    pub(crate) fn operations(&self, levels: &Levels) -> Operations {
        let mut services = Operations::new();
        for (id, model) in &self.services {
            let prefix = action_prefix(id, model, levels);
            let levels = prefix.and_then(|prefix| levels.get(prefix));
            let reads = |name: &String| match levels
                .and_then(|levels| levels.get(name))
                .map(String::as_str)
            {
                Some("Read" | "List") => true,
                Some(_) => false,
                None => reads_by_name(name),
            };
            let service = ServiceOperations {
                endpoint_prefix: model.metadata.endpoint_prefix.clone(),
                signing_name: model.metadata.signing_name.clone(),
                action_prefix: prefix.map(str::to_owned),
                protocol: model.metadata.protocol.clone(),
                display_name: model.metadata.service_id.clone(),
                operations: model
                    .operations
                    .keys()
                    .map(|name| (name.clone(), reads(name)))
                    .collect(),
            };
            services.insert(id.clone(), service);
        }
        services
    }

    /// The content of `shapes.txt`: what is reachable from inputs and outputs.
    pub(crate) fn shapes(&self) -> Shapes {
        let detailed = self
            .services
            .iter()
            .filter(|(id, _)| DETAILED.contains(&id.as_str()));
        detailed
            .map(|(id, model)| (id.clone(), service_shapes(model)))
            .collect()
    }

    /// The content of `regions.txt`.
    pub(crate) fn regions(&self) -> Regions {
        let mut partitions = Regions::new();
        for partition in &self.partitions {
            // Pseudo-regions stand for global endpoints and occur in no record.
            let real = partition
                .regions
                .iter()
                .filter(|(region, _)| !region.ends_with("-global"));
            let regions = real.map(|(region, facts)| (region.clone(), facts.description.clone()));
            partitions.push((partition.id.clone(), regions.collect()));
        }
        partitions
    }
}

/// The action prefix under which most operations of the service are actions.
fn action_prefix<'a>(id: &'a str, model: &'a Model, levels: &'a Levels) -> Option<&'a str> {
    let metadata = &model.metadata;
    let candidates = [
        metadata.signing_name.as_deref(),
        Some(metadata.endpoint_prefix.as_str()),
        Some(id),
    ];
    let mut best: Option<(usize, &str)> = None;
    for candidate in candidates.into_iter().flatten() {
        let Some((prefix, actions)) = levels.get_key_value(candidate) else {
            continue;
        };
        let known = model
            .operations
            .keys()
            .filter(|name| actions.contains_key(*name))
            .count();
        if known > 0 && best.is_none_or(|(count, _)| known > count) {
            best = Some((known, prefix));
        }
    }
    best.map(|(_, prefix)| prefix)
}

fn reads_by_name(name: &str) -> bool {
    [
        "Get",
        "List",
        "Describe",
        "Search",
        "Head",
        "BatchGet",
        "BatchDescribe",
        "Query",
        "Lookup",
    ]
    .iter()
    .any(|verb| name.starts_with(verb))
}

fn service_shapes(model: &Model) -> ServiceShapes {
    let mut shapes = ServiceShapes::default();
    let mut pending: Vec<&str> = Vec::new();
    for (name, operation) in &model.operations {
        let sides = [&operation.input, &operation.output];
        pending.extend(
            sides
                .into_iter()
                .flatten()
                .map(|reference| reference.shape.as_str()),
        );
        let expressions = sides.map(|side| {
            side.as_ref()
                .map(|reference| expression(model, &reference.shape, 0))
        });
        shapes.operations.insert(name.clone(), expressions);
    }
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    while let Some(name) = pending.pop() {
        let Some(shape) = model.shapes.get(name) else {
            continue;
        };
        if shape.document || !seen.insert(name) {
            continue;
        }
        let references = shape
            .members
            .values()
            .chain(&shape.member)
            .chain(&shape.value);
        pending.extend(references.map(|reference| reference.shape.as_str()));
        if shape.kind == "structure" {
            shapes
                .definitions
                .insert(name.to_owned(), structure(model, shape));
        } else if !shape.values.is_empty() {
            shapes.definitions.insert(
                name.to_owned(),
                Definition::Enumeration(shape.values.clone()),
            );
        }
    }
    shapes
}

fn structure(model: &Model, shape: &Shape) -> Definition {
    let member = |(name, reference): (&String, &Reference)| {
        let required = shape.required.contains(name);
        (
            name.clone(),
            (required, expression(model, &reference.shape, 0)),
        )
    };
    Definition::Structure(shape.members.iter().map(member).collect())
}

/// The type of a member: a letter for a scalar, `$Name`, `%Name`, `[element` or `{value`.
fn expression(model: &Model, name: &str, depth: usize) -> String {
    let Some(shape) = model.shapes.get(name) else {
        return "j".into();
    };
    if shape.document || depth > 16 {
        return "j".into();
    }
    let inner = |reference: &Option<Reference>| {
        reference.as_ref().map_or_else(
            || "j".into(),
            |inner| expression(model, &inner.shape, depth + 1),
        )
    };
    match shape.kind.as_str() {
        "structure" => format!("${name}"),
        "list" => format!("[{}", inner(&shape.member)),
        "map" => format!("{{{}", inner(&shape.value)),
        "string" | "integer" if !shape.values.is_empty() => format!("%{name}"),
        "string" => "s".into(),
        "integer" => "i".into(),
        "long" => "l".into(),
        "float" => "f".into(),
        "double" => "d".into(),
        "boolean" => "b".into(),
        "timestamp" => "t".into(),
        "blob" => "x".into(),
        _ => "j".into(),
    }
}

/// Version directories are named by date, so the greatest name is the newest.
fn newest_model(directory: &Path) -> anyhow::Result<Option<PathBuf>> {
    if !directory.is_dir() {
        return Ok(None);
    }
    let mut newest = None;
    for entry in std::fs::read_dir(directory)? {
        let file = entry?.path().join("service-2.json.gz");
        if file.is_file() {
            newest = newest.max(Some(file));
        }
    }
    Ok(newest)
}

fn read_model(file: &Path) -> anyhow::Result<Model> {
    Ok(serde_json::from_str(&unzipped(file)?)?)
}

/// The text of a compressed file.
pub(crate) fn unzipped(file: &Path) -> anyhow::Result<String> {
    let mut text = String::new();
    let reading = || format!("cannot read {}", file.display());
    let compressed = std::fs::File::open(file).with_context(reading)?;
    flate2::read::GzDecoder::new(compressed)
        .read_to_string(&mut text)
        .with_context(reading)?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MODEL: &str = r#"{
        "metadata": {"endpointPrefix": "x", "protocol": "json", "serviceId": "X"},
        "operations": {"Get": {"input": {"shape": "In"}}, "Ping": {}},
        "shapes": {
            "In": {"type": "structure", "required": ["A"], "members": {
                "A": {"shape": "Text"}, "B": {"shape": "Self"}, "C": {"shape": "Mode"}, "D": {"shape": "Any"},
                "E": {"shape": "Missing"}, "F": {"shape": "Loop"}}},
            "Self": {"type": "list", "member": {"shape": "In"}},
            "Loop": {"type": "list", "member": {"shape": "Loop"}},
            "Text": {"type": "string"},
            "Mode": {"type": "string", "enum": ["On", "Off"]},
            "Any": {"type": "structure", "members": {}, "document": true},
            "Unused": {"type": "structure", "members": {}}
        }
    }"#;

    #[test]
    fn reachable_shapes_only_and_no_endless_types() {
        let model: Model = serde_json::from_str(MODEL).unwrap();
        let shapes = service_shapes(&model);
        assert_eq!(shapes.operations["Get"], [Some("$In".to_owned()), None]);
        assert_eq!(shapes.operations["Ping"], [None, None]);
        assert_eq!(
            shapes.definitions.keys().collect::<Vec<_>>(),
            ["In", "Mode"]
        );
        let Definition::Structure(members) = &shapes.definitions["In"] else {
            panic!("not a structure")
        };
        assert_eq!(members["A"], (true, "s".to_owned()));
        assert_eq!(members["B"], (false, "[$In".to_owned()));
        assert_eq!(members["C"], (false, "%Mode".to_owned()));
        assert_eq!(members["D"], (false, "j".to_owned()));
        assert_eq!(members["E"], (false, "j".to_owned()));
        assert_eq!(members["F"].1.trim_start_matches('['), "j");
    }

    #[test]
    fn verbs_decide_without_an_action() {
        assert!(reads_by_name("DescribeThing"));
        assert!(!reads_by_name("DisableThing"));
    }
}
