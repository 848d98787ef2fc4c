//! JUnit, read by a small reader that accepts nothing but well-formed XML of the kind we write.

use std::collections::BTreeMap;

use rempart_findings::compliance::{ComplianceFormat, Verdict};

use super::sample::{control, result, results, written};

#[derive(Debug, Default)]
pub(crate) struct Element {
    pub(crate) name: String,
    pub(crate) attributes: BTreeMap<String, String>,
    pub(crate) children: Vec<Element>,
}

/// Tags in a page or a document are closed in order.
pub(crate) fn balanced(markup: &str) {
    let void = ["meta", "br", "input", "!DOCTYPE", "?xml"];
    let mut open: Vec<String> = Vec::new();
    let body = without_script(markup);
    for piece in body.split('<').skip(1) {
        let tag = piece.split('>').next().unwrap();
        if tag.ends_with('/') {
            continue;
        }
        let name = tag.split([' ', '\n']).next().unwrap();
        if let Some(name) = name.strip_prefix('/') {
            assert_eq!(open.pop().as_deref(), Some(name));
        } else if !void.contains(&name) {
            open.push(name.to_owned());
        }
    }
    assert!(open.is_empty(), "{open:?}");
}

fn without_script(page: &str) -> String {
    match page.split_once("<script>") {
        Some((before, rest)) => {
            let (_, after) = rest.split_once("</script>").unwrap();
            format!("{before}{after}")
        }
        None => page.to_owned(),
    }
}

pub(crate) fn read(document: &str) -> Element {
    let body = document
        .strip_prefix("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n")
        .unwrap();
    for character in document.chars() {
        let allowed =
            matches!(character, '\n' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..);
        assert!(allowed, "{}", character.escape_unicode());
    }
    let mut stack = vec![Element::default()];
    let mut rest = body;
    while let Some((text, after)) = rest.split_once('<') {
        decoded(text);
        let (tag, behind) = after.split_once('>').unwrap();
        rest = behind;
        if let Some(name) = tag.strip_prefix('/') {
            let element = stack.pop().unwrap();
            assert_eq!(element.name, name);
            stack.last_mut().unwrap().children.push(element);
            continue;
        }
        let single = tag.ends_with('/');
        let tag = tag.trim_end_matches('/');
        let (name, mut list) = tag.split_once(' ').unwrap_or((tag, ""));
        let mut element = Element {
            name: name.to_owned(),
            ..Element::default()
        };
        while let Some((key, after)) = list.split_once("=\"") {
            let (value, behind) = after.split_once('"').unwrap();
            assert!(key.bytes().all(|byte| byte.is_ascii_lowercase()), "{key:?}");
            let twice = element.attributes.insert(key.to_owned(), decoded(value));
            assert!(twice.is_none());
            list = behind.trim_start();
        }
        assert_eq!(list, "");
        if single {
            stack.last_mut().unwrap().children.push(element);
        } else {
            stack.push(element);
        }
    }
    assert_eq!(rest.trim(), "");
    assert_eq!(stack.len(), 1);
    let mut root = stack.pop().unwrap();
    assert_eq!(root.children.len(), 1);
    root.children.pop().unwrap()
}

/// Text with its references replaced; none but the five are known.
fn decoded(text: &str) -> String {
    let mut parts = text.split('&');
    let mut decoded = parts.next().unwrap().to_owned();
    for part in parts {
        let (name, rest) = part.split_once(';').unwrap();
        decoded.push(match name {
            "amp" => '&',
            "lt" => '<',
            "gt" => '>',
            "quot" => '"',
            "#39" => '\'',
            other => panic!("unknown reference {other}"),
        });
        decoded.push_str(rest);
    }
    assert!(!text.contains('>'));
    decoded
}

#[test]
fn suites_are_areas_and_cases_are_questions() {
    let root = read(&written(ComplianceFormat::Junit, &results()));
    assert_eq!(root.name, "testsuites");
    let mut tests = 0;
    let mut outcomes: BTreeMap<&str, u64> = BTreeMap::new();
    for suite in &root.children {
        assert_eq!(suite.name, "testsuite");
        let number = |key: &str| suite.attributes[key].parse::<usize>().unwrap();
        let of = |name: &str| {
            let cases = suite.children.iter();
            cases
                .filter(|case| case.children.iter().any(|child| child.name == name))
                .count()
        };
        assert_eq!(number("tests"), suite.children.len());
        assert_eq!(number("failures"), of("failure"));
        assert_eq!(number("errors"), of("error"));
        assert_eq!(number("skipped"), of("skipped"));
        if suite.attributes["name"] == "input" {
            assert_eq!((number("errors"), number("skipped")), (1, 1));
            continue;
        }
        tests += suite.children.len();
        for case in &suite.children {
            assert!(case.attributes.contains_key("classname"));
            let outcome = case
                .children
                .first()
                .map_or("passed", |child| child.name.as_str());
            *outcomes.entry(outcome).or_default() += 1;
            if outcome == "error" {
                let message = &case.children[0].attributes["message"];
                assert!(message.starts_with("UNKNOWN: "), "{message}");
            }
        }
    }
    assert_eq!(tests, results().len());
    // The informational failure is skipped, beside the one that does not apply and the muted one.
    assert_eq!(
        outcomes,
        [("error", 2), ("failure", 3), ("passed", 2), ("skipped", 3)].into()
    );
    let names: Vec<&str> = root
        .children
        .iter()
        .map(|suite| suite.attributes["name"].as_str())
        .collect();
    assert_eq!(
        names,
        [
            "data-keys-secrets",
            "models-endpoints",
            "notebook-instances",
            "input"
        ]
    );
}

#[test]
fn permissions_and_places_are_named() {
    let output = written(ComplianceFormat::Junit, &results());
    assert!(output.contains("needs the permission sagemaker:DescribeNotebookInstance"));
    assert!(output.contains("file=\"infra/main.tf\" line=\"12\""));
    assert!(output.contains("accepted by ml-platform until 2027-01-31"));
}

#[test]
fn a_long_area_becomes_several_suites() {
    let control = control("C-1", "one", rempart_findings::Severity::Low, "jobs");
    let many: Vec<_> = (0..4_500)
        .map(|number| result(&control, Verdict::Pass, &format!("job-{number}")))
        .collect();
    let root = read(&written(ComplianceFormat::Junit, &many));
    let names: Vec<&str> = root
        .children
        .iter()
        .map(|suite| suite.attributes["name"].as_str())
        .collect();
    assert_eq!(names, ["jobs", "jobs (2)", "jobs (3)", "input"]);
    let cases: usize = root.children[..3]
        .iter()
        .map(|suite| suite.children.len())
        .sum();
    assert_eq!(cases, 4_500);
}
