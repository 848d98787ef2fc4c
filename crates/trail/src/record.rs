//! One CloudTrail record.

use std::borrow::Cow;

use crate::json::{Json, JsonError, JsonErrorKind, Key, scan};
use crate::time::EventTime;

pub mod fields;

macro_rules! fields {
    ($($variant:ident => $name:literal),+ $(,)?) => {
        /// The top-level members of a record that CloudTrail documents, and the two spellings that
        /// aggregated events use.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[repr(usize)]
        #[expect(missing_docs, reason = "each is the member of that name")]
        pub enum Field { $($variant),+ }

        impl Field {
            /// Every field.
            pub const ALL: &[Field] = &[$(Field::$variant),+];

            /// The member's name as CloudTrail writes it.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Field::$variant => $name),+ }
            }

            /// The field of that name.
            #[must_use]
            #[inline]
            pub fn from_name(name: &[u8]) -> Option<Field> {
                let slot = FIELD_SLOTS.get(slot_of(name)).copied().unwrap_or(NO_FIELD);
                let field = *Self::ALL.get(usize::from(slot))?;
                (field.name().as_bytes() == name).then_some(field)
            }
        }
    };
}

fields! {
    EventVersion => "eventVersion",
    UserIdentity => "userIdentity",
    EventTime => "eventTime",
    EventSource => "eventSource",
    EventName => "eventName",
    AwsRegion => "awsRegion",
    SourceIpAddress => "sourceIPAddress",
    UserAgent => "userAgent",
    ErrorCode => "errorCode",
    ErrorMessage => "errorMessage",
    RequestParameters => "requestParameters",
    ResponseElements => "responseElements",
    AdditionalEventData => "additionalEventData",
    RequestId => "requestID",
    EventId => "eventID",
    EventType => "eventType",
    ApiVersion => "apiVersion",
    ManagementEvent => "managementEvent",
    ReadOnly => "readOnly",
    Resources => "resources",
    RecipientAccountId => "recipientAccountId",
    ServiceEventDetails => "serviceEventDetails",
    SharedEventId => "sharedEventID",
    VpcEndpointId => "vpcEndpointId",
    VpcEndpointAccountId => "vpcEndpointAccountId",
    EventCategory => "eventCategory",
    Addendum => "addendum",
    SessionCredentialFromConsole => "sessionCredentialFromConsole",
    EdgeDeviceDetails => "edgeDeviceDetails",
    TlsDetails => "tlsDetails",
    EventContext => "eventContext",
    InsightDetails => "insightDetails",
    Annotation => "annotation",
    AggregatedEventId => "eventId",
    AggregatedAccountId => "accountId",
    TimeWindow => "timeWindow",
    Summary => "summary",
}

const FIELD_COUNT: usize = Field::ALL.len();

const NO_FIELD: u8 = u8::MAX;
const SLOTS: usize = 256;

/// For each hash of a name, the number of the one field that has it.
static FIELD_SLOTS: [u8; SLOTS] = field_slots();

/// A hash without collisions among the names of fields; the compiler checks that it has none.
#[inline]
const fn slot_of(name: &[u8]) -> usize {
    let ([_, _, _, _, _, sixth, ..], [.., third_last, _, last]) = (name, name) else {
        return 0;
    };
    (name.len() + *third_last as usize + 5 * (*sixth as usize + *last as usize)) % SLOTS
}

#[expect(clippy::indexing_slicing, reason = "runs in the compiler only")]
const fn field_slots() -> [u8; SLOTS] {
    let mut slots = [NO_FIELD; SLOTS];
    let mut index = 0;
    while index < FIELD_COUNT {
        let slot = slot_of(Field::ALL[index].name().as_bytes());
        assert!(slots[slot] == NO_FIELD, "two fields with the same hash");
        slots[slot] = index as u8;
        index += 1;
    }
    slots
}

/// Position and length of a value in the record's text; a length of 0 says that the member is absent.
#[derive(Debug, Clone, Copy, Default)]
struct Span {
    start: u32,
    length: u32,
}

