//! Where rules come from: the pack that ships inside the program, and directories of the user's.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use include_dir::{Dir, DirEntry, include_dir};
use rempart_sigma::ast::Document;
use rempart_sigma::parse::{ParseError, parse_documents};
use thiserror::Error;

static PACK: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../rules");

/// Why a directory of rules cannot be read.
#[derive(Debug, Error)]
pub enum LoadError {
    /// A path that cannot be read
    #[error("{path}: {source}")]
    Io {
        /// The path
        path: PathBuf,
        /// Why
        source: std::io::Error,
    },
    /// A path below which there is no rule file
    #[error("{path}: no rule file (*.yml, *.yaml) found")]
    Empty {
        /// The path
        path: PathBuf,
    },
}

/// A file of rules and, beside it, its tests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleFile {
    /// Path as shown to people.
    pub origin: String,
    /// Its text.
    pub text: String,
    /// Name and text of the test file beside it.
    pub tests: Option<(String, String)>,
    /// Licence stated for the collection that the file lies in.
    pub license: Option<String>,
}

/// Rules that were parsed, and what could not be.
#[derive(Debug, Default)]
pub struct LoadedRules {
    /// The documents in the order of files.
    pub documents: Vec<Document>,
    /// What could not be parsed.
    pub errors: Vec<ParseError>,
    /// Licence of the collection, by origin of the file.
    pub licenses: BTreeMap<String, String>,
}

impl LoadedRules {
    /// Parses files; a document that cannot be parsed does not lose the others.
    #[must_use]
    pub fn parse(files: &[RuleFile]) -> Self {
        let mut loaded = Self::default();
        for file in files {
            let parsed = parse_documents(&file.text, &file.origin);
            loaded.documents.extend(parsed.documents);
            loaded.errors.extend(parsed.errors);
            if let Some(license) = &file.license {
                loaded.licenses.insert(file.origin.clone(), license.clone());
            }
        }
        loaded
    }
}

/// The rules that ship with the program, by path.
#[must_use]
pub fn built_in() -> Vec<RuleFile> {
    let mut texts = BTreeMap::new();
    collect_embedded(&PACK, &mut texts);
    pair(texts, None)
}

/// The rules below a file or directory of the user's, by path.
///
/// # Errors
/// A path that cannot be read, or that holds no rule.
pub fn from_path(path: &Path) -> Result<Vec<RuleFile>, LoadError> {
    let mut texts = BTreeMap::new();
    let fail = |path: &Path, source: std::io::Error| LoadError::Io {
        path: path.to_owned(),
        source,
    };
    for entry in walkdir::WalkDir::new(path)
        .follow_links(true)
        .max_depth(32)
        .sort_by_file_name()
    {
        let entry = entry.map_err(|error| {
            let path = error.path().unwrap_or(path).to_owned();
            let reason = error.to_string();
            let source = error
                .into_io_error()
                .unwrap_or_else(|| std::io::Error::other(reason));
            LoadError::Io { path, source }
        })?;
        if entry.file_type().is_file() && is_rule_name(&entry.path().to_string_lossy()) {
            let bytes = std::fs::read(entry.path()).map_err(|error| fail(entry.path(), error))?;
            texts.insert(
                entry.path().display().to_string(),
                String::from_utf8_lossy(&bytes).into_owned(),
            );
        }
    }
    let files = pair(texts, collection_license(path).as_deref());
    if files.is_empty() {
        return Err(LoadError::Empty {
            path: path.to_owned(),
        });
    }
    Ok(files)
}

fn collect_embedded(dir: &Dir<'_>, texts: &mut BTreeMap<String, String>) {
    for entry in dir.entries() {
        match entry {
            DirEntry::Dir(dir) => collect_embedded(dir, texts),
            DirEntry::File(file) => {
                let name = format!("rules/{}", file.path().display());
                if is_rule_name(&name) {
                    texts.insert(name, file.contents_utf8().unwrap_or_default().to_owned());
                }
            }
        }
    }
}

fn is_rule_name(name: &str) -> bool {
    name.ends_with(".yml") || name.ends_with(".yaml")
}

fn pair(mut texts: BTreeMap<String, String>, license: Option<&str>) -> Vec<RuleFile> {
    let test_names: Vec<String> = texts
        .keys()
        .filter(|name| is_test_name(name))
        .cloned()
        .collect();
    let mut tests: BTreeMap<String, (String, String)> = BTreeMap::new();
    for name in test_names {
        if let (Some(text), Some(stem)) = (texts.remove(&name), test_stem(&name)) {
            tests.insert(stem, (name, text));
        }
    }
    let file = |(origin, text): (String, String)| {
        let stem = origin
            .trim_end_matches(".yaml")
            .trim_end_matches(".yml")
            .to_owned();
        RuleFile {
            tests: tests.get(&stem).cloned(),
            origin,
            text,
            license: license.map(str::to_owned),
        }
    };
    texts.into_iter().map(file).collect()
}

fn is_test_name(name: &str) -> bool {
    test_stem(name).is_some()
}

fn test_stem(name: &str) -> Option<String> {
    let stem = name
        .strip_suffix(".test.yml")
        .or_else(|| name.strip_suffix(".test.yaml"))?;
    Some(stem.to_owned())
}

/// Folders between a rule and the root of its collection, where the licence lies; SigmaHQ has
/// `rules/cloud/aws/cloudtrail/rule.yml`.
const MOST_LEVELS: usize = 6;

/// The licence that a collection states in a file at its root or above, inside the repository: rules of
/// SigmaHQ carry it there and not in each rule.
fn collection_license(path: &Path) -> Option<String> {
    let path = path.canonicalize().ok()?;
    let mut is_outside = false;
    let directories = path.ancestors().take(MOST_LEVELS).take_while(|directory| {
        let was_outside = is_outside;
        is_outside = directory.join(".git").exists();
        !was_outside
    });
    let mut names = directories.flat_map(|directory| {
        [
            "LICENSE",
            "LICENSE.md",
            "LICENSE.txt",
            "LICENSE.Detection.Rules.md",
        ]
        .map(|name| directory.join(name))
    });
    let text = names.find_map(|name| std::fs::read_to_string(name).ok())?;
    const KNOWN: [(&str, &str); 5] = [
        ("Detection Rule License", "DRL-1.1"),
        ("Apache License", "Apache-2.0"),
        ("MIT License", "MIT"),
        ("GNU AFFERO", "AGPL-3.0"),
        ("GNU GENERAL PUBLIC", "GPL"),
    ];
    let found = KNOWN.iter().find(|(words, _)| text.contains(words));
    Some(found.map_or_else(
        || text.lines().next().unwrap_or_default().trim().to_owned(),
        |(_, id)| (*id).to_owned(),
    ))
}
