//! Controls: files, expressions, examples.

use rempart_posture::{lint, read, run_examples};

/// A file of controls is read or refused with a place; what is read can be linted, and its examples
/// run, twice with the same answer.
pub fn control_file(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let set = read(&[("input.yaml".to_owned(), text.to_owned())]);
    for fault in &set.faults {
        assert!(fault.line >= 1 && !fault.reason.is_empty());
    }
    for control in &set.controls {
        let faults = lint(control, &set);
        assert_eq!(faults, lint(control, &set));
        let ran = run_examples(control, &set);
        assert_eq!(ran, run_examples(control, &set));
        assert!(ran.len() <= control.examples.len());
    }
}
