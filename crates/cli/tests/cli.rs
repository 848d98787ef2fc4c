//! The program as users run it.

#![expect(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers of tests"
)]

#[path = "cli/arguments.rs"]
mod arguments;
#[path = "cli/case.rs"]
mod case;
#[path = "cli/collect.rs"]
mod collect;
#[path = "cli/estate.rs"]
mod estate;
#[path = "cli/formats.rs"]
mod formats;
#[path = "cli/guard.rs"]
mod guard;
#[path = "cli/hostile.rs"]
mod hostile;
#[path = "cli/incident.rs"]
mod incident;
#[path = "cli/inputs.rs"]
mod inputs;
#[path = "cli/moto.rs"]
mod moto;
#[path = "cli/object_store.rs"]
mod object_store;
#[path = "cli/policy.rs"]
mod policy;
#[path = "cli/prove.rs"]
mod prove;
#[path = "cli/rules.rs"]
mod rules;
#[path = "cli/selection.rs"]
mod selection;
#[path = "cli/support.rs"]
mod support;
#[path = "cli/trail_explain.rs"]
mod trail_explain;
#[path = "cli/trail_oracle.rs"]
mod trail_oracle;
#[path = "cli/trail_verify.rs"]
mod trail_verify;
