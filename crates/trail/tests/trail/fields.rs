use rempart_trail::dedup::EventKey;
use rempart_trail::linked::Linked;
use rempart_trail::record::fields::{EventVersion, MemberState, SourceAddress};
use rempart_trail::record::{Field, Record};
use rempart_trail::record_kind::{Category, RecordKind};

use super::support::Everything;

fn read<T>(text: &str, look: impl FnOnce(&Record<'_>) -> T) -> T {
    look(&Record::parse(text.as_bytes()).unwrap())
}

#[test]
fn versions_compare_by_number() {
    let version = |text| EventVersion::parse(text).unwrap();
    assert!(version("1.9") < version("1.10") && version("1.10") < version("1.11"));
    assert_eq!(version("1.08"), version("1.8"));
    assert!(version("1.11") < version("2.0"));
    for text in ["", "x", "1.", ".1", "1.x", "-1.0", "1.0.0", "99999999999.1"] {
        assert_eq!(EventVersion::parse(text), None, "{text}");
    }
}

#[test]
fn the_states_of_a_member_differ() {
    for (text, state) in [
        (r#"{"requestParameters":{"a":1}}"#, MemberState::Present),
        (r#"{"requestParameters":[0]}"#, MemberState::Present),
        (r#"{"requestParameters":0}"#, MemberState::Present),
        (r#"{"requestParameters":null}"#, MemberState::Null),
        (r#"{"requestParameters":{ }}"#, MemberState::Empty),
        (r#"{"requestParameters":[]}"#, MemberState::Empty),
        (r#"{"requestParameters":""}"#, MemberState::Empty),
        (r#"{"requestParameters":"***"}"#, MemberState::Redacted),
        (
            r#"{"requestParameters":"HIDDEN_DUE_TO_SECURITY_REASONS"}"#,
            MemberState::Redacted,
        ),
        (r#"{"x":1}"#, MemberState::Absent),
    ] {
        assert_eq!(
            read(text, |r| r.state(Field::RequestParameters)),
            state,
            "{text}"
        );
    }
}

#[test]
fn booleans_read_as_booleans_and_as_text() {
    for (value, flag) in [
        ("true", Some(true)),
        ("false", Some(false)),
        (r#""true""#, Some(true)),
        (r#""False""#, Some(false)),
        (r#""yes""#, None),
        ("1", None),
        ("null", None),
        ("{}", None),
    ] {
        for (name, field) in [
            ("readOnly", Field::ReadOnly),
            ("managementEvent", Field::ManagementEvent),
        ] {
            assert_eq!(
                read(&format!(r#"{{"{name}":{value}}}"#), |r| r.flag(field)),
                flag
            );
        }
    }
    assert_eq!(read("{}", |r| r.flag(Field::ReadOnly)), None);
}

#[test]
fn addresses_are_told_from_names() {
    use SourceAddress::{AwsInternal, Ip, None, Other, Service};
    let ip = |text: &str| Ip(text.parse().unwrap());
    for (text, expected) in [
        ("198.51.100.7", ip("198.51.100.7")),
        ("10.0.0.1", ip("10.0.0.1")),
        ("2001:db8::1", ip("2001:db8::1")),
        ("::ffff:192.0.2.1", ip("192.0.2.1")),
        (
            "sagemaker.amazonaws.com",
            Service("sagemaker.amazonaws.com".into()),
        ),
        (
            "ecs.cn-north-1.amazonaws.com.cn",
            Service("ecs.cn-north-1.amazonaws.com.cn".into()),
        ),
        ("AWS Internal", AwsInternal),
        ("AWS Internal/7", AwsInternal),
        ("", None),
        ("  ", None),
        ("AWS Internals", Other("AWS Internals".into())),
        ("198.51.100.7/32", Other("198.51.100.7/32".into())),
        (
            "evil\\n.amazonaws.com",
            Other("evil\n.amazonaws.com".into()),
        ),
    ] {
        let text = format!(r#"{{"sourceIPAddress":"{text}"}}"#);
        assert_eq!(
            read(&text, |r| format!("{:?}", r.source_address())),
            format!("{expected:?}")
        );
    }
    for text in [
        "{}",
        r#"{"sourceIPAddress":null}"#,
        r#"{"sourceIPAddress":1}"#,
    ] {
        assert!(read(text, |r| matches!(r.source_address(), None)));
    }
}

#[test]
fn kinds() {
    for (event_type, kind) in [
        ("AwsApiCall", RecordKind::ApiCall),
        ("AwsServiceEvent", RecordKind::ServiceEvent),
        ("AwsConsoleAction", RecordKind::ConsoleAction),
        ("AwsConsoleSignIn", RecordKind::SignIn),
        ("AwsVpceEvent", RecordKind::NetworkActivity),
        ("AwsVpceEvents", RecordKind::NetworkActivity),
        ("AwsCloudTrailInsight", RecordKind::Insight),
        ("AwsAggregatedEvent", RecordKind::Aggregated),
        ("AwsNew", RecordKind::Unknown("AwsNew".to_owned())),
    ] {
        let text = format!(r#"{{"eventType":"{event_type}"}}"#);
        assert_eq!(read(&text, RecordKind::of), kind);
    }
    assert_eq!(
        read(r#"{"insightDetails":{}}"#, RecordKind::of),
        RecordKind::Insight
    );
    assert_eq!(
        read(r#"{"eventSource":"signin.amazonaws.com"}"#, RecordKind::of),
        RecordKind::SignIn
    );
    assert_eq!(read("{}", RecordKind::of), RecordKind::ApiCall);
    assert!(!RecordKind::Aggregated.is_single_action());
}

#[test]
fn categories_of_old_records_are_derived() {
    let category = |text: &str| {
        let category = read(text, |r| r.category());
        (category.category, category.derived)
    };
    assert_eq!(
        category(r#"{"eventCategory":"Data"}"#),
        (Category::Data, false)
    );
    assert_eq!(
        category(r#"{"eventCategory":"New"}"#),
        (Category::Unknown("New".into()), false)
    );
    assert_eq!(category("{}"), (Category::Management, true));
    assert_eq!(
        category(r#"{"managementEvent":"false"}"#),
        (Category::Data, true)
    );
    assert_eq!(
        category(r#"{"resources":[{"type":"AWS::S3::Object","ARN":"x"}]}"#),
        (Category::Data, true)
    );
    assert_eq!(
        category(r#"{"resources":[{"type":"AWS::S3::Bucket"}]}"#),
        (Category::Management, true)
    );
    assert_eq!(
        category(r#"{"eventType":"AwsVpceEvent"}"#),
        (Category::NetworkActivity, true)
    );
    assert_eq!(
        category(r#"{"eventSource":"lambda.amazonaws.com","eventName":"Invoke"}"#),
        (Category::Data, true)
    );
}

#[test]
fn aggregated_records_have_their_own_names() {
    let text = r#"{"eventVersion":"1.0","accountId":"012345678901","eventId":"0a1b2c3d-0000-4000-8000-00000000000f","eventType":"AwsAggregatedEvent","eventCategory":"Aggregated","timeWindow":{"windowStart":"2026-03-02T10:00:00Z","windowEnd":"2026-03-02T10:05:00Z","windowSize":"PT5M"},"summary":{}}"#;
    assert_eq!(Everything::of(text.as_bytes()).report.records, 1);
    read(text, |record| {
        assert_eq!(record.recipient_account().unwrap(), "012345678901");
        assert!(matches!(EventKey::of(record), Some(EventKey::Uuid(_))));
        assert_eq!(RecordKind::of(record), RecordKind::Aggregated);
        assert_eq!(record.event_time(), None);
    });
}

#[test]
fn twins_are_linked_and_the_richer_one_is_preferred() {
    let caller = r#"{"eventID":"1","sharedEventID":"s","eventType":"AwsApiCall","userIdentity":{"type":"IAMUser","userName":"u"},"recipientAccountId":"1"}"#;
    let owner = r#"{"eventID":"2","sharedEventID":"s","eventType":"AwsApiCall","userIdentity":{"type":"AWSAccount","accountId":"1"},"recipientAccountId":"2","requestParameters":{"a":"bbbbbbbbbbbbbbbbbbbbbbb"}}"#;
    let network = r#"{"eventID":"3","sharedEventID":"s","eventType":"AwsVpceEvent","userIdentity":{"type":"IAMUser","userName":"u"},"vpcEndpointId":"vpce-1","requestParameters":{"a":"bbbbbbbbbbbbbbbbbbbbbbb"}}"#;
    let alone = r#"{"eventID":"s"}"#;
    let records =
        [caller, owner, network, alone].map(|text| Record::parse(text.as_bytes()).unwrap());
    let links = records.each_ref().map(Linked::of);
    assert!(links.iter().all(|link| link.action == links[0].action));
    assert!(links[0].may_have_twins && !links[3].may_have_twins);
    assert!(links[0].richness > links[1].richness && links[1].richness > links[2].richness);
    assert_eq!(read("{}", |r| Linked::of(r).action.is_none()), true);
    assert_eq!(
        read(r#"{"sharedEventID":null,"eventID":"1"}"#, |r| Linked::of(r)
            .may_have_twins),
        false
    );
}

#[test]
fn an_addendum_stays_readable() {
    for reason in ["DELIVERY_DELAY", "UPDATED_DATA", "SERVICE_OUTAGE"] {
        let text = format!(r#"{{"addendum":{{"reason":"{reason}","originalEventID":"1"}}}}"#);
        let found = read(&text, |r| {
            r.get(Field::Addendum)
                .unwrap()
                .get("reason")
                .unwrap()
                .as_str()
                .unwrap()
                .into_owned()
        });
        assert_eq!(found, reason);
    }
}

#[test]
fn hostile_texts_come_through_unchanged() {
    let text = r#"{"userAgent":"\u001b[31m=cmd|' /C calc'!A0 \u202e\u0000","errorMessage":"x"}"#;
    read(text, |record| {
        let agent = record.text(Field::UserAgent).unwrap();
        assert!(agent.starts_with("\u{1b}[31m=cmd") && agent.ends_with('\0'));
        assert!(record.get(Field::ErrorCode).is_none());
        assert_eq!(record.text(Field::ErrorMessage).unwrap(), "x");
    });
}

#[test]
fn wrong_types_are_absent_values_never_errors() {
    for value in [
        "null",
        "true",
        "0",
        "1e999",
        "\"\"",
        "[]",
        "[[]]",
        "{}",
        r#"{"":null}"#,
        r#""\ud800""#,
    ] {
        let members: Vec<String> = Field::ALL
            .iter()
            .map(|field| format!(r#""{}":{value}"#, field.name()))
            .collect();
        let text = format!("{{{}}}", members.join(","));
        let all = Everything::of(text.as_bytes());
        assert_eq!(all.report.items, 1, "{text}");
        read(&text, |record| {
            for field in Field::ALL {
                let _texts = (
                    record.text(*field),
                    record.flag(*field),
                    record.state(*field),
                );
            }
            let _views = (
                record.source_address(),
                record.event_time(),
                record.event_version(),
                record.category(),
                RecordKind::of(record),
                Linked::of(record),
                record.recipient_account(),
            );
        });
    }
}
