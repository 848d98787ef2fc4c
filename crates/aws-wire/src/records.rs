//! Calls of the data plane with typed inputs that borrow from the request: the hot path.
//!
//! [`parse`] accepts exactly what [`input`](crate::input) accepts. What its fast reader does not take at
//! once (an escaped member name, a long body, anything wrong) goes through the general one, which also
//! makes the errors.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::error::ServiceError;
use crate::incoming::Incoming;
use crate::route::Route;

mod accept;
mod members;
mod query;

use members::{
    BatchGetMembers, BatchWriteMembers, DeleteMembers, GetMembers, ListMembers, PutMembers,
    UpdateMembers,
};

/// Longest body that the fast reader takes, in bytes: it bounds what a reading can allocate.
const FAST_BODY: usize = 1 << 20;

/// A call of the data plane. `Debug` of it and its parts shows no value and no identifier.
pub enum DataCall<'a> {
    /// PutRecord
    Put(PutRecord<'a>),
    /// GetRecord
    Get(GetRecord<'a>),
    /// DeleteRecord
    Delete(DeleteRecord<'a>),
    /// UpdateRecord
    Update(UpdateRecord<'a>),
    /// BatchGetRecord
    BatchGet(BatchGetRecord<'a>),
    /// BatchWriteRecord
    BatchWrite(BatchWriteRecord<'a>),
    /// ListRecords
    List(ListRecords<'a>),
}

/// `FeatureValue`.
#[derive(Clone, PartialEq, Eq)]
pub struct FeatureValue<'a> {
    /// `FeatureName`.
    pub name: Cow<'a, str>,
    /// `ValueAsString`.
    pub text: Option<Cow<'a, str>>,
    /// `ValueAsStringList`.
    pub list: Option<Vec<Cow<'a, str>>>,
}

/// `TargetStores`; at least one is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TargetStores {
    /// `OnlineStore`.
    pub online: bool,
    /// `OfflineStore`.
    pub offline: bool,
}

/// `TtlDuration`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TtlDuration {
    /// `Unit`.
    pub unit: TtlUnit,
    /// `Value`, at least 1.
    pub value: i32,
}

impl TtlDuration {
    /// Length in seconds.
    pub fn seconds(self) -> i64 {
        i64::from(self.value) * self.unit.seconds()
    }
}

/// `TtlDurationUnit`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum TtlUnit {
    /// `Seconds`
    Seconds,
    /// `Minutes`
    Minutes,
    /// `Hours`
    Hours,
    /// `Days`
    Days,
    /// `Weeks`
    Weeks,
}

impl TtlUnit {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Seconds,
        Self::Minutes,
        Self::Hours,
        Self::Days,
        Self::Weeks,
    ];

    /// Its name in the model.
    pub fn name(self) -> &'static str {
        match self {
            Self::Seconds => "Seconds",
            Self::Minutes => "Minutes",
            Self::Hours => "Hours",
            Self::Days => "Days",
            Self::Weeks => "Weeks",
        }
    }

    /// The unit of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|unit| unit.name() == name)
    }

    /// Its length in seconds.
    pub fn seconds(self) -> i64 {
        match self {
            Self::Seconds => 1,
            Self::Minutes => 60,
            Self::Hours => 3_600,
            Self::Days => 86_400,
            Self::Weeks => 604_800,
        }
    }
}

/// Input of PutRecord; entry of BatchWriteRecord.
#[derive(Clone, PartialEq, Eq)]
pub struct PutRecord<'a> {
    /// `FeatureGroupName`: a name or an ARN.
    pub group: Cow<'a, str>,
    /// `Record`, with one element at least.
    pub record: Vec<FeatureValue<'a>>,
    /// `TargetStores`.
    pub targets: Option<TargetStores>,
    /// `TtlDuration`.
    pub ttl: Option<TtlDuration>,
}

/// Input of GetRecord.
#[derive(Clone, PartialEq, Eq)]
pub struct GetRecord<'a> {
    /// `FeatureGroupName`: a name or an ARN.
    pub group: Cow<'a, str>,
    /// `RecordIdentifierValueAsString`.
    pub identifier: Cow<'a, str>,
    /// `FeatureNames`, with one element at least.
    pub features: Option<Vec<Cow<'a, str>>>,
    /// `ExpirationTimeResponse` is `Enabled`.
    pub expiration: bool,
}

