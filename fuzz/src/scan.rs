//! Secrets in text and JSON, and the problems of scripts.

use rempart_scan::script::{Outcome, problems};
use rempart_scan::secrets::{MAX_SECRETS, Scan, in_json, in_text, kinds};

/// Characters of a secret that an answer may show.
const SHOWN: usize = 4;

/// Findings are of known kinds and show little; the answer is the same each time, and a text says
/// in JSON at least what it says by itself.
pub fn scan_secrets(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let scan = in_text(&text);
    check(&scan);
    assert_eq!(scan, in_text(&text));
    let in_value = in_json(&serde_json::json!({ "a": text }));
    check(&in_value);
    assert!(in_value.secrets.len() >= scan.secrets.len());
    if let Ok(value) = serde_json::from_slice(bytes) {
        check(&in_json(&value));
    }
    let report = problems(bytes, &[]);
    assert_eq!(
        report.is_clean(),
        report.problems.is_empty() && report.outcome == Outcome::Read
    );
}

fn check(scan: &Scan) {
    let kinds = kinds();
    assert!(scan.secrets.len() <= MAX_SECRETS);
    for secret in &scan.secrets {
        assert!(kinds.contains(&secret.kind));
        let (shown, length) = secret
            .redacted
            .split_once('…')
            .expect("what is cut is marked");
        assert!(shown.chars().count() <= SHOWN);
        assert!(length.ends_with(" characters)"));
    }
}
