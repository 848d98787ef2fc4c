//! Calls that are to be made.

use rempart_aws_model::{ApiOperation, Scope};
use rempart_estate::Place;
use serde_json::{Map, Value};

use super::plan::{Row, Step};

/// A call with everything that it needs.
#[derive(Clone, Debug)]
pub(super) struct Task {
    pub(super) operation: &'static ApiOperation,
    /// Where the answer belongs.
    pub(super) place: Place,
    pub(super) parameters: Map<String, Value>,
    pub(super) kind: TaskKind,
}

/// How a call is made.
#[derive(Clone, Copy, Debug)]
pub(super) enum TaskKind {
    /// All pages.
    Pages,
    /// The first page.
    FirstPage,
    /// After a report was generated.
    Report(&'static ApiOperation),
    /// After a report about a resource was generated.
    Job(&'static ApiOperation),
}

impl Task {
    /// A call of a row. The answer belongs to `place`, unless the operation has no Regions.
    pub(super) fn new(row: &Row, place: &Place, parameters: Map<String, Value>) -> Self {
        let kind = match &row.step {
            Step::Report(generate) => TaskKind::Report(generate),
            Step::Job(_, generate) => TaskKind::Job(generate),
            _ if row.is_sample => TaskKind::FirstPage,
            _ => TaskKind::Pages,
        };
        Self {
            operation: row.operation,
            place: place_of(row.operation, place),
            parameters,
            kind,
        }
    }

    /// What tells one call from another.
    pub(super) fn key(&self) -> String {
        let parameters = Value::Object(self.parameters.clone());
        format!("{} {} {parameters}", self.place, self.operation.full_name())
    }
}

/// Whether an operation is asked once for an account.
pub(super) fn is_global(operation: &ApiOperation) -> bool {
    matches!(operation.scope(), Scope::Global | Scope::Account)
}

fn place_of(operation: &ApiOperation, place: &Place) -> Place {
    match is_global(operation) {
        true => place.global(),
        false => place.clone(),
    }
}
