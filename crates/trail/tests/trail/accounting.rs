use rempart_trail::accounting::{Accounting, AccountingError, SourceTally};
use rempart_trail::dedup::{Deduplicator, Sighting};
use rempart_trail::read::{Limits, Place, ReadError, Scratch, Visitor, read_bytes};
use rempart_trail::record::Record;

use super::support::{record, trail};

/// What a consumer does: copies out, the rest kept.
struct Consumer<'d> {
    dedup: &'d Deduplicator,
    tally: SourceTally,
}

impl Visitor for Consumer<'_> {
    fn record(&mut self, record: &Record<'_>, _: Place) {
        match self.dedup.sight(record) {
            Sighting::First => self.tally.kept(),
            Sighting::SameBytes => self.tally.duplicate(),
            Sighting::OtherBytes => self.tally.conflicting(),
        }
    }

    fn unreadable(&mut self, place: Place, reason: &ReadError, raw: &[u8]) {
        self.tally.unreadable(place, reason, raw, 2);
    }

    fn other(&mut self, _: Place, _: &str) {
        self.tally.other();
    }
}

fn tally(name: &str, text: &str, dedup: &Deduplicator) -> SourceTally {
    let mut consumer = Consumer {
        dedup,
        tally: SourceTally::new(name),
    };
    let report = read_bytes(
        text.as_bytes(),
        &Limits::default(),
        &mut Scratch::new(),
        &mut consumer,
    );
    consumer.tally.close(&report);
    consumer.tally
}

fn with_id(name: &str) -> String {
    record(name).replacen('{', r#"{"eventID":"1","#, 1)
}

#[test]
fn everything_is_accounted_for() {
    let dedup = Deduplicator::new(1000, 0);
    let mut accounting = Accounting::new(3);
    accounting.add(tally(
        "b",
        &[with_id("A"), with_id("A"), with_id("B")].join("\n"),
        &dedup,
    ));
    accounting.add(tally("a", "{\n{x\n[\"t\"]\n{y\n", &dedup));
    let mut other = Accounting::new(3);
    other.add(tally("c", &trail(&["C"])[..100], &dedup));
    accounting.merge(other);
    accounting.check().unwrap();
    let total = accounting.total;
    assert_eq!(
        (
            total.read,
            total.kept,
            total.duplicate,
            total.conflicting,
            total.unreadable,
            total.other
        ),
        (8, 2, 1, 1, 4, 1)
    );
    let names: Vec<_> = accounting
        .sources
        .iter()
        .map(|source| source.name.as_str())
        .collect();
    assert_eq!(names, ["a", "b", "c"]);
    let shown: Vec<_> = accounting
        .unreadable
        .iter()
        .map(|piece| (piece.source.as_str(), piece.offset))
        .collect();
    assert_eq!(shown, [("a", 0), ("a", 2), ("c", 12)]);
    assert!(!accounting.is_clean());
    let json = serde_json::to_value(&accounting).unwrap();
    assert_eq!(json["total"]["duplicate"], 1);
    assert_eq!(json["sources"][0]["counts"]["unreadable"], 3);
}

#[test]
fn merging_does_not_depend_on_order() {
    let parts = |order: [usize; 3]| {
        let dedup = Deduplicator::new(1000, 0);
        let texts = ["{\n{\n", &record("A"), "[1, x]"];
        let mut all = Accounting::new(2);
        for number in order {
            let mut part = Accounting::new(2);
            part.add(tally(&format!("s{number}"), texts[number], &dedup));
            all.merge(part);
        }
        all
    };
    assert_eq!(parts([0, 1, 2]), parts([2, 1, 0]));
    assert_eq!(parts([0, 1, 2]), parts([1, 2, 0]));
}

#[test]
fn sums_that_do_not_agree_are_found() {
    let dedup = Deduplicator::new(1000, 0);
    let mut lost = tally("s", &record("A"), &dedup);
    lost.counts.kept = 0;
    let mut accounting = Accounting::new(0);
    accounting.add(lost);
    assert!(matches!(
        accounting.check(),
        Err(AccountingError::Source { .. })
    ));
    let mut accounting = Accounting::new(0);
    accounting.add(tally("s", &record("A"), &dedup));
    accounting.check().unwrap();
    assert!(accounting.is_clean());
    accounting.total.kept += 1;
    assert_eq!(accounting.check(), Err(AccountingError::Total));
}
