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
    "key_class" 1, "key_usable" 1, "same_key" 2, "bucket" 1, "owned" 1, "open_cidr" 1,
    "outsiders" 2, "public_policy" 1, "excessive" 1, "allows" 3,
    "denies_insecure_transport" 2, "only_known_access" 2,
];
