//! Texts that try to become more than text, in every place of a case.

use rempart_case::Case;
use rempart_locale::Language;
use rempart_report::{ReachTable, exports, html, markdown};
use serde_json::Value;

use crate::fixture::{self, filled, free_texts, payloads};
use crate::skeleton::{shape, tags};

fn poisoned(choose: impl Fn(usize) -> String) -> (Case, ReachTable) {
    let (value, reach) = (fixture::value(), fixture::reach_value());
    let case = filled(&value, &places(), &choose);
    let reach = filled(&reach, &free_texts::<ReachTable>(&reach), &choose);
    (
        serde_json::from_value(case).unwrap(),
        serde_json::from_value(reach).unwrap(),
    )
}

/// Found once: it reads the case for each of its texts.
fn places() -> Vec<String> {
    static PLACES: std::sync::OnceLock<Vec<String>> = std::sync::OnceLock::new();
    let places = PLACES.get_or_init(|| free_texts::<Case>(&fixture::value()));
    assert!(places.len() > 800, "{}", places.len());
    // Ids hold the parts of a case together; without them half of the page would not be written.
    // Their turn comes in a test of its own.
    let is_id = |place: &String| {
        place.ends_with("/id") && !place.starts_with("/evidence")
            || place.contains("/evidence/") && !place.starts_with("/evidence")
            || place.ends_with("/session")
            || place.contains("/coverage/") && place.starts_with("/answers")
            || place.contains("/weakened_by/")
            || place.ends_with("/first")
            || place.ends_with("/last")
            || place.ends_with("/time")
    };
    places
        .iter()
        .filter(|place| !is_id(place))
        .cloned()
        .collect()
}

#[test]
fn the_shape_of_the_page_does_not_follow_from_texts() {
    let (case, reach) = poisoned(|_| "x".to_owned());
    let expected = shape(&html(&case, Some(&reach), Language::English));
    assert!(expected.len() > 2_000, "{}", expected.len());
    let payloads = payloads();
    assert!(payloads.len() >= 60);
    for payload in payloads {
        let (case, reach) = poisoned(|_| payload.clone());
        let page = html(&case, Some(&reach), Language::English);
        assert_eq!(shape(&page).join("\n"), expected.join("\n"), "{payload:?}");
        for tag in tags(&page) {
            for (name, value) in tag.attributes {
                let open = name == "href" && !value.starts_with('#') && value != "data:,";
                assert!(!open, "{payload:?}: {value}");
            }
        }
    }
}

#[test]
fn ids_and_times_are_texts_as_well() {
    let value = fixture::value();
    let all = free_texts::<Case>(&value);
    for payload in payloads() {
        let case = filled(&value, &all, |place| format!("{payload}{}", place % 7));
        let case: Case = serde_json::from_value(case).unwrap();
        let page = html(&case, None, Language::French);
        for tag in tags(&page) {
            let known = [
                "script", "style", "meta", "link", "iframe", "object", "form", "img", "base",
            ];
            let attributes: Vec<_> = tag
                .attributes
                .iter()
                .map(|(name, _)| name.as_str())
                .collect();
            if known.contains(&tag.name.as_str()) {
                let ours = matches!(
                    attributes.as_slice(),
                    [] | ["type", "id"]
                        | ["id"]
                        | ["charset"]
                        | ["http-equiv", "content"]
                        | ["name", "content"]
                        | ["rel", "href"]
                        | ["class", "hidden", "data-filter", "role", "aria-label"]
                );
                assert!(ours, "{payload:?}: {tag:?}");
            }
        }
        assert!(!markdown(&case, None, Language::French).is_empty());
    }
}

#[test]
fn the_data_of_the_charts_is_json_whatever_the_texts() {
    for payload in payloads() {
        let (case, reach) = poisoned(|_| payload.clone());
        let page = html(&case, Some(&reach), Language::English);
        let (_, rest) = page.split_once("id=\"data\">").unwrap();
        let (data, _) = rest.split_once("</script>").unwrap();
        assert!(!data.contains(['<', '>', '&', '\u{2028}', '\u{2029}']));
        let data: Value = serde_json::from_str(data).unwrap();
        assert!(!data["timeline"]["items"].as_array().unwrap().is_empty());
    }
}

#[test]
fn markdown_holds_no_markup_of_texts() {
    for payload in payloads() {
        let (case, reach) = poisoned(|_| payload.clone());
        let text = markdown(&case, Some(&reach), Language::English);
        let ours = text.replace("<a id=\"e", "").replace("\"></a>E", "");
        assert!(!ours.contains('<'), "{payload:?}");
        // Links are ours: to evidence of this document.
        for (place, _) in text.match_indices("](") {
            let escaped = text[..place].ends_with('\\');
            assert!(escaped || text[place..].starts_with("](#e"), "{payload:?}");
        }
        assert!(!text.replace("\\://", "").contains("://"), "{payload:?}");
        // A table keeps its columns.
        for line in text.lines().filter(|line| line.starts_with("| ")) {
            let bars = line.replace("\\|", "").matches('|').count();
            assert!(
                [3, 5, 6, 7, 8, 9, 10, 13].contains(&bars),
                "{payload:?}: {line}"
            );
        }
    }
}

#[test]
fn exports_hold_no_formula_and_no_control_code() {
    for payload in payloads() {
        let (case, _) = poisoned(|_| payload.clone());
        for csv in [
            exports::timesketch_csv(&case, Language::English),
            exports::iris_csv(&case, Language::English),
        ] {
            let mut reader = csv::Reader::from_reader(csv.as_bytes());
            for row in reader.records() {
                for cell in row.unwrap().iter().filter(|cell| *cell != "+00:00") {
                    let first = cell.trim_start().chars().next();
                    assert!(
                        !first.is_some_and(|sign| "=+-@|%＝＋－＠".contains(sign)),
                        "{cell}"
                    );
                    assert!(!cell.contains(char::is_control), "{cell:?}");
                }
            }
        }
        for lines in [
            exports::timesketch_jsonl(&case, Language::English),
            exports::ocsf(&case, Language::English),
        ] {
            for line in lines.lines() {
                serde_json::from_str::<Value>(line).unwrap();
                assert!(!line.contains(['\u{202e}', '\u{1b}', '\u{2028}']), "{line}");
            }
        }
        serde_json::from_str::<Value>(&exports::stix(&case, Language::English)).unwrap();
    }
}
