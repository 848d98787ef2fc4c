//! Records that were torn into columns, put together again.

use std::borrow::Cow;

use serde_json::Value;

use super::struct_text;
use crate::json::{Json, Kind};
use crate::record::Field;

/// What a column holds.
#[derive(Debug, Clone)]
pub(super) enum Cell<'a> {
    Text(Cow<'a, str>),
    Json(Json<'a>),
}

/// Members of nested objects that CloudTrail writes with capitals in them. Tables carry them in lower
/// case.
const NESTED_NAMES: [&str; 35] = [
    "principalId",
    "accountId",
    "accessKeyId",
    "userName",
    "sessionContext",
    "sessionIssuer",
    "webIdFederationData",
    "federatedProvider",
    "creationDate",
    "mfaAuthenticated",
    "sourceIdentity",
    "assumedRoot",
    "signInSessionArn",
    "ec2RoleDelivery",
    "invokedBy",
    "invokedByDelegate",
    "onBehalfOf",
    "userId",
    "identityStoreArn",
    "inScopeOf",
    "sourceArn",
    "sourceAccount",
    "issuerType",
    "credentialsIssuedTo",
    "credentialId",
    "identityProvider",
    "tlsVersion",
    "cipherSuite",
    "clientProvidedHostHeader",
    "keyExchange",
    "updatedFields",
    "originalRequestID",
    "originalEventID",
    "resourceType",
    "resourceName",
];

/// Whether columns of these names make a record.
pub(super) fn is_record<'a>(names: impl Iterator<Item = &'a [u8]> + Clone) -> bool {
    let has = |wanted: &[u8]| names.clone().any(|name| name.eq_ignore_ascii_case(wanted));
    has(b"eventname") && has(b"eventsource")
}

/// Writes the record that the columns make up, with CloudTrail's names and types:
/// - empty cells are left out, since tables do not tell `null`, empty and absent apart; only
///   `requestParameters` and `responseElements`, which trails always write, become `null`;
/// - `readOnly` and `managementEvent` become booleans;
/// - nested values become JSON again, from JSON text or from the text of Hive and Presto; parameters
///   keep their names, identities get their capitals back;
/// - a time without a zone, as CloudTrail Lake prints it, is UTC;
/// - columns that are no members of records are kept as text.
pub(super) fn rebuild<'a>(
    columns: impl Iterator<Item = (Cow<'a, str>, Cell<'a>)>,
    output: &mut Vec<u8>,
) {
    output.clear();
    output.push(b'{');
    for (name, cell) in columns {
        let field = field_of(&name);
        let value = match cell {
            Cell::Text(text) => match field {
                Some(field) => field_value(field, &text),
                None if text.is_empty() => None,
                None => Some(Value::String(text.into_owned()).to_string()),
            },
            Cell::Json(value) => json_value(field, value),
        };
        let Some(value) = value else { continue };
        if output.len() > 1 {
            output.push(b',');
        }
        let name: &str = match field {
            Some(field) => field.name(),
            None => &name,
        };
        output.extend_from_slice(Value::from(name).to_string().as_bytes());
        output.push(b':');
        output.extend_from_slice(value.as_bytes());
    }
    output.push(b'}');
}

fn field_of(column: &str) -> Option<Field> {
    let is_aggregate_spelling =
        |field: &Field| matches!(field, Field::AggregatedEventId | Field::AggregatedAccountId);
    Field::ALL
        .iter()
        .copied()
        .find(|field| !is_aggregate_spelling(field) && field.name().eq_ignore_ascii_case(column))
}

fn json_value(field: Option<Field>, value: Json<'_>) -> Option<String> {
    match (field, value.kind()) {
        (Some(field), Kind::String) => field_value(field, &value.as_str()?),
        (Some(field), Kind::Object | Kind::Array) if is_typed(field) => {
            Some(with_names(value).unwrap_or_else(|| raw_text(value)))
        }
        _ => Some(raw_text(value)),
    }
}

fn raw_text(value: Json<'_>) -> String {
    String::from_utf8_lossy(value.raw()).into_owned()
}

/// JSON text of a member, from the text of its cell.
fn field_value(field: Field, text: &str) -> Option<String> {
    let is_null = text.is_empty() || text == "null";
    match field {
        Field::RequestParameters | Field::ResponseElements if is_null => Some("null".to_owned()),
        _ if text.is_empty() => None,
        Field::ReadOnly | Field::ManagementEvent if matches!(text, "true" | "false") => {
            Some(text.to_owned())
        }
        Field::EventTime => Some(Value::String(utc(text)).to_string()),
        _ if is_nested(field) => Some(nested(field, text)),
        _ if is_null => None,
        _ => Some(Value::from(text).to_string()),
    }
}

fn nested(field: Field, text: &str) -> String {
    if let Ok(value) = Json::parse(text.as_bytes()) {
        let named = if is_typed(field) {
            with_names(value)
        } else {
            None
        };
        return named.unwrap_or_else(|| raw_text(value));
    }
    match struct_text::parse(text) {
        Some(mut value) => {
            if is_typed(field) {
                restore_names(&mut value, field == Field::Resources);
            }
            value.to_string()
        }
        None => Value::from(text).to_string(),
    }
}

