//! Chains of signed digests, untouched and manipulated.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers of tests"
)]

use std::path::Path;

use proptest::prelude::*;
use rempart_testkit::delivery::{File, write_files};
use rempart_testkit::digest_chain::{
    DataSet, Manipulation, Plan, TestKey, log_file, logging_event, plain_event,
};
use rempart_testkit::time::{HOUR, MINUTE};
use rempart_trail::integrity::{
    FileKind, Gap, IntegrityOptions, IntegrityProgress, IntegrityReport, Outcome, PublicKeys,
    Signatures, Verdict, verify,
};
use rempart_trail::source::{DiscoverOptions, Input, discover};
use rempart_trail::time::EventTime;

fn sample() -> (Plan, DataSet) {
    let plan = Plan::default();
    let set = DataSet::sample(&plan).unwrap();
    (plan, set)
}

fn options(set: &DataSet) -> IntegrityOptions {
    IntegrityOptions {
        keys: PublicKeys::parse(DataSet::keys().as_bytes()).unwrap(),
        signatures: Signatures::parse(set.signatures().as_bytes()),
        threads: 2,
        ..IntegrityOptions::default()
    }
}

fn verify_folder(folder: &Path, options: &IntegrityOptions) -> IntegrityReport {
    let inputs = [Input::Path(folder.to_owned())];
    let discovery = discover(&inputs, &DiscoverOptions::default());
    let mut report = verify(&discovery, options, &IntegrityProgress::default());
    let prefix = format!("{}/", folder.display());
    for file in &mut report.files {
        file.source = file.source.replace(&prefix, "");
    }
    report
}

fn verify_files(files: &[File], options: &IntegrityOptions) -> IntegrityReport {
    let folder = tempfile::tempdir().unwrap();
    write_files(folder.path(), files).unwrap();
    verify_folder(folder.path(), options)
}

fn verify_set(set: &DataSet) -> IntegrityReport {
    verify_files(&set.files(), &options(set))
}

fn manipulated(manipulations: &[Manipulation]) -> IntegrityReport {
    let (plan, mut set) = sample();
    for manipulation in manipulations {
        manipulation.apply(&plan, &mut set).unwrap();
    }
    verify_set(&set)
}

fn count(report: &IntegrityReport, kind: FileKind, verdict: Verdict) -> usize {
    let files = report.files.iter();
    files
        .filter(|file| file.kind == kind && file.verdict == verdict)
        .count()
}

fn digests(report: &IntegrityReport, verdict: Verdict) -> usize {
    count(report, FileKind::Digest, verdict)
}

fn logs(report: &IntegrityReport, verdict: Verdict) -> usize {
    count(report, FileKind::Log, verdict)
}

fn gaps(report: &IntegrityReport) -> Vec<&Gap> {
    report.chains.iter().flat_map(|chain| &chain.gaps).collect()
}

/// Hours and verdicts of the gaps.
fn holes(report: &IntegrityReport) -> Vec<(u64, Verdict)> {
    let gaps = gaps(report);
    gaps.iter().map(|gap| (gap.hours, gap.verdict)).collect()
}

#[test]
fn an_untouched_chain_is_verified() {
    let report = manipulated(&[]);
    assert_eq!(report.outcome(), Outcome::Verified, "{report:#?}");
    assert_eq!(digests(&report, Verdict::Verified), 12);
    assert_eq!(logs(&report, Verdict::Verified), 24);
    assert_eq!(report.files.len(), 36);
    assert_eq!(holes(&report), []);
    assert_eq!(report.chains.len(), 1);
    assert_eq!(report.chains[0].trail, "ml_platform_trail");
    assert_eq!(
        report.chains[0].from.as_deref(),
        Some("2026-03-02T00:00:00Z")
    );
    assert_eq!(report.chains[0].to.as_deref(), Some("2026-03-02T12:00:00Z"));
}

// The rows of what the AWS CLI misses, one test each.

