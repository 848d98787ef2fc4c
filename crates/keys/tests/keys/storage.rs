//! The file: reopened, with the wrong root key, twice at once, damaged, altered.

use rempart_keys::{RootKey, StorageError};
use serde_json::json;

use crate::support::{call, named_caller, new_key, open, root, start, try_open};

#[test]
fn a_second_opening_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let (first, _) = open(directory.path());
    let second = try_open(directory.path(), &root(7)).unwrap_err();
    assert!(matches!(second, StorageError::InUse { .. }), "{second}");
    assert!(second.to_string().contains("keys.redb"), "{second}");
    drop(first);
    try_open(directory.path(), &root(7)).unwrap();
}

#[test]
fn a_wrong_root_key_is_told_from_damage() {
    let directory = tempfile::tempdir().unwrap();
    let (kms, _) = open(directory.path());
    new_key(&kms, None);
    drop(kms);
    let error = try_open(directory.path(), &root(8)).unwrap_err();
    assert!(matches!(error, StorageError::WrongRoot { .. }), "{error}");
    try_open(directory.path(), &root(7)).unwrap();
}

#[test]
fn a_passphrase_opens_what_it_sealed() {
    let directory = tempfile::tempdir().unwrap();
    let right = RootKey::from_passphrase("correct horse battery").unwrap();
    let kms = try_open(directory.path(), &right).unwrap();
    let arn = new_key(&kms, None);
    drop(kms);
    let wrong = RootKey::from_passphrase("correct horse batterx").unwrap();
    let error = try_open(directory.path(), &wrong).unwrap_err();
    assert!(matches!(error, StorageError::WrongRoot { .. }), "{error}");
    let kms = try_open(directory.path(), &right).unwrap();
    let input = json!({"KeyId": arn});
    call(
        &kms,
        &named_caller("admin a"),
        "DescribeKey",
        &input,
        start(),
    )
    .unwrap();
    assert!(RootKey::from_passphrase("short").is_err());
}

#[test]
fn root_keys_are_read_from_files_and_values() {
    let directory = tempfile::tempdir().unwrap();
    let hex = "00".repeat(32);
    let base64 = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    let files: [(&str, &[u8]); 3] = [
        ("raw", &[0; 32]),
        ("hex", hex.as_bytes()),
        ("base64", base64.as_bytes()),
    ];
    for (name, bytes) in files {
        let path = directory.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        let key = RootKey::from_file(&path).unwrap();
        assert!(!format!("{key:?}").contains('0'));
        let store = directory.path().join("store");
        try_open(&store, &key).unwrap();
    }
    RootKey::from_environment_value("KEY", &format!("{hex}\n")).unwrap();
    for bad in ["", "00", "zz", &"00".repeat(33), "no key at all"] {
        let error = RootKey::from_environment_value("KEY", bad).unwrap_err();
        assert!(error.to_string().contains("KEY"), "{error}");
    }
    let missing = RootKey::from_file(&directory.path().join("missing")).unwrap_err();
    assert!(missing.to_string().contains("missing"));
}

#[test]
fn damage_is_an_error_that_names_the_file() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("keys.redb");
    let (kms, _) = open(directory.path());
    new_key(&kms, None);
    drop(kms);
    let whole = std::fs::read(&file).unwrap();
    let damages: [Vec<u8>; 4] = [
        b"not a database at all".to_vec(),
        whole[..whole.len() / 2].to_vec(),
        vec![0; whole.len()],
        {
            let mut bytes = whole.clone();
            bytes[..64].fill(0xff);
            bytes
        },
    ];
    for bytes in damages {
        std::fs::write(&file, &bytes).unwrap();
        let error = try_open(directory.path(), &root(7)).unwrap_err();
        assert!(error.to_string().contains("keys.redb"), "{error}");
    }
    std::fs::write(&file, &whole).unwrap();
    try_open(directory.path(), &root(7)).unwrap();
}

