//! Bounds of proofs, why a question has no answer, and cells that are shared between questions.

use hashbrown::HashMap;

use crate::ask::{Ask, Cell, Domain, SplitError, cells};
use crate::bdd::{TooManyNodes, Variable};

/// Bounds of a proof.
#[derive(Debug, Clone, Copy)]
pub struct Budget {
    /// States of the walk over the patterns of one component.
    pub states: usize,
    /// Nodes of the decision diagrams of one question.
    pub nodes: usize,
    /// Examples of comparisons between components that are tried.
    pub tries: usize,
}

impl Default for Budget {
    fn default() -> Self {
        Self {
            states: 200_000,
            nodes: 2_000_000,
            tries: 64,
        }
    }
}

/// Why a question has no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    /// The values of a component could not be split
    #[error("`{component}`: {error}")]
    Values {
        /// The component
        component: Box<str>,
        /// Why
        error: SplitError,
    },
    /// A diagram grew over its bound
    #[error(transparent)]
    Nodes(#[from] TooManyNodes),
    /// A comparison between two parts of a request was not decided
    #[error(
        "`{0}` compares two parts of the request, and no example with all of its parts was found"
    )]
    Comparison(Box<str>),
    /// AWS does not say what happens
    #[error("AWS does not define what happens: {0}")]
    Undefined(Box<str>),
    /// The engine decides the example differently
    #[error("the example is decided differently by the policy engine: {0}")]
    Disagreement(Box<str>),
    /// The question is about something that is not supported
    #[error("{0}")]
    Unsupported(Box<str>),
}

/// Cells that were made before, shared between questions.
#[derive(Debug, Default)]
pub struct CellCache {
    known: HashMap<(Vec<Ask>, Domain), Split, foldhash::fast::FixedState>,
}

/// What could not be split once is not tried again: other actions ask the same.
type Split = Result<Vec<Cell>, SplitError>;

/// Most variables of one question, those for comparisons and switches aside.
pub(super) const MOST_VARIABLES: Variable = 2_048;

/// Most remembered lists of cells.
const REMEMBERED: usize = 10_000;

impl CellCache {
    pub(super) fn cells(&mut self, asks: Vec<Ask>, domain: &Domain, states: usize) -> Split {
        let key = (asks, domain.clone());
        if let Some(found) = self.known.get(&key) {
            return found.clone();
        }
        let found = cells(&key.0, domain, states);
        if self.known.len() < REMEMBERED {
            self.known.insert(key, found.clone());
        }
        found
    }
}
