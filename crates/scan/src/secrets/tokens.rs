//! Tokens with a documented prefix and length.

use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};

use super::text::Found;
use super::{AWS_ACCESS_KEY, AWS_ACCESS_KEY_EXAMPLE, checksum, value};

/// Which characters follow the prefix.
#[derive(Debug, Clone, Copy)]
enum Set {
    Alphanumeric,
    /// Letters, digits, `_` and `-`.
    Url,
    /// As `Url`, and dots.
    Dotted,
    /// Lower-case hexadecimal digits.
    Hex,
    /// Upper-case letters and the digits 2 to 7.
    Base32,
    /// Letters, digits, `+`, `/` and `=`.
    Base64,
}

impl Set {
    fn holds(self, byte: u8) -> bool {
        match self {
            Self::Alphanumeric => byte.is_ascii_alphanumeric(),
            Self::Url => byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'),
            Self::Dotted => byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'),
            Self::Hex => matches!(byte, b'0'..=b'9' | b'a'..=b'f'),
            Self::Base32 => matches!(byte, b'A'..=b'Z' | b'2'..=b'7'),
            Self::Base64 => byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'='),
        }
    }
}

struct Token {
    kind: &'static str,
    prefix: &'static str,
    set: Set,
    least: usize,
    most: usize,
    /// What length and characters cannot say about the part behind the prefix.
    accepts: fn(&str) -> bool,
}

const fn token(
    kind: &'static str,
    prefix: &'static str,
    set: Set,
    least: usize,
    most: usize,
) -> Token {
    checked(kind, prefix, set, least, most, |_| true)
}

const fn checked(
    kind: &'static str,
    prefix: &'static str,
    set: Set,
    least: usize,
    most: usize,
    accepts: fn(&str) -> bool,
) -> Token {
    Token {
        kind,
        prefix,
        set,
        least,
        most,
        accepts,
    }
}

/// The classic form has 30 characters and a checksum of six; longer ones have
/// none that is documented.
fn github(body: &str) -> bool {
    body.len() != 36 || checksum::is_github(body)
}

/// The mark that OpenAI puts into its keys.
fn openai(body: &str) -> bool {
    body.contains("T3BlbkFJ")
}

/// At least one digit, so that words joined by dashes do not count.
fn with_digit(body: &str) -> bool {
    body.bytes().any(|byte| byte.is_ascii_digit())
}

fn sendgrid(body: &str) -> bool {
    body.split_once('.')
        .is_some_and(|(first, second)| first.len() == 22 && second.len() == 43)
}

#[rustfmt::skip]
const TOKENS: &[Token] = &[
    token(AWS_ACCESS_KEY, "AKIA", Set::Base32, 16, 16),
    token(AWS_ACCESS_KEY, "ASIA", Set::Base32, 16, 16),
    checked("github-token", "ghp_", Set::Alphanumeric, 36, 255, github),
    checked("github-token", "gho_", Set::Alphanumeric, 36, 255, github),
    checked("github-token", "ghu_", Set::Alphanumeric, 36, 255, github),
    checked("github-token", "ghs_", Set::Alphanumeric, 36, 255, github),
    checked("github-token", "ghr_", Set::Alphanumeric, 36, 255, github),
    checked("github-token", "github_pat_", Set::Url, 82, 82, |body| body.as_bytes().get(22) == Some(&b'_')),
    checked("gitlab-token", "glpat-", Set::Dotted, 20, 300, with_digit),
    checked("gitlab-token", "gldt-", Set::Url, 20, 64, with_digit),
    checked("gitlab-token", "glrt-", Set::Dotted, 20, 300, with_digit),
    checked("gitlab-token", "glcbt-", Set::Url, 20, 80, with_digit),
    token("gitlab-token", "glptt-", Set::Hex, 40, 40),
    checked("gitlab-token", "glft-", Set::Url, 20, 64, with_digit),
    checked("gitlab-token", "glsoat-", Set::Url, 20, 64, with_digit),
    checked("gitlab-token", "glagent-", Set::Url, 50, 64, with_digit),
    token("gitlab-token", "gloas-", Set::Hex, 64, 64),
    checked("slack-token", "xoxb-", Set::Url, 20, 255, with_digit),
    checked("slack-token", "xoxp-", Set::Url, 20, 255, with_digit),
    checked("slack-token", "xoxa-", Set::Url, 20, 255, with_digit),
    checked("slack-token", "xoxo-", Set::Url, 20, 255, with_digit),
    checked("slack-token", "xoxr-", Set::Url, 20, 255, with_digit),
    checked("slack-token", "xoxs-", Set::Url, 20, 255, with_digit),
    checked("slack-token", "xoxe-", Set::Url, 20, 255, with_digit),
    checked("slack-token", "xoxe.", Set::Url, 20, 255, with_digit),
    checked("slack-token", "xapp-", Set::Url, 20, 255, with_digit),
    checked("slack-webhook", "hooks.slack.com/services/", Set::Base64, 30, 120, |body| body.starts_with('T') && body.matches('/').count() == 2),
    token("stripe-key", "sk_live_", Set::Alphanumeric, 16, 255),
    token("stripe-key", "rk_live_", Set::Alphanumeric, 16, 255),
    token("stripe-key", "sk_test_", Set::Alphanumeric, 16, 255),
    token("stripe-key", "rk_test_", Set::Alphanumeric, 16, 255),
    checked("stripe-key", "whsec_", Set::Base64, 32, 64, with_digit),
    token("google-api-key", "AIza", Set::Url, 35, 35),
    token("google-oauth-secret", "GOCSPX-", Set::Url, 28, 28),
    checked("google-oauth-token", "ya29.", Set::Url, 40, 2048, with_digit),
    checked("openai-key", "sk-", Set::Url, 40, 255, openai),
    checked("anthropic-key", "sk-ant-", Set::Url, 80, 160, with_digit),
    token("huggingface-token", "hf_", Set::Alphanumeric, 34, 40),
    token("huggingface-token", "api_org_", Set::Alphanumeric, 34, 40),
    checked("npm-token", "npm_", Set::Alphanumeric, 36, 36, with_digit),
    checked("pypi-token", "pypi-AgEIcHlwaS5vcmc", Set::Url, 50, 2048, with_digit),
    checked("pypi-token", "pypi-AgENdGVzdC5weXBpLm9yZw", Set::Url, 50, 2048, with_digit),
    token("twilio-key", "SK", Set::Hex, 32, 32),
    checked("sendgrid-key", "SG.", Set::Dotted, 66, 66, sendgrid),
    token("databricks-token", "dapi", Set::Hex, 32, 32),
    checked("snowflake-token", "ver:1-hint:", Set::Url, 20, 255, with_digit),
    checked("snowflake-token", "ETMsDgAAA", Set::Base64, 100, 1024, with_digit),
    checked("jfrog-token", "AKCp", Set::Alphanumeric, 69, 69, with_digit),
    checked("jfrog-token", "cmVmdGtu", Set::Alphanumeric, 56, 56, with_digit),
    token("digitalocean-token", "dop_v1_", Set::Hex, 64, 64),
    checked("docker-token", "dckr_pat_", Set::Url, 27, 40, |_| true),
    checked("docker-token", "dckr_oat_", Set::Url, 32, 40, |_| true),
    checked("vault-token", "hvs.", Set::Url, 24, 255, with_digit),
    checked("vault-token", "hvb.", Set::Url, 100, 400, with_digit),
    checked("grafana-token", "glsa_", Set::Url, 41, 41, with_digit),
    checked("atlassian-token", "ATATT3", Set::Url, 150, 300, with_digit),
    token("shopify-token", "shpat_", Set::Hex, 32, 32),
    checked("groq-key", "gsk_", Set::Alphanumeric, 52, 52, with_digit),
    checked("replicate-token", "r8_", Set::Alphanumeric, 37, 37, with_digit),
    checked("postman-key", "PMAK-", Set::Url, 59, 59, with_digit),
];

