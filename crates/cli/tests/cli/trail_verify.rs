//! `rempart trail verify` on generated chains.

use std::path::Path;

use rempart_testkit::delivery::write_files;
use rempart_testkit::digest_chain::{DataSet, Manipulation, Plan};
use serde_json::Value;

use super::support::{Run, finish, rempart, run};

/// A folder with logs, digests, `keys.json` and `signatures.jsonl`.
fn folder(manipulations: &[Manipulation]) -> tempfile::TempDir {
    folder_of(&Plan::default(), manipulations)
}

fn folder_of(plan: &Plan, manipulations: &[Manipulation]) -> tempfile::TempDir {
    let mut set = DataSet::sample(plan).unwrap();
    for manipulation in manipulations {
        manipulation.apply(plan, &mut set).unwrap();
    }
    let folder = tempfile::tempdir().unwrap();
    write_files(folder.path(), &set.files()).unwrap();
    std::fs::write(folder.path().join("keys.json"), DataSet::keys()).unwrap();
    std::fs::write(folder.path().join("signatures.jsonl"), set.signatures()).unwrap();
    folder
}

fn verify(folder: &Path, more: &[&str]) -> Run {
    let mut command = rempart();
    command
        .current_dir(folder)
        .args(["trail", "verify", ".", "--keys", "keys.json"])
        .args(more);
    finish(command)
}

