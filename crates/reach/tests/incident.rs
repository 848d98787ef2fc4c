//! The synthetic incident and the snapshot of its company: what the records show, the engine says too.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot read its input fails"
)]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use rempart_estate::Estate;
use rempart_guard::event_request::{EventRequests, LoggedDecision};
use rempart_reach::{
    Gained, Label, Logged, LoggedOutcome, Options, PolicyChange, Reach, StepKind, Suspect, World,
    blast_radius,
};
use rempart_trail::read::{Limits, Place, ReadError, Scratch, Visitor, read_bytes};
use rempart_trail::record::{Field, Record};
use serde_json::Value;

const SNAPSHOT: &str = "2026-03-14T00:00:00Z";

#[derive(Default)]
struct Reading {
    seen: BTreeSet<String>,
    requests: Option<EventRequests>,
    logged: Vec<Logged>,
    changes: Vec<PolicyChange>,
}

impl Visitor for Reading {
    fn record(&mut self, record: &Record<'_>, _: Place) {
        let text = |field| record.text(field).unwrap_or_default().into_owned();
        let id = text(Field::EventId);
        if id.is_empty() || !self.seen.insert(id.clone()) {
            return;
        }
        let Ok(time) = text(Field::EventTime).parse() else {
            return;
        };
        let json = |field| -> Value {
            let found = record.get(field);
            found
                .and_then(|json| serde_json::from_slice(json.raw()).ok())
                .unwrap_or_default()
        };
        let outcome = match LoggedDecision::of(record) {
            LoggedDecision::Allowed => LoggedOutcome::Succeeded,
            LoggedDecision::Denied => LoggedOutcome::Denied,
            LoggedDecision::FailedOtherwise => LoggedOutcome::Failed,
        };
        if outcome == LoggedOutcome::Succeeded {
            self.changes.push(PolicyChange {
                time,
                evidence: id.clone(),
                event_source: text(Field::EventSource),
                event_name: text(Field::EventName),
                request: json(Field::RequestParameters),
                response: json(Field::ResponseElements),
                account: text(Field::RecipientAccountId),
                region: text(Field::AwsRegion),
            });
        }
        let requests = self.requests.get_or_insert_with(EventRequests::new);
        let mut derived = requests.all_requests(record).unwrap_or_default();
        if outcome == LoggedOutcome::Denied {
            // Which of several was denied is not told.
            derived.truncate(1);
        }
        let parameters = json(Field::RequestParameters);
        for one in derived {
            let request = one.request;
            let principal = request.principal().as_str().to_owned();
            if !principal.starts_with("arn:") {
                continue;
            }
            let named = identity(&parameters, &text(Field::RecipientAccountId));
            let resources = match (request.resource(), named) {
                (_, Some(arn)) if request.is_partial() && request.action().service() == "iam" => {
                    vec![arn]
                }
                (resource, _) if request.is_partial() && !resource.contains(':') => continue,
                ("*", _) => Vec::new(),
                (resource, _) => vec![resource.to_owned()],
            };
            self.logged.push(Logged {
                time,
                evidence: id.clone(),
                principal,
                action: request.action().as_str().to_owned(),
                resources,
                outcome,
            });
        }
    }

    fn unreadable(&mut self, _: Place, _: &ReadError, _: &[u8]) {}

    fn other(&mut self, _: Place, _: &str) {}
}

/// The user or role that a call of IAM names.
fn identity(parameters: &Value, account: &str) -> Option<String> {
    [("userName", "user"), ("roleName", "role")]
        .into_iter()
        .find_map(|(member, kind)| {
            let name = parameters.get(member)?.as_str()?;
            Some(format!("arn:aws:iam::{account}:{kind}/{name}"))
        })
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn read() -> Reading {
    let mut reading = Reading::default();
    let mut folders = vec![root().join("examples/incident/AWSLogs")];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                files.push(path);
            }
        }
    }
    files.sort();
    let mut scratch = Scratch::default();
    for file in files {
        let bytes = std::fs::read(&file).unwrap();
        read_bytes(&bytes, &Limits::default(), &mut scratch, &mut reading);
    }
    let start = SNAPSHOT.parse().unwrap();
    reading.logged.retain(|one| one.time >= start);
    reading
}

fn reach(reading: &Reading, suspects: &[Suspect]) -> Reach {
    let estate = Estate::open(&root().join("examples/incident-estate")).unwrap();
    assert!(estate.problems().is_empty(), "{:?}", estate.problems());
    let world = World {
        estates: vec![(&estate, SNAPSHOT.parse().unwrap())],
        inventory: None,
        changes: reading.changes.clone(),
    };
    blast_radius(&world, suspects, &reading.logged, &Options::default())
}

fn role(account: &str, name: &str) -> String {
    format!("arn:aws:iam::{account}:role/service-role/SageMaker-ExecutionRole-{name}")
}

