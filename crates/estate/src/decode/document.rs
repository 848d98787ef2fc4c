//! Policy documents inside answers: JSON text, or URL-encoded JSON text as IAM sends it.

use std::borrow::Cow;

use serde_json::Value;

/// The JSON text of a policy document in an answer: of text, URL-encoded text, or JSON.
pub fn policy_document(value: &Value) -> Option<Cow<'_, str>> {
    match value {
        Value::String(text) => policy_text(text),
        Value::Object(_) if crate::unknown_reason(value).is_none() => {
            Some(Cow::Owned(value.to_string()))
        }
        _ => None,
    }
}

/// The JSON text of a policy document, raw or URL-encoded.
pub fn policy_text(text: &str) -> Option<Cow<'_, str>> {
    let bare = text.trim_start_matches(['\u{feff}', ' ', '\t', '\r', '\n']);
    if bare.starts_with(['{', '[']) {
        return Some(Cow::Borrowed(bare));
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        if *first != b'%' {
            bytes.push(*first);
            continue;
        }
        let (digits, after) = rest.split_at_checked(2)?;
        let digits = std::str::from_utf8(digits).ok()?;
        if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return None;
        }
        bytes.push(u8::from_str_radix(digits, 16).ok()?);
        rest = after;
    }
    let decoded = String::from_utf8(bytes).ok()?;
    let is_json = decoded.trim_start().starts_with(['{', '[']);
    is_json.then_some(Cow::Owned(decoded))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn raw_and_encoded_documents_are_the_same_text() {
        let plain = r#"{"Version": "2012-10-17", "Statement": [{"Action": "s3:Get+é%"}]}"#;
        let encoded: String = plain.bytes().map(|byte| format!("%{byte:02X}")).collect();
        assert_eq!(policy_text(plain).as_deref(), Some(plain));
        assert_eq!(policy_text(&encoded).as_deref(), Some(plain));
        assert_eq!(policy_document(&json!(encoded)).as_deref(), Some(plain));
        let object = json!({"Statement": []});
        assert_eq!(
            policy_document(&object).as_deref(),
            Some(r#"{"Statement":[]}"#)
        );
        for broken in ["", "%", "%7", "%zz", "%ff%7B", "text", "%2B1"] {
            assert_eq!(policy_text(broken), None, "{broken}");
        }
        assert_eq!(policy_document(&crate::unknown("later")), None);
    }
}
