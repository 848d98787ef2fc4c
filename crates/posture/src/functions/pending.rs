//! Functions that are being written; each moves into the file of its topic.

use super::Function;
use crate::expression::{ReasonCode, Unknown};

macro_rules! pending {
    ($($name:literal $arity:literal),* $(,)?) => {
        &[$(Function {
            name: $name,
            arity: $arity,
            run: |_, _| Err(Unknown::new(ReasonCode::Unsupported, concat!($name, " is being written"))),
        }),*]
    };
}

pub(super) const FUNCTIONS: &[Function] = pending![
    "outsiders" 2, "public_policy" 1, "excessive" 1, "allows" 3,
    "denies_insecure_transport" 2, "only_known_access" 2,
];
