//! Who made the call.

use rempart_locale::Text;
use rempart_trail::identity::{Identity, IdentityKind, IdentityState};
use rempart_trail::json::Json;
use rempart_trail::record::{Field, Record};
use rempart_trail::record_kind::RecordKind;

use super::lines::{Lines, safe};

/// Seconds after which a session is remarkably old: the longest that a role allows.
const LONG_SESSION: i64 = 12 * 3600;

/// The caller in a sentence.
pub(super) fn phrase(record: &Record<'_>) -> Text {
    let identity = Identity::of(record);
    let account = || safe(&identity.account_id().unwrap_or_default());
    let name = || {
        let name = identity.user_name().or_else(|| identity.arn());
        safe(&name.or_else(|| identity.principal_id()).unwrap_or_default())
    };
    let named = |key: &str| Text::new(key).with("name", name());
    match identity.kind() {
        IdentityKind::Root => Text::new("explain-who-root").with("account", account()),
        IdentityKind::IamUser => named("explain-who-user"),
        IdentityKind::AssumedRole => match identity.session_name() {
            Some(session) => Text::new("explain-who-session")
                .with("role", role(&identity))
                .with("session", safe(&session)),
            None => Text::new("explain-who-session-unnamed").with("role", role(&identity)),
        },
        IdentityKind::Role => named("explain-who-role"),
        IdentityKind::FederatedUser => named("explain-who-federated"),
        IdentityKind::SamlUser => named("explain-who-saml"),
        IdentityKind::WebIdentityUser => named("explain-who-web"),
        IdentityKind::Directory => named("explain-who-directory"),
        IdentityKind::IdentityCenterUser => named("explain-who-center"),
        IdentityKind::AwsAccount => Text::new("explain-who-account").with("account", account()),
        IdentityKind::AwsService => Text::new("explain-who-service").with("name", service(record)),
        IdentityKind::UnknownToCloudTrail => Text::new("explain-who-not-told"),
        IdentityKind::Unknown(kind) => Text::new("explain-who-other").with("kind", safe(&kind)),
        IdentityKind::Absent if identity.invoked_by().is_some() => {
            Text::new("explain-who-service").with("name", service(record))
        }
        IdentityKind::Absent => Text::new("explain-who-none"),
    }
}

fn service(record: &Record<'_>) -> String {
    let invoked_by = Identity::of(record).invoked_by();
    let source = invoked_by.or_else(|| record.text(Field::EventSource));
    safe(&source.unwrap_or_default())
}

fn role(identity: &Identity<'_>) -> String {
    if let Some(name) = identity.session_issuer().and_then(|it| it.user_name()) {
        return safe(&name);
    }
    let arn = identity.arn().unwrap_or_default();
    let role = arn
        .split_once(":assumed-role/")
        .and_then(|(_, rest)| rest.split('/').next());
    safe(role.unwrap_or(&arn))
}

/// Whether the session is one that SageMaker makes for code on its instances.
pub(super) fn is_sagemaker_session(record: &Record<'_>) -> bool {
    let identity = Identity::of(record);
    identity.kind() == IdentityKind::AssumedRole
        && identity
            .session_name()
            .is_some_and(|name| name == "SageMaker")
}

pub(super) fn lines(record: &Record<'_>, lines: &mut Lines<'_>) {
    let identity = Identity::of(record);
    let has_caller = RecordKind::of(record).is_single_action();
    if !has_caller && identity.state() != IdentityState::Present {
        return;
    }
    let kind_note = match identity.kind() {
        IdentityKind::Root => Some("explain-kind-root"),
        IdentityKind::IamUser => Some("explain-kind-user"),
        IdentityKind::AssumedRole => Some("explain-kind-session"),
        IdentityKind::Role => Some("explain-kind-role"),
        IdentityKind::FederatedUser => Some("explain-kind-federated"),
        IdentityKind::SamlUser => Some("explain-kind-saml"),
        IdentityKind::WebIdentityUser => Some("explain-kind-web"),
        IdentityKind::Directory => Some("explain-kind-directory"),
        IdentityKind::IdentityCenterUser => Some("explain-kind-center"),
        IdentityKind::AwsAccount => Some("explain-kind-account"),
        IdentityKind::AwsService => Some("explain-kind-service"),
        IdentityKind::UnknownToCloudTrail => Some("explain-kind-not-told"),
        IdentityKind::Unknown(_) => Some("explain-kind-other"),
        IdentityKind::Absent => None,
    };
    let kind_note = kind_note.or(match identity.state() {
        IdentityState::Present => Some("explain-kind-untyped"),
        IdentityState::Empty => Some("explain-kind-empty"),
        IdentityState::Null => Some("explain-kind-null"),
        IdentityState::Absent => Some("explain-kind-absent"),
        IdentityState::NotAnObject => Some("explain-kind-broken"),
    });
    lines.said("identity", &phrase(record), kind_note.map(Text::new));
    if identity.state() != IdentityState::Present {
        return;
    }
    if let Some(arn) = identity.arn() {
        lines.fact("arn", &arn, None);
    }
    account(record, &identity, lines);
    session(record, &identity, lines);
    credential(record, &identity, lines);
    behind(&identity, lines);
    tags(record, lines);
}

