//! Writes Markdown. Text of a case passes through [`Inline`], which escapes it.

use rempart_locale::Text;

use crate::time;
use crate::view::View;
use crate::words::Said;

/// Markdown within a line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Inline(String);

impl Inline {
    pub(crate) fn said(text: &Said) -> Self {
        Self(escaped(text.as_str()))
    }

    pub(crate) fn case(text: &str) -> Self {
        Self::said(&Said::of_case(text))
    }

    pub(crate) fn number(number: u64) -> Self {
        Self(number.to_string())
    }

    pub(crate) fn time(text: &str) -> Self {
        Self::said(&time::readable(text))
    }

    /// From one time to another, or the one where they are the same.
    pub(crate) fn times(first: &str, last: &str) -> Self {
        let (first, last) = (time::readable(first), time::readable(last));
        if first == last {
            return Self::said(&first);
        }
        Self::all(" – ", [Self::said(&first), Self::said(&last)])
    }

    pub(crate) fn strong(self) -> Self {
        Self(format!("**{}**", self.0))
    }

    pub(crate) fn all(between: &'static str, parts: impl IntoIterator<Item = Self>) -> Self {
        let parts: Vec<_> = parts
            .into_iter()
            .map(|part| part.0)
            .filter(|part| !part.is_empty())
            .collect();
        Self(parts.join(between))
    }

    pub(crate) fn names(names: &[String]) -> Self {
        Self::all(", ", names.iter().map(|name| Self::case(name)))
    }

    pub(crate) fn texts(view: &View<'_>, texts: &[Text]) -> Self {
        Self::all(
            "; ",
            texts.iter().map(|text| Self::said(&view.words.say(text))),
        )
    }

    /// Links to pieces of evidence by their numbers.
    pub(crate) fn evidence(view: &View<'_>, ids: &[String], all: u64) -> Self {
        let mut parts: Vec<Self> = ids
            .iter()
            .map(|id| match view.evidence_number(id) {
                Some(number) => Self(format!("[E{number}](#e{number})")),
                None => {
                    let text = Text::new("report-evidence-missing").with("id", id.as_str());
                    Self::said(&view.words.say(&text))
                }
            })
            .collect();
        if all > ids.len() as u64 {
            let text = Text::new("report-evidence-more").with("count", all);
            parts.push(Self::said(&view.words.say(&text)));
        }
        Self::all(" ", parts)
    }

    /// Where links to evidence `number` lead.
    pub(crate) fn anchor(number: usize) -> Self {
        Self(format!("<a id=\"e{number}\"></a>E{number}"))
    }

    pub(crate) fn word(view: &View<'_>, key: &str) -> Self {
        Self::said(&view.words.word(key))
    }
}

/// A document that grows.
#[derive(Debug, Default)]
pub(crate) struct Document {
    out: String,
}

impl Document {
    pub(crate) fn heading(&mut self, marks: &'static str, text: &Inline) {
        self.blank();
        self.out.push_str(marks);
        self.out.push(' ');
        self.line(text);
        self.out.push('\n');
    }

    pub(crate) fn section(&mut self, view: &View<'_>, key: &str) {
        self.heading("##", &Inline::word(view, key));
    }

    pub(crate) fn paragraph(&mut self, text: &Inline) {
        self.line(text);
        self.out.push('\n');
    }

    pub(crate) fn note(&mut self, view: &View<'_>, key: &str) {
        self.paragraph(&Inline::word(view, key));
    }

    pub(crate) fn quote(&mut self, text: &Inline) {
        self.out.push_str("> ");
        self.paragraph(text);
    }

    pub(crate) fn item(&mut self, text: &Inline) {
        self.out.push_str("- ");
        self.line(text);
    }

    pub(crate) fn inner_item(&mut self, text: &Inline) {
        self.out.push_str("  - ");
        self.line(text);
    }

