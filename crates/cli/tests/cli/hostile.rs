//! Text that somebody else wrote into the logs never reaches a reader raw.

use serde_json::json;

use super::support::{Run, log_of, record, run};

const ESCAPE: &str = "\u{1b}]0;owned\u{7}\u{1b}[2J";
const MARKUP: &str = "<script>alert(1)</script>";
const FORMULA: &str = "=cmd|' /C calc'!A0";
const BIDI: &str = "\u{202e}gpj.exe\u{2066}";

fn hunted(format: &str) -> Run {
    let all = [ESCAPE, MARKUP, FORMULA, BIDI].concat();
    let records: Vec<_> = [ESCAPE, MARKUP, FORMULA, BIDI, &all]
        .iter()
        .enumerate()
        .map(|(number, text)| {
            record(json!({
                "eventID": format!("{text}{number}"),
                "userAgent": text,
                "sourceIPAddress": text,
                "awsRegion": text,
                "recipientAccountId": text,
                "requestParameters": { "name": text },
                "userIdentity": { "type": "IAMUser", "arn": text, "userName": text },
            }))
        })
        .collect();
    let (_folder, path) = log_of(&records);
    // The pack's explanations quote the request.
    let run = run(&[
        "hunt",
        &path,
        "--format",
        format,
        "--rules",
        "sigma",
        "--verbose",
    ]);
    assert_eq!(run.code, 1, "{}", run.err);
    assert!(run.out.contains("AWS Trail Stopped"));
    run
}

fn is_harmless(text: &str) {
    for character in text.chars() {
        let is_control = character.is_control() && !matches!(character, '\n' | '\r');
        let is_direction = matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        assert!(!is_control && !is_direction, "{character:?} in {text}");
    }
}

#[test]
fn terminals_get_no_control_characters() {
    for format in ["table", "jsonl", "csv", "ocsf", "sarif", "html"] {
        let run = hunted(format);
        is_harmless(&run.err);
        is_harmless(&run.out);
    }
}

#[test]
fn pages_get_no_markup() {
    let page = hunted("html").out;
    assert!(!page.to_lowercase().contains("<script"));
    assert!(page.contains("&lt;script&gt;"));
}

#[test]
fn spreadsheets_get_no_formulas() {
    let csv = hunted("csv").out;
    assert!(csv.contains("cmd|"));
    for cell in csv.split(['\n', ',']) {
        let cell = cell.trim_start_matches('"');
        assert!(!cell.starts_with(['=', '+', '@', '\t']), "{cell}");
    }
}

#[test]
fn json_keeps_the_text_exactly() {
    let run = hunted("jsonl");
    let lines = run.lines();
    for text in [ESCAPE, MARKUP, FORMULA, BIDI] {
        assert!(
            lines.iter().any(|finding| finding["principal"] == text),
            "{text:?} in {lines:#?}"
        );
    }
}

#[test]
fn names_of_files_are_made_visible() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(format!("{ESCAPE}.json"));
    std::fs::write(path, "{\"Records\":[{\"eventVersion\": tru").unwrap();
    let run = run(&["hunt", folder.path().to_str().unwrap()]);
    assert_eq!(run.code, 2);
    is_harmless(&run.err);
    assert!(run.err.contains("owned"), "{}", run.err);
}
