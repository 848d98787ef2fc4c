//! Names of keys.
//!
//! The records of a group are dealt out to 256 buckets by the first byte of their blind keys. All keys of a
//! bucket have one hash tag, so they are in one slot of a cluster, and a script may change them together.

use redis::{Cmd, Script};

use crate::engine::{GroupId, RowKey};

/// The keys of one bucket of a group.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Bucket {
    tag: String,
}

impl Bucket {
    pub(super) fn new(prefix: &str, group: GroupId, number: u8) -> Self {
        Self {
            tag: format!("{{{prefix}:{:x}:{number:02x}}}", group.0),
        }
    }

    pub(super) fn of(prefix: &str, key: &RowKey) -> Self {
        let [number, ..] = key.blind;
        Self::new(prefix, key.group, number)
    }

    /// Blind keys of the rows, sorted.
    pub(super) fn index(&self) -> String {
        format!("{}i", self.tag)
    }

    /// Blind keys of the rows that expire, by when.
    pub(super) fn expiry(&self) -> String {
        format!("{}x", self.tag)
    }

    /// Bytes of the sealed rows.
    pub(super) fn bytes(&self) -> String {
        format!("{}b", self.tag)
    }

    /// Secrets by blind key.
    pub(super) fn secrets(&self) -> String {
        format!("{}s", self.tag)
    }

    pub(super) fn row(&self, blind: &[u8]) -> Vec<u8> {
        let mut name = Vec::with_capacity(self.tag.len() + 1 + blind.len());
        name.extend_from_slice(self.tag.as_bytes());
        name.push(b'r');
        name.extend_from_slice(blind);
        name
    }

    /// The beginning of a call of a script about some rows of this bucket; its arguments follow.
    pub(super) fn call<'a>(
        &self,
        script: &Script,
        blinds: impl ExactSizeIterator<Item = &'a [u8]>,
    ) -> Cmd {
        let mut command = redis::cmd("EVALSHA");
        command.arg(script.get_hash()).arg(4 + blinds.len());
        command.arg(self.index()).arg(self.expiry());
        command.arg(self.bytes()).arg(self.secrets());
        for blind in blinds {
            command.arg(self.row(blind));
        }
        command
    }
}
