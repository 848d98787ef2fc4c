//! Pictures of the page, to be looked at.

use rempart_locale::Language;
use rempart_report::html;

use crate::driver::{DARK, LIGHT, Reader, browser, folder};
use crate::fixture;

#[test]
fn pictures_are_taken() {
    let Some(mut browser) = browser() else { return };
    let page = html(&fixture::case(), Some(&fixture::reach()), Language::English);
    browser.open(&page, LIGHT);
    browser.picture("summary", None, 1_000);
    for (name, selector, height) in [
        ("answers", "#answers", 1_000),
        ("timeline", "#timeline", 1_100),
        ("sessions", "#sessions", 1_000),
        ("entities", "#entities", 900),
        ("reach", "#reach", 900),
        ("coverage", "#coverage", 1_100),
        ("deadlines", "#deadlines", 900),
        ("evidence", "#evidence", 900),
    ] {
        browser.picture(name, Some(selector), height);
    }
    browser.open(
        &html(&fixture::case(), Some(&fixture::reach()), Language::French),
        DARK,
    );
    browser.picture("summary-dark", None, 1_000);
    browser.picture("timeline-dark", Some("#timeline"), 900);
    browser.picture("sessions-dark", Some("#sessions"), 700);
    browser.open(
        &page,
        Reader {
            width: 420,
            ..LIGHT
        },
    );
    browser.picture("narrow", None, 1_400);
    browser.open(
        &html(&fixture::with_steps(20_000), None, Language::English),
        LIGHT,
    );
    browser.picture("many", Some("#timeline"), 800);
    let taken = std::fs::read_dir(folder()).unwrap().count();
    assert!(taken >= 14, "{taken}");
}
