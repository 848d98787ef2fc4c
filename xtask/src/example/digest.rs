//! `examples/trail-digest`: twelve hours of small logs under a chain of signed digests.

use rempart_testkit::delivery::File;
use rempart_testkit::digest_chain::{DataSet, Plan};

/// The files, without the text for people.
pub(super) fn files() -> anyhow::Result<Vec<File>> {
    let set = DataSet::sample(&Plan::default())?;
    let mut files = set.files();
    files.push(File {
        path: "keys.json".to_owned(),
        bytes: DataSet::keys().into_bytes(),
    });
    files.push(File {
        path: "signatures.jsonl".to_owned(),
        bytes: set.signatures().into_bytes(),
    });
    Ok(files)
}
