//! Hashing items, on several threads.

use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use super::VerifyOptions;
use super::report::{Problem, ProblemKind};
use crate::digest::HashingReader;
use crate::item::Item;
use crate::read::{ReadError, open_file};
use crate::records::{self, RECORDS};

const WINDOW: usize = 256 << 10;

/// What was checked.
#[derive(Debug, Default)]
pub(super) struct Sums {
    pub(super) files: u64,
    pub(super) bytes: u64,
    pub(super) records: u64,
    pub(super) problems: Vec<Problem>,
}

/// Checks the bytes of items. The order of the problems is not settled.
pub(super) fn check(directory: &Path, items: &[&Item], options: &VerifyOptions) -> Sums {
    let next = AtomicUsize::new(0);
    let work = || {
        let mut sums = Sums::default();
        while let Some(item) = items.get(next.fetch_add(1, Ordering::Relaxed)) {
            check_item(directory, item, options, &mut sums);
        }
        sums
    };
    let threads = options.threads.clamp(1, 256).min(items.len().max(1));
    if threads == 1 {
        return work();
    }
    let all: Vec<Sums> = thread::scope(|scope| {
        // A thread that the system does not give is one less: this one works as well.
        let helpers: Vec<_> = (1..threads)
            .filter_map(|_| thread::Builder::new().spawn_scoped(scope, work).ok())
            .collect();
        let mut all = vec![work()];
        for helper in helpers {
            match helper.join() {
                Ok(sums) => all.push(sums),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        all
    });
    let mut total = Sums::default();
    for sums in all {
        total.files += sums.files;
        total.bytes += sums.bytes;
        total.records += sums.records;
        total.problems.extend(sums.problems);
    }
    total
}

fn check_item(directory: &Path, item: &Item, options: &VerifyOptions, sums: &mut Sums) {
    let mut problem = |kind, detail: String| {
        sums.problems.push(Problem {
            path: item.path.clone(),
            kind,
            detail,
        });
    };
    let file = match open_file(&directory.join(&item.path)) {
        Ok((file, _)) => file,
        Err(ReadError::Missing(_)) => {
            return problem(ProblemKind::Missing, "is missing".to_owned());
        }
        Err(ReadError::Io { error, .. }) => {
            return problem(ProblemKind::Unreadable, error.to_string());
        }
        Err(_) => return problem(ProblemKind::NotAFile, "is not a regular file".to_owned()),
    };
    // A file that grows meanwhile is not read for ever.
    let bounded = file.take(item.size.saturating_add(1));
    let mut reader = BufReader::with_capacity(WINDOW, HashingReader::new(bounded));
    let is_pack = item.path.split('/').next() == Some(RECORDS);
    let read = (|| -> io::Result<Option<Result<u64, String>>> {
        let records = match is_pack && !options.skip_records {
            true => Some(records::check_pack(&item.path, &mut reader)?),
            false => None,
        };
        loop {
            let length = reader.fill_buf()?.len();
            if length == 0 {
                return Ok(records);
            }
            reader.consume(length);
        }
    })();
    let records = match read {
        Ok(records) => records,
        Err(error) => return problem(ProblemKind::Unreadable, error.to_string()),
    };
    let (sha256, size) = reader.into_inner().finish();
    if size != item.size || sha256 != item.sha256 {
        let detail = format!("has the SHA-256 {sha256} instead of {}", item.sha256);
        problem(ProblemKind::Altered, detail);
        return;
    }
    match records {
        None => {}
        Some(Ok(count)) => sums.records += count,
        Some(Err(reason)) => return problem(ProblemKind::Records, reason),
    }
    sums.files += 1;
    sums.bytes += size;
}
