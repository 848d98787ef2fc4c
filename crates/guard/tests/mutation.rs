//! Every condition of the library is needed: without any entry, and without the first value of any,
//! which permitted requests have, some property is refuted or some permitted request denied.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "helpers of tests"
)]

use std::collections::BTreeSet;

use rempart_guard::content;
use rempart_guard::generate::{generate, proposal};
use rempart_guard::proof::{Outcome, ProofOptions, Proofs};
use rempart_guard::property::{self, Liveness, Property, example_account};
use rempart_guard::replay::Proposal;
use rempart_policy::Stack;
use rempart_policy::document::{Policy, Statement};
use rempart_prove::Presence;

/// A changed statement, and what was changed.
struct Mutant {
    statement: Statement,
    change: String,
}

fn mutants(statement: &Statement) -> Vec<Mutant> {
    let mut all = Vec::new();
    for (place, entry) in statement.conditions.iter().enumerate() {
        let operator = entry.operator;
        let name = format!("{:?} {}", operator.base, entry.key.text);
        let mut without = statement.clone();
        without.conditions.remove(place);
        all.push(Mutant {
            statement: without,
            change: name.clone(),
        });
        if entry.values.len() > 1 {
            let mut changed = statement.clone();
            let removed = changed.conditions[place].values.remove(0);
            all.push(Mutant {
                statement: changed,
                change: format!("{name} {}", removed.text),
            });
        }
    }
    all
}

fn mutated(documents: &[Policy], place: usize, number: usize, statement: &Statement) -> Stack {
    let mut proposal = Proposal::default();
    for (other, document) in documents.iter().enumerate() {
        let mut document = document.clone();
        if other == place {
            document.statements[number] = statement.clone();
        }
        proposal.add("", &format!("policy {other}"), document);
    }
    proposal.stack()
}

fn is_noticed(properties: &[Property], stack: &Stack, statement: &Statement) -> bool {
    let account = example_account().expect("an account");
    let is_denied = |property: &Property| {
        property.permit.iter().any(|permit| {
            let liveness = permit.request.liveness(stack, account, Presence::Unknown);
            matches!(liveness, Liveness::Denied { .. })
        })
    };
    if properties.iter().any(is_denied) {
        return true;
    }
    let options = ProofOptions {
        account,
        presence: Presence::Unknown,
        demand_all: true,
    };
    let sid = statement.sid.as_ref().expect("a Sid");
    let mut concerned: Vec<&Property> = properties
        .iter()
        .filter(|property| {
            property.actions.iter().any(|forbidden| {
                let mut statements = stack
                    .policies()
                    .flat_map(|(_, policy)| policy.concerning(&forbidden.action));
                statements.any(|(_, other)| {
                    other
                        .sid
                        .as_ref()
                        .is_some_and(|other| other.text == sid.text)
                })
            })
        })
        .collect();
    // Those that look at the same keys break first.
    concerned.sort_by_key(|property| {
        let mut keys = property
            .actions
            .iter()
            .flat_map(|forbidden| &forbidden.keys);
        let conditions = &statement.conditions;
        !keys.any(|key| conditions.iter().any(|entry| *entry.key.text == **key))
    });
    let mut proofs = Proofs::default();
    concerned
        .into_iter()
        .any(|property| proofs.prove(property, stack, &options).outcome == Outcome::Refuted)
}

#[test]
fn every_condition_of_the_library_is_needed() {
    let parameters = content::parameters().expect("parameters");
    let set = property::read(&content::properties(), &parameters);
    let made = generate(&content::templates(), &parameters).expect("generated");
    let library = proposal(&made).expect("policies");
    let all = library
        .service_control
        .iter()
        .chain(&library.resource_control);
    let documents: Vec<Policy> = all
        .map(|proposed| proposed.policy.policy().clone())
        .collect();
    let (mut idle, mut count) = (BTreeSet::new(), 0);
    for (place, document) in documents.iter().enumerate() {
        for (number, statement) in document.statements.iter().enumerate() {
            for mutant in mutants(statement) {
                count += 1;
                let stack = mutated(&documents, place, number, &mutant.statement);
                if !is_noticed(&set.properties, &stack, statement) {
                    let sid = &statement.sid.as_ref().expect("a Sid").text;
                    idle.insert(format!("{sid}: {}", mutant.change));
                }
            }
        }
    }
    assert!(count > 100, "{count}");
    // AWS sends aws:SourceAccount for services only. And this type is not approved for jobs, so it is
    // denied anyway.
    let expected = [
        "ServiceForOthers: Bool aws:PrincipalIsAWSService",
        "VolumeKeyMissing: StringNotLike sagemaker:InstanceTypes ml.p3dn.*",
    ];
    assert_eq!(idle, BTreeSet::from(expected.map(ToOwned::to_owned)));
}
