//! Writes HTML. Markup is what the program has as constants; all else is escaped.

use crate::words::Said;

/// A page that grows.
#[derive(Debug, Default)]
pub(crate) struct Html {
    out: String,
}

impl Html {
    /// Markup of the program. Text of a case never has this type.
    pub(crate) fn raw(&mut self, markup: &'static str) -> &mut Self {
        self.out.push_str(markup);
        self
    }

    /// Text between tags.
    pub(crate) fn said(&mut self, text: &Said) -> &mut Self {
        escape(text.as_str(), &mut self.out);
        self
    }

    /// Text of a case between tags.
    pub(crate) fn case(&mut self, text: &str) -> &mut Self {
        self.said(&Said::of_case(text))
    }

    /// A number, its digits grouped by narrow spaces that do not break.
    pub(crate) fn number(&mut self, number: u64) -> &mut Self {
        let digits = number.to_string();
        for (place, digit) in digits.chars().enumerate() {
            if place > 0 && (digits.len() - place).is_multiple_of(3) && digits.len() > 4 {
                self.out.push('\u{202f}');
            }
            self.out.push(digit);
        }
        self
    }

    /// ` name="value"`, inside a tag.
    pub(crate) fn attribute(&mut self, name: &'static str, value: &Said) -> &mut Self {
        self.out.push(' ');
        self.out.push_str(name);
        self.out.push_str("=\"");
        escape(value.as_str(), &mut self.out);
        self.out.push('"');
        self
    }

    /// ` name="<prefix><number>"`.
    pub(crate) fn numbered(
        &mut self,
        name: &'static str,
        prefix: &'static str,
        number: usize,
    ) -> &mut Self {
        self.attribute(name, &Said::of_program(format!("{prefix}{number}")))
    }

    /// An element with a class around a text. An empty class is left out.
    pub(crate) fn element(&mut self, tag: Tag, class: &'static str, text: &Said) -> &mut Self {
        self.open(tag, class).said(text).close(tag)
    }

    pub(crate) fn open(&mut self, tag: Tag, class: &'static str) -> &mut Self {
        self.out.push('<');
        self.out.push_str(tag.0);
        if !class.is_empty() {
            self.out.push_str(" class=\"");
            self.out.push_str(class);
            self.out.push('"');
        }
        self.raw(">")
    }

    pub(crate) fn close(&mut self, tag: Tag) -> &mut Self {
        self.out.push_str("</");
        self.out.push_str(tag.0);
        self.raw(">")
    }

    /// A data block of JSON. No tag can end or begin in it, and old readers of JSON as script take
    /// its line separators.
    pub(crate) fn json(&mut self, value: &serde_json::Value) -> &mut Self {
        for character in value.to_string().chars() {
            match character {
                '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                    let escape = format!("\\u{:04x}", u32::from(character));
                    self.out.push_str(&escape);
                }
                other => self.out.push(other),
            }
        }
        self
    }

    pub(crate) fn into_string(self) -> String {
        self.out
    }
}

/// Name of an element.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tag(pub(crate) &'static str);

fn escape(text: &str, out: &mut String) {
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            other => out.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_cannot_leave_its_place() {
        let mut html = Html::default();
        html.raw("<p")
            .attribute("title", &Said::of_case("\" onclick='x'>"))
            .raw(">")
            .case("</p><script>&\u{0}");
        let expected =
            "<p title=\"&quot; onclick=&#39;x&#39;&gt;\">&lt;/p&gt;&lt;script&gt;&amp;\\u{0}";
        assert_eq!(html.into_string(), expected);
        let mut data = Html::default();
        data.json(&serde_json::json!({ "</script>": "\u{2028}<!--&" }));
        let text = data.into_string();
        assert_eq!(text, r#"{"\u003c/script\u003e":"\u2028\u003c!--\u0026"}"#);
        assert_eq!(
            serde_json::from_str::<serde_json::Value>(&text).unwrap(),
            serde_json::json!({ "</script>": "\u{2028}<!--&" })
        );
    }

    #[test]
    fn numbers_are_grouped_from_five_digits() {
        let mut html = Html::default();
        html.number(1234).raw(" ").number(1_234_567);
        assert_eq!(html.into_string(), "1234 1\u{202f}234\u{202f}567");
    }
}
