//! What is wrong with a control file, and where.

use rempart_sigma::yaml::{Position, YamlError};

/// Why a control, or a part of it, is not used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{source_name}:{line}:{column}: {reason}")]
pub struct ControlFault {
    /// The file.
    pub source_name: String,
    /// Line, from 1.
    pub line: u32,
    /// Column, from 1.
    pub column: u32,
    /// What is wrong.
    pub reason: String,
}

/// A fault at a place of one file.
#[derive(Clone, Debug)]
pub(super) struct Fault {
    pub(super) at: Position,
    pub(super) reason: String,
}

impl Fault {
    pub(super) fn new(at: Position, reason: impl Into<String>) -> Self {
        Self {
            at,
            reason: reason.into(),
        }
    }

    pub(super) fn in_file(self, source_name: &str) -> ControlFault {
        ControlFault {
            source_name: source_name.to_owned(),
            line: self.at.line,
            column: self.at.column,
            reason: self.reason,
        }
    }
}

impl From<YamlError> for Fault {
    fn from(error: YamlError) -> Self {
        Self::new(error.at, error.message)
    }
}
