//! Text that attacks whoever reads the report.

use std::sync::Arc;

use rempart_findings::compliance::{
    Address, CheckEvidence, CheckProblem, CheckResult, CheckSummary, ComplianceFormat,
    ComplianceOptions, ControlRef, Excerpt, Mute, MuteEntry, Reason, Remediation, Resource,
    Verdict,
};
use rempart_findings::{Severity, unescape_visible};
use serde_json::{Value, json};

use super::sample::{result, results, summary, written, written_with};

pub(crate) const HOSTILE: [&str; 18] = [
    "\u{1b}[2J\u{1b}[31mcleared",
    "\u{1b}]0;title\u{7}\u{1b}]8;;https://evil.example\u{1b}\\link\u{1b}]8;;\u{1b}\\",
    "\u{9b}31m\u{90}c1\u{9c}",
    "<script>alert(1)</script>",
    "</script></style></title></details></table><svg onload=alert(1)>",
    "\"><img src=x onerror=alert(1)>",
    "' onmouseover='alert(1)",
    "javascript:alert(1)",
    "=cmd|' /C calc'!A0",
    "  @SUM(1+1)*cmd|' /C calc'!A0",
    "＝1+1",
    "\u{202e}txt.exe\u{2066}\u{200b}",
    "nul\0byte\r\nsecond line\ttab",
    "\\ud800 lone \\udfff",
    "{0} {{x}} [text](https://evil.example) %s %n",
    "a,b;\"c\"\n\"d\"",
    "&lt;b&gt; &amp; &#x3c; ]]> <![CDATA[ <!-- -->",
    "\u{fffe}\u{ffff}\u{fdd0}\u{1fffe}",
];

/// A result that says `text` wherever an account or a control can put text.
pub(crate) fn filled(text: &str, verdict: Verdict) -> CheckResult {
    let one = || text.to_owned();
    let control = ControlRef {
        id: one(),
        title: one(),
        severity: Severity::High,
        area: one(),
        why: one(),
        message: one(),
        remediation: Remediation {
            text: one(),
            cli: Some(one()),
            terraform: Some(one()),
            immutable: true,
        },
        requirements: vec![one()],
        mappings: [(one(), vec![one(), format!("{text}2")])].into(),
        resource_kind: one(),
    };
    CheckResult {
        id: one(),
        control: Arc::new(control),
        verdict,
        reason: Some(Reason {
            code: one(),
            detail: one(),
            permission: Some(one()),
        }),
        resource: Resource {
            kind: one(),
            id: one(),
            arn: Some(format!("arn:{text}")),
            account: one(),
            region: one(),
            address: Some(Address {
                source: one(),
                line: Some(u64::MAX),
                name: Some(one()),
            }),
        }
        .into(),
        message: one(),
        excerpt: vec![Excerpt {
            path: one(),
            value: json!({ one(): [one()] }),
        }],
        evidence: vec![
            CheckEvidence {
                source: one(),
                line: u64::MAX,
                operation: one(),
                sha256: one(),
                at: Some(one()),
            }
            .into(),
        ],
        mute: Some(Mute {
            owner: one(),
            reason: one(),
            expires: Some(one()),
        }),
    }
}

/// A summary that says `text` wherever it can.
pub(crate) fn filled_summary(text: &str, results: &[CheckResult]) -> CheckSummary {
    let mut summary = summary(results);
    let one = || text.to_owned();
    let entry = MuteEntry {
        place: one(),
        control: one(),
        account: one(),
        resource: one(),
        owner: one(),
        reason: one(),
        expires: Some(one()),
    };
    summary.header.tool_version = one();
    summary.header.snapshot = one();
    summary.header.profile = Some(one());
    summary.header.generated_at = Some(one());
    summary.accounts = vec![one()];
    summary.regions = vec![one()];
    summary.not_evaluated = [(one(), 1)].into();
    summary.register_requirement(text, text);
    summary.problems = vec![CheckProblem {
        source: one(),
        line: Some(1),
        reason: one(),
    }];
    summary.expired_mutes = vec![entry.clone()];
    summary.unmatched_mutes = vec![entry];
    summary
}

pub(crate) fn hostile_output(format: ComplianceFormat, text: &str) -> String {
    let results: Vec<CheckResult> = Verdict::ALL
        .into_iter()
        .map(|verdict| filled(text, verdict))
        .collect();
    let summary = filled_summary(text, &results);
    written_with(format, &results, &summary, ComplianceOptions::default())
}

