//! The guardrails that ship with the program, and the published ones that they replace.
#![expect(
    clippy::expect_used,
    reason = "helpers of tests stop where something is missing"
)]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use rempart_guard::content;
use rempart_guard::generate::{generate, path, proposal};
use rempart_guard::parameters::Parameters;
use rempart_guard::proof::{Outcome, ProofOptions, Proofs};
use rempart_guard::property::{self, Property, example_account};
use rempart_guard::replay::Proposal;
use rempart_guard::report::ProofReport;
use rempart_policy::document::{Effect, Policy, PolicyKind};
use rempart_policy::{Decision, Stack, scenario::ScenarioReader};
use rempart_prove::Presence;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../guardrails")
}

fn options(presence: Presence, demand_all: bool) -> ProofOptions {
    ProofOptions {
        account: example_account().expect("an account"),
        presence,
        demand_all,
    }
}

fn properties(parameters: &Parameters) -> Vec<Property> {
    let set = property::read(&content::properties(), parameters);
    assert_eq!(set.faults, []);
    set.properties
}

fn report(properties: &[Property], stack: &Stack, options: &ProofOptions) -> ProofReport {
    let mut proofs = Proofs::default();
    let reports: Vec<_> = properties
        .iter()
        .map(|property| proofs.prove(property, stack, options))
        .collect();
    ProofReport::new(&reports, stack, Vec::new(), options.presence, Vec::new())
}

fn library() -> Proposal {
    let parameters = content::parameters().expect("parameters");
    let made = generate(&content::templates(), &parameters).expect("generated");
    proposal(&made).expect("policies")
}

fn playbook(file: &str) -> (Proposal, Parameters) {
    let defaults = content::parameters().expect("parameters");
    let own = std::fs::read_to_string(root().join("playbook/parameters.yaml")).expect("a file");
    let parameters = Parameters::read(&own, Some(&defaults)).expect("parameters");
    let text = std::fs::read_to_string(root().join("playbook").join(file)).expect("a file");
    let policy = Policy::parse(&text, PolicyKind::ServiceControl).expect("a policy");
    let mut proposal = Proposal::default();
    proposal.add("", file, policy);
    (proposal, parameters)
}

#[test]
fn every_property_of_the_library_is_proved_whatever_aws_fills_in() {
    let parameters = content::parameters().expect("parameters");
    let properties = properties(&parameters);
    assert!(properties.len() >= 40);
    let stack = library().stack();
    for presence in [Presence::Unknown, Presence::Always, Presence::IffPresent] {
        let report = report(&properties, &stack, &options(presence, true));
        for line in &report.properties {
            assert_eq!(
                line.outcome,
                Outcome::Proved,
                "{}: {:?}",
                line.id,
                line.reasons
            );
            assert!(
                !line.sound.is_empty() && !line.permitted.is_empty(),
                "{}",
                line.id
            );
        }
    }
}

#[test]
fn the_committed_library_is_what_the_templates_give() {
    let parameters = content::parameters().expect("parameters");
    let made = generate(&content::templates(), &parameters).expect("generated");
    for guardrail in &made {
        let file = root().join("library").join(path(guardrail));
        let committed = std::fs::read_to_string(&file).unwrap_or_default();
        let hint = "run `rempart guard generate --out guardrails/library`";
        assert_eq!(committed, guardrail.text, "{hint}");
    }
    let count = ["scp", "rcp"].iter().map(|folder| {
        let entries = std::fs::read_dir(root().join("library").join(folder));
        entries.expect("a folder").count()
    });
    assert_eq!(count.sum::<usize>(), made.len(), "a file too many");
}

