//! Makes text from logs safe to show: hidden characters become visible, long values short.

use std::borrow::Cow;
use std::fmt::Write as _;

use unicode_width::UnicodeWidthChar;

/// More combining marks than this on one letter are written as escapes, so that stacked marks
/// cannot paint over neighbouring lines.
const COMBINING_MARKS_PER_LETTER: usize = 4;

/// The sign that stands for left-out text.
const ELLIPSIS: char = '…';

/// Text in which every control character, bidirectional override, zero-width or otherwise
/// unprintable character is written as `\u{..}`.
///
/// A backslash that already begins such a sequence is written `\u{5c}`, so that the original can
/// be restored and nobody can feign an escape.
pub fn visible(text: &str) -> Cow<'_, str> {
    if text
        .bytes()
        .all(|byte| matches!(byte, b' '..=b'~') && byte != b'\\')
    {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len());
    for unit in units(text) {
        unit.push_to(&mut shown);
    }
    Cow::Owned(shown)
}

/// As [`visible`], but at most `columns` terminal columns wide: the middle of a longer text is
/// replaced by an ellipsis. Looks at no more of the text than it shows.
pub(crate) fn shortened(text: &str, columns: usize) -> String {
    let mut whole = String::new();
    let mut width = 0_usize;
    for unit in units(text) {
        width = width.saturating_add(unit.width());
        if width > columns {
            return cut_middle(text, columns);
        }
        unit.push_to(&mut whole);
    }
    whole
}

/// Text ready to stand between tags or in a quoted attribute of HTML or XML: made visible, cut to
/// `columns`, and escaped.
pub(crate) fn markup(text: &str, columns: usize) -> String {
    let shown = shortened(text, columns);
    let mut escaped = String::with_capacity(shown.len());
    for character in shown.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

/// True for characters that do not show, or that change how others show.
pub(crate) fn is_hidden(character: char) -> bool {
    if character.is_ascii() {
        return character.is_ascii_control();
    }
    if is_blank_letter(character) {
        return true;
    }
    if character.escape_debug().len() == 1 {
        return false;
    }
    // The standard library escapes what does not print, and combining marks at the start of a
    // text. A letter in front tells the two apart.
    let mut after_letter = String::from("a");
    after_letter.push(character);
    after_letter.escape_debug().nth(2).is_some()
}

/// Columns that `text` takes on a terminal. For text that is already visible.
pub(crate) fn columns(text: &str) -> usize {
    text.chars()
        .map(|character| character.width().unwrap_or(0))
        .sum()
}

/// Splits visible text into lines of at most `width` columns, at spaces where possible.
pub(crate) fn wrap(text: &str, width: usize) -> Vec<String> {
    let width = width.max(8);
    let mut lines = Vec::new();
    let mut line = String::new();
    let mut used = 0_usize;
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        let wide = columns(word);
        if used > 0 && used.saturating_add(1).saturating_add(wide) > width {
            lines.push(std::mem::take(&mut line));
            used = 0;
        }
        if used > 0 {
            line.push(' ');
            used += 1;
        }
        for character in word.chars() {
            let one = character.width().unwrap_or(0);
            if used.saturating_add(one) > width {
                lines.push(std::mem::take(&mut line));
                used = 0;
            }
            line.push(character);
            used = used.saturating_add(one);
        }
    }
    if !line.is_empty() {
        lines.push(line);
    }
    lines
}

/// Restores the text that [`visible`] was given. `None` when `shown` is not its output.
pub fn unescape_visible(shown: &str) -> Option<String> {
    let mut text = String::with_capacity(shown.len());
    let mut rest = shown;
    while let Some((before, after)) = rest.split_once("\\u{") {
        let (digits, behind) = after.split_once('}')?;
        text.push_str(before);
        text.push(char::from_u32(u32::from_str_radix(digits, 16).ok()?)?);
        rest = behind;
    }
    text.push_str(rest);
    Some(text)
}

#[derive(Clone, Copy)]
enum Unit {
    Plain(char),
    Escaped(char),
}

impl Unit {
    fn width(self) -> usize {
        match self {
            Self::Plain(character) => character.width().unwrap_or(0),
            Self::Escaped(character) => character.escape_unicode().len(),
        }
    }

    fn push_to(self, shown: &mut String) {
        match self {
            Self::Plain(character) => shown.push(character),
            Self::Escaped(character) => {
                // Writing to a string cannot fail.
                let _ = write!(shown, "{}", character.escape_unicode());
            }
        }
    }
}

fn units(text: &str) -> impl Iterator<Item = Unit> {
    let mut marks = 0_usize;
    text.char_indices().map(move |(position, character)| {
        if matches!(character, ' '..='~') {
            marks = 0;
            let feigned = character == '\\'
                && text
                    .get(position..)
                    .is_some_and(|rest| rest.starts_with("\\u{"));
            return if feigned {
                Unit::Escaped(character)
            } else {
                Unit::Plain(character)
            };
        }
        if is_hidden(character) {
            marks = 0;
            return Unit::Escaped(character);
        }
        if character.escape_debug().len() == 1 {
            marks = 0;
            return Unit::Plain(character);
        }
        marks += 1;
        if marks > COMBINING_MARKS_PER_LETTER || position == 0 {
            Unit::Escaped(character)
        } else {
            Unit::Plain(character)
        }
    })
}

