//! Reading the input of an operation. The types and bounds are those of the service's model; what does
//! not fit is a `ValidationException`.

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use rempart_aws_wire::ServiceError;
use serde_json::{Map, Value};
use zeroize::Zeroizing;

use crate::EncryptionContext;

/// The input of a call.
#[derive(Debug, Clone, Copy)]
pub(super) struct Input<'a>(pub(super) &'a Map<String, Value>);

type Result<T> = std::result::Result<T, ServiceError>;

/// Most tokens in a call, and the length of each.
const MOST_TOKENS: usize = 10;
const LONGEST_TOKEN: usize = 8192;
/// Bounds of an encryption context: KMS bounds the whole request; these are generous.
const MOST_PAIRS: usize = 128;
const LONGEST_CONTEXT: usize = 8192;

/// A `ValidationException`.
pub(super) fn invalid(message: impl Into<String>) -> ServiceError {
    ServiceError::new("ValidationException", message)
}

fn member_error(name: &str, what: &str) -> ServiceError {
    let mut characters = name.chars();
    let first = characters.next().map(|first| first.to_ascii_lowercase());
    let member: String = first.into_iter().chain(characters).collect();
    invalid(format!(
        "1 validation error detected: Value at '{member}' failed to satisfy constraint: {what}"
    ))
}

impl<'a> Input<'a> {
    fn value(self, name: &str) -> Option<&'a Value> {
        self.0.get(name).filter(|value| !value.is_null())
    }

    /// A text of bounded length, in characters.
    pub(super) fn text(self, name: &str, lengths: (usize, usize)) -> Result<Option<&'a str>> {
        let Some(value) = self.value(name) else {
            return Ok(None);
        };
        let Some(text) = value.as_str() else {
            return Err(member_error(name, "Member must be a string"));
        };
        let length = text.chars().count();
        if length < lengths.0 {
            let least = lengths.0;
            let what = format!("Member must have length greater than or equal to {least}");
            return Err(member_error(name, &what));
        }
        if length > lengths.1 {
            let most = lengths.1;
            let what = format!("Member must have length less than or equal to {most}");
            return Err(member_error(name, &what));
        }
        Ok(Some(text))
    }

    /// The same, needed.
    pub(super) fn needed(self, name: &str, lengths: (usize, usize)) -> Result<&'a str> {
        self.text(name, lengths)?
            .ok_or_else(|| member_error(name, "Member must not be null"))
    }

    /// A key id, an ARN or an alias.
    pub(super) fn key_id(self, name: &str) -> Result<Option<&'a str>> {
        self.text(name, (1, 2048))
    }

    pub(super) fn needed_key_id(self, name: &str) -> Result<&'a str> {
        self.needed(name, (1, 2048))
    }

    pub(super) fn flag(self, name: &str) -> Result<Option<bool>> {
        match self.value(name) {
            None => Ok(None),
            Some(Value::Bool(flag)) => Ok(Some(*flag)),
            Some(_) => Err(member_error(name, "Member must be a boolean")),
        }
    }

    /// An integer within bounds.
    pub(super) fn number(self, name: &str, least: u32, most: u32) -> Result<Option<u32>> {
        let Some(value) = self.value(name) else {
            return Ok(None);
        };
        let Some(number) = value.as_i64() else {
            return Err(member_error(name, "Member must be an integer"));
        };
        if number < i64::from(least) {
            let what = format!("Member must have value greater than or equal to {least}");
            return Err(member_error(name, &what));
        }
        match u32::try_from(number) {
            Ok(number) if number <= most => Ok(Some(number)),
            _ => {
                let what = format!("Member must have value less than or equal to {most}");
                Err(member_error(name, &what))
            }
        }
    }

    /// Bytes in base64, of bounded length.
    pub(super) fn bytes(self, name: &str, most: usize) -> Result<Option<Zeroizing<Vec<u8>>>> {
        let Some(value) = self.value(name) else {
            return Ok(None);
        };
        let Some(text) = value.as_str() else {
            return Err(member_error(name, "Member must be a blob"));
        };
        let bytes = BASE64
            .decode(text)
            .map(Zeroizing::new)
            .map_err(|_| ServiceError::new("SerializationException", "a blob is not base64"))?;
        if bytes.is_empty() {
            let what = "Member must have length greater than or equal to 1";
            return Err(member_error(name, what));
        }
        if bytes.len() > most {
            let what = format!("Member must have length less than or equal to {most}");
            return Err(member_error(name, &what));
        }
        Ok(Some(bytes))
    }

    pub(super) fn needed_bytes(self, name: &str, most: usize) -> Result<Zeroizing<Vec<u8>>> {
        self.bytes(name, most)?
            .ok_or_else(|| member_error(name, "Member must not be null"))
    }

    /// An object.
    pub(super) fn object(self, name: &str) -> Result<Option<Input<'a>>> {
        match self.value(name) {
            None => Ok(None),
            Some(Value::Object(members)) => Ok(Some(Input(members))),
            Some(_) => Err(member_error(name, "Member must be a structure")),
        }
    }

    /// A list.
    pub(super) fn list(self, name: &str) -> Result<Option<&'a [Value]>> {
        match self.value(name) {
            None => Ok(None),
            Some(Value::Array(items)) => Ok(Some(items)),
            Some(_) => Err(member_error(name, "Member must be a list")),
        }
    }

    /// A list of texts.
    pub(super) fn texts(self, name: &str) -> Result<Option<Vec<&'a str>>> {
        let Some(items) = self.list(name)? else {
            return Ok(None);
        };
        let texts: Option<Vec<&str>> = items.iter().map(Value::as_str).collect();
        texts
            .map(Some)
            .ok_or_else(|| member_error(name, "Member must be a list of strings"))
    }

    /// An encryption context; empty when absent.
    pub(super) fn context(self, name: &str) -> Result<EncryptionContext> {
        let Some(members) = self.object(name)? else {
            return Ok(EncryptionContext::new());
        };
        let mut context = EncryptionContext::new();
        for (key, value) in members.0 {
            let Some(value) = value.as_str() else {
                return Err(member_error(name, "Member must be a map of strings"));
            };
            context.insert(key.clone(), value.to_owned());
        }
        check_context(name, &context)?;
        Ok(context)
    }

    /// Grant tokens; empty when absent.
    pub(super) fn tokens(self) -> Result<Vec<String>> {
        let tokens = self.texts("GrantTokens")?.unwrap_or_default();
        check_tokens(tokens.iter().copied())?;
        Ok(tokens.into_iter().map(str::to_owned).collect())
    }
}

/// Whether tokens are within the bounds of the model.
pub(super) fn check_tokens<'a>(tokens: impl Iterator<Item = &'a str> + Clone) -> Result<()> {
    if tokens.clone().count() > MOST_TOKENS {
        let what = format!("Member must have length less than or equal to {MOST_TOKENS}");
        return Err(member_error("GrantTokens", &what));
    }
    for token in tokens {
        if token.is_empty() || token.len() > LONGEST_TOKEN {
            return Err(member_error(
                "GrantTokens",
                "Member must have length between 1 and 8192",
            ));
        }
    }
    Ok(())
}

/// Whether a context is within bounds.
pub(super) fn check_context(name: &str, context: &EncryptionContext) -> Result<()> {
    let length: usize = context
        .iter()
        .map(|(key, value)| key.len() + value.len())
        .sum();
    if context.len() > MOST_PAIRS || length > LONGEST_CONTEXT {
        let what =
            format!("Member must hold at most {MOST_PAIRS} pairs and {LONGEST_CONTEXT} bytes");
        return Err(member_error(name, &what));
    }
    Ok(())
}
