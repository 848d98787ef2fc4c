//! The registry against a plain model, with reopening in between; damage of its file.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use rempart_online::GroupId;
use rempart_store::registry::{GrantDebt, Registry, RegistryError};
use rempart_store::{Group, GroupStatus};

const ACCOUNTS: [&str; 2] = ["111122223333", "444455556666"];

fn group(account: &str, name: &str) -> Group {
    let now = "2026-11-28T12:00:00Z".parse().unwrap();
    Group {
        id: GroupId(0),
        name: name.to_owned(),
        arn: format!("arn:aws:sagemaker:eu-west-1:{account}:feature-group/{name}"),
        account: account.to_owned(),
        region: "eu-west-1".to_owned(),
        identifier: "id".to_owned(),
        event_time: "at".to_owned(),
        features: Vec::new(),
        online: None,
        offline: None,
        throughput: None,
        role_arn: None,
        description: None,
        tags: BTreeMap::new(),
        created: now,
        modified: now,
        status: GroupStatus::Created,
        failure: None,
        offline_status: None,
        last_update: None,
        metadata: BTreeMap::new(),
        online_keys: None,
        offline_keys: None,
        schema_version: 1,
    }
}

#[derive(Debug, Clone)]
enum Step {
    Create(usize, u8),
    Update(u64, u8),
    Fail(u64),
    Bury(u64),
    Forget(u64),
    Owe(u8),
    Settle(u8),
    Reopen,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0..2_usize, 0..4_u8).prop_map(|(account, name)| Step::Create(account, name)),
        4 => (1..8_u64, any::<u8>()).prop_map(|(id, text)| Step::Update(id, text)),
        1 => (1..8_u64).prop_map(Step::Fail),
        2 => (1..8_u64).prop_map(Step::Bury),
        2 => (1..8_u64).prop_map(Step::Forget),
        1 => (0..3_u8).prop_map(Step::Owe),
        1 => (0..3_u8).prop_map(Step::Settle),
        2 => Just(Step::Reopen),
    ]
}

fn debt(number: u8) -> GrantDebt {
    GrantDebt {
        group_arn: "arn".to_owned(),
        created: "2026-11-28T12:00:00Z".parse().unwrap(),
        kms_key: format!("key {number}"),
        name: "name".to_owned(),
        grant_id: None,
    }
}

#[derive(Default)]
struct Model {
    living: BTreeMap<u64, Group>,
    buried: BTreeMap<u64, Group>,
    debts: BTreeSet<u8>,
    given: u64,
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn registry_agrees_with_a_model_and_survives_reopening(steps in proptest::collection::vec(step(), 1..30)) {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("registry");
        let mut registry = Registry::open(&path).unwrap();
        let mut model = Model::default();
        for step in steps {
            match step {
                Step::Create(account, name) => {
                    let group = group(ACCOUNTS[account], &format!("g{name}"));
                    let is_taken = model.living.values().any(|other| other.arn == group.arn);
                    match registry.create(group.clone()) {
                        Ok(made) => {
                            prop_assert!(!is_taken);
                            prop_assert!(made.id.0 > model.given, "a number comes twice");
                            model.given = made.id.0;
                            model.living.insert(made.id.0, Group { id: made.id, ..group });
                        }
                        Err(error) => prop_assert!(is_taken && matches!(error, RegistryError::NameTaken)),
                    }
                }
                Step::Update(id, text) => {
                    let description = Some(text.to_string());
                    let done = registry.update(GroupId(id), |group| {
                        group.description = description.clone();
                        Ok::<_, RegistryError>(())
                    });
                    prop_assert_eq!(done.is_ok(), model.living.contains_key(&id));
                    if let Some(group) = model.living.get_mut(&id) {
                        group.description = description;
                    }
                }
                Step::Fail(id) => {
                    let done = registry.update(GroupId(id), |group| {
                        group.description = Some("never".to_owned());
                        Err::<(), _>(RegistryError::NoGroup)
                    });
                    prop_assert!(done.is_err());
                }
                Step::Bury(id) => {
                    let done = registry.bury(GroupId(id));
                    match model.living.remove(&id) {
                        Some(group) => {
                            prop_assert!(done.is_ok());
                            model.buried.insert(id, group);
                        }
                        None => prop_assert!(done.is_err()),
                    }
                }
                Step::Forget(id) => {
                    let done = registry.forget(GroupId(id));
                    let was = model.living.remove(&id).or_else(|| model.buried.remove(&id));
                    prop_assert_eq!(done.is_ok(), was.is_some());
                }
                Step::Owe(number) => {
                    registry.owe(debt(number)).unwrap();
                    model.debts.insert(number);
                }
                Step::Settle(number) => {
                    registry.settle(&debt(number)).unwrap();
                    model.debts.remove(&number);
                }
                Step::Reopen => {
                    drop(registry);
                    registry = Registry::open(&path).unwrap();
                }
            }
            let living: Vec<Group> = registry.all().iter().map(|group| Group::clone(group)).collect();
            prop_assert_eq!(living, model.living.values().cloned().collect::<Vec<_>>());
            let buried: Vec<Group> = registry.buried().iter().map(|group| Group::clone(group)).collect();
            prop_assert_eq!(buried, model.buried.values().cloned().collect::<Vec<_>>());
            let mut debts = registry.debts();
            debts.sort_by(|a, b| a.kms_key.cmp(&b.kms_key));
            prop_assert_eq!(debts, model.debts.iter().map(|number| debt(*number)).collect::<Vec<_>>());
            for group in model.living.values() {
                for name in [&group.name, &group.arn] {
                    let found = registry.group(&group.account, name).unwrap();
                    prop_assert_eq!(&*found, group);
                }
                let by_arn = registry.group("000000000000", &group.arn).unwrap();
                prop_assert_eq!(&*by_arn, group);
            }
        }
    }
}

