//! Checking a directory.

mod files;
pub(crate) mod report;
mod walk;

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use thiserror::Error;

use crate::journal::{Journal, LARGEST_HEAD, LARGEST_JOURNAL};
use crate::key::MANIFEST_NAMESPACE;
use crate::manifest::{LARGEST_MANIFEST, Manifest};
use crate::read::{ReadError, open_file, read_bounded, read_file};
use crate::signers::{AllowedSigners, SignatureStatus, Trust, check_signature};
use crate::{Digest, JOURNAL, JOURNAL_HEAD, MANIFEST, MANIFEST_SIGNATURE, atomic};
use report::{JournalSummary, Problem, ProblemKind, Problems, VerifyReport};

/// Largest signature file that is read, in bytes.
const LARGEST_SIGNATURE_FILE: u64 = 64 << 10;

/// How to check.
#[derive(Debug, Clone, Default)]
pub struct VerifyOptions {
    /// Whose signatures are believed. With a list, everything must be signed by somebody on it;
    /// without, a good signature of anybody is reported as such.
    pub allowed_signers: Option<AllowedSigners>,
    /// The time, for lists of signers with `valid-after` and `valid-before`.
    pub now: Option<Timestamp>,
    /// Threads that hash files; 0 is 1.
    pub threads: usize,
    /// Leaves out that every record in the packs is the one that its line names. The packs
    /// themselves are checked in any case.
    pub skip_records: bool,
}

/// Why a directory could not be checked at all.
#[derive(Debug, Error)]
pub enum VerifyError {
    /// It is not there, or no directory.
    #[error("{}: {error}", path.display())]
    Directory {
        /// Its path.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
}

/// Checks every byte of a directory against its manifest, and the manifest, its signature and the
/// journal.
pub fn verify(directory: &Path, options: &VerifyOptions) -> Result<VerifyReport, VerifyError> {
    let metadata = fs::metadata(directory).and_then(|found| match found.is_dir() {
        true => Ok(()),
        false => Err(io::Error::from(io::ErrorKind::NotADirectory)),
    });
    metadata.map_err(|error| VerifyError::Directory {
        path: directory.to_owned(),
        error,
    })?;
    let mut check = Check {
        directory,
        options,
        problems: Problems::default(),
        report: VerifyReport::new(),
    };
    check.run();
    Ok(check.report.finish(check.problems))
}

struct Check<'a> {
    directory: &'a Path,
    options: &'a VerifyOptions,
    problems: Problems,
    report: VerifyReport,
}

