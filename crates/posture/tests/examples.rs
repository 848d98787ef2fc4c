//! The forms that examples of controls can take.

use rempart_posture::{read, run_examples};

const CONTROLS: &str = include_str!("fixtures/examples.yaml");

fn faults(text: &str) -> Vec<String> {
    let set = read(&[("test.yaml".to_owned(), text.to_owned())]);
    let faults = set.faults.iter().map(ToString::to_string);
    let controls = set.controls.iter();
    let examples = controls.flat_map(|control| run_examples(control, &set));
    faults
        .chain(examples.map(|fault| fault.to_string()))
        .collect()
}

#[test]
fn every_form_works() {
    assert_eq!(faults(CONTROLS), Vec::<String>::new());
}

#[test]
fn an_example_with_the_wrong_verdict_is_a_fault() {
    let wrong = CONTROLS.replace(
        "  - fail: {DirectInternetAccess: Enabled, RootAccess: Disabled}",
        "  - pass: {DirectInternetAccess: Enabled, RootAccess: Disabled}",
    );
    assert_eq!(
        faults(&wrong),
        ["test.yaml:15: NB-01, example 2: PASS expected, FAIL: Direct internet access is on"]
    );
}

#[test]
fn a_control_that_reads_the_wrong_member_is_found() {
    let wrong = CONTROLS.replace(
        "pass: 'r.DirectInternetAccess == \"Disabled\"'",
        "pass: 'r.RootAccess == \"Disabled\"'",
    );
    assert_eq!(faults(&wrong).len(), 3);
}

#[test]
fn an_unexpected_reason_is_a_fault() {
    let wrong = CONTROLS.replace("reason: access_denied", "reason: throttled");
    assert_eq!(
        faults(&wrong),
        [
            "test.yaml:38: KM-01, example 4: reason `throttled` expected, access_denied: access \
             denied: kms:GetKeyRotationStatus is not allowed"
        ]
    );
}
