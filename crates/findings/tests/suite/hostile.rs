//! Text that attacks whoever reads the report.

use rempart_findings::{Finding, Format, Technique, WriteOptions, unescape_visible};
use serde_json::Value;

use super::sample::{logging_stopped, written, written_with};

const HOSTILE: [&str; 17] = [
    "\u{1b}[2J\u{1b}[31mcleared",
    "\u{1b}]0;title\u{7}\u{1b}]8;;https://evil.example\u{1b}\\link\u{1b}]8;;\u{1b}\\",
    "\u{9b}31m\u{90}c1\u{9c}",
    "<script>alert(1)</script>",
    "</script></style></title><svg onload=alert(1)>",
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
    "&lt;b&gt; &amp; &#x3c;",
];

/// A finding that says `text` wherever a log or a rule can put text.
pub(crate) fn filled(text: &str) -> Finding {
    let mut finding = logging_stopped();
    let one = || vec![text.to_owned()];
    finding.id = text.to_owned();
    finding.rule.id = text.to_owned();
    finding.rule.title = text.to_owned();
    finding.rule.author = text.to_owned();
    finding.rule.license = text.to_owned();
    finding.rule.reference = Some(text.to_owned());
    finding.rule.references = vec![text.to_owned(), format!("https://{text}")];
    finding.rule.false_positives = one();
    finding.techniques = vec![Technique {
        id: text.to_owned(),
        name: Some(text.to_owned()),
        framework: rempart_findings::Framework::Attack,
    }];
    finding.principal = text.to_owned();
    finding.principals = vec![text.to_owned(), format!("{text}2")];
    finding.source_ips = one();
    finding.user_agents = one();
    finding.accounts = one();
    finding.regions = one();
    finding.resources = vec![text.to_owned(), format!("arn:aws:s3:::{text}")];
    finding.first_time = Some(text.to_owned());
    finding.last_time = Some(text.to_owned());
    finding.event_ids = one();
    for evidence in &mut finding.evidence {
        evidence.source = text.to_owned();
        evidence.sha256 = text.to_owned();
        evidence.event_id = Some(text.to_owned());
        evidence.time = Some(text.to_owned());
        evidence.event_name = Some(text.to_owned());
        evidence.event_source = Some(text.to_owned());
    }
    finding.explanation = text.to_owned();
    finding.next_steps = one();
    finding.notes = one();
    finding.guardrails = one();
    finding
}

/// The markup of a page over harmless text, to compare with that over hostile text.
fn markup(page: &str) -> Vec<String> {
    page.split('<')
        .skip(1)
        .map(|piece| {
            let tag = piece.split('>').next().unwrap();
            // Attributes may hold links of rules; their names may not change.
            let quotes = tag.matches('"').count();
            format!("{} {quotes}", tag.split([' ', '\n']).next().unwrap())
        })
        .collect()
}

pub(crate) fn assert_no_controls(output: &str, format: Format) {
    for character in output.chars() {
        let layout = matches!(character, '\n') || (format == Format::Csv && character == '\r');
        let hidden = character.is_control()
            || matches!(character, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}');
        assert!(
            layout || !hidden,
            "{format} holds {}",
            character.escape_unicode()
        );
    }
}

#[test]
fn no_format_passes_on_control_characters() {
    for text in HOSTILE {
        for format in Format::ALL {
            let output = written(format, &[filled(text)]);
            assert_no_controls(&output, format);
        }
    }
}

#[test]
fn html_markup_does_not_depend_on_log_text() {
    let harmless = markup(&written(Format::Html, &[filled("plain")]));
    for text in HOSTILE {
        let page = written(Format::Html, &[filled(text)]);
        let mut found = markup(&page);
        let mut expected = harmless.clone();
        // A text that makes no web address loses its link, and nothing else.
        found.retain(|tag| !tag.starts_with('a') && !tag.starts_with("/a"));
        expected.retain(|tag| !tag.starts_with('a') && !tag.starts_with("/a"));
        assert_eq!(found, expected, "{text:?}");
        assert!(!page.contains("<script"));
        assert!(!page.contains("<img"));
        assert!(!page.contains("href=\"javascript"));
    }
}

#[test]
fn json_formats_read_back() {
    for text in HOSTILE {
        let finding = filled(text);
        for format in [Format::JsonLines, Format::Ocsf] {
            let output = written(format, std::slice::from_ref(&finding));
            assert_eq!(output.lines().count(), 1, "{format} {text:?}");
            let value: Value = serde_json::from_str(&output).unwrap();
            let explanation = if format == Format::Ocsf {
                &value["message"]
            } else {
                &value["explanation"]
            };
            assert_eq!(explanation, text);
        }
        let log: Value = serde_json::from_str(&written(Format::Sarif, &[finding])).unwrap();
        assert_eq!(
            log["runs"][0]["results"][0]["properties"]["principal"],
            text
        );
    }
}

#[test]
fn csv_reads_back_and_runs_nothing() {
    for text in HOSTILE {
        let output = written(Format::Csv, &[filled(text)]);
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .from_reader(output.as_bytes());
        let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
        assert_eq!(rows.len(), 2);
        let column = rows[0]
            .iter()
            .position(|name| name == "explanation")
            .unwrap();
        assert_eq!(uncell(&rows[1][column]), text);
        for cell in &rows[1] {
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

/// Undoes what the CSV writer does to a text cell.
pub(crate) fn uncell(cell: &str) -> String {
    unescape_visible(cell.strip_prefix('\'').unwrap_or(cell)).unwrap()
}

#[test]
fn very_long_text_stays_short_where_people_read() {
    let long = "x".repeat(1_000_000);
    let finding = filled(&long);
    let table = written(Format::Table, std::slice::from_ref(&finding));
    assert!(table.len() < 60_000, "{}", table.len());
    assert!(table.lines().all(|line| line.chars().count() <= 100));
    let verbose = WriteOptions {
        verbose: true,
        ..WriteOptions::default()
    };
    assert!(written_with(Format::Table, std::slice::from_ref(&finding), &verbose).len() < 100_000);
    assert!(written(Format::Html, std::slice::from_ref(&finding)).len() < 200_000);
    // Programs get it whole.
    let value: Value = serde_json::from_str(&written(Format::JsonLines, &[finding])).unwrap();
    assert_eq!(value["principal"].as_str().unwrap().len(), long.len());
}

#[test]
fn a_page_shows_a_bounded_number_of_findings() {
    let mut low = logging_stopped();
    low.severity = rempart_findings::Severity::Low;
    let mut findings = vec![low; 5_001];
    findings.push(logging_stopped());
    let page = written(Format::Html, &findings);
    assert_eq!(page.matches("<article").count(), 5_000);
    assert_eq!(page.matches("<article class=\"finding high\"").count(), 1);
    assert!(page.contains("2 findings of the lowest severities are counted above"));
    assert!(page.contains("<b>5,001</b><span>low</span>"));
    assert!(!page.contains("href=\"#finding-5001\""));
}

#[test]
fn long_lists_stay_short_where_people_read() {
    let mut finding = logging_stopped();
    finding.event_ids = (0..50_000)
        .map(|number| format!("event-{number}"))
        .collect();
    finding.resources = finding.event_ids.clone();
    finding.evidence = vec![finding.evidence[0].clone(); 50_000];
    assert!(written(Format::Table, std::slice::from_ref(&finding)).len() < 10_000);
    assert!(written(Format::Html, &[finding]).len() < 400_000);
}
