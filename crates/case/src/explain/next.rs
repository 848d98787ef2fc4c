//! What to look at next.

use rempart_hunt::derive::source_kind;
use rempart_locale::Text;
use rempart_trail::identity::Identity;
use rempart_trail::record::{Field, Record};
use rempart_trail::record_kind::RecordKind;

use super::lines::{safe, shown, values_at};
use super::outcome::{self, Outcome};
use super::{target, what, who};

pub(super) fn questions(record: &Record<'_>) -> Vec<Text> {
    let mut questions = Vec::new();
    match RecordKind::of(record) {
        RecordKind::Aggregated => return vec![Text::new("explain-next-aggregated")],
        RecordKind::Insight => return vec![Text::new("explain-next-insight")],
        _ => {}
    }
    credential(record, &mut questions);
    answer(record, &mut questions);
    operation(record, &mut questions);
    if outcome::of(record) == Outcome::Denied {
        questions.push(Text::new("explain-next-denied"));
    }
    if source_kind(record) == "public"
        && let Some(address) = record.text(Field::SourceIpAddress)
    {
        questions.push(Text::new("explain-next-address").with("address", safe(&address)));
    }
    if record.text(Field::SharedEventId).is_some() {
        questions.push(Text::new("explain-next-shared"));
    }
    if record.get(Field::Addendum).is_some() {
        questions.push(Text::new("explain-next-addendum"));
    }
    questions
}

fn credential(record: &Record<'_>, questions: &mut Vec<Text>) {
    let identity = Identity::of(record);
    if let Some(user) = identity.on_behalf_of().and_then(|user| user.user_id()) {
        questions.push(Text::new("explain-next-on-behalf").with("user", safe(&user)));
    }
    if who::is_sagemaker_session(record) {
        questions.push(Text::new("explain-next-sagemaker"));
    }
    if let Some(key) = identity.access_key_id() {
        let text = match key.starts_with("ASIA") {
            true => "explain-next-session",
            false => "explain-next-key",
        };
        questions.push(Text::new(text).with("key", safe(&key)));
    }
}

/// Credentials and addresses that the answer gave away.
fn answer(record: &Record<'_>, questions: &mut Vec<Text>) {
    let Some(answer) = record.get(Field::ResponseElements) else {
        return;
    };
    for path in ["credentials.accessKeyId", "accessKey.accessKeyId"] {
        if let Some(key) = values_at(answer, path).first() {
            questions.push(Text::new("explain-next-minted").with("key", shown(*key)));
        }
    }
}

fn operation(record: &Record<'_>, questions: &mut Vec<Text>) {
    let (source, name) = what::names(record);
    let target = target::main(record).unwrap_or_default();
    let key = match (what::label(&source), &*name) {
        ("sagemaker", name) if name.ends_with("LifecycleConfig") && !name.starts_with("D") => {
            "explain-next-lifecycle"
        }
        ("sagemaker", name) if name.starts_with("CreatePresigned") => "explain-next-presigned",
        ("sagemaker", "CreateEndpoint" | "UpdateEndpoint") => "explain-next-endpoint",
        ("sagemaker", "CreateEndpointConfig") => "explain-next-endpoint-config",
        ("sagemaker", "CreateModel") => "explain-next-model",
        ("sagemaker", "CreateNotebookInstance" | "UpdateNotebookInstance") => {
            "explain-next-notebook"
        }
        (
            "sagemaker",
            "CreateTrainingJob"
            | "CreateProcessingJob"
            | "CreateHyperParameterTuningJob"
            | "CreateTransformJob",
        ) => "explain-next-job",
        ("sagemaker", "CreateDomain" | "UpdateDomain" | "CreateUserProfile") => {
            "explain-next-domain"
        }
        ("cloudtrail", "StopLogging" | "DeleteTrail" | "UpdateTrail" | "PutEventSelectors") => {
            "explain-next-trail"
        }
        ("iam", name) if name.contains("Polic") || name.contains("Role") => "explain-next-iam",
        ("s3", "GetObject" | "PutObject" | "CopyObject") => "explain-next-object",
        ("kms", "CreateGrant" | "PutKeyPolicy" | "ScheduleKeyDeletion" | "DisableKey") => {
            "explain-next-key-policy"
        }
        ("secretsmanager", "GetSecretValue") => "explain-next-secret",
        _ if what::is_read(record) == Some(false) && !target.is_empty() => "explain-next-changed",
        _ => return,
    };
    questions.push(Text::new(key).with("target", target));
}
