//! Words for people, ready to be shown.

use rempart_findings::visible;
use rempart_locale::{Language, Locale, Param, Text, locale};
use serde::Serialize;

/// Text levels inside texts that are looked into, as in the message files.
const DEEPEST: usize = 8;

/// Text that may be shown: hidden characters of what came from outside are visible in it. It is not
/// yet escaped for any format.
///
/// The words of message files stay as they are, since French needs spaces that do not break and that
/// [`visible`] would write as escapes.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Said(String);

impl Said {
    /// Text of a case.
    pub(crate) fn of_case(text: &str) -> Self {
        Self(visible(text).into_owned())
    }

    /// Text of the program.
    pub(crate) fn of_program(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// At most so many characters; a longer text ends in an ellipsis.
    pub(crate) fn cut(&self, most: usize) -> Self {
        if self.0.chars().nth(most).is_none() {
            return self.clone();
        }
        let kept = self.0.chars().take(most.saturating_sub(1));
        Self(kept.chain(['…']).collect())
    }
}

/// The messages of the report's language.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Words {
    locale: &'static Locale,
}

impl Words {
    pub(crate) fn new(language: Language) -> Self {
        Self {
            locale: locale(language),
        }
    }

    pub(crate) fn language(self) -> Language {
        self.locale.language()
    }

    /// The message of a key of ours.
    pub(crate) fn word(self, key: &str) -> Said {
        Said(self.locale.word(key))
    }

    /// A text: of ours, or of the case with whatever its parameters hold.
    pub(crate) fn say(self, text: &Text) -> Said {
        Said(self.locale.say(&shown(text, 0)))
    }

    /// `<prefix>-<name>` where there is such a message, else the name as the case has it.
    pub(crate) fn named(self, prefix: &str, name: &str) -> Said {
        let key = format!("{prefix}-{name}");
        if self.locale.has(&key) {
            self.word(&key)
        } else {
            Said::of_case(name)
        }
    }

    /// The word of a value of the model's vocabularies, by its name on disk.
    pub(crate) fn value(self, prefix: &str, value: &impl Serialize) -> Said {
        self.named(prefix, &name(value))
    }
}

/// The name of a value of a vocabulary, as in `case.json`.
pub(crate) fn name(value: &impl Serialize) -> String {
    let value = serde_json::to_value(value).unwrap_or_default();
    value.as_str().unwrap_or_default().to_owned()
}

fn shown(text: &Text, depth: usize) -> Text {
    let mut copy = Text::new(visible(&text.key));
    for (name, value) in &text.params {
        let value = match value {
            Param::Number(number) => Param::Number(*number),
            Param::Literal(literal) => Param::Literal(visible(literal).into_owned()),
            Param::List(items) => {
                let items = items.iter().map(|item| visible(item).into_owned());
                Param::List(items.collect())
            }
            Param::Text(inner) if depth < DEEPEST => Param::from(shown(inner, depth + 1)),
            Param::Text(inner) => Param::Literal(visible(&inner.key).into_owned()),
        };
        copy = copy.with(&visible(name), value);
    }
    copy
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_and_unknown_keys_are_made_visible_and_messages_are_not() {
        let words = Words::new(Language::French);
        let text = Text::new("a\u{202e}b").with("x\u{1b}", "y\u{0}");
        assert_eq!(words.say(&text).as_str(), "a\\u{202e}b x\\u{1b}=y\\u{0}");
        assert!(words.word("question-1").as_str().contains('\u{a0}'));
        let nested =
            Text::new("outer").with("inner", Text::new("k\n").with("p", vec!["\r".into()]));
        assert_eq!(words.say(&nested).as_str(), "outer inner=k\\u{a} p=\\u{d}");
    }

    #[test]
    fn long_text_is_cut_at_characters() {
        assert_eq!(Said::of_program("éééé").cut(3).as_str(), "éé…");
        assert_eq!(Said::of_program("ééé").cut(3).as_str(), "ééé");
    }
}
