//! Random sequences of changes against a plain model of who may decrypt.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers of tests"
)]

use std::collections::BTreeMap;

use proptest::prelude::*;
use rempart_keys::{EncryptionContext, Provider, Requester};
use serde_json::{Value, json};

use crate::support::{ACCOUNT, OTHER, call, connection, named_caller, open, start};

/// Who asks: name, whether IAM allows everything of KMS, whether in the account of the key.
const CALLERS: [(&str, bool, bool); 5] = [
    ("user b", false, true),
    ("admin c", true, true),
    ("role R", false, true),
    ("foreign f", false, false),
    ("foreign-admin g", true, false),
];

fn arn(caller: usize) -> String {
    match CALLERS[caller].0.split_once(' ').unwrap() {
        ("role", name) => format!("arn:aws:iam::{ACCOUNT}:role/{name}"),
        (_, name) if CALLERS[caller].2 => format!("arn:aws:iam::{ACCOUNT}:user/{name}"),
        (_, name) => format!("arn:aws:iam::{OTHER}:user/{name}"),
    }
}

/// What the key policy says of decryption.
#[derive(Debug, Clone, Default)]
struct Policy {
    delegates: bool,
    delegates_abroad: bool,
    names: Vec<usize>,
    denies: Vec<usize>,
}

