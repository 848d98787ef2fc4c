//! Any text in any field.

use proptest::prelude::*;
use rempart_findings::{Finding, Format, WriteOptions};
use serde_json::Value;

use super::hostile::{assert_no_controls, filled, uncell};
use super::sample::{written, written_with};

fn texts() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        // Signs that mean something to some format, more often than chance would have it.
        proptest::collection::vec(
            prop::sample::select(vec![
                '<', '>', '"', '\'', '&', '=', '\\', 'u', '{', '}', '\n', '\r', '\t', '\0',
                '\u{1b}', '\u{9b}', '\u{202e}', '\u{200b}', '\u{301}', ',', ';', '/', ':', '[',
                ']', ' ', 'a', 'é', '日', '🦀', '％',
            ]),
            0..40
        )
        .prop_map(|characters| characters.into_iter().collect()),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_table_stays_clean_and_narrow(text in texts(), width in 40_usize..140) {
        let options = WriteOptions { width, ..WriteOptions::default() };
        let output = written_with(Format::Table, &[filled(&text)], &options);
        assert_no_controls(&output, Format::Table);
        let coloured = WriteOptions { color: true, ..options };
        let output = written_with(Format::Table, &[filled(&text)], &coloured);
        // Colours bring the only escapes, and each is one of ours.
        for after in output.split('\u{1b}').skip(1) {
            let sequence = after.split('m').next().unwrap();
            prop_assert!(sequence.strip_prefix('[').is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_digit() || byte == b';')));
        }
    }

    #[test]
    fn html_holds_no_markup_of_the_log(text in texts()) {
        // Letters in front make every occurrence findable.
        let marked = format!("qzq{text}");
        let page = written(Format::Html, &[filled(&marked)]);
        assert_no_controls(&page, Format::Html);
        let tags = |page: &str| page.matches('<').count();
        let letters: String = marked.chars().filter(char::is_ascii_alphanumeric).collect();
        let without_links = |page: &str| tags(page) - 2 * page.matches("<a href=\"http").count();
        let plain = written(Format::Html, &[filled(&letters)]);
        prop_assert_eq!(without_links(&page), without_links(&plain));
        let quotes = |page: &str| page.matches('"').count() - 4 * page.matches("<a href=\"http").count();
        prop_assert_eq!(quotes(&page), quotes(&plain));
    }

    #[test]
    fn json_reads_back(text in texts()) {
        let finding = filled(&text);
        let line = written(Format::JsonLines, std::slice::from_ref(&finding));
        prop_assert_eq!(line.lines().count(), 1);
        let value: Value = serde_json::from_str(&line).unwrap();
        prop_assert_eq!(&value["principal"], &Value::from(text.as_str()));
        prop_assert_eq!(&value["evidence"][0]["event_name"], &Value::from(text.as_str()));
        prop_assert_eq!(&value["next_steps"][0], &Value::from(text.as_str()));
        let event: Value = serde_json::from_str(&written(Format::Ocsf, std::slice::from_ref(&finding))).unwrap();
        prop_assert_eq!(&event["unmapped"]["rule_author"], &Value::from(text.as_str()));
        let log: Value = serde_json::from_str(&written(Format::Sarif, std::slice::from_ref(&finding))).unwrap();
        let uri = log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].as_str().unwrap().to_owned();
        prop_assert!(uri.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~/%:+".contains(&byte)), "{}", uri);
        let model: Finding = serde_json::from_str(&serde_json::to_string(&finding).unwrap()).unwrap();
        prop_assert_eq!(model, finding);
    }

    #[test]
    fn csv_reads_back(text in texts(), second in texts()) {
        let mut finding = filled(&text);
        finding.regions = vec![text.clone(), second.clone()];
        let output = written(Format::Csv, &[finding]);
        assert_no_controls(&output, Format::Csv);
        let mut reader = csv::ReaderBuilder::new().from_reader(output.as_bytes());
        let header = reader.headers().unwrap().clone();
        let row = reader.records().next().unwrap().unwrap();
        let cell = |name: &str| &row[header.iter().position(|known| known == name).unwrap()];
        for name in ["id", "explanation", "rule_author", "rule_license", "first_time"] {
            prop_assert_eq!(uncell(cell(name)), text.clone());
        }
        let list = cell("region");
        let list = list.strip_prefix('\'').unwrap_or(list);
        let values: Vec<String> = list.split('\n').map(|value| rempart_findings::unescape_visible(value).unwrap()).collect();
        prop_assert_eq!(values, vec![text, second]);
    }
}
