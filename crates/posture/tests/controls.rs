//! The controls that ship with the program.
use rempart_posture::{ControlSet, Expected, content};

fn shipped() -> &'static ControlSet {
    content::built_in()
}

#[test]
fn every_file_is_a_control() {
    let set = shipped();
    let faults: Vec<String> = set.faults.iter().map(ToString::to_string).collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn every_control_has_an_example_that_passes_and_one_that_fails() {
    for control in &shipped().controls {
        for wanted in [Expected::Pass, Expected::Fail] {
            let has = |example: &rempart_posture::Example| example.expected == wanted;
            let id = &control.id;
            assert!(
                control.examples.iter().any(has),
                "{id}: {}",
                wanted.as_str()
            );
        }
    }
}

#[test]
fn a_file_is_named_after_its_control_and_lies_in_its_area() {
    for control in &shipped().controls {
        let wanted = format!(
            "controls/{}/{}.yaml",
            control.area,
            control.id.to_ascii_lowercase()
        );
        assert_eq!(control.source, wanted);
    }
}

#[test]
fn every_example_holds() {
    let set = shipped();
    let faults: Vec<String> = set
        .controls
        .iter()
        .flat_map(|control| rempart_posture::run_examples(control, set))
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
        .flat_map(|control| rempart_posture::lint(control, set))
        .map(|fault| fault.to_string())
        .collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
