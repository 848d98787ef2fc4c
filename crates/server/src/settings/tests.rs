use std::path::Path;
use std::time::Duration;

use rempart_store::data::{EqualEventTime, Quotas, ReadControl};

use super::*;

fn read(text: &str) -> Result<StoreSettings, ReadError> {
    StoreSettings::read_text(Path::new("store.yaml"), text, &|_| None)
}

fn problems(text: &str) -> Vec<String> {
    let error = read(text).unwrap_err();
    error.problems.iter().map(ToString::to_string).collect()
}

#[test]
fn the_first_file_holds_the_defaults() {
    let settings = read(TEMPLATE).unwrap();
    assert_eq!(settings.data, data::Settings::default());
    assert_eq!(settings.summary(), "embedded, built-in KMS, directory");
    assert_eq!(settings.groups_per_account, None);
    // What stands there as a remark is what else can be said.
    let all: String = TEMPLATE
        .lines()
        .map(|line| {
            let said = line.trim_start().strip_prefix("# ").filter(|rest| {
                rest.split_once(": ").is_some_and(|(name, _)| {
                    !name.contains(' ') && !matches!(name, "embedded" | "builtin" | "directory")
                })
            });
            match said {
                Some(rest) => format!("  {rest}\n"),
                None => format!("{line}\n"),
            }
        })
        .collect();
    let all = all
        .replace("engine: embedded", "engine: redis")
        .replace("provider: builtin", "provider: aws")
        .replace("place: directory", "place: s3");
    let settings = read(&all).unwrap_or_else(|error| panic!("{error}\n{all}"));
    assert_eq!(settings.summary(), "Redis Cluster, AWS KMS, S3");
    assert_eq!(settings.groups_per_account, Some(100));
}

#[test]
fn no_file_and_an_empty_one_are_the_defaults() {
    let folder = tempfile::tempdir().unwrap();
    let settings = StoreSettings::of_store(folder.path(), &|_| None).unwrap();
    assert_eq!(settings.data, data::Settings::default());
    assert!(read("# nothing\n").is_ok());
    std::fs::create_dir(folder.path().join(FILE)).unwrap();
    let error = StoreSettings::of_store(folder.path(), &|_| None).unwrap_err();
    assert!(error.to_string().contains("it is no file"));
}

#[test]
fn behaviour_is_taken() {
    let settings = read(
        "behaviour:\n  equalEventTime: keep\n  readControl: mask\n  flushSeconds: 7\n  quotas:\n    groupRead: 5\n",
    )
    .unwrap();
    assert_eq!(settings.data.equal_event_time, EqualEventTime::Keep);
    assert_eq!(settings.data.read_control, ReadControl::Mask);
    assert_eq!(settings.data.flush.age, Duration::from_secs(7));
    let quotas = settings.data.quotas.unwrap();
    assert_eq!((quotas.group_read, quotas.group_write), (5, 40_000));
    let settings = read("behaviour: {quotas: aws}").unwrap();
    assert_eq!(settings.data.quotas, Some(Quotas::default()));
}

#[test]
fn every_problem_has_its_line() {
    let found = problems(
        "online:\n  engine: redis\n  replicas: many\nkeys:\n  provider: aws\n  serverPrincipal: me\n\
         offline: {place: s3, endpoint: 'https://a:b@c'}\nbehaviour: {flushSeconds: 900}\nother: 1\n",
    );
    let expected = [
        "store.yaml:2:3: `online` names no `addresses`, and REMPART_REDIS is not set",
        "store.yaml:3:13: `replicas` is a number from 0 to 16",
        "store.yaml:5:3: `serverPrincipal` is the ARN of the role or user whose credentials the server has",
        "store.yaml:7:10: `endpoint` is https://host, without user and password",
        "store.yaml:8:27: `flushSeconds` is a number from 1 to 899",
        "store.yaml:9:1: the file has no field `other`",
    ];
    assert_eq!(found, expected);
}

#[test]
fn passwords_come_from_the_environment_and_are_not_shown() {
    let text = "online: {engine: redis, addresses: ['redis://user:secret@host']}";
    let found = problems(text);
    assert!(
        found.iter().all(|line| !line.contains("secret")),
        "{found:?}"
    );
    assert!(found[0].contains("REMPART_REDIS"));
    let variable = |name: &str| {
        (name == REDIS_VARIABLE).then(|| "rediss://u:secret@a:1, rediss://b:2".to_owned())
    };
    let path = Path::new("store.yaml");
    let settings = StoreSettings::read_text(path, "online: {engine: redis}", &variable).unwrap();
    assert!(!format!("{settings:?}").contains("secret"));
    let OnlineSettings::Redis(redis) = settings.online else {
        panic!("it is Redis");
    };
    assert!(redis.is_cluster);
    assert_eq!(redis.addresses, ["rediss://u:secret@a:1", "rediss://b:2"]);
    let bad = |_: &str| Some("http://u:secret@a".to_owned());
    let error = StoreSettings::read_text(path, "online: {engine: redis}", &bad).unwrap_err();
    assert!(!error.to_string().contains("secret"));
}

proptest::proptest! {
    #[test]
    fn no_text_makes_it_panic(text in "\\PC{0,200}") {
        read(&text).ok();
    }

    #[test]
    fn no_value_makes_it_panic(line in 0_usize..40, value in "\\PC{0,30}") {
        let mut lines: Vec<String> = TEMPLATE.lines().map(str::to_owned).collect();
        let at = line % lines.len();
        if let Some((name, _)) = lines[at].clone().split_once(':') {
            lines[at] = format!("{name}: {value}");
        }
        read(&lines.join("\n")).ok();
    }
}
