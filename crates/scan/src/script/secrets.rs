//! Finds secrets in text. Values are never kept or returned.

use std::fmt;
use std::sync::LazyLock;

use regex::bytes::Regex;

/// A kind of secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SecretKind {
    /// An identifier of an AWS access key.
    AwsAccessKey,
    /// An AWS secret access key in an assignment.
    AwsSecretKey,
    /// A private key in PEM.
    PrivateKey,
    /// A token of GitHub.
    GithubToken,
    /// A token of Slack.
    SlackToken,
    /// A password in an assignment or a URL.
    Password,
    /// A signed JSON web token.
    Jwt,
    /// Another token or key in an assignment.
    GenericToken,
}

impl SecretKind {
    /// The identifier used in rules.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::AwsAccessKey => "aws-access-key",
            Self::AwsSecretKey => "aws-secret-key",
            Self::PrivateKey => "private-key",
            Self::GithubToken => "github-token",
            Self::SlackToken => "slack-token",
            Self::Password => "password",
            Self::Jwt => "jwt",
            Self::GenericToken => "generic-token",
        }
    }
}

impl fmt::Display for SecretKind {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.id())
    }
}

/// The kinds of secrets in a text, each once, in order. Placeholders such as
/// `changeme` or `${PASSWORD}` and the keys of AWS's documentation do not
/// count.
#[must_use]
pub fn secrets(text: &str) -> Vec<SecretKind> {
    let mut kinds = Vec::new();
    for pattern in PATTERNS.iter() {
        let found = pattern
            .regex
            .captures_iter(text.as_bytes())
            .any(|captures| {
                let value = captures.name("value").map(|value| value.as_bytes());
                value.is_some_and(|value| is_real(pattern.kind, value))
            });
        if found && !kinds.contains(&pattern.kind) {
            kinds.push(pattern.kind);
        }
    }
    kinds.sort_unstable();
    kinds
}

/// Replaces secrets by `***`, for excerpts.
pub(super) fn mask(text: &[u8]) -> Vec<u8> {
    let mut masked = text.to_vec();
    for pattern in PATTERNS.iter() {
        let mut places = Vec::new();
        for captures in pattern.regex.captures_iter(&masked) {
            if let Some(value) = captures.name("value")
                && is_real(pattern.kind, value.as_bytes())
            {
                places.push(value.range());
            }
        }
        for place in places.into_iter().rev() {
            masked.splice(place, *b"***");
        }
    }
    masked
}

struct Pattern {
    kind: SecretKind,
    regex: Regex,
}

static PATTERNS: LazyLock<Vec<Pattern>> = LazyLock::new(|| {
    let patterns = [
        (
            SecretKind::PrivateKey,
            r"(?P<value>-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----)",
        ),
        (
            SecretKind::AwsAccessKey,
            r"\b(?P<value>(?:AKIA|ASIA)[A-Z0-9]{16})\b",
        ),
        (
            SecretKind::AwsSecretKey,
            r#"(?i)(?:aws.{0,12}(?:secret|sk)|secret_?access_?key|secret_?key)[\w]{0,20}["']?\s{0,3}(?:=>|=|:)\s{0,3}["']?(?P<value>[A-Za-z0-9/+]{40})(?:[^A-Za-z0-9/+=]|$)"#,
        ),
        (
            SecretKind::GithubToken,
            r"\b(?P<value>gh[pousr]_[A-Za-z0-9]{36,255}|github_pat_[A-Za-z0-9_]{60,120})\b",
        ),
        (
            SecretKind::SlackToken,
            r"\b(?P<value>xox[abeoprs]-[A-Za-z0-9-]{10,200})",
        ),
        (
            SecretKind::SlackToken,
            r"(?P<value>hooks\.slack\.com/services/T[A-Z0-9]{6,}/B[A-Z0-9]{6,}/[A-Za-z0-9]{16,})",
        ),
        (
            SecretKind::Jwt,
            r"\b(?P<value>eyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,})",
        ),
        (
            SecretKind::Password,
            r#"(?i)(?:password|passwd|passphrase|\bpwd|_pass)["']?\s{0,3}(?:=>|=|:)\s{0,3}["']?(?P<value>[^\s"'`,;&|<>]{6,128})"#,
        ),
        (
            SecretKind::Password,
            r"(?i)\b[a-z][a-z0-9+.-]{1,15}://[^\s:/@]{1,64}:(?P<value>[^\s:/@]{3,128})@",
        ),
        (
            SecretKind::GenericToken,
            r#"(?i)(?:api_?-?key|auth_?-?token|access_?-?token|_token|client_?-?secret|secret_?-?token|\btoken)["']?\s{0,3}(?:=>|=|:)\s{0,3}["']?(?P<value>[A-Za-z0-9_./+=-]{16,256})"#,
        ),
        (
            SecretKind::GenericToken,
            r"(?i)authorization:\s{0,3}(?:bearer|token)\s{1,3}(?P<value>[A-Za-z0-9_./+=-]{16,512})",
        ),
        (
            SecretKind::GenericToken,
            r"\b(?P<value>(?:hf_[A-Za-z0-9]{30,60}|sk-[A-Za-z0-9_-]{32,200}|glpat-[A-Za-z0-9_-]{20,40}|npm_[A-Za-z0-9]{36}))\b",
        ),
    ];
    let compile = |(kind, pattern): (SecretKind, &str)| {
        let regex = Regex::new(&format!("(?-u){pattern}")).ok()?;
        Some(Pattern { kind, regex })
    };
    patterns.into_iter().filter_map(compile).collect()
});

/// False for placeholders, references to variables and documented examples.
fn is_real(kind: SecretKind, value: &[u8]) -> bool {
    let text = String::from_utf8_lossy(value);
    let lower = text.to_ascii_lowercase();
    match kind {
        SecretKind::AwsAccessKey | SecretKind::AwsSecretKey => !lower.contains("example"),
        SecretKind::Password | SecretKind::GenericToken => {
            let refers = [
                "$",
                "{",
                "<",
                "%",
                "*",
                "(",
                "arn:",
                "ssm:",
                "os.environ",
                "getpass",
                "None",
            ]
            .iter()
            .any(|mark| text.contains(mark));
            let placeholder = [
                "changeme",
                "example",
                "placeholder",
                "xxxx",
                "your",
                "dummy",
                "password",
                "secret",
                "redacted",
                "insert",
                "todo",
            ]
            .iter()
            .any(|mark| lower.contains(mark));
            let path = text.starts_with('/') && text.matches('/').count() > 1;
            let generic = kind == SecretKind::GenericToken;
            let digits = value.iter().any(u8::is_ascii_digit);
            !refers && !placeholder && !path && (!generic || digits)
        }
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pattern_compiles() {
        assert_eq!(PATTERNS.len(), 12);
    }

    #[test]
    fn excerpts_are_masked() {
        let masked = mask(b"export DB_PASSWORD=hunter2hunter2 AKIAABCDEFGHIJKLMNOP");
        assert_eq!(masked, b"export DB_PASSWORD=*** ***");
    }
}
