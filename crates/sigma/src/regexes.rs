//! Regular expressions: the documented part of PCRE, in the syntax of a linear-time engine.
//!
//! Understood: literals, `.`, `^`, `$`, `* + ? {n,m}` also lazy, classes, groups `(…)` and `(?:…)`,
//! alternation, a leading `(?ims)`, the escapes `\d \D \w \W \s \S \b \B \t \n \r \f \v \xhh` and escaped
//! punctuation. Everything else, look-around and back-references above all, is refused when the rule is
//! loaded. The shorthand classes are those of ASCII, as in PCRE without its Unicode options.

use regex::{Regex, RegexBuilder};

use crate::modifier::Modifier;

/// Longest expression, in bytes.
const MAX_LENGTH: usize = 8_192;
/// Largest compiled program and cache, in bytes.
const MAX_PROGRAM: usize = 1 << 20;

/// Compiles an expression with the flags of its modifiers.
///
/// # Errors
/// Says what is not supported, or why it is no expression.
pub(crate) fn compile(pattern: &str, chain: &[Modifier]) -> Result<Regex, String> {
    if pattern.len() > MAX_LENGTH {
        return Err(format!(
            "regular expression is longer than {MAX_LENGTH} bytes"
        ));
    }
    let mut flags = String::new();
    for (modifier, flag) in [
        (Modifier::IgnoreCase, 'i'),
        (Modifier::MultiLine, 'm'),
        (Modifier::DotAll, 's'),
    ] {
        if chain.contains(&modifier) {
            flags.push(flag);
        }
    }
    let translated = translate(pattern)?;
    let whole = if flags.is_empty() {
        translated
    } else {
        format!("(?{flags}){translated}")
    };
    RegexBuilder::new(&whole)
        .size_limit(MAX_PROGRAM)
        .dfa_size_limit(MAX_PROGRAM)
        .nest_limit(100)
        .build()
        .map_err(|error| match error {
            regex::Error::CompiledTooBig(_) => "regular expression is too large".to_owned(),
            other => format!(
                "regular expression does not read: {}",
                last_line(&other.to_string())
            ),
        })
}

/// The message of the regex crate draws the expression over several lines; its last line says what is wrong.
fn last_line(message: &str) -> &str {
    message
        .lines()
        .last()
        .unwrap_or(message)
        .trim_start_matches("error: ")
}

fn translate(pattern: &str) -> Result<String, String> {
    let (leading, rest) = leading_flags(pattern);
    let mut output = leading.to_owned();
    let mut characters = rest.chars().peekable();
    let mut class = Class::Outside;
    while let Some(character) = characters.next() {
        let inside = class != Class::Outside;
        match character {
            '\\' => {
                let escaped = characters
                    .next()
                    .ok_or("regular expression ends with a backslash")?;
                escape(escaped, inside, &mut output)?;
                class = class.after_member();
            }
            '[' if !inside => {
                class = Class::Start;
                output.push('[');
                if characters.next_if_eq(&'^').is_some() {
                    output.push('^');
                }
            }
            '[' if characters.peek() == Some(&':') => {
                return Err("POSIX classes like [:alpha:] are not supported".to_owned());
            }
            ']' if class == Class::Start => {
                // First in a class it is a member.
                output.push_str("\\]");
                class = Class::Inside;
            }
            ']' if inside => {
                output.push(']');
                class = Class::Outside;
            }
            // Operators on classes that PCRE does not know.
            '[' | '&' | '~' if inside => {
                output.push('\\');
                output.push(character);
                class = Class::Inside;
            }
            '-' if inside && characters.peek() == Some(&'-') => {
                return Err("'--' in a class is not supported: escape the dash".to_owned());
            }
            '(' if !inside && characters.peek() == Some(&'?') => {
                characters.next();
                match characters.next() {
                    Some(':') => output.push_str("(?:"),
                    other => {
                        let shown: String = other.into_iter().collect();
                        return Err(format!(
                            "'(?{shown}' is not supported in regular expressions"
                        ));
                    }
                }
            }
            '*' | '+' | '?' | '}' if !inside && characters.peek() == Some(&'+') => {
                return Err("possessive quantifiers are not supported".to_owned());
            }
            other => {
                output.push(other);
                class = class.after_member();
            }
        }
    }
    Ok(output)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Outside,
    Start,
    Inside,
}

