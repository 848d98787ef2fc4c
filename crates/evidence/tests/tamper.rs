//! Every byte of a directory is bound: whatever is altered, added or removed is noticed.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

mod common;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use common::{check, entry, files, header, key, seal};
use proptest::prelude::*;
use proptest::sample::Index;
use rempart_evidence::{
    DirectoryWriter, Entry, ItemInfo, Record, SigningKey, Verdict, append_note,
};

/// Tries each edit of each byte of each file of a small directory.
fn every_byte(key: Option<&SigningKey>, with_journal: bool) {
    let home = tempfile::tempdir().unwrap();
    let root = home.path().join("case");
    seal(&root, key);
    if with_journal {
        append_note(&root, &entry("opened"), key).unwrap();
        append_note(&root, &entry("exported"), key).unwrap();
    }
    assert_eq!(check(&root).verdict, Verdict::Intact);
    let mut edits = 0;
    for (name, bytes) in files(&root) {
        let path = root.join(&name);
        for place in 0..=bytes.len() {
            let mut edited = Vec::new();
            let (before, from) = bytes.split_at(place);
            if let Some((byte, after)) = from.split_first() {
                edited.push([before, &[byte ^ 1], after].concat());
                if place % 3 == 0 {
                    edited.push([before, after].concat());
                }
                if place % 32 == 0 {
                    edited.push(before.to_vec());
                }
            }
            let inserted: &[u8] = match place % 9 {
                0 => b" ",
                3 => b"\n",
                6 => b"0",
                _ if from.is_empty() => b"\0",
                _ => b"",
            };
            edited.push([before, inserted, from].concat());
            for text in edited {
                // Nothing inserted.
                if text == bytes {
                    continue;
                }
                fs::write(&path, &text).unwrap();
                let report = check(&root);
                assert_ne!(
                    report.verdict,
                    Verdict::Intact,
                    "{} at {place}",
                    name.display()
                );
                edits += 1;
            }
        }
        fs::remove_file(&path).unwrap();
        assert_ne!(check(&root).verdict, Verdict::Intact, "{}", name.display());
        fs::write(&path, &bytes).unwrap();
    }
    assert_eq!(check(&root).verdict, Verdict::Intact);
    assert!(edits > 5_000, "{edits}");
}

#[test]
fn every_byte_of_an_unsigned_directory() {
    every_byte(None, true);
}

#[test]
fn every_byte_of_a_signed_directory() {
    every_byte(Some(&key()), false);
}

#[derive(Debug, Clone)]
enum Edit {
    Flip(Index, Index, u8),
    Insert(Index, Index, Vec<u8>),
    Remove(Index, Index, usize),
    Delete(Index),
    Add(Index, String, Vec<u8>),
    AddDirectory(Index, String),
    Exchange(Index, Index),
    Rename(Index, String),
    Duplicate(Index, Index),
    Link(Index),
}

fn edits() -> impl Strategy<Value = Edit> {
    let index = any::<Index>;
    let name = || "[a-z.]{1,8}|manifest\\.json\\.sig|journal\\.head\\.part|0f\\.jsonl|é";
    let bytes = || prop::collection::vec(any::<u8>(), 0..5);
    prop_oneof![
        (index(), index(), 1_u8..).prop_map(|(file, at, mask)| Edit::Flip(file, at, mask)),
        (index(), index(), prop::collection::vec(any::<u8>(), 1..4))
            .prop_map(|(file, at, bytes)| Edit::Insert(file, at, bytes)),
        (index(), index(), 1_usize..20).prop_map(|(file, at, count)| Edit::Remove(file, at, count)),
        index().prop_map(Edit::Delete),
        (index(), name(), bytes()).prop_map(|(at, name, bytes)| Edit::Add(at, name, bytes)),
        (index(), name()).prop_map(|(at, name)| Edit::AddDirectory(at, name)),
        (index(), index()).prop_map(|(left, right)| Edit::Exchange(left, right)),
        (index(), name()).prop_map(|(file, name)| Edit::Rename(file, name)),
        (index(), index()).prop_map(|(from, to)| Edit::Duplicate(from, to)),
        index().prop_map(Edit::Link),
    ]
}

fn directories(root: &Path) -> Vec<PathBuf> {
    let all: BTreeSet<PathBuf> = files(root)
        .keys()
        .flat_map(|path| {
            path.ancestors()
                .skip(1)
                .map(Path::to_owned)
                .collect::<Vec<_>>()
        })
        .collect();
    all.into_iter().collect()
}

