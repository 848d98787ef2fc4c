//! Members of the record that readers seldom meet.

use rempart_locale::Text;
use rempart_trail::json::{Json, Kind};
use rempart_trail::record::fields::{EventVersion, MemberState, REDACTIONS};
use rempart_trail::record::{Field, Record};
use rempart_trail::record_kind::RecordKind;

use super::lines::{Lines, safe, shown};
use super::what;

/// Values that are looked at for hidden ones.
const MOST_VISITED: usize = 20_000;
/// Paths of hidden values that are shown.
const MOST_HIDDEN: usize = 10;
/// Bytes at which CloudTrail cuts a text.
const CUT_AT: usize = 1_000;
/// The form of records that this program knows.
const KNOWN_VERSION: EventVersion = EventVersion {
    major: 1,
    minor: 11,
};

pub(super) fn lines(record: &Record<'_>, lines: &mut Lines<'_>) {
    if let Some(id) = record.text(Field::SharedEventId) {
        let note = match RecordKind::of(record) {
            RecordKind::Insight => "explain-odd-shared-insight",
            _ => "explain-odd-shared",
        };
        lines.named("sharedEventID".to_owned(), safe(&id), Some(Text::new(note)));
    }
    addendum(record, lines);
    states(record, lines);
    hidden(record, lines);
    for field in [Field::UserAgent, Field::ErrorMessage, Field::ErrorCode] {
        if let Some(text) = record.text(field)
            && text.len() >= CUT_AT
        {
            let value = Text::new("explain-bytes").with("bytes", text.len());
            let value = lines.locale().say(&value);
            let note = Text::new("explain-odd-cut");
            lines.named(field.name().to_owned(), value, Some(note));
        }
    }
    version(record, lines);
    if record.has_repeated_members() {
        lines.said(
            "repeated",
            &Text::new("explain-yes"),
            Some(Text::new("explain-odd-repeated")),
        );
    }
    if let Some(details) = record.get(Field::ServiceEventDetails)
        && details.kind() == Kind::Object
    {
        let note = Text::new("explain-odd-service-details");
        lines.named("serviceEventDetails".to_owned(), shown(details), Some(note));
    }
    if let Some(context) = record.get(Field::EventContext)
        && context.kind() == Kind::Object
    {
        let note = Text::new("explain-odd-context");
        lines.named("eventContext".to_owned(), shown(context), Some(note));
    }
    additional(record, lines);
    summaries(record, lines);
}

fn addendum(record: &Record<'_>, lines: &mut Lines<'_>) {
    let Some(addendum) = record.get(Field::Addendum) else {
        return;
    };
    let text = |name: &str| addendum.get(name).and_then(Json::as_str);
    let reason = text("reason").unwrap_or_default();
    let note = match &*reason {
        "DELIVERY_DELAY" => "explain-odd-delayed",
        "UPDATED_DATA" => "explain-odd-updated",
        "SERVICE_OUTAGE" => "explain-odd-outage",
        _ => "explain-odd-addendum",
    };
    lines.named("addendum".to_owned(), safe(&reason), Some(Text::new(note)));
    for name in ["updatedFields", "originalEventID", "originalRequestID"] {
        if let Some(value) = text(name) {
            lines.named(format!("addendum.{name}"), safe(&value), None);
        }
    }
}

/// What a missing member may mean.
fn states(record: &Record<'_>, lines: &mut Lines<'_>) {
    let is_call = matches!(RecordKind::of(record), RecordKind::ApiCall);
    let has_input = what::operation(record).is_some_and(|operation| {
        operation
            .input()
            .is_some_and(|input| input.kind() == rempart_aws_model::ShapeKind::Structure)
    });
    let note = match record.state(Field::RequestParameters) {
        MemberState::Absent if is_call => Some("explain-odd-request-absent"),
        MemberState::Null if is_call && has_input => Some("explain-odd-request-null"),
        MemberState::Redacted => Some("explain-odd-request-hidden"),
        _ => None,
    };
    if let Some(note) = note {
        let value = lines.locale().word("explain-not-recorded");
        lines.named("requestParameters".to_owned(), value, Some(Text::new(note)));
    }
    let is_write = what::is_read(record) == Some(false);
    if record.state(Field::ResponseElements) == MemberState::Absent && is_call && is_write {
        let value = lines.locale().word("explain-not-recorded");
        let note = Text::new("explain-odd-response-absent");
        lines.named("responseElements".to_owned(), value, Some(note));
    }
}

fn hidden(record: &Record<'_>, lines: &mut Lines<'_>) {
    let mut open = vec![(String::new(), record.json())];
    let mut visited = 0_usize;
    let mut found = Vec::new();
    while let Some((path, value)) = open.pop() {
        visited += 1;
        if visited > MOST_VISITED || found.len() >= MOST_HIDDEN {
            break;
        }
        match value.kind() {
            Kind::Object => {
                for (key, value) in value.entries().take(MOST_VISITED) {
                    let key = key.text();
                    let path = match path.is_empty() {
                        true => safe(&key),
                        // Paths of deep records would grow with the square of the depth.
                        false => super::lines::safe_up_to(&format!("{path}.{key}"), 200),
                    };
                    open.push((path, value));
                }
            }
            Kind::Array => {
                let elements = value.elements().take(MOST_VISITED);
                open.extend(elements.map(|value| (path.clone(), value)));
            }
            Kind::String => {
                let is_hidden = value
                    .as_str()
                    .is_some_and(|text| REDACTIONS.contains(&&*text));
                if is_hidden {
                    found.push(path);
                }
            }
            Kind::Null | Kind::Bool | Kind::Number => {}
        }
    }
    found.sort();
    found.dedup();
    for path in found {
        let value = lines.locale().word("explain-hidden");
        lines.named(path, value, Some(Text::new("explain-odd-hidden")));
    }
}

fn version(record: &Record<'_>, lines: &mut Lines<'_>) {
    let Some(version) = record.event_version() else {
        return;
    };
    let text = record.text(Field::EventVersion).unwrap_or_default();
    if version > KNOWN_VERSION {
        let note = Text::new("explain-odd-version-new");
        lines.named("eventVersion".to_owned(), safe(&text), Some(note));
    }
}

fn additional(record: &Record<'_>, lines: &mut Lines<'_>) {
    const KNOWN: [(&str, &str); 8] = [
        ("MFAUsed", "explain-odd-mfa-used"),
        ("LoginTo", "explain-odd-login-to"),
        ("MobileVersion", "explain-odd-mobile"),
        ("bytesTransferredIn", "explain-odd-bytes-in"),
        ("bytesTransferredOut", "explain-odd-bytes-out"),
        ("SSEApplied", "explain-odd-sse"),
        ("AuthenticationMethod", "explain-odd-authentication"),
        ("SignatureVersion", "explain-odd-signature"),
    ];
    let Some(data) = record.get(Field::AdditionalEventData) else {
        return;
    };
    for (name, note) in KNOWN {
        if let Some(value) = data.get(name) {
            let label = format!("additionalEventData.{name}");
            lines.named(label, shown(value), Some(Text::new(note)));
        }
    }
}

fn summaries(record: &Record<'_>, lines: &mut Lines<'_>) {
    for (field, note) in [
        (Field::TimeWindow, "explain-odd-window"),
        (Field::Summary, "explain-odd-summary"),
        (Field::InsightDetails, "explain-odd-insight"),
        (Field::EdgeDeviceDetails, "explain-odd-edge"),
    ] {
        if let Some(value) = record.get(field)
            && !value.is_null()
        {
            lines.named(field.name().to_owned(), shown(value), Some(Text::new(note)));
        }
    }
}