#[test]
fn digests_deleted_at_the_end_are_missed_when_logs_stay() {
    let report = manipulated(&[Manipulation::DeleteTail(3)]);
    assert_eq!(report.outcome(), Outcome::Wrong);
    assert_eq!(holes(&report), [(3, Verdict::TailMissing)]);
    assert_eq!(logs(&report, Verdict::Uncovered), 6);
    assert_eq!(logs(&report, Verdict::Verified), 18);
}

#[test]
fn digests_and_logs_deleted_at_the_end_are_missed_when_the_end_is_given() {
    let (_, mut set) = sample();
    set.digests.truncate(9);
    set.logs.truncate(18);
    let report = verify_set(&set);
    assert_eq!(report.outcome(), Outcome::Verified);
    assert!(
        report
            .notes
            .iter()
            .any(|note| note.contains("leave no trace"))
    );

    let until = EventTime::parse("2026-03-02T12:00:00Z");
    let mut asked = options(&set);
    asked.to = until;
    let report = verify_files(&set.files(), &asked);
    assert_eq!(holes(&report), [(3, Verdict::TailMissing)]);

    // At the present time the digest of the last hour may still be on its way.
    asked.now = until;
    let report = verify_files(&set.files(), &asked);
    assert_eq!(holes(&report), [(2, Verdict::TailMissing)]);
}

#[test]
fn digests_deleted_at_the_end_are_missed_when_another_region_goes_on() {
    let (plan, mut set) = sample();
    let elsewhere = Plan {
        region: "us-east-1".to_owned(),
        ..plan
    };
    let other = DataSet::sample(&elsewhere).unwrap();
    set.digests.truncate(8);
    set.logs.truncate(16);
    set.logs.extend(other.logs);
    set.digests.extend(other.digests);
    let report = verify_set(&set);
    assert_eq!(holes(&report), [(4, Verdict::TailMissing)]);
    assert_eq!(report.chains[0].region, "eu-west-1");
    assert_eq!(report.chains[0].gaps.len(), 1);
}

#[test]
fn all_digests_deleted_is_nothing_to_verify() {
    let report = manipulated(&[Manipulation::DeleteAllDigests]);
    assert_eq!(report.outcome(), Outcome::Nothing);
    assert_eq!(logs(&report, Verdict::Uncovered), 24);
}

#[test]
fn every_hour_deleted_in_the_middle_is_counted_and_its_logs_are_uncovered() {
    let report = manipulated(&[Manipulation::DeleteDigests { at: 5, count: 2 }]);
    assert_eq!(holes(&report), [(2, Verdict::DigestMissing)]);
    assert_eq!(
        gaps(&report)[0].from.as_deref(),
        Some("2026-03-02T05:00:00Z")
    );
    assert_eq!(gaps(&report)[0].to, "2026-03-02T07:00:00Z");
    assert_eq!(logs(&report, Verdict::Uncovered), 4);
    assert_eq!(logs(&report, Verdict::Verified), 20);
    assert_eq!(report.gap_hours[&Verdict::DigestMissing], 2);
}

#[test]
fn a_forged_log_that_no_digest_names_is_suspicious() {
    let report = manipulated(&[Manipulation::ForgeLog { hour: 4 }]);
    assert_eq!(report.outcome(), Outcome::Wrong);
    assert_eq!(logs(&report, Verdict::UnreferencedSuspicious), 1);
    assert_eq!(logs(&report, Verdict::Verified), 24);
}

#[test]
fn a_forged_log_under_any_name_is_suspicious() {
    let (plan, set) = sample();
    let record = plain_event(&plan, plan.start);
    for (name, text) in [
        ("notes.txt", format!("{{\"x\":1,\"Records\":[{record}]}}")),
        ("export.jsonl", format!("{record}\n")),
    ] {
        let mut files = set.files();
        files.push(File {
            path: name.to_owned(),
            bytes: text.into_bytes(),
        });
        let report = verify_files(&files, &options(&set));
        assert_eq!(report.status_of(name), Verdict::UnreferencedSuspicious);
    }
}

