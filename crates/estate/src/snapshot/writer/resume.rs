//! Goes on with a snapshot: keeps what was answered to the end.

use std::fs;
use std::io;
use std::path::Path;

use hashbrown::HashMap;

use super::{SnapshotWriter, WriteError, question, replace};
use crate::answer::Outcome;
use crate::decode::decode_heads;
use crate::estate::Problem;
use crate::kind::heads;
use crate::line;
use crate::scan::{canonical, has_more};
use crate::snapshot::layout::{self, AnswerFile, JOURNAL, MANIFEST};
use crate::snapshot::lines::{self, Line};
use crate::snapshot::open::read_line;

/// One line of a file that was begun.
struct Begun {
    parameters: String,
    page: u32,
    outcome: Outcome,
    more: bool,
    offset: u64,
    length: usize,
}

pub(super) fn resume(directory: &Path) -> Result<SnapshotWriter, WriteError> {
    if directory.join(MANIFEST).exists() {
        return Err(WriteError::Sealed {
            path: directory.to_owned(),
        });
    }
    if !directory.join(JOURNAL).is_file() {
        return Err(WriteError::NotBegun {
            path: directory.to_owned(),
        });
    }
    let mut writer = SnapshotWriter::of(directory);
    remove_unfinished(directory);
    let mut problems = Vec::new();
    for file in layout::files(directory, &mut problems) {
        let kept = keep_complete(&file, &mut problems);
        let kept = kept.map_err(|source| WriteError::Io {
            path: file.path.clone(),
            source,
        })?;
        for parameters in kept {
            let question = question(&file.place, &file.operation, &parameters);
            writer.complete.insert(question.into_boxed_str());
        }
    }
    writer.problems = problems;
    Ok(writer)
}

impl SnapshotWriter {
    /// Answers that tell which resources there are, of the calls that were answered to the end
    /// before this writer went on. What cannot be read is left out: it counts as not answered.
    pub fn enumerations(&self) -> Vec<crate::Answer> {
        let mut answers = Vec::new();
        let mut problems = Vec::new();
        for file in layout::files(&self.directory, &mut problems) {
            if !crate::enumerates(&file.operation) {
                continue;
            }
            let read = lines::read(&file.path, 0, file.size, |line| {
                if let Line::Whole(_, bytes) = line
                    && let Ok(read) = read_line(&file, bytes)
                {
                    answers.push(read.answer);
                }
            });
            // A file that vanished has nothing to tell.
            drop(read);
        }
        answers
    }
}

/// Removes files that a crash left while another was replaced.
fn remove_unfinished(directory: &Path) {
    let mut found = Vec::new();
    let mut problems = Vec::new();
    let _files = layout::files(directory, &mut problems);
    for problem in problems {
        let path = Path::new(&problem.file);
        if path.extension().is_some_and(|extension| extension == "new") && path.is_file() {
            found.push(path.to_owned());
        }
    }
    for path in found {
        let _ignored = fs::remove_file(path);
    }
}

/// Drops the lines of calls that were not answered to the end; the parameters of the others.
fn keep_complete(file: &AnswerFile, problems: &mut Vec<Problem>) -> io::Result<Vec<String>> {
    let mut begun = Vec::new();
    let mut number = 0_u64;
    let mut dropped = false;
    lines::read(&file.path, 0, file.size, |line| {
        number += 1;
        let read = match line {
            Line::Whole(offset, bytes) => read_line(file, bytes).map(|read| (offset, bytes, read)),
            Line::Cut(..) => Err("ends inside a line".to_owned()),
            Line::TooLong(_) => Err(format!("longer than {} bytes", line::LONGEST_LINE)),
        };
        match read {
            Ok((offset, bytes, read)) => {
                let answer = read.answer;
                let operation = &answer.operation;
                let body = (answer.outcome == Outcome::Ok)
                    .then(|| decode_heads(operation, &answer.body, heads(operation)));
                begun.push(Begun {
                    parameters: canonical(&answer.parameters),
                    page: answer.page,
                    outcome: answer.outcome,
                    more: match body {
                        Some(Ok(body)) => has_more(&body),
                        // What cannot be read is asked again.
                        Some(Err(_)) => true,
                        None => false,
                    },
                    offset,
                    length: bytes.len(),
                });
            }
            Err(reason) => {
                dropped = true;
                problems.push(Problem {
                    file: file.path.display().to_string(),
                    line: number,
                    reason,
                });
            }
        }
    })?;
    let mut pages: HashMap<&str, Vec<&Begun>> = HashMap::new();
    for line in &begun {
        pages.entry(&line.parameters).or_default().push(line);
    }
    pages.retain(|_, pages| is_complete(pages));
    let keep: Vec<&Begun> = begun
        .iter()
        .filter(|line| pages.contains_key(line.parameters.as_str()))
        .collect();
    if dropped || keep.len() < begun.len() {
        let source = fs::File::open(&file.path)?;
        replace(&file.path, |out| {
            for line in &keep {
                out.write_all(&lines::read_at(&source, line.offset, line.length)?)?;
                out.write_all(b"\n")?;
            }
            Ok(())
        })?;
    }
    Ok(pages.into_keys().map(str::to_owned).collect())
}

/// Whether the pages are all there, each once, and nothing stopped them.
fn is_complete(pages: &[&Begun]) -> bool {
    let mut numbers: Vec<_> = pages.iter().map(|line| line.page).collect();
    numbers.sort_unstable();
    let contiguous = (0..).zip(&numbers).all(|(wanted, page)| wanted == *page);
    let decided = pages.iter().all(|line| line.outcome.is_decided());
    let last = pages.iter().max_by_key(|line| line.page);
    contiguous && decided && last.is_some_and(|line| !line.more)
}
