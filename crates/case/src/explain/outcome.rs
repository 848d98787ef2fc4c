//! How the call ended.

use rempart_locale::Text;
use rempart_trail::json::{Json, Kind};
use rempart_trail::record::fields::MemberState;
use rempart_trail::record::{Field, Record};
use rempart_trail::record_kind::RecordKind;

use super::denial::{self, Denial};
use super::lines::{Lines, safe, shown, values_at};

/// Members of an answer that are shown.
const MOST_ANSWERS: usize = 12;

/// How a call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Success,
    Denied,
    Failed,
    /// The record stands for no single call.
    NoCall,
}

pub(super) fn of(record: &Record<'_>) -> Outcome {
    if !RecordKind::of(record).is_single_action() {
        return Outcome::NoCall;
    }
    if let Some(code) = error_code(record) {
        return match denial::is_denial(&code) {
            true => Outcome::Denied,
            false => Outcome::Failed,
        };
    }
    let has_message = record
        .text(Field::ErrorMessage)
        .is_some_and(|message| !message.is_empty());
    match has_message || failed_login(record) {
        true => Outcome::Failed,
        false => Outcome::Success,
    }
}

fn failed_login(record: &Record<'_>) -> bool {
    record
        .get(Field::ResponseElements)
        .and_then(|answer| answer.get("ConsoleLogin"))
        .and_then(Json::as_str)
        .is_some_and(|text| text == "Failure")
}

pub(super) fn error_code(record: &Record<'_>) -> Option<String> {
    let code = record.text(Field::ErrorCode)?;
    (!code.is_empty()).then(|| code.into_owned())
}

/// The outcome in a sentence.
pub(super) fn phrase(record: &Record<'_>) -> Text {
    match of(record) {
        Outcome::Success => Text::new("explain-outcome-success"),
        Outcome::Denied => Text::new("explain-outcome-denied"),
        Outcome::NoCall => Text::new("explain-outcome-none"),
        Outcome::Failed => match error_code(record) {
            Some(code) => Text::new("explain-outcome-failed").with("code", safe(&code)),
            None => Text::new("explain-outcome-failed-silently"),
        },
    }
}

pub(super) fn lines(record: &Record<'_>, lines: &mut Lines<'_>) {
    let outcome = of(record);
    let note = match outcome {
        Outcome::Success if record.text(Field::EventName).is_some() => Some("explain-note-success"),
        Outcome::Denied => Some("explain-note-denied"),
        _ => None,
    };
    lines.said("outcome", &phrase(record), note.map(Text::new));
    if let Some(code) = error_code(record) {
        lines.fact("error", &code, Some(Text::new(error_note(&code))));
    }
    if let Some(message) = record.text(Field::ErrorMessage) {
        lines.fact("message", &message, None);
        if outcome == Outcome::Denied {
            denied(
                &denial::read(&message),
                error_code(record).as_deref(),
                lines,
            );
        }
    }
    answer(record, lines);
}

fn denied(denial: &Denial, code: Option<&str>, lines: &mut Lines<'_>) {
    if let Some(policy) = denial.policy {
        let key = match denial.is_explicit {
            true => "explain-denied-explicit",
            false => "explain-denied-implicit",
        };
        let value = Text::new(key).with("policy", Text::new(policy));
        lines.said(
            "denied-by",
            &value,
            Some(Text::new("explain-note-one-policy")),
        );
    } else if code == Some("VpceAccessDenied") {
        let policy = Text::new("explain-policy-endpoint");
        lines.said("denied-by", &policy, None);
    } else {
        let value = Text::new("explain-denied-unsaid");
        lines.said("denied-by", &value, None);
    }
    for (label, value) in [
        ("policy", &denial.arn),
        ("denied-action", &denial.action),
        ("denied-resource", &denial.resource),
    ] {
        if let Some(value) = value {
            lines.fact(label, value, None);
        }
    }
}

