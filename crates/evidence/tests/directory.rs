//! Writing directories, and what checking them says.

mod common;

use std::fs;
use std::io::{self, Read};

use common::{check, entry, files, header, key, other_key, private_key, public_text, seal};
use rempart_evidence::{
    AllowedSigners, AppendError, Digest, DirectoryWriter, ItemInfo, Journal, KeyError, Manifest,
    ProblemKind, Record, SealError, SignatureStatus, SigningKey, Source, Trust, Verdict,
    VerifyOptions, WriteError, append_note, find_record, read_notes, verify,
};
use ssh_key::{Cipher, Kdf, LineEnding};

#[test]
fn two_runs_give_the_same_bytes() {
    let home = tempfile::tempdir().unwrap();
    let (left, right) = (home.path().join("left"), home.path().join("right"));
    for key in [None, Some(key())] {
        let sealed = seal(&left, key.as_ref());
        assert_eq!(sealed, seal(&right, key.as_ref()));
        assert_eq!(files(&left), files(&right));
        let report = check(&left);
        assert_eq!(report.verdict, Verdict::Intact, "{report:?}");
        assert_eq!(report.case_id.as_ref(), Some(&sealed.case_id));
        assert_eq!(report.records, Some(6));
        assert_eq!((report.files, report.bytes), (sealed.items, sealed.bytes));
        fs::remove_dir_all(&left).unwrap();
        fs::remove_dir_all(&right).unwrap();
    }
}

#[test]
fn the_case_id_does_not_depend_on_the_signer() {
    let home = tempfile::tempdir().unwrap();
    let unsigned = seal(&home.path().join("a"), None);
    let signed = seal(&home.path().join("b"), Some(&key()));
    assert_eq!(unsigned.case_id, signed.case_id);
    assert_ne!(unsigned.manifest_sha256, signed.manifest_sha256);
}

#[test]
fn a_directory_with_something_in_it_is_refused() {
    let home = tempfile::tempdir().unwrap();
    fs::write(home.path().join("file"), "").unwrap();
    let refused = DirectoryWriter::create(home.path());
    assert!(matches!(refused, Err(WriteError::NotEmpty(_))));
    let empty = home.path().join("empty");
    fs::create_dir(&empty).unwrap();
    seal(&empty, None);
    assert_eq!(check(&empty).verdict, Verdict::Intact);
    assert!(matches!(
        DirectoryWriter::create(&empty),
        Err(WriteError::NotEmpty(_))
    ));
}

struct Failing;
impl Read for Failing {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Err(io::Error::other("the disk is gone"))
    }
}

#[test]
fn what_is_not_sealed_is_taken_away() {
    let home = tempfile::tempdir().unwrap();
    let root = home.path().join("case");
    let mut writer = DirectoryWriter::create(&root).unwrap();
    writer
        .add_file("a/b/c", &b"1"[..], ItemInfo::default())
        .unwrap();
    writer.add_object(&b"2"[..], ItemInfo::default()).unwrap();
    assert!(writer.add_object(Failing, ItemInfo::default()).is_err());
    assert!(writer.add_file("d", Failing, ItemInfo::default()).is_err());
    let report = check(&root);
    assert_eq!(report.verdict, Verdict::Failed);
    assert!(
        report
            .problems
            .iter()
            .any(|it| it.detail.contains("was not sealed"))
    );
    drop(writer);
    assert!(!root.exists());
}

#[test]
fn a_header_that_does_not_hold_together_leaves_nothing() {
    let home = tempfile::tempdir().unwrap();
    let root = home.path().join("case");
    let mut writer = DirectoryWriter::create(&root).unwrap();
    let info = ItemInfo {
        derived_from: vec!["no/such/item".to_owned()],
        ..ItemInfo::default()
    };
    writer.add_file("a", &b"1"[..], info).unwrap();
    let refused = writer.seal(header(), None);
    assert!(matches!(refused, Err(SealError::Manifest(_))));
    assert!(!root.exists());
}

#[test]
fn paths_that_do_not_belong() {
    let home = tempfile::tempdir().unwrap();
    let mut writer = DirectoryWriter::create(&home.path().join("case")).unwrap();
    let mut add = |path: &str| writer.add_file(path, &b"1"[..], ItemInfo::default());
    for path in [
        "../a",
        "/a",
        "manifest.json",
        "Objects/x",
        "records",
        "journal.jsonl",
    ] {
        assert!(matches!(add(path), Err(WriteError::Item { .. })), "{path}");
    }
    add("a/b").unwrap();
    assert!(matches!(add("a/b"), Err(WriteError::Duplicate(_))));
    assert!(matches!(add("a"), Err(WriteError::Duplicate(_))));
    assert!(add("a/b/c").is_err());
}

