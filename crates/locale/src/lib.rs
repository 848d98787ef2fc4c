//! Texts for people, by key, in English and French.
//!
//! What the crate guarantees:
//! - pure: no input or output, no clock, no environment; the same text and language give the same words;
//! - both languages know the same keys with the same parameters; a test holds them to it;
//! - a text is data, [`Text`]: a key and typed parameters. No sentence is joined from pieces, so it can be
//!   stored in one language's case and read in the other;
//! - nothing in a parameter is interpreted: what attackers write into logs stays a parameter;
//! - a key that is not known is shown as the key, never as nothing.

mod lists;
mod messages;
mod text;

pub use messages::{Language, Locale, ParseLanguageError, locale};
pub use text::{Param, Text};