/// The nine rows of the playbook: the property, and what its refutation must say.
#[test]
fn each_published_guardrail_is_refuted_by_its_loophole() {
    let rows: [(&str, &str, &[&str]); 11] = [
        // One present key suffices; further actions are not covered.
        (
            "1-vpc-deployment.json",
            "vpc-present",
            &[
                "CreateNotebookInstance: `SubnetId`",
                "omit `SecurityGroupIds`",
                "no statement covers CreateAutoMLJob",
            ],
        ),
        // Any VPC passes, an attacker's too.
        (
            "1-vpc-deployment.json",
            "vpc-subnets-approved",
            &["subnet-0ffffffffffffff01"],
        ),
        // The key was renamed: everything is denied, or any key of any account passes.
        (
            "2-encrypted-volumes.json",
            "volume-key",
            &[
                "no statement covers",
                "CreateProcessingJob",
                "if AWS no longer fills the old key `sagemaker:VolumeKmsKey`",
            ],
        ),
        (
            "2-encrypted-volumes.json",
            "volume-key-approved",
            &[
                "arn:aws:kms:eu-west-1:999988887777:key/",
                "AWS no longer fills the old key",
            ],
        ),
        (
            "3-inter-container-encryption.json",
            "transit-encrypted",
            &[
                "omit `EnableInterContainerTrafficEncryption`: it defaults to false",
                "no statement covers CreateAutoMLJob",
            ],
        ),
        (
            "4-network-isolation.json",
            "network-isolation",
            &[
                "omit `EnableNetworkIsolation`: it defaults to false and the condition key is then absent",
                "CreateProcessingJob",
            ],
        ),
        (
            "5-presigned-notebook-url.json",
            "sessions-from-network",
            &[
                "CreatePresignedDomainUrl",
                "StartSession",
                "blocks a URL through an approved endpoint",
            ],
        ),
        (
            "6-no-direct-internet.json",
            "notebook-no-internet",
            &[
                "omit `DirectInternetAccess`: it defaults to Enabled and the condition key is then absent",
            ],
        ),
        (
            "7-no-root.json",
            "notebook-no-root",
            &["omit `RootAccess`: it defaults to Enabled and the condition key is then absent"],
        ),
        (
            "8-notebook-instance-types.json",
            "notebook-types",
            &["no statement covers UpdateNotebookInstance"],
        ),
        (
            "9-studio-instance-types.json",
            "studio-types",
            &["no statement covers CreateDomain, CreateSpace, CreateUserProfile, UpdateDomain"],
        ),
    ];
    for (file, id, wanted) in rows {
        let (proposal, parameters) = playbook(file);
        let all = properties(&parameters).into_iter();
        let property: Vec<Property> = all.filter(|property| property.id == id).collect();
        let stack = proposal.stack();
        let report = report(&property, &stack, &options(Presence::Unknown, false));
        let line = &report.properties[0];
        assert_eq!(line.outcome, Outcome::Refuted, "{file} {id}");
        let reasons = line.reasons.join("\n");
        for text in wanted {
            assert!(
                reasons.contains(text),
                "{file} {id}: `{text}` is not in\n{reasons}"
            );
        }
    }
}

#[test]
fn examples_are_allowed_when_they_are_read_again() {
    let mut reader = ScenarioReader::new();
    let mut read = 0;
    let folder = std::fs::read_dir(root().join("playbook")).expect("a folder");
    for entry in folder {
        let name = entry
            .expect("an entry")
            .file_name()
            .to_string_lossy()
            .into_owned();
        if !name.ends_with(".json") {
            continue;
        }
        let (proposal, parameters) = playbook(&name);
        let stack = proposal.stack();
        let properties = properties(&parameters);
        let report = report(&properties, &stack, &options(Presence::Unknown, false));
        for broken in report.properties.iter().flat_map(|line| &line.broken) {
            let text = broken.scenario.to_string();
            let answer = reader.answer(&text).expect("a scenario");
            assert_eq!(answer.decision, Decision::Allowed.name(), "{text}");
            assert_eq!(answer.difference, None, "{text}");
            read += 1;
            // Only this action is no operation of the API.
            let is_call = broken.action != "sagemaker:CallWithBearerToken";
            let call = broken.call.as_deref().unwrap_or_default();
            assert_eq!(call.starts_with("aws sagemaker"), is_call, "{text} {call}");
        }
    }
    assert!(read > 80, "{read}");
}

/// Without any one of its statements the library no longer proves everything, except for those that
/// only repeat what the API demands itself.
#[test]
fn no_statement_of_the_library_is_idle() {
    let parameters = content::parameters().expect("parameters");
    let properties = properties(&parameters);
    let whole = library();
    let all = whole.service_control.iter().chain(&whole.resource_control);
    let documents: Vec<Policy> = all
        .map(|proposed| proposed.policy.policy().clone())
        .collect();
    let stack = whole.stack();
    let mut idle = BTreeSet::new();
    for (place, document) in documents.iter().enumerate() {
        for (number, statement) in document.statements.iter().enumerate() {
            assert_eq!(statement.effect, Effect::Deny);
            let sid = statement.sid.as_ref().expect("a Sid").text.to_string();
            let mut weakened = Proposal::default();
            for (other, document) in documents.iter().enumerate() {
                let mut document = document.clone();
                if other == place {
                    document.statements.remove(number);
                }
                weakened.add("", &format!("policy {other}"), document);
            }
            let is_concerned = |property: &&Property| {
                property.actions.iter().any(|forbidden| {
                    let policies = stack.policies();
                    let mut statements =
                        policies.flat_map(|(_, policy)| policy.concerning(&forbidden.action));
                    statements.any(|(_, other)| {
                        other.sid.as_ref().is_some_and(|other| *other.text == *sid)
                    })
                })
            };
            let mut concerned: Vec<&Property> = properties.iter().filter(is_concerned).collect();
            // Those that look at the same keys are the ones that break.
            concerned.sort_by_key(|property| {
                let mut keys = property
                    .actions
                    .iter()
                    .flat_map(|forbidden| &forbidden.keys);
                let conditions = &statement.conditions;
                !keys.any(|key| conditions.iter().any(|entry| *entry.key.text == **key))
            });
            let stack = weakened.stack();
            let options = options(Presence::Unknown, true);
            let mut proofs = Proofs::default();
            let is_missed = concerned.into_iter().any(|property| {
                proofs.prove(property, &stack, &options).outcome == Outcome::Refuted
            });
            if !is_missed {
                idle.insert(sid);
            }
        }
    }
    // InstanceType is required, so the API refuses the request before.
    assert_eq!(idle, BTreeSet::from(["NotebookTypeMissing".to_owned()]));
}
