//! From a case to the question of the blast radius, and back.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rempart_aws_model::guarding_actions;
use rempart_estate::Estate;
use rempart_policy::account::Inventory;
use rempart_reach::{
    Label, Logged, LoggedOutcome, Options, PolicyChange, Reach, Row, Suspect, World, blast_radius,
};
use rempart_trail::json::Json;
use serde_json::Value;

use crate::material::{Event, MOST_CITED, Material, Reachable};
use crate::model::{Session, SessionKind};
use crate::targets;

/// Policies that are at hand.
#[derive(Clone, Copy, Debug, Default)]
pub struct Policies<'a> {
    /// Snapshots.
    pub estates: &'a [Estate],
    /// Policies given as files.
    pub inventory: Option<&'a Inventory>,
}

impl Policies<'_> {
    /// Whether there are any.
    pub(crate) fn are_there(&self) -> bool {
        !self.estates.is_empty() || self.inventory.is_some()
    }
}

/// What the credentials in scope reached and could reach.
pub(crate) fn radius(material: &Material, policies: Policies<'_>, threads: usize) -> Reach {
    let estates = policies
        .estates
        .iter()
        .map(|estate| (estate, collected(estate)));
    let world = World {
        estates: estates.collect(),
        inventory: policies.inventory,
        changes: changes(material),
    };
    let options = Options {
        threads,
        ..Options::default()
    };
    blast_radius(&world, &suspects(material), &logged(material), &options)
}

/// When a snapshot was taken: the latest answer about identities, else the start of time, so that it
/// counts as before everything.
fn collected(estate: &Estate) -> Timestamp {
    let times = estate.places().iter().filter_map(|place| {
        let found = estate
            .answer_in("iam:GetAccountAuthorizationDetails", place)
            .ok()?;
        found.evidence.at?.parse::<Timestamp>().ok()
    });
    times.max().unwrap_or(Timestamp::UNIX_EPOCH)
}

fn timestamp(seconds: i64) -> Timestamp {
    Timestamp::from_second(seconds).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// The credentials of the intruder, each principal once.
fn suspects(material: &Material) -> Vec<Suspect> {
    let end = material.period.map_or(0, |(_, last)| last);
    let mut found: BTreeMap<String, Suspect> = BTreeMap::new();
    let hostile = material.sessions.iter().filter(|session| session.hostile);
    for session in hostile.filter(|session| is_identity(session)) {
        let Ok(from) = session.first.parse::<Timestamp>() else {
            continue;
        };
        let address = session
            .addresses
            .iter()
            .filter(|seen| seen.new)
            .map(|seen| &seen.value);
        let known = found
            .entry(session.principal.clone())
            .or_insert_with(|| Suspect {
                session_name: session
                    .principal
                    .split_once(":assumed-role/")
                    .and_then(|(_, rest)| Some(rest.split_once('/')?.1.to_owned())),
                source_identity: session.source_identity.clone(),
                mfa: session.mfa,
                source_ip: address.clone().next().cloned(),
                ..Suspect::new(session.principal.clone(), from, timestamp(end))
            });
        known.from = known.from.min(from);
    }
    found.into_values().collect()
}

fn is_identity(session: &Session) -> bool {
    let is_one = !matches!(
        session.kind,
        SessionKind::Service | SessionKind::ForeignAccount | SessionKind::Unknown
    );
    is_one && session.principal.starts_with("arn:")
}

/// The calls of the intruder, as the actions that guard them.
fn logged(material: &Material) -> Vec<Logged> {
    let mut found = Vec::new();
    for event in &material.events {
        let source = format!("{}.amazonaws.com", event.service);
        let Some(action) = action_of(event, &source) else {
            continue;
        };
        let outcome = match (&event.error, event.is_denied()) {
            (None, _) => LoggedOutcome::Succeeded,
            (Some(_), true) => LoggedOutcome::Denied,
            (Some(_), false) => LoggedOutcome::Failed,
        };
        let names = targets::of(event).into_iter().map(|target| target.name);
        found.push(Logged {
            time: timestamp(event.time),
            evidence: event.evidence_id(),
            principal: event.principal.to_string(),
            action,
            resources: names.filter(|name| name.starts_with("arn:")).collect(),
            outcome,
        });
    }
    found
}

fn action_of(event: &Event, source: &str) -> Option<String> {
    let request = event.request();
    let entries = guarding_actions(source, &event.name);
    let applies = |when: &Option<&'static str>| {
        when.is_none_or(|name| request.is_some_and(|request| request.get(name).is_some()))
    };
    let entry = entries.iter().find(|entry| applies(&entry.when))?;
    let action = entry.actions.first()?;
    Some(format!("{}:{}", action.prefix, action.name))
}

/// Every recorded change that may be one of a policy; the crate tells them apart.
fn changes(material: &Material) -> Vec<PolicyChange> {
    const SERVICES: [&str; 6] = ["iam", "s3", "kms", "secretsmanager", "ecr", "sagemaker"];
    let all = material.events.iter().chain(&material.around);
    let writes = all.filter(|event| {
        event.error.is_none()
            && !event.read_only
            && !event.is_data
            && SERVICES.contains(&&*event.service)
    });
    writes
        .map(|event| PolicyChange {
            time: timestamp(event.time),
            evidence: event.evidence_id(),
            event_source: format!("{}.amazonaws.com", event.service),
            event_name: event.name.to_string(),
            request: value(event.request()),
            response: value(event.response()),
            account: event.account.to_string(),
            region: event.region.to_string(),
        })
        .collect()
}

fn value(json: Option<Json<'_>>) -> Value {
    json.and_then(|json| serde_json::from_slice(json.raw()).ok())
        .unwrap_or(Value::Null)
}

/// The rows in the form that answers use. What is out of reach stays in the table of the blast radius.
pub(crate) fn reachable(reach: &Reach) -> Vec<Reachable> {
    let rows = reach
        .rows
        .iter()
        .filter(|row| row.label != Label::NotReachable);
    rows.map(|row| Reachable {
        resource: row.resource.to_string(),
        kind: row.kind.to_string(),
        label: row.label.name().to_owned(),
        identity: identity(reach, row),
        actions: row.actions.iter().map(ToString::to_string).collect(),
        evidence: evidence(reach, row),
    })
    .collect()
}

fn identity(reach: &Reach, row: &Row) -> String {
    let identity = reach.identities.get(row.identity);
    identity
        .map(|identity| identity.arn.clone())
        .unwrap_or_default()
}

/// The records of a row; of one that nothing recorded, those that show how its identity was gained.
fn evidence(reach: &Reach, row: &Row) -> Vec<String> {
    let mut found = row.evidence.clone();
    if found.is_empty()
        && let Some(identity) = reach.identities.get(row.identity)
    {
        found.extend(
            identity
                .how
                .iter()
                .flat_map(|step| step.evidence.iter().cloned()),
        );
    }
    found.truncate(MOST_CITED);
    found
}