/// The same JSON with the capitals of names restored; `None` when it nests too deeply for that.
fn with_names(value: Json<'_>) -> Option<String> {
    let is_list = value.kind() == Kind::Array;
    let mut value: Value = serde_json::from_slice(value.raw()).ok()?;
    restore_names(&mut value, is_list);
    Some(value.to_string())
}

fn restore_names(value: &mut Value, in_resources: bool) {
    match value {
        Value::Array(elements) => {
            for element in elements {
                restore_names(element, in_resources);
            }
        }
        Value::Object(members) => {
            let old = std::mem::take(members);
            for (name, mut member) in old {
                restore_names(&mut member, in_resources);
                members.insert(nested_name(name, in_resources), member);
            }
        }
        _ => {}
    }
}

fn nested_name(name: String, in_resources: bool) -> String {
    if in_resources && name.eq_ignore_ascii_case("arn") {
        return "ARN".to_owned();
    }
    NESTED_NAMES
        .iter()
        .find(|known| known.eq_ignore_ascii_case(&name))
        .map_or(name, |known| (*known).to_owned())
}

/// Members that are objects or lists.
const fn is_nested(field: Field) -> bool {
    is_typed(field)
        || matches!(
            field,
            Field::RequestParameters
                | Field::ResponseElements
                | Field::AdditionalEventData
                | Field::ServiceEventDetails
                | Field::EdgeDeviceDetails
                | Field::EventContext
                | Field::InsightDetails
                | Field::TimeWindow
                | Field::Summary
        )
}

/// Members whose inner names are CloudTrail's own; those of parameters belong to the services.
const fn is_typed(field: Field) -> bool {
    matches!(
        field,
        Field::UserIdentity | Field::Resources | Field::TlsDetails | Field::Addendum
    )
}

/// `2026-03-02 10:00:00.000` to `2026-03-02T10:00:00Z`; any other text as it is.
fn utc(text: &str) -> String {
    let Some((date, time)) = text.split_once(' ') else {
        return text.to_owned();
    };
    let is_date = date.len() == 10 && date.bytes().all(|b| b.is_ascii_digit() || b == b'-');
    let (seconds, fraction) = time.split_once('.').unwrap_or((time, ""));
    let is_time = seconds.len() == 8
        && seconds.bytes().all(|b| b.is_ascii_digit() || b == b':')
        && fraction.bytes().all(|b| b.is_ascii_digit());
    if is_date && is_time {
        return format!("{date}T{seconds}Z");
    }
    text.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rebuilt(columns: &[(&str, &str)]) -> Value {
        let mut output = Vec::new();
        let columns = columns
            .iter()
            .map(|&(name, text)| (Cow::Borrowed(name), Cell::Text(Cow::Borrowed(text))));
        rebuild(columns, &mut output);
        serde_json::from_slice(&output).unwrap()
    }

    #[test]
    fn an_athena_row_becomes_the_record_it_was() {
        let row = rebuilt(&[
            ("eventtime", "2026-03-02T10:00:00Z"),
            ("eventname", "CreateDomain"),
            (
                "useridentity",
                "{type=AssumedRole, accountid=012345678901, sessioncontext={attributes={mfaauthenticated=false, creationdate=x}}, username=null}",
            ),
            (
                "requestparameters",
                r#"{"domainName":"d","n":9007199254740993}"#,
            ),
            ("responseelements", ""),
            ("readonly", "false"),
            (
                "resources",
                "[{arn=arn:aws:s3:::b, accountid=1, type=AWS::S3::Bucket}]",
            ),
            ("errorcode", ""),
            ("sourceipaddress", "198.51.100.1"),
            ("year", "2026"),
        ]);
        let expected = serde_json::json!({
            "eventTime": "2026-03-02T10:00:00Z",
            "eventName": "CreateDomain",
            "userIdentity": {"type": "AssumedRole", "accountId": "012345678901",
                "sessionContext": {"attributes": {"mfaAuthenticated": "false", "creationDate": "x"}},
                "userName": null},
            "requestParameters": {"domainName": "d", "n": 9007199254740993u64},
            "responseElements": null,
            "readOnly": false,
            "resources": [{"ARN": "arn:aws:s3:::b", "accountId": "1", "type": "AWS::S3::Bucket"}],
            "sourceIPAddress": "198.51.100.1",
            "year": "2026"
        });
        assert_eq!(row, expected);
    }

    #[test]
    fn times_of_the_lake_are_utc() {
        assert_eq!(utc("2026-03-02 10:00:00.000"), "2026-03-02T10:00:00Z");
        assert_eq!(utc("2026-03-02 10:00:00"), "2026-03-02T10:00:00Z");
        assert_eq!(utc("Mon Mar 2"), "Mon Mar 2");
    }
}
