//! What the page and the Markdown promise.

use std::collections::BTreeSet;

use rempart_locale::{Language, locale};
use rempart_report::{html, markdown};

use crate::fixture;
use crate::skeleton::{Tag, tags};

fn attribute<'a>(tag: &'a Tag, name: &str) -> Option<&'a str> {
    let mut values = tag.attributes.iter();
    values
        .find(|(other, _)| other == name)
        .map(|(_, value)| value.as_str())
}

#[test]
fn the_same_case_gives_the_same_bytes() {
    let reach = fixture::reach();
    for language in Language::ALL {
        let one = html(&fixture::case(), Some(&reach), language);
        assert_eq!(one, html(&fixture::case(), Some(&reach), language));
        let one = markdown(&fixture::case(), Some(&reach), language);
        assert_eq!(one, markdown(&fixture::case(), Some(&reach), language));
    }
}

#[test]
fn the_page_stays_below_two_megabytes() {
    let page = html(
        &fixture::with_steps(300),
        Some(&fixture::reach()),
        Language::English,
    );
    assert!(page.len() < 2_300_000, "{}", page.len());
    let page = html(&fixture::case(), Some(&fixture::reach()), Language::English);
    assert!(page.len() < 2_000_000, "{}", page.len());
}

#[test]
fn links_stay_inside_and_lead_somewhere() {
    for language in Language::ALL {
        let page = html(&fixture::case(), Some(&fixture::reach()), language);
        let tags = tags(&page);
        let ids: Vec<&str> = tags.iter().filter_map(|tag| attribute(tag, "id")).collect();
        let unique: BTreeSet<&str> = ids.iter().copied().collect();
        assert_eq!(unique.len(), ids.len(), "an id stands twice");
        for tag in &tags {
            if let Some(target) = attribute(tag, "href").filter(|_| tag.name == "a") {
                let id = target.strip_prefix('#').expect("a link to elsewhere");
                assert!(unique.contains(id), "nothing at {target}");
            }
            for name in ["aria-labelledby", "aria-describedby", "for"] {
                if let Some(id) = attribute(tag, name) {
                    assert!(unique.contains(id), "{name}={id}");
                }
            }
            assert!(attribute(tag, "style").is_none(), "style in a tag: {tag:?}");
            assert!(
                !tag.attributes
                    .iter()
                    .any(|(name, _)| name.starts_with("on")),
                "{tag:?}"
            );
            assert!(attribute(tag, "src").is_none(), "{tag:?}");
        }
    }
}

#[test]
fn headings_are_in_order_and_tables_have_heads() {
    let page = html(&fixture::case(), Some(&fixture::reach()), Language::English);
    let mut level = 0;
    for tag in tags(&page) {
        if let Some(number) = tag
            .name
            .strip_prefix('h')
            .and_then(|number| number.parse::<u8>().ok())
        {
            assert!(number <= level + 1, "h{number} after h{level}");
            level = number;
        }
        if tag.name == "th" {
            assert!(attribute(&tag, "scope").is_some());
        }
        if tag.name == "html" {
            assert_eq!(attribute(&tag, "lang"), Some("en"));
        }
    }
}

#[test]
fn all_statements_steps_and_evidence_are_in_the_text_of_the_page() {
    let case = fixture::case();
    for language in Language::ALL {
        let page = html(&case, Some(&fixture::reach()), language);
        // What script reads is not what people without script read.
        let text = page.split("<script").next().unwrap();
        let text = text
            .replace("&#39;", "'")
            .replace("&quot;", "\"")
            .replace("&amp;", "&");
        let words = locale(language);
        let text_of = |key: &rempart_locale::Text| words.say(key);
        for answer in &case.answers {
            let question = words.word(&format!("question-{}", answer.question));
            assert!(text.contains(&question), "{question}");
            assert!(text.contains(&words.word(answer.status.key())));
            for statement in &answer.statements {
                assert!(
                    text.contains(&text_of(&statement.text)),
                    "{:?}",
                    statement.text
                );
            }
            for unknown in answer.unknown.iter().chain(&answer.collect) {
                assert!(text.contains(&text_of(unknown)), "{unknown:?}");
            }
        }
        for step in &case.steps {
            assert!(text.contains(&text_of(&step.text)), "{:?}", step.text);
        }
        for item in case.evidence.values() {
            assert!(text.contains(&item.sha256) && text.contains(&item.source));
        }
        for indicator in &case.indicators {
            assert!(text.contains(&indicator.value), "{}", indicator.value);
        }
        for person in case
            .sessions
            .iter()
            .flat_map(|session| &session.attribution.people)
        {
            assert!(text.contains(&person.name), "{}", person.name);
        }
    }
}

#[test]
fn an_empty_case_says_so() {
    for language in Language::ALL {
        let page = html(&fixture::empty(), None, language);
        let words = locale(language);
        assert!(page.contains(&words.word("report-reach-none")));
        assert_eq!(page.matches(&words.word("report-no-answer")).count(), 30);
        let text = markdown(&fixture::empty(), None, language);
        assert_eq!(text.matches(&words.word("report-no-answer")).count(), 30);
    }
}

#[test]
fn every_key_of_the_report_exists() {
    for language in Language::ALL {
        let words = locale(language);
        for page in [
            html(&fixture::case(), Some(&fixture::reach()), language),
            markdown(&fixture::case(), Some(&fixture::reach()), language),
            html(&fixture::empty(), None, language),
        ] {
            let text = page.split("<script").next().unwrap();
            let text = text.rsplit("</style>").next().unwrap();
            for start in [
                "report-",
                "question-",
                "reach-label-",
                "phase-",
                "session-kind-",
                "link-kind-",
                "coverage-state-",
            ] {
                for (place, _) in text.match_indices(start) {
                    let before = text[..place].chars().last();
                    let shown =
                        before.is_some_and(|sign| sign == '>' || sign == ' ' || sign == '|');
                    let word: String = text[place..]
                        .chars()
                        .take_while(|sign| sign.is_alphanumeric() || *sign == '-')
                        .collect();
                    assert!(
                        !shown || words.has(&word) || word == start,
                        "{language}: {word}"
                    );
                    assert!(
                        !shown || !words.has(&word),
                        "{language}: the key {word} is shown"
                    );
                }
            }
        }
    }
}

#[test]
fn markdown_of_the_sample() {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../snapshots");
    settings.set_prepend_module_to_snapshot(false);
    settings.bind(|| {
        for language in Language::ALL {
            let text = markdown(&fixture::case(), Some(&fixture::reach()), language);
            insta::assert_snapshot!(format!("markdown_{language}"), text);
        }
    });
}
