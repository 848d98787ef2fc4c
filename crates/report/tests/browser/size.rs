//! A case of twenty thousand steps.

use rempart_locale::Language;
use rempart_report::html;

use crate::driver::{LIGHT, browser};
use crate::fixture;

#[test]
fn twenty_thousand_steps_load_and_filter_quickly() {
    let Some(mut browser) = browser() else { return };
    let page = html(&fixture::with_steps(20_000), None, Language::English);
    eprintln!("{} bytes", page.len());
    // The page is measured, not what else the machine does: the best of three.
    let mut painted = f64::MAX;
    for _ in 0..3 {
        browser.open(&page, LIGHT);
        let frames = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now()))))";
        painted = painted.min(browser.value(frames).as_f64().unwrap());
        if painted < 5_000.0 {
            break;
        }
    }
    eprintln!("painted after {painted:.0} ms");
    assert!(painted < 5_000.0, "{painted} ms");
    assert_eq!(
        browser.value("document.querySelectorAll('[data-stretch=timeline] tbody > tr').length"),
        20_000
    );
    let items = browser
        .value("JSON.parse(document.getElementById('data').textContent).timeline.items.length");
    assert!(items.as_u64().unwrap() < 10_000, "{items}");
    let filter = "(async () => { const form = document.querySelector('form[data-filter=timeline]'); const begun = performance.now(); form.elements.text.value = 'trust policy'; form.dispatchEvent(new Event('input')); await new Promise((done) => { const wait = () => (form.querySelector('output').textContent ? done() : setTimeout(wait, 5)); wait(); }); await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))); return performance.now() - begun; })()";
    let filtered = browser.value(filter).as_f64().unwrap();
    eprintln!("filtered after {filtered:.0} ms");
    assert!(filtered < 2_000.0, "{filtered} ms");
    let scrolled = browser.value("(async () => { const begun = performance.now(); document.getElementById('t19999').scrollIntoView(); await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))); return performance.now() - begun; })()");
    assert!(scrolled.as_f64().unwrap() < 2_000.0, "{scrolled} ms");
    browser.expect_quiet("20,000 steps");
}
