//! Functions of expressions, over small estates.

use rempart_posture::{read, run_examples};

#[test]
fn functions_decide_or_say_why_not() {
    let functions = include_str!("fixtures/functions.yaml").to_owned();
    let scans = include_str!("fixtures/scans.yaml").to_owned();
    let set = read(&[
        ("functions.yaml".to_owned(), functions),
        ("scans.yaml".to_owned(), scans),
    ]);
    let faults = set.faults.iter().map(ToString::to_string);
    let controls = set.controls.iter();
    let examples = controls.flat_map(|control| run_examples(control, &set));
    let all: Vec<String> = faults
        .chain(examples.map(|fault| fault.to_string()))
        .collect();
    assert!(all.is_empty(), "{}", all.join("\n"));
    assert!(set.controls.len() > 17, "{}", set.controls.len());
}
