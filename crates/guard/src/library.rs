//! The guardrails that ship with rempart: the directory `guardrails/library`.

use std::path::Path;
use std::sync::LazyLock;

use include_dir::{Dir, DirEntry, include_dir};
use rempart_policy::document::{Policy, PolicyKind};

use crate::placing::place;
use crate::replay::Proposal;

static LIBRARY: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../guardrails/library");

/// Read once, since every hunt asks.
static PROPOSAL: LazyLock<Proposal> = LazyLock::new(|| {
    let mut proposal = Proposal::default();
    for file in files() {
        // A file that does not parse is left out here; a test keeps all of them readable.
        if let Ok(policy) = Policy::parse(file.text, file.kind) {
            proposal.add(&file.level, file.name, policy);
        }
    }
    proposal
});

/// A guardrail that ships with rempart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LibraryFile {
    /// Its path below the library.
    pub path: &'static Path,
    /// Its name: that of the file without its ending.
    pub name: &'static str,
    /// Its text.
    pub text: &'static str,
    /// Its kind.
    pub kind: PolicyKind,
    /// The level on which it is attached.
    pub level: String,
}

/// The files in the order of their paths.
#[must_use]
pub fn files() -> Vec<LibraryFile> {
    let mut files = Vec::new();
    collect(&LIBRARY, &mut files);
    files.sort_by_key(|file| file.path);
    files
}

fn collect(directory: &'static Dir<'_>, files: &mut Vec<LibraryFile>) {
    for entry in directory.entries() {
        match entry {
            DirEntry::Dir(directory) => collect(directory, files),
            DirEntry::File(file) => {
                let path = file.path();
                let name = path.file_stem().and_then(|name| name.to_str());
                let is_policy = path.extension().is_some_and(|ending| ending == "json");
                if let (true, Some(name), Some(text)) = (is_policy, name, file.contents_utf8()) {
                    let (kind, level) = place(path.parent().unwrap_or(path), text);
                    files.push(LibraryFile {
                        path,
                        name,
                        text,
                        kind,
                        level,
                    });
                }
            }
        }
    }
}

/// The whole library as one proposal.
#[must_use]
pub fn proposal() -> &'static Proposal {
    &PROPOSAL
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_file_is_a_guardrail_with_a_name_of_its_own() {
        let files = files();
        assert!(!files.is_empty());
        let mut names = BTreeSet::new();
        for file in &files {
            assert!(names.insert(file.name), "{} twice", file.name);
            if let Err(error) = Policy::parse(file.text, file.kind) {
                panic!("{}: {error}", file.path.display());
            }
        }
        let proposal = proposal();
        let count = proposal.service_control.len() + proposal.resource_control.len();
        assert_eq!(count, files.len());
    }
}
