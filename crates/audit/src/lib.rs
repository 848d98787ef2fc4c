//! What a server did, as records in CloudTrail's format, in log files that signed digests bind.
//!
//! What the crate guarantees:
//! - Records hold no feature value, no record identifier, no secret and no grant token: whoever makes
//!   an [`Event`] gives parameters that are safe to log.
//! - Nothing that was taken is lost silently. What cannot be taken makes the log unhealthy, is counted,
//!   and the log says so itself (`EventsNotRecorded`) as soon as it can.
//! - Every record is bound to the one before it, from the first on, by an HMAC whose key follows from the
//!   root key; a change is noticed when the log is opened. What a crash tears off is the end of the last
//!   second, never the middle, and the log says so (`AuditLogRecovered`).
//! - Files appear whole, under the same name when a crash makes them be written again; a segment goes
//!   when its files are durable.
//! - `rempart trail verify` accepts what is written here, and `rempart hunt` reads it.

mod deliver;
mod event;
mod files;
mod log;
mod record;
mod segment;
mod signing;
mod state;

pub use event::{Category, Event, Failure, Resource, Sink};
pub use files::AuditError;
pub use log::{AuditLog, AuditOptions, AuditSettings, AuditStats, Clock, Recovered, undelivered};
pub use signing::SigningKey;
