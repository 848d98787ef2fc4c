//! What the record cannot tell.

use rempart_hunt::derive::source_kind;
use rempart_locale::Text;
use rempart_trail::identity::{Identity, IdentityKind};
use rempart_trail::record::{Field, Record};
use rempart_trail::record_kind::{Category, RecordKind};

use super::lines::Lines;
use super::outcome::{self, Outcome};
use super::{what, who};

pub(super) fn lines(record: &Record<'_>, lines: &mut Lines<'_>) {
    let mut say = |label: &str, key: &str| lines.said(label, &Text::new(key), None);
    match RecordKind::of(record) {
        RecordKind::Aggregated => return say("unknown-call", "explain-unknown-aggregated"),
        RecordKind::Insight => return say("unknown-call", "explain-unknown-insight"),
        _ => {}
    }
    if let Some(key) = person(record) {
        say("unknown-person", key);
    }
    match source_kind(record) {
        "private" => say("unknown-machine", "explain-unknown-private"),
        "service" | "internal" => say("unknown-machine", "explain-unknown-service"),
        "public" => say("unknown-machine", "explain-unknown-public"),
        _ => {}
    }
    if let Some(key) = content(record) {
        say("unknown-content", key);
    }
    if record.text(Field::UserAgent).is_some() {
        say("unknown-tool", "explain-unknown-tool");
    }
    say("unknown-whole", "explain-unknown-integrity");
}

fn person(record: &Record<'_>) -> Option<&'static str> {
    let identity = Identity::of(record);
    if identity.on_behalf_of().is_some() || identity.source_identity().is_some() {
        return None;
    }
    match identity.kind() {
        IdentityKind::AssumedRole if who::is_sagemaker_session(record) => {
            Some("explain-unknown-sagemaker")
        }
        IdentityKind::AssumedRole => Some("explain-unknown-session"),
        IdentityKind::AwsAccount => Some("explain-unknown-account"),
        IdentityKind::AwsService => Some("explain-unknown-caller-service"),
        IdentityKind::IamUser | IdentityKind::Root => Some("explain-unknown-holder"),
        IdentityKind::Absent | IdentityKind::UnknownToCloudTrail => Some("explain-unknown-none"),
        _ => None,
    }
}

fn content(record: &Record<'_>) -> Option<&'static str> {
    if outcome::of(record) != Outcome::Success {
        return None;
    }
    let (source, name) = what::names(record);
    match (what::label(&source), &*name) {
        ("sagemaker", "CreateEndpoint" | "UpdateEndpoint") => Some("explain-unknown-endpoint"),
        ("sagemaker", name) if name.starts_with("InvokeEndpoint") => Some("explain-unknown-invoke"),
        ("sagemaker", "PutRecord" | "GetRecord" | "BatchGetRecord") => {
            Some("explain-unknown-feature")
        }
        ("sagemaker", name) if name.starts_with("CreatePresigned") => Some("explain-unknown-url"),
        ("sagemaker", "CreateNotebookInstance" | "CreateTrainingJob" | "CreateProcessingJob") => {
            Some("explain-unknown-run")
        }
        ("s3", "GetObject" | "PutObject" | "CopyObject") => Some("explain-unknown-object"),
        ("sts", name) if name.starts_with("AssumeRole") => Some("explain-unknown-assumed"),
        ("kms", "Decrypt") => Some("explain-unknown-decrypt"),
        ("secretsmanager", "GetSecretValue") => Some("explain-unknown-secret"),
        _ if record.category().category == Category::Data => Some("explain-unknown-payload"),
        _ if what::is_read(record) == Some(true) => Some("explain-unknown-answer"),
        _ => None,
    }
}
