//! Identifiers of AWS, each with one validating constructor.

pub(crate) mod account;
pub(crate) mod action_name;
pub(crate) mod arn;
pub(crate) mod region;

/// Implements `FromStr`, `Display` and `AsRef<str>` over `parse` and `as_str`.
macro_rules! text_traits {
    ($type:ty, $error:ty) => {
        impl std::str::FromStr for $type {
            type Err = $error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Self::parse(text)
            }
        }

        impl std::fmt::Display for $type {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str(self.as_str())
            }
        }

        impl AsRef<str> for $type {
            fn as_ref(&self) -> &str {
                self.as_str()
            }
        }
    };
}

pub(crate) use text_traits;

/// A text of any origin for an error message: short, without control characters.
pub(crate) fn excerpt(text: &str) -> String {
    let mut short: String = text
        .chars()
        .take(60)
        .flat_map(char::escape_default)
        .collect();
    if text.chars().nth(60).is_some() {
        short.push('…');
    }
    short
}