#[test]
fn files_of_a_folder_that_digests_do_not_name_are_uncovered() {
    let (plan, set) = sample();
    let mut insight = log_file(&plan, plan.start.plus(4 * HOUR), &[]).unwrap();
    insight.path = insight.path.replace("CloudTrail", "CloudTrail-Insight");
    let mut files = set.files();
    files.push(insight.clone());
    let report = verify_files(&files, &options(&set));
    assert_eq!(report.status_of(&insight.path), Verdict::Uncovered);
    assert_eq!(report.outcome(), Outcome::Wrong);
}

#[test]
fn a_log_that_was_just_delivered_is_pending() {
    let report = manipulated(&[Manipulation::ForgeLog { hour: 12 }]);
    assert_eq!(logs(&report, Verdict::UnreferencedPending), 1);
    assert_eq!(report.outcome(), Outcome::Wrong);

    // Its digest is due two hours after the end of the newest one.
    let (plan, mut set) = sample();
    Manipulation::ForgeLog { hour: 12 }
        .apply(&plan, &mut set)
        .unwrap();
    let mut asked = options(&set);
    asked.now = EventTime::parse("2026-03-02T14:00:00Z");
    let report = verify_files(&set.files(), &asked);
    assert_eq!(logs(&report, Verdict::UnreferencedPending), 0);
    assert_eq!(logs(&report, Verdict::UnreferencedSuspicious), 1);
}

#[test]
fn a_record_in_a_second_gzip_member_is_trailing_data() {
    for manipulation in [Manipulation::AppendMember(3), Manipulation::AppendBytes(3)] {
        let report = manipulated(&[manipulation]);
        assert_eq!(report.outcome(), Outcome::Wrong);
        assert_eq!(logs(&report, Verdict::TrailingData), 1);
        assert_eq!(logs(&report, Verdict::Verified), 23);
    }
}

#[test]
fn trailing_data_of_a_digest_are_refused() {
    let (_, mut set) = sample();
    set.digests[4].file.bytes.extend(b"more");
    let report = verify_set(&set);
    assert_eq!(digests(&report, Verdict::TrailingData), 1);
    assert_eq!(logs(&report, Verdict::DigestInvalid), 2);
}

#[test]
fn a_deleted_head_is_truncated() {
    let report = manipulated(&[Manipulation::DeleteHead(2)]);
    assert_eq!(holes(&report), [(0, Verdict::HeadTruncated)]);
    assert_eq!(logs(&report, Verdict::Uncovered), 4);

    let (plan, mut set) = sample();
    Manipulation::DeleteHead(2).apply(&plan, &mut set).unwrap();
    let mut asked = options(&set);
    asked.from = EventTime::parse("2026-03-02T00:00:00Z");
    let report = verify_files(&set.files(), &asked);
    assert_eq!(holes(&report), [(2, Verdict::HeadTruncated)]);

    // What lies before the period is nobody's business.
    asked.from = EventTime::parse("2026-03-02T02:00:00Z");
    let report = verify_files(&set.files(), &asked);
    assert_eq!(report.outcome(), Outcome::Verified, "{report:#?}");
    assert_eq!(report.outside_period, 4);
}

#[test]
fn a_chain_start_that_no_event_explains_is_truncated() {
    let (plan, mut set) = sample();
    set.logs[0] = log_file(
        &plan,
        plan.start.plus(10 * MINUTE),
        &[plain_event(&plan, plan.start)],
    )
    .unwrap();
    set.digests = plan.digests(&set.logs).unwrap();
    let report = verify_set(&set);
    assert_eq!(holes(&report), [(0, Verdict::HeadTruncated)]);
    assert_eq!(logs(&report, Verdict::Verified), 24);
}

#[test]
fn an_event_in_a_log_that_is_not_verified_explains_nothing() {
    let (plan, mut set) = sample();
    set.logs[0] = log_file(
        &plan,
        plan.start.plus(10 * MINUTE),
        &[plain_event(&plan, plan.start)],
    )
    .unwrap();
    set.digests = plan.digests(&set.logs).unwrap();
    let event = logging_event(&plan, plan.start.plus(MINUTE), "StartLogging");
    set.logs
        .push(log_file(&plan, plan.start.plus(12 * MINUTE), &[event]).unwrap());
    let report = verify_set(&set);
    assert_eq!(holes(&report), [(0, Verdict::HeadTruncated)]);
    assert_eq!(logs(&report, Verdict::UnreferencedSuspicious), 1);
}

