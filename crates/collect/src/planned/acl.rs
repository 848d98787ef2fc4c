//! Access control lists of buckets. Terraform and CloudFormation name canned ones; AWS answers grants.

use serde_json::{Value, json};

use super::assemble::{Assembly, Known};
use super::identity::{Identities, attribute};
use super::unknown::{CHOSEN_BY_AWS, unknown, unknown_reason};

const OPERATION: &str = "s3:GetBucketAcl";
const ALL_USERS: &str = "http://acs.amazonaws.com/groups/global/AllUsers";
const AUTHENTICATED_USERS: &str = "http://acs.amazonaws.com/groups/global/AuthenticatedUsers";
const LOG_DELIVERY: &str = "http://acs.amazonaws.com/groups/s3/LogDelivery";

pub(crate) fn assemble(
    known: &[Known<'_>],
    identities: &Identities<'_>,
    assembly: &mut Assembly<'_>,
) {
    for one in known {
        let (bucket, acl) = match one.declared.type_name.as_str() {
            "aws_s3_bucket_acl" => ("{bucket}", "acl"),
            "aws_s3_bucket" => ("{id}", "acl"),
            "AWS::S3::Bucket" => ("{id}", "AccessControl"),
            _ => continue,
        };
        // Without an access control list a new bucket has the private one; see the defaults.
        let Some(acl) = attribute(&one.values, acl) else {
            continue;
        };
        if unknown_reason(acl) == Some(CHOSEN_BY_AWS) {
            continue;
        }
        let Some(key) = assembly.key(one, OPERATION, &[("Bucket", bucket)], identities) else {
            assembly.unattached(one, OPERATION);
            continue;
        };
        let grants = match acl {
            Value::String(name) => canned(name, &assembly.account),
            other => unknown(unknown_reason(other).unwrap_or("is no name of a canned list")),
        };
        let body = json!({"Owner": {"ID": assembly.account}, "Grants": grants});
        assembly.add(one, key, &[], body, false);
    }
}

/// The grants of a canned list, with or without capital letters and hyphens in its name.
fn canned(name: &str, account: &str) -> Value {
    let owner = json!({
        "Grantee": {"Type": "CanonicalUser", "ID": account},
        "Permission": "FULL_CONTROL",
    });
    let group = |uri: &str, permission: &str| json!({"Grantee": {"Type": "Group", "URI": uri}, "Permission": permission});
    let others = match name.replace('-', "").to_ascii_lowercase().as_str() {
        "private" | "bucketownerread" | "bucketownerfullcontrol" => Vec::new(),
        "publicread" => vec![group(ALL_USERS, "READ")],
        "publicreadwrite" => vec![group(ALL_USERS, "READ"), group(ALL_USERS, "WRITE")],
        "authenticatedread" => vec![group(AUTHENTICATED_USERS, "READ")],
        "logdeliverywrite" => vec![
            group(LOG_DELIVERY, "WRITE"),
            group(LOG_DELIVERY, "READ_ACP"),
        ],
        _ => {
            return unknown(format!(
                "the canned access control list {name} is not known here"
            ));
        }
    };
    let mut grants = vec![owner];
    grants.extend(others);
    Value::Array(grants)
}
