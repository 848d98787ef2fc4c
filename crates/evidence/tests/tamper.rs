//! Every byte of a directory is bound: whatever is altered, deleted or added is noticed.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers of tests"
)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use rempart_evidence::{
    AllowedSigners, DirectoryWriter, Entry, Header, ItemInfo, Record, SigningKey, Source, Tool,
    Verdict, VerifyOptions, append_note, read_notes, verify,
};

/// A key for tests, made by `ssh-keygen -t ed25519`.
const KEY: &str = include_str!("fixtures/test-key");
const PUBLIC_KEY: &str = include_str!("fixtures/test-key.pub");

fn key() -> SigningKey {
    SigningKey::from_openssh(KEY.as_bytes(), None).unwrap()
}

fn header() -> Header {
    Header {
        tool: Tool {
            name: "rempart".to_owned(),
            version: "1.0".to_owned(),
            binary_sha256: None,
        },
        content: BTreeMap::from([("rules".to_owned(), "abc".to_owned())]),
        parameters: BTreeMap::new(),
        inputs: Vec::new(),
    }
}

fn write(root: &Path, files: &[(String, Vec<u8>)], records: &[Vec<u8>], key: Option<&SigningKey>) {
    let mut writer = DirectoryWriter::create(root).unwrap();
    for (name, bytes) in files {
        let info = ItemInfo {
            media_type: Some("text/plain".to_owned()),
            ..ItemInfo::default()
        };
        writer.add_file(name, bytes.as_slice(), info).unwrap();
    }
    for (index, raw) in (0..).zip(records) {
        writer
            .add_record(&Record {
                source: "log.json",
                index,
                raw,
                integrity: None,
            })
            .unwrap();
    }
    let source = Source::File {
        path: "given.bin".to_owned(),
    };
    writer
        .add_object(
            &b"object"[..],
            ItemInfo {
                sources: vec![source],
                ..ItemInfo::default()
            },
        )
        .unwrap();
    writer.seal(header(), key).unwrap();
}

fn note(root: &Path, text: &str, key: Option<&SigningKey>) {
    let entry = Entry {
        at: "2026-05-01T10:00:00Z".to_owned(),
        who: "somebody".to_owned(),
        what: text.to_owned(),
        why: String::new(),
        links: vec!["ev:1".to_owned()],
    };
    append_note(root, &entry, key).unwrap();
}

fn all_files(root: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut pending = vec![root.to_owned()];
    while let Some(directory) = pending.pop() {
        for entry in fs::read_dir(&directory).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => pending.push(path),
                false => found.push(path),
            }
        }
    }
    found.sort();
    found
}

fn verdict(root: &Path, signed: bool) -> Verdict {
    let allowed_signers = signed.then(|| AllowedSigners::parse(PUBLIC_KEY));
    let options = VerifyOptions {
        allowed_signers,
        threads: 2,
        ..VerifyOptions::default()
    };
    verify(root, &options).unwrap().verdict
}

#[derive(Debug, Clone)]
enum Change {
    Flip {
        file: prop::sample::Index,
        byte: prop::sample::Index,
        by: u8,
    },
    Cut {
        file: prop::sample::Index,
        byte: prop::sample::Index,
    },
    Insert {
        file: prop::sample::Index,
        byte: prop::sample::Index,
        value: u8,
    },
    Delete {
        file: prop::sample::Index,
    },
    Add {
        name: String,
    },
    AddDirectory {
        name: String,
    },
}

fn change() -> impl Strategy<Value = Change> {
    let index = any::<prop::sample::Index>;
    prop_oneof![
        4 => (index(), index(), 1..=255u8).prop_map(|(file, byte, by)| Change::Flip { file, byte, by }),
        2 => (index(), index()).prop_map(|(file, byte)| Change::Cut { file, byte }),
        2 => (index(), index(), any::<u8>()).prop_map(|(file, byte, value)| Change::Insert { file, byte, value }),
        2 => index().prop_map(|file| Change::Delete { file }),
        1 => "[a-z]{1,8}(\\.json)?".prop_map(|name| Change::Add { name }),
        1 => "[a-z]{1,8}".prop_map(|name| Change::AddDirectory { name }),
    ]
}

/// Makes the change; false when there was nothing to change.
fn apply(root: &Path, change: &Change) -> bool {
    let files = all_files(root);
    match change {
        Change::Flip { file, byte, by } => {
            let path = file.get(&files);
            let mut bytes = fs::read(path).unwrap();
            if bytes.is_empty() {
                return false;
            }
            let at = byte.index(bytes.len());
            bytes[at] ^= by;
            fs::write(path, bytes).unwrap();
        }
        Change::Cut { file, byte } => {
            let path = file.get(&files);
            let mut bytes = fs::read(path).unwrap();
            if bytes.is_empty() {
                return false;
            }
            bytes.remove(byte.index(bytes.len()));
            fs::write(path, bytes).unwrap();
        }
        Change::Insert { file, byte, value } => {
            let path = file.get(&files);
            let mut bytes = fs::read(path).unwrap();
            bytes.insert(byte.index(bytes.len() + 1), *value);
            fs::write(path, bytes).unwrap();
        }
        Change::Delete { file } => fs::remove_file(file.get(&files)).unwrap(),
        Change::Add { name } => {
            let path = root.join(name);
            if path.exists() {
                return false;
            }
            fs::write(path, b"").unwrap();
        }
        Change::AddDirectory { name } => return fs::create_dir(root.join(name)).is_ok(),
    }
    true
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn one_byte_or_one_file_is_noticed(
        files in prop::collection::btree_map("[a-z]{1,6}(/[a-z]{1,6})?\\.txt", prop::collection::vec(any::<u8>(), 0..40), 0..4),
        records in prop::collection::vec(prop::collection::vec(any::<u8>(), 1..60), 0..6),
        notes in 0..3usize,
        signed in any::<bool>(),
        change in change(),
    ) {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path().join("case");
        let files: Vec<(String, Vec<u8>)> = files.into_iter().collect();
        let key = signed.then(key);
        write(&root, &files, &records, key.as_ref());
        for number in 0..notes {
            note(&root, &format!("note {number}"), key.as_ref());
        }
        prop_assert_eq!(verdict(&root, signed), Verdict::Intact);
        if apply(&root, &change) {
            prop_assert_ne!(verdict(&root, signed), Verdict::Intact, "{:?}", change);
        }
    }
}

