//! Keys, and where signatures come from.

use rempart_testkit::delivery::File;
use rempart_testkit::digest_chain::{DataSet, Manipulation, TestKey};
use rempart_trail::integrity::{IntegrityOptions, Outcome, PublicKeys, Signatures, Verdict};

use super::support::{digests, logs, manipulated, options, sample, verify_files};

#[test]
fn a_key_that_nobody_lists_is_unknown() {
    let report = manipulated(&[Manipulation::ForgeDigest(11)]);
    assert_eq!(digests(&report, Verdict::UnknownKey), 1);
    assert_eq!(report.outcome(), Outcome::Wrong);
    // In the middle the next digest contradicts it.
    let report = manipulated(&[Manipulation::ForgeDigest(5)]);
    assert_eq!(digests(&report, Verdict::DigestInvalid), 1);
}

#[test]
fn a_key_out_of_its_time_is_unknown() {
    let (_, set) = sample();
    let mut asked = options(&set);
    let late = DataSet::keys().replace("2026-01-01", "2026-03-02T08:30:00+00:00\",\"x\":\"");
    asked.keys = PublicKeys::parse(late.as_bytes()).unwrap();
    let report = verify_files(&set.files(), &asked);
    // Two hours around the validity are allowed.
    assert_eq!(digests(&report, Verdict::UnknownKey), 6);
    assert_eq!(digests(&report, Verdict::Verified), 6);

    let early = DataSet::keys().replace("2026-12-31T23:59:59", "2026-03-02T03:30:00");
    asked.keys = PublicKeys::parse(early.as_bytes()).unwrap();
    let report = verify_files(&set.files(), &asked);
    assert_eq!(digests(&report, Verdict::UnknownKey), 7);
    assert_eq!(digests(&report, Verdict::Verified), 5);
}

#[test]
fn without_keys_nothing_is_verified_and_alterations_are_seen() {
    let (plan, mut set) = sample();
    let keyless = |set: &DataSet| IntegrityOptions {
        keys: PublicKeys::default(),
        ..options(set)
    };
    let report = verify_files(&set.files(), &keyless(&set));
    assert_eq!(report.outcome(), Outcome::Nothing, "{report:#?}");
    assert_eq!(digests(&report, Verdict::UnknownKey), 12);
    assert_eq!(logs(&report, Verdict::UnknownKey), 24);
    assert!(report.notes[0].contains("nothing is verified"));

    Manipulation::AlterLog(3).apply(&plan, &mut set).unwrap();
    Manipulation::AlterDigest(6).apply(&plan, &mut set).unwrap();
    let report = verify_files(&set.files(), &keyless(&set));
    assert_eq!(report.outcome(), Outcome::Wrong);
    assert_eq!(logs(&report, Verdict::Altered), 1);
    assert_eq!(digests(&report, Verdict::DigestInvalid), 1);
}

#[test]
fn signatures_that_later_digests_quote_verify_all_but_the_newest() {
    let (_, set) = sample();
    let mut asked = options(&set);
    asked.signatures = Signatures::default();
    let report = verify_files(&set.files(), &asked);
    assert_eq!(digests(&report, Verdict::Verified), 11);
    assert_eq!(digests(&report, Verdict::NotVerifiable), 1);
    assert_eq!(logs(&report, Verdict::NotVerifiable), 2);
    assert_eq!(report.outcome(), Outcome::Wrong);
    assert!(
        report
            .notes
            .iter()
            .any(|note| note.contains("signatures of 11 digests"))
    );
}

#[test]
fn signatures_beside_digests_are_read() {
    let (_, set) = sample();
    let mut asked = options(&set);
    asked.signatures = Signatures::default();
    let mut files = set.files();
    for (number, digest) in set.digests.iter().enumerate() {
        let (ending, text) = if number % 2 == 0 {
            (".signature", format!("{}\n", digest.signature))
        } else {
            let head = serde_json::json!({ "ContentLength": 1, "Metadata": {
                "signature": digest.signature, "signature-algorithm": "SHA256withRSA" } });
            (".metadata.json", head.to_string())
        };
        files.push(File {
            path: format!("{}{ending}", digest.file.path),
            bytes: text.into_bytes(),
        });
    }
    let report = verify_files(&files, &asked);
    assert_eq!(report.outcome(), Outcome::Verified, "{report:#?}");
    assert_eq!(report.other_files, 12);
}

