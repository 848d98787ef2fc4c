//! Properties that would hold of every policy, and policies that do not concern the caller.

#![expect(clippy::expect_used, reason = "helpers of tests")]

use rempart_guard::content;
use rempart_guard::proof::{Outcome, ProofOptions, Proofs};
use rempart_guard::property::{self, PropertySet, example_account};
use rempart_guard::replay::Proposal;
use rempart_policy::document::{Policy, PolicyKind};
use rempart_prove::Presence;

fn read(actions: &str, more: &str) -> PropertySet {
    let text = format!(
        "id: x\ntitle: x\nintent: x\nactions: {actions}\n{more}\npermit:\n  - {{name: x, action: s3:ListAllMyBuckets}}\n"
    );
    let parameters = content::parameters().expect("parameters");
    property::read(&[("x.yaml".to_owned(), text)], &parameters)
}

#[test]
fn a_key_that_no_request_has_is_a_fault() {
    for (actions, forbid, wanted) in [
        (
            "s3:GetObject",
            "{key: aws:SorceIp, outside: 192.0.2.0/24}",
            "there is no condition key `aws:SorceIp`; `aws:SourceIp` exists",
        ),
        (
            "s3:GetObject",
            "{key: sagemaker:VpcSubnets, unlike: x}",
            "no request of s3:GetObject carries `sagemaker:VpcSubnets`",
        ),
        (
            "s3:GetObject",
            "{not: {key: sagemaker:VpcSubnets, omitted: true}}",
            "no request of these actions carries `sagemaker:VpcSubnets`",
        ),
        (
            "sagemaker:CreateTrainingJob",
            "{field: \"*KmsKeyId\", omitted: true}",
            "`*KmsKeyId` stands for several fields of sagemaker:CreateTrainingJob",
        ),
    ] {
        let set = read(actions, &format!("forbid: {forbid}"));
        assert!(set.properties.is_empty(), "{forbid}");
        let fault = set.faults.first().expect("a fault").to_string();
        assert!(fault.contains(wanted), "{fault}");
    }
    // An old name stands for the new one.
    let forbid = "forbid: {key: sagemaker:VolumeKmsKey, omitted: true}";
    let set = read("sagemaker:CreateTrainingJob", forbid);
    assert_eq!((set.properties.len(), set.faults), (1, Vec::new()));
}

/// Neither principals of other accounts nor services are limited by service control policies.
#[test]
fn service_control_policies_concern_their_own_accounts_only() {
    let text = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "s3:GetObject", "Resource": "*"}]}"#;
    for (kind, text) in [
        (PolicyKind::ServiceControl, text.to_owned()),
        (
            PolicyKind::ResourceControl,
            text.replace("\"Effect\"", "\"Principal\": \"*\", \"Effect\""),
        ),
    ] {
        let mut proposal = Proposal::default();
        proposal.add("", "deny", Policy::parse(&text, kind).expect("a policy"));
        let stack = proposal.stack();
        let options = ProofOptions {
            account: example_account().expect("an account"),
            presence: Presence::Unknown,
            demand_all: true,
        };
        for (callers, is_outside) in [
            ("role", false),
            ("[role, user, root]", false),
            ("outside-role", true),
            ("service", true),
            ("[role, service]", true),
            ("[role, user, outside-role]", true),
        ] {
            let set = read(
                "s3:GetObject",
                &format!("callers: {callers}\nforbid: always"),
            );
            let property = set.properties.first().expect("a property");
            let mut proofs = Proofs::default();
            let report = proofs.prove(property, &stack, &options);
            let is_limited = kind == PolicyKind::ResourceControl || !is_outside;
            let expected = if is_limited {
                Outcome::Proved
            } else {
                Outcome::Refuted
            };
            assert_eq!(report.outcome, expected, "{kind:?} {callers}");
        }
    }
}
