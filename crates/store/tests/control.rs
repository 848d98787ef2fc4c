//! The control plane against the policy engine: a directory of accounts, a KMS and a registry on disk.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "helpers of tests"
)]

#[path = "control/access.rs"]
mod access;
#[path = "control/answers.rs"]
mod answers;
#[path = "control/builtin.rs"]
mod builtin;
#[path = "support/fake_kms.rs"]
mod fake_kms;
#[path = "control/keys.rs"]
mod keys;
#[path = "control/lifecycle.rs"]
mod lifecycle;
#[path = "control/registry.rs"]
mod registry;
#[path = "control/rules.rs"]
mod rules;
#[path = "control/search.rs"]
mod search;
#[path = "support/world.rs"]
mod world;