pub(crate) fn assert_no_controls(output: &str, format: ComplianceFormat) {
    // The style sheet and the script are ours.
    for character in output.chars() {
        let layout = character == '\n' || (format == ComplianceFormat::Csv && character == '\r');
        let hidden = character.is_control()
            || matches!(character, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}');
        assert!(
            layout || !hidden,
            "{format} holds {}",
            character.escape_unicode()
        );
    }
}

/// Names of tags and numbers of quotes, sorted, for comparison.
fn markup(page: &str) -> Vec<String> {
    let mut tags: Vec<String> = page
        .split('<')
        .skip(1)
        .map(|piece| {
            let tag = piece.split('>').next().unwrap();
            let quotes = tag.matches('"').count();
            format!("{} {quotes}", tag.split([' ', '\n']).next().unwrap())
        })
        .collect();
    tags.sort_unstable();
    tags
}

#[test]
fn no_format_passes_on_control_characters() {
    for text in HOSTILE {
        for format in ComplianceFormat::ALL {
            assert_no_controls(&hostile_output(format, text), format);
        }
    }
}

#[test]
fn markup_does_not_depend_on_the_text() {
    let harmless = markup(&hostile_output(ComplianceFormat::Html, "plain"));
    for text in HOSTILE {
        let page = hostile_output(ComplianceFormat::Html, text);
        // Areas and permissions are sorted by their text, so their rows may change places.
        assert_eq!(markup(&page), harmless, "{text:?}");
        assert_eq!(page.matches("<script").count(), 1);
        assert!(!page.contains("<img"));
        super::xml::balanced(&page);
        super::xml::read(&hostile_output(ComplianceFormat::Junit, text));
    }
}

#[test]
fn json_formats_read_back() {
    for text in HOSTILE {
        for format in [ComplianceFormat::JsonLines, ComplianceFormat::Ocsf] {
            let output = hostile_output(format, text);
            assert_eq!(
                output.lines().count(),
                Verdict::ALL.len(),
                "{format} {text:?}"
            );
            for line in output.lines() {
                let value: Value = serde_json::from_str(line).unwrap();
                let pointer = if format == ComplianceFormat::Ocsf {
                    "/unmapped/permission"
                } else {
                    "/permission"
                };
                assert_eq!(value.pointer(pointer).unwrap(), text);
            }
        }
        let log: Value =
            serde_json::from_str(&hostile_output(ComplianceFormat::Sarif, text)).unwrap();
        let first = &log["runs"][0]["results"][0];
        assert_eq!(first["properties"]["resource"]["id"], text);
        let uri = &first["locations"][0]["physicalLocation"]["artifactLocation"]["uri"];
        let uri = uri.as_str().unwrap();
        assert!(
            uri.bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-._~/%:+".contains(&byte)),
            "{uri}"
        );
        let request: Value =
            serde_json::from_str(&hostile_output(ComplianceFormat::Asff, text)).unwrap();
        assert_eq!(request["Findings"].as_array().unwrap().len(), 4);
    }
}

#[test]
fn csv_reads_back_and_runs_nothing() {
    for text in HOSTILE {
        let output = hostile_output(ComplianceFormat::Csv, text);
        let mut reader = csv::ReaderBuilder::new().from_reader(output.as_bytes());
        let header = reader.headers().unwrap().clone();
        let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
        assert_eq!(rows.len(), Verdict::ALL.len());
        for row in &rows {
            for name in ["resource_id", "message", "permission", "control_title"] {
                let column = header.iter().position(|known| known == name).unwrap();
                let cell = row[column].strip_prefix('\'').unwrap_or(&row[column]);
                assert_eq!(unescape_visible(cell).unwrap(), text);
            }
            for cell in row {
                let first = cell.trim_start().chars().next();
                assert!(
                    !matches!(
                        first,
                        Some('=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠' | '\t' | '\r')
                    ),
                    "{cell:?}"
                );
            }
        }
    }
}

