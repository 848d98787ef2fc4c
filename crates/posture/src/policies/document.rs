//! From the text of a policy to its compiled form.

use std::borrow::Cow;
use std::sync::{Arc, LazyLock};

use rempart_aws_model::AccountId;
use rempart_policy::CompiledPolicy;
use rempart_policy::document::{Policy, PolicyKind};
use rempart_prove::Everything;

use crate::expression::{ReasonCode, Unknown};

static EVERYTHING: LazyLock<Option<Everything>> = LazyLock::new(|| Everything::new().ok());

/// Policies that allow everything.
pub(crate) fn everything() -> Result<&'static Everything, Unknown> {
    EVERYTHING.as_ref().ok_or_else(|| {
        Unknown::new(
            ReasonCode::Unsupported,
            "the policy that allows everything cannot be made",
        )
    })
}

/// What a policy of this resource is read as.
pub(crate) fn kind_of(arn: &str) -> PolicyKind {
    let mut parts = arn.splitn(6, ':').skip(2);
    let service = parts.next().unwrap_or_default();
    let resource = parts.nth(2).unwrap_or_default();
    match service {
        "kms" => PolicyKind::KmsKey,
        "iam" if resource.starts_with("role/") => PolicyKind::RoleTrust,
        "ec2" if resource.starts_with("vpc-endpoint/") => PolicyKind::VpcEndpoint,
        _ => PolicyKind::Resource,
    }
}

/// Reads and compiles a policy. IAM answers policies percent-encoded, other services as they are.
pub(crate) fn compile(
    name: &str,
    text: &str,
    kind: PolicyKind,
) -> Result<Arc<CompiledPolicy>, Unknown> {
    let policy = Policy::parse(&decoded(text), kind).map_err(|error| {
        Unknown::new(
            ReasonCode::ModelGap,
            format!("the policy of `{name}` cannot be read: {error}"),
        )
    })?;
    Ok(Arc::new(CompiledPolicy::new(name, Arc::new(policy))))
}

/// The key or trust policy that leaves everything to the policies of the account's identities.
pub(crate) fn delegating(
    account: AccountId,
    kind: PolicyKind,
) -> Result<Arc<CompiledPolicy>, Unknown> {
    let resource = match kind {
        PolicyKind::RoleTrust => "",
        _ => r#","Resource":"*""#,
    };
    let text = format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"AWS":"arn:aws:iam::{account}:root"}},"Action":"*"{resource}}}]}}"#
    );
    compile("the account", &text, kind)
}

/// The text behind percent-encoding, or the text itself.
pub(crate) fn decoded(text: &str) -> Cow<'_, str> {
    let start = text.trim_start();
    if !start.starts_with('%') {
        return Cow::Borrowed(text);
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let digits = rest.clone();
        let mut digits = digits.map(|digit| char::from(digit).to_digit(16));
        match (digits.next().flatten(), digits.next().flatten()) {
            (Some(high), Some(low)) => {
                bytes.push(u8::try_from(high * 16 + low).unwrap_or(b'?'));
                rest.nth(1);
            }
            _ => bytes.push(byte),
        }
    }
    match String::from_utf8(bytes) {
        Ok(decoded) => Cow::Owned(decoded),
        Err(_) => Cow::Borrowed(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percent_encoding_is_undone_once() {
        assert_eq!(decoded("%7B%22a%22%3A%22%25b%22%7D"), r#"{"a":"%b"}"#);
        assert_eq!(decoded(r#"{"a":"%7B"}"#), r#"{"a":"%7B"}"#);
        assert_eq!(decoded("%7B%2"), "{%2");
        assert_eq!(decoded("%FF"), "%FF");
    }

    #[test]
    fn kinds_follow_from_arns() {
        let kinds = [
            ("arn:aws:s3:::b", PolicyKind::Resource),
            (
                "arn:aws:kms:eu-west-1:111122223333:key/1",
                PolicyKind::KmsKey,
            ),
            ("arn:aws:iam::111122223333:role/r", PolicyKind::RoleTrust),
            (
                "arn:aws:ec2:eu-west-1:111122223333:vpc-endpoint/vpce-1",
                PolicyKind::VpcEndpoint,
            ),
            ("", PolicyKind::Resource),
        ];
        for (arn, kind) in kinds {
            assert_eq!(kind_of(arn), kind, "{arn}");
        }
    }
}
