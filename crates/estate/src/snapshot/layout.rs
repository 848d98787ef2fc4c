//! Which files a snapshot has.

use std::fs;
use std::path::{Path, PathBuf};

use crate::estate::{Place, Problem};

/// Deterministic summary.
pub(crate) const MANIFEST: &str = "manifest.json";
/// What differs between two runs.
pub(crate) const RUN: &str = "run.json";
/// Marks a directory that is still being written.
pub(crate) const JOURNAL: &str = "journal.json";

const EXTENSION: &str = "jsonl";

/// A file of answers.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct AnswerFile {
    pub(crate) place: Place,
    /// Service and operation.
    pub(crate) operation: String,
    pub(crate) path: PathBuf,
    pub(crate) size: u64,
}

/// Path of an operation's answers, relative to the snapshot. None when a part is no plain name.
pub(crate) fn relative_path(place: &Place, operation: &str) -> Option<PathBuf> {
    let (service, name) = operation.split_once(':')?;
    let parts = [&place.account, &place.region, service, name];
    if !parts.into_iter().all(is_plain) {
        return None;
    }
    let mut path = PathBuf::from(&place.account);
    path.push(&place.region);
    path.push(service);
    path.push(format!("{name}.{EXTENSION}"));
    Some(path)
}

fn is_plain(part: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    !part.is_empty() && part.len() <= 128 && part.bytes().all(plain)
}

/// Every file of answers, sorted; what does not belong there is a problem.
pub(crate) fn files(directory: &Path, problems: &mut Vec<Problem>) -> Vec<AnswerFile> {
    let mut found = Vec::new();
    let own = [MANIFEST, RUN, JOURNAL];
    for (account, path, is_directory) in entries(directory, problems) {
        if own.contains(&account.as_str()) && !is_directory {
            continue;
        }
        if !is_directory || !is_plain(&account) {
            problems.push(foreign(&path));
            continue;
        }
        for (region, path) in directories(&path, problems) {
            for (service, path) in directories(&path, problems) {
                let place = Place::new(account.clone(), region.clone());
                operations(&path, &place, &service, &mut found, problems);
            }
        }
    }
    found.sort();
    found
}

fn operations(
    directory: &Path,
    place: &Place,
    service: &str,
    found: &mut Vec<AnswerFile>,
    problems: &mut Vec<Problem>,
) {
    for (name, path, is_directory) in entries(directory, problems) {
        let operation = name.strip_suffix(".jsonl").filter(|name| is_plain(name));
        let Some(operation) = operation.filter(|_| !is_directory) else {
            problems.push(foreign(&path));
            continue;
        };
        match fs::metadata(&path) {
            Ok(metadata) => found.push(AnswerFile {
                place: place.clone(),
                operation: format!("{service}:{operation}"),
                path,
                size: metadata.len(),
            }),
            Err(error) => problems.push(problem(&path, &error.to_string())),
        }
    }
}

fn directories(directory: &Path, problems: &mut Vec<Problem>) -> Vec<(String, PathBuf)> {
    let mut found = Vec::new();
    for (name, path, is_directory) in entries(directory, problems) {
        if is_directory && is_plain(&name) {
            found.push((name, path));
        } else {
            problems.push(foreign(&path));
        }
    }
    found
}

/// Name, path, whether it is a directory. Links are not followed.
fn entries(directory: &Path, problems: &mut Vec<Problem>) -> Vec<(String, PathBuf, bool)> {
    let mut found = Vec::new();
    let listed = match fs::read_dir(directory) {
        Ok(listed) => listed,
        Err(error) => {
            problems.push(problem(directory, &error.to_string()));
            return found;
        }
    };
    for entry in listed {
        let entry = entry.and_then(|entry| Ok((entry.file_type()?, entry)));
        match entry {
            Ok((kind, entry)) if kind.is_dir() || kind.is_file() => {
                let name = entry.file_name().to_string_lossy().into_owned();
                found.push((name, entry.path(), kind.is_dir()));
            }
            Ok((_, entry)) => problems.push(foreign(&entry.path())),
            Err(error) => problems.push(problem(directory, &error.to_string())),
        }
    }
    found.sort();
    found
}

fn foreign(path: &Path) -> Problem {
    problem(path, "is no part of a snapshot")
}

pub(crate) fn problem(path: &Path, reason: &str) -> Problem {
    Problem {
        file: path.display().to_string(),
        line: 0,
        reason: reason.to_owned(),
    }
}
