//! Data of log subscriptions: base64 of gzip.

use std::io::Read;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::ReadError;

/// Base64 of the first bytes of every gzip file.
const PREFIX: &str = "H4sI";

/// Whether text looks like packed data.
pub(super) fn is_packed(text: &str) -> bool {
    text.starts_with(PREFIX)
}

/// The text inside packed data, up to `limit` bytes.
pub(super) fn unpack(text: &str, limit: usize) -> Result<Vec<u8>, ReadError> {
    let stored = STANDARD
        .decode(text.trim_end())
        .map_err(|error| ReadError::Packed(error.to_string()))?;
    let mut inflated = Vec::new();
    flate2::read::MultiGzDecoder::new(stored.as_slice())
        .take(limit as u64 + 1)
        .read_to_end(&mut inflated)
        .map_err(|error| ReadError::Packed(error.to_string()))?;
    if inflated.len() > limit {
        return Err(ReadError::TooLarge { limit });
    }
    Ok(inflated)
}