#[test]
fn a_digest_replaced_by_another_valid_one_is_seen_by_the_next() {
    let report = manipulated(&[Manipulation::ReplaceDigest(5)]);
    assert_eq!(digests(&report, Verdict::DigestInvalid), 1);
    assert_eq!(digests(&report, Verdict::Verified), 11);
    assert_eq!(holes(&report), [(1, Verdict::DigestInvalid)]);
    let reason = report
        .files
        .iter()
        .find(|file| file.verdict == Verdict::DigestInvalid);
    assert!(reason.unwrap().reason.contains("quotes another SHA-256"));

    // The one before in its place: a copy of it, and an hour that is missing.
    let report = manipulated(&[Manipulation::RepeatDigest(5)]);
    assert_eq!(holes(&report), [(1, Verdict::DigestMissing)]);
}

#[test]
fn moved_files_are_verified_offline() {
    let report = manipulated(&[Manipulation::Move]);
    assert_eq!(report.outcome(), Outcome::Verified, "{report:#?}");
    assert!(report.files[0].source.starts_with("seized/disk-7/"));
    assert!(
        report.files[0]
            .object
            .as_ref()
            .unwrap()
            .starts_with("s3://northwind-trail/AWSLogs/")
    );
}

#[test]
fn inflated_and_renamed_copies_are_verified() {
    let (_, set) = sample();
    let mut files = set.files();
    let mut text = vec![0; 1 << 20];
    let mut decompressor = libdeflater::Decompressor::new();
    for (number, file) in files.iter_mut().enumerate() {
        let length = decompressor
            .gzip_decompress(&file.bytes, &mut text)
            .unwrap();
        file.bytes = text[..length].to_vec();
        file.path = if file.path.contains("Digest") {
            file.path.strip_suffix(".gz").unwrap().to_owned()
        } else {
            format!("log-{number}.json")
        };
    }
    let report = verify_files(&files, &options(&set));
    assert_eq!(report.outcome(), Outcome::Verified, "{report:#?}");
}

// The verdicts that are left.

#[test]
fn altered_and_missing_logs_are_named() {
    let report = manipulated(&[Manipulation::AlterLog(7), Manipulation::DeleteLog(2)]);
    assert_eq!(logs(&report, Verdict::Altered), 1);
    assert_eq!(logs(&report, Verdict::Missing), 1);
    assert_eq!(logs(&report, Verdict::Verified), 22);
    let missing = report
        .files
        .iter()
        .find(|file| file.verdict == Verdict::Missing);
    assert!(missing.unwrap().source.starts_with("s3://northwind-trail/"));
}

#[test]
fn an_altered_digest_is_invalid_and_its_logs_with_it() {
    let report = manipulated(&[Manipulation::AlterDigest(6)]);
    assert_eq!(digests(&report, Verdict::DigestInvalid), 1);
    assert_eq!(holes(&report), [(1, Verdict::DigestInvalid)]);
    assert_eq!(logs(&report, Verdict::Uncovered), 2);
}

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
fn a_pause_that_an_event_explains_is_logging_off() {
    let plan = Plan {
        off: vec![5, 6, 7],
        ..Plan::default()
    };
    let set = DataSet::sample(&plan).unwrap();
    let report = verify_set(&set);
    assert_eq!(holes(&report), [(3, Verdict::LoggingOff)]);
    assert!(
        gaps(&report)[0]
            .reason
            .starts_with("StopLogging at 2026-03-02T04:40:00Z")
    );
    assert_eq!(report.outcome(), Outcome::Verified, "{report:#?}");
}

