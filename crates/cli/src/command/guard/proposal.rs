//! Reading proposed policies.

use std::path::{Path, PathBuf};

use rempart_guard::placing::place;
use rempart_guard::replay::Proposal;
use rempart_policy::document::Policy;

use crate::command::policy::{json_files, read_text};
use crate::output;

/// The policies that could be read, and how many could not.
pub(in crate::command) struct Read {
    pub(in crate::command) proposal: Proposal,
    pub(in crate::command) failed: usize,
}

/// Reads policies. What cannot be used is named on standard error; the rest goes on.
pub(in crate::command) fn read(paths: &[PathBuf]) -> Read {
    let mut read = Read {
        proposal: Proposal::default(),
        failed: 0,
    };
    for path in paths {
        match json_files(path) {
            Ok(files) if files.is_empty() => {
                read.failed += 1;
                output::error(&format!("{}: no JSON files", path.display()));
            }
            Ok(files) => files.iter().for_each(|file| add(&mut read, path, file)),
            Err(error) => {
                read.failed += 1;
                output::error(&format!("{error:#}"));
            }
        }
    }
    read
}

fn add(read: &mut Read, root: &Path, file: &Path) {
    let text = match read_text(file) {
        Ok(text) => text,
        Err(error) => {
            read.failed += 1;
            return output::error(&format!("{error:#}"));
        }
    };
    let (kind, level) = place(folder(root, file), &text);
    let name = file
        .file_stem()
        .unwrap_or(file.as_os_str())
        .to_string_lossy();
    match Policy::parse(&text, kind) {
        Ok(policy) => {
            read.proposal.add(&level, &name, policy);
        }
        Err(error) => {
            read.failed += 1;
            for fault in &error.faults {
                let path = file.display();
                output::error(&format!("{path}:{}: {}", fault.position, fault.reason));
            }
        }
    }
}

/// The folders around a file that say something: a path above the directory that was named says
/// nothing, but its own name does.
fn folder<'f>(root: &Path, file: &'f Path) -> &'f Path {
    let folder = file.parent().unwrap_or(file);
    let above = root.parent().filter(|_| root != file);
    let below = above.and_then(|above| folder.strip_prefix(above).ok());
    below.unwrap_or(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_above_the_named_directory_say_nothing() {
        let of = |root: &str, file: &str| {
            let folder = folder(Path::new(root), Path::new(file)).to_owned();
            folder.to_str().unwrap().to_owned()
        };
        assert_eq!(of("g", "g/scps/1-root/a.json"), "g/scps/1-root");
        assert_eq!(of("/scp/work/g", "/scp/work/g/a.json"), "g");
        assert_eq!(of("g/scp", "g/scp/a.json"), "scp");
        assert_eq!(of("x/rcp/a.json", "x/rcp/a.json"), "x/rcp");
    }
}
