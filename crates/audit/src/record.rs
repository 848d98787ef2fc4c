//! An event as the text of a CloudTrail record (CloudTrail User Guide, "CloudTrail record contents").

use serde::Serialize;
use serde_json::Value;

use crate::event::{Category, Event};

/// `eventVersion`.
const VERSION: &str = "1.11";
/// CloudTrail cuts longer texts; so do we.
const LONGEST_TEXT: usize = 1_024;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Record<'a> {
    event_version: &'static str,
    user_identity: &'a Value,
    event_time: String,
    event_source: &'a str,
    event_name: &'a str,
    aws_region: &'a str,
    #[serde(rename = "sourceIPAddress")]
    source_ip_address: &'a str,
    user_agent: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    error_code: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error_message: Option<&'a str>,
    request_parameters: &'a Option<Value>,
    response_elements: &'a Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    additional_event_data: &'a Option<Value>,
    #[serde(rename = "requestID")]
    request_id: &'a str,
    #[serde(rename = "eventID")]
    event_id: &'a str,
    read_only: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    resources: Vec<Resource<'a>>,
    event_type: &'static str,
    management_event: bool,
    recipient_account_id: &'a str,
    event_category: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    tls_details: Option<&'a Value>,
}

#[derive(Serialize)]
struct Resource<'a> {
    #[serde(rename = "accountId")]
    account_id: &'a str,
    #[serde(rename = "type")]
    kind: &'a str,
    #[serde(rename = "ARN")]
    arn: &'a str,
}

/// The record on one line, without a line end. `event_id` is a new UUID.
pub(crate) fn record(event: &Event, event_id: &str) -> Vec<u8> {
    let failure = event.failure.as_ref();
    let seconds = jiff::Timestamp::from_second(event.time.as_second()).unwrap_or(event.time);
    let record = Record {
        event_version: VERSION,
        user_identity: &event.user_identity,
        event_time: seconds.to_string(),
        event_source: event.source,
        event_name: &event.name,
        aws_region: &event.region,
        source_ip_address: cut(&event.source_address),
        user_agent: cut(&event.user_agent),
        error_code: failure.map(|failure| &*failure.code),
        error_message: failure.map(|failure| cut(&failure.message)),
        request_parameters: &event.parameters,
        response_elements: &event.response,
        additional_event_data: &event.additional,
        request_id: &event.request_id,
        event_id,
        read_only: event.read_only,
        resources: event
            .resources
            .iter()
            .map(|resource| Resource {
                account_id: &resource.account,
                kind: resource.kind,
                arn: &resource.arn,
            })
            .collect(),
        event_type: "AwsApiCall",
        management_event: event.category == Category::Management,
        recipient_account_id: &event.recipient,
        event_category: match event.category {
            Category::Management => "Management",
            Category::Data => "Data",
        },
        tls_details: event.tls.as_deref(),
    };
    // Nothing in it can fail to be written: keys are text and numbers are finite.
    serde_json::to_vec(&record).unwrap_or_default()
}

fn cut(text: &str) -> &str {
    let end = (0..=LONGEST_TEXT.min(text.len()))
        .rev()
        .find(|end| text.is_char_boundary(*end));
    text.get(..end.unwrap_or(0)).unwrap_or_default()
}
