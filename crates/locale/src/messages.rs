//! The message files, and texts put into words.

use std::fmt;
use std::str::FromStr;
use std::sync::OnceLock;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use include_dir::{Dir, include_dir};
use serde::{Deserialize, Serialize};
use unic_langid::LanguageIdentifier;

use crate::lists::joined;
use crate::text::{Param, Text};

static FILES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../locales");

/// Texts inside texts.
const DEEPEST: usize = 8;

/// A language in which people read.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub enum Language {
    /// English.
    #[default]
    #[serde(rename = "en")]
    English,
    /// French.
    #[serde(rename = "fr")]
    French,
}

impl Language {
    /// All languages.
    pub const ALL: [Self; 2] = [Self::English, Self::French];

    /// The code of ISO 639-1.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::French => "fr",
        }
    }
}

impl fmt::Display for Language {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.code())
    }
}

/// A code that names no language in which the program speaks.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no language of this program: en, fr")]
pub struct ParseLanguageError(String);

impl FromStr for Language {
    type Err = ParseLanguageError;

    fn from_str(code: &str) -> Result<Self, Self::Err> {
        let all = Self::ALL.into_iter();
        let mut named = all.filter(|language| language.code() == code);
        named
            .next()
            .ok_or_else(|| ParseLanguageError(code.to_owned()))
    }
}

/// The messages of one language.
pub struct Locale {
    language: Language,
    bundle: FluentBundle<FluentResource>,
    problems: Vec<String>,
}

impl fmt::Debug for Locale {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = formatter.debug_struct("Locale");
        shown
            .field("language", &self.language)
            .finish_non_exhaustive()
    }
}

/// The messages of a language, read once.
#[must_use]
pub fn locale(language: Language) -> &'static Locale {
    static ENGLISH: OnceLock<Locale> = OnceLock::new();
    static FRENCH: OnceLock<Locale> = OnceLock::new();
    let slot = match language {
        Language::English => &ENGLISH,
        Language::French => &FRENCH,
    };
    slot.get_or_init(|| Locale::read(language))
}

impl Locale {
    fn read(language: Language) -> Self {
        let identifier: LanguageIdentifier = language.code().parse().unwrap_or_default();
        let mut bundle = FluentBundle::new_concurrent(vec![identifier]);
        // Marks of direction would travel into file names, tables and searches.
        bundle.set_use_isolating(false);
        let mut problems = Vec::new();
        let folder = FILES.get_dir(language.code());
        let mut files: Vec<_> = folder.into_iter().flat_map(Dir::files).collect();
        files.sort_by_key(|file| file.path());
        for file in files {
            let name = file.path().display();
            let Some(text) = file.contents_utf8() else {
                problems.push(format!("{name}: not UTF-8"));
                continue;
            };
            let resource =
                FluentResource::try_new(text.to_owned()).unwrap_or_else(|(rest, errors)| {
                    problems.extend(errors.iter().map(|error| format!("{name}: {error}")));
                    rest
                });
            if let Err(errors) = bundle.add_resource(resource) {
                problems.extend(errors.iter().map(|error| format!("{name}: {error}")));
            }
        }
        Self {
            language,
            bundle,
            problems,
        }
    }

    /// The language.
    #[must_use]
    pub const fn language(&self) -> Language {
        self.language
    }

    /// What is wrong with the message files; empty in a program that passed its tests.
    #[must_use]
    pub fn problems(&self) -> &[String] {
        &self.problems
    }

    /// Whether there is a message of that key.
    #[must_use]
    pub fn has(&self, key: &str) -> bool {
        self.bundle
            .get_message(key)
            .is_some_and(|message| message.value().is_some())
    }

    /// A text in words. An unknown key is shown as it is, with its parameters.
    #[must_use]
    pub fn say(&self, text: &Text) -> String {
        self.say_at(text, 0)
    }

    /// The message of a key that takes no parameters.
    #[must_use]
    pub fn word(&self, key: &str) -> String {
        self.say_at(&Text::new(key), 0)
    }

    fn say_at(&self, text: &Text, depth: usize) -> String {
        let message = self.bundle.get_message(&text.key);
        let Some(pattern) = message.and_then(|message| message.value()) else {
            return self.unknown(text, depth);
        };
        let mut arguments = FluentArgs::new();
        for (name, value) in &text.params {
            arguments.set(name.as_str(), self.value(value, depth));
        }
        let mut errors = Vec::new();
        let said = self
            .bundle
            .format_pattern(pattern, Some(&arguments), &mut errors);
        said.into_owned()
    }

    fn value(&self, value: &Param, depth: usize) -> FluentValue<'static> {
        match value {
            Param::Number(number) => FluentValue::from(*number),
            Param::Literal(text) => FluentValue::from(text.clone()),
            Param::List(items) => FluentValue::from(joined(items, self.language)),
            Param::Text(text) if depth < DEEPEST => FluentValue::from(self.say_at(text, depth + 1)),
            Param::Text(text) => FluentValue::from(text.key.clone()),
        }
    }

    fn unknown(&self, text: &Text, depth: usize) -> String {
        let mut shown = text.key.clone();
        for (name, value) in &text.params {
            let value = match value {
                Param::Number(number) => number.to_string(),
                Param::Literal(text) => text.clone(),
                Param::List(items) => joined(items, self.language),
                Param::Text(text) if depth < DEEPEST => self.say_at(text, depth + 1),
                Param::Text(text) => text.key.clone(),
            };
            shown.push_str(&format!(" {name}={value}"));
        }
        shown
    }
}
