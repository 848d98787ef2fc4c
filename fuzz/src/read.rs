//! The reader of sources.

use rempart_trail::read::{Limits, Place, ReadError, Scratch, SourceReport, Visitor, read_bytes};
use rempart_trail::record::Record;

/// Small enough that a fuzzer reaches every limit.
const WHOLE: Limits = Limits {
    inflated_whole: 1 << 20,
    record: 4 << 10,
    inflated_total: 1 << 20,
    ratio: 200,
    ratio_from: 64 << 10,
    nesting: 3,
};

/// The sums agree, places ascend, and a source that passes through a window gives the same as one
/// that is held in memory.
pub fn read(bytes: &[u8]) {
    let whole = visit(bytes, &WHOLE);
    let streamed = visit(
        bytes,
        &Limits {
            inflated_whole: 0,
            ..WHOLE
        },
    );
    // How much of damaged data is read before the damage shows depends on the decoder.
    if whole.report.complete && streamed.report.complete {
        assert_eq!(whole.items, streamed.items);
    }
}

#[derive(Debug, Default)]
struct Everything {
    items: Vec<(Sort, Place, Vec<u8>)>,
    report: SourceReport,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sort {
    Record,
    Unreadable,
    Other,
}

impl Visitor for Everything {
    fn record(&mut self, record: &Record<'_>, place: Place) {
        self.items
            .push((Sort::Record, place, record.raw().to_vec()));
    }

    fn unreadable(&mut self, place: Place, reason: &ReadError, _raw: &[u8]) {
        assert!(!reason.to_string().is_empty());
        self.items.push((Sort::Unreadable, place, Vec::new()));
    }

    fn other(&mut self, place: Place, _what: &str) {
        self.items.push((Sort::Other, place, Vec::new()));
    }
}

fn visit(bytes: &[u8], limits: &Limits) -> Everything {
    let mut seen = Everything::default();
    seen.report = read_bytes(bytes, limits, &mut Scratch::new(), &mut seen);
    let report = &seen.report;
    let count = |sort| seen.items.iter().filter(|item| item.0 == sort).count() as u64;
    assert_eq!(
        report.items,
        report.records + report.unreadable + report.other
    );
    assert_eq!(report.records, count(Sort::Record));
    assert_eq!(report.unreadable, count(Sort::Unreadable));
    assert_eq!(report.other, count(Sort::Other));
    assert!(report.invalid_utf8 <= report.records);
    assert!(report.inflated_bytes <= limits.inflated_total.max(bytes.len() as u64));
    for (number, (_, place, _)) in seen.items.iter().enumerate() {
        assert_eq!(place.index, number as u64);
        assert!(place.offset <= report.inflated_bytes);
    }
    seen
}
