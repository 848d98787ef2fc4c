//! Who acted, from where, on whom, and how it ended.

use std::net::IpAddr;

use rempart_trail::json::Json;
use rempart_trail::record::fields::SourceAddress;
use rempart_trail::record::{Field, Record};

/// Who acted, as one text: the ARN, else the service, else the name, else the account.
#[must_use]
pub fn principal(record: &Record<'_>) -> String {
    let identity = record.get(Field::UserIdentity);
    let member = |name: &str| text(identity?.get(name)).filter(|text| !text.is_empty());
    if let Some(arn) = member("arn") {
        return arn;
    }
    if let Some(service) = member("invokedBy") {
        return service;
    }
    let behalf = identity.and_then(|identity| identity.path(&["onBehalfOf", "userId"]));
    if let Some(user) = text(behalf) {
        return user;
    }
    let name = member("userName")
        .or_else(|| member("principalId"))
        .or_else(|| member("accountId"));
    name.or_else(|| member("type"))
        .unwrap_or_else(|| "unknown".to_owned())
}

/// Who stands behind the call whatever the session is named: the role of a session, the user, else
/// as [`principal`]. Identity Center gives all people of a permission set one role and names the
/// session after the person, so its sessions stand for themselves.
pub(super) fn actor(record: &Record<'_>) -> String {
    let Some(identity) = record.get(Field::UserIdentity) else {
        return principal(record);
    };
    let session = identity.get("arn").and_then(Json::as_str);
    if session.as_deref().is_some_and(is_identity_center_session) {
        return principal(record);
    }
    let issuer = identity.path(&["sessionContext", "sessionIssuer", "arn"]);
    if let Some(issuer) = text(issuer).filter(|arn| !arn.is_empty()) {
        return issuer;
    }
    let role = session.as_deref().and_then(role_of_session);
    role.unwrap_or_else(|| principal(record))
}

/// Identity Center's roles begin so; IAM lets nobody else create such names.
fn is_identity_center_session(arn: &str) -> bool {
    arn.contains(":assumed-role/AWSReservedSSO_")
}

/// The role of `arn:aws:sts::111122223333:assumed-role/Role/session`; its path is not in there.
fn role_of_session(arn: &str) -> Option<String> {
    let (account, rest) = arn.split_once(":assumed-role/")?;
    let (role, _session) = rest.split_once('/')?;
    let account = account.replacen(":sts:", ":iam:", 1);
    Some(format!("{account}:role/{role}"))
}

/// Whether a person acts rather than a machine: a console session, an Identity Center session, a user
/// with keys of their own, root, or a call that a service makes on behalf of a directory user.
pub(super) fn is_person(record: &Record<'_>) -> bool {
    let from_console = record.get(Field::SessionCredentialFromConsole);
    let is_console_session = from_console
        .and_then(Json::scalar_text)
        .is_some_and(|flag| flag == "true");
    if is_console_session {
        return true;
    }
    let Some(identity) = record.get(Field::UserIdentity) else {
        return false;
    };
    let kind = identity.get("type").and_then(Json::as_str);
    match kind.as_deref() {
        Some("IAMUser" | "Root" | "IdentityCenterUser") => true,
        Some("AssumedRole") => {
            let session = identity.get("arn").and_then(Json::as_str);
            session.as_deref().is_some_and(is_identity_center_session)
                || identity
                    .get("onBehalfOf")
                    .is_some_and(|user| !user.is_null())
        }
        _ => identity
            .get("onBehalfOf")
            .is_some_and(|user| !user.is_null()),
    }
}