fn error_note(code: &str) -> &'static str {
    let bare = code.strip_prefix("Client.").unwrap_or(code);
    let bare = bare.strip_suffix("Exception").unwrap_or(bare);
    match bare {
        "VpceAccessDenied" => "explain-error-vpce",
        _ if denial::is_denial(code) => "explain-error-denied",
        "Throttling" | "Throttled" | "TooManyRequests" | "RequestLimitExceeded" | "SlowDown" => {
            "explain-error-throttled"
        }
        "Validation"
        | "InvalidParameter"
        | "InvalidParameterValue"
        | "ValidationError"
        | "MalformedPolicyDocument"
        | "InvalidRequest"
        | "MissingParameter"
        | "InvalidParameterCombination" => "explain-error-invalid",
        "ResourceNotFound"
        | "ResourceNotFoundFault"
        | "NoSuchEntity"
        | "NoSuchBucket"
        | "NoSuchKey"
        | "NotFound"
        | "RepositoryNotFound"
        | "NoSuchBucketPolicy"
        | "TrailNotFound" => "explain-error-missing",
        "ResourceInUse"
        | "EntityAlreadyExists"
        | "Conflict"
        | "AlreadyExists"
        | "ResourceExists"
        | "BucketAlreadyExists"
        | "BucketAlreadyOwnedByYou"
        | "DeleteConflict" => "explain-error-conflict",
        "ResourceLimitExceeded" | "LimitExceeded" | "ServiceQuotaExceeded" => "explain-error-limit",
        "ExpiredToken" | "RequestExpired" => "explain-error-expired",
        "InvalidClientTokenId"
        | "UnrecognizedClient"
        | "InvalidAccessKeyId"
        | "AuthFailure"
        | "InvalidToken" => "explain-error-credential",
        "SignatureDoesNotMatch" | "IncompleteSignature" | "InvalidSignature" => {
            "explain-error-signature"
        }
        "InternalFailure"
        | "InternalError"
        | "InternalServer"
        | "InternalServerError"
        | "ServiceUnavailable"
        | "KMSInternal" => "explain-error-internal",
        "DryRunOperation" => "explain-error-dry-run",
        "OptInRequired" | "SubscriptionRequired" => "explain-error-opt-in",
        "Disabled" | "KMSInvalidState" | "InvalidState" | "InvalidStateTransition" => {
            "explain-error-state"
        }
        "PasswordResetRequired" | "MFARequired" | "No username found in supplied account" => {
            "explain-error-sign-in"
        }
        "ModelError" | "ModelNotReady" => "explain-error-model",
        _ => "explain-error-other",
    }
}

fn answer(record: &Record<'_>, lines: &mut Lines<'_>) {
    let Some(answer) = record.get(Field::ResponseElements) else {
        return;
    };
    if record.state(Field::ResponseElements) == MemberState::Redacted {
        lines.said("answer", &Text::new("explain-hidden"), None);
        return;
    }
    const SECRETS: [(&str, &str); 6] = [
        ("credentials.accessKeyId", "explain-note-minted"),
        ("credentials.expiration", "explain-note-minted-until"),
        ("accessKey.accessKeyId", "explain-note-key-made"),
        ("assumedRoleUser.arn", "explain-note-session-made"),
        ("authorizedUrl", "explain-note-url"),
        ("federatedUser.arn", "explain-note-session-made"),
    ];
    for (path, note) in SECRETS {
        if let Some(value) = values_at(answer, path).first() {
            let note = Some(Text::new(note));
            lines.named(format!("responseElements.{path}"), shown(*value), note);
        }
    }
    let is_told = |name: &str| SECRETS.iter().any(|(path, _)| *path == name);
    let rest = answer.entries().filter(|(key, value)| {
        let is_scalar = !matches!(value.kind(), Kind::Object | Kind::Array | Kind::Null);
        is_scalar && !is_told(&key.text())
    });
    let mut rest = rest;
    for (key, value) in rest.by_ref().take(MOST_ANSWERS) {
        let label = safe(&format!("responseElements.{}", key.text()));
        lines.named(label, shown(value), None);
    }
    lines.left_out(rest.count());
}