#[test]
fn the_same_content_gives_the_same_bytes() {
    let directory = tempfile::tempdir().unwrap();
    let files = [
        ("a.txt".to_owned(), b"one".to_vec()),
        ("b/c.txt".to_owned(), b"two".to_vec()),
    ];
    let records = [b"{\"a\":1}".to_vec(), b"{\"b\":2}".to_vec()];
    let (one, two) = (directory.path().join("one"), directory.path().join("two"));
    write(&one, &files, &records, Some(&key()));
    let reversed: Vec<(String, Vec<u8>)> = files.iter().rev().cloned().collect();
    write(&two, &reversed, &records, Some(&key()));
    let content = |root: &Path| -> BTreeMap<PathBuf, Vec<u8>> {
        let files = all_files(root).into_iter();
        files
            .map(|path| {
                (
                    path.strip_prefix(root).unwrap().to_owned(),
                    fs::read(path).unwrap(),
                )
            })
            .collect()
    };
    assert_eq!(content(&one), content(&two));
}

#[test]
fn what_has_something_in_it_is_not_written_over_and_what_is_dropped_leaves_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path().join("case");
    {
        let mut writer = DirectoryWriter::create(&root).unwrap();
        writer
            .add_file("a.txt", &b"x"[..], ItemInfo::default())
            .unwrap();
    }
    assert!(!root.exists());
    write(&root, &[], &[], None);
    assert!(DirectoryWriter::create(&root).is_err());
    for path in [
        "../x",
        "/x",
        "a/../b",
        "manifest.json",
        "journal.jsonl",
        "a//b",
        "",
        "objects/x",
        "a\\b",
    ] {
        let other = directory.path().join("other");
        let mut writer = DirectoryWriter::create(&other).unwrap();
        assert!(
            writer
                .add_file(path, &b"x"[..], ItemInfo::default())
                .is_err(),
            "{path}"
        );
    }
}

#[test]
fn a_journal_that_somebody_cut_is_noticed_and_an_unsigned_entry_refused() {
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path().join("case");
    write(&root, &[], &[], Some(&key()));
    let entry = Entry {
        at: "2026-05-01T10:00:00Z".to_owned(),
        who: "x".to_owned(),
        what: "y".to_owned(),
        why: String::new(),
        links: Vec::new(),
    };
    assert!(append_note(&root, &entry, None).is_err());
    note(&root, "one", Some(&key()));
    note(&root, "two", Some(&key()));
    assert_eq!(read_notes(&root, None, None).unwrap().notes.len(), 2);
    let journal = root.join("journal.jsonl");
    let text = fs::read_to_string(&journal).unwrap();
    let first = text.lines().next().unwrap();
    fs::write(&journal, format!("{first}\n")).unwrap();
    assert_eq!(verdict(&root, true), Verdict::Failed);
}

#[cfg(unix)]
#[test]
fn links_are_not_followed() {
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path().join("case");
    write(&root, &[("a.txt".to_owned(), b"x".to_vec())], &[], None);
    fs::write(directory.path().join("elsewhere"), b"x").unwrap();
    fs::remove_file(root.join("a.txt")).unwrap();
    std::os::unix::fs::symlink(directory.path().join("elsewhere"), root.join("a.txt")).unwrap();
    assert_eq!(verdict(&root, false), Verdict::Failed);
}

/// Another program says the same of the signature.
#[test]
fn ssh_keygen_verifies_the_manifest() {
    if std::process::Command::new("ssh-keygen")
        .arg("-?")
        .output()
        .is_err()
    {
        eprintln!("ssh-keygen is not installed: nothing was compared");
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path().join("case");
    write(
        &root,
        &[("a.txt".to_owned(), b"x".to_vec())],
        &[],
        Some(&key()),
    );
    let signers = directory.path().join("signers");
    fs::write(&signers, format!("team@example.com {PUBLIC_KEY}")).unwrap();
    let check = |manifest: &[u8]| {
        let copy = directory.path().join("manifest");
        fs::write(&copy, manifest).unwrap();
        let status = std::process::Command::new("ssh-keygen")
            .args([
                "-Y",
                "verify",
                "-n",
                rempart_evidence::MANIFEST_NAMESPACE,
                "-I",
                "team@example.com",
                "-f",
            ])
            .arg(&signers)
            .arg("-s")
            .arg(root.join("manifest.json.sig"))
            .stdin(fs::File::open(&copy).unwrap())
            .output()
            .unwrap();
        status.status.success()
    };
    let mut manifest = fs::read(root.join("manifest.json")).unwrap();
    assert!(check(&manifest));
    manifest[10] ^= 1;
    assert!(!check(&manifest));
}