#[test]
fn a_new_start_that_no_event_explains_is_a_gap() {
    let plan = Plan {
        anew: vec![6],
        ..Plan::default()
    };
    let report = verify_set(&DataSet::sample(&plan).unwrap());
    assert_eq!(holes(&report), [(0, Verdict::DigestMissing)]);
    assert_eq!(report.outcome(), Outcome::Wrong);

    let plan = Plan {
        off: vec![5, 6],
        ..Plan::default()
    };
    let mut set = DataSet::sample(&plan).unwrap();
    // The event is there, but not the log that tells it.
    let stop = set
        .logs
        .iter()
        .position(|log| log.path.contains("T0445Z"))
        .unwrap();
    set.logs.remove(stop);
    let report = verify_set(&set);
    assert_eq!(holes(&report), [(2, Verdict::DigestMissing)]);
    assert_eq!(logs(&report, Verdict::Missing), 1);
}

#[test]
fn a_chain_that_ends_with_an_event_is_logging_off() {
    let plan = Plan {
        off: vec![9, 10, 11],
        ..Plan::default()
    };
    let set = DataSet::sample(&plan).unwrap();
    let mut asked = options(&set);
    asked.to = EventTime::parse("2026-03-02T12:00:00Z");
    let report = verify_files(&set.files(), &asked);
    assert_eq!(holes(&report), [(3, Verdict::LoggingOff)]);
    assert_eq!(report.outcome(), Outcome::Verified);
}

#[test]
fn a_trail_of_an_organisation_is_stopped_in_another_account() {
    let member = Plan {
        organization: Some("o-exampleorgid".to_owned()),
        off: vec![4, 5],
        ..Plan::default()
    };
    let management = Plan {
        account: "444455556666".to_owned(),
        off: Vec::new(),
        hours: 4,
        ..member.clone()
    };
    let arn_of = |plan: &Plan, time, name| {
        let mut event = logging_event(plan, time, name);
        event["requestParameters"]["name"] = serde_json::json!(format!(
            "arn:aws:cloudtrail:eu-west-1:444455556666:trail/{}",
            plan.trail
        ));
        event
    };
    let start = member.start;
    let began = arn_of(&management, start.plus(MINUTE), "StartLogging");
    let ended = arn_of(
        &management,
        start.plus(3 * HOUR + 40 * MINUTE),
        "StopLogging",
    );
    let mut set = DataSet {
        logs: vec![
            log_file(&management, start.plus(10 * MINUTE), &[began]).unwrap(),
            log_file(&management, start.plus(3 * HOUR + 45 * MINUTE), &[ended]).unwrap(),
        ],
        digests: Vec::new(),
    };
    set.digests = management.digests(&set.logs).unwrap();
    set.digests.extend(member.digests(&[]).unwrap());
    let mut asked = options(&set);
    let report = verify_files(&set.files(), &asked);
    let of_member = &report.chains[0];
    assert_eq!(of_member.account, "111122223333");
    let verdicts: Vec<Verdict> = of_member.gaps.iter().map(|gap| gap.verdict).collect();
    assert_eq!(verdicts, [Verdict::LoggingOff]);

    // Without the event of the other account it is not explained.
    set.logs.pop();
    asked.signatures = Signatures::parse(set.signatures().as_bytes());
    let report = verify_files(&set.files(), &asked);
    assert_eq!(report.chains[0].gaps[0].verdict, Verdict::DigestMissing);
}

#[test]
fn backfill_digests_are_a_chain_of_their_own() {
    let (plan, mut set) = sample();
    let late = Plan {
        backfill: true,
        ..plan.clone()
    };
    let log = log_file(
        &plan,
        plan.start.plus(HOUR + 27 * MINUTE),
        &[plain_event(&plan, plan.start)],
    );
    let log = log.unwrap();
    let first = late.digest(plan.start.plus(HOUR), None, &[&log]).unwrap();
    let second = late
        .digest(plan.start.plus(8 * HOUR), Some(&first), &[])
        .unwrap();
    set.logs.push(log);
    set.digests.extend([first, second]);
    let report = verify_set(&set);
    assert_eq!(report.outcome(), Outcome::Verified, "{report:#?}");
    assert_eq!(report.chains.len(), 2);
    assert_eq!(report.logs[&Verdict::Verified], 25);

    // Its first digest is deleted.
    set.digests.remove(12);
    let report = verify_set(&set);
    assert_eq!(holes(&report), [(0, Verdict::HeadTruncated)]);
    assert_eq!(logs(&report, Verdict::UnreferencedSuspicious), 1);
}