impl Class {
    fn after_member(self) -> Self {
        if self == Self::Outside {
            Self::Outside
        } else {
            Self::Inside
        }
    }
}

fn leading_flags(pattern: &str) -> (&str, &str) {
    let split = pattern
        .strip_prefix("(?")
        .and_then(|rest| rest.find(')'))
        .map(|end| end + 3)
        .and_then(|end| pattern.split_at_checked(end));
    match split {
        Some((flags, rest))
            if flags
                .bytes()
                .skip(2)
                .all(|byte| matches!(byte, b'i' | b'm' | b's' | b')'))
                && flags.len() > 3 =>
        {
            (flags, rest)
        }
        _ => ("", pattern),
    }
}

fn escape(escaped: char, inside: bool, output: &mut String) -> Result<(), String> {
    const SPACE: &str = r" \t\n\r\x0b\x0c";
    let members = match escaped {
        'd' | 'D' => "0-9",
        'w' | 'W' => "0-9A-Za-z_",
        's' | 'S' => SPACE,
        'b' if !inside => {
            output.push_str(r"(?-u:\b)");
            return Ok(());
        }
        // A complement that depends on bytes could match inside a character.
        'B' if !inside => {
            output.push_str(r"\B");
            return Ok(());
        }
        't' | 'n' | 'r' | 'f' | 'v' | 'x' => {
            output.push('\\');
            output.push(escaped);
            return Ok(());
        }
        other if other.is_ascii_punctuation() || other == ' ' => {
            // '<' and '>' mean word boundaries to the engine when escaped.
            if !matches!(other, '<' | '>' | ' ') {
                output.push('\\');
            }
            output.push(other);
            return Ok(());
        }
        other => {
            return Err(format!(
                "'\\{other}' is not supported in regular expressions"
            ));
        }
    };
    match (escaped.is_ascii_uppercase(), inside) {
        (false, true) => output.push_str(members),
        (false, false) => output.push_str(&format!("[{members}]")),
        (true, _) => output.push_str(&format!("[^{members}]")),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documented_part_works() {
        for (pattern, text, expected) in [
            (
                r"^arn:aws:iam::\d{12}:role/.*$",
                "arn:aws:iam::123456789012:role/x",
                true,
            ),
            (r"\d", "٣", false),
            (r"[\w.-]+@x", "a.b-c@x", true),
            (r"[]a]b", "]b", true),
            (r"[^]a]b", "cb", true),
            (r"[[a]b", "[b", true),
            (r"[a&&b]", "&", true),
            (r"a\<b", "a<b", true),
            (r"(?i)ABC", "abc", true),
            (r"(?:a|b)+?c", "abc", true),
            (r"\bcat\b", "a cat.", true),
            (r"a\/b\-c", "a/b-c", true),
            (r"[^\s]", " ", false),
            (r"[\D]", "5", false),
            (r"ABC", "abc", false),
        ] {
            assert_eq!(
                compile(pattern, &[]).unwrap().is_match(text),
                expected,
                "{pattern} on {text}"
            );
        }
        assert!(
            compile("a.b", &[Modifier::Regex, Modifier::DotAll])
                .unwrap()
                .is_match("a\nb")
        );
        assert!(
            compile("^b$", &[Modifier::Regex, Modifier::MultiLine])
                .unwrap()
                .is_match("a\nb\nc")
        );
    }

    #[test]
    fn the_rest_is_refused() {
        for pattern in [
            "(?=a)",
            "(?<!a)b",
            r"(a)\1",
            "(?P<n>a)",
            r"\p{L}",
            r"\Aa",
            "a++",
            "(",
            "[",
            "a{2",
            "(?>a)",
            "[[:alpha:]]",
            r"\Qa\E",
            "((a{1000}){1000}){1000}",
            "[a--b]",
        ] {
            assert!(compile(pattern, &[]).is_err(), "{pattern}");
        }
        assert!(compile(&"(".repeat(5_000), &[]).is_err());
    }
}