/// Whatever single stretch of the sealed rows is altered, the store refuses to open: it never works with
/// another policy, grant or material.
#[test]
fn altered_rows_do_not_open() {
    use redb::{Database, ReadableDatabase, ReadableTable, TableDefinition};
    type Rows = TableDefinition<'static, &'static str, &'static [u8]>;
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("keys.redb");
    let (kms, _) = open(directory.path());
    let (one, two) = (new_key(&kms, None), new_key(&kms, None));
    for key in [&one, &two] {
        let input = json!({"KeyId": key, "Operations": ["Decrypt"],
                           "GranteePrincipal": "arn:aws:iam::111122223333:user/b"});
        call(
            &kms,
            &named_caller("admin a"),
            "CreateGrant",
            &input,
            start(),
        )
        .unwrap();
    }
    drop(kms);
    let whole = std::fs::read(&file).unwrap();
    for name in ["keys", "materials", "grants"] {
        let table: Rows = TableDefinition::new(name);
        for exchange in [true, false] {
            std::fs::write(&file, &whole).unwrap();
            let database = Database::open(&file).unwrap();
            let rows: Vec<(String, Vec<u8>)> = {
                let read = database.begin_read().unwrap();
                let rows = read.open_table(table).unwrap();
                let rows = rows.iter().unwrap().map(|row| row.unwrap());
                rows.map(|(name, value)| (name.value().to_owned(), value.value().to_vec()))
                    .collect()
            };
            let write = database.begin_write().unwrap();
            {
                let mut table = write.open_table(table).unwrap();
                if exchange {
                    table.insert(&*rows[0].0, &*rows[1].1).unwrap();
                    table.insert(&*rows[1].0, &*rows[0].1).unwrap();
                } else {
                    let mut value = rows[0].1.clone();
                    let last = value.len() - 20;
                    value[last] ^= 1;
                    table.insert(&*rows[0].0, &*value).unwrap();
                }
            }
            write.commit().unwrap();
            drop(database);
            let error = try_open(directory.path(), &root(7)).unwrap_err();
            assert!(
                matches!(error, StorageError::Damaged { .. }),
                "{name}: {error}"
            );
        }
    }
    // Material that is missing is found, too.
    std::fs::write(&file, &whole).unwrap();
    let database = Database::open(&file).unwrap();
    let write = database.begin_write().unwrap();
    write.delete_table(Rows::new("materials")).unwrap();
    write.commit().unwrap();
    drop(database);
    let error = try_open(directory.path(), &root(7)).unwrap_err();
    assert!(matches!(error, StorageError::Damaged { .. }), "{error}");
}

/// Neither material nor policies lie in the clear.
#[test]
fn nothing_readable_is_in_the_file() {
    let directory = tempfile::tempdir().unwrap();
    let (kms, _) = open(directory.path());
    let input = json!({"Description": "marker-in-description",
                       "Tags": [{"TagKey": "marker-in-tag", "TagValue": "marker-in-value"}]});
    call(&kms, &named_caller("admin a"), "CreateKey", &input, start()).unwrap();
    drop(kms);
    let bytes = std::fs::read(directory.path().join("keys.redb")).unwrap();
    let holds = |text: &str| {
        bytes
            .windows(text.len())
            .any(|part| part == text.as_bytes())
    };
    assert!(holds("header"), "the search works");
    for marker in ["marker-in", "kms:*", "SYMMETRIC_DEFAULT"] {
        assert!(!holds(marker), "{marker}");
    }
}

/// Any damage of the file is an error or is harmless; nothing panics.
#[test]
fn random_damage_never_panics() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("keys.redb");
    let (kms, _) = open(directory.path());
    let key = new_key(&kms, None);
    drop(kms);
    let whole = std::fs::read(&file).unwrap();
    let mut seed = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = |most: usize| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        usize::try_from(seed % most as u64).unwrap()
    };
    // Pages in use are few: most of the file is empty.
    let used: Vec<usize> = (0..whole.len()).filter(|at| whole[*at] != 0).collect();
    let mut refused = 0;
    for round in 0..120 {
        let mut bytes = whole.clone();
        let at = used[next(used.len())];
        match round % 3 {
            0 => bytes[at] ^= 1 << next(8),
            1 => {
                let end = (at + 1 + next(64)).min(bytes.len());
                bytes[at..end].fill(0xa5);
            }
            _ => bytes.truncate(at.max(1)),
        }
        std::fs::write(&file, &bytes).unwrap();
        match try_open(directory.path(), &root(7)) {
            Err(error) => {
                refused += 1;
                assert!(error.to_string().contains("keys.redb"), "{error}");
            }
            Ok(kms) => {
                let input = json!({"KeyId": key});
                let admin = named_caller("admin a");
                let _ = call(&kms, &admin, "DescribeKey", &input, start());
            }
        }
    }
    assert!(refused > 40, "{refused}");
}