#[test]
fn a_log_named_by_two_digests_is_odd() {
    let (plan, mut set) = sample();
    let last = set.digests.pop().unwrap();
    let named: Vec<&File> = [&set.logs[2], &set.logs[22], &set.logs[23]].into();
    let twice = plan.digest(last.start, set.digests.last(), &named).unwrap();
    set.digests.push(twice);
    let report = verify_set(&set);
    assert_eq!(logs(&report, Verdict::DigestInvalid), 1);
    let odd = report
        .files
        .iter()
        .find(|file| file.verdict == Verdict::DigestInvalid);
    assert!(odd.unwrap().reason.contains("2 times"));
}

#[test]
fn a_log_of_another_region_is_odd() {
    let (plan, mut set) = sample();
    let elsewhere = Plan {
        region: "us-east-1".to_owned(),
        ..plan.clone()
    };
    let log = log_file(&elsewhere, plan.start.plus(11 * HOUR + 5 * MINUTE), &[]).unwrap();
    let last = set.digests.pop().unwrap();
    let named: Vec<&File> = [&set.logs[22], &set.logs[23], &log].into();
    set.digests
        .push(plan.digest(last.start, set.digests.last(), &named).unwrap());
    set.logs.push(log);
    let report = verify_set(&set);
    assert_eq!(logs(&report, Verdict::DigestInvalid), 1);
    assert_eq!(report.outcome(), Outcome::Wrong);
}

#[test]
fn two_digests_of_one_hour_do_not_both_count() {
    let (plan, mut set) = sample();
    let forged = plan
        .digest(set.digests[5].start, Some(&set.digests[4]), &[])
        .unwrap();
    let asked = options(&set);
    let mut files = set.files();
    files.push(File {
        path: format!("elsewhere/{}", forged.object_key),
        bytes: forged.file.bytes,
    });
    let report = verify_files(&files, &asked);
    assert_eq!(digests(&report, Verdict::Verified), 12);
    assert_eq!(digests(&report, Verdict::DigestInvalid), 1);
    assert_eq!(logs(&report, Verdict::Verified), 24);
    set.digests.clear();
}

#[test]
fn a_bomb_is_not_verifiable() {
    let (_, mut set) = sample();
    let zeros = vec![b' '; 8 << 20];
    set.logs[3].bytes = rempart_testkit::delivery::gzip(Path::new("bomb"), &zeros, 9).unwrap();
    let mut asked = options(&set);
    asked.limits.inflated_whole = 1 << 16;
    asked.limits.ratio_from = 1 << 20;
    let report = verify_files(&set.files(), &asked);
    assert_eq!(logs(&report, Verdict::NotVerifiable), 1);
    assert_eq!(report.outcome(), Outcome::Wrong);
}

#[test]
fn the_report_does_not_depend_on_threads() {
    let (plan, mut set) = sample();
    for manipulation in [
        Manipulation::AlterLog(1),
        Manipulation::DeleteDigests { at: 3, count: 1 },
        Manipulation::ForgeLog { hour: 8 },
    ] {
        manipulation.apply(&plan, &mut set).unwrap();
    }
    let folder = tempfile::tempdir().unwrap();
    write_files(folder.path(), &set.files()).unwrap();
    let with = |threads| {
        let asked = IntegrityOptions {
            threads,
            ..options(&set)
        };
        verify_folder(folder.path(), &asked)
    };
    let one = with(1);
    for threads in [2, 3, 8] {
        assert_eq!(with(threads), one);
    }
}

