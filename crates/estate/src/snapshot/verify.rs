//! Compares a snapshot with its manifest.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::Value;
use sha2::{Digest, Sha256};

use super::lasting::lasting;
use super::layout::{self, AnswerFile, RUN, problem};
use super::lines::{self, Line};
use super::manifest::{Manifest, OperationSummary};
use super::open::{OpenError, read_line, read_manifest};
use crate::answer::{Answer, hexadecimal};
use crate::estate::{Place, Problem};
use crate::line;

/// Everything in which a snapshot differs from what was sealed; empty when it is intact.
pub fn verify(directory: &Path) -> Result<Vec<Problem>, OpenError> {
    let mut problems = Vec::new();
    let manifest = read_manifest(directory)?;
    let files = layout::files(directory, &mut problems);
    let Some(manifest) = manifest else {
        problems.push(problem(directory, "is not sealed"));
        return Ok(problems);
    };
    for path in manifest.missing(directory, &files) {
        problems.push(problem(&path, "is missing"));
    }
    let expected: BTreeMap<(Place, &str), &OperationSummary> = manifest
        .operations
        .iter()
        .map(|summary| ((summary.place(), summary.operation.as_str()), summary))
        .collect();
    let digests = file_digests(directory, &mut problems);
    for file in &files {
        let Some(summary) = expected.get(&(file.place.clone(), file.operation.as_str())) else {
            problems.push(problem(&file.path, "is not in the manifest"));
            continue;
        };
        let (found, bytes) = sum_file(file, &mut problems);
        if found != **summary {
            problems.push(problem(&file.path, "differs from the manifest"));
        }
        let path = layout::relative_path(&file.place, &file.operation).unwrap_or_default();
        let path = path.to_string_lossy().replace('\\', "/");
        let written = digests.as_ref().map(|digests| digests.get(&path));
        if written.is_some_and(|written| written.and_then(Value::as_str) != Some(&*bytes)) {
            problems.push(problem(&file.path, "differs from the digest in run.json"));
        }
    }
    let mut summed = manifest.clone();
    summed.finish();
    if summed != manifest {
        let path = directory.join(layout::MANIFEST);
        problems.push(problem(
            &path,
            "its digest or its lists do not fit its operations",
        ));
    }
    problems.sort();
    Ok(problems)
}

/// Digests of the files as the run wrote them.
fn file_digests(
    directory: &Path,
    problems: &mut Vec<Problem>,
) -> Option<serde_json::Map<String, Value>> {
    let path = directory.join(RUN);
    let read = fs::read(&path).map_err(|error| error.to_string());
    let run = read
        .and_then(|text| serde_json::from_slice::<Value>(&text).map_err(|error| error.to_string()));
    match run {
        Ok(run) => match run.get("files").and_then(Value::as_object) {
            Some(files) => Some(files.clone()),
            None => {
                problems.push(problem(&path, "has no digests of files"));
                None
            }
        },
        Err(reason) => {
            problems.push(problem(&path, &reason));
            None
        }
    }
}

fn sum_file(file: &AnswerFile, problems: &mut Vec<Problem>) -> (OperationSummary, String) {
    let mut summing = Summing::new(&file.place, &file.operation);
    let mut digest = Sha256::new();
    let mut number = 0_u64;
    let result = lines::read(&file.path, 0, file.size, |line| {
        number += 1;
        let read = match line {
            Line::Whole(_, bytes) => {
                digest.update(bytes);
                digest.update(b"\n");
                read_line(file, bytes)
            }
            Line::Cut(_, bytes) => {
                digest.update(bytes);
                Err("ends inside a line".to_owned())
            }
            Line::TooLong(_) => Err(format!("longer than {} bytes", line::LONGEST_LINE)),
        };
        let added = read.and_then(|read| summing.add(read.answer));
        if let Err(reason) = added {
            problems.push(Problem {
                file: file.path.display().to_string(),
                line: number,
                reason,
            });
        }
    });
    if let Err(error) = result {
        problems.push(problem(&file.path, &error.to_string()));
    }
    (summing.finish(), hexadecimal(&digest.finalize().into()))
}

/// Sums up the answers of a file.
pub(super) struct Summing {
    summary: OperationSummary,
    digest: Sha256,
}

impl Summing {
    pub(super) fn new(place: &Place, operation: &str) -> Self {
        Self {
            summary: OperationSummary {
                account: place.account.clone(),
                region: place.region.clone(),
                operation: operation.to_owned(),
                ..OperationSummary::default()
            },
            digest: Sha256::new(),
        }
    }

    /// Adds an answer, without what differs between two runs.
    pub(super) fn add(&mut self, answer: Answer) -> Result<(), String> {
        let body = match lasting(&answer.operation, &answer.body) {
            Cow::Borrowed(_) => None,
            Cow::Owned(body) => Some(body),
        };
        let outcome = answer.outcome;
        let timeless = Answer {
            at: None,
            request_id: None,
            body: body.unwrap_or(answer.body),
            ..answer
        };
        self.digest.update(line::write(&timeless)?);
        self.summary.answers += 1;
        *self.summary.outcomes.entry(outcome).or_default() += 1;
        Ok(())
    }

    pub(super) fn finish(mut self) -> OperationSummary {
        self.summary.sha256 = hexadecimal(&self.digest.finalize().into());
        self.summary
    }
}

impl Manifest {
    pub(super) fn add(&mut self, summary: OperationSummary) {
        self.operations.push(summary);
    }

    /// Fills in what follows from the operations.
    pub(super) fn finish(&mut self) {
        self.operations.sort_by(|left, right| {
            let key = |summary: &OperationSummary| {
                (
                    summary.account.clone(),
                    summary.region.clone(),
                    summary.operation.clone(),
                )
            };
            key(left).cmp(&key(right))
        });
        let mut digest = Sha256::new();
        self.accounts.clear();
        self.regions.clear();
        for summary in &self.operations {
            self.accounts.insert(summary.account.clone());
            self.regions.insert(summary.region.clone());
            for part in [
                &summary.account,
                &summary.region,
                &summary.operation,
                &summary.sha256,
            ] {
                digest.update(part.as_bytes());
                digest.update(b"\n");
            }
        }
        self.sha256 = hexadecimal(&digest.finalize().into());
    }
}
