//! Records of feature groups.

use std::sync::LazyLock;

use rempart_aws_wire::records::{self, DataCall};
use rempart_aws_wire::{Incoming, route};
use rempart_store::Group;
use rempart_store::data::{LARGEST_RECORD, Settings, check_record};
use serde_json::Value;

static GROUP: LazyLock<Group> = LazyLock::new(|| {
    serde_json::from_str(include_str!("records/group.json")).expect("the group reads")
});

/// A record is refused with AWS's code, or comes back feature by feature as it was written.
pub fn store_record(bytes: &[u8]) {
    let Ok(record) = serde_json::from_slice::<Value>(bytes) else {
        return;
    };
    let body = serde_json::json!({ "Record": record }).to_string();
    let incoming = Incoming {
        method: "PUT",
        path: "/FeatureGroup/group",
        query: "",
        headers: &[],
        body: body.as_bytes(),
    };
    let route = route(&incoming).expect("it is PutRecord");
    let call = match records::parse(&incoming, &route) {
        Ok(DataCall::Put(call)) => call,
        Ok(_) => panic!("it is PutRecord"),
        Err(error) => {
            let codes = [
                "ValidationError",
                "SerializationException",
                "RequestEntityTooLargeException",
            ];
            assert!(codes.contains(&&*error.code), "{error}");
            return;
        }
    };
    match check_record(&GROUP, &call.record, &Settings::default()) {
        Err(error) => assert_eq!(error.code, "ValidationError"),
        Ok(answer) => {
            let back: Vec<Value> = serde_json::from_slice(&answer).expect("answers are JSON");
            let mut size = 0;
            let given = record.as_array().expect("a record is a list");
            let mut written = given.iter().filter(|feature| value(feature).is_some());
            for feature in &back {
                let same = written.next().expect("no feature is made up");
                assert_eq!(feature["FeatureName"], same["FeatureName"]);
                assert_eq!(value(feature), value(same));
                size += feature["ValueAsString"].as_str().map_or(0, str::len);
            }
            assert!(written.next().is_none(), "no feature is lost");
            assert!(size <= LARGEST_RECORD);
        }
    }
}

fn value(feature: &Value) -> Option<&Value> {
    let member = |name| feature.get(name).filter(|value| !value.is_null());
    member("ValueAsString").or_else(|| member("ValueAsStringList"))
}
