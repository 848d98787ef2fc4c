//! A process that holds keys leaves no picture of its memory behind.

use rustix::process::{DumpableBehavior, Resource, Rlimit, set_dumpable_behavior, setrlimit};

/// What the system granted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hardened {
    /// The process writes no core file.
    pub no_core: bool,
    /// Other processes of the user cannot read its memory, and no core handler is given it.
    pub not_dumpable: bool,
}

/// Forbids core files and pictures of the process's memory.
pub fn harden() -> Hardened {
    let none = Rlimit {
        current: Some(0),
        maximum: Some(0),
    };
    Hardened {
        no_core: setrlimit(Resource::Core, none).is_ok(),
        not_dumpable: set_dumpable_behavior(DumpableBehavior::NotDumpable).is_ok(),
    }
}
