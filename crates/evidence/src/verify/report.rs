//! What a check found.

use std::collections::BTreeSet;
use std::fmt;
use std::io::{self, Write};

use serde::Serialize;

use crate::Digest;
use crate::signers::{SignatureStatus, Trust};

/// Most problems that a report lists.
const MOST_PROBLEMS: usize = 1_000;
/// Longest text of a problem that a report shows, in characters.
const LONGEST_SHOWN: usize = 1_000;

/// What a check found. The same directory and options give the same report, whatever the threads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct VerifyReport {
    /// In one word.
    pub verdict: Verdict,
    /// See [`crate::Manifest::case_id`]; absent when the manifest is bad.
    pub case_id: Option<String>,
    /// SHA-256 of `manifest.json` as it is.
    pub manifest_sha256: Option<Digest>,
    /// See [`crate::Manifest::merkle_root`].
    pub merkle_root: Option<Digest>,
    /// Of the manifest.
    pub signature: SignatureStatus,
    /// Items that are as the manifest says.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Records in the packs, each with the digest that its line names; absent when left out.
    pub records: Option<u64>,
    /// Absent when the journal is broken.
    pub journal: Option<JournalSummary>,
    /// By path, the first thousand.
    pub problems: Vec<Problem>,
    /// Problems that are not listed.
    pub problems_left_out: u64,
}

/// A report in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Everything is as it was sealed, and the journal holds together. Who sealed it is what
    /// [`VerifyReport::signature`] says.
    Intact,
    /// Something differs.
    Failed,
    /// Nothing differs in what could be read; something could not.
    Incomplete,
}

/// A journal that holds together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct JournalSummary {
    /// Number of entries.
    pub entries: u64,
    /// Entries with a signature of their own.
    pub signed_entries: u64,
    /// SHA-256 of the last line; of the manifest when there is none.
    pub last: Digest,
    /// Of the head, which binds all entries.
    pub signature: SignatureStatus,
}

/// Something that is not as it was sealed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Problem {
    /// In the directory. What is not UTF-8 has U+FFFD instead.
    pub path: String,
    /// Which kind.
    pub kind: ProblemKind,
    /// What exactly.
    pub detail: String,
}

/// Kinds of problems.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProblemKind {
    /// The manifest is none, or the directory was never sealed.
    Manifest,
    /// A signature is missing, wrong, or not by an allowed signer.
    Signature,
    /// The journal or its head are broken.
    Journal,
    /// A file is not there.
    Missing,
    /// A file has other bytes.
    Altered,
    /// A file or directory is there that the manifest does not know.
    Unexpected,
    /// A symbolic link.
    Symlink,
    /// Something other than a file has the name of a file, or the other way round.
    NotAFile,
    /// A pack is as it was sealed, but was wrong then.
    Records,
    /// The system does not let it be read, so nothing is known of it.
    Unreadable,
}

impl fmt::Display for ProblemKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Manifest => "manifest",
            Self::Signature => "signature",
            Self::Journal => "journal",
            Self::Missing => "missing",
            Self::Altered => "altered",
            Self::Unexpected => "unexpected",
            Self::Symlink => "symlink",
            Self::NotAFile => "not-a-file",
            Self::Records => "records",
            Self::Unreadable => "unreadable",
        })
    }
}

impl VerifyReport {
    pub(super) fn new() -> Self {
        Self {
            verdict: Verdict::Failed,
            case_id: None,
            manifest_sha256: None,
            merkle_root: None,
            signature: SignatureStatus::Invalid {
                reason: "the manifest cannot be read".to_owned(),
            },
            files: 0,
            bytes: 0,
            records: None,
            journal: None,
            problems: Vec::new(),
            problems_left_out: 0,
        }
    }

    pub(super) fn finish(mut self, problems: Problems) -> Self {
        self.verdict = match (problems.failed, problems.listed.is_empty()) {
            (true, _) => Verdict::Failed,
            (false, false) => Verdict::Incomplete,
            (false, true) => Verdict::Intact,
        };
        self.problems = problems.listed.into_iter().collect();
        self.problems_left_out = problems.left_out;
        self
    }

