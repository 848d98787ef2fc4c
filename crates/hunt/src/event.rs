//! What is kept of a matched record.

use std::cmp::Ordering;
use std::sync::Arc;

use rempart_findings::Evidence;
use rempart_sigma::correlate::Weigh;
use rempart_trail::json::Json;
use rempart_trail::read::Place;
use rempart_trail::record::{Field, Record};
use rempart_trail::time::EventTime;
use sha2::{Digest, Sha256};

use crate::derive;
use crate::shared_texts::SharedTexts;

/// The parts of a matched record that findings show. Repeated texts are shared.
#[derive(Debug, PartialEq, Eq)]
pub struct EventInfo {
    /// When it happened, seconds since 1970.
    pub time: i64,
    /// `eventID`, or `eventId` of aggregated events; empty when the record has none.
    pub id: Box<str>,
    /// Where it was read.
    pub source: Arc<str>,
    /// Its number there.
    pub index: u64,
    /// SHA-256 of its raw bytes.
    pub sha256: [u8; 32],
    /// `eventSource`.
    pub event_source: Arc<str>,
    /// `eventName`.
    pub event_name: Arc<str>,
    /// Who acted, see `rempart.principal`.
    pub principal: Arc<str>,
    /// `sourceIPAddress`.
    pub source_ip: Arc<str>,
    /// `userAgent`.
    pub user_agent: Arc<str>,
    /// Account that recorded the event.
    pub account: Arc<str>,
    /// `awsRegion`.
    pub region: Arc<str>,
    /// ARNs or names of what it touched.
    pub resources: Box<[Arc<str>]>,
    /// Whether the call failed.
    pub failed: bool,
    /// `sharedEventID`, which the other account's or the network's record of the same call carries too.
    pub shared_id: Option<Box<str>>,
    /// Field values that explanations will ask for.
    pub captured: Box<[(Arc<str>, Box<str>)]>,
    /// Guardrails that would have stopped the call.
    pub guardrails: Box<[Arc<str>]>,
}

/// A shared [`EventInfo`], ordered by its identity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventRef(pub Arc<EventInfo>);

impl EventRef {
    fn identity(&self) -> (&str, &str, u64) {
        (&self.0.id, &self.0.source, self.0.index)
    }
}

