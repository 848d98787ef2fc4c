//! An event as the text of a CloudTrail record (CloudTrail User Guide, "CloudTrail record contents").
//!
//! Written straight into a buffer, since every call of the data plane makes one.

use std::io::Write as _;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};

use crate::event::{Category, Event};

/// `eventVersion`.
const VERSION: &str = "1.11";
/// CloudTrail cuts longer texts; so do we.
const LONGEST_TEXT: usize = 1_024;
/// CloudTrail leaves out longer `requestParameters` and `responseElements`.
const LONGEST_ELEMENTS: usize = 100 << 10;
/// CloudTrail leaves out longer `additionalEventData`.
const LONGEST_ADDITIONAL: usize = 28 << 10;

/// The record on one line, without a line end. `event_id` is a new UUID.
pub(crate) fn record(event: &Event, event_id: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(1_536);
    let failure = event.failure.as_ref();
    out.extend_from_slice(b"{\"eventVersion\":\"");
    out.extend_from_slice(VERSION.as_bytes());
    out.extend_from_slice(b"\",\"userIdentity\":");
    push(&mut out, &*event.user_identity);
    out.extend_from_slice(b",\"eventTime\":\"");
    push_time(&mut out, event.time);
    out.push(b'"');
    text(&mut out, b",\"eventSource\":", event.source);
    text(&mut out, b",\"eventName\":", &event.name);
    text(&mut out, b",\"awsRegion\":", &event.region);
    text(
        &mut out,
        b",\"sourceIPAddress\":",
        cut(&event.source_address),
    );
    text(&mut out, b",\"userAgent\":", cut(&event.user_agent));
    if let Some(failure) = failure {
        text(&mut out, b",\"errorCode\":", cut(&failure.code));
        text(&mut out, b",\"errorMessage\":", cut(&failure.message));
    }
    let parameters = event.parameters.as_ref();
    elements(
        &mut out,
        b",\"requestParameters\":",
        parameters,
        LONGEST_ELEMENTS,
    );
    let response = event.response.as_ref();
    elements(
        &mut out,
        b",\"responseElements\":",
        response,
        LONGEST_ELEMENTS,
    );
    if let Some(additional) = &event.additional {
        let (name, longest) = (b",\"additionalEventData\":", LONGEST_ADDITIONAL);
        elements(&mut out, name, Some(additional), longest);
    }
    text(&mut out, b",\"requestID\":", cut(&event.request_id));
    text(&mut out, b",\"eventID\":", event_id);
    out.extend_from_slice(if event.read_only {
        b",\"readOnly\":true"
    } else {
        b",\"readOnly\":false"
    });
    for (number, resource) in event.resources.iter().enumerate() {
        out.extend_from_slice(if number == 0 {
            b",\"resources\":["
        } else {
            b","
        });
        text(&mut out, b"{\"accountId\":", &resource.account);
        text(&mut out, b",\"type\":", resource.kind);
        text(&mut out, b",\"ARN\":", &resource.arn);
        out.push(b'}');
    }
    if !event.resources.is_empty() {
        out.push(b']');
    }
    out.extend_from_slice(match event.category {
        Category::Management => {
            b",\"eventType\":\"AwsApiCall\",\"managementEvent\":true,\"eventCategory\":\"Management\"".as_slice()
        }
        Category::Data => {
            b",\"eventType\":\"AwsApiCall\",\"managementEvent\":false,\"eventCategory\":\"Data\""
        }
    });
    text(&mut out, b",\"recipientAccountId\":", &event.recipient);
    if let Some(tls) = &event.tls {
        out.extend_from_slice(b",\"tlsDetails\":");
        push(&mut out, &**tls);
    }
    out.push(b'}');
    out
}

/// What the log has to say of itself: a service event, for one account.
pub(crate) fn own(
    name: &str,
    region: &str,
    account: &str,
    time: Timestamp,
    event_id: &str,
    details: &Value,
) -> Vec<u8> {
    let mut written = Vec::new();
    push_time(&mut written, time);
    let event = json!({
        "eventVersion": VERSION,
        "userIdentity": {"accountId": account, "invokedBy": "rempart"},
        "eventTime": String::from_utf8_lossy(&written),
        "eventSource": "rempart",
        "eventName": name,
        "awsRegion": region,
        "sourceIPAddress": "rempart",
        "userAgent": "rempart",
        "requestParameters": null,
        "responseElements": null,
        "eventID": event_id,
        "readOnly": false,
        "eventType": "AwsServiceEvent",
        "managementEvent": true,
        "eventCategory": "Management",
        "recipientAccountId": account,
        "serviceEventDetails": details,
    });
    event.to_string().into_bytes()
}

/// Seconds, in UTC: CloudTrail has no fractions.
fn push_time(out: &mut Vec<u8>, time: Timestamp) {
    let seconds = Timestamp::from_second(time.as_second()).unwrap_or(time);
    // Writing to memory does not fail.
    write!(out, "{seconds}").ok();
}

fn text(out: &mut Vec<u8>, name: &[u8], value: &str) {
    out.extend_from_slice(name);
    push(out, value);
}

fn elements(out: &mut Vec<u8>, name: &[u8], value: Option<&Value>, longest: usize) {
    let before = out.len();
    out.extend_from_slice(name);
    let start = out.len();
    push(out, &value);
    if out.len() - start > longest {
        out.truncate(before);
    }
}

fn push<T: Serialize + ?Sized>(out: &mut Vec<u8>, value: &T) {
    let before = out.len();
    // Nothing in it can fail to be written: keys are text and numbers are finite.
    if serde_json::to_writer(&mut *out, value).is_err() {
        out.truncate(before);
        out.extend_from_slice(b"null");
    }
}

fn cut(text: &str) -> &str {
    if text.len() <= LONGEST_TEXT {
        return text;
    }
    let end = (0..=LONGEST_TEXT)
        .rev()
        .find(|end| text.is_char_boundary(*end));
    text.get(..end.unwrap_or(0)).unwrap_or_default()
}
