//! Policies inside a request, read by their structure alone.
//!
//! This says what a policy's `Allow` statements name, not what AWS would decide: that takes the
//! policy engine. A statement with a condition is never called public.

use std::borrow::Cow;

use rempart_trail::json::{Json, Kind};

use super::accounts::{ArnParts, OwnAccounts, is_account_id};
use super::walk;

/// What the policies of a request allow.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct PolicySummary {
    /// `*` as principal without a condition.
    pub(super) public: bool,
    /// `*` on `*`.
    pub(super) admin: bool,
    /// Foreign principals that are allowed something.
    pub(super) foreign: Vec<String>,
}

/// Summarises every policy in a request; `None` when it holds none.
pub(super) fn summary(request: Json<'_>, own: &OwnAccounts<'_>) -> Option<PolicySummary> {
    let mut found = None;
    for text in policy_texts(request) {
        let Ok(policy) = Json::parse(text.as_bytes()) else {
            continue;
        };
        if policy.get("Statement").is_some() {
            add_policy(policy, own, found.get_or_insert_default());
        }
    }
    walk::objects(request, &mut |object| {
        if object
            .get("Statement")
            .is_some_and(|statement| matches!(statement.kind(), Kind::Array | Kind::Object))
        {
            add_policy(object, own, found.get_or_insert_default());
        }
    });
    if let Some(grantee) = request.get("granteePrincipal").and_then(Json::as_str)
        && request.get("keyId").is_some()
    {
        add_principal(&grantee, own, found.get_or_insert_default());
    }
    found
}

/// Strings that look like policies: services record them as JSON text, IAM at times URL-encoded.
fn policy_texts(request: Json<'_>) -> Vec<String> {
    let mut texts = Vec::new();
    walk::scalars(request, &mut |_, text| {
        let decoded: Cow<'_, str> = if text.starts_with("%7B") {
            Cow::Owned(percent_decode(text))
        } else {
            Cow::Borrowed(text)
        };
        if decoded.trim_start().starts_with('{') && decoded.contains("Statement") {
            texts.push(decoded.into_owned());
        }
    });
    texts
}

fn add_policy(policy: Json<'_>, own: &OwnAccounts<'_>, summary: &mut PolicySummary) {
    let Some(statements) = policy.get("Statement") else {
        return;
    };
    for statement in one_or_many(statements) {
        let is_allow = statement
            .get("Effect")
            .and_then(Json::as_str)
            .is_some_and(|effect| effect == "Allow");
        if !is_allow {
            continue;
        }
        let has_condition = statement
            .get("Condition")
            .is_some_and(|condition| condition.entries().next().is_some());
        let principals = principals(statement);
        summary.public |= !has_condition && principals.iter().any(|principal| principal == "*");
        for principal in &principals {
            add_principal(principal, own, summary);
        }
        let names = |member: &str, wanted: &[&str]| {
            statement.get(member).is_some_and(|value| {
                one_or_many(value)
                    .any(|name| name.as_str().is_some_and(|name| wanted.contains(&&*name)))
            })
        };
        summary.admin |= names("Action", &["*", "*:*"]) && names("Resource", &["*"]);
    }
}

fn add_principal(principal: &str, own: &OwnAccounts<'_>, summary: &mut PolicySummary) {
    let account = ArnParts::split(principal).map_or(principal, |arn| arn.account);
    if is_account_id(account) && own.is_foreign(account) {
        summary.foreign.push(principal.to_owned());
    }
}

fn principals(statement: Json<'_>) -> Vec<String> {
    let Some(principal) = statement.get("Principal") else {
        return Vec::new();
    };
    if let Some(text) = principal.as_str() {
        return vec![text.into_owned()];
    }
    let accounts = principal
        .get("AWS")
        .map(|value| one_or_many(value).collect::<Vec<_>>())
        .unwrap_or_default();
    accounts
        .into_iter()
        .filter_map(Json::as_str)
        .map(|text| text.into_owned())
        .collect()
}

fn one_or_many(value: Json<'_>) -> impl Iterator<Item = Json<'_>> {
    let single = (value.kind() != Kind::Array).then_some(value);
    single.into_iter().chain(value.elements())
}

fn percent_decode(text: &str) -> String {
    let mut output = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        if byte != b'%' {
            output.push(if byte == b'+' { b' ' } else { byte });
            continue;
        }
        let digits: Option<Vec<char>> = [bytes.next(), bytes.next()]
            .into_iter()
            .map(|digit| digit.map(char::from))
            .collect();
        let value = digits.and_then(|digits| {
            u8::from_str_radix(&digits.into_iter().collect::<String>(), 16).ok()
        });
        output.push(value.unwrap_or(b'?'));
    }
    String::from_utf8_lossy(&output).into_owned()
}
