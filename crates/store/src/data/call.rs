//! One call: who makes it, and what the audit record will say.

use std::cell::RefCell;
use std::sync::Arc;

use rempart_directory::{Caller, Connection};

use super::view::View;

/// A call of the data plane.
pub(crate) struct Call<'a> {
    pub(crate) caller: &'a Caller,
    pub(crate) connection: &'a Connection,
    /// Time of the call in milliseconds since 1970.
    pub(crate) now: i64,
    trace: RefCell<Trace>,
}

/// What a call touched. Nothing in it is secret: identifiers are blinded.
#[derive(Default)]
pub(crate) struct Trace {
    pub(crate) groups: Vec<Arc<View>>,
    /// Names of groups as they were given, where they were not found.
    pub(crate) names: Vec<String>,
    pub(crate) blinds: Vec<[u8; 16]>,
    /// The statement that refused.
    pub(crate) statement: Option<String>,
    /// Entries of a batch that failed: group and code.
    pub(crate) refused: Vec<(String, String)>,
}

impl<'a> Call<'a> {
    pub(crate) fn new(caller: &'a Caller, connection: &'a Connection) -> Self {
        Self {
            caller,
            connection,
            now: connection.time.as_millisecond(),
            trace: RefCell::new(Trace::default()),
        }
    }

    pub(crate) fn saw_group(&self, view: &Arc<View>) {
        let mut trace = self.trace.borrow_mut();
        if !trace
            .groups
            .iter()
            .any(|seen| seen.group.id == view.group.id)
        {
            trace.groups.push(Arc::clone(view));
        }
    }

    pub(crate) fn saw_name(&self, name: &str) {
        let mut trace = self.trace.borrow_mut();
        if trace.names.len() < 100 {
            trace.names.push(name.chars().take(150).collect());
        }
    }

    pub(crate) fn saw_record(&self, blind: [u8; 16]) {
        self.trace.borrow_mut().blinds.push(blind);
    }

    pub(crate) fn decided_by(&self, statement: Option<String>) {
        self.trace.borrow_mut().statement = statement;
    }

    pub(crate) fn refused_entry(&self, group: &str, code: &str) {
        let mut trace = self.trace.borrow_mut();
        if trace.refused.len() < 100 {
            trace
                .refused
                .push((group.chars().take(150).collect(), code.to_owned()));
        }
    }

    pub(crate) fn into_trace(self) -> Trace {
        self.trace.into_inner()
    }
}
