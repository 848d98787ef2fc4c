//! No byte, text or file changes unnoticed.

use std::path::Path;

use proptest::prelude::*;
use rempart_testkit::delivery::{File, gzip};
use rempart_trail::integrity::{Outcome, Verdict};
use rempart_trail::time::EventTime;

use super::support::{options, shared, verify_files};

/// The text of a file, if it is one intact gzip member and nothing else.
fn sole_text(bytes: &[u8]) -> Option<Vec<u8>> {
    use std::io::Read;
    let mut decoder = flate2::bufread::GzDecoder::new(bytes);
    let mut text = Vec::new();
    decoder.read_to_end(&mut text).ok()?;
    decoder.into_inner().is_empty().then_some(text)
}

#[derive(Debug, Clone)]
enum Change {
    Set(usize, u8),
    Insert(usize, u8),
    Remove(usize),
    Truncate(usize),
    Append(Vec<u8>),
}

fn any_change() -> impl Strategy<Value = Change> {
    prop_oneof![
        4 => (any::<usize>(), any::<u8>()).prop_map(|(at, byte)| Change::Set(at, byte)),
        2 => (any::<usize>(), any::<u8>()).prop_map(|(at, byte)| Change::Insert(at, byte)),
        2 => any::<usize>().prop_map(Change::Remove),
        1 => any::<usize>().prop_map(Change::Truncate),
        1 => prop::collection::vec(any::<u8>(), 1..24).prop_map(Change::Append),
    ]
}

fn change(bytes: &mut Vec<u8>, change: &Change) {
    let length = bytes.len();
    match change {
        Change::Set(at, byte) => bytes[at % length] = *byte,
        Change::Insert(at, byte) => bytes.insert(at % (length + 1), *byte),
        Change::Remove(at) => {
            bytes.remove(at % length);
        }
        Change::Truncate(at) => bytes.truncate(at % length),
        Change::Append(more) => bytes.extend(more),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(250))]

    /// Any byte added, altered or deleted in a log or digest is noticed, unless the file still inflates
    /// to the same text and nothing else: that is the same file in another compression, of which
    /// CloudTrail keeps no hash (a header of gzip holds a time, for example).
    #[test]
    fn no_byte_changes_unnoticed(file in any::<prop::sample::Index>(), at in any_change()) {
        let (_, set) = shared();
        let mut files = set.files();
        let number = file.index(files.len());
        let before = files[number].bytes.clone();
        change(&mut files[number].bytes, &at);
        let after = &files[number].bytes;
        let text = sole_text(&before);
        prop_assert!(text.is_some());
        let is_same = sole_text(after) == text;
        let report = verify_files(&files, &options(set));
        prop_assert_eq!(report.outcome() == Outcome::Verified, is_same, "{:?} {:#?}", at, report);
        let verdict = report.status_of(&files[number].path);
        prop_assert_eq!(verdict == Verdict::Verified, is_same);
    }

    /// The same for the text itself, compressed again: no change of text goes unnoticed.
    #[test]
    fn no_text_changes_unnoticed(file in any::<prop::sample::Index>(), at in any_change()) {
        let (_, set) = shared();
        let mut files = set.files();
        let number = file.index(files.len());
        let before = sole_text(&files[number].bytes).unwrap();
        let mut after = before.clone();
        change(&mut after, &at);
        let path = files[number].path.clone();
        files[number].bytes = gzip(Path::new(&path), &after, 6).unwrap();
        let report = verify_files(&files, &options(set));
        prop_assert_eq!(report.outcome() == Outcome::Verified, before == after);
        prop_assert_eq!(report.status_of(&path) == Verdict::Verified, before == after);
    }

    /// Any set of files deleted is noticed, given the period.
    #[test]
    fn no_file_is_deleted_unnoticed(deleted in prop::collection::btree_set(0usize..36, 1..6)) {
        let (_, set) = shared();
        let files: Vec<File> = set.files().into_iter().enumerate()
            .filter(|(number, _)| !deleted.contains(number))
            .map(|(_, file)| file)
            .collect();
        let mut asked = options(set);
        asked.to = EventTime::parse("2026-03-02T12:00:00Z");
        let report = verify_files(&files, &asked);
        prop_assert_ne!(report.outcome(), Outcome::Verified);
    }
}
