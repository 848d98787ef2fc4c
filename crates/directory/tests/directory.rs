//! Decisions, sessions and files as users of the directory see them.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "helpers of tests"
)]

#[path = "directory/decisions.rs"]
mod decisions;
#[path = "directory/files.rs"]
mod files;
#[path = "directory/key_policies.rs"]
mod key_policies;
#[path = "directory/sessions.rs"]
mod sessions;
#[path = "directory/tokens.rs"]
mod tokens;

use std::path::PathBuf;
use std::sync::Arc;

use jiff::Timestamp;
use rempart_directory::{Caller, Connection, Live, Sealer};
use serde_json::json;

/// 2026-01-15T12:00:00Z.
const NOW: i64 = 1_768_478_400;

fn sealer() -> Sealer {
    Sealer::new(&[7; 32]).unwrap()
}

/// The text of the directory of the tests, its secrets sealed.
fn text() -> String {
    let mut text = include_str!("data/rempart.yaml").to_owned();
    while let Some(start) = text.find("{sealed:A") {
        let end = start + text[start..].find('}').unwrap();
        let id = text[start + 8..end].to_owned();
        let sealed = sealer().seal_secret(&id, &secret_of(&id)).unwrap();
        text.replace_range(start..=end, &sealed);
    }
    text
}

fn secret_of(id: &str) -> String {
    format!("secret of {id}")
}

/// A directory in a file that can be changed.
struct House {
    _folder: tempfile::TempDir,
    path: PathBuf,
    live: Live,
}

fn house_of(text: &str) -> House {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rempart.yaml");
    std::fs::write(&path, text).unwrap();
    let (live, _) = Live::open(&path, sealer()).unwrap();
    House {
        _folder: folder,
        path,
        live,
    }
}

fn house() -> House {
    house_of(&text())
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(seconds).unwrap()
}

fn connection(address: &str, time: i64) -> Connection {
    Connection {
        source_address: address.parse().unwrap(),
        user_agent: "aws-cli/2.31".into(),
        tls: Some(Arc::new(json!({"tlsVersion": "TLSv1.3"}))),
        request_id: "5f0c8d1e-0000-4000-8000-000000000001".into(),
        time: at(time),
    }
}

/// The caller of a long-term access key.
fn user(live: &Live, access_key: &str) -> Arc<Caller> {
    let credential = live.credential(access_key, None, at(NOW)).unwrap();
    assert_eq!(*credential.secret, secret_of(access_key));
    live.caller(access_key, &credential).unwrap()
}
