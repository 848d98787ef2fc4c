//! No page loads, runs or complains about anything.

use rempart_case::Case;
use rempart_locale::Language;
use rempart_report::{ReachTable, html};

use crate::driver::{DARK, LIGHT, Reader, browser};
use crate::fixture::{self, filled, free_texts, payloads};

#[test]
fn pages_draw_their_charts_and_are_quiet() {
    let Some(mut browser) = browser() else { return };
    for language in Language::ALL {
        for reader in [LIGHT, DARK] {
            let page = html(&fixture::case(), Some(&fixture::reach()), language);
            browser.open(&page, reader);
            assert_eq!(browser.value("document.documentElement.dataset.drawn"), "4");
            let canvases = "document.querySelectorAll('figure:not([hidden]) canvas').length";
            assert!(browser.value(canvases).as_u64().unwrap() >= 4);
            // The toggle draws them again.
            browser.value("document.getElementById('theme').click()");
            assert_eq!(browser.value("document.documentElement.dataset.drawn"), "4");
            let other = if reader.dark { "light" } else { "dark" };
            assert_eq!(
                browser.value("document.documentElement.dataset.theme"),
                other
            );
            browser.expect_quiet(&format!("{language} {reader:?}"));
        }
    }
    browser.open(&html(&fixture::empty(), None, Language::English), LIGHT);
    assert_eq!(browser.value("document.documentElement.dataset.drawn"), "0");
    browser.expect_quiet("an empty case");
}

#[test]
fn without_script_everything_is_readable() {
    let Some(mut browser) = browser() else { return };
    let page = html(&fixture::case(), Some(&fixture::reach()), Language::English);
    browser.open(
        &page,
        Reader {
            script: false,
            ..LIGHT
        },
    );
    let shown = "[...document.querySelectorAll('tbody tr, article')].every((part) => part.offsetHeight > 0 || part.closest('.stretch'))";
    assert_eq!(browser.value(shown), true);
    let hidden = "[...document.querySelectorAll('[hidden]')].map((part) => part.tagName).join()";
    let hidden = browser.value(hidden);
    let hidden = hidden.as_str().unwrap();
    // What only script can do, and charts.
    assert!(
        hidden
            .split(',')
            .all(|tag| ["BUTTON", "FORM", "FIGURE"].contains(&tag)),
        "{hidden}"
    );
    browser.expect_quiet("without script");
}

#[test]
fn the_policy_stops_what_it_does_not_name() {
    let Some(mut browser) = browser() else { return };
    let page = html(&fixture::case(), None, Language::English);
    let hostile = "<script>window.stolen = 1</script><img src=x onerror='window.stolen = 2'><p style='color:red'>x</p></main>";
    let page = page.replace("</main>", hostile);
    browser.open(&page, LIGHT);
    assert_eq!(browser.value("window.stolen === undefined"), true);
    let refused = browser
        .seen
        .problems
        .iter()
        .filter(|text| text.contains("Content Security Policy"));
    assert!(refused.count() >= 3, "{:?}", browser.seen.problems);
    // The protocol may do what the page may not, unless told to be held to its policy.
    let expression = "(() => { try { eval('1'); return 'ran'; } catch { return 'refused'; } })()";
    let asked =
        serde_json::json!({ "expression": expression, "allowUnsafeEvalBlockedByCSP": false });
    let answer = browser.ask("Runtime.evaluate", asked);
    assert_eq!(answer["result"]["value"], "refused");
}

#[test]
fn no_text_of_a_case_becomes_script() {
    let Some(mut browser) = browser() else { return };
    let payloads = payloads();
    assert!(payloads.len() >= 60);
    let (value, reach_value) = (fixture::value(), fixture::reach_value());
    let all = free_texts::<Case>(&value);
    // With their ids the parts of a case hang together and more of the page is written.
    let but_ids: Vec<_> = all
        .iter()
        .filter(|place| {
            let id = place.ends_with("/id")
                || place.ends_with("/session")
                || place.contains("/evidence/");
            let time = ["/first", "/last", "/time", "/end"]
                .iter()
                .any(|end| place.ends_with(end));
            !id && !time && !place.contains("/stretches/")
        })
        .cloned()
        .collect();
    let reach_places = free_texts::<ReachTable>(&reach_value);
    for round in 0..8 {
        let places = if round % 4 == 3 { &all } else { &but_ids };
        let choose = |place: usize| payloads[(place * 7 + round * 11) % payloads.len()].clone();
        let case: Case = serde_json::from_value(filled(&value, places, choose)).unwrap();
        let reach = serde_json::from_value(filled(&reach_value, &reach_places, choose)).unwrap();
        let page = html(&case, Some(&reach), Language::ALL[round % 2]);
        browser.open(&page, if round % 2 == 0 { LIGHT } else { DARK });
        // Tooltips and filters touch the texts as well.
        browser.value("(() => { for (const box of document.querySelectorAll('#chart-timeline, #chart-activity')) { const chart = echarts.getInstanceByDom(box); if (!chart) continue; for (let series = 0; series < 11; series += 1) chart.dispatchAction({ type: 'showTip', seriesIndex: series, dataIndex: 0 }); } })()");
        browser.value("(() => { for (const form of document.forms) { form.elements.text.value = 'script'; form.dispatchEvent(new Event('input')); for (const part of form.querySelectorAll('select')) part.selectedIndex = 1; } })()");
        browser.pause(300);
        browser.expect_quiet(&format!("round {round}"));
        let injected = "document.querySelectorAll('main script, main img, main iframe, main object, main embed, main base, main meta, main link, main style, [onerror], [onload], [onfocus]').length";
        assert_eq!(browser.value(injected), 0);
        assert_eq!(
            browser.value("document.title.length > 0 && document.scripts.length"),
            4
        );
    }
}
