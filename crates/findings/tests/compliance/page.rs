//! What the HTML page promises.

use std::collections::HashMap;

use base64::Engine as _;
use rempart_findings::compliance::ComplianceFormat;
use sha2::{Digest, Sha256};

use super::sample::{results, written};

fn page() -> String {
    written(ComplianceFormat::Html, &results())
}

fn between<'a>(page: &'a str, start: &str, end: &str) -> &'a str {
    page.split_once(start).unwrap().1.split_once(end).unwrap().0
}

#[test]
fn it_asks_for_nothing_outside() {
    let page = page();
    let hash = |text: &str| {
        base64::engine::general_purpose::STANDARD.encode(Sha256::digest(text.as_bytes()))
    };
    let style = between(&page, "<style>", "</style>");
    let script = between(&page, "<script>", "</script>");
    assert!(page.contains(&format!(
        "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; base-uri 'none'; form-action 'none'",
        hash(style),
        hash(script)
    )));
    for asking in [
        "<img",
        "<link",
        "<iframe",
        "<object",
        "<embed",
        " src=",
        " style=",
        "url(",
        "@import",
        "javascript:",
        "http://",
        "https://",
        " onclick",
        " onload",
        "<base",
    ] {
        assert!(!page.contains(asking), "{asking}");
    }
    for dangerous in [
        "innerHTML",
        "outerHTML",
        "insertAdjacent",
        "eval",
        "Function(",
        "document.write",
        "fetch",
        "XMLHttp",
        "localStorage",
        "location",
    ] {
        assert!(!script.contains(dangerous), "{dangerous}");
    }
}

#[test]
fn it_works_without_a_script_and_for_screen_readers() {
    let page = page();
    super::xml::balanced(&page);
    assert!(page.contains("<html lang=\"en\">"));
    // The filter needs the script, which shows it.
    assert!(between(&page, "<form id=\"filter\"", ">").contains("hidden"));
    assert!(between(&page, "<script>", "</script>").contains("form.hidden = false"));
    let body = between(&page, "<body>", "<script>");
    for piece in body.split("<th").skip(1) {
        let tag = piece.split('>').next().unwrap();
        assert!(tag.starts_with("ead") || tag.contains("scope=\""), "{tag}");
    }
    for field in ["<select id=\"", "<input type=\"search\" id=\""] {
        for piece in body.split(field).skip(1) {
            let id = piece.split('"').next().unwrap();
            assert!(body.contains(&format!("<label for=\"{id}\">")), "{id}");
        }
    }
    assert!(page.contains("prefers-color-scheme:dark"));
    assert!(page.contains("<meta name=\"color-scheme\" content=\"light dark\">"));
}

#[test]
fn anchors_exist_once() {
    let page = page();
    let mut ids: HashMap<&str, u32> = HashMap::new();
    for piece in page.split(" id=\"").skip(1) {
        *ids.entry(piece.split('"').next().unwrap()).or_default() += 1;
    }
    assert!(ids.values().all(|count| *count == 1), "{ids:?}");
    for target in page.split("href=\"#").skip(1) {
        let target = target.split('"').next().unwrap();
        assert!(ids.contains_key(target), "{target}");
    }
    let script = between(&page, "<script>", "</script>");
    for id in [
        "filter",
        "severity",
        "area",
        "verdict",
        "account-choice",
        "search",
        "shown",
    ] {
        assert!(ids.contains_key(id), "{id}");
        assert!(script.contains(&format!("\"{id}\"")), "{id}");
    }
}

#[test]
fn it_shows_evidence_repair_and_reason() {
    let page = page();
    for part in [
        "DirectInternetAccess = &quot;Enabled&quot;",
        "DescribeNotebookInstance.jsonl:3",
        "(AWS allows no change here: re-create the resource)",
        "aws sagemaker create-notebook-instance --direct-internet-access Disabled",
        "  direct_internet_access = &quot;Disabled&quot;\n}",
        "needs the permission sagemaker:DescribeNotebookInstance",
        "accepted by ml-platform until 2027-01-31",
        "infra/main.tf:12 aws_sagemaker_notebook_instance.lab",
        "The policy admits everybody",
        "not assessed",
        "This report is incomplete",
        "1,200 of <bdi>SageMaker:TrainingJob</bdi> left out by a bound",
        "(nothing to judge)",
    ] {
        assert!(page.contains(part), "{part}");
    }
    // Failures come first, the worst of them at the top.
    let order: Vec<&str> = page
        .split("data-verdict=\"")
        .skip(1)
        .map(|piece| piece.split('"').next().unwrap())
        .collect();
    assert_eq!(
        order,
        ["FAIL", "FAIL", "FAIL", "UNKNOWN", "UNKNOWN", "MUTED"]
    );
    let first = between(&page, "<details class=\"control", "data-area");
    assert!(first.contains("critical"), "{first}");
}