impl PartialOrd for EventRef {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for EventRef {
    fn cmp(&self, other: &Self) -> Ordering {
        self.identity().cmp(&other.identity())
    }
}

impl Weigh for EventRef {
    /// The whole event: an upper bound, since correlations that see the same event share it.
    fn weight(&self) -> usize {
        let captured: usize = self
            .0
            .captured
            .iter()
            .map(|(_, value)| value.len() + 24)
            .sum();
        let shared = self.0.resources.len() + self.0.guardrails.len();
        size_of::<EventInfo>() + self.0.id.len() + shared * size_of::<Arc<str>>() + captured
    }
}

impl EventInfo {
    /// The reference to the record that findings carry.
    #[must_use]
    pub fn evidence(&self) -> Evidence {
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        Evidence {
            source: self.source.to_string(),
            index: self.index,
            sha256: hex(&self.sha256),
            event_id: some(&self.id),
            time: Some(EventTime(self.time).to_rfc3339()),
            event_name: some(&self.event_name),
            event_source: some(&self.event_source),
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Makes [`EventInfo`]s, sharing texts that repeat. One per thread.
#[derive(Debug)]
pub struct EventMaker {
    texts: SharedTexts,
}

impl Default for EventMaker {
    fn default() -> Self {
        Self {
            texts: SharedTexts::new(MOST_TEXTS),
        }
    }
}

/// Distinct texts that are remembered before starting anew; attackers choose user agents.
const MOST_TEXTS: usize = 20_000;
const MOST_RESOURCES: usize = 20;
/// Longest text that is kept of a field; CloudTrail cuts user agents at 1 KB.
const LONGEST_TEXT: usize = 2048;

impl EventMaker {
    /// Takes from a record what findings show. `None` without a readable time: no window can hold it.
    pub fn make(
        &mut self,
        record: &Record<'_>,
        source: &Arc<str>,
        place: Place,
        captured: Vec<(Arc<str>, Box<str>)>,
        guardrails: Vec<Arc<str>>,
    ) -> Option<EventRef> {
        let time = record_time(record)?;
        let id = record
            .text(Field::EventId)
            .or_else(|| record.text(Field::AggregatedEventId))
            .unwrap_or_default();
        let account = account(record).unwrap_or_default();
        let resources = resources(record);
        let info = EventInfo {
            time,
            id: cut(&id).into(),
            source: Arc::clone(source),
            index: place.index,
            sha256: Sha256::digest(record.raw()).into(),
            event_source: self.field(record, Field::EventSource),
            event_name: self.field(record, Field::EventName),
            principal: self.share(&derive::principal(record)),
            source_ip: self.field(record, Field::SourceIpAddress),
            user_agent: self.field(record, Field::UserAgent),
            account: self.share(&account),
            region: self.field(record, Field::AwsRegion),
            resources: resources
                .iter()
                .map(|resource| self.share(resource))
                .collect(),
            failed: is_failed(record),
            shared_id: twin_id(record),
            captured: captured.into(),
            guardrails: guardrails.into(),
        };
        Some(EventRef(Arc::new(info)))
    }

    fn field(&mut self, record: &Record<'_>, field: Field) -> Arc<str> {
        self.share(&record.text(field).unwrap_or_default())
    }

    fn share(&mut self, text: &str) -> Arc<str> {
        self.texts.share(cut(text))
    }
}

/// The record's time in seconds; for aggregated and insight records without one, the window's start.
pub(crate) fn record_time(record: &Record<'_>) -> Option<i64> {
    if let Some(time) = record.event_time() {
        return Some(time.0);
    }
    let start = record
        .get(Field::TimeWindow)?
        .get("windowStart")?
        .as_str()?;
    EventTime::parse(&start).map(|time| time.0)
}

/// The account that recorded the event.
pub(crate) fn account(record: &Record<'_>) -> Option<String> {
    let of_caller = || record.get(Field::UserIdentity)?.get("accountId")?.as_str();
    record
        .recipient_account()
        .or_else(of_caller)
        .map(|account| account.into_owned())
}

/// Insights pair their start and end by the same field, which is no second record of one call.
fn twin_id(record: &Record<'_>) -> Option<Box<str>> {
    if record.get(Field::InsightDetails).is_some() {
        return None;
    }
    record.text(Field::SharedEventId).map(|id| cut(&id).into())
}

fn is_failed(record: &Record<'_>) -> bool {
    let has_error = |field| {
        record
            .get(field)
            .is_some_and(|value: Json<'_>| !value.is_null())
    };
    has_error(Field::ErrorCode) || has_error(Field::ErrorMessage) || derive::is_failed_login(record)
}

fn resources(record: &Record<'_>) -> Vec<String> {
    let listed = record
        .get(Field::Resources)
        .into_iter()
        .flat_map(Json::elements);
    let arn = |resource: Json<'_>| {
        let arn = resource.get("ARN").or_else(|| resource.get("arn"))?;
        arn.as_str().map(|arn| arn.into_owned())
    };
    let mut found: Vec<String> = listed.filter_map(arn).take(MOST_RESOURCES).collect();
    if let Some(answer) = record.get(Field::ResponseElements) {
        let arns = answer
            .entries()
            .filter(|(key, _)| key.text().ends_with("Arn"));
        found.extend(
            arns.filter_map(|(_, value)| value.as_str())
                .map(|arn| arn.into_owned()),
        );
    }
    if found.is_empty() {
        found.extend(derive::resource_name(record));
    }
    if found.is_empty()
        && let Some(request) = record.get(Field::RequestParameters)
    {
        const NAMES: [&str; 10] = [
            "bucketName",
            "keyId",
            "roleName",
            "userName",
            "roleArn",
            "name",
            "trailName",
            "groupId",
            "secretId",
            "logGroupName",
        ];
        found.extend(
            NAMES
                .iter()
                .find_map(|name| request.get(name)?.as_str())
                .map(|name| name.into_owned()),
        );
    }
    found.truncate(MOST_RESOURCES);
    found
}

fn cut(text: &str) -> &str {
    let end = (0..=LONGEST_TEXT.min(text.len()))
        .rev()
        .find(|end| text.is_char_boundary(*end));
    end.and_then(|end| text.get(..end)).unwrap_or_default()
}
