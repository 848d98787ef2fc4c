//! Whether the servers are those that have the rows. Empty ones would say of every row that it is not there.

use redis::Value;

use super::RedisEngine;
use crate::engine::{Engine, EngineError};

/// The note that says what the servers have.
const NOTE: &str = "redis/store";
/// Begins a note that was not yet given to the servers.
const PENDING: &str = "pending ";

impl RedisEngine {
    /// Compares what was left on the servers with what was noted here.
    ///
    /// # Errors
    /// The servers do not have it: they are others, or have lost their rows.
    pub(super) fn check_servers(&self) -> Result<(), EngineError> {
        let key = format!("{}:store", self.prefix);
        let noted = self.local.notes(NOTE)?.pop();
        let noted = noted.map(|(_, text)| String::from_utf8_lossy(&text).into_owned());
        let left = self.left(&key)?;
        match (noted.as_deref(), left) {
            (Some(noted), Some(left)) if noted == left => Ok(()),
            (Some(noted), None) if noted.starts_with(PENDING) => {
                self.leave(&key, noted.trim_start_matches(PENDING))
            }
            (Some(noted), Some(left)) if noted.starts_with(PENDING) => self.note(&left),
            (Some(_), _) => Err(EngineError::Failed {
                place: self.pool.place().to_owned(),
                reason: format!(
                    "the servers do not have `{key}` as this store left it: they are others, or have lost \
                     their rows. Bring the rows back; to begin anew without them, move `queue/` away"
                ),
            }),
            (None, Some(left)) => self.note(&left),
            (None, None) => {
                let name = format!("{:016x}", self.version().0);
                self.note(&format!("{PENDING}{name}"))?;
                self.leave(&key, &name)
            }
        }
    }

    fn left(&self, key: &str) -> Result<Option<String>, EngineError> {
        let mut command = redis::cmd("GET");
        command.arg(key);
        let value = self.pool.read(vec![command])?.pop();
        let bytes = self.bytes(value.unwrap_or(Value::Nil))?;
        Ok(bytes.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()))
    }

    fn leave(&self, key: &str, name: &str) -> Result<(), EngineError> {
        let mut command = redis::cmd("SET");
        command.arg(key).arg(name);
        // Without waiting for replicas: a store opens while there are none, and says so when it writes.
        self.pool.read(vec![command])?;
        self.note(name)
    }

    fn note(&self, text: &str) -> Result<(), EngineError> {
        self.local.put_note(NOTE, Some(text.as_bytes()))
    }
}
