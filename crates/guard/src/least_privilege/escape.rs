//! Texts from logs as texts of policies.

/// Longest ARN that is written into a policy; S3 keys have up to 1,024 bytes.
const LONGEST: usize = 2_048;

/// Whether IAM accepts every character of the text in a policy (IAM API Reference,
/// `PolicyDocument`: tab, line ends and U+0020 to U+00FF). Control characters are left out, since the
/// reader of a policy would not see them.
pub(super) fn is_writable(text: &str) -> bool {
    text.len() <= LONGEST
        && text
            .chars()
            .all(|letter| matches!(letter, ' '..='~' | '\u{a1}'..='\u{ff}'))
}

/// The text so that a policy of version 2012-10-17 means exactly it: no wildcard, no variable.
pub(super) fn exact(text: &str) -> String {
    escaped(text, true)
}

/// The text of an ARN in which `?` stands for a letter of unknown case.
pub(super) fn with_letters(text: &str) -> String {
    escaped(text, false)
}

fn escaped(text: &str, with_question_marks: bool) -> String {
    let mut out = String::with_capacity(text.len());
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '*' => out.push_str("${*}"),
            '?' if with_question_marks => out.push_str("${?}"),
            // A dollar alone is text.
            '$' if letters.peek() == Some(&'{') => out.push_str("${$}"),
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_name_is_a_wildcard_or_variable() {
        assert_eq!(
            exact("a*b?c${aws:username}$"),
            "a${*}b${?}c${$}{aws:username}$"
        );
        assert_eq!(with_letters("?hurn*"), "?hurn${*}");
        assert!(is_writable("a/b c é") && !is_writable("a\nb") && !is_writable("日本"));
    }
}
