//! What is in a directory that should not be, and where the items are.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use super::report::{Problem, ProblemKind, Problems};
use crate::manifest::Manifest;

/// Looks into the directories that the manifest knows and nowhere else. Returns the regular files
/// that are items, with their sizes; all else is a problem.
pub(super) fn walk(
    root: &Path,
    manifest: &Manifest,
    own: &[&str],
    problems: &mut Problems,
) -> Vec<(String, u64)> {
    let items: BTreeSet<&str> = manifest
        .items
        .iter()
        .map(|item| item.path.as_str())
        .collect();
    let directories: BTreeSet<&str> = items
        .iter()
        .flat_map(|path| {
            path.match_indices('/')
                .filter_map(|(end, _)| path.get(..end))
        })
        .collect();
    let mut found = Vec::new();
    for directory in std::iter::once("").chain(directories.iter().copied()) {
        let path = root.join(directory);
        // A link is said where it is found, and not followed.
        let real = directory.is_empty() || inside(root, directory);
        if !real {
            continue;
        }
        let entries = match fs::read_dir(&path) {
            Ok(entries) => entries,
            Err(error) => {
                problems.add(unreadable(directory, &error));
                continue;
            }
        };
        for entry in entries {
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => {
                    problems.add(unreadable(directory, &error));
                    continue;
                }
            };
            let name = entry.file_name();
            let shown = match directory {
                "" => name.to_string_lossy().into_owned(),
                _ => format!("{directory}/{}", name.to_string_lossy()),
            };
            let expected_directory = name.to_str().is_some() && directories.contains(&*shown);
            let item = name.to_str().is_some() && items.contains(&*shown);
            let is_own = directory.is_empty() && name.to_str().is_some_and(|it| own.contains(&it));
            // Of the entry itself, not of what a link leads to.
            let metadata = match entry.metadata() {
                Ok(metadata) => metadata,
                Err(error) => {
                    problems.add(unreadable(&shown, &error));
                    continue;
                }
            };
            let kind = metadata.file_type();
            if kind.is_symlink() {
                let detail = "is a symbolic link; they are not followed";
                problems.add(problem(&shown, ProblemKind::Symlink, detail));
            } else if kind.is_file() && item {
                found.push((shown, metadata.len()));
            } else if (kind.is_file() && is_own) || (kind.is_dir() && expected_directory) {
                // Checked elsewhere.
            } else if item || is_own || expected_directory {
                let detail = "is not of the kind that the manifest says";
                problems.add(problem(&shown, ProblemKind::NotAFile, detail));
            } else {
                let detail = match kind.is_dir() {
                    true => "is a directory that the manifest does not know",
                    false => "is not in the manifest",
                };
                problems.add(problem(&shown, ProblemKind::Unexpected, detail));
            }
        }
    }
    found
}

/// Whether every part of the way is a directory and no link.
fn inside(root: &Path, directory: &str) -> bool {
    let mut path = root.to_owned();
    directory.split('/').all(|part| {
        path.push(part);
        fs::symlink_metadata(&path).is_ok_and(|found| found.is_dir())
    })
}

fn unreadable(path: &str, error: &std::io::Error) -> Problem {
    problem(path, ProblemKind::Unreadable, &error.to_string())
}

fn problem(path: &str, kind: ProblemKind, detail: &str) -> Problem {
    Problem {
        path: path.to_owned(),
        kind,
        detail: detail.to_owned(),
    }
}
