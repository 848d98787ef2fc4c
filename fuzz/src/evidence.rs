//! Directories of evidence: manifests, journals, signatures and lists of signers.

use rempart_evidence::{
    AllowedSigners, Digest, JOURNAL_NAMESPACE, Journal, Manifest, SignatureStatus, check_item_path,
    check_signature,
};

/// A manifest is refused, or is the one text of its content, with paths that stay inside; then no
/// single byte of it can be another.
pub fn evidence_manifest(bytes: &[u8]) {
    let Ok(manifest) = Manifest::parse(bytes) else {
        return;
    };
    assert_eq!(manifest.to_bytes().ok().as_deref(), Some(bytes));
    assert!(
        manifest
            .items
            .is_sorted_by(|left, right| left.path < right.path)
    );
    for item in &manifest.items {
        assert_eq!(check_item_path(&item.path), Ok(()));
    }
    for place in places(bytes) {
        let mut edited = bytes.to_vec();
        edited[place] ^= 1;
        // Only the name of the signer is free: the signature itself holds it.
        if let Ok(other) = Manifest::parse(&edited) {
            assert_ne!(other.signer, manifest.signer);
            assert_eq!(other.case_id, manifest.case_id);
        }
    }
}

/// The first line is the head, the others the journal; the manifest is the empty one. A journal is
/// refused, or holds together; then no single byte of it can be another.
pub fn evidence_journal(bytes: &[u8]) {
    let end = bytes.iter().position(|byte| *byte == b'\n');
    let (head, journal) = match end {
        Some(end) => (&bytes[..end], &bytes[end + 1..]),
        None => (bytes, &b""[..]),
    };
    let parse = |journal: &[u8]| Journal::parse(Digest::of(b""), journal, head, None, None);
    let Ok(parsed) = parse(journal) else {
        return;
    };
    let lines = journal.split_inclusive(|byte| *byte == b'\n');
    let digests: Vec<Digest> = lines.map(Digest::of).collect();
    let found: Vec<Digest> = parsed.notes.iter().map(|note| note.sha256).collect();
    assert_eq!(found, digests);
    for note in &parsed.notes {
        assert!(!matches!(note.signature, SignatureStatus::Invalid { .. }));
    }
    for place in places(journal) {
        let mut edited = journal.to_vec();
        edited[place] ^= 1;
        assert!(parse(&edited).is_err());
        edited.truncate(place);
        assert!(parse(&edited).is_err());
    }
}

/// A list of signers has a key or a fault for each line; a signature over nothing is valid or not,
/// twice with the same answer.
pub fn evidence_signers(bytes: &[u8]) {
    let status = check_signature(bytes, JOURNAL_NAMESPACE, b"", None, None);
    if matches!(status, SignatureStatus::Valid(_)) {
        let other = check_signature(bytes, JOURNAL_NAMESPACE, b"other", None, None);
        assert!(matches!(other, SignatureStatus::Invalid { .. }));
    }
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let signers = AllowedSigners::parse(text);
    assert_eq!(signers, AllowedSigners::parse(text));
    assert!(signers.len() + signers.faults.len() <= text.lines().count());
    for fault in &signers.faults {
        assert!(fault.line >= 1 && !fault.reason.is_empty());
    }
    let now = "2026-01-01T00:00:00Z".parse().ok();
    check_signature(bytes, JOURNAL_NAMESPACE, b"", Some(&signers), now);
}

/// Some places all over the bytes.
fn places(bytes: &[u8]) -> impl Iterator<Item = usize> {
    (0..bytes.len()).step_by(bytes.len() / 64 + 1)
}
