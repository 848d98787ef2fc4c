//! Every other verdict, and what leads to it.

use std::path::Path;

use rempart_testkit::delivery::{File, gzip, write_files};
use rempart_testkit::digest_chain::{
    DataSet, Manipulation, Plan, log_file, logging_event, plain_event,
};
use rempart_testkit::time::{HOUR, MINUTE};
use rempart_trail::integrity::{IntegrityOptions, Outcome, Signatures, Verdict};
use rempart_trail::time::EventTime;

use super::support::{
    digests, gaps, holes, logs, manipulated, options, sample, verify_files, verify_folder,
    verify_set,
};

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
    set.logs[3].bytes = gzip(Path::new("bomb"), &zeros, 9).unwrap();
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
fn an_event_does_not_explain_a_tail_after_which_logging_went_on() {
    let off = Plan {
        off: vec![9, 10, 11],
        ..Plan::default()
    };
    let mut set = DataSet::sample(&off).unwrap();
    let full = DataSet::sample(&Plan::default()).unwrap();
    set.logs.extend(full.logs.into_iter().skip(18));
    let report = verify_set(&set);
    assert_eq!(holes(&report), [(3, Verdict::TailMissing)]);
    assert_eq!(logs(&report, Verdict::Uncovered), 6);
}

#[test]
fn a_call_that_failed_explains_nothing() {
    let plan = Plan {
        off: vec![5, 6],
        ..Plan::default()
    };
    let mut set = DataSet::sample(&plan).unwrap();
    let is_stop = |log: &File| log.path.contains("T0445Z");
    let stop = set.logs.iter().position(is_stop).unwrap();
    let time = plan.start.plus(4 * HOUR + 40 * MINUTE);
    let mut event = logging_event(&plan, time, "StopLogging");
    event["errorCode"] = serde_json::json!("AccessDenied");
    set.logs[stop] = log_file(&plan, time.plus(5 * MINUTE), &[event]).unwrap();
    set.digests = plan.digests(&set.logs).unwrap();
    let report = verify_set(&set);
    assert_eq!(holes(&report), [(2, Verdict::DigestMissing)]);
}

#[test]
fn a_gap_elsewhere_does_not_excuse_a_forged_log() {
    for hour in [2, 9] {
        let report = manipulated(&[
            Manipulation::DeleteDigests { at: 5, count: 2 },
            Manipulation::ForgeLog { hour },
        ]);
        assert_eq!(logs(&report, Verdict::UnreferencedSuspicious), 1);
        assert_eq!(logs(&report, Verdict::Uncovered), 4);
    }
}

#[test]
fn a_digest_that_the_next_one_passes_over_is_invalid() {
    let (plan, mut set) = sample();
    let covered: Vec<&File> = set.logs.iter().skip(10).take(2).collect();
    let start = set.digests[5].start;
    let skips = plan.digest(start, Some(&set.digests[3]), &covered).unwrap();
    set.digests.truncate(5);
    set.digests.push(skips);
    set.logs.truncate(12);
    let report = verify_set(&set);
    assert_eq!(digests(&report, Verdict::DigestInvalid), 1);
    let odd = report
        .files
        .iter()
        .find(|file| file.verdict == Verdict::DigestInvalid);
    assert!(odd.unwrap().reason.contains("as the one before"));
}
