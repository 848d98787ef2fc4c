//! Names of operations in words: a verb and what it is done to.

use rempart_locale::{Locale, Text};

/// An operation in words, such as `create a notebook instance`; `None` when its verb is not known.
pub(super) fn operation(locale: &Locale, service: &str, name: &str) -> Option<Text> {
    let whole = Text::new(format!("explain-call-{service}-{name}"));
    if locale.has(&whole.key) {
        return Some(whole);
    }
    let end = name
        .char_indices()
        .skip(1)
        .find(|(_, letter)| letter.is_ascii_uppercase())?
        .0;
    let (verb, noun) = name.split_at_checked(end)?;
    let verb = format!("explain-verb-{}", verb.to_ascii_lowercase());
    locale
        .has(&verb)
        .then(|| Text::new(verb).with("thing", thing(locale, noun)))
}

/// A noun of the API with an article, or its API name where the language files have none.
fn thing(locale: &Locale, noun: &str) -> Text {
    let name = kebab(noun);
    let candidates = [
        (Some(name.as_str()), 1_i64),
        (name.strip_suffix('s'), 2),
        (name.strip_suffix("es"), 2),
    ];
    let from_y = name.strip_suffix("ies").map(|stem| format!("{stem}y"));
    let candidates = candidates.into_iter().chain([(from_y.as_deref(), 2)]);
    for (candidate, number) in candidates {
        let Some(candidate) = candidate else { continue };
        let key = format!("explain-thing-{candidate}");
        if locale.has(&key) {
            return Text::new(key).with("number", number);
        }
    }
    Text::new("explain-thing").with("name", super::lines::safe(noun))
}

/// `NotebookInstance` as `notebook-instance`; a run of capitals is one word: `MFADevice`, `mfa-device`.
fn kebab(name: &str) -> String {
    let letters: Vec<char> = name.chars().take(100).collect();
    let mut words = String::new();
    for (position, letter) in letters.iter().enumerate() {
        let before = position.checked_sub(1).and_then(|index| letters.get(index));
        let after = letters.get(position + 1);
        let is_start = letter.is_ascii_uppercase()
            && before.is_some_and(|before| {
                !before.is_ascii_uppercase() || after.is_some_and(char::is_ascii_lowercase)
            });
        if is_start {
            words.push('-');
        }
        words.push(letter.to_ascii_lowercase());
    }
    words
}

#[cfg(test)]
mod tests {
    use rempart_locale::{Language, locale};

    use super::*;

    #[test]
    fn names_become_words() {
        assert_eq!(kebab("NotebookInstance"), "notebook-instance");
        assert_eq!(kebab("MFADevice"), "mfa-device");
        assert_eq!(kebab("AutoMLJobV2"), "auto-ml-job-v2");
    }

    #[test]
    fn operations_are_said_in_both_languages() {
        let said = |language, service, name| {
            let locale = locale(language);
            locale.say(&operation(locale, service, name).unwrap())
        };
        let english = |service, name| said(Language::English, service, name);
        let french = |service, name| said(Language::French, service, name);
        assert_eq!(
            english("sagemaker", "CreateNotebookInstance"),
            "create a notebook instance"
        );
        assert_eq!(
            french("sagemaker", "CreateNotebookInstance"),
            "créer une instance de notebook"
        );
        assert_eq!(english("sagemaker", "ListEndpoints"), "list endpoints");
        assert_eq!(french("iam", "ListPolicies"), "lister des politiques");
        assert_eq!(english("x", "CreateFrobnication"), "create “Frobnication”");
    }

    #[test]
    fn what_is_no_known_verb_is_left_alone() {
        let locale = locale(Language::English);
        assert!(operation(locale, "x", "ZzzThing").is_none());
        assert!(operation(locale, "x", "").is_none());
        assert!(operation(locale, "é", "Éé").is_none());
    }
}
