//! `examples/store`: what its policies promise is proved for every request that there can be.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use std::path::PathBuf;
use std::sync::Arc;

use rempart_aws_model::{AccountId, ActionName, actions_of};
use rempart_directory::{
    Authorizer, Caller, Connection, Directory, Live, Question, Sealer, check_key_policy,
};
use rempart_policy::context::{KeyName, KeyState};
use rempart_policy::document::{Policy, PolicyKind};
use rempart_policy::{CompiledPolicy, Known, Particulars, Principal, ResourceFacts, Stack};
use rempart_prove::{
    Caller as Callers, Predicate, Presence, Prover, Setting, Subject, Test, Verdict,
};

const PRODUCTION: &str = "111122223333";
const DEVELOPMENT: &str = "444455556666";
const GROUP: &str = "arn:aws:sagemaker:eu-west-1:111122223333:feature-group/fraud-scores";
const ONLINE: &str = "arn:aws:kms:eu-west-1:111122223333:key/0a11e000-1111-4222-8333-444455556666";
const OFFLINE: &str = "arn:aws:kms:eu-west-1:111122223333:key/0ff11e00-1111-4222-8333-444455556666";
const OBJECTS: &str = "arn:aws:s3:::production-features/offline/111122223333/sagemaker/eu-west-1/offline-store/fraud-";
const STORE: &str = "sagemaker.eu-west-1.amazonaws.com";
const S3: &str = "s3.eu-west-1.amazonaws.com";

/// Account and role; action, resource, service that calls for it; policy of the resource; condition keys.
type Intended<'a> = (
    &'a str,
    &'a str,
    &'a str,
    &'a str,
    Option<&'a str>,
    Option<&'a Arc<CompiledPolicy>>,
    &'a [(&'a str, &'a str)],
);

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../examples/store")
}

fn live() -> Live {
    let sealer = Sealer::new(&[1; 32]).unwrap();
    Live::open(&folder().join("rempart.yaml"), sealer)
        .unwrap()
        .0
}

fn policy(name: &str, kind: PolicyKind) -> Arc<CompiledPolicy> {
    let text = std::fs::read_to_string(folder().join("policies").join(name)).unwrap();
    let policy = Policy::parse(&text, kind).unwrap();
    Arc::new(CompiledPolicy::new(name, Arc::new(policy)))
}

fn everything(kind: PolicyKind) -> Arc<CompiledPolicy> {
    let principal = if kind.has_principal() {
        r#""Principal": "*","#
    } else {
        ""
    };
    let text = format!(
        r#"{{"Version": "2012-10-17", "Statement": {{"Effect": "Allow", {principal} "Action": "*", "Resource": "*"}}}}"#
    );
    let policy = Policy::parse(&text, kind).unwrap();
    Arc::new(CompiledPolicy::new("everything", Arc::new(policy)))
}

fn account(text: &str) -> AccountId {
    AccountId::parse(text).unwrap()
}

fn role(live: &Live, account: &str, name: &str) -> Arc<Caller> {
    live.operator(&format!("arn:aws:iam::{account}:role/{name}"))
        .unwrap()
}

fn developer(live: &Live) -> Arc<Caller> {
    role(live, DEVELOPMENT, "Developer")
}

fn setting(caller: Callers) -> Setting {
    Setting {
        caller,
        resource_account: Some(account(PRODUCTION)),
        presence: Presence::Unknown,
    }
}

fn named(caller: &Caller) -> Callers {
    Callers::Named(caller.principal.clone())
}

/// Everybody of the development account.
fn all_of_development() -> Vec<Callers> {
    let root = Principal::parse(&format!("arn:aws:iam::{DEVELOPMENT}:root")).unwrap();
    vec![
        Callers::AnyRole(account(DEVELOPMENT)),
        Callers::AnyUser(account(DEVELOPMENT)),
        Callers::Named(root),
    ]
}

fn about(patterns: &[&str]) -> Predicate {
    let patterns = patterns.iter().map(|pattern| (*pattern).into()).collect();
    Predicate::Test(Subject::Resource, Test::Like(patterns))
}

fn proves_never(stack: &Stack, action: &str, setting: &Setting, what: &Predicate) {
    let action = ActionName::parse(action).unwrap();
    let verdict = Prover::default().never_allowed(stack, &action, setting, what);
    assert!(
        matches!(verdict, Verdict::Proved(_)),
        "{} by {:?}: {verdict:?}",
        action.as_str(),
        setting.caller
    );
}

/// The proof would find something if there were something.
fn refutes(stack: &Stack, action: &str, setting: &Setting, what: &Predicate) {
    let action = ActionName::parse(action).unwrap();
    let verdict = Prover::default().never_allowed(stack, &action, setting, what);
    assert!(
        matches!(verdict, Verdict::Refuted(_)),
        "{}: {verdict:?}",
        action.as_str()
    );
}