/// Input of DeleteRecord.
#[derive(Clone, PartialEq, Eq)]
pub struct DeleteRecord<'a> {
    /// `FeatureGroupName`: a name or an ARN.
    pub group: Cow<'a, str>,
    /// `RecordIdentifierValueAsString`.
    pub identifier: Cow<'a, str>,
    /// `EventTime`.
    pub event_time: Cow<'a, str>,
    /// `TargetStores`.
    pub targets: Option<TargetStores>,
    /// `DeletionMode` is `HardDelete`.
    pub hard: bool,
}

/// Input of UpdateRecord.
#[derive(Clone, PartialEq, Eq)]
pub struct UpdateRecord<'a> {
    /// `FeatureGroupName`: a name or an ARN.
    pub group: Cow<'a, str>,
    /// `RecordIdentifierValueAsString`.
    pub identifier: Cow<'a, str>,
    /// `Features`, with one element at least.
    pub features: Vec<FeatureValue<'a>>,
    /// `TargetStores`.
    pub targets: Option<TargetStores>,
    /// `TtlDuration`.
    pub ttl: Option<TtlDuration>,
}

/// Input of BatchGetRecord.
#[derive(Clone, PartialEq, Eq)]
pub struct BatchGetRecord<'a> {
    /// `Identifiers`, from 1 to 100.
    pub identifiers: Vec<BatchIdentifiers<'a>>,
    /// `ExpirationTimeResponse` is `Enabled`.
    pub expiration: bool,
}

/// Element of `Identifiers`.
#[derive(Clone, PartialEq, Eq)]
pub struct BatchIdentifiers<'a> {
    /// `FeatureGroupName`: a name or an ARN.
    pub group: Cow<'a, str>,
    /// `RecordIdentifiersValueAsString`, from 1 to 100.
    pub identifiers: Vec<Cow<'a, str>>,
    /// `FeatureNames`, with one element at least.
    pub features: Option<Vec<Cow<'a, str>>>,
}

/// Input of BatchWriteRecord.
#[derive(Clone, PartialEq, Eq)]
pub struct BatchWriteRecord<'a> {
    /// `Entries`, from 1 to 25.
    pub entries: Vec<PutRecord<'a>>,
    /// `TtlDuration`.
    pub ttl: Option<TtlDuration>,
}

/// Input of ListRecords.
#[derive(Clone, PartialEq, Eq)]
pub struct ListRecords<'a> {
    /// `FeatureGroupName`: a name or an ARN.
    pub group: Cow<'a, str>,
    /// `MaxResults`, from 1 to 100.
    pub max_results: Option<i32>,
    /// `NextToken`.
    pub next_token: Option<Cow<'a, str>>,
    /// `IncludeSoftDeletedRecords`.
    pub include_deleted: bool,
}

macro_rules! silent {
    ($($name:ident),+) => { $(
        impl fmt::Debug for $name<'_> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($name)).finish_non_exhaustive()
            }
        }
    )+ };
}

silent!(
    FeatureValue,
    PutRecord,
    GetRecord,
    DeleteRecord,
    UpdateRecord,
    BatchGetRecord,
    BatchIdentifiers,
    BatchWriteRecord,
    ListRecords
);

impl fmt::Debug for DataCall<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Put(_) => "PutRecord",
            Self::Get(_) => "GetRecord",
            Self::Delete(_) => "DeleteRecord",
            Self::Update(_) => "UpdateRecord",
            Self::BatchGet(_) => "BatchGetRecord",
            Self::BatchWrite(_) => "BatchWriteRecord",
            Self::List(_) => "ListRecords",
        })
    }
}

/// Reads the input of a routed call of the data plane.
///
/// # Errors
/// As [`input`](crate::input); `InternalFailure` when the operation is none of the data plane.
pub fn parse<'a>(incoming: &Incoming<'a>, route: &Route<'a>) -> Result<DataCall<'a>, ServiceError> {
    if let Some(call) = fast(incoming, route) {
        return Ok(call);
    }
    let input = crate::parse::input(incoming, route)?;
    from_value(route.operation.name, Value::Object(input)).ok_or_else(|| {
        ServiceError::new("InternalFailure", "the operation is none of the data plane")
    })
}

