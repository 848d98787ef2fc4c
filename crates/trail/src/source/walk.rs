//! Files below a directory.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs::{self, Metadata};
use std::path::{Path, PathBuf};

use super::{DiscoverOptions, Discovery, Input, Location, Problem, Source};

/// Finds the sources that inputs stand for. Never fails: what cannot be looked at becomes a problem.
///
/// Directories are read to the bottom, hidden files too, and symbolic links are followed; a link
/// back to a directory that is being read is reported. A file that several inputs or links lead to
/// is one source for each of them.
#[must_use]
pub fn discover(inputs: &[Input], options: &DiscoverOptions) -> Discovery {
    let mut discovery = Discovery::default();
    for input in inputs {
        match input {
            Input::Stdin => discovery.sources.push(Source {
                name: "-".to_owned(),
                location: Location::Stdin,
                size: None,
            }),
            Input::Path(path) => walk(path, options, &mut discovery),
            Input::S3 { bucket, prefix } => objects(bucket, prefix, options, &mut discovery),
        }
    }
    discovery
}

#[cfg(feature = "s3")]
fn objects(bucket: &str, prefix: &str, options: &DiscoverOptions, discovery: &mut Discovery) {
    let opened = match crate::s3::open(bucket, prefix, &options.s3) {
        Ok(opened) => opened,
        Err(error) => {
            let name = format!("s3://{bucket}/{prefix}");
            let message = error.to_string();
            return discovery.problems.push(Problem { name, message });
        }
    };
    let sources = opened.objects().iter().enumerate();
    discovery
        .sources
        .extend(sources.map(|(number, object)| Source {
            name: format!("s3://{bucket}/{}", object.key),
            location: Location::S3 {
                bucket: opened.clone(),
                number,
            },
            size: Some(object.size),
        }));
}

#[cfg(not(feature = "s3"))]
fn objects(bucket: &str, prefix: &str, _: &DiscoverOptions, discovery: &mut Discovery) {
    discovery.problems.push(Problem {
        name: format!("s3://{bucket}/{prefix}"),
        message: "this build does not read from S3".to_owned(),
    });
}

fn walk(start: &Path, options: &DiscoverOptions, discovery: &mut Discovery) {
    match fs::metadata(start) {
        Ok(metadata) if metadata.is_dir() => {
            let mut walk = Walk {
                options,
                discovery,
                found: Vec::new(),
                open: BTreeSet::new(),
            };
            walk.directory(start, 0);
            let mut found = walk.found;
            found.sort_by(|(left, _), (right, _)| {
                let left = left.as_os_str().as_encoded_bytes();
                left.cmp(right.as_os_str().as_encoded_bytes())
            });
            discovery
                .sources
                .extend(found.into_iter().map(|(path, size)| file(path, Some(size))));
        }
        // Devices and pipes are read when they are named, though not when they lie in a directory.
        Ok(metadata) => {
            let size = metadata.is_file().then_some(metadata.len());
            discovery.sources.push(file(start.to_owned(), size));
        }
        Err(error) => discovery.problem(start, &error.to_string()),
    }
}

fn file(path: PathBuf, size: Option<u64>) -> Source {
    Source {
        name: path.to_string_lossy().into_owned(),
        location: Location::File(path),
        size,
    }
}

struct Walk<'a> {
    options: &'a DiscoverOptions,
    discovery: &'a mut Discovery,
    found: Vec<(PathBuf, u64)>,
    /// Canonical paths of the directories between the input and here.
    open: BTreeSet<PathBuf>,
}

impl Walk<'_> {
    fn directory(&mut self, path: &Path, depth: usize) {
        if depth > self.options.max_depth {
            let message = format!("deeper than {} directories", self.options.max_depth);
            self.discovery.problem(path, &message);
            return;
        }
        let canonical = match fs::canonicalize(path) {
            Ok(canonical) => canonical,
            Err(error) => return self.discovery.problem(path, &error.to_string()),
        };
        if !self.open.insert(canonical.clone()) {
            return self.discovery.problem(path, "symbolic link loop");
        }
        for name in self.names(path) {
            let entry = path.join(name);
            match fs::metadata(&entry) {
                Ok(metadata) => self.entry(&entry, &metadata, depth),
                Err(error) => self.discovery.problem(&entry, &error.to_string()),
            }
        }
        self.open.remove(&canonical);
    }

    fn entry(&mut self, path: &Path, metadata: &Metadata, depth: usize) {
        if metadata.is_dir() {
            self.directory(path, depth + 1);
        } else if metadata.is_file() {
            self.found.push((path.to_owned(), metadata.len()));
        } else {
            self.discovery
                .problem(path, "neither a file nor a directory; not read");
        }
    }

    /// Names in a directory, sorted so that problems come in a fixed order too.
    fn names(&mut self, path: &Path) -> Vec<OsString> {
        let entries = match fs::read_dir(path) {
            Ok(entries) => entries,
            Err(error) => {
                self.discovery.problem(path, &error.to_string());
                return Vec::new();
            }
        };
        let mut names = Vec::new();
        for entry in entries {
            match entry {
                Ok(entry) => names.push(entry.file_name()),
                Err(error) => self.discovery.problem(path, &error.to_string()),
            }
        }
        names.sort();
        names
    }
}

impl Discovery {
    fn problem(&mut self, path: &Path, message: &str) {
        self.problems.push(Problem {
            name: path.to_string_lossy().into_owned(),
            message: message.to_owned(),
        });
    }
}