#[test]
fn the_same_object_twice_has_both_sources() {
    let home = tempfile::tempdir().unwrap();
    let root = home.path().join("case");
    let mut writer = DirectoryWriter::create(&root).unwrap();
    let from = |path: &str| ItemInfo {
        sources: vec![Source::File {
            path: path.to_owned(),
        }],
        ..ItemInfo::default()
    };
    let path = writer.add_object(&b"same"[..], from("b")).unwrap();
    assert_eq!(writer.add_object(&b"same"[..], from("a")).unwrap(), path);
    let other = ItemInfo {
        integrity: Some("altered".to_owned()),
        ..from("c")
    };
    assert!(writer.add_object(&b"same"[..], other).is_err());
    drop(writer);

    let mut writer = DirectoryWriter::create(&root).unwrap();
    writer.add_object(&b"same"[..], from("b")).unwrap();
    writer.add_object(&b"same"[..], from("a")).unwrap();
    writer.seal(header(), None).unwrap();
    let manifest = Manifest::parse(&fs::read(root.join("manifest.json")).unwrap()).unwrap();
    let [item] = &manifest.items[..] else {
        panic!("{manifest:?}");
    };
    assert_eq!(
        item.info.sources,
        [&from("a").sources[..], &from("b").sources].concat()
    );
    let digits = Digest::of(b"same").to_string();
    assert_eq!(
        item.path,
        format!(
            "objects/{}/{}",
            digits.get(..2).unwrap(),
            digits.get(2..).unwrap()
        )
    );
}

#[test]
fn records_are_found_by_their_digest() {
    let home = tempfile::tempdir().unwrap();
    let root = home.path().join("case");
    let mut writer = DirectoryWriter::create(&root).unwrap();
    let raws: [&[u8]; 4] = [
        b"{\"a\":\"\\u00e9\\n\"}",
        b"\xff\x00",
        b"",
        "é\u{1}\"".as_bytes(),
    ];
    for source in ["two", "one", "one"] {
        for (index, raw) in (7..).zip(raws) {
            let record = Record {
                source,
                index,
                raw,
                integrity: Some("verified"),
            };
            assert_eq!(writer.add_record(&record).unwrap(), Digest::of(raw));
        }
    }
    assert_eq!(writer.seal(header(), None).unwrap().records, 8);
    assert_eq!(check(&root).records, Some(8));
    for (index, raw) in (7..).zip(raws) {
        let found = find_record(&root, &Digest::of(raw)).unwrap();
        let sources: Vec<_> = found.iter().map(|it| it.source.as_str()).collect();
        assert_eq!(sources, ["one", "two"]);
        assert!(found.iter().all(|it| it.raw == raw && it.index == index));
    }
    assert_eq!(find_record(&root, &Digest::of(b"no")).unwrap(), []);
}

#[test]
fn signers_that_are_allowed_and_others() {
    let home = tempfile::tempdir().unwrap();
    let root = home.path().join("case");
    seal(&root, Some(&key()));
    append_note(&root, &entry("opened"), Some(&key())).unwrap();
    let with = |list: &str| {
        let options = VerifyOptions {
            allowed_signers: Some(AllowedSigners::parse(list)),
            ..VerifyOptions::default()
        };
        verify(&root, &options).unwrap()
    };
    let trust = |status: &SignatureStatus| match status {
        SignatureStatus::Valid(signer) => signer.trust.clone(),
        _ => panic!("{status:?}"),
    };
    assert_eq!(trust(&check(&root).signature), Trust::Unknown);
    assert!(!check(&root).is_by_allowed_signer());

    let report = with(&format!("ana@example.com {}", public_text(1)));
    assert_eq!(report.verdict, Verdict::Intact, "{report:?}");
    let principals = "ana@example.com".to_owned();
    assert_eq!(trust(&report.signature), Trust::Allowed { principals });
    assert!(report.is_by_allowed_signer());

    for list in [public_text(2), String::new()] {
        let report = with(&list);
        assert_eq!(report.verdict, Verdict::Failed);
        assert!(
            report
                .problems
                .iter()
                .all(|it| it.kind == ProblemKind::Signature)
        );
    }
    // A key that may sign manifests and no journals.
    let report = with(&format!(
        "ana namespaces=\"rempart-case\" {}",
        public_text(1)
    ));
    assert_eq!(report.verdict, Verdict::Failed);

    // Somebody else goes on with the journal.
    append_note(&root, &entry("changed"), Some(&other_key())).unwrap();
    assert_eq!(with(&public_text(1)).verdict, Verdict::Failed);
    let both = format!("{}\n{}", public_text(1), public_text(2));
    assert_eq!(with(&both).verdict, Verdict::Intact);
}