impl Policy {
    fn document(&self) -> Value {
        let statement = |effect: &str, principal: Value, action: Value| json!({"Effect": effect, "Principal": {"AWS": principal}, "Action": action, "Resource": "*"});
        let root = |account: &str| json!(format!("arn:aws:iam::{account}:root"));
        let admin = json!(format!("arn:aws:iam::{ACCOUNT}:user/a"));
        let mut statements = vec![statement("Allow", admin, json!("kms:*"))];
        if self.delegates {
            statements.push(statement("Allow", root(ACCOUNT), json!("kms:*")));
        }
        if self.delegates_abroad {
            statements.push(statement("Allow", root(OTHER), json!("kms:Decrypt")));
        }
        for (effect, callers) in [("Allow", &self.names), ("Deny", &self.denies)] {
            for caller in callers {
                statements.push(statement(
                    effect,
                    json!(arn(*caller)),
                    json!(["kms:Decrypt"]),
                ));
            }
        }
        json!({"Version": "2012-10-17", "Statement": statements})
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Enabled,
    Disabled,
    Pending,
}

#[derive(Debug, Clone)]
enum Step {
    PutPolicy(Policy),
    Grant(usize, bool),
    Revoke(usize),
    Enable,
    Disable,
    Schedule,
    Cancel,
    Rotate,
    Reopen,
}

fn step() -> impl Strategy<Value = Step> {
    let callers = || prop::collection::vec(0..CALLERS.len(), 0..3);
    let policy = (any::<bool>(), any::<bool>(), callers(), callers()).prop_map(
        |(delegates, delegates_abroad, names, denies)| Policy {
            delegates,
            delegates_abroad,
            names,
            denies,
        },
    );
    prop_oneof![
        3 => policy.prop_map(Step::PutPolicy),
        4 => (0..CALLERS.len(), any::<bool>()).prop_map(|(caller, bound)| Step::Grant(caller, bound)),
        2 => (0..8_usize).prop_map(Step::Revoke),
        3 => Just(Step::Enable),
        1 => Just(Step::Disable),
        1 => Just(Step::Schedule),
        2 => Just(Step::Cancel),
        1 => Just(Step::Rotate),
        1 => Just(Step::Reopen),
    ]
}

/// The model.
#[derive(Debug)]
struct Model {
    policy: Policy,
    grants: BTreeMap<String, (usize, bool)>,
    state: State,
}

impl Model {
    fn may(&self, caller: usize, bound: bool) -> bool {
        let (_, by_iam, is_own) = CALLERS[caller];
        let named = self.policy.names.contains(&caller);
        let by_policy = if is_own {
            named || (self.policy.delegates && by_iam)
        } else {
            by_iam && (named || self.policy.delegates_abroad)
        };
        let mut grants = self.grants.values();
        let by_grant = grants.any(|(grantee, needs)| *grantee == caller && (bound || !needs));
        self.state == State::Enabled
            && !self.policy.denies.contains(&caller)
            && (by_policy || by_grant)
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn who_may_decrypt(steps in prop::collection::vec(step(), 1..14)) {
        let directory = tempfile::tempdir().unwrap();
        let (mut kms, _) = open(directory.path());
        let admin = named_caller("admin a");
        let mut model = Model { policy: Policy::default(), grants: BTreeMap::new(), state: State::Enabled };
        let input = json!({"Policy": model.policy.document().to_string()});
        let key = call(&kms, &admin, "CreateKey", &input, start()).unwrap();
        let key = key["KeyMetadata"]["Arn"].as_str().unwrap().to_owned();
        let contexts: [EncryptionContext; 2] =
            [EncryptionContext::new(), [("g".to_owned(), "1".to_owned())].into()];
        let sealed: Vec<String> = contexts.iter().map(|context| {
            let input = json!({"KeyId": key, "Plaintext": "aGVsbG8=", "EncryptionContext": context});
            let answer = call(&kms, &admin, "Encrypt", &input, start()).unwrap();
            answer["CiphertextBlob"].as_str().unwrap().to_owned()
        }).collect();
        for step in steps {
            let on_key = json!({"KeyId": key});
            let ask = |kms: &_, operation: &str| call(kms, &admin, operation, &on_key, start()).is_ok();
            let done = match &step {
                Step::PutPolicy(policy) => {
                    let input = json!({"KeyId": key, "Policy": policy.document().to_string()});
                    call(&kms, &admin, "PutKeyPolicy", &input, start()).unwrap();
                    model.policy = policy.clone();
                    true
                }
                Step::Grant(caller, bound) => {
                    let mut input = json!({"KeyId": key, "GranteePrincipal": arn(*caller), "Operations": ["Decrypt"]});
                    if *bound {
                        input["Constraints"] = json!({"EncryptionContextSubset": {"g": "1"}});
                    }
                    let answer = call(&kms, &admin, "CreateGrant", &input, start());
                    if let Ok(answer) = &answer {
                        let id = answer["GrantId"].as_str().unwrap().to_owned();
                        model.grants.insert(id, (*caller, *bound));
                    }
                    answer.is_ok() == (model.state == State::Enabled)
                }
                Step::Revoke(number) => {
                    let id = model.grants.keys().nth(*number).cloned();
                    if let Some(id) = id {
                        let input = json!({"KeyId": key, "GrantId": id});
                        call(&kms, &admin, "RevokeGrant", &input, start()).unwrap();
                        model.grants.remove(&id);
                    }
                    true
                }
                Step::Enable | Step::Disable => {
                    let (name, state) = match step {
                        Step::Enable => ("EnableKey", State::Enabled),
                        _ => ("DisableKey", State::Disabled),
                    };
                    let done = ask(&kms, name);
                    let wanted = model.state != State::Pending;
                    if done { model.state = state; }
                    done == wanted
                }
                Step::Schedule => {
                    let done = ask(&kms, "ScheduleKeyDeletion");
                    let wanted = model.state != State::Pending;
                    model.state = State::Pending;
                    done == wanted
                }
                Step::Cancel => {
                    let done = ask(&kms, "CancelKeyDeletion");
                    let wanted = model.state == State::Pending;
                    if done { model.state = State::Disabled; }
                    done == wanted
                }
                Step::Rotate => ask(&kms, "RotateKeyOnDemand") == (model.state == State::Enabled),
                Step::Reopen => {
                    drop(kms);
                    (kms, _) = open(directory.path());
                    true
                }
            };
            prop_assert!(done, "{step:?} in {model:?}");
            let connection = connection(start());
            for (caller, (name, ..)) in CALLERS.into_iter().enumerate() {
                let principal = named_caller(name);
                for (bound, context) in [false, true].into_iter().zip(&contexts) {
                    let requester = Requester { caller: &principal, connection: &connection, via: None, tokens: &[] };
                    let wanted = model.may(caller, bound);
                    let checked = kms.check(&requester, "kms:Decrypt", &key, context, None);
                    prop_assert_eq!(checked.is_ok(), wanted, "{} {:?} after {:?}: {:?}", name, context, step, model);
                    let input = json!({"CiphertextBlob": sealed[usize::from(bound)], "EncryptionContext": context});
                    let opened = call(&kms, &principal, "Decrypt", &input, start());
                    prop_assert_eq!(opened.is_ok(), wanted, "{} {:?}", name, opened);
                    if let Ok(opened) = opened {
                        prop_assert_eq!(opened["Plaintext"].as_str(), Some("aGVsbG8="));
                    }
                }
            }
        }
    }
}
