//! Generated sets, and what the library says of them.

use std::path::Path;

use rempart_testkit::delivery::{File, write_files};
use rempart_testkit::digest_chain::{DataSet, Manipulation, Plan};
use rempart_trail::integrity::{
    FileKind, Gap, IntegrityOptions, IntegrityProgress, IntegrityReport, PublicKeys, Signatures,
    Verdict, verify,
};
use rempart_trail::source::{DiscoverOptions, Input, discover};

pub(crate) fn sample() -> (Plan, DataSet) {
    let plan = Plan::default();
    let set = DataSet::sample(&plan).unwrap();
    (plan, set)
}

pub(crate) fn options(set: &DataSet) -> IntegrityOptions {
    IntegrityOptions {
        keys: PublicKeys::parse(DataSet::keys().as_bytes()).unwrap(),
        signatures: Signatures::parse(set.signatures().as_bytes()),
        threads: 2,
        ..IntegrityOptions::default()
    }
}

pub(crate) fn verify_folder(folder: &Path, options: &IntegrityOptions) -> IntegrityReport {
    let inputs = [Input::Path(folder.to_owned())];
    let discovery = discover(&inputs, &DiscoverOptions::default());
    let mut report = verify(&discovery, options, &IntegrityProgress::default());
    let prefix = format!("{}/", folder.display());
    for file in &mut report.files {
        file.source = file.source.replace(&prefix, "");
    }
    report
}

pub(crate) fn verify_files(files: &[File], options: &IntegrityOptions) -> IntegrityReport {
    let folder = tempfile::tempdir().unwrap();
    write_files(folder.path(), files).unwrap();
    verify_folder(folder.path(), options)
}

pub(crate) fn verify_set(set: &DataSet) -> IntegrityReport {
    verify_files(&set.files(), &options(set))
}

pub(crate) fn manipulated(manipulations: &[Manipulation]) -> IntegrityReport {
    let (plan, mut set) = sample();
    for manipulation in manipulations {
        manipulation.apply(&plan, &mut set).unwrap();
    }
    verify_set(&set)
}

pub(crate) fn count(report: &IntegrityReport, kind: FileKind, verdict: Verdict) -> usize {
    let files = report.files.iter();
    files
        .filter(|file| file.kind == kind && file.verdict == verdict)
        .count()
}

pub(crate) fn digests(report: &IntegrityReport, verdict: Verdict) -> usize {
    count(report, FileKind::Digest, verdict)
}

pub(crate) fn logs(report: &IntegrityReport, verdict: Verdict) -> usize {
    count(report, FileKind::Log, verdict)
}

pub(crate) fn gaps(report: &IntegrityReport) -> Vec<&Gap> {
    report.chains.iter().flat_map(|chain| &chain.gaps).collect()
}

/// Hours and verdicts of the gaps.
pub(crate) fn holes(report: &IntegrityReport) -> Vec<(u64, Verdict)> {
    let gaps = gaps(report);
    gaps.iter().map(|gap| (gap.hours, gap.verdict)).collect()
}

pub(crate) fn shared() -> &'static (Plan, DataSet) {
    static SHARED: std::sync::OnceLock<(Plan, DataSet)> = std::sync::OnceLock::new();
    SHARED.get_or_init(sample)
}
