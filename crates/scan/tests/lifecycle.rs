//! Problems of lifecycle scripts against their corpus.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers of tests"
)]

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;

use rempart_scan::script::{Outcome, ScriptReport, problems, problems_base64};
use serde_json::Value;

const CORPUS: &str = include_str!("corpus/lifecycle.jsonl");

#[path = "support/base64.rs"]
mod base64;
use base64::base64;

/// Joins the pieces of a script, some of which are encoded.
fn joined(pieces: &Value) -> Vec<u8> {
    let mut script = Vec::new();
    for piece in pieces.as_array().unwrap() {
        match piece {
            Value::String(piece) => script.extend_from_slice(piece.as_bytes()),
            piece if piece.get("base64").is_some() => {
                script.extend(base64(&joined(&piece["base64"])).into_bytes());
            }
            piece if piece.get("gzip").is_some() => {
                let level = flate2::Compression::default();
                let mut packer = flate2::write::GzEncoder::new(Vec::new(), level);
                packer.write_all(&joined(&piece["gzip"])).unwrap();
                script.extend(base64(&packer.finish().unwrap()).into_bytes());
            }
            piece => {
                let bytes = piece["raw"].as_array().unwrap().iter();
                script.extend(bytes.map(|byte| u8::try_from(byte.as_u64().unwrap()).unwrap()));
            }
        }
    }
    script
}

struct Case {
    name: String,
    script: Vec<u8>,
    allowed: Vec<String>,
    problems: Vec<(String, String, Option<u32>)>,
    outcome: String,
}

fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for line in CORPUS.lines() {
        let case: Value = serde_json::from_str(line).unwrap();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let script = match case.get("file") {
            Some(file) => {
                let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus");
                std::fs::read(directory.join(text(file))).unwrap()
            }
            None => joined(&case["script"]),
        };
        let problems = case["problems"].as_array().unwrap().iter();
        cases.push(Case {
            name: text(&case["name"]),
            script,
            allowed: case["allowed"]
                .as_array()
                .unwrap()
                .iter()
                .map(text)
                .collect(),
            problems: problems
                .map(|found| {
                    let line = found[2].as_u64().map(|line| u32::try_from(line).unwrap());
                    (text(&found[0]), text(&found[1]), line)
                })
                .collect(),
            outcome: text(&case["outcome"]),
        });
    }
    cases
}

fn outcome(report: &ScriptReport) -> &'static str {
    match report.outcome {
        Outcome::Read => "read",
        Outcome::Incomplete(_) => "incomplete",
        Outcome::Undecodable(_) => "undecodable",
    }
}

/// Kinds that the corpus lists completely; of the others a script may show
/// several signs of the same act, of which it lists one.
const COMPLETE: [&str; 4] = [
    "secret",
    "package-source",
    "persistence",
    "download-and-run",
];

#[test]
fn corpus() {
    let cases = cases();
    let mut wrong = String::new();
    let mut benign = 0;
    for case in &cases {
        let report = problems(&case.script, &case.allowed);
        let is_benign = case.problems.is_empty() && case.outcome == "read";
        benign += usize::from(is_benign);
        assert_eq!(
            report.is_clean(),
            report.problems.is_empty() && outcome(&report) == "read"
        );
        let found: Vec<(String, String, Option<u32>)> = report
            .problems
            .iter()
            .map(|found| (found.kind.to_owned(), found.name.to_owned(), found.line))
            .collect();
        let missing = case.problems.iter().any(|wanted| !found.contains(wanted));
        let surplus = found.iter().any(|found| {
            let complete = is_benign || COMPLETE.contains(&found.0.as_str());
            complete
                && !case
                    .problems
                    .iter()
                    .any(|wanted| wanted.0 == found.0 && wanted.2 == found.2)
        });
        if missing || surplus || outcome(&report) != case.outcome {
            let _ = writeln!(
                wrong,
                "{}: wanted {:?} {}\n{report:#?}",
                case.name, case.problems, case.outcome
            );
        }
    }
    assert!(cases.len() >= 40 && benign >= 15);
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn base64_says_the_same() {
    for case in cases() {
        let plain = problems(&case.script, &case.allowed);
        let field = base64(&case.script);
        assert_eq!(
            problems_base64(&field, &case.allowed),
            plain,
            "{}",
            case.name
        );
    }
    let broken = problems_base64("not base64!", &[]);
    assert_eq!(outcome(&broken), "undecodable");
    assert!(!broken.is_clean());
}

#[test]
fn line_ends_do_not_matter() {
    for case in cases() {
        let Ok(text) = std::str::from_utf8(&case.script) else {
            continue;
        };
        let places = |report: ScriptReport| -> Vec<(Option<u32>, &'static str, &'static str)> {
            let found = report.problems.iter();
            found
                .map(|found| (found.line, found.kind, found.name))
                .collect()
        };
        let unix = places(problems(text.as_bytes(), &case.allowed));
        let windows = text.replace('\n', "\r\n");
        assert_eq!(
            places(problems(windows.as_bytes(), &case.allowed)),
            unix,
            "{}",
            case.name
        );
    }
}

#[test]
fn excerpts_hold_no_secret() {
    for case in cases() {
        let report = problems(&case.script, &case.allowed);
        for found in &report.problems {
            assert!(found.excerpt.chars().count() <= 160);
            assert!(found.excerpt.chars().all(|letter| !letter.is_control()));
        }
        assert!(
            !format!("{report:?}").contains("Zk39dka0q"),
            "{}: {report:?}",
            case.name
        );
    }
}

/// Each piece makes a pattern look ahead again and again.
#[test]
fn hostile_scripts_end_soon() {
    for piece in [
        "pip install a ",
        "pip install --index-url ",
        "conda install -c a ",
        "npm install git+https://",
        "* * * * * ",
        "deb [a] https://",
        "ExecStart=a ",
        "crontab - ",
        "curl https://a.example | bash\n",
        "pip install -i https://a.example/ x\n",
    ] {
        let script = piece.repeat((1 << 20) / piece.len());
        let started = std::time::Instant::now();
        let report = problems(script.as_bytes(), &[]);
        let taken = started.elapsed();
        println!("{piece:?}: {taken:?} {:?}", report.outcome);
        assert!(taken.as_secs() < 20, "{piece:?} took {taken:?}");
    }
}