/// Every call of every principal from the snapshot on: what succeeded is allowed by the policies of its
/// time, what was denied is not.
#[test]
fn records_and_engine_agree() {
    let reading = read();
    let principals: BTreeSet<&str> = reading.logged.iter().map(|one| &*one.principal).collect();
    let (from, to) = (
        SNAPSHOT.parse().unwrap(),
        "2026-03-22T00:00:00Z".parse().unwrap(),
    );
    // One session of each role stands for all.
    let mut bases: BTreeSet<&str> = BTreeSet::new();
    let suspects: Vec<Suspect> = principals
        .iter()
        .filter(|arn| {
            bases.insert(arn.rsplit_once('/').map_or(**arn, |(role, _)| role))
                || arn.contains(":user/")
        })
        .filter(|arn| arn.contains(":111122223333:") || arn.contains(":444455556666:"))
        .map(|arn| Suspect::new(*arn, from, to))
        .collect();
    let reach = reach(&reading, &suspects);
    assert!(
        reach.not_understood.is_empty(),
        "{:?}",
        reach.not_understood
    );
    let agreement = &reach.agreement;
    let shown: BTreeSet<String> = agreement
        .disagreements
        .iter()
        .map(|one| {
            format!(
                "{:?} {} {} by {}: {} {:?}",
                one.logged,
                one.action,
                one.resource,
                reach.identities[one.identity].arn,
                one.proof.decision,
                one.proof.layer
            )
        })
        .collect();
    // The logs let Terraform of production read a policy of the other account.
    let foreign = "Succeeded iam:GetPolicyVersion arn:aws:iam::111122223333:policy/ml-studio-baseline by arn:aws:iam::444455556666:role/terraform-deploy";
    let shown: Vec<&String> = shown
        .iter()
        .filter(|one| !one.starts_with(foreign))
        .collect();
    assert!(
        shown.is_empty(),
        "{} of {}:\n{:#?}",
        shown.len(),
        agreement.compared,
        shown
    );
    assert!(agreement.compared > 3_000, "{}", agreement.compared);
    assert!(
        agreement.open * 10 < agreement.compared,
        "{} open of {}",
        agreement.open,
        agreement.compared
    );
}

/// From the leaked key alone: who was gained, how, and what lies within reach.
#[test]
fn the_leaked_key_leads_to_production() {
    let reading = read();
    let contractor = "arn:aws:iam::111122223333:user/contractor-labelling";
    let (from, to) = (
        "2026-03-17T01:47:12Z".parse().unwrap(),
        "2026-03-19T08:12:00Z".parse().unwrap(),
    );
    let mut suspect = Suspect::new(contractor, from, to);
    suspect.source_ip = Some("192.0.2.44".to_owned());
    suspect.mfa = Some(false);
    let reach = reach(&reading, &[suspect]);
    let gained = |arn: &str| reach.identities.iter().find(|one| one.arn == arn);
    let expected = [
        (
            role("111122223333", "MLOps"),
            StepKind::CodeOnCompute,
            Gained::Observed,
        ),
        (
            role("111122223333", "LegacyNotebook"),
            StepKind::CodeOnCompute,
            Gained::Observed,
        ),
        (
            "arn:aws:iam::111122223333:user/svc-backup".to_owned(),
            StepKind::Credential,
            Gained::Observed,
        ),
        (
            "arn:aws:iam::444455556666:role/ci-ml-deploy".to_owned(),
            StepKind::AssumeRole,
            Gained::Observed,
        ),
        (
            role("444455556666", "Serving"),
            StepKind::PassRole,
            Gained::Possible,
        ),
    ];
    for (arn, kind, label) in expected {
        let found = gained(&arn).unwrap_or_else(|| panic!("{arn} is not gained"));
        let last = found.how.last().unwrap();
        assert_eq!(
            (last.kind, found.label),
            (kind, label),
            "{arn}: {:?}",
            last.actions
        );
        assert!(
            label != Gained::Observed || !last.evidence.is_empty(),
            "{arn}"
        );
    }
    let summary = |arn: &str| {
        reach
            .summary
            .iter()
            .find(|one| *one.resource == *arn)
            .unwrap()
    };
    assert_eq!(
        summary("arn:aws:s3:::ml-training-data-111122223333/*").label,
        Label::Reached
    );
    let key = "arn:aws:kms:eu-west-1:111122223333:key/1f0e5c52-6a1d-4e0a-8a44-2d6d1a5e0b11";
    assert_eq!(summary(key).label, Label::Reached);
    let repository = "arn:aws:ecr:eu-west-1:111122223333:repository/ml/serving";
    assert_eq!(summary(repository).label, Label::Reachable);
    assert!(!reach.leads.is_empty());
}
