//! The controls that ship with the program.
#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "helpers of tests"
)]

use std::fs;
use std::path::Path;

use rempart_posture::{ControlSet, Expected, read};

fn shipped() -> ControlSet {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../controls");
    let mut files = Vec::new();
    for area in fs::read_dir(&root).expect("controls/") {
        let area = area.expect("an entry").path();
        if !area.is_dir() {
            continue;
        }
        for file in fs::read_dir(&area).expect("an area") {
            let path = file.expect("an entry").path();
            let name = path
                .strip_prefix(&root)
                .expect("below the root")
                .display()
                .to_string();
            files.push((name, fs::read_to_string(&path).expect("a text file")));
        }
    }
    files.sort();
    read(&files)
}

#[test]
fn every_file_is_a_control() {
    let set = shipped();
    let faults: Vec<String> = set.faults.iter().map(ToString::to_string).collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn every_control_has_an_example_that_passes_and_one_that_fails() {
    for control in shipped().controls {
        for wanted in [Expected::Pass, Expected::Fail] {
            let has = |example: &rempart_posture::Example| example.expected == wanted;
            if !control.examples.iter().any(has) {
                panic!("{} has no example for {}", control.id, wanted.as_str());
            }
        }
    }
}

#[test]
fn a_file_is_named_after_its_control_and_lies_in_its_area() {
    for control in shipped().controls {
        let wanted = format!("{}/{}.yaml", control.area, control.id.to_ascii_lowercase());
        assert_eq!(control.source, wanted);
    }
}

#[test]
fn every_example_holds() {
    let set = shipped();
    let faults: Vec<String> = set
        .controls
        .iter()
        .flat_map(|control| rempart_posture::run_examples(control, &set))
        .map(|fault| fault.to_string())
        .collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn every_control_agrees_with_the_service_models() {
    let set = shipped();
    let faults: Vec<String> = set
        .controls
        .iter()
        .flat_map(|control| rempart_posture::lint(control, &set))
        .map(|fault| fault.to_string())
        .collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
