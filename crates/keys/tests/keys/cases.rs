//! Every file of cases.

use crate::conformance::file;

macro_rules! files {
    ($($name:ident),+) => { $(
        #[test]
        fn $name() {
            file(concat!(stringify!($name), ".json"));
        }
    )+ };
}

files!(
    keys, states, crypto, policies, grants, aliases, rotation, tags, managed, lists
);
