//! Ids and times of STIX 2.1 objects.

use jiff::Timestamp;
use serde_json::{Map, Value, json};
use uuid::Uuid;

/// The namespace that STIX 2.1 (section 2.9) prescribes for ids of cyber-observable objects.
const OBSERVABLES: Uuid = Uuid::from_u128(0x00ab_edb4_aa42_466c_9c01_fed2_3315_a9b7);
/// Ours, for all other objects; STIX forbids the one above for them. It is the version 5 UUID of
/// `rempart:stix` in the namespace of URLs.
const OURS: &[u8] = b"rempart:stix";

/// Id of a cyber-observable object: UUIDv5 of its contributing properties as canonical JSON
/// (RFC 8785).
pub(crate) fn observable_id(kind: &str, contributing: &Value) -> String {
    let uuid = Uuid::new_v5(&OBSERVABLES, canonical(contributing).as_bytes());
    format!("{kind}--{uuid}")
}

/// Id of another object, from what makes it the one it is.
pub(crate) fn object_id(kind: &str, name: &str) -> String {
    let namespace = Uuid::new_v5(&Uuid::NAMESPACE_URL, OURS);
    format!(
        "{kind}--{}",
        Uuid::new_v5(&namespace, format!("{kind}\n{name}").as_bytes())
    )
}

/// RFC 8785 for objects of strings: members by their UTF-16 units, no blanks. Strings are visible
/// text, of which serde_json escapes exactly what the RFC does.
fn canonical(value: &Value) -> String {
    let Some(members) = value.as_object() else {
        return value.to_string();
    };
    let mut members: Vec<_> = members.iter().collect();
    members.sort_by_key(|(name, _)| name.encode_utf16().collect::<Vec<_>>());
    let members: Vec<String> = members
        .into_iter()
        .map(|(name, value)| format!("{}:{}", json!(name), canonical(value)))
        .collect();
    format!("{{{}}}", members.join(","))
}

/// A time with the milliseconds that STIX asks for.
pub(crate) fn timestamp(text: &str) -> Option<String> {
    let time: Timestamp = text.trim().parse().ok()?;
    Some(time.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string())
}

/// The members that domain and relationship objects share.
pub(crate) fn common(kind: &str, id: &str, at: &str, author: &str) -> Map<String, Value> {
    let mut object = Map::new();
    for (name, value) in [
        ("type", kind),
        ("spec_version", "2.1"),
        ("id", id),
        ("created_by_ref", author),
        ("created", at),
        ("modified", at),
    ] {
        object.insert(name.to_owned(), json!(value));
    }
    object
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Ids that the library `stix2` 3.0.2 of OASIS makes.
    #[test]
    fn ids_of_observables_are_those_of_the_specification() {
        let address = json!({ "value": "198.51.100.3" });
        assert_eq!(
            observable_id("ipv4-addr", &address),
            "ipv4-addr--28bb3599-77cd-5a82-a950-b5bc3caf07c4"
        );
        let file = json!({ "hashes": { "SHA-256": "ab".repeat(32) } });
        assert_eq!(
            observable_id("file", &file),
            "file--20432b06-75d2-54b6-80ef-6d923b5d925d"
        );
    }

    #[test]
    fn times_have_milliseconds() {
        assert_eq!(
            timestamp("2026-03-01T11:00:00+01:00").unwrap(),
            "2026-03-01T10:00:00.000Z"
        );
        assert_eq!(timestamp("x"), None);
    }
}