#[test]
fn malformed_metadata_and_unknown_algorithms_are_told_apart() {
    let (_, set) = sample();
    let newest = set.digests.last().unwrap();
    let reason = |line: serde_json::Value| {
        let mut asked = options(&set);
        asked.signatures = Signatures::parse(line.to_string().as_bytes());
        let report = verify_files(&set.files(), &asked);
        assert_eq!(digests(&report, Verdict::DigestInvalid), 1);
        let invalid = report
            .files
            .into_iter()
            .find(|file| file.verdict == Verdict::DigestInvalid);
        invalid.unwrap().reason
    };
    let key = &newest.object_key;
    let odd = reason(serde_json::json!({ "key": key, "signature": "zz" }));
    assert!(odd.contains("not hexadecimal"), "{odd}");
    let odd = reason(
        serde_json::json!({ "key": key, "signature": newest.signature, "algorithm": "MD5" }),
    );
    assert!(odd.contains("unknown signature algorithm MD5"), "{odd}");
    let odd = reason(serde_json::json!({ "key": key, "signature": set.digests[0].signature }));
    assert!(odd.contains("does not fit"), "{odd}");
}

#[test]
fn keys_are_checked_against_their_fingerprints() {
    let other = TestKey::Other.listed();
    let mut wrong = TestKey::Digest.listed();
    wrong["Fingerprint"] = other["Fingerprint"].clone();
    let mut numbers = other.clone();
    numbers["ValidityStartTime"] = serde_json::json!(1_767_225_600.0);
    let text = serde_json::json!({ "PublicKeyList": [wrong, numbers, {}] }).to_string();
    let keys = PublicKeys::parse(text.as_bytes()).unwrap();
    assert_eq!(keys.len(), 1);
    assert_eq!(keys.problems.len(), 2);
    assert!(keys.problems[0].contains("fingerprint"));
    // Answers of several Regions, one after the other.
    let both = format!("{}{}", DataSet::keys(), text);
    assert_eq!(PublicKeys::parse(both.as_bytes()).unwrap().len(), 2);
    assert!(PublicKeys::parse(b"[]").is_err());
    assert!(PublicKeys::parse(b"").is_err());
}

/// The key in the example of `ListPublicKeys` in the CloudTrail user guide.
#[test]
fn the_key_in_the_documentation_of_aws_has_the_fingerprint_that_stands_there() {
    let text = serde_json::json!({ "PublicKeyList": [{
        "ValidityStartTime": 1436317441.0,
        "ValidityEndTime": 1438909441.0,
        "Value": "MIIBCgKCAQEAn11L2YZ9h7onug2ILi1MWyHiMRsTQjfWE+pHVRLk1QjfWhirG+lpOa8NrwQ/r7Ah5bNL6HepznOU9XTDSfmmnP97mqyc7z/upfZdS/AHhYcGaz7n6Wc/RRBU6VmiPCrAUojuSk6/GjvA8iOPFsYDuBtviXarvuLPlrT9kAd4Lb+rFfR5peEgBEkhlzc5HuWO7S0y+KunqxX6jQBnXGMtxmPBPP0FylgWGNdFtks/4YSKcgqwH0YDcawP9GGGDAeCIqPWIXDLG1jOjRRzWfCmD0iJUkz8vTsn4hq/5ZxRFE7UBAUiVcGbdnDdvVfhF9C3dQiDq3k7adQIziLT0cShgQIDAQAB",
        "Fingerprint": "8eba5db5bea9b640d1c96a77256fe7f2",
    }] });
    let keys = PublicKeys::parse(text.to_string().as_bytes()).unwrap();
    assert_eq!((keys.len(), keys.problems.len()), (1, 0));
}