fn apply(root: &Path, edit: &Edit) {
    let files: Vec<(PathBuf, Vec<u8>)> = files(root).into_iter().collect();
    let directories = directories(root);
    let pick = |index: &Index| -> (PathBuf, Vec<u8>) {
        let (name, bytes) = index.get(&files);
        (root.join(name), bytes.clone())
    };
    match edit {
        Edit::Flip(file, at, mask) => {
            let (path, mut bytes) = pick(file);
            if !bytes.is_empty() {
                let at = at.index(bytes.len());
                if let Some(byte) = bytes.get_mut(at) {
                    *byte ^= mask;
                }
                fs::write(path, bytes).unwrap();
            }
        }
        Edit::Insert(file, at, inserted) => {
            let (path, mut bytes) = pick(file);
            let at = at.index(bytes.len() + 1);
            bytes.splice(at..at, inserted.iter().copied());
            fs::write(path, bytes).unwrap();
        }
        Edit::Remove(file, at, count) => {
            let (path, mut bytes) = pick(file);
            if !bytes.is_empty() {
                let at = at.index(bytes.len());
                bytes.drain(at..(at + count).min(bytes.len()));
                fs::write(path, bytes).unwrap();
            }
        }
        Edit::Delete(file) => fs::remove_file(pick(file).0).unwrap(),
        Edit::Add(at, name, bytes) => {
            let path = root.join(at.get(&directories)).join(name);
            if !path.exists() {
                fs::write(path, bytes).unwrap();
            }
        }
        Edit::AddDirectory(at, name) => {
            let path = root.join(at.get(&directories)).join(name);
            if !path.exists() {
                fs::create_dir(path).unwrap();
            }
        }
        Edit::Exchange(left, right) => {
            let ((left, left_bytes), (right, right_bytes)) = (pick(left), pick(right));
            fs::write(left, right_bytes).unwrap();
            fs::write(right, left_bytes).unwrap();
        }
        Edit::Rename(file, name) => {
            let (path, _) = pick(file);
            let target = path.with_file_name(name);
            if !target.exists() {
                fs::rename(path, target).unwrap();
            }
        }
        Edit::Duplicate(from, to) => {
            let ((_, bytes), (to, _)) = (pick(from), pick(to));
            fs::write(to, bytes).unwrap();
        }
        #[cfg(unix)]
        Edit::Link(file) => {
            // The same bytes, but elsewhere.
            let (path, bytes) = pick(file);
            let outside = root.with_extension("outside");
            fs::write(&outside, bytes).unwrap();
            fs::remove_file(&path).unwrap();
            std::os::unix::fs::symlink(outside, path).unwrap();
        }
        #[cfg(not(unix))]
        Edit::Link(file) => fs::remove_file(pick(file).0).unwrap(),
    }
}

/// Names, kinds and bytes of everything.
fn picture(root: &Path) -> BTreeSet<(PathBuf, bool, Vec<u8>)> {
    let mut all = BTreeSet::new();
    let mut waiting = vec![root.to_owned()];
    while let Some(directory) = waiting.pop() {
        for entry in fs::read_dir(directory).unwrap() {
            let entry = entry.unwrap();
            let kind = entry.file_type().unwrap();
            if kind.is_dir() {
                all.insert((entry.path(), false, b"directory".to_vec()));
                waiting.push(entry.path());
            } else {
                let bytes = fs::read(entry.path()).unwrap();
                all.insert((entry.path(), kind.is_symlink(), bytes));
            }
        }
    }
    all
}

type Content = (
    Vec<(String, Vec<u8>)>,
    Vec<Vec<u8>>,
    Vec<(u8, u64, Vec<u8>)>,
    Vec<String>,
);

fn contents() -> impl Strategy<Value = Content> {
    let bytes = || prop::collection::vec(any::<u8>(), 0..40);
    let path = "[a-d]{1,2}(/[a-d]{1,2}){0,2}";
    (
        prop::collection::vec((path, bytes()), 0..6),
        prop::collection::vec(bytes(), 0..4),
        prop::collection::vec((0_u8..3, 0_u64..9, bytes()), 0..12),
        prop::collection::vec("[a-zé\"\\\\\n ]{0,8}x", 0..4),
    )
}

fn write(root: &Path, content: &Content, key: Option<&SigningKey>) {
    let mut writer = DirectoryWriter::create(root).unwrap();
    for (path, bytes) in &content.0 {
        // Some paths meet each other; then the first stays.
        let _ = writer.add_file(path, &bytes[..], ItemInfo::default());
    }
    for bytes in &content.1 {
        writer.add_object(&bytes[..], ItemInfo::default()).unwrap();
    }
    for (source, index, raw) in &content.2 {
        let record = Record {
            source: &format!("s{source}"),
            index: *index,
            raw,
            integrity: None,
        };
        writer.add_record(&record).unwrap();
    }
    writer.seal(header(), key).unwrap();
    for what in &content.3 {
        let entry = Entry {
            what: what.clone(),
            ..entry("")
        };
        append_note(root, &entry, key).unwrap();
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: std::env::var("REMPART_EVIDENCE_CASES").ok().and_then(|text| text.parse().ok()).unwrap_or(100),
        ..ProptestConfig::default()
    })]

    #[test]
    fn random_edits_of_random_directories(
        content in contents(),
        signed in any::<bool>(),
        edits in prop::collection::vec(edits(), 1..4),
    ) {
        let home = tempfile::tempdir().unwrap();
        let root = home.path().join("case");
        let key = key();
        write(&root, &content, signed.then_some(&key));
        let report = check(&root);
        prop_assert_eq!(report.verdict, Verdict::Intact, "{:?}", report.problems);
        let before = picture(&root);
        for edit in &edits {
            apply(&root, edit);
            if files(&root).is_empty() {
                break;
            }
        }
        let same = picture(&root) == before;
        let report = check(&root);
        prop_assert_eq!(report.verdict == Verdict::Intact, same, "{:?}", report);
    }

    #[test]
    fn order_of_adding_does_not_matter(content in contents(), seed in any::<Index>()) {
        let home = tempfile::tempdir().unwrap();
        let mut turned = content.clone();
        // Files keep their order: of those that meet, the first stays.
        if !turned.1.is_empty() {
            let by = seed.index(turned.1.len());
            turned.1.rotate_left(by);
        }
        if !turned.2.is_empty() {
            let by = seed.index(turned.2.len());
            turned.2.rotate_left(by);
        }
        turned.2.extend(content.2.clone());
        let (left, right) = (home.path().join("left"), home.path().join("right"));
        write(&left, &content, Some(&key()));
        write(&right, &turned, Some(&key()));
        prop_assert_eq!(files(&left), files(&right));
    }
}
