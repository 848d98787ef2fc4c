//! Finds secrets in text and in JSON: keys and tokens by their documented
//! form, passwords and keys by the names they are assigned to.
//!
//! Guarantees:
//! - the value of a secret is never kept: a finding holds its kind, its place
//!   and a few characters;
//! - references to a secret store, variables and placeholders do not count;
//!   the keys of AWS's documentation have kinds of their own;
//! - time grows linearly with the input, and what a bound left out is said in
//!   [`Scan::incomplete`].

mod assignment;
mod checksum;
mod encoded;
mod json;
mod name;
mod structure;
mod text;
mod tokens;
mod value;

use std::fmt;

use text::Texts;

/// Bytes of one text that are read.
pub const MAX_TEXT: usize = 4 << 20;
/// Bytes of all names and strings of one JSON value that are read.
pub const MAX_JSON: usize = 64 << 20;
/// Findings kept of one scan.
pub const MAX_SECRETS: usize = 1_000;

const TEXT_CUT: &str = "only the first 4 MiB of a text were read";
const JSON_CUT: &str = "only the first 64 MiB of the strings were read";
const TOO_DEEP: &str = "values nested deeper than 256 levels were not read";
const TOO_MANY: &str = "more than 1,000 secrets";

/// A secret and where it stands. It does not hold the secret.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Secret {
    /// Stable name of the kind, one of [`kinds`].
    pub kind: &'static str,
    /// `line 3` in a text, `$.Environment.DB_PASSWORD` in JSON; followed by
    /// `, base64 line 1` when it was found in something decoded.
    pub location: String,
    /// The first characters, at most four and at most a quarter, and the
    /// length: `AKIA… (20 characters)`.
    pub redacted: String,
}

impl Secret {
    /// A key out of AWS's documentation, which opens nothing.
    #[must_use]
    pub fn is_example(&self) -> bool {
        matches!(self.kind, AWS_ACCESS_KEY_EXAMPLE | AWS_SECRET_KEY_EXAMPLE)
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} at {}: {}", self.kind, self.location, self.redacted)
    }
}

/// Result of looking for secrets.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scan {
    /// What was found, in the order of the input.
    pub secrets: Vec<Secret>,
    /// Why the input was not read to its end; `None` when all of it was.
    pub incomplete: Option<&'static str>,
}

const AWS_ACCESS_KEY: &str = "aws-access-key";
const AWS_ACCESS_KEY_EXAMPLE: &str = "aws-access-key-example";
const AWS_SECRET_KEY: &str = "aws-secret-key";
const AWS_SECRET_KEY_EXAMPLE: &str = "aws-secret-key-example";
const AWS_SESSION_TOKEN: &str = "aws-session-token";
const PRIVATE_KEY: &str = "private-key";
const JWT: &str = "jwt";
const CONNECTION_STRING: &str = "connection-string";
const BASIC_AUTH_URL: &str = "basic-auth-url";
const AUTHORIZATION_HEADER: &str = "authorization-header";
const PASSWORD: &str = "password";
const GENERIC_TOKEN: &str = "generic-token";

/// Every kind that a finding can have.
#[must_use]
pub fn kinds() -> Vec<&'static str> {
    let mut kinds = vec![
        AWS_ACCESS_KEY,
        AWS_ACCESS_KEY_EXAMPLE,
        AWS_SECRET_KEY,
        AWS_SECRET_KEY_EXAMPLE,
        AWS_SESSION_TOKEN,
        PRIVATE_KEY,
        JWT,
        CONNECTION_STRING,
        BASIC_AUTH_URL,
        AUTHORIZATION_HEADER,
        PASSWORD,
        GENERIC_TOKEN,
    ];
    kinds.extend(tokens::kinds());
    kinds.sort_unstable();
    kinds.dedup();
    kinds
}

/// Looks for secrets in a text: a script, log lines, the value of a variable.
#[must_use]
pub fn in_text(text: &str) -> Scan {
    let mut texts = Texts::default();
    texts.read(text, None, "");
    texts.finish()
}

/// Looks for secrets in names and values of JSON. A name says what its value
/// is; so do pairs as `{"Name": …, "Value": …}` and `["--password", …]`.
#[must_use]
pub fn in_json(value: &serde_json::Value) -> Scan {
    let mut texts = Texts::default();
    json::read(value, &mut texts);
    texts.finish()
}

/// Findings of a text with the lines in which they stand, and why it was not
/// read to its end.
pub(crate) fn by_line(text: &str) -> (Vec<(usize, Secret)>, Option<&'static str>) {
    let mut texts = Texts::default();
    texts.read(text, None, "");
    texts.by_line()
}

/// Replaces secrets by `***`.
pub(crate) fn mask(text: &str) -> String {
    let mut masked = String::with_capacity(text.len());
    let mut end = 0;
    for found in text::find(text) {
        masked.push_str(text.get(end..found.range.start).unwrap_or_default());
        masked.push_str("***");
        end = found.range.end;
    }
    masked.push_str(text.get(end..).unwrap_or_default());
    masked
}
