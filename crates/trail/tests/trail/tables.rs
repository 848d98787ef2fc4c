use rempart_trail::read::{Limits, ReadError};
use rempart_trail::record::{Field, Record};

use super::support::{Everything, Item, gzip, quoted, record};

fn cell(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}

#[test]
fn athena_rows_become_records() {
    let parameters = cell(r#"{"domainName":"a, \"b\"","tags":[{"key":"k"}]}"#);
    let text = format!(
        "\"eventversion\",\"useridentity\",\"eventtime\",\"eventsource\",\"eventname\",\"requestparameters\",\"readonly\",\"resources\",\"errorcode\"\r\n\
         \"1.11\",\"{{type=AssumedRole, principalid=AROA1:alice, arn=arn:aws:sts::111122223333:assumed-role/R/alice, accountid=011122223333, sessioncontext={{attributes={{mfaauthenticated=true}}}}}}\",\"2026-03-02T10:00:00Z\",\"sagemaker.amazonaws.com\",\"CreateDomain\",{parameters},\"false\",\"[{{arn=arn:aws:x, accountid=1, type=T}}]\",\n\
         1.11,,2026-03-02T10:00:01Z,s3.amazonaws.com,GetObject,,true,,AccessDenied\n"
    );
    let all = Everything::of(text.as_bytes());
    assert_eq!(all.names(), ["CreateDomain", "GetObject"]);
    let Item::Record(raw, place) = &all.items[0] else {
        panic!()
    };
    // The line feed of a line that ends in CR and LF may count to the next row.
    assert!(
        text[place.offset as usize..]
            .trim_start()
            .starts_with("\"1.11\"")
    );
    let first = Record::parse(raw.as_bytes()).unwrap();
    assert_eq!(first.flag(Field::ReadOnly), Some(false));
    assert_eq!(first.get(Field::ReadOnly).unwrap().as_bool(), Some(false));
    let account = first.json().path(&["userIdentity", "accountId"]).unwrap();
    assert_eq!(account.as_str().unwrap(), "011122223333");
    let domain = first
        .json()
        .path(&["requestParameters", "domainName"])
        .unwrap();
    assert_eq!(domain.as_str().unwrap(), "a, \"b\"");
    let resource = first
        .get(Field::Resources)
        .unwrap()
        .elements()
        .next()
        .unwrap();
    assert_eq!(resource.get("ARN").unwrap().as_str().unwrap(), "arn:aws:x");
    assert!(first.get(Field::ErrorCode).is_none());
    let Item::Record(raw, _) = &all.items[1] else {
        panic!()
    };
    let second = Record::parse(raw.as_bytes()).unwrap();
    assert!(second.get(Field::RequestParameters).unwrap().is_null());
    assert_eq!(second.text(Field::ErrorCode).unwrap(), "AccessDenied");
    assert_eq!(Everything::of(&gzip(text.as_bytes())).items, all.items);
    let streamed = Limits {
        inflated_whole: 1,
        ..Limits::default()
    };
    assert_eq!(
        Everything::within(&gzip(text.as_bytes()), &streamed).items,
        all.items
    );
}

#[test]
fn tables_with_the_record_in_one_column() {
    for column in ["_raw", "@message", "CloudTrailEvent"] {
        let text = format!(
            "time,{column}\n1,{}\n2,{}\n",
            cell(&record("A")),
            cell(&record("B"))
        );
        let all = Everything::of(text.as_bytes());
        assert_eq!(all.names(), ["A", "B"]);
        assert!(matches!(&all.items[0], Item::Record(raw, _) if *raw == record("A")));
    }
}

#[test]
fn rows_as_json() {
    let row = r#"{"eventname":"A","eventsource":"s","readonly":"true","useridentity":{"type":"IAMUser","accountid":"1"},"requestparameters":"{\"x\":1}"}"#;
    let all = Everything::of(row.as_bytes());
    assert_eq!(all.names(), ["A"]);
    let Item::Record(raw, _) = &all.items[0] else {
        panic!()
    };
    let rebuilt = Record::parse(raw.as_bytes()).unwrap();
    assert_eq!(rebuilt.get(Field::ReadOnly).unwrap().as_bool(), Some(true));
    assert!(rebuilt.json().path(&["requestParameters", "x"]).is_some());
    assert!(
        rebuilt
            .json()
            .path(&["userIdentity", "accountId"])
            .is_some()
    );
    let lake = r#"{"QueryResultRows":[[{"eventName":"A"},{"eventSource":"s"},{"eventTime":"2026-03-02 10:00:00.000"}]]}"#;
    let all = Everything::of(lake.as_bytes());
    assert_eq!(all.names(), ["A"]);
    let Item::Record(raw, _) = &all.items[0] else {
        panic!()
    };
    assert!(
        Record::parse(raw.as_bytes())
            .unwrap()
            .event_time()
            .is_some()
    );
}

#[test]
fn rows_that_do_not_fit_are_reported() {
    let text = "eventname,eventsource,x\nA,s,1\nB,s\nC,s,1\n";
    let all = Everything::of(text.as_bytes());
    assert_eq!(all.names(), ["A", "C"]);
    assert!(matches!(all.reasons()[..], [ReadError::Row(_)]));
    let open = format!("eventname,eventsource\nA,s\n\"{}", "x".repeat(300_000));
    let limits = Limits {
        record: 50_000,
        ..Limits::default()
    };
    let all = Everything::within(open.as_bytes(), &limits);
    assert_eq!(all.names(), ["A"]);
    assert_eq!(all.reasons(), [ReadError::TooLarge { limit: 50_000 }]);
    assert!(!all.report.complete);
}

#[test]
fn cells_that_are_not_what_they_should_be_stay_text() {
    let text = format!(
        "eventname,eventsource,useridentity,requestparameters\nA,s,\"{{broken\",{}\n",
        quoted("{also")
    );
    let all = Everything::of(text.as_bytes());
    let Item::Record(raw, _) = &all.items[0] else {
        panic!()
    };
    let rebuilt = Record::parse(raw.as_bytes()).unwrap();
    assert_eq!(rebuilt.text(Field::UserIdentity).unwrap(), "{broken");
}
