//! Snapshots of plans and templates.

use std::path::Path;

use anyhow::Context;
use rempart_collect::planned::Options;
use rempart_estate::SnapshotWriter;
use serde_json::{Map, Value};

use super::super::planned_input::{self, PlannedFormat};
use crate::arguments::CollectArguments;
use crate::exit::Exit;
use crate::output;

pub(super) fn run(arguments: &CollectArguments, out: &Path) -> anyhow::Result<Exit> {
    let (path, format) = match (&arguments.terraform_plan, &arguments.cloudformation) {
        (Some(path), _) => (path, PlannedFormat::Terraform),
        (None, Some(path)) => (path, PlannedFormat::CloudFormation),
        (None, None) => anyhow::bail!("no plan and no template"),
    };
    let options = Options {
        account: arguments.account.clone(),
        region: arguments.regions.first().cloned(),
        parameters: arguments.parameter.iter().cloned().collect(),
    };
    let planned = planned_input::read(path, Some(format), &options)?;
    let writer =
        SnapshotWriter::create(out).with_context(|| "cannot write the snapshot".to_owned())?;
    writer.extend(&planned.answers)?;
    let mut run = Map::new();
    run.insert("tool".to_owned(), Value::from("rempart"));
    run.insert("version".to_owned(), Value::from(env!("CARGO_PKG_VERSION")));
    run.insert(
        "planned".to_owned(),
        Value::from(path.display().to_string()),
    );
    writer.seal(run)?;
    output::to_stderr(&format!(
        "{}: {} planned resources",
        out.display(),
        planned.resources.len()
    ));
    Ok(if planned.problems.is_empty() {
        Exit::Clean
    } else {
        Exit::Findings
    })
}
