//! What answers are made from: the records in scope, those around them, sessions, findings.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rempart_findings::Finding;
use rempart_trail::json::Json;
use rempart_trail::record::{Field, Record};
use rempart_trail::time::EventTime;

use crate::model::{CoverageRow, EvidenceItem, IntegrityState, IntegritySummary, Link, Session};

/// Most evidence ids that one statement, step or mark lists.
pub const MOST_CITED: usize = 20;

/// A record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Seconds since 1970.
    pub time: i64,
    /// `eventID`.
    pub id: Box<str>,
    /// Where it was read, and its number there.
    pub source: Arc<str>,
    /// See `source`.
    pub index: u64,
    /// SHA-256 of the raw record.
    pub sha256: [u8; 32],
    /// `eventSource` without `.amazonaws.com`.
    pub service: Arc<str>,
    /// `eventName`.
    pub name: Arc<str>,
    /// Index in [`Material::sessions`]; `None` for events around the scope.
    pub session: Option<u32>,
    /// Who acted: the ARN, or what stands for it.
    pub principal: Arc<str>,
    /// `sourceIPAddress`.
    pub address: Arc<str>,
    /// `userAgent`.
    pub agent: Arc<str>,
    /// Account that recorded it.
    pub account: Arc<str>,
    /// `awsRegion`.
    pub region: Arc<str>,
    /// `errorCode`, or `Failure` of a sign-in.
    pub error: Option<Arc<str>>,
    /// Whether the call only reads.
    pub read_only: bool,
    /// Whether it is a data event.
    pub is_data: bool,
    /// Whether it is held to be the intruder's.
    pub hostile: bool,
    /// The record; empty when the bound on memory left it out.
    pub raw: Arc<[u8]>,
}

impl Event {
    /// `sagemaker:CreateModel`.
    #[must_use]
    pub fn call(&self) -> String {
        format!("{}:{}", self.service, self.name)
    }

    /// Whether AWS refused the call for lack of permission.
    #[must_use]
    pub fn is_denied(&self) -> bool {
        self.error.as_deref().is_some_and(|code| {
            ["AccessDenied", "Unauthorized", "Forbidden", "NotAuthorized"]
                .iter()
                .any(|word| code.contains(word))
        })
    }

    /// RFC 3339.
    #[must_use]
    pub fn when(&self) -> String {
        EventTime(self.time).to_rfc3339()
    }

    /// The record, read again.
    #[must_use]
    pub fn record(&self) -> Option<Record<'_>> {
        Record::parse(&self.raw).ok()
    }

    /// `requestParameters`.
    #[must_use]
    pub fn request(&self) -> Option<Json<'_>> {
        self.record()?.get(Field::RequestParameters)
    }

    /// `responseElements`.
    #[must_use]
    pub fn response(&self) -> Option<Json<'_>> {
        self.record()?.get(Field::ResponseElements)
    }

    /// A text in the request, by a way of members: `["primaryContainer", "image"]`.
    #[must_use]
    pub fn requested(&self, path: &[&str]) -> Option<String> {
        Some(self.request()?.path(path)?.as_str()?.into_owned())
    }

    /// The id under which the case cites it.
    #[must_use]
    pub fn evidence_id(&self) -> String {
        let hex: String = self
            .sha256
            .iter()
            .take(8)
            .map(|byte| format!("{byte:02x}"))
            .collect();
        format!("ev:{hex}")
    }
}

/// Something that a credential could do, for the possible impact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reachable {
    /// ARN.
    pub resource: String,
    /// Kind of resource, `AWS::S3::Bucket`.
    pub kind: String,
    /// `reached`, `attempted-denied`, `reachable`, `reachable-if`, `not-reachable`, `unknown`.
    pub label: String,
    /// The identity that can.
    pub identity: String,
    /// Actions.
    pub actions: Vec<String>,
    /// Evidence ids: policies or records.
    pub evidence: Vec<String>,
}

/// What answers are made from.
#[derive(Clone, Debug)]
pub struct Material {
    /// Records in scope, by time and id, each once.
    pub events: Vec<Event>,
    /// Records of others that may matter: training and deployment, changes of roles, profiles, trails,
    /// policies, network, and what defenders did. By time and id.
    pub around: Vec<Event>,
    /// Credentials in scope.
    pub sessions: Vec<Session>,
    /// How they hang together.
    pub links: Vec<Link>,
    /// Findings with at least one record in scope.
    pub findings: Vec<Finding>,
    /// What the logs cover.
    pub coverage: Vec<CoverageRow>,
    /// Whether the log files are as delivered.
    pub integrity: IntegritySummary,
    /// State of the file of each source that holds evidence; a source that is not named was not checked.
    pub integrity_of: BTreeMap<String, IntegrityState>,
    /// Accounts that are the organisation's own.
    pub own_accounts: BTreeSet<String>,
    /// First and last time of all logs, seconds since 1970.
    pub period: Option<(i64, i64)>,
    /// What the suspects could do, when policies were at hand.
    pub reach: Vec<Reachable>,
    /// Whether there were policies or an estate at all.
    pub has_policies: bool,
    /// Actions that the suspects' principals had used before the first bad event, per principal ARN
    /// without the session name (`sagemaker:CreateModel`). Absent for a principal that the logs do not
    /// show earlier.
    pub habits: BTreeMap<String, BTreeSet<String>>,
    /// Notes on what bounds left out of `events` or `around`.
    pub left_out: Vec<rempart_locale::Text>,
}

/// Takes evidence and gives it ids.
#[derive(Debug, Default)]
pub struct Evidence {
    /// What was cited so far.
    pub items: BTreeMap<String, EvidenceItem>,
}

impl Evidence {
    /// The id of a record, from now on part of the case.
    pub fn cite(&mut self, event: &Event, material: &Material) -> String {
        let id = event.evidence_id();
        self.items
            .entry(id.clone())
            .or_insert_with(|| EvidenceItem {
                kind: "record".to_owned(),
                source: event.source.to_string(),
                index: event.index,
                sha256: event
                    .sha256
                    .iter()
                    .map(|byte| format!("{byte:02x}"))
                    .collect(),
                id: Some(event.id.to_string()),
                time: Some(event.when()),
                title: event.call(),
                integrity: material
                    .integrity_of
                    .get(&*event.source)
                    .copied()
                    .unwrap_or(IntegrityState::NotChecked),
            });
        id
    }

    /// The ids of the first [`MOST_CITED`] records.
    pub fn cite_all<'a>(
        &mut self,
        events: impl IntoIterator<Item = &'a Event>,
        material: &Material,
    ) -> Vec<String> {
        let first = events.into_iter().take(MOST_CITED);
        first.map(|event| self.cite(event, material)).collect()
    }
}
