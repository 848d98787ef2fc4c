//! How much is asked.

use serde_json::{Value, json};

/// Answers that are collected only on request: slow, costly or sensitive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Requested {
    /// When roles last used services: an asynchronous report for each role.
    LastAccessed,
    /// Whether stacks have drifted: starts a detection for each stack.
    Drift,
    /// A sample of the log lines of SageMaker, which may hold data of users.
    Logs,
    /// A sample of the objects of buckets.
    Objects,
    /// Descriptions and tags of single features: a call for each.
    Features,
}

impl Requested {
    /// All.
    pub const ALL: [Self; 5] = [
        Self::LastAccessed,
        Self::Drift,
        Self::Logs,
        Self::Objects,
        Self::Features,
    ];

    /// The name on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::LastAccessed => "last-accessed",
            Self::Drift => "drift",
            Self::Logs => "logs",
            Self::Objects => "objects",
            Self::Features => "features",
        }
    }

    /// The request with this name.
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.name() == name)
    }
}

/// Bounds of a collection. What they leave out is an answer `not-evaluated` of the snapshot.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bounds {
    /// Jobs of one kind and place that are described one by one, newest first.
    pub jobs: usize,
    /// Jobs that were created before are not described. Seconds since 1970.
    pub since: Option<f64>,
    /// Reports about single roles.
    pub reports: usize,
    /// Seconds to wait for a report.
    pub report_wait: u64,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            jobs: 500,
            since: None,
            reports: 100,
            report_wait: 120,
        }
    }
}

impl Bounds {
    /// The bounds, for the record of a run.
    pub(super) fn to_json(self) -> Value {
        json!({
            "jobs": self.jobs,
            "since": self.since,
            "reports": self.reports,
        })
    }
}