/// A record as it was read: its text, and where its top-level members are.
///
/// Members that CloudTrail does not document stay reachable through [`Record::member`]. Where a
/// member is repeated, the last one counts.
#[derive(Clone)]
pub struct Record<'a> {
    raw: &'a [u8],
    spans: [Span; FIELD_COUNT],
    has_other_members: bool,
    has_repeated_members: bool,
}

impl<'a> Record<'a> {
    /// Reads the JSON object that starts at `start` of `bytes`; returns it and the position after it.
    ///
    /// The text is checked completely. An object that is no CloudTrail record is accepted here: see
    /// [`Record::is_cloudtrail`].
    ///
    /// # Errors
    /// Where and why the text is not one JSON object; offsets count from the start of `bytes`.
    pub fn read(bytes: &'a [u8], start: usize) -> Result<(Self, usize), JsonError> {
        if scan::byte_at(bytes, start)? != b'{' {
            return Err(JsonError::new(start, JsonErrorKind::UnexpectedByte));
        }
        let mut spans = [Span::default(); FIELD_COUNT];
        let mut has_other_members = false;
        let mut has_repeated_members = false;
        let mut position = scan::skip_whitespace(bytes, start + 1);
        if scan::byte_at(bytes, position)? == b'}' {
            position += 1;
        } else {
            loop {
                let (name, after_key) = scan::key(bytes, position)?;
                let value_start = scan::skip_whitespace(bytes, after_key);
                let value_end = scan::value_end(bytes, value_start)?;
                match member_field(name) {
                    Some(field) => {
                        if let Some(span) = spans.get_mut(field as usize) {
                            has_repeated_members |= span.length != 0;
                            *span = Span::new(start, value_start, value_end);
                        }
                    }
                    None => has_other_members = true,
                }
                position = scan::skip_whitespace(bytes, value_end);
                match scan::byte_at(bytes, position)? {
                    b',' => position = scan::skip_whitespace(bytes, position + 1),
                    b'}' => {
                        position += 1;
                        break;
                    }
                    _ => return Err(JsonError::new(position, JsonErrorKind::UnexpectedByte)),
                }
            }
        }
        let raw = bytes.get(start..position).unwrap_or_default();
        if u32::try_from(raw.len()).is_err() {
            return Err(JsonError::new(start, JsonErrorKind::TooDeep));
        }
        Ok((
            Self {
                raw,
                spans,
                has_other_members,
                has_repeated_members,
            },
            position,
        ))
    }

