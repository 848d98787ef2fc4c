//! Patterns of the model. They are written for Java; the differences that matter are translated, and
//! the whole text has to match, with or without anchors.

use std::sync::OnceLock;

use regex::{Regex, RegexBuilder};

/// Bound of a compiled pattern in bytes: some name all letters of Unicode.
const SIZE_LIMIT: usize = 16 << 20;

/// A name of a feature or of a group, as three shapes of the model write it.
const NAMES: [&str; 3] = [
    "[a-zA-Z0-9]([-_]*[a-zA-Z0-9]){0,63}",
    "[a-zA-Z0-9]([_-]*[a-zA-Z0-9]){0,63}",
    "^[a-zA-Z0-9]([-_]*[a-zA-Z0-9]){0,63}",
];

/// What a text of the model has to match.
#[derive(Debug)]
pub struct Pattern {
    source: &'static str,
    form: Form,
    compiled: OnceLock<Option<Regex>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// `.*`: whatever there is, line ends included.
    Any,
    /// `.+`
    NonEmpty,
    /// A name.
    Name,
    /// A name, or an ARN that ends in one.
    NameOrArn,
    Other,
}

impl Pattern {
    pub(super) fn new(source: &'static str) -> Self {
        let form = match source {
            ".*" => Form::Any,
            ".+" => Form::NonEmpty,
            source if NAMES.contains(&source) => Form::Name,
            source if source.starts_with("(arn:") && ends_in_name(source) => Form::NameOrArn,
            _ => Form::Other,
        };
        Self {
            source,
            form,
            compiled: OnceLock::new(),
        }
    }

    /// As the model has it.
    pub fn source(&self) -> &'static str {
        self.source
    }

    /// Whether the whole text matches. A pattern that does not compile matches nothing.
    pub fn matches(&self, text: &str) -> bool {
        match self.form {
            Form::Any => true,
            Form::NonEmpty => !text.is_empty(),
            Form::Name => is_name(text),
            Form::NameOrArn if is_name(text) => true,
            Form::NameOrArn | Form::Other => self.regex().is_some_and(|regex| regex.is_match(text)),
        }
    }

    #[cfg(test)]
    pub(super) fn compiles(&self) -> bool {
        self.regex().is_some()
    }

    fn regex(&self) -> Option<&Regex> {
        self.compiled
            .get_or_init(|| {
                RegexBuilder::new(&format!("\\A(?:{})\\z", translated(self.source)))
                    .size_limit(SIZE_LIMIT)
                    .build()
                    .ok()
            })
            .as_ref()
    }
}

/// `[a-zA-Z0-9]([-_]*[a-zA-Z0-9]){0,63}`: letters and digits, up to 64 of them, with `-` and `_`
/// between.
pub(crate) fn is_name(text: &str) -> bool {
    let bytes = text.as_bytes();
    let (Some(first), Some(last)) = (bytes.first(), bytes.last()) else {
        return false;
    };
    if !first.is_ascii_alphanumeric() || !last.is_ascii_alphanumeric() {
        return false;
    }
    let mut letters = 0_usize;
    for byte in bytes {
        if byte.is_ascii_alphanumeric() {
            letters += 1;
        } else if !matches!(byte, b'-' | b'_') {
            return false;
        }
    }
    letters <= 64
}

fn ends_in_name(source: &str) -> bool {
    NAMES.iter().any(|name| {
        source
            .strip_suffix(')')
            .and_then(|source| source.strip_suffix(name))
            .is_some_and(|start| start.ends_with(")?("))
    })
}

/// Java's `\w`, `\d` and `\s` are ASCII; characters beyond the first plane are written as five digits
/// or as pairs of surrogates, which is what is meant.
fn translated(source: &str) -> String {
    source
        .replace("\\uD800\\uDC00-\\uDBFF\\uDFFF", "\\x{10000}-\\x{10FFFF}")
        .replace("\\u10000-\\u10FFFF", "\\x{10000}-\\x{10FFFF}")
        .replace("\\w", "[0-9A-Za-z_]")
        .replace("\\d", "[0-9]")
        .replace("\\s", "[\\t\\n\\x0B\\x0C\\r ]")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn java_and_not_unicode() {
        let tag = Pattern::new(r"[\w+=,.@-]*");
        assert!(tag.matches("a_9+=,.@-"));
        assert!(!tag.matches("é"));
        assert!(!tag.matches("a\n"), "an end of line is no end of text");
        let policy = Pattern::new(r"[\u0009\u000A\u000D\u0020-\uFFFD\u10000-\u10FFFF]+");
        assert!(policy.matches("{\"a\": 1}\n\u{1F600}"));
        assert!(!policy.matches("\u{1}"));
    }

    #[test]
    fn names_and_arns() {
        let source = r"(arn:aws[a-z\-]*:sagemaker:[a-z0-9\-]*:[0-9]{12}:feature-group\/)?([a-zA-Z0-9]([_-]*[a-zA-Z0-9]){0,63})";
        let pattern = Pattern::new(source);
        assert_eq!(pattern.form, Form::NameOrArn);
        let arn = "arn:aws:sagemaker:eu-west-1:111122223333:feature-group/fg";
        for good in ["a", "a-b", "a-_-b", arn] {
            assert!(pattern.matches(good), "{good}");
        }
        for bad in ["", "-a", "a-", "a b", "arn:aws:s3:::x", "a/b", "é"] {
            assert!(!pattern.matches(bad), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn names_as_the_regex_has_them(text in "[a-cZ0é_ -]{0,12}|[a-b_-]{60,70}|[ab]{62,66}") {
            let regex = Regex::new(&format!("\\A(?:{})\\z", NAMES[0])).unwrap();
            prop_assert_eq!(is_name(&text), regex.is_match(&text));
        }
    }
}
