//! Account numbers.

use super::{excerpt, text_traits};

/// The number of an AWS account: twelve digits, leading zeros kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccountId([u8; 12]);

/// Why a text is no account number.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not an account id: {reason}")]
pub struct AccountIdError {
    text: String,
    reason: &'static str,
}

impl AccountId {
    /// Reads twelve ASCII digits.
    ///
    /// # Errors
    /// Any other length, any other character.
    pub fn parse(text: &str) -> Result<Self, AccountIdError> {
        let fail = |reason| AccountIdError {
            text: excerpt(text),
            reason,
        };
        let digits: [u8; 12] = text
            .as_bytes()
            .try_into()
            .map_err(|_| fail("it must have 12 digits"))?;
        if !digits.iter().all(u8::is_ascii_digit) {
            return Err(fail("it must hold digits only"));
        }
        Ok(Self(digits))
    }

    /// The twelve digits.
    pub fn as_str(&self) -> &str {
        // Only digits get in, so this never falls back.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

text_traits!(AccountId, AccountIdError);
