//! What a verification reads: digests, lists of public keys, signatures.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use rempart_testkit::digest_chain::DataSet;
use rempart_trail::integrity::{
    DigestDocument, IntegrityOptions, IntegrityProgress, PublicKeys, Signatures, Verdict, verify,
};
use rempart_trail::source::{DiscoverOptions, Input, discover};

/// Bytes beyond which a file is not tried: the fuzzer has nothing to find there.
const MOST_BYTES: usize = 64 << 10;

/// No panic; nothing that a fuzzer writes is verified; one thread says what two say.
pub fn digest_document(bytes: &[u8]) {
    if let Ok(document) = DigestDocument::parse(bytes) {
        assert!(document.object().starts_with("s3://"));
        for log in &document.log_files {
            assert!(log.object().starts_with("s3://"));
        }
        let value: Result<serde_json::Value, _> = serde_json::from_slice(bytes);
        assert!(value.is_ok(), "what reads as a digest is JSON");
    }
    if bytes.len() > MOST_BYTES {
        return;
    }
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let name = format!("rempart-fuzz-digest-{}-{number}", std::process::id());
    let folder = std::env::temp_dir().join(name);
    std::fs::create_dir_all(&folder).expect("the temporary folder is writable");
    let file =
        folder.join("111122223333_CloudTrail-Digest_eu-west-1_t_eu-west-1_20260302T010000Z.json");
    std::fs::write(&file, bytes).expect("the temporary folder is writable");
    let discovery = discover(&[Input::Path(folder.clone())], &DiscoverOptions::default());
    let run = |threads| {
        let options = IntegrityOptions {
            keys: keys().clone(),
            // Of no digest, so that only forged ones could fit.
            signatures: Signatures::parse(bytes),
            threads,
            ..IntegrityOptions::default()
        };
        verify(&discovery, &options, &IntegrityProgress::default())
    };
    let report = run(1);
    assert_eq!(report, run(2));
    assert!(!report.files.is_empty());
    assert!(
        report
            .files
            .iter()
            .all(|file| file.verdict != Verdict::Verified)
    );
    assert!(report.files.iter().all(|file| !file.reason.is_empty()));
    std::fs::remove_dir_all(&folder).expect("the temporary folder is writable");
}

/// No panic; a list that is read twice holds no more keys; every line of signatures is used or reported.
pub fn digest_keys(bytes: &[u8]) {
    if let Ok(keys) = PublicKeys::parse(bytes) {
        let twice = [bytes, b"\n", bytes].concat();
        let twice = PublicKeys::parse(&twice).expect("it reads once");
        assert_eq!(twice.len(), keys.len());
        assert_eq!(twice.problems.len(), 2 * keys.problems.len());
    }
    let signatures = Signatures::parse(bytes);
    let lines = bytes.split(|&byte| byte == b'\n');
    let lines = lines.filter(|line| !line.trim_ascii().is_empty()).count();
    assert!(signatures.len() + signatures.problems.len() <= lines);
    assert!(lines == 0 || signatures.len() + signatures.problems.len() > 0);
}

fn keys() -> &'static PublicKeys {
    static KEYS: OnceLock<PublicKeys> = OnceLock::new();
    KEYS.get_or_init(|| PublicKeys::parse(DataSet::keys().as_bytes()).expect("the test key reads"))
}
