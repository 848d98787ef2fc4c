//! `cargo xtask example`: makes `examples/incident`, or checks that it is what the code makes.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use rempart_testkit::delivery::{File, write_files};
use rempart_testkit::incident;

/// Arguments of `cargo xtask example`.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Compare with what is on disk and change nothing
    #[arg(long)]
    check: bool,
    /// Folder of the data set
    #[arg(long, default_value = "examples/incident")]
    out: PathBuf,
}

/// Writes or checks the data set.
pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let files = incident::generate()?;
    if arguments.check {
        return check(&arguments.out, &files);
    }
    // Only the logs are removed: a wrong `--out` must not cost anybody a folder.
    let logs = arguments.out.join("AWSLogs");
    if logs.is_dir() {
        fs::remove_dir_all(&logs).with_context(|| format!("cannot remove {}", logs.display()))?;
    }
    write_files(&arguments.out, &files)?;
    let bytes: usize = files.iter().map(|file| file.bytes.len()).sum();
    eprintln!(
        "wrote {} files, {bytes} bytes, to {}",
        files.len(),
        arguments.out.display()
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
