use std::fs;

use rempart_trail::read::ReadError;
use rempart_trail::source::{DiscoverOptions, Discovery, Input, discover};

use super::support::{Everything, gzip, trail};

fn found(path: &std::path::Path) -> Discovery {
    discover(&[Input::Path(path.to_owned())], &DiscoverOptions::default())
}

fn names(discovery: &Discovery, below: &std::path::Path) -> Vec<String> {
    let prefix = format!("{}/", below.to_string_lossy());
    let names = discovery.sources.iter().map(|source| source.name.clone());
    names
        .map(|name| name.trim_start_matches(&prefix).to_owned())
        .collect()
}

#[test]
fn inputs_read() {
    assert_eq!(Input::parse("-"), Input::Stdin);
    assert_eq!(Input::parse("a/b"), Input::Path("a/b".into()));
    let s3 = |bucket: &str, prefix: &str| Input::S3 {
        bucket: bucket.into(),
        prefix: prefix.into(),
    };
    assert_eq!(Input::parse("s3://b/p/q"), s3("b", "p/q"));
    assert_eq!(Input::parse("s3://b"), s3("b", ""));
}

#[test]
fn directories_are_read_to_the_bottom_in_a_fixed_order() {
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path();
    for name in ["b", "a/z", "a.json", "a/.hidden", "with space", "é"] {
        let path = root.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, gzip(trail(&["A"]).as_bytes())).unwrap();
    }
    let discovery = found(root);
    assert_eq!(
        names(&discovery, root),
        ["a.json", "a/.hidden", "a/z", "b", "with space", "é"]
    );
    assert_eq!(discovery.problems, []);
    for source in &discovery.sources {
        assert_eq!(Everything::of_source(source).names(), ["A"]);
        assert!(source.size.is_some());
    }
}

#[test]
fn what_is_not_there_is_a_problem() {
    let discovery = found("/does/not/exist".as_ref());
    assert!(discovery.sources.is_empty());
    assert_eq!(discovery.problems[0].name, "/does/not/exist");
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("x");
    fs::write(&path, "").unwrap();
    let source = found(directory.path()).sources.remove(0);
    fs::remove_file(path).unwrap();
    let all = Everything::of_source(&source);
    assert!(matches!(all.problems()[..], [ReadError::Io(_)]));
    assert!(!all.report.complete);
}

#[cfg(unix)]
#[test]
fn links_are_followed_and_loops_reported() {
    use std::os::unix::fs::symlink;
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path().join("root");
    fs::create_dir_all(root.join("in")).unwrap();
    fs::write(root.join("in/file"), trail(&["A"])).unwrap();
    symlink(&root, root.join("in/up")).unwrap();
    symlink("self", root.join("self")).unwrap();
    symlink("nowhere", root.join("dangling")).unwrap();
    symlink("in/file", root.join("link")).unwrap();
    let discovery = found(&root);
    assert_eq!(names(&discovery, &root), ["in/file", "link"]);
    let problems = discovery
        .problems
        .iter()
        .map(|problem| problem.name.rsplit('/').next().unwrap());
    assert_eq!(problems.collect::<Vec<_>>(), ["dangling", "up", "self"]);
}

#[cfg(unix)]
#[test]
fn names_that_are_not_utf8_can_be_shown_and_read() {
    use std::os::unix::ffi::OsStrExt;
    let directory = tempfile::tempdir().unwrap();
    let name = std::ffi::OsStr::from_bytes(b"x\xff.json");
    if fs::write(directory.path().join(name), trail(&["A"])).is_err() {
        eprintln!("skipped: this file system refuses names that are not UTF-8");
        return;
    }
    let discovery = found(directory.path());
    assert_eq!(names(&discovery, directory.path()), ["x\u{fffd}.json"]);
    assert_eq!(Everything::of_source(&discovery.sources[0]).names(), ["A"]);
}

#[cfg(unix)]
#[test]
fn what_may_not_be_read_is_reported() {
    use std::os::unix::fs::PermissionsExt;
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("closed");
    fs::write(&path, trail(&["A"])).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o0)).unwrap();
    if fs::read(&path).is_ok() {
        eprintln!("skipped: the superuser reads everything");
        return;
    }
    let all = Everything::of_source(&found(directory.path()).sources[0]);
    assert!(matches!(all.problems()[..], [ReadError::Io(_)]));
}

#[cfg(unix)]
#[test]
fn sockets_in_directories_are_reported() {
    let directory = tempfile::tempdir().unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(directory.path().join("socket")).unwrap();
    let discovery = found(directory.path());
    assert!(discovery.sources.is_empty());
    assert_eq!(discovery.problems.len(), 1);
}
