//! Real records, where they are at hand.

use rempart_trail::identity::{Identity, IdentityKind};
use rempart_trail::read::{Limits, Place, ReadError, Scratch, Visitor, read_source};
use rempart_trail::record::{Field, Record};
use rempart_trail::source::{DiscoverOptions, Input, discover};

#[derive(Default)]
struct Checks {
    records: u64,
    without_type: u64,
    errors: u64,
}

impl Visitor for Checks {
    fn record(&mut self, record: &Record<'_>, _: Place) {
        self.records += 1;
        let oracle: serde_json::Value = serde_json::from_slice(record.raw()).unwrap();
        let oracle = oracle.as_object().unwrap();
        assert_eq!(record.json().entries().count(), oracle.len());
        for field in Field::ALL {
            let theirs = oracle.get(field.name());
            assert_eq!(record.get(*field).is_some(), theirs.is_some());
            if let Some(text) = theirs.and_then(|value| value.as_str()) {
                assert_eq!(record.text(*field).unwrap(), text);
            }
        }
        assert!(record.event_time().is_some());
        assert!(!record.has_repeated_members());
        self.errors += u64::from(record.get(Field::ErrorCode).is_some());
        self.without_type += u64::from(Identity::of(record).kind() == IdentityKind::Absent);
    }

    fn unreadable(&mut self, place: Place, reason: &ReadError, _: &[u8]) {
        panic!("{reason} at {place:?}");
    }

    fn other(&mut self, _: Place, what: &str) {
        assert_eq!(what, "text that is no CloudTrail record");
    }
}

#[test]
fn real_records_read_as_serde_json_reads_them() {
    let Some(path) = std::env::var_os("REMPART_CORPUS") else {
        eprintln!("skipped: REMPART_CORPUS is not set");
        return;
    };
    let discovery = discover(&[Input::Path(path.into())], &DiscoverOptions::default());
    let mut checks = Checks::default();
    let mut scratch = Scratch::new();
    for source in &discovery.sources {
        let report = read_source(source, &Limits::default(), &mut scratch, &mut checks);
        assert!(
            report.complete && report.problems.is_empty(),
            "{}",
            source.name
        );
        assert_eq!(report.invalid_utf8, 0);
    }
    assert_eq!((checks.records, checks.without_type), (2900, 42));
    assert!(checks.errors > 0);
}
