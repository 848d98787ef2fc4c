//! Others who want to see the records while they are read, so that logs are read once.

use std::fmt::Debug;
use std::sync::Arc;

use rempart_trail::read::Place;
use rempart_trail::record::Record;

/// Makes observers, one for each thread of a run.
pub trait Observers: Send + Sync + Debug {
    /// An observer for one thread. It hands its notes over in [`Observer::finish`].
    fn observer(&self) -> Box<dyn Observer + '_>;
}

/// Takes note of records on one thread. Sees every record that the filter admits, copies included, in
/// the order of each source.
pub trait Observer: Debug {
    /// A record, where it was read, and its number there.
    fn record(&mut self, record: &Record<'_>, source: &Arc<str>, place: Place);

    /// The thread has read its last record.
    fn finish(self: Box<Self>);
}
