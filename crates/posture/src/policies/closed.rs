//! Whether a bucket policy keeps everybody of the account away from data, but those who are approved.

use rempart_aws_model::AccountId;
use rempart_prove::Caller;

use super::ask::{action, key_unlike};
use super::transport::denies;
use crate::expression::Unknown;

/// Who and what is approved.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Approved {
    /// ARNs of principals; patterns may be used.
    pub(crate) principals: Vec<String>,
    /// Unique identifiers of roles.
    pub(crate) identifiers: Vec<String>,
    /// VPC endpoints and VPCs.
    pub(crate) networks: Vec<String>,
}

/// Whether the policy denies every reading of an object to users and roles of the account that are not
/// approved and do not come through an approved network, whatever other policies allow.
pub(crate) fn is_closed(
    text: &str,
    bucket: &str,
    account: AccountId,
    approved: &Approved,
) -> Result<bool, Unknown> {
    let mut property = Vec::new();
    if !approved.principals.is_empty() {
        property.push(key_unlike("aws:PrincipalArn", &approved.principals));
    }
    if !approved.identifiers.is_empty() {
        let sessions = approved.identifiers.iter().map(|id| format!("{id}:*"));
        let sessions: Vec<String> = sessions.collect();
        property.push(key_unlike("aws:userid", &sessions));
    }
    if !approved.networks.is_empty() {
        property.push(key_unlike("aws:SourceVpce", &approved.networks));
        property.push(key_unlike("aws:SourceVpc", &approved.networks));
    }
    let callers = [Caller::AnyRole(account), Caller::AnyUser(account)];
    let action = action("s3:GetObject")?;
    denies(text, bucket, account, Some(action), &callers, property)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn closed(statement: &str, approved: &Approved) -> bool {
        let account = AccountId::parse("111122223333").unwrap();
        let text = format!(r#"{{"Version":"2012-10-17","Statement":[{statement}]}}"#);
        is_closed(&text, "data", account, approved).unwrap()
    }

    fn deny(condition: &str) -> String {
        format!(
            r#"{{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":["arn:aws:s3:::data","arn:aws:s3:::data/*"],"Condition":{condition}}}"#
        )
    }

    #[test]
    fn a_denial_of_all_others_closes() {
        let role = Approved {
            principals: vec!["arn:aws:iam::111122223333:role/train".to_owned()],
            ..Approved::default()
        };
        let train =
            r#"{"ArnNotEquals":{"aws:PrincipalArn":"arn:aws:iam::111122223333:role/train"}}"#;
        assert!(closed(&deny(train), &role));
        assert!(!closed(&deny(train), &Approved::default()));
        let any = r#"{"ArnNotLike":{"aws:PrincipalArn":"arn:aws:iam::111122223333:role/*"}}"#;
        assert!(!closed(&deny(any), &role));
        let network = Approved {
            networks: vec!["vpce-1".to_owned()],
            ..Approved::default()
        };
        let endpoint = r#"{"StringNotEquals":{"aws:SourceVpce":"vpce-1"}}"#;
        assert!(closed(&deny(endpoint), &network));
        assert!(!closed(&deny(endpoint), &role));
        let foreign = r#"{"StringNotEquals":{"aws:SourceVpce":["vpce-1","vpce-2"]}}"#;
        assert!(!closed(&deny(foreign), &network));
    }

    #[test]
    fn an_allow_closes_nothing() {
        let allow = r#"{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:role/train"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::data/*"}"#;
        let role = Approved {
            principals: vec!["arn:aws:iam::111122223333:role/train".to_owned()],
            ..Approved::default()
        };
        assert!(!closed(allow, &role));
    }

    #[test]
    fn a_denial_for_the_bucket_leaves_objects_open() {
        let bucket =
            r#"{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"arn:aws:s3:::data"}"#;
        assert!(!closed(bucket, &Approved::default()));
    }
}