/// How the call ended, from its error code and message.
pub(super) fn outcome(record: &Record<'_>) -> &'static str {
    let code = record.text(Field::ErrorCode).unwrap_or_default();
    let message = record.text(Field::ErrorMessage).unwrap_or_default();
    if code.is_empty() && message.is_empty() {
        return if is_failed_login(record) {
            "failed"
        } else {
            "success"
        };
    }
    let code = code.to_ascii_lowercase();
    const DENIED: [&str; 5] = [
        "accessdenied",
        "unauthorized",
        "notauthorized",
        "forbidden",
        "invalidclienttokenid",
    ];
    if DENIED.iter().any(|part| code.contains(part))
        || message.contains("not authorized to perform")
    {
        return "denied";
    }
    const THROTTLED: [&str; 4] = [
        "throttl",
        "requestlimitexceeded",
        "toomanyrequests",
        "slowdown",
    ];
    if THROTTLED.iter().any(|part| code.contains(part)) {
        return "throttled";
    }
    if code.contains("limitexceeded")
        || code.contains("quotaexceeded")
        || code.contains("insufficientcapacity")
    {
        return "limit";
    }
    "failed"
}

/// A sign-in may fail without an error code: the answer says so.
pub(crate) fn is_failed_login(record: &Record<'_>) -> bool {
    let name = record.get(Field::EventName).and_then(Json::plain_str);
    if name != Some("ConsoleLogin") {
        return false;
    }
    let answer = record.get(Field::ResponseElements);
    let answer = answer.and_then(|answer| answer.get("ConsoleLogin"));
    text(answer).is_some_and(|answer| answer == "Failure")
}

/// What kind of source `sourceIPAddress` names.
#[must_use]
pub fn source_kind(record: &Record<'_>) -> &'static str {
    match record.source_address() {
        SourceAddress::Ip(address) if is_private(address) => "private",
        SourceAddress::Ip(_) => "public",
        SourceAddress::Service(_) => "service",
        SourceAddress::AwsInternal => "internal",
        SourceAddress::Other(_) => "other",
        SourceAddress::None => "none",
    }
}

/// Whether an address is not one of the Internet: private, shared, loopback or of one link.
#[must_use]
pub fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => {
            let [first, second, ..] = address.octets();
            let is_carrier_grade = first == 100 && (64..128).contains(&second);
            address.is_private()
                || address.is_loopback()
                || address.is_link_local()
                || is_carrier_grade
        }
        IpAddr::V6(address) => {
            address.is_loopback() || address.is_unique_local() || address.is_unicast_link_local()
        }
    }
}

/// Whether the caller is code that runs in SageMaker with an execution role.
pub(super) fn is_sagemaker_session(record: &Record<'_>) -> bool {
    let Some(identity) = record.get(Field::UserIdentity) else {
        return false;
    };
    // This is asked of every record, and most identities do not name SageMaker at all.
    if !names_sagemaker(identity.raw()) {
        return false;
    }
    if text(identity.get("type")).as_deref() != Some("AssumedRole") {
        return false;
    }
    if session_name(identity).is_some_and(|name| name == "SageMaker") {
        return true;
    }
    let issuer = identity.path(&["sessionContext", "sessionIssuer"]);
    let role = issuer.and_then(|issuer| text(issuer.get("arn")));
    role.is_some_and(|role| {
        let role = role.to_ascii_lowercase();
        role.contains("sagemaker") && role.contains("execution")
    })
}

/// Whether the text may hold `sagemaker` in any case. A text with escapes always may.
fn names_sagemaker(text: &[u8]) -> bool {
    const NAME: &[u8] = b"sagemaker";
    const K: usize = 6;
    let around = |place: usize| text.get(place.checked_sub(K)?..)?.get(..NAME.len());
    memchr::memchr3_iter(b'k', b'K', b'\\', text).any(|place| {
        text.get(place) == Some(&b'\\')
            || around(place).is_some_and(|name| name.eq_ignore_ascii_case(NAME))
    })
}

/// Whether an IAM call acts on another user than the caller.
pub(super) fn acts_on_other_user(record: &Record<'_>) -> Option<bool> {
    if record.text(Field::EventSource)? != "iam.amazonaws.com" {
        return None;
    }
    let target = record
        .get(Field::RequestParameters)
        .and_then(|request| text(request.get("userName")));
    // IAM applies the call to the caller when no user is named.
    let Some(target) = target else {
        return Some(false);
    };
    let identity = record.get(Field::UserIdentity)?;
    let is_user = text(identity.get("type")).as_deref() == Some("IAMUser");
    let caller = text(identity.get("userName"));
    Some(!(is_user && caller.is_some_and(|caller| caller.eq_ignore_ascii_case(&target))))
}

/// Whether a presigned domain URL is for a profile that carries none of the caller's names.
pub(super) fn presigns_for_other(record: &Record<'_>) -> Option<bool> {
    let request = record.get(Field::RequestParameters)?;
    let profile = simple_name(&text(request.get("userProfileName"))?);
    let identity = record.get(Field::UserIdentity)?;
    let names = [
        session_name(identity),
        text(identity.get("userName")),
        text(identity.path(&["sessionContext", "sourceIdentity"])),
    ];
    let is_own = names.iter().flatten().any(|name| {
        let name = simple_name(name);
        // Studio forbids dots and at signs in profile names, so people appear without their domain.
        !name.is_empty()
            && (name == profile || name.starts_with(&profile) || profile.starts_with(&name))
    });
    Some(!is_own)
}

/// Letters and digits of the part before an at sign, lower case.
fn simple_name(name: &str) -> String {
    let local = name.split('@').next().unwrap_or_default();
    local
        .chars()
        .filter(|letter| letter.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

fn session_name(identity: Json<'_>) -> Option<String> {
    let principal_id = text(identity.get("principalId"))?;
    principal_id
        .split_once(':')
        .map(|(_, session)| session.to_owned())
}

fn text(value: Option<Json<'_>>) -> Option<String> {
    value?.as_str().map(|text| text.into_owned())
}
