//! Every item that was written into a file is in the account, and in one place of it.

use proptest::prelude::*;
use rempart_hunt::run::HuntOptions;
use rempart_trail::accounting::Counts;

use super::support::{Event, RULES, book, run_folder};

/// What a line holds.
#[derive(Debug, Clone, Copy)]
enum Item {
    Good,
    Copy,
    Conflict,
    OtherRegion,
    Broken,
    NotJson,
    Foreign,
    Number,
}

fn item() -> impl Strategy<Value = Item> {
    prop_oneof![
        4 => Just(Item::Good),
        2 => Just(Item::Copy),
        1 => Just(Item::Conflict),
        1 => Just(Item::OtherRegion),
        1 => Just(Item::Broken),
        1 => Just(Item::NotJson),
        1 => Just(Item::Foreign),
        1 => Just(Item::Number),
    ]
}

/// Writes items, and counts what must come of them.
#[derive(Debug, Default)]
struct Writer {
    written: usize,
    expected: Counts,
    /// The last good record, for copies.
    last: Option<Event>,
}

impl Writer {
    fn line(&mut self, item: Item) -> String {
        self.written += 1;
        let number = self.written;
        let name = ["ListModels", "DeleteNotebookInstance", "DescribeDomain"][number % 3];
        let fresh = Event::new(&format!("E{number}"), name, "ada", number as i64);
        self.expected.read += 1;
        match (item, &self.last) {
            (Item::Copy, Some(last)) => {
                self.expected.duplicate += 1;
                last.text()
            }
            (Item::Conflict, Some(last)) => {
                self.expected.kept += 1;
                self.expected.conflicting += 1;
                last.clone().with("requestID", number as u64).text()
            }
            (Item::Good | Item::Copy | Item::Conflict, _) => {
                self.expected.kept += 1;
                self.last = Some(fresh.clone());
                fresh.text()
            }
            (Item::OtherRegion, _) => {
                self.expected.filtered += 1;
                fresh.with("awsRegion", "us-west-2").text()
            }
            (Item::Broken, _) => {
                self.expected.unreadable += 1;
                "{\"eventVersion\": tru".to_owned()
            }
            (Item::NotJson, _) => {
                self.expected.unreadable += 1;
                "not json at all".to_owned()
            }
            (Item::Foreign, _) => {
                self.expected.other += 1;
                "{\"level\":\"info\",\"message\":\"hello\"}".to_owned()
            }
            (Item::Number, _) => {
                self.expected.other += 1;
                "5".to_owned()
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn everything_is_accounted_for(
        files in prop::collection::vec(prop::collection::vec(item(), 1..60), 1..6),
        threads in 1usize..4,
    ) {
        let folder = tempfile::tempdir().unwrap();
        let mut writer = Writer::default();
        for (number, items) in files.iter().enumerate() {
            // The first line decides what a file is taken for.
            let mut lines = vec![writer.line(Item::Good)];
            lines.extend(items.iter().map(|item| writer.line(*item)));
            let path = folder.path().join(format!("{number:02}.jsonl"));
            std::fs::write(path, lines.join("\n")).unwrap();
        }
        let mut options = HuntOptions { threads, ..HuntOptions::default() };
        options.filter.regions = vec!["eu-west-1".to_owned()];
        let report = run_folder(folder.path(), &book(RULES), &options);
        prop_assert_eq!(report.accounting.total, writer.expected);
        let summary = &report.summary;
        prop_assert_eq!(summary.records_read, writer.written as u64);
        prop_assert_eq!(
            summary.records_read,
            summary.kept + summary.duplicates + summary.filtered + summary.unreadable
                + summary.not_cloudtrail
        );
        prop_assert_eq!(report.accounting.sources.len(), files.len());
    }
}
