//! Work that nobody asks for: flushes, expiry, keys that are due, leftovers.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread::JoinHandle;
use std::time::Duration;

use jiff::Timestamp;

use super::open::own_connection;
use super::operator::socket::listen;
use super::{Node, NodeError};

/// Time between two passes.
const PAUSE: Duration = Duration::from_millis(500);
/// Passes between two looks at what was left over.
const RARELY: u32 = 120;

/// The thread of a node's own work. It ends, with a last flush, when it is dropped.
#[derive(Debug)]
pub struct Background {
    node: Arc<Node>,
    thread: Option<JoinHandle<()>>,
}

impl Node {
    /// Begins the node's own work, and takes commands on the socket in its directory.
    ///
    /// # Errors
    /// The system gives no thread or no socket.
    pub fn begin(self: &Arc<Self>) -> Result<Background, NodeError> {
        listen(self)?;
        let node = Arc::clone(self);
        let thread = std::thread::Builder::new()
            .name("background".to_owned())
            .spawn(move || node.work())
            .map_err(|error| NodeError::failed("background thread", error))?;
        Ok(Background {
            node: Arc::clone(self),
            thread: Some(thread),
        })
    }

    fn work(&self) {
        let mut pass: u32 = 0;
        while !self.is_closing.load(Ordering::Acquire) {
            let now = Timestamp::now();
            let report = self.data.tick(now.as_millisecond());
            for (group, reason) in &report.blocked {
                tracing::warn!(group = group.0, %reason, "the offline store is blocked");
            }
            if let Err(error) = self.kms.settle(now) {
                tracing::error!(%error, "keys that are due");
            }
            if pass.is_multiple_of(RARELY)
                && let Err(error) = self.control.settle_debts(&own_connection(now))
            {
                tracing::warn!(%error, "grants that were left over");
            }
            pass = pass.wrapping_add(1);
            std::thread::park_timeout(PAUSE);
        }
        let report = self.data.flush(Timestamp::now().as_millisecond(), true);
        for (group, reason) in &report.blocked {
            tracing::warn!(group = group.0, %reason, "rows of the offline store wait");
        }
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        self.node.is_closing.store(true, Ordering::Release);
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            thread.join().ok();
        }
    }
}
