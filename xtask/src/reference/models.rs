//! Reads the service models: operations, shapes, partitions.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use serde::Deserialize;

/// Services whose shapes are kept. For the others the names of the operations suffice.
pub(crate) const DETAILED: &[&str] = &[
    "accessanalyzer",
    "athena",
    "backup",
    "bedrock",
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
    "kms",
    "lakeformation",
    "lambda",
    "logs",
    "macie2",
    "organizations",
    "ram",
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
}

/// The model of one service.
#[derive(Debug, Deserialize)]
pub(crate) struct Model {
    pub(crate) metadata: Metadata,
    pub(crate) operations: BTreeMap<String, Operation>,
    pub(crate) shapes: BTreeMap<String, Shape>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Metadata {
    pub(crate) endpoint_prefix: String,
    pub(crate) signing_name: Option<String>,
    pub(crate) protocol: String,
    pub(crate) service_id: String,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Operation {
    pub(crate) input: Option<Reference>,
    pub(crate) output: Option<Reference>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Reference {
    pub(crate) shape: String,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Shape {
    #[serde(rename = "type")]
    pub(crate) kind: String,
    #[serde(default)]
    pub(crate) document: bool,
    #[serde(default)]
    pub(crate) members: BTreeMap<String, Reference>,
    #[serde(default)]
    pub(crate) required: Vec<String>,
    pub(crate) member: Option<Reference>,
    pub(crate) value: Option<Reference>,
    #[serde(rename = "enum", default)]
    pub(crate) values: Vec<String>,
}

/// A partition with its regions.
#[derive(Debug, Deserialize)]
pub(crate) struct Partition {
    pub(crate) id: String,
    pub(crate) regions: BTreeMap<String, RegionFacts>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct RegionFacts {
    #[serde(default)]
    pub(crate) description: String,
}

#[derive(Debug, Deserialize)]
struct Partitions {
    partitions: Vec<Partition>,
}

/// Reads the newest version of every model.
pub(crate) fn read(package: &Path) -> anyhow::Result<Models> {
    let data = package.join("data");
    let mut services = BTreeMap::new();
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
    })
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
    let mut text = String::new();
    flate2::read::GzDecoder::new(std::fs::File::open(file)?).read_to_string(&mut text)?;
    Ok(serde_json::from_str(&text)?)
}