static PREFIXES: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| {
    AhoCorasick::builder()
        .kind(Some(AhoCorasickKind::DFA))
        .match_kind(MatchKind::Standard)
        .build(TOKENS.iter().map(|token| token.prefix))
        .ok()
});

/// Kinds of the table, some more than once.
pub(super) fn kinds() -> impl Iterator<Item = &'static str> {
    TOKENS.iter().map(|token| token.kind)
}

/// All tokens of a text; none overlaps another.
pub(super) fn find(text: &str) -> Vec<Found> {
    let mut found: Vec<Found> = Vec::new();
    let Some(prefixes) = PREFIXES.as_ref() else {
        return found;
    };
    let bytes = text.as_bytes();
    for hit in prefixes.find_overlapping_iter(bytes) {
        let before = hit.start().checked_sub(1).and_then(|at| bytes.get(at));
        if before.is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_') {
            continue;
        }
        let Some(token) = TOKENS.get(hit.pattern().as_usize()) else {
            continue;
        };
        let rest = bytes.get(hit.end()..).unwrap_or_default();
        let mut length = rest
            .iter()
            .take(token.most + 1)
            .take_while(|byte| token.set.holds(**byte))
            .count();
        // A full stop or dash behind a token belongs to the sentence.
        while length > token.least
            && length <= token.most
            && rest
                .get(length - 1)
                .is_some_and(|byte| matches!(byte, b'.' | b'-'))
        {
            length -= 1;
        }
        if length < token.least || length > token.most {
            continue;
        }
        let range = hit.start()..hit.end() + length;
        let Some(body) = text.get(hit.end()..range.end) else {
            continue;
        };
        let is_aws = token.kind == AWS_ACCESS_KEY;
        if is_aws && body.ends_with("EXAMPLE") {
            found.push(Found {
                range,
                kind: AWS_ACCESS_KEY_EXAMPLE,
            });
            continue;
        }
        if !(token.accepts)(body) || value::is_made_up(body) {
            continue;
        }
        // `sk-ant-` is found as `sk-` first; the longer one says more.
        if found
            .last()
            .is_some_and(|last| last.range.end > range.start)
        {
            continue;
        }
        found.push(Found {
            range,
            kind: token.kind,
        });
    }
    found
}

/// True when a whole value is an AWS access key id.
pub(super) fn is_aws_key_id(text: &str) -> bool {
    let found = find(text.trim());
    found
        .iter()
        .any(|found| matches!(found.kind, AWS_ACCESS_KEY | AWS_ACCESS_KEY_EXAMPLE))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_usable() {
        assert!(PREFIXES.is_some());
        for token in TOKENS {
            assert!(token.least <= token.most, "{}", token.prefix);
        }
    }
}