#[test]
fn the_pack_reads_without_a_warning() {
    let sealer = Sealer::new(&[1; 32]).unwrap();
    let read = Directory::read(&folder().join("rempart.yaml"), &sealer).unwrap();
    assert_eq!(read.warnings, []);
    for name in ["key-online.json", "key-offline.json"] {
        let found = check_key_policy(policy(name, PolicyKind::KmsKey).policy());
        let other = |code: &str| !matches!(code, "example-principal" | "key-administration");
        assert!(
            !found.iter().any(|lint| other(lint.code)),
            "{name}: {found:?}"
        );
    }
}

#[test]
fn a7_1_nobody_of_development_changes_a_production_group() {
    let live = live();
    // Whatever identity and resource policies say.
    let stack = Stack {
        identity: Known::Is(vec![everything(PolicyKind::Identity)]),
        resource: Known::Is(Some(everything(PolicyKind::Resource))),
        ..developer(&live).stack.clone()
    };
    let open = Stack {
        service_control: Known::Is(Vec::new()),
        ..stack.clone()
    };
    let groups = about(&["arn:aws:sagemaker:*:111122223333:feature-group/*"]);
    for caller in all_of_development() {
        let setting = setting(caller);
        for action in [
            "PutRecord",
            "BatchWriteRecord",
            "DeleteRecord",
            "CreateFeatureGroup",
            "UpdateFeatureGroup",
            "DeleteFeatureGroup",
            "UpdateFeatureMetadata",
        ] {
            let action = format!("sagemaker:{action}");
            proves_never(&stack, &action, &setting, &groups);
            refutes(&open, &action, &setting, &groups);
        }
        // Tags decide who may do what: those of everything in production.
        for action in ["sagemaker:AddTags", "sagemaker:DeleteTags"] {
            proves_never(&stack, action, &setting, &Predicate::Always);
            refutes(&open, action, &setting, &Predicate::Always);
        }
    }
}

#[test]
fn a7_2_developers_read_listed_groups_offline_and_nothing_else_of_the_bucket() {
    let live = live();
    let developer = developer(&live);
    let setting = setting(named(&developer));
    let stack = Stack {
        resource: Known::Is(Some(policy("bucket.json", PolicyKind::Resource))),
        ..developer.stack.clone()
    };
    let listed = about(&[&format!("{OBJECTS}*")]);
    let others = Predicate::Not(Box::new(listed.clone()));
    proves_never(&stack, "s3:GetObject", &setting, &others);
    refutes(&stack, "s3:GetObject", &setting, &listed);
    let mut asked = 0;
    for action in actions_of("s3") {
        let name = format!("s3:{}", action.name);
        if !name.eq_ignore_ascii_case("s3:GetObject") {
            proves_never(&stack, &name, &setting, &Predicate::Always);
            asked += 1;
        }
    }
    assert!(asked > 100, "{asked}");
}

#[test]
fn a7_3_nobody_of_development_decrypts_with_an_online_key() {
    let live = live();
    let stack = Stack {
        identity: Known::Is(vec![everything(PolicyKind::Identity)]),
        resource: Known::Is(Some(policy("key-online.json", PolicyKind::KmsKey))),
        ..developer(&live).stack.clone()
    };
    for caller in all_of_development() {
        proves_never(&stack, "kms:Decrypt", &setting(caller), &Predicate::Always);
    }
    let offline = Stack {
        resource: Known::Is(Some(policy("key-offline.json", PolicyKind::KmsKey))),
        ..developer(&live).stack.clone()
    };
    let developer = setting(named(&developer(&live)));
    refutes(&offline, "kms:Decrypt", &developer, &Predicate::Always);
    // Directly, or through the store, the offline key is closed to them.
    let elsewhere = Predicate::Not(Box::new(Predicate::Test(
        Subject::Key("kms:ViaService".into()),
        Test::Like(vec![S3.into()]),
    )));
    proves_never(&offline, "kms:Decrypt", &developer, &elsewhere);
}

#[test]
fn a7_4_who_reads_does_not_write_and_neither_administers_keys() {
    let live = live();
    for (name, foreign) in [
        (
            "FeatureServer",
            ["PutRecord", "BatchWriteRecord", "DeleteRecord"],
        ),
        (
            "FeatureLoader",
            ["GetRecord", "BatchGetRecord", "DeleteRecord"],
        ),
    ] {
        let caller = role(&live, PRODUCTION, name);
        let setting = setting(named(&caller));
        for action in foreign {
            let action = format!("sagemaker:{action}");
            proves_never(&caller.stack, &action, &setting, &Predicate::Always);
        }
        let with_key = Stack {
            resource: Known::Is(Some(policy("key-online.json", PolicyKind::KmsKey))),
            ..caller.stack.clone()
        };
        for action in [
            "PutKeyPolicy",
            "DisableKey",
            "ScheduleKeyDeletion",
            "CreateGrant",
            "RevokeGrant",
            "Encrypt",
            "GenerateDataKey",
            "UpdateAlias",
        ] {
            proves_never(
                &with_key,
                &format!("kms:{action}"),
                &setting,
                &Predicate::Always,
            );
        }
        refutes(&with_key, "kms:Decrypt", &setting, &Predicate::Always);
    }
    // K14: who administers keys does no cryptography with them.
    let administrator = role(&live, PRODUCTION, "KeyAdministrator");
    let stack = Stack {
        resource: Known::Is(Some(policy("key-online.json", PolicyKind::KmsKey))),
        ..administrator.stack.clone()
    };
    let setting = setting(named(&administrator));
    for action in [
        "Decrypt",
        "Encrypt",
        "GenerateDataKey",
        "ReEncryptFrom",
        "CreateGrant",
    ] {
        proves_never(
            &stack,
            &format!("kms:{action}"),
            &setting,
            &Predicate::Always,
        );
    }
    refutes(&stack, "kms:RevokeGrant", &setting, &Predicate::Always);
    proves_never(
        &administrator.stack,
        "sagemaker:GetRecord",
        &setting,
        &Predicate::Always,
    );
}

