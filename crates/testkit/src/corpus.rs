//! The benchmark corpus: as many bytes of CloudTrail files as asked for, and rules to go with them.
//!
//! Every record depends on the number of its file and its place alone, so files can be made in any
//! order and by any number of threads with the same bytes.

mod context;
mod events;
mod rules;
mod template;

use std::path::Path;

use crate::delivery::{File, WriteError, gzip, write_files};
use crate::random::Random;
use context::Context;
use events::{ATTACKS, GROUPS};
use template::{Template, templates};

pub use rules::write_rules;

/// Inflated size of a file, in bytes; the last record goes a little over.
pub const FILE_BYTES: usize = 8_000_000;
/// Compression level of the files.
pub const LEVEL: i32 = 6;

/// What was written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Summary {
    /// Number of files.
    pub files: u64,
    /// Number of records, duplicates included.
    pub records: u64,
    /// Inflated bytes.
    pub inflated: u64,
    /// Bytes on disk.
    pub compressed: u64,
}

/// Makes the files of a corpus.
#[derive(Debug)]
pub struct Corpus {
    calls: Vec<(u64, Template)>,
    attacks: Vec<(u64, Template)>,
}

/// Sixteen records apart, the second file of a half day repeats one of the first.
const DUPLICATE_EVERY: u64 = 16;
/// Distance of the repeated records in the first file. Not a divisor of `ATTACK_AT`.
const DUPLICATE_STRIDE: u64 = 13;
/// Place of the one event in every second file that rules should find.
const ATTACK_AT: u64 = 1_000;

impl Default for Corpus {
    fn default() -> Self {
        Self::new()
    }
}

impl Corpus {
    /// Prepares the templates.
    #[must_use]
    pub fn new() -> Self {
        Self {
            calls: templates(GROUPS),
            attacks: templates(ATTACKS),
        }
    }

    /// The inflated text of a file and the number of its records.
    #[must_use]
    pub fn text(&self, file: u64) -> (String, u64) {
        let context = Context::new(file);
        let earlier = (file % 2 == 1).then(|| Context::new(file - 1));
        let mut text = String::with_capacity(FILE_BYTES + 64 * 1_024);
        text.push_str("{\"Records\":[");
        let mut records = 0;
        while text.len() < FILE_BYTES {
            if records > 0 {
                text.push(',');
            }
            match &earlier {
                Some(earlier) if records % DUPLICATE_EVERY == 7 => {
                    self.record(
                        file - 1,
                        earlier,
                        records / DUPLICATE_EVERY * DUPLICATE_STRIDE,
                        &mut text,
                    );
                }
                _ => self.record(file, &context, records, &mut text),
            }
            records += 1;
        }
        text.push_str("]}");
        (text, records)
    }

    /// The compressed file with its path, its inflated size and the number of its records.
    ///
    /// # Errors
    /// When the file cannot be compressed.
    pub fn file(&self, number: u64) -> Result<(File, u64, u64), WriteError> {
        let (text, records) = self.text(number);
        let context = Context::new(number);
        let (account, region) = (context.account, context.region);
        let delivered = context.start.at(12, 4);
        let path = format!(
            "AWSLogs/{account}/CloudTrail/{region}/{}/{account}_CloudTrail_{region}_{}_{}.json.gz",
            delivered.path(),
            delivered.compact(),
            Random::new(number).letters(16),
        );
        let bytes = gzip(Path::new(&path), text.as_bytes(), LEVEL)?;
        Ok((File { path, bytes }, text.len() as u64, records))
    }

    fn record(&self, file: u64, context: &Context, place: u64, text: &mut String) {
        let seed = Random::new(
            file.wrapping_mul(0xd6e8_feb8_6659_fd93) ^ place.wrapping_mul(0xa076_1d64_78bd_642f),
        );
        let random = Random::new(seed.next_u64());
        let time = context
            .start
            .plus((place as i64 * 6).min(43_000) + random.between(0, 120))
            .iso();
        let attack = file.is_multiple_of(2) && place == ATTACK_AT;
        let template = if attack {
            self.attacks
                .get((file / 2) as usize % self.attacks.len().max(1))
        } else {
            let total = self.calls.last().map_or(0, |(sum, _)| *sum);
            let drawn = random.below(total);
            self.calls
                .get(self.calls.partition_point(|(sum, _)| *sum <= drawn))
        };
        if let Some((_, template)) = template {
            template.render(context, &time, &random, text);
        }
    }
}

/// Writes files of a corpus of at least `bytes` inflated bytes below `root`, with `threads` threads.
///
/// # Errors
/// The first file that could not be compressed or written.
pub fn write(root: &Path, bytes: u64, threads: u64) -> Result<Summary, WriteError> {
    let files = bytes.div_ceil(FILE_BYTES as u64);
    let threads = threads.max(1);
    let corpus = &Corpus::new();
    let parts: Vec<Result<Summary, WriteError>> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads)
            .map(|first| {
                scope.spawn(move || {
                    write_part(corpus, root, (first..files).step_by(threads as usize))
                })
            })
            .collect();
        workers
            .into_iter()
            .filter_map(|worker| worker.join().ok())
            .collect()
    });
    let mut total = Summary::default();
    for part in parts {
        let part = part?;
        total.files += part.files;
        total.records += part.records;
        total.inflated += part.inflated;
        total.compressed += part.compressed;
    }
    Ok(total)
}

fn write_part(
    corpus: &Corpus,
    root: &Path,
    files: impl Iterator<Item = u64>,
) -> Result<Summary, WriteError> {
    let mut summary = Summary::default();
    for number in files {
        let (file, inflated, records) = corpus.file(number)?;
        summary.files += 1;
        summary.records += records;
        summary.inflated += inflated;
        summary.compressed += file.bytes.len() as u64;
        write_files(root, &[file])?;
    }
    Ok(summary)
}