impl Check<'_> {
    fn run(&mut self) {
        let bytes = match read_file(&self.directory.join(MANIFEST), LARGEST_MANIFEST) {
            Ok(bytes) => bytes,
            Err(error) => {
                self.unread(MANIFEST, error);
                let part = atomic::unfinished(&self.directory.join(MANIFEST));
                if fs::symlink_metadata(part).is_ok() {
                    let detail = "the directory was not sealed: writing it did not come to its end";
                    self.problem(ProblemKind::Manifest, MANIFEST, detail);
                }
                return;
            }
        };
        let digest = Digest::of(&bytes);
        self.report.manifest_sha256 = Some(digest);
        let manifest = match Manifest::parse(&bytes) {
            Ok(manifest) => manifest,
            Err(error) => {
                self.problem(ProblemKind::Manifest, MANIFEST, &error.to_string());
                return;
            }
        };
        self.signature(&manifest, &bytes);
        self.journal(&manifest, digest);
        self.files(&manifest);
        self.report.case_id = Some(manifest.case_id);
        self.report.merkle_root = Some(manifest.merkle_root);
    }

    fn signature(&mut self, manifest: &Manifest, bytes: &[u8]) {
        let Some(signer) = &manifest.signer else {
            self.report.signature = SignatureStatus::Unsigned;
            if self.options.allowed_signers.is_some() {
                let detail = "the directory is not signed, and only allowed signers are believed";
                self.problem(ProblemKind::Signature, MANIFEST, detail);
            }
            return;
        };
        let path = self.directory.join(MANIFEST_SIGNATURE);
        let signature = match read_file(&path, LARGEST_SIGNATURE_FILE) {
            Ok(signature) => signature,
            Err(error) => {
                self.report.signature = SignatureStatus::Invalid {
                    reason: "there is none, although the manifest names its signer".to_owned(),
                };
                return self.unread(MANIFEST_SIGNATURE, error);
            }
        };
        let allowed = self.options.allowed_signers.as_ref();
        let now = self.options.now;
        let mut status = check_signature(&signature, MANIFEST_NAMESPACE, bytes, allowed, now);
        if matches!(&status, SignatureStatus::Valid(found) if found.fingerprint != *signer) {
            status = SignatureStatus::Invalid {
                reason: "it is not by the key that the manifest names".to_owned(),
            };
        }
        self.judge(&status, MANIFEST_SIGNATURE, "");
        self.report.signature = status;
    }

    /// A signature that is not valid or not by an allowed signer is a problem; none may be.
    fn judge(&mut self, status: &SignatureStatus, path: &str, place: &str) {
        match status {
            SignatureStatus::Unsigned => {}
            SignatureStatus::Invalid { reason } => {
                self.problem(ProblemKind::Signature, path, &format!("{place}{reason}"));
            }
            SignatureStatus::Valid(signer) => {
                if let Trust::NotAllowed { reason } = &signer.trust {
                    let detail = format!("{place}signed by {}: {reason}", signer.fingerprint);
                    self.problem(ProblemKind::Signature, path, &detail);
                }
            }
        }
    }

    fn journal(&mut self, manifest: &Manifest, digest: Digest) {
        // Somebody may be writing an entry: with the lock, journal and head fit. A medium that
        // cannot lock can have no such writer either.
        let opened = open_file(&self.directory.join(JOURNAL));
        let _lock = opened.as_ref().map(|(file, _)| file.lock_shared());
        let journal = opened.as_ref().map_err(|_| ()).and_then(|(file, _)| {
            let path = self.directory.join(JOURNAL);
            match read_bounded(file, &path, LARGEST_JOURNAL) {
                Ok(bytes) => Ok(bytes),
                Err(error) => {
                    self.unread(JOURNAL, error);
                    Err(())
                }
            }
        });
        let head = read_file(&self.directory.join(JOURNAL_HEAD), LARGEST_HEAD);
        if let Err(error) = opened {
            self.unread(JOURNAL, error);
        }
        let head = match head {
            Ok(head) => head,
            Err(error) => return self.unread(JOURNAL_HEAD, error),
        };
        let Ok(journal) = journal else {
            return;
        };
        let allowed = self.options.allowed_signers.as_ref();
        let parsed = Journal::parse(digest, &journal, &head, allowed, self.options.now);
        let journal = match parsed {
            Ok(journal) => journal,
            Err(error) => {
                return self.problem(ProblemKind::Journal, JOURNAL, &error.to_string());
            }
        };
        self.judge(&journal.signature, JOURNAL_HEAD, "");
        let must = manifest.signer.is_some() || self.options.allowed_signers.is_some();
        if must && journal.signature == SignatureStatus::Unsigned {
            let detail = "is not signed, so nothing shows that no entry was cut off or rewritten";
            self.problem(ProblemKind::Signature, JOURNAL_HEAD, detail);
        }
        let mut signed = 0;
        for note in &journal.notes {
            signed += u64::from(note.signature != SignatureStatus::Unsigned);
            self.judge(
                &note.signature,
                JOURNAL,
                &format!("entry {}: ", note.number),
            );
        }
        self.report.journal = Some(JournalSummary {
            entries: journal.notes.len() as u64,
            signed_entries: signed,
            last: journal.last,
            signature: journal.signature,
        });
    }

    fn files(&mut self, manifest: &Manifest) {
        let mut own = vec![MANIFEST, JOURNAL, JOURNAL_HEAD];
        if manifest.signer.is_some() {
            own.push(MANIFEST_SIGNATURE);
        }
        let found = walk::walk(self.directory, manifest, &own, &mut self.problems);
        let sizes: BTreeMap<&str, u64> = found
            .iter()
            .map(|(path, size)| (path.as_str(), *size))
            .collect();
        let mut present = Vec::with_capacity(manifest.items.len());
        for item in &manifest.items {
            match sizes.get(item.path.as_str()) {
                // Said by the walk, if something else has the name.
                None if self.problems.names(&item.path) => {}
                None => self.problem(ProblemKind::Missing, &item.path, "is missing"),
                Some(size) if *size != item.size => {
                    let detail = format!("has {size} bytes instead of {}", item.size);
                    self.problem(ProblemKind::Altered, &item.path, &detail);
                }
                Some(_) => present.push(item),
            }
        }
        let sums = files::check(self.directory, &present, self.options);
        self.report.files = sums.files;
        self.report.bytes = sums.bytes;
        self.report.records = (!self.options.skip_records).then_some(sums.records);
        for problem in sums.problems {
            self.problems.add(problem);
        }
    }

    fn unread(&mut self, path: &str, error: ReadError) {
        let (kind, detail) = match &error {
            ReadError::Missing(_) => (ProblemKind::Missing, "is missing".to_owned()),
            ReadError::NotAFile(_) => (ProblemKind::NotAFile, "is not a regular file".to_owned()),
            ReadError::TooLarge { limit, .. } => {
                (ProblemKind::Altered, format!("has more than {limit} bytes"))
            }
            ReadError::Io { error, .. } => (ProblemKind::Unreadable, error.to_string()),
        };
        self.problem(kind, path, &detail);
    }

    fn problem(&mut self, kind: ProblemKind, path: &str, detail: &str) {
        self.problems.add(Problem {
            path: path.to_owned(),
            kind,
            detail: detail.to_owned(),
        });
    }
}
