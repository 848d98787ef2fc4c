//! Where a sealed value belongs.

/// The place of a value. Every field is authenticated: a value that is moved to another row, group or
/// time, or whose flags are changed, does not open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Aad<'a> {
    /// ARN of the feature group.
    pub group_arn: &'a str,
    /// When the group was created, in milliseconds since 1970: names may be used again.
    pub created: i64,
    /// Version of the group's schema.
    pub schema_version: u32,
    /// The blinded identifier of the record.
    pub identifier: &'a [u8],
    /// Event time, in milliseconds since 1970.
    pub event_time: i64,
    /// What else the layer above must not see changed: kind of the row, deletion marker, column.
    pub flags: u32,
}

const LABEL: &[u8] = b"rempart/record/1";

impl Aad<'_> {
    /// The fields, each with its length before it, so that no two places give the same bytes.
    pub(super) fn encode(&self, key_id: u32) -> Vec<u8> {
        let texts = LABEL.len() + self.group_arn.len() + self.identifier.len();
        let mut bytes = Vec::with_capacity(texts + 8 * 4 + 28);
        for field in [
            LABEL,
            self.group_arn.as_bytes(),
            &self.created.to_be_bytes(),
            &self.schema_version.to_be_bytes(),
            self.identifier,
            &self.event_time.to_be_bytes(),
            &key_id.to_be_bytes(),
            &self.flags.to_be_bytes(),
        ] {
            push_field(&mut bytes, field);
        }
        bytes
    }
}

/// Appends a field with its length (4 bytes, big endian).
pub(crate) fn push_field(bytes: &mut Vec<u8>, field: &[u8]) {
    // No field reaches 4 GiB: all of them are bounded long before they come here.
    let length = u32::try_from(field.len()).unwrap_or(u32::MAX);
    bytes.extend_from_slice(&length.to_be_bytes());
    bytes.extend_from_slice(field);
}
