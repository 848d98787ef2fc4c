//! The synthetic incident: the scope is the intrusion, all of it and nothing else.

mod common;

use std::collections::BTreeSet;

use common::{book, example, intrusion, opened, options, try_opened};
use rempart_case::{Given, OpenError, Opened, Policies, SessionKind, open};
use rempart_hunt::progress::Progress;
use rempart_trail::source::{DiscoverOptions, Input, discover};

fn in_scope(opened: &Opened) -> BTreeSet<String> {
    let ids = opened
        .material
        .events
        .iter()
        .map(|event| event.id.to_string());
    ids.collect()
}

#[test]
fn whatever_the_suspect_the_scope_is_the_intrusion() {
    let intrusion = intrusion();
    let suspects: [&[&str]; 9] = [
        &[],
        &["192.0.2.44"],
        &["192.0.2.0/24"],
        &["AKIAEXAMPLE7XGSF4TGJ"],
        &["contractor-labelling"],
        &["arn:aws:iam::111122223333:user/contractor-labelling"],
        // The last session of the intrusion: the way leads back as well.
        &["ASIAEXAMPLEBFK5FRLDD"],
        // The first event of the intrusion.
        &["0c18ba0b-91ac-4453-abb3-f18a524ef978"],
        &["arn:aws:sts::111122223333:assumed-role/SageMaker-ExecutionRole-MLOps/maintenance"],
    ];
    for suspects in suspects {
        let opened = opened(suspects, 2);
        let found = in_scope(&opened);
        let missed = intrusion.difference(&found).count();
        let more = found.difference(&intrusion).count();
        assert!(
            missed == 0 && more == 0,
            "{suspects:?}: missed {missed}, more {more}"
        );
    }
}

#[test]
fn threads_and_the_order_of_files_change_nothing() {
    let one = opened(&["192.0.2.44"], 1);
    let two = opened(&["192.0.2.44"], 4);
    let bytes = |opened: &Opened| serde_json::to_string(&opened.case).unwrap();
    assert_eq!(bytes(&one), bytes(&two));
}

#[test]
fn a_period_limits_the_scope_but_not_the_past() {
    let mut options = options(&["192.0.2.171"], 2);
    options.from = Some(1_773_792_000); // 2026-03-18
    options.to = Some(1_773_878_400); // 2026-03-19
    let opened = try_opened(&options).unwrap();
    let events = &opened.material.events;
    assert!(!events.is_empty());
    assert!(
        events
            .iter()
            .all(|event| (1_773_792_000..1_773_878_400).contains(&event.time))
    );
    // The address is still known to be new for the user, whose past lies before.
    let marked = opened.case.sessions.iter().any(|session| {
        session
            .marks
            .iter()
            .any(|mark| mark.text.key == "mark-new-address")
    });
    assert!(marked);
}

#[test]
fn what_cannot_be_found_is_said_with_what_is_near() {
    let found = try_opened(&options(&["contractor-labeling"], 2));
    let Err(OpenError::SuspectNotFound { near, period, .. }) = found else {
        panic!("{found:?}");
    };
    assert!(
        near.iter().any(|name| name == "contractor-labelling"),
        "{near:?}"
    );
    assert!(period.unwrap().0.starts_with("2026-03-01"));

    let mut early = options(&["192.0.2.171"], 2);
    early.to = Some(1_772_500_000);
    assert!(matches!(
        try_opened(&early),
        Err(OpenError::NothingInPeriod { .. })
    ));

    let nothing = discover(
        &[Input::Path(example().join("README.md"))],
        &DiscoverOptions::default(),
    );
    let (first, second) = (Progress::default(), Progress::default());
    let found = open(
        &nothing,
        book(),
        Policies::default(),
        &options(&[], 1),
        &first,
        &second,
    );
    assert!(matches!(found, Err(OpenError::NothingRead(_))));

    let stdin = discover(&[Input::Stdin], &DiscoverOptions::default());
    let found = open(
        &stdin,
        book(),
        Policies::default(),
        &options(&[], 1),
        &first,
        &second,
    );
    assert!(matches!(found, Err(OpenError::Stdin)));

    // One that is found carries the case, the other is reported.
    let both = try_opened(&options(&["192.0.2.44", "nobody"], 2)).unwrap();
    assert_eq!(both.not_found.len(), 1);
}

#[test]
fn sessions_are_linked_and_attributed() {
    let opened = opened(&["192.0.2.44"], 2);
    let sessions = &opened.case.sessions;
    let by_key = |key: &str| sessions.iter().find(|session| session.key == key).unwrap();

    let contractor = by_key("AKIAEXAMPLE7XGSF4TGJ");
    assert_eq!(contractor.kind, SessionKind::UserKey);
    assert!(
        contractor.attribution.stolen,
        "the address was new for the user"
    );
    assert!(
        contractor
            .addresses
            .iter()
            .any(|seen| seen.new && seen.value == "192.0.2.44")
    );
    assert!(contractor.addresses.iter().any(|seen| !seen.new));

    let studio = by_key("ASIAEXAMPLE73KZ2ZQVM");
    assert_eq!(studio.kind, SessionKind::Sagemaker);
    assert_eq!(studio.attribution.basis, "presigned-url");
    let marks: Vec<&str> = studio
        .marks
        .iter()
        .map(|mark| mark.text.key.as_str())
        .collect();
    assert!(marks.contains(&"mark-off-platform"), "{marks:?}");

    let backup = by_key("AKIAEXAMPLEXHBJYGWPJ");
    let made = opened
        .case
        .links
        .iter()
        .find(|link| link.to == backup.id)
        .unwrap();
    assert_eq!(made.text.key, "link-created");
    assert!(!made.evidence.is_empty());
    assert!(
        made.evidence
            .iter()
            .all(|id| opened.case.evidence.contains_key(id))
    );

    let release = by_key("ASIAEXAMPLEZQ5HX6TR7");
    let minted = opened
        .case
        .links
        .iter()
        .find(|link| link.to == release.id)
        .unwrap();
    assert_eq!(minted.text.key, "link-minted");

    let foreign = sessions
        .iter()
        .find(|session| {
            session.kind == SessionKind::ForeignAccount && session.account == "999988887777"
        })
        .unwrap();
    assert_eq!(foreign.in_scope.key, "scope-trust-opened");
}

#[test]
fn every_way_to_write_a_suspect_is_read() {
    for text in [
        "agent:boto",
        "resource:bucket",
        "f-00112233445566778899aabbccddeeff",
        "2001:db8::/32",
    ] {
        Given::parse(text).unwrap();
    }
}
