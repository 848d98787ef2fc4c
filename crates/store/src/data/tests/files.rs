//! S7, with real files: the documented layout, nothing in plaintext, and erasure.

use std::sync::Arc;

use rempart_lake::{Lake, Location};
use serde_json::Value;

use super::semantics::walk;
use super::world::{Make, World};
use crate::data::Erasure;

#[test]
fn s7_files_lie_where_they_are_documented_and_hold_no_plaintext_and_no_erased_subject() {
    let directory = tempfile::tempdir().unwrap();
    let lake = Lake::open(Location::Directory(directory.path().to_owned())).unwrap();
    let mut world = World::new();
    world.other_lake = Some(Arc::new(lake));
    let world = world.restarted();
    world.make(Make::default());
    for id in ["planted-subject-x", "planted-subject-y"] {
        world.put(id, 1, &[("a", "planted-value")]).unwrap();
    }
    let report = world.data.flush(world.now(), true);
    assert_eq!((report.rows, report.files), (2, 1), "{report:?}");
    let files = walk(directory.path());
    let [file] = files.as_slice() else {
        panic!("{files:?}");
    };
    let path = file
        .strip_prefix(directory.path())
        .unwrap()
        .to_str()
        .unwrap();
    let expected = "sagemaker-bucket/111122223333/sagemaker/eu-west-1/offline-store/fg-1704067200/data/\
                    year=2024/month=01/day=01/hour=00/20240101T000001Z_";
    assert!(path.starts_with(expected), "{path}");
    let bytes = std::fs::read(file).unwrap();
    assert!(memchr::memmem::find(&bytes, b"planted").is_none());
    let receipt = world
        .data
        .erase(
            &world.caller("admin"),
            &world.connection(),
            &Erasure {
                groups: &["fg".to_owned()],
                identifiers: &["planted-subject-x".to_owned()],
                directories: &[directory.path().to_owned()],
            },
            &|bytes| bytes.to_vec(),
        )
        .unwrap();
    assert!(receipt.is_complete);
    let body: Value = serde_json::from_slice(&receipt.json).unwrap();
    let group = &body["groups"][0];
    assert_eq!(group["offline"]["rowsRemoved"], 1);
    assert_eq!(group["residue"]["offlineFilesSearched"], 1);
    let left = walk(directory.path());
    assert_eq!(left.len(), 1);
    assert_ne!(left[0], *file, "names are never used again");
}
