//! What is recorded is delivered once, verified by digests, and told apart when somebody changed it.

mod crash;
mod pressure;
mod speed;
mod support;
mod time;

use jiff::Timestamp;
use rempart_audit::{AuditSettings, SigningKey, Sink as _};
use rempart_trail::integrity::Outcome;

use support::{ROOT, copy, event, numbers, open, own, records, try_open, verified, walk};

#[test]
fn delivered_logs_verify_and_a_change_does_not() {
    let folder = tempfile::tempdir().unwrap();
    let log = open(folder.path());
    for number in 0..500 {
        log.record(event(
            number,
            if number % 2 == 0 {
                "111122223333"
            } else {
                "444455556666"
            },
        ));
    }
    log.deliver().unwrap();
    for number in 500..600 {
        log.record(event(number, "111122223333"));
    }
    drop(log);
    let report = verified(folder.path());
    assert_eq!(report.outcome(), Outcome::Verified, "{report:?}");
    assert_eq!(numbers(folder.path()), (0..600).collect::<Vec<_>>());

    let log = open(folder.path());
    log.record(event(600, "111122223333"));
    drop(log);
    assert_eq!(verified(folder.path()).outcome(), Outcome::Verified);

    let victim = walk(folder.path())
        .into_iter()
        .find(|path| path.contains("_CloudTrail_"))
        .unwrap();
    std::fs::remove_file(victim).unwrap();
    assert_eq!(verified(folder.path()).outcome(), Outcome::Wrong);
}

#[test]
fn what_a_crash_leaves_is_delivered_once() {
    let folder = tempfile::tempdir().unwrap();
    let log = open(folder.path());
    for number in 0..100 {
        log.record(event(number, "111122223333"));
    }
    assert!(log.sync());
    let crashed = tempfile::tempdir().unwrap();
    copy(folder.path(), crashed.path());
    drop(log);
    assert_eq!(numbers(crashed.path()), (0..100).collect::<Vec<_>>());
    // The crash tore the last line.
    let segment = walk(&crashed.path().join("segments")).pop().unwrap();
    let text = std::fs::read(&segment).unwrap();
    std::fs::write(&segment, &text[..text.len() - 20]).unwrap();
    let log = open(crashed.path());
    assert!(log.recovered().torn_bytes > 100, "{:?}", log.recovered());
    drop(log);
    let told = own(crashed.path(), "AuditLogRecovered");
    assert_eq!(told.len(), 1);
    assert_eq!(numbers(crashed.path()), (0..99).collect::<Vec<_>>());
    assert_eq!(verified(crashed.path()).outcome(), Outcome::Verified);
}

#[test]
fn a_changed_segment_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let log = open(folder.path());
    for number in 0..10 {
        log.record(event(number, "111122223333"));
    }
    assert!(log.sync());
    let crashed = tempfile::tempdir().unwrap();
    copy(folder.path(), crashed.path());
    drop(log);
    let segment = walk(&crashed.path().join("segments")).pop().unwrap();
    let text = std::fs::read_to_string(&segment)
        .unwrap()
        .replace("\"number\":4", "\"number\":5");
    std::fs::write(&segment, text).unwrap();
    // The first two lines are the head and the start of the log.
    let error = try_open(crashed.path(), AuditSettings::default()).unwrap_err();
    assert!(error.reason.contains("line 7 was altered"), "{error}");

    let settings = AuditSettings {
        set_altered_aside: true,
        ..AuditSettings::default()
    };
    let log = try_open(crashed.path(), settings).unwrap();
    assert_eq!(log.recovered().altered, ["000000000001.jsonl"]);
    log.record(event(77, "111122223333"));
    drop(log);
    assert_eq!(numbers(crashed.path()), [77]);
    assert_eq!(own(crashed.path(), "AuditLogAltered").len(), 1);
    assert!(crashed.path().join("altered/000000000001.jsonl").exists());
    assert_eq!(verified(crashed.path()).outcome(), Outcome::Verified);
}

#[test]
fn the_signing_key_opens_under_its_root_key_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("signing.key");
    let now = Timestamp::now();
    let made = SigningKey::open(&path, &ROOT, now).unwrap();
    assert_eq!(
        SigningKey::open(&path, &ROOT, now).unwrap().public_keys(),
        made.public_keys()
    );
    assert!(SigningKey::open(&path, &[6; 32], now).is_err());
}

#[test]
fn only_one_process_has_it_open() {
    let folder = tempfile::tempdir().unwrap();
    let log = open(folder.path());
    let error = try_open(folder.path(), AuditSettings::default()).unwrap_err();
    assert!(error.reason.contains("another process"), "{error}");
    drop(log);
    drop(open(folder.path()));
}

#[test]
fn a_recipient_that_is_no_account_is_no_path() {
    let folder = tempfile::tempdir().unwrap();
    let log = open(folder.path());
    for (number, recipient) in [
        "",
        "../../../etc",
        "11112222333",
        "1111222233334",
        "１１１１２２２２３３３３",
    ]
    .into_iter()
    .enumerate()
    {
        log.record(event(number as u64, recipient));
    }
    drop(log);
    assert_eq!(numbers(folder.path()), [0, 1, 2, 3, 4]);
    for record in records(folder.path()) {
        assert_eq!(record["recipientAccountId"], "000000000000");
    }
    assert_eq!(verified(folder.path()).outcome(), Outcome::Verified);
}

#[test]
fn former_public_keys_stay_in_the_list() {
    let folder = tempfile::tempdir().unwrap();
    let log = open(folder.path());
    log.record(event(0, "111122223333"));
    drop(log);
    // A new key, as after the loss of the first.
    std::fs::remove_file(folder.path().join("signing.key")).unwrap();
    let log = open(folder.path());
    log.record(event(1, "111122223333"));
    drop(log);
    assert_eq!(verified(folder.path()).outcome(), Outcome::Verified);
}

#[test]
fn what_digests_will_say_cannot_be_changed() {
    let folder = tempfile::tempdir().unwrap();
    let log = open(folder.path());
    log.record(event(0, "111122223333"));
    drop(log);
    let state = folder.path().join("state.json");
    let text = std::fs::read_to_string(&state).unwrap();
    std::fs::write(&state, text.replace("\"segment\":1", "\"segment\":0")).unwrap();
    let error = try_open(folder.path(), AuditSettings::default()).unwrap_err();
    assert!(error.reason.contains("altered"), "{error}");
    std::fs::write(&state, text).unwrap();
    drop(open(folder.path()));
}