#[test]
fn streams_and_whole_files_give_the_same() {
    let (plan, mut set) = sample();
    Manipulation::AppendMember(5)
        .apply(&plan, &mut set)
        .unwrap();
    Manipulation::AlterLog(9).apply(&plan, &mut set).unwrap();
    let whole = verify_set(&set);
    let mut asked = options(&set);
    asked.limits.inflated_whole = 0;
    assert_eq!(verify_files(&set.files(), &asked), whole);
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

/// The text of a file, if it is one intact gzip member and nothing else.
fn sole_text(bytes: &[u8]) -> Option<Vec<u8>> {
    use std::io::Read;
    let mut decoder = flate2::bufread::GzDecoder::new(bytes);
    let mut text = Vec::new();
    decoder.read_to_end(&mut text).ok()?;
    decoder.into_inner().is_empty().then_some(text)
}

#[derive(Debug, Clone)]
enum Change {
    Set(usize, u8),
    Insert(usize, u8),
    Remove(usize),
    Truncate(usize),
    Append(Vec<u8>),
}

fn any_change() -> impl Strategy<Value = Change> {
    prop_oneof![
        4 => (any::<usize>(), any::<u8>()).prop_map(|(at, byte)| Change::Set(at, byte)),
        2 => (any::<usize>(), any::<u8>()).prop_map(|(at, byte)| Change::Insert(at, byte)),
        2 => any::<usize>().prop_map(Change::Remove),
        1 => any::<usize>().prop_map(Change::Truncate),
        1 => prop::collection::vec(any::<u8>(), 1..24).prop_map(Change::Append),
    ]
}

fn change(bytes: &mut Vec<u8>, change: &Change) {
    let length = bytes.len();
    match change {
        Change::Set(at, byte) => bytes[at % length] = *byte,
        Change::Insert(at, byte) => bytes.insert(at % (length + 1), *byte),
        Change::Remove(at) => {
            bytes.remove(at % length);
        }
        Change::Truncate(at) => bytes.truncate(at % length),
        Change::Append(more) => bytes.extend(more),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// Any byte added, altered or deleted in a log or digest is noticed, unless the file still inflates
    /// to the same text and nothing else: that is the same file in another compression, of which
    /// CloudTrail keeps no hash (a header of gzip holds a time, for example).
    #[test]
    fn no_byte_changes_unnoticed(file in any::<prop::sample::Index>(), at in any_change()) {
        let (_, set) = shared();
        let mut files = set.files();
        let number = file.index(files.len());
        let before = files[number].bytes.clone();
        change(&mut files[number].bytes, &at);
        let after = &files[number].bytes;
        let text = sole_text(&before);
        prop_assert!(text.is_some());
        let is_same = sole_text(after) == text;
        let report = verify_files(&files, &options(set));
        prop_assert_eq!(report.outcome() == Outcome::Verified, is_same, "{:?} {:#?}", at, report);
        let verdict = report.status_of(&files[number].path);
        prop_assert_eq!(verdict == Verdict::Verified, is_same);
    }

    /// The same for the text itself, compressed again: no change of text goes unnoticed.
    #[test]
    fn no_text_changes_unnoticed(file in any::<prop::sample::Index>(), at in any_change()) {
        let (_, set) = shared();
        let mut files = set.files();
        let number = file.index(files.len());
        let before = sole_text(&files[number].bytes).unwrap();
        let mut after = before.clone();
        change(&mut after, &at);
        let path = files[number].path.clone();
        files[number].bytes = rempart_testkit::delivery::gzip(Path::new(&path), &after, 6).unwrap();
        let report = verify_files(&files, &options(set));
        prop_assert_eq!(report.outcome() == Outcome::Verified, before == after);
        prop_assert_eq!(report.status_of(&path) == Verdict::Verified, before == after);
    }

    /// Any set of files deleted is noticed, given the period.
    #[test]
    fn no_file_is_deleted_unnoticed(deleted in prop::collection::btree_set(0usize..36, 1..6)) {
        let (_, set) = shared();
        let files: Vec<File> = set.files().into_iter().enumerate()
            .filter(|(number, _)| !deleted.contains(number))
            .map(|(_, file)| file)
            .collect();
        let mut asked = options(set);
        asked.to = EventTime::parse("2026-03-02T12:00:00Z");
        let report = verify_files(&files, &asked);
        prop_assert_ne!(report.outcome(), Outcome::Verified);
    }
}

fn shared() -> &'static (Plan, DataSet) {
    static SHARED: std::sync::OnceLock<(Plan, DataSet)> = std::sync::OnceLock::new();
    SHARED.get_or_init(sample)
}