#[test]
fn unsigned_is_said_and_not_enough_for_a_list() {
    let home = tempfile::tempdir().unwrap();
    let root = home.path().join("case");
    seal(&root, None);
    let report = check(&root);
    assert_eq!(report.signature, SignatureStatus::Unsigned);
    let mut text = Vec::new();
    report.write_text(&mut text).unwrap();
    assert!(String::from_utf8(text).unwrap().contains("unsigned"));
    let options = VerifyOptions {
        allowed_signers: Some(AllowedSigners::parse(&public_text(1))),
        ..VerifyOptions::default()
    };
    assert_eq!(verify(&root, &options).unwrap().verdict, Verdict::Failed);
}

#[test]
fn a_signed_directory_takes_no_unsigned_entry_and_no_unsigned_head() {
    let home = tempfile::tempdir().unwrap();
    let (signed, unsigned) = (home.path().join("signed"), home.path().join("unsigned"));
    seal(&signed, Some(&key()));
    let refused = append_note(&signed, &entry("opened"), None);
    assert!(matches!(refused, Err(AppendError::KeyNeeded)));
    assert_eq!(check(&signed).verdict, Verdict::Intact);
    // An unsigned head of the same journal, as somebody without the key can make one.
    let head = fs::read_to_string(signed.join("journal.head")).unwrap();
    let (before, _) = head.split_once(",\"signature\"").unwrap();
    fs::write(signed.join("journal.head"), format!("{before}}}")).unwrap();
    let report = check(&signed);
    assert_eq!(report.verdict, Verdict::Failed);
    assert!(report.problems[0].detail.contains("is not signed"));

    seal(&unsigned, None);
    append_note(&unsigned, &entry("opened"), Some(&key())).unwrap();
    let refused = append_note(&unsigned, &entry("more"), None);
    assert!(matches!(refused, Err(AppendError::KeyNeeded)));
}

#[test]
fn entries_are_read_again() {
    let home = tempfile::tempdir().unwrap();
    let root = home.path().join("case");
    seal(&root, Some(&key()));
    append_note(&root, &entry("opened"), Some(&key())).unwrap();
    let appended = append_note(&root, &entry("a\nb\u{202e}\"é"), Some(&key())).unwrap();
    let journal = read_notes(&root, None, None).unwrap();
    assert_eq!(journal.last, appended.last);
    let what: Vec<_> = journal
        .notes
        .iter()
        .map(|it| it.entry.what.as_str())
        .collect();
    assert_eq!(what, ["opened", "a\nb\u{202e}\"é"]);
    let report = check(&root);
    let summary = report.journal.unwrap();
    assert_eq!((summary.entries, summary.signed_entries), (2, 2));
}

#[test]
fn writers_of_entries_wait_for_each_other() {
    let home = tempfile::tempdir().unwrap();
    let root = home.path().join("case");
    seal(&root, None);
    std::thread::scope(|scope| {
        for writer in 0..4 {
            let root = &root;
            scope.spawn(move || {
                for number in 0..10 {
                    append_note(root, &entry(&format!("{writer}.{number}")), None).unwrap();
                    assert_eq!(check(root).verdict, Verdict::Intact);
                }
            });
        }
    });
    assert_eq!(check(&root).journal.unwrap().entries, 40);
}

#[test]
fn an_interrupted_entry_is_named_with_the_way_out() {
    let home = tempfile::tempdir().unwrap();
    let root = home.path().join("case");
    seal(&root, None);
    append_note(&root, &entry("opened"), None).unwrap();
    let journal = fs::read(root.join("journal.jsonl")).unwrap();
    fs::write(
        root.join("journal.jsonl"),
        [&journal[..], b"{\"at\""].concat(),
    )
    .unwrap();
    let report = check(&root);
    assert_eq!(report.verdict, Verdict::Failed);
    let hint = format!("truncate -s {} journal.jsonl", journal.len());
    assert!(report.problems[0].detail.contains(&hint), "{report:?}");
    assert!(matches!(
        append_note(&root, &entry("more"), None),
        Err(AppendError::Journal(_))
    ));
}

#[test]
fn bad_entries_are_refused() {
    let home = tempfile::tempdir().unwrap();
    let root = home.path().join("case");
    seal(&root, None);
    let mut bad = vec![entry(" "), entry(&"x".repeat(70_000))];
    bad.push(entry("x"));
    bad[2].at = "yesterday".to_owned();
    for bad in bad {
        let refused = append_note(&root, &bad, None);
        assert!(matches!(refused, Err(AppendError::Entry(_))));
    }
    assert_eq!(check(&root).journal.unwrap().entries, 0);
}

