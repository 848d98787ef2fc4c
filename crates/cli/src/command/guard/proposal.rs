//! Reading proposed policies.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use rempart_guard::replay::Proposal;
use rempart_policy::document::{Policy, PolicyKind};
use rempart_policy::guess_kind;

use crate::command::policy::{json_files, read_text};
use crate::output;

/// The policies that could be read, and how many could not.
pub(super) struct Read {
    pub(super) proposal: Proposal,
    pub(super) failed: usize,
}

/// Reads policies. What cannot be used is named on standard error; the rest goes on.
pub(super) fn read(paths: &[PathBuf]) -> Read {
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
    let (folder_kind, level) = of_folders(root, file);
    let kind = folder_kind.unwrap_or_else(|| kind_of(&text));
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

/// Policies with principals are resource control policies. Of the others, those of identities look
/// like service control policies that allow.
fn kind_of(text: &str) -> PolicyKind {
    if guess_kind(text).has_principal() {
        PolicyKind::ResourceControl
    } else {
        PolicyKind::ServiceControl
    }
}

/// The kind that a folder tells, and the level: the folders below that one.
fn of_folders(root: &Path, file: &Path) -> (Option<PolicyKind>, String) {
    let folder = file.parent().unwrap_or(file);
    // A path above the directory that was named says nothing, but its own name does.
    let above = root.parent().filter(|_| root != file);
    let below = above.and_then(|above| folder.strip_prefix(above).ok());
    let names: Vec<&OsStr> = below.unwrap_or(folder).iter().collect();
    let kind_at = |name: &&OsStr| match name.to_str()?.to_ascii_lowercase().as_str() {
        "scp" | "scps" => Some(PolicyKind::ServiceControl),
        "rcp" | "rcps" => Some(PolicyKind::ResourceControl),
        _ => None,
    };
    let Some(place) = names.iter().rposition(|name| kind_at(name).is_some()) else {
        return (None, String::new());
    };
    let level: Vec<String> = names
        .iter()
        .skip(place + 1)
        .map(|name| name.to_string_lossy().into_owned())
        .collect();
    (names.get(place).and_then(kind_at), level.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_tell_kind_and_level() {
        let of = |root: &str, file: &str| of_folders(Path::new(root), Path::new(file));
        assert_eq!(of("g", "g/a.json"), (None, String::new()));
        let scp = Some(PolicyKind::ServiceControl);
        assert_eq!(of("g", "g/scps/1-root/a.json"), (scp, "1-root".to_owned()));
        assert_eq!(of("g/scp", "g/scp/a.json"), (scp, String::new()));
        let rcp = Some(PolicyKind::ResourceControl);
        assert_eq!(of("g", "g/rcps/a.json"), (rcp, String::new()));
        assert_eq!(of("x/rcp/a.json", "x/rcp/a.json"), (rcp, String::new()));
        assert_eq!(
            of("/scp/work/g", "/scp/work/g/a.json"),
            (None, String::new())
        );
    }
}
