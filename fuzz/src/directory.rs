//! `rempart.yaml`.

use std::path::Path;

use rempart_directory::{Directory, Sealer};

/// A directory is read, or every reason why not has a place; the same ones twice. Files that it names are
/// looked for where there are none.
pub fn directory_file(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let Ok(sealer) = Sealer::new(&[7; 32]) else {
        return;
    };
    let path = Path::new("/nonexistent/rempart.yaml");
    let read = || Directory::read_text(path, text, &sealer);
    match (read(), read()) {
        (Ok(first), Ok(second)) => {
            assert_eq!(first.warnings, second.warnings);
            assert!(first.directory.accounts().count() > 0);
            assert!(!first.directory.region().is_empty());
        }
        (Err(first), Err(second)) => {
            assert_eq!(first, second);
            assert!(!first.problems.is_empty());
            for problem in &first.problems {
                assert!(problem.at.line >= 1 && !problem.message.is_empty());
            }
        }
        _ => panic!("two readings differ"),
    }
}
