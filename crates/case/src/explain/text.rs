//! An explanation on a terminal.

use super::{Explanation, Line, Script};

/// Columns of a page.
const WIDTH: usize = 100;
/// Characters after which a word is broken; the longest ARNs stay whole.
const LONGEST_WORD: usize = 240;
/// Columns of labels; longer ones stand on a line of their own.
const LABEL: usize = 26;

/// The explanation on a page of 100 columns. A word that is longer than a line, such as an ARN, is not
/// broken, so that it can be copied.
#[must_use]
pub fn text(explanation: &Explanation) -> String {
    let mut page = String::new();
    wrapped(&mut page, "", "", &explanation.summary);
    for section in &explanation.sections {
        heading(&mut page, &section.title);
        for line in &section.lines {
            fact(&mut page, line);
        }
    }
    if !explanation.scripts.is_empty() {
        heading(&mut page, &explanation.titles.scripts);
        for script in &explanation.scripts {
            one(&mut page, script, explanation);
        }
    }
    if !explanation.questions.is_empty() {
        heading(&mut page, &explanation.titles.questions);
        for question in &explanation.questions {
            wrapped(&mut page, "  - ", "    ", question);
        }
    }
    page
}

fn heading(page: &mut String, title: &str) {
    page.push('\n');
    page.push_str(title);
    page.push('\n');
}

fn fact(page: &mut String, line: &Line) {
    let length = line.label.chars().count();
    let indent = " ".repeat(LABEL + 4);
    if length > LABEL {
        page.push_str("  ");
        page.push_str(&line.label);
        page.push('\n');
        wrapped(page, &indent, &indent, &line.value);
    } else {
        let label = format!("  {}{}  ", line.label, " ".repeat(LABEL - length));
        wrapped(page, &label, &indent, &line.value);
    }
    if let Some(note) = &line.note {
        wrapped(page, &format!("{indent}→ "), &format!("{indent}  "), note);
    }
}

fn one(page: &mut String, script: &Script, explanation: &Explanation) {
    let titles = &explanation.titles;
    wrapped(page, "  ", "    ", &script.place);
    wrapped(page, "    ", "    ", &script.verdict);
    if !script.problems.is_empty() {
        wrapped(page, "    ", "    ", &titles.problems);
        for problem in &script.problems {
            wrapped(page, "    - ", "      ", problem);
        }
    }
    if !script.decoded.is_empty() {
        wrapped(page, "    ", "    ", &titles.decoded);
        for line in &script.decoded {
            page.push_str("    | ");
            page.push_str(line);
            page.push('\n');
        }
        if script.left_out > 0 {
            page.push_str(&format!("    | … (+{})\n", script.left_out));
        }
    }
}

/// A word that no line can hold is broken: only forged text is that long.
fn pieces(word: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(word);
    std::iter::from_fn(move || {
        let word = rest.take()?;
        let end = word.char_indices().nth(LONGEST_WORD).map(|(at, _)| at);
        let cut = end.and_then(|end| word.split_at_checked(end));
        let (piece, left) = cut.map_or((word, None), |(piece, left)| (piece, Some(left)));
        rest = left;
        Some(piece)
    })
}

/// Writes words under each other: `first` before the first line, `other` before the rest.
fn wrapped(page: &mut String, first: &str, other: &str, text: &str) {
    let mut line = first.to_owned();
    let mut used = first.chars().count();
    let mut is_empty = true;
    // No-break spaces keep French signs with their word.
    for word in text.split(' ').flat_map(pieces) {
        let length = word.chars().count();
        if !is_empty && used + 1 + length > WIDTH {
            page.push_str(line.trim_end_matches(' '));
            page.push('\n');
            line = other.to_owned();
            used = other.chars().count();
            is_empty = true;
        }
        if !is_empty {
            line.push(' ');
            used += 1;
        }
        line.push_str(word);
        used += length;
        is_empty = false;
    }
    page.push_str(line.trim_end_matches(' '));
    page.push('\n');
}
