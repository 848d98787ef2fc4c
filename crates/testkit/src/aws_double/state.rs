//! What the server knows and what it counts.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value};

use super::fault::Faults;

type Make = dyn Fn(&Map<String, Value>) -> Value + Send + Sync;

/// What is answered.
#[derive(Clone)]
pub(super) enum Fixture {
    Body(Arc<Value>),
    Error {
        status: u16,
        code: String,
        message: String,
    },
    Made(Arc<Make>),
}

/// An answer, and the parameters for which it is given.
type Told = (Map<String, Value>, Fixture);

#[derive(Default)]
pub(super) struct State {
    fixtures: HashMap<&'static str, Vec<Told>>,
    pub(super) faults: Faults,
    pub(super) sample: usize,
    pub(super) page_size: Option<usize>,
    pub(super) latency: Duration,
    pub(super) clock_ahead: i64,
    pub(super) calls: BTreeMap<&'static str, u64>,
    pub(super) injected: BTreeMap<&'static str, u64>,
    pub(super) violations: Vec<String>,
    /// Number of the request, for its identifier.
    pub(super) requests: u64,
}

impl State {
    pub(super) fn add(
        &mut self,
        operation: &'static str,
        parameters: Map<String, Value>,
        fixture: Fixture,
    ) {
        let known = self.fixtures.entry(operation).or_default();
        known.retain(|(given, _)| *given != parameters);
        known.push((parameters, fixture));
    }

    /// The fixture that fits best.
    pub(super) fn fixture(
        &self,
        operation: &str,
        parameters: &Map<String, Value>,
    ) -> Option<Fixture> {
        let fits = |given: &Map<String, Value>| {
            given
                .iter()
                .all(|(name, value)| parameters.get(name) == Some(value))
        };
        let known = self.fixtures.get(operation)?.iter();
        known
            .filter(|(given, _)| fits(given))
            .max_by_key(|(given, _)| given.len())
            .map(|(_, fixture)| fixture.clone())
    }
}

impl std::fmt::Debug for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("State")
            .field("fixtures", &self.fixtures.len())
            .field("faults", &self.faults)
            .finish_non_exhaustive()
    }
}
