//! Terraform plans and CloudFormation templates.

use rempart_collect::planned::{Options, PlannedEstate, ReadError, cloudformation, terraform};
use rempart_estate::{Estate, Outcome};

/// A plan is refused with a line and a reason, or gives answers that an estate reads.
pub fn terraform_plan(bytes: &[u8]) {
    check(bytes, terraform::read);
}

/// The same for a template.
pub fn cloudformation_template(bytes: &[u8]) {
    check(bytes, cloudformation::read);
}

type Read = fn(&str, &[u8], &Options) -> Result<PlannedEstate, ReadError>;

fn check(bytes: &[u8], read: Read) {
    let options = Options::default();
    let planned = match read("input", bytes, &options) {
        Ok(planned) => planned,
        Err(error) => {
            assert!(error.line >= 1);
            assert!(!error.reason.is_empty());
            return;
        }
    };
    for problem in &planned.problems {
        assert!(!problem.reason.is_empty());
    }
    for answer in &planned.answers {
        assert!(!answer.operation.is_empty());
        if answer.outcome == Outcome::Ok {
            let body: serde_json::Value =
                serde_json::from_slice(&answer.body).expect("the body is JSON");
            assert!(body.is_object());
            // References are resolved, or are unknown values like others.
            let text = body.to_string();
            let input = String::from_utf8_lossy(bytes);
            for internal in ["$rempart:reference", "$rempart:parts"] {
                assert!(
                    !text.contains(internal) || input.contains("rempart"),
                    "{text}"
                );
            }
        }
    }
    let again = read("input", bytes, &options).expect("read before");
    assert!(planned.answers == again.answers);
    let estate = Estate::from_answers(planned.answers);
    for resource in &planned.resources {
        let _ = estate.resources(resource.kind).count();
    }
}