#[test]
fn keys_that_cannot_sign() {
    let open = |text: &str, passphrase| SigningKey::from_openssh(text.as_bytes(), passphrase);
    assert!(matches!(open("nonsense", None), Err(KeyError::Format(_))));
    let kdf = Kdf::Bcrypt {
        salt: vec![7; 16],
        rounds: 2,
    };
    let locked = private_key(1)
        .encrypt_with(Cipher::Aes256Ctr, kdf, 1, "open sesame")
        .unwrap()
        .to_openssh(LineEnding::LF)
        .unwrap();
    assert!(matches!(
        open(&locked, None),
        Err(KeyError::PassphraseNeeded)
    ));
    assert!(matches!(
        open(&locked, Some("no")),
        Err(KeyError::Passphrase)
    ));
    let opened = open(&locked, Some("open sesame")).unwrap();
    assert_eq!(opened.fingerprint(), key().fingerprint());
    let shown = format!("{opened:?}");
    assert!(
        shown.starts_with("SigningKey(SHA256:") && shown.len() < 80,
        "{shown}"
    );
}

#[test]
fn threads_change_nothing() {
    let home = tempfile::tempdir().unwrap();
    let root = home.path().join("case");
    seal(&root, None);
    for path in ["empty", "answers/q01.txt", "journal.head"] {
        fs::write(root.join(path), "altered").unwrap();
    }
    fs::write(root.join("extra"), "").unwrap();
    let with = |threads| {
        let options = VerifyOptions {
            threads,
            ..VerifyOptions::default()
        };
        verify(&root, &options).unwrap()
    };
    let report = with(1);
    assert_eq!(report.problems.len(), 4, "{report:?}");
    for threads in [2, 8, 1000] {
        assert_eq!(with(threads), report);
    }
}

#[test]
fn many_strangers_are_counted_and_the_first_listed() {
    let home = tempfile::tempdir().unwrap();
    let root = home.path().join("case");
    seal(&root, None);
    for number in 0..1_200 {
        fs::write(root.join(format!("x{number:04}")), "").unwrap();
    }
    let report = check(&root);
    assert_eq!(report.problems.len(), 1_000);
    assert_eq!(report.problems_left_out, 200);
    assert_eq!(report.problems[999].path, "x0999");
}

#[cfg(unix)]
#[test]
fn hostile_names_and_kinds_of_files() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::symlink;

    let home = tempfile::tempdir().unwrap();
    let root = home.path().join("case");
    seal(&root, None);
    fs::write(root.join(OsStr::from_bytes(b"\xff\xfe")), "").unwrap();
    fs::write(root.join("\u{1b}[31mred\u{202e}"), "").unwrap();
    // The whole directory of an item, moved away and linked to.
    fs::rename(root.join("answers"), home.path().join("moved")).unwrap();
    symlink(home.path().join("moved"), root.join("answers")).unwrap();
    fs::remove_file(root.join("empty")).unwrap();
    let made = std::process::Command::new("mkfifo")
        .arg(root.join("empty"))
        .status();
    assert!(made.unwrap().success());
    let report = check(&root);
    let kinds: Vec<_> = report
        .problems
        .iter()
        .map(|it| (it.path.as_str(), it.kind))
        .collect();
    assert_eq!(
        kinds,
        [
            ("\u{1b}[31mred\u{202e}", ProblemKind::Unexpected),
            ("answers", ProblemKind::Symlink),
            ("answers/q01.txt", ProblemKind::Missing),
            ("empty", ProblemKind::NotAFile),
            ("\u{fffd}\u{fffd}", ProblemKind::Unexpected),
        ]
    );
    let mut text = Vec::new();
    report.write_text(&mut text).unwrap();
    let text = String::from_utf8(text).unwrap();
    assert!(!text.contains('\u{1b}') && !text.contains('\u{202e}'));
}

