//! A case as text for a terminal, in either language.

use std::fmt::Write as _;

use rempart_findings::visible;
use rempart_locale::{Locale, Text};

use crate::model::{Answer, Case, Status};

/// Columns of a page.
const WIDTH: usize = 100;
/// Statements that the overview shows of an answer.
const IN_OVERVIEW: usize = 1;

/// The case in one page: what happened, and the beginning of each answer.
#[must_use]
pub fn overview(case: &Case, locale: &Locale) -> String {
    let mut page = String::new();
    let overview = &case.overview;
    paragraph(&mut page, "", &locale.say(&overview.headline));
    page.push('\n');
    let mut line = |key: &str, value: String| {
        if !value.is_empty() {
            paragraph(&mut page, &format!("  {:<22} ", locale.word(key)), &value);
        }
    };
    line("text-case", case.id.clone());
    let names = case
        .scope
        .suspects
        .iter()
        .map(|suspect| suspect.value.clone());
    line("text-suspects", names.collect::<Vec<_>>().join(", "));
    line(
        "text-first-bad",
        overview.first_bad.clone().unwrap_or_default(),
    );
    line(
        "text-last",
        overview.last_activity.clone().unwrap_or_default(),
    );
    let counts = Text::new("text-counts")
        .with("events", overview.events)
        .with("failed", overview.failed)
        .with("sessions", case.sessions.len())
        .with("findings", overview.findings);
    line("text-scope", locale.say(&counts));
    line("text-integrity", locale.say(&case.integrity.text));
    page.push('\n');
    for answer in &case.answers {
        head(&mut page, answer, locale);
        for statement in answer.statements.iter().take(IN_OVERVIEW) {
            paragraph(&mut page, "     ", &locale.say(&statement.text));
        }
        let more = answer.statements.len().saturating_sub(IN_OVERVIEW);
        if more > 0 {
            let text = Text::new("text-more-statements").with("count", more);
            paragraph(&mut page, "     ", &locale.say(&text));
        }
    }
    page
}

fn head(page: &mut String, answer: &Answer, locale: &Locale) {
    let text = Text::new("text-head")
        .with(
            "title",
            Text::new(format!("question-{}-title", answer.question)),
        )
        .with("status", Text::new(answer.status.key()));
    let mark = match answer.status {
        Status::Answered => '●',
        Status::Partial => '◐',
        Status::NotDeterminable => '○',
    };
    paragraph(
        page,
        &format!("{mark} {:>2} ", answer.question),
        &locale.say(&text),
    );
}

/// One answer with all that it rests on.
#[must_use]
pub fn answer(case: &Case, answer: &Answer, locale: &Locale) -> String {
    let mut page = String::new();
    head(&mut page, answer, locale);
    paragraph(
        &mut page,
        "     ",
        &locale.word(&format!("question-{}", answer.question)),
    );
    page.push('\n');
    for statement in &answer.statements {
        let certainty = locale.word(statement.certainty.key());
        paragraph(
            &mut page,
            "  - ",
            &format!("{} [{certainty}]", locale.say(&statement.text)),
        );
        let cited = statement
            .evidence
            .iter()
            .filter_map(|id| case.evidence.get(id));
        for item in cited.clone().take(3) {
            let time = item.time.as_deref().unwrap_or_default();
            let id = item.id.as_deref().unwrap_or_default();
            paragraph(
                &mut page,
                "      ",
                &format!("{time} {} {id} {}#{}", item.title, item.source, item.index),
            );
        }
        let more = statement
            .evidence_count
            .saturating_sub(cited.take(3).count() as u64);
        if more > 0 {
            let text = Text::new("text-more-evidence").with("count", more);
            paragraph(&mut page, "      ", &locale.say(&text));
        }
    }
    for (key, texts) in [
        ("text-unknown", &answer.unknown),
        ("text-collect", &answer.collect),
    ] {
        if !texts.is_empty() {
            let _ = writeln!(page, "\n  {}", locale.word(key));
            for text in texts {
                paragraph(&mut page, "  - ", &locale.say(text));
            }
        }
    }
    page
}

/// Writes words under each other, the first line behind `label`.
pub(crate) fn paragraph(page: &mut String, label: &str, text: &str) {
    let indent = label.chars().count();
    let mut line = label.to_owned();
    let mut used = indent;
    let mut is_empty = true;
    for word in text.split(' ') {
        // French keeps some signs on the line of their word; terminals need no special space for it.
        let word = word.replace(['\u{a0}', '\u{202f}'], " ");
        let word = visible(&word);
        let length = word.chars().count();
        if !is_empty && used + 1 + length > WIDTH {
            page.push_str(line.trim_end());
            page.push('\n');
            line = " ".repeat(indent);
            used = indent;
            is_empty = true;
        }
        if !is_empty {
            line.push(' ');
            used += 1;
        }
        line.push_str(&word);
        used += length;
        is_empty = false;
    }
    page.push_str(line.trim_end());
    page.push('\n');
}
