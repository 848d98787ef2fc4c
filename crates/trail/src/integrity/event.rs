//! Events that explain why a chain of digests begins or ends.

use std::collections::BTreeSet;

use crate::json::Json;
use crate::read::{Limits, Place, ReadError, Scratch, Visitor, read_source};
use crate::record::{Field, Record};
use crate::source::Source;
use crate::time::EventTime;

/// What an event did to the digests of a trail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ChangeKind {
    /// `CreateTrail`, `StartLogging`, or `UpdateTrail` that switches validation on or moves the trail.
    Begins,
    /// `StopLogging`, `DeleteTrail`, or `UpdateTrail` that switches validation off or moves the trail.
    Ends,
}

/// A call that succeeded and changed the logging of a trail.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct LoggingChange {
    /// When.
    pub time: EventTime,
    /// What it did.
    pub kind: ChangeKind,
    /// Name of the event, such as `StopLogging`.
    pub event: String,
    /// `eventID` of the record.
    pub event_id: String,
    /// Account that made the record.
    pub account: String,
    /// Name of the trail.
    pub trail: String,
    /// Account in the ARN of the trail, where the call named it by ARN.
    pub trail_account: Option<String>,
}

impl LoggingChange {
    /// Reads the changes that a record tells: none, one, or both of a trail that was moved.
    #[must_use]
    pub fn of(record: &Record<'_>) -> Vec<Self> {
        Self::read(record).unwrap_or_default()
    }

    fn read(record: &Record<'_>) -> Option<Vec<Self>> {
        if record.text(Field::EventSource)? != "cloudtrail.amazonaws.com" {
            return None;
        }
        let has_failed = record
            .text(Field::ErrorCode)
            .is_some_and(|code| !code.is_empty());
        if has_failed || record.has_repeated_members() {
            return None;
        }
        let event = record.text(Field::EventName)?;
        let request = record.get(Field::RequestParameters)?;
        let kinds: &[ChangeKind] = match &*event {
            "StartLogging" => &[ChangeKind::Begins],
            "CreateTrail" if validates(request) != Some(false) => &[ChangeKind::Begins],
            "StopLogging" | "DeleteTrail" => &[ChangeKind::Ends],
            "UpdateTrail" => match validates(request) {
                Some(true) => &[ChangeKind::Begins],
                Some(false) => &[ChangeKind::Ends],
                None if is_moved(request) => &[ChangeKind::Begins, ChangeKind::Ends],
                None => return None,
            },
            _ => return None,
        };
        let name = request.get("name")?.as_str()?;
        let (trail, trail_account) = trail_of(&name);
        let change = Self {
            time: record.event_time()?,
            kind: ChangeKind::Begins,
            event: event.into_owned(),
            event_id: record.text(Field::EventId).unwrap_or_default().into_owned(),
            account: record.recipient_account()?.into_owned(),
            trail,
            trail_account,
        };
        let of_kind = |kind: &ChangeKind| Self {
            kind: *kind,
            ..change.clone()
        };
        Some(kinds.iter().map(of_kind).collect())
    }

    /// Whether it concerns the chain of a trail in an account. `organization` chains hold logs of many
    /// accounts, and the call is made in one of them.
    pub(super) fn concerns(&self, account: &str, trail: &str, organization: bool) -> bool {
        let made_in = self.trail_account.as_deref().unwrap_or(&self.account);
        self.trail == trail && (organization || made_in == account)
    }
}

fn validates(request: Json<'_>) -> Option<bool> {
    request.get("enableLogFileValidation")?.as_bool()
}

fn is_moved(request: Json<'_>) -> bool {
    [
        "s3BucketName",
        "s3KeyPrefix",
        "isMultiRegionTrail",
        "isOrganizationTrail",
    ]
    .iter()
    .any(|member| request.get(member).is_some_and(|value| !value.is_null()))
}

/// The name in `arn:aws:cloudtrail:<region>:<account>:trail/<name>`, or a plain name.
fn trail_of(text: &str) -> (String, Option<String>) {
    let Some((head, name)) = text.split_once(":trail/") else {
        return (text.to_owned(), None);
    };
    let account = head.rsplit(':').next().map(str::to_owned);
    (name.to_owned(), account)
}

/// The changes that the records of a file tell.
pub(super) fn read(source: &Source, limits: &Limits, scratch: &mut Scratch) -> Vec<LoggingChange> {
    let mut found = Changes::default();
    read_source(source, limits, scratch, &mut found);
    found.changes.into_iter().collect()
}

#[derive(Debug, Default)]
struct Changes {
    changes: BTreeSet<LoggingChange>,
}

impl Visitor for Changes {
    fn record(&mut self, record: &Record<'_>, _: Place) {
        self.changes.extend(LoggingChange::of(record));
    }

    fn unreadable(&mut self, _: Place, _: &ReadError, _: &[u8]) {}

    fn other(&mut self, _: Place, _: &str) {}
}