    /// Reads text that holds exactly one record.
    ///
    /// # Errors
    /// As [`Record::read`], or when something follows the record.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, JsonError> {
        let (record, end) = Self::read(bytes, scan::skip_whitespace(bytes, 0))?;
        let rest = scan::skip_whitespace(bytes, end);
        if rest != bytes.len() {
            return Err(JsonError::new(rest, JsonErrorKind::TrailingData));
        }
        Ok(record)
    }

    /// The text of the record: the evidence, of which the SHA-256 is taken.
    #[must_use]
    pub const fn raw(&self) -> &'a [u8] {
        self.raw
    }

    /// The whole record as a value.
    #[must_use]
    pub const fn json(&self) -> Json<'a> {
        Json::from_checked(self.raw)
    }

    /// A documented member, present even when its value is `null`.
    #[must_use]
    pub fn get(&self, field: Field) -> Option<Json<'a>> {
        let span = self.spans.get(field as usize).copied().unwrap_or_default();
        if span.length == 0 {
            return None;
        }
        let start = span.start as usize;
        self.raw
            .get(start..start + span.length as usize)
            .map(Json::from_checked)
    }

    /// Any top-level member by name.
    #[must_use]
    pub fn member(&self, name: &str) -> Option<Json<'a>> {
        match Field::from_name(name.as_bytes()) {
            Some(field) => self.get(field),
            None if self.has_other_members => self.json().get(name),
            None => None,
        }
    }

    /// The text of a member that is a string; `None` when absent, null or of another kind.
    #[must_use]
    pub fn text(&self, field: Field) -> Option<Cow<'a, str>> {
        self.get(field)?.as_str()
    }

    /// Whether a documented member occurs more than once, so that another reader may see another
    /// value. All of them can be walked through [`Record::json`].
    #[must_use]
    pub const fn has_repeated_members(&self) -> bool {
        self.has_repeated_members
    }

    /// Whether this object is a CloudTrail record of any kind rather than something else that lies in
    /// the same folder: it names an event, or is an aggregated record.
    #[must_use]
    pub fn is_cloudtrail(&self) -> bool {
        let names_an_event =
            self.get(Field::EventName).is_some() && self.has_service_as_event_source();
        let is_aggregated =
            self.get(Field::TimeWindow).is_some() && self.get(Field::Summary).is_some();
        let is_insight = self.get(Field::InsightDetails).is_some();
        names_an_event || is_aggregated || is_insight
    }

    /// Notifications of S3, DynamoDB streams and the like name an event too, with a source such as
    /// `aws:s3`.
    fn has_service_as_event_source(&self) -> bool {
        self.get(Field::EventSource)
            .is_some_and(|source| !source.raw().starts_with(b"\"aws:"))
    }

    /// When the event happened; `None` when the record carries no readable time.
    #[must_use]
    pub fn event_time(&self) -> Option<EventTime> {
        let value = self.get(Field::EventTime)?;
        match value.plain_str() {
            Some(text) => EventTime::parse(text),
            None => EventTime::parse(&value.as_str()?),
        }
    }
}

impl std::fmt::Debug for Record<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&String::from_utf8_lossy(self.raw))
    }
}

impl Span {
    /// Saturates on records of 4 GiB and more, which [`Record::read`] refuses at the end.
    fn new(record_start: usize, start: usize, end: usize) -> Self {
        let clamp = |value: usize| u32::try_from(value).unwrap_or(u32::MAX);
        Self {
            start: clamp(start - record_start),
            length: clamp(end - start),
        }
    }
}

#[inline]
fn member_field(name: &[u8]) -> Option<Field> {
    let field = Field::from_name(name);
    if field.is_none() && name.contains(&b'\\') {
        return Field::from_name(Key::from_inner(name).text().as_bytes());
    }
    field
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_found() {
        let text = br#"{"eventVersion":"1.11", "eventName": "CreateDomain","x":{"y":1},"eventTime":"2026-03-02T10:00:00Z","errorCode":null}"#;
        let record = Record::parse(text).unwrap();
        assert_eq!(record.text(Field::EventName).unwrap(), "CreateDomain");
        assert_eq!(
            record.member("x").unwrap().get("y").unwrap().number_text(),
            Some("1")
        );
        assert_eq!(record.event_time(), Some(EventTime(1_772_445_600)));
        assert!(record.get(Field::ErrorCode).unwrap().is_null());
        assert!(record.get(Field::EventId).is_none());
        assert!(record.member("absent").is_none());
    }

    #[test]
    fn a_key_written_with_escapes_is_the_same_key() {
        let record = Record::parse(br#"{"event\u004eame":"A","eventName":"B"}"#).unwrap();
        assert_eq!(record.text(Field::EventName).unwrap(), "B");
        let record = Record::parse(br#"{"eventName":"B","event\u004eame":"A"}"#).unwrap();
        assert_eq!(record.text(Field::EventName).unwrap(), "A");
    }

    #[test]
    fn offsets_count_from_the_start_of_the_bytes() {
        let error = Record::read(br#"  {"a":tru!}"#, 2).unwrap_err();
        assert_eq!(error.offset, 7);
    }

    #[test]
    fn what_follows_is_left() {
        let (record, end) = Record::read(br#"{"a":1},{"b":2}"#, 0).unwrap();
        assert_eq!(record.raw(), br#"{"a":1}"#);
        assert_eq!(end, 7);
    }
}