#[test]
fn very_long_text_stays_short_where_people_read() {
    let long = "x".repeat(200_000);
    let table = hostile_output(ComplianceFormat::Table, &long);
    assert!(table.len() < 60_000, "{}", table.len());
    assert!(table.lines().all(|line| line.chars().count() <= 100));
    let page = hostile_output(ComplianceFormat::Html, &long);
    assert!(page.len() < 300_000, "{}", page.len());
    let junit = hostile_output(ComplianceFormat::Junit, &long);
    assert!(junit.len() < 60_000, "{}", junit.len());
    // Programs get it whole.
    let lines = hostile_output(ComplianceFormat::JsonLines, &long);
    let first: Value = serde_json::from_str(lines.lines().next().unwrap()).unwrap();
    assert_eq!(first["permission"].as_str().unwrap().len(), long.len());
}

#[test]
fn pages_stay_bounded_and_say_so() {
    let control = super::sample::internet();
    let many: Vec<CheckResult> = (0..12_355)
        .map(|number| result(&control, Verdict::Fail, &format!("nb-{number}")))
        .collect();
    let table = written(ComplianceFormat::Table, &many);
    assert!(table.contains("… and 12,345 more"), "{table}");
    assert!(table.lines().count() < 100);
    let page = written(ComplianceFormat::Html, &many);
    assert_eq!(page.matches("<tr data-account").count(), 200);
    assert!(page.contains("… and 12,155 more, in the JSON Lines output"));
    assert!(page.contains("Counted but not shown one by one on this page: 12,155 FAIL."));
    assert!(page.contains("<b>12,355</b><span>FAIL high</span>"));
}

#[test]
fn rows_of_little_weight_make_way() {
    // 150 controls whose rows take 200 × 3 kB each are more than a page may hold.
    let long = "x".repeat(400);
    let mut many = Vec::new();
    for number in 0..150 {
        let severity = if number < 149 {
            Severity::Low
        } else {
            Severity::Critical
        };
        let control = super::sample::control(&format!("C-{number:03}"), "one", severity, "jobs");
        for index in 0..200 {
            let mut one = result(&control, Verdict::Fail, &format!("{long}{index}"));
            one.message = long.clone();
            one.excerpt = vec![one.excerpt[0].clone(); 8];
            one.excerpt[0].path = long.clone();
            many.push(one);
        }
    }
    let page = written(ComplianceFormat::Html, &many);
    assert!(page.len() < 14 * 1024 * 1024, "{}", page.len());
    let rows = page.matches("<tr data-account").count();
    assert!(rows > 1_000 && rows < many.len(), "{rows}");
    // The critical ones came last and are all there.
    let (critical, _) = page.split_once("data-severity=\"low\"").unwrap();
    assert_eq!(critical.matches("<tr data-account").count(), 200);
    let left_out = rempart_findings_grouped(many.len() - rows);
    assert!(page.contains(&format!("on this page: {left_out} FAIL.")));
}

fn rempart_findings_grouped(number: usize) -> String {
    let digits = number.to_string();
    let (thousands, rest) = digits.split_at(digits.len() - 3);
    format!("{thousands},{rest}")
}

#[test]
fn the_table_keeps_its_width() {
    let results = results();
    let summary = summary(&results);
    for width in 40..130 {
        let options = ComplianceOptions {
            width,
            verbose: width % 2 == 0,
            ..ComplianceOptions::default()
        };
        let table = written_with(ComplianceFormat::Table, &results, &summary, options);
        for line in table.lines() {
            assert!(line.chars().count() <= width, "{width}: {line}");
        }
    }
}

#[test]
fn colours_only_when_asked() {
    let summary = summary(&results());
    let options = ComplianceOptions {
        color: true,
        ..ComplianceOptions::default()
    };
    let coloured = written_with(ComplianceFormat::Table, &results(), &summary, options);
    assert!(coloured.contains('\u{1b}'));
    let plain = written(ComplianceFormat::Table, &results());
    assert!(!plain.contains('\u{1b}'));
    let mut stripped = String::new();
    let mut rest = coloured.as_str();
    while let Some((before, after)) = rest.split_once('\u{1b}') {
        stripped.push_str(before);
        rest = after.split_once('m').unwrap().1;
    }
    stripped.push_str(rest);
    let trimmed = |text: &str| {
        text.lines()
            .map(str::trim_end)
            .collect::<Vec<_>>()
            .join("\n")
    };
    assert_eq!(trimmed(&stripped), trimmed(&plain));
}