#[test]
fn hostile_manifests() {
    let home = tempfile::tempdir().unwrap();
    let root = home.path().join("case");
    seal(&root, None);
    let good = fs::read_to_string(root.join("manifest.json")).unwrap();
    let cases = [
        ("\"answers/q01.txt\"", "\"../q01.txt\"", "part must be"),
        ("\"answers/q01.txt\"", "\"/etc/passwd\"", "part must be"),
        ("\"answers/q01.txt\"", "\"empty\"", "twice or not in order"),
        (
            "\"path\":\"empty\"",
            "\"path\":\"answers/Q01.txt\"",
            "twice or not in order",
        ),
        (
            "\"path\":\"empty\"",
            "\"path\":\"answers/q01.txt/x\"",
            "below another item",
        ),
        (
            "\"path\":\"empty\"",
            "\"path\":\"aNSWERS\"",
            "twice or not in order",
        ),
        ("\"path\":\"empty\"", "\"path\":\"eMPTY\"", "Merkle root"),
        (
            "rempart-evidence/1",
            "rempart-evidence/9",
            "this version knows",
        ),
        ("\"since\"", "\"until\"", "case id"),
        ("{\"caseId\"", "{\"caseid\"", "cannot be read"),
        ("\"size\":0", "\"size\":-1", "cannot be read"),
        ("\"size\":0", "\"size\":0.0", "cannot be read"),
        ("\"size\":0", "\"size\":9007199254740993", "2^53"),
        (
            "\"size\":0",
            "\"more\":1,\"size\":0",
            "not the canonical text",
        ),
        ("\"size\":0", "\"size\":0,\"size\":0", "cannot be read"),
    ];
    for (from, to, expected) in cases {
        assert!(good.contains(from), "{from}");
        fs::write(root.join("manifest.json"), good.replacen(from, to, 1)).unwrap();
        let report = check(&root);
        let [problem] = &report.problems[..] else {
            panic!("{from} -> {to}: {report:?}");
        };
        assert_eq!(problem.kind, ProblemKind::Manifest);
        assert!(
            problem.detail.contains(expected),
            "{to}: {}",
            problem.detail
        );
    }
    for text in [
        "[".repeat(1_000_000),
        "{\"format\":".repeat(100_000),
        String::new(),
    ] {
        fs::write(root.join("manifest.json"), text).unwrap();
        assert_eq!(check(&root).problems[0].kind, ProblemKind::Manifest);
    }
    // A sparse file of 1 TiB is refused without being read into memory.
    let file = fs::File::create(root.join("manifest.json")).unwrap();
    if file.set_len(1 << 40).is_ok() {
        assert!(check(&root).problems[0].detail.contains("more than"));
    }
}

/// The corpus of the fuzz target was written by a program of its own, in another language.
#[test]
fn manifests_of_another_program() {
    let corpus = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../fuzz/corpus/evidence_manifest"
    );
    let cases = [
        ("empty", None),
        ("signed", None),
        ("unsigned", None),
        ("traversal", Some("\"../x\": each part")),
        ("absolute", Some("\"/etc/passwd\": each part")),
        ("twice", Some("twice or not in order")),
        ("case", Some("only in upper and lower case")),
        ("below-item", Some("below another item")),
        ("white-space", Some("not the canonical text")),
        ("unknown-member", Some("not the canonical text")),
        ("deep", Some("cannot be read")),
        ("other-format", Some("this version knows")),
    ];
    for (name, refused) in cases {
        let bytes = fs::read(format!("{corpus}/{name}")).unwrap();
        match (Manifest::parse(&bytes), refused) {
            (Ok(manifest), None) => assert_eq!(manifest.to_bytes().unwrap(), bytes),
            (Err(error), Some(reason)) => {
                let error = error.to_string();
                assert!(error.contains(reason), "{name}: {error}");
            }
            (found, _) => panic!("{name}: {found:?}"),
        }
    }
}

#[test]
fn journals_of_another_program() {
    let corpus = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../fuzz/corpus/evidence_journal"
    );
    let cases = [
        ("empty", Ok(0)),
        ("three", Ok(3)),
        ("signed", Ok(1)),
        ("cut", Err("its end is missing")),
        ("longer", Err("bytes behind the entry")),
        ("no-head", Err("journal.head")),
        ("swapped", Err("does not follow the line before")),
    ];
    for (name, expected) in cases {
        let bytes = fs::read(format!("{corpus}/{name}")).unwrap();
        let end = bytes.iter().position(|byte| *byte == b'\n');
        let (head, journal) = bytes.split_at(end.unwrap_or(0));
        let journal = journal.strip_prefix(b"\n").unwrap_or(journal);
        let parsed = Journal::parse(Digest::of(b""), journal, head, None, None);
        match (parsed, expected) {
            (Ok(journal), Ok(count)) => assert_eq!(journal.notes.len(), count, "{name}"),
            (Err(error), Err(reason)) => {
                let error = error.to_string();
                assert!(error.contains(reason), "{name}: {error}");
            }
            (found, _) => panic!("{name}: {found:?}"),
        }
    }
}
