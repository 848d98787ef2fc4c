//! Collecting a live account.

mod account;
mod answer;
mod bounds;
mod catalog;
mod plan;
mod policy;
mod progress;
mod regions;
mod run;
mod task;

pub use bounds::{Bounds, Requested};
pub use plan::{Plan, PlanError};
pub use policy::{PolicyPart, reader_policy};
pub use progress::Progress;
pub use run::{CollectError, Collected, Options, Target, collect};