/// Studio tags what it creates with the profile and space it was done from.
fn tags(record: &Record<'_>, lines: &mut Lines<'_>) {
    const KEYS: [(&str, &str); 3] = [
        ("sagemaker:user-profile-arn", "tag-profile"),
        ("sagemaker:space-arn", "tag-space"),
        ("sagemaker:domain-arn", "tag-domain"),
    ];
    let request = record.get(Field::RequestParameters);
    let Some(tags) = request.and_then(|request| request.get("tags")) else {
        return;
    };
    for (name, label) in KEYS {
        let listed = tags.elements().find_map(|tag| {
            let key = tag.get("key").and_then(Json::as_str)?;
            (key == name).then(|| tag.get("value").and_then(Json::as_str))?
        });
        let mapped = || tags.get(name).and_then(Json::as_str);
        if let Some(value) = listed.or_else(mapped) {
            lines.fact(label, &value, Some(Text::new("explain-note-tag")));
        }
    }
}

fn account(record: &Record<'_>, identity: &Identity<'_>, lines: &mut Lines<'_>) {
    let Some(account) = identity.account_id() else {
        return;
    };
    let note = record
        .recipient_account()
        .filter(|recipient| *recipient != account)
        .map(|recipient| {
            Text::new("explain-note-other-account").with("recipient", safe(&recipient))
        });
    lines.fact("account", &account, note);
}

fn session(record: &Record<'_>, identity: &Identity<'_>, lines: &mut Lines<'_>) {
    if let Some(issuer) = identity.session_issuer()
        && let Some(arn) = issuer.arn()
    {
        let note = arn
            .contains(":role/aws-service-role/")
            .then(|| Text::new("explain-note-service-linked"))
            .or_else(|| {
                let is_center = arn.contains("AWSReservedSSO_");
                is_center.then(|| Text::new("explain-note-permission-set"))
            });
        lines.fact("issuer", &arn, note);
    }
    if identity.kind() == IdentityKind::AssumedRole
        && let Some(name) = identity.session_name()
    {
        lines.fact(
            "session",
            &name,
            Some(Text::new(session_note(record, &name))),
        );
    }
    if let Some(source) = identity.source_identity() {
        lines.fact(
            "source-identity",
            &source,
            Some(Text::new("explain-note-source-identity")),
        );
    }
    if let Some(user) = identity.on_behalf_of() {
        let store = safe(&user.identity_store_arn().unwrap_or_default());
        let note = Text::new("explain-note-on-behalf").with("store", store);
        lines.fact("on-behalf", &user.user_id().unwrap_or_default(), Some(note));
    }
    if let Some(mfa) = identity.mfa() {
        let (key, note) = match mfa {
            true => ("explain-yes", "explain-note-mfa"),
            false => ("explain-no", "explain-note-no-mfa"),
        };
        lines.said("mfa", &Text::new(key), Some(Text::new(note)));
    }
    age(record, identity, lines);
    if identity.assumed_root() == Some(true) {
        lines.said(
            "assumed-root",
            &Text::new("explain-yes"),
            Some(Text::new("explain-note-assumed-root")),
        );
    }
    if let Some(arn) = identity.sign_in_session_arn() {
        lines.fact("sign-in", &arn, Some(Text::new("explain-note-sign-in")));
    }
    if let Some(version) = identity.ec2_role_delivery() {
        let key = match version.starts_with('1') {
            true => "explain-note-imds-1",
            false => "explain-note-imds-2",
        };
        lines.fact("imds", &version, Some(Text::new(key)));
    }
}

