//! The page for those who use a keyboard, a screen reader, large contrast or paper.

use rempart_locale::Language;
use rempart_report::html;
use serde_json::Value;

use crate::driver::{Browser, DARK, LIGHT, Reader, browser};
use crate::fixture;

const TAB: u32 = 9;
const ENTER: u32 = 13;
const DOWN: u32 = 40;

#[test]
fn axe_finds_nothing_in_english() {
    audits(Language::English);
}

#[test]
fn axe_finds_nothing_in_french() {
    audits(Language::French);
}

fn audits(language: Language) {
    let Some(mut browser) = browser() else { return };
    let Some(axe) = std::env::var_os("REMPART_AXE") else {
        eprintln!("skipped: REMPART_AXE is not set");
        return;
    };
    let axe = std::fs::read_to_string(axe).unwrap();
    let narrow = Reader {
        width: 420,
        ..LIGHT
    };
    for reader in [LIGHT, DARK, narrow] {
        let page = html(&fixture::case(), Some(&fixture::reach()), language);
        browser.open(&page, reader);
        audit(&mut browser, &axe, &format!("{language} {reader:?}"));
    }
    browser.open(&html(&fixture::empty(), None, language), LIGHT);
    audit(&mut browser, &axe, "an empty case");
}

fn audit(browser: &mut Browser, axe: &str, what: &str) {
    browser.value("for (const part of document.querySelectorAll('details')) part.open = true");
    browser.value(&format!("{axe}; 1"));
    let run = "axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }).then((result) => ({ rules: result.passes.length, bad: result.violations.map((rule) => rule.id + ': ' + rule.nodes.slice(0, 4).map((node) => node.html + ' ' + node.failureSummary).join(' | ')) }))";
    let result = browser.value(run);
    assert!(result["rules"].as_u64().unwrap() > 25, "{result}");
    assert_eq!(
        result["bad"],
        Value::Array(Vec::new()),
        "{what}: {result:#}"
    );
}

#[test]
fn the_keyboard_reaches_everything_that_works() {
    let Some(mut browser) = browser() else { return };
    let page = html(&fixture::case(), Some(&fixture::reach()), Language::English);
    browser.open(
        &page,
        Reader {
            calm: true,
            ..LIGHT
        },
    );
    browser.press("Tab", TAB);
    assert_eq!(browser.value("document.activeElement.className"), "skip");
    let visible = "document.activeElement.getBoundingClientRect().left >= 0 && getComputedStyle(document.activeElement).outlineStyle !== 'none'";
    assert_eq!(browser.value(visible), true);
    // To the link of the timeline, from there into its filter.
    let mut presses = 0;
    while browser.value("document.activeElement.getAttribute('href')") != "#timeline" {
        browser.press("Tab", TAB);
        presses += 1;
        assert!(presses < 12, "the contents are not reached");
    }
    browser.press("Enter", ENTER);
    browser.press("Tab", TAB);
    let place = "document.activeElement.closest('form')?.dataset.filter + ' ' + document.activeElement.name";
    assert_eq!(browser.value(place), "timeline text");
    browser.write("trust policy");
    browser.pause(300);
    let rows =
        "document.querySelectorAll('[data-stretch=timeline] tbody > tr:not([hidden])').length";
    assert_eq!(browser.value(rows), 2);
    let said =
        browser.value("document.querySelector('form[data-filter=timeline] output').textContent");
    assert_eq!(said, "2 of 21");
    browser.press("Tab", TAB);
    assert_eq!(browser.value(place), "timeline phase");
    for _ in 0..10 {
        browser.press("ArrowDown", DOWN);
    }
    browser.pause(300);
    assert_eq!(browser.value("document.activeElement.value"), "response");
    assert_eq!(browser.value(rows), 1);
    // Session, severity, then the button that clears.
    for _ in 0..3 {
        browser.press("Tab", TAB);
    }
    assert_eq!(browser.value("document.activeElement.type"), "reset");
    browser.press("Enter", ENTER);
    browser.pause(300);
    assert_eq!(browser.value(rows), 21);
    // The table, which scrolls, is next.
    browser.press("Tab", TAB);
    assert_eq!(browser.value("document.activeElement.className"), "scroll");
    browser.expect_quiet("the keyboard");
}

#[test]
fn filters_of_answers_hide_what_does_not_match_and_links_bring_it_back() {
    let Some(mut browser) = browser() else { return };
    let case = fixture::case();
    browser.open(&html(&case, None, Language::English), LIGHT);
    let set = |name: &str, value: &str| {
        format!(
            "(() => {{ const form = document.querySelector('form[data-filter=answers]'); form.reset(); form.elements.{name}.value = '{value}'; form.dispatchEvent(new Event('input')); }})()"
        )
    };
    let shown = "[...document.querySelectorAll('article.answer:not([hidden])')].map((part) => Number(part.id.slice(1)))";
    for status in [
        rempart_case::Status::Answered,
        rempart_case::Status::Partial,
        rempart_case::Status::NotDeterminable,
    ] {
        browser.value(&set("status", status.key()));
        browser.pause(300);
        let expected: Vec<u8> = case
            .answers
            .iter()
            .filter(|answer| answer.status == status)
            .map(|answer| answer.question)
            .collect();
        assert_eq!(browser.value(shown), serde_json::json!(expected));
    }
    browser.value("location.hash = '#q1'");
    browser.pause(300);
    assert_eq!(browser.value("document.getElementById('q1').hidden"), false);
}

#[test]
fn paper_shows_all_in_light_colours() {
    let Some(mut browser) = browser() else { return };
    browser.open(
        &html(&fixture::case(), Some(&fixture::reach()), Language::English),
        DARK,
    );
    browser.ask("Emulation.setEmulatedMedia", serde_json::json!({ "media": "print", "features": [{ "name": "prefers-color-scheme", "value": "dark" }] }));
    assert_eq!(
        browser.value("getComputedStyle(document.querySelector('h1')).color"),
        "rgb(23, 33, 43)"
    );
    let hidden = "['nav', '.filter', '.tools'].every((part) => getComputedStyle(document.querySelector(part)).display === 'none')";
    assert_eq!(browser.value(hidden), true);
    // Details that are closed on a screen stand on paper.
    let details = "document.querySelector('details > p').getBoundingClientRect().height > 10";
    assert_eq!(browser.value(details), true);
}

#[test]
fn the_page_becomes_a_pdf() {
    if std::env::var_os("REMPART_CHROMIUM").is_none() {
        eprintln!("skipped: REMPART_CHROMIUM is not set");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let (page, printed) = (
        folder.path().join("a b é.html"),
        folder.path().join("report.pdf"),
    );
    std::fs::write(
        &page,
        html(&fixture::case(), Some(&fixture::reach()), Language::French),
    )
    .unwrap();
    rempart_report::pdf(&page, &printed).unwrap();
    let bytes = std::fs::read(&printed).unwrap();
    assert!(
        bytes.starts_with(b"%PDF-") && bytes.len() > 50_000,
        "{} bytes",
        bytes.len()
    );
    let missing = rempart_report::pdf(&folder.path().join("none.html"), &printed).unwrap_err();
    assert!(missing.to_string().contains("none.html"), "{missing}");
}
