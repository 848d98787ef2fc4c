//! Indicators as patterns and objects of STIX 2.1.

use std::net::IpAddr;

use rempart_case::Indicator;
use rempart_findings::visible;
use serde_json::{Map, Value, json};

/// The pattern that finds an indicator. Kinds that STIX has no object for are said with an object of
/// our own.
pub(crate) fn pattern(indicator: &Indicator) -> String {
    let value = literal(&indicator.value);
    match observed(indicator).map(|object| object.kind) {
        Some("ipv4-addr") => format!("[ipv4-addr:value = {value}]"),
        Some("ipv6-addr") => format!("[ipv6-addr:value = {value}]"),
        Some("domain-name") => format!("[domain-name:value = {value}]"),
        Some("url") => format!("[url:value = {}]", literal(&url(indicator))),
        Some("user-account") => format!("[user-account:user_id = {value}]"),
        Some("file") => format!("[file:hashes.'SHA-256' = {value}]"),
        _ if indicator.kind == "user-agent" => format!(
            "[network-traffic:extensions.'http-request-ext'.request_header.'User-Agent' = {value}]"
        ),
        _ => format!("[x-rempart-indicator:value = {value}]"),
    }
}

/// A string of the pattern language.
fn literal(text: &str) -> String {
    let shown = visible(text);
    format!("'{}'", shown.replace('\\', "\\\\").replace('\'', "\\'"))
}

/// A cyber-observable object without its id: its type, and the properties from which its id follows.
pub(crate) struct Observed {
    pub(crate) kind: &'static str,
    /// Contribute to the id (STIX 2.1, section 2.9 and the tables of each object).
    pub(crate) contributing: Value,
    /// The others.
    pub(crate) further: Map<String, Value>,
}

/// The object that an indicator is, where STIX has one for it and the value is one.
pub(crate) fn observed(indicator: &Indicator) -> Option<Observed> {
    let value = indicator.value.as_str();
    let plain = |kind| Observed {
        kind,
        contributing: json!({ "value": visible(value) }),
        further: Map::new(),
    };
    match indicator.kind.as_str() {
        "ipv4" | "ipv6" => match value.parse().ok()? {
            IpAddr::V4(_) => Some(plain("ipv4-addr")),
            IpAddr::V6(_) => Some(plain("ipv6-addr")),
        },
        "domain" => is_domain(value).then(|| plain("domain-name")),
        "bucket" | "image" => is_name(value).then(|| Observed {
            kind: "url",
            contributing: json!({ "value": url(indicator) }),
            further: Map::new(),
        }),
        "access-key" | "account" | "role" => {
            let mut further = Map::new();
            let display = format!("AWS {}", indicator.kind);
            further.insert("display_name".to_owned(), json!(display));
            Some(Observed {
                kind: "user-account",
                contributing: json!({ "user_id": visible(value) }),
                further,
            })
        }
        "hash" if value.len() == 64 && value.bytes().all(|byte| byte.is_ascii_hexdigit()) => {
            Some(Observed {
                kind: "file",
                contributing: json!({ "hashes": { "SHA-256": value } }),
                further: Map::new(),
            })
        }
        _ => None,
    }
}

/// Buckets and images as addresses.
fn url(indicator: &Indicator) -> String {
    let value = visible(&indicator.value);
    match indicator.kind.as_str() {
        "bucket" => format!(
            "s3://{}",
            value.strip_prefix("arn:aws:s3:::").unwrap_or(&value)
        ),
        _ => format!("https://{value}"),
    }
}

fn is_domain(text: &str) -> bool {
    let label = |label: &str| {
        !label.is_empty()
            && label.len() < 64
            && !label.starts_with('-')
            && label
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
    };
    text.contains('.') && text.len() < 254 && text.split('.').all(label)
}

/// Signs that stand in an address as they are.
fn is_name(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b".-_/:@".contains(&byte))
}