    /// `- **label**: value`.
    pub(crate) fn fact(&mut self, view: &View<'_>, key: &str, value: Inline) {
        if value == Inline::default() {
            return;
        }
        let label = Inline::word(view, key).strong();
        self.item(&Inline::all(": ", [label, value]));
    }

    /// A list under a label; nothing where it is empty.
    pub(crate) fn list(&mut self, view: &View<'_>, key: &str, texts: &[Text]) {
        if texts.is_empty() {
            return;
        }
        self.blank();
        self.paragraph(&Inline::word(view, key).strong());
        for text in texts {
            self.item(&Inline::said(&view.words.say(text)));
        }
    }

    pub(crate) fn table(
        &mut self,
        view: &View<'_>,
        keys: &[&str],
        rows: impl Iterator<Item = Vec<Inline>>,
    ) {
        self.blank();
        let heads = keys.iter().map(|key| Inline::word(view, key));
        self.row(heads);
        self.row(keys.iter().map(|_| Inline("---".to_owned())));
        for row in rows {
            self.row(row.into_iter());
        }
        self.out.push('\n');
    }

    fn row(&mut self, cells: impl Iterator<Item = Inline>) {
        for cell in cells {
            self.out.push_str("| ");
            self.out.push_str(&cell.0);
            self.out.push(' ');
        }
        self.out.push_str("|\n");
    }

    fn line(&mut self, text: &Inline) {
        self.out.push_str(&text.0);
        self.out.push('\n');
    }

    /// An empty line before what follows, once.
    pub(crate) fn blank(&mut self) {
        if !self.out.is_empty() && !self.out.ends_with("\n\n") {
            self.out.push('\n');
        }
    }

    pub(crate) fn into_string(self) -> String {
        let mut out = self.out.trim_end().to_owned();
        out.push('\n');
        out
    }
}

/// Escapes what Markdown or the HTML in it would read as markup. Signs that mean something at the
/// beginning alone are escaped there, since any text may begin a line; the forms of addresses that
/// become links by themselves are broken.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    for (place, character) in text.char_indices() {
        let rest = text.get(place..).unwrap_or_default();
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '#' | '|' | '~' | '!' | '@' | '{' | '}' | '$'
            | '^' => {
                out.push('\\');
                out.push(character);
            }
            ':' if rest.starts_with("://") => out.push_str("\\:"),
            '.' if www_before(text, place) => out.push_str("\\."),
            '-' | '+' | '=' | ' ' if place == 0 => {
                if character == ' ' {
                    out.push_str("&#32;");
                } else {
                    out.push('\\');
                    out.push(character);
                }
            }
            '.' | ')' if place == digits && digits > 0 => {
                out.push('\\');
                out.push(character);
            }
            other => out.push(other),
        }
    }
    out
}

fn www_before(text: &str, place: usize) -> bool {
    let before = text.get(..place).unwrap_or_default();
    let start = before.len().checked_sub(3);
    start
        .and_then(|start| before.get(start..))
        .is_some_and(|word| word.eq_ignore_ascii_case("www"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_is_escaped() {
        for (text, expected) in [
            ("a_b*c", "a\\_b\\*c"),
            ("[x](javascript:1)", "\\[x\\](javascript:1)"),
            ("![x](y)", "\\!\\[x\\](y)"),
            ("<img src=x onerror=1>", "&lt;img src=x onerror=1&gt;"),
            ("https://a.example", "https\\://a.example"),
            ("WWW.a.example", "WWW\\.a.example"),
            ("a@b.example", "a\\@b.example"),
            ("1. x", "1\\. x"),
            ("12) x", "12\\) x"),
            ("- x", "\\- x"),
            ("# x", "\\# x"),
            ("a | b", "a \\| b"),
            ("    code", "&#32;   code"),
            ("\\", "\\\\"),
            ("2026-03-01 10:00", "2026-03-01 10:00"),
            ("a\nb", "a\\\\u\\{a\\}b"),
        ] {
            assert_eq!(Inline::case(text).0, expected, "{text}");
        }
    }
}
