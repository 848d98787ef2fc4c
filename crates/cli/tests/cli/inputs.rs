//! Standard input, several paths, folders of everything, a reader that goes away.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::Stdio;

use super::support::{fixtures, hunt, rempart};

fn through_stdin(bytes: &[u8]) -> Vec<serde_json::Value> {
    let mut command = rempart();
    command
        .args([
            "hunt",
            "--no-builtin-rules",
            "--rules",
            "sigma",
            "--format",
            "jsonl",
            "-",
        ])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(bytes).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn standard_input_is_read_plain_and_compressed() {
    let text = std::fs::read(fixtures().join("small.json")).unwrap();
    let gzip = rempart_testkit::delivery::gzip(Path::new("-"), &text, 6).unwrap();
    let plain = through_stdin(&text);
    assert_eq!(plain.len(), 3);
    assert_eq!(plain[0]["evidence"][0]["source"], "-");
    assert_eq!(through_stdin(&gzip), plain);
    // gzip may have several members.
    let (head, tail) = text.split_at(1000);
    let member = |bytes| rempart_testkit::delivery::gzip(Path::new("-"), bytes, 6).unwrap();
    assert_eq!(through_stdin(&[member(head), member(tail)].concat()), plain);
}

#[test]
fn the_same_file_named_twice_adds_nothing() {
    let once = hunt(&["small.json"]);
    assert_eq!(hunt(&["small.json", "small.json"]).out, once.out);
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("copy.json");
    std::fs::copy(fixtures().join("small.json"), &copy).unwrap();
    assert_eq!(hunt(&["small.json", copy.to_str().unwrap()]).out, once.out);
}

#[test]
fn a_folder_with_files_of_other_kinds_is_read_and_they_are_reported() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    std::fs::create_dir(path("deep er")).unwrap();
    std::fs::copy(fixtures().join("small.json"), path("deep er/log.json")).unwrap();
    std::fs::write(path("README.md"), "# Logs").unwrap();
    std::fs::write(path("picture.png"), b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR").unwrap();
    std::fs::write(path("settings.json"), r#"{"colour": "blue"}"#).unwrap();
    std::fs::write(path("empty.json"), "").unwrap();
    std::fs::write(path("none.json"), r#"{"Records": []}"#).unwrap();
    let root = folder.path().to_str().unwrap();
    let found = hunt(&[root]);
    assert_eq!((found.code, found.titles().len()), (1, 3));
    assert!(
        found.err.contains("README.md at byte 0: unknown format"),
        "{}",
        found.err
    );
    assert!(
        found.err.contains("picture.png at byte 0: unknown format"),
        "{}",
        found.err
    );
    // They are no logs, so nothing is missing.
    let clean = hunt(&[root, "--principal", "nobody"]);
    assert_eq!(clean.code, 0, "{}", clean.err);
}

#[test]
fn a_closed_pipe_is_no_error() {
    let incident = fixtures().join("../../../../examples/incident");
    for format in ["table", "jsonl", "csv", "ocsf", "sarif", "html"] {
        let mut command = rempart();
        command
            .args(["hunt", "--format", format, "--no-progress"])
            .arg(&incident)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut first = String::new();
        BufReader::with_capacity(16, child.stdout.take().unwrap())
            .read_line(&mut first)
            .unwrap();
        let mut err = String::new();
        child
            .stderr
            .take()
            .unwrap()
            .read_to_string(&mut err)
            .unwrap();
        let code = child.wait().unwrap().code();
        assert!(!first.is_empty());
        assert!(
            !err.contains("panicked") && !err.contains("error"),
            "{format}: {err}"
        );
        assert!(matches!(code, Some(0 | 1)), "{format}: {code:?}");
    }
}
