//! Records in words.

use rempart_case::explain::{explain, text};
use rempart_locale::{Language, locale};
use rempart_trail::record::Record;

/// No panic; nothing in the page but printable text; both languages say the same things.
pub fn explain_record(bytes: &[u8]) {
    let Ok(record) = Record::parse(bytes) else {
        return;
    };
    let shapes = Language::ALL.map(|language| {
        let explanation = explain(&record, locale(language));
        let page = text(&explanation);
        let is_printable = |letter: char| letter == '\n' || !letter.is_control();
        assert!(page.chars().all(is_printable), "{page:?}");
        let lines: Vec<_> = explanation
            .sections
            .iter()
            .map(|section| (section.id, section.lines.len()))
            .collect();
        (
            lines,
            explanation.scripts.len(),
            explanation.questions.len(),
        )
    });
    let [english, french] = shapes;
    assert_eq!(english, french);
}
