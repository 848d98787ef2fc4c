//! `cargo xtask example`: makes `examples/incident`, `examples/estate`, `examples/incident-estate` and
//! `examples/trail-digest`, or
//! checks that they are what the code makes.

mod digest;
mod estate;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use rempart_testkit::delivery::{File, write_files};
use rempart_testkit::incident as logs;

/// Arguments of `cargo xtask example`.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Only this one
    #[arg(value_enum)]
    what: Option<What>,
    /// Compare with what is on disk and change nothing
    #[arg(long)]
    check: bool,
    /// Folder of the incident
    #[arg(long, default_value = "examples/incident")]
    out: PathBuf,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum What {
    /// The logs of an incident
    Incident,
    /// The snapshots of estates
    Estate,
    /// Logs under a chain of signed digests
    Digest,
}

const DIGEST: &str = "examples/trail-digest";

/// Writes or checks the data sets.
pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let is_wanted = |what| arguments.what.is_none_or(|only| only == what);
    if is_wanted(What::Incident) {
        data_set(&arguments.out, &logs::generate()?, arguments.check)?;
    }
    if is_wanted(What::Estate) {
        for one in &estate::SNAPSHOTS {
            snapshot(one, arguments.check)?;
        }
    }
    if is_wanted(What::Digest) {
        data_set(Path::new(DIGEST), &digest::files()?, arguments.check)?;
    }
    Ok(())
}

fn snapshot(one: &estate::Snapshot, is_check: bool) -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let made = folder.path().join("estate");
    estate::write(one, &made)?;
    let files = files_below(&made)?;
    let root = Path::new(one.folder);
    if is_check {
        if files_below(root)? != files {
            bail!("{} differs; run cargo xtask example estate", one.folder);
        }
        eprintln!(
            "{} files of the snapshot are as the code makes them",
            files.len()
        );
        return Ok(());
    }
    if root.is_dir() {
        fs::remove_dir_all(root)?;
    }
    for (path, bytes) in files {
        let path = root.join(path);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::write(&path, bytes).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(())
}

fn files_below(root: &Path) -> anyhow::Result<BTreeMap<PathBuf, Vec<u8>>> {
    let mut files = BTreeMap::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        let entries =
            fs::read_dir(&folder).with_context(|| format!("cannot list {}", folder.display()))?;
        for entry in entries {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                files.insert(path.strip_prefix(root)?.to_owned(), fs::read(&path)?);
            }
        }
    }
    Ok(files)
}

/// Writes or checks files that lie below `AWSLogs` and beside it.
fn data_set(root: &Path, files: &[File], is_check: bool) -> anyhow::Result<()> {
    if is_check {
        return check(root, files);
    }
    // Only the logs are removed: a wrong `--out` must not cost anybody a folder.
    let logs = root.join("AWSLogs");
    if logs.is_dir() {
        fs::remove_dir_all(&logs).with_context(|| format!("cannot remove {}", logs.display()))?;
    }
    write_files(root, files)?;
    let bytes: usize = files.iter().map(|file| file.bytes.len()).sum();
    eprintln!(
        "wrote {} files, {bytes} bytes, to {}",
        files.len(),
        root.display()
    );
    Ok(())
}

fn check(root: &Path, files: &[File]) -> anyhow::Result<()> {
    let mut expected = BTreeSet::new();
    for file in files {
        let path = root.join(&file.path);
        let found = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
        if found != file.bytes {
            bail!("{} differs; run cargo xtask example", path.display());
        }
        expected.insert(path);
    }
    let mut folders = vec![root.join("AWSLogs")];
    while let Some(folder) = folders.pop() {
        for entry in
            fs::read_dir(&folder).with_context(|| format!("cannot list {}", folder.display()))?
        {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if !expected.contains(&path) {
                bail!(
                    "{} does not belong to the data set; run cargo xtask example",
                    path.display()
                );
            }
        }
    }
    eprintln!("{} files are as the code makes them", files.len());
    Ok(())
}
