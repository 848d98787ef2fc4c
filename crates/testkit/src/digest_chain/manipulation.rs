//! What somebody may do to logs and digests.

use std::path::Path;

use serde_json::json;

use super::{DataSet, Plan, log_file, plain_event};
use crate::delivery::{WriteError, gzip};
use crate::time::{HOUR, MINUTE};

/// A manipulation. Numbers count digests or logs from 0, oldest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Manipulation {
    /// The last digests are deleted, the logs stay.
    DeleteTail(usize),
    /// The first digests are deleted.
    DeleteHead(usize),
    /// All digests are deleted.
    DeleteAllDigests,
    /// Digests in the middle are deleted.
    DeleteDigests {
        /// The first of them.
        at: usize,
        /// How many.
        count: usize,
    },
    /// A log is added in the hour of a digest that does not name it.
    ForgeLog {
        /// Number of the hour.
        hour: i64,
    },
    /// A record is appended to a log as a second gzip member.
    AppendMember(usize),
    /// Bytes are appended to a log.
    AppendBytes(usize),
    /// A log is rewritten without its last record.
    AlterLog(usize),
    /// A log is deleted.
    DeleteLog(usize),
    /// A digest is rewritten without its logs.
    AlterDigest(usize),
    /// A digest is replaced by one without logs that the right key has signed, with its signature.
    ReplaceDigest(usize),
    /// A digest is replaced by the one before it, with its signature.
    RepeatDigest(usize),
    /// A digest is signed anew with a key that nobody lists.
    ForgeDigest(usize),
    /// Every file is moved to another folder and bucket.
    Move,
}

impl Manipulation {
    /// Does it.
    ///
    /// # Errors
    /// When a file cannot be compressed.
    pub fn apply(&self, plan: &Plan, set: &mut DataSet) -> Result<(), WriteError> {
        match *self {
            Self::DeleteTail(count) => {
                let left = set.digests.len().saturating_sub(count);
                set.digests.truncate(left);
            }
            Self::DeleteHead(count) => {
                set.digests.drain(..count.min(set.digests.len()));
            }
            Self::DeleteAllDigests => set.digests.clear(),
            Self::DeleteDigests { at, count } => {
                let end = (at + count).min(set.digests.len());
                set.digests.drain(at.min(end)..end);
            }
            Self::ForgeLog { hour } => {
                let time = plan.start.plus(hour * HOUR + 31 * MINUTE);
                let record = plain_event(plan, time.plus(-MINUTE));
                set.logs.push(log_file(plan, time, &[record])?);
            }
            Self::AppendMember(number) => {
                let text = json!({ "Records": [plain_event(plan, plan.start)] }).to_string();
                let member = gzip(Path::new("member"), text.as_bytes(), 9)?;
                if let Some(log) = set.logs.get_mut(number) {
                    log.bytes.extend(member);
                }
            }
            Self::AppendBytes(number) => {
                if let Some(log) = set.logs.get_mut(number) {
                    log.bytes.extend(b"trailing");
                }
            }
            Self::AlterLog(number) => {
                if let Some(log) = set.logs.get_mut(number) {
                    let mut text = super::logs::inflated(log);
                    text.truncate(text.len() / 2);
                    log.bytes = gzip(Path::new(&log.path), &text, 9)?;
                }
            }
            Self::DeleteLog(number) => {
                if number < set.logs.len() {
                    set.logs.remove(number);
                }
            }
            Self::AlterDigest(number) => {
                if let Some(digest) = set.digests.get_mut(number) {
                    digest.text = without_logs(&digest.text);
                    digest.file.bytes =
                        gzip(Path::new(&digest.file.path), digest.text.as_bytes(), 9)?;
                }
            }
            Self::ReplaceDigest(number) => self.replace(plan, set, number)?,
            Self::ForgeDigest(number) => {
                let forger = Plan {
                    key: super::TestKey::Other,
                    ..plan.clone()
                };
                self.replace(&forger, set, number)?;
            }
            Self::RepeatDigest(number) => {
                let before = number
                    .checked_sub(1)
                    .and_then(|it| set.digests.get(it).cloned());
                if let (Some(before), Some(digest)) = (before, set.digests.get_mut(number)) {
                    digest.file.bytes = before.file.bytes;
                    digest.text = before.text;
                    digest.signature = before.signature;
                }
            }
            Self::Move => {
                let files = set.logs.iter_mut();
                let digests = set.digests.iter_mut().map(|digest| &mut digest.file);
                for file in files.chain(digests) {
                    let name = file.path.rsplit('/').next().unwrap_or_default();
                    file.path = format!("seized/disk-7/{name}");
                }
            }
        }
        Ok(())
    }

    fn replace(&self, plan: &Plan, set: &mut DataSet, number: usize) -> Result<(), WriteError> {
        let before = number
            .checked_sub(1)
            .and_then(|it| set.digests.get(it))
            .cloned();
        if let Some(digest) = set.digests.get_mut(number) {
            *digest = plan.digest(digest.start, before.as_ref(), &[])?;
        }
        Ok(())
    }
}

fn without_logs(text: &str) -> String {
    let mut document: serde_json::Value = serde_json::from_str(text).unwrap_or_default();
    if let Some(members) = document.as_object_mut() {
        members.insert("logFiles".to_owned(), json!([]));
    }
    document.to_string()
}