/// `None` stands for all that the general reader decides.
fn fast<'a>(incoming: &Incoming<'a>, route: &Route<'a>) -> Option<DataCall<'a>> {
    let operation = route.operation;
    if operation.service_id != "sagemaker-featurestore-runtime"
        || incoming.body.len() > FAST_BODY
        || !query::plain_headers(incoming)
    {
        return None;
    }
    let group = || route.label.clone().map(members::Text);
    Some(match operation.name {
        "GetRecord" => {
            let mut members: GetMembers<'a> = query::get(incoming)?;
            members.group = group();
            DataCall::Get(members.accept()?)
        }
        "DeleteRecord" => {
            let mut members: DeleteMembers<'a> = query::delete(incoming)?;
            members.group = group();
            DataCall::Delete(members.accept()?)
        }
        "PutRecord" => {
            let mut members: PutMembers<'a> = body(incoming)?;
            if members.group.is_some() {
                return None;
            }
            members.group = group();
            DataCall::Put(members.accept()?)
        }
        "UpdateRecord" => {
            let mut members: UpdateMembers<'a> = body(incoming)?;
            if members.group.is_some() {
                return None;
            }
            members.group = group();
            DataCall::Update(members.accept()?)
        }
        "BatchGetRecord" => DataCall::BatchGet(body::<BatchGetMembers<'a>>(incoming)?.accept()?),
        "BatchWriteRecord" => {
            DataCall::BatchWrite(body::<BatchWriteMembers<'a>>(incoming)?.accept()?)
        }
        _ => return None,
    })
}

fn body<'a, M: Deserialize<'a>>(incoming: &Incoming<'a>) -> Option<M> {
    if !query::only_signature(incoming.query) {
        return None;
    }
    // One check of the whole is faster than one of each text.
    serde_json::from_str(std::str::from_utf8(incoming.body).ok()?).ok()
}

/// A checked input of the general reader.
fn from_value(name: &str, input: Value) -> Option<DataCall<'static>> {
    Some(match name {
        "PutRecord" => DataCall::Put(PutMembers::deserialize(input).ok()?.accept()?),
        "GetRecord" => DataCall::Get(GetMembers::deserialize(input).ok()?.accept()?),
        "DeleteRecord" => DataCall::Delete(DeleteMembers::deserialize(input).ok()?.accept()?),
        "UpdateRecord" => DataCall::Update(UpdateMembers::deserialize(input).ok()?.accept()?),
        "BatchGetRecord" => DataCall::BatchGet(BatchGetMembers::deserialize(input).ok()?.accept()?),
        "BatchWriteRecord" => {
            DataCall::BatchWrite(BatchWriteMembers::deserialize(input).ok()?.accept()?)
        }
        "ListRecords" => DataCall::List(ListMembers::deserialize(input).ok()?.accept()?),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What clients send is read by the fast reader, without copies of plain texts.
    #[test]
    fn plain_requests_are_fast() {
        let headers: [(&str, &[u8]); 1] = [("Content-Type", b"application/json")];
        let mut incoming = Incoming {
            method: "PUT",
            path: "/FeatureGroup/fg",
            query: "",
            headers: &headers,
            body: br#"{"Record": [{"FeatureName": "a", "ValueAsString": "1"}, {"FeatureName": "b", "ValueAsStringList": ["\u00e9"]}], "TtlDuration": {"Unit": "Days", "Value": 1}}"#,
        };
        let route = crate::route(&incoming).unwrap();
        let Some(DataCall::Put(call)) = fast(&incoming, &route) else {
            panic!("not taken");
        };
        let [first, second] = call.record.as_slice() else {
            panic!("another record");
        };
        assert!(matches!(first.text, Some(Cow::Borrowed("1"))));
        assert_eq!(second.list.as_deref(), Some(&[Cow::Borrowed("é")][..]));
        assert_eq!(call.ttl.map(TtlDuration::seconds), Some(86_400));

        incoming.method = "GET";
        incoming.body = b"";
        incoming.query = "RecordIdentifierValueAsString=a%2Fb&FeatureName=x";
        let route = crate::route(&incoming).unwrap();
        assert!(matches!(fast(&incoming, &route), Some(DataCall::Get(_))));
    }

    #[test]
    fn debug_shows_no_value() {
        let feature = FeatureValue {
            name: "a".into(),
            text: Some("hush".into()),
            list: None,
        };
        assert_eq!(format!("{feature:?}"), "FeatureValue { .. }");
    }
}
