//! The whole pipeline with the rules that ship.

use std::sync::LazyLock;

use rempart_hunt::pack::{LoadedRules, built_in};
use rempart_hunt::rulebook::RuleBook;
use rempart_hunt::run::{HuntOptions, hunt_bytes};
use rempart_trail::read::Limits;

static BOOK: LazyLock<RuleBook> =
    LazyLock::new(|| RuleBook::compile(LoadedRules::parse(&built_in())).0);

/// Everything that was read is accounted for, findings cite evidence, and a second run says the same.
pub fn hunt(bytes: &[u8]) {
    let options = HuntOptions {
        limits: Limits {
            record: 64 << 10,
            inflated_total: 1 << 20,
            ..Limits::default()
        },
        ..HuntOptions::default()
    };
    let report = hunt_bytes(bytes, &BOOK, &options);
    report.accounting.check().expect("the sums agree");
    for finding in &report.findings {
        assert!(!finding.id.is_empty() && !finding.evidence.is_empty());
        assert!(finding.event_count >= 1);
        assert!(finding.first_time <= finding.last_time);
    }
    let again = hunt_bytes(bytes, &BOOK, &options);
    assert_eq!(report.findings, again.findings);
}
