//! Whether a bucket refuses every request that is not encrypted.

use rempart_aws_model::{AccountId, ActionName};
use rempart_policy::document::PolicyKind;
use rempart_policy::{Known, Principal, Stack};
use rempart_prove::{Caller, Predicate, Presence, Prover, Setting};
use serde_json::{Value as Json, json};

use super::actions::representatives;
use super::ask::{key_like, possible, resource_like};
use super::document::{compile, decoded, everything};
use crate::expression::{ReasonCode, Unknown};

/// Whether the policy denies every request without TLS about the bucket and its objects, whatever
/// other policies allow.
pub(crate) fn denies_insecure(
    text: &str,
    bucket: &str,
    account: AccountId,
) -> Result<bool, Unknown> {
    let other = if account.as_str() == "909090909090" {
        "909090909091"
    } else {
        "909090909090"
    };
    let other = AccountId::parse(other)
        .map_err(|error| Unknown::new(ReasonCode::Unsupported, error.to_string()))?;
    let callers = [
        Caller::AnyRole(account),
        Caller::AnyUser(account),
        Caller::AnyRole(other),
        Caller::AnyUser(other),
        Caller::Named(Principal::Anonymous),
    ];
    let property = vec![key_like("aws:SecureTransport", &["false"])];
    denies(text, bucket, account, None, &callers, property)
}

/// Whether the policy denies every such request about the bucket and its objects, whatever other
/// policies allow. Without an action, all actions of S3 are meant.
pub(crate) fn denies(
    text: &str,
    bucket: &str,
    account: AccountId,
    action: Option<ActionName>,
    callers: &[Caller],
    mut property: Vec<Predicate>,
) -> Result<bool, Unknown> {
    // What the policy itself does not allow, another one may: only a denial counts.
    let mut document: Json = serde_json::from_str(&decoded(text)).map_err(|error| {
        Unknown::new(
            ReasonCode::ModelGap,
            format!("the bucket policy is no JSON: {error}"),
        )
    })?;
    let allow = json!({"Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": "*"});
    match document.get_mut("Statement") {
        Some(Json::Array(statements)) => statements.push(allow),
        Some(single @ Json::Object(_)) => *single = json!([single.take(), allow]),
        _ => {
            return Err(Unknown::new(
                ReasonCode::ModelGap,
                "the bucket policy has no statements",
            ));
        }
    }
    let policy = compile(bucket, &document.to_string(), PolicyKind::Resource)?;
    let everything = everything()?;
    let stack = Stack {
        identity: Known::Is(vec![std::sync::Arc::clone(&everything.identity)]),
        resource: Known::Is(Some(std::sync::Arc::clone(&policy))),
        ..Stack::default()
    };
    let arn = format!("arn:aws:s3:::{bucket}");
    property.push(resource_like(&[arn.clone(), format!("{arn}/*")]));
    let property = Predicate::All(property);
    let actions = match action {
        Some(action) => vec![action],
        None => representatives(&[&policy], &["s3"], true),
    };
    let mut prover = Prover::default();
    let mut open: Option<Unknown> = None;
    for action in actions {
        for caller in callers {
            let setting = Setting {
                caller: caller.clone(),
                resource_account: Some(account),
                presence: Presence::Unknown,
            };
            match possible(&mut prover, &stack, &action, &setting, &property) {
                Ok(true) => return Ok(false),
                Ok(false) => {}
                Err(unknown) => open = Some(unknown),
            }
        }
    }
    match open {
        Some(open) => Err(open),
        None => Ok(true),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn denies(statements: &str) -> bool {
        let text = format!(r#"{{"Version":"2012-10-17","Statement":{statements}}}"#);
        let account = AccountId::parse("111122223333").expect("an account");
        denies_insecure(&text, "data", account).expect("decided")
    }

    #[test]
    fn only_a_denial_of_everything_counts() {
        let both = r#"["arn:aws:s3:::data","arn:aws:s3:::data/*"]"#;
        let of = |principal: &str, action: &str, resource: &str, condition: &str| {
            format!(
                r#"{{"Effect":"Deny","Principal":{principal},"Action":{action},"Resource":{resource},"Condition":{condition}}}"#
            )
        };
        let plain = r#"{"Bool":{"aws:SecureTransport":"false"}}"#;
        let cases = [
            (of(r#""*""#, r#""s3:*""#, both, plain), true),
            (of(r#"{"AWS":"*"}"#, r#""s3:*""#, both, plain), true),
            (of(r#""*""#, r#""*""#, r#""*""#, plain), true),
            (
                of(
                    r#""*""#,
                    r#""s3:*""#,
                    both,
                    r#"{"BoolIfExists":{"aws:SecureTransport":"false"}}"#,
                ),
                true,
            ),
            (
                of(
                    r#""*""#,
                    r#""s3:*""#,
                    both,
                    r#"{"StringNotEquals":{"aws:SecureTransport":"true"}}"#,
                ),
                true,
            ),
            // Objects are left out.
            (
                of(r#""*""#, r#""s3:*""#, r#""arn:aws:s3:::data""#, plain),
                false,
            ),
            // The bucket itself is left out.
            (
                of(r#""*""#, r#""s3:*""#, r#""arn:aws:s3:::data/*""#, plain),
                false,
            ),
            (
                of(r#""*""#, r#""s3:*""#, r#""arn:aws:s3:::other/*""#, plain),
                false,
            ),
            (of(r#""*""#, r#""s3:GetObject""#, both, plain), false),
            (
                of(
                    r#"{"AWS":"arn:aws:iam::111122223333:root"}"#,
                    r#""s3:*""#,
                    both,
                    plain,
                ),
                false,
            ),
            (
                of(
                    r#""*""#,
                    r#""s3:*""#,
                    both,
                    r#"{"Bool":{"aws:SecureTransport":"true"}}"#,
                ),
                false,
            ),
            (
                of(
                    r#""*""#,
                    r#""s3:*""#,
                    both,
                    r#"{"Bool":{"aws:SecureTransport":"false"},"StringNotEquals":{"aws:PrincipalOrgID":"o-exampleorg1"}}"#,
                ),
                false,
            ),
        ];
        for (statement, expected) in cases {
            assert_eq!(denies(&statement), expected, "{statement}");
        }
        let two = format!(
            "[{},{}]",
            of(r#""*""#, r#""s3:*""#, r#""arn:aws:s3:::data""#, plain),
            of(r#""*""#, r#""s3:*""#, r#""arn:aws:s3:::data/*""#, plain)
        );
        assert!(denies(&two));
        let allow = r#"{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::data/*","Condition":{"Bool":{"aws:SecureTransport":"true"}}}"#;
        assert!(!denies(allow), "an Allow denies nothing");
    }
}