fn session_note(record: &Record<'_>, name: &str) -> &'static str {
    let is_instance = name
        .strip_prefix("i-")
        .is_some_and(|rest| rest.len() >= 8 && rest.bytes().all(|byte| byte.is_ascii_hexdigit()));
    if is_sagemaker_session(record) {
        "explain-note-session-sagemaker"
    } else if role(&Identity::of(record)).starts_with("AWSReservedSSO_") {
        "explain-note-session-center"
    } else if is_instance {
        "explain-note-session-instance"
    } else if name.starts_with("botocore-session-")
        || name.starts_with("aws-go-sdk-")
        || name.starts_with("aws-sdk-")
    {
        "explain-note-session-sdk"
    } else {
        "explain-note-session-chosen"
    }
}

fn age(record: &Record<'_>, identity: &Identity<'_>, lines: &mut Lines<'_>) {
    let (Some(created), Some(now)) = (identity.session_created(), record.event_time()) else {
        return;
    };
    let seconds = now.0.saturating_sub(created.0);
    let (value, note) = if seconds < 0 {
        let value = Text::new("explain-age-negative").with("created", created.to_rfc3339());
        (value, Some(Text::new("explain-note-age-negative")))
    } else {
        let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400);
        let value = if days > 1 {
            Text::new("explain-age-days")
                .with("days", days)
                .with("hours", hours % 24)
        } else if hours > 0 {
            Text::new("explain-age-hours")
                .with("hours", hours)
                .with("minutes", minutes % 60)
        } else {
            Text::new("explain-age-minutes").with("minutes", minutes)
        };
        let is_long = seconds > LONG_SESSION;
        let note = is_long.then(|| Text::new("explain-note-age-long"));
        (value.with("created", created.to_rfc3339()), note)
    };
    lines.said("age", &value, note);
}

fn credential(record: &Record<'_>, identity: &Identity<'_>, lines: &mut Lines<'_>) {
    match identity.access_key_id() {
        Some(key) => {
            let note = match key.get(..4) {
                Some("AKIA") => "explain-note-key-long",
                Some("ASIA") => "explain-note-key-temporary",
                _ => "explain-note-key-other",
            };
            lines.fact("key", &key, Some(Text::new(note)));
        }
        None if matches!(
            identity.kind(),
            IdentityKind::AwsService | IdentityKind::Absent
        ) => {}
        None => lines.said(
            "key",
            &Text::new("explain-not-recorded"),
            Some(Text::new("explain-note-key-none")),
        ),
    }
    if let Some(id) = identity.credential_id() {
        lines.fact("token", &id, Some(Text::new("explain-note-token")));
    }
    if record.flag(Field::SessionCredentialFromConsole) == Some(true) {
        lines.said(
            "console",
            &Text::new("explain-yes"),
            Some(Text::new("explain-note-console")),
        );
    }
}

fn behind(identity: &Identity<'_>, lines: &mut Lines<'_>) {
    if let Some(service) = identity.invoked_by()
        && identity.kind() != IdentityKind::AwsService
    {
        lines.fact(
            "invoked-by",
            &service,
            Some(Text::new("explain-note-invoked-by")),
        );
    }
    let federation = identity.web_id_federation();
    if let Some(provider) = federation.and_then(|it| it.federated_provider()) {
        lines.fact(
            "provider",
            &provider,
            Some(Text::new("explain-note-provider")),
        );
    } else if let Some(provider) = identity.identity_provider() {
        lines.fact(
            "provider",
            &provider,
            Some(Text::new("explain-note-provider")),
        );
    }
    if let Some(account) = identity.delegate_account_id() {
        lines.fact(
            "delegate",
            &account,
            Some(Text::new("explain-note-delegate")),
        );
    }
    if let Some(scope) = identity.in_scope_of() {
        let arn = scope.source_arn().or_else(|| scope.credentials_issued_to());
        let note = Text::new("explain-note-in-scope");
        lines.fact("in-scope", &arn.unwrap_or_default(), Some(note));
    }
}
