//! A process that holds keys leaves no picture of its memory behind.

use rustix::process::{
    DumpableBehavior, Resource, Rlimit, getrlimit, set_dumpable_behavior, setrlimit,
};

/// Files that the store may want to open beside connections.
const FILES: u64 = 1_024;

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

/// Asks the system for as many open files as these connections and the store need. Gives the number of
/// connections that there may be, so that whoever opens connections cannot keep the store from its files.
pub(crate) fn room_for(connections: usize) -> usize {
    let wanted = (connections as u64).saturating_add(FILES);
    let limit = getrlimit(Resource::Nofile);
    if limit.current.is_some_and(|current| current < wanted) {
        let raised = Rlimit {
            current: Some(limit.maximum.map_or(wanted, |maximum| maximum.min(wanted))),
            maximum: limit.maximum,
        };
        // What was not granted shows below.
        setrlimit(Resource::Nofile, raised).ok();
    }
    within(connections, getrlimit(Resource::Nofile).current)
}

fn within(connections: usize, files: Option<u64>) -> usize {
    let Some(files) = files else {
        return connections;
    };
    let rest = files.saturating_sub(FILES.min(files / 2));
    connections.min(usize::try_from(rest).unwrap_or(usize::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_leave_room_for_files() {
        assert_eq!(within(4_096, None), 4_096);
        assert_eq!(within(4_096, Some(1 << 20)), 4_096);
        assert_eq!(within(4_096, Some(4_096)), 3_072);
        assert_eq!(within(4_096, Some(1_024)), 512);
        assert_eq!(within(4_096, Some(2)), 1);
        assert_eq!(within(10, Some(1_024)), 10);
    }

    #[test]
    fn what_the_system_grants_is_asked_for() {
        let before = getrlimit(Resource::Nofile);
        let granted = room_for(4_096);
        let after = getrlimit(Resource::Nofile);
        assert_eq!(after.maximum, before.maximum);
        assert!(after.current >= before.current.map(|it| it.min(4_096 + FILES)));
        assert_eq!(granted, within(4_096, after.current));
    }
}
