//! What the fuzz targets do with their input.
//!
//! Each function takes any bytes and panics when a promise of the crates is broken. The targets in
//! `fuzz_targets/` hand them to libFuzzer; `tests/replay.rs` hands them the committed corpora, so
//! that every input that was ever interesting is tried again on stable Rust.

mod directory;
mod estate;
mod evidence;
mod explain;
mod guard;
mod hunt;
mod integrity;
mod json;
mod keys;
mod planned;
mod policy;
mod posture;
mod prove;
mod read;
mod scan;
mod script;
mod sigma;
mod store;
mod wire;

pub use directory::directory_file;
pub use estate::estate_answer;
pub use evidence::{evidence_journal, evidence_manifest, evidence_signers};
pub use explain::explain_record;
pub use guard::guard_record;
pub use hunt::hunt;
pub use integrity::{digest_document, digest_keys};
pub use json::json;
pub use keys::{keys_ciphertext, keys_envelope};
pub use planned::{cloudformation_template, terraform_plan};
pub use policy::{policy_document, policy_glob, policy_scenario};
pub use posture::control_file;
pub use prove::{guard_property, prove_policy};
pub use read::read;
pub use scan::scan_secrets;
pub use script::script;
pub use sigma::{rule_record, sigma};
pub use store::store_record;
pub use wire::{wire_request, wire_signature};

/// A fuzz target: its name, which is that of its corpus, and its function.
pub type Target = (&'static str, fn(&[u8]));

/// Every target.
pub const TARGETS: [Target; 29] = [
    ("cloudformation_template", cloudformation_template),
    ("control_file", control_file),
    ("digest_document", digest_document),
    ("digest_keys", digest_keys),
    ("directory_file", directory_file),
    ("estate_answer", estate_answer),
    ("evidence_journal", evidence_journal),
    ("evidence_manifest", evidence_manifest),
    ("evidence_signers", evidence_signers),
    ("explain_record", explain_record),
    ("guard_property", guard_property),
    ("guard_record", guard_record),
    ("hunt", hunt),
    ("json", json),
    ("keys_ciphertext", keys_ciphertext),
    ("keys_envelope", keys_envelope),
    ("policy_document", policy_document),
    ("policy_glob", policy_glob),
    ("policy_scenario", policy_scenario),
    ("prove_policy", prove_policy),
    ("read", read),
    ("rule_record", rule_record),
    ("scan_secrets", scan_secrets),
    ("script", script),
    ("sigma", sigma),
    ("store_record", store_record),
    ("terraform_plan", terraform_plan),
    ("wire_request", wire_request),
    ("wire_signature", wire_signature),
];