#[test]
fn a7_5_each_can_do_what_it_is_for() {
    let live = live();
    let online = policy("key-online.json", PolicyKind::KmsKey);
    let offline = policy("key-offline.json", PolicyKind::KmsKey);
    let bucket = policy("bucket.json", PolicyKind::Resource);
    let none: Option<&Arc<CompiledPolicy>> = None;
    let object = format!("{OBJECTS}scores/data/year=2026/a.parquet");
    let key = [("sagemaker:FeatureGroupOnlineStoreKmsKeyArn", ONLINE)];
    let passed = [("iam:PassedToService", "sagemaker.amazonaws.com")];
    let (p, d) = (PRODUCTION, DEVELOPMENT);
    let cases: Vec<Intended<'_>> = vec![
        (
            p,
            "FeatureServer",
            "sagemaker:GetRecord",
            GROUP,
            None,
            none,
            &[],
        ),
        (
            p,
            "FeatureServer",
            "sagemaker:BatchGetRecord",
            GROUP,
            None,
            none,
            &[],
        ),
        (
            p,
            "FeatureServer",
            "kms:Decrypt",
            ONLINE,
            Some(STORE),
            Some(&online),
            &[],
        ),
        (
            p,
            "FeatureLoader",
            "sagemaker:PutRecord",
            GROUP,
            None,
            none,
            &[],
        ),
        (
            p,
            "FeatureLoader",
            "sagemaker:BatchWriteRecord",
            GROUP,
            None,
            none,
            &[],
        ),
        (
            p,
            "FeatureLoader",
            "kms:Decrypt",
            ONLINE,
            Some(STORE),
            Some(&online),
            &[],
        ),
        (
            p,
            "FeatureOwner",
            "sagemaker:CreateFeatureGroup",
            GROUP,
            None,
            none,
            &key,
        ),
        (
            p,
            "FeatureOwner",
            "kms:CreateGrant",
            ONLINE,
            Some(STORE),
            Some(&online),
            &[],
        ),
        (
            p,
            "FeatureOwner",
            "kms:ListAliases",
            "*",
            Some(STORE),
            none,
            &[],
        ),
        (
            p,
            "FeatureOwner",
            "iam:PassRole",
            "arn:aws:iam::111122223333:role/OfflineWriter",
            None,
            none,
            &passed,
        ),
        (
            p,
            "OfflineWriter",
            "kms:GenerateDataKey",
            OFFLINE,
            Some(S3),
            Some(&offline),
            &[],
        ),
        (
            p,
            "OfflineWriter",
            "s3:PutObject",
            &object,
            None,
            Some(&bucket),
            &[],
        ),
        (
            p,
            "KeyAdministrator",
            "kms:RevokeGrant",
            ONLINE,
            None,
            Some(&online),
            &[],
        ),
        (
            d,
            "Developer",
            "s3:GetObject",
            &object,
            None,
            Some(&bucket),
            &[],
        ),
        (
            d,
            "Developer",
            "kms:Decrypt",
            OFFLINE,
            Some(S3),
            Some(&offline),
            &[],
        ),
        (
            d,
            "Developer",
            "athena:StartQueryExecution",
            "arn:aws:athena:eu-west-1:444455556666:workgroup/developers",
            None,
            none,
            &[],
        ),
    ];
    let connection = Connection {
        source_address: "203.0.113.9".parse().unwrap(),
        user_agent: "test".into(),
        tls: None,
        request_id: "1".into(),
        time: jiff::Timestamp::from_second(1_768_478_400).unwrap(),
    };
    for (account_of, name, action, resource, via, resource_policy, keys) in cases {
        let parsed = ActionName::parse(action).unwrap();
        let single = |value: &str| KeyState::Single(value.into());
        let question = Question {
            action: &parsed,
            resource,
            resource_account: resource
                .starts_with("arn:aws:s3:")
                .then(|| account(PRODUCTION)),
            keys: keys
                .iter()
                .map(|(key, value)| (KeyName::new(key), single(value)))
                .collect(),
            via,
            resource_policy: resource_policy.cloned(),
            grants: Vec::new(),
            resource_facts: ResourceFacts::default(),
            particulars: Particulars::default(),
        };
        let verdict = live.may(&role(&live, account_of, name), &connection, &question);
        assert!(verdict.is_allowed(), "{name} {action}: {verdict:?}");
    }
}
