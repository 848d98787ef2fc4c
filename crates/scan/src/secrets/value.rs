//! Tells values that are secrets from references, placeholders and code.

/// What stands in a value that only points to the secret, or is code that
/// fetches it.
const REFERENCES: [&str; 27] = [
    "${",
    "$(",
    "{{",
    "<(",
    "%(",
    "arn:",
    "ssm:",
    "resolve:",
    "aws4_request",
    "secretsmanager",
    "parameterstore",
    "os.environ",
    "os.getenv",
    "getenv(",
    "process.env",
    "getpass",
    "system.getenv",
    "!ref",
    "!sub",
    "!getatt",
    "fn::",
    "secretref",
    "secretkeyref",
    "from_env",
    "sys.argv",
    "args.",
    "self.",
];

/// Beginnings of values that name a place and hold no secret.
const PLACES: [&str; 12] = [
    "$",
    "/",
    "./",
    "../",
    "~/",
    "s3://",
    "file:",
    "vault:",
    "op://",
    "projects/",
    "@",
    "gs://",
];

/// Parts that show that somebody has yet to fill something in.
const PLACEHOLDERS: [&str; 24] = [
    "changeme",
    "change_me",
    "change-me",
    "changeit",
    "example",
    "placeholder",
    "xxxx",
    "your",
    "dummy",
    "redacted",
    "insert",
    "todo",
    "****",
    "....",
    "fixme",
    "replace",
    "sample",
    "masked",
    "hidden",
    "not-a-real",
    "notareal",
    "fake",
    "<",
    "…",
];

/// Whole values that are no secrets.
const WORDS: [&str; 51] = [
    "password",
    "passwd",
    "pass",
    "pwd",
    "secret",
    "token",
    "key",
    "apikey",
    "api_key",
    "none",
    "null",
    "nil",
    "nan",
    "true",
    "false",
    "yes",
    "no",
    "on",
    "off",
    "empty",
    "default",
    "string",
    "str",
    "text",
    "bytes",
    "int",
    "bool",
    "any",
    "object",
    "undefined",
    "test",
    "testing",
    "required",
    "optional",
    "disabled",
    "enabled",
    "unset",
    "unknown",
    "n/a",
    "tbd",
    "foo",
    "bar",
    "foobar",
    "mock",
    "auto",
    "prompt",
    "stdin",
    "env",
    "value",
    "number",
    "securestring",
];

/// True when a value points elsewhere instead of being the secret.
pub(super) fn is_reference(value: &str) -> bool {
    let lower = value.to_ascii_lowercase();
    REFERENCES.iter().any(|mark| lower.contains(mark))
        || is_place(&lower)
        || (lower.starts_with('%') && lower.ends_with('%'))
        || (lower.contains("://") && !lower.contains('@'))
}

/// A path or address. A secret in base64 may begin with a slash, but does not
/// look like several names.
fn is_place(lower: &str) -> bool {
    let Some(start) = PLACES.iter().find(|start| lower.starts_with(**start)) else {
        return false;
    };
    match *start {
        "/" => {
            lower.matches('/').count() > 1
                || lower
                    .bytes()
                    .all(|byte| byte.is_ascii_lowercase() || b"/-_.".contains(&byte))
        }
        // `$ecret` is a password, `$SECRET` and `$1` are variables.
        "$" => lower
            .bytes()
            .skip(1)
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_'),
        "@" => lower.len() < 64 && lower.contains('/'),
        _ => true,
    }
}

/// True when a value only holds the place of a secret.
pub(super) fn is_placeholder(value: &str) -> bool {
    let lower = value.to_ascii_lowercase();
    PLACEHOLDERS.iter().any(|mark| lower.contains(mark))
        || WORDS.contains(&lower.as_str())
        || distinct(value.as_bytes()) <= 2
}

/// True when a token with a known prefix is made up.
pub(super) fn is_made_up(body: &str) -> bool {
    let lower = body.to_ascii_lowercase();
    [
        "xxxx",
        "example",
        "yourtoken",
        "placeholder",
        "....",
        "0000000000",
        "1234567890123456",
    ]
    .iter()
    .any(|mark| lower.contains(mark))
        || (body.len() >= 16 && distinct(body.as_bytes()) < 6)
}

/// Number of different bytes.
fn distinct(bytes: &[u8]) -> usize {
    let mut seen = [false; 256];
    for byte in bytes {
        if let Some(seen) = seen.get_mut(usize::from(*byte)) {
            *seen = true;
        }
    }
    seen.iter().filter(|seen| **seen).count()
}

/// Shannon entropy in bits per byte.
pub(super) fn entropy(bytes: &[u8]) -> f64 {
    let mut counts = [0_u32; 256];
    for byte in bytes {
        if let Some(count) = counts.get_mut(usize::from(*byte)) {
            *count += 1;
        }
    }
    let total = bytes.len() as f64;
    let used = counts.iter().filter(|count| **count > 0);
    used.map(|count| {
        let share = f64::from(*count) / total;
        -share * share.log2()
    })
    .sum()
}

/// Number of classes of characters: lower case, upper case, digits, others.
pub(super) fn classes(value: &str) -> usize {
    let has = |test: fn(&u8) -> bool| usize::from(value.as_bytes().iter().any(test));
    has(u8::is_ascii_lowercase)
        + has(u8::is_ascii_uppercase)
        + has(u8::is_ascii_digit)
        + has(|byte| !byte.is_ascii_alphanumeric())
}

/// A key or token as machines make them, not a name or a sentence.
pub(super) fn is_random(value: &str) -> bool {
    let digits = value.bytes().filter(u8::is_ascii_digit).count();
    value.len() >= 16
        && !value.contains(char::is_whitespace)
        && digits >= 1
        && digits < value.len()
        && entropy(value.as_bytes()) >= 3.0
}

/// An AWS secret access key by its form: 40 characters of base64 that mix
/// cases and digits, which hashes and paths do not.
pub(super) fn is_aws_secret(value: &str) -> bool {
    value.len() == 40
        && value
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'+'))
        && value.bytes().any(|byte| byte.is_ascii_lowercase())
        && value.bytes().any(|byte| byte.is_ascii_uppercase())
        && value.bytes().any(|byte| byte.is_ascii_digit())
        && entropy(value.as_bytes()) >= 4.0
}

/// The first characters of a secret and its length.
pub(super) fn redact(value: &str) -> String {
    let length = value.chars().count();
    let shown: String = value
        .chars()
        .take((length / 4).min(4))
        .map(|letter| if letter.is_control() { ' ' } else { letter })
        .collect();
    format!("{shown}… ({length} characters)")
}