#[test]
fn an_untouched_chain_is_clean() {
    let folder = folder(&[]);
    let verified = verify(folder.path(), &["--to", "2026-03-02T12:00:00Z"]);
    assert_eq!((verified.code, verified.err.as_str()), (0, ""));
    insta::assert_snapshot!(verified.out, @r"
    111122223333 eu-west-1 trail ml_platform_trail (eu-west-1)
      period   2026-03-02T00:00:00Z to 2026-03-02T12:00:00Z
      digests  12: 12 verified
      logs     24: 24 verified

    Every file is verified: 12 digests and 24 logs.
    ");

    let json = verify(folder.path(), &["--format", "json", "--threads", "1"]);
    assert_eq!(json.code, 0);
    let report: Value = serde_json::from_str(&json.out).unwrap();
    assert_eq!(report["outcome"], "verified");
    assert_eq!(report["files"].as_array().unwrap().len(), 36);
    assert_eq!(report["logs"]["verified"], 24);
    assert!(
        json.err.starts_with("Every file is verified"),
        "{}",
        json.err
    );
}

#[test]
fn what_was_done_to_a_chain_is_listed() {
    let folder = folder(&[
        Manipulation::AlterLog(1),
        Manipulation::DeleteLog(4),
        Manipulation::AppendMember(6),
        Manipulation::ForgeLog { hour: 8 },
        Manipulation::DeleteDigests { at: 6, count: 2 },
    ]);
    let found = verify(folder.path(), &[]);
    assert_eq!(found.code, 1, "{}", found.err);
    insta::assert_snapshot!(found.out, @r"
    111122223333 eu-west-1 trail ml_platform_trail (eu-west-1)
      period   2026-03-02T00:00:00Z to 2026-03-02T12:00:00Z
      digests  10: 10 verified
      logs     20: 17 verified, 1 altered, 1 missing, 1 trailing-data
      digest-missing  2026-03-02T06:00:00Z to 2026-03-02T08:00:00Z, 2 hours
               s3://northwind-trail/AWSLogs/111122223333/CloudTrail-Digest/eu-west-1/2026/03/02/111122223333_CloudTrail-Digest_eu-west-1_ml_platform_trail_eu-west-1_20260302T080000Z.json.gz before the next digest cannot be used

    altered: its SHA-256 is not the one that the digest names
      ./AWSLogs/111122223333/CloudTrail/eu-west-1/2026/03/02/111122223333_CloudTrail_eu-west-1_20260302T0045Z_NHsqkXsPhnsDcw5t.json.gz

    missing: a digest names it and it is not there
      s3://northwind-trail/AWSLogs/111122223333/CloudTrail/eu-west-1/2026/03/02/111122223333_CloudTrail_eu-west-1_20260302T0210Z_Y7oXkkABceH4T1jn.json.gz

    uncovered: there is no usable digest of its hour
      ./AWSLogs/111122223333/CloudTrail/eu-west-1/2026/03/02/111122223333_CloudTrail_eu-west-1_20260302T0610Z_H5XMg4ppWekeGlul.json.gz
      ./AWSLogs/111122223333/CloudTrail/eu-west-1/2026/03/02/111122223333_CloudTrail_eu-west-1_20260302T0645Z_2Pve7nQq2qxxrGnU.json.gz
      ./AWSLogs/111122223333/CloudTrail/eu-west-1/2026/03/02/111122223333_CloudTrail_eu-west-1_20260302T0710Z_U3q8UoBoQgNY9ROJ.json.gz
      ./AWSLogs/111122223333/CloudTrail/eu-west-1/2026/03/02/111122223333_CloudTrail_eu-west-1_20260302T0745Z_5PDoPuDQtlYrURhg.json.gz

    unreferenced-suspicious: the digest of its hour is there and does not name it
      ./AWSLogs/111122223333/CloudTrail/eu-west-1/2026/03/02/111122223333_CloudTrail_eu-west-1_20260302T0831Z_AtGo5jQdeyMBJZDS.json.gz

    trailing-data: data after the first gzip member: a further member of 694 bytes was read too
      ./AWSLogs/111122223333/CloudTrail/eu-west-1/2026/03/02/111122223333_CloudTrail_eu-west-1_20260302T0345Z_02osWNz1o2SPC1GQ.json.gz

    note: no end of the period was given: digests and logs that were deleted together at the end of a chain leave no trace
    Not every file is verified: 10 of 10 digests and 17 of 25 logs are (1 of the logs are not there), 1 gaps.
    ");
}

/// Each row that the AWS CLI passes over, through the program.
#[test]
fn what_the_aws_cli_passes_over_is_an_exit_code() {
    for (manipulation, code) in [
        (Manipulation::DeleteTail(3), 1),
        (Manipulation::DeleteAllDigests, 2),
        (Manipulation::DeleteDigests { at: 5, count: 2 }, 1),
        (Manipulation::ForgeLog { hour: 4 }, 1),
        (Manipulation::AppendMember(3), 1),
        (Manipulation::DeleteHead(2), 1),
        (Manipulation::ReplaceDigest(5), 1),
        (Manipulation::RepeatDigest(5), 1),
        (Manipulation::Move, 0),
    ] {
        let folder = folder(std::slice::from_ref(&manipulation));
        let found = verify(folder.path(), &[]);
        assert_eq!(found.code, code, "{manipulation:?} {}", found.out);
        // Also where there is nothing to verify, what was found is told.
        assert!(found.out.contains("verified"), "{manipulation:?}");
    }
}

#[test]
fn a_pause_with_its_event_is_clean_and_said() {
    let plan = Plan {
        off: vec![5, 6],
        ..Plan::default()
    };
    let folder = folder_of(&plan, &[]);
    let found = verify(folder.path(), &[]);
    assert_eq!(found.code, 0, "{}", found.out);
    assert!(found.out.contains("logging-off"), "{}", found.out);
    assert!(
        found
            .out
            .contains("logging was off for 2 hours, as events say")
    );
}

#[test]
fn keys_beside_the_logs_are_not_trusted_by_themselves() {
    let folder = folder(&[]);
    let mut command = rempart();
    command
        .current_dir(folder.path())
        .args(["trail", "verify", "."]);
    let found = finish(command);
    assert_eq!(found.code, 2);
    insta::assert_snapshot!(found.err, @r"
    error: nothing could be verified: no digest has a signature that a key at hand checks
    hint: whoever can write to the logs can put keys beside them; if you trust ./keys.json, add --keys ./keys.json
    ");
    assert!(found.out.contains("12 unknown-key"), "{}", found.out);
}

#[test]
fn nothing_to_verify_is_said_with_advice() {
    let empty = tempfile::tempdir().unwrap();
    let found = run(&["trail", "verify", empty.path().to_str().unwrap()]);
    assert_eq!(found.code, 2);
    insta::assert_snapshot!(found.err, @r"
    error: nothing to verify: no digest was found
    hint: digests lie below AWSLogs/<account>/CloudTrail-Digest/ of the trail's bucket, when log file validation is on
    ");
    assert_eq!(run(&["trail", "verify", "-"]).code, 2);
    assert_eq!(run(&["trail", "verify", "not-there"]).code, 2);
    assert_eq!(run(&["trail", "verify"]).code, 2);
}

#[test]
fn unusable_keys_and_signatures_are_refused() {
    let folder = folder(&[]);
    let bad = folder.path().join("bad.json");
    std::fs::write(&bad, "{}").unwrap();
    let refused = verify(folder.path(), &["--keys", "bad.json"]);
    assert_eq!((refused.code, refused.out.as_str()), (2, ""));
    assert!(
        refused.err.contains("bad.json is no list of public keys"),
        "{}",
        refused.err
    );
    let refused = verify(folder.path(), &["--signatures", "bad.json"]);
    assert_eq!(refused.code, 2);
    assert!(
        refused.err.contains("bad.json: line 1: missing field"),
        "{}",
        refused.err
    );
    let refused = verify(
        folder.path(),
        &["--from", "2026-03-03", "--to", "2026-03-02"],
    );
    assert!(refused.err.contains("--from must be before --to"));
}

#[test]
fn names_with_control_characters_do_not_reach_the_terminal() {
    let folder = folder(&[]);
    let record =
        rempart_testkit::digest_chain::plain_event(&Plan::default(), Plan::default().start);
    std::fs::write(folder.path().join("a\u{1b}[31m.json"), record.to_string()).unwrap();
    let found = verify(folder.path(), &[]);
    assert_eq!(found.code, 1);
    assert!(!found.out.contains('\u{1b}'));
}

#[test]
fn the_example_is_verified() {
    let example = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/trail-digest");
    let keys = format!("{example}/keys.json");
    let verified = run(&["trail", "verify", example, "--keys", &keys]);
    assert_eq!(verified.code, 0, "{}{}", verified.out, verified.err);
    let signatures = format!("{example}/signatures.jsonl");
    let more = ["--signatures", &signatures, "--to", "2026-03-02T12:00:00Z"];
    let verified = run(&[&["trail", "verify", example, "--keys", &keys], &more[..]].concat());
    assert_eq!(verified.code, 0, "{}{}", verified.out, verified.err);
}

#[test]
fn help_names_every_option() {
    let help = run(&["trail", "verify", "-h"]);
    assert_eq!(help.code, 0);
    insta::assert_snapshot!(help.out, @r"
    Verify log files by CloudTrail's signed digests, offline: what was altered, deleted or added

    Usage: rempart trail verify [OPTIONS] <PATH>...

    Arguments:
      <PATH>...  Files, directories or s3://bucket/prefix that hold the logs and their digests

    Options:
          --color <WHEN>         When to use colours; NO_COLOR is respected [default: auto] [possible
                                 values: auto, always, never]
          --keys <FILE>          Public keys: saved output of `aws cloudtrail list-public-keys`; may be
                                 repeated
          --signatures <FILE>    Signatures of the digests, one JSON object a line: key, signature,
                                 algorithm, backfillGenerationTimestamp; PATH/signatures.jsonl by
                                 default, where there is one
          --from <TIME>          Start of the period that must be covered: 2026-03-01 or
                                 2026-03-01T12:00:00Z
          --to <TIME>            End of the period that must be covered; `now` for a trail that goes on
          --format <FORMAT>      How to write the result [default: table] [possible values: table, json]
          --threads <N>          Threads; all cores by default
          --inflate-limit <GIB>  Most that one file may inflate to, in GiB [default: 64]
          --no-progress          Show no progress
      -h, --help                 Print help (see more with '--help')

    Keys are trusted because you name them: keys that lie beside the logs are not taken by themselves. A
    digest's signature may also lie beside it as <digest>.signature or <digest>.metadata.json (`aws
    s3api head-object`); without any, the one that the next digest quotes is used.

    Exit codes: 0 every file in the period is verified and every gap explained, 1 something is altered,
    missing, not covered or not verified, 2 there was nothing that could be verified
    ");
}