    /// Whether the directory is as it was sealed by a signer on the list that was given.
    pub fn is_by_allowed_signer(&self) -> bool {
        let allowed = matches!(
            &self.signature,
            SignatureStatus::Valid(signer) if matches!(signer.trust, Trust::Allowed { .. })
        );
        self.verdict == Verdict::Intact && allowed
    }

    /// Writes the report for people. Nothing in it can control a terminal.
    pub fn write_text(&self, out: &mut impl Write) -> io::Result<()> {
        let verdict = match self.verdict {
            Verdict::Intact => "intact",
            Verdict::Failed => "FAILED",
            Verdict::Incomplete => "INCOMPLETE: not everything could be read",
        };
        writeln!(out, "verdict    {verdict}")?;
        if let Some(case_id) = &self.case_id {
            writeln!(out, "case       {}", shown(case_id))?;
        }
        if let Some(digest) = &self.manifest_sha256 {
            writeln!(out, "manifest   sha256:{digest}")?;
        }
        writeln!(out, "signature  {}", signature(&self.signature))?;
        write!(out, "files      {}, {} bytes", self.files, self.bytes)?;
        match self.records {
            Some(records) => writeln!(out, ", {records} records")?,
            None => writeln!(out, "; records in packs not looked at")?,
        }
        match &self.journal {
            Some(journal) => writeln!(
                out,
                "journal    {} entries, {} of them signed; head: {}",
                journal.entries,
                journal.signed_entries,
                signature(&journal.signature)
            )?,
            None => writeln!(out, "journal    could not be followed")?,
        }
        for problem in &self.problems {
            writeln!(
                out,
                "{}: {}: {}",
                problem.kind,
                shown(&problem.path),
                shown(&problem.detail)
            )?;
        }
        if self.problems_left_out > 0 {
            writeln!(out, "and {} more problems", self.problems_left_out)?;
        }
        Ok(())
    }
}

fn signature(status: &SignatureStatus) -> String {
    let text = match status {
        SignatureStatus::Unsigned => {
            "unsigned: whoever can write here can make another directory that checks as well"
                .to_owned()
        }
        SignatureStatus::Invalid { reason } => format!("INVALID: {reason}"),
        SignatureStatus::Valid(signer) => {
            let trust = match &signer.trust {
                Trust::Allowed { principals } if principals.is_empty() => "allowed".to_owned(),
                Trust::Allowed { principals } => format!("allowed as {principals}"),
                Trust::NotAllowed { reason } => format!("NOT ALLOWED: {reason}"),
                Trust::Unknown => {
                    "valid, but nobody said that this key is to be believed".to_owned()
                }
            };
            format!("by {}, {trust}", signer.fingerprint)
        }
    };
    shown(&text)
}

/// Text without characters that control a terminal or turn its direction, and of bounded length.
fn shown(text: &str) -> String {
    let mut safe = String::new();
    for (number, character) in text.chars().enumerate() {
        if number == LONGEST_SHOWN {
            safe.push('…');
            break;
        }
        let turns = matches!(
            character,
            '\u{061c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}'
        );
        if character.is_control() || turns {
            safe.extend(character.escape_unicode());
        } else {
            safe.push(character);
        }
    }
    safe
}

/// Problems, in order, as many as are listed.
#[derive(Debug, Default)]
pub(super) struct Problems {
    listed: BTreeSet<Problem>,
    left_out: u64,
    failed: bool,
}

impl Problems {
    pub(super) fn add(&mut self, problem: Problem) {
        self.failed |= problem.kind != ProblemKind::Unreadable;
        let new = self.listed.insert(problem);
        // The first by path stay, in whatever order they are found.
        if new && self.listed.len() > MOST_PROBLEMS {
            self.listed.pop_last();
            self.left_out += 1;
        }
    }

    /// Whether a listed problem is about this path.
    pub(super) fn names(&self, path: &str) -> bool {
        let first = Problem {
            path: path.to_owned(),
            kind: ProblemKind::Manifest,
            detail: String::new(),
        };
        let next = self.listed.range(first..).next();
        next.is_some_and(|problem| problem.path == path)
    }
}