#[test]
fn a_name_of_another_account_or_region_finds_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let registry = Registry::open(&directory.path().join("registry")).unwrap();
    let made = registry.create(group(ACCOUNTS[0], "Group")).unwrap();
    assert!(registry.group(ACCOUNTS[0], "Group").is_some());
    assert!(registry.group(ACCOUNTS[0], "group").is_none());
    assert!(registry.group(ACCOUNTS[1], "Group").is_none());
    for wrong in [
        made.arn.replace("eu-west-1", "eu-west-2"),
        made.arn.replace(":aws:", ":aws-cn:"),
        made.arn
            .replace("feature-group/Group", "feature-group/group"),
        made.arn.replace(":sagemaker:", ":s3:"),
        made.arn.replace(ACCOUNTS[0], ACCOUNTS[1]),
    ] {
        assert!(registry.group(ACCOUNTS[0], &wrong).is_none(), "{wrong}");
    }
}

#[test]
fn identity_of_a_group_never_changes() {
    let directory = tempfile::tempdir().unwrap();
    let registry = Registry::open(&directory.path().join("registry")).unwrap();
    let made = registry.create(group(ACCOUNTS[0], "g")).unwrap();
    let done = registry.update(made.id, |group| {
        group.name = "other".to_owned();
        Ok::<_, RegistryError>(())
    });
    assert!(matches!(done, Err(RegistryError::Identity)));
    assert!(registry.group(ACCOUNTS[0], "g").is_some());
}

#[test]
fn two_processes_do_not_share_a_registry() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("registry");
    let _first = Registry::open(&path).unwrap();
    assert!(matches!(
        Registry::open(&path),
        Err(RegistryError::InUse { .. })
    ));
}

#[test]
fn damage_is_an_error_and_never_other_groups() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("registry");
    let expected = {
        let registry = Registry::open(&path).unwrap();
        for number in 0..20 {
            registry
                .create(group(ACCOUNTS[0], &format!("group-{number}")))
                .unwrap();
        }
        registry.all()
    };
    let whole = std::fs::read(&path).unwrap();
    let text = b"group-7";
    let at = |part: &[u8]| {
        whole
            .windows(part.len())
            .position(|window| window == part)
            .unwrap()
    };
    let copy = directory.path().join("copy");
    let mut refused = 0;
    let mut wrong = Vec::new();
    let step = (whole.len() / 60).max(1);
    // redb says by a panic that pages do not fit together; the registry makes an error of it.
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    for position in (0..whole.len()).step_by(step).chain([at(text)]) {
        let mut damaged = whole.clone();
        damaged[position] ^= 0x41;
        std::fs::write(&copy, &damaged).unwrap();
        match Registry::open(&copy) {
            Ok(registry) => {
                if registry.all() != expected {
                    wrong.push(position);
                }
            }
            Err(error) => {
                assert!(error.to_string().contains("copy"), "{error}");
                refused += 1;
            }
        }
    }
    for length in [0, 1, 100, whole.len() / 2, whole.len() - 1] {
        std::fs::write(&copy, &whole[..length]).unwrap();
        if let Ok(registry) = Registry::open(&copy)
            && length > 0
            && registry.all() != expected
        {
            wrong.push(length);
        }
    }
    std::panic::set_hook(hook);
    assert!(refused > 0);
    assert!(wrong.is_empty(), "{wrong:?} of {} bytes", whole.len());
}
