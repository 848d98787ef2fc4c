//! Names of IAM actions.

use std::cmp::Ordering;
use std::hash::{Hash, Hasher};

use super::{excerpt, text_traits};

/// Longest text that can be an action.
const LONGEST: usize = 192;

/// An IAM action such as `sagemaker:CreateModel`, without wildcards.
///
/// Equality, order and hash ignore ASCII case, as IAM does; the spelling is kept for printing.
#[derive(Debug, Clone)]
pub struct ActionName {
    text: Box<str>,
    colon: usize,
}

/// Why a text is no action name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ActionNameError {
    /// There is no colon.
    #[error("`{0}` is not an action: it has no `service:` prefix")]
    NoPrefix(String),
    /// The part before the colon is wrong.
    #[error("`{0}` is not an action: the service prefix must be letters, digits and hyphens")]
    Prefix(String),
    /// The part after the colon holds a wildcard.
    #[error("`{0}` is a pattern, not an action")]
    Wildcard(String),
    /// The part after the colon is wrong.
    #[error("`{0}` is not an action: the name must be letters, digits, hyphens and underscores")]
    Name(String),
    /// The text is longer than any action.
    #[error("`{0}` is not an action: it is too long")]
    TooLong(String),
}

impl ActionName {
    /// Reads `service:Name`.
    ///
    /// # Errors
    /// A missing or wrong prefix, a wildcard, a character that no action has.
    pub fn parse(text: &str) -> Result<Self, ActionNameError> {
        if text.len() > LONGEST {
            return Err(ActionNameError::TooLong(excerpt(text)));
        }
        let Some((prefix, name)) = text.split_once(':') else {
            return Err(ActionNameError::NoPrefix(excerpt(text)));
        };
        let in_prefix = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        if prefix.is_empty() || !prefix.bytes().all(in_prefix) {
            return Err(ActionNameError::Prefix(excerpt(text)));
        }
        if name.contains(['*', '?']) {
            return Err(ActionNameError::Wildcard(excerpt(text)));
        }
        if name.is_empty() || !name.bytes().all(|byte| in_prefix(byte) || byte == b'_') {
            return Err(ActionNameError::Name(excerpt(text)));
        }
        Ok(Self {
            text: text.into(),
            colon: prefix.len(),
        })
    }

    /// The action as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Service prefix, for example `sagemaker`.
    pub fn service(&self) -> &str {
        self.text.get(..self.colon).unwrap_or_default()
    }

    /// Name without the prefix, for example `CreateModel`.
    pub fn name(&self) -> &str {
        self.text.get(self.colon + 1..).unwrap_or_default()
    }

    fn folded(&self) -> impl Iterator<Item = u8> {
        self.text.bytes().map(|byte| byte.to_ascii_lowercase())
    }
}

text_traits!(ActionName, ActionNameError);

impl PartialEq for ActionName {
    fn eq(&self, other: &Self) -> bool {
        self.text.eq_ignore_ascii_case(&other.text)
    }
}

impl Eq for ActionName {}

impl PartialOrd for ActionName {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for ActionName {
    fn cmp(&self, other: &Self) -> Ordering {
        self.folded().cmp(other.folded())
    }
}

impl Hash for ActionName {
    fn hash<H: Hasher>(&self, state: &mut H) {
        for byte in self.folded() {
            state.write_u8(byte);
        }
        state.write_u8(0xff);
    }
}