fn cut_middle(text: &str, columns: usize) -> String {
    let room = columns.saturating_sub(1);
    let tail_room = room / 2;
    let head_room = room - tail_room;
    let mut shown = String::new();
    let mut used = 0_usize;
    for unit in units(text) {
        used = used.saturating_add(unit.width());
        if used > head_room {
            break;
        }
        unit.push_to(&mut shown);
    }
    shown.push(ELLIPSIS);

    let tail_start = text
        .char_indices()
        .rev()
        .nth(tail_room)
        .map_or(0, |(position, _)| position);
    let tail: Vec<Unit> = units(text.get(tail_start..).unwrap_or_default()).collect();
    let mut used = 0_usize;
    let kept = tail
        .iter()
        .rev()
        .take_while(|unit| {
            used = used.saturating_add(unit.width());
            used <= tail_room
        })
        .count();
    for unit in tail.iter().skip(tail.len().saturating_sub(kept)) {
        unit.push_to(&mut shown);
    }
    shown
}

/// Letters, marks and signs that print as nothing although Unicode counts them as printable.
fn is_blank_letter(character: char) -> bool {
    matches!(character,
        '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}'
        | '\u{feff}' | '\u{ffa0}' | '\u{fff9}'..='\u{fffc}' | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn hidden_characters_show() {
        assert_eq!(visible("plain text"), "plain text");
        assert_eq!(visible("a\u{1b}[31mb"), "a\\u{1b}[31mb");
        assert_eq!(
            visible("nul\0 nl\n cr\r tab\t del\u{7f}"),
            "nul\\u{0} nl\\u{a} cr\\u{d} tab\\u{9} del\\u{7f}"
        );
        assert_eq!(visible("c1 \u{9b}31m"), "c1 \\u{9b}31m");
        assert_eq!(
            visible("\u{202e}gpj.exe\u{2066}"),
            "\\u{202e}gpj.exe\\u{2066}"
        );
        assert_eq!(
            visible("a\u{200b}b\u{feff}\u{e0041}\u{3164}"),
            "a\\u{200b}b\\u{feff}\\u{e0041}\\u{3164}"
        );
        assert_eq!(
            visible("é ß 日本 🦀 e\u{301} हिन्दी"),
            "é ß 日本 🦀 e\u{301} हिन्दी"
        );
        assert_eq!(visible("C:\\users"), "C:\\users");
        assert_eq!(visible("feigned \\u{1b}"), "feigned \\u{5c}u{1b}");
    }

    #[test]
    fn stacked_marks_are_cut() {
        let shown = visible("a\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}").into_owned();
        assert_eq!(shown, "a\u{301}\u{301}\u{301}\u{301}\\u{301}\\u{301}");
    }

    #[test]
    fn long_text_is_cut_in_the_middle() {
        assert_eq!(shortened("abcdefghij", 10), "abcdefghij");
        assert_eq!(shortened("abcdefghijk", 10), "abcde…hijk");
        let long = "x".repeat(1_000_000);
        assert_eq!(columns(&shortened(&long, 60)), 60);
        assert_eq!(shortened("ab\u{1b}\u{1b}\u{1b}cd", 12), "ab…cd");
        assert_eq!(shortened("日本語日本語", 7), "日…語");
    }

    #[test]
    fn wrapping_keeps_the_width() {
        assert_eq!(wrap("one two three four", 9), ["one two", "three", "four"]);
        assert_eq!(wrap("abcdefghijkl", 8), ["abcdefgh", "ijkl"]);
        assert!(wrap("", 20).is_empty());
    }

    proptest! {
        #[test]
        fn visible_text_is_clean_and_reversible(text in any::<String>()) {
            let shown = visible(&text);
            prop_assert!(shown.chars().all(|character| !is_hidden(character)));
            prop_assert_eq!(unescape_visible(&shown), Some(text));
        }

        #[test]
        fn shortened_text_fits(text in any::<String>(), room in 3_usize..60) {
            let shown = shortened(&text, room);
            prop_assert!(columns(&shown) <= room);
            prop_assert!(shown.chars().all(|character| !is_hidden(character)));
        }

        #[test]
        fn wrapped_lines_fit_and_lose_nothing(text in "[ a-z日é]{0,200}", width in 8_usize..60) {
            let lines = wrap(&text, width);
            prop_assert!(lines.iter().all(|line| columns(line) <= width));
            let joined: String = lines.concat().replace(' ', "");
            prop_assert_eq!(joined, text.replace(' ', ""));
        }
    }
}
