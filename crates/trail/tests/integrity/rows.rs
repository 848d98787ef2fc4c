//! What the AWS CLI passes over, one test each.

use rempart_testkit::delivery::File;
use rempart_testkit::digest_chain::{
    DataSet, Manipulation, Plan, log_file, logging_event, plain_event,
};
use rempart_testkit::time::{HOUR, MINUTE};
use rempart_trail::integrity::{Outcome, Verdict};
use rempart_trail::time::EventTime;

use super::support::{
    digests, gaps, holes, logs, manipulated, options, sample, verify_files, verify_set,
};

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
