//! What a name says about its value: `DB_PASSWORD`, `apiKey`, `max_tokens`.

use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind};

/// What the value of a name would be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meaning {
    /// Any value that is no placeholder is a secret.
    Password,
    /// A value that looks random is a secret.
    Token,
    /// An AWS secret access key.
    AwsSecret,
    /// An AWS session token.
    AwsSession,
}

/// Words in front of `token` with which it is no credential: paging,
/// idempotency, and what language models are made of.
const HARMLESS_TOKENS: [&str; 36] = [
    "next",
    "page",
    "paging",
    "pagination",
    "continuation",
    "client",
    "request",
    "creation",
    "idempotency",
    "eos",
    "bos",
    "pad",
    "padding",
    "unk",
    "mask",
    "cls",
    "sep",
    "special",
    "image",
    "stop",
    "start",
    "end",
    "begin",
    "first",
    "last",
    "prefix",
    "suffix",
    "max",
    "min",
    "num",
    "per",
    "sentinel",
    "resume",
    "sync",
    "cancellation",
    "lock",
];

/// Words in front of `key` with which the two are a credential.
const SECRET_KEYS: [&str; 14] = [
    "api",
    "access",
    "private",
    "secret",
    "auth",
    "signing",
    "encryption",
    "account",
    "master",
    "service",
    "license",
    "shared",
    "subscription",
    "function",
];

/// Words behind the decisive one that change nothing.
const ENDINGS: [&str; 16] = [
    "value",
    "prod",
    "production",
    "dev",
    "stage",
    "staging",
    "plain",
    "plaintext",
    "b64",
    "base64",
    "string",
    "old",
    "new",
    "primary",
    "secondary",
    "default",
];

/// Without one of these no name has a meaning.
static WORDS: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| {
    AhoCorasick::builder()
        .kind(Some(AhoCorasickKind::DFA))
        .ascii_case_insensitive(true)
        .build(["pass", "pwd", "secret", "token", "key", "credential", "pat"])
        .ok()
});

/// The meaning of a name; `None` when it does not speak of a secret.
pub(super) fn meaning(name: &str) -> Option<Meaning> {
    if !WORDS.as_ref()?.is_match(name) {
        return None;
    }
    let mut words = words(name);
    while words.len() > 1
        && words.last().is_some_and(|word| {
            ENDINGS.contains(&word.as_str()) || word.bytes().all(|byte| byte.is_ascii_digit())
        })
    {
        words.pop();
    }
    let last = words.pop()?;
    let before = words.last().map(String::as_str).unwrap_or_default();
    let has = |wanted: &str| words.iter().any(|word| word == wanted);
    match last.as_str() {
        "password" | "passwd" | "pwd" | "passphrase" | "passcode" | "dbpassword"
        | "userpassword" | "masterpassword" | "pgpassword" | "rootpassword" | "adminpassword"
        | "dbpass" => Some(Meaning::Password),
        // `--pass 2` is a number of passes.
        "pass" if !words.is_empty() => Some(Meaning::Password),
        "secret" | "secrets" | "clientsecret" | "credential" | "credentials" => {
            Some(Meaning::Token)
        }
        "token" if before == "session" && (has("aws") || has("security")) => {
            Some(Meaning::AwsSession)
        }
        "token" if HARMLESS_TOKENS.contains(&before) => None,
        "token" | "authtoken" | "accesstoken" | "apitoken" | "pat" => Some(Meaning::Token),
        "apikey" | "secretkey" | "accesskey" | "privatekey" | "authkey" | "accountkey" => {
            Some(Meaning::Token)
        }
        "key" if before == "access" && has("secret") || before == "secret" && has("aws") => {
            Some(Meaning::AwsSecret)
        }
        "secretaccesskey" => Some(Meaning::AwsSecret),
        "key" if SECRET_KEYS.contains(&before) => Some(Meaning::Token),
        _ => None,
    }
}

/// The words of a name, in lower case: `dbPassword`, `DB-PASSWORD` and
/// `db.password` are the same.
fn words(name: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut letters = name.chars().peekable();
    let mut previous = ' ';
    while let Some(letter) = letters.next() {
        let next_is_lower = letters.peek().is_some_and(char::is_ascii_lowercase);
        let starts = letter.is_ascii_uppercase()
            && (previous.is_ascii_lowercase()
                || previous.is_ascii_digit()
                || previous.is_ascii_uppercase() && next_is_lower);
        if (starts || !letter.is_alphanumeric()) && !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        if letter.is_alphanumeric() {
            word.extend(letter.to_lowercase());
        }
        previous = letter;
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_secrets() {
        for name in [
            "DB_PASSWORD",
            "dbPassword",
            "db.password",
            "MasterUserPassword",
            "PGPASSWORD",
            "PASSWORD_1",
            "smtp-pass",
            "--password",
            "password_value",
        ] {
            assert_eq!(meaning(name), Some(Meaning::Password), "{name}");
        }
        for name in [
            "API_KEY",
            "apiKey",
            "WANDB_API_KEY",
            "APIKey",
            "client_secret",
            "GITHUB_TOKEN",
            "_authToken",
            "AccountKey",
            "HF_TOKEN",
        ] {
            assert_eq!(meaning(name), Some(Meaning::Token), "{name}");
        }
        assert_eq!(meaning("AWS_SECRET_ACCESS_KEY"), Some(Meaning::AwsSecret));
        assert_eq!(meaning("SecretAccessKey"), Some(Meaning::AwsSecret));
        assert_eq!(meaning("aws_session_token"), Some(Meaning::AwsSession));
    }

    #[test]
    fn names_that_only_sound_like_it() {
        for name in [
            "max_tokens",
            "max_new_tokens",
            "pad_token_id",
            "eos_token",
            "NextToken",
            "ClientRequestToken",
            "SECRET_ARN",
            "SecretId",
            "PASSWORD_FILE",
            "token_url",
            "tokenizer",
            "KmsKeyId",
            "primary_key",
            "sort_key",
            "password_policy",
            "AWS_ACCESS_KEY_ID",
            "compass",
            "bypass",
            "pass",
            "",
        ] {
            assert_eq!(meaning(name), None, "{name}");
        }
    }
}
