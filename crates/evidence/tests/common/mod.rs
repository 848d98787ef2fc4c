//! Keys and directories for tests.

#![allow(
    clippy::allow_attributes,
    clippy::unwrap_used,
    dead_code,
    reason = "each test file uses a part of it"
)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use ssh_key::private::{Ed25519Keypair, KeypairData};
use ssh_key::{LineEnding, PrivateKey};

use rempart_evidence::{
    DirectoryWriter, Entry, Header, Input, ItemInfo, Record, Sealed, SigningKey, Source, Tool,
    VerifyOptions, VerifyReport, verify,
};

/// A private key in the format of OpenSSH.
pub(crate) fn private_key(seed: u8) -> PrivateKey {
    let pair = Ed25519Keypair::from_seed(&[seed; 32]);
    PrivateKey::new(KeypairData::Ed25519(pair), "test").unwrap()
}

pub(crate) fn key_text(seed: u8) -> String {
    let text = private_key(seed).to_openssh(LineEnding::LF).unwrap();
    text.as_str().to_owned()
}

pub(crate) fn public_text(seed: u8) -> String {
    private_key(seed).public_key().to_openssh().unwrap()
}

pub(crate) fn key() -> SigningKey {
    SigningKey::from_openssh(key_text(1).as_bytes(), None).unwrap()
}

pub(crate) fn other_key() -> SigningKey {
    SigningKey::from_openssh(key_text(2).as_bytes(), None).unwrap()
}

pub(crate) fn header() -> Header {
    let digest = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
    Header {
        tool: Tool {
            name: "rempart".to_owned(),
            version: "0.1.0".to_owned(),
            binary_sha256: None,
        },
        content: BTreeMap::from([("rules".to_owned(), "1".to_owned())]),
        parameters: BTreeMap::from([("since".to_owned(), "2026-01-01T00:00:00Z".to_owned())]),
        inputs: vec![Input {
            name: "s3://logs/a.json.gz".to_owned(),
            sha256: digest.parse().unwrap(),
            size: 4,
        }],
    }
}

/// A small directory with a file of each kind.
pub(crate) fn seal(root: &Path, key: Option<&SigningKey>) -> Sealed {
    let mut writer = DirectoryWriter::create(root).unwrap();
    let object = writer
        .add_object(
            &b"raw \x00\xff bytes"[..],
            ItemInfo {
                sources: vec![Source::S3 {
                    uri: "s3://b/k".to_owned(),
                    version_id: Some("v1".to_owned()),
                    etag: None,
                }],
                integrity: Some("verified".to_owned()),
                ..ItemInfo::default()
            },
        )
        .unwrap();
    let info = ItemInfo {
        derived_from: vec![object],
        media_type: Some("text/plain".to_owned()),
        ..ItemInfo::default()
    };
    writer
        .add_file("answers/q01.txt", &b"who\n"[..], info)
        .unwrap();
    writer
        .add_file("empty", &b""[..], ItemInfo::default())
        .unwrap();
    for index in 0..6_u64 {
        let raw = format!("{{\"eventID\":\"{index}\",\"text\":\"é \\\"\"}}");
        let record = Record {
            source: "s3://logs/a.json.gz",
            index,
            raw: raw.as_bytes(),
            integrity: Some("verified"),
        };
        writer.add_record(&record).unwrap();
    }
    writer.seal(header(), key).unwrap()
}

pub(crate) fn entry(what: &str) -> Entry {
    Entry {
        at: "2026-02-01T10:00:00Z".to_owned(),
        who: "ana".to_owned(),
        what: what.to_owned(),
        why: "because".to_owned(),
        links: vec!["item:answers/q01.txt".to_owned()],
    }
}

pub(crate) fn check(root: &Path) -> VerifyReport {
    verify(root, &VerifyOptions::default()).unwrap()
}

pub(crate) fn files(root: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut waiting = vec![root.to_owned()];
    while let Some(directory) = waiting.pop() {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                waiting.push(path);
            } else {
                let name = path.strip_prefix(root).unwrap().to_owned();
                found.insert(name, fs::read(&path).unwrap());
            }
        }
    }
    found
}
