//! The prover against every request of a small universe, each decided by the engine.

mod common;

use std::sync::Arc;

use rempart_aws_model::{AccountId, ActionName};
use rempart_policy::context::{Context, KeyName, KeyState};
use rempart_policy::{Decision, Principal, Reference, Request};
use rempart_prove::{
    Caller, Everything, Predicate, Presence, Prover, Setting, Subject, Test, Verdict,
};
use rempart_testkit::random::Random;

use common::{below, stack};

const ACTION: &str = "sagemaker:CreateNotebookInstance";
const ACCOUNT: &str = "111122223333";
const ROLE: &str = "arn:aws:iam::111122223333:role/DataScientist";
const RESOURCE: &str = "arn:aws:sagemaker:eu-west-1:111122223333:notebook-instance/example";

/// Keys of the universe with the states that requests may have.
fn universe() -> Vec<(&'static str, Vec<Option<KeyState>>)> {
    let single = |text: &str| Some(KeyState::Single(text.into()));
    let several = |texts: &[&str]| {
        let values: Vec<Arc<str>> = texts.iter().map(|text| Arc::from(*text)).collect();
        Some(KeyState::Several(values.into()))
    };
    vec![
        (
            "sagemaker:RootAccess",
            vec![None, single("Enabled"), single("Disabled")],
        ),
        (
            "sagemaker:VpcSubnets",
            vec![
                None,
                several(&["subnet-a"]),
                several(&["subnet-b"]),
                several(&["x"]),
                several(&["subnet-a", "subnet-b"]),
                several(&["subnet-a", "x"]),
                several(&["x", "y"]),
                several(&["subnet-a", "subnet-b", "x"]),
            ],
        ),
        (
            "aws:SourceIp",
            vec![
                None,
                single("192.0.2.7"),
                single("198.51.100.1"),
                single("2001:db8::1"),
            ],
        ),
        (
            "aws:PrincipalTag/team",
            vec![
                None,
                single("a"),
                single("b"),
                single("ab"),
                single("subnet-a"),
            ],
        ),
        (
            "aws:MultiFactorAuthAge",
            vec![
                None,
                single("5"),
                single("60"),
                single("61"),
                single("3600"),
            ],
        ),
    ]
}

/// Whether a context has a property, written down a second time.
type Holds = Box<dyn Fn(&Context) -> bool>;

/// A property and its truth.
fn property(random: &Random) -> (Predicate, Holds) {
    let get = |context: &Context, key: &str| -> Vec<String> {
        let values = context
            .get(&KeyName::new(key))
            .map(KeyState::values)
            .unwrap_or_default();
        values.iter().map(|value| value.to_string()).collect()
    };
    match below(random, 4) {
        0 => (Predicate::Always, Box::new(|_| true)),
        1 => (
            Predicate::Test(
                Subject::Key("sagemaker:VpcSubnets".into()),
                Test::Unlike(vec!["subnet-a".into(), "subnet-b".into()]),
            ),
            Box::new(move |context| {
                get(context, "sagemaker:VpcSubnets")
                    .iter()
                    .any(|value| value != "subnet-a" && value != "subnet-b")
            }),
        ),
        2 => (
            Predicate::Any(vec![
                Predicate::Test(
                    Subject::Key("aws:SourceIp".into()),
                    Test::Outside(vec!["192.0.2.0/24".into()]),
                ),
                Predicate::Test(Subject::Key("aws:SourceIp".into()), Test::Omitted),
            ]),
            Box::new(move |context| {
                !get(context, "aws:SourceIp")
                    .iter()
                    .any(|value| value.starts_with("192.0.2."))
            }),
        ),
        _ => (
            // The API assumes Enabled.
            Predicate::Test(
                Subject::Key("sagemaker:RootAccess".into()),
                Test::Unlike(vec!["Disabled".into()]),
            ),
            Box::new(move |context| {
                !get(context, "sagemaker:RootAccess").contains(&"Disabled".to_owned())
            }),
        ),
    }
}

fn contexts() -> Vec<Context> {
    let mut all = vec![Context::new()];
    for (key, states) in universe() {
        let mut next = Vec::new();
        for context in &all {
            for state in &states {
                let mut context: Context = context.clone();
                if let Some(state) = state {
                    context.set(KeyName::new(key), state.clone());
                }
                next.push(context);
            }
        }
        all = next;
    }
    all
}

#[test]
fn no_request_of_a_small_universe_contradicts_the_prover() {
    let account = AccountId::parse(ACCOUNT).expect("an account");
    let action = ActionName::parse(ACTION).expect("an action");
    let everything = Everything::new().expect("fixed texts");
    let setting = Setting {
        caller: Caller::AnyRole(account),
        resource_account: None,
        presence: Presence::IffPresent,
    };
    let mut reference = Reference::new();
    let principal = Principal::parse(ROLE).expect("a role");
    let mut prover = Prover::default();
    let random = Random::new(20_261_128);
    let contexts = contexts();
    let (mut proved, mut refuted, mut unknown) = (0, 0, 0);
    for round in 0..250 {
        let stack = stack(&random, 75, &everything);
        let (property, holds) = property(&random);
        let verdict = prover.never_allowed(&stack, &action, &setting, &property);
        let mut allowed = 0;
        let mut undecided = 0;
        let mut example = None;
        for context in &contexts {
            if !holds(context) {
                continue;
            }
            let request = Request::new(
                &mut reference,
                action.clone(),
                principal.clone(),
                RESOURCE,
                None,
                context.clone(),
            );
            match stack.decide(&request).decision {
                Decision::Allowed => {
                    allowed += 1;
                    example.get_or_insert(context.clone());
                }
                Decision::Unsupported => undecided += 1,
                _ => {}
            }
        }
        match verdict {
            Verdict::Proved(_) => {
                proved += 1;
                assert_eq!(allowed, 0, "round {round}: {example:?} {stack:?}");
                assert_eq!(undecided, 0, "round {round}");
            }
            // The engine has decided the example already.
            Verdict::Refuted(_) => refuted += 1,
            Verdict::Unknown(reason) => {
                unknown += 1;
                let is_expected = matches!(
                    reason,
                    rempart_prove::Reason::Undefined(_) | rempart_prove::Reason::Comparison(_)
                );
                assert!(is_expected, "round {round}: {reason}");
                assert_eq!(allowed, 0, "round {round}: {reason} {example:?}");
            }
        }
    }
    // All three answers occur, and most questions have one.
    assert!(proved > 20 && refuted > 60, "{proved} {refuted} {unknown}");
    assert!(
        unknown * 8 < proved + refuted,
        "{proved} {refuted} {unknown}"
    );
}
